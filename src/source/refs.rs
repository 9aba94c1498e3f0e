//! The references of a repository: what each names, and what is checked out.

use std::fs;
use std::path::Path;

use gix::ObjectId;
use gix::bstr::ByteSlice;

use super::git::{GitError, Repository};
use super::reftable::{self, Target};

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
        if let Some(references) = repository.tables()? {
            let shown = |(name, target): (Vec<u8>, Target)| match target {
                Target::Object(id) => (name, Some(id)),
                Target::Symbolic(_) => (name, None),
            };
            let named = references.into_iter().filter(|(name, _)| name != b"HEAD");
            let mut refs = Refs { head: repository.head()?, list: named.map(shown).collect(), ..Refs::default() };
            refs.others = heads_in_tables(local.common_dir(), local.object_hash());
            refs.shallow = shallow(local.common_dir());
            return Ok(refs);
        }
        regular_below(&local.common_dir().join("refs"), 0).map_err(unreadable)?;
        let mut refs = Refs { head: repository.head()?, ..Refs::default() };
        let platform = local.references().map_err(|error| unreadable(error.to_string()))?;
        for reference in platform.all().map_err(|error| unreadable(error.to_string()))? {
            match reference {
                Ok(reference) => {
                    let id = reference.target().try_id().map(ToOwned::to_owned);
                    refs.list.push((reference.name().as_bstr().to_vec(), id));
                }
                Err(error) => refs.faults.push(format!("a reference cannot be read: {error}")),
            }
        }
        refs.list.sort();
        refs.others = heads_of_worktrees(local.common_dir());
        refs.shallow = shallow(local.common_dir());
        Ok(refs)
    }

    /// All objects that they name.
    pub fn all(&self) -> impl Iterator<Item = ObjectId> + '_ {
        let named = self.list.iter().filter_map(|reference| reference.1);
        named.chain(self.head).chain(self.others.iter().copied())
    }
}

/// What is checked out in linked work trees without a branch.
fn heads_of_worktrees(common: &Path) -> Vec<ObjectId> {
    let Ok(entries) = fs::read_dir(common.join("worktrees")) else { return Vec::new() };
    let head = |path: &Path| {
        super::repository::regular(path, 4096).ok()?;
        ObjectId::from_hex(fs::read(path).ok()?.trim()).ok()
    };
    let heads = entries.flatten().filter_map(|entry| head(&entry.path().join("HEAD")));
    let mut heads: Vec<_> = heads.chain(head(&common.join("HEAD"))).collect();
    heads.sort();
    heads
}

/// The same where references are kept as reftable.
fn heads_in_tables(common: &Path, hash: gix::hash::Kind) -> Vec<ObjectId> {
    let Ok(entries) = fs::read_dir(common.join("worktrees")) else { return Vec::new() };
    let heads = entries.flatten().filter_map(|entry| reftable::read(&entry.path().join("reftable"), hash).ok());
    let ids = heads.flatten().filter_map(|(_, target)| match target {
        Target::Object(id) => Some(id),
        Target::Symbolic(_) => None,
    });
    let mut ids: Vec<_> = ids.collect();
    ids.sort();
    ids
}

fn shallow(common: &Path) -> Vec<ObjectId> {
    let text = fs::read(common.join("shallow")).unwrap_or_default();
    text.lines().filter_map(|line| ObjectId::from_hex(line.trim()).ok()).collect()
}

/// Makes sure that nothing in a folder of references would hold up whoever reads it.
fn regular_below(folder: &Path, depth: usize) -> Result<(), String> {
    let Ok(entries) = fs::read_dir(folder) else { return Ok(()) };
    for entry in entries.flatten() {
        let path = entry.path();
        if entry.file_type().is_ok_and(|kind| kind.is_dir()) && depth < 64 {
            regular_below(&path, depth + 1)?;
        } else if !entry.file_type().is_ok_and(|kind| kind.is_file()) && !path.is_dir() {
            super::repository::regular(&path, 1 << 20)?;
        }
    }
    Ok(())
}
