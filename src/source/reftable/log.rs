//! Reads what the logs of a table say of one reference: what it was before, and when that changed.

use std::collections::BTreeMap;
use std::io::{Read, Seek};
use std::path::Path;

use flate2::{Decompress, FlushDecompress, Status};
use gix::ObjectId;

use super::table::{BLOCK_HEAD, Bytes, COUNT, MAX_NAME, RESTART, Table, placed, read_at, u24};
use super::{Fault, over};

/// The type of blocks with logs; those behind them are others.
const LOGS: u8 = b'g';

/// How many bytes the logs of a stack of tables may have, inflated.
const MOST_LOGGED: u64 = 256 << 20;

/// How much longer than its content a compressed block may be.
const MARGIN: usize = 1024;

/// One time that a reference changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::source) struct Entry {
    /// What it stood for before, and since then.
    pub(in crate::source) old: ObjectId,
    pub(in crate::source) new: ObjectId,
    /// When, in seconds since 1970.
    pub(in crate::source) seconds: u64,
    /// Why.
    pub(in crate::source) message: Vec<u8>,
}

/// The log of the reference of this full name, by the tables in `folder`, the latest entry first; none if it has no log.
///
/// # Errors
/// What is wrong with the list or a table.
pub(in crate::source) fn log(folder: &Path, hash: gix::hash::Kind, name: &[u8]) -> Result<Option<Vec<Entry>>, String> {
    super::with_stack(folder, &|names| {
        let mut left = MOST_LOGGED;
        // By the numbers of changes, the highest first. An older table may have what a newer one deletes.
        let mut all: BTreeMap<[u8; 8], Option<Entry>> = BTreeMap::new();
        for table in names {
            over(folder, table, hash, |table| {
                table.logs(&mut left, &mut |key, entry| {
                    if let Some((known, number)) = key.split_last_chunk()
                        && known.strip_suffix(b"\0") == Some(name)
                    {
                        all.insert(*number, entry);
                    }
                })
            })?;
        }
        let mut entries: Vec<Entry> = all.into_values().flatten().collect();
        let is_there = !entries.is_empty();
        // One that only says that there is a log is none.
        entries.retain(|entry| !(entry.old.is_null() && entry.new.is_null()));
        Ok::<_, Fault>(is_there.then_some(entries))
    })
}

/// Takes the key of an entry, a name with a number, and the entry unless it is deleted.
type Handler<'h> = dyn FnMut(&[u8], Option<Entry>) + 'h;

impl<R: Read + Seek> Table<R> {
    /// Hands over all entries of logs; `left` is how many bytes they may have.
    fn logs(mut self, left: &mut u64, handler: &mut Handler<'_>) -> Result<(), String> {
        let mut at = self.logs;
        while let Some((block, next)) = self.log_block(at, left).map_err(|fault| placed(at, &fault))? {
            self.entries(&block, handler).map_err(|fault| placed(at, fault))?;
            at = next;
        }
        Ok(())
    }

    /// The records of the block of logs at `at`, inflated, and where the next one begins; none if there is none.
    fn log_block(&mut self, at: u64, left: &mut u64) -> Result<Option<(Vec<u8>, u64)>, String> {
        let skip = self.skip(at) + BLOCK_HEAD;
        let Some(rest) = self.end.checked_sub(at + skip as u64) else { return Ok(None) };
        let head = read_at(&mut self.file, at + (skip - BLOCK_HEAD) as u64, BLOCK_HEAD)?;
        if head[0] != LOGS {
            return Ok(None);
        }
        let length = (u24(&head[1..]) as usize).checked_sub(skip).ok_or("its length cannot be")?;
        *left = left.checked_sub(length as u64).ok_or("its logs take up too much")?;
        let packed = usize::try_from(rest).unwrap_or(usize::MAX).min(length + length / 8 + MARGIN);
        let packed = read_at(&mut self.file, at + skip as u64, packed)?;
        let mut block = vec![0; length];
        let mut inflater = Decompress::new(true);
        let status = inflater.decompress(&packed, &mut block, FlushDecompress::Finish);
        if !matches!(status, Ok(Status::StreamEnd)) || inflater.total_out() != length as u64 {
            return Err("it cannot be inflated".to_owned());
        }
        Ok(Some((block, at + skip as u64 + inflater.total_in())))
    }

    /// Hands over the entries of a block.
    fn entries(&self, block: &[u8], handler: &mut Handler<'_>) -> Result<(), &'static str> {
        let (rest, count) = block.split_last_chunk::<COUNT>().ok_or("it is too short")?;
        let restarts = usize::from(u16::from_be_bytes(*count)) * RESTART;
        let end = rest.len().checked_sub(restarts).ok_or("it is too short for its restarts")?;
        let mut records = Bytes(&rest[..end]);
        let mut key: Vec<u8> = Vec::new();
        while !records.0.is_empty() {
            let kind = records.key(&mut key, MAX_NAME)?;
            let entry = match kind {
                0 => None,
                1 => Some(self.entry(&mut records)?),
                _ => return Err("it has a record of a kind that is not known"),
            };
            handler(&key, entry);
        }
        Ok(())
    }

    fn entry(&self, records: &mut Bytes<'_>) -> Result<Entry, &'static str> {
        let length = self.hash.len_in_bytes();
        let mut object = || ObjectId::try_from(records.take(length)?).map_err(|_| "an object's name is broken");
        let (old, new) = (object()?, object()?);
        // Who it was: a name and an address.
        for _ in 0..2 {
            let length = records.length()?;
            records.take(length)?;
        }
        let seconds = records.number()?;
        // The time zone.
        records.take(2)?;
        let length = records.length()?;
        Ok(Entry { old, new, seconds, message: records.take(length)?.to_vec() })
    }
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use gix::hash::Kind;

    use super::*;
    use crate::source::reftable::tests::{git, only_table, repository};

    #[test]
    fn logs_have_a_size_once_they_are_inflated() {
        let Some(folder) = repository("sha1") else { return };
        for number in 0..20 {
            git(folder.path(), &format!("commit -q --allow-empty -m {number}{}", "x".repeat(900)));
        }
        git(folder.path(), "pack-refs --all");
        let table = only_table(folder.path());
        let read = |left: &mut u64| {
            let mut count = 0;
            let table = Table::open(Cursor::new(&table[..]), Kind::Sha1).unwrap();
            table.logs(left, &mut |_, _| count += 1).map(|()| count)
        };
        let mut left = MOST_LOGGED;
        assert_eq!((read(&mut left), MOST_LOGGED), (Ok(42), 256 << 20));
        let size = MOST_LOGGED - left;
        assert!(size > 20 * 900, "{size}");
        assert_eq!(read(&mut { size }), Ok(42));
        assert!(read(&mut { size - 1 }).unwrap_err().contains("its logs take up too much"));
        // What one table has taken, the next one has no more.
        assert!(read(&mut left).is_ok() && left == MOST_LOGGED - 2 * size);
    }
}
