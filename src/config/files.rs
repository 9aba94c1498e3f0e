//! Which files a config may name, and how they are read from what a commit records.

use std::path::{Component, Path, PathBuf};

use crate::fault::{Fault, quoted};
use crate::source::recorded::Recorded;
use crate::text_file::decode;

/// Reads a file as a commit records it, at a path from the top; none if there is none.
///
/// # Errors
/// It is no regular file, cannot be read, is longer than `most` bytes, or no UTF-8.
pub fn read_recorded(recorded: &Recorded, path: &str, most: u64, remedy: &str) -> Result<Option<String>, Fault> {
    let file = recorded_name(recorded, path);
    let fault = |message: String| Fault::new(&file, None, format!("cannot read it: {message}"), remedy);
    match recorded.read(path).map_err(fault)? {
        Some(bytes) if bytes.len() as u64 > most => Err(fault(format!("it is over {most} bytes"))),
        bytes => bytes.map(|bytes| decode(&file, bytes)).transpose(),
    }
}

/// What to call such a file: as git does.
pub fn recorded_name(recorded: &Recorded, path: &str) -> String {
    format!("{}:{path}", recorded.revision)
}

/// The path of a file that something in `folder` names, if it lies below that folder and no link leads elsewhere: what somebody else's
/// repository names must not be read from anywhere else, as a message about it would show some of it.
///
/// # Errors
/// Why it may not be read, in words.
pub fn below(folder: &Path, named: &str) -> Result<PathBuf, String> {
    let mut path = folder.to_owned();
    for part in &below_in_words(named)? {
        path.push(part);
        if path.is_symlink() {
            return Err(format!("{} leads through a symbolic link", quoted(named)));
        }
    }
    Ok(path)
}

/// The same by the words alone: the path itself, without `.` in it.
///
/// # Errors
/// Why it may not be read, in words.
pub fn below_in_words(named: &str) -> Result<PathBuf, String> {
    let parts: Vec<Component<'_>> = Path::new(named).components().filter(|part| *part != Component::CurDir).collect();
    if parts.is_empty() || parts.iter().any(|part| !matches!(part, Component::Normal(_))) {
        return Err(format!("{} does not lie below the folder of this file", quoted(named)));
    }
    // Some file systems do not tell capitals from small letters.
    if parts.iter().any(|part| part.as_os_str().eq_ignore_ascii_case(".git")) {
        return Err(format!("{} is git's own", quoted(named)));
    }
    Ok(parts.iter().collect())
}
