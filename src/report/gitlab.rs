//! GitLab's secret detection report, version 15.0.7 of its schema.
//!
//! GitLab shows names, descriptions and solutions as Markdown, so what may be hostile stands in `details`, which it does not. The
//! report has no plain key, unless one stands in a path and secrets are to be shown, and nothing of the source around it: it is kept
//! as an artefact that others may read.

use std::collections::BTreeMap;
use std::io::{self, Write};

use serde::{Serialize, Serializer};
use sha2::{Digest, Sha256};

use crate::finding::{Finding, Outcome, Problem, VerificationStatus};
use crate::rule::{Level, Rule};

use super::moment::rfc_3339;
use super::visible::{JsonWriter, cut, lossless, visible};
use super::{set_aside, story, verdict};

/// The version of GitLab's schema that the report keeps to.
const SCHEMA: &str = "15.0.7";

/// The characters that GitLab takes in a name, and in a solution.
const MAX_NAME: usize = 255;
const MAX_SOLUTION: usize = 7000;

/// What stands for a commit where there is none.
const NO_COMMIT: &str = "0000000";

#[derive(Serialize)]
struct Document<'a> {
    version: &'static str,
    scan: Scan,
    vulnerabilities: Vulnerabilities<'a>,
}

#[derive(Serialize)]
struct Scan {
    #[serde(rename = "type")]
    kind: &'static str,
    status: &'static str,
    start_time: String,
    end_time: String,
    analyzer: Tool,
    scanner: Tool,
    messages: Vec<Message>,
}

#[derive(Serialize)]
struct Tool {
    id: &'static str,
    name: &'static str,
    version: &'static str,
    url: &'static str,
    vendor: Vendor,
}

#[derive(Serialize)]
struct Vendor {
    name: &'static str,
}

const TOOL: Tool = Tool {
    id: "gridleaks",
    name: "gridleaks",
    version: env!("CARGO_PKG_VERSION"),
    url: env!("CARGO_PKG_REPOSITORY"),
    vendor: Vendor { name: "gridleaks" },
};

#[derive(Serialize)]
struct Message {
    level: &'static str,
    value: String,
}

/// The findings that count, turned into JSON one at a time.
struct Vulnerabilities<'a>(&'a [Finding]);

impl Serialize for Vulnerabilities<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.0.iter().filter(|finding| finding.counts()).map(Vulnerability::new))
    }
}

#[derive(Serialize)]
struct Vulnerability<'a> {
    id: String,
    name: String,
    description: String,
    severity: &'static str,
    #[serde(skip_serializing_if = "String::is_empty")]
    solution: String,
    identifiers: [Identifier<'a>; 1],
    location: Location<'a>,
    details: BTreeMap<&'static str, Detail>,
}

#[derive(Serialize)]
struct Identifier<'a> {
    #[serde(rename = "type")]
    kind: &'static str,
    name: String,
    value: &'a str,
}

#[derive(Serialize)]
struct Location<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    file: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    start_line: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    end_line: Option<u64>,
    commit: Commit<'a>,
}

#[derive(Serialize)]
struct Commit<'a> {
    sha: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    author: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    date: Option<&'a str>,
}

/// More about a finding: a line of plain text with a heading.
#[derive(Serialize)]
struct Detail {
    #[serde(rename = "type")]
    kind: &'static str,
    name: &'static str,
    value: String,
}

/// Writes the report. Findings that are suppressed are left out: GitLab would show them as open.
pub(super) fn write(outcome: &Outcome, out: &mut dyn Write) -> io::Result<()> {
    let stats = &outcome.stats;
    let document = Document {
        version: SCHEMA,
        scan: Scan {
            kind: "secret_detection",
            // That of the scan itself. What it could not read is told in the messages.
            status: "success",
            start_time: time(stats.began),
            end_time: time(stats.began.saturating_add(stats.seconds.ceil() as u64)),
            analyzer: TOOL,
            scanner: TOOL,
            messages: outcome.problems.iter().map(message).chain(set_aside(outcome)).collect(),
        },
        vulnerabilities: Vulnerabilities(&outcome.findings),
    };
    serde_json::to_writer_pretty(JsonWriter(out), &document)?;
    out.write_all(b"\n")
}

fn message(problem: &Problem) -> Message {
    let path = problem.path.as_ref().map(|path| format!("{}: ", visible(&path.in_repository())));
    Message { level: "warn", value: path.unwrap_or_default() + &visible(problem.message.as_bytes()) }
}

/// What does not count, and what was left out.
fn set_aside(outcome: &Outcome) -> impl Iterator<Item = Message> {
    let both = [("warn", set_aside::changed(outcome)), ("info", set_aside::line(outcome))];
    both.into_iter().filter_map(|(level, value)| Some(Message { level, value: value? }))
}

impl<'a> Vulnerability<'a> {
    fn new(finding: &'a Finding) -> Self {
        let rule: &Rule = &finding.rule;
        let description = if rule.impact.is_empty() { &rule.description } else { &rule.impact };
        let solution = match finding.status() {
            Some(status @ VerificationStatus::Inactive) => verdict::advice(status),
            _ => &rule.remedy,
        };
        Vulnerability {
            id: id(finding),
            name: cut(&visible(rule.description.as_bytes()), MAX_NAME),
            description: description.clone(),
            severity: severity(finding.level()),
            solution: cut(solution, MAX_SOLUTION),
            identifiers: [Identifier {
                kind: "gridleaks_rule_id",
                name: format!("gridleaks rule {}", rule.id),
                value: &rule.id,
            }],
            location: Location::new(finding),
            details: details(finding),
        }
    }
}

impl<'a> Location<'a> {
    /// Where GitLab can show it: of what lies in a container it knows the container.
    fn new(finding: &'a Finding) -> Self {
        let path = finding.path.as_ref();
        let is_inside = path.is_some_and(|path| path.inside().is_some());
        let span = finding.span.filter(|_| !is_inside && path.is_some());
        let git = finding.git.as_deref();
        Location {
            file: path.map(|path| lossless(&path.container().in_repository())),
            start_line: span.map(|span| span.line),
            end_line: span.map(|span| span.end_line),
            commit: Commit {
                sha: git.and_then(|git| git.commit.as_deref()).unwrap_or(NO_COMMIT),
                author: git.and_then(|git| git.author.as_deref()),
                date: git.and_then(|git| git.date.as_deref()),
            },
        }
    }
}

fn details(finding: &Finding) -> BTreeMap<&'static str, Detail> {
    let mut details = BTreeMap::new();
    let mut add = |key, name, value| details.insert(key, Detail { kind: "text", name, value });
    add("key", "Key", finding.secret.redacted());
    add("found", "Found", finding.message());
    let place = match finding.path.as_ref() {
        Some(path) => visible(&path.in_repository()),
        None => story::place(finding),
    };
    let place = finding.span.map_or(place.clone(), |span| format!("{place}:{}:{}", span.line, span.column));
    add("place", "Place", place);
    if !finding.encoding.is_empty() {
        add(
            "encoding",
            "Encoding",
            finding.encoding.iter().map(|encoding| encoding.name()).collect::<Vec<_>>().join(", "),
        );
    }
    if let Some(story) = story::line(finding) {
        add("history", "History", story);
    }
    if let Some(found) = finding.verification.as_deref() {
        let status = found.status;
        let known = verdict::known_of_found(finding, found);
        add("verification", "Verification", format!("{}: {known}; {}", status.name(), verdict::advice(status)));
    }
    details
}

/// By the same scale as in SARIF.
fn severity(level: Level) -> &'static str {
    match level {
        Level::Error => "Critical",
        Level::Warning => "High",
        Level::Note => "Low",
    }
}

/// A name for the finding in the form of a UUID: the same for the same key in the same place.
fn id(finding: &Finding) -> String {
    let mut hash = Sha256::new();
    let path = finding.path.as_ref().map(|path| path.relative().into_owned());
    let object = finding.git.as_deref().map(|git| git.object.clone());
    let parts = [
        finding.rule.id.clone().into_bytes(),
        finding.secret.fingerprint().to_string().into_bytes(),
        path.unwrap_or_default(),
        object.unwrap_or_default().into_bytes(),
        format!("{:?} {}", finding.part, finding.offset).into_bytes(),
    ];
    for part in parts {
        hash.update((part.len() as u64).to_be_bytes());
        hash.update(part);
    }
    let mut bytes: [u8; 16] = std::array::from_fn(|_| 0);
    bytes.iter_mut().zip(hash.finalize()).for_each(|(byte, hashed)| *byte = hashed);
    // Version 8, which is made as one likes, of the usual variant.
    bytes[6] = bytes[6] & 0x0f | 0x80;
    bytes[8] = bytes[8] & 0x3f | 0x80;
    let hex: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    format!("{}-{}-{}-{}-{}", &hex[..8], &hex[8..12], &hex[12..16], &hex[16..20], &hex[20..])
}

/// Seconds since 1970 as GitLab writes a time: in UTC, and without saying so.
fn time(seconds: u64) -> String {
    rfc_3339(seconds).chars().take("2000-01-01T00:00:00".len()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_have_no_zone() {
        assert_eq!(time(1_700_000_000), "2023-11-14T22:13:20");
    }
}
