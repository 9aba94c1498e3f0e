//! Reads a stream bit by bit, the lowest bit of a byte first.

use super::entry::Entry;

/// How many bytes at the end of what is read are read from a copy that has zeros behind it: enough for a step, and for going back by what
/// was read ahead.
const KEPT: usize = 24;

/// How many bytes that copy takes.
const ROOM: usize = 64;

/// The last bytes of what is read, and zeros.
pub(super) struct Tail([u8; ROOM]);

impl Tail {
    pub(super) fn of(input: &[u8]) -> Self {
        let mut tail = [0; ROOM];
        let kept = &input[input.len() - input.len().min(KEPT)..];
        tail[..kept.len()].copy_from_slice(kept);
        Tail(tail)
    }
}

/// Where the reading stands: the bits that are next, and where those behind them are.
#[derive(Clone, Copy)]
pub(super) struct Bits {
    /// The next bits; above those that count may be some that will be read again.
    pub(super) held: u64,
    /// How many of them count, in the lowest eight bits; those above are not looked at.
    count: u32,
    /// Where the next byte is.
    at: usize,
}

impl Bits {
    /// From the byte at this place on.
    pub(super) fn from(at: usize) -> Self {
        Bits { held: 0, count: 0, at }
    }

    /// The bytes that a step may need; none near the end.
    #[inline(always)]
    pub(super) fn ahead<'i, const N: usize>(&self, input: &'i [u8]) -> Option<&'i [u8; N]> {
        input.get(self.at..)?.first_chunk()
    }

    /// Takes as many whole bytes as there is room for, of the next eight; then at least 56 bits are held.
    #[inline(always)]
    pub(super) fn fill(&mut self, next: u64) -> usize {
        self.held |= next << (self.count & 63);
        let bytes = 7 - (self.count >> 3 & 7) as usize;
        self.count |= 56;
        self.at += bytes;
        bytes
    }

    /// Passes by what an entry takes.
    #[inline(always)]
    pub(super) fn pass(&mut self, entry: Entry) {
        self.held >>= entry.taken() & 63;
        self.count = self.count.wrapping_sub(entry.taken());
    }

    /// Takes so many bits, which have to be held.
    #[inline(always)]
    pub(super) fn take(&mut self, bits: u32) -> usize {
        let taken = self.held & ((1 << bits) - 1);
        self.held >>= bits;
        self.count = self.count.wrapping_sub(bits);
        taken as usize
    }

    /// Where the first byte is of which nothing was taken.
    fn next_byte(&self) -> usize {
        self.at - (self.count as u8 / 8) as usize
    }
}

/// What a stream is read from.
#[derive(Clone, Copy)]
pub(super) struct Source<'i> {
    /// What is being read: all, or the copy of its end.
    pub(super) bytes: &'i [u8],
    /// How many bytes of that there really are.
    end: usize,
    /// The copy, until it is read.
    tail: Option<&'i Tail>,
}

impl<'i> Source<'i> {
    pub(super) fn new(input: &'i [u8], tail: &'i Tail) -> Self {
        Source { bytes: input, end: input.len(), tail: Some(tail) }
    }

    /// Goes on in the copy of the end; none if that was done.
    #[cold]
    pub(super) fn go_on(&mut self, bits: &mut Bits) -> Option<()> {
        let tail = self.tail.take()?;
        let kept = self.end.min(KEPT);
        bits.at -= self.end - kept;
        (self.bytes, self.end) = (&tail.0, kept);
        Some(())
    }

    /// Has 56 bits held at least; none if there are no more.
    #[inline(always)]
    pub(super) fn fill(&mut self, bits: &mut Bits) -> Option<()> {
        loop {
            if let Some(next) = bits.ahead::<8>(self.bytes) {
                bits.fill(u64::from_le_bytes(*next));
                return Some(());
            }
            self.go_on(bits)?;
        }
    }

    /// Takes so many whole bytes from the next whole one on; none if they are not there.
    pub(super) fn take(&self, bits: &mut Bits, count: usize) -> Option<&'i [u8]> {
        let start = bits.next_byte();
        let end = start.checked_add(count).filter(|&end| end <= self.end)?;
        *bits = Bits::from(end);
        self.bytes.get(start..end)
    }

    /// Passes by the rest of a byte that is begun.
    pub(super) fn align(&self, bits: &mut Bits) {
        *bits = Bits::from(bits.next_byte());
    }
}
