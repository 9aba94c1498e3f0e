//! The few things of HDF5 that have to be understood: how a file begins, how long it is, and the lists of filters that its data goes through (II.A, III.C
//! and IV.A.2.l of its format).

/// What an HDF5 file begins with, and what MATLAB puts before one, from version 7.3 of its files on.
const MAGIC: &[u8] = b"\x89HDF\r\n\x1a\n";
const MATLAB: &[u8] = b"MATLAB 7.3 MAT-file";

/// Whether a content begins as one.
pub(super) fn is_hdf5(head: &[u8]) -> bool {
    head.starts_with(MAGIC) || head.starts_with(MATLAB)
}

/// How long a file is, as its beginning says: it does so in one place up to the second version, and in another one since. None if addresses
/// have another size than eight bytes, or if something stands before it.
pub(super) fn length(head: &[u8]) -> Option<u64> {
    let superblock = head.strip_prefix(MAGIC)?;
    let (size, at) = match superblock.first()? {
        0 | 1 => (5, 32),
        2 | 3 => (1, 20),
        _ => return None,
    };
    // In the second version, a number of four bytes stands before.
    let at = at + if superblock[0] == 1 { 4 } else { 0 };
    let end = superblock.get(at..)?.first_chunk().map(|end| u64::from_le_bytes(*end))?;
    (superblock.get(size) == Some(&8)).then_some(end)
}

/// The type of a message that lists filters.
pub(super) const PIPELINE: u8 = 0x0b;

/// How many bytes a message's header has: in headers of objects of the first version, of the second, and of that with the order in which messages
/// were made.
const HEADERS: [usize; 3] = [8, 4, 6];

/// The longest list of filters that is looked for, with its header.
pub(super) const LONGEST_LIST: usize = 2048;

/// One filter of a list.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Filter {
    pub(super) id: u16,
    /// The first number that it is given.
    pub(super) number: Option<u32>,
}

/// All lists in some bytes.
pub(super) fn lists(bytes: &[u8]) -> impl Iterator<Item = Vec<Filter>> {
    memchr::memchr_iter(PIPELINE, bytes).filter_map(|at| HEADERS.iter().find_map(|&header| list(&bytes[at..], header)))
}

/// Numbers of filters.
pub(super) const DEFLATE: u16 = 1;
pub(super) const SHUFFLE: u16 = 2;
pub(super) const CHECKSUM: u16 = 3;
pub(super) const BZIP2: u16 = 307;
pub(super) const ZSTD: u16 = 32_015;

/// The filters of a message that begins here, behind a header of this many bytes; none if it is none.
fn list(message: &[u8], header: usize) -> Option<Vec<Filter>> {
    let is_first = header == HEADERS[0];
    let (size, flags) = if is_first { (2, 4) } else { (1, 3) };
    if is_first && (message.get(1) != Some(&0) || message.get(5..8) != Some(&[0; 3])) {
        return None;
    }
    // The lower flags say that it is constant, that it is shared, and what programs do that do not know it.
    let size = usize::from(number(message, size)?);
    if size > LONGEST_LIST - header || message.get(flags)? & 2 != 0 {
        return None;
    }
    let mut rest = message.get(header..header + size)?;
    let [version, count, ..] = *rest else { return None };
    let is_old = match version {
        1 if rest.get(2..8) == Some(&[0; 6]) => true,
        2 => false,
        _ => return None,
    };
    rest = rest.get(if is_old { 8 } else { 2 }..)?;
    let mut filters = Vec::new();
    for _ in 0..count {
        filters.push(filter(&mut rest, is_old)?);
    }
    (rest.is_empty() && (1..=32).contains(&count)).then_some(filters)
}

/// The filter that comes next.
fn filter(rest: &mut &[u8], is_old: bool) -> Option<Filter> {
    let id = take(rest)?;
    // In the second version, filters of the format itself have no names.
    let has_name = is_old || id >= 256;
    let name = if has_name { usize::from(take(rest)?) } else { 0 };
    let (flags, numbers) = (take(rest)?, usize::from(take(rest)?));
    let name = if is_old { name.next_multiple_of(8) } else { name };
    let is_text = |name: &[u8]| name.iter().all(|&byte| byte == 0 || (b' '..=b'~').contains(&byte) || byte >= 0x80);
    let is_sound = id != 0 && flags <= 1 && rest.get(..name).is_some_and(is_text);
    let after = rest.get(name..).filter(|_| is_sound)?;
    let number = after.first_chunk().filter(|_| numbers > 0).map(|bytes| u32::from_le_bytes(*bytes));
    // In the first version, numbers come in pairs.
    let numbers = if is_old { numbers.next_multiple_of(2) } else { numbers };
    *rest = after.get(4 * numbers..)?;
    Some(Filter { id, number })
}

fn number(bytes: &[u8], at: usize) -> Option<u16> {
    bytes.get(at..)?.first_chunk().map(|bytes| u16::from_le_bytes(*bytes))
}

fn take(rest: &mut &[u8]) -> Option<u16> {
    let taken = number(rest, 0)?;
    *rest = &rest[2..];
    Some(taken)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_says_how_long_it_is() {
        let head = |version: u8, at: usize, size: usize| {
            let mut head = [MAGIC, &[0; 44]].concat();
            (head[8], head[8 + size]) = (version, 8);
            head[8 + at..][..8].copy_from_slice(&[0x34, 0x12, 0, 0, 0, 0, 0, 0]);
            head
        };
        for (version, at, size) in [(0, 32, 5), (1, 36, 5), (2, 20, 1), (3, 20, 1)] {
            let head = head(version, at, size);
            assert_eq!(length(&head), Some(0x1234), "{version}");
            assert_eq!(length(&head[..8 + at + 7]), None, "{version}");
            assert_eq!(length(&[b"more", &head[..]].concat()), None, "{version}");
            let mut other = head;
            other[8 + size] = 4;
            assert_eq!(length(&other), None, "{version}");
        }
        assert_eq!(length(&head(4, 20, 1)), None);
    }
}
