//! Compressed bytes in pieces, each behind its length: as PostgreSQL's dumps in their own format have them, and as HTTP sends an answer whose
//! length is not known before (RFC 9112, section 7.1), which web archives keep as it was sent.

use std::io::{self, BufRead, Read};

use super::input::{Input, Part, take};
use super::source::Source;

/// How many bytes a length of a dump takes: its sign, and its value with the lowest byte first.
const LENGTH: usize = 5;

/// The longest line that says a length in HTTP, with what ends the piece before it. It may say more, which nobody does.
const LONGEST_LINE: usize = 64;

/// How many bytes before the first piece show that it is one.
pub(super) const BEFORE: usize = LONGEST_LINE;

/// How pieces are told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Framing {
    /// As in a dump of PostgreSQL.
    Dump,
    /// As in HTTP.
    Http,
}

impl Framing {
    /// How long the first piece is, before which `before` stands; none if it is none.
    pub(super) fn first(self, before: &[u8]) -> Option<u64> {
        match self {
            Framing::Dump => length(before.last_chunk()?),
            Framing::Http => {
                // The head of an answer ends in an empty line.
                let line = before.strip_suffix(b"\r\n")?;
                let start = memchr::memmem::rfind(line, b"\r\n\r\n")? + 4;
                digits(&line[start..])
            }
        }
    }

    /// How long the next piece is, and how many bytes say so; none if there is none.
    fn next(self, head: &[u8]) -> Option<(u64, usize)> {
        match self {
            Framing::Dump => Some((length(head.first_chunk()?)?, LENGTH)),
            Framing::Http => {
                let line = head.strip_prefix(b"\r\n")?;
                let end = memchr::memmem::find(line, b"\r\n")?;
                Some((digits(&line[..end])?, end + 4))
            }
        }
    }
}

/// The length that these bytes of a dump are; none if they are none of a piece.
fn length(&[sign, ref value @ ..]: &[u8; LENGTH]) -> Option<u64> {
    let length = u32::from_le_bytes(*value);
    (sign == 0 && (1..=i32::MAX as u32).contains(&length)).then_some(u64::from(length))
}

/// The length that a line of HTTP says, before what else it says; none if that is the end.
fn digits(line: &[u8]) -> Option<u64> {
    let end = line.iter().position(|byte| !byte.is_ascii_hexdigit()).unwrap_or(line.len());
    let (digits, rest) = line.split_at(end);
    let is_alone = rest.first().is_none_or(|byte| b"; \t".contains(byte));
    let length = u32::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok()?;
    (is_alone && length > 0).then_some(u64::from(length))
}

/// The pieces one behind the other.
pub(super) struct Chunks<'i, 'r> {
    framing: Framing,
    piece: Part<'i, 'r>,
    has_ended: bool,
}

impl<'i, 'r> Chunks<'i, 'r> {
    /// Those of which the first comes next, and is so long.
    pub(super) fn new(framing: Framing, input: &'i mut Input<'r>, length: u64) -> Self {
        Chunks { framing, piece: Part::new(input, length), has_ended: false }
    }

    /// Goes on to the next piece if one has ended.
    fn next(&mut self) -> io::Result<()> {
        if self.piece.left() == 0 && !self.has_ended {
            let framing = self.framing;
            let input = self.piece.input();
            match framing.next(input.peek(LONGEST_LINE)?) {
                Some((length, head)) => {
                    input.skip(head as u64)?;
                    self.piece.extend(length);
                }
                None => self.has_ended = true,
            }
        }
        Ok(())
    }
}

impl BufRead for Chunks<'_, '_> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        self.next()?;
        self.piece.fill_buf()
    }

    fn consume(&mut self, count: usize) {
        self.piece.consume(count);
    }
}

impl Read for Chunks<'_, '_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        take(self, buffer)
    }
}

impl Source for Chunks<'_, '_> {
    /// As far as the piece goes, which is longer than any header.
    fn look(&mut self, count: usize) -> io::Result<&[u8]> {
        self.next()?;
        self.piece.look(count)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_are_read() {
        let (dump, http) = (Framing::Dump, Framing::Http);
        assert_eq!(dump.first(b"text\0\x2c\x01\0\0"), Some(300));
        assert_eq!(dump.first(b"\x01\x2c\x01\0\0"), None);
        assert_eq!(dump.first(b"\0\0\0\0\0"), None);
        assert_eq!(dump.next(b"\0\x02\0\0\0x\x9c"), Some((2, 5)));
        assert_eq!(http.first(b"Server: x\r\n\r\n1aF\r\n"), Some(0x1af));
        assert_eq!(http.first(b"\r\n\r\n8 ; name=value\r\n"), Some(8));
        for other in [&b"\r\n\r\n"[..], b"Length: 12\r\n", b"\r\n\r\n0\r\n", b"\r\n\r\n12 x", b"\r\n\r\nfox\r\n"] {
            assert_eq!(http.first(other), None, "{}", other.escape_ascii());
        }
        assert_eq!(http.next(b"\r\n1000\r\n\x1f"), Some((4096, 8)));
        assert_eq!(http.next(b"\r\n0\r\n\r\n"), None);
        assert_eq!(http.next(b"\r\nfffffffff\r\n"), None);
    }
}
