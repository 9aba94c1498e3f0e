//! Reads the files that people write for gridleaks, such as configs, rules and baselines: regular ones, of a bounded size, in UTF-8.

use std::fs::{self, File};
use std::io::{self, Read};
use std::path::Path;

use crate::fault::{Fault, in_words, line_at};

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

/// The text of such a file.
///
/// # Errors
/// It is no UTF-8.
pub fn decode(file: &str, bytes: Vec<u8>) -> Result<String, Fault> {
    String::from_utf8(bytes).map_err(|error| {
        let wide = error.as_bytes().starts_with(b"\xff\xfe") || error.as_bytes().starts_with(b"\xfe\xff");
        let line = line_at(error.as_bytes(), error.utf8_error().valid_up_to());
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
