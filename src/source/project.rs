//! Where the project begins that something belongs to: the top of its repository, or a folder that is none.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};

use super::git::{GIT_DIR, WORK_TREE, discover};
use super::os::folder_of;

/// The top of the project that `path` belongs to, resolved: that of its repository; outside of repositories, the current folder if it
/// lies there, or else the folder itself. Within `.git`, and for a file that lies elsewhere, there is none.
pub fn of_path(path: &Path) -> Option<PathBuf> {
    let full = resolve(path)?;
    let in_git = |folder: &Path| folder.file_name().is_some_and(|name| name == ".git");
    if full.ancestors().any(in_git) {
        return None;
    }
    if let Some(top) = full.ancestors().find(|folder| has_git(folder)) {
        return Some(top.to_owned());
    }
    let here = fs::canonicalize(".").ok()?;
    if full.starts_with(&here) { Some(here) } else { Some(full).filter(|full| full.is_dir()) }
}

/// The top of the work tree of the repository that `folder` is in, or that git's environment names, resolved; none if it has none.
pub fn of_repository(folder: &Path) -> Option<PathBuf> {
    if [GIT_DIR, WORK_TREE].iter().any(|name| env::var_os(name).is_some()) {
        let repository = discover(folder).ok()?.to_thread_local();
        return fs::canonicalize(repository.workdir()?).ok();
    }
    let full = fs::canonicalize(folder).ok()?;
    let top = full.ancestors().find(|folder| has_git(folder))?;
    // Git's own folder, and a repository without a work tree in a work tree, are none of its files.
    let in_git = full.ancestors().take_while(|folder| *folder != top).any(|folder| {
        folder.file_name().is_some_and(|name| name == ".git")
            || folder.join("HEAD").is_file() && folder.join("objects").is_dir()
    });
    (!in_git).then(|| top.to_owned())
}

/// Whether the repository that `folder` is in, or that git's environment names, has no files of its own.
pub fn is_bare(folder: &Path) -> bool {
    discover(folder).is_ok_and(|repository| repository.to_thread_local().is_bare())
}

/// A path without links on the way to it; if it is one itself, its own.
pub fn resolve(path: &Path) -> Option<PathBuf> {
    if path.is_dir() {
        return fs::canonicalize(path).ok();
    }
    Some(fs::canonicalize(folder_of(path)).ok()?.join(path.file_name()?))
}

/// Whether a folder has a `.git`: it is the top of a work tree.
pub fn has_git(folder: &Path) -> bool {
    fs::symlink_metadata(folder.join(".git")).is_ok()
}

/// How somebody in the current folder would name `path`, which is resolved.
pub fn from_here(path: &Path) -> PathBuf {
    let Ok(here) = fs::canonicalize(".") else { return path.to_owned() };
    if let Ok(below) = path.strip_prefix(&here) {
        return below.to_owned();
    }
    match here.strip_prefix(path) {
        Ok(above) => above.components().map(|_| "..").collect(),
        Err(_) => path.to_owned(),
    }
}
