//! Snappy's blocks without a frame, which say how many bytes they become, as files of databases have them.

use std::io;

#[cfg(feature = "snappy")]
use super::trouble::broken;
use super::whole::{Packed, Whole};

/// How many bytes come out at most for each: copies of 64 take three.
#[cfg(feature = "snappy")]
const GROWTH: usize = 32;

/// How many bytes a block becomes, as it says itself in its first five at most; none if it does not.
pub(super) fn size(head: &[u8]) -> Option<usize> {
    let mut size = 0u64;
    for (byte, shift) in head.iter().zip([0, 7, 14, 21, 28]) {
        size |= u64::from(byte & 0x7f) << shift;
        if byte & 0x80 == 0 {
            return u32::try_from(size).ok().map(|size| size as usize);
        }
    }
    None
}

/// What a block becomes.
///
/// # Errors
/// It is larger than it may be, or says no size.
#[cfg(feature = "snappy")]
pub(super) fn unpack<'b>(packed: &Packed<'b>) -> io::Result<Whole<'b>> {
    let size = size(&packed.bytes).ok_or_else(|| broken("its compressed bytes are broken"))?;
    packed.unpack(size, GROWTH, |packed, bytes| {
        snap::raw::Decoder::new().decompress(packed, bytes).is_ok_and(|written| written == bytes.len())
    })
}

/// The same where a build has no decoder.
#[cfg(not(feature = "snappy"))]
pub(super) fn unpack<'b>(_: &Packed<'b>) -> io::Result<Whole<'b>> {
    Err(super::decode::left_out("Snappy"))
}
