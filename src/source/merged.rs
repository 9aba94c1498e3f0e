//! What a merge that is under way takes in: the commits that git names in `MERGE_HEAD`, which become parents of the next commit beside
//! HEAD. Git keeps the file in each work tree's own folder, with reftables, too.

use std::collections::BTreeSet;
use std::fs;

use gix::ObjectId;
use gix::bstr::ByteSlice;

use super::git::Repository;
use super::regular_file::{MAX_SMALL_FILE, regular};

impl Repository {
    /// The commits that the next commit would be a merge with. None where no merge is under way, and where it cannot be read which it is:
    /// all that HEAD does not have is taken for new then.
    pub(super) fn merged(&self) -> BTreeSet<ObjectId> {
        let path = self.local().git_dir().join("MERGE_HEAD");
        let text = regular(&path, MAX_SMALL_FILE).ok().and_then(|()| fs::read(&path).ok()).unwrap_or_default();
        let commits: Option<_> = text.lines().map(|line| ObjectId::from_hex(line.trim_ascii_end()).ok()).collect();
        commits.unwrap_or_default()
    }
}
