//! What a reading of an encoded text found, and which of two readings of the same text counts.

use std::cmp::Reverse;
use std::ops::Range;

use crate::encoding::Encoding;
use crate::secret::Secret;

use super::Packed;

/// A token found in encoded text.
pub(super) struct Found {
    pub(super) span: Range<usize>,
    pub(super) rule: usize,
    pub(super) secret: Secret,
    pub(super) shown: usize,
    pub(super) encoding: Vec<Encoding>,
}

impl Found {
    /// Whether it is the same as `other`, which it overlaps, or a reading of it that ends elsewhere, as base64 may behind an escaped digit,
    /// and that only a later rule takes.
    pub(super) fn adds_nothing_to(&self, other: &Found) -> bool {
        let (one, two) = (self.secret.reveal(), other.secret.reveal());
        self.rule == other.rule && one == two
            || self.span.start == other.span.start
                && other.rule < self.rule
                && (one.starts_with(two) || two.starts_with(one))
    }
}

/// What is in a decoded text.
pub(super) struct Inside {
    /// The tokens, plain and encoded.
    pub(super) found: Vec<Found>,
    pub(super) packed: Vec<Packed>,
}

impl Inside {
    /// Smaller if a token of an earlier rule, more such tokens, or anything at all, is in it.
    pub(super) fn rank(&self) -> (usize, Reverse<usize>, bool) {
        let rule = self.found.iter().map(|found| found.rule).min().unwrap_or(usize::MAX);
        let count = self.found.iter().filter(|found| found.rule == rule).count();
        (rule, Reverse(count), self.packed.is_empty())
    }

    pub(super) fn is_empty(&self) -> bool {
        self.found.is_empty() && self.packed.is_empty()
    }
}

/// Of what was found in one reading, `better`, and of what behind it in another, keeps where they overlap what an earlier rule has.
pub(super) fn merge(all: &mut Vec<Found>, better: Range<usize>) {
    for other in all.split_off(better.end) {
        let overlaps = |found: &Found| found.span.start < other.span.end && other.span.start < found.span.end;
        match all[better.start..].iter().position(overlaps).map(|rival| better.start + rival) {
            Some(rival) if other.rule < all[rival].rule => all[rival] = other,
            Some(_) => {}
            None => all.push(other),
        }
    }
}
