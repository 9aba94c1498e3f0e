//! Paths in what was found, each kept once.

use std::collections::HashMap;

use super::names::{Name, Names};

/// A path, as a place in the list of paths; its first part has no other above it.
pub(super) type PathPlace = u32;

/// What stands above the first part of a path.
const NONE: u32 = u32::MAX;

/// How many paths there may be, with those above them, and how many bytes they may have in full. A few small trees can be nested so
/// that they make more paths than anybody could list, and longer ones than anybody could read.
const MOST: usize = 60_000;
const MOST_BYTES: usize = 64 << 20;

/// Paths, each kept once as its last part and the path above it.
pub(super) struct Paths<'n> {
    names: &'n Names,
    numbers: HashMap<(PathPlace, Name), PathPlace>,
    /// The parts, each with the length of the whole path.
    list: Vec<(PathPlace, Name, usize)>,
    bytes: usize,
}

impl<'n> Paths<'n> {
    pub(super) fn new(names: &'n Names) -> Self {
        Paths { names, numbers: HashMap::new(), list: Vec::new(), bytes: 0 }
    }

    /// The place of the path that ends in `name`, below another one or at the top.
    pub(super) fn place(&mut self, above: Option<PathPlace>, name: Name) -> PathPlace {
        let key = (above.unwrap_or(NONE), name);
        *self.numbers.entry(key).or_insert_with(|| {
            let length = above.map_or(0, |above| self.list[above as usize].2 + 1) + self.names.name(name).len();
            self.bytes += length;
            self.list.push((key.0, name, length));
            self.list.len() as PathPlace - 1
        })
    }

    /// Whether there are more than can be told.
    pub(super) fn are_too_many(&self) -> bool {
        self.list.len() > MOST || self.bytes > MOST_BYTES
    }

    /// A path in full.
    pub(super) fn text(&self, place: PathPlace) -> Vec<u8> {
        let mut parts = Vec::new();
        let mut next = place;
        while let Some(&(above, name, _)) = self.list.get(next as usize) {
            parts.push(self.names.name(name));
            next = above;
        }
        parts.reverse();
        parts.join(&b'/')
    }
}
