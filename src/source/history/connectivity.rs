//! The first walk's part in trees, commits and tags: makes sure that what they name is there, and that no name of a file may hold
//! something. Nearly always nothing is missing and no name holds anything; then it need not be noted what names what.

use std::sync::atomic::{AtomicBool, Ordering};

use super::recorder::{BROKEN_COMMIT, BROKEN_TAG, BROKEN_TREE, named};
use super::tree::{self, Known, Marks};
use super::tree_delta::{TreeDelta, replay};
use super::walk::Preview;
use crate::source::objects::forest::Forest;
use crate::source::objects::{Kind, Node};

/// How many names of objects come together before these are looked for.
const MOST_WANTED: usize = 256;

/// How many bytes of entries come together before their names are looked at: most trees bring a hundred.
const ENOUGH_NAMES: usize = 4096;

/// Checks what objects name.
pub(super) struct Checker<'c> {
    forest: &'c Forest,
    /// Whether something was named that is not there.
    is_missing: AtomicBool,
}

/// What one thread needs for it.
#[derive(Default)]
pub(super) struct Checked {
    /// The objects that are kept whole and are no blobs.
    pub(super) links: Vec<Node>,
    /// The marks of the names of objects that were not looked for yet.
    wanted: Vec<u64>,
    /// Room for what has to be read of a tree.
    fresh: Vec<u8>,
    /// Entries of trees whose names were not looked at yet.
    names: Vec<u8>,
    /// Room for what is new in a blob.
    pub(super) excerpt: crate::delta::Excerpt,
}

impl Checked {
    /// Has `look` look at the entries that the last tree brought, with those before as soon as they are enough.
    pub(super) fn names(&mut self, look: impl Fn(&[u8])) {
        if self.fresh.len() >= ENOUGH_NAMES {
            return look(&self.fresh);
        }
        self.names.extend_from_slice(&self.fresh);
        if self.names.len() >= ENOUGH_NAMES {
            self.last_names(look);
        }
    }

    /// Has `look` look at the entries that came together.
    pub(super) fn last_names(&mut self, look: impl FnOnce(&[u8])) {
        look(&self.names);
        self.names.clear();
    }
}

impl<'c> Checker<'c> {
    pub(super) fn new(forest: &'c Forest) -> Self {
        Checker { forest, is_missing: AtomicBool::new(false) }
    }

    /// Whether something was named that is not there; `checked` is what all threads have left.
    pub(super) fn into_is_missing(self, checked: &mut [Checked]) -> bool {
        checked.iter_mut().for_each(|checked| self.look_for(checked));
        self.is_missing.into_inner()
    }

    /// Checks a tree that is kept whole. `marks` is filled.
    ///
    /// # Errors
    /// The tree is broken.
    pub(super) fn tree(&self, checked: &mut Checked, data: &[u8], marks: &mut Marks) -> Result<(), &'static str> {
        let mut at = 0;
        let done = tree::each(data, self.id_length(), |entry| {
            marks.push(at);
            at += entry.bytes.len() as u32;
            self.want_entry(checked, &entry);
        });
        marks.push(at);
        done.ok_or(BROKEN_TREE)
    }

    /// Checks a tree that is kept as a delta. The entries that are new are left for [`Checked::names`].
    ///
    /// # Errors
    /// The delta, or the tree, is broken: with `None` so that there is no tree at all.
    pub(super) fn changed_tree(
        &self,
        checked: &mut Checked,
        tree: &Preview<'_>,
        marks: &mut Marks,
    ) -> Result<(), Option<&'static str>> {
        let base = Known { data: tree.base_data, marks: tree.base_marks };
        let delta = TreeDelta { instructions: tree.instructions, size: tree.size, wants_marks: tree.whole.is_some() };
        let mut fresh = std::mem::take(&mut checked.fresh);
        let is_whole = replay(base, delta, self.id_length(), marks, &mut fresh, |_| {});
        let done = tree::each(&fresh, self.id_length(), |entry| self.want_entry(checked, &entry));
        checked.fresh = fresh;
        match (is_whole, done) {
            (Some(true), Some(())) => Ok(()),
            (Some(_), _) => Err(Some(BROKEN_TREE)),
            (None, _) => Err(None),
        }
    }

    /// Checks a commit or a tag, whose `text` goes on behind the names of other objects that it begins with.
    ///
    /// # Errors
    /// It is broken.
    pub(super) fn text(&self, checked: &mut Checked, kind: Kind, text: &mut &[u8]) -> Result<(), &'static str> {
        if kind == Kind::Tag {
            let target = named(text, b"object ").ok_or(BROKEN_TAG)?;
            self.want(checked, target.as_bytes());
            return Ok(());
        }
        let tree = named(text, b"tree ").ok_or(BROKEN_COMMIT)?;
        self.want(checked, tree.as_bytes());
        while let Some(parent) = named(text, b"parent ") {
            self.want(checked, parent.as_bytes());
        }
        Ok(())
    }

    fn want_entry(&self, checked: &mut Checked, entry: &tree::Entry<'_>) {
        if !entry.is_submodule() {
            self.want(checked, entry.id);
        }
    }

    fn want(&self, checked: &mut Checked, id: &[u8]) {
        // A text may name an object by a hash of the other kind.
        if id.len() != self.id_length() {
            self.is_missing.store(true, Ordering::Relaxed);
            return;
        }
        checked.wanted.push(self.forest.mark(id));
        if checked.wanted.len() >= MOST_WANTED {
            self.look_for(checked);
        }
    }

    fn look_for(&self, checked: &mut Checked) {
        if !self.forest.has_all(&checked.wanted) {
            self.is_missing.store(true, Ordering::Relaxed);
        }
        checked.wanted.clear();
    }

    fn id_length(&self) -> usize {
        self.forest.hash.len_in_bytes()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::objects::store::Store;

    #[test]
    fn names_are_looked_for_many_at_a_time() {
        let (forest, _) = Forest::new(Store::default(), gix::hash::Kind::Sha1).unwrap();
        for count in [255, 256, 257] {
            let (checker, mut checked) = (Checker::new(&forest), Checked::default());
            (0..count).for_each(|number| checker.want(&mut checked, &[number as u8; 20]));
            let (waiting, is_missing) = (checked.wanted.len(), checker.is_missing.load(Ordering::Relaxed));
            assert_eq!((waiting, is_missing), (count % 256, count >= 256), "{count}");
            // Those that wait are looked for in the end.
            assert!(checker.into_is_missing(&mut [checked]));
        }
    }
}
