//! What a folder is called that was named by `.` or `..`: a report that goes to somebody else has to say what it is about.

use std::path::Path;

use crate::detect::Detector;
use crate::finding::{Outcome, SourceKind};
use crate::source::project::has_git;

use super::masked;

/// Notes the name of the folder that was scanned, or of the repository that it lies in where that was, unless what was named ends in one.
pub fn note_name(outcome: &mut Outcome, detector: &Detector) {
    let [root] = outcome.roots.as_slice() else { return };
    let folder = Path::new(root);
    // Git's environment may name a repository that lies elsewhere.
    let is_elsewhere = outcome.source != SourceKind::Files && std::env::var_os("GIT_DIR").is_some();
    if outcome.source == SourceKind::Stdin || folder.file_name().is_some() || is_elsewhere {
        return;
    }
    let Ok(folder) = folder.canonicalize() else { return };
    let top = match outcome.source {
        SourceKind::Files | SourceKind::Stdin => None,
        SourceKind::Staged | SourceKind::History | SourceKind::Push => {
            folder.ancestors().find(|folder| has_git(folder))
        }
    };
    outcome.name = top.unwrap_or(&folder).file_name().map(|name| masked(detector, name.as_encoded_bytes()));
}
