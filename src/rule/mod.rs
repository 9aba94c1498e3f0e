//! Rules: what a secret looks like, as data.
//!
//! A rule file is TOML with `[[rules]]` tables. Fields that gitleaks has too (`id`, `description`, `regex`, `keywords`,
//! `entropy`, `secretGroup`, `path`, `allowlists`, `tags`) mean here what they mean there. Beside them stand ours:
//! `level`, `help`, `impact`, `remedy`, `judge`, `examples`, `counterexamples` and `verify`.
//!
//! `schema` is the file as written, `load` reads files and folders, `compile` turns a written rule into a [`Rule`] that
//! is known to be sound; `place` and `verify` are parts of that. [`crate::rule_check`] runs a rule against its own examples.

mod allowlist;
mod compile;
mod endpoint;
mod entropy;
mod load;
mod place;
mod schema;
mod verify;

pub use allowlist::{Allowlist, Target};
pub use endpoint::{Endpoint, EndpointError};
pub use entropy::shannon_entropy;
pub use load::{MAX_RULE_FILE, RuleSet, read_rules};
pub use schema::Level;
pub use verify::{Method, Verify};

use regex::bytes::Regex;

/// The longest text in bytes that a rule's regex may match. A scan reads large files in pieces that overlap by this
/// much, so it bounds memory.
pub const MAX_MATCH_LEN: usize = 16 * 1024;

/// A rule that is known to be sound: its regexes compile, match a bounded length and never the empty string.
#[derive(Debug)]
pub struct Rule {
    /// Unique among all rules in force.
    pub id: String,
    /// What it finds, as a noun: "Retailgrid API key".
    pub description: String,
    /// Markdown for the person who has to act: what it is, why it matters, how to rotate it.
    pub help: String,
    /// Why a finding matters, in one line.
    pub impact: String,
    /// What to do about a finding, as a few short lines of plain text.
    pub remedy: String,
    /// How much a finding weighs.
    pub level: Level,
    /// What it looks for.
    pub regex: Regex,
    /// The longest text in bytes that `regex` can match.
    pub max_len: usize,
    /// Lower-cased literals; a file that holds none of them, in any case, is not searched. Empty: every file is.
    pub keywords: Vec<String>,
    /// Findings whose secret has at most this Shannon entropy, in bits a byte, are dropped.
    pub entropy: Option<f64>,
    /// Which group of `regex` is the secret; 0 is the first group that took part, else the whole match.
    pub secret_group: usize,
    /// Only files whose path matches are searched.
    pub path: Option<Regex>,
    /// Matches that are none.
    pub allowlists: Vec<Allowlist>,
    /// What decides whether a match is a finding.
    pub judge: Judge,
    /// Labels that rule files may carry; they change nothing.
    pub tags: Vec<String>,
    /// Texts that hold exactly one finding of this rule each; see [`crate::rule_check`].
    pub examples: Vec<String>,
    /// Texts that hold no finding of this rule.
    pub counterexamples: Vec<String>,
    /// How its issuer says whether a key still works.
    pub verify: Option<Verify>,
    /// Where it came from.
    pub origin: Origin,
}

impl Rule {
    /// Whether it is one of our own.
    pub fn is_built_in(&self) -> bool {
        self.origin == Origin::BuiltIn
    }
}

/// Where a rule came from, which decides whether its secrets may be sent to where it says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Origin {
    /// It is one of our own.
    BuiltIn,
    /// The command line names this file, or its folder.
    CommandLine(String),
    /// Something inside what is scanned names this file.
    Config(String),
}

impl Origin {
    /// Whether a rule that came from here may verify: if the person who runs the program chose it, and not the author of what
    /// is scanned.
    pub fn may_verify(&self) -> bool {
        match self {
            Origin::BuiltIn | Origin::CommandLine(_) => true,
            Origin::Config(_) => false,
        }
    }
}

impl std::fmt::Display for Origin {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Origin::BuiltIn => f.write_str("built-in"),
            Origin::CommandLine(file) | Origin::Config(file) => f.write_str(file),
        }
    }
}

/// What decides whether a match of a rule's regex is a finding.
#[derive(Debug, Clone)]
pub enum Judge {
    /// The regex alone, as in gitleaks.
    Regex,
    /// The match is one whole token that an issuer drew at random: nothing but a boundary stands before it, it is not
    /// part of a longer word, and it is neither a placeholder nor an identifier.
    Token {
        /// The fixed text that every match begins with.
        prefix: String,
        /// The rule's regex, made to match a whole text or nothing.
        whole: Regex,
    },
}
