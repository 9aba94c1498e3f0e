//! The difference that a commit makes: what it brings, which is what its tree has and none of its parents' trees does.

use std::collections::{BTreeSet, HashMap, HashSet};

use gix::ObjectId;
use gix::bstr::ByteSlice;
use gix::objs::{Kind, TreeRefIter};

use super::mode::{FOLDER, FORMAT, LINK, SUBMODULE};
use super::object_reader::ObjectReader;
use crate::fault::FAILED;

#[cfg(test)]
mod tests;

/// Something that a commit brings.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Brought {
    /// Where.
    pub path: Vec<u8>,
    /// The blob, or, of a folder, its tree.
    pub id: ObjectId,
    /// What is there.
    pub kind: EntryKind,
    /// Whether no parent has anything of this name there.
    pub is_new_name: bool,
    /// Whether the same blob was somewhere else before.
    pub is_moved: bool,
}

impl Brought {
    /// Whether it is a file or a link: something with a content.
    pub fn is_file(&self) -> bool {
        matches!(self.kind, EntryKind::File | EntryKind::Link)
    }
}

/// What an entry of a tree is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum EntryKind {
    /// A file.
    File,
    /// A symbolic link.
    Link,
    /// A folder; only its name is meant.
    Folder,
    /// A commit of another repository; only its name is meant.
    Submodule,
}

impl EntryKind {
    fn of(mode: u16) -> Self {
        match mode & FORMAT {
            FOLDER => EntryKind::Folder,
            LINK => EntryKind::Link,
            SUBMODULE => EntryKind::Submodule,
            _ => EntryKind::File,
        }
    }
}

/// A tree's entries by name. A tree that git did not make may have one name twice.
pub(super) type Entries = Vec<(Vec<u8>, Entry)>;

/// A mode, and what is there.
pub(super) type Entry = (u16, ObjectId);

/// How deep folders may be nested: more than a path of 4,096 bytes can name.
const MAX_DEPTH: usize = 2048;

/// How many entries of trees are held at once: those of a folder, of the same folder in each parent, and of all folders above. As deltas, many
/// parents or folders with many entries take next to no room in a pack.
const MOST_ENTRIES: usize = 4_000_000;

/// How much some commits bring. A few small trees can be nested so that they make more places than anybody could list, and more
/// yet to be looked through.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub(super) struct Load {
    /// Places.
    pub(super) places: usize,
    /// The bytes of their paths.
    pub(super) bytes: usize,
    /// How often a folder was looked into that was looked into before, in another place.
    pub(super) repeats: usize,
    /// How many entries of trees of a third parent and any further ones were read.
    pub(super) further: usize,
}

/// The most that one commit may bring, and all of a range together.
const MOST_OF_COMMIT: Load = Load { places: 500_000, bytes: 64 << 20, repeats: 50_000, further: 10_000_000 };
const MOST_IN_ALL: Load = Load { places: 8_000_000, bytes: 1 << 30, repeats: 500_000, further: 50_000_000 };

impl Load {
    /// The sum of two.
    pub(super) fn and(self, other: Load) -> Load {
        Load {
            places: self.places + other.places,
            bytes: self.bytes + other.bytes,
            repeats: self.repeats + other.repeats,
            further: self.further + other.further,
        }
    }

    /// Whether this is more than a range may bring.
    pub(super) fn is_too_much(self) -> bool {
        self.exceeds(MOST_IN_ALL)
    }

    fn exceeds(self, most: Load) -> bool {
        let too_many_places = self.places > most.places || self.bytes > most.bytes;
        too_many_places || self.repeats > most.repeats || self.further > most.further
    }
}

/// What was found in one go.
#[derive(Debug, Default)]
pub(super) struct Bundle {
    /// What is brought; if there is a fault, what was found before.
    pub(super) found: Vec<Brought>,
    pub(super) load: Load,
    /// Why not everything could be looked at: an object is missing or broken, or it is too much.
    pub(super) fault: Option<String>,
}

impl Bundle {
    /// What is told where gridleaks itself failed on it.
    pub(super) fn failed() -> Self {
        Bundle { fault: Some(FAILED.to_owned()), ..Bundle::default() }
    }
}

/// What `commit` brings; without its parents, if they were cut off, that is all that it has. What it has from a place that
/// `is_excluded` leaves out is not moved, but new.
pub(super) fn brings(
    objects: &ObjectReader,
    commit: &gix::oid,
    is_cut: bool,
    is_excluded: &dyn Fn(&[u8]) -> bool,
) -> Bundle {
    let mut compare = Compare::new(objects, is_excluded);
    let done = read_commit(objects, commit).and_then(|(tree, parents)| {
        let parents = parents.iter().filter(|_| !is_cut);
        // One parent may be named any number of times.
        let parents: BTreeSet<&ObjectId> = parents.collect();
        let trees: BTreeSet<ObjectId> =
            parents.into_iter().map(|parent| Ok(read_commit(objects, parent)?.0)).collect::<Result<_, String>>()?;
        compare.folder(&tree, &trees.into_iter().collect::<Vec<_>>(), &mut Vec::new(), 0)
    });
    compare.end(done)
}

/// All of a tree, or a blob, that no commit is named for.
pub(super) fn whole(objects: &ObjectReader, id: &gix::oid) -> Bundle {
    let mut compare = Compare::new(objects, &|_| false);
    let done = objects.kind(id).and_then(|kind| match kind {
        Kind::Tree => compare.folder(id, &[], &mut Vec::new(), 0),
        _ => {
            let (id, kind) = (id.to_owned(), EntryKind::File);
            compare.found.push(Brought { path: Vec::new(), id, kind, is_new_name: false, is_moved: false });
            Ok(())
        }
    });
    compare.end(done)
}

/// Trees that were read for a path: the next one mostly leads through the same.
#[derive(Default)]
pub(super) struct Kept {
    trees: HashMap<ObjectId, Entries>,
    count: usize,
    /// How many entries were read in all.
    pub(super) read: usize,
}

/// How many entries these may have, all together.
const MOST_KEPT: usize = 1_000_000;

impl Kept {
    fn tree(&mut self, objects: &ObjectReader, id: ObjectId) -> Result<&Entries, String> {
        if !self.trees.contains_key(&id) {
            let entries = entries(objects, &id)?;
            if self.count + entries.len() > MOST_KEPT {
                self.trees.clear();
                self.count = 0;
            }
            self.count += entries.len() + 1;
            self.read += entries.len() + 1;
            self.trees.insert(id, entries);
        }
        self.trees.get(&id).ok_or_else(|| format!("tree {id} is missing"))
    }
}

/// The blob that a commit has at a path.
pub(super) fn at_path(objects: &ObjectReader, kept: &mut Kept, commit: ObjectId, path: &[u8]) -> Option<ObjectId> {
    find_at(objects, kept, commit, path).ok().flatten()
}

/// The same; none if there is nothing.
///
/// # Errors
/// An object on the way there cannot be read.
pub(super) fn find_at(
    objects: &ObjectReader,
    kept: &mut Kept,
    commit: ObjectId,
    path: &[u8],
) -> Result<Option<ObjectId>, String> {
    let tree = read_commit(objects, &commit)?.0;
    Ok(entry_at(objects, kept, tree, path)?.map(|(_, id)| id))
}

/// The file or the link that a tree has at a path, as a comparison of it would come to that.
pub(super) fn file_at(
    objects: &ObjectReader,
    kept: &mut Kept,
    tree: ObjectId,
    path: &[u8],
) -> Option<(ObjectId, EntryKind)> {
    let (mode, id) = entry_at(objects, kept, tree, path).ok().flatten()?;
    let kind = EntryKind::of(mode);
    matches!(kind, EntryKind::File | EntryKind::Link).then_some((id, kind))
}

/// What a tree has at a path; none if there is nothing.
fn entry_at(objects: &ObjectReader, kept: &mut Kept, tree: ObjectId, path: &[u8]) -> Result<Option<Entry>, String> {
    let mut at = (FOLDER, tree);
    for name in path.split(|&byte| byte == b'/') {
        // A commit of another repository may be called as a tree here is.
        if at.0 & FORMAT != FOLDER {
            return Ok(None);
        }
        kept.read += 1;
        let Some(next) = named(kept.tree(objects, at.1)?, name).next() else { return Ok(None) };
        at = next;
    }
    Ok(Some(at))
}

/// A commit's tree and parents: what its first lines say, for git goes by no others.
pub(super) fn read_commit(objects: &ObjectReader, id: &gix::oid) -> Result<(ObjectId, Vec<ObjectId>), String> {
    let mut buffer = Vec::new();
    let data = objects.read(id, &mut buffer)?;
    let mut lines = data.lines();
    let named = |line: &[u8], mark: &[u8]| ObjectId::from_hex(line.strip_prefix(mark)?).ok();
    let tree = lines.next().and_then(|line| named(line, b"tree "));
    let tree = tree.ok_or_else(|| format!("object {id} is no commit, or a broken one"))?;
    Ok((tree, lines.map_while(|line| named(line, b"parent ")).collect()))
}

pub(super) fn entries(objects: &ObjectReader, id: &gix::oid) -> Result<Entries, String> {
    if id.to_owned().is_empty_tree() {
        return Ok(Entries::new());
    }
    let mut buffer = Vec::new();
    let data = objects.read(id, &mut buffer)?;
    let entry =
        |entry: gix::objs::tree::EntryRef<'_>| (entry.filename.to_vec(), (entry.mode.value(), entry.oid.to_owned()));
    let found = TreeRefIter::from_bytes(data, objects.hash).map(|found| found.map(entry));
    let mut entries: Entries =
        found.collect::<Result<_, _>>().map_err(|error| format!("tree {id} is broken: {error}"))?;
    entries.sort_by(|a, b| a.0.cmp(&b.0));
    Ok(entries)
}

/// What a tree has under a name.
pub(super) fn named<'e>(entries: &'e Entries, name: &'e [u8]) -> impl Iterator<Item = Entry> + 'e {
    let first = entries.partition_point(|entry| &entry.0[..] < name);
    entries[first..].iter().take_while(move |entry| entry.0 == name).map(|entry| entry.1)
}

/// Compares trees.
struct Compare<'c> {
    objects: &'c ObjectReader,
    is_excluded: &'c dyn Fn(&[u8]) -> bool,
    found: Vec<Brought>,
    load: Load,
    /// How many entries of trees are held.
    held: usize,
    /// Folders that were looked into.
    met: HashSet<ObjectId>,
    /// What a parent has in places where the commit does not. A file that was a link was not opened as a file is.
    gone: HashSet<(EntryKind, ObjectId)>,
}

impl<'c> Compare<'c> {
    fn new(objects: &'c ObjectReader, is_excluded: &'c dyn Fn(&[u8]) -> bool) -> Self {
        let (found, load, held, met, gone) = Default::default();
        Compare { objects, is_excluded, found, load, held, met, gone }
    }

    fn end(self, done: Result<(), String>) -> Bundle {
        let Compare { mut found, load, gone, .. } = self;
        for brought in found.iter_mut().filter(|brought| gone.contains(&(brought.kind, brought.id))) {
            brought.is_moved = true;
        }
        Bundle { found, load, fault: done.err() }
    }

    fn folder(
        &mut self,
        tree: &gix::oid,
        parents: &[ObjectId],
        path: &mut Vec<u8>,
        depth: usize,
    ) -> Result<(), String> {
        if parents.iter().any(|parent| **parent == *tree) {
            return Ok(());
        }
        self.load.repeats += usize::from(!self.met.insert(tree.to_owned()));
        if depth > MAX_DEPTH || self.load.exceeds(MOST_OF_COMMIT) {
            return Err(format!("tree {tree}: folders are nested too deep, or make too many places"));
        }
        let held = self.held;
        let now = self.hold(tree)?;
        let before: Vec<Entries> = parents.iter().map(|parent| self.hold(parent)).collect::<Result<_, _>>()?;
        self.load.further += before.iter().skip(2).map(Vec::len).sum::<usize>();
        for (name, entry) in &now {
            let there: Vec<Entry> = before.iter().flat_map(|entries| named(entries, name)).collect();
            below(path, name, |path| self.entry(*entry, &there, path, depth))?;
        }
        for (name, entry) in before.iter().flatten() {
            // Folders that changed were compared on the way.
            let is_folder = |entry: &Entry| entry.0 & FORMAT == FOLDER;
            if named(&now, name).all(|now| now.1 != entry.1 && !(is_folder(&now) && is_folder(entry))) {
                below(path, name, |path| self.gone(*entry, path, depth))?;
            }
        }
        self.held = held;
        Ok(())
    }

    /// The entries of a tree, which are counted as long as they are held.
    fn hold(&mut self, tree: &gix::oid) -> Result<Entries, String> {
        let entries = entries(self.objects, tree)?;
        self.held += entries.len();
        if self.held > MOST_ENTRIES {
            return Err(format!(
                "tree {tree}: there are too many entries to compare it with its parents and what is above it"
            ));
        }
        Ok(entries)
    }

    fn entry(&mut self, (mode, id): Entry, there: &[Entry], path: &mut Vec<u8>, depth: usize) -> Result<(), String> {
        if there.iter().any(|(before, known)| *known == id && before & FORMAT == mode & FORMAT) {
            return Ok(());
        }
        let kind = EntryKind::of(mode);
        let is_new_name = there.is_empty();
        if kind != EntryKind::Folder || is_new_name {
            self.load.places += 1;
            self.load.bytes += path.len();
            self.found.push(Brought { path: path.clone(), id, kind, is_new_name, is_moved: false });
        }
        if kind == EntryKind::Folder {
            let trees: BTreeSet<ObjectId> =
                there.iter().filter(|entry| entry.0 & FORMAT == FOLDER).map(|entry| entry.1).collect();
            self.folder(&id, &trees.into_iter().collect::<Vec<_>>(), path, depth + 1)?;
        }
        Ok(())
    }

    /// Notes what is not where it was. A place that is left out does not count, nor does a commit of another repository: of these,
    /// nothing was searched, whatever the object is that they name.
    fn gone(&mut self, (mode, id): Entry, path: &mut Vec<u8>, depth: usize) -> Result<(), String> {
        if mode & FORMAT == SUBMODULE || (self.is_excluded)(path) {
            return Ok(());
        }
        // What was noted once need not be gone through again, which also ends what is nested without end.
        if self.gone.insert((EntryKind::of(mode), id)) && mode & FORMAT == FOLDER && depth <= MAX_DEPTH {
            let held = self.held;
            for (name, entry) in self.hold(&id)? {
                below(path, &name, |path| self.gone(entry, path, depth + 1))?;
            }
            self.held = held;
        }
        Ok(())
    }
}

/// Does something with the path of an entry of the folder at `path`.
fn below<T>(path: &mut Vec<u8>, name: &[u8], work: impl FnOnce(&mut Vec<u8>) -> T) -> T {
    let length = path.len();
    if length > 0 {
        path.push(b'/');
    }
    path.extend_from_slice(name);
    let done = work(path);
    path.truncate(length);
    done
}
