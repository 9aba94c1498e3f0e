//! A git repository as the walk sees it: which paths are tracked, and which ignore rules hold.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use gix::bstr::ByteSlice;

use super::ignored::Rules;
use crate::fault::in_words;

/// The bytes that git's small files (`config`, `HEAD` and the like) may have.
pub(super) const MAX_SMALL_FILE: u64 = 4 << 20;

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

/// A repository with a work tree.
#[derive(Debug)]
pub(super) struct Repository {
    /// The top of the work tree.
    pub(super) top: PathBuf,
    /// What the next commit would record; none before anything was added.
    index: Option<gix::index::File>,
    /// The ignore rules that hold at the top before its own `.gitignore`.
    pub(super) rules: Arc<Rules>,
}

impl Repository {
    /// Opens the repository whose work tree begins at `top`, where a `.git` stands.
    ///
    /// Only the repository's own configuration is read, and nothing in it can make this run anything.
    ///
    /// # Errors
    /// Why the repository or its index cannot be read.
    pub(super) fn open(top: &Path) -> Result<Arc<Self>, String> {
        check_files(top)?;
        let options = gix::open::Options::isolated();
        let repository = gix::open_opts(top, options).map_err(|_| "it is no repository, or a broken one".to_owned())?;
        let index_path = repository.index_path();
        let index = match fs::symlink_metadata(&index_path) {
            Ok(_) => {
                regular(&index_path, u64::MAX)?;
                Some(repository.open_index().map_err(|error| format!("its index cannot be read: {error}"))?)
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => None,
            Err(error) => return Err(format!("its index cannot be read: {}", in_words(&error))),
        };
        if index.is_none() && repository.head_id().is_ok() {
            return Err("it has commits, but no index to say what is tracked".to_owned());
        }
        let rules = Rules::of_repository(&repository.common_dir().join("info").join("exclude"));
        Ok(Arc::new(Repository { top: top.to_owned(), index, rules }))
    }

    /// Whether the file or link at `path`, relative to the top, is tracked.
    pub(super) fn tracks(&self, path: &[u8]) -> bool {
        let Some(index) = &self.index else { return false };
        let listed = |path: &[u8]| index.entry_index_by_path(path.as_bstr()).is_ok();
        // In a sparse index, a folder that is not checked out stands for all in it, as `folder/`.
        let in_folder = |at: usize| path[at] == b'/' && listed(&path[..=at]);
        listed(path) || index.is_sparse() && (0..path.len()).any(in_folder)
    }

    /// Whether a file in the folder at `path`, relative to the top, is tracked, or the folder is a submodule.
    pub(super) fn tracks_in(&self, path: &[u8]) -> bool {
        let Some(index) = &self.index else { return false };
        let folder = [path, b"/"].concat();
        index.prefixed_entries(folder.as_bstr()).is_some_and(|entries| !entries.is_empty())
            || self.tracks(path)
            || self.tracks(&folder)
    }
}

/// Makes sure that what opening a repository reads are regular files of a bounded size: a FIFO or a link to a device in
/// their place would hold the scan up for ever.
fn check_files(top: &Path) -> Result<(), String> {
    check_git(&top.join(".git"))
}

/// The same for a `.git`, folder or file, or a repository without a work tree.
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
    // And the branch that HEAD names.
    let head = fs::read(git.join("HEAD")).unwrap_or_default();
    let branch = String::from_utf8_lossy(&head).trim_end().strip_prefix("ref: ").map(|name| common.join(name));
    branch.map_or(Ok(()), |branch| regular_if_file(&branch))
}

/// Whether there is nothing at `path`, a folder, or a small regular file.
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

/// Whether there is nothing at `path`, or a regular file of at most `most` bytes.
pub(super) fn regular(path: &Path, most: u64) -> Result<(), String> {
    match fs::metadata(path) {
        Ok(found) if found.is_file() && found.len() <= most => Ok(()),
        Ok(_) => Err(format!("{} is no regular file, or too large", name(path))),
        Err(_) => Ok(()),
    }
}

fn name(path: &Path) -> String {
    path.file_name().unwrap_or_default().to_string_lossy().into_owned()
}
