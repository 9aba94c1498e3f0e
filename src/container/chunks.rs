//! What PostgreSQL's dumps in their own format have: compressed bytes in pieces, each behind its length.

use std::io::{self, BufRead, Read};

use super::decode::Source;
use super::input::{Input, Part, take};

/// How many bytes a length takes: its sign, and its value with the lowest byte first.
pub(super) const LENGTH: usize = 5;

/// The length that `bytes` are; none if they are none of a piece.
pub(super) fn length(bytes: &[u8]) -> Option<u32> {
    let &[0, ref value @ ..] = bytes else { return None };
    let length = u32::from_le_bytes(value.try_into().ok()?);
    (1..=i32::MAX as u32).contains(&length).then_some(length)
}

/// The pieces one behind the other.
pub(super) struct Chunks<'i, 'r> {
    piece: Part<'i, 'r>,
    has_ended: bool,
}

impl<'i, 'r> Chunks<'i, 'r> {
    /// Those of which the first comes next, and is so long.
    pub(super) fn new(input: &'i mut Input<'r>, length: u32) -> Self {
        Chunks { piece: Part::new(input, u64::from(length)), has_ended: false }
    }

    /// Goes on to the next piece if one has ended.
    fn next(&mut self) -> io::Result<()> {
        if self.piece.left() == 0 && !self.has_ended {
            let input = self.piece.input();
            let length = length(input.peek(LENGTH)?);
            input.skip(LENGTH as u64)?;
            self.piece.extend(u64::from(length.unwrap_or(0)));
            self.has_ended = length.is_none();
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
