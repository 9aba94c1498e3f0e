//! Streams that may be none: what only looks like the beginning of one breaks soon, and is no trouble.

use std::io::{self, Read};

/// Takes what breaks before `proof` bytes came out for something else than a stream.
pub(super) struct Lenient<R> {
    decoder: R,
    proof: u64,
    passed: u64,
}

impl<R: Read> Lenient<R> {
    pub(super) fn new(decoder: R, proof: u64) -> Self {
        Lenient { decoder, proof, passed: 0 }
    }
}

impl<R: Read> Read for Lenient<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match self.decoder.read(buffer) {
            Err(error) if error.kind() == io::ErrorKind::InvalidData && self.passed < self.proof => Ok(0),
            Ok(read) => {
                self.passed += read as u64;
                Ok(read)
            }
            failed => failed,
        }
    }
}
