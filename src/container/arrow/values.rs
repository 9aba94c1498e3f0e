//! Where the values of a column begin in the buffer that holds them, one right behind the other: that is what stands in a buffer before it.
//!
//! Which buffer is what only the schema says; but offsets are as many as a column has values, and one more, and none is less than the one before.
//! Views are of sixteen bytes, and name the buffers that they lead to.

use std::collections::HashMap;
use std::io::{self, Read};

use super::message::Batch;
use crate::container::budget::Room;

/// How many bytes of offsets or views are kept.
pub(super) const MOST_KEPT: u64 = 8 << 20;

/// How many bytes a value has at most that stands in a view itself.
const INLINE: u32 = 12;

/// What is known of the buffers of a batch before they are read.
#[derive(Default)]
pub(super) struct Places<'b> {
    /// What the last buffer holds, if that may be offsets, and the room for it.
    before: Option<(Vec<u8>, Room<'b>)>,
    /// By the number of a buffer, where views say that values begin and end in it.
    by_views: HashMap<usize, Vec<u64>>,
}

impl<'b> Places<'b> {
    /// Whether a buffer of `size` bytes may say where values begin.
    pub(super) fn may_be(size: u64) -> bool {
        size <= MOST_KEPT && size.is_multiple_of(4)
    }

    /// Where values begin in the buffer `number`, of `size` bytes, in order.
    pub(super) fn of(&mut self, batch: &Batch, number: usize, size: u64) -> Vec<u64> {
        let before = self.before.take();
        if let Some(mut places) = self.by_views.remove(&number) {
            places.sort_unstable();
            places.dedup();
            if places.last().is_some_and(|last| *last <= size) {
                return places;
            }
        }
        let Some((before, _room)) = before else { return Vec::new() };
        offsets::<4>(&before, batch, size).or_else(|| offsets::<8>(&before, batch, size)).unwrap_or_default()
    }

    /// Keeps what the buffer `number` holds, for which there is this `room`.
    pub(super) fn keep(&mut self, batch: &Batch, number: usize, bytes: Vec<u8>, room: Room<'b>) {
        if batch.has_views
            && let Some(places) = views(&bytes, batch)
        {
            for (buffer, place) in places {
                self.by_views.entry(number + 1 + buffer).or_default().extend(place);
            }
        }
        self.before = Some((bytes, room));
    }
}

/// The offsets of `WIDTH` bytes that a buffer holds; none if it holds something else.
fn offsets<const WIDTH: usize>(bytes: &[u8], batch: &Batch, size: u64) -> Option<Vec<u64>> {
    let all: &[[u8; WIDTH]] = bytes.as_chunks().0;
    let value = |bytes: &[u8; WIDTH]| bytes.iter().rev().fold(0u64, |value, byte| value << 8 | u64::from(*byte));
    batch.lengths.iter().find_map(|&length| {
        // What is behind them fills the buffer up.
        let offsets = all.get(..usize::try_from(length).ok()?.checked_add(1)?)?;
        let is_sorted = offsets.is_sorted_by_key(value);
        let last = value(offsets.last()?);
        (is_sorted && (1..=size).contains(&last)).then(|| offsets.iter().map(value).collect())
    })
}

/// Which buffers behind it the views in a buffer lead to, and where in these values begin and end; none if it holds something else.
fn views(bytes: &[u8], batch: &Batch) -> Option<Vec<(usize, [u64; 2])>> {
    let all: &[[u8; 16]] = bytes.as_chunks().0;
    let view = |view: &[u8; 16]| {
        let word = |from: usize| view[from..].first_chunk().map_or(0, |bytes| u32::from_le_bytes(*bytes));
        let (length, buffer, start) = (word(0), word(8) as usize, u64::from(word(12)));
        match length {
            ..=INLINE => Some(None),
            _ if buffer < batch.buffers.len() && length <= i32::MAX as u32 => {
                Some(Some((buffer, [start, start + u64::from(length)])))
            }
            _ => None,
        }
    };
    batch.lengths.iter().find_map(|&length| {
        let views = all.get(..usize::try_from(length).ok()?)?;
        let found = views.iter().map(view).collect::<Option<Vec<_>>>()?;
        let found: Vec<_> = found.into_iter().flatten().collect();
        (!found.is_empty()).then_some(found)
    })
}

/// Reads values, each on lines of its own.
pub(super) struct Lines<R> {
    source: R,
    /// How many bytes were read, and where values begin, in order.
    at: u64,
    places: std::iter::Peekable<std::vec::IntoIter<u64>>,
}

impl<R: Read> Lines<R> {
    pub(super) fn new(source: R, places: Vec<u64>) -> Self {
        let mut places = places.into_iter().peekable();
        while places.next_if_eq(&0).is_some() {}
        Lines { source, at: 0, places }
    }
}

impl<R: Read> Read for Lines<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if buffer.is_empty() {
            return Ok(0);
        }
        let mut is_here = false;
        while self.places.next_if(|&place| place <= self.at).is_some() {
            is_here = true;
        }
        if is_here {
            buffer[0] = b'\n';
            return Ok(1);
        }
        let left = self.places.peek().map_or(u64::MAX, |place| place - self.at);
        let most = buffer.len().min(usize::try_from(left).unwrap_or(usize::MAX));
        let read = self.source.read(&mut buffer[..most])?;
        self.at += read as u64;
        Ok(read)
    }
}
