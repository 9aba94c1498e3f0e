//! Files and folders as a source.

use std::collections::HashMap;
use std::fs::{self, File};
use std::io;
use std::path::{Component, Path, PathBuf};
use std::sync::Arc;

use ignore::gitignore::{Gitignore, GitignoreBuilder};

use crate::place::{PlainName, Root, join, last_part};

use super::os::{folder_of, name_bytes, path_from_bytes};
use super::roots::{RootKind, enclosing, examine, shown};
use super::walk::{Task, Walk};
use super::{Handler, Item, Place, RootError};

/// How files are chosen.
#[derive(Debug, Clone)]
pub struct Options {
    /// Read also what git's ignore rules leave out.
    pub no_ignore: bool,
    /// What matches, relative to each root, is not read; see [`globs`].
    pub exclude: Gitignore,
    /// What else is not read, relative to the top of a project.
    pub within: Option<Within>,
    /// Whether a symbolic link that is named is followed. Whoever lists what a repository holds means the link.
    pub follow_named: bool,
}

/// What is left out of a project, wherever in it a root is.
#[derive(Debug, Clone)]
pub struct Within {
    /// The top of the project, resolved.
    pub top: PathBuf,
    /// What matches, relative to that, is not read.
    pub exclude: Gitignore,
}

impl Within {
    /// Where a root lies in the project; none if it does not.
    fn place_of(&self, root: &Path) -> Option<Vec<u8>> {
        let full = super::project::resolve(root)?;
        full.strip_prefix(&self.top).ok().map(name_bytes)
    }
}

impl Default for Options {
    fn default() -> Self {
        Options { no_ignore: false, exclude: Gitignore::empty(), within: None, follow_named: true }
    }
}

/// A path that was named and can be scanned.
#[derive(Debug)]
pub struct Start<'p> {
    path: &'p Path,
    kind: RootKind,
}

/// Looks at the named paths, before anything is read. Symbolic links are followed if `follow` says so.
///
/// # Errors
/// The first that does not exist, or cannot be scanned for what it is.
pub fn start<'p>(paths: impl IntoIterator<Item = &'p Path>, follow: bool) -> Result<Vec<Start<'p>>, RootError> {
    paths.into_iter().map(|path| Ok(Start { path, kind: examine(path, follow)? })).collect()
}

/// Reads the named paths on the threads of the current rayon pool and hands over what is in them. `redact` takes secrets
/// out of the names of roots.
pub fn read(starts: &[Start<'_>], options: &Options, redact: &dyn Fn(&[u8]) -> Vec<u8>, handler: &Handler<'_>) {
    let exclude = &options.exclude;
    let within = options.within.as_ref().filter(|within| !within.exclude.is_empty());
    let nothing = Gitignore::empty();
    let of_project = within.map_or(&nothing, |within| &within.exclude);
    let walk = Walk::new(handler, !options.no_ignore, exclude, of_project);
    let mut folders = Folders::default();
    rayon::in_place_scope(|scope| {
        for start in starts {
            let named = shown(start.path);
            let in_project = within.and_then(|within| within.place_of(start.path));
            let is_left_out = |place: &Vec<u8>| {
                let is_folder = start.kind == RootKind::Folder;
                !place.is_empty()
                    && of_project.matched_path_or_any_parents(path_from_bytes(place), is_folder).is_ignore()
            };
            if is_excluded(exclude, &named, start.kind) || in_project.as_ref().is_some_and(is_left_out) {
                handler(Item::Excluded);
                continue;
            }
            if start.kind != RootKind::Folder {
                let in_repository = folders.locate(start.path).map(|path| redact(&path));
                let root = new_root(&named, in_repository, redact);
                scope.spawn(move |_| named_file(start, &root, handler));
                continue;
            }
            let enclosing = enclosing(start.path, !options.no_ignore);
            let (in_repository, inside, note) = match enclosing {
                Some(found) => (Some(redact(&found.path)), found.inside, found.note),
                None => (None, None, None),
            };
            let root = new_root(&named, in_repository, redact);
            if let Some(note) = note {
                handler(Item::Note(Place { root: &root, folder: b"", name: b"" }, note));
            }
            if let Ok(target) = fs::read_link(start.path) {
                handler(Item::Link(Place { root: &root, folder: b"", name: b"" }, &name_bytes(&target)));
            }
            let base = Arc::new(start.path.to_owned());
            let in_project = in_project.map(Arc::new);
            let task = Task { base, in_project, parent: None, below: Vec::new(), inside, root };
            scope.spawn(|scope| walk.folder(scope, task, 0));
        }
    });
}

/// A root that was named so; its own name is the last part.
fn new_root(named: &[u8], in_repository: Option<Vec<u8>>, redact: &dyn Fn(&[u8]) -> Vec<u8>) -> Arc<Root> {
    let name = PlainName(last_part(named).to_vec());
    let shown = redact(named);
    Arc::new(Root { is_redacted: shown != named, named: shown, name, in_repository })
}

/// Whether a file that was named is excluded: by its name, or by a folder's that was named with it.
fn is_excluded(exclude: &Gitignore, named: &[u8], kind: RootKind) -> bool {
    if exclude.is_empty() || kind == RootKind::Folder {
        return false;
    }
    let path = path_from_bytes(named);
    let is_below_here = path.components().all(|part| matches!(part, Component::Normal(_)));
    if is_below_here {
        exclude.matched_path_or_any_parents(path, false).is_ignore()
    } else {
        // What stands above is the machine's affair, as with a folder that was named.
        path.file_name().is_some_and(|name| exclude.matched(name, false).is_ignore())
    }
}

/// A matcher for globs in the syntax of `.gitignore`, and with `{a,b}`. A class that does not end is an error: git matches nothing with it,
/// and a shell takes `[` as itself, so that nobody can tell what was meant.
///
/// # Errors
/// What is wrong with a glob.
pub fn globs<'g>(globs: impl IntoIterator<Item = &'g str>) -> Result<Gitignore, String> {
    let mut builder = GitignoreBuilder::new("");
    builder.allow_unclosed_class(false);
    for glob in globs {
        let glob = glob_text(glob);
        let parts = || Path::new(&glob).components();
        if glob.starts_with('!') || parts().any(|part| part == Component::ParentDir) {
            return Err("a glob may neither begin with `!` nor hold `..`".to_owned());
        }
        // Without any name in it, as in `/`, it matches nothing, which the matcher does not know.
        if parts().any(|part| matches!(part, Component::Normal(_))) {
            builder.add_line(None, &glob).map_err(|error| error.to_string())?;
        }
    }
    // Each of them is a sound one; together they may be more than the matcher takes.
    builder.build().map_err(|_| "the globs are too large in all".to_owned())
}

/// A glob as [`globs`] takes it: one that begins with `./` is one from the top.
pub fn glob_text(glob: &str) -> String {
    glob.strip_prefix("./").map_or_else(|| glob.to_owned(), |rest| format!("/{rest}"))
}

/// Where files that were named lie in their repositories; each folder is looked at once.
#[derive(Default)]
struct Folders {
    known: HashMap<PathBuf, Option<Vec<u8>>>,
}

impl Folders {
    /// The path of `file` relative to the top of its repository. A symbolic link's is its own, not its target's.
    fn locate(&mut self, file: &Path) -> Option<Vec<u8>> {
        let folder = folder_of(file);
        if !self.known.contains_key(folder) {
            let path = enclosing(folder, false).map(|found| found.path);
            self.known.insert(folder.to_owned(), path);
        }
        let folder = self.known.get(folder)?.as_ref()?;
        Some(join(folder, &name_bytes(Path::new(file.file_name()?))))
    }
}

/// Hands over a file that was named outright. If the name is a symbolic link's, both the link and what it leads to are.
fn named_file(start: &Start<'_>, root: &Arc<Root>, handler: &Handler<'_>) {
    let place = Place { root, folder: b"", name: b"" };
    if let Ok(target) = fs::read_link(start.path) {
        handler(Item::Link(place, &name_bytes(&target)));
    }
    if start.kind == RootKind::Link {
        return;
    }
    match File::open(start.path) {
        Ok(file) => handler(Item::File(place, file)),
        // A link that leads nowhere, or a file that vanished since it was looked at.
        Err(error) if error.kind() == io::ErrorKind::NotFound => {}
        Err(error) => handler(Item::Unreadable(place, error)),
    }
}
