//! What decoders wrote before they came to what is broken or cut off: it counts. Otherwise, how much of a broken stream is read would
//! depend on how much of it was there, or was asked for, at once.

use std::io::{self, Read};

/// Reads from a decoder that counts what it wrote. One that failed is not asked again: that of bzip2 goes on from where it broke, into what it
/// does not expect.
pub(super) struct Counted<D> {
    decoder: D,
    /// How many bytes it wrote so far.
    total: fn(&D) -> u64,
    /// What it failed with, while what came before that is read.
    failed: Option<io::Error>,
    has_failed: bool,
}

impl<D: Read> Counted<D> {
    pub(super) fn new(decoder: D, total: fn(&D) -> u64) -> Self {
        Counted { decoder, total, failed: None, has_failed: false }
    }

    pub(super) fn inner_mut(&mut self) -> &mut D {
        &mut self.decoder
    }

    pub(super) fn into_inner(self) -> D {
        self.decoder
    }
}

impl<D: Read> Read for Counted<D> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.has_failed {
            return Err(self.failed.take().unwrap_or_else(|| io::ErrorKind::InvalidData.into()));
        }
        let before = (self.total)(&self.decoder);
        self.decoder.read(buffer).or_else(|error| {
            self.has_failed = true;
            match (self.total)(&self.decoder) - before {
                0 => Err(error),
                written => {
                    self.failed = Some(error);
                    Ok(written as usize)
                }
            }
        })
    }
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

#[cfg(test)]
mod tests {
    use super::*;

    /// Writes two bytes, and fails in the same breath.
    struct Breaking(u64);

    impl Read for Breaking {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            assert_eq!(self.0, 0, "it failed before");
            buffer[..2].copy_from_slice(b"ab");
            self.0 = 2;
            Err(io::ErrorKind::InvalidData.into())
        }
    }

    #[test]
    fn a_decoder_that_failed_is_not_asked_again() {
        let (mut counted, mut bytes) = (Counted::new(Breaking(0), |breaking| breaking.0), Vec::new());
        assert!(counted.read_to_end(&mut bytes).is_err());
        assert_eq!(bytes, b"ab");
        assert!(counted.read(&mut [0; 9]).is_err());
    }

    /// What is in a block of bzip2 counts, wherever the next one is broken; with a check of overflows, its decoder panics where it is asked again
    /// behind a broken table of codes.
    #[cfg(feature = "bzip2")]
    #[test]
    fn a_block_that_is_broken_anywhere_takes_nothing_of_the_one_before() {
        use std::io::Write;
        let mut encoder = bzip2::write::BzEncoder::new(Vec::new(), bzip2::Compression::fast());
        // The first block's bytes come out in one go with the next one's break.
        let mut state = 1u32;
        let mut text: Vec<u8> = Vec::new();
        text.resize_with(100_000, || {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            b"abcdefghijklmnop"[(state >> 28) as usize]
        });
        text.extend_from_slice(b"the second block");
        encoder.write_all(&text).unwrap();
        let packed = encoder.finish().unwrap();
        // A block begins with this number, at any bit.
        let number =
            |at: usize| (at..at + 48).fold(0u64, |all, bit| all << 1 | u64::from(packed[bit / 8] >> (7 - bit % 8) & 1));
        let end = 8 * packed.len() - 80;
        let second = (0..end).rfind(|&at| number(at) == 0x3141_5926_5359).unwrap();
        assert!((end - 1_000..end).contains(&second));
        for bit in second..end {
            // A table of codes that begins with one of one bit, and then goes down and down.
            let mut broken = packed.clone();
            for at in bit..bit + 12 {
                let mask = 0x80 >> (at % 8);
                broken[at / 8] = broken[at / 8] & !mask | if at < bit + 4 { 0 } else { mask };
            }
            let decoder = bzip2::bufread::BzDecoder::new(&broken[..]);
            let (mut counted, mut bytes) =
                (Counted::new(decoder, bzip2::bufread::BzDecoder::total_out), vec![0; 200_000]);
            let mut there = 0;
            while let Ok(read @ 1..) = counted.read(&mut bytes[there..]) {
                there += read;
            }
            assert!(bytes[..there.min(90_000)] == text[..90_000], "{bit}");
        }
    }
}
