//! The folders that a repository's objects are in, and what reads them by their names: gix, but where it does not find all folders that
//! these borrow from.

use std::path::PathBuf;
use std::sync::{Arc, OnceLock};

use super::alternates::{are_found_by_gix, borrowed};
use super::git_error::GitError;
use super::object_reader::ObjectReader;
use super::objects::Singles;
use super::os::shown;

/// The objects of a repository.
pub(super) struct Stores {
    /// The repository's own folder, and those that git's environment names: a push in quarantine has its own there.
    pub(super) folders: Vec<PathBuf>,
    hash: gix::hash::Kind,
    read_by: ReadBy,
}

enum ReadBy {
    /// With what it has open of folders besides the repository's own.
    Gix(Vec<Arc<gix::odb::Store>>),
    /// Once something is asked.
    Us(OnceLock<Arc<Singles>>),
}

impl Stores {
    /// Those of the repository whose own folder of objects is `own`; others are `elsewhere`.
    ///
    /// # Errors
    /// One of these cannot be read, or what it borrows from.
    pub(super) fn open(own: PathBuf, elsewhere: Vec<PathBuf>, hash: gix::hash::Kind) -> Result<Self, GitError> {
        let mut is_by_gix = true;
        for folder in std::iter::once(&own).chain(&elsewhere) {
            let found = borrowed(folder).map_err(|fault| GitError::new(fault, "mend `info/alternates` there"))?;
            is_by_gix &= are_found_by_gix(folder, &found);
        }
        let read_by = if is_by_gix {
            ReadBy::Gix(elsewhere.iter().map(|folder| open(folder.clone(), hash)).collect::<Result<_, _>>()?)
        } else {
            ReadBy::Us(OnceLock::new())
        };
        Ok(Stores { folders: std::iter::once(own).chain(elsewhere).collect(), hash, read_by })
    }

    /// Our own reading, where gix does not find all.
    pub(super) fn singles(&self) -> Option<&Arc<Singles>> {
        match &self.read_by {
            ReadBy::Gix(_) => None,
            ReadBy::Us(objects) => Some(self.all(objects)),
        }
    }

    /// What reads objects, for one thread. What gix has open of the repository's own folder is `own`.
    pub(super) fn reader(&self, own: gix::odb::Handle) -> ObjectReader {
        match &self.read_by {
            ReadBy::Gix(elsewhere) => {
                let elsewhere = elsewhere.iter().map(|store| store.to_handle_arc().into());
                let stores = std::iter::once(own).chain(elsewhere).collect();
                ObjectReader::new(stores, self.hash, self.folders.clone())
            }
            ReadBy::Us(objects) => ObjectReader::own(Arc::clone(self.all(objects)), self.hash, self.folders.clone()),
        }
    }

    fn all<'s>(&self, objects: &'s OnceLock<Arc<Singles>>) -> &'s Arc<Singles> {
        objects.get_or_init(|| Arc::new(Singles::of(self.folders.clone(), self.hash)))
    }
}

fn open(folder: PathBuf, hash: gix::hash::Kind) -> Result<Arc<gix::odb::Store>, GitError> {
    let shown = shown(&folder);
    let remedy = "GIT_OBJECT_DIRECTORY and GIT_ALTERNATE_OBJECT_DIRECTORIES name folders of objects";
    let store = gix::odb::at(folder, hash).map(|handle| handle.store());
    store.map_err(|error| GitError::new(format!("{shown}: cannot read objects: {error}"), remedy))
}
