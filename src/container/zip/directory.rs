//! What was met of a zip file, against what its directory says of it; and what is a directory at all, and not its marks in a program's code.

use super::header::{End, central_offset};

/// What was met since the last archive ended; most files hold one.
#[derive(Default)]
pub(super) struct Archive {
    /// Where each member's header stands, in order.
    met: Vec<u64>,
    directory: Option<Directory>,
    /// Where the directory begins as a record of its own says, in an archive with 64-bit sizes.
    said_start: Option<u64>,
}

/// Entries one right behind the other.
struct Directory {
    start: u64,
    end: u64,
    entries: u64,
    /// Where they say that members have their headers: of no more entries than there can be for what was met.
    offsets: Vec<u64>,
}

impl Archive {
    /// Notes the header of a member.
    pub(super) fn member(&mut self, start: u64) {
        self.met.push(start);
    }

    /// Whether an entry that stands here goes on with the directory.
    pub(super) fn goes_on(&self, start: u64) -> bool {
        self.directory.as_ref().is_some_and(|directory| directory.end == start)
    }

    /// Notes an entry. One that does not stand right behind another begins a directory: what was taken for one before is none.
    pub(super) fn entry(&mut self, start: u64, entry: &[u8]) {
        /// As many entries more than members are looked at: two may name one.
        const MORE: usize = 1024;
        if !self.goes_on(start) {
            self.directory = None;
        }
        let new = Directory { start, end: start, entries: 0, offsets: Vec::new() };
        let directory = self.directory.get_or_insert(new);
        directory.end = start + entry.len() as u64;
        directory.entries += 1;
        if let Some(offset) = central_offset(entry)
            && directory.offsets.len() < 2 * self.met.len() + MORE
        {
            directory.offsets.push(offset);
        }
    }

    /// Notes the record of an archive with 64-bit sizes, of `length` bytes, that says where the directory begins.
    pub(super) fn long_end(&mut self, start: u64, length: u64, said_start: Option<u64>) {
        /// What stands between it and the end, and says where it is.
        const LOCATOR: u64 = 20;
        self.said_start = said_start;
        if let Some(directory) = self.directory.as_mut().filter(|directory| directory.end == start) {
            directory.end = start.saturating_add(length).saturating_add(LOCATOR);
        }
    }

    /// Whether nothing of an archive was met.
    pub(super) fn is_empty(&self) -> bool {
        self.met.is_empty()
    }

    /// Whether what looks like the end of an archive and stands here is one: it stands right behind a directory, or says of one
    /// what can be so. A mark in code has anything behind it.
    pub(super) fn ends(&self, end: &End, position: u64) -> bool {
        match &self.directory {
            Some(directory) if directory.end == position => true,
            None if end.is_empty() => true,
            _ => end.may_be(position),
        }
    }

    /// Whether the directory names only what was met, and as many as the end says, where it says.
    pub(super) fn is_true(&self, end: &End) -> bool {
        let Some(directory) = &self.directory else { return end.entries == 0 };
        let said = if end.is_long { self.said_start } else { Some(u64::from(end.start)) };
        // What stands in front of the archive may be counted or not.
        let Some(shift) = said.and_then(|said| directory.start.checked_sub(said)) else { return false };
        let is_counted = end.is_long || directory.entries & 0xffff == u64::from(end.entries);
        let is_met = |offset: &&u64| offset.checked_add(shift).is_some_and(|at| self.met.binary_search(&at).is_ok());
        is_counted && directory.offsets.iter().filter(is_met).count() as u64 == directory.entries
    }
}
