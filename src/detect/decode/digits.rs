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

/// A run of digits, as far as it was read.
#[derive(Default)]
pub(super) struct Digits {
    /// Their values.
    pub(super) values: Vec<u8>,
    /// Where each begins and ends.
    pub(super) places: Vec<(u32, u32)>,
    /// Before which digits something stands that a source code's joint is.
    pub(super) joints: Vec<usize>,
    /// Where the next digit stands, or the run ends.
    pub(super) end: usize,
    /// Whether it was read to its end.
    pub(super) is_whole: bool,
}

/// The run of digits around `at`, which lies in `within`.
pub(super) fn around(bytes: &[u8], at: usize, within: Range<usize>, values: &Values) -> Digits {
    let mut run = Digits::default();
    run.begin(start(bytes, at, &within, values));
    run.read(&bytes[..within.end], usize::MAX, within.end, values);
    run
}

/// Where the run of digits around `at`, which lies in `within`, begins.
pub(super) fn start(bytes: &[u8], at: usize, within: &Range<usize>, values: &Values) -> usize {
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
            None => return start,
        }
    }
}

/// Where what stands between two digits at `place` ends, and whether it is a joint of string literals.
fn between(bytes: &[u8], place: usize) -> Option<(usize, bool)> {
    match bytes.get(place)? {
        b'"' | b'\'' | b'`' => joint::of_literals(bytes, place).map(|end| (end, true)),
        _ => joint::of_lines(bytes, place).map(|end| (end, false)),
    }
}

impl Digits {
    /// Makes it the run that begins at `start`, of which nothing was read yet.
    pub(super) fn begin(&mut self, start: usize) {
        self.values.clear();
        self.places.clear();
        self.joints.clear();
        self.end = start;
        self.is_whole = false;
    }

    /// Reads on until there are `count` digits and all before `place`, or the run ends.
    pub(super) fn read(&mut self, bytes: &[u8], count: usize, place: usize, values: &Values) {
        while !self.is_whole && (self.values.len() < count || self.end < place) {
            let at = self.end;
            let byte = bytes.get(at).copied();
            let value = byte.map_or(NONE, |byte| values[usize::from(byte)]);
            if value != NONE {
                self.push(value, at + 1);
            } else if byte == Some(b'\\') && bytes.get(at + 1) == Some(&b'/') && values[usize::from(b'/')] != NONE {
                // JSON may write a slash so.
                self.push(values[usize::from(b'/')], at + 2);
            } else if let Some((end, is_joint)) = between(bytes, at)
                && bytes.get(end).is_some_and(|&byte| values[usize::from(byte)] != NONE)
            {
                if is_joint {
                    self.joints.push(self.values.len());
                }
                self.end = end;
            } else {
                self.is_whole = true;
            }
        }
    }

    /// The number of the digit at `at`.
    pub(super) fn digit_at(&self, at: usize) -> Option<usize> {
        self.places.binary_search_by_key(&at, |&(start, _)| start as usize).ok()
    }

    fn push(&mut self, value: u8, end: usize) {
        self.values.push(value);
        self.places.push((self.end as u32, end as u32));
        self.end = end;
    }

    /// What to note before the digits `range`, of which a byte is made.
    pub(super) fn gap_in(&self, range: Range<usize>) -> Option<Encoding> {
        let after = self.joints.partition_point(|&joint| joint < range.start);
        self.joints.get(after).filter(|joint| range.contains(joint)).map(|_| Encoding::Split)
    }
}
