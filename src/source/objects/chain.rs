//! Reads one object by itself, down its chain of deltas and up again: for a copy of an object that cannot be read where it counts, and
//! for the few objects that are read again.

use super::buffers::MOST_HELD;
use super::forest::{Forest, Packed, Place};
use super::loose;
use super::node::Node;
use super::pack::{Kind, Stored, header};
use super::size::can_become;
use super::store::Loose;
use crate::delta;
use crate::inflate::{Inflater, MARGIN_OUT};

/// A loose object that has no more than `most` bytes; none if it cannot be read.
pub(in crate::source) fn read_loose(forest: &Forest, loose: &Loose, most: u64) -> Option<(Kind, Vec<u8>)> {
    let (kind, size, content) = loose::open(&forest.store.file(loose)).ok()?;
    let content = if size <= most { loose::all(content, size).ok() } else { None };
    Some((kind, content?))
}

/// How long a chain of deltas may be. Git itself makes none above 4,095.
const LONGEST_CHAIN: usize = 10_000;

/// Reads the loose object of a node.
pub(in crate::source) type ReadLoose<'l> = &'l mut dyn FnMut(&Loose) -> Option<(Kind, Vec<u8>)>;

/// The object of a node; none if it cannot be read here either, or only by making more than `left` bytes, from which those that were
/// made are taken.
pub(in crate::source) fn read(
    forest: &Forest,
    inflater: &mut Inflater,
    node: Node,
    left: &mut u64,
    loose: ReadLoose<'_>,
) -> Option<(Kind, Vec<u8>)> {
    let (mut deltas, mut held, mut next) = (Vec::new(), 0, node);
    let (kind, mut data) = loop {
        let packed = match forest.place(next) {
            Place::Loose(found) => {
                let (kind, bytes) = loose(found)?;
                *left = left.checked_sub(bytes.len() as u64)?;
                break (kind, bytes);
            }
            Place::Packed(packed) => packed?,
        };
        let (kind, bytes) = entry(forest, inflater, packed, *left)?;
        held += bytes.len() as u64;
        *left = left.checked_sub(bytes.len() as u64)?;
        if held > MOST_HELD {
            return None;
        }
        match kind {
            Some(kind) => break (kind, bytes),
            None if deltas.len() < LONGEST_CHAIN => deltas.push(bytes),
            None => return None,
        }
        next = forest.base_of(next).ok()??;
    };
    while let Some(bytes) = deltas.pop() {
        data = delta::make(&data, &bytes, MOST_HELD.min(*left))?;
        *left = left.checked_sub(data.len() as u64)?;
    }
    Some((kind, data))
}

/// What an entry holds, an object of a kind or a delta, if that is no longer than `most`.
fn entry(forest: &Forest, inflater: &mut Inflater, packed: Packed<'_>, most: u64) -> Option<(Option<Kind>, Vec<u8>)> {
    let found = header(packed.bytes, forest.hash)?;
    if !can_become(packed.bytes.len() - found.length, found.size) || found.size > MOST_HELD.min(most) {
        return None;
    }
    let size = found.size as usize;
    let mut bytes = vec![0; size + MARGIN_OUT];
    inflater.inflate(&packed.and_more[found.length..], &mut bytes, size).ok()?;
    bytes.truncate(size);
    let kind = if let Stored::Whole(kind) = found.stored { Some(kind) } else { None };
    Some((kind, bytes))
}
