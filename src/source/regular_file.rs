//! A repository's own files are regular ones of a bounded size: a FIFO or a link to a device in their place would hold a scan up for ever.

use std::fs;
use std::path::Path;

/// The bytes that git's small files (`config`, `HEAD` and the like) may have.
pub(super) const MAX_SMALL_FILE: u64 = 4 << 20;

/// Makes sure that there is nothing at `path`, or a regular file of at most `most` bytes.
///
/// # Errors
/// In words, that it is something else.
pub(super) fn regular(path: &Path, most: u64) -> Result<(), String> {
    match fs::metadata(path) {
        Ok(found) if found.is_file() && found.len() <= most => Ok(()),
        Ok(_) => Err(format!("{} is no regular file, or too large", name(path))),
        Err(_) => Ok(()),
    }
}

/// A file's name without its folder, for messages.
pub(super) fn name(path: &Path) -> String {
    path.file_name().unwrap_or_default().to_string_lossy().into_owned()
}
