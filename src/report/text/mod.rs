//! The report for a person: each finding with its place and line, or, once issuers were asked, each key with its places; then
//! once what to do, then a summary.

mod place;

use std::collections::HashMap;
use std::io::{self, Write};

use anstyle::AnsiColor;

use crate::amounts::{plural, size};
use crate::finding::{Finding, Outcome, SourceKind, VerificationStatus};
use crate::rule::Level;

use super::visible::visible;
use super::{Style, is_active_all_the_same, paint, set_aside, story, verdict, write_remedy};

use place::Places;

/// Writes the report.
pub(super) fn write(outcome: &Outcome, style: &Style, out: &mut dyn Write) -> io::Result<()> {
    let places = Places::new(style);
    let keys = keys(outcome);
    for key in &keys {
        write_key(key, &places, style, out)?;
    }
    for finding in outcome.findings.iter().filter(|finding| is_active_all_the_same(finding)) {
        write_suppressed(finding, &places, style, out)?;
    }
    for problem in &outcome.problems {
        let path = problem.path.as_ref().map(|path| format!("{}: ", visible(&path.from_here()))).unwrap_or_default();
        let label = paint("could not read", AnsiColor::Yellow, style.color);
        writeln!(out, "{label}: {path}{}", visible(problem.message.as_bytes()))?;
    }
    if style.quiet {
        return Ok(());
    }
    if !outcome.problems.is_empty() {
        writeln!(out)?;
    }
    write_advice(outcome, style, out)?;
    writeln!(out, "{}", summary(outcome, &keys, style))
}

/// The findings that count, those of a key whose issuer was asked together: active keys first, then those of which nothing is
/// known, then inactive ones. A finding whose issuer was not asked stands alone.
fn keys(outcome: &Outcome) -> Vec<Vec<&Finding>> {
    let mut keys: Vec<Vec<&Finding>> = Vec::new();
    let mut known = HashMap::new();
    for finding in outcome.findings.iter().filter(|finding| finding.counts()) {
        if finding.verification.is_none() {
            keys.push(vec![finding]);
            continue;
        }
        let key = *known.entry((&*finding.rule.id, &finding.secret)).or_insert(keys.len());
        match keys.get_mut(key) {
            Some(places) => places.push(finding),
            None => keys.push(vec![finding]),
        }
    }
    keys.sort_by_key(|key| key.first().and_then(|finding| finding.status()).map_or(u8::MAX, |status| status as u8));
    keys
}

/// Writes one key: its places, and what its issuer said, if it was asked.
fn write_key(key: &[&Finding], places: &Places, style: &Style, out: &mut dyn Write) -> io::Result<()> {
    let Some((first, others)) = key.split_first() else { return Ok(()) };
    let mut title = visible(first.message().as_bytes());
    if let Some(status) = first.status() {
        let description = visible(first.rule.description.as_bytes());
        title = format!("{description} {}: {}", visible(first.secret.redacted().as_bytes()), verdict::title(status));
    }
    places.write(first, Some(&title), out)?;
    for finding in others {
        places.write(finding, None, out)?;
    }
    if let Some(verification) = first.verification.as_deref() {
        let status = verification.status;
        let name = paint(status.name(), verdict::color(status), style.color);
        writeln!(out, "  = {name}: {}", verdict::known_of_found(first, verification))?;
        writeln!(out, "  = {}: {}", paint("now", AnsiColor::Cyan, style.color), verdict::advice(status))?;
    }
    writeln!(out)
}

/// Writes a finding that does not count, and why it does not.
fn write_suppressed(finding: &Finding, places: &Places, style: &Style, out: &mut dyn Write) -> io::Result<()> {
    let (description, key) =
        (visible(finding.rule.description.as_bytes()), visible(finding.secret.redacted().as_bytes()));
    places.write(finding, Some(&format!("{description} {key}: active, though it does not count")), out)?;
    writeln!(out, "  = {}: {}", paint("not counted", AnsiColor::Cyan, style.color), set_aside::why(finding))?;
    if let Some(verification) = finding.verification.as_deref() {
        let name = paint("active", verdict::color(VerificationStatus::Active), style.color);
        writeln!(out, "  = {name}: {}", verdict::known_of_found(finding, verification))?;
    }
    writeln!(out)
}

/// What to do now, once for all findings that ask for the same.
fn write_advice(outcome: &Outcome, style: &Style, out: &mut dyn Write) -> io::Result<()> {
    let remedies = super::remedies(outcome);
    for (_, remedy) in &remedies {
        write_remedy(remedy, style.color, out)?;
        writeln!(out)?;
    }
    if let Some(second) = story::second(outcome).filter(|_| !remedies.is_empty()) {
        writeln!(out, "{second}\n")?;
    }
    Ok(())
}

/// The last line of the report, without colours.
pub(super) fn plain_summary(outcome: &Outcome) -> String {
    let style = Style { color: false, width: 0, show_secrets: false, quiet: false };
    summary(outcome, &keys(outcome), &style)
}

/// One line: what was found in how much, in what time, and what could not be read.
fn summary(outcome: &Outcome, keys: &[Vec<&Finding>], style: &Style) -> String {
    let count =
        |level: Level| outcome.findings.iter().filter(|finding| finding.counts() && finding.level() == level).count();
    let counts = [(count(Level::Error), "error"), (count(Level::Warning), "warning"), (count(Level::Note), "note")];
    let found: Vec<_> =
        counts.iter().filter(|(count, _)| *count > 0).map(|(count, name)| plural(*count as u64, name)).collect();
    let found = match (found.is_empty(), outcome.is_complete()) {
        (false, _) => paint(&found.join(", "), AnsiColor::Red, style.color),
        (true, true) if outcome.findings.iter().any(|finding| !finding.counts()) => {
            paint("no keys found that count", AnsiColor::Green, style.color)
        }
        (true, true) => paint("no keys found", AnsiColor::Green, style.color),
        (true, false) => paint("no keys found in what could be read", AnsiColor::Yellow, style.color),
    };
    let stats = &outcome.stats;
    let files = match outcome.source {
        SourceKind::History => plural(stats.objects, "object"),
        SourceKind::Push => plural(stats.objects, "new object"),
        SourceKind::Files | SourceKind::Stdin | SourceKind::Staged => plural(stats.files, "file"),
    };
    let mut line = format!("{found} in {files} ({}, {:.3} s)", size(stats.bytes), stats.seconds);
    if let Some(keys) = verified(keys) {
        line.push_str(&format!("; keys: {keys}"));
    }
    if let Some(aside) = set_aside::line(outcome) {
        line.push_str(&format!("; {aside}"));
    }
    if !outcome.is_complete() {
        let unread = plural(outcome.problems.len() as u64, "problem");
        line.push_str(&format!("; {}", paint(&format!("incomplete: {unread}"), AnsiColor::Yellow, style.color)));
    }
    line
}

/// How many keys are active, unknown and inactive, if issuers were asked.
fn verified(keys: &[Vec<&Finding>]) -> Option<String> {
    let statuses: Vec<_> = keys.iter().filter_map(|key| key.first()?.status()).collect();
    let counted = statuses.chunk_by(|a, b| a == b).map(|same| format!("{} {}", same.len(), same[0].name()));
    (!statuses.is_empty()).then(|| counted.collect::<Vec<_>>().join(", "))
}
