//! The values of a page, as far as they are byte arrays: each on a line of its own.
//!
//! Each stands behind its length, of four bytes, of which the first may be a letter or digit; so may be what follows a key. Levels in front stand
//! behind their length, too. Which pages have such values is not known, but text is no length: with four letters, it would be longer than a page.

use std::io::{self, Read};

/// How many bytes a length has.
const LENGTH: usize = 4;

/// Whether a page is byte arrays from its beginning to its end.
pub(super) fn are_arrays(mut page: &[u8]) -> bool {
    while let Some((length, rest)) = page.split_first_chunk::<LENGTH>() {
        let Some(next) = rest.get(u32::from_le_bytes(*length) as usize..) else { return false };
        page = next;
    }
    page.is_empty()
}

/// Reads the values of a page of `left` bytes; from what can be none on, it is read as it is.
pub(super) struct Arrays<R> {
    source: R,
    /// How many bytes of the page follow, and of the value at hand.
    left: u64,
    value: u64,
    /// A length that is none, which is read as it is.
    kept: [u8; LENGTH],
    start: usize,
    end: usize,
    is_first: bool,
    is_other: bool,
    /// Whether a length was none, and not only missing at the end.
    has_strayed: bool,
    /// What ended the bytes within a length.
    failed: Option<io::Error>,
}

impl<R: Read> Arrays<R> {
    pub(super) fn new(source: R, left: u64) -> Self {
        let (kept, start, end) = ([0; LENGTH], 0, 0);
        Arrays {
            source,
            left,
            value: 0,
            kept,
            start,
            end,
            is_first: true,
            is_other: false,
            has_strayed: false,
            failed: None,
        }
    }

    /// Reads the next length; what is none is kept, to be read as it is.
    fn length(&mut self) -> io::Result<()> {
        (self.start, self.end) = (0, 0);
        while self.end < LENGTH {
            match self.source.read(&mut self.kept[self.end..]) {
                Ok(0) => break,
                Ok(read) => self.end += read,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) if self.end == 0 => return Err(error),
                Err(error) => {
                    self.failed = Some(error);
                    break;
                }
            }
        }
        self.left = self.left.saturating_sub(self.end as u64);
        let length = u64::from(u32::from_le_bytes(self.kept));
        if self.end == LENGTH && length <= self.left {
            (self.value, self.end) = (length, 0);
        } else {
            self.is_other = true;
            self.has_strayed = self.end > 0;
        }
        Ok(())
    }

    /// Whether all that was read was values.
    pub(super) fn are_all(&self) -> bool {
        !self.has_strayed
    }
}

impl<R: Read> Read for Arrays<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if buffer.is_empty() {
            return Ok(0);
        }
        while !self.is_other && self.value == 0 {
            self.length()?;
            // A line's end before each value but the first.
            if !std::mem::take(&mut self.is_first) {
                buffer[0] = b'\n';
                return Ok(1);
            }
        }
        if self.start < self.end {
            let read = (&self.kept[self.start..self.end]).read(buffer)?;
            self.start += read;
            return Ok(read);
        }
        if let Some(error) = self.failed.take() {
            return Err(error);
        }
        let most = if self.is_other { buffer.len() } else { usize::try_from(self.value).unwrap_or(usize::MAX) };
        let most = most.min(buffer.len());
        let read = self.source.read(&mut buffer[..most])?;
        self.left = self.left.saturating_sub(read as u64);
        self.value = if read == 0 { 0 } else { self.value.saturating_sub(read as u64) };
        self.is_other |= read == 0;
        Ok(read)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(bytes: &[u8]) -> String {
        let mut text = String::new();
        Arrays::new(bytes, bytes.len() as u64).read_to_string(&mut text).unwrap();
        text
    }

    #[test]
    fn values_stand_on_lines_of_their_own() {
        assert_eq!(lines(b"\x03\0\0\0one\x00\0\0\0\x04\0\0\0four"), "one\n\nfour\n");
        assert_eq!(lines(b""), "");
        // What is none is read as it is.
        assert_eq!(lines(b"text and more"), "text and more");
        assert_eq!(lines(b"\x03\0\0\0onerest"), "one\nrest");
        assert_eq!(lines(b"\x03\0\0\0one\x04\0\0\0fou"), "one\n\x04\0\0\0fou");
        assert_eq!(lines(b"\x03\0\0\0oneab"), "one\nab");
        assert_eq!(lines(b"ab"), "ab");
    }

    #[test]
    fn whether_all_are_values_shows() {
        let page = b"\x03\0\0\0one\x00\0\0\0\x04\0\0\0four";
        for (end, are_all) in [(0, true), (7, true), (11, true), (19, true), (18, false), (13, false), (3, false)] {
            assert_eq!(are_arrays(&page[..end]), are_all, "{end}");
            let mut arrays = Arrays::new(&page[..end], end as u64);
            io::copy(&mut arrays, &mut io::sink()).unwrap();
            assert_eq!(arrays.are_all(), are_all, "{end}");
        }
    }
}
