//! Reads single objects by their names without gix, for repositories whose folders of objects it does not find.

use std::path::PathBuf;

use gix::ObjectId;

use crate::inflate::Inflater;

use super::buffers::MOST_HELD;
use super::chain::{read, read_loose};
use super::forest::Forest;
use super::node::Node;
use super::pack::Kind;
use super::store::Store;

/// All objects of some folders.
pub(in crate::source) struct Singles {
    /// Or why there are none.
    forest: Result<Forest, String>,
}

impl Singles {
    /// Finds the objects in these folders, and in those that they borrow from.
    pub(in crate::source) fn of(folders: Vec<PathBuf>, hash: gix::hash::Kind) -> Self {
        Singles { forest: Forest::new(Store::find(folders, hash), hash).map(|(forest, _)| forest) }
    }

    /// An object; none if it is not there.
    ///
    /// # Errors
    /// In words, why it cannot be read.
    pub(in crate::source) fn find(&self, id: &gix::oid) -> Result<Option<(Kind, Vec<u8>)>, String> {
        let forest = self.forest.as_ref().map_err(Clone::clone)?;
        let Some(node) = forest.node(id) else { return Ok(None) };
        let mut inflater = Inflater::new();
        let mut one = |node| {
            read(forest, &mut inflater, node, &mut { u64::MAX }, &mut |loose| read_loose(forest, loose, MOST_HELD))
        };
        let found = std::iter::once(node).chain(forest.copies(node)).find_map(&mut one);
        found.map(Some).ok_or_else(|| "it is broken, or too large".to_owned())
    }

    /// The names of objects that begin with these digits, in order.
    pub(in crate::source) fn beginning_with(&self, digits: &str) -> Vec<ObjectId> {
        let Ok(forest) = &self.forest else { return Vec::new() };
        let ids = (0..forest.len() as Node).map(|node| forest.id(node));
        let mut found: Vec<_> = ids.filter(|id| id.to_string().starts_with(digits)).map(ToOwned::to_owned).collect();
        found.sort();
        found.dedup();
        found
    }
}
