//! Every object of a repository as a source, each once, however many commits hold it and whether or not one does.
//!
//! `modules` finds the repositories of submodules; in each, `store` finds the packs and the loose objects, `forest` how they hang together, `walk` goes through them. `read` hands over what they
//! hold, and `check` makes sure on the way that nothing is missing. Only where something was found or is missing, `trace` goes through
//! trees and commits once more, and `record` notes what names what; with that, `graph` and `holders`, `origin` says where something came
//! from and `missing` what is not there.

mod batches;
mod buffers;
mod check;
mod copy;
mod forest;
mod graph;
mod holders;
mod inflate;
mod loose;
mod missing;
mod modules;
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
use std::io::Read;
use std::path::Path;
use std::sync::Arc;

use gix::ObjectId;

use crate::place::Root;

use super::git::{GitError, Repository};
use super::refs::Refs;

use forest::{Fault, Forest};
use modules::Modules;

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
    /// What of its submodules cannot be read.
    pub faults: Vec<String>,
}

/// What is handed over.
pub enum Found<'a> {
    /// An object. Whether it may hold something says whether those that are deltas of it are looked at whole.
    Object(Node, Kind, &'a [u8]),
    /// A huge blob, to be read in pieces.
    Huge(Node, &'a mut dyn Read),
    /// What is new in a blob. If it may hold something, it is handed over again with more around it, and if that may, too, the blob
    /// itself is.
    Excerpt(Node, Excerpt<'a>),
    /// Entries of folders, with the names of files: only whether these may hold something is asked.
    Names(&'a [u8]),
    /// The name of a file or folder, each once, where names may hold something.
    Name(Name, &'a [u8]),
}

/// What is new in a blob.
pub struct Excerpt<'a> {
    /// All that is new, with what stands around it.
    pub text: &'a [u8],
    /// Where in that something was left out; empty if there is more around than whatever is looked for is long.
    pub seams: &'a [usize],
    /// The first [`BEGINNING`] bytes of the blob, empty if they are those of the blob that it is a delta of.
    pub beginning: &'a [u8],
    /// How long the blob is.
    pub size: u64,
}

/// How many bytes on either side of a place show whether something stands across it.
#[derive(Debug, Clone, Copy)]
pub struct Around {
    /// With how many it may be seen, by a first look.
    pub near: usize,
    /// With how many it is surely seen.
    pub far: usize,
}

/// How many bytes of a blob's beginning are handed over with what is new in it.
pub const BEGINNING: usize = crate::container::BEGINNING;

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
    /// There is none, it belongs to somebody else, or it is broken. What is wrong with a submodule is told with the first of them.
    pub fn open(folder: &Path) -> Result<Vec<Self>, GitError> {
        let repository = Repository::open(folder)?;
        let Modules { found, mut faults, .. } = Modules::find(&repository.common_dir());
        let mut modules = Vec::new();
        for (path, module) in found {
            let of_module = Repository::open_at(&path).and_then(|repository| Self::with(repository, module.clone()));
            match of_module {
                Ok(history) => modules.push(history),
                Err(error) => faults.push(format!("submodule {}: {error}", String::from_utf8_lossy(&module))),
            }
        }
        let mut own = Self::with(repository, Vec::new())?;
        own.faults = faults;
        Ok(std::iter::once(own).chain(modules).collect())
    }

    fn with(repository: Repository, module: Vec<u8>) -> Result<Self, GitError> {
        Ok(History { refs: Refs::read(&repository)?, repository, module, faults: Vec::new() })
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
