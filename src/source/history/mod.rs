//! Every object of a repository as a source, each once, however many commits hold it and whether or not one does.
//!
//! `store` finds the packs and the loose objects, `forest` how they hang together, `walk` goes through them. `read` hands over what they
//! hold, and `check` makes sure on the way that nothing is missing. Only where something was found or is missing, `trace` goes through
//! trees and commits once more, and `record` notes what names what; with that, `graph` and `holders`, `origin` says where something came
//! from and `missing` what is not there.

mod buffers;
mod check;
mod copy;
mod delta;
mod forest;
mod graph;
mod holders;
mod inflate;
mod loose;
mod missing;
mod names;
mod origin;
mod pack;
mod paths;
mod read;
mod record;
mod store;
mod table;
mod trace;
mod tree;
mod walk;

use std::collections::HashMap;
use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use gix::ObjectId;

use crate::place::Root;

use super::git::{GitError, Repository};
use super::refs::Refs;

use forest::{Fault, Forest};
use store::shown;

pub use forest::Node;
pub use names::Name;
pub use origin::{Origin, Where};
pub use pack::Kind;
pub use trace::Trace;

/// A repository whose objects are to be read.
pub struct History {
    repository: Repository,
    refs: Refs,
    /// Where the repository lies below the one that was named, if it is a submodule's.
    pub module: Vec<u8>,
}

/// What is handed over.
pub enum Found<'a> {
    /// An object. Whether it may hold something says whether those that are deltas of it are looked at whole.
    Object(Node, Kind, &'a [u8]),
    /// A huge blob, to be read in pieces.
    Huge(Node, &'a mut dyn Read),
    /// All that is new in a blob, with what stands around it, and how long the blob is. If it may hold something, the blob itself is
    /// handed over next.
    Excerpt(Node, &'a [u8], u64),
    /// Entries of folders, with the names of files: only whether these may hold something is asked.
    Names(&'a [u8]),
    /// The name of a file or folder, each once, where names may hold something.
    Name(Name, &'a [u8]),
}

/// Takes what is found, from any thread, and says whether it may hold what is looked for.
pub type Handler<'h> = dyn Fn(Found<'_>) -> bool + Sync + 'h;

/// What was found in what.
#[derive(Debug, Default)]
pub struct Hits {
    /// The numbers of the secrets in each object that holds any.
    pub objects: HashMap<Node, Vec<u32>>,
    /// Those in each name of a file or folder.
    pub names: HashMap<Name, Vec<u32>>,
}

/// All objects of a repository, after they were read.
pub struct Objects {
    forest: Forest,
    /// The objects that are kept whole and are no blobs.
    links: Vec<Node>,
    refs: Refs,
    faults: Vec<Fault>,
    /// How often an object was inflated.
    pub inflated: u64,
    /// Whether there is more to find out by [`Objects::trace`]: something is missing, or names may hold something.
    pub is_odd: bool,
}

impl History {
    /// Opens the repository that `folder` is in, or that git's environment names, and those of its submodules.
    ///
    /// # Errors
    /// There is none, it belongs to somebody else, or it is broken.
    pub fn open(folder: &Path) -> Result<Vec<Self>, GitError> {
        let repository = Repository::open(folder)?;
        let modules = repository.common_dir().join("modules");
        let mut histories = vec![History { refs: Refs::read(&repository)?, repository, module: Vec::new() }];
        for (path, module) in submodules(&modules) {
            let repository = Repository::open_at(&path)?;
            histories.push(History { refs: Refs::read(&repository)?, repository, module });
        }
        Ok(histories)
    }

    /// The top of the repository, as a person in the current folder names it, who named `folder`.
    pub fn root(&self, folder: &Path) -> Arc<Root> {
        self.repository.root_of(folder)
    }

    /// What reads single objects.
    pub fn contents(&self) -> Contents {
        Contents(self.repository.objects())
    }

    /// What its references name.
    pub fn refs(&self) -> &Refs {
        &self.refs
    }
}

/// Reads single objects.
pub struct Contents(super::git::Objects);

impl Contents {
    /// What reads the objects of a repository.
    pub(super) fn of(repository: &Repository) -> Self {
        Contents(repository.objects())
    }

    /// Reads an object into `buffer`.
    ///
    /// # Errors
    /// It is not there, or cannot be read.
    pub fn read<'b>(&self, id: &gix::oid, buffer: &'b mut Vec<u8>) -> Result<&'b [u8], String> {
        self.0.read(id, buffer)
    }
}

impl Objects {
    /// How many objects there are, each counted once.
    pub fn count(&self) -> usize {
        self.forest.len() - self.forest.copy_count()
    }

    /// The name of an object.
    pub fn id(&self, node: Node) -> Option<ObjectId> {
        ((node as usize) < self.forest.len()).then(|| self.forest.id(node).to_owned())
    }

    /// What could not be read, in words: of the store first, then by the names of objects.
    pub fn faults(&self) -> Vec<String> {
        let mut faults = self.forest.store.faults.clone();
        let mut objects: Vec<_> =
            self.faults.iter().filter_map(|(node, fault)| Some((self.id(*node)?, fault))).collect();
        objects.sort();
        faults.extend(objects.into_iter().map(|(id, fault)| format!("object {id} cannot be read: {fault}")));
        faults
    }

    /// Whether objects were left with the server on purpose.
    pub fn is_partial(&self) -> bool {
        self.forest.store.is_partial
    }
}

/// The repositories of submodules below a folder, with their names. A submodule in a folder has its repository in one, too.
fn submodules(folder: &Path) -> Vec<(PathBuf, Vec<u8>)> {
    /// How deep names of submodules are nested at most.
    const DEEPEST: usize = 16;
    let mut found = Vec::new();
    let mut left = vec![(folder.to_owned(), Vec::new(), 0)];
    while let Some((folder, name, depth)) = left.pop() {
        let Ok(entries) = fs::read_dir(&folder) else { continue };
        for entry in entries.flatten().filter(|entry| entry.file_type().is_ok_and(|kind| kind.is_dir())) {
            let own = crate::place::join(&name, shown(Path::new(&entry.file_name())).as_bytes());
            let path = entry.path();
            if path.join("HEAD").exists() && path.join("objects").is_dir() {
                left.push((path.join("modules"), own.clone(), depth + 1));
                found.push((path, own));
            } else if depth < DEEPEST {
                left.push((path, own, depth + 1));
            }
        }
    }
    found.sort();
    found
}
