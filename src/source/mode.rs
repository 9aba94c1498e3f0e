//! Modes, by which a tree and the index say what an entry is.

/// The part of a mode that says what something is.
pub(super) const FORMAT: u16 = 0o170_000;

/// A regular file.
pub(super) const FILE: u16 = 0o100_000;

/// A symbolic link.
pub(super) const LINK: u16 = 0o120_000;

/// A commit of another repository.
pub(super) const SUBMODULE: u16 = 0o160_000;

/// A folder: a tree.
pub(super) const FOLDER: u16 = 0o040_000;
