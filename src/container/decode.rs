//! The decoders of compressed bytes, and which crate each comes from. A build without one of them says so, as a problem.

use std::io::{self, Read};

use flate2::bufread::{DeflateDecoder, ZlibDecoder};

use super::budget::{Budget, Room};
#[cfg(feature = "lz4")]
use super::lz4;
#[cfg(feature = "xz")]
use super::lzma;
use super::source::Source;
#[cfg(feature = "xz")]
use super::trouble::cut_off;
use super::trouble::{Alarm, broken};
use super::{gzip, salvage};

/// How bytes are compressed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Method {
    Deflate,
    Gzip,
    Zlib,
    Deflate64,
    Bzip2,
    /// LZMA as zip files have it; how many bytes it becomes, if it does not say itself where it ends.
    Lzma(Option<u64>),
    Xz,
    Zstd,
    Lz4,
    /// LZMA with a header of its own.
    LzmaAlone,
    Lzip,
    /// Snappy's frames.
    Snappy,
}

/// Decodes one stream, until it ends itself or its source does. Errors come out in our words.
pub(super) struct Decoder<'b, S: Source> {
    kind: Kind<S>,
    alarm: Alarm,
    room: Option<Room<'b>>,
}

enum Kind<S: Source> {
    Deflate(salvage::Counted<DeflateDecoder<S>>),
    Gzip(gzip::Member<S>),
    Zlib(salvage::Counted<ZlibDecoder<S>>),
    #[cfg(feature = "deflate64")]
    Deflate64(salvage::Pieces<deflate64::Deflate64Decoder<S>>),
    #[cfg(feature = "bzip2")]
    Bzip2(salvage::Counted<bzip2::bufread::BzDecoder<S>>),
    #[cfg(feature = "xz")]
    Lzma(Box<lzma_rust2::LzmaReader<S>>),
    #[cfg(feature = "xz")]
    Xz(Box<Xz<S>>),
    #[cfg(feature = "xz")]
    Handed(Box<salvage::Pieces<lzma::Lzma<S>>>),
    #[cfg(feature = "zstd")]
    Zstd(Box<Frame<S>>),
    #[cfg(feature = "lz4")]
    Lz4(Box<lz4::Frame<S>>),
    #[cfg(feature = "snappy")]
    Snappy(Box<snap::read::FrameDecoder<S>>),
}

type Opened<'b, S> = io::Result<(Kind<S>, Option<Room<'b>>)>;

impl<'b, S: Source> Decoder<'b, S> {
    /// A decoder of what comes from `source`, whose `alarm` this is.
    ///
    /// # Errors
    /// It needs more memory than it may have, or is in no format that this build knows.
    pub(super) fn new(method: Method, source: S, alarm: Alarm, budget: &'b Budget) -> io::Result<Self> {
        let opened = match method {
            Method::Deflate => {
                let decoder = salvage::Counted::new(DeflateDecoder::new(source), DeflateDecoder::total_out);
                room(Kind::Deflate(decoder), DEFLATE, budget)
            }
            Method::Gzip => gzip::Member::open(source).and_then(|member| room(Kind::Gzip(member), DEFLATE, budget)),
            Method::Zlib => {
                let decoder = salvage::Counted::new(ZlibDecoder::new(source), ZlibDecoder::total_out);
                room(Kind::Zlib(decoder), DEFLATE, budget)
            }
            Method::Deflate64 => deflate64(source, budget),
            Method::Bzip2 => bzip2(source, budget),
            Method::Lzma(size) => lzma(source, size, budget),
            Method::Xz => xz(source, budget),
            Method::Zstd => zstd(source, budget),
            Method::Lz4 => lz4(source, budget),
            Method::LzmaAlone => lzma_alone(source, budget),
            Method::Lzip => lzip(source, budget),
            Method::Snappy => snappy(source, budget),
        };
        let (kind, room) = opened.map_err(|error| alarm.sort(error))?;
        Ok(Decoder { kind, alarm, room })
    }

    /// What it read from; what lies behind the stream comes next there.
    pub(super) fn into_source(self) -> S {
        match self.kind {
            Kind::Deflate(decoder) => decoder.into_inner().into_inner(),
            Kind::Gzip(member) => member.into_source(),
            Kind::Zlib(decoder) => decoder.into_inner().into_inner(),
            #[cfg(feature = "deflate64")]
            Kind::Deflate64(pieces) => pieces.into_inner().into_inner(),
            #[cfg(feature = "bzip2")]
            Kind::Bzip2(decoder) => decoder.into_inner().into_inner(),
            #[cfg(feature = "xz")]
            Kind::Lzma(decoder) => decoder.into_inner(),
            #[cfg(feature = "xz")]
            Kind::Xz(xz) => xz.into_inner().into_inner().into_inner(),
            #[cfg(feature = "xz")]
            Kind::Handed(decoder) => decoder.into_inner().into_source(),
            #[cfg(feature = "zstd")]
            Kind::Zstd(frame) => frame.decoder.into_inner(),
            #[cfg(feature = "lz4")]
            Kind::Lz4(frame) => frame.into_source(),
            #[cfg(feature = "snappy")]
            Kind::Snappy(decoder) => decoder.into_inner(),
        }
    }
}

impl<S: Source> Read for Decoder<'_, S> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        // No more at once than there is room for, so that a limit is met at the same byte however much is asked for.
        let left = self.room.as_mut().map_or(Ok(u64::MAX), Room::left)?;
        let most = usize::try_from(left).unwrap_or(usize::MAX).min(buffer.len());
        let buffer = &mut buffer[..most];
        let read = match &mut self.kind {
            Kind::Deflate(decoder) => decoder.read(buffer),
            Kind::Gzip(member) => member.read(buffer),
            Kind::Zlib(decoder) => decoder.read(buffer),
            #[cfg(feature = "deflate64")]
            Kind::Deflate64(pieces) => pieces.read(buffer),
            #[cfg(feature = "bzip2")]
            Kind::Bzip2(decoder) => decoder.read(buffer),
            #[cfg(feature = "xz")]
            Kind::Lzma(decoder) => decoder.read(buffer),
            #[cfg(feature = "xz")]
            Kind::Xz(xz) => {
                xz.read(buffer).map_err(|error| if xz.inner().inner().is_cut() { cut_off() } else { error })
            }
            #[cfg(feature = "xz")]
            Kind::Handed(decoder) => decoder.read(buffer),
            #[cfg(feature = "zstd")]
            Kind::Zstd(frame) => frame.read(buffer),
            #[cfg(feature = "lz4")]
            Kind::Lz4(frame) => frame.read(buffer),
            #[cfg(feature = "snappy")]
            Kind::Snappy(decoder) => decoder.read(buffer),
        };
        if let (Some(room), Ok(read)) = (&mut self.room, &read) {
            room.fill(*read as u64);
        }
        read.map_err(|error| self.alarm.sort(error))
    }
}

/// How many bytes deflate looks back on.
const DEFLATE: u64 = 32 << 10;

fn room<S: Source>(kind: Kind<S>, window: u64, budget: &Budget) -> Opened<'_, S> {
    Ok((kind, Some(budget.window(window)?)))
}

/// The same of LZMA, whose decoder takes memory as it writes.
#[cfg(feature = "xz")]
fn growing_room<S: Source>(kind: Kind<S>, window: u64, budget: &Budget) -> Opened<'_, S> {
    Ok((kind, Some(budget.growing_window(window)?)))
}

/// What is said where a build has no decoder of this name.
#[cfg(not(all(
    feature = "deflate64",
    feature = "bzip2",
    feature = "lz4",
    feature = "snappy",
    feature = "xz",
    feature = "zstd"
)))]
pub(super) fn left_out(name: &str) -> io::Error {
    broken(&format!(
        "it is compressed by {name}, which this build of gridleaks leaves out; one with all features reads it"
    ))
}

#[cfg(feature = "deflate64")]
fn deflate64<S: Source>(source: S, budget: &Budget) -> Opened<'_, S> {
    let decoder = deflate64::Deflate64Decoder::with_buffer(source);
    room(Kind::Deflate64(salvage::Pieces::new(decoder)), 2 * DEFLATE, budget)
}

#[cfg(not(feature = "deflate64"))]
fn deflate64<S: Source>(_: S, _: &Budget) -> Opened<'_, S> {
    Err(left_out("Deflate64"))
}

#[cfg(feature = "bzip2")]
fn bzip2<S: Source>(source: S, budget: &Budget) -> Opened<'_, S> {
    /// What the largest block takes.
    const MEMORY: u64 = 4 << 20;
    let decoder = bzip2::bufread::BzDecoder::new(source);
    room(Kind::Bzip2(salvage::Counted::new(decoder, bzip2::bufread::BzDecoder::total_out)), MEMORY, budget)
}

#[cfg(not(feature = "bzip2"))]
fn bzip2<S: Source>(_: S, _: &Budget) -> Opened<'_, S> {
    Err(left_out("bzip2"))
}

#[cfg(feature = "xz")]
fn lzma<S: Source>(mut source: S, size: Option<u64>, budget: &Budget) -> Opened<'_, S> {
    // The version of the program that wrote it, then how many bytes of properties follow: always five.
    let mut head = [0; 9];
    source.read_exact(&mut head)?;
    if head[2..4] != [5, 0] {
        return Err(broken("its LZMA header is broken"));
    }
    let window = u32::from_le_bytes([head[5], head[6], head[7], head[8]]);
    let size = size.unwrap_or(u64::MAX);
    let mut decoder = lzma_rust2::LzmaReader::new_with_props(source, size, head[4], window, None)?;
    decoder.set_defer_errors(true);
    growing_room(Kind::Lzma(Box::new(decoder)), u64::from(window), budget)
}

#[cfg(not(feature = "xz"))]
fn lzma<S: Source>(_: S, _: Option<u64>, _: &Budget) -> Opened<'_, S> {
    Err(left_out("LZMA"))
}

/// An xz stream: the pieces of what is decoded from bytes that are padded at their end.
#[cfg(feature = "xz")]
type Xz<S> = salvage::Pieces<lzma_rust2::XzReader<salvage::Padded<S>>>;

#[cfg(feature = "xz")]
fn lzma_alone<S: Source>(mut source: S, budget: &Budget) -> Opened<'_, S> {
    let window = lzma::lzma_window(source.look(lzma::LZMA_HEADER + 1)?).ok_or(io::ErrorKind::UnexpectedEof)?;
    growing_room(
        Kind::Handed(Box::new(salvage::Pieces::new(lzma::Lzma::alone(source, window)))),
        u64::from(window),
        budget,
    )
}

#[cfg(not(feature = "xz"))]
fn lzma_alone<S: Source>(_: S, _: &Budget) -> Opened<'_, S> {
    Err(left_out("LZMA"))
}

#[cfg(feature = "xz")]
fn lzip<S: Source>(mut source: S, budget: &Budget) -> Opened<'_, S> {
    let window = lzma::lzip_window(source.look(lzma::LZIP_HEADER)?).ok_or(io::ErrorKind::InvalidData)?;
    growing_room(
        Kind::Handed(Box::new(salvage::Pieces::new(lzma::Lzma::lzip(source, window)))),
        u64::from(window),
        budget,
    )
}

#[cfg(not(feature = "xz"))]
fn lzip<S: Source>(_: S, _: &Budget) -> Opened<'_, S> {
    Err(left_out("lzip"))
}

#[cfg(feature = "xz")]
fn xz<S: Source>(mut source: S, budget: &Budget) -> Opened<'_, S> {
    /// The longest header of a stream and of its first block.
    const HEADERS: usize = 12 + 1024;
    let window = lzma::xz_window(source.look(HEADERS)?).unwrap_or(0);
    // Later blocks may not take more than the first. What the decoder itself needs is little.
    let most = (window >> 10) as u32 + 1024;
    let decoder = lzma_rust2::XzReader::new_mem_limit(salvage::Padded::new(source), false, most);
    growing_room(Kind::Xz(Box::new(salvage::Pieces::new(decoder))), window, budget)
}

#[cfg(not(feature = "xz"))]
fn xz<S: Source>(_: S, _: &Budget) -> Opened<'_, S> {
    Err(left_out("xz"))
}

/// A Zstandard frame; its checksum, if it has one, is compared with that of what came out.
#[cfg(feature = "zstd")]
struct Frame<S: Source> {
    decoder: ruzstd::decoding::StreamingDecoder<S, ruzstd::decoding::FrameDecoder>,
    /// Where the frame is broken, while what was decoded before is read.
    broken: Option<io::Error>,
}

#[cfg(feature = "zstd")]
impl<S: Source> Read for Frame<S> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        /// A block that is the last and empty, and a checksum. With it, the decoder hands over what it keeps to look back on.
        const END: [u8; 7] = [1, 0, 0, 0, 0, 0, 0];
        let read = self.decoder.read(buffer).or_else(|error| {
            if self.broken.is_some() {
                return Err(error);
            }
            self.broken = Some(error);
            let end = self.decoder.decoder.decode_blocks(&END[..], ruzstd::decoding::BlockDecodingStrategy::All);
            end.map_err(|_| io::Error::from(io::ErrorKind::InvalidData))?;
            self.decoder.read(buffer)
        })?;
        if read == 0 && !buffer.is_empty() {
            if let Some(error) = self.broken.take() {
                return Err(error);
            }
            let said = self.decoder.decoder.get_checksum_from_data();
            if said.is_some() && said != self.decoder.decoder.get_calculated_checksum() {
                return Err(broken("its checksum is wrong"));
            }
        }
        Ok(read)
    }
}

#[cfg(feature = "zstd")]
fn zstd<S: Source>(mut source: S, budget: &Budget) -> Opened<'_, S> {
    /// The longest header of a frame.
    const HEADER: usize = 18;
    let window = zstd_window(source.look(HEADER)?).ok_or(io::ErrorKind::UnexpectedEof)?;
    // The decoder's buffer has a power of two.
    let room = budget.window(window.checked_next_power_of_two().unwrap_or(window))?;
    let decoder = ruzstd::decoding::StreamingDecoder::new_with_max_window_size(source, window.max(1 << 10));
    let decoder = decoder.map_err(|error| match error {
        ruzstd::decoding::errors::FrameDecoderError::DictNotProvided { .. } => {
            broken("it can only be unpacked with a dictionary that is not here")
        }
        _ => io::ErrorKind::InvalidData.into(),
    })?;
    Ok((Kind::Zstd(Box::new(Frame { decoder, broken: None })), Some(room)))
}

/// How many bytes a zstd frame looks back on; none if it is cut off.
#[cfg(feature = "zstd")]
fn zstd_window(head: &[u8]) -> Option<u64> {
    let (descriptor, rest) = head.get(4..)?.split_first()?;
    let is_single = descriptor & 0x20 != 0;
    if !is_single {
        let byte = u64::from(*rest.first()?);
        let base = 1u64 << (10 + (byte >> 3));
        return Some(base + (base >> 3) * (byte & 7));
    }
    let dictionary = [0, 1, 2, 4][usize::from(descriptor & 3)];
    let size = rest.get(dictionary..)?;
    let number = |count: usize| {
        let mut bytes = [0; 8];
        bytes[..count].copy_from_slice(size.get(..count)?);
        Some(u64::from_le_bytes(bytes))
    };
    match descriptor >> 6 {
        0 => number(1),
        1 => Some(number(2)? + 256),
        2 => number(4),
        _ => number(8),
    }
}

#[cfg(not(feature = "zstd"))]
fn zstd<S: Source>(_: S, _: &Budget) -> Opened<'_, S> {
    Err(left_out("Zstandard"))
}

#[cfg(feature = "lz4")]
fn lz4<S: Source>(source: S, budget: &Budget) -> Opened<'_, S> {
    let (frame, room) = lz4::Frame::open(source, budget)?;
    Ok((Kind::Lz4(Box::new(frame)), Some(room)))
}

#[cfg(not(feature = "lz4"))]
fn lz4<S: Source>(_: S, _: &Budget) -> Opened<'_, S> {
    Err(left_out("LZ4"))
}

#[cfg(feature = "snappy")]
fn snappy<S: Source>(source: S, budget: &Budget) -> Opened<'_, S> {
    /// A chunk as it comes and as it is.
    const MEMORY: u64 = 160 << 10;
    room(Kind::Snappy(Box::new(snap::read::FrameDecoder::new(source))), MEMORY, budget)
}

#[cfg(not(feature = "snappy"))]
fn snappy<S: Source>(_: S, _: &Budget) -> Opened<'_, S> {
    Err(left_out("Snappy"))
}
