//! Tables of LevelDB, in which browsers and what is built on them keep what pages store: blocks of keys and values, each compressed by itself, an
//! index of them, and where that is, at the very end (doc/table_format.md of LevelDB).
//!
//! Nothing but the end shows what it is, and all blocks are found from there: so a table is read as a whole. In a block, a key has only what it does
//! not share with the one before, and the next entry stands right behind a value.

use std::io::{self, Read};

use super::budget::Budget;
use super::input::Input;
use super::trouble::{broken, limit};
use super::whole::{Packed, Whole};
use super::{Member, Visitor, snappy, trouble, varint};

/// What a table ends with, and one of RocksDB, which goes on where LevelDB was.
const MAGIC: [u8; 8] = 0xdb47_7524_8b80_fb57_u64.to_le_bytes();
const ROCKS: [u8; 8] = 0x88e2_41b7_85f4_cff7_u64.to_le_bytes();

/// How many bytes the end has: where two blocks are, what fills it up, and what it ends with.
const END: usize = 48;

/// The longest table, in bytes: LevelDB begins a new one at two MiB, and writes one entry of any length.
const MOST_TABLE: usize = 24 << 20;

/// Whether a content that ends so is a table of LevelDB.
pub(super) fn ends_as_table(tail: &[u8]) -> bool {
    tail.len().checked_sub(END).is_some_and(|at| index_of(&tail[at..]).is_some())
}

/// Whether what ends so may end one.
pub(super) fn may_end_table(tail: &[u8]) -> bool {
    tail.ends_with(&MAGIC)
}

/// Whether it is one of RocksDB.
pub(super) fn ends_as_rocks(tail: &[u8]) -> bool {
    tail.ends_with(&ROCKS)
}

/// Where a block is: its first byte, and how many it has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Handle {
    start: u64,
    size: u64,
}

impl Handle {
    fn read(bytes: &mut &[u8]) -> Option<Self> {
        Some(Handle { start: number(bytes)?, size: number(bytes)? })
    }

    /// The block's bytes, and the one behind it, which says how they are compressed.
    fn block<'t>(&self, table: &'t [u8]) -> Option<(&'t [u8], u8)> {
        let start = usize::try_from(self.start).ok()?;
        let end = start.checked_add(usize::try_from(self.size).ok()?)?;
        Some((table.get(start..end)?, *table.get(end)?))
    }
}

/// Where the index is, as the end says; none if it is no end.
fn index_of(mut end: &[u8]) -> Option<Handle> {
    let handles = end.split_off(..END - MAGIC.len())?;
    let mut rest = handles;
    // The first is that of what else is known of the table.
    let (_, index) = (Handle::read(&mut rest)?, Handle::read(&mut rest)?);
    (end == MAGIC && rest.iter().all(|&byte| byte == 0)).then_some(index)
}

/// Reads all blocks.
pub(super) fn read(input: &mut Input<'_>, budget: &Budget, visitor: &mut dyn Visitor) -> io::Result<()> {
    let table = input.take_up_to(MOST_TABLE + 1)?;
    if table.len() > MOST_TABLE {
        let most = MOST_TABLE >> 20;
        return Err(limit(format!(
            "a table of LevelDB can only be read as a whole, which may take no more than {most} MiB"
        )));
    }
    let _room = budget.window(table.len() as u64)?;
    let end = table.len().checked_sub(END).and_then(|at| index_of(&table[at..]));
    let index = end.ok_or_else(|| broken("it does not end as a table of LevelDB"))?;
    let index = content(&table, index, budget)?;
    let mut entries = Entries::of(index.bytes())?;
    while let Some(mut handle) = entries.next()? {
        // Many that are empty may follow each other.
        budget.spend(0)?;
        let handle = Handle::read(&mut handle).ok_or_else(no_block)?;
        let name = format!("block@{}", handle.start);
        let member = Member { name: name.as_bytes(), link: None, is_alone: false };
        let goes_on = match content(&table, handle, budget) {
            Ok(block) => visitor.member(&member, &mut Lines::of(block.bytes())),
            Err(error) => {
                visitor.trouble(Some(member.name), trouble(&error).ok_or(error)?);
                true
            }
        };
        if !goes_on {
            break;
        }
    }
    Ok(())
}

/// What is in a block: as it stands, or unpacked.
enum Content<'t, 'b> {
    Plain(&'t [u8]),
    Unpacked(Whole<'b>),
}

impl Content<'_, '_> {
    fn bytes(&self) -> &[u8] {
        match self {
            Content::Plain(bytes) => bytes,
            Content::Unpacked(whole) => whole.all(),
        }
    }
}

fn content<'t, 'b>(table: &'t [u8], handle: Handle, budget: &'b Budget) -> io::Result<Content<'t, 'b>> {
    const PLAIN: u8 = 0;
    const SNAPPY: u8 = 1;
    let (block, kind) = handle.block(table).ok_or_else(no_block)?;
    match kind {
        PLAIN => Ok(Content::Plain(block)),
        SNAPPY => {
            let mut whole = snappy::unpack(&Packed::of(block, budget)?, budget)?;
            if !whole.is_whole() {
                io::copy(&mut whole, &mut io::sink())?;
            }
            Ok(Content::Unpacked(whole))
        }
        _ => Err(broken("it is compressed in a way that gridleaks cannot open")),
    }
}

fn no_block() -> io::Error {
    broken("its index leads to what is no block")
}

fn no_entry() -> io::Error {
    broken("an entry in it is broken: what follows may be lost")
}

/// The entries of a block, one behind the other.
struct Entries<'b> {
    rest: &'b [u8],
    /// The key of the last one.
    key: Vec<u8>,
}

impl<'b> Entries<'b> {
    /// Those of a block, behind which stands where keys share nothing, and how often.
    fn of(block: &'b [u8]) -> io::Result<Self> {
        let rest = block.split_last_chunk::<4>().and_then(|(rest, count)| {
            let places = (u32::from_le_bytes(*count) as usize).checked_mul(4)?;
            rest.get(..rest.len().checked_sub(places)?)
        });
        Ok(Entries { rest: rest.ok_or_else(no_entry)?, key: Vec::new() })
    }

    /// The next value; its key is at hand then.
    fn next(&mut self) -> io::Result<Option<&'b [u8]>> {
        if self.rest.is_empty() {
            return Ok(None);
        }
        self.step().map(Some).ok_or_else(no_entry)
    }

    fn step(&mut self) -> Option<&'b [u8]> {
        let [shared, own, value] = [number(&mut self.rest)?, number(&mut self.rest)?, number(&mut self.rest)?];
        let shared = usize::try_from(shared).ok().filter(|&shared| shared <= self.key.len())?;
        let own = self.rest.split_off(..usize::try_from(own).ok()?)?;
        let value = self.rest.split_off(..usize::try_from(value).ok()?)?;
        self.key.truncate(shared);
        self.key.extend_from_slice(own);
        Some(value)
    }
}

/// Reads the entries of a block: each key and each value on a line of its own.
struct Lines<'b> {
    entries: io::Result<Entries<'b>>,
    /// The value at hand, and how much of it and of its key is read, with the end of each line; none before the first.
    value: Option<&'b [u8]>,
    at: usize,
}

impl<'b> Lines<'b> {
    fn of(block: &'b [u8]) -> Self {
        Lines { entries: Entries::of(block), value: None, at: 0 }
    }
}

impl Read for Lines<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let entries = match &mut self.entries {
            Ok(entries) => entries,
            Err(_) => return Err(no_entry()),
        };
        let mut written = 0;
        while written < buffer.len() {
            let Some(value) = self.value else {
                // What was read before something is wrong counts.
                match entries.next() {
                    Ok(next) => (self.value, self.at) = (next, 0),
                    Err(_) if written > 0 => {}
                    Err(error) => return Err(error),
                }
                if self.value.is_none() {
                    break;
                }
                continue;
            };
            let key = entries.key.len();
            let text = match self.at {
                at if at < key => &entries.key[at..],
                at if at == key || at == key + 1 + value.len() => b"\n",
                at => &value[at - key - 1..],
            };
            let count = text.len().min(buffer.len() - written);
            buffer[written..written + count].copy_from_slice(&text[..count]);
            written += count;
            self.at += count;
            if self.at == key + value.len() + 2 {
                self.value = None;
            }
        }
        Ok(written)
    }
}

fn number(bytes: &mut &[u8]) -> Option<u64> {
    varint::unsigned(|| bytes.split_off_first().copied().ok_or(())).ok()?
}
