//! What a tree holds: its entries, one behind the other.

use std::cmp::Ordering;

/// The mode of a folder, and of a commit of another repository.
const FOLDER: u32 = 0o040_000;
const SUBMODULE: u32 = 0o160_000;
/// The part of a mode that says what something is.
const FORMAT: u32 = 0o170_000;

/// One entry of a tree.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Entry<'a> {
    mode: u32,
    pub(super) name: &'a [u8],
    /// The bytes of the name of what is there.
    pub(super) id: &'a [u8],
    /// The whole entry.
    pub(super) bytes: &'a [u8],
}

impl Entry<'_> {
    pub(super) fn is_folder(&self) -> bool {
        self.mode & FORMAT == FOLDER
    }

    /// Whether what is there is no object of this repository.
    pub(super) fn is_submodule(&self) -> bool {
        self.mode & FORMAT == SUBMODULE
    }

    /// Git's order, in which a folder's name ends in `/`.
    pub(super) fn order(&self, other: &Self) -> Ordering {
        let end = |entry: &Self| entry.is_folder().then_some(b'/');
        let bytes = |entry: &Self| entry.name.iter().copied().chain(end(entry)).collect::<Vec<_>>();
        let common = self.name.len().min(other.name.len());
        match self.name[..common].cmp(&other.name[..common]) {
            Ordering::Equal => bytes(self).cmp(&bytes(other)),
            order => order,
        }
    }
}

/// The first entry of what is left of a tree; none if it is broken.
pub(super) fn first(tree: &[u8], id_length: usize) -> Option<Entry<'_>> {
    // Nearly all entries have one of two modes.
    let (mode, space) = match tree {
        [b'1', b'0', b'0', b'6', b'4', b'4', b' ', ..] => (0o100_644, 6),
        [b'4', b'0', b'0', b'0', b'0', b' ', ..] => (FOLDER, 5),
        _ => mode(tree)?,
    };
    let zero = space + memchr::memchr(0, &tree[space..])?;
    let length = zero + 1 + id_length;
    Some(Entry { mode, name: &tree[space + 1..zero], id: tree.get(zero + 1..length)?, bytes: &tree[..length] })
}

/// A mode of any kind, and where the space behind it is.
#[cold]
fn mode(tree: &[u8]) -> Option<(u32, usize)> {
    let space = memchr::memchr2(b' ', 0, tree).filter(|&at| tree[at] == b' ')?;
    let digit = |mode: u32, digit: &u8| (b'0'..=b'7').contains(digit).then(|| mode << 3 | u32::from(digit - b'0'));
    Some((tree[..space.min(8)].iter().try_fold(0, digit)?, space))
}

/// Where the entries of a tree begin, and, behind these, where the last one ends.
pub(super) type Marks = Vec<u32>;

/// A tree whose entries are known.
#[derive(Clone, Copy)]
pub(super) struct Known<'a> {
    pub(super) data: &'a [u8],
    pub(super) marks: &'a [u32],
}

impl<'a> Known<'a> {
    pub(super) fn entry(&self, place: usize, id_length: usize) -> Option<Entry<'a>> {
        first(&self.data[self.marks[place] as usize..self.marks[place + 1] as usize], id_length)
    }

    pub(super) fn count(&self) -> usize {
        self.marks.len().saturating_sub(1)
    }
}

/// Calls `entry` for all entries of a tree, or of what [`super::tree_delta::replay`] left; none if it is broken behind those.
pub(super) fn each<'a>(mut tree: &'a [u8], id_length: usize, mut entry: impl FnMut(Entry<'a>)) -> Option<()> {
    while !tree.is_empty() {
        let next = first(tree, id_length)?;
        tree = &tree[next.bytes.len()..];
        entry(next);
    }
    Some(())
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    /// A tree of entries: the mode, the name, and the byte that the id consists of.
    pub(in crate::source::history) fn tree(entries: &[(&str, &str, u8)]) -> Vec<u8> {
        let entry = |(mode, name, id): &(&str, &str, u8)| [format!("{mode} {name}\0").as_bytes(), &[*id; 20]].concat();
        entries.iter().flat_map(entry).collect()
    }

    #[test]
    fn modes_of_any_kind_are_read() {
        for (mode, value, is_folder, is_submodule) in [
            ("100644", 0o100_644, false, false),
            ("100755", 0o100_755, false, false),
            ("120000", 0o120_000, false, false),
            ("160000", 0o160_000, false, true),
            ("40000", 0o040_000, true, false),
            // As old versions wrote them.
            ("040000", 0o040_000, true, false),
            ("100664", 0o100_664, false, false),
        ] {
            let tree = tree(&[(mode, "name", 7), ("100644", "z", 1)]);
            let entry = first(&tree, 20).unwrap();
            assert_eq!(
                (entry.mode, entry.is_folder(), entry.is_submodule()),
                (value, is_folder, is_submodule),
                "{mode}"
            );
            assert_eq!((entry.name, entry.id, entry.bytes), (&b"name"[..], &[7; 20][..], &tree[..mode.len() + 26]));
        }
        for broken in ["10064x", "8", "100-644"] {
            assert_eq!(first(&tree(&[(broken, "name", 7)]), 20), None, "{broken}");
        }
    }
}
