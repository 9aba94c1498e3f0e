//! One member of a gzip file: deflate between a header and a checksum (RFC 1952).
//!
//! The inflater's own counter is asked how much it wrote before it came to what is broken, which a ready-made reader of gzip hides.

use std::io::{self, BufRead, Read};

use crc32fast::Hasher;
use flate2::bufread::DeflateDecoder;

use super::salvage::Counted;
use super::trouble::broken;

/// What a header may have, as bits of its flags; those above are reserved.
const HAS_CHECKSUM: u8 = 1 << 1;
const HAS_EXTRA: u8 = 1 << 2;
const HAS_NAME: u8 = 1 << 3;
const HAS_COMMENT: u8 = 1 << 4;
const RESERVED: u8 = 0b1110_0000;

/// Reads one member; its checksum and its size are compared with what came out.
pub(super) struct Member<S: BufRead> {
    inflater: Counted<DeflateDecoder<S>>,
    hasher: Hasher,
    /// How many bytes came out, as the trailer counts them.
    size: u32,
    has_ended: bool,
}

impl<S: BufRead> Member<S> {
    /// The member that begins where `source` stands.
    ///
    /// # Errors
    /// Its header is broken or cut off, or cannot be read.
    pub(super) fn open(mut source: S) -> io::Result<Self> {
        header(&mut source)?;
        let inflater = Counted::new(DeflateDecoder::new(source), DeflateDecoder::total_out);
        Ok(Member { inflater, hasher: Hasher::new(), size: 0, has_ended: false })
    }

    /// What it read from.
    pub(super) fn into_source(self) -> S {
        self.inflater.into_inner().into_inner()
    }
}

impl<S: BufRead> Read for Member<S> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.has_ended || buffer.is_empty() {
            return Ok(0);
        }
        let read = self.inflater.read(buffer)?;
        self.hasher.update(&buffer[..read]);
        self.size = self.size.wrapping_add(read as u32);
        if read == 0 {
            self.has_ended = true;
            let mut said = [0; 8];
            self.inflater.inner_mut().get_mut().read_exact(&mut said)?;
            let is = [self.hasher.clone().finalize().to_le_bytes(), self.size.to_le_bytes()];
            if said != *is.as_flattened() {
                return Err(broken("its checksum or its size is wrong"));
            }
        }
        Ok(read)
    }
}

/// Lets a header go by.
fn header(source: &mut impl BufRead) -> io::Result<()> {
    let mut hasher = Hasher::new();
    let mut take = |source: &mut dyn BufRead, count: usize| -> io::Result<[u8; 10]> {
        let mut bytes = [0; 10];
        source.read_exact(&mut bytes[..count])?;
        hasher.update(&bytes[..count]);
        Ok(bytes)
    };
    let head = take(source, 10)?;
    let flags = head[3];
    if head[..3] != [0x1f, 0x8b, 8] || flags & RESERVED != 0 {
        return Err(broken("its gzip header is broken"));
    }
    if flags & HAS_EXTRA != 0 {
        let length = take(source, 2)?;
        for _ in 0..u16::from_le_bytes([length[0], length[1]]) {
            take(source, 1)?;
        }
    }
    for field in [HAS_NAME, HAS_COMMENT] {
        while flags & field != 0 && take(source, 1)?[0] != 0 {}
    }
    if flags & HAS_CHECKSUM != 0 {
        let is = hasher.finalize() as u16;
        let mut said = [0; 2];
        source.read_exact(&mut said)?;
        if u16::from_le_bytes(said) != is {
            return Err(broken("its gzip header is broken"));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Some text, deflated and then written as a member with this header.
    fn member(head: &[u8]) -> Vec<u8> {
        let text = b"some text";
        let mut hasher = Hasher::new();
        hasher.update(text);
        // One block that is stored, and the last.
        let stored = [&[1, 9, 0, 0xf6, 0xff][..], text].concat();
        [head, &stored, &hasher.finalize().to_le_bytes(), &9u32.to_le_bytes()].concat()
    }

    #[test]
    fn headers_of_every_kind_go_by() {
        let head = |flags: u8, rest: &[u8]| [&[0x1f, 0x8b, 8, flags, 1, 2, 3, 4, 0, 3][..], rest].concat();
        let checked = |flags: u8, rest: &[u8]| {
            let head = head(flags, rest);
            let sum = crc32fast::hash(&head) as u16;
            [&head[..], &sum.to_le_bytes()].concat()
        };
        for head in [
            head(0, b""),
            head(1, b""),
            head(HAS_NAME, b"name\0"),
            head(HAS_COMMENT, b"\0"),
            head(HAS_EXTRA, b"\x03\0abc"),
            head(HAS_EXTRA | HAS_NAME | HAS_COMMENT, b"\0\0name\0comment\0"),
            checked(HAS_CHECKSUM, b""),
            checked(HAS_CHECKSUM | HAS_EXTRA | HAS_NAME, b"\x01\0anm\0"),
        ] {
            let bytes = [&member(&head)[..], b"behind"].concat();
            let mut member = Member::open(&bytes[..]).unwrap();
            let mut text = Vec::new();
            member.read_to_end(&mut text).unwrap();
            assert_eq!((&text[..], member.into_source()), (&b"some text"[..], &b"behind"[..]), "{head:?}");
        }
        let mut wrong = checked(HAS_CHECKSUM, b"");
        wrong[11] ^= 1;
        for head in [head(0x20, b""), head(0x80, b""), wrong, b"\x1f\x8b\x09 and more".to_vec(), head(HAS_NAME, b"cut")]
        {
            assert!(Member::open(&head[..]).is_err(), "{head:?}");
        }
    }

    #[test]
    fn what_came_out_is_compared_with_the_trailer() {
        let bytes = member(&[0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3]);
        for at in bytes.len() - 8..bytes.len() {
            let mut bytes = bytes.clone();
            bytes[at] ^= 1;
            let mut text = Vec::new();
            assert!(Member::open(&bytes[..]).unwrap().read_to_end(&mut text).is_err());
            assert_eq!(text, b"some text");
        }
    }
}
