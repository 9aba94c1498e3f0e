//! The references of a repository: what each names, and what is checked out.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use gix::ObjectId;
use gix::bstr::ByteSlice;

use super::git::{GitError, Repository};
use super::os::{name_bytes, path_from_bytes};
use super::reftable::{self, References, Target};
use super::regular_file::regular;
use crate::fault::in_words;

/// References and what they name.
#[derive(Debug, Clone, Default)]
pub struct Refs {
    /// Full names and objects, by name. Of symbolic ones, the name alone counts: what they name is a reference, too.
    pub list: Vec<(Vec<u8>, Option<ObjectId>)>,
    /// The commit that HEAD names; none before the first commit.
    pub head: Option<ObjectId>,
    /// What is checked out in other work trees.
    others: Vec<ObjectId>,
    /// What could not be read.
    pub faults: Vec<String>,
    /// The commits at which the history was cut off on purpose.
    pub shallow: Vec<ObjectId>,
}

impl Refs {
    /// Reads all references.
    ///
    /// # Errors
    /// They cannot be listed.
    pub(super) fn read(repository: &Repository) -> Result<Self, GitError> {
        let local = repository.local();
        let unreadable = |fault: String| GitError::new(format!("references cannot be read: {fault}"), "see `git fsck`");
        let mut refs = Refs { head: repository.head()?, ..Refs::default() };
        match repository.shallow() {
            Ok(shallow) => refs.shallow = shallow,
            Err(fault) => refs.faults.push(fault),
        }
        if let Some(references) = repository.tables()? {
            refs.add(references);
            for own in refs.worktrees(local.common_dir()).into_iter().filter(|own| own.join("reftable").is_dir()) {
                match reftable::read(&own.join("reftable"), local.object_hash()) {
                    Ok(references) => refs.add(references),
                    Err(error) => refs.fault(&own, &error),
                }
            }
        } else {
            let common = local.common_dir();
            refs.look_through(&common.join("refs"), "refs").map_err(unreadable)?;
            let platform = local.references().map_err(|error| unreadable(error.to_string()))?;
            for reference in platform.all().map_err(|error| unreadable(error.to_string()))? {
                match reference {
                    Ok(reference) => {
                        let target = reference.target();
                        let name = reference.name().as_bstr().to_vec();
                        refs.list.push((name, target.try_id().map(ToOwned::to_owned)));
                        // A name need not be that of anything yet.
                        refs.list.extend(target.try_name().map(|name| (name.as_bstr().to_vec(), None)));
                    }
                    Err(error) => refs.faults.push(format!("a reference cannot be read: {error}")),
                }
            }
            refs.head_file(common, b"HEAD");
            // From a linked work tree, those of the main one are not listed.
            PRIVATE.iter().for_each(|name| refs.own(common, name.as_bytes(), 0));
            for own in refs.worktrees(common) {
                refs.head_file(&own, b"HEAD");
                refs.own(&own, b"refs", 0);
            }
        }
        refs.finish();
        Ok(refs)
    }

    /// Adds references from a table.
    fn add(&mut self, references: References) {
        for (name, target) in references {
            match target {
                Target::Object(id) if name == b"HEAD" => self.others.push(id),
                Target::Object(id) => self.list.push((name, Some(id))),
                Target::Symbolic(target) => {
                    self.list.push((target, None));
                    self.list.extend(Some((name, None)).filter(|(name, _)| name != b"HEAD"));
                }
            }
        }
    }

    /// Adds a reference that a work tree has for itself, and those in the folder of that name: `refs/bisect` and the like.
    fn own(&mut self, work_tree: &Path, name: &[u8], depth: usize) {
        let path = work_tree.join(path_from_bytes(name));
        if !path.is_dir() {
            return self.head_file(work_tree, name);
        }
        if depth >= MAX_DEPTH {
            return self.fault(&path, "references are nested too deep in it");
        }
        for entry in self.list(&path) {
            let below = name_bytes(Path::new(&entry.file_name()));
            if !is_none(&String::from_utf8_lossy(&below)) {
                self.own(work_tree, &[name, b"/", &below].concat(), depth + 1);
            }
        }
    }

    /// What is in a folder, by name; nothing if it is not there.
    fn list(&mut self, folder: &Path) -> Vec<fs::DirEntry> {
        let listed = fs::read_dir(folder).and_then(|entries| entries.collect::<io::Result<Vec<_>>>());
        let mut entries = listed.unwrap_or_else(|error| {
            if error.kind() != io::ErrorKind::NotFound {
                let what = "the references in it are not known, as it cannot be listed";
                self.fault(folder, &format!("{what}: {}", in_words(&error)));
            }
            Vec::new()
        });
        entries.sort_by_key(fs::DirEntry::file_name);
        entries
    }

    /// The folders that linked work trees have in a repository.
    fn worktrees(&mut self, common: &Path) -> Vec<PathBuf> {
        // What is no folder there is none, such as what a desktop keeps in each.
        self.list(&common.join("worktrees")).iter().map(fs::DirEntry::path).filter(|path| path.is_dir()).collect()
    }

    /// Makes sure that nothing in a folder of references would hold up whoever reads it, and notes what has a name that git passes over.
    fn look_through(&mut self, folder: &Path, name: &str) -> Result<(), String> {
        for entry in self.list(folder) {
            let path = entry.path();
            let name = format!("{name}/{}", entry.file_name().to_string_lossy());
            let kind = entry.file_type();
            if kind.as_ref().is_ok_and(|kind| kind.is_dir()) && name.matches('/').count() < MAX_DEPTH {
                self.look_through(&path, &name)?;
            } else if !kind.is_ok_and(|kind| kind.is_file()) && !path.is_dir() {
                regular(&path, 1 << 20)?;
            } else if !name.split('/').any(is_none) && gix::refs::FullName::try_from(name.as_str()).is_err() {
                self.faults.push(format!("{name}: git takes no such name for a reference, and passes it over"));
            }
        }
        Ok(())
    }

    /// Adds what a file names that is a reference.
    fn head_file(&mut self, folder: &Path, name: &[u8]) {
        let path = folder.join(path_from_bytes(name));
        if fs::symlink_metadata(&path).is_err_and(|error| error.kind() == io::ErrorKind::NotFound) {
            return;
        }
        let read = regular(&path, 4096).ok().and_then(|()| fs::read(&path).ok());
        let text = read.unwrap_or_default();
        let text = text.trim();
        match (ObjectId::from_hex(text), text.strip_prefix(b"ref:")) {
            (Ok(id), _) if name == b"HEAD" => self.others.push(id),
            (Ok(id), _) => self.list.push((name.to_vec(), Some(id))),
            (_, Some(target)) => self.list.push((target.trim().to_vec(), None)),
            _ => self.fault(&path, "it names nothing"),
        }
    }

    fn fault(&mut self, path: &Path, fault: &str) {
        self.faults.push(format!("{}: {fault}", String::from_utf8_lossy(&name_bytes(path))));
    }

    /// Puts everything in order. A name that is there only for something symbolic is left out where it is there for an object.
    fn finish(&mut self) {
        self.list.sort();
        let mut kept: Vec<(Vec<u8>, Option<ObjectId>)> = Vec::with_capacity(self.list.len());
        for (name, id) in std::mem::take(&mut self.list) {
            match kept.last_mut() {
                Some(last) if last.0 == name && last.1.is_none() => last.1 = id,
                Some(last) if last.0 == name && last.1 == id => {}
                _ => kept.push((name, id)),
            }
        }
        self.list = kept;
        self.others.sort();
        self.faults.sort();
    }

    /// All objects that they name.
    pub fn all(&self) -> impl Iterator<Item = ObjectId> + '_ {
        let named = self.list.iter().filter_map(|reference| reference.1);
        named.chain(self.head).chain(self.others.iter().copied())
    }
}

/// The references that each work tree has for itself.
const PRIVATE: [&str; 3] = ["refs/bisect", "refs/rewritten", "refs/worktree"];

/// Whether each work tree has a reference of this name for itself.
pub(super) fn is_private(name: &str) -> bool {
    PRIVATE.iter().any(|folder| name.strip_prefix(folder).is_some_and(|below| below.starts_with('/')))
}

/// How deep references are nested at most.
const MAX_DEPTH: usize = 64;

/// Whether git passes over a file or folder of this name among references without a word: what it holds while it writes others, and what is
/// hidden, such as the `.DS_Store` of macOS.
fn is_none(name: &str) -> bool {
    name.starts_with('.') || name.ends_with(".lock")
}
