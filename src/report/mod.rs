//! Reports: each format is a function over a finished scan. Nothing here reads a file or knows where its text goes.

mod github;
mod gitlab;
mod html;
mod json;
mod markdown;
mod markup;
mod moment;
mod sarif;
mod set_aside;
mod story;
mod text;
mod verdict;
mod visible;

use std::io::{self, Write};
use std::str::FromStr;

use anstyle::{AnsiColor, Style as Paint};

use crate::finding::{Finding, Outcome, VerificationStatus};
use crate::rule::Rule;

pub use set_aside::{changed, excluded, suppressed};
pub use verdict::write_verdict;
pub use visible::{begins_line, visible};

/// The formats of a report.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Format {
    /// For a person at a terminal.
    Text,
    /// One JSON document.
    Json,
    /// A JSON document a line: each finding, each problem, then a summary.
    Jsonl,
    /// SARIF 2.1.0, for code scanning.
    Sarif,
    /// GitHub's workflow commands, which become annotations.
    Github,
    /// GitLab's secret detection report.
    Gitlab,
    /// A short table for a job's summary.
    Markdown,
    /// A page for a browser, with the story of each key.
    Html,
}

impl Format {
    /// All formats, in the order in which help lists them.
    pub const ALL: [Format; 8] = [
        Format::Text,
        Format::Json,
        Format::Jsonl,
        Format::Sarif,
        Format::Github,
        Format::Gitlab,
        Format::Markdown,
        Format::Html,
    ];

    /// The name on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Format::Text => "text",
            Format::Json => "json",
            Format::Jsonl => "jsonl",
            Format::Sarif => "sarif",
            Format::Github => "github",
            Format::Gitlab => "gitlab",
            Format::Markdown => "markdown",
            Format::Html => "html",
        }
    }
}

impl FromStr for Format {
    type Err = String;

    fn from_str(name: &str) -> Result<Self, Self::Err> {
        Format::ALL.into_iter().find(|format| format.name() == name).ok_or_else(|| {
            let names: Vec<_> = Format::ALL.iter().map(|format| format.name()).collect();
            format!("unknown format `{name}`; the formats are {}", names.join(", "))
        })
    }
}

/// How a report is to look.
#[derive(Debug, Clone, Copy)]
pub struct Style {
    /// Whether a text report is coloured.
    pub color: bool,
    /// How many columns a text report may take.
    pub width: usize,
    /// Whether secrets are shown plain.
    pub show_secrets: bool,
    /// Whether a text report is only its findings, without advice and summary.
    pub quiet: bool,
}

/// Writes a report.
///
/// # Errors
/// What `out` says.
pub fn write(format: Format, outcome: &Outcome, style: &Style, out: &mut dyn Write) -> io::Result<()> {
    match format {
        Format::Text => text::write(outcome, style, out),
        Format::Json => json::write(outcome, style, out),
        Format::Jsonl => json::write_lines(outcome, style, out),
        Format::Sarif => sarif::write(outcome, style, out),
        Format::Github => github::write(outcome, style, out),
        Format::Gitlab => gitlab::write(outcome, out),
        Format::Markdown => markdown::write(outcome, out),
        Format::Html => html::write(outcome, style, out),
    }
}

/// A text in bold and in a colour, if colour is wanted.
fn paint(text: &str, color: AnsiColor, colored: bool) -> String {
    if !colored {
        return text.to_owned();
    }
    let paint = Paint::new().bold().fg_color(Some(color.into()));
    format!("{paint}{text}{paint:#}")
}

/// A rule's remedy, a numbered step a line.
fn write_remedy(remedy: &str, colored: bool, out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "{}:", paint("What to do now", AnsiColor::Cyan, colored))?;
    let mut steps = remedy.lines().enumerate();
    steps.try_for_each(|(number, line)| writeln!(out, "  {}. {}", number + 1, visible(line.as_bytes())))
}

/// Whether a finding does not count although its key works.
fn is_active_all_the_same(finding: &Finding) -> bool {
    !finding.counts() && finding.status() == Some(VerificationStatus::Active)
}

/// What rules say is to be done about what was found, each remedy once, with the first rule that has it.
fn remedies(outcome: &Outcome) -> Vec<(&Rule, &str)> {
    let is_harmless = |finding: &Finding| finding.status() == Some(VerificationStatus::Inactive);
    let is_due = |finding: &&Finding| finding.counts() && !is_harmless(finding) || is_active_all_the_same(finding);
    let mut given: Vec<(&Rule, &str)> = Vec::new();
    for finding in outcome.findings.iter().filter(is_due) {
        let remedy = finding.rule.remedy.trim();
        if !remedy.is_empty() && !given.iter().any(|(_, known)| *known == remedy) {
            given.push((&finding.rule, remedy));
        }
    }
    given
}
