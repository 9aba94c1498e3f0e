//! PNG pictures: the texts in them (ISO/IEC 15948, chunks `tEXt`, `zTXt` and `iTXt`), with their keywords, and the names of profiles and palettes
//! (`iCCP`, `sPLT`). Those that are not compressed are handed over as well: right behind a text stands a checksum, and right before a keyword the
//! kind of the chunk, which both may look like more of it. Pixels are no text.

use std::io;

use super::budget::Budget;
use super::decode::{Decoder, Method};
use super::input::{Input, Part};
use super::{Member, Visitor, zip};

/// What a picture begins with.
pub(super) const SIGNATURE: [u8; 8] = [0x89, b'P', b'N', b'G', b'\r', b'\n', 0x1a, b'\n'];

/// The longest keyword, language and translated keyword together that are looked behind.
const LONGEST_HEAD: usize = 4096;

/// The longest chunk that there is.
const LONGEST_CHUNK: u64 = 2_147_483_647;

/// The checksum behind each chunk.
const CHECKSUM: u64 = 4;

/// Reads a picture's texts. What is no chunk any more ends them.
pub(super) fn read(input: &mut Input<'_>, budget: &Budget, visitor: &mut dyn Visitor) -> io::Result<()> {
    input.skip(SIGNATURE.len() as u64)?;
    while let [a, b, c, d, kind @ ..] = input.peek(8)?
        && let Ok(kind) = <[u8; 4]>::try_from(kind)
    {
        let length = u64::from(u32::from_be_bytes([*a, *b, *c, *d]));
        if length > LONGEST_CHUNK || &kind == b"IEND" || !kind.iter().all(u8::is_ascii_alphabetic) {
            break;
        }
        input.skip(8)?;
        let end = input.position() + length + CHECKSUM;
        if !text(&kind, length, input, budget, visitor)? {
            return Ok(());
        }
        // Of what is cut off elsewhere than in a text, nothing is left unread.
        input.skip(end.saturating_sub(input.position()))?;
    }
    // Some have a zip file behind them.
    zip::read(input, budget, visitor, false)
}

/// Hands over the text of a chunk of `length` bytes, if it has one; says whether to go on.
fn text(
    kind: &[u8; 4],
    length: u64,
    input: &mut Input<'_>,
    budget: &Budget,
    visitor: &mut dyn Visitor,
) -> io::Result<bool> {
    let near = LONGEST_HEAD.min(usize::try_from(length).unwrap_or(LONGEST_HEAD));
    let head = input.peek(near)?;
    let keyword = memchr::memchr(0, head);
    // Where the text begins, and whether it is compressed.
    let text = match kind {
        b"tEXt" => keyword.map(|keyword| (keyword + 1, false)),
        b"zTXt" => behind_keyword(head).map(|begin| (begin, true)),
        b"iTXt" => behind_translation(head),
        b"iCCP" | b"sPLT" => None,
        _ => return Ok(true),
    };
    let goes_on = hand_over_head(text.map_or(keyword.unwrap_or(near), |(begin, _)| begin), input, visitor)?;
    let Some((begin, is_compressed)) = text.filter(|_| goes_on) else { return Ok(goes_on) };
    let name = format!("text@{}", input.position());
    let member = Member { name: name.as_bytes(), link: None, is_alone: false };
    let alarm = input.alarm();
    let mut part = Part::new(input, length - begin as u64);
    if !is_compressed {
        return Ok(visitor.member(&member, &mut part));
    }
    Ok(visitor.member(&member, &mut Decoder::new(Method::Zlib, part, alarm, budget)?))
}

/// Hands over what stands before a text, of `length` bytes; says whether to go on.
fn hand_over_head(length: usize, input: &mut Input<'_>, visitor: &mut dyn Visitor) -> io::Result<bool> {
    let start = input.position();
    let name = format!("keyword@{start}");
    let member = Member { name: name.as_bytes(), link: None, is_alone: false };
    let goes_on = visitor.member(&member, &mut Part::new(input, length as u64));
    input.skip((start + length as u64).saturating_sub(input.position()))?;
    Ok(goes_on)
}

/// Where the compressed text of a `zTXt` chunk begins: behind a keyword and the method, of which there is one.
fn behind_keyword(chunk: &[u8]) -> Option<usize> {
    let keyword = memchr::memchr(0, chunk)?;
    (chunk.get(keyword + 1) == Some(&0)).then_some(keyword + 2)
}

/// Where that of an `iTXt` chunk begins, behind a keyword, whether it is compressed, the method, a language and the keyword in it; and whether
/// it is compressed.
fn behind_translation(chunk: &[u8]) -> Option<(usize, bool)> {
    let mut place = memchr::memchr(0, chunk)? + 1;
    let is_compressed = match chunk.get(place..place + 2)? {
        [0, _] => false,
        [1, 0] => true,
        _ => return None,
    };
    place += 2;
    for _ in 0..2 {
        place += memchr::memchr(0, &chunk[place..])? + 1;
    }
    Some((place, is_compressed))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_begin_behind_their_heads() {
        assert_eq!(behind_keyword(b"Comment\0\0x\x9c"), Some(9));
        assert_eq!(behind_translation(b"Comment\0\x01\0en\0Comment\0x\x9c"), Some((21, true)));
        assert_eq!(behind_translation(b"Comment\0\x01\0\0\0x"), Some((12, true)));
        assert_eq!(behind_translation(b"Comment\0\0\0\0\0text"), Some((12, false)));
        for other in [&b"Comment"[..], b"Comment\0", b"Comment\0\x01x", b""] {
            assert_eq!(behind_keyword(other), None);
        }
        for other in
            [&b"Comment\0\x02\0\0\0text"[..], b"Comment\0\x01", b"Comment\0\x01\0en", b"Comment\0\x01\x01\0\0x"]
        {
            assert_eq!(behind_translation(other), None);
        }
    }
}
