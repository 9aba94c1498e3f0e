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
pub(super) struct Readings {
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

    /// Reads the next number.
    pub(super) fn read(&mut self, bytes: &[u8], token: &Token) {
        let digits = &bytes[token.digits..token.span.end];
        debug_assert!(digits.iter().all(|&digit| value(digit) != NONE), "a token is made of digits");
        self.read_hex(bytes, token, digits);
        let is_decimal = !token.is_marked && digits.len() <= 3 && digits.iter().all(u8::is_ascii_digit);
        match u8::try_from(number(digits, 10)) {
            Ok(byte) if is_decimal => self.decimal.push(byte, token.span.clone(), Encoding::Decimal),
            _ => self.decimal.end(),
        }
        self.read_octal(token, digits);
    }

    fn read_hex(&mut self, bytes: &[u8], token: &Token, digits: &[u8]) {
        let pairs = digits.len() / 2;
        let is_grouped = !token.is_marked && pairs.is_power_of_two();
        let encoding = if bytes[token.span.start] == b'\\' { Encoding::Escape } else { Encoding::Hex };
        let byte = |two: &[u8]| value(two[0]) << 4 | value(two[1]);
        if digits.len().is_multiple_of(2) && (pairs == 1 || is_grouped) {
            for (pair, two) in digits.chunks_exact(2).enumerate() {
                let from = if pair == 0 { token.span.start } else { token.digits + 2 * pair };
                self.hex.push(byte(two), from..token.digits + 2 * pair + 2, encoding);
            }
        } else {
            self.hex.end();
        }
        if is_grouped && (2..=8).contains(&pairs) && digits.len().is_multiple_of(2) {
            // Each of its bytes is all of the word, so that what begins in the middle of one has all of itself in its place.
            digits.chunks_exact(2).rev().for_each(|two| self.words.push(byte(two), token.span.clone(), Encoding::Hex));
        } else {
            self.words.end();
        }
    }

    /// Bytes of three digits, or of four where the first says that they are octal, and words of two bytes, the low one first.
    fn read_octal(&mut self, token: &Token, digits: &[u8]) {
        let is_octal = !token.is_marked && digits.iter().all(|digit| (b'0'..=b'7').contains(digit));
        let number = number(digits, 8);
        match digits.len() {
            3 | 4 if is_octal && (digits.len() == 3 || digits[0] == b'0') && number < 0x100 => {
                self.octal.push(number as u8, token.span.clone(), Encoding::Octal);
            }
            OCTAL_WORD if is_octal && number < 0x1_0000 => {
                let [low, high, ..] = number.to_le_bytes();
                [low, high].iter().for_each(|&byte| self.octal.push(byte, token.span.clone(), Encoding::Octal));
            }
            _ => self.octal.end(),
        }
    }

    /// The texts that were read.
    pub(super) fn texts(self) -> Vec<Text> {
        let all = [self.hex, self.words, self.decimal, self.octal];
        all.into_iter()
            .flat_map(|mut reading| {
                reading.end();
                reading.texts
            })
            .collect()
    }
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
