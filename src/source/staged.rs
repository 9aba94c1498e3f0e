//! What the next commit would record as a source: the blobs of git's index that HEAD does not have in the same place.
//!
//! The index keeps the names of the trees that it was written from or to. Where such a tree is HEAD's, nothing below it has
//! changed, and it is not looked at: what this costs depends on what was staged, not on the size of the repository.

use std::cmp::Ordering;
use std::collections::{HashMap, HashSet};
use std::io;
use std::path::Path;
use std::sync::Arc;

use gix::ObjectId;
use gix::bstr::ByteSlice;
use gix::objs::TreeRefIter;
use ignore::gitignore::Gitignore;
use rayon::prelude::*;

use crate::fault::in_words;
use crate::place::Root;

use super::commit_diff::EntryKind;
use super::excluded::excludes;
use super::git::{GitError, Repository};
use super::index::{CachedTree, Entry, Index};
use super::mode::{FOLDER, FORMAT, LINK, SUBMODULE};
use super::object_reader::ObjectReader;
use super::parents::{Bounds, Parents};
use super::{Handler, Item, Place};

/// The content of the file that the next commit would record at `path` in the repository that `folder` is in; none if there is none.
///
/// # Errors
/// The index or the object cannot be read, or the index has only a folder above it.
pub fn content(folder: &Path, path: &[u8]) -> Result<Option<Vec<u8>>, GitError> {
    let repository = Repository::open(folder)?;
    let index = repository.index()?;
    let unreadable = |error: io::Error| GitError::new(format!("git's index cannot be read: {}", in_words(&error)), "");
    let (mut low, mut high) = (0, index.len());
    while low < high {
        let middle = low + (high - low) / 2;
        let entry = index.entry(middle).map_err(unreadable)?;
        if entry.mode == FOLDER && path.starts_with(&entry.path) {
            return Err(GitError::new("the index is sparse", ""));
        }
        match entry.path.as_slice().cmp(path) {
            Ordering::Less => low = middle + 1,
            Ordering::Greater => high = middle,
            Ordering::Equal => {
                let mut content = Vec::new();
                repository.objects().read(&entry.id, &mut content).map_err(|fault| GitError::new(fault, ""))?;
                return Ok(Some(content));
            }
        }
    }
    Ok(None)
}

/// A repository whose index is to be read.
pub struct Staged {
    repository: Repository,
    changes: Vec<Change>,
    root: Arc<Root>,
    /// How many changes are left out.
    pub excluded: u64,
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
    /// Looks up what would be recorded in the repository that `folder` is in, or that git's environment names, but for what
    /// `exclude` leaves out. What comes from a place that it leaves out is not moved, but new.
    ///
    /// # Errors
    /// There is no repository, or its index, HEAD or a tree cannot be read.
    pub fn find(folder: &Path, exclude: &Gitignore) -> Result<Self, GitError> {
        let repository = Repository::open(folder)?;
        let index = repository.index()?;
        let head = repository.head_tree()?;
        let mut walk = Walk {
            objects: repository.objects(),
            index: &index,
            exclude,
            changes: Vec::new(),
            depth: 0,
            removed: HashSet::new(),
        };
        walk.folder(0..index.len(), b"", head, index.cached.as_ref(), 0)?;
        let Walk { mut changes, removed, .. } = walk;
        let all = changes.len();
        changes.retain(|change| !excludes(exclude, &change.path));
        let excluded = (all - changes.len()) as u64;
        leave_what_is_merged(&repository, &mut changes);
        for change in changes.iter_mut().filter(|change| removed.contains(&change.id)) {
            change.is_moved = true;
        }
        let root = repository.root();
        Ok(Staged { repository, changes, root, excluded })
    }

    /// The top of the repository, as a person in the current folder names it.
    pub fn root(&self) -> &Arc<Root> {
        &self.root
    }

    /// Reads all changes on the threads of the current rayon pool and hands them over.
    pub fn read(&self, handler: &Handler<'_>) {
        self.new_folders(handler);
        self.changes.par_iter().for_each_init(
            || (self.repository.objects(), Vec::new()),
            |(objects, buffer), change| self.hand_over(change, objects, buffer, handler),
        );
    }

    /// Hands over the folders that HEAD does not have, each once.
    fn new_folders(&self, handler: &Handler<'_>) {
        let mut last: &[u8] = b"";
        for change in &self.changes {
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

    fn hand_over(&self, change: &Change, objects: &ObjectReader, buffer: &mut Vec<u8>, handler: &Handler<'_>) {
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

/// Takes out what a commit that is merged has in the same place: as in a range, what any parent of a commit has is not brought by it.
fn leave_what_is_merged(repository: &Repository, changes: &mut Vec<Change>) {
    let merged = repository.merged();
    if merged.is_empty() {
        return;
    }
    let paths: Vec<&[u8]> = changes.iter().map(|change| &change.path[..]).collect();
    let mut there = Parents::new(repository.objects(), [], Bounds::default()).of(&merged, &paths).into_iter();
    changes.retain(|change| {
        let kind = match change.kind {
            Kind::File => EntryKind::File,
            Kind::Link => EntryKind::Link,
            Kind::Submodule => EntryKind::Submodule,
        };
        !there.next().is_some_and(|versions| versions.contains(&(change.id, kind)))
    });
}

/// Compares the index with a tree.
struct Walk<'i> {
    objects: ObjectReader,
    index: &'i Index,
    exclude: &'i Gitignore,
    changes: Vec<Change>,
    depth: usize,
    /// The blobs that HEAD has in places where the commit has none, or another one.
    removed: HashSet<ObjectId>,
}

/// What a tree has in one place.
type Recorded = (u16, ObjectId);

impl Walk<'_> {
    /// Compares the entries in `range`, which are all below `folder`, which ends in `/` unless it is the top, with the tree
    /// `head` of that folder; `known` is how much of the path HEAD has.
    fn folder(
        &mut self,
        range: std::ops::Range<usize>,
        folder: &[u8],
        head: Option<ObjectId>,
        cached: Option<&CachedTree>,
        known: usize,
    ) -> Result<(), GitError> {
        let unchanged = cached.and_then(|cached| cached.tree);
        if unchanged.is_some_and(|(tree, _)| Some(tree) == head) {
            return Ok(());
        }
        let mut recorded = head.map(|id| self.tree(&id)).transpose()?.unwrap_or_default();
        let index = self.index;
        let unreadable =
            |error: io::Error| GitError::new(format!("git's index cannot be read: {}", in_words(&error)), "");
        let mut at = range.start;
        let mut before = None;
        let mut last = Vec::new();
        while at < range.end {
            let entry = index.entry(at).map_err(unreadable)?;
            let Some(below_it) = entry.path.strip_prefix(folder) else {
                let remedy = "`git read-tree HEAD` makes it anew, and unstages all";
                return Err(GitError::new("git's index is not in order", remedy));
            };
            let prefix = folder.len();
            let Some(end) = below_it.find_byte(b'/').map(|end| prefix + end) else {
                // The sides of a conflict have the same path.
                if last != entry.path {
                    before = recorded.remove(&entry.path[prefix..]);
                    last.clone_from(&entry.path);
                }
                self.entry(entry, before, known)?;
                at += 1;
                continue;
            };
            let name = &entry.path[prefix..end];
            let tree = self.tree_in(recorded.remove(name), &entry.path[..end]);
            let cached = cached.and_then(|tree| tree.child(name));
            let expected = cached.and_then(|tree| tree.tree).map(|(_, count)| count);
            let below = index.count_below(at..range.end, &entry.path[..=end], expected).map_err(unreadable)?;
            let known = if tree.is_some() { end } else { known };
            // In a sparse index, a folder that is not checked out is one entry.
            if entry.mode == FOLDER && entry.path.len() == end + 1 {
                self.deeper(|walk| walk.sparse(&entry.id, &entry.path[..end], tree, known))?;
            } else {
                self.deeper(|walk| walk.folder(at..at + below, &entry.path[..=end], tree, cached, known))?;
            }
            at += below.max(1);
        }
        self.remove_all(folder, recorded)
    }

    /// The tree that HEAD has in a place that is a folder now.
    fn tree_in(&mut self, before: Option<Recorded>, path: &[u8]) -> Option<ObjectId> {
        match before? {
            (FOLDER, id) => Some(id),
            blob => {
                self.remove_blob(blob, path);
                None
            }
        }
    }

    /// Notes what HEAD has in a place where the commit has nothing.
    fn remove(&mut self, (mode, id): Recorded, path: &[u8]) -> Result<(), GitError> {
        if mode != FOLDER {
            self.remove_blob((mode, id), path);
            return Ok(());
        }
        // What was noted once need not be gone through again, which also ends what is nested without end.
        if !self.removed.insert(id) {
            return Ok(());
        }
        let gone = self.tree(&id)?;
        self.deeper(|walk| walk.remove_all(&[path, b"/"].concat(), gone))
    }

    /// The same for all that is left of a folder, whose path ends in `/` unless it is the top.
    fn remove_all(&mut self, folder: &[u8], gone: HashMap<Vec<u8>, Recorded>) -> Result<(), GitError> {
        gone.into_iter().try_for_each(|(name, gone)| self.remove(gone, &[folder, &name].concat()))
    }

    /// A place that is left out does not count, nor does a commit of another repository: of these, nothing was searched, whatever
    /// the object is that they name.
    fn remove_blob(&mut self, (mode, id): Recorded, path: &[u8]) {
        if mode & FORMAT != SUBMODULE && !excludes(self.exclude, path) {
            self.removed.insert(id);
        }
    }

    /// Compares one entry with what HEAD has in its place.
    fn entry(&mut self, entry: Entry, recorded: Option<Recorded>, known: usize) -> Result<(), GitError> {
        if entry.is_intent {
            return recorded.map_or(Ok(()), |gone| self.remove(gone, &entry.path));
        }
        self.change(entry.path, entry.mode, entry.id, recorded, known)
    }

    fn change(
        &mut self,
        path: Vec<u8>,
        mode: u16,
        id: ObjectId,
        recorded: Option<Recorded>,
        mut known: usize,
    ) -> Result<(), GitError> {
        let kind = match mode & FORMAT {
            LINK => Kind::Link,
            SUBMODULE => Kind::Submodule,
            _ => Kind::File,
        };
        if let Some((before, before_id)) = recorded {
            // That a file may be run now brings nothing new.
            if before_id == id && before & FORMAT == mode & FORMAT {
                return Ok(());
            }
            self.remove((before, before_id), &path)?;
            known = path.len();
        }
        self.changes.push(Change { path, id, kind, known, is_moved: false });
        Ok(())
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
            if mode == FOLDER {
                let tree = self.tree_in(recorded, &path);
                let known = if tree.is_some() { path.len() } else { known };
                self.deeper(|walk| walk.sparse(&id, &path, tree, known))?;
            } else {
                self.change(path, mode, id, recorded, known)?;
            }
        }
        self.remove_all(&[folder, b"/"].concat(), before)
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
