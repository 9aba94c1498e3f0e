//! ASCII85, as PDF documents have it (ISO 32000-1, 7.4.3): five characters for four bytes.

use std::io::{self, BufRead, Read};

use super::input::{self, Input};
use super::source::Source;

/// How many characters stand for how many bytes.
pub(super) const GROUP: usize = 5;
const BYTES: usize = 4;

/// How many bytes are decoded at once.
const AT_ONCE: usize = 4096;

/// What characters of ASCII85 stand for, until its end or what is no such character.
pub(super) struct Ascii85<'i, 'r> {
    input: &'i mut Input<'r>,
    decoded: Vec<u8>,
    start: usize,
    group: Vec<u8>,
    has_ended: bool,
}

impl<'i, 'r> Ascii85<'i, 'r> {
    pub(super) fn new(input: &'i mut Input<'r>) -> Self {
        Ascii85 { input, decoded: Vec::new(), start: 0, group: Vec::new(), has_ended: false }
    }

    /// Decodes more behind what is there.
    fn more(&mut self) -> io::Result<()> {
        self.decoded.drain(..self.start);
        self.start = 0;
        let most = self.decoded.len() + AT_ONCE;
        while !self.has_ended && self.decoded.len() < most {
            let there = self.input.fill_buf()?;
            let mut count = 0;
            for &character in there.iter().take(AT_ONCE) {
                match character {
                    b'!'..=b'u' => self.group.push(character),
                    b'z' if self.group.is_empty() => self.decoded.extend_from_slice(&[0; BYTES]),
                    b' ' | b'\t' | b'\r' | b'\n' | 0 | 0x0c => {}
                    _ => {
                        self.has_ended = true;
                        break;
                    }
                }
                count += 1;
                if self.group.len() == GROUP {
                    self.decoded.extend_from_slice(&group(&self.group));
                    self.group.clear();
                }
            }
            self.has_ended |= there.is_empty();
            self.input.consume(count);
        }
        // What is left at the end stands for a byte less than it has characters.
        if self.has_ended && !self.group.is_empty() {
            let count = self.group.len() - 1;
            self.decoded.extend_from_slice(&group(&self.group)[..count]);
            self.group.clear();
        }
        Ok(())
    }
}

/// The bytes of a group, of which missing characters are the last there is.
pub(super) fn group(characters: &[u8]) -> [u8; BYTES] {
    let missing = std::iter::repeat_n(&b'u', GROUP.saturating_sub(characters.len()));
    let digits = characters.iter().chain(missing).take(GROUP);
    digits
        .fold(0u32, |value, digit| value.wrapping_mul(85).wrapping_add(u32::from(digit.wrapping_sub(b'!'))))
        .to_be_bytes()
}

impl BufRead for Ascii85<'_, '_> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        if self.start == self.decoded.len() {
            self.more()?;
        }
        Ok(&self.decoded[self.start..])
    }

    fn consume(&mut self, count: usize) {
        self.start += count;
    }
}

impl Read for Ascii85<'_, '_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        input::take(self, buffer)
    }
}

impl Source for Ascii85<'_, '_> {
    fn look(&mut self, count: usize) -> io::Result<&[u8]> {
        while self.decoded.len() - self.start < count && !self.has_ended {
            self.more()?;
        }
        Ok(&self.decoded[self.start..self.decoded.len().min(self.start + count)])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn decoded(text: &[u8]) -> Vec<u8> {
        let mut source = text;
        let mut input = Input::new(&mut source);
        let mut bytes = Vec::new();
        Ascii85::new(&mut input).read_to_end(&mut bytes).unwrap();
        bytes
    }

    #[test]
    fn groups_blanks_zeros_and_the_end_are_read() {
        for (text, bytes) in [
            // "Man " and more of it, as it is always shown.
            (&b"9jqo^"[..], &b"Man "[..]),
            (b"9jqo^BlbD-BleB1DJ+*+F(f,q~>", b"Man is distinguished"),
            (b"9jq\n o^\r\nz~>9jqo^", b"Man \0\0\0\0"),
            (b"9jqo^F*2M7~>", b"Man sure"),
            (b"9jqo^F*2M~>", b"Man sur"),
            (b"9jqo^F*2~>", b"Man su"),
            (b"9jqo^F*", b"Man s"),
            (b"9jqo^F", b"Man "),
            (b"~>", b""),
            (b"", b""),
        ] {
            assert_eq!(decoded(text), bytes, "{}", text.escape_ascii());
        }
        // Longer than what is decoded at once, and than what an input has at once.
        assert_eq!(decoded(&b"9jqo^".repeat(40_000)), b"Man ".repeat(40_000));
        // A number that is too large is no reason to stop.
        assert_eq!(decoded(b"uuuuu").len(), 4);
    }
}
