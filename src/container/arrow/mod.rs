//! Arrow's files and streams, Feather among them: messages, each with the buffers of columns behind it, which may be compressed one by one
//! (Arrow columnar format, "Serialization and Interprocess Communication").

mod flat;
mod message;
mod values;

use std::io::{self, Read};

use super::budget::Budget;
use super::decode::Method;
use super::filled::Filled;
use super::input::{Exact, Input, Part};
use super::trouble::{broken, cut_off, limit};
use super::{Member, Visitor, trouble};
use message::{Batch, Codec, Message};
use values::{Lines, Places};

/// What a file begins with, and, without the zeros, ends with.
const MAGIC: &[u8] = b"ARROW1\0\0";
const END: &[u8] = b"ARROW1";

/// What a message begins with; old ones do not.
const MARK: [u8; 4] = [0xff; 4];

/// The longest message, in bytes: hundreds of thousands of columns.
const LONGEST_MESSAGE: u64 = 16 << 20;

/// How many bytes a compressed buffer begins with that say how many it becomes; less than none if it is not compressed.
const SIZE: usize = 8;

/// How many bytes are kept for each of a buffer that may say where values begin: itself, and the places.
const KEPT: u64 = 4;

/// Whether a content is a file of Arrow, or a stream: that begins with a schema.
pub(super) fn is_arrow(head: &[u8]) -> bool {
    head.starts_with(MAGIC) || is_stream(head)
}

fn is_stream(head: &[u8]) -> bool {
    /// The shortest message, and how far into it its table begins.
    const SHORTEST: u32 = 16;
    const NEAR: usize = 64;
    let Some((sizes, message)) = head.strip_prefix(&MARK).and_then(|rest| rest.split_first_chunk::<4>()) else {
        return false;
    };
    let length = u32::from_le_bytes(*sizes);
    let begins_near = message.first_chunk().is_some_and(|place| (u32::from_le_bytes(*place) as usize) < NEAR);
    let is_sized = u64::from(length) <= LONGEST_MESSAGE && length >= SHORTEST && length.is_multiple_of(8);
    is_sized && begins_near && message::read(message).is_some_and(|message| message.is_schema && message.body == 0)
}

/// Reads all buffers.
pub(super) fn read(input: &mut Input<'_>, budget: &Budget, visitor: &mut dyn Visitor) -> io::Result<()> {
    let is_file = input.peek(MAGIC.len())?.starts_with(MAGIC);
    if is_file {
        input.skip(MAGIC.len() as u64)?;
    }
    loop {
        // Much that hands nothing over may follow each other.
        budget.spend(0)?;
        let position = input.position();
        let Some(message) = next(input, budget)? else { break };
        let message = message::read(&message).ok_or_else(|| no_message(position))?;
        let end = input.position().saturating_add(message.body);
        if let Some(batch) = &message.batch
            && !buffers(&message, batch, input, budget, visitor)?
        {
            return Ok(());
        }
        if !input.skip(end.saturating_sub(input.position()))? {
            return Err(cut_off());
        }
    }
    // Behind the messages of a file stands what else finds them.
    if !is_file || input.last(END.len())? == END { Ok(()) } else { Err(cut_off()) }
}

/// The bytes of the next message; none at the end.
fn next(input: &mut Input<'_>, budget: &Budget) -> io::Result<Option<Vec<u8>>> {
    let head = input.peek(MARK.len())?;
    if head.is_empty() {
        return Ok(None);
    }
    if head == MARK {
        input.skip(MARK.len() as u64)?;
    }
    let position = input.position();
    let Ok(length) = <[u8; 4]>::try_from(&input.take_up_to(4)?[..]) else { return Err(cut_off()) };
    let length = u64::try_from(i32::from_le_bytes(length)).map_err(|_| no_message(position))?;
    if length == 0 {
        return Ok(None);
    }
    if length > LONGEST_MESSAGE {
        let most = LONGEST_MESSAGE >> 20;
        return Err(limit(format!("the message at byte {position} says that it has more than {most} MiB")));
    }
    let _room = budget.window(length)?;
    let bytes = input.take_up_to(length as usize)?;
    if (bytes.len() as u64) < length { Err(cut_off()) } else { Ok(Some(bytes)) }
}

/// Hands over the buffers of a batch; says whether to go on.
fn buffers(
    message: &Message,
    batch: &Batch,
    input: &mut Input<'_>,
    budget: &Budget,
    visitor: &mut dyn Visitor,
) -> io::Result<bool> {
    let begin = input.position();
    let mut places = Places::default();
    for (number, &(start, length)) in batch.buffers.iter().enumerate() {
        if start.checked_add(length).is_none_or(|end| end > message.body) {
            return Err(no_message(begin));
        }
        let start = begin.saturating_add(start);
        // What several columns share was read with the first.
        if length == 0 || start < input.position() {
            continue;
        }
        if !input.skip(start - input.position())? {
            return Err(cut_off());
        }
        if !buffer((batch, number, length), &mut places, input, budget, visitor)? {
            return Ok(false);
        }
        if !input.skip((start + length).saturating_sub(input.position()))? {
            return Err(cut_off());
        }
    }
    Ok(true)
}

/// Hands over the next buffer, of `length` bytes; says whether to go on.
fn buffer<'b>(
    (batch, number, length): (&Batch, usize, u64),
    places: &mut Places<'b>,
    input: &mut Input<'_>,
    budget: &'b Budget,
    visitor: &mut dyn Visitor,
) -> io::Result<bool> {
    let name = format!("buffer@{}", input.position());
    let member = Member { name: name.as_bytes(), link: None, is_alone: false };
    let (size, mut content) = match content(batch.codec, length, input, budget) {
        Ok(content) => content,
        Err(error) => {
            visitor.trouble(Some(member.name), trouble(&error).ok_or(error)?);
            return Ok(true);
        }
    };
    let begins = places.of(batch, number, size);
    if !Places::may_be(size) {
        return Ok(visitor.member(&member, &mut Lines::new(content, begins)));
    }
    let room = budget.window(KEPT * size)?;
    let mut bytes = Vec::new();
    match content.by_ref().take(size).read_to_end(&mut bytes) {
        Ok(_) => {
            // There is nothing more, unless the size is wrong.
            let goes_on = visitor.member(&member, &mut Lines::new(bytes.chain(content), begins));
            places.keep(batch, number, bytes, room);
            Ok(goes_on)
        }
        Err(error) => {
            let goes_on = visitor.member(&member, &mut Lines::new(&bytes[..], begins));
            visitor.trouble(Some(member.name), trouble(&error).ok_or(error)?);
            Ok(goes_on)
        }
    }
}

/// What is in a buffer of `length` bytes, and how many bytes that are.
fn content<'b>(
    codec: Codec,
    mut length: u64,
    input: &'b mut Input<'_>,
    budget: &'b Budget,
) -> io::Result<(u64, Box<dyn Read + 'b>)> {
    let mut size = length;
    let mut method = None;
    if codec != Codec::None {
        let said = input.take_up_to(SIZE.min(usize::try_from(length).unwrap_or(SIZE)))?;
        let said = i64::from_le_bytes(said.try_into().map_err(|_| cut_off())?);
        length -= SIZE as u64;
        size = length;
        if let Ok(said) = u64::try_from(said) {
            size = said;
            method = Some(match codec {
                Codec::Lz4 => Method::Lz4,
                Codec::Zstd => Method::Zstd,
                _ => return Err(broken("it is compressed in a way that gridleaks does not know")),
            });
        }
    }
    let alarm = input.alarm();
    Ok(match method {
        Some(_) if size == 0 && length == 0 => (0, Box::new(io::empty())),
        Some(method) => (size, Box::new(Filled::new(method, Part::new(input, length), alarm, budget)?)),
        None => (size, Box::new(Exact::new(input, length))),
    })
}

fn no_message(position: u64) -> io::Error {
    broken(&format!("what stands at byte {position} is no message: what follows may be lost"))
}
