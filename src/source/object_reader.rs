//! Reads single objects of a repository by their names, from wherever git's environment says that they are.

use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};

use gix::objs::{Data, Find, Header, Kind};

use super::objects::{self, Singles};

/// What to do where objects are missing because a clone was made without them.
pub(crate) const ALL_OBJECTS: &str = "the clone is partial: `git fetch --refetch --no-filter` gets all objects";

/// Reads objects.
pub(super) struct ObjectReader {
    stores: Stores,
    /// The repository's hash, which says how long the names of objects are.
    pub(super) hash: gix::hash::Kind,
    /// The folders that objects are in.
    folders: Vec<PathBuf>,
    /// Whether the repository is a partial clone, once that was of interest.
    is_partial: OnceLock<bool>,
}

/// What objects are read from.
enum Stores {
    /// Of gix, the first of them first.
    OfGix(Vec<gix::odb::Handle>),
    /// Our own, where gix does not find all.
    Own(Arc<Singles>),
}

impl ObjectReader {
    /// What reads from these stores of these folders, the first of them first.
    pub(super) fn new(mut stores: Vec<gix::odb::Handle>, hash: gix::hash::Kind, folders: Vec<PathBuf>) -> Self {
        for store in &mut stores {
            // What is recorded is meant, and not what somebody wants to be shown in its place.
            store.ignore_replacements = true;
        }
        ObjectReader { stores: Stores::OfGix(stores), hash, folders, is_partial: OnceLock::new() }
    }

    /// What reads without gix.
    pub(super) fn own(objects: Arc<Singles>, hash: gix::hash::Kind, folders: Vec<PathBuf>) -> Self {
        ObjectReader { stores: Stores::Own(objects), hash, folders, is_partial: OnceLock::new() }
    }

    /// Reads an object into `buffer`.
    ///
    /// # Errors
    /// It is not there, or cannot be read.
    pub(super) fn read<'b>(&self, id: &gix::oid, buffer: &'b mut Vec<u8>) -> Result<&'b [u8], String> {
        self.find(id, buffer).map(|(_, data)| data)
    }

    /// Reads an object into `buffer`; gives what it is, too.
    ///
    /// # Errors
    /// It is not there, or cannot be read.
    pub(super) fn find<'b>(&self, id: &gix::oid, buffer: &'b mut Vec<u8>) -> Result<(Kind, &'b [u8]), String> {
        match self.look_for(id, buffer) {
            Ok(Some(kind)) => Ok((kind, buffer)),
            Ok(None) => Err(self.missing(id)),
            Err(fault) => Err(unreadable(id, &fault)),
        }
    }

    /// Reads an object into `buffer` if it is there; gives what it is.
    fn look_for(&self, id: &gix::oid, buffer: &mut Vec<u8>) -> Result<Option<Kind>, String> {
        let stores = match &self.stores {
            Stores::OfGix(stores) => stores,
            Stores::Own(objects) => {
                let found = objects.find(id)?;
                return Ok(found.map(|(kind, data)| {
                    *buffer = data;
                    kind_of(kind)
                }));
            }
        };
        let mut fault = None;
        for store in stores {
            match store.try_find(id, buffer) {
                Ok(Some(found)) => {
                    let (kind, length) = (found.kind, found.data.len());
                    buffer.truncate(length);
                    return Ok(Some(kind));
                }
                Ok(None) => {}
                Err(error) => fault = Some(error.to_string()),
            }
        }
        fault.map_or(Ok(None), Err)
    }

    /// What an object is.
    ///
    /// # Errors
    /// It is not there, or cannot be read.
    pub(super) fn kind(&self, id: &gix::oid) -> Result<Kind, String> {
        self.header(id).map(|header| header.kind)
    }

    /// What an object is, and how many bytes it has.
    ///
    /// # Errors
    /// It is not there, or cannot be read.
    pub(super) fn header(&self, id: &gix::oid) -> Result<Header, String> {
        let stores = match &self.stores {
            Stores::OfGix(stores) => stores,
            Stores::Own(_) => {
                let mut buffer = Vec::new();
                let (kind, data) = self.find(id, &mut buffer)?;
                return Ok(Header { kind, size: data.len() as u64 });
            }
        };
        let mut fault = None;
        for store in stores {
            match gix::objs::FindHeader::try_header(store, id) {
                Ok(Some(header)) => return Ok(header),
                Ok(None) => {}
                Err(error) => fault = Some(unreadable(id, &error.to_string())),
            }
        }
        Err(fault.unwrap_or_else(|| self.missing(id)))
    }

    /// That an object is missing, and how to get it if others are on purpose.
    fn missing(&self, id: &gix::oid) -> String {
        let is_partial = *self.is_partial.get_or_init(|| self.folders.iter().any(|folder| has_promise(folder)));
        let remedy = if is_partial { format!("; {ALL_OBJECTS}") } else { String::new() };
        format!("object {id} is missing{remedy}")
    }
}

/// Whether a folder of objects has a pack that was fetched with a promise of the rest.
fn has_promise(folder: &Path) -> bool {
    let packs = fs::read_dir(folder.join("pack"));
    packs.is_ok_and(|mut packs| {
        packs.any(|entry| entry.is_ok_and(|entry| entry.path().extension() == Some(OsStr::new("promisor"))))
    })
}

fn unreadable(id: &gix::oid, fault: &str) -> String {
    format!("object {id} cannot be read: {fault}")
}

fn kind_of(kind: objects::Kind) -> Kind {
    match kind {
        objects::Kind::Blob => Kind::Blob,
        objects::Kind::Tree => Kind::Tree,
        objects::Kind::Commit => Kind::Commit,
        objects::Kind::Tag => Kind::Tag,
    }
}

/// For what gix works out of commits.
impl Find for ObjectReader {
    fn try_find<'b>(&self, id: &gix::oid, buffer: &'b mut Vec<u8>) -> gix::Result<Option<Data<'b>>> {
        let found = self.look_for(id, buffer).map_err(|fault| gix::Error::from_boxed(fault.into()))?;
        Ok(found.map(|kind| Data { kind, data: buffer, object_hash: self.hash }))
    }
}
