//! Finds tokens: random keys behind a fixed prefix, such as `rg_live_…`.
//!
//! A hit of the prefix is only the beginning. The whole run of token characters behind it is taken, and each rule with
//! that prefix is asked whether exactly this run is its key.

use std::sync::Arc;

use memchr::memmem;
use regex::bytes::Regex;

use crate::rule::{Judge, Rule};

use super::prefilter::Prefilter;
use super::{Hit, Window, boundary, identifier, placeholder};
use crate::secret::SHOWN_OF_TAIL;

/// A tail that runs on into a template's variable (`rg_live_tenant42${…}`) is part of the template, unless it is as long
/// as this: then a key stands before the variable.
const KEY_BEFORE_VARIABLE: usize = 24;

/// Rules for tokens, with one search for all of their prefixes.
#[derive(Debug)]
pub(super) struct TokenRules {
    prefilter: Prefilter,
    /// For each literal of the prefilter, the rules whose prefix begins with it.
    by_literal: Vec<Vec<TokenRule>>,
    longest: usize,
}

#[derive(Debug)]
struct TokenRule {
    index: usize,
    prefix: Vec<u8>,
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
            with_prefix.map(|(prefix, index, _, whole)| TokenRule::new(prefix, *index, whole)).collect()
        };
        TokenRules {
            by_literal: literals.iter().map(rules_of).collect(),
            prefilter: Prefilter::new(&literals),
            longest: tokens.iter().map(|(_, _, rule, _)| rule.max_len).max().unwrap_or(0),
        }
    }

    /// How many bytes from its beginning on decide about a token: one more than the longest shows that it is longer,
    /// and the beginning of the next token shows where this one ends.
    pub(super) fn reach(&self) -> usize {
        self.longest + 1 + self.by_literal.iter().flatten().map(|rule| rule.prefix.len()).max().unwrap_or(0)
    }

    /// Adds the tokens that begin in `window`'s decided part; `offset` is where the window begins in the content, and
    /// `last_end` where in it the last token ended.
    pub(super) fn find(&self, window: &Window<'_>, offset: u64, limit: usize, last_end: &mut u64, hits: &mut Vec<Hit>) {
        let mut from = window.from;
        while let Some((start, literal)) = self.prefilter.next(window.bytes, from) {
            if start >= limit {
                break;
            }
            from = start + 1;
            // A key that follows another without a gap is one, though a letter or digit stands before it.
            if offset + start as u64 != *last_end && !boundary::may_begin_after(&window.bytes[..start]) {
                continue;
            }
            for rule in &self.by_literal[literal] {
                if let Some(hit) = rule.token_at(window.bytes, start, self.longest) {
                    *last_end = offset + hit.span.end as u64;
                    hits.push(hit);
                }
            }
        }
    }
}

impl TokenRule {
    fn new(prefix: &[u8], index: usize, whole: &Regex) -> Self {
        let next_prefix = memmem::Finder::new(prefix).into_owned();
        TokenRule { index, prefix: prefix.to_vec(), next_prefix, whole: whole.clone() }
    }

    fn token_at(&self, bytes: &[u8], start: usize, longest: usize) -> Option<Hit> {
        let text = &bytes[start..];
        if !text.starts_with(&self.prefix) {
            return None;
        }
        let token = self.whole_token(text, longest);
        let tail = &token[self.prefix.len()..];
        let after = &text[token.len()..];
        let is_template = tail.len() < KEY_BEFORE_VARIABLE && opens_variable(after);
        let is_made_up = || placeholder::is_placeholder(tail) || identifier::is_identifier(tail);
        let found = self.whole.is_match(token) && !is_template && !is_made_up();
        found.then(|| Hit {
            rule: self.index,
            span: start..start + token.len(),
            whole: start..start + token.len(),
            shown: self.prefix.len() + SHOWN_OF_TAIL,
        })
    }

    /// The run of token characters that `text` begins with, up to the next token's beginning, and one more than `longest`
    /// at most.
    fn whole_token<'a>(&self, text: &'a [u8], longest: usize) -> &'a [u8] {
        let end = text.iter().take(longest + 1).take_while(|&&byte| is_token_byte(byte)).count();
        let look = &text[self.prefix.len()..text.len().min(end + self.prefix.len())];
        match self.next_prefix.find(look).map(|at| at + self.prefix.len()) {
            Some(next) if next < end => {
                // Two keys joined by one `_` or `-`: the joint belongs to neither.
                let joined = next > self.prefix.len() && b"_-".contains(&text[next - 1]);
                &text[..next - usize::from(joined)]
            }
            _ => &text[..end],
        }
    }
}

fn is_token_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-'
}

/// Whether a template's variable or a regex's class or count begins here.
fn opens_variable(after: &[u8]) -> bool {
    [&b"${"[..], b"$(", b"#{", b"%{", b"{", b"[", b"<%", b"\\w", b"\\d"]
        .iter()
        .any(|opening| after.starts_with(opening))
}
