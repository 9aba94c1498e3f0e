//! Carries out a delta of a tree as far as that is needed to know the tree's entries: what is copied is not looked at.

use super::tree::{Known, Marks};
use crate::delta::{self, Step};
use crate::vector::fast;

/// A tree by what changes from another one.
#[derive(Clone, Copy)]
pub(super) struct TreeDelta<'a> {
    pub(super) instructions: &'a [u8],
    /// How many bytes the tree has.
    pub(super) size: u64,
    /// Whether anybody wants to know where its entries begin: else only those of the entries that are read are told.
    pub(super) wants_marks: bool,
}

/// Carries out a delta as far as that is needed to know a tree's entries: `keep` is told of those that are copied whole, as ranges of
/// their places in the base, and `fresh` holds all others, one behind the other. Says whether the last entry is whole; none if the
/// delta is broken.
pub(super) fn replay(
    base: Known<'_>,
    delta: TreeDelta<'_>,
    id_length: usize,
    marks: &mut Marks,
    fresh: &mut Vec<u8>,
    keep: impl FnMut((usize, usize)),
) -> Option<bool> {
    fast(
        #[inline(always)]
        || steps(base, delta, id_length, marks, fresh, keep),
    )
}

#[inline(always)]
fn steps(
    base: Known<'_>,
    delta: TreeDelta<'_>,
    id_length: usize,
    marks: &mut Marks,
    fresh: &mut Vec<u8>,
    mut keep: impl FnMut((usize, usize)),
) -> Option<bool> {
    fresh.clear();
    let TreeDelta { wants_marks, .. } = delta;
    let mut pieces = Pieces { fresh, open: 0, looked: 0, end: None, at: 0, id_length, marks, wants_marks };
    let (mut instructions, mut left, mut near) = (delta.instructions, delta.size, 0);
    while !instructions.is_empty() {
        let (next, behind) = delta::step(instructions)?;
        instructions = behind;
        let (mut at, end) = match next {
            Step::Copy { start, length } => (start, start.checked_add(length)?),
            Step::Insert(text) => {
                left = left.checked_sub(text.len() as u64)?;
                pieces.add(text);
                continue;
            }
        };
        left = left.checked_sub((end - at) as u64)?;
        if end > base.data.len() {
            return None;
        }
        while at < end {
            if pieces.is_at_begin()
                && let Some(range) = whole_entries(base.marks, at, end, near)
            {
                near = range.1;
                at = pieces.keep(&base.marks[range.0..=range.1]);
                keep(range);
                continue;
            }
            // Up to where an entry of the base ends: there may one of the tree, too.
            let next = count_up_to(base.marks, at, near);
            let next = base.marks.get(next).map_or(end, |&mark| end.min(mark as usize));
            pieces.add(&base.data[at..next]);
            at = next;
        }
    }
    let Pieces { marks, fresh, at, open, .. } = pieces;
    marks.push(at);
    (left == 0).then_some(open == fresh.len())
}

/// Puts entries together from the pieces that a delta gives.
struct Pieces<'m> {
    /// The bytes of all entries that are not kept from the base.
    fresh: &'m mut Vec<u8>,
    /// Where in them the entry begins that has not ended yet, up to where no zero byte was found in it, and, behind one, where it
    /// will end.
    open: usize,
    looked: usize,
    end: Option<usize>,
    /// Where in the tree that entry begins.
    at: u32,
    id_length: usize,
    marks: &'m mut Marks,
    wants_marks: bool,
}

impl Pieces<'_> {
    fn is_at_begin(&self) -> bool {
        self.open == self.fresh.len()
    }

    /// Takes entries of the base as they are; gives where they end there.
    #[inline(always)]
    fn keep(&mut self, marks: &[u32]) -> usize {
        let (Some((&last, others)), Some(&first)) = (marks.split_last(), marks.first()) else { return usize::MAX };
        let at = self.at;
        if self.wants_marks {
            self.marks.extend(others.iter().map(|mark| mark - first + at));
        }
        self.at += last - first;
        last as usize
    }

    fn add(&mut self, bytes: &[u8]) {
        self.fresh.extend_from_slice(bytes);
        loop {
            let zero = || memchr::memchr(0, &self.fresh[self.looked..]);
            let Some(end) = self.end.or_else(|| zero().map(|zero| self.looked + zero + 1 + self.id_length)) else {
                self.looked = self.fresh.len();
                return;
            };
            if end > self.fresh.len() {
                self.end = Some(end);
                return;
            }
            self.marks.push(self.at);
            self.at += (end - self.open) as u32;
            (self.open, self.looked, self.end) = (end, end, None);
        }
    }
}

/// The entries that begin at `start` and lie whole before `end`, by their places, if there is one. `near` is a place to try first:
/// most deltas go through their base from its beginning to its end.
#[inline(always)]
fn whole_entries(marks: &[u32], start: usize, end: usize, near: usize) -> Option<(usize, usize)> {
    let first = count_up_to(marks, start, near).checked_sub(1).filter(|&first| marks[first] as usize == start)?;
    let last = count_up_to(marks, end, first) - 1;
    (last > first).then_some((first, last))
}

/// How many marks are looked at together around where one should be, by its place: as many as two vectors hold.
const NEAR_GUESS: usize = 16;

/// How many marks are at `place` or before it. That is looked for at the end and beside `near` first.
#[inline(always)]
fn count_up_to(marks: &[u32], place: usize, near: usize) -> usize {
    let is_before = |at: usize| marks.get(at).is_some_and(|&mark| mark as usize <= place);
    if marks.last().is_none_or(|&last| last as usize <= place) {
        return marks.len();
    }
    if !is_before(near) {
        return marks[..near.min(marks.len())].partition_point(|&mark| mark as usize <= place);
    }
    if let Some(next) = [near + 1, near + 2].into_iter().find(|&next| !is_before(next)) {
        return next;
    }
    // Entries are about equally long, so that the place tells the number, or nearly: a look there takes less time than halving.
    let place = place as u32;
    let (begin, end) = (marks[near], marks[marks.len() - 1]);
    let guess = (marks.len() - near) as u64 * u64::from(place - begin) / u64::from(end - begin).max(1);
    let last = marks.len().saturating_sub(NEAR_GUESS);
    let first = (near + guess as usize).saturating_sub(NEAR_GUESS / 2).min(last).max(near);
    let halve = |from: usize, to: usize| from + marks[from..to].partition_point(|&mark| mark <= place);
    let Some(window) = marks[first..].first_chunk::<NEAR_GUESS>() else { return halve(near, marks.len()) };
    match window.iter().map(|&mark| u32::from(mark <= place)).sum::<u32>() as usize {
        0 => halve(near, first),
        NEAR_GUESS => halve(first, marks.len()),
        some => first + some,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entries_are_found_wherever_the_search_begins() {
        let marks = [0, 30, 61, 90, 200, 231];
        for near in 0..8 {
            for start in 0..240 {
                let expected = marks.iter().filter(|&&mark| mark as usize <= start).count();
                assert_eq!(count_up_to(&marks, start, near), expected, "{start}, {near}");
                assert_eq!(count_up_to(&[], start, near), 0);
                for end in [start, start + 29, start + 31, start + 100, 231, 240] {
                    let first = marks.iter().position(|&mark| mark as usize == start);
                    let last = marks.iter().rposition(|&mark| mark as usize <= end);
                    let expected = first.zip(last).filter(|(first, last)| last > first);
                    assert_eq!(whole_entries(&marks, start, end, near), expected, "{start}, {end}, {near}");
                }
            }
        }
    }

    #[test]
    fn a_mark_is_found_though_it_lies_far_from_where_it_should() {
        // Of entries of very different lengths, none lies where a guess by the whole length has it.
        let lengths = (0..200usize).map(|entry| if entry % 100 < 50 { 28 } else { 900 });
        let marks: Vec<u32> = lengths.scan(0, |at, length| Some(std::mem::replace(at, *at + length) as u32)).collect();
        for near in [0, 1, 49, 50, 51, 120, 199, 200] {
            for place in marks.iter().flat_map(|&mark| [mark.saturating_sub(1), mark, mark + 1]) {
                let expected = marks.iter().filter(|&&mark| mark <= place).count();
                assert_eq!(count_up_to(&marks, place as usize, near), expected, "{place}, {near}");
            }
        }
    }

    fn entry(name: &str, id: u8) -> Vec<u8> {
        [format!("100644 {name}\0").as_bytes(), &[id; 20]].concat()
    }

    #[test]
    fn entries_of_the_base_are_none_within_the_name_of_an_object() {
        let data = [entry("a", 1), entry("b", 2)].concat();
        let base = Known { data: &data, marks: &[0, 29, 58] };
        // The name of the first object ends in five bytes of the base, behind which a mode of one digit is left; the base's second entry is whole.
        let begun = [&b"100644 x\0"[..], &[7; 15]].concat();
        let delta = [&[begun.len() as u8], &begun[..], &[0x90, 58]].concat();
        let (mut marks, mut fresh, mut kept) = (Vec::new(), Vec::new(), Vec::new());
        let delta = TreeDelta { instructions: &delta, size: 82, wants_marks: true };
        let is_whole = replay(base, delta, 20, &mut marks, &mut fresh, |range| kept.push(range));
        assert_eq!((is_whole, fresh, &kept[..]), (Some(true), [&begun, &data[..29]].concat(), &[(1, 2)][..]));
        assert_eq!(marks, [0, 29, 53, 82]);
    }

    #[test]
    fn a_delta_that_is_broken_is_told_from_one_whose_last_entry_is_not_whole() {
        let data = [entry("a", 1), entry("b", 2)].concat();
        let base = Known { data: &data, marks: &[0, 29, 58] };
        for (instructions, size, expected) in [
            (&[0x90, 58][..], 58, Some(true)),
            (&[0x90, 57], 57, Some(false)),
            (&[0x90, 59], 59, None),
            (&[0x90, 58], 57, None),
            (&[0x90, 58], 59, None),
            (&[0x91, 58, 1], 1, None),
            (&[2, b'1'], 2, None),
            (&[1, b'1'], 0, None),
        ] {
            let delta = TreeDelta { instructions, size, wants_marks: true };
            assert_eq!(replay(base, delta, 20, &mut Vec::new(), &mut Vec::new(), |_| {}), expected, "{instructions:?}");
        }
    }

    #[test]
    fn entries_are_the_same_whether_their_places_are_wanted_or_not() {
        let data = [entry("a", 1), entry("b", 2), entry("c", 3)].concat();
        let marks = [0, 29, 58, 87];
        // The first entry as it is, the second with another object, and the third.
        let delta = [&[0x90, 38][..], &[20], &[9; 20], &[0x91, 58, 29]].concat();
        for wants_marks in [false, true] {
            let (mut now, mut fresh, mut kept) = (Vec::new(), Vec::new(), Vec::new());
            let delta = TreeDelta { instructions: &delta, size: 87, wants_marks };
            let base = Known { data: &data, marks: &marks };
            let is_whole = replay(base, delta, 20, &mut now, &mut fresh, |range| kept.push(range));
            assert_eq!((is_whole, &fresh, &kept[..]), (Some(true), &entry("b", 9), &[(0, 1), (2, 3)][..]));
            assert!(!wants_marks || now == marks);
        }
    }
}
