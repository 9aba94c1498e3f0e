//! Finds tokens in encoded text, whatever is wrapped in whatever, to a depth.
//!
//! Two things lead to an encoded text: an anchor that the one pass for prefixes meets, such as the base64 of a prefix, and a
//! sample that looks encoded ([`super::sample`]). What stands around it is decoded, and the decoded text is searched like
//! any other, for tokens and for what is encoded in it. Each byte is decoded once by each family of encodings, so the
//! time is linear in the size and, at worst, grows by a constant factor with each layer.

use std::iter::Peekable;
use std::ops::Range;

use crate::encoding::Encoding;

use super::anchor::Trigger;
use super::decode::{Lines, Text, base64, escape, hex, list, numbers, packed, soft, utf, written};
use super::look::{AHEAD, BLOCK, Look, STEP};
use super::reading::{self, Found, Inside};
use super::sample::Samples;
use super::token::{Place, TokenRules};
use super::{Hit, Packed, Window};

/// How many layers are taken off.
pub(super) const DEPTH: usize = 5;

/// The longest encoded key in bytes that is surely found, from its first byte to its last.
pub(super) const LONGEST: usize = 8 << 10;

/// How many bytes before an encoded key decide about it.
pub(super) const BEHIND: usize = 768;

/// How much of a window may be left behind a text that goes to its end: a part of a character or of a group of digits.
const TAIL: usize = 16;

/// How far before an anchor its escaped beginning may stand.
const BEFORE_WORD: usize = 160;

/// Groups of base64 may begin with any of four digits.
const ANY_PHASE: u32 = 0xf;

/// What was decoded already: up to where, by each family.
#[derive(Default)]
struct Done {
    hex: usize,
    list: usize,
    wide: usize,
    escape: usize,
    packed: usize,
    soft: usize,
    /// The line that was asked last whether it ends softly.
    line: usize,
    written: usize,
}

/// One text that is searched, at some depth.
struct Search<'s> {
    tokens: &'s TokenRules,
    bytes: &'s [u8],
    /// What `bytes` were decoded of, if they were.
    lines: Option<Lines<'s>>,
    depth: usize,
    done: Done,
    base64: base64::Reader,
    /// Room for what lists may say, from the first on.
    readings: Option<Box<list::Readings>>,
    found: Vec<Found>,
    /// What is a container, if anybody wants to know.
    is_container: Option<fn(&[u8]) -> bool>,
    packed: Vec<Packed>,
}

/// The samples of a window that [`find`] is to follow.
pub(super) fn samples_in<'w>(window: &Window<'w>, limit: usize) -> Peekable<Samples<'w>> {
    Samples::new(window.bytes, window.from, limit.saturating_add(AHEAD), STEP).peekable()
}

/// The same of a whole content, of which the first is found; none if none looks encoded.
pub(super) fn samples(bytes: &[u8]) -> Option<Peekable<Samples<'_>>> {
    let mut samples = Samples::new(bytes, 0, bytes.len(), STEP).peekable();
    samples.peek().is_some().then_some(samples)
}

/// Adds to `hits` the tokens that are encoded in `window` and begin before `limit`; `triggers` are the anchors in it. Gives the containers
/// that are encoded in it, by what `is_container` says of their first bytes.
pub(super) fn find(
    tokens: &TokenRules,
    window: &Window<'_>,
    limit: usize,
    triggers: &[(usize, Trigger)],
    samples: Peekable<Samples<'_>>,
    is_container: Option<fn(&[u8]) -> bool>,
    hits: &mut Vec<Hit>,
) -> Vec<Packed> {
    let mut search = Search::new(tokens, window.bytes, 0, is_container);
    search.all(triggers, samples);
    let (found, mut packed) = (search.found, search.packed);
    packed.retain(|packed| (window.from..limit).contains(&packed.span.start));
    packed.sort_by_key(|packed| (packed.span.start, packed.encoding.len()));
    packed.dedup_by(|next, one| next.span == one.span && next.encoding == one.encoding);
    for packed in &mut packed {
        packed.is_whole |= window.last;
    }
    if !found.is_empty() {
        add(found, window.from..limit, hits);
    }
    packed
}

/// The container in the encoded text that `raw` begins with.
pub(super) fn packed(
    tokens: &TokenRules,
    raw: &[u8],
    is_last: bool,
    is_container: fn(&[u8]) -> bool,
) -> Option<Packed> {
    let mut search = Search::new(tokens, raw, 0, Some(is_container));
    // What is encoded once is decoded without a look at what else it may be, which would take many times the memory.
    search.packed(0);
    if search.packed.is_empty() {
        search.all(&[], Samples::new(raw, 0, STEP, STEP).peekable());
    }
    let mut packed = search.packed.into_iter().min_by_key(|packed| packed.span.start)?;
    packed.is_whole |= is_last;
    Some(packed)
}

/// Adds to `hits` what was found in the decided part of a window.
fn add(mut found: Vec<Found>, decided: Range<usize>, hits: &mut Vec<Hit>) {
    found.retain(|found| decided.contains(&found.span.start));
    // What two families decoded is one finding: that with fewer layers.
    found.sort_by_key(|found| (found.span.start, found.rule, found.encoding.len(), found.span.end));
    found.dedup_by(|next, one| next.span.start < one.span.end && next.adds_nothing_to(one));
    for found in found {
        let rival = hits.iter().position(|hit| hit.decoded.is_none() && hit.span.start == found.span.start);
        match rival {
            // A plain key that is one as it stands is that key, unless only with what follows it is a better one.
            Some(rival) if hits[rival].rule <= found.rule => continue,
            Some(rival) => drop(hits.remove(rival)),
            None => {}
        }
        hits.push(Hit {
            rule: found.rule,
            span: found.span.clone(),
            whole: found.span,
            shown: found.shown,
            decoded: Some(Box::new((found.secret, found.encoding))),
        });
    }
}

/// Whether `bytes` hold a sample that looks encoded.
pub(super) fn may_hold(bytes: &[u8]) -> bool {
    Samples::new(bytes, 0, bytes.len(), STEP).next().is_some()
}

impl<'s> Search<'s> {
    fn new(tokens: &'s TokenRules, bytes: &'s [u8], depth: usize, is_container: Option<fn(&[u8]) -> bool>) -> Self {
        let (done, base64) = (Done::default(), base64::Reader::default());
        let (found, packed) = (Vec::new(), Vec::new());
        Search { tokens, bytes, lines: None, depth, done, base64, readings: None, found, is_container, packed }
    }

    /// Follows anchors and samples in the order in which they stand, since what was decoded is not looked at again.
    fn all(&mut self, triggers: &[(usize, Trigger)], samples: Peekable<Samples<'_>>) {
        let mut triggers = triggers.iter().copied().peekable();
        for (at, look) in samples {
            while let Some((at, trigger)) = triggers.next_if(|&(anchor, _)| anchor <= at) {
                self.anchor(at, trigger);
            }
            self.soft(at);
            match look {
                Look::Hex(phases) => {
                    self.hex(at);
                    self.base64(at, phases);
                }
                Look::Base64(phases) => self.base64(at, phases),
                Look::Wrapped(place) => self.base64(place, ANY_PHASE),
                Look::WrappedHex(place) => self.hex(place),
                Look::List => self.list(at),
                Look::Packed(start, wrapped) => {
                    self.packed(start);
                    self.hex(at);
                    self.base64(at, ANY_PHASE);
                    wrapped.into_iter().for_each(|place| self.base64(place, ANY_PHASE));
                }
                Look::Wide(width, phase) => self.wide(at, (width, phase)),
            }
        }
        triggers.for_each(|(at, trigger)| self.anchor(at, trigger));
    }

    fn anchor(&mut self, at: usize, trigger: Trigger) {
        match trigger {
            Trigger::Base64 => self.base64(at, ANY_PHASE),
            Trigger::Word => self.escaped(at.saturating_sub(BEFORE_WORD), at),
            Trigger::Open => self.escaped(at, at),
        }
    }

    fn base64(&mut self, at: usize, phases: u32) {
        if phases == 0 {
            return;
        }
        let (tokens, is_last) = (self.tokens, self.depth + 1 >= DEPTH);
        let may_hold = |text: &[u8]| {
            tokens.may_hold_text(text) || !is_last && Samples::new(text, 0, text.len(), BLOCK).next().is_some()
        };
        for mut text in self.base64.texts(self.bytes, at, phases, may_hold) {
            let inner = self.inside(&text);
            // What is encoded so is rare, and only then it has to be told by which alphabet.
            if !inner.is_empty() && base64::is_of_urls(self.bytes, &text.span(&(0..text.len()))) {
                text.rename(Encoding::Base64, Encoding::Base64Url);
            }
            self.take(&text, inner);
        }
        // A digit may be escaped, as in `%2B`; then the rest of the run stands behind it.
        if let Some(end) = self.base64.end().filter(|&end| escape::goes_on_in_digits(&self.bytes[end..])) {
            self.escaped(at.saturating_sub(BEFORE_WORD), end);
        }
    }

    fn packed(&mut self, start: usize) {
        let Some(is_container) = self.is_container.filter(|_| start >= self.done.packed) else { return };
        if let Some(packed) = packed::read(self.bytes, start, is_container) {
            self.done.packed = packed.end;
            self.packed.push(Packed {
                is_whole: packed.end < self.bytes.len(),
                span: start..packed.end,
                bytes: packed.bytes,
                encoding: packed.encoding,
            });
        }
    }

    fn hex(&mut self, at: usize) {
        if at >= self.done.hex {
            let (texts, end) = hex::texts(self.bytes, at, self.done.hex..self.bytes.len());
            self.done.hex = end.max(at + 1);
            self.texts(texts);
        }
    }

    fn list(&mut self, at: usize) {
        if at >= self.done.list {
            let mut start = list::start(self.bytes, at, &(self.done.list..self.bytes.len()));
            // What stands before the sample may look like a list and be none, up to somewhere in it.
            while start < at + BLOCK {
                let begins_line = |at| self.lines.is_some_and(|lines| lines.begins(at));
                let readings = self.readings.get_or_insert_default();
                let (texts, end) = list::texts(readings, self.bytes, start, at + BLOCK, begins_line);
                self.done.list = end.max(start + 1);
                start = self.done.list;
                self.texts(texts);
            }
        }
        if at >= self.done.written
            && let Some((text, end)) = written::text(self.bytes, at, self.done.written)
        {
            self.done.written = end;
            self.texts(vec![text]);
        }
        let sample = &self.bytes[at..at + BLOCK];
        if numbers::has_escape(sample) {
            self.escaped(at.saturating_sub(BEFORE_WORD), at);
        }
    }

    fn wide(&mut self, at: usize, width: (usize, usize)) {
        if at >= self.done.wide {
            let (texts, end) = utf::text(self.bytes, at, width, self.done.wide..self.bytes.len());
            // What is too short for a text, as a few small numbers, may have taken the first character of one of another width.
            self.done.wide = if texts.is_empty() { at + 1 } else { end.max(at + 1) };
            // Of two readings, that counts in which more of a key is right; low bytes first are far more common.
            let mut all: Vec<_> = texts.into_iter().map(|text| (self.inside(&text), text)).collect();
            all.sort_by_key(|(inner, _)| inner.rank());
            let begin = self.found.len();
            for (number, (inner, text)) in all.into_iter().enumerate() {
                let (better, read) = (self.found.len(), self.packed.len());
                self.take(&text, inner);
                if number > 0 {
                    self.packed.truncate(read);
                    reading::merge(&mut self.found, begin..better);
                }
            }
        }
    }

    fn escaped(&mut self, start: usize, at: usize) {
        if at >= self.done.escape {
            let (texts, end) = escape::texts(self.bytes, start, at, self.bytes.len());
            self.done.escape = end.max(at + 1);
            self.texts(texts);
        }
    }

    /// What a sample leads to may be broken by the soft ends of its lines.
    #[inline(never)]
    fn soft(&mut self, at: usize) {
        if at < self.done.line {
            return;
        }
        let (is_near, end) = soft::is_near(self.bytes, at, self.done.soft);
        self.done.line = end;
        if is_near && let Some((text, end)) = soft::text(self.bytes, at, self.done.soft) {
            (self.done.soft, self.done.line) = (end, end);
            self.texts(vec![text]);
        }
    }

    /// Searches decoded texts.
    fn texts(&mut self, texts: Vec<Text>) {
        for text in texts {
            let inner = self.inside(&text);
            self.take(&text, inner);
        }
    }

    /// Takes over what is in a text that was decoded out of this one.
    fn take(&mut self, text: &Text, inner: Inside) {
        for packed in inner.packed {
            let mut encoding = text.layers(&packed.span);
            encoding.extend(packed.encoding);
            let span = text.span(&packed.span);
            // What goes to the end of the text may go on behind the window.
            let is_whole = packed.is_whole || text.span(&(0..text.len())).end + TAIL < self.bytes.len();
            self.packed.push(Packed { span, encoding, is_whole, ..packed });
        }
        for found in inner.found {
            let mut encoding = text.layers(&found.span);
            // What stands there as it is was found without this layer.
            if encoding.is_empty() {
                continue;
            }
            encoding.extend(found.encoding);
            self.found.push(Found { span: text.span(&found.span), encoding, ..found });
        }
    }
}

impl Search<'_> {
    /// Searches a text that was decoded out of this one.
    fn inside(&self, text: &Text) -> Inside {
        let bytes = text.bytes();
        #[cfg(test)]
        work::count(bytes.len());
        let (tokens, depth) = (self.tokens, self.depth + 1);
        let window = Window { bytes, from: 0, last: true };
        let mut hits = Vec::new();
        let lines = Some(Lines::new(text, self.bytes, self.lines.as_ref()));
        let place = Place { offset: 0, last_end: &mut u64::MAX.clone(), lines };
        let triggers = tokens.find(&window, bytes.len(), place, &mut hits);
        let plain = hits.into_iter().map(|hit| Found {
            secret: hit.secret(bytes),
            span: hit.span,
            rule: hit.rule,
            shown: hit.shown,
            encoding: Vec::new(),
        });
        let mut found: Vec<Found> = plain.collect();
        if depth >= DEPTH {
            return Inside { found, packed: Vec::new() };
        }
        let mut search = Search { lines, ..Search::new(tokens, bytes, depth, self.is_container) };
        search.all(&triggers, Samples::new(bytes, 0, bytes.len(), BLOCK).peekable());
        for inner in search.found {
            match found.iter().position(|plain| plain.encoding.is_empty() && plain.span.start == inner.span.start) {
                Some(rival) if found[rival].rule <= inner.rule => continue,
                Some(rival) => found[rival] = inner,
                None => found.push(inner),
            }
        }
        Inside { found, packed: search.packed }
    }
}

/// Counts the bytes that are decoded, so that tests can say how much work something is.
#[cfg(test)]
pub(super) mod work {
    use std::cell::Cell;

    thread_local! {
        static BYTES: Cell<usize> = const { Cell::new(0) };
    }

    pub(in crate::detect) fn count(bytes: usize) {
        BYTES.with(|sum| sum.set(sum.get() + bytes));
    }

    /// The sum since it was asked for last.
    pub(in crate::detect) fn take() -> usize {
        BYTES.take()
    }
}
