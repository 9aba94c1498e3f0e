//! Finds secrets in bytes: prefilter, then pattern, then judgement; and the same again in whatever looks encoded.
//!
//! A content comes as one or more [`Window`]s that overlap. Each place where a secret may begin is decided in exactly
//! one of them: in the first that shows enough of what follows ([`Detector::reach`]), so that where windows end changes
//! nothing about what is found.

mod anchor;
mod boundary;
mod decode;
mod encoded;
#[cfg(test)]
mod encoded_tests;
mod identifier;
mod lanes;
mod look;
mod pattern;
mod placeholder;
#[cfg(test)]
mod placeholder_chance;
mod prefilter;
mod reading;
mod run;
mod sample;
#[cfg(test)]
mod sample_tests;
mod suspects;
mod token;
mod words;

use std::ops::Range;
use std::sync::Arc;

use crate::encoding::Encoding;
use crate::rule::{Allowlist, Rule, RuleSet, shannon_entropy};
use crate::secret::Secret;

pub use boundary::LOOK_BEHIND;
pub use placeholder::looks_made_up;
pub use sample::AROUND_ENCODED;

/// How many bytes on either side of a match count as its line, for allowlists that look at lines.
const LINE_CONTEXT: usize = 4096;

/// How many bytes on either side of a secret a window shows in any case: comments that allow it may stand there.
pub const BESIDE: usize = 1024;

/// The rules in force, made ready to search.
#[derive(Debug)]
pub struct Detector {
    rules: Vec<Arc<Rule>>,
    tokens: token::TokenRules,
    patterns: pattern::PatternRules,
    reach: usize,
    is_container: Option<fn(&[u8]) -> bool>,
    /// How much on either side of a match is looked at.
    line_context: usize,
}

/// A stretch of a content.
#[derive(Debug, Clone, Copy)]
pub struct Window<'a> {
    /// The stretch.
    pub bytes: &'a [u8],
    /// Where in `bytes` the undecided part begins; what lies before is there to be looked back at. At least
    /// [`Detector::behind`], unless the window is the first.
    pub from: usize,
    /// Whether the content ends with this window.
    pub last: bool,
}

/// A secret in a window.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hit {
    /// The rule's place among the rules in force.
    pub rule: usize,
    /// Where the secret stands in the window.
    pub span: Range<usize>,
    /// All that the rule's regex matched.
    pub whole: Range<usize>,
    /// How many bytes of the secret a redacted form may show.
    pub shown: usize,
    /// The secret itself and how it is encoded, outermost first, if it does not stand there as it is.
    pub decoded: Option<Box<(Secret, Vec<Encoding>)>>,
}

/// What a whole content holds.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Sight {
    /// The secrets in it, by place and rule.
    pub hits: Vec<Hit>,
    /// Whether there is a container in encoded text.
    pub has_packed: bool,
    /// What [`Detector::holds_prefix`] says of it.
    pub holds_prefix: bool,
}

/// A container in an encoded text.
pub struct Packed {
    /// Where the text stands in the window.
    pub span: Range<usize>,
    /// What was decoded.
    pub bytes: Vec<u8>,
    /// How it is encoded, outermost first.
    pub encoding: Vec<Encoding>,
    /// Whether it ends in the window, or with it the content.
    pub is_whole: bool,
}

impl Hit {
    /// The secret; `bytes` is the window in which it was found.
    pub fn secret(&self, bytes: &[u8]) -> Secret {
        match &self.decoded {
            Some(decoded) => decoded.0.clone(),
            None => Secret::new(&bytes[self.span.clone()], self.shown),
        }
    }

    /// How the secret is encoded, outermost first; empty for plain text.
    pub fn encoding(&self) -> &[Encoding] {
        self.decoded.as_ref().map_or(&[], |decoded| &decoded.1)
    }
}

/// Gives the path of what is searched, if it has one.
pub type PathOf<'a> = &'a dyn Fn() -> Option<Vec<u8>>;

/// Where the search of one content stands, carried from one of its windows to the next.
#[derive(Debug, Clone)]
pub struct Progress {
    offset: u64,
    last_token_end: u64,
    patterns: pattern::Progress,
}

impl Detector {
    /// Makes `rules` ready to search.
    pub fn new(rules: &RuleSet) -> Self {
        let rules = rules.rules().to_vec();
        let tokens = token::TokenRules::new(&rules);
        let patterns = pattern::PatternRules::new(&rules);
        let encoded = if tokens.are_some() { encoded::LONGEST } else { 0 };
        let reach = tokens.reach().max(patterns.reach()).max(encoded).max(1);
        let looks_at_lines = rules.iter().flat_map(|rule| &rule.allowlists).any(Allowlist::looks_at_lines);
        let line_context = if looks_at_lines { LINE_CONTEXT } else { BESIDE };
        Detector { rules, tokens, patterns, reach, is_container: None, line_context }
    }

    /// Has containers in encoded text noted, too: what `is_container` says to begin like one.
    pub fn with_packed(self, is_container: fn(&[u8]) -> bool) -> Self {
        Detector { is_container: Some(is_container), ..self }
    }

    /// The rules in force; [`Hit::rule`] counts in these.
    pub fn rules(&self) -> &[Arc<Rule>] {
        &self.rules
    }

    /// How many bytes, from the one where a secret begins, decide about it.
    pub fn reach(&self) -> usize {
        self.reach + self.line_context
    }

    /// How many decided bytes a window has to keep in front of its undecided part.
    pub fn behind(&self) -> usize {
        LOOK_BEHIND.max(encoded::BEHIND).max(self.patterns.longest_keyword()).max(self.line_context)
    }

    /// The state at the beginning of a content.
    pub fn start(&self) -> Progress {
        Progress { offset: 0, last_token_end: u64::MAX, patterns: self.patterns.start() }
    }

    /// Where the decided part of `window` ends; the next window's `from` is to be this place.
    pub fn limit(&self, window: &Window<'_>) -> usize {
        if window.last { window.bytes.len() } else { window.bytes.len().saturating_sub(self.reach()).max(window.from) }
    }

    /// Adds to `hits` the secrets that begin in `window`'s decided part, by place and rule; gives the containers in encoded text that begin
    /// there, if [`Detector::with_packed`] asks for them. `offset` is where the window begins in its content; `path` is asked for only if
    /// a rule goes by it, and without it no rule goes by paths.
    pub fn find(
        &self,
        window: &Window<'_>,
        offset: u64,
        progress: &mut Progress,
        path: Option<PathOf<'_>>,
        hits: &mut Vec<Hit>,
    ) -> Vec<Packed> {
        debug_assert!(offset >= progress.offset, "windows come in order");
        progress.offset = offset;
        let limit = self.limit(window);
        let mut packed = Vec::new();
        if !is_zero(window.bytes) {
            let place = token::Place { offset, last_end: &mut progress.last_token_end, lines: None };
            let triggers = self.tokens.find(window, limit, place, hits);
            if self.tokens.are_some() {
                let samples = encoded::samples_in(window, limit);
                packed = encoded::find(&self.tokens, window, limit, &triggers, samples, self.is_container, hits);
            }
        }
        self.patterns.find(window, offset, limit, &mut progress.patterns, hits);
        self.admit(window.bytes, path, hits);
        packed
    }

    /// Leaves of `hits` those that their rules admit, by place and rule.
    fn admit(&self, bytes: &[u8], path: Option<PathOf<'_>>, hits: &mut Vec<Hit>) {
        if !hits.is_empty() {
            hits.retain(|hit| self.admits(hit, bytes, path));
            hits.sort_by_key(|hit| (hit.span.start, hit.rule));
        }
    }

    /// The container in the encoded text that `raw` begins with; whether the content ends with it, `is_last` says.
    pub fn packed(&self, raw: &[u8], is_last: bool) -> Option<Packed> {
        encoded::packed(&self.tokens, raw, is_last, self.is_container?)
    }

    /// How many bytes on either side of a place decide whether something that [`Detector::may_hold_in`] goes by stands across it.
    /// None if a rule may find something anywhere.
    pub fn around(&self) -> Option<usize> {
        let tokens = if self.tokens.are_some() { self.tokens.around().max(sample::AROUND) } else { 0 };
        let keywords = self.patterns.longest_keyword().saturating_sub(1);
        (!self.patterns.has_rule_without_keyword()).then(|| tokens.max(keywords))
    }

    /// Whether anything stands in `bytes`, a whole content, that a secret cannot be without: it is cheaper to know than the
    /// secrets themselves.
    pub fn may_hold(&self, bytes: &[u8]) -> bool {
        self.holds_prefix(bytes) || self.tokens.are_some() && encoded::may_hold(bytes)
    }

    /// The same of parts of a content, each with [`Detector::around`] bytes on either side of what is new in it: a secret that is
    /// new, wholly or in part, shows in them. `seams` are where something was left out; none need to be given if there are
    /// [`AROUND_ENCODED`] bytes on either side.
    pub fn may_hold_in(&self, parts: &[u8], seams: &[usize]) -> bool {
        self.may_hold(parts) || self.tokens.are_some() && sample::may_go_over(parts, seams)
    }

    /// Whether a prefix, a part of one or a keyword stands in `bytes`, or anything may be a secret: then what is put together from
    /// parts of `bytes` may hold one that shows in none of what is new.
    pub fn holds_prefix(&self, bytes: &[u8]) -> bool {
        self.patterns.has_rule_without_keyword() || self.tokens.may_hold(bytes) || self.patterns.may_hold(bytes)
    }

    /// The secrets in a whole content.
    pub fn find_all(&self, bytes: &[u8], path: Option<PathOf<'_>>) -> Vec<Hit> {
        let mut hits = Vec::new();
        self.find(&Window { bytes, from: 0, last: true }, 0, &mut self.start(), path, &mut hits);
        hits
    }

    /// The same where nearly all contents hold nothing, without going by paths: nothing is looked at twice.
    pub fn find_if_any(&self, bytes: &[u8]) -> Sight {
        let mut hits = Vec::new();
        let window = Window { bytes, from: 0, last: true };
        if self.holds_prefix(bytes) {
            let packed = self.find(&window, 0, &mut self.start(), None, &mut hits);
            return Sight { hits, has_packed: !packed.is_empty(), holds_prefix: true };
        }
        let mut has_packed = false;
        if let Some(samples) = self.tokens.are_some().then(|| encoded::samples(bytes)).flatten() {
            let packed = encoded::find(&self.tokens, &window, bytes.len(), &[], samples, self.is_container, &mut hits);
            has_packed = !packed.is_empty();
            self.admit(bytes, None, &mut hits);
        }
        Sight { hits, has_packed, holds_prefix: false }
    }

    /// `text` with every secret in it redacted.
    pub fn mask(&self, text: &[u8]) -> Vec<u8> {
        let mut masked = Vec::with_capacity(text.len());
        let mut end = 0;
        for hit in self.find_all(text, None) {
            if hit.span.start >= end {
                masked.extend_from_slice(&text[end..hit.span.start]);
                // An encoded secret is shown as it stands there, cut as short: it is longer than what it encodes.
                let secret = Secret::new(&text[hit.span.clone()], hit.shown);
                masked.extend_from_slice(secret.redacted().as_bytes());
            }
            // A secret that begins in another one goes with it, to its end.
            end = end.max(hit.span.end);
        }
        masked.extend_from_slice(&text[end..]);
        masked
    }

    /// The parts of a rule that only a hit is asked about: path, entropy and allowlists.
    fn admits(&self, hit: &Hit, bytes: &[u8], path_of: Option<PathOf<'_>>) -> bool {
        let rule = &self.rules[hit.rule];
        if rule.path.is_none() && rule.entropy.is_none() && rule.allowlists.is_empty() {
            return true;
        }
        let path = path_of.and_then(|path| path());
        if let Some(wanted) = &rule.path
            && path_of.is_some()
            && !path.as_deref().is_some_and(|path| wanted.is_match(path))
        {
            return false;
        }
        let secret = hit.secret(bytes);
        let secret = secret.reveal();
        let whole = if hit.decoded.is_some() { secret } else { &bytes[hit.whole.clone()] };
        if rule.entropy.is_some_and(|least| shannon_entropy(secret) <= least) {
            return false;
        }
        let line = || lines_around(bytes, &hit.whole);
        !rule.allowlists.iter().any(|list| list.allows(path.as_deref(), secret, whole, line))
    }
}

/// Whether there is nothing but zeros, as in the holes of disk images: no token is made of these, and it takes half the time of a search.
fn is_zero(bytes: &[u8]) -> bool {
    const PIECE: usize = 1024;
    bytes.chunks(PIECE).all(|piece| piece.iter().fold(0, |any, byte| any | byte) == 0)
}

/// The lines that `span` stands on, as far as [`LINE_CONTEXT`] goes.
fn lines_around<'a>(bytes: &'a [u8], span: &Range<usize>) -> &'a [u8] {
    let first = span.start.saturating_sub(LINE_CONTEXT);
    let last = bytes.len().min(span.end + LINE_CONTEXT);
    let start = memchr::memrchr(b'\n', &bytes[first..span.start]).map_or(first, |at| first + at + 1);
    let end = memchr::memchr(b'\n', &bytes[span.end..last]).map_or(last, |at| span.end + at);
    &bytes[start..end]
}

#[cfg(test)]
mod tests;
#[cfg(test)]
mod token_tests;
#[cfg(test)]
mod window_tests;
