//! Allowlists: matches of a rule that are none, by path, by word or by regex. The meaning is gitleaks'.

use aho_corasick::AhoCorasick;
use regex::bytes::Regex;

/// What an allowlist's regexes look at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Target {
    /// The secret.
    Secret,
    /// All that the rule's regex matched.
    Match,
    /// The lines that the match stands on.
    Line,
}

/// Tests that make a match no finding.
#[derive(Debug)]
pub struct Allowlist {
    pub(super) all_needed: bool,
    pub(super) names_commits: bool,
    pub(super) paths: Vec<Regex>,
    pub(super) target: Target,
    pub(super) regexes: Vec<Regex>,
    pub(super) stopwords: Option<AhoCorasick>,
}

impl Allowlist {
    /// Whether it looks at the lines that a match stands on.
    pub fn looks_at_lines(&self) -> bool {
        self.target == Target::Line && !self.regexes.is_empty()
    }

    /// Whether this list lets a match pass. `path` is the file's, if it has one; `line` is asked for only if a regex
    /// looks at it.
    pub fn allows<'a>(
        &self,
        path: Option<&[u8]>,
        secret: &[u8],
        whole: &[u8],
        line: impl FnOnce() -> &'a [u8],
    ) -> bool {
        let mut verdicts = Vec::with_capacity(4);
        if self.names_commits {
            // Nothing is allowed by its commit, which is known of a history alone, and there only after the search.
            verdicts.push(false);
        }
        if !self.paths.is_empty() {
            verdicts.push(path.is_some_and(|path| self.paths.iter().any(|regex| regex.is_match(path))));
        }
        if !self.regexes.is_empty() {
            let text = match self.target {
                Target::Secret => secret,
                Target::Match => whole,
                Target::Line => line(),
            };
            verdicts.push(self.regexes.iter().any(|regex| regex.is_match(text)));
        }
        if let Some(words) = &self.stopwords {
            verdicts.push(words.is_match(secret));
        }
        if self.all_needed { !verdicts.is_empty() && verdicts.iter().all(|&yes| yes) } else { verdicts.contains(&true) }
    }
}
