//! Reads one object by itself, down its chain of deltas and up again: for a copy of an object that cannot be read where it counts.

use super::buffers::MOST_HELD;
use super::forest::{Forest, Node, Packed, Place};
use super::inflate::{Inflater, MARGIN_OUT, can_become};
use super::pack::{Kind, Stored, header};
use super::store::Loose;
use crate::delta;

/// How long a chain of deltas may be. Git itself makes none above 4,095.
const LONGEST_CHAIN: usize = 10_000;

/// Reads the loose object of a node.
pub(super) type ReadLoose<'l> = &'l mut dyn FnMut(Node, &Loose) -> Option<(Kind, Vec<u8>)>;

/// The object of a node; none if it cannot be read here either.
pub(super) fn read(
    forest: &Forest,
    inflater: &mut Inflater,
    node: Node,
    loose: ReadLoose<'_>,
) -> Option<(Kind, Vec<u8>)> {
    let (mut deltas, mut held, mut next) = (Vec::new(), 0, node);
    let (kind, mut data) = loop {
        let packed = match forest.place(next) {
            Place::Loose(found) => break loose(next, found)?,
            Place::Packed(packed) => packed?,
        };
        let (kind, bytes) = entry(forest, inflater, packed)?;
        held += bytes.len() as u64;
        if held > MOST_HELD || deltas.len() >= LONGEST_CHAIN {
            return None;
        }
        match kind {
            Some(kind) => break (kind, bytes),
            None => deltas.push(bytes),
        }
        next = forest.base_of(next).ok()??;
    };
    while let Some(bytes) = deltas.pop() {
        data = delta::make(&data, &bytes, MOST_HELD)?;
    }
    Some((kind, data))
}

/// What an entry holds: an object of a kind, or a delta.
fn entry(forest: &Forest, inflater: &mut Inflater, packed: Packed<'_>) -> Option<(Option<Kind>, Vec<u8>)> {
    let found = header(packed.bytes, forest.hash)?;
    if !can_become(packed.bytes.len() - found.length, found.size) || found.size > MOST_HELD {
        return None;
    }
    let size = found.size as usize;
    let mut bytes = vec![0; size + MARGIN_OUT];
    inflater.inflate(&packed.and_more[found.length..], &mut bytes, size).ok()?;
    bytes.truncate(size);
    let kind = if let Stored::Whole(kind) = found.stored { Some(kind) } else { None };
    Some((kind, bytes))
}
