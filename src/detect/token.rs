//! Finds tokens: random keys behind a fixed prefix, such as `rg_live_…`.
//!
//! A hit of the prefix is only the beginning. The whole run of token characters behind it is taken, and each rule with
//! that prefix is asked whether exactly this run is its key.
//!
//! The same search looks for anchors: what shows that a prefix may stand there in another form.

use std::sync::Arc;

use std::ops::Range;

use memchr::memmem;
use regex::bytes::Regex;

use crate::rule::{Judge, Rule};

use super::anchor::{self, Anchor, Trigger};
use super::decode::{Lines, escape, joint};
use super::look::AHEAD;
use super::prefilter::Prefilter;
use super::{Hit, Window, boundary, identifier, placeholder};
use crate::secret::SHOWN_OF_TAIL;

/// A tail that runs on into a template's variable (`rg_live_tenant42${…}`) or a mask (`rg_live_9f1c…`) is part of it, unless it
/// is as long as this: then a key stands before it.
const KEY_BEFORE_VARIABLE: usize = 24;

/// Rules for tokens, with one search for all of their prefixes.
#[derive(Debug)]
pub(super) struct TokenRules {
    prefilter: Prefilter,
    /// A cheaper search for contents, which are far larger than what is decoded; none if the prefixes have no words for it.
    words: Option<Words>,
    /// For each literal of the prefilter, the rules whose prefix begins with it.
    by_literal: Vec<Vec<TokenRule>>,
    /// What the prefilter's literals behind those are, and how long.
    anchors: Vec<(usize, Anchor)>,
    longest: usize,
    longest_literal: usize,
}

/// Where a window lies.
pub(super) struct Place<'p> {
    /// Where it begins in the content or text.
    pub(super) offset: u64,
    /// Where in that the last token ended.
    pub(super) last_end: &'p mut u64,
    /// The lines that it was decoded of, if it is no content.
    pub(super) lines: Option<Lines<'p>>,
}

/// A search for the words of the prefixes: a word finds its prefix, plain or with its signs escaped, and one literal is searched
/// several times as fast as several are.
#[derive(Debug)]
struct Words {
    prefilter: Prefilter,
    /// For each word, which literals hold it, and where.
    prefixes: Vec<Vec<(usize, usize)>>,
    /// For each word, its number among all literals.
    anchors: Vec<usize>,
    /// For each word, its length and which bytes a prefix may go on with behind it: most that stand there are another word's.
    followers: Vec<(usize, [bool; 256])>,
    /// How many bytes, from the first on and before it, tell whether a word or its prefix leads to anything.
    around: usize,
}

#[derive(Debug)]
struct TokenRule {
    index: usize,
    prefix: Vec<u8>,
    max_len: usize,
    next_prefix: memmem::Finder<'static>,
    /// The rule's regex, made to match a whole text.
    whole: Regex,
}

impl TokenRules {
    /// Takes the token rules out of `rules`; their indices are those in `rules`.
    pub(super) fn new(rules: &[Arc<Rule>]) -> Self {
        let tokens: Vec<_> = rules
            .iter()
            .enumerate()
            .filter_map(|(index, rule)| match &rule.judge {
                Judge::Token { prefix, whole } => Some((prefix.as_bytes(), index, rule, whole)),
                Judge::Regex => None,
            })
            .collect();
        // Of two prefixes of which one begins with the other, the shorter finds both.
        let mut literals: Vec<&[u8]> = Vec::new();
        for &(prefix, ..) in &tokens {
            if !tokens.iter().any(|(other, ..)| prefix.len() > other.len() && prefix.starts_with(other))
                && !literals.contains(&prefix)
            {
                literals.push(prefix);
            }
        }
        let rules_of = |literal: &&[u8]| -> Vec<TokenRule> {
            let with_prefix = tokens.iter().filter(|(prefix, ..)| prefix.starts_with(literal));
            with_prefix
                .map(|(prefix, index, rule, whole)| TokenRule::new(prefix, *index, rule.max_len, whole))
                .collect()
        };
        let by_literal = literals.iter().map(rules_of).collect();
        let anchors = anchor::anchors(&literals);
        let all: Vec<&[u8]> = literals.iter().copied().chain(anchors.iter().map(|(form, _)| form.as_slice())).collect();
        TokenRules {
            words: Words::new(&literals, &all),
            prefilter: Prefilter::new(&all),
            longest_literal: all.iter().map(|literal| literal.len()).max().unwrap_or(0),
            by_literal,
            anchors: anchors.into_iter().map(|(form, anchor)| (form.len(), anchor)).collect(),
            longest: tokens.iter().map(|(_, _, rule, _)| rule.max_len).max().unwrap_or(0),
        }
    }

    /// How many bytes from its beginning on decide about a token: one more than the longest shows that it is longer,
    /// and the beginning of the next token shows where this one ends.
    pub(super) fn reach(&self) -> usize {
        self.longest + 1 + self.longest_prefix()
    }

    /// The longest prefix of a rule.
    pub(super) fn longest_prefix(&self) -> usize {
        self.by_literal.iter().flatten().map(|rule| rule.prefix.len()).max().unwrap_or(0)
    }

    /// Whether there are such rules.
    pub(super) fn are_some(&self) -> bool {
        !self.by_literal.is_empty()
    }

    /// Whether a prefix or an anchor stands in `bytes`.
    pub(super) fn may_hold(&self, bytes: &[u8]) -> bool {
        let mut from = 0;
        while let Some((at, literal, next)) = self.next(bytes, from, true) {
            if literal < self.by_literal.len() || self.trigger(literal, bytes, at).is_some() {
                return true;
            }
            from = next;
        }
        false
    }

    /// Whether [`TokenRules::find`] comes to anything in a decoded text.
    pub(super) fn may_hold_text(&self, text: &[u8]) -> bool {
        self.next(text, 0, false).is_some()
    }

    /// How many bytes on either side of a place decide whether something that [`TokenRules::may_hold`] goes by stands across it.
    pub(super) fn around(&self) -> usize {
        let any = self.longest_literal + anchor::AFTER.max(anchor::BEFORE);
        self.words.as_ref().map_or(any, |words| words.around).saturating_sub(1)
    }

    /// Adds the tokens that begin in `window`'s decided part, to `limit`, and gives what may be one in another form.
    pub(super) fn find(
        &self,
        window: &Window<'_>,
        limit: usize,
        place: Place<'_>,
        hits: &mut Vec<Hit>,
    ) -> Vec<(usize, Trigger)> {
        let Place { offset, last_end, lines } = place;
        let mut triggers = Vec::new();
        let mut from = window.from;
        // What begins behind the decided part is decided later; only anchors of what begins before may stand there.
        let end = window.bytes.len().min(limit.saturating_add(AHEAD + self.longest_literal));
        while let Some((start, literal, next)) = self.next(&window.bytes[..end], from, lines.is_none()) {
            from = next;
            if start < window.from {
                continue;
            }
            let Some(rules) = self.by_literal.get(literal) else {
                triggers.extend(self.trigger(literal, window.bytes, start).map(|trigger| (start, trigger)));
                continue;
            };
            // A key that follows another without a gap is one, though a letter or digit stands before it.
            if start >= limit
                || offset + start as u64 != *last_end
                    && !boundary::may_begin_after(&window.bytes[..start])
                    && !lines.is_some_and(|lines| lines.begins_anew(start))
            {
                continue;
            }
            let text = &window.bytes[start..];
            let longest = rules.iter().map(|rule| rule.max_len).max().unwrap_or(0);
            let end = rules.iter().map(|rule| rule.run(text, longest)).max().unwrap_or(0);
            *last_end = offset + (start + end) as u64;
            self.tokens_at(literal, longest, window.bytes, start..start + end, lines, hits);
            if escape::goes_on(&text[end..]) || joint::goes_on_in_call(window.bytes, start, start + end) {
                triggers.push((start, Trigger::Open));
            }
        }
        triggers
    }

    /// The next place where a literal stands, which one, and from where on to search for the one behind it. In contents, only for
    /// what words lead to.
    #[inline]
    fn next(&self, bytes: &[u8], from: usize, is_content: bool) -> Option<(usize, usize, usize)> {
        let Some(words) = self.words.as_ref().filter(|_| is_content) else {
            return self.prefilter.next(bytes, from).map(|(at, literal)| (at, literal, at + 1));
        };
        let (at, word) = words.next(bytes, from)?;
        let is_here = |&(literal, before): &(usize, usize)| {
            let start = at.checked_sub(before)?;
            let rest = &bytes[start..];
            // All prefixes of a literal begin with it, so the first rule's tells what the literal is.
            self.by_literal[literal].iter().any(|rule| rest.starts_with(&rule.prefix)).then_some((start, literal))
        };
        let (start, literal) = words.prefixes[word].iter().find_map(is_here).unwrap_or((at, words.anchors[word]));
        Some((start, literal, at + 1))
    }

    /// What the anchor `literal` at `at` leads to.
    fn trigger(&self, literal: usize, bytes: &[u8], at: usize) -> Option<Trigger> {
        let (len, anchor) = self.anchors.get(literal - self.by_literal.len())?;
        anchor.trigger(bytes, at, *len)
    }

    /// Adds the tokens that begin with the run of token characters `run`, where literal `literal` stands, whose rules match `longest` bytes
    /// at most.
    fn tokens_at(
        &self,
        literal: usize,
        longest: usize,
        bytes: &[u8],
        run: Range<usize>,
        lines: Option<Lines<'_>>,
        hits: &mut Vec<Hit>,
    ) {
        let start = run.start;
        let (text, counted) = (&bytes[start..], counted(bytes, start));
        // A line of encoded text may be another value.
        let is_end = |&end: &usize| lines.is_some_and(|lines| lines.begins(end));
        let in_line = (start + 1..run.end).filter(is_end).map(|end| &bytes[start..end]);
        let rules = self.by_literal[literal].iter().filter(|rule| text.starts_with(&rule.prefix));
        // The first rule that takes one of the ways to read the token decides which it is.
        let read = |rule: &TokenRule| {
            let mut readings = rule.readings(text, longest).into_iter().chain(counted).chain(in_line.clone());
            readings.find(|token| rule.whole.is_match(token))
        };
        let Some(token) = rules.clone().find_map(read) else { return };
        for rule in rules {
            if rule.whole.is_match(token) && rule.is_key(token, &text[token.len()..]) {
                let span = start..start + token.len();
                hits.push(Hit {
                    rule: rule.index,
                    whole: span.clone(),
                    span,
                    shown: rule.prefix.len() + SHOWN_OF_TAIL,
                    decoded: None,
                });
            }
        }
    }
}

impl Words {
    /// The search for the words of `literals`; none if one has no word of its own, or one begins with another. `all` are the
    /// literals and then those of the anchors.
    fn new(literals: &[&[u8]], all: &[&[u8]]) -> Option<Words> {
        let chosen = anchor::words(literals)?;
        let longest = chosen.iter().map(|word| word.len()).max().unwrap_or(0);
        let mut words = Words {
            prefilter: Prefilter::new(&chosen),
            prefixes: vec![Vec::new(); chosen.len()],
            anchors: chosen.iter().map(|word| all.iter().position(|other| other == word)).collect::<Option<_>>()?,
            followers: chosen.iter().map(|word| (word.len(), followers(word, literals))).collect(),
            around: longest + anchor::AFTER.max(anchor::BEFORE),
        };
        for (number, literal) in literals.iter().enumerate() {
            for (word, prefixes) in chosen.iter().zip(&mut words.prefixes) {
                prefixes.extend(memmem::find(literal, word).map(|before| (number, before)));
            }
        }
        words.around = literals.iter().map(|literal| literal.len()).max().unwrap_or(0).max(words.around);
        Some(words)
    }

    /// The first place at or after `from` where a word stands that a prefix may go on behind, and which word it is.
    #[inline]
    fn next(&self, bytes: &[u8], mut from: usize) -> Option<(usize, usize)> {
        loop {
            let (at, word) = self.prefilter.next(bytes, from)?;
            let (len, may_follow) = &self.followers[word];
            if bytes.get(at + len).is_none_or(|&byte| may_follow[usize::from(byte)]) {
                return Some((at, word));
            }
            from = at + 1;
        }
    }
}

/// Which bytes one of `prefixes` may go on with behind `word`.
fn followers(word: &[u8], prefixes: &[&[u8]]) -> [bool; 256] {
    let mut may_follow = [false; 256];
    (0..=u8::MAX).for_each(|byte| may_follow[usize::from(byte)] = anchor::may_follow(word, prefixes, byte));
    may_follow
}

impl TokenRule {
    fn new(prefix: &[u8], index: usize, max_len: usize, whole: &Regex) -> Self {
        let next_prefix = memmem::Finder::new(prefix).into_owned();
        TokenRule { index, prefix: prefix.to_vec(), max_len, next_prefix, whole: whole.clone() }
    }

    /// Whether a token was drawn at random, and is not part of a template that goes on with `after`.
    fn is_key(&self, token: &[u8], after: &[u8]) -> bool {
        let tail = &token[self.prefix.len()..];
        let is_cut = tail.len() < KEY_BEFORE_VARIABLE && goes_on(after);
        !is_cut && !placeholder::is_placeholder(tail) && !identifier::is_identifier(tail)
    }

    /// How long the run of token characters is that `text` begins with: up to the next token's beginning, and one more than
    /// `longest` at most.
    fn run(&self, text: &[u8], longest: usize) -> usize {
        let from = self.prefix.len().min(text.len());
        let look = &text[from..text.len().min(longest + 1 + self.prefix.len()).max(from)];
        let end = self.next_prefix.find(look).map_or(longest + 1, |at| (at + from).min(longest + 1));
        text.iter().take(end).take_while(|&&byte| is_token_byte(byte)).count()
    }

    /// The ways to read the token that `text` begins with: the whole run; without one `_` or `-` that joins it to the next
    /// token; and, if the run is too long for any rule, without all of these at its end, which may be a ruled line.
    fn readings<'a>(&self, text: &'a [u8], longest: usize) -> [&'a [u8]; 3] {
        let whole = &text[..self.run(text, longest).max(self.prefix.len())];
        let is_joint = |byte: &u8| b"_-".contains(byte);
        let bare = whole.len() - whole[self.prefix.len()..].iter().rev().take_while(|byte| is_joint(byte)).count();
        let joined = text[whole.len()..].starts_with(&self.prefix) && bare < whole.len();
        [whole, &whole[..whole.len() - usize::from(joined)], if whole.len() > longest { &whole[..bare] } else { whole }]
    }
}

/// The token at `start` as long as the byte before it says, if that stands behind one that no text has there: in compiled Python,
/// MessagePack, property lists and classes of Java. What follows may look like more of the token.
fn counted(bytes: &[u8], start: usize) -> Option<&[u8]> {
    let [rest @ .., mark, length] = &bytes[..start] else { return None };
    let is_text = match mark {
        b'\t' | b'\n' | b'\r' | b' '..=b'~' => true,
        // The second byte of a character, or a later one.
        0x80..=0xbf => rest.last().is_some_and(|byte| !byte.is_ascii()),
        _ => false,
    };
    let token = bytes.get(start..start + usize::from(*length)).filter(|_| !is_text)?;
    token.iter().all(|&byte| is_token_byte(byte)).then_some(token)
}

fn is_token_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-'
}

/// Whether a text goes on as a template or regex does, or a key that was masked or cut: then what stands before is no key.
fn goes_on(after: &[u8]) -> bool {
    const SIGNS: [&[u8]; 13] =
        [b"${", b"$(", b"#{", b"%{", b"{", b"[", b"<%", b"\\w", b"\\d", b"***", b"...", "…".as_bytes(), "•".as_bytes()];
    SIGNS.iter().any(|sign| after.starts_with(sign))
}
