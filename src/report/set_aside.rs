//! What reports say of what was set aside: findings that do not count, what globs left out, and files that say so and that the scanned
//! commits change. Whoever writes such a file or comment may be the one who hides a key.

use crate::amounts::{grouped, plural};
use crate::finding::{Finding, Outcome, SourceKind, SuppressedBy};

use super::visible::visible;

/// How many findings do not count, and why, in words; none if all do.
pub fn suppressed(outcome: &Outcome) -> Option<String> {
    let counts = SuppressedBy::ALL.map(|by| (outcome.suppressed_by(by), in_words(by)));
    let parts: Vec<_> =
        counts.iter().filter(|(count, _)| *count > 0).map(|(count, by)| format!("{} {by}", grouped(*count))).collect();
    (!parts.is_empty()).then(|| parts.join(", "))
}

/// How much globs left out, in words; none if nothing.
pub fn excluded(outcome: &Outcome) -> Option<String> {
    let thing = match outcome.source {
        SourceKind::Files | SourceKind::Stdin => "file or folder",
        SourceKind::Staged => "file",
        SourceKind::History | SourceKind::Push => "place",
    };
    let count = outcome.stats.excluded;
    let things = if count != 1 && thing == "file or folder" {
        format!("{} files or folders", grouped(count))
    } else {
        plural(count, thing)
    };
    (count > 0).then_some(things)
}

/// Both in one line; none if nothing was set aside.
pub(super) fn line(outcome: &Outcome) -> Option<String> {
    let suppressed = suppressed(outcome).map(|counts| format!("not counted: {counts}"));
    let excluded = excluded(outcome).map(|things| format!("left out by globs: {things}"));
    let parts: Vec<_> = suppressed.into_iter().chain(excluded).collect();
    (!parts.is_empty()).then(|| parts.join("; "))
}

/// That the scanned commits change files that say what counts; none if they do not.
pub fn changed(outcome: &Outcome) -> Option<String> {
    let files: Vec<_> = outcome.changed_settings.iter().map(|file| visible(file.as_bytes())).collect();
    let says = if files.len() == 1 { "which says" } else { "which say" };
    let files = files.join(", ");
    (!files.is_empty())
        .then(|| format!("the commits that were scanned change {files}, {says} what does not count: review that"))
}

/// The findings of commits that a comment or the config lets pass: those who wrote the commits may have written that, too.
pub(super) fn to_be_reviewed(outcome: &Outcome) -> impl Iterator<Item = &Finding> {
    let is_new = |finding: &&Finding| finding.git.is_some() && !finding.counts();
    let by = |finding: &Finding| finding.suppressed.as_ref().map(|suppressed| suppressed.by);
    outcome.findings.iter().filter(is_new).filter(move |finding| by(finding) != Some(SuppressedBy::Baseline))
}

/// Why a finding does not count, in words; nothing if it does.
pub(super) fn why(finding: &Finding) -> String {
    let Some(suppressed) = finding.suppressed.as_deref() else { return String::new() };
    let reason = suppressed.reason.as_ref().map(|reason| format!(": {}", visible(reason.as_bytes())));
    format!("{}{}", in_words(suppressed.by), reason.unwrap_or_default())
}

/// What made a finding not count, in words.
pub(super) fn in_words(by: SuppressedBy) -> &'static str {
    match by {
        SuppressedBy::Inline => "by a comment",
        SuppressedBy::Config => "by the config",
        SuppressedBy::Baseline => "by the baseline",
    }
}
