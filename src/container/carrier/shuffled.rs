//! What comes out of streams whose bytes may have been shuffled before they were compressed: searched as it is, and once more with the bytes in order.

use std::io::{self, Read};

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
        if !visitor.again(member, &mut &elements(&bytes, size)[..]) {
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

/// The elements of a chunk whose bytes were shuffled, each on a line of its own: first come the first bytes of all of them, then the second ones. What
/// is too little for one more stands at the end, as it is.
fn elements(shuffled: &[u8], size: usize) -> Vec<u8> {
    let count = shuffled.len() / size;
    let (bytes, rest) = shuffled.split_at(count * size);
    let mut ordered = vec![b'\n'; count * (size + 1)];
    for (at, of_all) in bytes.chunks_exact(count.max(1)).enumerate() {
        for (element, &byte) in ordered[at..].iter_mut().step_by(size + 1).zip(of_all) {
            *element = byte;
        }
    }
    ordered.extend_from_slice(rest);
    ordered
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn elements_are_put_in_order() {
        assert_eq!(elements(b"adgbehcfi", 3), b"abc\ndef\nghi\n");
        assert_eq!(elements(b"adgbehcfi+", 3), b"abc\ndef\nghi\n+");
        assert_eq!(elements(b"ab", 3), b"ab");
        assert_eq!(elements(b"", 16), b"");
    }
}
