//! What holds one content only, compressed: gzip, bzip2, xz, zstd, zlib, deflate alone, LZ4, LZMA, lzip and Snappy. Streams that follow each other are one content.

use std::io::{self, Read};

use super::budget::Budget;
use super::decode::{Decoder, Method};
use super::input::Input;
use super::trouble::{broken, told};
use super::{Compression, Member, Visitor, sniff};

/// How much of what may be ordinary text has to be unpacked before an error means that it is broken, and not that it is text.
const PROOF: u64 = 4096;

/// The longest name that is looked for in a gzip header, with what stands before it.
const LONGEST_NAME: usize = 4096;

/// Hands over what is compressed.
pub(super) fn read(
    compression: Compression,
    input: &mut Input<'_>,
    budget: &Budget,
    visitor: &mut dyn Visitor,
) -> io::Result<()> {
    let name = if compression == Compression::Gzip { gzip_name(input.peek(LONGEST_NAME)?) } else { None };
    let name = name.map(<[u8]>::to_vec).unwrap_or_default();
    let state = State::Next(input);
    let mut content =
        Streams { compression, budget, state, is_first: true, is_among_others: false, is_alone: false, passed: 0 };
    visitor.member(&Member { name: &name, link: None, is_alone: true }, &mut content);
    Ok(())
}

/// What a flag of a gzip header says that there is.
const EXTRA: u8 = 4;
const NAME: u8 = 8;
const COMMENT: u8 = 16;
const SUM: u8 = 2;

/// The flags of a gzip header, and what stands behind its parts of fixed length and its extra field.
fn gzip_header(head: &[u8]) -> Option<(u8, &[u8])> {
    let flags = *head.get(3)?;
    let mut at = 10;
    if flags & EXTRA != 0 {
        at += 2 + usize::from(u16::from_le_bytes([*head.get(10)?, *head.get(11)?]));
    }
    Some((flags, head.get(at..)?))
}

/// The name in a gzip header.
fn gzip_name(head: &[u8]) -> Option<&[u8]> {
    let (_, name) = gzip_header(head).filter(|(flags, _)| flags & NAME != 0)?;
    memchr::memchr(0, name).map(|end| &name[..end])
}

/// What stands behind a gzip header, as far as it is there.
pub(super) fn behind_gzip_header(head: &[u8]) -> Option<&[u8]> {
    let (flags, mut rest) = gzip_header(head)?;
    for _ in 0..(flags & (NAME | COMMENT)).count_ones() {
        rest = &rest[memchr::memchr(0, rest)? + 1..];
    }
    rest.get(if flags & SUM != 0 { 2 } else { 0 }..)
}

/// What decodes what is compressed so.
pub(super) fn method(compression: Compression) -> Method {
    match compression {
        Compression::Gzip => Method::Gzip,
        Compression::Zlib => Method::Zlib,
        Compression::Deflate => Method::Deflate,
        Compression::Bzip2 => Method::Bzip2,
        Compression::Xz => Method::Xz,
        Compression::Zstd => Method::Zstd,
        Compression::Lz4 => Method::Lz4,
        Compression::Lzma => Method::LzmaAlone,
        Compression::Lzip => Method::Lzip,
        Compression::Snappy => Method::Snappy,
    }
}

/// Streams that follow each other.
pub(super) struct Streams<'s, 'r> {
    compression: Compression,
    budget: &'s Budget,
    state: State<'s, 'r>,
    is_first: bool,
    /// Whether anything may follow.
    is_among_others: bool,
    /// Whether what follows is another content.
    is_alone: bool,
    /// How many bytes came out.
    passed: u64,
}

enum State<'s, 'r> {
    /// A stream may begin here.
    Next(&'s mut Input<'r>),
    Within(Box<Decoder<'s, &'s mut Input<'r>>>),
    Ended,
    Failed,
}

impl<'s, 'r> Streams<'s, 'r> {
    /// Those that come next in `input`, behind which there may be anything.
    pub(super) fn among_others(compression: Compression, input: &'s mut Input<'r>, budget: &'s Budget) -> Self {
        let state = State::Next(input);
        Streams { compression, budget, state, is_first: true, is_among_others: true, is_alone: false, passed: 0 }
    }

    /// Only the first of them.
    pub(super) fn alone(self) -> Self {
        Streams { is_alone: true, ..self }
    }

    /// Opens the next stream. What follows the last one may be zeros, but nothing else.
    fn open(&self, input: &'s mut Input<'r>) -> io::Result<State<'s, 'r>> {
        if self.is_alone && !self.is_first {
            return Ok(State::Ended);
        }
        if !self.is_first {
            while input.peek(1)?.first() == Some(&0) {
                input.skip(1)?;
            }
        }
        let begin: &[u8] = match self.compression {
            Compression::Gzip => &[0x1f, 0x8b],
            Compression::Zlib => &[0x78],
            Compression::Deflate => &[],
            Compression::Bzip2 => b"BZh",
            Compression::Xz => &[0xfd, b'7', b'z', b'X', b'Z', 0],
            Compression::Zstd => {
                skip_frames(input)?;
                &[0x28, 0xb5, 0x2f, 0xfd]
            }
            Compression::Lz4 => {
                skip_frames(input)?;
                let is_first_format = input.peek(1)?.first() == Some(&0x02);
                if is_first_format { &[0x02, 0x21, 0x4c, 0x18] } else { &[0x04, 0x22, 0x4d, 0x18] }
            }
            Compression::Lzma => &[0x5d],
            Compression::Lzip => b"LZIP",
            Compression::Snappy => sniff::SNAPPY,
        };
        // Those that may be several, and those of which one ends where its own bytes do.
        let is_one = matches!(self.compression, Compression::Zlib | Compression::Deflate | Compression::Lzma);
        let is_next = input.peek(begin.len())? == begin && (self.is_first || !is_one);
        if !is_next {
            let has_more = !input.peek(1)?.is_empty() && !self.may_be_text() && !self.is_among_others;
            return if has_more {
                Err(broken("bytes follow its end that are no part of it"))
            } else {
                Ok(State::Ended)
            };
        }
        let alarm = input.alarm();
        Ok(State::Within(Box::new(Decoder::new(method(self.compression), input, alarm, self.budget)?)))
    }

    /// Whether what looked like a container may be none, and what follows it anything.
    fn may_be_text(&self) -> bool {
        matches!(self.compression, Compression::Zlib | Compression::Deflate)
    }

    fn step(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        loop {
            match std::mem::replace(&mut self.state, State::Failed) {
                State::Next(input) => {
                    self.state = self.open(input)?;
                    self.is_first = false;
                }
                State::Within(mut decoder) => match decoder.read(buffer)? {
                    0 => self.state = State::Next(decoder.into_source()),
                    read => {
                        self.state = State::Within(decoder);
                        return Ok(read);
                    }
                },
                State::Ended => {
                    self.state = State::Ended;
                    return Ok(0);
                }
                State::Failed => return Err(told()),
            }
        }
    }
}

/// Lets frames go by that hold nothing to unpack.
fn skip_frames(input: &mut Input<'_>) -> io::Result<()> {
    while let [0x50..=0x5f, 0x2a, 0x4d, 0x18, size @ ..] = input.peek(8)? {
        let size = <[u8; 4]>::try_from(size).map(u32::from_le_bytes).unwrap_or(0);
        input.skip(8 + u64::from(size))?;
    }
    Ok(())
}

impl Read for Streams<'_, '_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if buffer.is_empty() {
            return Ok(0);
        }
        let read = self.step(buffer);
        self.passed += *read.as_ref().unwrap_or(&0) as u64;
        // What two bytes made look like a container, but is none.
        let is_text = self.may_be_text() && self.passed < PROOF;
        match read {
            Err(error) if is_text && error.kind() == io::ErrorKind::InvalidData => {
                self.state = State::Ended;
                Ok(0)
            }
            read => read,
        }
    }
}
