//! The values of a page, each on a line of its own, however they are written: what touches a key in a page need not do so in its column.

use std::io::{self, Read};

use super::arrays::{Arrays, are_arrays};
use super::delta::{Form, Texts};
use super::fixed::Fixed;
use super::header::{Encoding, Values};
use super::levels;
use crate::container::budget::{Budget, Room};
use crate::container::trouble::limit;
use crate::container::whole::MOST_BLOCK;
use crate::container::{Member, Visitor};

/// Hands over what is in a page that has `size` bytes; says whether to go on.
///
/// # Errors
/// Its values cannot be parted, or more would be spent than may be.
pub(super) fn hand_over(
    member: &Member<'_>,
    content: &mut dyn Read,
    (size, values): (u64, &Values),
    budget: &Budget,
    visitor: &mut dyn Visitor,
) -> io::Result<bool> {
    if values.encoding == Encoding::Other {
        return Ok(visitor.member(member, &mut Arrays::new(content, size)));
    }
    // One text may have all of its page's bytes.
    let times = if values.encoding == Encoding::Shared { 2 } else { 1 };
    let room = if size <= MOST_BLOCK as u64 { budget.window(times * size).ok() } else { None };
    let Some(room) = room else {
        let mut arrays = Arrays::new(content, size);
        let goes_on = visitor.member(member, &mut arrays);
        if goes_on && (values.encoding != Encoding::Plain || !arrays.are_all() && Fixed::may_be(size, values)) {
            let most = MOST_BLOCK >> 20;
            return Err(limit(format!(
                "its values can only be parted as a whole, which may take no more than {most} MiB: they are searched as they stand"
            )));
        }
        return Ok(goes_on);
    };
    let mut page = Held::take(content, size, room);
    let form = match values.encoding {
        _ if page.failed.is_some() => None,
        Encoding::Lengths => Some(Form::Whole),
        Encoding::Shared => Some(Form::Shared),
        Encoding::Plain if are_arrays(&page.bytes) => None,
        Encoding::Plain | Encoding::Split | Encoding::Other => {
            return Ok(match Fixed::of(&page.bytes, values) {
                // Of which length they are is only a guess.
                Some(mut fixed) => visitor.member(member, &mut fixed) && visitor.again(member, &mut &page.bytes[..]),
                None => visitor.member(member, &mut Arrays::new(&mut page, size)),
            });
        }
    };
    if let Some(form) = form
        && let Some(goes_on) = parted(member, &page.bytes, form, values, budget, visitor)?
    {
        return Ok(goes_on);
    }
    Ok(visitor.member(member, &mut Arrays::new(&mut page, size)))
}

/// Hands over the texts of a page, by each way to read it that fits; none if there is no such way.
fn parted(
    member: &Member<'_>,
    page: &[u8],
    form: Form,
    values: &Values,
    budget: &Budget,
    visitor: &mut dyn Visitor,
) -> io::Result<Option<bool>> {
    let (most, mut goes_on) = (if values.may_have_levels { levels::LISTS } else { 0 }, None);
    for lists in 0..=most {
        let Some((bytes, _)) = levels::behind(page, lists) else { break };
        let Some(mut texts) = Texts::of(bytes, form, values.count, values.may_have_levels, budget)? else { continue };
        goes_on = Some(match goes_on {
            None => visitor.member(member, &mut texts),
            Some(_) => visitor.again(member, &mut texts),
        });
        if goes_on == Some(false) {
            break;
        }
    }
    Ok(goes_on)
}

/// A page that is kept, and what ended its bytes before their end.
struct Held<'b> {
    bytes: Vec<u8>,
    at: usize,
    failed: Option<io::Error>,
    _room: Room<'b>,
}

impl<'b> Held<'b> {
    fn take(content: &mut dyn Read, size: u64, room: Room<'b>) -> Self {
        let mut bytes = Vec::new();
        // Only behind its last byte shows whether it was whole.
        let failed = content.take(size.saturating_add(1)).read_to_end(&mut bytes).err();
        Held { bytes, at: 0, failed, _room: room }
    }
}

impl Read for Held<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = (&self.bytes[self.at..]).read(buffer)?;
        self.at += read;
        match self.failed.take_if(|_| read == 0 && !buffer.is_empty()) {
            Some(error) => Err(error),
            None => Ok(read),
        }
    }
}
