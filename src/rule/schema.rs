//! A rule file as it is written: the TOML tables and their fields, before anything is checked.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use toml::Spanned;

/// One rule file.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RuleFile {
    /// A heading that gitleaks' files carry; it changes nothing.
    #[serde(default, rename = "title")]
    pub(super) _title: Option<String>,
    #[serde(default)]
    pub(super) rules: Vec<Spanned<RawRule>>,
}

/// One `[[rules]]` table.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub(super) struct RawRule {
    pub(super) id: Spanned<String>,
    #[serde(default)]
    pub(super) description: String,
    pub(super) regex: Option<Spanned<String>>,
    #[serde(default)]
    pub(super) keywords: Vec<Spanned<String>>,
    pub(super) entropy: Option<Spanned<f64>>,
    #[serde(default)]
    pub(super) secret_group: Option<Spanned<usize>>,
    pub(super) path: Option<Spanned<String>>,
    #[serde(default)]
    pub(super) allowlists: Vec<Spanned<RawAllowlist>>,
    #[serde(default)]
    pub(super) tags: Vec<String>,
    #[serde(default)]
    pub(super) help: String,
    #[serde(default)]
    pub(super) impact: String,
    #[serde(default)]
    pub(super) remedy: String,
    #[serde(default)]
    pub(super) level: Level,
    #[serde(default)]
    pub(super) judge: RawJudge,
    #[serde(default)]
    pub(super) examples: Vec<String>,
    #[serde(default)]
    pub(super) counterexamples: Vec<String>,
    pub(super) verify: Option<Spanned<RawVerify>>,
}

/// One `[[rules.allowlists]]` table.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub(super) struct RawAllowlist {
    #[serde(default, rename = "description")]
    pub(super) _description: String,
    #[serde(default)]
    pub(super) condition: RawCondition,
    #[serde(default)]
    pub(super) commits: Vec<String>,
    #[serde(default)]
    pub(super) paths: Vec<Spanned<String>>,
    #[serde(default)]
    pub(super) regex_target: RawTarget,
    #[serde(default)]
    pub(super) regexes: Vec<Spanned<String>>,
    #[serde(default)]
    pub(super) stopwords: Vec<Spanned<String>>,
}

/// Whether one test of an allowlist is enough or all of them are needed.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq, Deserialize)]
pub(super) enum RawCondition {
    #[default]
    #[serde(rename = "OR", alias = "or", alias = "||")]
    Or,
    #[serde(rename = "AND", alias = "and", alias = "&&")]
    And,
}

/// What an allowlist's regexes look at.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum RawTarget {
    #[default]
    Secret,
    Match,
    Line,
}

/// How a rule's matches are judged.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum RawJudge {
    #[default]
    Regex,
    Token,
}

/// How much a finding weighs; the names are SARIF's.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Level {
    /// Worth knowing.
    Note,
    /// Probably a secret.
    Warning,
    /// A secret.
    #[default]
    Error,
}

impl Level {
    /// The name that rule files and reports use.
    pub fn name(self) -> &'static str {
        match self {
            Level::Note => "note",
            Level::Warning => "warning",
            Level::Error => "error",
        }
    }
}

/// One `[rules.verify]` table.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawVerify {
    pub(super) method: String,
    pub(super) url: Spanned<String>,
    #[serde(default)]
    pub(super) headers: BTreeMap<String, Spanned<String>>,
    pub(super) active: Spanned<Vec<u16>>,
    pub(super) inactive: Spanned<Vec<u16>>,
    #[serde(default)]
    pub(super) expect: BTreeMap<String, serde_json::Value>,
    #[serde(default)]
    pub(super) owner: Vec<String>,
    pub(super) part: Option<Spanned<String>>,
}
