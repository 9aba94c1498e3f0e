//! ORC files, which are not opened: whether their stripes are compressed stands at their end, and if they are, that is to be told
//! (ORC specification v1, "Postscript").

use std::io;

use super::input::Input;
use super::trouble::broken;
use super::varint;

/// What a file begins with, and what its last part says.
const MAGIC: &[u8] = b"ORC";

/// How many bytes the last part has at most, with the one that says how many.
const TAIL: usize = 256;

/// Whether a content is a file of ORC: what follows the letters is no text.
pub(super) fn is_orc(head: &[u8]) -> bool {
    let is_binary = |byte: &u8| byte.is_ascii_control() && !byte.is_ascii_whitespace();
    head.starts_with(MAGIC) && head[MAGIC.len()..].iter().take(16).any(is_binary)
}

/// Looks at a file's end.
pub(super) fn read(input: &mut Input<'_>) -> io::Result<()> {
    match compression(&input.last(TAIL)?) {
        Some(0) => Ok(()),
        Some(_) => Err(broken("it is an ORC file with compressed stripes, which gridleaks cannot open")),
        None => {
            Err(broken("it begins as an ORC file and does not end as one: what is compressed in it cannot be opened"))
        }
    }
}

/// The number of the compression, which is none if it is zero, in the message that stands before its length at the end.
fn compression(tail: &[u8]) -> Option<u64> {
    /// The numbers of fields that are whole, and how they are written: a number, and bytes behind their length.
    const COMPRESSION: u64 = 2 << 3;
    const OWN_MAGIC: u64 = 8000 << 3 | 2;
    let (&length, rest) = tail.split_last()?;
    let mut message = rest.get(rest.len().checked_sub(usize::from(length))?..)?;
    let (mut compression, mut has_magic) = (0, false);
    while !message.is_empty() {
        let field = number(&mut message)?;
        let value = number(&mut message)?;
        match field & 7 {
            0 if field == COMPRESSION => compression = value,
            0 => {}
            2 => {
                let (bytes, rest) = message.split_at_checked(usize::try_from(value).ok()?)?;
                has_magic |= field == OWN_MAGIC && bytes == MAGIC;
                message = rest;
            }
            _ => return None,
        }
    }
    has_magic.then_some(compression)
}

/// The number that a message goes on with.
fn number(message: &mut &[u8]) -> Option<u64> {
    varint::unsigned(|| message.split_off_first().copied().ok_or(())).ok()?
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whether_it_is_compressed_stands_at_the_end() {
        // The length of the footer, the compression and its block, versions, of the metadata, of the writer, and the magic.
        let tail = |compression: u8| {
            let message =
                [&[8, 0x85, 1, 16, compression, 24, 0x80, 0x80, 4, 34, 2, 0, 12, 40, 9][..], b"\x82\xf4\x03\x03ORC"]
                    .concat();
            [&b"what stands before"[..], &message, &[message.len() as u8]].concat()
        };
        assert_eq!((compression(&tail(0)), compression(&tail(5))), (Some(0), Some(5)));
        let told = |compression| {
            let bytes = [&b"ORC\x01"[..], &[7; 100_000], &tail(compression)].concat();
            assert!(is_orc(&bytes));
            read(&mut Input::new(&mut &bytes[..])).err().map(|error| error.to_string())
        };
        assert_eq!(told(0), None);
        assert!(told(1).unwrap().contains("compressed stripes"));
        for other in [&b""[..], b"\0", b"\x09short", b"ORC\x03", &tail(1)[..30]] {
            assert_eq!(compression(other), None, "{}", other.escape_ascii());
        }
        assert!(!is_orc(b"ORC is a format, and an orc is none.") && is_orc(b"ORC\x0a\x03\0"));
    }
}
