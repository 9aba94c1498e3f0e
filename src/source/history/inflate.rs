//! Inflates objects of known sizes at once, and makes sure of the length of those that are read piece by piece.

use std::io::{self, Read};

use libdeflater::Decompressor;

/// How many times its size something can grow at most: what the format allows, and a little more.
const MOST_GROWTH: u64 = 1040;

/// So much room behind a result, and so many bytes behind what is read, keep libdeflate in its fast loop to the end (1.25: 299 and 40).
pub(super) const MARGIN_OUT: usize = 320;
pub(super) const MARGIN_IN: u64 = 64;

/// Inflates objects of known sizes.
///
/// The format knows one fixed code, which short texts use, and codes that a text brings along. A decompressor builds its tables
/// anew whenever it goes from one to the other; of two, each keeps to its own kind, and the tables of the fixed code are built once.
pub(super) struct Inflater {
    of_fixed_code: Decompressor,
    of_own_codes: Decompressor,
}

impl Inflater {
    pub(super) fn new() -> Self {
        Inflater { of_fixed_code: Decompressor::new(), of_own_codes: Decompressor::new() }
    }

    /// Inflates what `bytes` begin with into `out`; the result has to have this length. Both may go on, and had better: the last
    /// [`MARGIN_OUT`] bytes of a result and those before the last [`MARGIN_IN`] that are read take twice as long as others, and most
    /// results are not much longer.
    ///
    /// # Errors
    /// The bytes are broken, or the result has another length.
    pub(super) fn inflate(&mut self, bytes: &[u8], out: &mut [u8], length: usize) -> Result<(), &'static str> {
        let decompressor = if begins_with_fixed_code(bytes) { &mut self.of_fixed_code } else { &mut self.of_own_codes };
        match decompressor.zlib_decompress(bytes, out) {
            Ok(found) if found == length => Ok(()),
            Ok(found) if found > length => Err("it is longer than it says"),
            Ok(_) => Err("it is shorter than it says"),
            Err(libdeflater::DecompressionError::InsufficientSpace) => Err("it is longer than it says"),
            Err(libdeflater::DecompressionError::BadData) => Err("its compressed bytes are broken"),
        }
    }
}

/// Whether the first block of a zlib stream, which begins behind two bytes, is in the fixed code (RFC 1951, section 3.2.3).
fn begins_with_fixed_code(bytes: &[u8]) -> bool {
    bytes.get(2).is_some_and(|block| block >> 1 & 3 == 1)
}

/// Whether so many compressed bytes can become so many: a header that claims more is not to be believed, least of all by
/// whoever makes room for it.
pub(super) fn can_become(compressed: usize, size: u64) -> bool {
    size <= (compressed as u64).saturating_mul(MOST_GROWTH) + 64
}

/// Ends in an error if there is more or less to read than so many bytes.
pub(super) struct Exactly<R> {
    content: R,
    left: u64,
    /// The error that it ended in.
    fault: Option<String>,
}

impl<R: Read> Exactly<R> {
    pub(super) fn new(content: R, size: u64) -> Self {
        Exactly { content, left: size, fault: None }
    }

    /// The error that it ended in.
    pub(super) fn fault(self) -> Option<String> {
        self.fault
    }

    fn next(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.content.read(buffer)?;
        let left = self.left.checked_sub(read as u64).filter(|left| read > 0 || buffer.is_empty() || *left == 0);
        let wrong = || io::Error::new(io::ErrorKind::InvalidData, "it does not have the length that it says");
        self.left = left.ok_or_else(wrong)?;
        Ok(read)
    }
}

impl<R: Read> Read for Exactly<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.next(buffer);
        if let Some(error) = read.as_ref().err().filter(|error| error.kind() != io::ErrorKind::Interrupted) {
            self.fault.get_or_insert_with(|| error.to_string());
        }
        read
    }
}
