//! The sizes that objects claim: what can be.

/// How many times its size something can grow at most: what the format allows, and a little more.
const MOST_GROWTH: u64 = 1040;

/// Whether so many compressed bytes can become so many: a header that claims more is not to be believed, least of all by
/// whoever makes room for it.
pub(in crate::source) fn can_become(compressed: usize, size: u64) -> bool {
    size <= (compressed as u64).saturating_mul(MOST_GROWTH) + 64
}
