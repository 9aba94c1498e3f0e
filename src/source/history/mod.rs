//! Every object of a repository as a source, each once, however many commits hold it and whether or not one does.
//!
//! `store` finds the packs and the loose objects, `forest` how they hang together, `walk` goes through them all, `record` notes on
//! the way what names what; with that, `graph` and `holders`, `origin` says where something came from and `missing` what is not there.

mod delta;
mod forest;
mod graph;
mod holders;
mod inflate;
mod missing;
mod names;
mod origin;
mod pack;
mod paths;
mod record;
mod store;
mod table;
mod tree;
mod walk;

use std::collections::{HashMap, HashSet};
use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex, PoisonError};

use gix::ObjectId;

use crate::place::Root;

use super::git::{GitError, Repository};
use super::refs::Refs;

use delta::Step;
use forest::{Fault, Forest};
use names::Names;
use record::{Missing, Record, Recorder};
use store::{Store, shown};
use walk::{Content, Counts, Preview, Visit, Work};

pub use forest::Node;
pub use names::Name;
pub use origin::{Origin, Where};
pub use pack::Kind;

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
    /// All that is new in a blob, with what stands around it; the first [`BEGINNING`] bytes of the blob, empty if they are those of
    /// the blob that it is a delta of; and how long it is. If it may hold something, the blob itself is handed over next.
    Excerpt(Node, &'a [u8], &'a [u8], u64),
    /// The name of a file, or, with `true`, of a folder; each once.
    Name(Name, &'a [u8], bool),
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
    names: Names,
    records: Vec<Record>,
    missing: Vec<ObjectId>,
    refs: Refs,
    faults: Vec<Fault>,
    /// How often an object was inflated.
    pub inflated: u64,
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

    /// Reads all objects on the threads of the current rayon pool. `around` is how many bytes on either side of a place decide
    /// whether something stands across it; without it, every object is handed over whole.
    ///
    /// # Errors
    /// There are too many objects.
    pub fn read(&self, around: Option<usize>, handler: &Handler<'_>) -> Result<Objects, GitError> {
        let hash = self.repository.hash();
        let store = Store::find(self.repository.object_folders(), hash);
        let (forest, mut faults) = Forest::new(store, hash).map_err(|fault| GitError::new(fault, ""))?;
        let (names, missing, counts) = (Names::new(), Missing::default(), Counts::default());
        let records = {
            let found = Mutex::new(&mut faults);
            let hasher = foldhash::fast::RandomState::default();
            let recorder = Recorder { forest: &forest, names: &names, missing: &missing, hasher: &hasher };
            let fault = |node, fault: String| found.lock().unwrap_or_else(PoisonError::into_inner).push((node, fault));
            let reader = Reader { recorder, handler, around, fault: &fault };
            let work = Work {
                visit: |record: &mut Record, visit: Visit<'_>, marks: &mut Vec<u32>| reader.visit(record, visit, marks),
                preview: |record: &mut Record, preview: Preview<'_>, marks: &mut Vec<u32>| {
                    reader.preview(record, &preview, marks)
                },
                fault: &fault,
            };
            walk::walk(&forest, &counts, &work)
        };
        let inflated = counts.inflated.load(Ordering::Relaxed);
        let (missing, refs) = (missing.into_ids(), self.refs.clone());
        Ok(Objects { forest, names, records, missing, refs, faults, inflated })
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

/// Notes what is read and hands it over.
struct Reader<'r> {
    recorder: Recorder<'r>,
    handler: &'r Handler<'r>,
    around: Option<usize>,
    fault: &'r (dyn Fn(Node, String) + Sync),
}

/// How many bytes of a blob's beginning are handed over with what is new in it.
pub const BEGINNING: usize = crate::container::BEGINNING;

/// The first bytes of what a delta makes, in `buffer`; empty if it begins as its base does.
fn beginning<'b>(base: &[u8], mut instructions: &[u8], buffer: &'b mut [u8; BEGINNING]) -> &'b [u8] {
    let mut length = 0;
    while length < BEGINNING {
        let Some((step, behind)) = delta::step(instructions) else { break };
        instructions = behind;
        let text = match step {
            Step::Copy { start: 0, length: copied } if length == 0 && copied >= BEGINNING => return &[],
            Step::Copy { start, length } => base.get(start..start + length).unwrap_or_default(),
            Step::Insert(text) => text,
        };
        let count = text.len().min(BEGINNING - length);
        buffer[length..length + count].copy_from_slice(&text[..count]);
        length += count;
    }
    &buffer[..length]
}

/// What is noted of a blob that holds nothing.
const CLEAN: u32 = 1;

impl Reader<'_> {
    fn visit(&self, record: &mut Record, visit: Visit<'_>, marks: &mut Vec<u32>) {
        let node = visit.node;
        let data = match visit.content {
            Content::Pieces(pieces) => {
                (self.handler)(Found::Huge(node, pieces));
                return;
            }
            Content::Whole(data) => data,
        };
        let noted = match visit.kind {
            Kind::Tree => {
                let noted = self
                    .recorder
                    .tree(record, (node, data), marks, &|name, text, folder| self.name(name, text, folder));
                return self.note(node, noted);
            }
            Kind::Commit | Kind::Tag => self.recorder.text(record, node, visit.kind, data),
            Kind::Blob => Ok(()),
        };
        self.note(node, noted);
        if !(self.handler)(Found::Object(node, visit.kind, data)) && visit.kind == Kind::Blob {
            marks.push(CLEAN);
        }
    }

    fn preview(&self, record: &mut Record, preview: &Preview<'_>, marks: &mut Vec<u32>) -> bool {
        match (preview.kind, self.around) {
            (Kind::Tree, _) => {
                let new_name = |name, text: &[u8], folder| self.name(name, text, folder);
                let noted = self.recorder.changed_tree(record, preview, marks, &new_name);
                self.note(preview.node, noted);
                false
            }
            (Kind::Blob, Some(around)) if preview.base_marks == [CLEAN] => {
                let mut excerpt = std::mem::take(&mut record.excerpt);
                delta::excerpt(preview.base_data, preview.instructions, around, &mut excerpt);
                let mut buffer = [0; BEGINNING];
                let beginning = beginning(preview.base_data, preview.instructions, &mut buffer);
                let may_hold = (self.handler)(Found::Excerpt(preview.node, &excerpt, beginning, preview.size));
                record.excerpt = excerpt;
                if !may_hold {
                    marks.push(CLEAN);
                }
                may_hold
            }
            _ => true,
        }
    }

    fn name(&self, name: Name, text: &[u8], is_folder: bool) {
        (self.handler)(Found::Name(name, text, is_folder));
    }

    fn note(&self, node: Node, noted: Result<(), &'static str>) {
        if let Err(fault) = noted {
            (self.fault)(node, fault.to_owned());
        }
    }
}

impl Objects {
    /// How many objects there are, each counted once.
    pub fn count(&self) -> usize {
        self.forest.len() - self.forest.copies
    }

    /// The name of an object, also of one that is missing.
    pub fn id(&self, node: Node) -> Option<ObjectId> {
        match (node as usize).checked_sub(self.forest.len()) {
            None => Some(self.forest.id(node).to_owned()),
            Some(place) => self.missing.get(place).copied(),
        }
    }

    /// Where everything in `hits` came from; `false` says that there are more places than could be listed.
    pub fn origins(&self, hits: &Hits) -> (Vec<Origin>, bool) {
        origin::origins(self, hits)
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

    /// The objects that should be there and are not, in the order of their names. `shallow` are the commits at which the history was
    /// cut off on purpose.
    pub fn missing(&self, shallow: &[ObjectId]) -> Vec<ObjectId> {
        let shallow: HashSet<Node> = shallow.iter().filter_map(|id| self.forest.node(id)).collect();
        let needed = missing::needed(self, &shallow);
        let mut ids: Vec<ObjectId> = needed.into_iter().filter_map(|node| self.id(node)).collect();
        ids.extend(self.refs.all().filter(|id| self.forest.node(id).is_none()));
        // Git has the empty tree without an object.
        ids.retain(|id| !id.is_empty_tree());
        ids.sort();
        ids.dedup();
        ids
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
