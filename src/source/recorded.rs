//! Files as a commit records them, for what must not come from the files that are checked out.

use std::path::Path;

use gix::ObjectId;

use crate::fault::quoted;

use super::commit_diff::{entries, named, read_commit};
use super::git::{GitError, Repository};
use super::mode::{FILE, FOLDER, FORMAT};
use super::object_reader::ObjectReader;
use super::revision::{Peeled, name_one, one, peel};

/// What one commit records.
pub struct Recorded {
    objects: ObjectReader,
    tree: ObjectId,
    /// The commit, as it was named.
    pub revision: String,
}

impl std::fmt::Debug for Recorded {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Recorded({} at {})", self.revision, self.tree)
    }
}

impl Recorded {
    /// The commit that `revision` names in the repository that `folder` is in.
    ///
    /// # Errors
    /// There is no repository, or no such commit in it.
    pub fn open(folder: &Path, revision: &str) -> Result<Self, GitError> {
        let repository = Repository::open(folder)?;
        let objects = repository.objects();
        let id = one(&repository, revision)?;
        let none = |fault: String| {
            GitError::new(format!("{} names no commit: {fault}", quoted(revision)), name_one(&repository))
        };
        let commit = match peel(&objects, id, &mut Vec::new()).map_err(none)? {
            Peeled::Commit(commit) => commit,
            Peeled::Other(_) => return Err(none(format!("object {id} is none"))),
        };
        let (tree, _) = read_commit(&objects, &commit).map_err(none)?;
        Ok(Recorded { objects, tree, revision: revision.to_owned() })
    }

    /// The content of the file at `path`, from the top; none if there is nothing. Links are not followed.
    ///
    /// # Errors
    /// In words, why what is there cannot be read.
    pub fn read(&self, path: &str) -> Result<Option<Vec<u8>>, String> {
        let (mut mode, mut id) = (FOLDER, self.tree);
        for name in path.split('/') {
            if mode & FORMAT != FOLDER {
                return Ok(None);
            }
            let entries = entries(&self.objects, &id)?;
            let Some(entry) = named(&entries, name.as_bytes()).next() else { return Ok(None) };
            (mode, id) = entry;
        }
        match mode & FORMAT {
            FILE => {}
            FOLDER => return Err("it is a folder".to_owned()),
            _ => return Err("it is a symbolic link, which is not followed, or another repository".to_owned()),
        }
        let mut buffer = Vec::new();
        self.objects.read(&id, &mut buffer)?;
        Ok(Some(buffer))
    }
}
