//! cpio archives (cpio(5)): what RPM packages hold, and what Linux is started with, which is several of them, of which the last may be
//! compressed.

use std::io::{self, BufRead, Read};

use super::input::{Exact, Input};
use super::trouble::{broken, cut_off};
use super::{Member, Visitor};

/// The longest name that a header may say; no file has a longer one.
const MAX_NAME: u64 = 64 << 10;

/// The name behind the last member.
const END: &[u8] = b"TRAILER!!!";

/// A header with its numbers in digits: of fixed length, and followed by a name.
struct Layout {
    length: usize,
    radix: u32,
    /// Where mode, size of the name and size of the content stand, and how many digits each has.
    mode: (usize, usize),
    name: (usize, usize),
    size: (usize, usize),
    /// What members, and their contents, are filled up to a multiple of.
    align: u64,
}

/// The header of SVR4 and of Linux, with and without a checksum.
const NEW: Layout = Layout { length: 110, radix: 16, mode: (14, 8), name: (94, 8), size: (54, 8), align: 4 };

/// The portable header of POSIX.
const OLD: Layout = Layout { length: 76, radix: 8, mode: (18, 6), name: (59, 6), size: (65, 11), align: 1 };

/// What rpm puts before a file instead of a header where one does not do, as for files of 4 GiB: the number that it has in the package's own
/// header, in eight digits (`rpmcpioStrippedHeaderWrite` in rpm's lib/cpio.c).
const STRIPPED: &[u8] = b"07070X";
const STRIPPED_LENGTH: usize = 14;

/// What stands between that and the file.
const STRIPPED_FILL: usize = 2;

/// How many bytes show where such a file ends: what begins the next one, or the header of the last member and its name.
const AHEAD: usize = 128;

/// Whether a content begins with a header.
pub(super) fn is_cpio(head: &[u8]) -> bool {
    layout(head).is_some() || stripped(head).is_some()
}

/// The number that a header which rpm stripped says.
fn stripped(head: &[u8]) -> Option<u32> {
    let digits = head.strip_prefix(STRIPPED)?.get(..STRIPPED_LENGTH - STRIPPED.len())?;
    let is_number = digits.iter().all(u8::is_ascii_hexdigit);
    std::str::from_utf8(digits).ok().filter(|_| is_number).and_then(|digits| u32::from_str_radix(digits, 16).ok())
}

/// How the header that `head` begins with is laid out; none if it is none.
fn layout(head: &[u8]) -> Option<&'static Layout> {
    let layout = match head.strip_prefix(b"07070")?.first()? {
        b'1' | b'2' => &NEW,
        b'7' => &OLD,
        _ => return None,
    };
    let is_digit = |byte: &u8| char::from(*byte).is_digit(layout.radix);
    let header = head.get(..layout.length).filter(|header| header.iter().all(is_digit))?;
    // A zero ends the name.
    let name = number(header, layout.name, layout.radix);
    let end = usize::try_from(name).ok()?.checked_sub(1)?;
    (name <= MAX_NAME && head.get(layout.length..)?.get(end).is_none_or(|byte| *byte == 0)).then_some(layout)
}

fn number(header: &[u8], (at, length): (usize, usize), radix: u32) -> u64 {
    let digit = |byte: &u8| char::from(*byte).to_digit(radix).unwrap_or(0);
    header[at..at + length].iter().fold(0, |value, byte| value * u64::from(radix) + u64::from(digit(byte)))
}

/// Reads one archive, and those right behind it; says whether something else follows.
pub(super) fn read(input: &mut Input<'_>, visitor: &mut dyn Visitor) -> io::Result<bool> {
    let mut has_ended = false;
    loop {
        // Archives are filled up with zeros.
        while has_ended && input.peek(1)?.first() == Some(&0) {
            input.skip(1)?;
        }
        let head = input.peek(NEW.length)?;
        if let Some(number) = stripped(head) {
            has_ended = false;
            if !numbered(number, input, visitor)? {
                return Ok(false);
            }
            continue;
        }
        let Some(layout) = layout(head) else {
            return match (head.is_empty(), has_ended) {
                (is_all, true) => Ok(!is_all),
                (true, false) => Err(cut_off()),
                (false, false) => Err(broken("a header in it is broken: members may be lost")),
            };
        };
        match member(layout, input, visitor)? {
            Some(Next::Member) => has_ended = false,
            Some(Next::End) => has_ended = true,
            None => return Ok(false),
        }
    }
}

/// What was read.
enum Next {
    Member,
    End,
}

/// Reads what comes next; none if nothing more is to be read.
fn member(layout: &Layout, input: &mut Input<'_>, visitor: &mut dyn Visitor) -> io::Result<Option<Next>> {
    /// Which bits of a mode say what a member is, and what they are of a symbolic link.
    const KIND: u64 = 0o170_000;
    const LINK: u64 = 0o120_000;
    let header = input.take_up_to(layout.length)?;
    let of = |field| number(&header, field, layout.radix);
    let (mode, length, size) = (of(layout.mode), of(layout.name), of(layout.size));
    let name = input.take_up_to(length as usize)?;
    if (name.len() as u64) < length {
        return Err(cut_off());
    }
    let name = name.strip_suffix(b"\0").unwrap_or(&name);
    let fill = |length: u64| (layout.align - length % layout.align) % layout.align;
    input.skip(fill(layout.length as u64 + length))?;
    if name == END {
        return Ok(Some(Next::End));
    }
    // What a link has as its content is where it points to.
    let link = if mode & KIND == LINK { Some(input.take_up_to(size.min(MAX_NAME) as usize)?) } else { None };
    let read = link.as_ref().map_or(0, |link| link.len() as u64);
    let link = link.as_deref().filter(|link| !link.is_empty());
    let mut content = Exact::new(input, size - read);
    let goes_on = visitor.member(&Member { name, link, is_alone: false }, &mut content);
    // Whoever stopped early has told why.
    let left = content.left();
    if !goes_on || !input.skip(left)? {
        return Ok(None);
    }
    input.skip(fill(size))?;
    Ok(Some(Next::Member))
}

/// Reads a member without a header; says whether to go on.
fn numbered(number: u32, input: &mut Input<'_>, visitor: &mut dyn Visitor) -> io::Result<bool> {
    input.skip((STRIPPED_LENGTH + STRIPPED_FILL) as u64)?;
    let name = format!("file@{number}");
    let mut content = Numbered { input, position: 0 };
    if !visitor.member(&Member { name: name.as_bytes(), link: None, is_alone: false }, &mut content) {
        return Ok(false);
    }
    // What the visitor left.
    io::copy(&mut content, &mut io::sink())?;
    Ok(true)
}

/// A member whose size only the package's header says: it ends where the next one begins, at a multiple of four.
struct Numbered<'i, 'r> {
    input: &'i mut Input<'r>,
    position: u64,
}

impl Read for Numbered<'_, '_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let most = buffer.len() + AHEAD;
        let there = self.input.window(AHEAD + 1)?;
        let there = &there[..there.len().min(most)];
        let begins = |at: &usize| {
            let head = &there[*at..];
            let is_end = || layout(head).is_some_and(|layout| head[layout.length..].starts_with(END));
            (self.position + *at as u64).is_multiple_of(NEW.align) && (stripped(head).is_some() || is_end())
        };
        // What may be cut by the end of what is there comes whole next time.
        let whole = if there.len() > AHEAD { there.len() - AHEAD } else { there.len() };
        let next = memchr::memmem::find_iter(there, b"07070").take_while(|at| *at <= whole).find(begins);
        let count = next.unwrap_or(whole).min(buffer.len());
        buffer[..count].copy_from_slice(&there[..count]);
        self.input.consume(count);
        self.position += count as u64;
        Ok(count)
    }
}
