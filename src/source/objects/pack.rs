//! One pack: its entries in the order in which they lie, and what stands in front of each.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use gix::ObjectId;
use gix::odb::pack::{data, index, multi_index};
use rayon::prelude::*;

use crate::source::regular_file::regular;

/// The four kinds of git objects.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Kind {
    /// What a file holds.
    Blob,
    /// What a folder holds.
    Tree,
    /// A commit.
    Commit,
    /// An annotated tag.
    Tag,
}

/// A pack that is open.
pub(in crate::source) struct Pack {
    pub(in crate::source) path: PathBuf,
    data: data::File,
    names: Names,
}

/// What says which objects are in a pack, and where.
enum Names {
    Index(Box<index::File>),
    /// The index of several packs, and which of its entries are of this one: for a pack whose own index is gone.
    Shared(Arc<multi_index::File>, Vec<(u32, u64)>),
}

/// How an entry keeps its object.
#[derive(Debug, PartialEq, Eq)]
pub(in crate::source) enum Stored {
    /// Whole.
    Whole(Kind),
    /// As what changes from the object whose entry begins so many bytes before.
    OfDistance(u64),
    /// As what changes from the object of this name.
    OfName(ObjectId),
}

/// What stands in front of an entry's compressed bytes.
#[derive(Debug, PartialEq, Eq)]
pub(in crate::source) struct Header {
    pub(in crate::source) stored: Stored,
    /// How many bytes the compressed ones become.
    pub(in crate::source) size: u64,
    /// How many bytes the header takes.
    pub(in crate::source) length: usize,
}

impl Pack {
    /// Opens the pack at `path` with the index beside it.
    ///
    /// # Errors
    /// Why it cannot be used.
    pub(in crate::source) fn open(path: &Path, hash: gix::hash::Kind) -> Result<Self, String> {
        let index_path = path.with_extension("idx");
        regular(&index_path, u64::MAX)?;
        let index = index::File::at(&index_path, hash).map_err(|error| format!("its index cannot be used: {error}"))?;
        let names = Names::Index(Box::new(index));
        Ok(Pack { path: path.to_owned(), data: open_data(path, hash)?, names })
    }

    /// Opens the pack at `path` by the index of several packs, in which it has the number `place`.
    ///
    /// # Errors
    /// Why it cannot be used.
    pub(in crate::source) fn open_shared(
        path: &Path,
        hash: gix::hash::Kind,
        shared: &Arc<multi_index::File>,
        place: u32,
    ) -> Result<Self, String> {
        let mut entries = Vec::new();
        for entry in 0..shared.num_objects() {
            let found = shared.pack_id_and_pack_offset_at_index(entry).map_err(|error| error.to_string())?;
            if found.0 == place {
                entries.push((entry, found.1));
            }
        }
        let names = Names::Shared(Arc::clone(shared), entries);
        Ok(Pack { path: path.to_owned(), data: open_data(path, hash)?, names })
    }

    /// How many entries it has.
    pub(in crate::source) fn len(&self) -> usize {
        match &self.names {
            Names::Index(index) => index.num_objects() as usize,
            Names::Shared(_, entries) => entries.len(),
        }
    }

    /// The name of the entry at `place` of its index.
    pub(in crate::source) fn name(&self, place: u32) -> &gix::oid {
        match &self.names {
            Names::Index(index) => index.oid_at_index(place),
            Names::Shared(shared, entries) => shared.oid_at_index(entries[place as usize].0),
        }
    }

    /// Where the entry at `place` of its index begins.
    pub(in crate::source) fn offset(&self, place: u32) -> u64 {
        match &self.names {
            Names::Index(index) => index.pack_offset_at_index(place),
            Names::Shared(_, entries) => entries[place as usize].1,
        }
    }

    /// Where its last entry ends.
    pub(in crate::source) fn end(&self) -> u64 {
        self.data.pack_end() as u64
    }

    /// Has the system map all of its data, by whatever threads have nothing else to do.
    pub(in crate::source) fn touch(&self) {
        /// Linux maps so much at once of a file that it holds in memory.
        const AT_ONCE: u64 = 64 << 10;
        let byte = |at: u64| self.bytes(at, self.end()).and_then(<[u8]>::first).map_or(0, |byte| *byte);
        let pieces = (0..self.end().div_ceil(AT_ONCE) as usize).into_par_iter().with_min_len(64);
        std::hint::black_box(pieces.map(|piece| byte(piece as u64 * AT_ONCE)).reduce(|| 0, |sum, byte| sum ^ byte));
    }

    /// Whether the index was made for these data, as far as both can tell: one that leaves out an entry would hide it.
    pub(in crate::source) fn is_of_its_index(&self) -> bool {
        match &self.names {
            Names::Index(index) => {
                index.pack_checksum() == self.data.checksum() && index.num_objects() == self.data.num_objects()
            }
            // Objects that other packs have, too, may be listed for those alone, but hidden ones would look no different.
            Names::Shared(_, entries) => entries.len() as u64 == u64::from(self.data.num_objects()),
        }
    }

    /// The bytes from `start` to `end`; none if they are not all there.
    pub(in crate::source) fn bytes(&self, start: u64, end: u64) -> Option<&[u8]> {
        if start <= end && end <= self.end() { self.data.entry_slice(start..end) } else { None }
    }
}

fn open_data(path: &Path, hash: gix::hash::Kind) -> Result<data::File, String> {
    regular(path, u64::MAX)?;
    data::File::at(path, hash).map_err(|error| format!("it cannot be used: {error}"))
}

/// Reads the header that an entry begins with; none if it is broken.
pub(in crate::source) fn header(bytes: &[u8], hash: gix::hash::Kind) -> Option<Header> {
    let mut rest = bytes.iter();
    let first = *rest.next()?;
    let mut size = u64::from(first & 0x0f);
    let (mut shift, mut last) = (4, first);
    while last & 0x80 != 0 {
        last = *rest.next()?;
        size |= u64::from(last & 0x7f).checked_shl(shift)?;
        shift += 7;
    }
    let stored = match first >> 4 & 7 {
        1 => Stored::Whole(Kind::Commit),
        2 => Stored::Whole(Kind::Tree),
        3 => Stored::Whole(Kind::Blob),
        4 => Stored::Whole(Kind::Tag),
        6 => {
            last = *rest.next()?;
            let mut distance = u64::from(last & 0x7f);
            while last & 0x80 != 0 {
                last = *rest.next()?;
                distance = distance.checked_add(1)?.checked_mul(128)? | u64::from(last & 0x7f);
            }
            Stored::OfDistance(distance)
        }
        7 => {
            let (name, behind) = rest.as_slice().split_at_checked(hash.len_in_bytes())?;
            rest = behind.iter();
            Stored::OfName(ObjectId::from_bytes_or_panic(name))
        }
        _ => return None,
    };
    Some(Header { stored, size, length: bytes.len() - rest.as_slice().len() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headers_are_read_and_broken_ones_refused() {
        let sha1 = gix::hash::Kind::Sha1;
        let read = |bytes: &[u8]| header(bytes, sha1);
        let whole = |kind, size, length| Some(Header { stored: Stored::Whole(kind), size, length });
        assert_eq!(read(&[0x35, 0xff]), whole(Kind::Blob, 5, 1));
        assert_eq!(read(&[0x95, 0x0a]), whole(Kind::Commit, 5 + (10 << 4), 2));
        assert_eq!(read(&[0x20]), whole(Kind::Tree, 0, 1));
        assert_eq!(read(&[0xc5, 0x8a, 0x81, 0x01]), whole(Kind::Tag, 5 + (10 << 4) + (1 << 11) + (1 << 18), 4));
        let delta = |stored, length| Some(Header { stored, size: 5, length });
        assert_eq!(read(&[0x65, 0x07]), delta(Stored::OfDistance(7), 2));
        assert_eq!(read(&[0x65, 0x80, 0x00]), delta(Stored::OfDistance(128), 3));
        let name = ObjectId::from_hex(&[b'a'; 40]).unwrap();
        assert_eq!(read(&[&[0x75][..], name.as_slice()].concat()), delta(Stored::OfName(name), 21));
        for broken in [&[][..], &[0x05], &[0x55], &[0xb5], &[0x65], &[0x65, 0x80], &[0x75, 1, 2]] {
            assert_eq!(read(broken), None, "{broken:?}");
        }
        assert_eq!(read(&[0xff; 30]), None, "a size beyond 64 bits");
    }
}
