//! Snappy's blocks without a frame, which say how many bytes they become, as files of databases have them.

use std::io;

use super::budget::Budget;
#[cfg(feature = "snappy")]
use super::trouble::broken;
use super::varint;
use super::whole::{Packed, Whole};

/// How many bytes come out at most for each: copies of 64 take three.
#[cfg(feature = "snappy")]
const GROWTH: usize = 32;

/// How many bytes a block becomes, as it says itself in its first five at most; none if it does not.
pub(super) fn size(head: &[u8]) -> Option<usize> {
    let mut bytes = head.iter().take(5);
    let size = varint::unsigned(|| bytes.next().copied().ok_or(())).ok()??;
    u32::try_from(size).ok().map(|size| size as usize)
}

/// What a block becomes.
///
/// # Errors
/// It is larger than it may be, or says no size.
#[cfg(feature = "snappy")]
pub(super) fn unpack<'b>(packed: &Packed<'_>, budget: &'b Budget) -> io::Result<Whole<'b>> {
    let size = size(&packed.bytes).ok_or_else(|| broken("its compressed bytes are broken"))?;
    packed.unpack(size, GROWTH, budget, |packed, bytes| {
        snap::raw::Decoder::new().decompress(packed, bytes).is_ok_and(|written| written == bytes.len())
    })
}

/// The same where a build has no decoder.
#[cfg(not(feature = "snappy"))]
pub(super) fn unpack<'b>(_: &Packed<'_>, _: &'b Budget) -> io::Result<Whole<'b>> {
    Err(super::decode::left_out("Snappy"))
}
