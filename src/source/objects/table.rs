//! Finds objects by their names: a hash table of the places of these names, filled by several threads at once.

use std::collections::hash_map::RandomState;
use std::hash::BuildHasher;
use std::hint::spin_loop;
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};

/// The mark of a slot that holds nothing.
const EMPTY: u64 = 0;

/// What a slot that was just taken holds in the place of a place, which is kept with one added.
const NOT_YET: u32 = 0;

/// How many names are looked for at once.
const TOGETHER: usize = 64;

/// From the name of an object to its place among all names, which stay where they are.
///
/// A slot holds a mark of 64 bits, worked out of the name with a secret of this process, and the place. Mostly it is only asked whether
/// objects are there. For that, marks are enough, and names, which lie anywhere in memory, are not read: that an object which is not
/// there has the mark of another one has a chance of one to 2^63, whoever chose its name.
pub(in crate::source) struct Table {
    keys: [u128; 5],
    marks: Vec<AtomicU64>,
    places: Vec<AtomicU32>,
}

impl Table {
    /// An empty table with room for `count` objects.
    pub(in crate::source) fn new(count: usize) -> Self {
        let slots = count + count / 2 + 8;
        let random = RandomState::new();
        let half = |number: usize| u128::from(random.hash_one(number));
        Table {
            keys: std::array::from_fn(|number| (half(2 * number) << 64) | half(2 * number + 1)),
            // Zeros come from the system, which makes room for them when they are first used: by several threads at once.
            marks: vec![EMPTY; slots].into_iter().map(AtomicU64::new).collect(),
            places: vec![NOT_YET; slots].into_iter().map(AtomicU32::new).collect(),
        }
    }

    /// Notes that the name `id` has this place. If it has another one already, the first of them counts, and the other one that is known
    /// is given. `name` gives the name at each place.
    pub(in crate::source) fn insert<'n>(
        &self,
        id: &gix::oid,
        place: u32,
        name: impl Fn(u32) -> &'n gix::oid,
    ) -> Option<u32> {
        let mark = self.mark(id.as_bytes());
        let mut slot = self.slot(mark);
        loop {
            // What a slot holds says nothing about other memory.
            match self.marks[slot].compare_exchange(EMPTY, mark, Ordering::Relaxed, Ordering::Relaxed) {
                Ok(_) => {
                    self.places[slot].store(place + 1, Ordering::Relaxed);
                    return None;
                }
                Err(known) if known == mark => {
                    let known = self.place(slot);
                    if name(known) == id {
                        self.places[slot].fetch_min(place + 1, Ordering::Relaxed);
                        return Some(known);
                    }
                }
                Err(_) => {}
            }
            slot = self.behind(slot);
        }
    }

    /// The place of the name `id`.
    pub(in crate::source) fn get<'n>(&self, id: &gix::oid, name: impl Fn(u32) -> &'n gix::oid) -> Option<u32> {
        let mark = self.mark(id.as_bytes());
        let mut slot = self.slot(mark);
        loop {
            match self.marks[slot].load(Ordering::Relaxed) {
                EMPTY => return None,
                known if known == mark => {
                    let place = self.place(slot);
                    if name(place) == id {
                        return Some(place);
                    }
                }
                _ => {}
            }
            slot = self.behind(slot);
        }
    }

    /// Whether all the objects are there whose names have these marks.
    ///
    /// Slots lie anywhere in memory. Of many that are looked for together the processor waits for all at once.
    pub(in crate::source) fn has_all(&self, marks: &[u64]) -> bool {
        marks.chunks(TOGETHER).all(|marks| {
            let mut found = [EMPTY; TOGETHER];
            for (mark, found) in marks.iter().zip(&mut found) {
                *found = self.marks[self.slot(*mark)].load(Ordering::Relaxed);
            }
            marks.iter().zip(found).all(|(&mark, found)| found == mark || self.has(mark))
        })
    }

    fn has(&self, mark: u64) -> bool {
        let mut slot = self.slot(mark);
        loop {
            match self.marks[slot].load(Ordering::Relaxed) {
                EMPTY => return false,
                known if known == mark => return true,
                _ => slot = self.behind(slot),
            }
        }
    }

    /// The place in a slot, which another thread may have taken only now.
    fn place(&self, slot: usize) -> u32 {
        loop {
            match self.places[slot].load(Ordering::Relaxed) {
                NOT_YET => spin_loop(),
                place => return place - 1,
            }
        }
    }

    /// Where to begin to look for a mark, which is as good as random.
    fn slot(&self, mark: u64) -> usize {
        ((u128::from(mark) * self.marks.len() as u128) >> 64) as usize
    }

    fn behind(&self, slot: usize) -> usize {
        if slot + 1 == self.marks.len() { 0 } else { slot + 1 }
    }

    /// The mark of a name of 20 or 32 bytes: a sum of its words, each times a secret key, of which the upper half counts. Of any two
    /// names, the marks are the same for one out of 2^64 choices of keys (strongly universal hashing; Lemire and Kaser, 2014).
    #[inline]
    pub(in crate::source) fn mark(&self, id: &[u8]) -> u64 {
        let word = |from: usize| {
            u128::from(id.get(from..from + 8).and_then(|bytes| bytes.try_into().ok()).map_or(0, u64::from_le_bytes))
        };
        let times = |key: usize, word: u128| self.keys[key].wrapping_mul(word);
        // The last word shares bytes with the one before, which changes nothing.
        let mut sum = self.keys[0].wrapping_add(times(1, word(0))).wrapping_add(times(2, word(8)));
        sum = sum.wrapping_add(times(3, word(id.len().saturating_sub(8))));
        if id.len() > 24 {
            sum = sum.wrapping_add(times(4, word(16)));
        }
        ((sum >> 64) as u64).max(EMPTY + 1)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;
    use crate::random::Random;

    #[test]
    fn names_are_found_at_the_first_of_their_places_and_others_are_not() {
        let mut random = Random::new(7);
        for length in [20, 32] {
            let mut name = || -> Vec<u8> { (0..length).map(|_| random.below(256) as u8).collect() };
            let mut names: Vec<Vec<u8>> = (0..500).map(|_| name()).collect();
            // Each byte of a name counts.
            for at in 0..length {
                let mut changed = names[0].clone();
                changed[at] ^= 1;
                names.push(changed);
            }
            let others: Vec<Vec<u8>> = (0..500).map(|_| name()).collect();
            let table = Table::new(names.len());
            let at = |place: u32| gix::oid::from_bytes_unchecked(&names[place as usize % names.len()]);
            let count = names.len() as u32;
            for place in 0..count {
                assert_eq!(table.insert(at(place), place + count, at), None);
            }
            for place in 0..count {
                assert_eq!(table.insert(at(place), place, at), Some(place + count));
                assert_eq!(table.insert(at(place), place + count, at), Some(place));
                assert_eq!(table.get(at(place), at), Some(place));
            }
            let marks: Vec<u64> = names.iter().map(|name| table.mark(name)).collect();
            assert!(table.has_all(&marks) && table.has_all(&[]));
            assert_eq!(marks.iter().collect::<HashSet<_>>().len(), marks.len());
            // Few begin at the same slot, or each would be looked for behind many others.
            let slots: HashSet<usize> = marks.iter().map(|&mark| table.slot(mark)).collect();
            assert!(slots.len() > marks.len() / 2, "{}", slots.len());
            for other in &others {
                assert_eq!(table.get(gix::oid::from_bytes_unchecked(other), at), None);
                assert!(!table.has_all(&[&marks[..], &[table.mark(other)]].concat()));
            }
        }
    }
}
