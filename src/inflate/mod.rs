//! Inflates zlib streams (RFC 1950) that lie in memory and whose sizes are known: git's objects.
//!
//! Inflating is half of the time that a history takes, and objects are small: what a library for streams of any size does best, the
//! long run, comes late. So this one makes little of the beginning: the table of a code is filled by copies of growing parts, from the
//! symbols that are used alone, and the fixed code's table is made once. As all is in memory, a step takes several symbols without
//! asking for more, and writes whole vectors, of which the next step overwrites what is too much.
//!
//! It gives what zlib gives or an error. Nothing here is unsafe: places that are not sure are checked, and cost little, since a
//! processor waits for the next symbol most of the time.

mod bits;
mod blocks;
mod code;
mod entry;
#[cfg(test)]
mod tests;

use std::fmt;

use zlib_rs::adler32::adler32;

use bits::{Bits, Source, Tail};
use blocks::{Codes, Output};

/// So much room behind a result, and so many bytes behind what is read, spare copies.
pub(crate) const MARGIN_OUT: usize = 320;
pub(crate) const MARGIN_IN: u64 = 64;

/// Why there is no result.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fault {
    /// It has more bytes than it should have.
    TooLong,
    /// It has fewer.
    TooShort,
    /// The compressed bytes are none, are cut off, or do not have the checksum that they should have.
    Broken,
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Fault::TooLong => "it is longer than it says",
            Fault::TooShort => "it is shorter than it says",
            Fault::Broken => "its compressed bytes are broken",
        })
    }
}

/// Inflates streams, one after the other.
pub(crate) struct Inflater {
    codes: Box<Codes>,
}

impl Inflater {
    pub(crate) fn new() -> Self {
        Inflater { codes: Box::new(Codes::new()) }
    }

    /// Inflates what `bytes` begin with into `out`; the result has to have this `length`. Both may go on, and had better, by
    /// [`MARGIN_IN`] and [`MARGIN_OUT`] bytes; what `out` has behind the result is changed.
    ///
    /// # Errors
    /// The bytes are broken, or the result has another length.
    pub(crate) fn inflate(&mut self, bytes: &[u8], out: &mut [u8], length: usize) -> Result<(), Fault> {
        if out.len() < length + MARGIN_OUT {
            let mut roomy = vec![0; length + MARGIN_OUT];
            self.inflate(bytes, &mut roomy, length)?;
            out.get_mut(..length).ok_or(Fault::TooLong)?.copy_from_slice(&roomy[..length]);
            return Ok(());
        }
        stream(bytes, out, length, &mut self.codes)
    }
}

/// Inflates a stream between its header and its checksum.
fn stream(bytes: &[u8], out: &mut [u8], length: usize, codes: &mut Codes) -> Result<(), Fault> {
    let (method, flags) = bytes.first_chunk().map_or((0, 0), |&[method, flags]| (method, flags));
    let is_zlib = method & 15 == 8 && method >> 4 <= 7 && u16::from_be_bytes([method, flags]) % 31 == 0;
    let needs_dictionary = flags & 0x20 != 0;
    if !is_zlib || needs_dictionary {
        return Err(Fault::Broken);
    }
    let tail = Tail::of(bytes);
    let mut source = Source::new(bytes, &tail);
    let (mut bits, mut output) = (Bits::from(2), Output { bytes: out, length, end: 0 });
    blocks::inflate(&mut source, &mut bits, &mut output, codes)?;
    let checksum = source.take(&mut bits, 4).and_then(|bytes| bytes.first_chunk()).ok_or(Fault::Broken)?;
    if output.end < length {
        return Err(Fault::TooShort);
    }
    if adler32(1, &out[..length]) != u32::from_be_bytes(*checksum) {
        return Err(Fault::Broken);
    }
    Ok(())
}
