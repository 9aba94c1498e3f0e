//! What is checked out: HEAD, in whatever way it is written, and the tree that its commit records.

use std::fs;

use gix::ObjectId;
use gix::bstr::ByteSlice;

use super::git::{GitError, Repository, resolve};
use super::regular_file::{MAX_SMALL_FILE, regular};

impl Repository {
    /// What HEAD names; none before the first commit.
    ///
    /// # Errors
    /// HEAD cannot be read.
    pub(super) fn head(&self) -> Result<Option<ObjectId>, GitError> {
        let broken = |fault: String| GitError::new(format!("HEAD cannot be read: {fault}"), "see `git fsck`");
        let repository = self.local();
        if let Some(references) = self.tables()? {
            return Ok(resolve(&references, b"HEAD"));
        }
        let head = match repository.head() {
            Ok(head) => head,
            // Git takes any blanks behind the colon, or none.
            Err(error) => {
                let branch = self.head_branch().ok_or_else(|| broken(error.to_string()))?;
                let found = repository.try_find_reference(&branch).map_err(|error| broken(error.to_string()))?;
                let object = found.map(|mut found| found.follow_to_object().map(gix::Id::detach));
                return object.transpose().map_err(|error| broken(error.to_string()));
            }
        };
        if head.is_unborn() {
            return Ok(None);
        }
        head.id().map(|id| Some(id.detach())).ok_or_else(|| broken("it names nothing".to_owned()))
    }

    /// The full name of the branch that the file of HEAD names, if it names one.
    pub(super) fn head_branch(&self) -> Option<String> {
        let path = self.local().git_dir().join("HEAD");
        regular(&path, MAX_SMALL_FILE).ok()?;
        let text = fs::read_to_string(path).ok()?;
        text.strip_prefix("ref:").map(|name| name.trim().to_owned())
    }

    /// The tree that HEAD's commit records; none before the first commit.
    ///
    /// # Errors
    /// HEAD or its commit cannot be read.
    pub(super) fn head_tree(&self) -> Result<Option<ObjectId>, GitError> {
        let broken = |fault: String| GitError::new(format!("HEAD cannot be read: {fault}"), "see `git fsck`");
        self.head()?.map(|id| self.tree_of(id).map_err(broken)).transpose()
    }

    /// The tree of a commit, or of what a tag names.
    fn tree_of(&self, mut id: ObjectId) -> Result<ObjectId, String> {
        /// More than any chain of tags has.
        const MOST_TAGS: usize = 64;
        let objects = self.objects();
        let mut buffer = Vec::new();
        for _ in 0..=MOST_TAGS {
            // Both kinds begin with what they are of: `tree`, or `object` of a tag, and its name.
            let data = objects.read(&id, &mut buffer)?;
            let line = data.lines().next().unwrap_or_default();
            let name = |mark: &[u8]| line.strip_prefix(mark).and_then(|name| ObjectId::from_hex(name).ok());
            match (name(b"tree "), name(b"object ")) {
                (Some(tree), _) => return Ok(tree),
                (None, Some(tagged)) => id = tagged,
                (None, None) => return Err(format!("object {id} is no commit")),
            }
        }
        Err("it is a tag of a tag of too many others".to_owned())
    }
}
