//! Dumps of Redis and Valkey: strings, of which longer ones are compressed by LZF, each behind a mark and two lengths (rdb.h of Redis).
//!
//! What stands between them depends on the version, and need not be understood: a string is one where just as many bytes become just as many as
//! the lengths say.

use std::io::{self, BufRead};

use super::budget::Budget;
use super::input::{Input, Part};
use super::lzf::{self, Lzf};
use super::trouble::{cut_off, limit};
use super::{Member, Visitor};

/// How many bytes of a string are looked at: a longer one is one if they are all sound.
const SEEN: usize = 1 << 20;

/// How many bytes are there at once: twice as many, so that few are moved.
pub(super) const BUFFER: usize = 2 * SEEN;

/// What a compressed string begins with.
const MARK: u8 = 0xc3;

/// The shortest string that is compressed, as it is.
const SHORTEST: u64 = 20;

/// The longest beginning of a string: the mark and two lengths.
const HEADER: usize = 19;

/// How many bytes are unpacked in vain at most: so many in any case, and so many for each byte of the dump.
const MOST_TRIED: u64 = 64 << 20;
const MOST_TRIED_OF_BYTE: u64 = 4;

/// What ends a dump: a mark, and, in all but the first versions, a checksum behind it.
const END: u8 = 0xff;
const TAIL: usize = 9;
const WITHOUT_CHECKSUM: [&[u8]; 4] = [b"REDIS0001", b"REDIS0002", b"REDIS0003", b"REDIS0004"];

/// Whether a content is a dump: a name and the number of the format.
pub(super) fn is_redis(head: &[u8]) -> bool {
    let is_numbered = |name: &[u8]| head.strip_prefix(name).and_then(|rest| rest.get(..9 - name.len()));
    let number = is_numbered(b"REDIS").or_else(|| is_numbered(b"VALKEY"));
    number.is_some_and(|number| number.iter().all(u8::is_ascii_digit))
}

/// Reads the strings that are compressed.
pub(super) fn read(input: &mut Input<'_>, budget: &Budget, visitor: &mut dyn Visitor) -> io::Result<()> {
    let (mut tail, mut tried) = (Vec::new(), 0);
    let head = input.peek(WITHOUT_CHECKSUM[0].len())?;
    let has_checksum = !WITHOUT_CHECKSUM.contains(&head);
    loop {
        // Many marks may begin no string, and nothing else looks at the time then.
        budget.spend(0)?;
        let window = input.window(1)?;
        if window.is_empty() {
            break;
        }
        let passed = memchr::memchr(MARK, window).unwrap_or(window.len());
        pass(input, passed, &mut tail);
        if !string(input, visitor, &mut tried)? {
            return Ok(());
        }
        if tried > MOST_TRIED.saturating_add(MOST_TRIED_OF_BYTE.saturating_mul(input.position())) {
            let message = "more in it looks like a compressed string, and is none, than can be looked at";
            return Err(limit(message.to_owned()));
        }
        // Within what is none, or is one by chance, there may be another one.
        pass(input, 1, &mut tail);
    }
    // In old versions, commands follow in words, each of which ends a line.
    let end = if has_checksum { tail.len().checked_sub(TAIL) } else { tail.len().checked_sub(1) };
    let is_whole = tail.ends_with(b"\r\n") || end.is_some_and(|end| tail[end] == END);
    if is_whole { Ok(()) } else { Err(cut_off()) }
}

/// Hands over the string that comes next, if it is compressed; says whether to go on. What was looked at in vain is added to `tried`.
fn string(input: &mut Input<'_>, visitor: &mut dyn Visitor, tried: &mut u64) -> io::Result<bool> {
    let position = input.position();
    let Some((header, packed, size)) = lengths(input.peek(HEADER)?) else { return Ok(true) };
    let is_long = packed > (SEEN - header) as u64;
    let there = if is_long { SEEN } else { header + packed as usize };
    let Some(string) = input.peek(there)?.get(header..there) else { return Ok(true) };
    let (read, made) = lzf::measure(string, size);
    // Of a long one, all that is there has to be sound.
    let is_one = match is_long {
        true => read + lzf::WIDEST > string.len() && made < size,
        false => (read as u64, made) == (packed, size),
    };
    if !is_one {
        *tried += read as u64;
        return Ok(true);
    }
    let name = format!("string@{position}");
    let member = Member { name: name.as_bytes(), link: None, is_alone: false };
    if !is_long {
        return Ok(visitor.member(&member, &mut Lzf::new(string, size)));
    }
    input.skip(header as u64)?;
    Ok(visitor.member(&member, &mut Lzf::new(Part::new(input, packed), size)))
}

/// Lets bytes that are there go by, of which the last are kept.
fn pass(input: &mut Input<'_>, count: usize, tail: &mut Vec<u8>) {
    let bytes = input.peek(count).unwrap_or_default();
    let count = bytes.len();
    tail.extend_from_slice(&bytes[count.saturating_sub(TAIL)..]);
    tail.drain(..tail.len().saturating_sub(TAIL));
    input.consume(count);
}

/// How many bytes stand before a string, how many it has, and how many it becomes; none if there is no string.
fn lengths(head: &[u8]) -> Option<(usize, u64, u64)> {
    let mut rest = head.strip_prefix(&[MARK])?;
    let (packed, size) = (length(&mut rest)?, length(&mut rest)?);
    let is_likely = size > SHORTEST && packed < size && size.div_ceil(lzf::GROWTH as u64) <= packed;
    is_likely.then(|| (head.len() - rest.len(), packed, size))
}

/// A length: of six bits, of fourteen, or of four or eight bytes, the highest first.
fn length(bytes: &mut &[u8]) -> Option<u64> {
    let (&first, rest) = bytes.split_first()?;
    let (length, rest) = match (first >> 6, first) {
        (0, _) => (u64::from(first), rest),
        (1, _) => {
            let (&low, rest) = rest.split_first()?;
            (u64::from(first & 0x3f) << 8 | u64::from(low), rest)
        }
        (_, 0x80) => {
            let (bytes, rest) = rest.split_first_chunk()?;
            (u64::from(u32::from_be_bytes(*bytes)), rest)
        }
        (_, 0x81) => {
            let (bytes, rest) = rest.split_first_chunk()?;
            (u64::from_be_bytes(*bytes), rest)
        }
        _ => return None,
    };
    *bytes = rest;
    Some(length)
}
