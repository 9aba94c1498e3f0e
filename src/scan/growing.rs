//! Files that may grow while they are read.

use std::fs::File;
use std::io::{self, Read};

/// A file that may grow while it is read: it is read up to the size that it has after the second piece, so that a log that is
/// written as fast as it is read comes to an end. A file that tells no size, as in `/proc`, is read to its end. Most files end
/// before their size has to be asked for.
pub(super) struct Growing<'f> {
    file: &'f mut File,
    pieces: u32,
    read: u64,
    size: u64,
}

impl<'f> Growing<'f> {
    pub(super) fn new(file: &'f mut File) -> Self {
        Growing { file, pieces: 0, read: 0, size: u64::MAX }
    }
}

impl Read for Growing<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.pieces == 2 {
            let size = self.file.metadata().map_or(0, |found| found.len());
            self.size = if size == 0 { u64::MAX } else { size };
        }
        self.pieces = self.pieces.saturating_add(1);
        if self.read >= self.size {
            return Ok(0);
        }
        let read = self.file.read(buffer)?;
        self.read += read as u64;
        Ok(read)
    }
}
