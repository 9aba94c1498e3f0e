//! Buffers for objects: used again and again, and bounded in what they hold together.

use std::ops::{Deref, DerefMut};

use crate::inflate::MARGIN_OUT;

/// How many bytes of objects one thread holds at most. Git itself keeps nothing above 512 MB as a delta.
pub(in crate::source) const MOST_HELD: u64 = 2 << 30;

/// A buffer larger than this is given back to the system, not kept for the next object.
pub(in crate::source) const MOST_KEPT: usize = 16 << 20;

/// One thread's buffers.
#[derive(Default)]
pub(in crate::source) struct Buffers {
    free: Vec<Vec<u8>>,
    held: u64,
}

/// What an object holds, and room behind that: an inflater is faster with some, and a buffer that becomes shorter and longer again need
/// not be cleared.
pub(in crate::source) struct Buffer {
    bytes: Vec<u8>,
    length: usize,
}

impl Buffers {
    /// A buffer of this length; what it holds is left from before.
    ///
    /// # Errors
    /// It would be too much.
    pub(in crate::source) fn take(&mut self, length: u64) -> Result<Buffer, String> {
        self.hold(length)?;
        let mut bytes = self.free.pop().unwrap_or_default();
        let length = length as usize;
        if bytes.len() < length + MARGIN_OUT {
            bytes.resize(length + MARGIN_OUT, 0);
        }
        Ok(Buffer { bytes, length })
    }

    /// Makes a buffer of what holds something already.
    ///
    /// # Errors
    /// It would be too much.
    pub(in crate::source) fn adopt(&mut self, bytes: Vec<u8>) -> Result<Buffer, String> {
        self.hold(bytes.len() as u64)?;
        Ok(Buffer { length: bytes.len(), bytes })
    }

    pub(in crate::source) fn give_back(&mut self, buffer: Buffer) {
        self.held -= buffer.length as u64;
        if buffer.bytes.capacity() <= MOST_KEPT {
            self.free.push(buffer.bytes);
        }
    }

    fn hold(&mut self, length: u64) -> Result<(), String> {
        if self.held.saturating_add(length) > MOST_HELD {
            return Err(too_large(length));
        }
        self.held += length;
        Ok(())
    }
}

/// What is said of an object that is too large to be held.
pub(in crate::source) fn too_large(size: u64) -> String {
    format!("it takes {size} bytes, more than can be held with what it is put together from")
}

impl Buffer {
    /// All of it, with the room behind.
    pub(in crate::source) fn room(&mut self) -> &mut [u8] {
        &mut self.bytes
    }
}

impl Deref for Buffer {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        &self.bytes[..self.length]
    }
}

impl DerefMut for Buffer {
    fn deref_mut(&mut self) -> &mut [u8] {
        &mut self.bytes[..self.length]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn buffers_have_the_length_that_was_asked_for_and_a_bound() {
        let mut buffers = Buffers::default();
        for length in [5, 3, 0, 9] {
            let buffer = buffers.take(length).unwrap();
            assert_eq!(buffer.len() as u64, length);
            buffers.give_back(buffer);
        }
        assert_eq!(*buffers.adopt(vec![7, 8]).unwrap(), [7, 8]);
        assert!(buffers.take(MOST_HELD - 1).is_err(), "two bytes are held");
        assert_eq!(buffers.free.len(), 1);
    }

    #[test]
    fn a_large_buffer_is_given_back() {
        for (size, kept) in [((16 << 20) - 1, 1), (16 << 20, 1), ((16 << 20) + 1, 0)] {
            let mut buffers = Buffers::default();
            let buffer = buffers.take(size - MARGIN_OUT as u64).unwrap();
            buffers.give_back(buffer);
            assert_eq!((buffers.free.len(), buffers.held), (kept, 0), "{size}");
            // Another one is to be had all the same.
            assert_eq!(buffers.take(9).unwrap().len(), 9);
        }
    }
}
