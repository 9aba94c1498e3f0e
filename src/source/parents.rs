//! What the parents of a commit have in the places where it brings something. Asked only where something was found.

use std::collections::{BTreeSet, HashSet};

use gix::ObjectId;

use super::commit_diff::{EntryKind, Kept, file_at, read_commit};
use super::object_reader::ObjectReader;

/// A file or a link: its blob, and which of the two it is.
pub type Version = (ObjectId, EntryKind);

/// Looks up what parents of commits have.
pub struct Parents {
    objects: ObjectReader,
    kept: Kept,
    /// Commits whose parents were cut off.
    shallow: HashSet<ObjectId>,
    /// How often a path may still be looked up.
    left: usize,
    /// How many entries of trees may be read.
    most_read: usize,
}

/// How many entries of trees are read to find what parents have, all together: more than comparing all commits takes in any history that
/// people make.
const MOST_READ: usize = 50_000_000;

/// In how many trees a path is looked up, all paths together.
const MOST_LOOKED_UP: usize = 2_000_000;

/// How much is looked up, and read for that.
#[derive(Debug, Clone, Copy)]
pub struct Bounds {
    /// Paths, each in each tree.
    pub looked_up: usize,
    /// Entries of trees.
    pub read: usize,
}

impl Default for Bounds {
    fn default() -> Self {
        Bounds { looked_up: MOST_LOOKED_UP, read: MOST_READ }
    }
}

impl Parents {
    pub(super) fn new(objects: ObjectReader, shallow: impl IntoIterator<Item = ObjectId>, bounds: Bounds) -> Self {
        let (shallow, kept) = (shallow.into_iter().collect(), Kept::default());
        Parents { objects, kept, shallow, left: bounds.looked_up, most_read: bounds.read }
    }

    /// What the parents of a commit have at each of these paths, each version once. What cannot be read, or would take too long, is
    /// not among them.
    pub fn at(&mut self, commit: &gix::oid, paths: &[&[u8]]) -> Vec<Vec<Version>> {
        let trees = self.trees_of_parents(commit);
        self.in_trees(&trees, paths)
    }

    /// The same of what these commits have, which may become parents of one.
    pub(super) fn of(&mut self, commits: &BTreeSet<ObjectId>, paths: &[&[u8]]) -> Vec<Vec<Version>> {
        let trees = self.trees(commits);
        self.in_trees(&trees, paths)
    }

    fn in_trees(&mut self, trees: &BTreeSet<ObjectId>, paths: &[&[u8]]) -> Vec<Vec<Version>> {
        let mut versions = vec![Vec::new(); paths.len()];
        for &tree in trees {
            for (path, versions) in paths.iter().zip(&mut versions) {
                if self.left > 0 && self.kept.read < self.most_read {
                    self.left -= 1;
                    versions.extend(file_at(&self.objects, &mut self.kept, tree, path));
                }
            }
        }
        for versions in &mut versions {
            versions.sort_unstable();
            versions.dedup();
        }
        versions
    }

    /// The trees of a commit's parents, each once.
    fn trees_of_parents(&self, commit: &gix::oid) -> BTreeSet<ObjectId> {
        let parents = match read_commit(&self.objects, commit) {
            Ok((_, parents)) if !self.shallow.contains(commit) => parents,
            _ => return BTreeSet::new(),
        };
        // One parent may be named any number of times.
        self.trees(&parents.into_iter().collect())
    }

    /// The trees of commits, each once, but for what cannot be read.
    fn trees(&self, commits: &BTreeSet<ObjectId>) -> BTreeSet<ObjectId> {
        commits.iter().filter_map(|commit| Some(read_commit(&self.objects, commit).ok()?.0)).collect()
    }
}
