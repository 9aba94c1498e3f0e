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
pub(super) mod utf;

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
        memchr::memchr(b'\n', between).map(|_| before.end as usize)
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
        let before = memchr::memrchr(b'\n', &self.source[first..end]).map_or(first, |at| first + at + 1);
        let rest = &self.source[self.text.places[at].start as usize..];
        let rest = &rest[..rest.len().min(digits::BACK)];
        let rest = rest[..memchr::memchr(b'\n', rest).unwrap_or(rest.len())].trim_ascii();
        // A list of numbers has few on a line, or signs between them; what stands behind a value may be anything.
        let value = rest.iter().take_while(|byte| !b", \t".contains(byte)).count();
        // What stands before it on its line may be no part of the text at all.
        let run = self.text.places[..at].partition_point(|place| (place.start as usize) < before);
        let run = end - self.text.places.get(run).map_or(end, |place| end.min(place.start as usize));
        value >= SHORTEST && length(&self.source[before..end]).min(2 * run) < value
    }
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
