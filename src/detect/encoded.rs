//! Finds tokens in encoded text, whatever is wrapped in whatever, to a depth.
//!
//! Two things lead to an encoded text: an anchor that the one pass for prefixes meets, such as the base64 of a prefix, and a
//! sample that looks encoded ([`super::sample`]). What stands around it is decoded, and the decoded text is searched like
//! any other, for tokens and for what is encoded in it. Each byte is decoded once by each family of encodings, so the
//! time is linear in the size and, at worst, grows by a constant factor with each layer.

use std::ops::Range;

use crate::encoding::Encoding;
use crate::secret::Secret;

use super::decode::{Text, base64, escape, hex, list, utf};
use super::sample::{self, Look, Samples};
use super::token::{Place, TokenRules, Trigger};
use super::{Hit, Window};

/// How many layers are taken off.
pub(super) const DEPTH: usize = 4;

/// The longest encoded key in bytes that is surely found, from its first byte to its last.
pub(super) const LONGEST: usize = 8 << 10;

/// How many bytes before an encoded key decide about it.
pub(super) const BEHIND: usize = 768;

/// How far behind the beginning of an encoded key the first anchor or sample in it may stand.
pub(super) const AHEAD: usize = 64;

/// How far before an anchor its escaped beginning may stand.
const BEFORE_WORD: usize = 160;

/// Groups of base64 may begin with any of four digits.
const ANY_PHASE: u32 = 0xf;

/// A token found in encoded text.
struct Found {
    span: Range<usize>,
    rule: usize,
    secret: Secret,
    shown: usize,
    encoding: Vec<Encoding>,
}

/// What was decoded already: up to where, by each family.
#[derive(Default)]
struct Done {
    hex: usize,
    list: usize,
    wide: usize,
    escape: usize,
}

/// One text that is searched, at some depth.
struct Search<'s> {
    tokens: &'s TokenRules,
    bytes: &'s [u8],
    depth: usize,
    done: Done,
    base64: base64::Reader,
    found: Vec<Found>,
}

/// Adds to `hits` the tokens that are encoded in `window` and begin before `limit`; `triggers` are the anchors in it.
pub(super) fn find(
    tokens: &TokenRules,
    window: &Window<'_>,
    limit: usize,
    triggers: &[(usize, Trigger)],
    hits: &mut Vec<Hit>,
) {
    let mut search = Search {
        tokens,
        bytes: window.bytes,
        depth: 0,
        done: Done::default(),
        base64: base64::Reader::default(),
        found: Vec::new(),
    };
    search.all(triggers, Samples::new(window.bytes, window.from, limit.saturating_add(AHEAD), sample::STEP));
    let mut found = search.found;
    if found.is_empty() {
        return;
    }
    found.retain(|found| (window.from..limit).contains(&found.span.start));
    // What two families decoded is one finding: that with fewer layers.
    found.sort_by_key(|found| (found.span.start, found.rule, found.encoding.len(), found.span.end));
    found.dedup_by(|next, one| next.rule == one.rule && next.secret == one.secret && next.span.start < one.span.end);
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
    Samples::new(bytes, 0, bytes.len(), sample::STEP).next().is_some()
}

impl Search<'_> {
    /// Follows anchors and samples in the order in which they stand, since what was decoded is not looked at again.
    fn all(&mut self, triggers: &[(usize, Trigger)], samples: Samples<'_>) {
        let mut triggers = triggers.iter().copied().peekable();
        for (at, look) in samples {
            while let Some((at, trigger)) = triggers.next_if(|&(anchor, _)| anchor <= at) {
                self.anchor(at, trigger);
            }
            match look {
                Look::Hex(phases) => {
                    self.hex(at);
                    self.base64(at, phases);
                }
                Look::Base64(phases) => self.base64(at, phases),
                Look::List => self.list(at),
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
        let texts = self.base64.texts(self.bytes, at, phases);
        self.texts(texts);
        // A digit may be escaped, as in `%2B`; then the rest of the run stands behind it.
        if let Some(end) = self.base64.end().filter(|&end| escape::goes_on(&self.bytes[end..])) {
            self.escaped(at.saturating_sub(BEFORE_WORD), end);
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
            while start < at + sample::BLOCK {
                let (texts, end) = list::texts(self.bytes, start, at + sample::BLOCK);
                self.done.list = end.max(start + 1);
                start = self.done.list;
                self.texts(texts);
            }
        }
        let sample = &self.bytes[at..at + sample::BLOCK];
        if list::has_escape(sample) {
            self.escaped(at.saturating_sub(BEFORE_WORD), at);
        }
    }

    fn wide(&mut self, at: usize, width: (usize, usize)) {
        if at >= self.done.wide {
            let (text, end) = utf::text(self.bytes, at, width, self.done.wide..self.bytes.len());
            self.done.wide = end.max(at + 1);
            self.texts(text.into_iter().collect());
        }
    }

    fn escaped(&mut self, start: usize, at: usize) {
        if at >= self.done.escape {
            let (text, end) = escape::text(self.bytes, start, at, self.bytes.len());
            self.done.escape = end.max(at + 1);
            self.texts(text.into_iter().collect());
        }
    }

    /// Searches decoded texts.
    fn texts(&mut self, texts: Vec<Text>) {
        for text in texts {
            for found in all(self.tokens, text.bytes(), self.depth + 1) {
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
}

/// The tokens in a decoded text, plain and encoded.
fn all(tokens: &TokenRules, bytes: &[u8], depth: usize) -> Vec<Found> {
    #[cfg(test)]
    work::count(bytes.len());
    let window = Window { bytes, from: 0, last: true };
    let mut hits = Vec::new();
    let place = Place { offset: 0, last_end: &mut u64::MAX.clone(), is_content: false };
    let triggers = tokens.find(&window, bytes.len(), place, &mut hits);
    let plain = hits.into_iter().map(|hit| Found {
        secret: hit.secret(bytes),
        span: hit.span,
        rule: hit.rule,
        shown: hit.shown,
        encoding: Vec::new(),
    });
    let mut found: Vec<Found> = plain.collect();
    if depth < DEPTH {
        let mut search = Search {
            tokens,
            bytes,
            depth,
            done: Done::default(),
            base64: base64::Reader::default(),
            found: Vec::new(),
        };
        search.all(&triggers, Samples::new(bytes, 0, bytes.len(), sample::BLOCK));
        for inner in search.found {
            match found.iter().position(|plain| plain.encoding.is_empty() && plain.span.start == inner.span.start) {
                Some(rival) if found[rival].rule <= inner.rule => continue,
                Some(rival) => found[rival] = inner,
                None => found.push(inner),
            }
        }
    }
    found
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
