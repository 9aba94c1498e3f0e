//! Whether sixteen bytes may be a part of a list of numbers, or of escapes, that stand for text: a look that is cheaper than reading one.

use super::digits::NONE;
use super::hex::VALUES;

/// How many hexadecimal digits sixteen bytes of a list have at least.
const FEWEST_DIGITS: u8 = 4;

/// Whether sixteen bytes look like a part of a list or of escapes that stand for text: signs, blanks and numbers, and the numbers
/// that are seen whole are those of characters.
pub(in crate::detect) fn may_be_list(block: &[u8; 16]) -> bool {
    characters(block).is_some_and(|characters| characters > 0) || are_words(block)
}

/// Whether sixteen bytes look like a part of a dump in words that are longer than a byte's number: of two bytes in octal, which have six
/// digits, or of four in hexadecimal, with an address before them at most.
pub(in crate::detect) fn are_words(block: &[u8; 16]) -> bool {
    const OCTAL: usize = 6;
    const ADDRESS: usize = 7;
    const HEX: usize = 8;
    let is_text = |bytes: &[u8]| bytes.iter().all(|&byte| is_text(byte.into()));
    let is_word = |digits: &[u8]| match digits.len() {
        0 | ADDRESS => true,
        OCTAL => {
            let is_octal = digits.iter().all(|digit| (b'0'..=b'7').contains(digit));
            let value = digits.iter().fold(0, |value: u32, digit| value << 3 | u32::from(digit & 7));
            is_octal && is_text(&value.to_le_bytes())
        }
        HEX => {
            let value = |digit: u8| VALUES[usize::from(digit)];
            is_text(&[0, 2, 4, 6].map(|pair| value(digits[pair]) << 4 | value(digits[pair + 1])))
        }
        _ => false,
    };
    let is_blank = |byte: &u8| b" \t\r\n".contains(byte);
    let digits = block.iter().filter(|byte| byte.is_ascii_hexdigit()).count();
    if digits < usize::from(FEWEST_DIGITS) || block.iter().any(|byte| !byte.is_ascii_hexdigit() && !is_blank(byte)) {
        return false;
    }
    // A word at either end may be a part of one.
    let (first, last) = (block.iter().position(is_blank), block.iter().rposition(is_blank));
    let whole = first.zip(last).map(|(first, last)| &block[first..last]);
    let is_end = |length: usize| length <= HEX;
    whole.is_some_and(|whole| whole.split(is_blank).all(is_word))
        && is_end(first.unwrap_or(0))
        && is_end(block.len() - 1 - last.unwrap_or(0))
}

/// How many of its numbers are not zero, of which UTF-32 has several in a row; none if it does not look so.
pub(in crate::detect) fn characters(block: &[u8; 16]) -> Option<u8> {
    let mut number = Number::default();
    let (mut digits, mut numbers, mut characters) = (0, 0, 0);
    // A number at either end may be a part of one.
    let mut is_whole = !is_number(block[0]);
    for &byte in block {
        let value = VALUES[usize::from(byte)];
        if value != NONE {
            number.push(value);
            digits += 1;
        } else if b"xXuU".contains(&byte) {
            // What stands before it is a mark, such as `0x`, and what follows is hexadecimal.
            number = Number { is_marked: true, ..Number::default() };
        } else if is_sign(byte) {
            if is_whole && !number.is_character() {
                return None;
            }
            numbers += u8::from(number.length > 0);
            characters += u8::from(number.hex != 0);
            number = Number::default();
            is_whole = true;
        } else {
            return None;
        }
    }
    numbers += u8::from(number.length > 0);
    characters += u8::from(number.hex != 0);
    (digits >= FEWEST_DIGITS && numbers > 1).then_some(characters)
}

fn is_number(byte: u8) -> bool {
    byte.is_ascii_hexdigit() || b"xXuU".contains(&byte)
}

/// Whether a byte is what stands between and around the numbers of lists and escapes.
fn is_sign(byte: u8) -> bool {
    matches!(byte, b'\t'..=b'/' | b':'..=b'?' | b'[' | b'\\' | b']' | b'{' | b'}' | b'|' | b'`' | b'^' | b'_')
}

/// Digits that stand together.
#[derive(Default)]
struct Number {
    length: u8,
    hex: u32,
    /// The value in decimal; none if there are other digits.
    decimal: u32,
    has_letter: bool,
    /// Whether a mark says that it is hexadecimal.
    is_marked: bool,
}

impl Number {
    fn push(&mut self, digit: u8) {
        self.length = self.length.saturating_add(1);
        self.hex = self.hex << 4 | u32::from(digit);
        self.decimal = self.decimal.wrapping_mul(10).wrapping_add(u32::from(digit));
        self.has_letter |= digit > 9;
    }

    /// Whether it may be a character, or two, of a text: in hexadecimal, decimal or octal. Every second byte of UTF-16 is a zero.
    fn is_character(&self) -> bool {
        let is_decimal = !self.has_letter && is_text(self.decimal);
        match self.length {
            _ if self.is_marked => is_text(self.hex & 0xff) && is_text(self.hex >> 8),
            0..=2 => is_text(self.hex) || is_decimal,
            3 => is_decimal || self.is_octal(),
            4 => is_text(self.hex & 0xff) && is_text(self.hex >> 8) || self.is_octal(),
            _ => is_text(self.hex),
        }
    }

    /// Whether it is a character in octal, which has three bits a digit, here in four.
    fn is_octal(&self) -> bool {
        self.hex & !0x177 == 0 && is_text(self.hex >> 2 & 0o100 | self.hex >> 1 & 0o70 | self.hex & 7)
    }
}

fn is_text(value: u32) -> bool {
    matches!(value, 0 | 9 | 10 | 13 | 0x1b | 0x20..=0x7e)
}

/// Whether an escape that stands for any character begins in `block`.
pub(in crate::detect) fn has_escape(block: &[u8]) -> bool {
    block.windows(2).any(|pair| match pair[0] {
        b'%' => pair[1].is_ascii_hexdigit() || pair[1] == b'u',
        b'\\' => matches!(pair[1], b'x' | b'u' | b'U' | b'\'' | b'0'..=b'7'),
        b'&' => pair[1] == b'#',
        b'=' => matches!(pair[1], b'0'..=b'7'),
        _ => false,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prose_and_code_are_no_lists() {
        for block in [b"                ", b"if (a == b) { x ", b"-----0000000----", b"da39a3ee5e6b4b0d"] {
            assert!(!may_be_list(block) || block.starts_with(b"---"), "{}", String::from_utf8_lossy(block));
        }
        for block in [
            b"72 67 5f 6c 69 7",
            b"0x72, 0x67, 0x5f",
            b"\\x72\\x67\\x5f\\x6c",
            b"%72%67%5f%6c%69%",
            b"114, 103, 95, 10",
        ] {
            assert!(may_be_list(block), "{}", String::from_utf8_lossy(block));
        }
    }

    #[test]
    fn dumps_in_long_words_are_lists() {
        for block in
            [b"3562 066137 0625", b"\n0000020 063562 ", b"5f6772 6576696c ", b"6772 6576696c 63", b"562\n0000020 0635"]
        {
            assert!(are_words(block) && may_be_list(block), "{}", String::from_utf8_lossy(block));
        }
        for block in [
            b"3562 266137 0625",
            b"3562 066337 0625",
            b"6772 8576696c 63",
            b"3562 06613 06255",
            b"063562, 066137, ",
            b"0635620661370625",
            b"063562066137 062",
            b"some 066137 text",
        ] {
            assert!(!are_words(block), "{}", String::from_utf8_lossy(block));
        }
    }

    #[test]
    fn a_word_at_an_end_may_be_cut_off_and_every_byte_of_a_whole_one_is_text() {
        for block in [b"0000020 6576696c", b"6576696c 0000020", b"72            67", b"6772 2f2f2f2f 2f"] {
            assert!(are_words(block), "{}", String::from_utf8_lossy(block));
        }
        for block in
            [b"000002000 657669", b"657669 000002000", b"6772 2f2f2f7f 2f", b"6772 7f2f2f2f 2f", b"72             6"]
        {
            assert!(!are_words(block), "{}", String::from_utf8_lossy(block));
        }
    }

    #[test]
    fn numbers_are_characters_in_one_of_the_bases() {
        let text = |value: Result<u32, _>| value.is_ok_and(|value: u32| value < 0x80 && is_text(value));
        for length in 1..=4usize {
            for digits in 0..1u32 << (4 * length) {
                let written = format!("{digits:0length$x}");
                let mut number = Number::default();
                written.bytes().for_each(|digit| number.push(VALUES[usize::from(digit)]));
                let octal = || text(u32::from_str_radix(&written, 8));
                let expected = match length {
                    1 | 2 => text(Ok(digits)) || text(written.parse()),
                    3 => text(written.parse()) || octal(),
                    _ => text(Ok(digits & 0xff)) && text(Ok(digits >> 8)) || octal(),
                };
                assert_eq!(number.is_character(), expected, "{written}");
            }
        }
    }

    #[test]
    fn what_is_seen_whole_decides_and_zeros_do_not_count() {
        for (block, expected) in [
            (b"72 67 5f 6c 69 7", Some(6)),
            (b"00 00 00 72 00 0", Some(1)),
            (b"00 00 00 00 00 7", Some(1)),
            (b"00 00 00 00 00 0", Some(0)),
            (b"72          6772", Some(2)),
            (b"72, 67          ", Some(2)),
            (b"72 6            ", None),
            (b"  1234          ", None),
            (b"6772            ", None),
            (b"            6772", None),
            (b"1234567890123456", None),
            (b"72,67,80,70,70, ", Some(5)),
            (b"72 ff 67 70 70 7", None),
            (b" ff 72 67 70 70 ", None),
            (b"ff 72 67 70 70 7", Some(6)),
            (b"72 67 70 70 72 f", Some(6)),
            (b"0x72, 0x67, 0x5f", Some(3)),
            (b"u0072\\u0067\\u006", Some(3)),
            (b"0x72, 0x80, 0x5f", None),
            (b"0x72, 80, 0x5f  ", Some(3)),
            (b"0x72, 0x12, 0x5f", None),
            (b"0x7267, 0x6c5f, ", Some(2)),
            (b"0x7267, 0x6c9f, ", None),
            (b"0x072, 0x067, 0x", Some(2)),
            (b"72 67 zz 70 70 7", None),
        ] {
            assert_eq!(characters(block), expected, "{}", String::from_utf8_lossy(block));
            let is_list = expected.is_some_and(|count| count > 0) || are_words(block);
            assert_eq!(may_be_list(block), is_list, "{}", String::from_utf8_lossy(block));
        }
    }

    #[test]
    fn escapes_begin_with_a_sign_and_what_may_follow_it() {
        for escape in ["%72", "%u0072", "\\x72", "\\u0072", "\\U00000072", "\\'72", "\\162", "&#114;", "=72"] {
            assert!(has_escape(format!("a {escape}").as_bytes()), "{escape}");
        }
        for other in ["", "%", "%z", "%%", "\\", "\\n", "\\8", "&amp;", "#7", "=8", "= 7", "a = b % c"] {
            assert!(!has_escape(other.as_bytes()), "{other}");
        }
    }
}
