//! What changes from one tree to another.

use std::cmp::Ordering;

use super::tree::{Entry, Known, Marks, each, first};
use super::tree_delta::{TreeDelta, replay};

/// Reads a tree from its beginning to its end, and calls `change` for what it does not have in common with `base`: with `true` for what
/// only that has. Trees that are not in git's order may have entries called for in both ways.
///
/// None if the tree is broken; entries before the broken place were called for.
pub(super) fn read<'a>(
    base: Known<'a>,
    tree: &'a [u8],
    id_length: usize,
    marks: &mut Marks,
    change: impl FnMut(Entry<'a>, bool),
) -> Option<()> {
    let mut reader = Reader { tree, at: 0, id_length, marks, new: Vec::new() };
    let mut old = Vec::new();
    let mut place = 0;
    let mut done = Some(());
    while reader.at < tree.len() && done.is_some() {
        // As long as both go on in the same way, entries need not be looked at.
        if place < base.count() {
            let (start, end) = (base.marks[place] as usize, base.marks[place + 1] as usize);
            let length = end - start;
            if tree.get(reader.at..reader.at + length) == Some(&base.data[start..end]) {
                reader.marks.push(reader.at as u32);
                reader.at += length;
                place += 1;
                continue;
            }
        }
        let known = if place < base.count() { base.entry(place, id_length) } else { None };
        let order = match (known, first(&tree[reader.at..], id_length)) {
            (Some(old), Some(new)) => old.order(&new),
            _ => Ordering::Greater,
        };
        if let Some(known) = known.filter(|_| order.is_le()) {
            old.push(known);
            place += 1;
        }
        if order.is_ge() {
            done = reader.parse();
        }
    }
    old.extend((place..base.count()).filter_map(|place| base.entry(place, id_length)));
    let Reader { marks, new, at, .. } = reader;
    marks.push(at as u32);
    differences(&old, &new, change);
    done
}

/// The same for a tree that is kept as a delta of `base`: what is copied is not looked at, and the tree need not be put together.
/// `fresh` is room for what has to be read.
pub(super) fn update(
    base: Known<'_>,
    delta: TreeDelta<'_>,
    id_length: usize,
    marks: &mut Marks,
    fresh: &mut Vec<u8>,
    change: impl FnMut(Entry<'_>, bool),
) -> Option<()> {
    // The entries of the base that were copied whole, as ranges of their places.
    let mut kept: Vec<(usize, usize)> = Vec::new();
    let is_whole = replay(base, delta, id_length, marks, fresh, |range| kept.push(range))?;
    kept.sort_unstable();
    let mut old = Vec::new();
    let mut place = 0;
    for (from, to) in kept.into_iter().chain([(base.count(), base.count())]) {
        old.extend((place..from.max(place)).filter_map(|place| base.entry(place, id_length)));
        place = place.max(to);
    }
    let mut new = Vec::new();
    let all_sound = each(fresh, id_length, |entry| new.push(entry));
    differences(&old, &new, change);
    all_sound.filter(|()| is_whole)
}

/// Reads entries one by one.
struct Reader<'a, 'm> {
    tree: &'a [u8],
    at: usize,
    id_length: usize,
    marks: &'m mut Marks,
    /// Entries that the base may not have.
    new: Vec<Entry<'a>>,
}

impl Reader<'_, '_> {
    fn parse(&mut self) -> Option<()> {
        let entry = first(&self.tree[self.at..], self.id_length)?;
        self.marks.push(self.at as u32);
        self.at += entry.bytes.len();
        self.new.push(entry);
        Some(())
    }
}

/// Calls `change` for what only one of two lists has.
fn differences<'a>(mut old: &[Entry<'a>], mut new: &[Entry<'a>], mut change: impl FnMut(Entry<'a>, bool)) {
    loop {
        let order = match (old.first(), new.first()) {
            (None, None) => return,
            (Some(before), Some(now)) if before == now => {
                (old, new) = (&old[1..], &new[1..]);
                continue;
            }
            (Some(before), Some(now)) => before.order(now),
            (Some(_), None) => Ordering::Less,
            (None, Some(_)) => Ordering::Greater,
        };
        if order.is_le() {
            change(old[0], true);
            old = &old[1..];
        }
        if order.is_ge() {
            change(new[0], false);
            new = &new[1..];
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::tree::tests::tree;
    use super::*;

    fn marks(tree: &[u8]) -> Marks {
        let mut marks = Vec::new();
        read(Known { data: b"", marks: &[] }, tree, 20, &mut marks, |_, _| {}).unwrap();
        marks
    }

    fn changed(base: &[(&str, &str, u8)], now: &[(&str, &str, u8)]) -> Vec<String> {
        let (base, now) = (tree(base), tree(now));
        let base_marks = marks(&base);
        let (mut changes, mut now_marks) = (Vec::new(), Vec::new());
        let known = Known { data: &base, marks: &base_marks };
        read(known, &now, 20, &mut now_marks, |entry, removed| changes.push(told(entry, removed))).unwrap();
        assert_eq!(now_marks, marks(&now));
        for delta in deltas(&base, &now) {
            let (mut updated, mut now_marks) = (Vec::new(), Vec::new());
            let change = |entry: Entry<'_>, removed| updated.push(told(entry, removed));
            let delta = TreeDelta { instructions: &delta, size: now.len() as u64, wants_marks: true };
            update(known, delta, 20, &mut now_marks, &mut Vec::new(), change).unwrap();
            assert_eq!(updated, changes, "{:?}", delta.instructions);
            assert_eq!(now_marks, marks(&now), "{:?}", delta.instructions);
        }
        changes
    }

    fn told(entry: Entry<'_>, removed: bool) -> String {
        format!("{}{}{}", if removed { '-' } else { '+' }, String::from_utf8_lossy(entry.name), entry.id[0])
    }

    /// Ways to put `now` together: inserted in pieces of some length, and what is long enough copied from wherever it stands.
    fn deltas(base: &[u8], now: &[u8]) -> Vec<Vec<u8>> {
        let delta = |least: usize| {
            let (mut delta, mut rest) = (Vec::new(), now);
            while !rest.is_empty() {
                let found = (least..=rest.len().min(255)).rev().find_map(|length| {
                    base.windows(length).position(|window| window == &rest[..length]).map(|start| (start, length))
                });
                let length = found.map_or(1, |(_, length)| length);
                match found {
                    Some((start, length)) => delta.extend([0x93, start as u8, (start >> 8) as u8, length as u8]),
                    None => delta.extend([1, rest[0]]),
                }
                rest = &rest[length..];
            }
            delta
        };
        [1, 3, 20, 300].map(delta).to_vec()
    }

    #[test]
    fn what_changes_is_told_and_nothing_else() {
        let (a, b, c) = (("100644", "a", 1), ("100644", "b", 2), ("40000", "c", 3));
        assert_eq!(changed(&[a, b, c], &[a, b, c]), [""; 0]);
        assert_eq!(changed(&[], &[a, b]), ["+a1", "+b2"]);
        assert_eq!(changed(&[a, b], &[]), ["-a1", "-b2"]);
        assert_eq!(changed(&[a, c], &[a, b, c]), ["+b2"]);
        assert_eq!(changed(&[a, b, c], &[a, c]), ["-b2"]);
        assert_eq!(changed(&[a, b, c], &[a, ("100644", "b", 9), c]), ["-b2", "+b9"]);
        // A folder `x` comes behind a file `x.c`.
        let (file, folder) = (("100644", "x.c", 4), ("40000", "x", 5));
        assert_eq!(changed(&[folder], &[file, folder]), ["+x.c4"]);
        assert_eq!(changed(&[("100644", "x", 5), file], &[file, folder]), ["-x5", "+x5"]);
    }

    #[test]
    fn broken_trees_are_told_apart() {
        for broken in [&b"100644 a"[..], b"100644\0", b"x a\0aaaaaaaaaaaaaaaaaaaa", b"100644 a\0short"] {
            let none = Known { data: b"", marks: &[] };
            assert_eq!(read(none, broken, 20, &mut Vec::new(), |_, _| {}), None);
            assert_eq!(each(broken, 20, |_| {}), None);
            let insert = [&[broken.len() as u8][..], broken].concat();
            let delta = TreeDelta { instructions: &insert, size: broken.len() as u64, wants_marks: true };
            assert_eq!(update(none, delta, 20, &mut Vec::new(), &mut Vec::new(), |_, _| {}), None);
        }
    }
}
