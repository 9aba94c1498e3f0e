//! What decoders wrote before they came to what is broken or cut off: it counts. Otherwise, how much of a broken stream is read would
//! depend on how much of it was there, or was asked for, at once.

use std::io::{self, Read};

/// Reads from a decoder that counts in `total` what it wrote; the next read comes to the same break.
pub(super) fn counted<D: Read>(decoder: &mut D, total: fn(&D) -> u64, buffer: &mut [u8]) -> io::Result<usize> {
    let before = total(decoder);
    decoder.read(buffer).or_else(|error| match total(decoder) - before {
        0 => Err(error),
        written => Ok(written as usize),
    })
}

/// How much is lost at most of what a decoder wrote that does not count it.
#[cfg(any(feature = "deflate64", feature = "xz"))]
const PIECE: usize = 256;

/// Reads from a decoder that does not count what it wrote, in pieces so small that a lost one matters little.
#[cfg(any(feature = "deflate64", feature = "xz"))]
pub(super) struct Pieces<D> {
    decoder: D,
    piece: [u8; PIECE],
    start: usize,
    end: usize,
    /// What ended the last piece, while what came before it is read.
    failed: Option<io::Error>,
}

#[cfg(any(feature = "deflate64", feature = "xz"))]
impl<D: Read> Pieces<D> {
    pub(super) fn new(decoder: D) -> Self {
        Pieces { decoder, piece: [0; PIECE], start: 0, end: 0, failed: None }
    }

    #[cfg(feature = "xz")]
    pub(super) fn inner(&self) -> &D {
        &self.decoder
    }

    pub(super) fn into_inner(self) -> D {
        self.decoder
    }
}

#[cfg(any(feature = "deflate64", feature = "xz"))]
impl<D: Read> Read for Pieces<D> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let mut written = 0;
        while written < buffer.len() {
            if self.start == self.end {
                if let Some(error) = self.failed.take() {
                    return Err(error);
                }
                match self.decoder.read(&mut self.piece) {
                    Ok(0) => break,
                    Ok(read) => (self.start, self.end) = (0, read),
                    Err(error) if written == 0 => return Err(error),
                    Err(error) => {
                        self.failed = Some(error);
                        break;
                    }
                }
            }
            let count = (self.end - self.start).min(buffer.len() - written);
            buffer[written..written + count].copy_from_slice(&self.piece[self.start..self.start + count]);
            self.start += count;
            written += count;
        }
        Ok(written)
    }
}

#[cfg(feature = "xz")]
pub(super) use padded::Padded;

#[cfg(feature = "xz")]
mod padded {
    use std::io::{self, Read};

    /// The most compressed bytes that a chunk of LZMA2 has: 64 KiB, and a little for its header.
    const CHUNK: usize = (64 << 10) + 16;

    /// Goes on with zeros for a while where a source ends: the decoder of xz takes a chunk as a whole, and would give nothing of one that
    /// is cut off.
    pub(in crate::container) struct Padded<S> {
        source: S,
        zeros: usize,
        is_cut: bool,
    }

    impl<S: Read> Padded<S> {
        pub(in crate::container) fn new(source: S) -> Self {
            Padded { source, zeros: CHUNK, is_cut: false }
        }

        /// Whether more was read than there was.
        pub(in crate::container) fn is_cut(&self) -> bool {
            self.is_cut
        }

        pub(in crate::container) fn into_inner(self) -> S {
            self.source
        }
    }

    impl<S: Read> Read for Padded<S> {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            let read = if self.is_cut { 0 } else { self.source.read(buffer)? };
            if read > 0 || buffer.is_empty() {
                return Ok(read);
            }
            self.is_cut = true;
            let zeros = self.zeros.min(buffer.len());
            buffer[..zeros].fill(0);
            self.zeros -= zeros;
            Ok(zeros)
        }
    }
}
