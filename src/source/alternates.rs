//! Which folders of objects there are besides a repository's own: those that git's environment lists, and those that a folder borrows from,
//! by git's rules.

use std::collections::HashSet;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use gix::bstr::ByteSlice;

use crate::fault::in_words;

use super::os::{path_from_bytes, shown};
use super::regular_file::{MAX_SMALL_FILE, regular};

/// The folders that the one at `objects` borrows from, and those that these borrow from in turn: each once, also where they name each
/// other, and each where it lies from the folder that names it.
///
/// # Errors
/// In words, which list of them cannot be read.
pub(super) fn borrowed(objects: &Path) -> Result<Vec<PathBuf>, String> {
    let (mut found, mut known) = (Vec::new(), HashSet::new());
    let mut waiting = vec![objects.to_owned()];
    while let Some(folder) = waiting.pop() {
        if known.insert(canonical(&folder)) {
            waiting.extend(named(&folder)?.into_iter().rev());
            found.push(folder);
        }
    }
    found.remove(0);
    Ok(found)
}

/// Whether gix finds the same folders. It refuses those that name each other, and takes each name as it lies from the first of them.
pub(super) fn are_found_by_gix(objects: &Path, borrowed: &[PathBuf]) -> bool {
    let here = std::env::current_dir().unwrap_or_default();
    let all = |folders: &[PathBuf]| folders.iter().map(|folder| canonical(folder)).collect::<HashSet<_>>();
    // With the current folder, since a path may lead up from it.
    gix::odb::alternate::resolve(objects.to_owned(), &here).is_ok_and(|found| all(&found) == all(borrowed))
}

/// Whether gix refused to open a repository for such folders, or for what it took for them.
pub(super) fn are_refused(error: &gix::Error) -> bool {
    let said = error.to_string();
    said.starts_with("Alternates form a cycle") || said.starts_with("Could not read alternates")
}

fn canonical(folder: &Path) -> PathBuf {
    folder.canonicalize().unwrap_or_else(|_| folder.to_owned())
}

/// The folders that one says that it borrows from.
fn named(folder: &Path) -> Result<Vec<PathBuf>, String> {
    let path = folder.join("info").join("alternates");
    let fault = |fault: String| format!("{}: what it borrows from cannot be read: {fault}", shown(folder));
    regular(&path, MAX_SMALL_FILE).map_err(fault)?;
    let text = match fs::read(&path) {
        Ok(text) => text,
        // Whoever reads the folder finds out that it is none.
        Err(error) if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) => {
            return Ok(Vec::new());
        }
        Err(error) => return Err(fault(in_words(&error))),
    };
    let names = gix::odb::alternate::parse(&text).map_err(|error| fault(error.to_string()))?;
    Ok(names.into_iter().map(|name| folder.join(name)).collect())
}

/// The folders in a list as git writes it into its environment: one whose name has a sign that divides such lists, or another odd one,
/// stands in quotes.
pub(super) fn listed(list: &[u8]) -> Vec<PathBuf> {
    const DIVIDES: u8 = if cfg!(windows) { b';' } else { b':' };
    let mut folders = Vec::new();
    let mut rest = list;
    while !rest.is_empty() {
        let end = rest.iter().position(|&byte| byte == DIVIDES).unwrap_or(rest.len());
        let unquoted = rest.starts_with(b"\"").then(|| gix::quote::ansi_c::undo(rest.as_bstr()).ok()).flatten();
        let (name, length) = unquoted.map_or((rest[..end].to_vec(), end), |(name, length)| (name.to_vec(), length));
        // What begins with `#` is a comment to git, here, too.
        folders.extend((!name.is_empty() && rest[0] != b'#').then(|| path_from_bytes(&name)));
        rest = rest.get(length + 1..).unwrap_or_default();
    }
    folders
}
