//! Zip files, read as they come: from one member's own header to the next. The directory at the end is not believed, but looked at, so
//! that a member it names and no header shows is told of. Whatever stands in front, in between or behind is passed over.

mod directory;
mod header;
mod member;

use std::io::{self, BufRead};

use super::budget::Budget;
use super::input::Input;
use super::trouble::{broken, trouble};
use super::{Trouble, Visitor};

use directory::Archive;
use header::{CENTRAL, END, End, LOCAL, Local, Signature};

pub(super) use header::is_local;

/// Reads a zip file. With `is_sure`, that it is one is known, and that it does not end as one is trouble.
pub(super) fn read(input: &mut Input<'_>, budget: &Budget, visitor: &mut dyn Visitor, is_sure: bool) -> io::Result<()> {
    let mut zip = Zip { input, budget, visitor, is_sure, archive: Archive::default(), ends: 0 };
    let is_whole = zip.all()?;
    if is_whole && zip.is_sure && (zip.ends == 0 || !zip.archive.is_empty()) {
        return Err(broken("it is cut off: its directory is not there"));
    }
    Ok(())
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
                    let start = self.input.position();
                    let record = self.input.peek(56)?;
                    let number = |at| record.get(at..at + 8)?.try_into().ok().map(u64::from_le_bytes);
                    // What its length leaves out is its mark and itself.
                    let length = number(4).map_or(0, |rest| rest.saturating_add(12));
                    self.archive.long_end(start, length, number(48));
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
        self.archive.member(start);
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
        /// The mark that stands behind an entry, of whatever follows it.
        const NEXT: usize = 4;
        let start = self.input.position();
        let goes_on = self.archive.goes_on(start);
        let fixed = self.input.peek(CENTRAL)?;
        let length = header::central_length(fixed).filter(|_| goes_on || header::is_central(fixed));
        let Some(length) = length else { return self.pass() };
        // Where nothing of an archive follows the first one, it is none, and must not take with it what follows.
        if !goes_on && !self.input.peek(length + NEXT)?.get(length..).is_some_and(header::follows_central) {
            return self.pass();
        }
        let entry = self.input.take_up_to(length)?;
        self.archive.entry(start, &entry);
        Ok(())
    }

    fn end(&mut self) -> io::Result<()> {
        let start = self.input.position();
        let record = End::parse(self.input.peek(END)?);
        let Some(end) = record.filter(|end| self.archive.ends(end, start)) else { return self.pass() };
        self.input.skip(END as u64)?;
        let archive = std::mem::take(&mut self.archive);
        // A program may have the end of an archive without members in it, to write it.
        self.ends += u32::from(self.is_sure || !end.is_empty());
        if !archive.is_true(&end) {
            let message = "its directory does not name the members that it holds".to_owned();
            self.visitor.trouble(None, Trouble { kind: crate::finding::ProblemKind::Unreadable, message });
        }
        Ok(())
    }

    /// Lets a mark go by that is none.
    fn pass(&mut self) -> io::Result<()> {
        self.input.skip(4).map(|_| ())
    }
}
