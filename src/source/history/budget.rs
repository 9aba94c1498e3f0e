//! What notes of the second walk may take: a few small objects of a pack can be deltas that make any number of large ones, and each names as
//! much as it is long.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

/// The bytes that notes may take, all together, and as many more for each object. Histories that people made need far less.
const MOST_NOTED: u64 = 256 << 20;
const MOST_OF_OBJECT: u64 = 32;

/// So many bytes are taken from what all threads share at once.
const TOGETHER: u64 = 1 << 20;

/// What all threads have left.
pub(super) struct Budget {
    left: AtomicU64,
    is_exceeded: AtomicBool,
}

/// What one thread has taken of it and not used yet.
#[derive(Default)]
pub(super) struct Share(u64);

impl Budget {
    /// What the notes on so many objects may take.
    pub(super) fn new(objects: usize) -> Self {
        let left = MOST_NOTED + MOST_OF_OBJECT * objects as u64;
        Budget { left: AtomicU64::new(left), is_exceeded: AtomicBool::new(false) }
    }

    /// Takes so many bytes; says whether there were as many left.
    pub(super) fn take(&self, share: &mut Share, bytes: u64) -> bool {
        while share.0 < bytes {
            let more = TOGETHER.max(bytes);
            let less = |left: u64| left.checked_sub(more);
            if self.left.fetch_update(Ordering::Relaxed, Ordering::Relaxed, less).is_err() {
                self.exceed();
                return false;
            }
            share.0 += more;
        }
        share.0 -= bytes;
        true
    }

    /// Notes that something was left out.
    pub(super) fn exceed(&self) {
        self.is_exceeded.store(true, Ordering::Relaxed);
    }

    /// Whether something was left out.
    pub(super) fn is_exceeded(&self) -> bool {
        self.is_exceeded.load(Ordering::Relaxed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_more_is_taken_than_there_is() {
        let budget = Budget::new(2);
        let (mut one, mut other, mut count) = (Share::default(), Share::default(), 0);
        while budget.take(&mut one, 1 << 16) && budget.take(&mut other, 1 << 16) {
            count += 2;
        }
        assert!((4096 - 32..=4096).contains(&count), "{count}");
        assert!(!budget.take(&mut one, 1 << 20) && budget.is_exceeded());
        let budget = Budget::new(2);
        assert!(!budget.take(&mut Share::default(), u64::MAX) && budget.take(&mut Share::default(), 8));
    }
}
