//! Files that have compressed streams among other bytes, found by their headers: packages of RPM, dumps of PostgreSQL, archives of the web,
//! images for boards, HDF5, scripts that unpack themselves.
//!
//! Two or three bytes of a header are met by chance, too. So a stream counts only if what it begins with can be unpacked. Programs are left
//! out: many have the headers of all formats in their code.

mod block;
mod filters;
mod hdf5;
pub(super) mod kind;
mod shuffled;
mod trial;

use std::io::{self, BufRead};
use std::sync::LazyLock;

use aho_corasick::AhoCorasick;

use super::budget::Budget;
use super::chunks::{BEFORE, Chunks, Framing};
use super::decode::Decoder;
use super::input::Input;
use super::lenient::Lenient;
use super::sniff::sniff;
use super::trouble::{broken, cut_off};
use super::{Compression, Format, Member, Trouble, Visitor, cpio, streams, trouble, zip};
use filters::Filters;
use kind::{Carrier, HEAD, is_encrypted};
use trial::{PROOF, REACH, Slice, Trial, Verdict};

/// How many bytes are there at once: several times as many as a trial looks at, so that few are moved.
pub(super) const BUFFER: usize = 512 << 10;

/// How what is looked for begins: gzip, bzip2, xz, Zstandard, LZ4 in both its formats, lzop, LZMA, a zip file, a cpio archive, and
/// zlib at its four levels.
static BEGINNINGS: LazyLock<Option<AhoCorasick>> = LazyLock::new(|| {
    let zlib = [0x01, 0x5e, 0x9c, 0xda].map(|flags| vec![0x78, flags]);
    let others: [&[u8]; 10] = [
        &[0x1f, 0x8b, 8],
        b"BZh",
        &[0xfd, b'7', b'z', b'X', b'Z'],
        &[0x28, 0xb5, 0x2f, 0xfd],
        &[4, 0x22, 0x4d, 0x18],
        &[2, 0x21, 0x4c, 0x18],
        &[0x89, b'L', b'Z', b'O', 0],
        &[0x5d, 0, 0],
        b"PK\x03\x04",
        b"07070",
    ];
    AhoCorasick::new(others.map(<[u8]>::to_vec).into_iter().chain(zlib)).ok()
});

/// How many bytes the longest of these has.
const WIDTH: usize = 5;

/// Reads what is compressed in it, and a zip file to the end.
pub(super) fn read(input: &mut Input<'_>, budget: &Budget, visitor: &mut dyn Visitor) -> io::Result<()> {
    read_from(input, budget, visitor, false)
}

/// The same of what stands behind an archive: at its beginning, whatever is known counts.
pub(super) fn read_behind(input: &mut Input<'_>, budget: &Budget, visitor: &mut dyn Visitor) -> io::Result<()> {
    read_from(input, budget, visitor, true)
}

fn read_from(input: &mut Input<'_>, budget: &Budget, visitor: &mut dyn Visitor, mut is_behind: bool) -> io::Result<()> {
    let head = input.peek(HEAD)?;
    let carrier = Carrier::of(head);
    if is_encrypted(head) {
        return Err(broken("it is encrypted"));
    }
    if let Some(name) = kind::unread(head) {
        return Err(broken(&format!("it is {name}, which gridleaks cannot open")));
    }
    let Some(beginnings) = BEGINNINGS.as_ref() else { return Err(broken("it cannot be searched for streams")) };
    let length = kind::length(head);
    let (mut trial, mut count, mut before) = (Trial::default(), 0, Vec::new());
    let mut filters = if carrier == Carrier::Hdf5 { Some(Filters::ahead(input, budget)?) } else { None };
    loop {
        let position = input.position();
        let window = input.window(WIDTH)?;
        if let Some(filters) = &mut filters {
            filters.look(position, window);
        }
        let found = if is_behind { Some(0) } else { beginnings.find(window).map(|found| found.start()) };
        let Some(found) = found else {
            // A beginning that is cut by the end of what is there comes whole next time.
            let passed = (window.len() + 1).saturating_sub(WIDTH);
            if passed == 0 {
                break;
            }
            pass(input, passed, &mut before)?;
            continue;
        };
        pass(input, found, &mut before)?;
        // Many beginnings may hold no stream, and nothing else looks at the time then.
        budget.spend(0)?;
        let is_first = std::mem::take(&mut is_behind) || kind::begins(carrier, input.position());
        let goes_on = match next(carrier, is_first, &before, input, &mut trial, budget) {
            Some(Next::Zip) => return zip::read(input, budget, visitor, false),
            Some(Next::Cpio) => return cpio::read(input, visitor).map(|_| ()),
            Some(Next::Stream(found)) => {
                count += 1;
                let start = input.position();
                let sizes = filters.as_mut().map(Filters::of_stream).unwrap_or_default();
                let goes_on = stream(input, &found, &sizes, budget, visitor)?;
                before.clear();
                // What broke at once is not met again.
                goes_on && (input.position() > start || pass(input, 1, &mut before)?)
            }
            Some(Next::Piece(compression)) => {
                piece(compression, input, budget, visitor)? && pass(input, 1, &mut before)?
            }
            Some(Next::Unread(found)) => {
                let name = format!("stream@{}", input.position());
                visitor.trouble(Some(name.as_bytes()), found);
                pass(input, 1, &mut before)?
            }
            None => pass(input, 1, &mut before)?,
        };
        if !goes_on {
            return Ok(());
        }
    }
    // Where a stream was cut off, that is told; not all of HDF5 is in streams.
    let end = input.position() + input.window(WIDTH)?.len() as u64;
    if (count == 0 || carrier == Carrier::Hdf5) && length.is_some_and(|length| end < length) {
        return Err(cut_off());
    }
    if carrier == Carrier::Package && count == 0 {
        return Err(broken("what it holds is compressed in a way that is not known"));
    }
    filters.and_then(|filters| filters.fault()).map_or(Ok(()), Err)
}

/// Lets bytes of what is there go by, of which the last are kept.
fn pass(input: &mut Input<'_>, count: usize, before: &mut Vec<u8>) -> io::Result<bool> {
    let bytes = input.peek(count)?;
    let is_whole = bytes.len() == count;
    before.extend_from_slice(&bytes[bytes.len().saturating_sub(BEFORE)..]);
    before.drain(..before.len().saturating_sub(BEFORE));
    let passed = bytes.len();
    input.consume(passed);
    Ok(is_whole)
}

/// What was found.
enum Next {
    Zip,
    Cpio,
    Stream(Stream),
    /// What breaks soon, or is cut off: what comes out of it counts, and so does what stands within it.
    Piece(Compression),
    /// What is known and cannot be opened.
    Unread(Trouble),
}

/// What is known of a stream before it is read.
struct Stream {
    compression: Compression,
    /// Whether it is all that there is.
    is_alone: bool,
    /// If it is in pieces, how those are told, and how long the first is.
    piece: Option<(Framing, u64)>,
    /// Whether it is one for sure, and what breaks is broken.
    is_sure: bool,
}

/// What stands where a beginning was found, behind the bytes `before`, or at the very beginning of what lies behind an archive; none if it is
/// none.
fn next(
    carrier: Carrier,
    is_first: bool,
    before: &[u8],
    input: &mut Input<'_>,
    trial: &mut Trial,
    budget: &Budget,
) -> Option<Next> {
    let (head, is_all) = input.near(REACH);
    let compression = match sniff(head)? {
        Format::Zip => return Some(Next::Zip),
        Format::Cpio if carrier == Carrier::Package => return Some(Next::Cpio),
        Format::Stream(compression) if is_first || carrier.has(compression) => compression,
        Format::Unread(name) => {
            let message = format!("it is {name}, which gridleaks cannot open");
            return trouble(&broken(&message)).map(Next::Unread);
        }
        _ => return None,
    };
    let piece = carrier.framing().and_then(|framing| Some((framing, framing.first(before)?)));
    let is_alone = carrier == Carrier::Package;
    let is_sure = is_alone || piece.is_some() || is_first && compression != Compression::Zlib;
    let found = Stream { compression, is_alone, piece, is_sure };
    if is_sure {
        let first = &head[..piece.map_or(head.len(), |(_, length)| head.len().min(length as usize))];
        return trial.inflates(compression, first, 0).then_some(Next::Stream(found));
    }
    match trial.judge(compression, head, is_all, budget) {
        Verdict::Stream | Verdict::Open => Some(Next::Stream(found)),
        Verdict::Piece => Some(Next::Piece(compression)),
        Verdict::None => None,
    }
}

/// Hands over what comes out of the bytes that are there, and lets none of them go by; says whether to go on.
fn piece(
    compression: Compression,
    input: &mut Input<'_>,
    budget: &Budget,
    visitor: &mut dyn Visitor,
) -> io::Result<bool> {
    let name = format!("stream@{}", input.position());
    let member = Member { name: name.as_bytes(), link: None, is_alone: false };
    let (head, _) = input.near(REACH);
    let decoder = trial::open(compression, Slice::new(head), budget)?;
    Ok(visitor.member(&member, &mut Lenient::new(decoder, PROOF)))
}

/// Hands over the stream that comes next, and those right behind it; says whether to go on. What comes out may be elements of these `sizes`, with
/// their bytes shuffled.
fn stream(
    input: &mut Input<'_>,
    of: &Stream,
    sizes: &[usize],
    budget: &Budget,
    visitor: &mut dyn Visitor,
) -> io::Result<bool> {
    let name = format!("stream@{}", input.position());
    let member = Member { name: name.as_bytes(), link: None, is_alone: of.is_alone };
    let proof = if of.is_sure { 0 } else { PROOF };
    let Some((framing, length)) = of.piece else {
        let streams = streams::Streams::among_others(of.compression, input, budget);
        if !sizes.is_empty() {
            return Ok(shuffled::member(&member, Lenient::new(streams.alone(), proof), sizes, budget, visitor));
        }
        return Ok(visitor.member(&member, &mut Lenient::new(streams, proof)));
    };
    let alarm = input.alarm();
    match Decoder::new(streams::method(of.compression), Chunks::new(framing, input, length), alarm, budget) {
        Ok(decoder) => Ok(visitor.member(&member, &mut Lenient::new(decoder, proof))),
        Err(error) => {
            visitor.trouble(Some(name.as_bytes()), trouble(&error).ok_or(error)?);
            Ok(true)
        }
    }
}
