//! Files that have compressed streams among other bytes, found by their headers: packages of RPM, dumps of PostgreSQL, archives of the web,
//! images for boards, scripts that unpack themselves.
//!
//! Two or three bytes of a header are met by chance, too. So a stream counts only if what it begins with can be unpacked. Programs are left
//! out: many have the headers of all formats in their code.

use std::io::{self, BufRead};
use std::sync::LazyLock;

use aho_corasick::AhoCorasick;
use flate2::{Decompress, FlushDecompress, Status};

use super::budget::Budget;
use super::chunks::{self, Chunks, LENGTH};
use super::decode::Decoder;
use super::input::Input;
use super::lenient::Lenient;
use super::sniff::sniff;
use super::trouble::broken;
use super::{Compression, Format, Member, Visitor, cpio, streams, trouble, zip};

/// How what is looked for begins: gzip, bzip2, xz, Zstandard, LZ4, LZMA, zlib at its four levels, a zip file, and a
/// cpio archive.
static BEGINNINGS: LazyLock<Option<AhoCorasick>> = LazyLock::new(|| {
    let zlib = [0x01, 0x5e, 0x9c, 0xda].map(|flags| vec![0x78, flags]);
    let others: [&[u8]; 8] = [
        &[0x1f, 0x8b, 8],
        b"BZh",
        &[0xfd, b'7', b'z', b'X', b'Z'],
        &[0x28, 0xb5, 0x2f, 0xfd],
        &[4, 0x22, 0x4d, 0x18],
        &[0x5d, 0, 0],
        b"PK\x03\x04",
        b"07070",
    ];
    AhoCorasick::new(others.map(<[u8]>::to_vec).into_iter().chain(zlib)).ok()
});

/// How many bytes the longest of these has.
const WIDTH: usize = 5;

/// How many bytes say what has streams in it.
const HEAD: usize = 16;

/// How much of what may be a stream is unpacked to see whether it is one, and how much has to come out, unless it ends before.
const PROBE: usize = 4096;
const LEAST: u64 = 256;

/// How many bytes have to come out before an error means that a stream is broken, and not that it is none.
const PROOF: u64 = 4096;

/// What a script begins with.
pub(super) const SCRIPT: &[u8] = b"#!";

/// What a backup of Android begins with.
const ANDROID: &[u8] = b"ANDROID BACKUP\n";

/// What has streams in it. It says which count: some have headers of two or three bytes, which are met by chance anywhere.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Carrier {
    /// A package of RPM: one stream, and that is all there is of it.
    Package,
    /// A dump of PostgreSQL in its own format, whose streams are in pieces.
    Dump,
    /// What else is known to have zlib streams: a web archive, a backup of Android, HDF5, Flash, an installer of macOS, an image for U-Boot.
    Known,
    /// A script, or what stands behind a cpio archive.
    Other,
}

impl Carrier {
    fn of(head: &[u8]) -> Self {
        match head {
            [0xed, 0xab, 0xee, 0xdb, 3 | 4, ..] => Carrier::Package,
            [b'P', b'G', b'D', b'M', b'P', ..] => Carrier::Dump,
            // Flash is compressed as a whole, and an installer begins with the length of its header.
            [0x27, 0x05, 0x19, 0x56, ..]
            | [b'C', b'W', b'S', 6..=60, _, _, _, _, 0x78, ..]
            | [b'x', b'a', b'r', b'!', 0, 28 | 64, ..]
            | [b'W', b'A', b'R', b'C', b'/', b'0' | b'1', b'.', ..]
            | [0x89, b'H', b'D', b'F', b'\r', b'\n', 0x1a, b'\n', ..] => Carrier::Known,
            _ if head.starts_with(ANDROID) => Carrier::Known,
            _ => Carrier::Other,
        }
    }

    fn has(self, compression: Compression) -> bool {
        match compression {
            Compression::Zlib => matches!(self, Carrier::Dump | Carrier::Known),
            Compression::Lzma => self == Carrier::Package,
            _ => true,
        }
    }
}

/// Whether a backup of Android says in its fourth line how it is encrypted.
fn is_encrypted(head: &[u8]) -> bool {
    let Some(lines) = head.strip_prefix(ANDROID) else { return false };
    lines.split(|&byte| byte == b'\n').nth(2).is_some_and(|line| line.starts_with(b"AES"))
}

/// Whether a content begins as one does that has compressed streams, and is no script.
pub(super) fn is_carrier(head: &[u8]) -> bool {
    Carrier::of(head) != Carrier::Other
}

/// Reads what is compressed in it, and a zip file to the end.
pub(super) fn read(input: &mut Input<'_>, budget: &Budget, visitor: &mut dyn Visitor) -> io::Result<()> {
    let carrier = Carrier::of(input.peek(HEAD)?);
    if is_encrypted(input.peek(ANDROID.len() + 32)?) {
        return Err(broken("it is encrypted"));
    }
    let Some(beginnings) = BEGINNINGS.as_ref() else { return Err(broken("it cannot be searched for streams")) };
    let (mut probe, mut count) = (Probe::default(), 0);
    loop {
        let window = input.window(LENGTH + WIDTH)?;
        let Some(found) = beginnings.find(window) else {
            // A beginning that is cut by the end of what is there comes whole next time, with what stands before it.
            let passed = (window.len() + 1).saturating_sub(LENGTH + WIDTH);
            if passed == 0 {
                break;
            }
            input.consume(passed);
            continue;
        };
        let before = found.start().min(LENGTH);
        input.consume(found.start() - before);
        let (length, head) = input.peek(before + PROBE)?.split_at(before);
        let next = next(carrier, length, head, &mut probe);
        input.skip(before as u64)?;
        let goes_on = match next {
            Some(Next::Zip) => return zip::read(input, budget, visitor, false),
            Some(Next::Cpio) => return cpio::read(input, visitor).map(|_| ()),
            Some(Next::Stream(found)) => {
                count += 1;
                let start = input.position();
                let goes_on = stream(input, &found, budget, visitor)?;
                // What broke at once is not met again.
                goes_on && (input.position() > start || input.skip(1)?)
            }
            None => input.skip(1)?,
        };
        if !goes_on {
            return Ok(());
        }
    }
    if carrier == Carrier::Package && count == 0 {
        return Err(broken("what it holds is compressed in a way that is not known"));
    }
    Ok(())
}

/// What was found.
enum Next {
    Zip,
    Cpio,
    Stream(Stream),
}

/// What is known of a stream before it is read.
struct Stream {
    compression: Compression,
    /// Whether it is all that there is.
    is_alone: bool,
    /// How long its first piece is, if it is in pieces.
    piece: Option<u32>,
}

impl Stream {
    /// Whether it is one for sure, and what breaks is broken.
    fn is_sure(&self) -> bool {
        self.is_alone || self.piece.is_some()
    }
}

/// What stands where a beginning was found, behind the bytes `before`; none if it is none.
fn next(carrier: Carrier, before: &[u8], head: &[u8], probe: &mut Probe) -> Option<Next> {
    match sniff(head)? {
        Format::Zip => Some(Next::Zip),
        Format::Cpio if carrier == Carrier::Package => Some(Next::Cpio),
        Format::Stream(compression) if carrier.has(compression) => {
            let piece = if carrier == Carrier::Dump { chunks::length(before) } else { None };
            let found = Stream { compression, is_alone: carrier == Carrier::Package, piece };
            let first = &head[..piece.map_or(head.len(), |length| head.len().min(length as usize))];
            let least = if found.is_sure() { 0 } else { LEAST };
            probe.unpacks(compression, first, least).then_some(Next::Stream(found))
        }
        _ => None,
    }
}

/// Hands over the stream that comes next, and those right behind it; says whether to go on.
fn stream(input: &mut Input<'_>, of: &Stream, budget: &Budget, visitor: &mut dyn Visitor) -> io::Result<bool> {
    let name = format!("stream@{}", input.position());
    let member = Member { name: name.as_bytes(), link: None, is_alone: of.is_alone };
    let proof = if of.is_sure() { 0 } else { PROOF };
    let Some(length) = of.piece else {
        let streams = streams::Streams::among_others(of.compression, input, budget);
        return Ok(visitor.member(&member, &mut Lenient::new(streams, proof)));
    };
    let alarm = input.alarm();
    match Decoder::new(streams::method(of.compression), Chunks::new(input, length), alarm, budget) {
        Ok(decoder) => Ok(visitor.member(&member, &mut Lenient::new(decoder, proof))),
        Err(error) => {
            visitor.trouble(Some(name.as_bytes()), trouble(&error).ok_or(error)?);
            Ok(true)
        }
    }
}

/// Tries what may be a stream.
#[derive(Default)]
struct Probe {
    inflater: Option<Decompress>,
}

impl Probe {
    /// Whether the stream that `head` begins with can be unpacked, as far as it is there: of deflate; others have longer headers.
    /// So many bytes have to come out at `least`, unless it ends before.
    fn unpacks(&mut self, compression: Compression, head: &[u8], least: u64) -> bool {
        let (deflated, has_header) = match compression {
            Compression::Zlib => (Some(head), true),
            Compression::Gzip => (streams::behind_gzip_header(head), false),
            _ => return true,
        };
        let Some(deflated) = deflated else { return false };
        let inflater = self.inflater.get_or_insert_with(|| Decompress::new(has_header));
        inflater.reset(has_header);
        let mut room = [0; 1024];
        match inflater.decompress(deflated, &mut room, FlushDecompress::None) {
            Ok(Status::StreamEnd) => true,
            Ok(_) => inflater.total_out() >= least,
            Err(_) => false,
        }
    }
}
