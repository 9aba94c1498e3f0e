//! What kind of text a content is, as far as its lines and characters go.

use std::ops::Range;

/// How characters lie in a content.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) enum Text {
    /// UTF-8, or another encoding whose ASCII is a byte a character.
    #[default]
    Bytes,
    /// UTF-16, and which byte comes first.
    Utf16 { is_big: bool },
    /// UTF-32, likewise.
    Utf32 { is_big: bool },
}

impl Text {
    /// What text a content is that begins with `probe`; none if it is binary: it holds a zero byte, which is git's rule, and is
    /// neither UTF-16 nor UTF-32.
    pub(super) fn of(probe: &[u8]) -> Option<Text> {
        let marked = match probe {
            [0xff, 0xfe, 0, 0, ..] => Some(Text::Utf32 { is_big: false }),
            [0, 0, 0xfe, 0xff, ..] => Some(Text::Utf32 { is_big: true }),
            [0xff, 0xfe, ..] => Some(Text::Utf16 { is_big: false }),
            [0xfe, 0xff, ..] => Some(Text::Utf16 { is_big: true }),
            _ => None,
        };
        if marked.is_some() {
            return marked;
        }
        if memchr::memchr(0, probe).is_none() {
            return Some(Text::Bytes);
        }
        let kinds = [false, true].map(|is_big| [Text::Utf32 { is_big }, Text::Utf16 { is_big }]).concat();
        kinds.into_iter().find(|kind| kind.is_likely(probe))
    }

    /// How many bytes a unit has.
    pub(super) fn width(self) -> usize {
        match self {
            Text::Bytes => 1,
            Text::Utf16 { .. } => 2,
            Text::Utf32 { .. } => 4,
        }
    }

    /// The value of a unit of [`Text::width`] bytes.
    pub(super) fn value(self, unit: &[u8]) -> u32 {
        let join = |value: u32, byte: &u8| value << 8 | u32::from(*byte);
        match self {
            Text::Bytes | Text::Utf16 { is_big: true } | Text::Utf32 { is_big: true } => unit.iter().fold(0, join),
            Text::Utf16 { is_big: false } | Text::Utf32 { is_big: false } => unit.iter().rev().fold(0, join),
        }
    }

    /// Whether `probe` reads as such a text without a mark that says so: most of it is printable ASCII, and nothing of it is
    /// a control character.
    fn is_likely(self, probe: &[u8]) -> bool {
        let is_control = |value: u32| value < 0x20 && !matches!(value, 9 | 10 | 12 | 13) || value > 0x10_ffff;
        let units = || probe.chunks_exact(self.width()).map(|unit| self.value(unit));
        let ascii = units().filter(|value| *value < 0x7f).count();
        !units().any(is_control) && ascii * 2 > units().count()
    }

    /// The part `range` of a window as UTF-8, and a function's worth of places: for each unit where it begins in that.
    pub(super) fn read(self, window: &[u8], range: Range<usize>) -> Read {
        let units: Vec<u32> = window[range.clone()].chunks_exact(self.width()).map(|unit| self.value(unit)).collect();
        let mut read = Read {
            text: String::new(),
            places: Vec::with_capacity(units.len()),
            start: range.start,
            width: self.width(),
        };
        let mut at = 0;
        while let Some(&first) = units.get(at) {
            let pair = units.get(at + 1).filter(|second| (0xdc00..0xe000).contains(*second));
            let (value, count) = match pair {
                Some(second) if (0xd800..0xdc00).contains(&first) => {
                    (0x1_0000 + ((first & 0x3ff) << 10 | second & 0x3ff), 2)
                }
                _ => (first, 1),
            };
            read.places.extend(std::iter::repeat_n(read.text.len(), count));
            read.text.push(char::from_u32(value).unwrap_or(char::REPLACEMENT_CHARACTER));
            at += count;
        }
        read
    }
}

/// A part of a window as UTF-8.
pub(super) struct Read {
    pub(super) text: String,
    places: Vec<usize>,
    start: usize,
    width: usize,
}

impl Read {
    /// Where in the text what stands at `place` of the window is.
    pub(super) fn place(&self, place: usize) -> usize {
        let unit = place.saturating_sub(self.start) / self.width;
        self.places.get(unit).copied().unwrap_or(self.text.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_told_from_binaries() {
        let text = "key: größe\r\n\tvalue";
        let units = |big: bool| -> Vec<u8> {
            text.encode_utf16().flat_map(|unit| if big { unit.to_be_bytes() } else { unit.to_le_bytes() }).collect()
        };
        let wide = |big: bool| -> Vec<u8> {
            text.chars().flat_map(|c| if big { (c as u32).to_be_bytes() } else { (c as u32).to_le_bytes() }).collect()
        };
        for is_big in [false, true] {
            assert_eq!(Text::of(&units(is_big)), Some(Text::Utf16 { is_big }));
            assert_eq!(Text::of(&wide(is_big)), Some(Text::Utf32 { is_big }));
        }
        assert_eq!(Text::of(&[&[0xff, 0xfe][..], &units(false)].concat()), Some(Text::Utf16 { is_big: false }));
        assert_eq!(Text::of(text.as_bytes()), Some(Text::Bytes));
        assert_eq!(Text::of(b""), Some(Text::Bytes));
        for binary in [&b"\x7fELF\x02\x01\x01\0\0\0\0\0"[..], b"a\0b\0\0\0", b"\0\0\0\0", b"abc\0def\0"] {
            assert_eq!(Text::of(binary), None, "{binary:?}");
        }
    }

    #[test]
    fn a_part_is_read_with_its_places() {
        let text = "é😀c";
        let bytes: Vec<u8> = text.encode_utf16().flat_map(u16::to_be_bytes).collect();
        let read = Text::Utf16 { is_big: true }.read(&bytes, 0..bytes.len());
        assert_eq!(read.text, text);
        assert_eq!([0, 2, 4, 6, 8].map(|place| read.place(place)), [0, 2, 2, 6, 7]);
    }
}
