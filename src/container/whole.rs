//! Blocks that can only be unpacked as a whole, in memory: Snappy's, and LZ4's without a frame.

use std::io::{self, Read};

use super::budget::{Budget, Room};
use super::input::Input;
use super::trouble::{broken, cut_off, limit};

/// How many bytes a block may become.
pub(super) const MOST_BLOCK: usize = 24 << 20;

/// How many bytes it may have: a little more, where nothing gets smaller.
const MOST_PACKED: usize = 29_360_160;

/// A compressed block.
pub(super) struct Packed<'b> {
    pub(super) bytes: Vec<u8>,
    is_cut: bool,
    _room: Room<'b>,
}

impl<'b> Packed<'b> {
    /// The one that the next `size` bytes of an input are.
    ///
    /// # Errors
    /// They are more than may be kept, or cannot be read.
    pub(super) fn take(input: &mut Input<'_>, size: u64, budget: &'b Budget) -> io::Result<Self> {
        if size > MOST_PACKED as u64 {
            return Err(too_large());
        }
        let room = budget.window(size)?;
        let bytes = input.take_up_to(size as usize)?;
        let is_cut = (bytes.len() as u64) < size;
        Ok(Packed { bytes, is_cut, _room: room })
    }

    /// The one that these bytes are.
    ///
    /// # Errors
    /// There is no room for them.
    pub(super) fn of(bytes: &[u8], budget: &'b Budget) -> io::Result<Self> {
        let room = budget.window(bytes.len() as u64)?;
        Ok(Packed { bytes: bytes.to_vec(), is_cut: false, _room: room })
    }

    /// Whether the input ended before it did.
    pub(super) fn is_cut(&self) -> bool {
        self.is_cut
    }

    /// Its bytes as they are.
    pub(super) fn into_plain(self) -> io::Cursor<Vec<u8>> {
        io::Cursor::new(self.bytes)
    }

    /// What it becomes by `unpack`: `size` bytes, of which there are `most` at most for each of its own. If that fails, what was written
    /// before counts.
    ///
    /// # Errors
    /// It would be larger than it may be, or than it can.
    #[cfg_attr(
        not(any(feature = "lz4", feature = "snappy")),
        allow(dead_code, reason = "no others are unpacked as a whole")
    )]
    pub(super) fn unpack<'w>(
        &self,
        size: usize,
        most: usize,
        budget: &'w Budget,
        unpack: impl FnOnce(&[u8], &mut [u8]) -> bool,
    ) -> io::Result<Whole<'w>> {
        if size > MOST_BLOCK {
            return Err(too_large());
        }
        if size > self.bytes.len().saturating_mul(most) {
            return Err(if self.is_cut { cut_off() } else { broken("its size is wrong") });
        }
        let room = budget.window(size as u64)?;
        let mut bytes = vec![0; size];
        let failed = if unpack(&self.bytes, &mut bytes) {
            None
        } else {
            let written = bytes.iter().rposition(|&byte| byte != 0).map_or(0, |last| last + 1);
            bytes.truncate(written);
            Some(if self.is_cut { cut_off() } else { broken("its compressed bytes are broken") })
        };
        Ok(Whole { bytes, at: 0, failed, _room: room })
    }
}

/// What is said of one that is larger.
pub(super) fn too_large() -> io::Error {
    let most = MOST_BLOCK >> 20;
    limit(format!("it can only be unpacked as a whole, which may take no more than {most} MiB"))
}

/// What a block became.
pub(super) struct Whole<'b> {
    bytes: Vec<u8>,
    at: usize,
    failed: Option<io::Error>,
    _room: Room<'b>,
}

impl Whole<'_> {
    /// Whether all of it came out.
    pub(super) fn is_whole(&self) -> bool {
        self.failed.is_none()
    }

    pub(super) fn all(&self) -> &[u8] {
        &self.bytes
    }

    /// Notes what is wrong with it, if nothing was.
    pub(super) fn fail(&mut self, error: io::Error) {
        self.failed.get_or_insert(error);
    }
}

impl Read for Whole<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = (&self.bytes[self.at..]).read(buffer)?;
        self.at += read;
        match self.failed.take() {
            Some(error) if read == 0 && !buffer.is_empty() => Err(error),
            failed => {
                self.failed = failed;
                Ok(read)
            }
        }
    }
}
