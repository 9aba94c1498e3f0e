//! How much the second walk may note: a few small objects of a pack can be deltas that make any number of large ones, and each names as
//! much as it is long.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use super::forest::{Forest, Node};

/// The bytes that notes may take, all together, and as many more for each object. Histories that people made need far less.
const MOST_NOTED: u64 = 256 << 20;
const MOST_OF_OBJECT: u64 = 32;

/// So many bytes are taken from what all threads share at once.
const TOGETHER: u64 = 1 << 20;

/// What all threads have left.
pub(super) struct Room {
    left: AtomicU64,
    is_too_small: AtomicBool,
}

/// What one thread has taken of it and not used yet.
#[derive(Default)]
pub(super) struct Taken(u64);

impl Room {
    /// Room for the notes on so many objects.
    pub(super) fn new(objects: usize) -> Self {
        let left = MOST_NOTED + MOST_OF_OBJECT * objects as u64;
        Room { left: AtomicU64::new(left), is_too_small: AtomicBool::new(false) }
    }

    /// Whether there is room for so many bytes, which are then taken.
    pub(super) fn has(&self, taken: &mut Taken, bytes: u64) -> bool {
        while taken.0 < bytes {
            let more = TOGETHER.max(bytes);
            let less = |left: u64| left.checked_sub(more);
            if self.left.fetch_update(Ordering::Relaxed, Ordering::Relaxed, less).is_err() {
                self.lacks();
                return false;
            }
            taken.0 += more;
        }
        taken.0 -= bytes;
        true
    }

    /// Notes that something was left out.
    pub(super) fn lacks(&self) {
        self.is_too_small.store(true, Ordering::Relaxed);
    }

    /// Whether something was left out.
    pub(super) fn is_too_small(&self) -> bool {
        self.is_too_small.load(Ordering::Relaxed)
    }
}

/// The objects for which it matters what holds them: those that may name others, and those in which something was found.
pub(super) struct Wanted {
    bits: Vec<u64>,
    /// How many objects there are; what is missing is numbered behind them.
    count: usize,
}

impl Wanted {
    /// Those that hang on `links`, which are no blobs, and `found`.
    pub(super) fn new(forest: &Forest, links: &[Node], found: impl IntoIterator<Item = Node>) -> Self {
        let count = forest.len();
        let mut wanted = Wanted { bits: vec![0; count.div_ceil(64)], count };
        let mut left = Vec::new();
        for &link in links {
            left.push(link);
            while let Some(node) = left.pop() {
                wanted.add(node);
                left.extend_from_slice(forest.children(node));
            }
        }
        found.into_iter().for_each(|node| wanted.add(node));
        wanted
    }

    fn add(&mut self, node: Node) {
        if let Some(bits) = self.bits.get_mut(node as usize / 64) {
            *bits |= 1 << (node % 64);
        }
    }

    /// Whether it matters what holds an object. One that is missing always does.
    pub(super) fn has(&self, node: Node) -> bool {
        let is_noted = |bits: &u64| bits >> (node % 64) & 1 == 1;
        node as usize >= self.count || self.bits.get(node as usize / 64).is_some_and(is_noted)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_more_is_taken_than_there_is() {
        let room = Room::new(2);
        let (mut one, mut other, mut count) = (Taken::default(), Taken::default(), 0);
        while room.has(&mut one, 1 << 16) && room.has(&mut other, 1 << 16) {
            count += 2;
        }
        assert!((4096 - 32..=4096).contains(&count), "{count}");
        assert!(!room.has(&mut one, 1 << 20) && room.is_too_small());
        let room = Room::new(2);
        assert!(!room.has(&mut Taken::default(), u64::MAX) && room.has(&mut Taken::default(), 8));
    }
}
