//! The ways to read the numbers of a list, all at once: what they stand for, nothing but the text tells.

use std::ops::Range;

use super::digits::NONE;
use super::hex::VALUES;
use super::list::Token;
use super::{SHORTEST, Text};
use crate::encoding::Encoding;

/// How many zeros in a row are no part of a text: UTF-32 has three.
const ZEROS: usize = 4;

/// How many octal digits a word of two bytes has, as `od` writes it.
const OCTAL_WORD: usize = 6;

/// The bytes of a list in each of the ways to read it.
#[derive(Default)]
pub(in crate::detect) struct Readings {
    /// In hexadecimal, as they stand there.
    hex: Reading,
    /// In hexadecimal words of two bytes or more, of which the lowest is the first: what hexdump and `od -x` write on most machines.
    words: Reading,
    decimal: Reading,
    octal: Reading,
}

impl Readings {
    /// Whether a text may go on with the next number.
    pub(super) fn are_open(&self) -> bool {
        [&self.hex, &self.words, &self.decimal, &self.octal].iter().any(|reading| reading.text.len() > 0)
    }

    /// Reads the next number, or ends with what is none. A way to read that ends there has the first of `cuts` that it can read, if it has
    /// a text: what the number is if the list ends with it.
    pub(super) fn read(&mut self, bytes: &[u8], token: Option<&Token>, cuts: impl Fn() -> Vec<Token>) {
        let is_digit = |digit: &u8| value(*digit) != NONE;
        debug_assert!(token.is_none_or(|token| token.of(bytes).iter().all(is_digit)), "a token is made of digits");
        self.hex.take(bytes, token, &cuts, hex);
        self.words.take(bytes, token, &cuts, words);
        self.decimal.take(bytes, token, &cuts, decimal);
        self.octal.take(bytes, token, &cuts, octal);
    }

    /// Has the readings that could not begin with a number begin with the first of `rests` that they can read: what is glued to it there
    /// may stand on the line before.
    pub(super) fn begin(&mut self, bytes: &[u8], rests: Vec<Token>) {
        self.hex.begin(bytes, &rests, hex);
        self.words.begin(bytes, &rests, words);
        self.decimal.begin(bytes, &rests, decimal);
        self.octal.begin(bytes, &rests, octal);
    }

    /// Ends all texts and gives them; what is read next is of another list, in the room of this one.
    pub(super) fn texts(&mut self) -> Vec<Text> {
        let mut texts = Vec::new();
        for reading in [&mut self.hex, &mut self.words, &mut self.decimal, &mut self.octal] {
            reading.end();
            reading.zeros = 0;
            texts.append(&mut reading.texts);
        }
        texts
    }
}

/// Adds what a number stands for in hexadecimal; false if it is none that does.
fn hex(reading: &mut Reading, bytes: &[u8], token: &Token) -> bool {
    let pairs = token.pairs();
    let encoding = if bytes[token.span.start] == b'\\' { Encoding::Escape } else { Encoding::Hex };
    let is_read = pairs.is_some_and(|pairs| pairs == 1 || !token.is_marked && pairs.is_power_of_two());
    if is_read {
        for (pair, two) in token.of(bytes).chunks_exact(2).enumerate() {
            let from = if pair == 0 { token.span.start } else { token.digits + 2 * pair };
            reading.push(value(two[0]) << 4 | value(two[1]), from..token.digits + 2 * pair + 2, encoding);
        }
    }
    is_read
}

/// The same of a word of two bytes or more, of which the lowest is the first.
fn words(reading: &mut Reading, bytes: &[u8], token: &Token) -> bool {
    let is_read = !token.is_marked && token.pairs().is_some_and(|pairs| matches!(pairs, 2 | 4 | 8));
    if is_read {
        // Each of its bytes is all of the word, so that what begins in the middle of one has all of itself in its place.
        let byte = |two: &[u8]| value(two[0]) << 4 | value(two[1]);
        token
            .of(bytes)
            .chunks_exact(2)
            .rev()
            .for_each(|two| reading.push(byte(two), token.span.clone(), Encoding::Hex));
    }
    is_read
}

fn decimal(reading: &mut Reading, bytes: &[u8], token: &Token) -> bool {
    let digits = token.of(bytes);
    let is_decimal = !token.is_marked && digits.len() <= 3 && digits.iter().all(u8::is_ascii_digit);
    let byte = u8::try_from(number(digits, 10)).ok().filter(|_| is_decimal);
    byte.map(|byte| reading.push(byte, token.span.clone(), Encoding::Decimal)).is_some()
}

/// Bytes of three digits, or of four where the first says that they are octal, and words of two bytes, the low one first.
fn octal(reading: &mut Reading, bytes: &[u8], token: &Token) -> bool {
    let digits = token.of(bytes);
    let is_octal = !token.is_marked && digits.iter().all(|digit| (b'0'..=b'7').contains(digit));
    let number = number(digits, 8);
    match digits.len() {
        3 | 4 if is_octal && (digits.len() == 3 || digits[0] == b'0') && number < 0x100 => {
            reading.push(number as u8, token.span.clone(), Encoding::Octal);
        }
        OCTAL_WORD if is_octal && number < 0x1_0000 => {
            let [low, high, ..] = number.to_le_bytes();
            [low, high].iter().for_each(|&byte| reading.push(byte, token.span.clone(), Encoding::Octal));
        }
        _ => return false,
    }
    true
}

fn value(digit: u8) -> u8 {
    VALUES[usize::from(digit)]
}

/// What `digits`, of which more than a few say nothing, are to this base.
fn number(digits: &[u8], base: u32) -> u32 {
    digits.iter().take(OCTAL_WORD).fold(0, |number, &digit| base * number + u32::from(value(digit)))
}

/// The bytes of a list in one of the ways to read it.
#[derive(Default)]
struct Reading {
    text: Text,
    texts: Vec<Text>,
    /// How many zeros were read last.
    zeros: usize,
}

impl Reading {
    fn push(&mut self, byte: u8, span: Range<usize>, encoding: Encoding) {
        self.zeros = if byte == 0 { self.zeros + 1 } else { 0 };
        if byte < 0x80 && self.zeros < ZEROS {
            self.text.push(byte, span, Some(encoding));
        } else {
            self.end();
        }
    }

    /// Takes the next number as `read` has it. If it is none, the reading ends; if it has a text, with the first of `cuts` that is one.
    #[inline]
    fn take(
        &mut self,
        bytes: &[u8],
        token: Option<&Token>,
        cuts: impl Fn() -> Vec<Token>,
        read: impl Fn(&mut Reading, &[u8], &Token) -> bool,
    ) {
        if token.is_some_and(|token| read(self, bytes, token)) {
            return;
        }
        if self.text.len() + 1 >= SHORTEST {
            cuts().iter().any(|cut| read(self, bytes, cut));
        }
        self.end();
    }

    /// If there is nothing in it yet, begins with the first of `numbers` that is one as `read` has it.
    fn begin(&mut self, bytes: &[u8], numbers: &[Token], read: impl Fn(&mut Reading, &[u8], &Token) -> bool) {
        let _ = self.text.len() > 0 || numbers.iter().any(|number| read(self, bytes, number));
    }

    /// What follows is no part of it.
    fn end(&mut self) {
        if self.text.len() >= SHORTEST {
            self.texts.push(std::mem::take(&mut self.text));
        } else {
            // Most are short: what room was made for them is kept.
            self.text.clear();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What a number stands for, and how it is written.
    type Bytes<'b> = (&'b [u8], Encoding);

    /// What is read of `number`, so often in a row.
    fn read(number: &str, count: usize) -> Vec<(Vec<u8>, Encoding)> {
        let source = format!("{number} ").repeat(count);
        let mark = ["0x", "\\x"].iter().find(|mark| number.starts_with(**mark)).map_or(0, |mark| mark.len());
        let mut readings = Readings::default();
        for start in (0..source.len()).step_by(number.len() + 1) {
            let span = start..start + number.len();
            readings.read(
                source.as_bytes(),
                Some(&Token { span, digits: start + mark, is_marked: mark > 0 }),
                Vec::new,
            );
        }
        let texts = readings.texts();
        for text in &texts {
            // Each byte stands where its digits do: two of its own, or all of a number that stands for one or for a machine's word.
            for at in 0..text.len() {
                let place = &source[text.span(&(at..at + 1))];
                let is_pair = u8::from_str_radix(place, 16) == Ok(text.bytes()[at]);
                assert!(place == number || place.len() == 2 && is_pair, "{number}: {place} at {at}");
            }
            assert_eq!(text.span(&(0..text.len())), 0..source.len() - 1, "{number}");
        }
        texts.into_iter().map(|text| (text.bytes().to_vec(), text.layers(&(0..1))[0])).collect()
    }

    #[test]
    fn numbers_are_read_in_every_way_that_they_may_be_meant() {
        use Encoding::*;
        let cases: [(&str, &[Bytes]); 26] = [
            ("72", &[(b"r", Hex), (b"H", Decimal)]),
            ("7f", &[(b"\x7f", Hex)]),
            ("7a", &[(b"z", Hex)]),
            ("80", &[(b"P", Decimal)]),
            ("ff", &[]),
            ("8", &[(b"\x08", Decimal)]),
            ("0x72", &[(b"r", Hex)]),
            ("\\x72", &[(b"r", Escape)]),
            ("114", &[(b"r", Decimal), (b"L", Octal)]),
            ("162", &[(b"r", Octal)]),
            ("123", &[(b"{", Decimal), (b"S", Octal)]),
            ("189", &[]),
            ("0x114", &[]),
            ("6772", &[(b"gr", Hex), (b"rg", Hex)]),
            ("0162", &[(b"\x01b", Hex), (b"b\x01", Hex), (b"r", Octal)]),
            ("0072", &[(b"\0r", Hex), (b"r\0", Hex), (b":", Octal)]),
            ("1162", &[(b"\x11b", Hex), (b"b\x11", Hex)]),
            ("0x6772", &[]),
            ("063562", &[(b"rg", Octal)]),
            ("083562", &[]),
            ("123456", &[]),
            ("177777", &[]),
            ("263562", &[]),
            ("0x063562", &[]),
            ("6c5f6772", &[(b"l_gr", Hex), (b"rg_l", Hex)]),
            ("6c5f67726c5f67726c5f67726c5f6772", &[(b"l_grl_grl_grl_gr", Hex)]),
        ];
        for (number, expected) in cases {
            let all = |(bytes, encoding): &Bytes| (bytes.repeat(SHORTEST), *encoding);
            assert_eq!(read(number, SHORTEST), expected.iter().map(all).collect::<Vec<_>>(), "{number}");
        }
        assert_eq!(read("7a", SHORTEST - 1), []);
    }

    #[test]
    fn a_text_has_as_many_zeros_as_utf_32_and_no_more() {
        for (zeros, count) in [(1, 1), (3, 1), (4, 0), (5, 0)] {
            let mut reading = Reading::default();
            for _ in 0..SHORTEST {
                let bytes = [&vec![0; zeros][..], b"a"].concat();
                bytes.into_iter().for_each(|byte| reading.push(byte, 0..1, Encoding::Hex));
            }
            reading.end();
            assert_eq!(reading.texts.len(), count, "{zeros}");
        }
    }

    #[test]
    fn a_text_may_go_on_until_something_is_no_text() {
        let mut readings = Readings::default();
        let mut is_open = |number: &str| {
            readings.read(
                number.as_bytes(),
                Some(&Token { span: 0..number.len(), digits: 0, is_marked: false }),
                Vec::new,
            );
            readings.are_open()
        };
        assert_eq!(["ff", "72", "ff", "80", "162", "fff"].map(&mut is_open), [false, true, false, true, true, false]);
    }

    /// A number without a mark that stands at `start` of a source.
    fn token(start: usize, length: usize) -> Token {
        Token { span: start..start + length, digits: start, is_marked: false }
    }

    /// The bytes of what was read.
    fn bytes(mut readings: Readings) -> Vec<Vec<u8>> {
        readings.texts().into_iter().map(|text| text.bytes().to_vec()).collect()
    }

    #[test]
    fn an_octal_number_beyond_a_byte_or_a_word_ends_a_text_and_adds_nothing() {
        for (number, count, behind) in [("162", 16, "400"), ("0162", 16, "0400"), ("071162", 8, "200000")] {
            let source = format!("{}{behind}", number.repeat(count));
            let mut readings = Readings::default();
            let starts = (0..count).map(|place| place * number.len());
            starts.for_each(|start| readings.read(source.as_bytes(), Some(&token(start, number.len())), Vec::new));
            readings.read(source.as_bytes(), Some(&token(count * number.len(), behind.len())), Vec::new);
            assert!(bytes(readings).contains(&b"r".repeat(16)), "{behind}");
        }
    }

    #[test]
    fn a_text_that_is_long_enough_with_the_part_of_a_number_behind_it_is_one() {
        let source = "72".repeat(SHORTEST + 1);
        for count in 0..=SHORTEST {
            let mut readings = Readings::default();
            (0..count).for_each(|place| readings.read(source.as_bytes(), Some(&token(2 * place, 2)), Vec::new));
            readings.read(source.as_bytes(), None, || vec![token(2 * count, 1), token(2 * count, 2)]);
            // The first part that can be read is one digit in decimal, and two in hexadecimal.
            let expected = [&b"r".repeat(count + 1)[..], &[&b"H".repeat(count)[..], b"\x07"].concat()];
            let is_long = count + 1 >= SHORTEST;
            assert_eq!(bytes(readings), if is_long { &expected[..] } else { &[] }, "{count}");
        }
    }

    #[test]
    fn a_text_begins_with_the_part_of_a_number_only_if_it_has_not_begun() {
        let source = "6772".repeat(SHORTEST);
        for has_begun in [false, true] {
            let mut readings = Readings::default();
            if has_begun {
                readings.read(source.as_bytes(), Some(&token(2, 2)), Vec::new);
            }
            readings.begin(source.as_bytes(), vec![token(0, 2)]);
            (1..SHORTEST).for_each(|place| readings.read(source.as_bytes(), Some(&token(4 * place + 2, 2)), Vec::new));
            let first = if has_begun { [b"r", b"H"] } else { [b"g", b"C"] };
            let rest = [b"r", b"H"].map(|byte| byte.repeat(SHORTEST - 1));
            assert_eq!(bytes(readings), [0, 1].map(|way| [&first[way][..], &rest[way]].concat()), "{has_begun}");
        }
    }

    #[test]
    fn what_is_read_of_another_list_has_nothing_of_the_one_before() {
        let source = format!("{}{}", "72".repeat(SHORTEST), "00".repeat(ZEROS - 1));
        let mut readings = Readings::default();
        for round in 0..3 {
            // The zeros at the end of the one before and this one would be more than a text has.
            readings.read(source.as_bytes(), Some(&token(source.len() - 2, 2)), Vec::new);
            for place in (0..source.len()).step_by(2) {
                readings.read(source.as_bytes(), Some(&token(place, 2)), Vec::new);
            }
            let texts = readings.texts();
            let shown = [&b"\0"[..], &b"r".repeat(SHORTEST), &[0; ZEROS - 1]].concat();
            assert_eq!(texts[0].bytes(), shown, "{round}");
            assert!(!readings.are_open());
        }
    }
}
