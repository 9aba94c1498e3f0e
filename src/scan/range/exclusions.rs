//! What of that which commits bring is left out, and whether it says what counts.

use std::collections::{BTreeSet, HashSet};

use ignore::gitignore::Gitignore;

use crate::scan::Scanner;
use crate::source::commit_diff::Brought;
use crate::source::excluded::excludes;

/// How many versions of files globs leave out.
pub(super) fn excluded(brought: &[(Option<u32>, Brought)], exclude: &Gitignore) -> u64 {
    let files = brought.iter().map(|(_, brought)| brought).filter(|brought| brought.is_file());
    let excluded: HashSet<_> =
        files.filter(|file| excludes(exclude, &file.path)).map(|file| (&file.path, file.id)).collect();
    excluded.len() as u64
}

/// Which of the files that say what counts are among what is brought, to be shown.
pub(super) fn changed(brought: &[(Option<u32>, Brought)], settings: &[Vec<u8>], scanner: &Scanner<'_>) -> Vec<String> {
    let paths = brought.iter().map(|(_, brought)| &brought.path).filter(|path| settings.contains(path));
    let paths: BTreeSet<_> = paths.collect();
    paths.into_iter().map(|path| String::from_utf8_lossy(&scanner.shown(path)).into_owned()).collect()
}
