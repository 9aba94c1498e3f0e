//! Git's packs and bundles, without an index: objects are read as they come. What later ones are deltas of is kept as long as there is
//! room; a delta whose base is not there is searched as it is, and told of.

mod bases;

use std::io::{self, BufRead, Read};

use gix::ObjectId;
use gix::objs::Kind;

use super::budget::Budget;
use super::decode::{Decoder, Method};
use super::input::Input;
use super::trouble::{broken, cut_off};
use super::{Member, Trouble, Visitor};
use crate::delta;
use crate::exactly::{Exactly, WRONG_LENGTH};
use crate::finding::ProblemKind;

use bases::{Base, Bases};

/// The largest object that is held in memory. Larger ones are read as they come, and nothing can be a delta of them.
const MOST_HELD: u64 = 8 << 20;

/// The longest line in front of a bundle's pack.
const LONGEST_LINE: u64 = 64 << 10;

/// Whether a bundle or a pack begins so.
pub(super) fn is_pack(head: &[u8]) -> bool {
    let is_bundle = head.starts_with(b"# v2 git bundle\n") || head.starts_with(b"# v3 git bundle\n");
    is_bundle || head.starts_with(b"PACK\0\0\0\x02") || head.starts_with(b"PACK\0\0\0\x03")
}

/// Reads a pack, or a bundle with one in it.
pub(super) fn read(input: &mut Input<'_>, budget: &Budget, visitor: &mut dyn Visitor) -> io::Result<()> {
    let mut hash = gix::hash::Kind::Sha1;
    if input.peek(1)? == b"#" {
        loop {
            let mut line = Vec::new();
            (&mut *input).take(LONGEST_LINE).read_until(b'\n', &mut line)?;
            match &*line {
                b"\n" => break,
                b"@object-format=sha256\n" => hash = gix::hash::Kind::Sha256,
                [.., b'\n'] => {}
                _ if line.len() as u64 == LONGEST_LINE => {
                    return Err(broken("a line in front of its objects is too long"));
                }
                _ => return Err(cut_off()),
            }
        }
    }
    let mut head = [0; 12];
    input.read_exact(&mut head).map_err(|error| input.alarm().sort(error))?;
    if !head.starts_with(b"PACK") {
        return Err(broken("there is no pack in it"));
    }
    let count = u32::from_be_bytes([head[8], head[9], head[10], head[11]]);
    let room = budget.window(bases::MOST_KEPT)?;
    let mut pack = Pack { input, budget, visitor, hash, bases: Bases::default() };
    for _ in 0..count {
        if !pack.entry()? {
            return Ok(());
        }
    }
    drop(room);
    Ok(())
}

struct Pack<'p, 'r> {
    input: &'p mut Input<'r>,
    budget: &'p Budget,
    visitor: &'p mut dyn Visitor,
    hash: gix::hash::Kind,
    bases: Bases,
}

impl Pack<'_, '_> {
    /// Reads an entry; says whether to go on.
    fn entry(&mut self) -> io::Result<bool> {
        let start = self.input.position();
        let (code, size) = self.header()?;
        let base = match code {
            1 => return self.whole(start, Kind::Commit, size),
            2 => return self.whole(start, Kind::Tree, size),
            3 => return self.whole(start, Kind::Blob, size),
            4 => return self.whole(start, Kind::Tag, size),
            6 => {
                let distance = self.distance()?;
                start.checked_sub(distance).and_then(|base| self.bases.at(base))
            }
            7 => {
                let mut name = [0; 32];
                let name = &mut name[..self.hash.len_in_bytes()];
                self.input.read_exact(name).map_err(|error| self.input.alarm().sort(error))?;
                self.bases.named(&ObjectId::from_bytes_or_panic(name))
            }
            _ => return Err(broken("an object's header in it is broken")),
        };
        let name = format!("object@{start}");
        if size > MOST_HELD {
            self.lost(&name, ProblemKind::Limit, "it is a delta that is too large to be put together");
            return self.stream(&name, size);
        }
        let delta = self.inflate(size)?;
        let made =
            base.as_deref().and_then(|base| delta::make(&base.data, &delta, MOST_HELD).map(|data| (base.kind, data)));
        match made {
            Some((kind, data)) => Ok(self.object(start, kind, data)),
            None => {
                let message = "it is a delta of an object that is not here, or not in memory any more: only what it adds is searched";
                self.lost(&name, ProblemKind::Missing, message);
                Ok(self.visitor.member(&member(name.as_bytes()), &mut &*delta))
            }
        }
    }

    fn lost(&mut self, name: &str, kind: ProblemKind, message: &str) {
        self.visitor.trouble(Some(name.as_bytes()), Trouble { kind, message: message.to_owned() });
    }

    /// Reads an object that is kept whole.
    fn whole(&mut self, start: u64, kind: Kind, size: u64) -> io::Result<bool> {
        if size > MOST_HELD {
            return self.stream(&format!("object@{start}"), size);
        }
        let data = self.inflate(size)?;
        Ok(self.object(start, kind, data))
    }

    /// Hands an object over, and keeps it.
    fn object(&mut self, start: u64, kind: Kind, data: Vec<u8>) -> bool {
        let name = gix::objs::compute_hash(self.hash, kind, &data).ok();
        let shown = name.map_or_else(|| format!("object@{start}"), |name| format!("{kind} {name}"));
        let goes_on = self.visitor.member(&member(shown.as_bytes()), &mut &*data);
        self.bases.keep(start, name, Base { kind, data });
        goes_on
    }

    /// Hands an object over as it comes.
    fn stream(&mut self, name: &str, size: u64) -> io::Result<bool> {
        let alarm = self.input.alarm();
        let decoder = Decoder::new(Method::Zlib, &mut *self.input, alarm, self.budget)?;
        let mut content = Exactly::new(decoder, size, || broken(WRONG_LENGTH));
        let goes_on = self.visitor.member(&member(name.as_bytes()), &mut content);
        // Where the next object begins is known only if this one came to its end.
        if goes_on && !content.is_at_end() { Err(super::told()) } else { Ok(goes_on) }
    }

    fn inflate(&mut self, size: u64) -> io::Result<Vec<u8>> {
        let alarm = self.input.alarm();
        let mut decoder = Decoder::new(Method::Zlib, &mut *self.input, alarm, self.budget)?;
        let mut data = Vec::new();
        (&mut decoder).take(size + 1).read_to_end(&mut data)?;
        if data.len() as u64 != size {
            return Err(broken("an object in it does not have the length that it says"));
        }
        Ok(data)
    }

    /// What an entry is, and how many bytes its data become.
    fn header(&mut self) -> io::Result<(u8, u64)> {
        let first = self.byte()?;
        let mut size = u64::from(first & 0x0f);
        let (mut shift, mut last) = (4, first);
        while last & 0x80 != 0 {
            last = self.byte()?;
            size |=
                u64::from(last & 0x7f).checked_shl(shift).ok_or_else(|| broken("an object's size in it is broken"))?;
            shift += 7;
        }
        Ok((first >> 4 & 7, size))
    }

    fn distance(&mut self) -> io::Result<u64> {
        let mut last = self.byte()?;
        let mut distance = u64::from(last & 0x7f);
        while last & 0x80 != 0 {
            last = self.byte()?;
            let next = distance.checked_add(1).and_then(|distance| distance.checked_mul(128));
            distance = next.ok_or_else(|| broken("an object's base in it is broken"))? | u64::from(last & 0x7f);
        }
        Ok(distance)
    }

    fn byte(&mut self) -> io::Result<u8> {
        let byte = self.input.peek(1)?.first().copied().ok_or_else(cut_off)?;
        self.input.consume(1);
        Ok(byte)
    }
}

fn member(name: &[u8]) -> Member<'_> {
    Member { name, link: None, is_alone: false }
}
