//! Tries what may be a stream on the bytes that are there, while they stay: what is none must not take with it what stands behind.
//!
//! Two or three bytes of a header are met by chance, and some text unpacks to something before it breaks. So a stream counts if it
//! unpacks to its end, or to so much as no text does.

use std::cell::Cell;
use std::io::{self, BufRead, Read};
use std::rc::Rc;

use flate2::{Decompress, FlushDecompress, Status};

use super::block;
use crate::container::budget::Budget;
use crate::container::decode::Decoder;
use crate::container::input::take;
use crate::container::source::Source;
use crate::container::trouble::Alarm;
use crate::container::{Compression, streams};

/// How many bytes are looked at: as many as the largest block of Zstandard and a piece of xz have, which come out as a whole.
pub(super) const REACH: usize = 160 << 10;

/// How many bytes have to come out before an error means that a stream is broken, and not that it is none.
pub(super) const PROOF: u64 = 4096;

/// How many bytes of deflate are tried first, as nearly all that is none shows in them; and how many have to come out.
const PROBE: usize = 4096;
const LEAST: u64 = 256;

/// What became of a trial.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    /// It is a stream; or it takes more than it may, which is to be told.
    Stream,
    /// It is none.
    None,
    /// It breaks, or all bytes end, soon after something came out.
    Piece,
    /// More bytes have to be looked at than are there.
    Open,
}

/// Tries what may be streams.
#[derive(Default)]
pub(super) struct Trial {
    inflater: Option<Decompress>,
}

impl Trial {
    /// Whether the stream that `head` begins with can be unpacked, as far as it is there: of deflate; others have longer headers.
    /// So many bytes have to come out at `least`, unless it ends before.
    pub(super) fn inflates(&mut self, compression: Compression, head: &[u8], least: u64) -> bool {
        let (deflated, has_header) = match compression {
            Compression::Zlib => (head, true),
            // A header that goes on for longer is for the decoder.
            Compression::Gzip => match streams::behind_gzip_header(head) {
                Some(deflated) => (deflated, false),
                None => return true,
            },
            _ => return true,
        };
        let inflater = self.inflater.get_or_insert_with(|| Decompress::new(has_header));
        inflater.reset(has_header);
        let mut room = [0; 1024];
        let deflated = &deflated[..deflated.len().min(PROBE)];
        match inflater.decompress(deflated, &mut room, FlushDecompress::None) {
            Ok(Status::StreamEnd) => true,
            Ok(_) => inflater.total_out() >= least,
            Err(_) => false,
        }
    }

    /// Tries the stream that `head` begins with, behind which more bytes follow unless it `is_all`.
    pub(super) fn judge(&mut self, compression: Compression, head: &[u8], is_all: bool, budget: &Budget) -> Verdict {
        if !self.inflates(compression, head, LEAST) || compression == Compression::Bzip2 && !block::may_be(head) {
            return Verdict::None;
        }
        let mut room = [0; 1024];
        let (mut passed, ends) = (0, Rc::new(Cell::new(false)));
        let outcome =
            open(compression, Slice { rest: head, ends: Rc::clone(&ends) }, budget).and_then(|mut decoder| {
                loop {
                    match decoder.read(&mut room)? {
                        0 => return Ok(()),
                        read => passed += read as u64,
                    }
                    if passed >= PROOF {
                        return Ok(());
                    }
                }
            });
        let is_cut = ends.get() && !is_all;
        match outcome {
            Ok(()) if passed >= PROOF => Verdict::Stream,
            _ if is_cut => Verdict::Open,
            Ok(()) if passed > 0 => Verdict::Stream,
            Err(error) if error.kind() != io::ErrorKind::InvalidData => Verdict::Stream,
            _ if passed > 0 => Verdict::Piece,
            _ => Verdict::None,
        }
    }
}

/// A decoder of what `slice` begins with.
pub(super) fn open<'b, 's>(
    compression: Compression,
    slice: Slice<'s>,
    budget: &'b Budget,
) -> io::Result<Decoder<'b, Slice<'s>>> {
    Decoder::new(streams::method(compression), slice, Alarm::default(), budget)
}

/// Bytes that are there, and whether more of them were asked for.
pub(super) struct Slice<'s> {
    rest: &'s [u8],
    ends: Rc<Cell<bool>>,
}

impl<'s> Slice<'s> {
    pub(super) fn new(rest: &'s [u8]) -> Self {
        Slice { rest, ends: Rc::default() }
    }
}

impl BufRead for Slice<'_> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        if self.rest.is_empty() {
            self.ends.set(true);
        }
        Ok(self.rest)
    }

    fn consume(&mut self, count: usize) {
        self.rest = &self.rest[count..];
    }
}

impl Read for Slice<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        take(self, buffer)
    }
}

impl Source for Slice<'_> {
    fn look(&mut self, count: usize) -> io::Result<&[u8]> {
        Ok(&self.rest[..self.rest.len().min(count)])
    }
}
