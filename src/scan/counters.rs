//! How far a scan is, counted by many threads at once.

use std::sync::atomic::{AtomicU64, Ordering};

/// How far a scan is; may be read while it runs.
///
/// Each thread counts for itself: they would otherwise wait for each other at every file.
#[derive(Debug, Default)]
pub struct Counters {
    counts: [Count; 16],
}

#[derive(Debug, Default)]
#[repr(align(128))]
struct Count {
    files: AtomicU64,
    bytes: AtomicU64,
    excluded: AtomicU64,
}

impl Counters {
    /// Files read so far.
    pub fn files(&self) -> u64 {
        self.counts.iter().map(|count| count.files.load(Ordering::Relaxed)).sum()
    }

    /// Bytes of the files that were read so far.
    pub fn bytes(&self) -> u64 {
        self.counts.iter().map(|count| count.bytes.load(Ordering::Relaxed)).sum()
    }

    pub(super) fn add(&self, bytes: u64) {
        self.own().files.fetch_add(1, Ordering::Relaxed);
        self.add_bytes(bytes);
    }

    /// Counts what is no file.
    pub(super) fn add_bytes(&self, bytes: u64) {
        self.own().bytes.fetch_add(bytes, Ordering::Relaxed);
    }

    /// What globs left out so far.
    pub(super) fn excluded(&self) -> u64 {
        self.counts.iter().map(|count| count.excluded.load(Ordering::Relaxed)).sum()
    }

    /// Counts what globs leave out.
    pub(super) fn add_excluded(&self, count: u64) {
        self.own().excluded.fetch_add(count, Ordering::Relaxed);
    }

    fn own(&self) -> &Count {
        &self.counts[rayon::current_thread_index().unwrap_or(0) % self.counts.len()]
    }
}
