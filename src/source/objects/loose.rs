//! Reads objects in files of their own.

use std::fs::File;
use std::io::{self, BufReader, Read, Take};
use std::path::Path;

use flate2::read::ZlibDecoder;

use super::pack::Kind;
use crate::exactly::WRONG_LENGTH;
use crate::fault::in_words;
use crate::source::regular_file::regular;

/// What reads an object's file.
pub(in crate::source) type Content = Take<ZlibDecoder<BufReader<File>>>;

/// Opens the file of an object: gives its kind, how long it says it is, and what to read that from, and at most one byte more.
///
/// # Errors
/// It is not there, or broken.
pub(in crate::source) fn open(path: &Path) -> Result<(Kind, u64, Content), String> {
    regular(path, u64::MAX)?;
    let file = File::open(path).map_err(|error| fault(&error))?;
    let mut decoder = ZlibDecoder::new(BufReader::new(file));
    let (kind, size) = header(&mut decoder)?;
    Ok((kind, size, decoder.take(size.saturating_add(1))))
}

/// Reads all of an object that says that it has `size` bytes.
///
/// # Errors
/// It cannot be read, or has another length.
pub(in crate::source) fn all(mut content: impl Read, size: u64) -> Result<Vec<u8>, String> {
    let mut data = Vec::new();
    content.read_to_end(&mut data).map_err(|error| fault(&error))?;
    if data.len() as u64 == size { Ok(data) } else { Err(WRONG_LENGTH.to_owned()) }
}

/// Reads `blob 123` and the zero byte behind it.
fn header(content: &mut dyn Read) -> Result<(Kind, u64), String> {
    let mut text = Vec::new();
    let mut byte = [0];
    while text.len() < 32 {
        content.read_exact(&mut byte).map_err(|error| fault(&error))?;
        if byte == [0] {
            break;
        }
        text.push(byte[0]);
    }
    let text = String::from_utf8_lossy(&text);
    let (kind, size) = text.split_once(' ').unwrap_or_default();
    let kind = match kind {
        "blob" => Kind::Blob,
        "tree" => Kind::Tree,
        "commit" => Kind::Commit,
        "tag" => Kind::Tag,
        _ => return Err("its header is broken".to_owned()),
    };
    Ok((kind, size.parse().map_err(|_| "its header is broken")?))
}

/// What a file that cannot be read says, in words.
fn fault(error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::UnexpectedEof => "it is cut off".to_owned(),
        _ => in_words(error),
    }
}
