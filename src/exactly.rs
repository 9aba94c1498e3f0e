//! Reads what says how long it is, and makes sure that this is so: git's objects, in a repository's store or in a pack.

use std::io::{self, Read};

/// What is wrong with a content that is longer or shorter than it says.
pub(crate) const WRONG_LENGTH: &str = "it does not have the length that it says";

/// Ends in an error if there is more or less to read than so many bytes.
pub(crate) struct Exactly<R> {
    content: R,
    left: u64,
    /// Makes the error that says [`WRONG_LENGTH`].
    wrong: fn() -> io::Error,
    /// The error that it ended in, in words.
    fault: Option<String>,
}

impl<R: Read> Exactly<R> {
    /// Reads `size` bytes of a content; `wrong` makes the error if it has more or less.
    pub(crate) fn new(content: R, size: u64, wrong: fn() -> io::Error) -> Self {
        Exactly { content, left: size, wrong, fault: None }
    }

    /// Whether all was read that there should be, without an error.
    pub(crate) fn is_at_end(&self) -> bool {
        self.left == 0 && self.fault.is_none()
    }

    /// The error that it ended in, in words.
    pub(crate) fn fault(self) -> Option<String> {
        self.fault
    }

    fn next(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.content.read(buffer)?;
        let left = self.left.checked_sub(read as u64).filter(|left| read > 0 || buffer.is_empty() || *left == 0);
        self.left = left.ok_or_else(self.wrong)?;
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_length_that_it_says_will_do() {
        for (size, is_at_end) in [(5, true), (4, false), (6, false), (0, false)] {
            let mut content = Exactly::new(&b"bytes"[..], size, || io::Error::other(WRONG_LENGTH));
            let mut read = Vec::new();
            assert_eq!(content.read_to_end(&mut read).is_ok(), is_at_end, "{size}");
            assert_eq!(content.is_at_end(), is_at_end, "{size}");
            assert_eq!(content.fault().as_deref(), (!is_at_end).then_some(WRONG_LENGTH), "{size}");
        }
        let mut content = Exactly::new(&b"bytes"[..], 5, || io::Error::other(WRONG_LENGTH));
        content.read_exact(&mut [0; 3]).unwrap();
        assert!(!content.is_at_end() && content.fault().is_none(), "it was left before its end");
    }
}
