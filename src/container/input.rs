//! The bytes of a container as they come, with a look ahead.

use std::io::{self, BufRead, Read};

use super::source::Source;
use super::trouble::{Alarm, cut_off, told};

/// How many bytes are there at once, of most containers.
const SIZE: usize = 64 << 10;

/// Reads a container's bytes, each once.
pub(super) struct Input<'r> {
    source: &'r mut dyn Read,
    buffer: Vec<u8>,
    start: usize,
    end: usize,
    /// How many bytes went by.
    position: u64,
    has_ended: bool,
    /// Whether the bytes behind what is there cannot be read.
    has_failed: bool,
    alarm: Alarm,
}

impl<'r> Input<'r> {
    pub(super) fn new(source: &'r mut dyn Read) -> Self {
        Self::with_room(source, SIZE)
    }

    /// The same, of whose bytes so many are there at once.
    pub(super) fn with_room(source: &'r mut dyn Read, size: usize) -> Self {
        let (buffer, alarm) = (vec![0; size], Alarm::default());
        Input { source, buffer, start: 0, end: 0, position: 0, has_ended: false, has_failed: false, alarm }
    }

    /// How many bytes went by.
    pub(super) fn position(&self) -> u64 {
        self.position
    }

    /// What tells that these bytes cannot be read.
    pub(super) fn alarm(&self) -> Alarm {
        self.alarm.clone()
    }

    /// The next `count` bytes, or as many as there are.
    pub(super) fn peek(&mut self, count: usize) -> io::Result<&[u8]> {
        if self.end - self.start < count && !self.has_ended {
            self.buffer.copy_within(self.start..self.end, 0);
            self.end -= self.start;
            self.start = 0;
            while self.end < count.min(self.buffer.len()) && self.more()? {}
        }
        Ok(&self.buffer[self.start..self.end.min(self.start + count)])
    }

    /// The next `count` bytes, or as many as can be had, also where those behind them cannot be read; and whether they are all.
    pub(super) fn near(&mut self, count: usize) -> (&[u8], bool) {
        // Whoever reads on meets the error.
        let _ = self.peek(count);
        let there = &self.buffer[self.start..self.end.min(self.start + count)];
        (there, self.has_ended && there.len() < count)
    }

    /// All bytes that are there, at least `count` if so many are left.
    pub(super) fn window(&mut self, count: usize) -> io::Result<&[u8]> {
        self.peek(count)?;
        Ok(&self.buffer[self.start..self.end])
    }

    /// Has so many bytes be there at once, or as many as there are; says whether there may be more.
    pub(super) fn fills(&mut self, size: usize) -> bool {
        if self.buffer.len() < size {
            self.buffer.resize(size, 0);
        }
        // Whoever reads on meets the error.
        let _ = self.more();
        self.end == self.buffer.len()
    }

    /// Lets bytes go by; `false` if there were not so many.
    pub(super) fn skip(&mut self, mut count: u64) -> io::Result<bool> {
        while count > 0 {
            let there = self.fill_buf()?.len() as u64;
            if there == 0 {
                return Ok(false);
            }
            let step = there.min(count);
            self.consume(step as usize);
            count -= step;
        }
        Ok(true)
    }

    /// Reads to the end; gives the last `count` bytes, or as many as there are.
    pub(super) fn last(&mut self, count: usize) -> io::Result<Vec<u8>> {
        let mut last = Vec::new();
        loop {
            let there = self.fill_buf()?;
            let length = there.len();
            if length == 0 {
                return Ok(last);
            }
            last.extend_from_slice(&there[length.saturating_sub(count)..]);
            last.drain(..last.len().saturating_sub(count));
            self.consume(length);
        }
    }

    /// Reads `count` bytes, or as many as there are.
    pub(super) fn take_up_to(&mut self, count: usize) -> io::Result<Vec<u8>> {
        let mut bytes = Vec::new();
        self.take(count as u64).read_to_end(&mut bytes)?;
        Ok(bytes)
    }

    /// Fills the buffer behind what is there; `false` if nothing more comes.
    ///
    /// It is filled to its end, in however many pieces the bytes come: how far decoders see ahead, and how much was read when a limit is
    /// asked about, must not depend on who wrote into a pipe when.
    fn more(&mut self) -> io::Result<bool> {
        let before = self.end;
        while self.end < self.buffer.len() && !self.has_ended && !self.has_failed {
            match self.source.read(&mut self.buffer[self.end..]) {
                Ok(0) => self.has_ended = true,
                Ok(read) => self.end += read,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(_) => self.has_failed = true,
            }
        }
        if self.has_failed && self.end == before {
            // Whoever gives the bytes tells why they cannot be read.
            self.alarm.ring();
            return Err(told());
        }
        Ok(self.end > before)
    }
}

impl BufRead for Input<'_> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        if self.start == self.end {
            (self.start, self.end) = (0, 0);
            self.more()?;
        }
        Ok(&self.buffer[self.start..self.end])
    }

    fn consume(&mut self, count: usize) {
        self.start += count;
        self.position += count as u64;
    }
}

impl Read for Input<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        take(self, buffer)
    }
}

impl Source for &mut Input<'_> {
    fn look(&mut self, count: usize) -> io::Result<&[u8]> {
        self.peek(count)
    }
}

/// The next so many bytes of an input.
pub(super) struct Part<'i, 'r> {
    input: &'i mut Input<'r>,
    left: u64,
}

impl<'i, 'r> Part<'i, 'r> {
    pub(super) fn new(input: &'i mut Input<'r>, left: u64) -> Self {
        Part { input, left }
    }

    /// How many bytes are left.
    pub(super) fn left(&self) -> u64 {
        self.left
    }

    /// The input, with what stands behind the part if nothing is left of it.
    pub(super) fn input(&mut self) -> &mut Input<'r> {
        self.input
    }

    /// Has so many more bytes be of it.
    pub(super) fn extend(&mut self, bytes: u64) {
        self.left += bytes;
    }
}

impl BufRead for Part<'_, '_> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        if self.left == 0 {
            return Ok(&[]);
        }
        let there = self.input.fill_buf()?;
        let count = (there.len() as u64).min(self.left) as usize;
        Ok(&there[..count])
    }

    fn consume(&mut self, count: usize) {
        self.input.consume(count);
        self.left -= count as u64;
    }
}

impl Read for Part<'_, '_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        take(self, buffer)
    }
}

impl Source for Part<'_, '_> {
    fn look(&mut self, count: usize) -> io::Result<&[u8]> {
        let count = (count as u64).min(self.left) as usize;
        self.input.peek(count)
    }
}

/// Reads from what a buffered source has at hand.
pub(super) fn take(source: &mut impl BufRead, buffer: &mut [u8]) -> io::Result<usize> {
    let there = source.fill_buf()?;
    let count = there.len().min(buffer.len());
    buffer[..count].copy_from_slice(&there[..count]);
    source.consume(count);
    Ok(count)
}

/// The next so many bytes of an input, which have to be there.
pub(super) struct Exact<'i, 'r>(Part<'i, 'r>);

impl<'i, 'r> Exact<'i, 'r> {
    pub(super) fn new(input: &'i mut Input<'r>, size: u64) -> Self {
        Exact(Part::new(input, size))
    }

    /// How many bytes are left.
    pub(super) fn left(&self) -> u64 {
        self.0.left()
    }
}

impl Read for Exact<'_, '_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.0.read(buffer)?;
        if read == 0 && !buffer.is_empty() && self.left() > 0 { Err(cut_off()) } else { Ok(read) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_looked_at_is_still_read() {
        let bytes: Vec<u8> = (0..200_000u32).map(|n| (n % 251) as u8).collect();
        let mut source = &bytes[..];
        let mut input = Input::new(&mut source);
        assert_eq!(input.peek(5).unwrap(), &bytes[..5]);
        assert!(input.skip(65_530).unwrap());
        assert_eq!(input.peek(100).unwrap(), &bytes[65_530..65_630]);
        assert_eq!(input.position(), 65_530);
        let mut rest = Vec::new();
        input.read_to_end(&mut rest).unwrap();
        assert_eq!(rest, &bytes[65_530..]);
        assert!(input.peek(1).unwrap().is_empty() && !input.skip(1).unwrap());
    }
}
