//! Reads the files of a project that say what gridleaks does: regular ones, of a bounded size, in UTF-8.

use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Component, Path, PathBuf};

use crate::fault::{Fault, in_words, quoted};
use crate::source::recorded::Recorded;

/// Reads a file that somebody named; what to do if that fails is in `remedy`.
///
/// # Errors
/// It is not there, no regular file, longer than `most` bytes, or no UTF-8.
pub fn read(path: &Path, most: u64, remedy: &str) -> Result<String, Fault> {
    let file = path.display().to_string();
    let fault = |message: String| Fault::new(&file, None, message, remedy);
    let bytes = read_bounded(path, most).map_err(|error| fault(format!("cannot read it: {}", in_words(&error))))?;
    decode(&file, bytes)
}

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

fn decode(file: &str, bytes: Vec<u8>) -> Result<String, Fault> {
    String::from_utf8(bytes).map_err(|error| {
        let wide = error.as_bytes().starts_with(b"\xff\xfe") || error.as_bytes().starts_with(b"\xfe\xff");
        let line =
            1 + error.as_bytes()[..error.utf8_error().valid_up_to()].iter().filter(|&&byte| byte == b'\n').count();
        let message = if wide { "it is UTF-16" } else { "it is no UTF-8" };
        Fault::new(file, Some(line).filter(|_| !wide), message, "save it as UTF-8")
    })
}

fn read_bounded(path: &Path, most: u64) -> io::Result<Vec<u8>> {
    // Looked at first: to open a FIFO would wait for somebody to write to it.
    let found = fs::metadata(path)?;
    let other = |message: String| Err(io::Error::other(message));
    if found.is_dir() {
        return other("it is a folder".to_owned());
    }
    if !found.is_file() {
        return other("it is no regular file".to_owned());
    }
    let mut bytes = Vec::new();
    File::open(path)?.take(most + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > most { other(format!("it is over {most} bytes")) } else { Ok(bytes) }
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
