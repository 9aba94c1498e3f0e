//! What the second walk notes about how objects name each other, so that it can be told where something came from.

use std::collections::HashMap;
use std::hash::BuildHasher;
use std::sync::{Mutex, PoisonError};

use foldhash::fast::RandomState;
use gix::ObjectId;
use gix::bstr::ByteSlice;

use super::budget::{Budget, Share};
use super::names::{Name, Names};
use super::tree::{self, Entry, Known, Marks};
use super::tree_changes;
use super::tree_delta::TreeDelta;
use super::walk::Preview;
use super::wanted::Wanted;
use crate::source::objects::forest::Forest;
use crate::source::objects::{Kind, Node};
use crate::source::person::seconds;

/// An entry that a tree has and its base does not.
#[derive(Debug, Clone, Copy)]
pub(super) struct Added {
    /// What tells the entry, name and all, from others.
    pub(super) mark: u64,
    pub(super) name: Name,
    pub(super) child: Node,
}

/// A tree, by what changes from another one.
#[derive(Debug, Clone, Copy)]
pub(super) struct Tree {
    pub(super) node: Node,
    /// The other one; [`Node::MAX`] if everything in it is new.
    pub(super) base: Node,
    /// Where in the list of what was added its own end, and in that of what was removed.
    pub(super) added_end: u32,
    pub(super) removed_end: u32,
}

/// A commit, by the numbers of what it names.
#[derive(Debug, Clone, Copy)]
pub(super) struct Commit {
    pub(super) node: Node,
    pub(super) tree: Node,
    /// When it was committed, in seconds since 1970.
    pub(super) time: i64,
    /// Where in the list of parents its own end; they begin where those of the commit before end.
    pub(super) parents_end: u32,
}

/// What one thread noted.
#[derive(Default)]
pub(super) struct Record {
    pub(super) commits: Vec<Commit>,
    pub(super) parents: Vec<Node>,
    pub(super) trees: Vec<Tree>,
    pub(super) added: Vec<Added>,
    /// The marks of entries that a tree's base has and it does not, in order for each tree.
    pub(super) removed: Vec<u64>,
    /// Each tag, and what it is of.
    pub(super) tags: Vec<(Node, Node)>,
    /// Trees that are kept whole, each to compare the next one with whose first name is the same.
    recent: HashMap<Box<[u8]>, Recent>,
    /// The last entries that were looked up, each at a place that its mark gives.
    cache: Vec<Added>,
    /// Room for what has to be read of a tree.
    fresh: Vec<u8>,
    share: Share,
}

/// How many entries that were looked up are kept.
const CACHED: usize = 1 << 13;

/// The bytes that a tree may have to be noted: ten times as many as folders with the most files that people have.
const MOST_OF_TREE: u64 = 64 << 20;

/// What notes take, all in all, of a parent, a name beside its length, and an object that is missing.
const OF_PARENT: u64 = 32;
const OF_NAME: u64 = 96;
const OF_MISSING: u64 = 160;

/// Is told of a name that was not met before, and whether it is a folder's.
pub(super) type NewName<'n> = &'n dyn Fn(Name, &[u8], bool);

/// A tree that was met before.
#[derive(Default)]
struct Recent {
    node: Node,
    data: Vec<u8>,
    marks: Marks,
}

/// How many trees are kept to compare others with, and how large they may be.
const MOST_RECENT: usize = 64;
const MOST_RECENT_BYTES: usize = 256 << 10;

/// Objects that are named somewhere and are not there, numbered behind those that are.
#[derive(Default)]
pub(super) struct Missing {
    ids: Mutex<(HashMap<ObjectId, Node>, Vec<ObjectId>)>,
}

impl Missing {
    /// The number of an object that is not there; the first has the number `first`. None if there is no room for another one.
    fn number(&self, id: &gix::oid, first: usize, has_room: impl FnOnce() -> bool) -> Option<Node> {
        let mut ids = self.ids.lock().unwrap_or_else(PoisonError::into_inner);
        let (numbers, list) = &mut *ids;
        if let Some(&number) = numbers.get(id) {
            return Some(number);
        }
        if !has_room() {
            return None;
        }
        let number = (first + list.len()) as Node;
        list.push(id.to_owned());
        numbers.insert(id.to_owned(), number);
        Some(number)
    }

    /// Their names, the first having the first number behind all objects.
    pub(super) fn into_ids(self) -> Vec<ObjectId> {
        self.ids.into_inner().unwrap_or_else(PoisonError::into_inner).1
    }
}

/// Notes what objects name.
pub(super) struct Recorder<'f> {
    pub(super) forest: &'f Forest,
    pub(super) names: &'f Names,
    pub(super) missing: &'f Missing,
    pub(super) hasher: &'f RandomState,
    /// The objects whose entries are noted; none if those of all are, for their names.
    pub(super) wanted: Option<Wanted>,
    pub(super) budget: &'f Budget,
}

impl Recorder<'_> {
    /// Notes a tree that is kept whole; `new_name` is told of each name that was not met before. `marks` is filled.
    ///
    /// # Errors
    /// The tree is broken.
    pub(super) fn tree(
        &self,
        record: &mut Record,
        (node, data): (Node, &[u8]),
        marks: &mut Marks,
        new_name: NewName<'_>,
    ) -> Result<(), &'static str> {
        if self.is_done() || data.len() as u64 > MOST_OF_TREE {
            return self.leave_out(record, node);
        }
        let length = self.forest.hash.len_in_bytes();
        let key = tree::first(data, length).map_or(&b""[..], |entry| entry.name);
        let like = record.recent.remove(key);
        let known = like
            .as_ref()
            .map_or(Known { data: b"", marks: &[] }, |like| Known { data: &like.data, marks: &like.marks });
        let done = tree_changes::read(known, data, length, marks, |entry, removed| {
            self.change(record, entry, removed, new_name)
        });
        record.end_tree(node, like.as_ref().map_or(Node::MAX, |like| like.node));
        if done.is_some() && data.len() <= MOST_RECENT_BYTES {
            record.remember(key, like, (node, data), marks);
        }
        done.ok_or(BROKEN_TREE)
    }

    /// The same for a tree that is kept as a delta.
    ///
    /// # Errors
    /// The tree is broken.
    pub(super) fn changed_tree(
        &self,
        record: &mut Record,
        tree: &Preview<'_>,
        marks: &mut Marks,
        new_name: NewName<'_>,
    ) -> Result<(), &'static str> {
        if self.is_done() || tree.size > MOST_OF_TREE {
            return self.leave_out(record, tree.node);
        }
        let length = self.forest.hash.len_in_bytes();
        let base = Known { data: tree.base_data, marks: tree.base_marks };
        let delta = TreeDelta { instructions: tree.instructions, size: tree.size, wants_marks: true };
        let mut fresh = std::mem::take(&mut record.fresh);
        let change = |entry: Entry<'_>, removed: bool| self.change(record, entry, removed, new_name);
        let done = tree_changes::update(base, delta, length, marks, &mut fresh, change);
        record.fresh = fresh;
        record.end_tree(tree.node, tree.base);
        done.ok_or(BROKEN_TREE)
    }

    fn change(&self, record: &mut Record, entry: Entry<'_>, is_removed: bool, new_name: NewName<'_>) {
        let mark = self.hasher.hash_one(entry.bytes);
        // The same entry is often added to one tree after the other.
        let place = mark as usize % CACHED;
        let known = record.cache.get(place).filter(|known| known.mark == mark).copied();
        let mut added = known.unwrap_or_else(|| Added { mark, name: Name::MAX, child: self.child(record, &entry) });
        let is_wanted = self.wanted.as_ref().is_none_or(|wanted| added.child != Node::MAX && wanted.has(added.child));
        if is_wanted && !is_removed && added.name == Name::MAX {
            added.name = self.name(record, &entry, new_name);
        }
        if record.cache.is_empty() {
            record.cache.resize(CACHED, Added { mark: !mark, name: Name::MAX, child: Node::MAX });
        }
        record.cache[place] = added;
        if !is_wanted {
            return;
        }
        if is_removed {
            if self.budget.take(&mut record.share, size_of::<u64>() as u64) {
                record.removed.push(mark);
            }
        } else if self.budget.take(&mut record.share, size_of::<Added>() as u64) {
            record.added.push(added);
        }
    }

    fn child(&self, record: &mut Record, entry: &Entry<'_>) -> Node {
        if entry.is_submodule() { Node::MAX } else { self.node(record, gix::oid::from_bytes_unchecked(entry.id)) }
    }

    /// The number of an entry's name; of one for which there is no room, one that no name has.
    fn name(&self, record: &mut Record, entry: &Entry<'_>, new_name: NewName<'_>) -> Name {
        let has_room = || self.budget.take(&mut record.share, OF_NAME + entry.name.len() as u64);
        let (name, is_new) = self.names.number(entry.name, has_room).unwrap_or((Name::MAX, true));
        // Without names that may hold something, none does.
        if is_new && self.wanted.is_none() {
            new_name(name, entry.name, entry.is_folder());
        }
        name
    }

    /// Whether nothing more is to be found out: notes that are not all there are of no use, but names are looked at.
    fn is_done(&self) -> bool {
        self.wanted.is_some() && self.budget.is_exceeded()
    }

    /// Passes over a tree.
    fn leave_out(&self, record: &mut Record, node: Node) -> Result<(), &'static str> {
        self.budget.exceed();
        record.end_tree(node, Node::MAX);
        Ok(())
    }

    /// Notes a commit or a tag.
    ///
    /// # Errors
    /// It is broken.
    pub(super) fn text(&self, record: &mut Record, node: Node, kind: Kind, data: &[u8]) -> Result<(), &'static str> {
        let mut text = data;
        if kind == Kind::Tag {
            let target = named(&mut text, b"object ").ok_or(BROKEN_TAG)?;
            let target = self.node(record, &target);
            record.tags.push((node, target));
            return Ok(());
        }
        let tree = self.node(record, &named(&mut text, b"tree ").ok_or(BROKEN_COMMIT)?);
        while let Some(parent) = named(&mut text, b"parent ") {
            let parent = self.node(record, &parent);
            if !self.budget.take(&mut record.share, OF_PARENT) {
                break;
            }
            record.parents.push(parent);
        }
        let committer =
            text.lines().take_while(|line| !line.is_empty()).find_map(|line| line.strip_prefix(b"committer "));
        let time = committer.and_then(seconds).unwrap_or(0);
        record.commits.push(Commit { node, tree, time, parents_end: record.parents.len() as u32 });
        Ok(())
    }

    /// The number of an object, or of one that is missing; of one for which there is no room, one that no object has.
    fn node(&self, record: &mut Record, id: &gix::oid) -> Node {
        let has_room = || self.budget.take(&mut record.share, OF_MISSING);
        let missing = || self.missing.number(id, self.forest.len(), has_room).unwrap_or(Node::MAX);
        self.forest.node(id).unwrap_or_else(missing)
    }
}

impl Record {
    fn end_tree(&mut self, node: Node, base: Node) {
        let (added_end, removed_end) = (self.added.len() as u32, self.removed.len() as u32);
        let begin = self.trees.last().map_or(0, |last| last.removed_end as usize);
        self.removed[begin..].sort_unstable();
        self.trees.push(Tree { node, base, added_end, removed_end });
    }

    /// Keeps a tree to compare the next one with, in the room of the one before.
    fn remember(&mut self, key: &[u8], before: Option<Recent>, (node, data): (Node, &[u8]), marks: &Marks) {
        if self.recent.len() >= MOST_RECENT {
            self.recent.clear();
        }
        let mut kept = before.unwrap_or_default();
        kept.node = node;
        kept.data.clear();
        kept.data.extend_from_slice(data);
        kept.marks.clone_from(marks);
        self.recent.insert(key.into(), kept);
    }
}

/// What is said of objects that are not what they should be.
pub(super) const BROKEN_TREE: &str = "the tree is broken";
pub(super) const BROKEN_TAG: &str = "the tag is broken";
pub(super) const BROKEN_COMMIT: &str = "the commit is broken";

/// The name of an object behind `mark` on the first line of `text`; only if there is one, `text` goes on behind that line.
pub(super) fn named(text: &mut &[u8], mark: &[u8]) -> Option<ObjectId> {
    let rest = text.strip_prefix(mark)?;
    let (line, behind) = rest.split_once_str(b"\n").unwrap_or((rest, b""));
    let id = ObjectId::from_hex(line.strip_suffix(b"\r").unwrap_or(line)).ok()?;
    *text = behind;
    Some(id)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::objects::store::Store;

    /// Has a recorder of an empty repository note trees; says whether something was left out.
    fn with_recorder(work: impl FnOnce(&Recorder<'_>)) -> bool {
        let (forest, _) = Forest::new(Store::default(), gix::hash::Kind::Sha1).unwrap();
        let (names, missing, hasher) = (Names::new(), Missing::default(), RandomState::default());
        let budget = Budget::new(0);
        work(&Recorder {
            forest: &forest,
            names: &names,
            missing: &missing,
            hasher: &hasher,
            wanted: None,
            budget: &budget,
        });
        budget.is_exceeded()
    }

    /// A tree with one entry, whose name has so many bytes and begins with a number.
    fn tree(number: usize, length: usize) -> Vec<u8> {
        format!("100644 {number:02}{}\0{}", "n".repeat(length - 2), "i".repeat(20)).into_bytes()
    }

    #[test]
    fn a_tree_that_is_too_large_is_left_out() {
        let most = 64 << 20;
        for (size, is_left_out) in [(most, false), (most + 1, true)] {
            // Nothing but zeros is no tree, if it is looked at.
            let expected = if is_left_out { Ok(()) } else { Err(BROKEN_TREE) };
            let data = vec![0; size];
            let is_exceeded = with_recorder(|recorder| {
                let noted = recorder.tree(&mut Record::default(), (0, &data), &mut Vec::new(), &|_, _, _| {});
                assert_eq!(noted, expected, "{size}");
            });
            assert_eq!(is_exceeded, is_left_out, "{size}");
            let is_exceeded = with_recorder(|recorder| {
                let tree = Preview {
                    node: 1,
                    kind: Kind::Tree,
                    size: size as u64,
                    base: 0,
                    base_data: b"",
                    base_marks: &[0],
                    instructions: b"",
                    whole: None,
                };
                let noted = recorder.changed_tree(&mut Record::default(), &tree, &mut Vec::new(), &|_, _, _| {});
                assert_eq!(noted, expected, "{size}");
            });
            assert_eq!(is_exceeded, is_left_out, "{size}");
        }
    }

    #[test]
    fn a_tree_is_compared_with_one_of_the_last_small_ones() {
        // An entry's mode, the zero byte behind its name, and an object's name.
        let longest = MOST_RECENT_BYTES - 7 - 1 - 20;
        assert_eq!((tree(0, longest).len(), MOST_RECENT), (256 << 10, 64));
        for (between, length, base) in [(63, 9, 0), (64, 9, Node::MAX), (0, longest, 0), (0, longest + 1, Node::MAX)] {
            let mut record = Record::default();
            with_recorder(|recorder| {
                for number in (0..=between).chain([0]) {
                    let data = tree(number, length);
                    let node = (number as Node, &data[..]);
                    recorder.tree(&mut record, node, &mut Vec::new(), &|_, _, _| {}).unwrap();
                }
            });
            assert_eq!(record.trees.last().map(|tree| tree.base), Some(base), "{between} {length}");
            // What is the same is not noted again.
            let added = between + if base == Node::MAX { 2 } else { 1 };
            assert_eq!(record.added.len(), added, "{between} {length}");
        }
    }
}
