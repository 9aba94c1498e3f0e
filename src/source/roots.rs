//! What was named to be scanned: where it is, what it is, and which repository it lies in.

use std::fmt;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::os::{Folder, name_bytes};
use super::project::has_git;
use super::walk::Inside;
use super::work_tree::WorkTree;

/// What can be named to be scanned.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Named {
    /// Standard input.
    Stdin,
    /// A file or folder.
    Path(PathBuf),
}

/// A named path that cannot be scanned.
#[derive(Debug)]
pub struct RootError {
    /// The path as it was named.
    pub path: PathBuf,
    /// Why, and what to do.
    pub message: String,
}

impl fmt::Display for RootError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.path.display(), self.message)
    }
}

impl std::error::Error for RootError {}

/// What a named path turned out to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum RootKind {
    File,
    Folder,
    /// A symbolic link that leads nowhere.
    DanglingLink,
    /// A symbolic link that is not to be followed.
    Link,
    /// Its kind cannot be told, for want of permission.
    Unknown,
}

/// Looks at a named path. A symbolic link is followed if `follow` says so.
///
/// # Errors
/// It does not exist, or is a device, socket or FIFO.
pub(super) fn examine(path: &Path, follow: bool) -> Result<RootKind, RootError> {
    let error = |message: &str| RootError { path: path.to_owned(), message: message.to_owned() };
    let is_link = || fs::symlink_metadata(path).is_ok_and(|found| found.is_symlink());
    if !follow && is_link() {
        return Ok(RootKind::Link);
    }
    match fs::metadata(path) {
        Ok(found) if found.is_file() => Ok(RootKind::File),
        Ok(found) if found.is_dir() => Ok(RootKind::Folder),
        Ok(_) => Err(error("it is a device, a socket or a FIFO; to scan a stream, use `gridleaks scan - < STREAM`")),
        Err(_) if is_link() => Ok(RootKind::DanglingLink),
        Err(found) if found.kind() == io::ErrorKind::NotFound => Err(error("no such file or folder")),
        Err(found) if found.kind() == io::ErrorKind::NotADirectory => Err(error("no such file or folder")),
        Err(_) => Ok(RootKind::Unknown),
    }
}

/// How a root is shown: without a leading `./` and a trailing `/`, and nothing for the current folder.
pub(super) fn shown(path: &Path) -> Vec<u8> {
    let bytes = name_bytes(path);
    let mut text: &[u8] = &bytes;
    while let Some(rest) = text.strip_prefix(b"./") {
        text = rest;
        while let Some(rest) = text.strip_prefix(b"/") {
            text = rest;
        }
    }
    while text.len() > 1 && text.ends_with(b"/") {
        text = &text[..text.len() - 1];
    }
    if text == b"." { Vec::new() } else { text.to_vec() }
}

/// Where a path lies in a repository.
#[derive(Debug)]
pub(super) struct Enclosing {
    /// The path relative to the top of the repository, with `/` between parts; empty at the top.
    pub(super) path: Vec<u8>,
    /// The state of a walk that comes down from the top to this path; none if the repository has to be left out of
    /// account, because it cannot be read or because its rules ignore the path, which was named all the same.
    pub(super) inside: Option<Inside>,
    /// Why the repository is left out of account, if that is worth knowing.
    pub(super) note: Option<String>,
}

/// The repository that `path` lies in, if any; `path` itself may be its top. With `for_walk`, also what a walk needs to
/// know of it.
pub(super) fn enclosing(path: &Path, for_walk: bool) -> Option<Enclosing> {
    let full = fs::canonicalize(path).ok()?;
    let is_git_folder = |part: &Path| part.file_name().is_some_and(|name| name == ".git");
    if full.ancestors().any(is_git_folder) {
        return None;
    }
    let top = full.ancestors().find(|folder| has_git(folder))?;
    let below = name_bytes(full.strip_prefix(top).unwrap_or(Path::new("")));
    if !for_walk {
        return Some(Enclosing { path: below, inside: None, note: None });
    }
    match WorkTree::open(top) {
        Ok(tree) => {
            let inside = descend(tree, &below);
            Some(Enclosing { path: below, inside, note: None })
        }
        // At the top itself, the walk will say so.
        Err(_) if below.is_empty() => Some(Enclosing { path: below, inside: None, note: None }),
        Err(reason) => {
            let note = format!("the repository at {} cannot be used: {reason}", top.display());
            Some(Enclosing { path: below, inside: None, note: Some(note) })
        }
    }
}

/// Comes down from the top of a work tree to the folder `path`, gathering ignore rules; none if they ignore it.
fn descend(tree: Arc<WorkTree>, path: &[u8]) -> Option<Inside> {
    let mut rules = Arc::clone(&tree.rules);
    let ends = path.iter().enumerate().filter(|(_, byte)| **byte == b'/').map(|(at, _)| at);
    let mut above = 0;
    for end in ends.chain((!path.is_empty()).then_some(path.len())) {
        let parent = &path[..above];
        if let Ok(folder) = Folder::open(&tree.top.join(super::os::path_from_bytes(parent))) {
            rules = super::ignored::Rules::of_folder(&rules, &folder, parent).0;
        }
        if rules.ignores(&path[..end], true) {
            return None;
        }
        above = end;
    }
    Some(Inside::new(tree, rules, path.to_vec()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn roots_are_shown_without_ornaments() {
        for (named, expected) in [
            (".", ""),
            ("./", ""),
            ("./a", "a"),
            ("././/a/", "a"),
            ("a/b//", "a/b"),
            ("/", "/"),
            ("..", ".."),
            ("../x", "../x"),
            ("/tmp/x/", "/tmp/x"),
        ] {
            assert_eq!(String::from_utf8(shown(Path::new(named))).unwrap(), expected, "{named}");
        }
    }
}
