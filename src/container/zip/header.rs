//! The records that a zip file is made of: a header before each member, an entry for it in the directory, a record at the end.

use std::io::{self, Read};

use super::Input;

/// How many bytes a member's header has, its name and extra fields aside.
pub(super) const LOCAL: usize = 30;

/// How many bytes an entry of the directory has, its name, extra fields and comment aside; and the record at the end, its comment aside.
pub(super) const CENTRAL: usize = 46;
pub(super) const END: usize = 22;

/// What stands for a size or an offset that takes 64 bits and stands elsewhere.
const LONG: u32 = u32::MAX;

/// What a mark begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Signature {
    /// A member.
    Local,
    /// An entry of the directory.
    Central,
    /// The end of an archive with 64-bit sizes.
    LongEnd,
    /// The end of an archive.
    End,
}

/// What begins so; none if it is nothing of a zip file.
pub(super) fn signature(bytes: &[u8]) -> Option<Signature> {
    match bytes.get(..4)? {
        b"PK\x03\x04" if is_local(bytes) => Some(Signature::Local),
        b"PK\x01\x02" => Some(Signature::Central),
        b"PK\x06\x06" => Some(Signature::LongEnd),
        b"PK\x05\x06" => Some(Signature::End),
        _ => None,
    }
}

fn u16_at(bytes: &[u8], at: usize) -> Option<u16> {
    bytes.get(at..at + 2)?.try_into().ok().map(u16::from_le_bytes)
}

fn u32_at(bytes: &[u8], at: usize) -> Option<u32> {
    bytes.get(at..at + 4)?.try_into().ok().map(u32::from_le_bytes)
}

fn u64_at(bytes: &[u8], at: usize) -> Option<u64> {
    bytes.get(at..at + 8)?.try_into().ok().map(u64::from_le_bytes)
}

/// Whether a member's header begins so: the mark, and then values that one can have.
pub(in crate::container) fn is_local(bytes: &[u8]) -> bool {
    bytes.len() >= LOCAL && bytes.starts_with(b"PK\x03\x04") && are_fields(&bytes[4..])
}

/// Whether an entry of the directory begins so: the same, behind the version that wrote it, and the number of a disk.
pub(super) fn is_central(bytes: &[u8]) -> bool {
    bytes.len() >= CENTRAL && are_fields(&bytes[6..]) && u16_at(bytes, 34).is_some_and(is_disk)
}

/// Whether `bytes` are a version that reads a member, flags and a method.
fn are_fields(bytes: &[u8]) -> bool {
    /// Flags that have no meaning.
    const RESERVED: u16 = 0xd780;
    let fields = || Some((u16_at(bytes, 0)?, u16_at(bytes, 2)?, u16_at(bytes, 4)?));
    let Some((version, flags, method)) = fields() else { return false };
    version & 0xff <= 63 && flags & RESERVED == 0 && matches!(method, 0..=10 | 12 | 14 | 16 | 18..=20 | 93..=99)
}

/// Whether an archive may have so many parts; or it says that elsewhere.
fn is_disk(number: u16) -> bool {
    number < 1000 || number == u16::MAX
}

/// Whether what begins so may stand behind an entry of the directory: another one, a signature, or what ends the archive.
pub(super) fn follows_central(bytes: &[u8]) -> bool {
    matches!(bytes, [b'P', b'K', 1, 2, ..] | [b'P', b'K', 5, 5 | 6, ..] | [b'P', b'K', 6, 6, ..])
}

/// A member's header.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Local {
    pub(super) name: Vec<u8>,
    pub(super) method: u16,
    pub(super) is_encrypted: bool,
    /// LZMA data that say themselves where they end.
    pub(super) has_end_mark: bool,
    /// Whether sizes and checksum stand behind the member, not here.
    pub(super) has_descriptor: bool,
    pub(super) checksum: u32,
    pub(super) packed: u64,
    pub(super) size: u64,
}

impl Local {
    /// Reads the header that comes next; none if it is cut off.
    pub(super) fn read(input: &mut Input<'_>) -> io::Result<Option<Self>> {
        let mut fixed = [0; LOCAL];
        if input.peek(LOCAL)?.len() < LOCAL {
            input.skip(2)?;
            return Ok(None);
        }
        input.read_exact(&mut fixed)?;
        let number = |at| u16_at(&fixed, at).unwrap_or(0);
        let long = |at| u32_at(&fixed, at).unwrap_or(0);
        let name = input.take_up_to(usize::from(number(26)))?;
        let extra = input.take_up_to(usize::from(number(28)))?;
        let flags = number(6);
        let (mut packed, mut size) = (u64::from(long(18)), u64::from(long(22)));
        // Sizes of 64 bits stand in an extra field, the size first, each only if it is not above.
        let mut sizes = extra_field(&extra, 1).unwrap_or(&[]).chunks_exact(8);
        let mut next = || sizes.next().and_then(|bytes| u64_at(bytes, 0));
        if long(22) == LONG {
            size = next().unwrap_or(size);
        }
        if long(18) == LONG {
            packed = next().unwrap_or(packed);
        }
        Ok(Some(Local {
            name,
            method: number(8),
            is_encrypted: flags & 0x2041 != 0,
            has_end_mark: flags & 2 != 0,
            has_descriptor: flags & 8 != 0,
            checksum: long(14),
            packed,
            size,
        }))
    }
}

/// The extra field with this number.
fn extra_field(mut extra: &[u8], wanted: u16) -> Option<&[u8]> {
    loop {
        let (number, length) = (u16_at(extra, 0)?, usize::from(u16_at(extra, 2)?));
        let field = extra.get(4..4 + length)?;
        if number == wanted {
            return Some(field);
        }
        extra = &extra[4 + length..];
    }
}

/// How many bytes an entry of the directory has; none if it is cut off.
pub(super) fn central_length(fixed: &[u8]) -> Option<usize> {
    let length = |at| u16_at(fixed, at).map(usize::from);
    (fixed.len() >= CENTRAL).then_some(CENTRAL + length(28)? + length(30)? + length(32)?)
}

/// Where the member of a directory's entry has its header; none if that is broken.
pub(super) fn central_offset(entry: &[u8]) -> Option<u64> {
    let offset = u32_at(entry, 42)?;
    if offset != LONG {
        return Some(u64::from(offset));
    }
    let name = usize::from(u16_at(entry, 28)?);
    let extra = entry.get(CENTRAL + name..)?;
    let Some(field) = extra_field(extra, 1) else { return Some(u64::from(offset)) };
    let before = [20, 24].into_iter().filter(|&at| u32_at(entry, at) == Some(LONG)).count();
    u64_at(field, 8 * before)
}

/// What the record at the end says of the directory.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct End {
    /// The numbers of this part and of that in which the directory begins.
    disks: (u16, u16),
    /// How many entries are in this part.
    entries_here: u16,
    pub(super) entries: u16,
    size: u32,
    pub(super) start: u32,
    /// Whether another record says it, with 64 bits.
    pub(super) is_long: bool,
}

impl End {
    pub(super) fn parse(record: &[u8]) -> Option<Self> {
        let (entries, size, start) = (u16_at(record, 10)?, u32_at(record, 12)?, u32_at(record, 16)?);
        (record.len() >= END).then_some(End {
            disks: (u16_at(record, 4)?, u16_at(record, 6)?),
            entries_here: u16_at(record, 8)?,
            entries,
            size,
            start,
            is_long: start == LONG || size == LONG || entries == u16::MAX,
        })
    }

    /// Whether it is that of an archive without members.
    pub(super) fn is_empty(&self) -> bool {
        self.entries == 0 && self.size == 0
    }

    /// Whether a record that stands here can say this: the directory has room for its entries, and lies before it.
    pub(super) fn may_be(&self, position: u64) -> bool {
        let (entries, size) = (u64::from(self.entries), u64::from(self.size));
        is_disk(self.disks.0)
            && self.disks.1 <= self.disks.0
            && (1..=self.entries).contains(&self.entries_here)
            && size >= entries * CENTRAL as u64
            && size + u64::from(self.start) <= position
    }
}
