//! Finds where objects are: the packs and loose objects of a repository, and of those that it borrows from.

use std::collections::HashSet;
use std::ffi::OsStr;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use gix::ObjectId;
use gix::odb::pack::multi_index;

use crate::fault::in_words;
use crate::source::alternates::borrowed;
use crate::source::os::shown;
use crate::source::regular_file::regular;

use super::pack::Pack;

/// All that holds objects.
#[derive(Default)]
pub(in crate::source) struct Store {
    pub(in crate::source) packs: Vec<Pack>,
    /// The loose objects, by name; one that lies in several folders is there once.
    pub(in crate::source) loose: Vec<Loose>,
    /// The folders that loose objects lie in.
    pub(in crate::source) folders: Vec<PathBuf>,
    /// What could not be read.
    pub(in crate::source) faults: Vec<String>,
    /// Whether a pack came from a server that keeps objects back.
    pub(in crate::source) is_partial: bool,
}

/// An object in a file of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::source) struct Loose {
    pub(in crate::source) id: ObjectId,
    /// Which folder its file is in.
    folder: u32,
}

impl Store {
    /// Looks through the folders of objects, `folders`, and those that they borrow from.
    pub(in crate::source) fn find(folders: Vec<PathBuf>, hash: gix::hash::Kind) -> Self {
        let mut store = Store::default();
        let mut known = HashSet::new();
        for folder in folders {
            let borrowed = borrowed(&folder).unwrap_or_else(|fault| {
                store.faults.push(fault);
                Vec::new()
            });
            for folder in std::iter::once(folder).chain(borrowed) {
                if known.insert(folder.canonicalize().unwrap_or_else(|_| folder.clone())) {
                    store.add(folder, hash);
                }
            }
        }
        // The largest first: other packs' copies of its objects are passed over. Names make the order certain.
        store.packs.sort_by(|a, b| b.len().cmp(&a.len()).then_with(|| a.path.cmp(&b.path)));
        store.loose.sort();
        store.loose.dedup_by_key(|loose| loose.id);
        store.faults.sort();
        store
    }

    /// The file of a loose object.
    pub(in crate::source) fn file(&self, loose: &Loose) -> PathBuf {
        let hex = loose.id.to_string();
        self.folders[loose.folder as usize].join(&hex[..2]).join(&hex[2..])
    }

    fn add(&mut self, folder: PathBuf, hash: gix::hash::Kind) {
        if !folder.is_dir() {
            self.faults.push(format!("{}: this folder of objects is not there", shown(&folder)));
            return;
        }
        self.add_packs(&folder.join("pack"), hash);
        self.add_loose(&folder, hash);
        self.folders.push(folder);
    }

    fn add_packs(&mut self, folder: &Path, hash: gix::hash::Kind) {
        let mut names = self.list(folder);
        names.sort();
        let has = |path: &Path| path.file_name().is_some_and(|name| names.iter().any(|listed| listed == name));
        let shared_path = folder.join("multi-pack-index");
        let mut shared = None;
        let packs =
            names.iter().map(|name| folder.join(name)).filter(|path| path.extension() == Some(OsStr::new("pack")));
        for path in packs {
            self.is_partial |= has(&path.with_extension("promisor"));
            let opened = if has(&path.with_extension("idx")) || !has(&shared_path) {
                Pack::open(&path, hash)
            } else {
                let shared = shared.get_or_insert_with(|| open_shared(&shared_path));
                let shared = shared.as_ref().map_err(Clone::clone);
                shared.and_then(|shared| match place_in(shared, &path) {
                    Some(place) => Pack::open_shared(&path, hash, shared, place),
                    None => Err("it has no index".to_owned()),
                })
            };
            match opened {
                Ok(pack) => {
                    if !pack.is_of_its_index() {
                        self.faults.push(format!(
                            "{}: its index was made for another pack, or its end is cut off",
                            shown(&path)
                        ));
                    }
                    self.packs.push(pack);
                }
                Err(fault) => self.faults.push(format!(
                    "{}: {fault}; none of its objects was read, and `git index-pack` may make a new index",
                    shown(&path)
                )),
            }
        }
        // An index whose pack is gone says that objects are.
        let indexes =
            names.iter().map(|name| folder.join(name)).filter(|path| path.extension() == Some(OsStr::new("idx")));
        for index in indexes.filter(|path| !has(&path.with_extension("pack"))) {
            self.faults.push(format!("{}: its pack is gone, and its objects with it", shown(&index)));
        }
    }

    fn add_loose(&mut self, folder: &Path, hash: gix::hash::Kind) {
        let place = self.folders.len() as u32;
        for first in 0..=u8::MAX {
            let first = format!("{first:02x}");
            let names = self.list(&folder.join(&first));
            let id = |name: &std::ffi::OsString| {
                let hex = format!("{first}{}", name.to_str()?);
                let id = ObjectId::from_hex(hex.as_bytes()).ok();
                id.filter(|id| id.kind() == hash)
            };
            self.loose.extend(names.iter().filter_map(id).map(|id| Loose { id, folder: place }));
        }
    }

    /// The names in a folder; none if it is not there.
    fn list(&mut self, folder: &Path) -> Vec<std::ffi::OsString> {
        let names = fs::read_dir(folder).and_then(|entries| entries.map(|entry| Ok(entry?.file_name())).collect());
        names.unwrap_or_else(|error: io::Error| {
            if error.kind() != io::ErrorKind::NotFound {
                self.faults.push(format!("{}: cannot be read: {}", shown(folder), in_words(&error)));
            }
            Vec::new()
        })
    }
}

fn open_shared(path: &Path) -> Result<Arc<multi_index::File>, String> {
    regular(path, u64::MAX)?;
    multi_index::File::at(path, None)
        .map(Arc::new)
        .map_err(|error| format!("the index of all packs cannot be used: {error}"))
}

/// The number of a pack in the index of several.
fn place_in(shared: &multi_index::File, pack: &Path) -> Option<u32> {
    let index = pack.with_extension("idx");
    let name = index.file_name()?;
    shared.index_names().iter().position(|listed| listed.as_os_str() == name).map(|place| place as u32)
}
