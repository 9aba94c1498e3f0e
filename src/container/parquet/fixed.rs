//! Values that are all of one length (Parquet's Encodings.md, "Plain", `FIXED_LEN_BYTE_ARRAY`), which stand right behind each other; also split
//! up: the first bytes of all, then the second ones (`BYTE_STREAM_SPLIT`).
//!
//! Their length stands in the schema, which comes last; but it is what a page has for each of its values.

use std::io::{self, Read};

use super::header::{Encoding, Values};
use super::levels;

/// How long the values are at least that are parted: numbers and times have up to twelve bytes, and a key is longer.
const SHORTEST: usize = 13;

/// Reads the values, each on a line of its own.
pub(super) struct Fixed<'p> {
    values: &'p [u8],
    length: usize,
    /// How many there are.
    count: usize,
    is_split: bool,
    /// The value at hand, and the next byte of it; behind the last stands the end of its line.
    value: usize,
    at: usize,
}

impl<'p> Fixed<'p> {
    /// Whether a page of `size` bytes may have such values.
    pub(super) fn may_be(size: u64, values: &Values) -> bool {
        size.checked_div(values.count).is_some_and(|length| length >= SHORTEST as u64)
    }

    /// The values of a page, as its header has them; none if they are of no length, or of a short one.
    pub(super) fn of(page: &'p [u8], values: &Values) -> Option<Self> {
        let is_split = values.encoding == Encoding::Split;
        let most = if values.may_have_levels { levels::LISTS } else { 0 };
        // Levels that are such are no chance; that there are none may be.
        (0..=most).rev().find_map(|lists| {
            let (bytes, levels) = levels::behind(page, lists)?;
            let count = if lists == 0 { values.count } else { levels::highest(levels, values.count)? };
            let count = usize::try_from(count).ok()?;
            let length =
                bytes.len().checked_div(count).filter(|length| *length >= SHORTEST && length * count == bytes.len())?;
            Some(Fixed { values: bytes, length, count, is_split, value: 0, at: 0 })
        })
    }
}

impl Read for Fixed<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let mut written = 0;
        while written < buffer.len() && self.value < self.count {
            if self.at == self.length {
                buffer[written] = b'\n';
                written += 1;
                (self.value, self.at) = (self.value + 1, 0);
                continue;
            }
            let count = (self.length - self.at).min(buffer.len() - written);
            let room = &mut buffer[written..written + count];
            if self.is_split {
                let from = self.values.iter().skip(self.at * self.count + self.value).step_by(self.count);
                room.iter_mut().zip(from).for_each(|(to, from)| *to = *from);
            } else {
                let from = self.value * self.length + self.at;
                room.copy_from_slice(&self.values[from..from + count]);
            }
            self.at += count;
            written += count;
        }
        Ok(written)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(page: &[u8], encoding: Encoding, count: u64, may_have_levels: bool) -> Option<String> {
        let mut fixed = Fixed::of(page, &Values { encoding, count, may_have_levels })?;
        let (mut lines, mut buffer) = (Vec::new(), [0; 5]);
        while let read @ 1.. = fixed.read(&mut buffer).unwrap() {
            lines.extend_from_slice(&buffer[..read]);
        }
        Some(String::from_utf8(lines).unwrap())
    }

    #[test]
    fn values_of_one_length_stand_on_lines_of_their_own() {
        let (text, expected) = (b"thirteen lettand thirteen ", "thirteen lett\nand thirteen \n");
        let split: Vec<u8> = (0..13).flat_map(|at| [text[at], text[13 + at]]).collect();
        for (encoding, values) in [(Encoding::Plain, &text[..]), (Encoding::Split, &split)] {
            let of = |levels: &[u8], count| lines(&[levels, values].concat(), encoding, count, true);
            assert_eq!(lines(values, encoding, 2, false).as_deref(), Some(expected));
            assert_eq!(of(b"", 2).as_deref(), Some(expected));
            // One of three is null.
            assert_eq!(of(b"\x02\0\0\0\x03\x05", 3).as_deref(), Some(expected));
            assert_eq!(of(b"\x02\0\0\0\x03\x02\x02\0\0\0\x03\x05", 3).as_deref(), Some(expected));
            // As many that are too short, or that do not come out even, or none.
            assert_eq!(
                [of(b"", 3), of(b"", 1 << 40), of(b"", 0), of(b"\x02\0\0\0\x03\x07", 3)],
                [None, None, None, None]
            );
        }
    }
}
