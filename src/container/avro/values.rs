//! The texts among an Avro file's values, each on a line of its own (Avro 1.12, "Binary encoding").
//!
//! A string of 40 bytes has an 80 before it, which is the letter `P`; and what stands behind it is the next value's first byte. So where a
//! string begins and ends shows only in the schema.

use std::io::{self, Read};

use super::schema::{Kind, Schema};
use crate::container::trouble::{broken, cut_off};
use crate::container::varint;

/// How many values of no bytes may follow each other.
const MOST_EMPTY: u32 = 4_096;

/// How deep values may lie in each other.
const DEEPEST: usize = 1_000;

/// How many bytes are read at once.
const PIECE: usize = 8 << 10;

/// Reads the texts of the records that come out of `source`. If those are not as the schema says, the rest is read as it is.
pub(super) struct Values<'s, R> {
    source: R,
    schema: &'s Schema,
    buffer: Vec<u8>,
    start: usize,
    end: usize,
    /// How many records are still to be read, and what of the one at hand, the next last.
    records: u64,
    steps: Vec<Step>,
    /// How many steps took no byte, since one did.
    empty: u32,
    /// What is wrong, once it is: what comes behind it is read as it is.
    failed: Option<io::Error>,
    has_ended: bool,
    /// Whether the source failed.
    has_broken: bool,
}

/// What is to be read.
enum Step {
    Kind(usize),
    /// The fields of a record from one of them on.
    Fields(usize, usize),
    /// So many more values of an array or a map, and then what says how many follow.
    Items(usize, u64),
    /// The length of a text.
    Length,
    /// So many more bytes of a text.
    Text(u64),
}

impl<'s, R: Read> Values<'s, R> {
    pub(super) fn new(source: R, schema: &'s Schema, records: u64) -> Self {
        let (buffer, steps) = (vec![0; PIECE], Vec::new());
        let (start, end, empty) = (0, 0, 0);
        Values {
            source,
            schema,
            buffer,
            start,
            end,
            records,
            steps,
            empty,
            failed: None,
            has_ended: false,
            has_broken: false,
        }
    }

    /// What is there of the next bytes; nothing at their end.
    fn fill(&mut self) -> io::Result<&[u8]> {
        // A decoder that failed is not to be asked again: some go on from where they broke, into what they do not expect.
        if self.start == self.end && !self.has_broken {
            let read = loop {
                match self.source.read(&mut self.buffer) {
                    Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                    read => break read.inspect_err(|_| self.has_broken = true)?,
                }
            };
            (self.start, self.end) = (0, read);
        }
        Ok(&self.buffer[self.start..self.end])
    }

    fn consume(&mut self, count: usize) {
        self.start += count;
        self.empty = 0;
    }

    /// A number in its zigzag code.
    fn number(&mut self) -> io::Result<i64> {
        let next = || {
            let byte = self.fill()?.first().copied().ok_or_else(cut_off)?;
            self.consume(1);
            Ok(byte)
        };
        let number: io::Result<_> = varint::unsigned(next);
        number?.map(varint::signed).ok_or_else(other)
    }

    fn skip(&mut self, mut count: u64) -> io::Result<()> {
        while count > 0 {
            let there = self.fill()?.len();
            if there == 0 {
                return Err(cut_off());
            }
            let step = (there as u64).min(count);
            self.consume(step as usize);
            count -= step;
        }
        Ok(())
    }

    /// Goes on by one step; `false` where all is read.
    fn step(&mut self) -> io::Result<bool> {
        self.empty += 1;
        if self.empty > MOST_EMPTY || self.steps.len() > DEEPEST {
            return Err(other());
        }
        let Some(step) = self.steps.pop() else {
            if self.records == 0 {
                return if self.fill()?.is_empty() { Ok(false) } else { Err(other()) };
            }
            self.records -= 1;
            self.steps.push(Step::Kind(self.schema.root));
            return Ok(true);
        };
        match step {
            Step::Kind(kind) => self.begin(kind)?,
            Step::Fields(kind, next) => {
                if let Kind::Fields(fields) = &self.schema.kinds[kind]
                    && let Some(&field) = fields.get(next)
                {
                    self.steps.extend([Step::Fields(kind, next + 1), Step::Kind(field)]);
                }
            }
            Step::Items(kind, 0) => {
                let count = self.number()?;
                if count < 0 {
                    // How many bytes they have.
                    self.number()?;
                }
                if count != 0 {
                    self.steps.push(Step::Items(kind, count.unsigned_abs()));
                }
            }
            Step::Items(kind, left) => {
                self.steps.push(Step::Items(kind, left - 1));
                match self.schema.kinds[kind] {
                    Kind::Entries(item) => self.steps.extend([Step::Kind(item), Step::Length]),
                    Kind::Items(item) => self.steps.push(Step::Kind(item)),
                    _ => return Err(other()),
                }
            }
            Step::Length => {
                let length = u64::try_from(self.number()?).map_err(|_| other())?;
                self.steps.push(Step::Text(length));
            }
            Step::Text(left) => self.steps.push(Step::Text(left)),
        }
        Ok(true)
    }

    /// Begins a value of a kind.
    fn begin(&mut self, kind: usize) -> io::Result<()> {
        let schema = self.schema;
        match &schema.kinds[kind] {
            Kind::Skip(count) => self.skip(*count)?,
            Kind::Number => {
                self.number()?;
            }
            Kind::Text => self.steps.push(Step::Length),
            Kind::Fixed(size) => self.steps.push(Step::Text(*size)),
            Kind::Items(_) | Kind::Entries(_) => self.steps.push(Step::Items(kind, 0)),
            Kind::OneOf(options) => {
                let option = usize::try_from(self.number()?).ok().and_then(|index| options.get(index));
                self.steps.push(Step::Kind(*option.ok_or_else(other)?));
            }
            Kind::Fields(_) => self.steps.push(Step::Fields(kind, 0)),
        }
        Ok(())
    }

    /// Copies what is there, `most` bytes at most; nothing at the end.
    fn copy(&mut self, buffer: &mut [u8], most: u64) -> io::Result<usize> {
        let there = self.fill()?;
        let count = there.len().min(buffer.len()).min(usize::try_from(most).unwrap_or(usize::MAX));
        buffer[..count].copy_from_slice(&there[..count]);
        self.consume(count);
        Ok(count)
    }

    /// Reads some more of what is at hand: a text, the end of its line, or nothing, where that is only a step on the way.
    fn some(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match self.steps.last_mut() {
            Some(Step::Text(0)) => {
                self.steps.pop();
                buffer[0] = b'\n';
                Ok(1)
            }
            Some(&mut Step::Text(left)) => match self.copy(buffer, left)? {
                0 => Err(cut_off()),
                count => {
                    if let Some(Step::Text(left)) = self.steps.last_mut() {
                        *left -= count as u64;
                    }
                    Ok(count)
                }
            },
            _ => {
                self.has_ended = !self.step()?;
                Ok(0)
            }
        }
    }
}

fn other() -> io::Error {
    broken("its values are not as its schema says")
}

impl<R: Read> Read for Values<'_, R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let mut written = 0;
        while written < buffer.len() && !self.has_ended {
            let rest = &mut buffer[written..];
            if self.failed.is_some() {
                match self.copy(rest, u64::MAX) {
                    // What is wrong is told where nothing comes behind it.
                    Ok(0) | Err(_) if written > 0 => break,
                    Ok(0) | Err(_) => {
                        self.has_ended = true;
                        return self.failed.take().map_or(Ok(0), Err);
                    }
                    Ok(count) => written += count,
                }
                continue;
            }
            match self.some(rest) {
                Ok(count) => written += count,
                Err(error) => self.failed = Some(error),
            }
        }
        Ok(written)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(json: &str, bytes: &[u8], records: u64) -> (String, Option<String>) {
        let schema = Schema::read(json.as_bytes()).unwrap();
        let mut text = Vec::new();
        let error = Values::new(bytes, &schema, records).read_to_end(&mut text).err();
        (String::from_utf8_lossy(&text).into_owned(), error.map(|error| error.to_string()))
    }

    const ALL: &str = r#"{"type": "record", "name": "R", "fields": [
        {"name": "a", "type": "string"}, {"name": "b", "type": ["null", "string", "double"]}, {"name": "c", "type": "boolean"},
        {"name": "d", "type": {"type": "array", "items": "bytes"}}, {"name": "e", "type": {"type": "map", "values": "long"}},
        {"name": "f", "type": {"type": "fixed", "name": "F", "size": 3}}, {"name": "g", "type": "float"}]}"#;

    #[test]
    fn each_text_stands_on_a_line() {
        let first = b"\x06one\x02\x06two\x01\x04\x06xyz\x02A\0\x01\x06\x04k1\x80\x01\0fix\0\0\0\0";
        let second = b"\0\x04\0\0\0\0\0\0\0\0\0\0\x02\x02k\x06\0FIX....";
        let bytes = [&first[..], second].concat();
        let (text, error) = read(ALL, &bytes, 2);
        assert_eq!((&text[..], error), ("one\ntwo\nxyz\nA\nk1\nfix\n\nk\nFIX\n", None));
        for end in 0..bytes.len() {
            let (_, error) = read(ALL, &bytes[..end], 2);
            assert_eq!(error.as_deref(), Some("it is cut off"), "{end}");
        }
    }

    #[test]
    fn what_is_otherwise_is_read_as_it_is() {
        let other = Some("its values are not as its schema says".to_owned());
        assert_eq!(read(r#""string""#, b"\x06one and more", 1), ("one\n and more".to_owned(), other.clone()));
        assert_eq!(read(r#""string""#, b"\x01 text", 1), (" text".to_owned(), other.clone()));
        assert_eq!(read(r#"["null"]"#, b"\x02text", 1), ("text".to_owned(), other.clone()));
        assert_eq!(read(r#""long""#, &[0xff; 12], 1), ("\u{fffd}\u{fffd}".to_owned(), other));
    }

    #[test]
    fn a_source_that_failed_is_not_read_again() {
        struct Once(bool);
        impl Read for Once {
            fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
                assert!(!std::mem::replace(&mut self.0, true), "it failed before");
                Err(cut_off())
            }
        }
        let schema = Schema::read(br#""string""#).unwrap();
        let source = (&b"\x08te"[..]).chain(Once(false));
        let (mut values, mut text) = (Values::new(source, &schema, 1), Vec::new());
        assert!(values.read_to_end(&mut text).is_err());
        assert_eq!(text, b"te");
        assert_eq!(values.read(&mut [0; 9]).unwrap(), 0);
    }

    #[test]
    fn values_of_no_bytes_and_in_each_other_are_bounded() {
        let other = Some("its values are not as its schema says".to_owned());
        // Each is a step of its own, and one more is the record around it.
        assert_eq!(read(r#""null""#, b"", 2_047), (String::new(), None));
        assert_eq!(read(r#""null""#, b"", 2_048), (String::new(), other.clone()));
        assert_eq!(read(r#""null""#, b"", 1 << 62), (String::new(), other.clone()));
        let nulls = r#"{"type": "array", "items": "null"}"#;
        assert_eq!(read(nulls, &[&[0xff; 8][..], &[0x7f, 0]].concat(), 1).1, other);
        assert_eq!(read(r#"{"type": "record", "name": "R", "fields": [{"type": "R"}]}"#, b"", 1).1, other);
        // A list, each of which holds the next.
        let list = r#"{"type": "record", "name": "R", "fields": [{"type": ["null", "R"]}, {"type": "null"}]}"#;
        assert_eq!(read(list, &[&[2; 900][..], &[0]].concat(), 1).1, None);
        assert_eq!(read(list, &[&[2; 1_000][..], &[0]].concat(), 1).1, other);
    }
}
