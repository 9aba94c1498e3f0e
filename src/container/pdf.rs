//! PDF documents: the deflated streams in them, found by the word that each begins with and by their own header, also where that is in
//! ASCII85, as ReportLab writes them.

use std::io::{self, BufRead};

use super::ascii85::{self, Ascii85};
use super::budget::Budget;
use super::decode::{Decoder, Method};
use super::input::Input;
use super::lenient::Lenient;
use super::trouble::broken;
use super::{Member, Visitor};

const STREAM: &[u8] = b"stream";

/// The longest end of the line behind that.
const LINE: usize = 2;

/// What a document has whose streams cannot be read without a key.
const ENCRYPT: &[u8] = b"/Encrypt";

/// How many bytes have to come out before an error means that a stream is broken, and not that it is none.
const PROOF: u64 = 64;

/// Reads a document's streams.
pub(super) fn read(input: &mut Input<'_>, budget: &Budget, visitor: &mut dyn Visitor) -> io::Result<()> {
    let mut is_encrypted = false;
    loop {
        let window = input.window(STREAM.len() + 4)?;
        if window.len() < STREAM.len() {
            break;
        }
        let found = memchr::memmem::find(window, STREAM);
        let passed = found.unwrap_or(window.len() + 1 - ENCRYPT.len().min(window.len()));
        // A word that is cut by the end of what is there comes whole next time.
        is_encrypted |= memchr::memmem::find(&window[..(passed + ENCRYPT.len()).min(window.len())], ENCRYPT).is_some();
        input.consume(passed.max(1));
        if found.is_some() && !stream(input, budget, visitor)? {
            return Ok(());
        }
    }
    if is_encrypted { Err(broken("it is encrypted")) } else { Ok(()) }
}

/// How the stream behind a word may be packed.
#[derive(Clone, Copy)]
enum Packed {
    Flate,
    /// In ASCII85.
    Ascii85,
}

/// Reads the stream that may begin with the word that comes next; says whether to go on.
fn stream(input: &mut Input<'_>, budget: &Budget, visitor: &mut dyn Visitor) -> io::Result<bool> {
    let next = input.peek(STREAM.len() + LINE + ascii85::GROUP)?;
    let next = next.get(STREAM.len()..).unwrap_or_default();
    let line = if next.starts_with(b"\r\n") { LINE } else { 1 };
    let begins = next.first().is_some_and(|byte| b"\r\n".contains(byte));
    let Some(packed) = next.get(line..).filter(|_| begins).and_then(packed) else {
        input.skip(1)?;
        return Ok(true);
    };
    input.skip((STREAM.len() + line) as u64)?;
    let name = format!("stream@{}", input.position());
    let member = Member { name: name.as_bytes(), link: None, is_alone: false };
    let alarm = input.alarm();
    Ok(match packed {
        Packed::Flate => {
            let decoder = Decoder::new(Method::Zlib, &mut *input, alarm, budget)?;
            visitor.member(&member, &mut Lenient::new(decoder, PROOF))
        }
        Packed::Ascii85 => {
            let decoder = Decoder::new(Method::Zlib, Ascii85::new(input), alarm, budget)?;
            visitor.member(&member, &mut Lenient::new(decoder, PROOF))
        }
    })
}

/// How a stream is packed that begins so, if it is.
fn packed(begin: &[u8]) -> Option<Packed> {
    if let [first, second, ..] = begin
        && is_zlib(*first, *second)
    {
        return Some(Packed::Flate);
    }
    let group = begin.get(..ascii85::GROUP).filter(|group| group.iter().all(|byte| (b'!'..=b'u').contains(byte)))?;
    let [first, second, ..] = ascii85::group(group);
    is_zlib(first, second).then_some(Packed::Ascii85)
}

/// Whether a zlib stream begins so: deflate, a window that exists, no dictionary, and a sum that fits.
fn is_zlib(first: u8, second: u8) -> bool {
    first & 0x0f == 8 && first >> 4 <= 7 && second & 0x20 == 0 && u16::from_be_bytes([first, second]).is_multiple_of(31)
}
