//! One table: its header and footer, and the records in those of its blocks that hold references.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};

use gix::ObjectId;
use gix::hash::Kind;

use super::{Budget, Target};
use crate::fault::in_words;

/// How a table, and its footer, begins.
const MAGIC: &[u8] = b"REFT";

/// The bytes of a header in versions 1 and 2, and those that a footer has behind its copy of it.
const HEADERS: [usize; 2] = [24, 28];
const BEHIND_HEADER: usize = 44;

/// Where among these it stands where logs begin.
const LOG_PLACE: usize = 24;

/// A block's type and length, and the count of restarts at its end.
pub(super) const BLOCK_HEAD: usize = 4;
pub(super) const COUNT: usize = 2;
pub(super) const RESTART: usize = 3;

/// The types of blocks: references come first, and then, in this order, indexes, objects and logs.
const REFERENCES: u8 = b'r';
const OTHERS: &[u8] = b"iog";

/// The bytes that a reference's name may have: more than any file system takes, where others keep it.
pub(super) const MAX_NAME: usize = 64 << 10;

/// A table whose header and footer are in order.
pub(super) struct Table<R = File> {
    pub(super) file: R,
    pub(super) hash: Kind,
    header: usize,
    /// Where blocks begin: at multiples of this, unless it is 0.
    block_size: u64,
    /// Where blocks end and the footer begins.
    pub(super) end: u64,
    /// Where the blocks with logs begin, if there are any.
    pub(super) logs: u64,
}

/// Takes a reference's name, and what it stands for unless it is deleted.
pub(super) type Handler<'h> = dyn FnMut(&[u8], Option<Target>) + 'h;

impl<R: Read + Seek> Table<R> {
    /// Reads the header and footer of a table of a repository with this hash.
    ///
    /// # Errors
    /// What is wrong with them.
    pub(super) fn open(mut file: R, hash: Kind) -> Result<Self, String> {
        let length = file.seek(SeekFrom::End(0)).map_err(|error| in_words(&error))?;
        let start = read_at(&mut file, 0, length.min(HEADERS[1] as u64) as usize)?;
        let start = start.strip_prefix(MAGIC).ok_or("it is no table")?;
        let header = match start.first() {
            Some(1) => HEADERS[0],
            Some(2) => HEADERS[1],
            Some(version) => return Err(format!("it is of version {version}, which is not known")),
            None => return Err("it is too short".to_owned()),
        };
        let footer_length = header + BEHIND_HEADER;
        let end =
            length.checked_sub(footer_length as u64).filter(|end| *end >= header as u64).ok_or("it is too short")?;
        let footer = read_at(&mut file, end, footer_length)?;
        let Some((summed, sum)) = footer.split_last_chunk() else { return Err("it is too short".to_owned()) };
        if crc32(summed) != u32::from_be_bytes(*sum) {
            return Err("the checksum of its footer is wrong: it was cut off or changed".to_owned());
        }
        if read_at(&mut file, 0, header)? != footer[..header] {
            return Err("its header and footer differ".to_owned());
        }
        let its_hash = match &footer[HEADERS[0]..header] {
            [] | b"sha1" => Kind::Sha1,
            b"s256" => Kind::Sha256,
            _ => return Err("its hash is not known".to_owned()),
        };
        if its_hash != hash {
            return Err("its hash is not the repository's".to_owned());
        }
        let block_size = u64::from(u24(&footer[MAGIC.len() + 1..]));
        let logs = &footer[header + LOG_PLACE..];
        let logs = logs.first_chunk().map_or(0, |place| u64::from_be_bytes(*place));
        Ok(Table { file, hash, header, block_size, end, logs })
    }

    /// Hands over all references in the order of their names.
    ///
    /// # Errors
    /// What is wrong with a block, and where it is; references may have been handed over before.
    pub(super) fn read(mut self, budget: &mut Budget, handler: &mut Handler<'_>) -> Result<(), String> {
        let mut last = Vec::new();
        let mut at = 0;
        while let Some((block, next)) = self.block(at).map_err(|fault| placed(at, &fault))? {
            budget.read(block.len());
            let skip = self.skip(at) + BLOCK_HEAD;
            self.records(&block, skip, &mut last, budget, handler).map_err(|fault| placed(at, fault))?;
            at = next;
        }
        Ok(())
    }

    /// What stands in front of the block at `at`: the first one begins with the header.
    pub(super) fn skip(&self, at: u64) -> usize {
        if at == 0 { self.header } else { 0 }
    }

    /// The block at `at`, and where the next one begins; none if there are no more with references.
    fn block(&mut self, at: u64) -> Result<Option<(Vec<u8>, u64)>, String> {
        let skip = self.skip(at);
        let begin = at + skip as u64;
        if begin >= self.end {
            return Ok(None);
        }
        let left = usize::try_from(self.end - at).map_err(|_| "it is too large for this system")?;
        let head = read_at(&mut self.file, begin, BLOCK_HEAD.min(left - skip))?;
        match head.first() {
            Some(&REFERENCES) if head.len() == BLOCK_HEAD => {}
            Some(other) if OTHERS.contains(other) => return Ok(None),
            _ => return Err("it is of a kind that is not known".to_owned()),
        }
        let length = u24(&head[1..]) as usize;
        if length < skip + BLOCK_HEAD + COUNT || length > left {
            return Err("its length cannot be".to_owned());
        }
        let block = read_at(&mut self.file, at, length)?;
        Ok(Some((block, self.next(at, length as u64)?)))
    }

    /// Where the block behind the one at `at`, which is `length` long, begins.
    fn next(&mut self, at: u64, length: u64) -> Result<u64, String> {
        let behind = at + length;
        if self.block_size == 0 || behind >= self.end {
            return Ok(behind);
        }
        if length > self.block_size {
            return Err("it is longer than blocks are in this table".to_owned());
        }
        // What is no padding begins another block, as git itself has it.
        let is_padded = read_at(&mut self.file, behind, 1)? == [0];
        Ok(if is_padded { at + self.block_size } else { behind })
    }

    /// Hands over the references in a block whose records begin at `skip`; `last` is the name before them.
    fn records(
        &self,
        block: &[u8],
        skip: usize,
        last: &mut Vec<u8>,
        budget: &mut Budget,
        handler: &mut Handler<'_>,
    ) -> Result<(), &'static str> {
        let (rest, count) = block.split_last_chunk::<COUNT>().ok_or("it is too short")?;
        let restarts = usize::from(u16::from_be_bytes(*count)) * RESTART;
        let end = rest.len().checked_sub(restarts).ok_or("it is too short for its restarts")?;
        let mut records = Bytes(rest.get(skip..end).ok_or("it is too short for its restarts")?);
        let mut name: Vec<u8> = Vec::new();
        while !records.0.is_empty() {
            let kind = records.key(&mut name, MAX_NAME)?;
            budget.take(name.len())?;
            // Names that come twice, or in any order, could mean one thing here and another to git.
            if name <= *last {
                return Err("its names are not in order");
            }
            last.clone_from(&name);
            records.number()?;
            let target = self.target(kind, &mut records, budget)?;
            handler(&name, target);
        }
        Ok(())
    }

    /// What a record of this type stands for.
    fn target(&self, kind: u64, records: &mut Bytes<'_>, budget: &mut Budget) -> Result<Option<Target>, &'static str> {
        let length = self.hash.len_in_bytes();
        let object = |bytes: &[u8]| ObjectId::try_from(bytes).map_err(|_| "an object's name is broken");
        Ok(match kind {
            0 => None,
            1 => Some(Target::Object(object(records.take(length)?)?)),
            // A tag, and what it is of in the end.
            2 => Some(Target::Object(object(&records.take(2 * length)?[..length])?)),
            3 => {
                let length = records.length()?;
                let target = records.take(length)?;
                budget.take(length)?;
                Some(Target::Symbolic(target.to_vec()))
            }
            _ => return Err("it has a record of a kind that is not known"),
        })
    }
}

pub(super) fn placed(at: u64, fault: &(impl std::fmt::Display + ?Sized)) -> String {
    format!("the block at byte {at}: {fault}")
}

/// Bytes that are taken from the front.
pub(super) struct Bytes<'b>(pub(super) &'b [u8]);

impl<'b> Bytes<'b> {
    pub(super) fn take(&mut self, count: usize) -> Result<&'b [u8], &'static str> {
        let (taken, rest) = self.0.split_at_checked(count).ok_or("a record ends behind it")?;
        self.0 = rest;
        Ok(taken)
    }

    /// A number as git's packs have it: seven bits a byte, the highest first, and one more for each byte that follows.
    pub(super) fn number(&mut self) -> Result<u64, &'static str> {
        let mut value: u64 = 0;
        loop {
            let byte = self.take(1)?[0];
            value |= u64::from(byte & 0x7f);
            if byte & 0x80 == 0 {
                return Ok(value);
            }
            value = value.checked_add(1).and_then(|value| value.checked_mul(1 << 7)).ok_or("a number is too large")?;
        }
    }

    /// The key of a record, which is told by what differs from the one before, of at most so many bytes; gives the record's type.
    pub(super) fn key(&mut self, key: &mut Vec<u8>, most: usize) -> Result<u64, &'static str> {
        let shared = self.length()?;
        let mixed = self.number()?;
        let length = usize::try_from(mixed >> 3).map_err(|_| "a length is too large")?;
        let suffix = self.take(length)?;
        if shared > key.len() || shared + suffix.len() > most {
            return Err("the length of a name cannot be");
        }
        key.truncate(shared);
        key.extend_from_slice(suffix);
        Ok(mixed & 7)
    }

    /// A number that counts bytes.
    pub(super) fn length(&mut self) -> Result<usize, &'static str> {
        usize::try_from(self.number()?).map_err(|_| "a length is too large")
    }
}

/// Reads `count` bytes at a place; the caller knows that the file has so many.
pub(super) fn read_at(file: &mut (impl Read + Seek), at: u64, count: usize) -> Result<Vec<u8>, String> {
    let mut bytes = vec![0; count];
    let read = file.seek(SeekFrom::Start(at)).and_then(|_| file.read_exact(&mut bytes));
    read.map_err(|error| match error.kind() {
        io::ErrorKind::UnexpectedEof => "it was cut off".to_owned(),
        _ => in_words(&error),
    })?;
    Ok(bytes)
}

/// The first three bytes as a number.
pub(super) fn u24(bytes: &[u8]) -> u32 {
    bytes.iter().take(3).fold(0, |value, byte| value << 8 | u32::from(*byte))
}

/// The checksum of zlib and PNG. A footer has 72 bytes, so that nothing faster is needed.
pub(super) fn crc32(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(!0, |sum, byte| {
        (0..8).fold(sum ^ u32::from(*byte), |sum, _| if sum & 1 == 1 { sum >> 1 ^ 0xedb8_8320 } else { sum >> 1 })
    })
}
