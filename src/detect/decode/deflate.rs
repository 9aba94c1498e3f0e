//! Whether digits of base64 begin deflated text that has no header (RFC 1951), as draw.io's files and SAML requests have it.
//!
//! No magic says so. But a block begins with codes, which bytes of chance seldom are: the lengths of their codes have to add up. And a short
//! text, in the code that needs none of its own, begins with characters.

use super::base64::VALUES;
use super::digits::{self, NONE};

/// How many digits are looked at: as many bits as the lengths of codes take at most, and a few characters.
const DIGITS: usize = 16;

/// How many bits these have.
const BITS: u32 = 6 * DIGITS as u32;

/// Whether a run of digits may be deflated text's. One in some eighty of chance seems so, which inflating its beginning settles.
pub(super) fn may_begin(digits: &[u8]) -> bool {
    // Most are told by the kind of their first block, which the first two digits have.
    let &[first, second, ..] = digits else { return false };
    let begin = match [first, second].map(|digit| VALUES[usize::from(digit)]) {
        [first, second] if first != NONE && second != NONE => first << 2 | second >> 4,
        _ if [first, second].iter().any(|byte| b"%\\&".contains(byte)) => bits(digits).unwrap_or(0) as u8,
        _ => return false,
    };
    match begin >> 1 & 3 {
        1 if is_mixed(digits) => bits(digits).is_some_and(begins_with_characters),
        2 if is_mixed(digits) => bits(digits).is_some_and(has_lengths_that_add_up),
        _ => false,
    }
}

/// Whether capitals and small letters are among the first digits, as they are in all but one of two thousand runs of chance, but not in most
/// names, hashes and numbers.
fn is_mixed(digits: &[u8]) -> bool {
    let Some(first) = digits.first_chunk::<DIGITS>() else { return false };
    first.iter().any(u8::is_ascii_uppercase) & first.iter().any(u8::is_ascii_lowercase)
}

/// The bits of the first digits, the first in the lowest place.
fn bits(digits: &[u8]) -> Option<u128> {
    let (mut values, mut count) = ([0u8; DIGITS], 0);
    digits::each_escaped(digits, 0, &VALUES, |value, _, _| {
        values[count] = value;
        count += 1;
        count < DIGITS
    });
    let mut bytes = [0u8; 16];
    for (group, values) in bytes.chunks_exact_mut(3).zip(values.chunks_exact(4)) {
        let all = values.iter().fold(0, |all, &value| all << 6 | u32::from(value));
        group.copy_from_slice(&all.to_be_bytes()[1..]);
    }
    (count == DIGITS).then_some(u128::from_le_bytes(bytes))
}

/// Whether a block's own codes begin as they have to: no more symbols than there are, and lengths of codes that leave no room and take no
/// more than there is.
fn has_lengths_that_add_up(bits: u128) -> bool {
    let number = |at: u32, count: u32| (bits >> at) as u32 & ((1 << count) - 1);
    let (literals, distances, lengths) = (number(3, 5), number(8, 5), number(13, 4) + 4);
    let length = |place: u32| number(17 + 3 * place, 3);
    let taken = |place: u32| if length(place) == 0 { 0 } else { 0x80 >> length(place) };
    // Every deflater leaves out the zeros at the end.
    let is_trimmed = lengths == 4 || length(lengths - 1) != 0;
    literals < 30 && distances < 30 && is_trimmed && (0..lengths).map(taken).sum::<u32>() == 0x80
}

/// Whether a block in the fixed code begins with characters of text, or with what repeats some of them.
fn begins_with_characters(bits: u128) -> bool {
    let (mut at, mut characters, mut utf8) = (3, 0, Utf8::Open(0));
    // The longest symbol is a repetition of 30 bits; the bits of a code come with its first bit in the lowest place.
    while at + 30 <= BITS {
        let code = |count: u32| ((bits >> at) as u32).reverse_bits() >> (32 - count);
        let (byte, length) = match code(8) {
            literal @ 0x30..=0xbf => (literal - 0x30, 8),
            0xc8..=0xff => (code(9) - 0x190 + 0x90, 9),
            // A length in seven bits; behind it what is added to it, and a distance of five bits and what is added to that. It cannot reach
            // further than there is text.
            length @ 0x02..=0x2f => {
                let symbol = length >> 1;
                let (extra, least) = if symbol < 9 { (0, symbol) } else { grouped(symbol - 1, 2) };
                let distance = ((bits >> (at + 7 + extra)) as u32).reverse_bits() >> 27;
                let (further, back) = if distance < 4 { (0, distance + 1) } else { grouped(distance, 1) };
                if back > characters {
                    return false;
                }
                characters += least + 2;
                at += 7 + extra + 5 + further;
                utf8 = Utf8::Unknown;
                continue;
            }
            // A long repetition.
            0xc0..=0xc7 => return characters > 0,
            // The block's end: some deflaters close one after a few characters, but not the last.
            _ => return characters > 0 && bits & 1 == 0,
        };
        if !utf8.take(byte as u8) {
            return false;
        }
        characters += 1;
        at += length;
    }
    true
}

/// Where a text in UTF-8 stands.
enum Utf8 {
    /// So many bytes of a character are to come.
    Open(u8),
    /// Behind a repetition.
    Unknown,
}

impl Utf8 {
    /// Whether a text may go on so.
    fn take(&mut self, byte: u8) -> bool {
        let is_between = matches!(self, Utf8::Open(0) | Utf8::Unknown);
        let open = match (byte, &self) {
            (b'\t' | b'\r' | b'\n' | b' '..=b'~', _) if is_between => 0,
            (0xc2..=0xf4, _) if is_between => 1 + u8::from(byte >= 0xe0) + u8::from(byte >= 0xf0),
            (0x80..=0xbf, Utf8::Open(open @ 1..)) => open - 1,
            (0x80..=0xbf, Utf8::Unknown) => return true,
            _ => return false,
        };
        *self = Utf8::Open(open);
        true
    }
}

/// How many bits are added to the value of a symbol, of `2^bits` in a row that have as many, and its least value, counted from one.
fn grouped(symbol: u32, bits: u32) -> (u32, u32) {
    let extra = (symbol >> bits) - 1;
    let of_group = (symbol & ((1 << bits) - 1)) + (1 << bits);
    (extra, (of_group << extra) + 1)
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use base64::Engine;
    use base64::engine::general_purpose::{STANDARD, URL_SAFE};
    use flate2::Compression;
    use flate2::write::DeflateEncoder;

    use super::*;
    use crate::random::Random;

    fn deflated(text: &[u8], level: u32) -> Vec<u8> {
        let mut encoder = DeflateEncoder::new(Vec::new(), Compression::new(level));
        encoder.write_all(text).unwrap();
        encoder.finish().unwrap()
    }

    #[test]
    fn deflated_texts_are_known_and_chance_hardly_ever() {
        let mut random = Random::new(3);
        let words =
            ["shop", "catalog", "key=", "\"price\": 12.50", "<mxCell value=\"", "größe", "\n", "%3CmxGraphModel%3E"];
        for length in 1..400 {
            let text: String = (0..8 + length).map(|_| words[random.below(words.len())]).collect();
            for level in [1, 6, 9] {
                let packed = deflated(text.as_bytes(), level);
                let digits = STANDARD.encode(&packed);
                if !is_mixed(digits.as_bytes()) {
                    continue;
                }
                assert!(may_begin(digits.as_bytes()), "{digits}");
                for (digit, escape) in [("/", "\\/"), ("/", "%2F"), ("+", "%2b"), ("+", "\\u002B"), ("+", "&#x2B;")] {
                    assert!(may_begin(digits.replace(digit, escape).as_bytes()), "{digits}");
                }
                assert!(may_begin(URL_SAFE.encode(&packed).as_bytes()));
            }
        }
        let chance = (0..100_000).filter(|_| {
            let bytes: Vec<u8> = (0..24).map(|_| random.below(256) as u8).collect();
            may_begin(STANDARD.encode(bytes).as_bytes())
        });
        let count = chance.count();
        assert!(count < 1_500, "{count} of 100,000");
    }
}
