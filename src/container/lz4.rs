//! LZ4 frames, and where they end: the decoder takes the end of its source for the end of a frame.

use std::io::{self, BufRead, Read};

use lz4_flex::frame::FrameDecoder;

use super::budget::{Budget, Room};
use super::decode::Source;

/// Decodes one frame.
pub(super) struct Frame<S: Source> {
    decoder: FrameDecoder<Watched<S>>,
    /// In the format that LZ4 had first, nothing but the end of the source ends a frame.
    ends_with_source: bool,
}

/// A source, and whether there was nothing more in it when it was read.
struct Watched<S> {
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
        let (block, ends_with_source) = match source.look(HEADER)? {
            [0x04, _, _, _, _, sizes, _] => (1 << (8 + 2 * u64::from(sizes >> 4 & 7)), false),
            [0x02, _, _, _, ..] => (8 << 20, true),
            _ => return Err(io::ErrorKind::UnexpectedEof.into()),
        };
        // A block as it comes and as it is, and room for the next.
        let room = budget.window(3 * block + BACK)?;
        let decoder = FrameDecoder::new(Watched { source, has_ended: false });
        Ok((Frame { decoder, ends_with_source }, room))
    }

    pub(super) fn into_source(self) -> S {
        self.decoder.into_inner().source
    }
}

impl<S: Source> Read for Frame<S> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.decoder.read(buffer)?;
        let is_cut = read == 0 && !buffer.is_empty() && !self.ends_with_source && self.decoder.get_ref().has_ended;
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
