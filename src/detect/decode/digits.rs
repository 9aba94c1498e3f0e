//! Runs of the digits of a code, over the ends of lines and the joints of string literals.

use std::ops::Range;

use super::joint;
use crate::encoding::Encoding;

/// No digit.
pub(in crate::detect) const NONE: u8 = 0xff;

/// How far back a run is followed from a place in it.
pub(in crate::detect) const BACK: usize = 512;

/// For each byte, the value of the digit that it is, or [`NONE`].
pub(in crate::detect) type Values = [u8; 256];

/// A run of digits.
#[derive(Default)]
pub(super) struct Digits {
    /// Their values.
    pub(super) values: Vec<u8>,
    /// Where each begins and ends.
    pub(super) places: Vec<(u32, u32)>,
    /// Before which digits something stands that a source code's joint is.
    pub(super) joints: Vec<usize>,
    /// Where the run ends.
    pub(super) end: usize,
}

/// The run of digits around `at`, which lies in `within`.
pub(super) fn around(bytes: &[u8], at: usize, within: Range<usize>, values: &Values) -> Digits {
    let is_digit = |place: usize| values[usize::from(bytes[place])] != NONE;
    let first = within.start.max(at.saturating_sub(BACK));
    let mut start = at;
    loop {
        while start > first && is_digit(start - 1) {
            start -= 1;
        }
        let mut before = start;
        while before > first && !is_digit(before - 1) {
            before -= 1;
        }
        // `\n` ends in a letter, which looks like the first digit of the next line.
        let begins = [before, start.saturating_sub(1)].into_iter().find(|&place| {
            place > first
                && place < start
                && is_digit(place - 1)
                && between(&bytes[..within.end], place).is_some_and(|(end, _)| (start..start + 4).contains(&end))
        });
        match begins {
            Some(place) => start = place,
            None => break,
        }
    }
    forward(&bytes[..within.end], start, values)
}

/// The run of digits that begins at `start`.
fn forward(bytes: &[u8], start: usize, values: &Values) -> Digits {
    let mut run = Digits::default();
    run.end = walk(bytes, start, values, |step| {
        match step {
            Step::Digit(value, span) => {
                run.values.push(value);
                run.places.push((span.start as u32, span.end as u32));
            }
            Step::Joint => run.joints.push(run.values.len()),
            Step::Line(_) => {}
        }
        true
    });
    run
}

/// Hands over each digit of the run that begins at `start`, its value and its place, as long as `take` wants more; gives where it ends. A last
/// line that goes on with something else than digits is none of it, such as the next key of a YAML file.
pub(super) fn each(bytes: &[u8], start: usize, values: &Values, mut take: impl FnMut(u8, usize) -> bool) -> usize {
    let mut line = None;
    let end = walk(bytes, start, values, |step| match step {
        Step::Digit(value, span) => take(value, span.start),
        Step::Line(end) => {
            line = Some(end);
            true
        }
        Step::Joint => true,
    });
    let is_end = |byte: &u8| byte.is_ascii_whitespace() || b"=\"'`\\,;)]}<".contains(byte);
    let ends = bytes.get(end).is_none_or(is_end) && !bytes[end..].starts_with(b" ");
    line.filter(|_| !ends).unwrap_or(end)
}

/// What a run is made of.
enum Step {
    /// A digit's value, and where it stands.
    Digit(u8, Range<usize>),
    /// What source code puts two parts together with.
    Joint,
    /// The end of a line, and where it stands.
    Line(usize),
}

fn walk(bytes: &[u8], start: usize, values: &Values, mut take: impl FnMut(Step) -> bool) -> usize {
    let mut place = start;
    while let Some(&byte) = bytes.get(place) {
        let value = values[usize::from(byte)];
        let goes_on;
        if value != NONE {
            goes_on = take(Step::Digit(value, place..place + 1));
            place += 1;
        } else if byte == b'\\' && bytes.get(place + 1) == Some(&b'/') && values[usize::from(b'/')] != NONE {
            // JSON may write a slash so.
            goes_on = take(Step::Digit(values[usize::from(b'/')], place..place + 2));
            place += 2;
        } else if let Some((end, is_joint)) = between(bytes, place)
            && bytes.get(end).is_some_and(|&byte| values[usize::from(byte)] != NONE)
        {
            goes_on = take(if is_joint { Step::Joint } else { Step::Line(place) });
            place = end;
        } else {
            break;
        }
        if !goes_on {
            break;
        }
    }
    place
}

/// Where what stands between two digits at `place` ends, and whether it is a joint of string literals.
fn between(bytes: &[u8], place: usize) -> Option<(usize, bool)> {
    match bytes.get(place)? {
        b'"' | b'\'' | b'`' => joint::of_literals(bytes, place).map(|end| (end, true)),
        _ => joint::of_lines(bytes, place).map(|end| (end, false)),
    }
}

impl Digits {
    /// What to note before the digits `range`, of which a byte is made.
    pub(super) fn gap_in(&self, range: Range<usize>) -> Option<Encoding> {
        let after = self.joints.partition_point(|&joint| joint < range.start);
        self.joints.get(after).filter(|joint| range.contains(joint)).map(|_| Encoding::Split)
    }
}
