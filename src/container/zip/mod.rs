//! Zip files, read as they come: from one member's own header to the next. The directory at the end is not believed, but looked at, so
//! that a member it names and no header shows is told of. Whatever stands in front, in between or behind is passed over.

mod header;
mod member;

use std::io::{self, BufRead};

use super::budget::Budget;
use super::input::Input;
use super::trouble::{broken, trouble};
use super::{Trouble, Visitor};

use header::{Directory, LOCAL, Local, Signature, central_offset};

pub(super) use header::is_local;

/// Reads a zip file. With `is_sure`, that it is one is known, and that it does not end as one is trouble.
pub(super) fn read(input: &mut Input<'_>, budget: &Budget, visitor: &mut dyn Visitor, is_sure: bool) -> io::Result<()> {
    let mut zip = Zip { input, budget, visitor, is_sure, archive: Archive::default(), ends: 0 };
    let is_whole = zip.all()?;
    if is_whole && zip.is_sure && (zip.ends == 0 || !zip.archive.met.is_empty()) {
        return Err(broken("it is cut off: its directory is not there"));
    }
    Ok(())
}

/// What was met since the last archive ended; most files hold one.
#[derive(Default)]
struct Archive {
    /// Where each member's header stands, in order.
    met: Vec<u64>,
    /// Where the directory begins.
    directory_start: Option<u64>,
    entries: u64,
    /// How many of the directory's entries name a header that was met, if offsets count from the file's beginning, and if they count
    /// from the first header.
    from_start: u64,
    from_first: u64,
    /// Where the directory begins as a record of its own says, in an archive with 64-bit sizes.
    said_start: Option<u64>,
}

impl Archive {
    fn entry(&mut self, offset: u64) {
        let first = self.met.first().copied().unwrap_or(0);
        let is_met = |offset: Option<u64>| offset.is_some_and(|offset| self.met.binary_search(&offset).is_ok());
        self.entries += 1;
        self.from_start += u64::from(is_met(Some(offset)));
        self.from_first += u64::from(is_met(offset.checked_add(first)));
    }

    /// Whether the directory, which `end` says begins at `said`, names only what was met, and as many as it says.
    fn is_true(&self, end: &Directory) -> bool {
        let Some(start) = self.directory_start else { return end.entries == 0 };
        let said = if end.is_long { self.said_start } else { Some(u64::from(end.start)) };
        let first = self.met.first().copied().unwrap_or(0);
        let is_counted = end.is_long || self.entries & 0xffff == u64::from(end.entries);
        let names = match said.and_then(|said| start.checked_sub(said)) {
            Some(0) => self.from_start,
            Some(shift) if shift == first => self.from_first,
            _ => return false,
        };
        is_counted && names == self.entries
    }
}

struct Zip<'z, 'r> {
    input: &'z mut Input<'r>,
    budget: &'z Budget,
    visitor: &'z mut dyn Visitor,
    is_sure: bool,
    archive: Archive,
    /// How many archives ended.
    ends: u32,
}

impl Zip<'_, '_> {
    /// Goes through it; says whether to its end.
    fn all(&mut self) -> io::Result<bool> {
        while let Some(signature) = self.next_signature()? {
            match signature {
                Signature::Local => {
                    if !self.local()? {
                        return Ok(false);
                    }
                }
                Signature::Central => self.central()?,
                Signature::LongEnd => {
                    let record = self.input.peek(56)?;
                    self.archive.said_start =
                        record.get(48..56).and_then(|bytes| bytes.try_into().ok()).map(u64::from_le_bytes);
                    self.input.skip(4)?;
                }
                Signature::End => self.end()?,
            }
        }
        Ok(true)
    }

    /// Goes on to the next of the marks that a zip file's parts begin with.
    fn next_signature(&mut self) -> io::Result<Option<Signature>> {
        loop {
            let window = self.input.window(LOCAL)?;
            if window.len() < 4 {
                let rest = window.len();
                self.input.consume(rest);
                return Ok(None);
            }
            let mut at = 0;
            let found = loop {
                match memchr::memmem::find(&window[at..], b"PK") {
                    Some(place) if at + place + LOCAL <= window.len() || window.len() < LOCAL => {
                        at += place;
                        if let Some(signature) = header::signature(&window[at..]) {
                            break Some(signature);
                        }
                        at += 2;
                    }
                    // Too near to the end of what is there to be told.
                    Some(place) => {
                        at += place;
                        break None;
                    }
                    None => {
                        at = window.len() - usize::from(window.last() == Some(&b'P'));
                        break None;
                    }
                }
            };
            // What is left of the end holds no mark.
            let at = if found.is_none() && at == 0 { window.len().min(2) } else { at };
            self.input.consume(at);
            if found.is_some() {
                return Ok(found);
            }
        }
    }

    /// Reads a member; says whether to go on.
    fn local(&mut self) -> io::Result<bool> {
        let start = self.input.position();
        let Some(local) = Local::read(self.input)? else { return Ok(true) };
        // A directory that was met before was none of this archive, or the archive goes on behind it.
        self.archive.met.push(start);
        let sure = self.is_sure || self.ends > 0;
        let (goes_on, outcome) = member::read(&local, self.input, self.budget, self.visitor);
        match outcome {
            Ok(()) => {}
            Err(error) => match trouble(&error) {
                None => return Err(error),
                Some(_) if !sure => {}
                Some(found) => self.visitor.trouble(Some(&local.name), found),
            },
        }
        Ok(goes_on)
    }

    fn central(&mut self) -> io::Result<()> {
        let start = self.input.position();
        let fixed = self.input.peek(46)?.to_vec();
        let Some(length) = header::central_length(&fixed) else {
            self.input.skip(4)?;
            return Ok(());
        };
        let entry = self.input.take_up_to(length)?;
        self.archive.directory_start.get_or_insert(start);
        if let Some(offset) = central_offset(&entry) {
            self.archive.entry(offset);
        } else {
            self.archive.entries += 1;
        }
        Ok(())
    }

    fn end(&mut self) -> io::Result<()> {
        let record = self.input.peek(22)?.to_vec();
        let Some(end) = Directory::parse(&record) else {
            self.input.skip(4)?;
            return Ok(());
        };
        self.input.skip(22)?;
        let archive = std::mem::take(&mut self.archive);
        let is_empty = archive.met.is_empty() && archive.entries == 0;
        self.ends += 1;
        if !archive.is_true(&end) && (self.is_sure || !is_empty) {
            let message = "its directory does not name the members that it holds".to_owned();
            self.visitor.trouble(None, Trouble { kind: crate::finding::ProblemKind::Unreadable, message });
        }
        Ok(())
    }
}
