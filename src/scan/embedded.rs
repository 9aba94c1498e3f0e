//! Containers that lie in encoded text, such as the base64 of a zip file, from where the detector meets one to where all of it is decoded.
//!
//! One that is longer than a window is kept as it stands there until it ends; it is decoded again each time that as much more of it was
//! read, so that the work is linear.

use crate::detect::{Detector, Packed};
use crate::encoding::Encoding;
use crate::finding::{Finding, Snippet, Span, Suppression};

use super::lines::Lines;

/// How many bytes of an encoded container are kept: plain base64 or hexadecimal, and what takes many times as much to decode, because it is
/// encoded more than once.
const MOST: usize = 24 << 20;
const MOST_NESTED: usize = 3 << 20;

/// A container that was decoded.
pub(super) struct Embedded {
    /// Its bytes.
    pub(super) bytes: Vec<u8>,
    /// How the text is encoded, outermost first.
    pub(super) encoding: Vec<Encoding>,
    /// Where the text stands.
    pub(super) place: Place,
    /// Whether it goes on, and is too large to be kept.
    pub(super) is_cut: bool,
}

/// Where an encoded text stands in the content that it is a part of.
#[derive(Clone)]
pub(super) struct Place {
    /// In bytes, and where it ends.
    pub(super) offset: u64,
    pub(super) end: u64,
    pub(super) span: Option<Span>,
    pub(super) snippet: Option<Box<Snippet>>,
    /// Why what is in it does not count, if it does not.
    pub(super) suppressed: Option<Box<Suppression>>,
}

impl Place {
    /// Makes a finding in what the text encodes one at the text's own place.
    pub(super) fn take(&self, finding: &mut Finding) {
        finding.offset = self.offset;
        finding.span = self.span;
        finding.snippet.clone_from(&self.snippet);
        finding.suppressed.clone_from(&self.suppressed);
    }
}

/// How a text goes on that was kept.
enum Next {
    /// Its end is not there yet.
    Waits,
    /// Here is the container.
    Ended(Embedded),
    /// It is none after all.
    Nothing,
}

/// An encoded container whose end was not read yet.
pub(super) struct Pending {
    /// The text from its beginning on.
    raw: Vec<u8>,
    /// How much there has to be of it before it is decoded again.
    goal: usize,
    /// How much of it is kept at most: a byte more than may be read whole.
    most: usize,
    place: Place,
    /// The position of its beginning.
    lines: Lines,
    /// What began behind it and may lie in it, in order: known once it is decoded again.
    later: Vec<Later>,
}

/// Where another container may begin.
struct Later {
    layers: usize,
    place: Place,
    lines: Lines,
}

impl Pending {
    /// Begins to keep the text at `place`, of which `raw` was read, encoded in so many layers; `lines` counts to its beginning.
    pub(super) fn new(raw: &[u8], layers: usize, place: Place, lines: Lines) -> Self {
        let longest = if layers > 1 { MOST_NESTED } else { MOST };
        Self::keeping(longest, raw, place, lines)
    }

    /// The same of a text that is decoded up to this length.
    fn keeping(longest: usize, raw: &[u8], place: Place, lines: Lines) -> Self {
        let most = longest + 1;
        Pending { goal: most.min(2 * raw.len()), most, raw: raw.to_vec(), place, lines, later: Vec::new() }
    }

    /// Notes where another container may begin, in a window that was taken: either this one has ended before it, or that one lies in it.
    pub(super) fn note(&mut self, layers: usize, place: Place, lines: Lines) {
        self.later.push(Later { layers, place, lines });
    }

    /// Takes a window that begins at `start` in the content, and gives what ends in it to `take`; gives what is still to be waited for.
    pub(super) fn step(
        mut self,
        (window, start): (&[u8], u64),
        is_last: bool,
        detector: &Detector,
        take: &mut dyn FnMut(Embedded),
    ) -> Option<Self> {
        self.append(window, start);
        if self.raw.len() < self.goal && !is_last {
            return Some(self);
        }
        loop {
            let (embedded, behind) = match self.decode(is_last, detector) {
                Next::Waits => {
                    // It goes on, and all of that lies in it.
                    self.later.clear();
                    return Some(self);
                }
                Next::Ended(embedded) => {
                    let end = embedded.place.end;
                    (Some(embedded), end)
                }
                Next::Nothing => (None, self.place.offset + 1),
            };
            // Its text is given back before what it encodes is unpacked, which takes memory of its own.
            let next = self.first_behind(behind);
            embedded.into_iter().for_each(&mut *take);
            self = next?;
            self.append(window, start);
        }
    }

    /// The first of those that were noted to begin at `place` or behind it.
    fn first_behind(self, place: u64) -> Option<Self> {
        let mut later = self.later.into_iter().skip_while(|later| later.place.offset < place);
        let first = later.next()?;
        let raw = self.raw.get((first.place.offset - self.place.offset) as usize..)?;
        Some(Pending { later: later.collect(), ..Pending::new(raw, first.layers, first.place, first.lines) })
    }

    fn append(&mut self, window: &[u8], start: u64) {
        let known = (self.place.offset + self.raw.len() as u64).saturating_sub(start) as usize;
        let new = window.get(known..).unwrap_or(&[]);
        self.raw.extend_from_slice(&new[..new.len().min(self.most.saturating_sub(self.raw.len()))]);
    }

    /// Decodes what was read so far.
    fn decode(&mut self, is_last: bool, detector: &Detector) -> Next {
        self.goal = self.most.min(2 * self.raw.len());
        let is_full = self.raw.len() >= self.most;
        let Some(packed) = detector.packed(&self.raw, is_last && !is_full) else { return Next::Nothing };
        let is_cut = !packed.is_whole && is_full;
        if packed.is_whole || is_cut || is_last { Next::Ended(self.end(packed, is_cut)) } else { Next::Waits }
    }

    fn end(&mut self, packed: Packed, is_cut: bool) -> Embedded {
        let mut place = Place { end: self.place.offset + packed.span.end as u64, ..self.place.clone() };
        if let Some(span) = &mut place.span {
            let mut lines = self.lines;
            lines.advance(&self.raw, place.offset, place.end);
            (span.end_line, span.end_column, span.utf16_end_column) = (lines.line, lines.column, lines.utf16_column);
        }
        Embedded { bytes: packed.bytes, encoding: packed.encoding, place, is_cut }
    }
}

/// Takes what is found in a content.
pub(super) trait Take {
    /// Takes findings.
    fn findings(&mut self, findings: Vec<Finding>);

    /// Takes a container that lies in encoded text.
    fn embedded(&mut self, embedded: Embedded);
}

/// Takes findings, and leaves containers in encoded text alone.
pub(super) struct Only<F>(pub(super) F);

impl<F: FnMut(Vec<Finding>)> Take for Only<F> {
    fn findings(&mut self, findings: Vec<Finding>) {
        (self.0)(findings);
    }

    fn embedded(&mut self, _: Embedded) {}
}

#[cfg(test)]
mod tests {
    use base64::Engine;
    use base64::engine::general_purpose::STANDARD;

    use super::*;
    use crate::rule::RuleSet;
    use crate::scan::inside::begins_container;

    fn place() -> Place {
        Place { offset: 0, end: 0, span: None, snippet: None, suppressed: None }
    }

    /// What comes of a text, read in pieces, where those of this length are decoded.
    fn decoded(text: &[u8], longest: usize) -> Vec<Embedded> {
        const PIECE: usize = 500;
        let detector = Detector::new(&RuleSet::built_in().unwrap()).with_packed(begins_container);
        let mut pending = Some(Pending::keeping(longest, &text[..PIECE], place(), Lines::default()));
        let mut all = Vec::new();
        for start in (PIECE..text.len()).step_by(PIECE) {
            let window = &text[start..text.len().min(start + PIECE)];
            let is_last = start + PIECE >= text.len();
            pending = pending.and_then(|pending| {
                pending.step((window, start as u64), is_last, &detector, &mut |embedded| all.push(embedded))
            });
        }
        assert!(pending.is_none(), "nothing waits for more");
        all
    }

    #[test]
    fn a_container_is_kept_up_to_a_size() {
        // A stored zip file's beginning, and bytes of which it does not matter what they are.
        let mut bytes = b"PK\x03\x04\x14\0\0\0\0\0".to_vec();
        bytes.extend((0..3000u32).map(|number| (number.wrapping_mul(2_654_435_761) >> 24) as u8));
        bytes.resize(3000, 0);
        let digits = STANDARD.encode(&bytes);
        let goes_on = [digits.as_bytes(), b"\" and something else, ", &[b'.'; 3000]].concat();
        for text in [digits.as_bytes(), &goes_on] {
            for (longest, is_whole) in [(4000, true), (3999, false), (3996, false), (1000, false)] {
                let found = decoded(text, longest);
                assert_eq!(found.len(), 1, "{longest} of {}", text.len());
                let expected = digits.len().min(longest + 1) * 3 / 4;
                assert_eq!(
                    (found[0].is_cut, found[0].bytes.len()),
                    (!is_whole, expected),
                    "{longest} of {}",
                    text.len()
                );
                assert!(bytes.starts_with(&found[0].bytes), "{longest}");
            }
        }
        let most = [1, 2].map(|layers| Pending::new(b"", layers, place(), Lines::default()).most);
        assert_eq!(most, [(24 << 20) + 1, (3 << 20) + 1]);
    }
}
