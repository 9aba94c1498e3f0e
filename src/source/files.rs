//! Files and folders as a source.

use std::collections::HashMap;
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use ignore::gitignore::Gitignore;

use crate::place::{PlainName, Root, join};

use super::os::{name_bytes, path_from_bytes};
use super::roots::{RootKind, enclosing, examine, shown};
use super::walk::{Task, Walk};
use super::{Handler, Item, Place, RootError, ignored};

/// How files are chosen.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// Read also what git's ignore rules leave out.
    pub no_ignore: bool,
    /// Globs in the syntax of `.gitignore`, relative to each root: what matches is not read.
    pub exclude: Vec<String>,
}

/// A path that was named and can be scanned.
#[derive(Debug)]
pub struct Start<'p> {
    path: &'p Path,
    kind: RootKind,
}

/// Looks at the named paths, before anything is read.
///
/// # Errors
/// The first that does not exist, or cannot be scanned for what it is.
pub fn start<'p>(paths: impl IntoIterator<Item = &'p Path>) -> Result<Vec<Start<'p>>, RootError> {
    paths.into_iter().map(|path| Ok(Start { path, kind: examine(path)? })).collect()
}

/// Reads the named paths on the threads of the current rayon pool and hands over what is in them. `redact` takes secrets
/// out of the names of roots.
pub fn read(starts: &[Start<'_>], options: &Options, redact: &dyn Fn(&[u8]) -> Vec<u8>, handler: &Handler<'_>) {
    let exclude = ignored::patterns(options.exclude.iter().map(String::as_str));
    let walk = Walk::new(handler, !options.no_ignore, &exclude);
    let mut folders = Folders::default();
    rayon::in_place_scope(|scope| {
        for start in starts {
            let named = shown(start.path);
            if is_excluded(&exclude, &named, start.kind) {
                continue;
            }
            if start.kind != RootKind::Folder {
                let in_repository = folders.locate(start.path).map(|path| redact(&path));
                let root = Arc::new(Root { named: redact(&named), name: own_name(&named), in_repository });
                scope.spawn(move |_| named_file(start.path, &root, handler));
                continue;
            }
            let enclosing = enclosing(start.path, !options.no_ignore);
            let (in_repository, inside, note) = match enclosing {
                Some(found) => (Some(redact(&found.path)), found.inside, found.note),
                None => (None, None, None),
            };
            let root = Arc::new(Root { named: redact(&named), name: own_name(&named), in_repository });
            if let Some(note) = note {
                handler(Item::Note(Place { root: &root, folder: b"", name: b"" }, note));
            }
            let task = Task { base: Arc::new(start.path.to_owned()), below: Vec::new(), inside, root };
            scope.spawn(|scope| walk.folder(scope, task, 0));
        }
    });
}

/// The last part of a root's name.
fn own_name(named: &[u8]) -> PlainName {
    PlainName(named.rsplit(|&byte| byte == b'/').next().unwrap_or(named).to_vec())
}

/// Whether a root is excluded by its own name or a folder's above it.
fn is_excluded(exclude: &Gitignore, named: &[u8], kind: RootKind) -> bool {
    let path = path_from_bytes(named.strip_prefix(b"/").unwrap_or(named));
    !exclude.is_empty() && exclude.matched_path_or_any_parents(path, kind == RootKind::Folder).is_ignore()
}

/// Where files that were named lie in their repositories; each folder is looked at once.
#[derive(Default)]
struct Folders {
    known: HashMap<PathBuf, Option<Vec<u8>>>,
}

impl Folders {
    /// The path of `file` relative to the top of its repository. A symbolic link's is its own, not its target's.
    fn locate(&mut self, file: &Path) -> Option<Vec<u8>> {
        let folder = file.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        if !self.known.contains_key(folder) {
            let path = enclosing(folder, false).map(|found| found.path);
            self.known.insert(folder.to_owned(), path);
        }
        let folder = self.known.get(folder)?.as_ref()?;
        Some(join(folder, &name_bytes(Path::new(file.file_name()?))))
    }
}

/// Hands over a file that was named outright. If the name is a symbolic link's, both the link and the file are.
fn named_file(path: &Path, root: &Arc<Root>, handler: &Handler<'_>) {
    let place = Place { root, folder: b"", name: b"" };
    if let Ok(target) = fs::read_link(path) {
        handler(Item::Link(place, &name_bytes(&target)));
    }
    match File::open(path) {
        Ok(file) => handler(Item::File(place, file)),
        // A link that leads nowhere, or a file that vanished since it was looked at.
        Err(error) if error.kind() == io::ErrorKind::NotFound => {}
        Err(error) => handler(Item::Unreadable(place, error)),
    }
}
