//! LZ4 frames, and where they end: the decoder takes the end of its source for the end of a frame. And the format that LZ4 had before, in which
//! Linux and its initramfs are still compressed: blocks behind their lengths, and nothing that ends them.

use std::io::{self, BufRead, Read};

use lz4_flex::block::DecompressError;
use lz4_flex::frame::FrameDecoder;

use super::budget::{Budget, Room};
use super::source::Source;

/// Decodes one frame.
pub(super) enum Frame<S: Source> {
    Now(Box<FrameDecoder<Watched<S>>>),
    Old(Old<S>),
}

/// A source, and whether there was nothing more in it when it was read.
pub(super) struct Watched<S> {
    source: S,
    has_ended: bool,
}

impl<S: Source> Frame<S> {
    /// A decoder of the frame that `source` begins with.
    ///
    /// # Errors
    /// Its header is cut off, or its blocks are larger than `budget` has room for.
    pub(super) fn open(mut source: S, budget: &Budget) -> io::Result<(Self, Room<'_>)> {
        /// The shortest header of a frame; where it is shorter, in the first format, a block follows.
        const HEADER: usize = 7;
        /// How far a block looks back on those before it.
        const BACK: u64 = 64 << 10;
        let block = match source.look(HEADER)? {
            [0x04, _, _, _, _, sizes, _] => 1 << (8 + 2 * u64::from(sizes >> 4 & 7)),
            [0x02, _, _, _, ..] => OLD_BLOCK as u64,
            _ => return Err(io::ErrorKind::UnexpectedEof.into()),
        };
        // A block as it comes and as it is, and room for the next.
        let room = budget.window(3 * block + BACK)?;
        let frame = match source.look(1)? {
            [0x02] => Frame::Old(Old { source, packed: Vec::new(), block: Vec::new(), at: 0, end: 0 }),
            _ => Frame::Now(Box::new(FrameDecoder::new(Watched { source, has_ended: false }))),
        };
        Ok((frame, room))
    }

    pub(super) fn into_source(self) -> S {
        match self {
            Frame::Now(decoder) => decoder.into_inner().source,
            Frame::Old(old) => old.source,
        }
    }
}

impl<S: Source> Read for Frame<S> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let decoder = match self {
            Frame::Now(decoder) => decoder,
            Frame::Old(old) => return old.read(buffer),
        };
        let read = decoder.read(buffer)?;
        let is_cut = read == 0 && !buffer.is_empty() && decoder.get_ref().has_ended;
        if is_cut { Err(io::ErrorKind::UnexpectedEof.into()) } else { Ok(read) }
    }
}

impl<S: BufRead> Read for Watched<S> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.source.read(buffer)?;
        self.has_ended |= read == 0 && !buffer.is_empty();
        Ok(read)
    }
}

/// What the first format begins with, how much of a block comes out, and how much goes in at most where nothing gets smaller.
const OLD_MAGIC: [u8; 4] = [0x02, 0x21, 0x4c, 0x18];
const OLD_BLOCK: usize = 8 << 20;
const OLD_PACKED: usize = OLD_BLOCK + OLD_BLOCK / 255 + 16;

/// How much of a block there is room for at first.
const OLD_TRIED: usize = 64 << 10;

/// Decodes the first format, up to what can be no block's length.
pub(super) struct Old<S> {
    source: S,
    packed: Vec<u8>,
    block: Vec<u8>,
    /// What of the block is still to be read.
    at: usize,
    end: usize,
}

impl<S: Source> Old<S> {
    /// Goes on to the next block; `false` if there is none.
    fn next(&mut self) -> io::Result<bool> {
        let size = loop {
            match <[u8; 4]>::try_from(self.source.look(4)?) {
                Ok(OLD_MAGIC) => self.source.consume(4),
                Ok(size) => break u32::from_le_bytes(size) as usize,
                Err(_) => return Ok(false),
            }
        };
        if size == 0 || size > OLD_PACKED {
            return Ok(false);
        }
        self.source.consume(4);
        self.packed.clear();
        (&mut self.source).take(size as u64).read_to_end(&mut self.packed)?;
        if self.packed.len() < size {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        // What looks like a header by chance, many times, breaks soon: it must not cost eight megabytes of zeros each time.
        self.block.resize(self.block.len().max(OLD_TRIED), 0);
        let mut written = lz4_flex::block::decompress_into(&self.packed, &mut self.block);
        if matches!(written, Err(DecompressError::OutputTooSmall { .. })) && self.block.len() < OLD_BLOCK {
            self.block.resize(OLD_BLOCK, 0);
            written = lz4_flex::block::decompress_into(&self.packed, &mut self.block);
        }
        (self.at, self.end) = (0, written.map_err(|_| io::Error::from(io::ErrorKind::InvalidData))?);
        Ok(true)
    }
}

impl<S: Source> Read for Old<S> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        while self.at == self.end {
            if !self.next()? {
                return Ok(0);
            }
        }
        let count = buffer.len().min(self.end - self.at);
        buffer[..count].copy_from_slice(&self.block[self.at..self.at + count]);
        self.at += count;
        Ok(count)
    }
}
