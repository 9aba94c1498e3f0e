//! Every object of a repository as a source, each once, however many commits hold it and whether or not one does.
//!
//! `submodules` finds the repositories of submodules; in each, `store` finds the packs and the loose objects, `forest` how they hang
//! together, `walk` goes through them. `read` hands over what they hold, and `connectivity` makes sure on the way that nothing is missing.
//! Only where something was found or is missing, `trace` goes through trees and commits once more, and `recorder` notes what names what;
//! with that, `graph` and `holders`, `origin` says where something came from, by the `timeline` of each place, and `missing` what is not
//! there. Where one place of an object is enough, `paths_in_refs` looks for it in what references name.

mod batches;
mod budget;
mod connectivity;
mod graph;
mod holders;
mod missing;
mod names;
mod origin;
mod paths;
mod paths_in_refs;
mod read;
mod recorder;
mod submodules;
#[cfg(test)]
mod tests;
mod timeline;
mod tips;
mod trace;
mod tree;
mod tree_changes;
mod tree_delta;
mod walk;
mod wanted;

use std::collections::HashMap;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use gix::ObjectId;

use crate::inflate::Inflater;
use crate::place::Root;

use super::alternates::borrowed;
use super::git::{GitError, Repository};
use super::objects::buffers::MOST_HELD;
use super::objects::chain;
use super::objects::forest::{Fault, Forest};
use super::refs::Refs;

use submodules::Submodules;

pub use super::objects::{Kind, Node};
pub use names::Name;
pub use origin::{Origin, Where};
pub(super) use timeline::{Event, Timeline, What};
pub use trace::Trace;

/// A repository whose objects are to be read.
pub struct History {
    objects: Kept,
    refs: Refs,
    /// The top of the repository that was named, as a person in the current folder names it who named it.
    pub root: Arc<Root>,
    /// Where the repository lies below the one that was named, if it is a submodule's.
    pub module: Vec<u8>,
    /// What of its submodules cannot be read.
    pub faults: Vec<String>,
}

/// What is handed over.
pub enum Found<'a> {
    /// An object. Whether it may hold something says whether those that are deltas of it are looked at whole.
    Object(Node, Object<'a>),
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

impl Found<'_> {
    /// The object that it is of; none for names.
    pub fn node(&self) -> Option<Node> {
        match self {
            Found::Object(node, ..) | Found::Huge(node, _) | Found::Excerpt(node, _) => Some(*node),
            Found::Names(_) | Found::Name(..) => None,
        }
    }
}

/// An object.
pub struct Object<'a> {
    /// What it is.
    pub kind: Kind,
    /// All that it holds.
    pub data: &'a [u8],
    /// The same without the names of other objects that a commit or a tag begins with: these are nothing but hashes.
    pub text: &'a [u8],
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
    /// The numbers of the secrets in each object that holds any, in order.
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
    pub needs_trace: bool,
    /// Whether names of files may hold something.
    names_may_hold: bool,
}

impl History {
    /// Opens the repository that `folder` is in, or that git's environment names, and those of its submodules.
    ///
    /// # Errors
    /// There is none, it belongs to somebody else, or it is broken. What is wrong with a submodule is told with the first of them.
    pub fn open(folder: &Path) -> Result<Vec<Self>, GitError> {
        let repository = Repository::open(folder)?;
        let root = repository.root_of(folder);
        let hash = repository.hash();
        let Submodules { found, mut faults, .. } = Submodules::find(&repository.common_dir());
        let refs = Refs::read(&repository)?;
        let own =
            |refs, objects, module| History { objects, refs, root: Arc::clone(&root), module, faults: Vec::new() };
        let mut histories = vec![own(refs, Kept::InRepository(Box::new(repository)), Vec::new())];
        for (path, module) in found {
            let opened = Repository::open_at(&path)
                .and_then(|found| Ok((Refs::read(&found)?, Kept::InRepository(Box::new(found)))));
            let broken = |error: GitError| {
                faults.push(format!("submodule {}: {}", String::from_utf8_lossy(&module), error.in_one_line()));
                // What its references name is not known, but its objects are there.
                Kept::in_folder(&path, hash).map(|objects| (Refs::default(), objects))
            };
            let opened = opened.map_or_else(broken, Some);
            histories.extend(opened.map(|(refs, objects)| own(refs, objects, module)));
        }
        histories[0].faults = faults;
        Ok(histories)
    }

    /// What HEAD has at a path, if it has something there.
    pub fn in_head(&self, path: &[u8]) -> Option<ObjectId> {
        let Kept::InRepository(repository) = &self.objects else { return None };
        super::commit_diff::at_path(
            &repository.objects(),
            &mut super::commit_diff::Kept::default(),
            self.refs.head?,
            path,
        )
    }

    /// What reads single objects; none of a repository that is broken.
    pub fn contents(&self) -> Option<Contents> {
        match &self.objects {
            Kept::InRepository(repository) => Some(Contents::of(repository)),
            Kept::InFolder(..) => None,
        }
    }

    /// What its references name.
    pub fn refs(&self) -> &Refs {
        &self.refs
    }
}

/// What keeps the objects of a history.
enum Kept {
    InRepository(Box<Repository>),
    /// A folder of objects in a repository of which something else is broken.
    InFolder(PathBuf, gix::hash::Kind),
}

impl Kept {
    /// The objects of the repository in `git`, if they are there, and are those of whoever asks.
    fn in_folder(git: &Path, hash: gix::hash::Kind) -> Option<Self> {
        let folder = git.join("objects");
        let is_own = gix::sec::Trust::from_path_ownership(git).is_ok_and(|trust| trust == gix::sec::Trust::Full);
        let is_sound = || folder.is_dir() && borrowed(&folder).is_ok();
        (is_own && is_sound()).then_some(Kept::InFolder(folder, hash))
    }

    fn hash(&self) -> gix::hash::Kind {
        match self {
            Kept::InRepository(repository) => repository.hash(),
            Kept::InFolder(_, hash) => *hash,
        }
    }

    fn folders(&self) -> Vec<PathBuf> {
        match self {
            Kept::InRepository(repository) => repository.object_folders(),
            Kept::InFolder(folder, _) => vec![folder.clone()],
        }
    }
}

/// Reads single objects.
pub struct Contents(super::object_reader::ObjectReader);

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

    /// How many bytes an object has; none if it is not there, or cannot be read.
    pub fn size(&self, id: &gix::oid) -> Option<u64> {
        self.0.header(id).ok().map(|header| header.size)
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

    /// What an object holds, as it was read; none if it cannot be read any more.
    pub fn content(&self, node: Node) -> Option<Vec<u8>> {
        let mut inflater = Inflater::new();
        let mut nodes = std::iter::once(node).chain(self.forest.copies(node));
        nodes.find_map(|node| self.read(&mut inflater, node, &mut { u64::MAX })).map(|(_, data)| data)
    }

    /// The same of the object of this name.
    pub fn content_of(&self, id: &gix::oid) -> Option<Vec<u8>> {
        self.content(self.forest.node(id)?)
    }

    /// The kind of an object, and what it holds, as far as that takes no more than `left` bytes.
    pub(in crate::source) fn read(
        &self,
        inflater: &mut Inflater,
        node: Node,
        left: &mut u64,
    ) -> Option<(Kind, Vec<u8>)> {
        let most = MOST_HELD.min(*left);
        chain::read(&self.forest, inflater, node, left, &mut |loose| chain::read_loose(&self.forest, loose, most))
    }
}
