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
    let mut place = start;
    while let Some(&byte) = bytes.get(place) {
        let value = values[usize::from(byte)];
        if value != NONE {
            run.values.push(value);
            run.places.push((place as u32, place as u32 + 1));
            place += 1;
        } else if byte == b'\\' && bytes.get(place + 1) == Some(&b'/') && values[usize::from(b'/')] != NONE {
            // JSON may write a slash so.
            run.values.push(values[usize::from(b'/')]);
            run.places.push((place as u32, place as u32 + 2));
            place += 2;
        } else if let Some((end, is_joint)) = between(bytes, place)
            && bytes.get(end).is_some_and(|&byte| values[usize::from(byte)] != NONE)
        {
            if is_joint {
                run.joints.push(run.values.len());
            }
            place = end;
        } else {
            break;
        }
    }
    run.end = place;
    run
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
