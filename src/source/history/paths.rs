//! Paths in what was found, each kept once.

use std::collections::HashMap;

use super::names::{Name, Names};

/// A path, as a place in the list of paths; its first part has no other above it.
pub(super) type PathPlace = u32;

/// What stands above the first part of a path.
const NONE: u32 = u32::MAX;

/// Paths, each kept once as its last part and the path above it.
#[derive(Default)]
pub(super) struct Paths {
    numbers: HashMap<(PathPlace, Name), PathPlace>,
    list: Vec<(PathPlace, Name)>,
}

impl Paths {
    /// The place of the path that ends in `name`, below another one or at the top.
    pub(super) fn place(&mut self, above: Option<PathPlace>, name: Name) -> PathPlace {
        let key = (above.unwrap_or(NONE), name);
        *self.numbers.entry(key).or_insert_with(|| {
            self.list.push(key);
            self.list.len() as PathPlace - 1
        })
    }

    /// How many there are, with those above them.
    pub(super) fn len(&self) -> usize {
        self.list.len()
    }

    /// A path in full.
    pub(super) fn text(&self, place: PathPlace, names: &Names) -> Vec<u8> {
        let mut parts = Vec::new();
        let mut next = place;
        while let Some(&(above, name)) = self.list.get(next as usize) {
            parts.push(names.name(name));
            next = above;
        }
        parts.reverse();
        parts.join(&b'/')
    }
}
