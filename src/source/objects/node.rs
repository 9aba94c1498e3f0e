//! The numbers of objects, and what stands for none.

/// The number of an object.
pub type Node = u32;

/// What stands for a base: there is none.
pub(in crate::source) const WHOLE: u32 = u32::MAX;
/// The same for an entry that repeats an object, and for one that cannot be read.
pub(in crate::source) const LEFT_OUT: u32 = u32::MAX - 1;
