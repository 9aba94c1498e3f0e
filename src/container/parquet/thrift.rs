//! Thrift's compact protocol, as far as it is needed to go through a struct: fields by their numbers, and what is not known goes by.

use std::io::{self, BufRead};

use crate::container::varint;

/// What a field or an item may be (thrift-compact-protocol.md, "Struct encoding").
pub(super) const TRUE: u8 = 1;
pub(super) const FALSE: u8 = 2;
pub(super) const I32: u8 = 5;
pub(super) const I64: u8 = 6;
const DOUBLE: u8 = 7;
pub(super) const BINARY: u8 = 8;
pub(super) const LIST: u8 = 9;
const SET: u8 = 10;
const MAP: u8 = 11;
pub(super) const STRUCT: u8 = 12;
const UUID: u8 = 13;

/// How deep structs and lists may lie in each other.
const DEEPEST: u32 = 32;

/// A field: its number and what it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Field {
    pub(super) number: i16,
    pub(super) kind: u8,
}

/// Reads structs, and counts the bytes of them.
pub(super) struct Thrift<S> {
    source: S,
    pub(super) taken: u64,
}

impl<S: BufRead> Thrift<S> {
    pub(super) fn new(source: S) -> Self {
        Thrift { source, taken: 0 }
    }

    fn byte(&mut self) -> io::Result<u8> {
        let &byte = self.source.fill_buf()?.first().ok_or(io::ErrorKind::UnexpectedEof)?;
        self.source.consume(1);
        self.taken += 1;
        Ok(byte)
    }

    fn bytes(&mut self, mut count: u64) -> io::Result<()> {
        while count > 0 {
            let there = self.source.fill_buf()?.len() as u64;
            if there == 0 {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
            let step = there.min(count);
            self.source.consume(step as usize);
            self.taken += step;
            count -= step;
        }
        Ok(())
    }

    fn unsigned(&mut self) -> io::Result<u64> {
        varint::unsigned(|| self.byte())?.ok_or_else(broken)
    }

    /// The value of a field that is a number.
    pub(super) fn number(&mut self) -> io::Result<i64> {
        self.unsigned().map(varint::signed)
    }

    /// The next field of a struct, behind the one of the number `last`; none at its end.
    pub(super) fn field(&mut self, last: &mut i16) -> io::Result<Option<Field>> {
        let head = self.byte()?;
        if head == 0 {
            return Ok(None);
        }
        let step = i16::from(head >> 4);
        let number = match step {
            0 => i16::try_from(self.number()?).map_err(|_| broken())?,
            _ => last.checked_add(step).ok_or_else(broken)?,
        };
        *last = number;
        Ok(Some(Field { number, kind: head & 0x0f }))
    }

    /// What the items of a list are, and how many follow.
    pub(super) fn list(&mut self) -> io::Result<(u8, u64)> {
        let head = self.byte()?;
        let count = match head >> 4 {
            15 => self.unsigned()?,
            count => u64::from(count),
        };
        Ok((head & 0x0f, count))
    }

    /// Lets the value of a field go by.
    pub(super) fn skip(&mut self, kind: u8) -> io::Result<()> {
        match kind {
            // A field says in its head which it is.
            TRUE | FALSE => Ok(()),
            kind => self.value(kind, 0),
        }
    }

    /// Lets a struct go by.
    pub(super) fn skip_struct(&mut self) -> io::Result<()> {
        self.value(STRUCT, 0)
    }

    /// Lets an item go by.
    fn value(&mut self, kind: u8, depth: u32) -> io::Result<()> {
        if depth > DEEPEST {
            return Err(broken());
        }
        match kind {
            TRUE | FALSE | 3 => self.bytes(1),
            4..=I64 => self.unsigned().map(|_| ()),
            DOUBLE => self.bytes(8),
            UUID => self.bytes(16),
            BINARY => {
                let length = self.unsigned()?;
                self.bytes(length)
            }
            LIST | SET => {
                let (kind, count) = self.list()?;
                (0..count).try_for_each(|_| self.value(kind, depth + 1))
            }
            MAP => {
                let count = self.unsigned()?;
                let kinds = if count == 0 { 0 } else { self.byte()? };
                (0..count).try_for_each(|_| {
                    self.value(kinds >> 4, depth + 1)?;
                    self.value(kinds & 0x0f, depth + 1)
                })
            }
            STRUCT => {
                let mut last = 0;
                while let Some(Field { kind, .. }) = self.field(&mut last)? {
                    if kind != TRUE && kind != FALSE {
                        self.value(kind, depth + 1)?;
                    }
                }
                Ok(())
            }
            _ => Err(broken()),
        }
    }
}

fn broken() -> io::Error {
    io::ErrorKind::InvalidData.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A struct with a field of each kind.
    const ALL: &[u8] = b"\x11\x12\x13\x07\x14\x08\x15\xac\x02\x16\x01\x17doubles!\x18\x03abc\x19\x25\x02\x04\x1a\x13\x07\x1b\x01\x58\x02\x01x\
        \x1c\x15\x02\0\x19\xf1\x10\x01\x01\x01\x01\x01\x01\x01\x01\x01\x01\x01\x01\x01\x01\x01\x01\x1bd\0\x05\x80\x02\x02\0";

    #[test]
    fn every_kind_of_field_goes_by() {
        // An empty map has no byte for its kinds.
        let bytes = [&ALL.replace_map()[..], b"behind"].concat();
        let mut thrift = Thrift::new(&bytes[..]);
        thrift.skip_struct().unwrap();
        assert_eq!((thrift.taken as usize, thrift.source), (bytes.len() - 6, &b"behind"[..]));
        for end in 0..bytes.len() - 6 {
            let error = Thrift::new(&bytes[..end]).skip_struct().unwrap_err();
            assert_eq!(error.kind(), io::ErrorKind::UnexpectedEof, "{end}");
        }
    }

    trait Replace {
        fn replace_map(&self) -> Vec<u8>;
    }

    impl Replace for [u8] {
        fn replace_map(&self) -> Vec<u8> {
            let at = self.windows(3).position(|bytes| bytes == b"\x1bd\0").unwrap();
            [&self[..at], b"\x1b\0", &self[at + 3..]].concat()
        }
    }

    #[test]
    fn fields_have_numbers() {
        let mut thrift = Thrift::new(&b"\x15\x02\x05\xc8\x01\x03\x12\0"[..]);
        let mut last = 0;
        assert_eq!(thrift.field(&mut last).unwrap(), Some(Field { number: 1, kind: I32 }));
        assert_eq!(thrift.number().unwrap(), 1);
        assert_eq!(thrift.field(&mut last).unwrap(), Some(Field { number: 100, kind: I32 }));
        assert_eq!(thrift.number().unwrap(), -2);
        assert_eq!(thrift.field(&mut last).unwrap(), Some(Field { number: 101, kind: FALSE }));
        assert_eq!(thrift.field(&mut last).unwrap(), None);
    }

    #[test]
    fn what_is_no_struct_is_broken_and_none_is_too_deep() {
        for bytes in [&b"\x1e"[..], b"\x1f", b"\x19\x10\0", b"\x15\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff"] {
            let bytes = [bytes, &[0; 20]].concat();
            let error = Thrift::new(&bytes[..]).skip_struct().unwrap_err();
            assert_eq!(error.kind(), io::ErrorKind::InvalidData, "{bytes:?}");
        }
        for (depth, is_read) in [(32, true), (33, false)] {
            let bytes = [vec![0x1c; depth], vec![0; depth + 1]].concat();
            assert_eq!(Thrift::new(&bytes[..]).skip_struct().is_ok(), is_read, "{depth}");
        }
    }
}
