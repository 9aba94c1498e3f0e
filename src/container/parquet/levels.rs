//! The levels in front of a page's values: which of those are null, and which are of one list (Parquet's Encodings.md, "RLE").
//!
//! A page of the first version has them in what is compressed: none, one list of them or two, each behind its length of four bytes. How many
//! the schema says, which comes last. So each is tried.

use crate::container::varint;

/// How many lists of levels there may be.
pub(super) const LISTS: usize = 2;

/// What stands behind so many lists of levels, and the last of those.
pub(super) fn behind(mut bytes: &[u8], lists: usize) -> Option<(&[u8], &[u8])> {
    let mut last = &[][..];
    for _ in 0..lists {
        let (length, rest) = bytes.split_first_chunk()?;
        (last, bytes) = rest.split_at_checked(u32::from_le_bytes(*length) as usize)?;
    }
    Some((bytes, last))
}

/// How many of `count` levels are the highest there is, which are those of values that are not null. None if the bytes are no such levels.
pub(super) fn highest(levels: &[u8], count: u64) -> Option<u64> {
    (1..=8).find_map(|width| highest_of(levels, width, count))
}

/// The same of levels of so many bits.
fn highest_of(mut levels: &[u8], width: usize, count: u64) -> Option<u64> {
    let (mut left, mut most, mut times) = (count, 0, 0);
    let mut note = |level: u8, count: u64| {
        if level > most {
            (most, times) = (level, 0);
        }
        if level == most {
            times += count;
        }
    };
    while left > 0 {
        let head = varint::unsigned(|| levels.split_off_first().copied().ok_or(())).ok()??;
        if head & 1 == 0 {
            // One level, so many times.
            let run = (head >> 1).min(left);
            note(levels.split_off_first().copied().filter(|level| u32::from(*level) >> width == 0)?, run);
            left -= run;
            if run == 0 {
                return None;
            }
            continue;
        }
        // Eight at a time, each of `width` bits, the lowest first; those behind the last are zero.
        let bytes = usize::try_from(head >> 1).ok()?.checked_mul(width)?;
        let (packed, rest) = levels.split_at_checked(bytes)?;
        levels = rest;
        for group in packed.chunks_exact(width) {
            let mut word = [0; 8];
            word[..width].copy_from_slice(group);
            let word = u64::from_le_bytes(word);
            let there = left.min(8);
            (0..there as usize).for_each(|at| note((word >> (at * width)) as u8 & (0xff >> (8 - width)), 1));
            left -= there;
        }
        if packed.is_empty() {
            return None;
        }
    }
    levels.is_empty().then_some(times)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_highest_level_is_that_of_what_is_not_null() {
        // Five of one level; eight of one bit; one run, and nine in two groups.
        assert_eq!(highest(b"\x0a\x01", 5), Some(5));
        assert_eq!(highest(b"\x03\xb5", 8), Some(5));
        assert_eq!(highest(b"\x03\xb5", 6), Some(4));
        assert_eq!(highest(b"\x04\x01\x05\x0f\x01", 11), Some(7));
        // Of two bits: 3, 1, 0, 2, 3, 3, 0, 1.
        assert_eq!(highest(b"\x03\x87\x4f", 8), Some(3));
        // Of eight.
        assert_eq!(highest(&[&[3][..], &[200, 1, 2, 3, 4, 5, 200, 0]].concat(), 8), Some(2));
        assert_eq!(highest(b"", 0), Some(0));
        // Too few, too many, cut off, and none at all.
        for (levels, count) in
            [(&b"\x0a\x01"[..], 6), (b"\x0a\x01\x0a\x01", 5), (b"\x05\x0f", 9), (b"\0\x01", 1), (b"\x01", 1), (b"", 1)]
        {
            assert_eq!(highest(levels, count), None, "{}", levels.escape_ascii());
        }
        assert_eq!(highest(b"\xfe\xff\xff\xff\xff\xff\xff\xff\xff\x01\x01", u64::MAX), None);
    }

    #[test]
    fn lists_of_levels_stand_behind_their_lengths() {
        let bytes = b"\x02\0\0\0ab\x01\0\0\0crest";
        assert_eq!(behind(bytes, 0), Some((&bytes[..], &b""[..])));
        assert_eq!(behind(bytes, 1), Some((&bytes[6..], &b"ab"[..])));
        assert_eq!(behind(bytes, 2), Some((&b"rest"[..], &b"c"[..])));
        assert_eq!(behind(bytes, 3), None);
        assert_eq!(behind(b"\xff\xff\xff\xff", 1), None);
    }
}
