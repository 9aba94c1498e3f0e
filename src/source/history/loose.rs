//! What stands in front of an object in a file of its own.

use std::io::Read;

use super::pack::Kind;

/// Reads `blob 123` and the zero byte behind it.
///
/// # Errors
/// It is not there, or broken.
pub(super) fn header(content: &mut dyn Read) -> Result<(Kind, u64), String> {
    let mut text = Vec::new();
    let mut byte = [0];
    while text.len() < 32 {
        content.read_exact(&mut byte).map_err(|error| error.to_string())?;
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
