//! Says on standard error what a report on standard output does not.

use crate::amounts::plural;
use crate::finding::{Finding, Outcome, SourceKind, VerificationStatus};
use crate::report::{self, Format, visible};

use super::messages::Messages;
use super::options::SharedArgs;

/// Says on standard error what the report on standard output does not.
pub(super) fn all(outcome: &Outcome, args: &SharedArgs, messages: &Messages) {
    // Even with `--quiet`, since whoever hides a key may have changed them.
    if let Some(changed) = report::changed(outcome) {
        messages.warning(&changed);
    }
    if !args.quiet {
        for (path, note) in &outcome.notes {
            messages.warning(&format!("{}: {note}", visible(&path.from_here())));
        }
        if outcome.source == SourceKind::Files && outcome.stats.files == 0 && outcome.is_complete() {
            messages.warning("no file was read: there is none, or all are left out by git's ignore rules (`--no-ignore` reads those too) or by `--exclude` or a config");
        }
    }
    if !args.quiet && args.format != Format::Text {
        unknown(outcome, messages);
        suppressed(outcome, messages);
    }
    if outcome.is_complete() {
        return;
    }
    if args.format != Format::Text {
        problems(outcome, messages);
    }
    messages.error(&format!("the scan is incomplete: {}", plural(outcome.problems.len() as u64, "problem")));
}

/// Says what could not be read.
pub(super) fn problems(outcome: &Outcome, messages: &Messages) {
    for problem in &outcome.problems {
        let path = problem.path.as_ref().map(|path| format!("{}: ", visible(&path.from_here())));
        messages.warning(&format!("{}{}", path.unwrap_or_default(), problem.message));
    }
}

/// Says that issuers did not answer, which a report for programs does not make plain.
fn unknown(outcome: &Outcome, messages: &Messages) {
    let verifications = outcome.findings.iter().filter_map(|finding| finding.verification.as_deref());
    let unknown: Vec<_> = verifications.filter(|found| found.status == VerificationStatus::Unknown).collect();
    if let Some(detail) = unknown.first().and_then(|found| found.detail.as_deref()) {
        let count = unknown.len();
        let findings =
            if count == 1 { "1 finding still works".to_owned() } else { format!("{count} findings still work") };
        messages.warning(&format!("whether {findings} is unknown; of the first: {detail}"));
    }
}

/// Says that findings do not count, which a report for code hosts leaves out; and that a key among them works.
fn suppressed(outcome: &Outcome, messages: &Messages) {
    if let Some(counts) = report::suppressed(outcome) {
        messages.note(&format!("not counted: {counts}"));
    }
    if let Some(things) = report::excluded(outcome) {
        messages.note(&format!("left out by globs: {things}"));
    }
    let works = |finding: &&Finding| !finding.counts() && finding.status() == Some(VerificationStatus::Active);
    for finding in outcome.findings.iter().filter(works) {
        let path = finding.path.as_ref().map_or_else(String::new, |path| format!("{}: ", visible(&path.from_here())));
        let by = finding.suppressed.as_ref().map_or("", |suppressed| suppressed.by.name());
        let key = visible(finding.secret.redacted().as_bytes());
        messages.warning(&format!("{path}{key} is active, though it does not count ({by})"));
    }
}
