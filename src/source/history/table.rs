//! Finds objects by their names: a hash table of the places of these names, filled by several threads at once.

use std::sync::atomic::{AtomicU64, Ordering};

/// A slot that holds nothing.
const EMPTY: u64 = u64::MAX;

/// How many names are looked for at once.
const TOGETHER: usize = 64;

/// From the name of an object to its place among all names, which stay where they are.
///
/// A slot holds the place in its lower half and a part of the name in its upper one, so that other names are passed over without
/// being read.
pub(super) struct Table {
    slots: Vec<AtomicU64>,
}

impl Table {
    /// An empty table with room for `count` objects.
    pub(super) fn new(count: usize) -> Self {
        let slots = (count.max(8) * 2).next_power_of_two();
        Table { slots: std::iter::repeat_with(|| AtomicU64::new(EMPTY)).take(slots).collect() }
    }

    /// Notes that the name `id` has this place, unless it has one already: then gives that. `name` gives the name at each place.
    pub(super) fn insert<'n>(&self, id: &gix::oid, place: u32, name: impl Fn(u32) -> &'n gix::oid) -> Option<u32> {
        let (mut slot, part) = self.look_at(id.as_bytes());
        let entry = part << 32 | u64::from(place);
        loop {
            // What a slot holds never changes again, and says nothing about other memory.
            match self.slots[slot].compare_exchange(EMPTY, entry, Ordering::Relaxed, Ordering::Relaxed) {
                Ok(_) => return None,
                Err(known) if known >> 32 == part && is_same(name(known as u32), id) => return Some(known as u32),
                Err(_) => slot = (slot + 1) & (self.slots.len() - 1),
            }
        }
    }

    /// The place of the name `id`.
    pub(super) fn get<'n>(&self, id: &gix::oid, name: impl Fn(u32) -> &'n gix::oid) -> Option<u32> {
        let (mut slot, part) = self.look_at(id.as_bytes());
        loop {
            match self.slots[slot].load(Ordering::Relaxed) {
                EMPTY => return None,
                known if known >> 32 == part && is_same(name(known as u32), id) => return Some(known as u32),
                _ => slot = (slot + 1) & (self.slots.len() - 1),
            }
        }
    }

    /// Whether all the objects are there whose names, each of this length, stand in `ids` one behind the other.
    ///
    /// Slots and names lie anywhere in memory. Of many that are looked for together the processor waits for all at once.
    pub(super) fn has_all<'n>(&self, ids: &[u8], length: usize, name: impl Fn(u32) -> &'n gix::oid + Copy) -> bool {
        ids.chunks(length * TOGETHER).all(|ids| {
            let mut found = [EMPTY; TOGETHER];
            for (id, found) in ids.chunks_exact(length).zip(&mut found) {
                *found = self.slots[self.look_at(id).0].load(Ordering::Relaxed);
            }
            ids.chunks_exact(length).zip(found).all(|(id, found)| {
                let id = gix::oid::from_bytes_unchecked(id);
                found != EMPTY && is_same(name(found as u32), id) || self.get(id, name).is_some()
            })
        })
    }

    /// Where to begin to look, and the part of a name that a slot holds. Names are hashes, so that their bytes are as good as
    /// random.
    fn look_at(&self, id: &[u8]) -> (usize, u64) {
        let number =
            |from: usize| id.get(from..from + 8).and_then(|bytes| bytes.try_into().ok()).map_or(0, u64::from_le_bytes);
        (number(4) as usize & (self.slots.len() - 1), number(12) & 0xffff_ffff)
    }
}

/// Whether two names are the same. Names have 20 or 32 bytes: the first and the last 16 are all of it, and compared without a call.
#[inline]
fn is_same(a: &gix::oid, b: &gix::oid) -> bool {
    let ends = |id: &gix::oid| {
        let (first, last) = (id.as_bytes().first_chunk::<16>()?, id.as_bytes().last_chunk::<16>()?);
        Some((u128::from_le_bytes(*first), u128::from_le_bytes(*last)))
    };
    a.as_bytes().len() == b.as_bytes().len() && ends(a) == ends(b)
}
