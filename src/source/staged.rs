//! What the next commit would record as a source: the blobs of git's index that HEAD does not have in the same place.
//!
//! The index keeps the names of the trees that it was written from or to. Where such a tree is HEAD's, nothing below it has
//! changed, and it is not looked at: what this costs depends on what was staged, not on the size of the repository.

use std::collections::{HashMap, HashSet};
use std::path::Path;
use std::sync::Arc;

use gix::ObjectId;
use gix::bstr::ByteSlice;
use gix::index::entry::{Flags, Mode};
use gix::index::extension::Tree as CachedTree;
use gix::objs::TreeRefIter;
use ignore::gitignore::Gitignore;
use rayon::prelude::*;

use crate::place::Root;

use super::git::{GitError, Objects, Repository};
use super::os::path_from_bytes;
use super::{Handler, Item, Place};

/// A repository whose index is to be read.
pub struct Staged {
    repository: Repository,
    changes: Vec<Change>,
    root: Arc<Root>,
}

/// What the commit would bring in one place.
struct Change {
    path: Vec<u8>,
    id: ObjectId,
    kind: Kind,
    /// The length of the part of the path that HEAD has, too: a folder of HEAD's, or all of it.
    known: usize,
    /// Whether HEAD has the same content in a place where the commit takes it away.
    is_moved: bool,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    File,
    Link,
    /// A commit of another repository: only its name is this one's.
    Submodule,
}

impl std::fmt::Debug for Staged {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Staged({} changes)", self.changes.len())
    }
}

impl Staged {
    /// Looks up what would be recorded in the repository that `folder` is in, or that git's environment names.
    ///
    /// # Errors
    /// There is no repository, or its index, HEAD or a tree cannot be read.
    pub fn find(folder: &Path) -> Result<Self, GitError> {
        let repository = Repository::open(folder)?;
        let index = repository.index()?;
        let head = repository.head_tree()?;
        let mut walk = Walk {
            objects: repository.objects(),
            index: &index,
            changes: Vec::new(),
            depth: 0,
            removed: HashSet::new(),
        };
        walk.folder(0..index.entries().len(), 0, head, index.tree(), 0)?;
        let Walk { mut changes, removed, .. } = walk;
        for change in changes.iter_mut().filter(|change| removed.contains(&change.id)) {
            change.is_moved = true;
        }
        let root = repository.root();
        Ok(Staged { repository, changes, root })
    }

    /// The top of the repository, as a person in the current folder names it.
    pub fn root(&self) -> &Arc<Root> {
        &self.root
    }

    /// Reads all changes on the threads of the current rayon pool and hands them over.
    pub fn read(&self, exclude: &Gitignore, handler: &Handler<'_>) {
        let is_read = |change: &&Change| {
            exclude.is_empty() || !exclude.matched_path_or_any_parents(path_from_bytes(&change.path), false).is_ignore()
        };
        let changes: Vec<&Change> = self.changes.iter().filter(is_read).collect();
        self.new_folders(&changes, handler);
        changes.par_iter().for_each_init(
            || (self.repository.objects(), Vec::new()),
            |(objects, buffer), change| self.hand_over(change, objects, buffer, handler),
        );
    }

    /// Hands over the folders that HEAD does not have, each once.
    fn new_folders(&self, changes: &[&Change], handler: &Handler<'_>) {
        let mut last: &[u8] = b"";
        for change in changes {
            let ends = change.path.find_iter("/").filter(|end| *end >= change.known.max(1));
            for end in ends {
                let folder = &change.path[..end];
                // Changes are in the order of their paths, so that a folder's come together.
                if !(last.starts_with(folder) && last.get(end) == Some(&b'/')) {
                    handler(Item::Folder(Place { root: &self.root, folder, name: b"" }));
                }
            }
            last = &change.path;
        }
    }

    fn hand_over(&self, change: &Change, objects: &Objects, buffer: &mut Vec<u8>, handler: &Handler<'_>) {
        let cut = change.path.rfind_byte(b'/');
        let (folder, name) =
            cut.map_or((&b""[..], &change.path[..]), |at| (&change.path[..at], &change.path[at + 1..]));
        let place = Place { root: &self.root, folder, name };
        if change.known < change.path.len() {
            handler(Item::Name(place));
        }
        if change.kind == Kind::Submodule || change.is_moved {
            return;
        }
        match objects.read(&change.id, buffer) {
            Ok(content) if change.kind == Kind::Link => handler(Item::Target(place, content)),
            Ok(content) => handler(Item::Content(place, content)),
            Err(fault) => handler(Item::Problem(place, fault)),
        }
    }
}

/// Compares the index with a tree.
struct Walk<'i> {
    objects: Objects,
    index: &'i gix::index::File,
    changes: Vec<Change>,
    depth: usize,
    /// The blobs that HEAD has in places where the commit has none, or another one.
    removed: HashSet<ObjectId>,
}

/// What a tree has in one place.
type Recorded = (u16, ObjectId);

impl Walk<'_> {
    /// Compares the entries in `range`, which are all below the folder that takes the first `prefix` bytes of their paths, with
    /// the tree `head` of that folder; `known` is how much of the path HEAD has.
    fn folder(
        &mut self,
        range: std::ops::Range<usize>,
        prefix: usize,
        head: Option<ObjectId>,
        cached: Option<&CachedTree>,
        known: usize,
    ) -> Result<(), GitError> {
        if cached.is_some_and(|cached| cached.num_entries.is_some() && Some(cached.id) == head) {
            return Ok(());
        }
        let mut recorded = head.map(|id| self.tree(&id)).transpose()?.unwrap_or_default();
        let index = self.index;
        let mut at = range.start;
        while at < range.end {
            let path = index.entries()[at].path(index);
            let Some(end) = path[prefix..].find_byte(b'/').map(|end| prefix + end) else {
                let before = recorded.remove(&path[prefix..]);
                let same = |entry: &&gix::index::Entry| entry.path(index) == path;
                let stages = index.entries()[at..range.end].iter().take_while(same).count();
                for at in at..at + stages {
                    self.entry(at, before, known);
                }
                at += stages;
                continue;
            };
            let folder = &path[..=end];
            let below = index.entries()[at..range.end].partition_point(|entry| entry.path(index).starts_with(folder));
            let name = &path[prefix..end];
            let tree = self.tree_in(recorded.remove(name));
            let cached = cached.and_then(|tree| tree.children.iter().find(|child| child.name.as_slice() == name));
            let known = if tree.is_some() { end } else { known };
            if index.entries()[at].mode == Mode::DIR {
                self.deeper(|walk| walk.sparse(&index.entries()[at].id, &path[..end], tree, known))?;
            } else {
                self.deeper(|walk| walk.folder(at..at + below, end + 1, tree, cached, known))?;
            }
            at += below;
        }
        recorded.into_values().try_for_each(|gone| self.remove(gone))
    }

    /// The tree that HEAD has in a place that is a folder now.
    fn tree_in(&mut self, before: Option<Recorded>) -> Option<ObjectId> {
        match before? {
            (TREE, id) => Some(id),
            (_, id) => {
                self.removed.insert(id);
                None
            }
        }
    }

    /// Notes what HEAD has in a place where the commit has nothing.
    fn remove(&mut self, (mode, id): Recorded) -> Result<(), GitError> {
        if mode != TREE {
            self.removed.insert(id);
            return Ok(());
        }
        let gone = self.tree(&id)?;
        self.deeper(|walk| gone.into_values().try_for_each(|gone| walk.remove(gone)))
    }

    /// Compares one entry with what HEAD has in its place.
    fn entry(&mut self, at: usize, recorded: Option<Recorded>, known: usize) {
        let entry = &self.index.entries()[at];
        if entry.flags.contains(Flags::INTENT_TO_ADD) {
            return;
        }
        let path = entry.path(self.index).to_vec();
        self.change(path, entry.mode.bits() as u16, entry.id, recorded, known);
    }

    fn change(&mut self, path: Vec<u8>, mode: u16, id: ObjectId, recorded: Option<Recorded>, mut known: usize) {
        let kind = match mode & FORMAT {
            LINK => Kind::Link,
            SUBMODULE => Kind::Submodule,
            _ => Kind::File,
        };
        if let Some((before, before_id)) = recorded {
            // That a file may be run now brings nothing new.
            if before_id == id && before & FORMAT == mode & FORMAT {
                return;
            }
            if before != TREE {
                self.removed.insert(before_id);
            }
            known = path.len();
        }
        self.changes.push(Change { path, id, kind, known, is_moved: false });
    }

    /// Compares a folder that a sparse index has as one entry: a tree with a tree.
    fn sparse(&mut self, id: &gix::oid, folder: &[u8], head: Option<ObjectId>, known: usize) -> Result<(), GitError> {
        if head.is_some_and(|head| *head == *id) {
            return Ok(());
        }
        let mut before = head.map(|id| self.tree(&id)).transpose()?.unwrap_or_default();
        let mut now: Vec<_> = self.tree(id)?.into_iter().collect();
        now.sort();
        for (name, (mode, id)) in now {
            let path = [folder, b"/", &name].concat();
            let recorded = before.remove(&name[..]);
            if mode == TREE {
                let tree = self.tree_in(recorded);
                let known = if tree.is_some() { path.len() } else { known };
                self.deeper(|walk| walk.sparse(&id, &path, tree, known))?;
            } else {
                self.change(path, mode, id, recorded, known);
            }
        }
        before.into_values().try_for_each(|gone| self.remove(gone))
    }

    /// Runs `work` a folder deeper.
    fn deeper(&mut self, work: impl FnOnce(&mut Self) -> Result<(), GitError>) -> Result<(), GitError> {
        if self.depth >= MAX_DEPTH {
            let message = format!("folders are nested more than {MAX_DEPTH} deep in the index or in HEAD");
            return Err(GitError::new(message, "no file system takes such paths; see `git ls-files`"));
        }
        self.depth += 1;
        let done = work(self);
        self.depth -= 1;
        done
    }

    /// A tree's entries by name.
    fn tree(&self, id: &gix::oid) -> Result<HashMap<Vec<u8>, Recorded>, GitError> {
        let mut buffer = Vec::new();
        let data = self.objects.read(id, &mut buffer).map_err(|fault| GitError::new(fault, "see `git fsck`"))?;
        let entry = |entry: gix::objs::tree::EntryRef<'_>| {
            (entry.filename.to_vec(), (entry.mode.value(), entry.oid.to_owned()))
        };
        let entries = TreeRefIter::from_bytes(data, self.objects.hash).map(|found| found.map(entry));
        entries
            .collect::<Result<_, _>>()
            .map_err(|error| GitError::new(format!("tree {id} is broken: {error}"), "see `git fsck`"))
    }
}

/// How deep folders may be nested: more than a path of 4,096 bytes can name.
const MAX_DEPTH: usize = 2048;

/// The part of a mode that says what something is, and its values.
const FORMAT: u16 = 0o170_000;
const LINK: u16 = 0o120_000;
const SUBMODULE: u16 = 0o160_000;
const TREE: u16 = 0o040_000;
