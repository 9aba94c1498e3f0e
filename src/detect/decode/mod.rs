//! Decoders: each takes a stretch of bytes that looks encoded and gives the text in it, with a map back to where each byte
//! of the text came from.
//!
//! Only text matters: a key is ASCII, and so is every form of one that another form can wrap. So decoders give the parts
//! that decode to ASCII, with a byte or two more on either side, and what is binary costs nothing further.

pub(super) mod base64;
mod deflate;
pub(super) mod digits;
pub(super) mod escape;
pub(super) mod hex;
pub(super) mod joint;
pub(super) mod list;
pub(super) mod markup;
pub(super) mod numbers;
pub(super) mod packed;
mod readings;
pub(super) mod soft;
pub(super) mod utf;
pub(super) mod written;

use std::ops::Range;

use crate::encoding::Encoding;

/// How many bytes a text has at least: a prefix of a few bytes and the shortest tail that is a key.
pub(super) const SHORTEST: usize = 16;

/// Decoded bytes, and where each came from. It may hold a key, so it has no `Debug`.
#[derive(Default)]
pub(super) struct Text {
    bytes: Vec<u8>,
    places: Vec<Place>,
    /// What stands between two characters and means nothing: before which byte, and of what encoding it is.
    gaps: Vec<(usize, Encoding)>,
}

/// Where a decoded byte came from.
#[derive(Clone, Copy)]
struct Place {
    start: u32,
    end: u32,
    /// None if the byte stands there as it is.
    encoding: Option<Encoding>,
}

/// The source that a text was decoded of, whose lines and literals may each be a text of its own, as in a list of encoded values.
#[derive(Clone, Copy)]
pub(super) struct Lines<'t> {
    text: &'t Text,
    source: &'t [u8],
    /// The same of the source, if it was decoded itself.
    outer: Option<&'t Lines<'t>>,
}

impl<'t> Lines<'t> {
    pub(super) fn new(text: &'t Text, source: &'t [u8], outer: Option<&'t Lines<'t>>) -> Self {
        Lines { text, source, outer }
    }

    /// Where in the source the line ends before the one that the byte at `at` begins, if it begins one.
    fn end_before(&self, at: usize) -> Option<usize> {
        let (before, place) = (self.text.places.get(at.checked_sub(1)?)?, self.text.places.get(at)?);
        let between = self.source.get(before.end as usize..place.start as usize)?;
        first_end(between).map(|_| before.end as usize)
    }

    /// Whether a line of the source, or of what that was decoded of, ends right before the byte at `at`, or before the digit that
    /// this byte begins with but for bits of the one before: then the text may end there, and what follows be another.
    pub(super) fn begins(&self, at: usize) -> bool {
        let places = at.checked_sub(1).and_then(|before| self.text.places.get(before..)?.first_chunk());
        let Some(&[before, place]) = places else { return false };
        self.end_before(at).is_some()
            || joint::of_lines(self.source, before.end as usize).is_some()
            || self.outer.is_some_and(|outer| (before.end as usize..place.end as usize).any(|at| outer.begins(at)))
    }

    /// Whether what stands before the byte at `at` may be another value: a literal that is joined there, a line, or what ends in `=` at the
    /// end of a line, as base64 and quoted-printable do.
    pub(super) fn begins_anew(&self, at: usize) -> bool {
        let gaps = &self.text.gaps[self.text.gaps.partition_point(|&(place, _)| place < at)..];
        let mut here = gaps.iter().take_while(|&&(place, _)| place == at);
        // Kerned text, which a bracket opens, is one word.
        let start = self.text.places.get(at).map_or(0, |place| place.start as usize);
        let is_kerned = self.source.get(..start).is_some_and(|before| before.ends_with(b"("));
        here.any(|&(_, encoding)| matches!(encoding, Encoding::Split | Encoding::QuotedPrintable)) && !is_kerned
            || self.begins_line_anew(at)
            || self
                .outer
                .zip(self.text.places.get(at))
                .is_some_and(|(outer, place)| outer.begins_anew(place.start as usize))
    }

    /// Whether the line that the byte at `at` begins is no rest of the one before, by their lengths: where a text is wrapped, no line is
    /// longer than that before it.
    fn begins_line_anew(&self, at: usize) -> bool {
        let Some(end) = self.end_before(at) else { return false };
        let length = |line: &[u8]| line.trim_ascii().len();
        let first = end.saturating_sub(digits::BACK);
        let before = last_end(&self.source[first..end]).map_or(first, |at| first + at);
        let rest = &self.source[self.text.places[at].start as usize..];
        let rest = &rest[..rest.len().min(digits::BACK)];
        let rest = rest[..first_end(rest).unwrap_or(rest.len())].trim_ascii();
        // A list of numbers has few on a line, or signs between them; what stands behind a value may be anything.
        let value = rest.iter().take_while(|byte| !b", \t".contains(byte)).count();
        // What stands before it on its line may be no part of the text at all.
        let run = self.text.places[..at].partition_point(|place| (place.start as usize) < before);
        let run = end - self.text.places.get(run).map_or(end, |place| end.min(place.start as usize));
        value >= SHORTEST && length(&self.source[before..end]).min(2 * run) < value
    }
}

/// How the end of a line is written out.
const WRITTEN: &[u8] = b"\\n";

/// Where the first line of a text ends, also if that is written out.
fn first_end(text: &[u8]) -> Option<usize> {
    let end = memchr::memchr(b'\n', text);
    memchr::memmem::find(&text[..end.unwrap_or(text.len())], WRITTEN).or(end)
}

/// Where the last line of a text begins, if it has several.
fn last_end(text: &[u8]) -> Option<usize> {
    let end = memchr::memrchr(b'\n', text).map(|at| at + 1);
    let from = end.unwrap_or(0);
    memchr::memmem::rfind(&text[from..], WRITTEN).map(|at| from + at + WRITTEN.len()).or(end)
}

impl Text {
    /// Adds a byte that `span` of the source stands for.
    pub(super) fn push(&mut self, byte: u8, span: Range<usize>, encoding: Option<Encoding>) {
        self.bytes.push(byte);
        // A stretch that is decoded is never longer than a window or a text, which are small.
        self.places.push(Place { start: span.start as u32, end: span.end as u32, encoding });
    }

    /// Notes that something without a meaning stands before the next byte.
    pub(super) fn gap(&mut self, encoding: Encoding) {
        self.gaps.push((self.bytes.len(), encoding));
    }

    /// An empty text with room for so many bytes.
    pub(super) fn with_room_for(count: usize) -> Self {
        Text { bytes: Vec::with_capacity(count), places: Vec::with_capacity(count), gaps: Vec::new() }
    }

    /// Takes everything out, but keeps the room for it.
    pub(super) fn clear(&mut self) {
        self.bytes.clear();
        self.places.clear();
        self.gaps.clear();
    }

    /// Says that what was taken for `one` encoding is `other`.
    pub(super) fn rename(&mut self, one: Encoding, other: Encoding) {
        for place in self.places.iter_mut().filter(|place| place.encoding == Some(one)) {
            place.encoding = Some(other);
        }
    }

    /// The decoded bytes.
    pub(super) fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// How many bytes there are.
    pub(super) fn len(&self) -> usize {
        self.bytes.len()
    }

    /// Where the bytes of `range` stand in the source.
    pub(super) fn span(&self, range: &Range<usize>) -> Range<usize> {
        let places = &self.places[range.clone()];
        let (first, last) = (places.first(), places.last());
        first.map_or(0, |place| place.start as usize)..last.map_or(0, |place| place.end as usize)
    }

    /// How the bytes of `range` are encoded, each encoding once; empty if they stand there as they are.
    pub(super) fn layers(&self, range: &Range<usize>) -> Vec<Encoding> {
        let mut layers: Vec<Encoding> = Vec::new();
        let inside = |at: usize| range.start < at && at < range.end;
        let gaps = self.gaps.iter().filter(|(at, _)| inside(*at)).map(|(_, encoding)| *encoding);
        for encoding in self.places[range.clone()].iter().filter_map(|place| place.encoding).chain(gaps) {
            if !layers.contains(&encoding) {
                layers.push(encoding);
            }
        }
        // The two are one alphabet but for two characters, which a text need not have.
        if layers.contains(&Encoding::Base64Url) {
            layers.retain(|&encoding| encoding != Encoding::Base64);
        }
        layers
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use Encoding::{Base64, Base64Url, Hex, Percent, QuotedPrintable, Split};

    /// The small letters of `source`, each a byte that stands there, with `gaps` before some of them.
    fn letters(source: &str, gaps: &[(usize, Encoding)]) -> Text {
        let mut text = Text::default();
        for (place, letter) in source.bytes().enumerate().filter(|(_, byte)| byte.is_ascii_lowercase()) {
            let number = text.len();
            gaps.iter().filter(|&&(at, _)| at == number).for_each(|&(_, gap)| text.gap(gap));
            text.push(letter, place..place + 1, Some(Hex));
        }
        text
    }

    /// At which bytes of a text that was decoded of `source` something holds, the place behind its end included.
    fn places(source: &str, gaps: &[(usize, Encoding)], holds: impl Fn(&Lines<'_>, usize) -> bool) -> Vec<usize> {
        let text = letters(source, gaps);
        let lines = Lines::new(&text, source.as_bytes(), None);
        let here: Vec<usize> = (0..=text.len()).filter(|&at| holds(&lines, at)).collect();
        // The same of a text that was decoded of this one, in which every letter stands for one.
        let source = std::str::from_utf8(text.bytes()).unwrap();
        let inner = letters(source, &[]);
        let lines = Lines::new(&inner, source.as_bytes(), Some(&lines));
        assert_eq!((0..=inner.len()).filter(|&at| holds(&lines, at)).collect::<Vec<_>>(), here, "in {source}");
        here
    }

    #[test]
    fn a_text_may_end_where_a_line_of_its_source_does() {
        for (source, expected) in [
            ("abcd", &[][..]),
            ("ab\ncd", &[2]),
            ("ab\r\n  cd\ne", &[2, 4]),
            ("ab, #\ncd", &[2]),
            ("ab\\\ncd", &[2]),
            ("ab, cd", &[]),
            ("\nab\n", &[]),
        ] {
            assert_eq!(places(source, &[], |lines, at| lines.begins(at)), expected, "{source:?}");
        }
        // A line's end as escapes write it has a letter, which is no digit of hexadecimal, for example.
        let mut text = letters("ab", &[]);
        text.push(b'c', 4..5, None);
        assert!(Lines::new(&text, b"ab\\nc", None).begins(2));
        // Two bytes of base64 have a digit in common.
        let mut text = letters("a", &[]);
        text.push(b'b', 1..3, None);
        text.push(b'c', 2..5, None);
        let at = |at| Lines::new(&text, b"abc\nd", None).begins(at);
        assert_eq!([0, 1, 2, 3].map(at), [false, false, true, false]);
    }

    #[test]
    fn another_value_may_begin_behind_a_joint_of_literals_or_a_longer_line() {
        let anew = |source: &str, gaps| places(source, gaps, |lines, at| lines.begins_anew(at));
        for (source, gaps, expected) in [
            ("abcd", &[][..], &[][..]),
            ("abcd", &[(2, Split)], &[2]),
            ("abcd", &[(2, QuotedPrintable)], &[2]),
            ("abcd", &[(2, Percent)], &[]),
            ("abcd", &[(2, Percent), (2, Split)], &[2]),
            ("abcdefg", &[(1, Percent), (2, Split), (3, Percent), (5, Split)], &[2, 5]),
            ("ab(cd", &[(2, Split)], &[]),
            ("ab\ncd", &[], &[]),
        ] {
            assert_eq!(anew(source, gaps), expected, "{source:?}");
        }
        let (short, shortest) = ("abcdefghijklmno", "abcdefghijklmnop");
        for (before, rest, is_anew) in [
            ("", shortest, false),
            ("a\n", shortest, true),
            ("a\n", short, false),
            (&format!("{short}\n"), shortest, true),
            (&format!("{short} \n  "), shortest, true),
            (&format!("{shortest}\n"), shortest, false),
            (&format!("{shortest}\n"), "abcdefghijklmnopq", true),
            (&format!("{shortest}q\n"), shortest, false),
            // What stands in the line and is no part of the text says little of where the text would be wrapped.
            ("A_LONG_NAME_OF: abcdefg\n", shortest, true),
            ("A_LONG_NAME_OF: abcdefgh\n", shortest, false),
            (&format!("{shortest}{shortest}\nA_LONG_NAME_OF: abcdefg\n"), shortest, true),
            (&format!("{shortest}{shortest}\nabc\n"), shortest, true),
            (&format!("{}\nabc\n", shortest.repeat(40)), shortest, true),
            ("a\n", "abcdefghijklmno \t\r", false),
            ("a\n", "abcdefghijklmnop \t\r", true),
            ("a\n", "abcdefgh, abcdefgh", false),
            ("a\n", "abcdefgh\tabcdefgh", false),
            ("a\n", "abcdefgh,abcdefgh", false),
            ("a\n", "abcdefgh+abcdefgh", true),
        ] {
            for behind in ["", "\n, a\n"] {
                let source = format!("{before}{rest}{behind}");
                let start = letters(before, &[]).len();
                assert_eq!(anew(&source, &[]).contains(&start), is_anew, "{source:?}");
            }
        }
    }

    #[test]
    fn a_text_knows_where_it_stands_and_in_what() {
        let mut text = Text::with_room_for(4);
        text.gap(Split);
        text.push(b'a', 2..4, Some(Base64));
        text.push(b'b', 3..5, None);
        text.gap(Percent);
        text.push(b'c', 6..9, Some(Hex));
        text.push(b'd', 9..10, Some(Hex));
        assert_eq!((text.bytes(), text.len()), (&b"abcd"[..], 4));
        for (range, span, layers) in [
            (0..1, 2..4, &[Base64][..]),
            (0..2, 2..5, &[Base64]),
            (1..2, 3..5, &[]),
            (1..3, 3..9, &[Hex, Percent]),
            // What stands before its first character, or behind its last, is none of a part of it.
            (2..4, 6..10, &[Hex]),
            (0..4, 2..10, &[Base64, Hex, Percent]),
            (2..2, 0..0, &[]),
        ] {
            assert_eq!((text.span(&range), text.layers(&range).as_slice()), (span, layers), "{range:?}");
        }
        text.rename(Hex, Base64Url);
        assert_eq!(text.layers(&(0..4)), [Base64Url, Percent]);
        assert_eq!(text.layers(&(0..2)), [Base64]);
        text.clear();
        text.push(b'e', 1..2, None);
        text.push(b'f', 2..3, Some(Hex));
        text.push(b'g', 3..4, Some(Hex));
        assert_eq!((text.bytes(), text.span(&(0..2)), text.layers(&(0..3))), (&b"efg"[..], 1..3, vec![Hex]));
    }
}
