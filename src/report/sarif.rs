//! SARIF 2.1.0 as GitHub's code scanning takes it.
//!
//! GitHub rejects a whole file that goes over its limits, so what is over them is left out, and a notification says so.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::io::{self, Write};

use serde::{Serialize, Serializer};
use serde_json::json;
use serde_sarif::sarif;

use crate::amounts::plural;
use crate::finding::{Finding, Outcome, Problem, VerificationStatus};
use crate::place::ScanPath;
use crate::rule::{Level, Rule};

use super::visible::{JsonWriter, cut, lossless};
use super::{Style, set_aside, story, verdict};

/// The results that GitHub takes in one run.
const MAX_RESULTS: usize = 25_000;

/// The bytes of the parts of all results that do not compress well. GitHub takes files of 10 MB when compressed; what else
/// a result has is the same in all of them.
const MAX_UNLIKE: usize = 9_000_000;

/// The rules that GitHub takes in one run.
const MAX_RULES: usize = 25_000;

/// The characters that GitHub takes in a rule's descriptions, and in its name.
const MAX_DESCRIPTION: usize = 1024;
const MAX_NAME: usize = 255;

const SCHEMA: &str = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json";

/// Stands for the top of the repository in every path.
const ROOT: &str = "%SRCROOT%";

/// The severity of a key that works, on the scale of 0 to 10 that GitHub calls critical from 9 on.
const HIGHEST_SEVERITY: &str = "10.0";

/// Our own name for a result's identity. GitHub's upload adds its own, from the lines of the checkout.
const FINGERPRINT: &str = "gridleaks/v1";

/// The log. Its layout is serde_sarif's; it is ours only so that results are made one at a time and never there at once.
#[derive(Serialize)]
struct Log<'a> {
    #[serde(rename = "$schema")]
    schema: &'static str,
    version: String,
    runs: [Run<'a>; 1],
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Run<'a> {
    tool: sarif::Tool,
    column_kind: String,
    original_uri_base_ids: BTreeMap<&'static str, sarif::ArtifactLocation>,
    invocations: [sarif::Invocation; 1],
    results: Results<'a>,
}

struct Results<'a> {
    findings: Vec<&'a Finding>,
    places: HashMap<&'a str, usize>,
    style: Style,
}

impl Serialize for Results<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let to_result = |finding: &&Finding| result(finding, self.places.get(&*finding.rule.id).copied(), &self.style);
        serializer.collect_seq(self.findings.iter().map(to_result))
    }
}

/// Writes the log. Findings that are suppressed are left out: GitHub would open alerts for them.
pub(super) fn write(outcome: &Outcome, style: &Style, out: &mut dyn Write) -> io::Result<()> {
    serde_json::to_writer_pretty(JsonWriter(out), &log(outcome, style))?;
    out.write_all(b"\n")
}

fn log<'a>(outcome: &'a Outcome, style: &Style) -> Log<'a> {
    let counting: Vec<&Finding> = outcome.findings.iter().filter(|finding| finding.counts()).collect();
    let fitting = how_many_fit(&counting);
    let left_out = LeftOut { results: counting.len() - fitting, rules: outcome.rules.len().saturating_sub(MAX_RULES) };
    let rules = &outcome.rules[..outcome.rules.len().min(MAX_RULES)];
    let base = sarif::ArtifactLocation::builder().description("The top of the repository that was scanned.");
    Log {
        schema: SCHEMA,
        version: sarif::Version::V2_1_0.to_string(),
        runs: [Run {
            tool: tool(rules, &counting),
            column_kind: sarif::ResultColumnKind::Utf16CodeUnits.to_string(),
            original_uri_base_ids: BTreeMap::from([(ROOT, base.build())]),
            invocations: [invocation(outcome, &left_out)],
            results: Results {
                findings: counting[..fitting].to_vec(),
                places: rules.iter().enumerate().map(|(place, rule)| (&*rule.id, place)).collect(),
                style: *style,
            },
        }],
    }
}

/// What is over GitHub's limits.
struct LeftOut {
    results: usize,
    rules: usize,
}

/// How many of the first findings GitHub takes.
fn how_many_fit(findings: &[&Finding]) -> usize {
    let mut bytes = 0;
    let fits = |finding: &&&Finding| {
        let line = finding.snippet.as_ref().map_or(0, |snippet| snippet.text.len());
        let owner = finding.verification.iter().flat_map(|found| [&found.user_id, &found.api_key_id]).flatten();
        let owner: usize = owner.map(String::len).sum();
        // An escaped byte of a path takes three; a fingerprint is 32 random bytes, and places are a few.
        bytes += line + owner + 3 * finding.path.as_ref().map_or(0, |path| path.size()) + 64;
        bytes <= MAX_UNLIKE
    };
    findings.iter().take(MAX_RESULTS).take_while(fits).count()
}

fn tool(rules: &[std::sync::Arc<Rule>], findings: &[&Finding]) -> sarif::Tool {
    let is_active = |finding: &&&Finding| finding.status() == Some(VerificationStatus::Active);
    let active: HashSet<&str> = findings.iter().filter(is_active).map(|finding| &*finding.rule.id).collect();
    let descriptors = rules.iter().map(|rule| descriptor(rule, active.contains(&*rule.id)));
    let driver = sarif::ToolComponent::builder()
        .name("gridleaks")
        .version(env!("CARGO_PKG_VERSION"))
        .semantic_version(env!("CARGO_PKG_VERSION"))
        .information_uri(env!("CARGO_PKG_REPOSITORY"))
        .rules(descriptors.collect::<Vec<_>>());
    sarif::Tool::builder().driver(driver.build()).build()
}

/// A rule. GitHub shows a severity by rule, not by result: one that found a key that works is as severe as can be.
fn descriptor(rule: &Rule, found_active: bool) -> sarif::ReportingDescriptor {
    let short = cut(&rule.description, MAX_DESCRIPTION);
    let full =
        if rule.impact.is_empty() { rule.description.clone() } else { sentence(&rule.description, &rule.impact) };
    let help = if rule.remedy.is_empty() { &rule.description } else { &rule.remedy };
    let markdown = if rule.help.is_empty() { help } else { &rule.help };
    let (severity, precision) = match rule.level {
        _ if found_active => (HIGHEST_SEVERITY, "very-high"),
        Level::Error => ("9.5", "very-high"),
        Level::Warning => ("7.5", "high"),
        Level::Note => ("3.0", "medium"),
    };
    let properties =
        BTreeMap::from([("security-severity".to_owned(), json!(severity)), ("precision".to_owned(), json!(precision))]);
    sarif::ReportingDescriptor::builder()
        .id(rule.id.clone())
        .name(cut(&pascal_case(&rule.id), MAX_NAME))
        .short_description(text(short))
        .full_description(text(cut(&full, MAX_DESCRIPTION)))
        .help(sarif::MultiformatMessageString::builder().text(help.clone()).markdown(markdown.clone()).build())
        .help_uri(concat!(env!("CARGO_PKG_REPOSITORY"), "#readme"))
        .default_configuration(sarif::ReportingConfiguration::builder().level(json!(rule.level.name())).build())
        .properties(
            sarif::PropertyBag::builder()
                .tags(vec!["security".to_owned(), "secret".to_owned()])
                .additional_properties(properties)
                .build(),
        )
        .build()
}

fn text(text: String) -> sarif::MultiformatMessageString {
    sarif::MultiformatMessageString::builder().text(text).build()
}

/// One result; each place that holds a secret is one of its own.
fn result(finding: &Finding, rule_index: Option<usize>, style: &Style) -> sarif::Result {
    let redacted = finding.secret.redacted();
    let mut message = format!("{}: {redacted}", finding.message());
    let mut properties = BTreeMap::new();
    let region = match finding.span {
        Some(span) => sarif::Region::builder()
            .start_line(span.line as i64)
            .start_column(span.utf16_column as i64)
            .end_line(span.end_line as i64)
            .end_column(span.utf16_end_column as i64),
        // GitHub wants a place in the text all the same.
        None => {
            message.push_str(&format!(" (at byte {})", finding.offset));
            properties.insert("byteOffset".to_owned(), json!(finding.offset));
            sarif::Region::builder().start_line(1).start_column(1).end_line(1).end_column(2)
        }
    };
    let shown = if style.show_secrets { lossless(finding.secret.reveal()) } else { redacted };
    let region = region.snippet(content(shown)).build();
    // The whole line, which is more than the region even where the secret is all that stands on it.
    let context = finding.span.zip(finding.snippet.as_deref()).map(|(span, snippet)| {
        sarif::Region::builder().start_line(span.line as i64).snippet(content(snippet.text.clone())).build()
    });
    let location = sarif::PhysicalLocation::builder()
        .artifact_location(artifact_of(finding))
        .region(region)
        .opt_context_region(context);
    let status = finding.status();
    if let Some(verification) = finding.verification.as_deref() {
        message.push_str(&format!(
            ", {}: {}",
            verification.status.name(),
            verdict::known_of_found(finding, verification)
        ));
        properties.insert("verification".to_owned(), json!(verification));
    }
    if let (Some(git), Some(story)) = (finding.git.as_deref(), story::line(finding)) {
        message.push_str(&format!("; {story}"));
        properties.insert("git".to_owned(), json!(git));
    }
    if status == Some(VerificationStatus::Active) {
        properties.insert("security-severity".to_owned(), json!(HIGHEST_SEVERITY));
    }
    if !finding.encoding.is_empty() {
        properties.insert("encoding".to_owned(), json!(finding.encoding));
    }
    let bag = (!properties.is_empty()).then(|| sarif::PropertyBag::builder().additional_properties(properties).build());
    sarif::Result::builder()
        .rule_id(finding.rule.id.clone())
        .opt_rule_index(rule_index.map(|place| place as i64))
        .level(level(finding.level()))
        .opt_rank(rank(status))
        .message(sarif::Message::from(&message))
        .locations(vec![sarif::Location::builder().physical_location(location.build()).build()])
        .partial_fingerprints(BTreeMap::from([(FINGERPRINT.to_owned(), finding.secret.fingerprint().to_string())]))
        .opt_properties(bag)
        .build()
}

/// SARIF's own priority of a result, from 0 to 100, once its issuer was asked.
fn rank(status: Option<VerificationStatus>) -> Option<f64> {
    match status? {
        VerificationStatus::Active => Some(100.0),
        VerificationStatus::Unknown => Some(50.0),
        VerificationStatus::Inactive => Some(0.0),
    }
}

fn level(level: Level) -> sarif::ResultLevel {
    match level {
        Level::Error => sarif::ResultLevel::Error,
        Level::Warning => sarif::ResultLevel::Warning,
        Level::Note => sarif::ResultLevel::Note,
    }
}

fn content(text: String) -> sarif::ArtifactContent {
    sarif::ArtifactContent::builder().text(text).build()
}

fn artifact(path: Option<&ScanPath>) -> sarif::ArtifactLocation {
    located(path.map_or_else(|| "stdin".to_owned(), |path| uri(&path.in_repository())))
}

/// Where a finding is. One without a path, in a commit's message or in standard input, needs a name all the same.
fn artifact_of(finding: &Finding) -> sarif::ArtifactLocation {
    match (&finding.path, &finding.git) {
        (None, Some(_)) => located(uri(story::place(finding).replace(' ', "/").as_bytes())),
        (path, _) => artifact(path.as_deref()),
    }
}

fn located(uri: String) -> sarif::ArtifactLocation {
    sarif::ArtifactLocation::builder().uri(uri).uri_base_id(ROOT).build()
}

/// How the scan went. It is always a success: GitHub rejects the file otherwise. What could not be read, what does not count and what
/// was left out is notified.
fn invocation(outcome: &Outcome, left_out: &LeftOut) -> sarif::Invocation {
    let mut notifications: Vec<_> = outcome.problems.iter().map(notification).collect();
    for (count, thing) in [(left_out.results, "finding"), (left_out.rules, "rule")] {
        if count > 0 {
            let are = if count == 1 { "is" } else { "are" };
            let things = plural(count as u64, thing);
            let text = format!("{things} {are} left out: code scanning takes no more in one file");
            notifications.push(notice("error", "limit", &text, None));
        }
    }
    let aside =
        [("warning", "changed-settings", set_aside::changed(outcome)), ("note", "set-aside", set_aside::line(outcome))];
    for (level, kind, text) in aside {
        notifications.extend(text.map(|text| notice(level, kind, &text, None)));
    }
    sarif::Invocation::builder().execution_successful(true).tool_execution_notifications(notifications).build()
}

fn notification(problem: &Problem) -> sarif::Notification {
    notice("error", problem.kind.name(), &problem.message, problem.path.as_deref())
}

fn notice(level: &str, kind: &str, message: &str, path: Option<&ScanPath>) -> sarif::Notification {
    let location = |path| {
        let physical = sarif::PhysicalLocation::builder().artifact_location(artifact(Some(path))).build();
        vec![sarif::Location::builder().physical_location(physical).build()]
    };
    sarif::Notification::builder()
        .level(json!(level))
        .descriptor(sarif::ReportingDescriptorReference::builder().id(kind).build())
        .message(sarif::Message::from(message))
        .opt_locations(path.map(location))
        .build()
}

/// A relative URI: each part of the path percent-encoded. A part that would lead elsewhere, as members of containers may have, is made
/// one with its neighbours.
fn uri(path: &[u8]) -> String {
    let mut uri = String::with_capacity(path.len());
    let leads_away = |part: &[u8]| matches!(part, b"" | b"." | b"..");
    let mut last: Option<&[u8]> = None;
    for part in path.split(|&byte| byte == b'/') {
        if let Some(last) = last {
            uri.push_str(if leads_away(last) || leads_away(part) { "%2F" } else { "/" });
        }
        last = Some(part);
        for &byte in part {
            if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
                uri.push(char::from(byte));
            } else {
                uri.push_str(&format!("%{byte:02X}"));
            }
        }
    }
    uri
}

fn pascal_case(id: &str) -> String {
    let capitalize = |word: &str| {
        let mut letters = word.chars();
        letters.next().map(|first| first.to_ascii_uppercase()).into_iter().chain(letters).collect::<String>()
    };
    let name: String = id.split(['-', '_', '.']).map(capitalize).collect();
    // A name that is the id but for its case would say nothing, and is complained of.
    if name.eq_ignore_ascii_case(id) { name + "Rule" } else { name }
}

fn sentence(subject: &str, impact: &str) -> String {
    format!("{subject}: {impact}.")
}

#[cfg(test)]
mod tests;
