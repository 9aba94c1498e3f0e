//! What is in a page: how it is compressed shows in its first bytes, in its sizes, or in that it can be unpacked so.

use std::io::{self, Read};

use crate::container::budget::Budget;
use crate::container::decode::Method;
use crate::container::filled::Filled;
use crate::container::input::{Exact, Input, Part};
use crate::container::lenient::Lenient;
use crate::container::snappy;
use crate::container::trouble::broken;
use crate::container::whole::{MOST_BLOCK, Packed, Whole, too_large};

/// How many bytes at most nothing becomes, compressed.
const NOTHING: u64 = 32;

/// How many bytes LZ4 makes at most of one.
#[cfg(feature = "lz4")]
const GROWTH: usize = 256;

/// What is in a page of `packed` bytes that becomes `size`, if there is something. None of its levels count.
pub(super) fn content<'b>(
    is_compressed: bool,
    size: u64,
    packed: u64,
    input: &'b mut Input<'_>,
    budget: &'b Budget,
) -> io::Result<Option<Box<dyn Read + 'b>>> {
    if size == 0 && packed <= NOTHING {
        return Ok(None);
    }
    // It may still be compressed to just as many bytes as it has.
    let may_be_plain = size == packed;
    if !is_compressed {
        return Ok(Some(Box::new(Exact::new(input, packed))));
    }
    let head = input.peek(NOTHING.min(packed) as usize)?;
    if let Some(method) = method(head) {
        let alarm = input.alarm();
        let streams = Sized { source: Filled::new(method, Part::new(input, packed), alarm, budget)?, left: size };
        return Ok(Some(if may_be_plain { Box::new(Lenient::new(streams, u64::MAX)) } else { Box::new(streams) }));
    }
    let is_snappy = snappy::size(head).is_some_and(|said| said as u64 == size);
    if may_be_plain && size > MOST_BLOCK as u64 {
        return Ok(Some(Box::new(Exact::new(input, packed))));
    }
    let packed = Packed::take(input, packed, budget)?;
    let size = usize::try_from(size).unwrap_or(usize::MAX);
    let snapped = if is_snappy { Some(snappy::unpack(&packed, budget)) } else { None };
    if snapped.as_ref().is_some_and(|whole| whole.as_ref().is_ok_and(Whole::is_whole)) {
        return Ok(snapped.transpose()?.map(|whole| Box::new(whole) as Box<dyn Read>));
    }
    if let Some(whole) = lz4(&packed, size, budget) {
        return Ok(Some(Box::new(whole)));
    }
    if may_be_plain {
        return Ok(Some(Box::new(packed.into_plain())));
    }
    match snapped {
        Some(broken) => Ok(Some(Box::new(broken?))),
        None if packed.is_cut() => Ok(Some(Box::new(packed.into_plain()))),
        None if size > MOST_BLOCK => Err(too_large()),
        None => Err(broken("it is broken, or compressed in a way that gridleaks cannot open, as Brotli and LZO are")),
    }
}

/// How a page is compressed that begins so; none if that does not show it.
fn method(head: &[u8]) -> Option<Method> {
    match head {
        [0x1f, 0x8b, 8, ..] => Some(Method::Gzip),
        [0x28, 0xb5, 0x2f, 0xfd, ..] => Some(Method::Zstd),
        [0x04, 0x22, 0x4d, 0x18, ..] => Some(Method::Lz4),
        _ => None,
    }
}

/// What a page is that LZ4 compressed: behind sizes, as Hadoop writes them, or as one block.
#[cfg(feature = "lz4")]
fn lz4<'b>(packed: &Packed<'_>, size: usize, budget: &'b Budget) -> Option<Whole<'b>> {
    let by = |unpack: fn(&[u8], &mut [u8]) -> bool| {
        packed.unpack(size, GROWTH, budget, unpack).ok().filter(|whole| whole.is_whole())
    };
    let is_block = |packed: &[u8], bytes: &mut [u8]| {
        lz4_flex::block::decompress_into(packed, bytes).is_ok_and(|written| written == bytes.len())
    };
    by(hadoop).or_else(|| by(is_block))
}

#[cfg(not(feature = "lz4"))]
fn lz4<'b>(_: &Packed<'_>, _: usize, _: &'b Budget) -> Option<Whole<'b>> {
    None
}

/// Unpacks blocks behind two sizes each, what it becomes and what it is, with the highest byte first.
#[cfg(feature = "lz4")]
fn hadoop(mut packed: &[u8], bytes: &mut [u8]) -> bool {
    let mut written = 0usize;
    while let Some((sizes, rest)) = packed.split_first_chunk::<8>() {
        let [a, b, c, d, e, f, g, h] = *sizes;
        let [size, length] = [[a, b, c, d], [e, f, g, h]].map(|size| u32::from_be_bytes(size) as usize);
        let (Some(block), Some(room)) = (rest.get(..length), bytes.get_mut(written..written.saturating_add(size)))
        else {
            return false;
        };
        if lz4_flex::block::decompress_into(block, room).ok() != Some(size) {
            return false;
        }
        written += size;
        packed = &rest[length..];
    }
    packed.is_empty() && written == bytes.len()
}

/// What has to be of a size.
struct Sized<R> {
    source: R,
    left: u64,
}

impl<R: Read> Read for Sized<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if buffer.is_empty() {
            return Ok(0);
        }
        // What is of its size counts, however much was asked for at once; behind it, one byte shows that there is more.
        let most = usize::try_from(self.left).unwrap_or(usize::MAX).clamp(1, buffer.len());
        let read = self.source.read(&mut buffer[..most])?;
        if (read == 0) != (self.left == 0) {
            return Err(broken("its size is wrong"));
        }
        self.left -= read as u64;
        Ok(read)
    }
}
