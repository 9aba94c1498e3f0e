//! The names of files and folders, each kept once: a name occurs in thousands of trees.

use std::collections::HashMap;
use std::hash::BuildHasher;
use std::sync::{Arc, Mutex, PoisonError};

use foldhash::fast::RandomState;

/// The number of a name.
pub type Name = u32;

/// So many tables, so that threads seldom wait for each other.
const SHARDS: usize = 64;

/// All names, from any thread.
pub(super) struct Names {
    hasher: RandomState,
    shards: Vec<Mutex<Shard>>,
}

#[derive(Default)]
struct Shard {
    numbers: HashMap<Arc<[u8]>, Name, RandomState>,
    names: Vec<Arc<[u8]>>,
}

impl Names {
    pub(super) fn new() -> Self {
        Names { hasher: RandomState::default(), shards: std::iter::repeat_with(Mutex::default).take(SHARDS).collect() }
    }

    /// The number of a name, and whether it is new; none if there is no room for another one.
    pub(super) fn number(&self, name: &[u8], has_room: impl FnOnce() -> bool) -> Option<(Name, bool)> {
        let place = self.hasher.hash_one(name) as usize % SHARDS;
        let mut shard = self.shards[place].lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(&known) = shard.numbers.get(name) {
            return Some((known, false));
        }
        if !has_room() {
            return None;
        }
        let number = (shard.names.len() * SHARDS + place) as Name;
        let name: Arc<[u8]> = name.into();
        shard.names.push(Arc::clone(&name));
        shard.numbers.insert(name, number);
        Some((number, true))
    }

    /// The name with this number.
    pub(super) fn name(&self, number: Name) -> Arc<[u8]> {
        let shard = self.shards[number as usize % SHARDS].lock().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(&shard.names[number as usize / SHARDS])
    }
}
