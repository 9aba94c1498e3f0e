//! Inflates objects of known sizes at once, and makes sure of the length of those that are read piece by piece.

use std::io::{self, Read};

use libdeflater::Decompressor;

/// How many times its size something can grow at most: what the format allows, and a little more.
const MOST_GROWTH: u64 = 1040;

/// Inflates objects of known sizes.
pub(super) struct Inflater {
    decompressor: Decompressor,
}

impl Inflater {
    pub(super) fn new() -> Self {
        Inflater { decompressor: Decompressor::new() }
    }

    /// Inflates `bytes` into `out`, which is as long as the result.
    ///
    /// # Errors
    /// The bytes are broken, or the result has another length.
    pub(super) fn inflate(&mut self, bytes: &[u8], out: &mut [u8]) -> Result<(), &'static str> {
        match self.decompressor.zlib_decompress(bytes, out) {
            Ok(length) if length == out.len() => Ok(()),
            Ok(_) => Err("it is shorter than it says"),
            Err(libdeflater::DecompressionError::InsufficientSpace) => Err("it is longer than it says"),
            Err(libdeflater::DecompressionError::BadData) => Err("its compressed bytes are broken"),
        }
    }
}

/// Whether so many compressed bytes can become so many: a header that claims more is not to be believed, least of all by
/// whoever makes room for it.
pub(super) fn can_become(compressed: usize, size: u64) -> bool {
    size <= (compressed as u64).saturating_mul(MOST_GROWTH) + 64
}

/// Ends in an error if there is more or less to read than so many bytes.
pub(super) struct Exactly<R> {
    pub(super) content: R,
    pub(super) left: u64,
}

impl<R: Read> Read for Exactly<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.content.read(buffer)?;
        let left = self.left.checked_sub(read as u64).filter(|left| read > 0 || buffer.is_empty() || *left == 0);
        let wrong = || io::Error::new(io::ErrorKind::InvalidData, "it does not have the length that it says");
        self.left = left.ok_or_else(wrong)?;
        Ok(read)
    }
}
