//! The sizes that objects claim: what can be, and, of those that are read piece by piece, whether it is so.

use std::io::{self, Read};

/// How many times its size something can grow at most: what the format allows, and a little more.
const MOST_GROWTH: u64 = 1040;

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
