//! Makes sure that what opening a repository reads are regular files of a bounded size.

use std::fs;
use std::path::{Path, PathBuf};

use super::git_error::GitError;
use super::os::shown;
use super::regular_file::{MAX_SMALL_FILE, name, regular};
use crate::fault::in_words;

/// The files of a repository that opening it may read.
const READ_WHEN_OPENED: [&str; 8] = [
    "HEAD",
    "config",
    "config.worktree",
    "commondir",
    "info/exclude",
    "objects/info/alternates",
    "packed-refs",
    "shallow",
];

/// Makes sure of it for all that opening a repository reads, which is a `.git`, a folder or a file, or has no work tree.
///
/// # Errors
/// In words, which of these is not so.
pub(super) fn check_git(git: &Path) -> Result<(), String> {
    let git = git_folder(git, "gitdir: ")?;
    let common = match fs::symlink_metadata(git.join("commondir")) {
        Ok(_) => git_folder(&git.join("commondir"), "")?,
        Err(_) => git.clone(),
    };
    for folder in [&git, &common] {
        for name in READ_WHEN_OPENED {
            regular(&folder.join(name), MAX_SMALL_FILE)?;
        }
    }
    // What is borrowed from may borrow itself.
    super::alternates::borrowed(&common.join("objects"))?;
    // And the branch that HEAD names.
    let head = fs::read(git.join("HEAD")).unwrap_or_default();
    let branch =
        String::from_utf8_lossy(&head).trim_end().strip_prefix("ref:").map(|name| common.join(name.trim_start()));
    branch.map_or(Ok(()), |branch| regular_if_file(&branch))
}

/// Makes sure that what does not look like a repository is none for its HEAD: git reads one that is a link to where a branch would be.
///
/// # Errors
/// It is such a link.
pub(super) fn check_head(git: &Path) -> Result<(), GitError> {
    let link = git.join("HEAD").read_link().ok().filter(|target| target.starts_with("refs"));
    match link.filter(|_| git.join("objects").is_dir()) {
        Some(branch) => Err(GitError::new(
            format!("{}: HEAD is a link to {}, which is no file", shown(git), shown(&branch)),
            "`git symbolic-ref HEAD \"$(git symbolic-ref HEAD)\"` writes HEAD as a file, which says the same",
        )),
        None => Ok(()),
    }
}

/// Makes sure that there is nothing at `path`, a folder, or a small regular file.
fn regular_if_file(path: &Path) -> Result<(), String> {
    if path.is_dir() { Ok(()) } else { regular(path, MAX_SMALL_FILE) }
}

/// The folder at `path`, or the one that the file at `path` names behind `mark`.
fn git_folder(path: &Path, mark: &str) -> Result<PathBuf, String> {
    if path.is_dir() {
        return Ok(path.to_owned());
    }
    regular(path, MAX_SMALL_FILE)?;
    let text = fs::read(path).map_err(|error| format!("{} cannot be read: {}", name(path), in_words(&error)))?;
    let text = String::from_utf8_lossy(&text);
    let folder = text.trim_end().strip_prefix(mark).ok_or_else(|| format!("{} names no folder", name(path)))?;
    Ok(path.parent().unwrap_or(Path::new("")).join(folder))
}
