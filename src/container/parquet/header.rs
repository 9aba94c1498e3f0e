//! What stands between Parquet's pages: their headers, and what else may (parquet.thrift).

use std::io;

use super::thrift::{Field, I32, LIST, STRUCT, TRUE, Thrift};

/// What comes next in a file.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Next {
    Page(Page),
    /// A filter of so many bytes, behind its header.
    Filter(u64),
    /// The metadata of the whole file, which is the last.
    Footer,
    /// Another struct: what a chunk of a column is, or where its pages are.
    Other,
    /// No struct.
    None,
    /// More bytes have to be looked at.
    Open,
}

/// What a page's header says; sizes in bytes.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Page {
    /// Of the header itself.
    pub(super) header: u64,
    pub(super) unpacked: u64,
    pub(super) packed: u64,
    /// How many of both stand in front and are not compressed.
    pub(super) levels: u64,
    pub(super) is_compressed: bool,
    pub(super) values: Values,
}

/// What a page's header says of its values.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Values {
    pub(super) encoding: Encoding,
    /// How many there are; where levels stand before them, those that are null and those of empty lists count.
    pub(super) count: u64,
    /// Whether levels may stand before them, in what may be compressed.
    pub(super) may_have_levels: bool,
}

/// How values are written (parquet.thrift, `Encoding`).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) enum Encoding {
    Plain,
    /// `DELTA_LENGTH_BYTE_ARRAY`: all lengths, then all texts.
    Lengths,
    /// `DELTA_BYTE_ARRAY`: how much each text shares with the one before, then what it does not.
    Shared,
    /// `BYTE_STREAM_SPLIT`: the first bytes of all values, then the second ones.
    Split,
    /// One in which no texts are.
    #[default]
    Other,
}

impl Encoding {
    fn of(number: i64) -> Self {
        match number {
            0 => Encoding::Plain,
            6 => Encoding::Lengths,
            7 => Encoding::Shared,
            9 => Encoding::Split,
            _ => Encoding::Other,
        }
    }
}

/// What `head` begins with.
pub(super) fn next(head: &[u8]) -> Next {
    match read(head) {
        Ok(next) => next,
        Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => Next::Open,
        Err(_) => Next::None,
    }
}

fn read(head: &[u8]) -> io::Result<Next> {
    let mut thrift = Thrift::new(head);
    let mut last = 0;
    let first = thrift.field(&mut last)?;
    let Some(Field { number: 1, kind: I32 }) = first else {
        // Each of these has few fields, and begins with its first or its second.
        let is_known = matches!(first, None | Some(Field { number: 1..=3, .. }));
        return Ok(if is_known { Next::Other } else { Next::None });
    };
    let kind = thrift.number()?;
    match thrift.field(&mut last)? {
        Some(Field { number: 2, kind: I32 }) => page(thrift, kind, last),
        Some(Field { number: 2, kind: STRUCT }) => Ok(u64::try_from(kind).map_or(Next::None, Next::Filter)),
        Some(Field { number: 2, kind: LIST }) => {
            let (items, _) = thrift.list()?;
            Ok(if items == STRUCT { Next::Footer } else { Next::Other })
        }
        _ => Ok(Next::None),
    }
}

/// Reads a page's header from the value of its second field on.
fn page(mut thrift: Thrift<&[u8]>, kind: i64, mut last: i16) -> io::Result<Next> {
    let (unpacked, mut packed, mut own) = (thrift.number()?, -1, None);
    while let Some(field) = thrift.field(&mut last)? {
        match field {
            Field { number: 3, kind: I32 } => packed = thrift.number()?,
            Field { number: number @ 5..=8, kind: STRUCT } if i64::from(number) == kind + 5 => {
                own =
                    Some(if number == 8 { second_version(&mut thrift)? } else { first_version(&mut thrift, number)? });
            }
            other => thrift.skip(other.kind)?,
        }
    }
    let Some(own) = own else { return Ok(Next::None) };
    let sizes = (u64::try_from(unpacked), u64::try_from(packed), u64::try_from(own.levels));
    let (Ok(unpacked), Ok(packed), Ok(levels)) = sizes else { return Ok(Next::None) };
    if levels > packed || levels > unpacked {
        return Ok(Next::None);
    }
    let (is_compressed, values) = (own.is_compressed, own.values);
    Ok(Next::Page(Page { header: thrift.taken, unpacked, packed, levels, is_compressed, values }))
}

/// What the part of a header says that is of one kind of pages alone.
struct Own {
    levels: i64,
    is_compressed: bool,
    values: Values,
}

/// That of a page of the first version, or of a dictionary, which has no levels.
fn first_version(thrift: &mut Thrift<&[u8]>, number: i16) -> io::Result<Own> {
    let (mut values, mut last) = (Values { may_have_levels: number == 5, ..Values::default() }, 0);
    while let Some(field) = thrift.field(&mut last)? {
        match field {
            Field { number: 1, kind: I32 } => values.count = count(thrift.number()?),
            Field { number: 2, kind: I32 } => values.encoding = Encoding::of(thrift.number()?),
            other => thrift.skip(other.kind)?,
        }
    }
    if number == 7 {
        // An older name says that what refers to it does so by numbers; its own values are plain.
        values.encoding = Encoding::Plain;
    }
    Ok(Own { levels: 0, is_compressed: true, values })
}

/// How many values a number says, of which the format has no more than 31 bits.
fn count(number: i64) -> u64 {
    i32::try_from(number).ok().and_then(|number| u64::try_from(number).ok()).unwrap_or(0)
}

/// That of a page of the second version: how many bytes it has in front that are not compressed, and whether the others are.
fn second_version(thrift: &mut Thrift<&[u8]>) -> io::Result<Own> {
    let (mut levels, mut is_compressed, mut last) = (0i64, true, 0);
    let (mut count, mut nulls, mut encoding) = (0, 0, Encoding::Other);
    while let Some(field) = thrift.field(&mut last)? {
        match field {
            Field { number: 1, kind: I32 } => count = thrift.number()?,
            Field { number: 2, kind: I32 } => nulls = thrift.number()?,
            Field { number: 4, kind: I32 } => encoding = Encoding::of(thrift.number()?),
            Field { number: 5 | 6, kind: I32 } => {
                let length = thrift.number()?;
                levels = if length < 0 { -1 } else { levels.saturating_add(length) };
            }
            Field { number: 7, kind } => {
                is_compressed = kind == TRUE;
                thrift.skip(kind)?;
            }
            other => thrift.skip(other.kind)?,
        }
    }
    let count = self::count(count.saturating_sub(nulls));
    Ok(Own { levels, is_compressed, values: Values { encoding, count, may_have_levels: false } })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_are_told_from_what_else_there_is() {
        let page = |unpacked, packed, levels, is_compressed, header| {
            let values = Values { encoding: Encoding::Plain, count: 1, may_have_levels: levels == 0 && header == 19 };
            Next::Page(Page { header, unpacked, packed, levels, is_compressed, values })
        };
        for (head, expected) in [
            // A page of data with a checksum, one of a dictionary, and two of the second version.
            (&b"\x15\0\x15\x28\x15\x14\x15\x7f\x1c\x15\x02\x15\0\x15\x06\x15\x06\0\0"[..], page(20, 10, 0, true, 19)),
            (b"\x15\x04\x15\x06\x15\x06\x4c\x15\x02\x15\0\0\0", page(3, 3, 0, true, 13)),
            (
                b"\x15\x06\x15\x28\x15\x14\x5c\x15\x02\x15\0\x15\x02\x15\0\x15\x04\x15\x06\x11\0\0",
                page(20, 10, 5, true, 22),
            ),
            (
                b"\x15\x06\x15\x28\x15\x28\x5c\x15\x02\x15\0\x15\x02\x15\0\x15\x04\x15\0\x12\0\0",
                page(20, 20, 2, false, 22),
            ),
            // Of a kind that has another struct; with no size; with levels that are longer than it.
            (b"\x15\x02\x15\x06\x15\x06\x4c\x15\x02\x15\0\0\0", Next::None),
            (b"\x15\x04\x15\x06\x5c\x15\x02\x15\0\0\0", Next::None),
            (b"\x15\x04\x15\x05\x15\x06\x4c\x15\x02\x15\0\0\0", Next::None),
            (b"\x15\x06\x15\x28\x15\x14\x5c\x55\x16\x11\0\0\0", Next::None),
            // Metadata of a file and of a chunk, where pages are, a filter, nothing.
            (b"\x15\x04\x19\x3c", Next::Footer),
            (b"\x15\x04\x19\x35\0", Next::Other),
            (b"\x19\x1c\x16\x08", Next::Other),
            (b"\x26\x08\x1c", Next::Other),
            (b"\x15\x40\x1c\x1c\0\0", Next::Filter(32)),
            (b"\0", Next::Other),
            (b"text", Next::None),
            (b"\xff\xff", Next::None),
            (b"\x15", Next::Open),
            (b"", Next::Open),
        ] {
            assert_eq!(next(head), expected, "{}", head.escape_ascii());
            if let Next::Page(Page { header, .. }) = expected {
                assert!((0..header).all(|end| next(&head[..end as usize]) == Next::Open));
            }
        }
    }

    #[test]
    fn how_values_are_written_stands_in_the_header() {
        let values = |head: &[u8]| match next(head) {
            Next::Page(page) => page.values,
            other => panic!("{other:?}"),
        };
        let of = |encoding, count, may_have_levels| Values { encoding, count, may_have_levels };
        let numbers = [0, 6, 7, 9, 5].map(|number| number * 2);
        let encodings = [Encoding::Plain, Encoding::Lengths, Encoding::Shared, Encoding::Split, Encoding::Other];
        for (number, encoding) in numbers.into_iter().zip(encodings) {
            let first = [&b"\x15\0\x15\x28\x15\x14\x2c\x15\x0a\x15"[..], &[number], b"\x15\x06\x15\x06\0\0"].concat();
            assert_eq!(values(&first), of(encoding, 5, true));
            // Two of five are null.
            let second =
                [&b"\x15\x06\x15\x28\x15\x14\x5c\x15\x0a\x15\x04\x15\x0a\x15"[..], &[number], b"\x15\x04\x15\0\0\0"];
            assert_eq!(values(&second.concat()), of(encoding, 3, false));
        }
        // More that are null than there are.
        assert_eq!(values(b"\x15\x06\x15\0\x15\0\x5c\x15\x02\x15\x04\0\0"), of(Encoding::Other, 0, false));
        // More than the format has.
        assert_eq!(
            values(b"\x15\x04\x15\x06\x15\x06\x4c\x15\x80\x80\x80\x80\x10\x15\0\0\0"),
            of(Encoding::Plain, 0, false)
        );
        // An older name of the dictionary's own encoding.
        assert_eq!(values(b"\x15\x04\x15\x06\x15\x06\x4c\x15\x02\x15\x04\0\0"), of(Encoding::Plain, 1, false));
    }
}
