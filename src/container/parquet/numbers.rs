//! Numbers of which each is written as what it has more than the one before (Parquet's Encodings.md, "Delta Encoding"): in blocks, behind the
//! least of their differences, and in parts of them whose differences have as many bits as the largest of a part.

use crate::container::varint;

/// Reads such numbers from the beginning of some bytes.
#[derive(Debug, Clone)]
pub(super) struct Numbers<'p> {
    /// What stands behind what was read.
    rest: &'p [u8],
    /// How many numbers are left, and the one at hand.
    left: u64,
    value: i64,
    is_first: bool,
    /// How many parts a block has, and how many numbers a part has.
    parts: usize,
    part: usize,
    /// The block at hand: its least difference, and how many bits each of its parts has that are left.
    least: i64,
    widths: &'p [u8],
    /// The part at hand: its differences, of so many bits, how many of them are left, and where the next one begins.
    packed: &'p [u8],
    width: usize,
    left_of_part: usize,
    bit: usize,
}

impl<'p> Numbers<'p> {
    /// Those that some bytes begin with; none if they do not say how many and in what parts.
    pub(super) fn begin(bytes: &'p [u8]) -> Option<Self> {
        let mut rest = bytes;
        let [block, parts, left, first] =
            [unsigned(&mut rest), unsigned(&mut rest), unsigned(&mut rest), unsigned(&mut rest)];
        let (block, parts) = (usize::try_from(block?).ok()?, usize::try_from(parts?).ok()?);
        let part = block.checked_div(parts).filter(|part| part * parts == block && *part > 0 && part % 8 == 0)?;
        let (left, value) = (left?, varint::signed(first?));
        let (least, widths, packed) = (0, &[][..], &[][..]);
        let (width, left_of_part, bit) = (0, 0, 0);
        Some(Numbers {
            rest,
            left,
            value,
            is_first: true,
            parts,
            part,
            least,
            widths,
            packed,
            width,
            left_of_part,
            bit,
        })
    }

    /// How many numbers are left.
    pub(super) fn left(&self) -> u64 {
        self.left
    }

    /// What stands behind them, once all are read.
    pub(super) fn rest(&self) -> &'p [u8] {
        self.rest
    }

    /// Goes on to the next part of a block, or to the next block; nothing if it is not there.
    fn next_part(&mut self) -> Option<()> {
        if self.widths.is_empty() {
            self.least = varint::signed(unsigned(&mut self.rest)?);
            (self.widths, self.rest) = self.rest.split_at_checked(self.parts)?;
        }
        self.width = usize::from(*self.widths.split_off_first()?);
        let bytes = (self.part / 8).checked_mul(self.width).filter(|_| self.width <= 64)?;
        (self.packed, self.rest) = self.rest.split_at_checked(bytes)?;
        (self.left_of_part, self.bit) = (self.part, 0);
        Some(())
    }

    /// The next difference of the part at hand, without the least one.
    fn difference(&mut self) -> u64 {
        if self.width == 0 {
            return 0;
        }
        let there = &self.packed[self.bit / 8..];
        let mut bytes = [0; 16];
        let count = there.len().min(9);
        bytes[..count].copy_from_slice(&there[..count]);
        let shifted = (u128::from_le_bytes(bytes) >> (self.bit % 8)) as u64;
        self.bit += self.width;
        shifted & (u64::MAX >> (64 - self.width))
    }
}

/// The next number; none behind the last, and none where it is below zero or is not there, which is no length.
impl Iterator for Numbers<'_> {
    type Item = u64;

    fn next(&mut self) -> Option<u64> {
        if self.left == 0 {
            return None;
        }
        if !std::mem::take(&mut self.is_first) {
            if self.left_of_part == 0 {
                self.next_part()?;
            }
            self.left_of_part -= 1;
            let difference = self.least.wrapping_add(self.difference() as i64);
            self.value = self.value.wrapping_add(difference);
        }
        let value = u64::try_from(self.value).ok()?;
        self.left -= 1;
        Some(value)
    }
}

fn unsigned(bytes: &mut &[u8]) -> Option<u64> {
    varint::unsigned(|| bytes.split_off_first().copied().ok_or(())).ok()?
}

#[cfg(test)]
mod tests {
    use super::super::super::tests::data;
    use super::*;

    #[test]
    fn numbers_are_what_they_have_more_than_the_one_before() {
        let mut state = 7u64;
        let mut random = |most: u64| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            (state >> 33) % most
        };
        for count in [0, 1, 2, 32, 33, 128, 129, 130, 257, 1000] {
            for most in [1, 2, 100, 1 << 30] {
                let numbers: Vec<u64> = (0..count).map(|_| random(most)).collect();
                let signed: Vec<i64> = numbers.iter().map(|&number| number as i64).collect();
                let bytes = [&data::delta_numbers(&signed)[..], b"behind"].concat();
                let mut read = Numbers::begin(&bytes).unwrap();
                assert_eq!(read.left(), count);
                assert_eq!(read.by_ref().collect::<Vec<_>>(), numbers, "{count} of {most}");
                assert_eq!((read.left(), read.rest()), (0, &b"behind"[..]));
                // Cut off anywhere, they are not all there.
                for end in 0..bytes.len() - 6 {
                    let all =
                        Numbers::begin(&bytes[..end]).is_some_and(|mut read| read.by_ref().count() as u64 == count);
                    assert!(!all, "{end} of {count}");
                }
            }
        }
    }

    #[test]
    fn what_is_no_list_of_numbers_has_none() {
        // No parts, parts of no numbers or of some that fill no byte, and a number without an end.
        for head in
            [&b"\x80\x01\0\x02\0"[..], b"\0\x04\x02\0", b"\x08\x02\x02\0", b"\x80\x01\x03\x02\0", &[0xff; 20], b""]
        {
            assert!(Numbers::begin(head).is_none(), "{}", head.escape_ascii());
        }
        // One below zero, and a part with more bits than a number has.
        let below = data::delta_numbers(&[3, -1, 5]);
        assert_eq!(Numbers::begin(&below).unwrap().collect::<Vec<_>>(), [3]);
        let wide = [&b"\x80\x01\x04\x02\x04\0\x41\0\0\0"[..], &[0xff; 400]].concat();
        assert_eq!(Numbers::begin(&wide).unwrap().collect::<Vec<_>>(), [2]);
        // The largest differences there are come round, and fail nothing.
        let round = [&b"\x08\x01\x03\x02"[..], &[0xff; 9], &[1, 64], &[0xff; 64]].concat();
        assert_eq!(Numbers::begin(&round).unwrap().collect::<Vec<_>>(), [1]);
    }
}
