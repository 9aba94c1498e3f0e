//! Finds objects by their names: a hash table of places, filled by several threads at once.

use std::sync::atomic::{AtomicU32, Ordering};

/// A slot that holds nothing.
const EMPTY: u32 = u32::MAX;

/// From the name of an object to its number; the names themselves stay where they are.
pub(super) struct Table {
    slots: Vec<AtomicU32>,
}

impl Table {
    /// An empty table with room for `count` objects.
    pub(super) fn new(count: usize) -> Self {
        let slots = (count.max(8) * 2).next_power_of_two();
        Table { slots: std::iter::repeat_with(|| AtomicU32::new(EMPTY)).take(slots).collect() }
    }

    /// Notes that the object `id` has the number `node`, unless it has one already: then gives that. `name` gives the name of
    /// each number.
    pub(super) fn insert<'n>(&self, id: &gix::oid, node: u32, name: impl Fn(u32) -> &'n gix::oid) -> Option<u32> {
        let mut slot = self.slot(id);
        loop {
            let place = &self.slots[slot];
            // What a slot holds never changes again, and says nothing about other memory.
            match place.compare_exchange(EMPTY, node, Ordering::Relaxed, Ordering::Relaxed) {
                Ok(_) => return None,
                Err(known) if name(known) == id => return Some(known),
                Err(_) => slot = (slot + 1) & (self.slots.len() - 1),
            }
        }
    }

    /// The number of the object `id`.
    pub(super) fn get<'n>(&self, id: &gix::oid, name: impl Fn(u32) -> &'n gix::oid) -> Option<u32> {
        let mut slot = self.slot(id);
        loop {
            match self.slots[slot].load(Ordering::Relaxed) {
                EMPTY => return None,
                known if name(known) == id => return Some(known),
                _ => slot = (slot + 1) & (self.slots.len() - 1),
            }
        }
    }

    /// Where to begin to look. Names are hashes, so that their bytes are as good as random.
    fn slot(&self, id: &gix::oid) -> usize {
        let mut bytes = [0; 8];
        bytes.copy_from_slice(&id.as_bytes()[4..12]);
        u64::from_le_bytes(bytes) as usize & (self.slots.len() - 1)
    }
}
