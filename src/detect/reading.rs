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

#[cfg(test)]
mod tests {
    use super::*;

    fn found(rule: usize, span: Range<usize>, secret: &str) -> Found {
        Found { span, rule, secret: Secret::new(secret.as_bytes(), 1), shown: 1, encoding: vec![Encoding::Hex] }
    }

    #[test]
    fn a_reading_adds_nothing_that_is_the_same_or_another_end_of_a_better_one() {
        for (one, other, expected) in [
            (found(0, 3..9, "secret"), found(0, 2..9, "secret"), true),
            (found(0, 3..9, "secret"), found(0, 3..9, "secrets"), false),
            (found(1, 3..9, "secret"), found(0, 3..9, "secrets"), true),
            (found(1, 3..9, "secrets"), found(0, 3..9, "secret"), true),
            (found(1, 3..9, "secret"), found(0, 3..9, "secret"), true),
            (found(1, 3..9, "secret"), found(0, 2..9, "secret"), false),
            (found(1, 3..9, "secret"), found(0, 2..9, "secrets"), false),
            (found(1, 3..9, "secret"), found(0, 3..9, "another"), false),
            (found(0, 3..9, "secret"), found(1, 3..9, "secrets"), false),
            (found(0, 3..9, "secret"), found(1, 3..9, "secret"), false),
        ] {
            assert_eq!(
                one.adds_nothing_to(&other),
                expected,
                "{} {:?} {} {:?}",
                one.rule,
                one.span,
                other.rule,
                other.span
            );
        }
    }

    #[test]
    fn a_reading_is_better_by_an_earlier_rule_then_by_more_keys() {
        let inside = |rules: &[usize]| Inside {
            found: rules.iter().map(|&rule| found(rule, 0..1, "secret")).collect(),
            packed: Vec::new(),
        };
        let packed = Packed { span: 0..1, bytes: Vec::new(), encoding: Vec::new(), is_whole: true };
        let with_packed = Inside { found: Vec::new(), packed: vec![packed] };
        assert!(inside(&[]).is_empty() && !inside(&[0]).is_empty() && !with_packed.is_empty());
        let readings =
            [inside(&[1, 0, 0]), inside(&[0, 1]), inside(&[1, 1, 2]), inside(&[1, 2, 2]), with_packed, inside(&[])];
        let ranks: Vec<_> = readings.iter().map(Inside::rank).collect();
        assert!(ranks.is_sorted_by(|one, other| one < other), "{ranks:?}");
        assert_eq!(inside(&[0]).rank(), inside(&[0, 3]).rank());
    }

    #[test]
    fn where_readings_overlap_the_better_stays_unless_the_other_has_an_earlier_rule() {
        for (other, expected) in [
            (found(1, 5..10, "other"), vec![(1, 10..20), (1, 5..10)]),
            (found(1, 20..30, "other"), vec![(1, 10..20), (1, 20..30)]),
            (found(1, 5..11, "other"), vec![(1, 10..20)]),
            (found(1, 19..30, "other"), vec![(1, 10..20)]),
            (found(2, 12..13, "other"), vec![(1, 10..20)]),
            (found(0, 19..30, "other"), vec![(0, 19..30)]),
        ] {
            let place = other.span.clone();
            // What stands before the better reading is none of either.
            let mut all = vec![found(3, 0..100, "before"), found(1, 10..20, "better"), other];
            merge(&mut all, 1..2);
            let all: Vec<_> = all.into_iter().skip(1).map(|found| (found.rule, found.span)).collect();
            assert_eq!(all, expected, "{place:?}");
        }
    }
}
