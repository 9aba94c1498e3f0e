//! Reads single objects of a repository by their names, from wherever git's environment says that they are.

use gix::objs::{Find, Header, Kind};

/// Reads objects.
pub(super) struct ObjectReader {
    stores: Vec<gix::odb::Handle>,
    /// The repository's hash, which says how long the names of objects are.
    pub(super) hash: gix::hash::Kind,
}

impl ObjectReader {
    /// What reads from these stores, the first of them first.
    pub(super) fn new(mut stores: Vec<gix::odb::Handle>, hash: gix::hash::Kind) -> Self {
        for store in &mut stores {
            // What is recorded is meant, and not what somebody wants to be shown in its place.
            store.ignore_replacements = true;
        }
        ObjectReader { stores, hash }
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
        let mut fault = None;
        for store in &self.stores {
            match store.try_find(id, buffer) {
                Ok(Some(found)) => {
                    let (kind, length) = (found.kind, found.data.len());
                    buffer.truncate(length);
                    return Ok((kind, buffer));
                }
                Ok(None) => {}
                Err(error) => fault = Some(error.to_string()),
            }
        }
        Err(match fault {
            Some(fault) => format!("object {id} cannot be read: {fault}"),
            None => format!("object {id} is missing"),
        })
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
        let mut fault = format!("object {id} is missing");
        for store in &self.stores {
            match gix::objs::FindHeader::try_header(store, id) {
                Ok(Some(header)) => return Ok(header),
                Ok(None) => {}
                Err(error) => fault = format!("object {id} cannot be read: {error}"),
            }
        }
        Err(fault)
    }
}
