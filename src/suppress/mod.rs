//! What makes a finding not count: a comment beside it, the project's config, or a baseline of what was there before.
//!
//! Nothing here reads a file or knows how anything was found. `inline` looks at text around a secret; `allow` and
//! `baseline` go by its fingerprint and its path.

mod allow;
mod baseline;
mod inline;
mod signs;

pub use allow::{Allow, Allows};
pub use baseline::{Baseline, Entry, Extent, Known, MAX_BASELINE};
pub use inline::{Comment, around, is_meant};
pub use signs::MARK;

/// What a project says of findings, besides comments in its files.
#[derive(Debug, Default)]
pub struct Exceptions {
    /// What its config allows.
    pub allows: Allows,
    /// What was there before.
    pub baseline: Option<Baseline>,
}
