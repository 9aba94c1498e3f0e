//! What a scan says: findings, problems, and the outcome that holds them.

use std::sync::Arc;

use serde::Serialize;

use crate::encoding::Encoding;
use crate::place::ScanPath;
use crate::rule::{Level, Rule};
use crate::secret::Secret;

/// A secret in a place. Every place that holds a secret is a finding of its own.
#[derive(Debug, Clone)]
pub struct Finding {
    /// The rule that found it.
    pub rule: Arc<Rule>,
    /// The secret.
    pub secret: Secret,
    /// The file; none for what has no path.
    pub path: Option<Arc<ScanPath>>,
    /// What of the file holds it.
    pub part: Part,
    /// Where in it; none where lines mean nothing.
    pub span: Option<Span>,
    /// Where the secret begins, in bytes from the beginning of the content.
    pub offset: u64,
    /// The line it stands on, cut around it and with every secret redacted.
    pub snippet: Option<Box<Snippet>>,
    /// How the secret was wrapped, outermost first; empty for plain text.
    pub encoding: Vec<Encoding>,
    /// Which commit brought it in, for findings of a history.
    pub git: Option<Box<GitOrigin>>,
    /// Whether it still works, if its issuer was asked.
    pub verification: Option<Box<Verification>>,
    /// Why it does not count, if it does not.
    pub suppressed: Option<Box<Suppression>>,
}

impl Finding {
    /// What was found where and in what form, as "Retailgrid API key in source" or "Retailgrid API key in source, base64".
    pub fn message(&self) -> String {
        let part = match self.part {
            Part::Content if self.span.is_none() => "in a binary file",
            Part::Content => "in source",
            Part::FileName => "in a file name",
            Part::FolderName => "in a folder name",
            Part::LinkTarget => "in the target of a symbolic link",
            Part::CommitMessage => "in a commit message",
            Part::TagMessage => "in a tag message",
            Part::RefName => "in the name of a reference",
        };
        let layers = self.encoding.iter().map(|encoding| encoding.name()).collect::<Vec<_>>().join(" of ");
        let form = if layers.is_empty() { layers } else { format!(", {layers}") };
        format!("{} {part}{form}", self.rule.description)
    }

    /// How much it weighs: an active secret most, an inactive one least, any other what its rule says. An active one that does not
    /// count is still worth a warning.
    pub fn level(&self) -> Level {
        match self.status() {
            Some(VerificationStatus::Active) if !self.counts() => Level::Warning,
            Some(VerificationStatus::Active) => Level::Error,
            Some(VerificationStatus::Inactive) => Level::Note,
            Some(VerificationStatus::Unknown) | None => self.rule.level,
        }
    }

    /// What its issuer said, if it was asked.
    pub fn status(&self) -> Option<VerificationStatus> {
        self.verification.as_ref().map(|verification| verification.status)
    }

    /// Whether it is to be dealt with: nothing suppresses it.
    pub fn counts(&self) -> bool {
        self.suppressed.is_none()
    }
}

/// What of a file, or of a repository, holds a secret.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Part {
    /// Its name.
    FileName,
    /// A folder's name.
    FolderName,
    /// Where a symbolic link points to.
    LinkTarget,
    /// What is in it.
    Content,
    /// What a commit says of itself: its message, and who made it.
    CommitMessage,
    /// The same of a tag.
    TagMessage,
    /// The name of a branch, a tag or another reference.
    RefName,
}

/// A stretch of a text: lines and columns from 1, columns in Unicode code points, the end column exclusive.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Span {
    /// The line where it begins.
    pub line: u64,
    /// The column where it begins.
    pub column: u64,
    /// The line where it ends.
    pub end_line: u64,
    /// The column behind its last character.
    pub end_column: u64,
    /// `column` in UTF-16 code units.
    pub utf16_column: u64,
    /// `end_column` in UTF-16 code units.
    pub utf16_end_column: u64,
}

/// A line of a file, cut around a secret; every secret in it is redacted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Snippet {
    /// The text.
    pub text: String,
    /// Where in `text` the finding's own secret stands, in bytes.
    pub key: std::ops::Range<usize>,
    /// Whether the line goes on to the left.
    pub cut_left: bool,
    /// Whether the line goes on to the right.
    pub cut_right: bool,
}

/// Which commit brought an object in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct GitOrigin {
    /// The first commit that has the object; none when no commit reaches it.
    pub commit: Option<String>,
    /// The object.
    pub object: String,
    /// The commit's author.
    pub author: Option<String>,
    /// The author's date, in RFC 3339.
    pub date: Option<String>,
    /// Whether a ref reaches it.
    pub reachable: bool,
    /// Whether HEAD still holds it.
    pub in_head: bool,
    /// How many objects hold it in this place.
    pub versions: u32,
    /// The commit in HEAD's history that took it away.
    pub removed: Option<Change>,
    /// Whose history has it, as far as that is known.
    #[serde(skip)]
    pub past: Past,
    /// Each time that it was taken away and came back in HEAD's history, the first ones first; the last few if there are many.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub returns: Vec<Return>,
}

/// Whose history has what was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Past {
    /// That of other references than HEAD and its branch, if any.
    #[default]
    Others,
    /// HEAD's.
    Head,
    /// That of what is pushed.
    Push,
}

/// A commit that changed something.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Change {
    /// The commit.
    pub commit: String,
    /// Its author.
    pub author: Option<String>,
    /// The author's date, in RFC 3339.
    pub date: Option<String>,
}

/// A time that something was taken away and came back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Return {
    /// The commit that took it away.
    pub removed: Change,
    /// The commit that brought it back.
    pub returned: Change,
}

/// What a secret's issuer said about it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Verification {
    /// Whether it works.
    pub status: VerificationStatus,
    /// The HTTP status of the answer.
    pub http_status: Option<u16>,
    /// Whose secret it is.
    pub user_id: Option<String>,
    /// Which of their keys it is.
    pub api_key_id: Option<String>,
    /// More about the answer.
    pub detail: Option<String>,
}

impl Verification {
    /// What is said of a secret of which nothing is known: the status of the answer, if there was one, and why.
    pub fn unknown(http_status: Option<u16>, detail: String) -> Self {
        Verification {
            status: VerificationStatus::Unknown,
            http_status,
            user_id: None,
            api_key_id: None,
            detail: Some(detail),
        }
    }
}

/// Whether a secret works.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum VerificationStatus {
    /// It does: its issuer says so.
    Active,
    /// Nobody knows; it may.
    Unknown,
    /// It does not any more: its issuer says so.
    Inactive,
}

impl VerificationStatus {
    /// The name that reports use.
    pub fn name(self) -> &'static str {
        match self {
            VerificationStatus::Active => "active",
            VerificationStatus::Unknown => "unknown",
            VerificationStatus::Inactive => "inactive",
        }
    }
}

/// Why a finding does not count.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Suppression {
    /// What suppresses it.
    pub by: SuppressedBy,
    /// The reason given.
    pub reason: Option<String>,
}

/// What makes a finding not count.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum SuppressedBy {
    /// A comment beside it.
    Inline,
    /// The project's config.
    Config,
    /// A baseline.
    Baseline,
}

impl SuppressedBy {
    /// All of them, in the order in which they come before each other.
    pub const ALL: [SuppressedBy; 3] = [SuppressedBy::Inline, SuppressedBy::Config, SuppressedBy::Baseline];

    /// The name that reports use.
    pub fn name(self) -> &'static str {
        match self {
            SuppressedBy::Inline => "inline",
            SuppressedBy::Config => "config",
            SuppressedBy::Baseline => "baseline",
        }
    }
}

/// Something that should have been read and was not, or not wholly. A scan with a problem is not complete.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Problem {
    /// What it is about.
    pub path: Option<Arc<ScanPath>>,
    /// Its kind.
    pub kind: ProblemKind,
    /// What happened.
    pub message: String,
}

/// The kinds of problems.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum ProblemKind {
    /// A file or folder could not be read, or only in part.
    Unreadable,
    /// There was more than a report can hold.
    Limit,
    /// Objects of a repository are not there.
    Missing,
    /// A repository's history was cut off when it was cloned.
    Shallow,
    /// gridleaks itself failed on it.
    Internal,
}

impl ProblemKind {
    /// The name that reports use.
    pub fn name(self) -> &'static str {
        match self {
            ProblemKind::Unreadable => "unreadable",
            ProblemKind::Limit => "limit",
            ProblemKind::Missing => "missing",
            ProblemKind::Shallow => "shallow",
            ProblemKind::Internal => "internal",
        }
    }
}

/// Where the scanned content came from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum SourceKind {
    /// Files and folders.
    Files,
    /// Standard input.
    Stdin,
    /// What the next commit would record.
    Staged,
    /// Everything that a repository holds, or what a range of commits brought.
    History,
    /// What a push sends or has sent.
    Push,
}

/// How much a scan did.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Stats {
    /// Files, links and streams read.
    pub files: u64,
    /// Git objects read.
    pub objects: u64,
    /// Bytes searched.
    pub bytes: u64,
    /// What a glob of the config or of the command line left out: files, and folders with all that is in them, each folder
    /// once. In a history, of which every object is read, the places of keys.
    pub excluded: u64,
    /// Seconds it took.
    pub seconds: f64,
    /// When it began, in seconds since 1970.
    pub began: u64,
}

/// A finished scan.
#[derive(Debug)]
pub struct Outcome {
    /// Where the content came from.
    pub source: SourceKind,
    /// What was named to be scanned, secrets redacted.
    pub roots: Vec<String>,
    /// What the one folder is called that was named without a name, as by `.`; secrets redacted.
    pub name: Option<String>,
    /// How much was done.
    pub stats: Stats,
    /// The files of the project that say what counts, such as its config, and that the scanned commits change; from the top of the
    /// repository, secrets redacted.
    pub changed_settings: Vec<String>,
    /// What was found, by path, line, column and rule.
    pub findings: Vec<Finding>,
    /// What could not be read, by path.
    pub problems: Vec<Problem>,
    /// What else is worth knowing about paths, by path; it takes nothing from the scan.
    pub notes: Vec<(Arc<ScanPath>, String)>,
    /// The rules in force.
    pub rules: Vec<Arc<Rule>>,
}

impl Outcome {
    /// Whether everything that should have been read was.
    pub fn is_complete(&self) -> bool {
        self.problems.is_empty()
    }

    /// How many findings do not count because of this.
    pub fn suppressed_by(&self, by: SuppressedBy) -> u64 {
        let is_it = |finding: &&Finding| finding.suppressed.as_ref().is_some_and(|suppressed| suppressed.by == by);
        self.findings.iter().filter(is_it).count() as u64
    }
}

#[cfg(test)]
mod tests;
