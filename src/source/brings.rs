//! What one commit brings: what its tree has and none of its parents' trees does.

use std::collections::{BTreeMap, HashSet};

use gix::ObjectId;
use gix::bstr::ByteSlice;
use gix::objs::TreeRefIter;

use super::git::Objects;

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

/// A tree's entries by name.
type Entries = BTreeMap<Vec<u8>, (u16, ObjectId)>;

/// How deep folders may be nested: more than a path of 4,096 bytes can name.
const MAX_DEPTH: usize = 2048;

/// How many places one commit may bring: a few small trees can be nested so that they make more than anybody could list.
const MOST_PLACES: usize = 200_000;

/// Adds what `commit` brings; without its parents, if they were cut off, that is all that it has.
///
/// # Errors
/// An object is missing or broken; what was found before counts.
pub(super) fn brings(
    objects: &Objects,
    commit: &gix::oid,
    is_cut: bool,
    found: &mut Vec<Brought>,
) -> Result<(), String> {
    let (tree, parents) = read_commit(objects, commit)?;
    let mut trees = Vec::new();
    for parent in parents.iter().filter(|_| !is_cut) {
        trees.push(read_commit(objects, parent)?.0);
    }
    let mut compare = Compare { objects, found, gone: HashSet::new() };
    let done = compare.folder(&tree, &trees, &mut Vec::new(), 0);
    let gone = compare.gone;
    for brought in found.iter_mut().filter(|brought| gone.contains(&brought.id)) {
        brought.is_moved = true;
    }
    done
}

/// Adds all of a tree, or a blob, that no commit is named for.
///
/// # Errors
/// The same.
pub(super) fn whole(objects: &Objects, id: &gix::oid, found: &mut Vec<Brought>) -> Result<(), String> {
    let mut buffer = Vec::new();
    let data = objects.read(id, &mut buffer)?;
    let is_tree = !data.is_empty() && TreeRefIter::from_bytes(data, objects.hash).all(|entry| entry.is_ok());
    if is_tree {
        return Compare { objects, found, gone: HashSet::new() }.folder(id, &[], &mut Vec::new(), 0);
    }
    let (id, kind) = (id.to_owned(), EntryKind::File);
    found.push(Brought { path: Vec::new(), id, kind, is_new_name: false, is_moved: false });
    Ok(())
}

/// The blob that a commit has at a path.
pub(super) fn at_path(objects: &Objects, commit: ObjectId, path: &[u8]) -> Option<ObjectId> {
    let mut id = read_commit(objects, &commit).ok()?.0;
    for name in path.split(|&byte| byte == b'/') {
        id = entries(objects, &id).ok()?.get(name)?.1;
    }
    Some(id)
}

fn read_commit(objects: &Objects, id: &gix::oid) -> Result<(ObjectId, Vec<ObjectId>), String> {
    let mut buffer = Vec::new();
    let data = objects.read(id, &mut buffer)?;
    let named = |mark: &'static [u8]| {
        let head = data.lines().take_while(|line| !line.is_empty());
        head.filter_map(move |line| ObjectId::from_hex(line.strip_prefix(mark)?).ok())
    };
    let tree = named(b"tree ").next().ok_or_else(|| format!("object {id} is no commit"))?;
    Ok((tree, named(b"parent ").collect()))
}

fn entries(objects: &Objects, id: &gix::oid) -> Result<Entries, String> {
    if id.to_owned().is_empty_tree() {
        return Ok(Entries::new());
    }
    let mut buffer = Vec::new();
    let data = objects.read(id, &mut buffer)?;
    let entries = TreeRefIter::from_bytes(data, objects.hash);
    let entry =
        |entry: gix::objs::tree::EntryRef<'_>| (entry.filename.to_vec(), (entry.mode.value(), entry.oid.to_owned()));
    entries
        .map(|found| found.map(entry))
        .collect::<Result<_, _>>()
        .map_err(|error| format!("tree {id} is broken: {error}"))
}

/// Compares trees.
struct Compare<'c> {
    objects: &'c Objects,
    found: &'c mut Vec<Brought>,
    /// Blobs that a parent has in places where the commit does not.
    gone: HashSet<ObjectId>,
}

impl Compare<'_> {
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
        if depth > MAX_DEPTH || self.found.len() > MOST_PLACES {
            return Err(format!("tree {tree}: folders are nested too deep, or too often"));
        }
        let now = entries(self.objects, tree)?;
        let before: Vec<Entries> =
            parents.iter().map(|parent| entries(self.objects, parent)).collect::<Result<_, _>>()?;
        let length = path.len();
        for (name, (mode, id)) in &now {
            if !path.is_empty() {
                path.push(b'/');
            }
            path.extend_from_slice(name);
            let there: Vec<(u16, ObjectId)> = before.iter().filter_map(|entries| entries.get(name).copied()).collect();
            let done = self.entry((*mode, *id), &there, path, depth);
            path.truncate(length);
            done?;
        }
        for (name, entry) in before.iter().flatten() {
            // Folders that changed were compared on the way.
            let is_folder = |entry: &(u16, ObjectId)| entry.0 & FORMAT == FOLDER;
            if now.get(name).is_none_or(|now| now.1 != entry.1 && !(is_folder(now) && is_folder(entry))) {
                self.gone(*entry, depth)?;
            }
        }
        Ok(())
    }

    fn entry(
        &mut self,
        (mode, id): (u16, ObjectId),
        there: &[(u16, ObjectId)],
        path: &mut Vec<u8>,
        depth: usize,
    ) -> Result<(), String> {
        if there.iter().any(|(before, known)| *known == id && before & FORMAT == mode & FORMAT) {
            return Ok(());
        }
        let kind = match mode & FORMAT {
            FOLDER => EntryKind::Folder,
            LINK => EntryKind::Link,
            SUBMODULE => EntryKind::Submodule,
            _ => EntryKind::File,
        };
        let is_new_name = there.is_empty();
        if kind != EntryKind::Folder || is_new_name {
            self.found.push(Brought { path: path.clone(), id, kind, is_new_name, is_moved: false });
        }
        if kind == EntryKind::Folder {
            let trees: Vec<ObjectId> =
                there.iter().filter(|entry| entry.0 & FORMAT == FOLDER).map(|entry| entry.1).collect();
            self.folder(&id, &trees, path, depth + 1)?;
        }
        Ok(())
    }

    /// Notes what is not where it was.
    fn gone(&mut self, (mode, id): (u16, ObjectId), depth: usize) -> Result<(), String> {
        // What was noted once need not be gone through again, which also ends what is nested without end.
        if self.gone.insert(id) && mode & FORMAT == FOLDER && depth <= MAX_DEPTH {
            for entry in entries(self.objects, &id)?.into_values() {
                self.gone(entry, depth + 1)?;
            }
        }
        Ok(())
    }
}

/// The part of a mode that says what something is, and its values.
const FORMAT: u16 = 0o170_000;
const LINK: u16 = 0o120_000;
const SUBMODULE: u16 = 0o160_000;
const FOLDER: u16 = 0o040_000;
