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
                characters += least + 2 + ((bits >> (at + 7)) as u32 & ((1 << extra) - 1));
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

    /// Bits as a stream has them: numbers, and how many bits each takes.
    fn of_bits(numbers: &[(u32, u32)]) -> u128 {
        let mut at = 0;
        numbers.iter().fold(0, |bits, &(number, count)| {
            at += count;
            bits | u128::from(number) << (at - count)
        })
    }

    /// A code as it stands in a stream: its first bit first.
    fn code(number: u32, bits: u32) -> (u32, u32) {
        (number.reverse_bits() >> (32 - bits), bits)
    }

    fn literal(byte: u8) -> (u32, u32) {
        if byte < 0x90 { code(0x30 + u32::from(byte), 8) } else { code(0x190 + u32::from(byte) - 0x90, 9) }
    }

    #[test]
    fn values_of_symbols_follow_each_other_without_a_gap() {
        for (bits, symbols, first) in [(2, 8..28, 9), (1, 4..30, 5)] {
            let mut expected = first;
            for symbol in symbols.clone() {
                let extra = 1 + ((symbol - symbols.start) >> bits);
                assert_eq!(grouped(symbol, bits), (extra, expected), "{symbol}");
                expected += 1 << extra;
            }
        }
    }

    #[test]
    fn a_text_goes_on_in_whole_characters() {
        for (text, expected) in [
            (&b"az ~\t\r\n"[..], true),
            ("ßé€\u{7ff}\u{800}\u{10ffff}a".as_bytes(), true),
            (b"a\x7f", false),
            (b"\x00", false),
            (b"\x1f", false),
            (b"\x80", false),
            (b"\xc1\x80", false),
            (b"\xf5\x80", false),
            (b"\xc3a", false),
            (b"\xc3\xc3", false),
            (b"\xe2\x82a", false),
            (b"\xf0\x9f\x98a", false),
            (b"\xc3\x9f\x9f", false),
            (b"\xe2\x82\xac\x80", false),
        ] {
            let mut utf8 = Utf8::Open(0);
            assert_eq!(text.iter().all(|&byte| utf8.take(byte)), expected, "{}", text.escape_ascii());
        }
        // What was repeated may have ended within a character.
        for (text, expected) in [(&b"\x80\xbfa"[..], true), (b"\xc3\x9f", true), (b"a\x80", false), (b"\x7f", false)] {
            let mut utf8 = Utf8::Unknown;
            assert_eq!(text.iter().all(|&byte| utf8.take(byte)), expected, "{}", text.escape_ascii());
        }
    }

    #[test]
    fn a_block_in_the_fixed_code_begins_with_characters_and_repeats_only_those() {
        let (a, end, long) = (literal(b'a'), code(0, 7), code(0xc0, 8));
        // Three to six characters in symbols of seven bits; eleven or twelve, and 99 or more, by bits behind these.
        let (three, six, eleven, many) = (code(1, 7), code(4, 7), code(9, 7), code(23, 7));
        let back = |distance: u32| code(distance - 1, 5);
        let eszett = [literal(0xc3), literal(0x9f)];
        let cases = [
            (vec![a; 8], true),
            (vec![a, a, a, a, a, literal(0)], false),
            (vec![a, a, a, a, a, a, a, literal(0)], false),
            (vec![a, a, a, a, a, a, a, a, literal(0)], true),
            // 66 bits before the last that is looked at.
            ([&eszett[..], &eszett, &eszett, &[eszett[0], a]].concat(), false),
            ([&eszett[..], &eszett, &eszett, &eszett].concat(), true),
            (vec![end], false),
            (vec![a, end], true),
            (vec![long], false),
            (vec![a, long], true),
            (vec![three, back(1)], false),
            (vec![a, three, back(1), a, a, a, a, a, a, a], true),
            (vec![a, three, back(2)], false),
            (vec![a, three, back(1), three, back(4), a, a, a, a], true),
            // Five or six back, of which one bit says which.
            (vec![a, three, back(1), three, back(5), (0, 1), a, a, a], false),
            (vec![a, a, three, back(2), three, back(5), (1, 1), a, a, a], true),
            (vec![a, a, three, back(2), three, back(5), (0, 1), a, a, a], true),
            (vec![a, six, back(1), three, back(6), (0, 1), a, a, a], true),
            (vec![a, six, back(1), three, back(7), (0, 2), a, a, a], false),
            (vec![a, eleven, (1, 1), back(1), a, three, back(9), (0, 3), a], false),
            (vec![a, eleven, (1, 1), back(1), a, three, back(7), (0, 2), a], true),
            (vec![a, eleven, (1, 1), back(1), literal(0)], false),
            // Thirteen back, or more, of as many, and of one less.
            (vec![a, eleven, (1, 1), back(1), three, back(8), (0, 2), a], true),
            (vec![a, eleven, (0, 1), back(1), three, back(8), (0, 2), a], false),
            (vec![a, six, back(1), a, literal(0xc3), a], false),
            (vec![a, six, back(1), literal(0x9f), a, a, a], true),
            (vec![a, many, (15, 4), back(1), three, back(13), (0, 5), a], true),
            (vec![a, three, back(1), three, back(13), (0, 5), a], false),
        ];
        for (numbers, expected) in cases {
            for kind in [(2, 3), (3, 3)] {
                // No text ends so soon.
                let expected = expected && !(kind.0 == 3 && numbers.contains(&end));
                let bits = of_bits(&[&[kind], &numbers[..], &[a; 5]].concat());
                assert_eq!(begins_with_characters(bits), expected, "{kind:?} {numbers:?}");
            }
        }
    }

    #[test]
    fn a_block_with_its_own_code_has_lengths_that_add_up() {
        for (literals, distances, lengths, expected) in [
            (29, 29, &[1, 1, 0, 0][..], true),
            (0, 0, &[2, 2, 2, 2], true),
            (0, 0, &[0, 0, 0, 0, 1, 0, 1], true),
            (0, 0, &[1, 2, 3, 4, 5, 6, 7, 7], true),
            (0, 0, &[4; 16], true),
            (0, 0, &[0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 1], true),
            (30, 0, &[1, 1, 0, 0], false),
            (0, 30, &[1, 1, 0, 0], false),
            (0, 0, &[1, 1, 0, 0, 0], false),
            (0, 0, &[1, 0, 0, 0], false),
            (0, 0, &[1, 1, 1, 0], false),
            (0, 0, &[1, 1, 0, 0, 7], false),
            (0, 0, &[0; 4], false),
        ] {
            let mut numbers = vec![(5, 3), (literals, 5), (distances, 5), (lengths.len() as u32 - 4, 4)];
            numbers.extend(lengths.iter().map(|&length| (length, 3)));
            // What follows the lengths is none of them.
            numbers.push((0x3f, 6));
            assert_eq!(has_lengths_that_add_up(of_bits(&numbers)), expected, "{literals} {distances} {lengths:?}");
        }
    }

    #[test]
    fn bits_are_those_of_the_bytes_that_digits_stand_for() {
        let digits = b"QUJDRUZH/0lKS01N+";
        let bytes = STANDARD.decode(&digits[..16]).unwrap();
        let expected = bytes.iter().rev().fold(0, |bits, &byte| bits << 8 | u128::from(byte));
        assert_eq!(bits(digits), Some(expected));
        assert_eq!(bits(b"QUJDRUZH\\/0lKS01N"), Some(expected));
        assert_eq!((bits(&digits[..15]), bits(b"QUJDRUZH.0lKS01N")), (None, None));
        assert!(is_mixed(b"aaaaaaaaaaaaaaaA") && is_mixed(b"AAAAAAAAAAAAAAAa+"));
        assert!(!is_mixed(b"aaaaaaaaaaaaaaaa") && !is_mixed(b"AAAA8AAAAAAA/AAA") && !is_mixed(b"aaaaaaaaaaaaaaA"));
    }

    #[test]
    fn both_kinds_of_block_are_known_if_their_digits_are_mixed() {
        let prose: String = (0..60).map(|number| format!("{number}: the price of {}\n", number * number)).collect();
        let table = format!("+{0}+{0}+\n| the Catalog |", "-".repeat(48));
        for (text, kind) in [("key=of-a-shop-and-its-catalog", 1), (&table, 1), (prose.as_str(), 2)] {
            let packed = deflated(text.as_bytes(), 9);
            assert_eq!(packed[0] >> 1 & 3, kind, "{text}");
            let digits = STANDARD.encode(packed);
            assert!(may_begin(digits.as_bytes()), "{text}");
            // Of the two digits that are looked at first, one may be escaped, but no line ends between them.
            assert!(!may_begin(format!("{}\n{}", &digits[..1], &digits[1..]).as_bytes()), "{text}");
        }
        let mut random = Random::new(5);
        let mut known = [0; 4];
        for _ in 0..40_000 {
            let digits: Vec<u8> =
                (0..DIGITS).map(|_| b"abcdefghijklmnopqrstuvwxyz0123456789+/"[random.below(38)]).collect();
            let bits = bits(&digits).unwrap();
            let kind = (bits >> 1 & 3) as usize;
            known[kind] +=
                u32::from(if kind == 1 { begins_with_characters(bits) } else { has_lengths_that_add_up(bits) });
            assert!(!may_begin(&digits), "{}", digits.escape_ascii());
        }
        assert!(known[1] > 10 && known[2] > 10, "{known:?}");
    }
}
