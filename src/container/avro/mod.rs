//! Avro's object container files (Avro 1.12, "Object container files"): a header with a schema, and records in blocks that are compressed each
//! by itself.

mod schema;
mod values;

use std::io::{self, BufRead, Read};

use super::budget::Budget;
use super::decode::Method;
use super::filled::Filled;
use super::input::{Exact, Input, Part};
use super::snappy;
use super::trouble::{broken, cut_off};
use super::whole::{Packed, Whole};
use super::{Member, Visitor, trouble, varint};
use schema::Schema;
use values::Values;

/// What a file begins with: three letters and a version.
pub(super) const MAGIC: &[u8] = b"Obj\x01";

/// The largest schema that is read.
const MOST_SCHEMA: u64 = 1 << 20;

/// The longest name of a codec that is looked at: longer than any is.
const LONGEST_CODEC: u64 = 64;

/// The mark behind each block, which the header says.
const SYNC: usize = 16;

/// What the header says.
#[derive(Default)]
struct Header {
    codec: Vec<u8>,
    schema: Option<Schema>,
    sync: [u8; SYNC],
}

/// How a block is compressed.
#[derive(Clone, Copy)]
enum Codec {
    /// Not at all.
    Null,
    Stream(Method),
    /// By Snappy, with a checksum behind it.
    Snappy,
}

/// Reads a file's blocks.
pub(super) fn read(input: &mut Input<'_>, budget: &Budget, visitor: &mut dyn Visitor) -> io::Result<()> {
    input.skip(MAGIC.len() as u64)?;
    let header = header(input)?;
    let codec = codec(&header.codec)?;
    if header.schema.is_none() {
        let error = broken("its schema cannot be read: its texts are searched as they stand");
        visitor.trouble(None, trouble(&error).ok_or(error)?);
    }
    while !input.peek(1)?.is_empty() {
        let name = format!("block@{}", input.position());
        let [count, size] = [number(input)?, number(input)?].map(u64::try_from);
        let (Ok(count), Ok(size)) = (count, size) else {
            return Err(broken("a block in it has no size: what follows may be lost"));
        };
        let end = input.position().saturating_add(size);
        let member = Member { name: name.as_bytes(), link: None, is_alone: false };
        let goes_on = match block(codec, size, input, budget) {
            Ok(mut content) => match &header.schema {
                Some(schema) => visitor.member(&member, &mut Values::new(content, schema, count)),
                None => visitor.member(&member, &mut *content),
            },
            Err(error) => {
                visitor.trouble(Some(member.name), trouble(&error).ok_or(error)?);
                true
            }
        };
        if !goes_on {
            return Ok(());
        }
        let is_whole = input.skip(end.saturating_sub(input.position()))?;
        let sync = input.take_up_to(SYNC)?;
        if sync != header.sync {
            let wrong = "it does not end where it says: what follows may be lost";
            let error = if !is_whole || header.sync.starts_with(&sync) { cut_off() } else { broken(wrong) };
            visitor.trouble(Some(member.name), trouble(&error).ok_or(error)?);
            return Ok(());
        }
    }
    Ok(())
}

/// What is in a block of `size` bytes, as it was before it was compressed.
fn block<'b>(codec: Codec, size: u64, input: &'b mut Input<'_>, budget: &'b Budget) -> io::Result<Box<dyn Read + 'b>> {
    let alarm = input.alarm();
    Ok(match codec {
        Codec::Null => Box::new(Exact::new(input, size)),
        Codec::Snappy => Box::new(snappy(size, input, budget)?),
        Codec::Stream(method) => Box::new(Filled::new(method, Part::new(input, size), alarm, budget)?),
    })
}

/// What is in a block of Snappy, behind which the checksum of what comes out stands.
fn snappy<'b>(size: u64, input: &mut Input<'_>, budget: &'b Budget) -> io::Result<Whole<'b>> {
    const CHECKSUM: u64 = 4;
    let packed = Packed::take(input, size.saturating_sub(CHECKSUM), budget)?;
    let mut whole = snappy::unpack(&packed, budget)?;
    let said = input.take_up_to(size.min(CHECKSUM) as usize)?;
    if crc32fast::hash(whole.all()).to_be_bytes() != said[..] {
        whole.fail(broken("its checksum is wrong"));
    }
    Ok(whole)
}

fn codec(name: &[u8]) -> io::Result<Codec> {
    Ok(Codec::Stream(match name {
        b"" | b"null" => return Ok(Codec::Null),
        b"snappy" => return Ok(Codec::Snappy),
        b"deflate" => Method::Deflate,
        b"bzip2" => Method::Bzip2,
        b"xz" => Method::Xz,
        b"zstandard" => Method::Zstd,
        _ => {
            return Err(broken(&format!("it is compressed by a codec that is not known: `{}`", name.escape_ascii())));
        }
    }))
}

/// Reads the header, behind the magic: what it says by name, and the mark.
fn header(input: &mut Input<'_>) -> io::Result<Header> {
    let mut header = Header::default();
    loop {
        let count = number(input)?;
        if count == 0 {
            break;
        }
        if count < 0 {
            // How many bytes they have.
            number(input)?;
        }
        for _ in 0..count.unsigned_abs() {
            let name = length(input)?;
            let kept = taken(input, name, name.min(LONGEST_CODEC))?;
            let value = length(input)?;
            match &kept[..] {
                b"avro.codec" => header.codec = taken(input, value, value.min(LONGEST_CODEC))?,
                b"avro.schema" if value > MOST_SCHEMA => skip(input, value)?,
                b"avro.schema" => header.schema = Schema::read(&taken(input, value, value)?),
                _ => skip(input, value)?,
            }
        }
    }
    let sync = input.take_up_to(SYNC)?;
    header.sync = sync.try_into().map_err(|_| cut_off())?;
    Ok(header)
}

/// A number in its zigzag code.
fn number(input: &mut Input<'_>) -> io::Result<i64> {
    let next = || {
        let byte = input.fill_buf()?.first().copied().ok_or_else(cut_off)?;
        input.consume(1);
        Ok(byte)
    };
    let number: io::Result<_> = varint::unsigned(next);
    number?.map(varint::signed).ok_or_else(|| broken("a number in it is broken: what follows may be lost"))
}

fn length(input: &mut Input<'_>) -> io::Result<u64> {
    u64::try_from(number(input)?).map_err(|_| broken("its header is broken"))
}

/// The first `kept` of the next `length` bytes, all of which go by.
fn taken(input: &mut Input<'_>, length: u64, kept: u64) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    Exact::new(input, kept).read_to_end(&mut bytes)?;
    skip(input, length - kept)?;
    Ok(bytes)
}

fn skip(input: &mut Input<'_>, count: u64) -> io::Result<()> {
    if input.skip(count)? { Ok(()) } else { Err(cut_off()) }
}
