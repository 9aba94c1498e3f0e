//! Where content comes from. A source hands what it finds, piece by piece and from several threads, to a handler; it
//! searches nothing and prints nothing. Beside the sources, [`hooks`] puts git hooks in place, where the repository says.

mod alternates;
pub mod commit_diff;
pub(crate) mod excluded;
pub mod files;
mod git;
mod git_error;
mod git_files;
mod head;
pub mod history;
mod hook;
mod hook_script;
pub mod hooks;
mod ignored;
mod index;
mod merged;
mod mode;
mod object_reader;
mod objects;
pub(crate) mod os;
pub mod parents;
pub mod person;
pub mod project;
pub mod push;
pub mod range;
pub mod recorded;
pub mod refs;
mod reftable;
mod regular_file;
mod remote;
mod revision;
mod roots;
mod shallow;
pub mod staged;
mod stores;
#[cfg(test)]
mod test_repository;
mod trust;
mod walk;
mod work_tree;

use std::fs::File;
use std::io;
use std::sync::Arc;

use crate::place::{Root, join};

pub use git::GitError;
pub(crate) use object_reader::ALL_OBJECTS;
pub use roots::{Named, RootError};

/// Where a piece of content lies.
#[derive(Debug, Clone, Copy)]
pub struct Place<'a> {
    /// The root it was found under.
    pub root: &'a Arc<Root>,
    /// Its folder, relative to the root; empty for the root itself. Names are plain, secrets in them included.
    pub folder: &'a [u8],
    /// Its own name; empty for the root itself.
    pub name: &'a [u8],
}

impl Place<'_> {
    /// Its path relative to the root; empty for the root itself.
    pub fn below(&self) -> Vec<u8> {
        join(self.folder, self.name)
    }
}

/// What a source hands over.
#[derive(Debug)]
pub enum Item<'a> {
    /// An open file.
    File(Place<'a>, File),
    /// A folder that is read.
    Folder(Place<'a>),
    /// A symbolic link and where it points to; it is not followed.
    Link(Place<'a>, &'a [u8]),
    /// The name of a file whose content is handed over apart, if at all.
    Name(Place<'a>),
    /// A content that is no file of its own.
    Content(Place<'a>, &'a [u8]),
    /// Where a symbolic link points to, without its name.
    Target(Place<'a>, &'a [u8]),
    /// Something that should have been read and could not.
    Unreadable(Place<'a>, io::Error),
    /// The same, with a reason that is not the system's.
    Problem(Place<'a>, String),
    /// Something worth knowing that takes nothing from the scan.
    Note(Place<'a>, String),
    /// A file that a glob leaves out, or a folder with all that is in it.
    Excluded,
}

/// Takes what a source hands over, from any thread.
pub type Handler<'h> = dyn Fn(Item<'_>) + Sync + 'h;
