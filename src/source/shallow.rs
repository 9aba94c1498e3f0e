//! Reads where a repository's history was cut off on purpose: git's file `shallow`.

use std::fs;
use std::io;
use std::path::Path;

use gix::ObjectId;
use gix::bstr::ByteSlice;

use super::os::name_bytes;
use super::regular_file::{MAX_SMALL_FILE, regular};
use crate::fault::in_words;

/// The commits at which the history was cut off on purpose, as the file at `path` lists them; none if it is not there.
///
/// # Errors
/// It cannot be read.
pub(super) fn shallow(path: &Path) -> Result<Vec<ObjectId>, String> {
    let shown = String::from_utf8_lossy(&name_bytes(path)).into_owned();
    regular(path, MAX_SMALL_FILE)?;
    let text = match fs::read(path) {
        Ok(text) => text,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(format!("{shown}: it cannot be read: {}", in_words(&error))),
    };
    let lines = text.lines().enumerate();
    let read = |(number, line): (usize, &[u8])| {
        ObjectId::from_hex(line.trim()).map_err(|_| format!("{shown}: line {}: it names no commit", number + 1))
    };
    lines.map(read).collect()
}
