//! Hands a container's bytes to what opens it, and has them searched as they go by.

use std::io::{self, Read};

use crate::container::{self, Budget};
use crate::finding::Finding;
use crate::scan::content::{Pass, Target};
use crate::scan::embedded::Only;

use super::{Sink, keep};

/// Counts the bytes of the outermost container.
pub(super) struct Outermost<'o> {
    pub(super) source: &'o mut dyn Read,
    pub(super) budget: &'o Budget,
}

impl Read for Outermost<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.source.read(buffer)?;
        self.budget.read(read as u64);
        Ok(read)
    }
}

/// Hands a container's bytes on and has them searched.
pub(super) struct Tee<'t, 'p, 's, 'k> {
    /// What was read, and searched, before.
    pub(super) head: &'t [u8],
    pub(super) ended: bool,
    pub(super) error: Option<io::Error>,
    pub(super) content: &'t mut dyn Read,
    pub(super) pass: Pass<'p, 's>,
    pub(super) target: &'t Target<'t>,
    pub(super) own: Vec<Finding>,
    pub(super) sink: &'t Sink<'k>,
}

impl Tee<'_, '_, '_, '_> {
    /// Has the rest searched, too.
    pub(super) fn drain(&mut self) {
        let mut buffer = vec![0; 16 << 10];
        self.head = &[];
        while self.read(&mut buffer).is_ok_and(|read| read > 0) {}
    }
}

impl Read for Tee<'_, '_, '_, '_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if !self.head.is_empty() {
            return self.head.read(buffer);
        }
        if self.error.is_some() {
            return Err(container::told());
        }
        if self.ended || buffer.is_empty() {
            return Ok(0);
        }
        loop {
            match self.content.read(buffer) {
                Ok(read) => {
                    self.ended = read == 0;
                    let (own, sink) = (&mut self.own, self.sink);
                    self.pass.push(&buffer[..read], self.target, &mut Only(|found| keep(own, found, sink)));
                    return Ok(read);
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => {
                    self.error = Some(error);
                    return Err(container::told());
                }
            }
        }
    }
}
