//! What a sample of a text is, and what it may look like.

/// How far apart samples of a content are taken.
pub(super) const STEP: usize = 32;

/// How far behind the beginning of an encoded key the first anchor or sample in it may stand.
pub(super) const AHEAD: usize = 64;

/// The length of a sample.
pub(super) const BLOCK: usize = 16;

/// How many bytes from the beginning of a content's sample on have to be a run of digits: `SURE` is then what base64 of a key of forty
/// bytes has.
pub(super) const SEEN: usize = 23;

/// The shortest run of digits that a sample of a content surely lies in.
#[cfg(test)]
pub(super) const SURE: usize = STEP - 1 + SEEN;

/// What a sample looks like.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Look {
    /// Base64 of a text, and by which of [`super::lanes::base64_phases`].
    Base64(u32),
    /// Base64 of a text that is broken by the end of a line near to the sample: where one of its groups begins.
    Wrapped(usize),
    /// The same of hexadecimal: where a pair of its digits begins.
    WrappedHex(usize),
    /// Hexadecimal of a text, and by which phases it may be base64, too.
    Hex(u32),
    /// A list of numbers, or escapes.
    List,
    /// A container in base64 or hexadecimal: where its run of digits begins, at or before the sample; and what [`Look::Wrapped`] has, for
    /// few digits say that there is a container.
    Packed(usize, Option<usize>),
    /// UTF-16 or UTF-32: how many bytes a character has, and where in the sample the first stands.
    Wide(usize, usize),
}
