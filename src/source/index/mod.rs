//! Git's index, read for a few of its entries: the others are stepped over without being kept.
//!
//! gix decodes all entries of an index into memory, which takes 9 ms for 80,000 files: most of what a hook that scans ten
//! staged files may take. Here the file is read once through a small buffer, only to learn where each entry begins, and
//! then in the places that matter: the whole command then took 8 ms where it took 12.5. What is not the plain layout (version 4, a split or sparse index, anything
//! unknown or broken) is left to gix. The layout is that of git's documentation, `gitformat-index`.

use std::cell::RefCell;
use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::ops::Range;
use std::path::Path;

use gix::ObjectId;
use gix::bstr::ByteSlice;

/// The bytes in front of an entry's object name: times, device, inode, mode, owner, size.
const BEFORE_ID: usize = 40;

/// Where in these the mode is.
const MODE: usize = 24;

/// The bits of an entry's flags.
const EXTENDED: u16 = 0x4000;
const NAME_LENGTH: u16 = 0x0fff;
/// Those of an extended entry's further flags.
const INTENT_TO_ADD: u16 = 0x2000;

/// The bytes read at once: to step over entries, and to look at some.
const STEP: usize = 256 << 10;
const WINDOW: usize = 64 << 10;

/// The bytes that an index's extensions may have, of which only one is read.
const MAX_EXTENSION: usize = 256 << 20;

/// A path longer than this is left to gix.
const MAX_PATH: usize = 1 << 20;

/// An index.
pub(super) struct Index {
    entries: Entries,
    /// The trees that the index was written from or to.
    pub(super) cached: Option<CachedTree>,
}

enum Entries {
    Plain(Plain),
    Decoded(Box<gix::index::File>),
}

/// An entry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Entry {
    pub(super) path: Vec<u8>,
    /// What it is, as in git's trees.
    pub(super) mode: u16,
    pub(super) id: ObjectId,
    /// Whether it is only meant to be added, and has no content yet.
    pub(super) is_intent: bool,
}

/// The name of a folder's tree, and of those in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct CachedTree {
    name: Vec<u8>,
    /// The tree and how many entries are in it, unless something has changed.
    pub(super) tree: Option<(ObjectId, usize)>,
    /// By name.
    children: Vec<CachedTree>,
}

impl Index {
    /// Opens the index at `path`; one that is not there is empty.
    ///
    /// # Errors
    /// What is wrong with it.
    pub(super) fn open(path: &Path, hash: gix::hash::Kind) -> Result<Self, String> {
        if let Ok(Some((plain, cached))) = Plain::open(path, hash) {
            return Ok(Index { entries: Entries::Plain(plain), cached });
        }
        // Its checksum takes longer than all the rest, and git does not look at it either.
        let file = gix::index::File::at_or_default(path, hash, true, gix::index::decode::Options::default());
        let file = file.map_err(|error| error.to_string())?;
        let cached = file.tree().map(CachedTree::of);
        Ok(Index { entries: Entries::Decoded(Box::new(file)), cached })
    }

    /// How many entries it has.
    pub(super) fn len(&self) -> usize {
        match &self.entries {
            Entries::Plain(plain) => plain.offsets.len(),
            Entries::Decoded(file) => file.entries().len(),
        }
    }

    /// The entry with this number.
    ///
    /// # Errors
    /// What the system says.
    pub(super) fn entry(&self, at: usize) -> io::Result<Entry> {
        match &self.entries {
            Entries::Plain(plain) => plain.entry(at),
            Entries::Decoded(file) => {
                let entry = &file.entries()[at];
                Ok(Entry {
                    path: entry.path(file).to_vec(),
                    mode: entry.mode.bits() as u16,
                    id: entry.id,
                    is_intent: entry.flags.contains(gix::index::entry::Flags::INTENT_TO_ADD),
                })
            }
        }
    }

    /// How many entries at the beginning of `range` are below `folder`, which ends in `/`; `expected` is how many there
    /// probably are.
    ///
    /// # Errors
    /// What the system says.
    pub(super) fn count_below(&self, range: Range<usize>, folder: &[u8], expected: Option<usize>) -> io::Result<usize> {
        let is_below = |at: usize| Ok::<_, io::Error>(self.entry(at)?.path.starts_with(folder));
        if let Some(count) = expected.filter(|count| (1..=range.len()).contains(count)) {
            let end = range.start + count;
            if is_below(end - 1)? && (end == range.end || !is_below(end)?) {
                return Ok(count);
            }
        }
        let (mut low, mut high) = (0, range.len());
        while low < high {
            let middle = low + (high - low) / 2;
            if is_below(range.start + middle)? { low = middle + 1 } else { high = middle }
        }
        Ok(low)
    }
}

impl CachedTree {
    /// The tree of a folder in it.
    pub(super) fn child(&self, name: &[u8]) -> Option<&CachedTree> {
        let place = self.children.binary_search_by(|child| child.name.as_slice().cmp(name));
        Some(&self.children[place.ok()?])
    }

    fn of(tree: &gix::index::extension::Tree) -> Self {
        let mut children: Vec<_> = tree.children.iter().map(CachedTree::of).collect();
        children.sort_by(|a, b| a.name.cmp(&b.name));
        let tree_and_count = tree.num_entries.map(|count| (tree.id, count as usize));
        CachedTree { name: tree.name.to_vec(), tree: tree_and_count, children }
    }

    /// Reads the extension: a path and a zero byte, the number of entries (-1 if something has changed), that of trees in
    /// it, a line end, and the tree's name unless something has changed; then the trees in it.
    fn parse(bytes: &mut &[u8], hash: gix::hash::Kind, depth: usize) -> Option<Self> {
        /// More than a path of 4,096 bytes can name.
        const MAX_DEPTH: usize = 2048;
        let name = take_until(bytes, 0)?.to_vec();
        let count: i64 = take_until(bytes, b' ')?.to_str().ok()?.parse().ok()?;
        let trees: usize = take_until(bytes, b'\n')?.to_str().ok()?.parse().ok()?;
        let tree = match usize::try_from(count) {
            Err(_) => None,
            Ok(count) => {
                let (id, rest) = bytes.split_at_checked(hash.len_in_bytes())?;
                *bytes = rest;
                Some((ObjectId::try_from(id).ok()?, count))
            }
        };
        if depth > MAX_DEPTH {
            return None;
        }
        let mut children: Vec<_> = (0..trees).map(|_| Self::parse(bytes, hash, depth + 1)).collect::<Option<_>>()?;
        // Git has the shorter names first.
        children.sort_by(|a, b| a.name.cmp(&b.name));
        Some(CachedTree { name, tree, children })
    }
}

fn take_until<'b>(bytes: &mut &'b [u8], end: u8) -> Option<&'b [u8]> {
    let at = bytes.find_byte(end)?;
    let (taken, rest) = bytes.split_at(at);
    *bytes = &rest[1..];
    Some(taken)
}

/// An index in its plain layout, of which only the places of its entries are kept.
struct Plain {
    file: File,
    offsets: Vec<u32>,
    /// Where the entries end.
    end: u64,
    hash: gix::hash::Kind,
    window: RefCell<Window>,
}

/// A stretch of the file.
#[derive(Default)]
struct Window {
    start: u64,
    bytes: Vec<u8>,
}

impl Plain {
    /// Opens an index; none if it is not of the plain layout.
    fn open(path: &Path, hash: gix::hash::Kind) -> io::Result<Option<(Self, Option<CachedTree>)>> {
        let file = File::open(path)?;
        let length = file.metadata()?.len();
        let mut steps = Steps::new(&file);
        let header: [u8; 12] = match steps.peek(12)? {
            Some(bytes) => bytes.try_into().map_err(io::Error::other)?,
            None => return Ok(None),
        };
        let number = |at: usize| u32::from_be_bytes([header[at], header[at + 1], header[at + 2], header[at + 3]]);
        let (version, count) = (number(4), number(8) as usize);
        let least = BEFORE_ID + hash.len_in_bytes() + 2;
        let is_plain = header.starts_with(b"DIRC") && (version == 2 || version == 3) && length < u64::from(u32::MAX);
        if !is_plain || count as u64 > length / least as u64 {
            return Ok(None);
        }
        steps.skip(12);
        let mut offsets = Vec::with_capacity(count);
        for _ in 0..count {
            offsets.push(steps.place() as u32);
            let Some(size) = steps.entry_size(least)? else { return Ok(None) };
            steps.skip(size);
        }
        let end = steps.place();
        let trailer = hash.len_in_bytes() as u64;
        let Some(cached) = read_extensions(&file, end..length.saturating_sub(trailer), hash)? else { return Ok(None) };
        Ok(Some((Plain { file, offsets, end, hash, window: RefCell::default() }, cached)))
    }

    fn entry(&self, at: usize) -> io::Result<Entry> {
        let start = u64::from(self.offsets[at]);
        let end = self.offsets.get(at + 1).map_or(self.end, |next| u64::from(*next));
        let mut window = self.window.borrow_mut();
        if start < window.start || end > window.start + window.bytes.len() as u64 {
            let wanted = (end - start).max((WINDOW as u64).min(self.end - start));
            window.bytes.resize(wanted as usize, 0);
            window.start = start;
            (&self.file).seek(SeekFrom::Start(start))?;
            (&self.file).read_exact(&mut window.bytes)?;
        }
        let bytes = &window.bytes[(start - window.start) as usize..(end - window.start) as usize];
        let broken = || io::Error::other("an entry of the index is broken");
        let flags_at = BEFORE_ID + self.hash.len_in_bytes();
        let number =
            |at: usize| bytes.get(at..at + 2).map(|two| u16::from_be_bytes([two[0], two[1]])).ok_or_else(broken);
        let is_extended = number(flags_at)? & EXTENDED != 0;
        let is_intent = is_extended && number(flags_at + 2)? & INTENT_TO_ADD != 0;
        let path = bytes.get(flags_at + if is_extended { 4 } else { 2 }..).ok_or_else(broken)?;
        let path = &path[..path.find_byte(0).ok_or_else(broken)?];
        let id = ObjectId::try_from(&bytes[BEFORE_ID..flags_at]).map_err(|_| broken())?;
        // The mode has four bytes, of which git uses two.
        Ok(Entry { path: path.to_vec(), mode: number(MODE + 2)?, id, is_intent })
    }
}

/// Steps through a file from its beginning.
struct Steps<'f> {
    file: &'f File,
    buffer: Vec<u8>,
    /// The part of the buffer that lies ahead.
    from: usize,
    filled: usize,
    /// How much of the file has been read into it.
    read: u64,
    /// How many bytes were moved to the beginning of the buffer.
    #[cfg(test)]
    moved: usize,
}

impl<'f> Steps<'f> {
    fn new(file: &'f File) -> Self {
        Steps {
            file,
            buffer: vec![0; STEP],
            from: 0,
            filled: 0,
            read: 0,
            #[cfg(test)]
            moved: 0,
        }
    }

    /// Where in the file the step is.
    fn place(&self) -> u64 {
        self.read - (self.filled - self.from) as u64
    }

    /// The next `count` bytes, which are few; none if the file ends before.
    fn peek(&mut self, count: usize) -> io::Result<Option<&[u8]>> {
        if self.filled - self.from < count {
            self.buffer.copy_within(self.from..self.filled, 0);
            self.filled -= self.from;
            self.from = 0;
            #[cfg(test)]
            {
                self.moved += self.filled;
            }
            if self.buffer.len() < count {
                // By much: whoever asks for one byte more each time is not to have all of them moved each time.
                self.buffer.resize(count.max(2 * self.buffer.len()), 0);
            }
            while self.filled < count {
                match self.file.read(&mut self.buffer[self.filled..])? {
                    0 => return Ok(None),
                    read => {
                        self.filled += read;
                        self.read += read as u64;
                    }
                }
            }
        }
        Ok(Some(&self.buffer[self.from..self.from + count]))
    }

    /// Goes on by `count` bytes that were peeked at.
    fn skip(&mut self, count: usize) {
        self.from += count;
    }

    /// The size of the entry that begins here, of which there are `least` bytes in front of its path; none if there is no whole
    /// one. Its path ends in one to eight zero bytes, so that its size is a multiple of eight.
    fn entry_size(&mut self, least: usize) -> io::Result<Option<usize>> {
        let Some(bytes) = self.peek(least)? else { return Ok(None) };
        let flags = u16::from_be_bytes([bytes[least - 2], bytes[least - 1]]);
        let before = least + if flags & EXTENDED != 0 { 2 } else { 0 };
        let mut length = usize::from(flags & NAME_LENGTH);
        if length == usize::from(NAME_LENGTH) {
            // A longer path has to be looked for its end.
            loop {
                let Some(bytes) = self.peek(before + length + 1)? else { return Ok(None) };
                match bytes[before + length..].find_byte(0) {
                    Some(_) => break,
                    None if length >= MAX_PATH => return Ok(None),
                    None => length += 1,
                }
            }
        }
        let size = (before + length + 8) & !7;
        Ok(self.peek(size)?.map(|_| size))
    }
}

/// The cached trees, if the extensions between the entries and the checksum have any; none if there is one that changes what
/// the entries mean, or none that ends where it should.
fn read_extensions(
    mut file: &File,
    range: Range<u64>,
    hash: gix::hash::Kind,
) -> io::Result<Option<Option<CachedTree>>> {
    let mut cached = None;
    let mut at = range.start;
    while at < range.end {
        let mut head = [0; 8];
        file.seek(SeekFrom::Start(at))?;
        file.read_exact(&mut head)?;
        let [a, b, c, d, size @ ..] = head;
        let size = u64::from(u32::from_be_bytes(size));
        at += 8 + size;
        // One whose name does not begin with a capital has to be understood.
        if !a.is_ascii_uppercase() || at > range.end {
            return Ok(None);
        }
        if [a, b, c, d] == *b"TREE" && size <= MAX_EXTENSION as u64 {
            let mut bytes = vec![0; size as usize];
            file.read_exact(&mut bytes)?;
            cached = CachedTree::parse(&mut &bytes[..], hash, 0);
        }
    }
    Ok((at == range.end).then_some(cached))
}

#[cfg(test)]
mod tests;
