//! Tar archives: blocks of 512 bytes, a header before each member. Of a broken header, the next sound one is looked for.

use std::io;

use super::input::{Exact, Input};
use super::trouble::{broken, cut_off};
use super::{Member, Trouble, Visitor, trouble};

/// How many bytes a block has.
const BLOCK: usize = 512;

/// How much of what is said of a member apart is read; the rest of it is passed over.
const MOST_SAID: u64 = 1 << 20;

/// Whether a content begins with a tar header.
#[inline]
pub(super) fn is_tar(head: &[u8]) -> bool {
    let Some(block) = head.first_chunk::<BLOCK>() else { return false };
    let magic = &block[257..265];
    // Old archives have no magic; a checksum in octal digits, and nothing in the second half, is what they have.
    let is_old = || block[511] == 0 && block[0] != 0 && block[345..].iter().all(|byte| *byte == 0);
    magic == b"ustar\x0000" || magic == b"ustar  \0" || is_old() && block[107] <= b' ' && is_sound(block)
}

/// Whether a header's checksum is that of its bytes, taken as unsigned or as signed ones.
fn is_sound(block: &[u8; BLOCK]) -> bool {
    let Some(said) = number(&block[148..156]) else { return false };
    let bytes = block[..148].iter().chain(&[b' '; 8]).chain(&block[156..]);
    let (unsigned, signed) = bytes
        .fold((0u64, 0i64), |(unsigned, signed), &byte| (unsigned + u64::from(byte), signed + i64::from(byte as i8)));
    said == unsigned || i64::try_from(said) == Ok(signed)
}

/// A number in octal digits, or, with the first bit set, in binary; none if it is neither, or negative.
fn number(field: &[u8]) -> Option<u64> {
    let (&first, rest) = field.split_first()?;
    if first & 0x80 != 0 {
        let start = u64::from(first & 0x7f);
        return rest.iter().try_fold(start, |value, &byte| value.checked_mul(256)?.checked_add(u64::from(byte)));
    }
    let text = field.trim_ascii_start();
    let end = text.iter().position(|byte| matches!(byte, 0 | b' ')).unwrap_or(text.len());
    let digit = |value: u64, byte: &u8| {
        Some(value.checked_mul(8)? + u64::from(byte.checked_sub(b'0').filter(|digit| *digit < 8)?))
    };
    text[..end].iter().try_fold(0, digit)
}

/// A text that a zero byte ends.
fn text(field: &[u8]) -> &[u8] {
    &field[..memchr::memchr(0, field).unwrap_or(field.len())]
}

/// What is said of the next member apart from its header.
#[derive(Default)]
struct Said {
    name: Option<Vec<u8>>,
    link: Option<Vec<u8>>,
    size: Option<u64>,
}

/// Reads a tar archive.
pub(super) fn read(input: &mut Input<'_>, visitor: &mut dyn Visitor) -> io::Result<()> {
    let mut said = Said::default();
    // Behind the mark of the end there may be anything; archives that were put together have members there.
    let (mut is_behind_end, mut is_lost) = (false, false);
    loop {
        let block = input.take_up_to(BLOCK)?;
        let Some(block) = block.first_chunk::<BLOCK>() else {
            // What is broken was told; whatever else ends without its mark may have lost members.
            return if is_behind_end || is_lost { Ok(()) } else { Err(cut_off()) };
        };
        if block.iter().all(|byte| *byte == 0) {
            is_behind_end = true;
            continue;
        }
        if !is_sound(block) {
            if !is_behind_end && !is_lost {
                visitor.trouble(None, sentence("a header in it is broken: members may be lost"));
            }
            is_lost = true;
            continue;
        }
        (is_behind_end, is_lost) = (false, false);
        match entry(block, &mut said, input, visitor) {
            Ok(true) => {}
            Ok(false) => return Ok(()),
            Err(error) => match trouble(&error) {
                None => return Err(error),
                Some(found) => {
                    visitor.trouble(Some(text(&block[..100])), found);
                    is_lost = true;
                }
            },
        }
    }
}

fn sentence(message: &str) -> Trouble {
    Trouble { kind: crate::finding::ProblemKind::Unreadable, message: message.to_owned() }
}

/// Reads what comes behind a header; says whether to go on.
fn entry(block: &[u8; BLOCK], said: &mut Said, input: &mut Input<'_>, visitor: &mut dyn Visitor) -> io::Result<bool> {
    let kind = block[156];
    let size = number(&block[124..136]);
    let size_said = said.size.filter(|_| !matches!(kind, b'L' | b'K' | b'x' | b'g' | b'X'));
    let size = size_said.or(size).ok_or_else(|| broken("its size is broken"))?;
    match kind {
        b'L' => said.name = Some(text(&apart(input, size)?).to_vec()),
        b'K' => said.link = Some(text(&apart(input, size)?).to_vec()),
        b'x' | b'X' | b'g' => pax(&apart(input, size)?, said),
        _ => {
            let said = std::mem::take(said);
            if kind == b'S' {
                sparse(block, input)?;
            }
            // What is no file has no content, whatever it says, unless no header comes next.
            let is_file = !matches!(kind, b'1'..=b'6') || size > 0 && !is_header(input.peek(BLOCK)?);
            return member(block, &said, if is_file { size } else { 0 }, input, visitor);
        }
    }
    Ok(true)
}

fn is_header(block: &[u8]) -> bool {
    block.first_chunk::<BLOCK>().is_some_and(|block| is_sound(block) || block.iter().all(|byte| *byte == 0))
}

/// Reads what is said of the next member.
fn apart(input: &mut Input<'_>, size: u64) -> io::Result<Vec<u8>> {
    let most = size.min(MOST_SAID);
    let bytes = input.take_up_to(most as usize)?;
    let is_whole = bytes.len() as u64 == most && input.skip(size - most)?;
    if !is_whole {
        return Err(cut_off());
    }
    padding(input, size)?;
    Ok(bytes)
}

/// Reads records of the form `12 path=a/b`, each with a line feed at its end.
fn pax(mut records: &[u8], said: &mut Said) {
    while let Some(blank) = memchr::memchr(b' ', records) {
        let length = std::str::from_utf8(&records[..blank]).ok().and_then(|digits| digits.parse::<usize>().ok());
        let Some((record, rest)) =
            length.filter(|length| *length > blank).and_then(|length| records.split_at_checked(length))
        else {
            return;
        };
        records = rest;
        let record = record[blank + 1..].strip_suffix(b"\n").unwrap_or(&record[blank + 1..]);
        let Some(equals) = memchr::memchr(b'=', record) else { continue };
        let value = record[equals + 1..].to_vec();
        match &record[..equals] {
            b"path" | b"GNU.sparse.name" => said.name = Some(value),
            b"linkpath" => said.link = Some(value),
            b"size" => said.size = std::str::from_utf8(&value).ok().and_then(|digits| digits.parse().ok()),
            _ => {}
        }
    }
}

/// Lets the lists go by that say where the parts of a sparse file belong: they follow each other without the holes.
fn sparse(block: &[u8; BLOCK], input: &mut Input<'_>) -> io::Result<()> {
    let mut goes_on = block[482] != 0;
    while goes_on {
        let list = input.take_up_to(BLOCK)?;
        goes_on = *list.get(504).ok_or_else(cut_off)? != 0;
    }
    Ok(())
}

fn padding(input: &mut Input<'_>, size: u64) -> io::Result<()> {
    // The last member's may be missing.
    input.skip((BLOCK as u64 - size % BLOCK as u64) % BLOCK as u64)?;
    Ok(())
}

fn member(
    block: &[u8; BLOCK],
    said: &Said,
    size: u64,
    input: &mut Input<'_>,
    visitor: &mut dyn Visitor,
) -> io::Result<bool> {
    let own = match (&block[257..263], text(&block[345..500])) {
        (b"ustar\0", prefix @ [_, ..]) => [prefix, b"/", text(&block[..100])].concat(),
        _ => text(&block[..100]).to_vec(),
    };
    let name = said.name.as_deref().unwrap_or(&own);
    let link = said.link.as_deref().unwrap_or(text(&block[157..257]));
    let link = Some(link).filter(|link| !link.is_empty());
    let mut content = Exact::new(input, size);
    let goes_on = visitor.member(&Member { name, link, is_alone: false }, &mut content);
    // Whoever stopped early has told why.
    let left = content.left();
    if !goes_on || !input.skip(left)? {
        return Ok(false);
    }
    padding(input, size)?;
    Ok(true)
}
