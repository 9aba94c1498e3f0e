//! Whether a bzip2 stream begins with a block that there can be: its decoder makes room for the largest one before it looks.

/// Reads bits, the highest of a byte first.
struct Bits<'b> {
    bytes: &'b [u8],
    at: usize,
}

impl Bits<'_> {
    /// The next so many bits; none where they end.
    fn next(&mut self, count: usize) -> Option<u32> {
        let mut value = 0;
        for at in self.at..self.at + count {
            let byte = *self.bytes.get(at / 8)?;
            value = value << 1 | u32::from(byte >> (7 - at % 8) & 1);
        }
        self.at += count;
        Some(value)
    }
}

/// Whether the stream at the beginning of `head`, whose first numbers are known to be those of one with a block, goes on as one, as far as
/// it is there (libbzip2's decompress.c is what says which values are broken).
pub(super) fn may_be(head: &[u8]) -> bool {
    /// Where the numbers of a block end, and the digit that says how large one may be stands.
    const MAGIC: usize = 10;
    const LEVEL: usize = 3;
    let level = head.get(LEVEL).map_or(0, |digit| u32::from(digit.wrapping_sub(b'0')));
    let mut bits = Bits { bytes: head.get(MAGIC..).unwrap_or_default(), at: 0 };
    is_block(&mut bits, 100_000 * level).unwrap_or(true)
}

/// Whether a block has a place to begin at, symbols, and codes for them; none if it is cut off.
fn is_block(bits: &mut Bits<'_>, size: u32) -> Option<bool> {
    /// The least and most tables of codes, and the longest code.
    const TABLES: std::ops::RangeInclusive<u32> = 2..=6;
    const LENGTHS: std::ops::RangeInclusive<u32> = 1..=20;
    // Its checksum, and whether it is in disorder on purpose.
    bits.next(32)?;
    bits.next(1)?;
    if bits.next(24)? >= size {
        return Some(false);
    }
    let mut symbols = 0;
    for _ in 0..bits.next(16)?.count_ones() {
        symbols += bits.next(16)?.count_ones();
    }
    let (tables, selectors) = (bits.next(3)?, bits.next(15)?);
    if symbols == 0 || !TABLES.contains(&tables) || selectors == 0 {
        return Some(false);
    }
    for _ in 0..selectors {
        let mut selector = 0;
        while bits.next(1)? == 1 {
            selector += 1;
            if selector == tables {
                return Some(false);
            }
        }
    }
    for _ in 0..tables {
        let mut length = bits.next(5)?;
        // What ends a run and what ends the block have codes, too.
        for _ in 0..symbols + 2 {
            while LENGTHS.contains(&length) && bits.next(1)? == 1 {
                length = if bits.next(1)? == 0 { length + 1 } else { length - 1 };
            }
            if !LENGTHS.contains(&length) {
                return Some(false);
            }
        }
    }
    Some(true)
}

#[cfg(test)]
mod tests {
    use std::io::Read;

    use super::*;

    #[test]
    fn blocks_are_told_from_what_only_begins_like_one() {
        let noise: Vec<u8> = (0..150_000u32).map(|number| (number.wrapping_mul(2_654_435_761) >> 24) as u8).collect();
        for text in [&b"x"[..], b"some text and more text", &noise, &[7; 5000]] {
            for level in [1, 9] {
                let mut packed = Vec::new();
                bzip2::read::BzEncoder::new(text, bzip2::Compression::new(level)).read_to_end(&mut packed).unwrap();
                for end in (11..packed.len().min(1000)).chain([packed.len()]) {
                    assert!(may_be(&packed[..end]), "{} {level} {end}", text.len());
                }
            }
        }
        let heads = b"BZh91AY&SY".repeat(9);
        assert!(!may_be(&heads) && !may_be(b"BZh91AY&SY is how a stream begins, and nothing of one follows here"));
    }
}
