//! A git repository as the walk sees it: which paths are tracked, and which ignore rules hold.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use gix::bstr::ByteSlice;

use super::ignored::Rules;

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
        let options = gix::open::Options::isolated();
        let repository = gix::open_opts(top, options).map_err(|error| error.to_string())?;
        let index = if repository.index_path().exists() {
            Some(repository.open_index().map_err(|error| format!("its index cannot be read: {error}"))?)
        } else {
            None
        };
        let rules = Rules::of_repository(&repository.common_dir().join("info").join("exclude"));
        Ok(Arc::new(Repository { top: top.to_owned(), index, rules }))
    }

    /// Whether the file or link at `path`, relative to the top, is tracked.
    pub(super) fn tracks(&self, path: &[u8]) -> bool {
        self.index.as_ref().is_some_and(|index| index.entry_index_by_path(path.as_bstr()).is_ok())
    }

    /// Whether a file in the folder at `path`, relative to the top, is tracked, or the folder is a submodule.
    pub(super) fn tracks_in(&self, path: &[u8]) -> bool {
        let Some(index) = &self.index else { return false };
        let folder = [path, b"/"].concat();
        index.prefixed_entries(folder.as_bstr()).is_some_and(|entries| !entries.is_empty()) || self.tracks(path)
    }
}
