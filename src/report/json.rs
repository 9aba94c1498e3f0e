//! The JSON reports: one document (`gridleaks/1`), or one a line.

use std::io::{self, Write};

use serde::{Serialize, Serializer};

use crate::encoding::Encoding;
use crate::finding::{
    Finding, GitOrigin, Outcome, Problem, SourceKind, Stats, SuppressedBy, Suppression, Verification,
};

use super::Style;
use super::visible::{JsonWriter, lossless};

/// The name and version of the layout. A change that takes a field away or changes its meaning gets a new number.
const SCHEMA: &str = "gridleaks/1";

#[derive(Serialize)]
struct Document<'a> {
    schema: &'static str,
    tool: Tool,
    source: Source<'a>,
    complete: bool,
    stats: JsonStats,
    findings: Each<'a, Finding>,
    problems: Each<'a, Problem>,
}

#[derive(Serialize)]
struct Tool {
    name: &'static str,
    version: &'static str,
}

const TOOL: Tool = Tool { name: "gridleaks", version: env!("CARGO_PKG_VERSION") };

#[derive(Serialize)]
struct Source<'a> {
    kind: SourceKind,
    roots: &'a [String],
    changed_settings: &'a [String],
}

#[derive(Serialize)]
struct JsonStats {
    files: u64,
    objects: u64,
    bytes: u64,
    excluded: u64,
    suppressed: Suppressed,
    seconds: f64,
}

/// How many findings do not count, by what makes them not count.
#[derive(Serialize)]
struct Suppressed {
    inline: u64,
    config: u64,
    baseline: u64,
}

/// A list that is turned into JSON an element at a time, so that it is never there twice.
struct Each<'a, T>(&'a [T], Style);

impl Serialize for Each<'_, Finding> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.0.iter().map(|finding| JsonFinding::new(finding, &self.1)))
    }
}

impl Serialize for Each<'_, Problem> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.0.iter().map(JsonProblem::new))
    }
}

#[derive(Serialize)]
struct JsonFinding<'a> {
    rule: &'a str,
    level: &'static str,
    message: String,
    path: Option<String>,
    line: Option<u64>,
    column: Option<u64>,
    end_line: Option<u64>,
    end_column: Option<u64>,
    encoding: &'a [Encoding],
    redacted: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    secret: Option<String>,
    fingerprint: String,
    git: Option<&'a GitOrigin>,
    verification: Option<&'a Verification>,
    suppressed: Option<&'a Suppression>,
}

impl<'a> JsonFinding<'a> {
    fn new(finding: &'a Finding, style: &Style) -> Self {
        let span = finding.span;
        JsonFinding {
            rule: &finding.rule.id,
            level: finding.level().name(),
            message: finding.message(),
            path: finding.path.as_ref().map(|path| lossless(&path.relative())),
            line: span.map(|span| span.line),
            column: span.map(|span| span.column),
            end_line: span.map(|span| span.end_line),
            end_column: span.map(|span| span.end_column),
            encoding: &finding.encoding,
            redacted: finding.secret.redacted(),
            secret: style.show_secrets.then(|| lossless(finding.secret.reveal())),
            fingerprint: finding.secret.fingerprint().to_string(),
            git: finding.git.as_deref(),
            verification: finding.verification.as_deref(),
            suppressed: finding.suppressed.as_deref(),
        }
    }
}

#[derive(Serialize)]
struct JsonProblem<'a> {
    path: Option<String>,
    kind: &'static str,
    message: &'a str,
}

impl<'a> JsonProblem<'a> {
    fn new(problem: &'a Problem) -> Self {
        JsonProblem {
            path: problem.path.as_ref().map(|path| lossless(&path.relative())),
            kind: problem.kind.name(),
            message: &problem.message,
        }
    }
}

fn stats(outcome: &Outcome) -> JsonStats {
    let stats = &outcome.stats;
    let seconds = (stats.seconds * 1000.0).round() / 1000.0;
    let suppressed = Suppressed {
        inline: outcome.suppressed_by(SuppressedBy::Inline),
        config: outcome.suppressed_by(SuppressedBy::Config),
        baseline: outcome.suppressed_by(SuppressedBy::Baseline),
    };
    let Stats { files, objects, bytes, excluded, .. } = *stats;
    JsonStats { files, objects, bytes, excluded, suppressed, seconds }
}

fn source(outcome: &Outcome) -> Source<'_> {
    Source { kind: outcome.source, roots: &outcome.roots, changed_settings: &outcome.changed_settings }
}

/// Writes the report as one document.
pub(super) fn write(outcome: &Outcome, style: &Style, out: &mut dyn Write) -> io::Result<()> {
    let document = Document {
        schema: SCHEMA,
        tool: TOOL,
        source: source(outcome),
        complete: outcome.is_complete(),
        stats: stats(outcome),
        findings: Each(&outcome.findings, *style),
        problems: Each(&outcome.problems, *style),
    };
    serde_json::to_writer_pretty(JsonWriter(out), &document)?;
    out.write_all(b"\n")
}

/// One line of the report by lines.
#[derive(Serialize)]
#[serde(tag = "type", rename_all = "lowercase")]
enum Line<'a> {
    Finding(JsonFinding<'a>),
    Problem(JsonProblem<'a>),
    Summary(Summary<'a>),
}

#[derive(Serialize)]
struct Summary<'a> {
    schema: &'static str,
    tool: Tool,
    source: Source<'a>,
    complete: bool,
    stats: JsonStats,
    findings: usize,
    suppressed: usize,
    problems: usize,
}

/// Writes the report a line at a time; the last line is the summary.
pub(super) fn write_lines(outcome: &Outcome, style: &Style, out: &mut dyn Write) -> io::Result<()> {
    let findings = outcome.findings.iter().map(|finding| Line::Finding(JsonFinding::new(finding, style)));
    let problems = outcome.problems.iter().map(|problem| Line::Problem(JsonProblem::new(problem)));
    let summary = Line::Summary(Summary {
        schema: SCHEMA,
        tool: TOOL,
        source: source(outcome),
        complete: outcome.is_complete(),
        stats: stats(outcome),
        findings: outcome.findings.len(),
        suppressed: outcome.findings.iter().filter(|finding| !finding.counts()).count(),
        problems: outcome.problems.len(),
    });
    for line in findings.chain(problems).chain([summary]) {
        serde_json::to_writer(JsonWriter(out), &line)?;
        out.write_all(b"\n")?;
    }
    Ok(())
}
