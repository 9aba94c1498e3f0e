//! What comes out of streams whose bytes may have been shuffled before they were compressed: searched as it is, and once more with the bytes in order.

use std::io::{self, Read};

use super::hdf5;
use crate::container::budget::{Budget, Room};
use crate::container::whole::{MOST_BLOCK, too_large};
use crate::container::{Member, Visitor, trouble};

/// Room for so many bytes is made at first, then twice as many each time.
const FIRST: usize = 64 << 10;

/// Hands over a member, and then its bytes as they are in order for elements of each of these `sizes`; says whether to go on.
pub(super) fn member(
    member: &Member<'_>,
    content: impl Read,
    sizes: &[usize],
    budget: &Budget,
    visitor: &mut dyn Visitor,
) -> bool {
    let mut kept = Kept { content, budget, bytes: Vec::new(), room: 0, rooms: Vec::new(), state: State::Open };
    if !visitor.member(member, &mut kept) {
        return false;
    }
    in_order(member, kept, sizes, visitor).unwrap_or_else(|error| {
        if let Some(found) = trouble(&error) {
            visitor.trouble(Some(member.name), found);
        }
        true
    })
}

fn in_order(
    member: &Member<'_>,
    kept: Kept<'_, impl Read>,
    sizes: &[usize],
    visitor: &mut dyn Visitor,
) -> io::Result<bool> {
    let Kept { budget, bytes, state, rooms: _rooms, .. } = kept;
    match state {
        State::Ended => {}
        // What breaks was told, and what nobody wants to the end is not wanted now.
        State::Open => return Ok(true),
        State::Full(error) => return Err(error),
    }
    for &size in sizes {
        // There is one byte more for each element.
        let _room = budget.window((bytes.len() + bytes.len() / size) as u64)?;
        if !visitor.again(member, &mut &hdf5::in_order(&bytes, size)[..]) {
            return Ok(false);
        }
    }
    Ok(true)
}

/// Keeps what is read.
struct Kept<'b, R> {
    content: R,
    budget: &'b Budget,
    bytes: Vec<u8>,
    /// How much room there is for them.
    room: usize,
    rooms: Vec<Room<'b>>,
    state: State,
}

enum State {
    Open,
    Ended,
    /// There is more than may be kept.
    Full(io::Error),
}

impl<R> Kept<'_, R> {
    fn keep(&mut self, bytes: &[u8]) -> io::Result<()> {
        let length = self.bytes.len() + bytes.len();
        if length > MOST_BLOCK {
            return Err(too_large());
        }
        while length > self.room {
            let more = self.room.max(FIRST);
            self.rooms.push(self.budget.window(more as u64)?);
            self.room += more;
        }
        self.bytes.extend_from_slice(bytes);
        Ok(())
    }
}

impl<R: Read> Read for Kept<'_, R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.content.read(buffer)?;
        if let State::Open = self.state {
            if read == 0 && !buffer.is_empty() {
                self.state = State::Ended;
            } else if let Err(error) = self.keep(&buffer[..read]) {
                self.bytes = Vec::new();
                self.rooms.clear();
                self.state = State::Full(error);
            }
        }
        Ok(read)
    }
}
