//! Walks folders on several threads and hands over what is in them.
//!
//! In a repository, what is read is every tracked file, whatever ignores it, and every untracked file that is not
//! ignored. A repository inside another is read by its own index and rules. `.git` is never read.
//!
//! Each folder is opened once and the files in it are opened relative to it, in batches that idle threads may take.
//! Beyond a number of waiting pieces, a thread does the work it finds at once, down to a depth, so that a folder of millions
//! of entries does not fill the memory; what has to wait all the same keeps no folder open.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use ignore::gitignore::Gitignore;
use rayon::Scope;

use crate::place::{Root, join};

use super::ignored::Rules;
use super::os::{Folder, Kind, path_from_bytes};
use super::work_tree::WorkTree;
use super::{Handler, Item, Place};

/// How many files a thread takes at once.
const BATCH: usize = 32;

/// How many pieces of work may wait; each may keep a folder open.
const MAX_WAITING: usize = 64;

/// How deep a thread goes into folders that it reads at once because too much work waits.
const MAX_DEPTH_AT_ONCE: usize = 32;

/// What a walk needs to know besides where to begin.
pub(super) struct Walk<'w> {
    /// Takes what is found.
    pub(super) handler: &'w Handler<'w>,
    /// Whether git's ignore rules count.
    pub(super) obey_ignore: bool,
    /// What is left out besides, relative to the root.
    pub(super) exclude: &'w Gitignore,
    /// The same, relative to the top of the project that a root is in.
    of_project: &'w Gitignore,
    /// Pieces of work that wait.
    waiting: AtomicUsize,
}

/// A folder to be read.
pub(super) struct Task {
    pub(super) root: Arc<Root>,
    /// Where the root lies in the file system.
    pub(super) base: Arc<PathBuf>,
    /// Where it lies in its project, if anything is left out there.
    pub(super) in_project: Option<Arc<Vec<u8>>>,
    /// The open folder above it, and its own name in it; none for the root, and where too much work waits for each piece of
    /// it to keep a folder open.
    pub(super) parent: Option<(Arc<Folder>, Vec<u8>)>,
    /// The folder's path relative to the root.
    pub(super) below: Vec<u8>,
    /// The repository it lies in.
    pub(super) inside: Option<Inside>,
}

/// Where in a work tree a walk stands.
#[derive(Debug, Clone)]
pub(super) struct Inside {
    tree: Arc<WorkTree>,
    rules: Arc<Rules>,
    /// The folder's path relative to the top of the work tree.
    path: Vec<u8>,
    /// Whether the folder is ignored: then only what is tracked in it is read.
    only_tracked: bool,
}

impl Inside {
    /// Stands in the folder `path` of `tree`, where `rules` hold, not counting the folder's own.
    pub(super) fn new(tree: Arc<WorkTree>, rules: Arc<Rules>, path: Vec<u8>) -> Self {
        Inside { tree, rules, path, only_tracked: false }
    }

    fn admits_file(&self, name: &[u8]) -> bool {
        let path = join(&self.path, name);
        self.tree.tracks(&path) || !self.only_tracked && !self.rules.ignores(&path, false)
    }

    /// Stands in the folder `name` of this one, which is `folder`; none if nothing in it is to be read.
    fn enter(&self, name: &[u8], folder: &Folder) -> Option<Self> {
        let path = join(&self.path, name);
        let only_tracked = self.only_tracked || self.rules.ignores(&path, true);
        if only_tracked && !self.tree.tracks_in(&path) {
            // A repository is read by its own rules, also where the outer one ignores it.
            let is_repository = folder.open_folder(name).is_ok_and(|inner| inner.contains(b".git"));
            if !is_repository {
                return None;
            }
        }
        Some(Inside { tree: Arc::clone(&self.tree), rules: Arc::clone(&self.rules), path, only_tracked })
    }
}

/// Files of one folder.
struct Batch {
    root: Arc<Root>,
    below: Arc<Vec<u8>>,
    folder: Arc<Folder>,
    names: Vec<u8>,
    /// Where in `names` each name ends, and what it is.
    entries: Vec<(usize, Kind)>,
}

impl<'w> Walk<'w> {
    pub(super) fn new(
        handler: &'w Handler<'w>,
        obey_ignore: bool,
        exclude: &'w Gitignore,
        of_project: &'w Gitignore,
    ) -> Self {
        Walk { handler, obey_ignore, exclude, of_project, waiting: AtomicUsize::new(0) }
    }

    /// Reads a folder and all below it; what other threads may do is left to `scope`.
    pub(super) fn folder<'s>(&'s self, scope: &Scope<'s>, task: Task, depth: usize) {
        let Task { root, base, in_project, parent, below, mut inside } = task;
        let place = Place { root: &root, folder: &below, name: b"" };
        let opened = match &parent {
            Some((parent, name)) => parent.open_folder(name),
            None => open_below(&base, &below),
        };
        // Only the handle of this folder is needed from here on.
        drop(parent);
        let folder = match opened {
            Ok(folder) => Arc::new(folder),
            // It vanished, which is its right.
            Err(error) if has_vanished(&error) && !below.is_empty() => return,
            Err(error) => return (self.handler)(Item::Unreadable(place, error)),
        };
        (self.handler)(Item::Folder(place));
        if self.obey_ignore {
            inside = self.look_around(inside, &folder, &base, place);
        }
        let below = Arc::new(below);
        let new_batch = || Batch::new(&root, &below, &folder);
        let mut batch = new_batch();
        let listed = folder.list(&mut |name, kind| {
            if name == b".git" {
                return;
            }
            let is_excluded = self.is_excluded(in_project.as_deref(), &below, name, kind);
            match kind {
                Kind::File | Kind::Link if inside.as_ref().is_none_or(|inside| inside.admits_file(name)) => {
                    if is_excluded {
                        return (self.handler)(Item::Excluded);
                    }
                    batch.push(name, kind);
                    if batch.entries.len() == BATCH {
                        self.leave_or_do(scope, std::mem::replace(&mut batch, new_batch()));
                    }
                }
                Kind::Folder => {
                    let entered = inside.as_ref().map(|inside| inside.enter(name, &folder));
                    if entered.as_ref().is_none_or(Option::is_some) {
                        if is_excluded {
                            return (self.handler)(Item::Excluded);
                        }
                        let parent = Some((Arc::clone(&folder), name.to_vec()));
                        let (root, base, below) = (Arc::clone(&root), Arc::clone(&base), join(&below, name));
                        let in_project = in_project.clone();
                        let task = Task { root, base, in_project, parent, below, inside: entered.flatten() };
                        self.leave_or_enter(scope, depth, task);
                    }
                }
                Kind::File | Kind::Link | Kind::Special => {}
            }
        });
        batch.run(self.handler);
        if let Err(error) = listed
            && (!has_vanished(&error) || below.is_empty())
        {
            (self.handler)(Item::Unreadable(Place { root: &root, folder: &below, name: b"" }, error));
        }
    }

    /// What holds in a folder: the repository that begins there, if one does, and the folder's own ignore rules.
    fn look_around(&self, inside: Option<Inside>, folder: &Folder, base: &Path, place: Place<'_>) -> Option<Inside> {
        let mut inside = inside;
        let at_top = inside.as_ref().is_some_and(|inside| inside.path.is_empty());
        if !at_top && folder.contains(b".git") {
            match WorkTree::open(&base.join(path_from_bytes(place.folder))) {
                Ok(tree) => {
                    let rules = Arc::clone(&tree.rules);
                    inside = Some(Inside::new(tree, rules, Vec::new()));
                }
                Err(reason) => {
                    inside = None;
                    let note = format!("its .git cannot be used, so it is read as a plain folder: {reason}");
                    (self.handler)(Item::Note(place, note));
                }
            }
        }
        if let Some(inside) = &mut inside {
            let (rules, note) = Rules::of_folder(&inside.rules, folder, &inside.path);
            inside.rules = rules;
            if let Some(note) = note {
                (self.handler)(Item::Note(place, note));
            }
        }
        inside
    }

    fn is_excluded(&self, in_project: Option<&Vec<u8>>, below: &[u8], name: &[u8], kind: Kind) -> bool {
        if self.exclude.is_empty() && in_project.is_none() {
            return false;
        }
        let path = join(below, name);
        let matches =
            |globs: &Gitignore, path: &[u8]| globs.matched(path_from_bytes(path), kind == Kind::Folder).is_ignore();
        matches(self.exclude, &path) || in_project.is_some_and(|place| matches(self.of_project, &join(place, &path)))
    }

    fn may_wait(&self) -> bool {
        self.waiting.load(Ordering::Relaxed) < MAX_WAITING
    }

    fn leave_or_do<'s>(&'s self, scope: &Scope<'s>, batch: Batch) {
        if !self.may_wait() {
            return batch.run(self.handler);
        }
        self.waiting.fetch_add(1, Ordering::Relaxed);
        scope.spawn(move |_| {
            self.waiting.fetch_sub(1, Ordering::Relaxed);
            batch.run(self.handler);
        });
    }

    fn leave_or_enter<'s>(&'s self, scope: &Scope<'s>, depth: usize, mut task: Task) {
        if !self.may_wait() {
            if depth < MAX_DEPTH_AT_ONCE {
                return self.folder(scope, task, depth + 1);
            }
            task.parent = None;
        }
        self.waiting.fetch_add(1, Ordering::Relaxed);
        scope.spawn(move |scope| {
            self.waiting.fetch_sub(1, Ordering::Relaxed);
            self.folder(scope, task, 0);
        });
    }
}

impl Batch {
    fn new(root: &Arc<Root>, below: &Arc<Vec<u8>>, folder: &Arc<Folder>) -> Self {
        Batch {
            root: Arc::clone(root),
            below: Arc::clone(below),
            folder: Arc::clone(folder),
            names: Vec::new(),
            entries: Vec::with_capacity(BATCH),
        }
    }

    fn push(&mut self, name: &[u8], kind: Kind) {
        self.names.extend_from_slice(name);
        self.entries.push((self.names.len(), kind));
    }

    /// Hands over each file and link.
    fn run(self, handler: &Handler<'_>) {
        let mut start = 0;
        for &(end, kind) in &self.entries {
            let name = &self.names[start..end];
            start = end;
            let place = Place { root: &self.root, folder: &self.below, name };
            let outcome = match kind {
                Kind::Link => self.folder.read_link(name).map(|target| handler(Item::Link(place, &target))),
                _ => self.folder.open_file(name).map(|file| handler(Item::File(place, file))),
            };
            match outcome {
                // It vanished between the listing and now, which is its right.
                Err(error) if has_vanished(&error) => {}
                Err(error) => handler(Item::Unreadable(place, error)),
                Ok(()) => {}
            }
        }
    }
}

/// Opens the folder `below` of `base`, part by part, so that no link on the way is followed and no path is too long.
fn open_below(base: &Path, below: &[u8]) -> io::Result<Folder> {
    let parts = below.split(|&byte| byte == b'/').filter(|part| !part.is_empty());
    parts.fold(Folder::open(base), |folder, part| folder?.open_folder(part))
}

fn has_vanished(error: &io::Error) -> bool {
    error.kind() == io::ErrorKind::NotFound
}
