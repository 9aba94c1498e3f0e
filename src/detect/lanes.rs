//! What sixteen bytes are, all at once, in vector instructions: each function gives a bit for each byte, the first in the lowest.

use wide::{i8x16, u8x16};

/// A bit for each of sixteen bytes.
pub(super) const ALL: u32 = (1 << 16) - 1;

/// Which bytes may be digits of base64 and of hexadecimal, by a cheap test: these lie from `+` on. The `_` of URLs' alphabet stands for
/// the last bits of `?` alone, which no key has, but names of code have many.
#[inline(always)]
pub(super) fn runs(bytes: u8x16) -> u32 {
    run(bytes).to_bitmask()
}

/// The same of two blocks together: which places have such a byte in both. What lies beyond ASCII may be in one of them.
#[inline(always)]
pub(super) fn runs_of_both(one: u8x16, other: u8x16) -> u32 {
    let sign = u8x16::splat(b'_');
    (above(one.min(other), b'+' - 1) & !(one.simd_eq(sign) | other.simd_eq(sign))).to_bitmask()
}

#[inline(always)]
fn run(bytes: u8x16) -> u8x16 {
    above(bytes, b'+' - 1) & !bytes.simd_eq(u8x16::splat(b'_'))
}

/// Which bytes are above another one, as signed numbers: so all processors compare them, and only so.
#[inline(always)]
fn above(bytes: u8x16, other: u8) -> u8x16 {
    let signed = i8x16::from(bytes.to_array().map(u8::cast_signed));
    let above = signed.simd_gt(i8x16::splat(other.cast_signed()));
    u8x16::from(above.to_array().map(i8::cast_unsigned))
}

/// Which bytes are digits of base64, of both its alphabets.
pub(super) fn digits(bytes: u8x16) -> u32 {
    let is = |byte: u8| bytes.simd_eq(u8x16::splat(byte));
    let letters = within(bytes | u8x16::splat(0x20), b'a', b'z');
    (letters | within(bytes, b'0', b'9') | is(b'+') | is(b'-') | is(b'/') | is(b'_')).to_bitmask()
}

/// Which bytes lie from `first` to `last`.
#[inline(always)]
fn within(bytes: u8x16, first: u8, last: u8) -> u8x16 {
    // The last one becomes the greatest of all.
    above(bytes + u8x16::splat(0x7f - last), 0x7f - (last - first) - 1)
}

/// One if a mask is [`ALL`], zero if not.
#[inline(always)]
pub(super) fn is_all(mask: u32) -> u32 {
    (mask + 1) >> 16
}

/// Not zero if sixteen bytes may be a part of a list: there is no letter from `g` to `t`, as nearly all words have one, and there are
/// several digits from 0 to 9.
#[inline(always)]
pub(super) fn numbers(bytes: u8x16) -> u32 {
    let digits = within(bytes, b'0', b'9').to_bitmask();
    let is_wordless = words(bytes).wrapping_sub(1) >> 31;
    digits & digits.wrapping_sub(1) & is_wordless.wrapping_neg()
}

/// Whether there is a number of more digits than a byte has, and no mark of an escape, which may have more.
pub(super) fn has_long_number(bytes: u8x16) -> bool {
    let is = |byte: u8| bytes.simd_eq(u8x16::splat(byte));
    let lower = bytes | u8x16::splat(0x20);
    let numbers = within(bytes, b'0', b'9') | within(lower, b'a', b'f') | lower.simd_eq(u8x16::splat(b'x'));
    let marks = is(b'\\') | is(b'%') | is(b'&') | is(b'=');
    let mask = numbers.to_bitmask();
    mask & mask >> 1 & mask >> 2 & mask >> 3 & mask >> 4 != 0 && marks.to_bitmask() == 0
}

/// Whether sixteen bytes may be a part of a list, by tests that cost little: numbers no longer than a byte's, or a dump's words, and none
/// that stands for no text.
#[inline(always)]
pub(super) fn may_be_list(bytes: u8x16) -> bool {
    numbers(bytes) != 0 && may_be_of_list(bytes)
}

/// The same of bytes that [`numbers`] says it of.
#[inline(always)]
pub(super) fn may_be_of_list(bytes: u8x16) -> bool {
    let is_dump = is_all(hex_or_blank(bytes)) == 1;
    (is_dump || !has_long_number(bytes)) && !has_no_text(bytes, is_dump)
}

/// Whether a number says that this is no part of a list that stands for text, of those whose mark or beginning is seen and whose end is:
/// one of two digits behind a mark, as most bytes of tables in code have, or of one digit. Or whether all are zero, unless that may be a
/// dump's words. What it says this of is nothing for [`super::decode::numbers::may_be_list`] either.
fn has_no_text(bytes: u8x16, is_dump: bool) -> bool {
    let lower = bytes | u8x16::splat(0x20);
    let is = |byte: u8| lower.simd_eq(u8x16::splat(byte));
    let zeros = bytes.simd_eq(u8x16::splat(b'0')).to_bitmask();
    let hex = (within(bytes, b'0', b'9') | within(lower, b'a', b'f')).to_bitmask();
    if hex == zeros && !is_dump {
        return true;
    }
    let marks = (is(b'x') | is(b'u')).to_bitmask();
    let numbers = hex | marks;
    // Digits that stand for no text alone or behind a zero: but for 0, 9, A and D, all are control characters.
    let controls = hex & !(zeros | (bytes.simd_eq(u8x16::splat(b'9')) | is(b'a') | is(b'd')).to_bitmask());
    let one = controls & !(hex << 1) & !(numbers >> 1);
    // Two digits: from 0x80 on, and those of control characters, which but for 0x1b are those behind a zero.
    let high = hex & !within(bytes, b'0', b'7').to_bitmask();
    let ones = bytes.simd_eq(u8x16::splat(b'1')).to_bitmask();
    let first = high | zeros & controls >> 1 | ones & !(is(b'b').to_bitmask() >> 1);
    let two = (hex & marks << 1 & first) << 1 & hex & !(numbers >> 1);
    // A number at the block's end may go on, and one at its beginning may have begun before.
    (one | two) & (ALL >> 1) & (ALL << numbers.trailing_ones()) != 0
}

/// Which bytes are hexadecimal digits or blanks, or control characters that nearly no text has.
fn hex_or_blank(bytes: u8x16) -> u32 {
    let blanks = within(bytes, b'\t', b'\r') | bytes.simd_eq(u8x16::splat(b' '));
    (within(bytes, b'0', b'9') | within(bytes | u8x16::splat(0x20), b'a', b'f') | blanks).to_bitmask()
}

/// Which bytes are letters from `g` to `t`.
#[inline(always)]
pub(super) fn words(bytes: u8x16) -> u32 {
    within(bytes | u8x16::splat(0x20), b'g', b't').to_bitmask()
}

/// Which bytes are slashes.
#[inline(always)]
pub(super) fn slashes(bytes: u8x16) -> u32 {
    bytes.simd_eq(u8x16::splat(b'/')).to_bitmask()
}

/// Which bytes are zero.
#[inline(always)]
pub(super) fn zeros(bytes: u8x16) -> u32 {
    bytes.simd_eq(u8x16::splat(0)).to_bitmask()
}

/// The ways to divide sixteen digits of base64 into groups at which they may decode to ASCII: bit `n` if a group begins with digit `n`. A
/// group that is seen in part counts by what is seen of it.
pub(super) fn base64_phases(bytes: u8x16) -> u32 {
    let (upper, lower, digit) = (within(bytes, b'A', b'Z'), within(bytes, b'a', b'z'), within(bytes, b'0', b'9'));
    // What is added to a digit gives its value, as RFC 4648 has them. The signs stand for 62 and 63, which ASCII has in the fourth place
    // only.
    let offset = |class: u8x16, first: u8, value: u8| class & u8x16::splat(value.wrapping_sub(first));
    let values = bytes + (offset(upper, b'A', 0) | offset(lower, b'a', 26) | offset(digit, b'0', 52));
    let signs = !(upper | lower | digit);
    // The highest bits of the three bytes that a group stands for.
    let lacks = |bit: u8| ((values | signs) & u8x16::splat(bit)).simd_eq(u8x16::splat(0)).to_bitmask();
    let groups = lacks(0x20) & (lacks(0x08) >> 1 | 0x8000) & (lacks(0x02) >> 2 | 0xc000);
    let groups = groups & groups >> 8;
    groups & groups >> 4 & 0xf
}

/// Whether every second byte may be the first hexadecimal digit of ASCII.
pub(super) fn may_be_hex(bytes: u8x16) -> bool {
    let low = within(bytes, b'0', b'7').to_bitmask();
    low & 0x5555 == 0x5555 || low & 0xaaaa == 0xaaaa
}

#[cfg(test)]
mod tests {
    use proptest::collection;
    use proptest::prelude::*;
    use proptest::string::string_regex;

    use super::*;
    use crate::detect::decode::numbers as decoded;

    #[test]
    fn base64_is_told_by_where_its_groups_begin() {
        // "The quick brown fox", behind so many other digits.
        for (block, phase) in
            [(b"VGhlIHF1aWNrIGJy", 0), (b"xVGhlIHF1aWNrIGJ", 1), (b"xyVGhlIHF1aWNrIG", 2), (b"xyzVGhlIHF1aWNrI", 3)]
        {
            assert_ne!(base64_phases(u8x16::from(*block)) & 1 << phase, 0, "{phase}");
        }
        for block in
            [b"get_config_value", b"da39a3ee5e6b4b0d", b"include/linux/fs", b"getConfiguration", b"////////////////"]
        {
            assert_eq!(base64_phases(u8x16::from(*block)), 0, "{}", String::from_utf8_lossy(block));
        }
    }

    #[test]
    fn every_byte_has_its_classes() {
        for byte in 0..=u8::MAX {
            let bytes = u8x16::splat(byte);
            let is = |mask: u32| {
                assert!(mask == 0 || mask == ALL);
                mask == ALL
            };
            assert_eq!(is(runs(bytes)), (b'+'..0x80).contains(&byte) && byte != b'_');
            assert_eq!(is(digits(bytes)), byte.is_ascii_alphanumeric() || b"+-/_".contains(&byte));
            assert_eq!(is(zeros(bytes)), byte == 0);
            assert_eq!(numbers(bytes) != 0, byte.is_ascii_digit());
            assert_eq!(may_be_hex(bytes), (b'0'..=b'7').contains(&byte));
        }
    }

    #[test]
    fn each_byte_has_its_bit() {
        for at in 0..16 {
            let with = |byte: u8, others: u8| {
                let mut block = [others; 16];
                block[at] = byte;
                u8x16::from(block)
            };
            let bit = 1 << at;
            let masks =
                [runs(with(b'A', b' ')), digits(with(b'A', b' ')), words(with(b'k', b' ')), zeros(with(0, b' '))];
            assert_eq!(masks, [bit; 4]);
            assert_eq!(runs_of_both(u8x16::splat(b'A'), with(b'A', b' ')), bit);
            assert_eq!(runs_of_both(with(b' ', b'A'), u8x16::splat(b'A')), ALL ^ bit);
            // The sign of URLs' alphabet, in one of them or at the same place in both.
            for [one, other] in [[b'_', b'A'], [b'A', b'_'], [b'_', b'_']] {
                assert_eq!(runs_of_both(with(one, b'A'), with(other, b'A')), ALL ^ bit);
            }
            // Several digits, and none of a word's letters in either case.
            let numbers = [with(b'1', b' '), with(b' ', b'1'), with(b'f', b'1'), with(b'u', b'1'), with(b'g', b'1')];
            assert_eq!(numbers.map(|bytes| super::numbers(bytes) != 0), [false, true, true, true, false]);
            assert_eq!([b'G', b'T'].map(|word| super::numbers(with(word, b'1'))), [0; 2]);
            // One digit that is no first one of ASCII spoils one way to pair them.
            assert!(may_be_hex(with(b'f', b'6')) && !may_be_hex(with(b'f', b'9')));
        }
        assert_eq!([0, 1, ALL - 1, ALL].map(is_all), [0, 0, 0, 1]);
    }

    #[test]
    fn a_number_is_long_that_has_more_digits_than_a_byte_in_any_form_and_no_mark() {
        for (text, expected) in [
            ("12345", true),
            ("abcde", true),
            ("ABCDE", true),
            ("0xfff", true),
            ("0X1F2", true),
            ("1234", false),
            ("1234 5678", false),
            ("1234g", false),
            ("x/1234", false),
            ("\\12345", false),
            ("%12345", false),
            ("&#12345;", false),
            ("=12345", false),
        ] {
            for before in 0..=16 - text.len() {
                let block = format!("{:before$}{text:<1$}", "", 16 - before);
                let block: [u8; 16] = block.as_bytes().try_into().unwrap();
                assert_eq!(has_long_number(u8x16::from(block)), expected, "{text} behind {before}");
            }
        }
    }

    #[test]
    fn a_list_has_short_numbers_or_the_words_of_a_dump_and_no_word() {
        for (block, expected) in [
            (b"0x72, 0x67, 0x5f", true),
            (b"\\x72\\x67\\x5f\\x6c", true),
            (b"                ", false),
            (b"  1, a, b, c, d ", false),
            (b"{ a = 1; b = 2; ", false),
            (b"for (x) { 1; 2 }", false),
            (b"0x00023758, 0x3,", false),
            (b"0x81c,0xb1200001", false),
            (b"6772 6576696c 63", true),
            (b"\n6576696c\tABCDEF", true),
            (b"0000020 06356256", true),
            (b"0000020:06356256", false),
            (b"&#x000072;&#x000", true),
            // Numbers that are seen whole and stand for no text, and those that may go on.
            (b"0x72, 0x87, 0x5f", false),
            (b"0x72, 0x67, 0x8f", true),
            (b"x8f, 0x72, 0x67,", true),
            (b", \\x8f\\x72\\x67, ", false),
            (b"0x72, 0x0f, 0x5f", false),
            (b"0x72, 0x0A, 0x5f", true),
            (b"0x72, 0x10, 0x5f", false),
            (b"0x72, 0x1B, 0x5f", true),
            (b"0x72, 0x7, 0x5f,", false),
            (b"114, 1, 103, 95,", false),
            (b"114, 10, 9, 103 ", true),
            (b"103, 114, 10, 1 ", false),
            (b" 103, 114, 10, 1", true),
            (b"1, 114, 103, 95,", true),
            (b"0x00, 0x00, 0x00", false),
            (b"00000000 0000000", true),
        ] {
            assert_eq!(may_be_list(u8x16::from(*block)), expected, "{}", block.escape_ascii());
        }
    }

    proptest! {
        #[test]
        fn only_what_is_no_list_either_has_no_text(parts in collection::vec(
            string_regex(r"[0-9a-fxXuU]|[, %\\]|(0x|\\x)[0-9a-f]{2}|[0-9]{1,3}, |0x00, |[0-9a-f]{2} ").unwrap(),
            16,
        )) {
            let block = parts.concat();
            let block: &[u8; 16] = block.as_bytes().first_chunk().unwrap();
            let bytes = u8x16::from(*block);
            let is_dump = is_all(hex_or_blank(bytes)) == 1;
            prop_assert!(!has_no_text(bytes, is_dump) || !decoded::may_be_list(block));
        }
    }

    /// What [`has_no_text`] says, number by number.
    fn has_number_of_no_text(block: &[u8; 16], is_dump: bool) -> bool {
        let is_hex = |at: usize| block[at].is_ascii_hexdigit();
        let is_mark = |at: usize| b"xXuU".contains(&block[at]);
        let is_control = |at: usize| is_hex(at) && !b"09aAdD".contains(&block[at]);
        let is_high = |at: usize| is_hex(at) && !(b'0'..=b'7').contains(&block[at]);
        let begun = (0..16).take_while(|&at| is_hex(at) || is_mark(at)).count();
        let ends = |at: usize| is_hex(at) && !is_hex(at + 1) && !is_mark(at + 1);
        let is_first = |at: usize| match block[at] {
            b'0' => is_control(at + 1),
            b'1' => !b"bB".contains(&block[at + 1]),
            _ => is_high(at),
        };
        let is_one = |at: usize| is_control(at) && !(at > 0 && is_hex(at - 1));
        let is_two = |at: usize| at > 1 && is_mark(at - 2) && is_hex(at - 1) && is_first(at - 1);
        let is_empty = (0..16).all(|at| !is_hex(at) || block[at] == b'0') && !is_dump;
        is_empty || (begun..15).any(|at| ends(at) && (is_one(at) || is_two(at)))
    }

    #[test]
    fn a_number_stands_for_no_text_wherever_it_is_seen_whole() {
        // One of each class that matters, and the neighbours of classes.
        const BYTES: &[u8] = b"01789abDfFgxU :";
        let around = [(0, ' '), (0, '0'), (5, ' '), (5, 'c'), (6, '\\'), (11, ' '), (11, '4'), (12, ' ')];
        for number in 0..BYTES.len().pow(4) {
            let text: String = (0..4).map(|at| char::from(BYTES[number / BYTES.len().pow(at) % BYTES.len()])).collect();
            let (before, other) = around[number % around.len()];
            let block = format!("{:before$}{text}{}", "", other.to_string().repeat(12 - before));
            let block: [u8; 16] = block.as_bytes().try_into().unwrap();
            for is_dump in [false, true] {
                let expected = has_number_of_no_text(&block, is_dump);
                assert_eq!(has_no_text(u8x16::from(block), is_dump), expected, "{} {is_dump}", block.escape_ascii());
            }
        }
    }

    #[test]
    fn base64_has_the_phases_that_its_groups_say_one_by_one() {
        const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
        // Each group's first three digits have the highest bits of its three bytes.
        let is_ascii = |group: &[u8]| {
            let value = |byte: &u8| DIGITS.iter().position(|digit| digit == byte).unwrap();
            group.iter().zip([0x20, 0x08, 0x02]).all(|(digit, highest)| value(digit) & highest == 0)
        };
        let run = b"xyzVGhlIHF1aWNrIGJyb3duIGZv";
        for from in 0..8 {
            for (at, &digit) in (0..16).flat_map(|at| DIGITS.iter().map(move |digit| (at, digit))) {
                let mut block: [u8; 16] = *run[from..].first_chunk().unwrap();
                block[at] = digit;
                let expected = (0..4)
                    .filter(|&phase| block[phase..].chunks(4).all(is_ascii))
                    .fold(0, |all, phase| all | 1 << phase);
                assert_eq!(base64_phases(u8x16::from(block)), expected, "{}", String::from_utf8_lossy(&block));
            }
        }
    }
}
