//! A repository's work tree as the walk over files sees it: which paths are tracked, and which ignore rules hold.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use gix::bstr::ByteSlice;

use super::git_files::check_git;
use super::ignored::Rules;
use super::regular_file::regular;
use crate::fault::in_words;

/// The work tree of a repository.
#[derive(Debug)]
pub(super) struct WorkTree {
    /// Where it begins.
    pub(super) top: PathBuf,
    /// What the next commit would record; none before anything was added.
    index: Option<gix::index::File>,
    /// The ignore rules that hold at the top before its own `.gitignore`.
    pub(super) rules: Arc<Rules>,
}

impl WorkTree {
    /// Opens the work tree that begins at `top`, where a `.git` stands.
    ///
    /// Only the repository's own configuration is read, and nothing in it can make this run anything.
    ///
    /// # Errors
    /// Why the repository or its index cannot be read.
    pub(super) fn open(top: &Path) -> Result<Arc<Self>, String> {
        check_git(&top.join(".git"))?;
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
        Ok(Arc::new(WorkTree { top: top.to_owned(), index, rules }))
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
