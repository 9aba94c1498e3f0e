//! Texts whose lengths stand before all of them (Parquet's Encodings.md): `DELTA_LENGTH_BYTE_ARRAY`, and `DELTA_BYTE_ARRAY`, where a text has
//! only what it does not share with the one before.
//!
//! Nothing stands between them, so that the letter that ends one touches the next; and one that begins as the one before does is nowhere
//! whole. Whether bytes are so written shows in that all of it fits: as many lengths as there are values, and texts that end where the bytes do.

use std::io::{self, Read};

use super::numbers::Numbers;
use crate::container::budget::Budget;

/// How the texts are written, apart from their lengths.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    Whole,
    /// How much each shares with the one before stands before the lengths.
    Shared,
}

/// Reads the texts, each on a line of its own. One that is the same as the one before is an empty line.
pub(super) struct Texts<'p> {
    shared: Option<Numbers<'p>>,
    lengths: Numbers<'p>,
    /// What follows of all texts, as far as they are not shared.
    rest: &'p [u8],
    /// The text at hand, and how much of it is read.
    text: Vec<u8>,
    at: usize,
    /// Whether the end of its line is still to be read.
    is_open: bool,
}

impl<'p> Texts<'p> {
    /// The texts that some bytes are; none if they are not so written. There are `count` values, or, if they `may_be_fewer`, no more than those.
    ///
    /// # Errors
    /// It takes more than may be spent: each length counts as a byte.
    pub(super) fn of(
        bytes: &'p [u8],
        form: Form,
        count: u64,
        may_be_fewer: bool,
        budget: &Budget,
    ) -> io::Result<Option<Self>> {
        let is_count = |numbers: &Numbers<'_>| numbers.left() == count || may_be_fewer && numbers.left() < count;
        let Some(first) = Numbers::begin(bytes).filter(is_count) else { return Ok(None) };
        budget.spend(first.left())?;
        let (shared, lengths) = match form {
            Form::Whole => (None, first),
            Form::Shared => {
                let Some(rest) = behind(&first) else { return Ok(None) };
                let Some(lengths) = Numbers::begin(rest).filter(|lengths| lengths.left() == first.left()) else {
                    return Ok(None);
                };
                budget.spend(lengths.left())?;
                (Some(first), lengths)
            }
        };
        let texts = fitting(shared.as_ref(), &lengths);
        Ok(texts.map(|rest| Texts { shared, lengths, rest, text: Vec::new(), at: 0, is_open: false }))
    }

    /// Goes on to the next text; `false` behind the last.
    fn next(&mut self) -> bool {
        let shared = match &mut self.shared {
            Some(shared) => shared.next(),
            None => Some(0),
        };
        let (Some(shared), Some(length)) = (shared, self.lengths.next()) else { return false };
        let (shared, length) = (shared as usize, length as usize);
        let is_same = shared == self.text.len() && length == 0;
        if let Some((own, rest)) = self.rest.split_at_checked(length) {
            self.text.truncate(shared);
            self.text.extend_from_slice(own);
            self.rest = rest;
        }
        (self.at, self.is_open) = (if is_same { self.text.len() } else { 0 }, true);
        true
    }
}

/// What stands behind numbers; none if they are not all there.
fn behind<'p>(numbers: &Numbers<'p>) -> Option<&'p [u8]> {
    let mut numbers = numbers.clone();
    while numbers.next().is_some() {}
    (numbers.left() == 0).then(|| numbers.rest())
}

/// The bytes behind the lengths, if the texts of those fill them to their end and none shares more than there is.
fn fitting<'p>(shared: Option<&Numbers<'p>>, lengths: &Numbers<'p>) -> Option<&'p [u8]> {
    let (mut shared, mut lengths) = (shared.cloned(), lengths.clone());
    let (mut last, mut sum) = (0u64, 0u64);
    while lengths.left() > 0 {
        let length = lengths.next()?;
        if let Some(shared) = &mut shared {
            let shared = shared.next().filter(|shared| *shared <= last)?;
            last = shared.checked_add(length)?;
        }
        sum = sum.checked_add(length)?;
    }
    let rest = lengths.rest();
    (sum == rest.len() as u64).then_some(rest)
}

impl Read for Texts<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let mut written = 0;
        while written < buffer.len() {
            let count = (&self.text[self.at..]).read(&mut buffer[written..])?;
            self.at += count;
            written += count;
            if self.at < self.text.len() {
                break;
            }
            if std::mem::take(&mut self.is_open) {
                if let Some(end) = buffer.get_mut(written) {
                    *end = b'\n';
                    written += 1;
                } else {
                    self.is_open = true;
                }
            } else if !self.next() {
                break;
            }
        }
        Ok(written)
    }
}
