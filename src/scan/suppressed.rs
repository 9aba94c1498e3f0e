//! Marks the findings that a project's config or its baseline says do not count.

use crate::detect::Detector;
use crate::finding::{Finding, Outcome, SourceKind, SuppressedBy, Suppression};
use crate::report::visible;
use crate::source::excluded::glob_at;
use crate::suppress::{Allow, Entry, Exceptions, Known};

use super::masked;

/// What of a project's exceptions matches no finding.
#[derive(Debug)]
pub struct Stale<'e> {
    /// Entries of the baseline.
    pub entries: Vec<&'e Entry>,
    /// What the config allows.
    pub allows: Vec<&'e Allow>,
}

/// Marks what does not count; what a comment allows is marked already. `is_held` says whether a place that was not looked at still holds
/// what an entry of the baseline stands for. Gives what matches nothing.
pub fn suppress<'e>(
    outcome: &mut Outcome,
    exceptions: &'e Exceptions,
    detector: &Detector,
    is_held: &dyn Fn(&Entry) -> bool,
) -> Stale<'e> {
    let allows = &exceptions.allows;
    let mut is_used = vec![false; allows.list.len()];
    if !allows.is_empty() {
        for finding in &mut outcome.findings {
            let in_repository = finding.path.as_ref().map(|path| path.container().in_repository());
            let glob = |globs: &_| in_repository.as_ref().and_then(|path| glob_at(globs, path)).map(str::to_owned);
            let matching = allows.matching(finding.secret.fingerprint(), glob);
            // What a comment allows as well is there all the same.
            matching.iter().for_each(|&at| is_used[at] = true);
            if let Some(&first) = matching.first().filter(|_| finding.counts()) {
                // A reason is shown in reports, and may hold a key like any other text.
                let reason = masked(detector, allows.list[first].reason.as_bytes());
                finding.suppressed = Some(Box::new(Suppression { by: SuppressedBy::Config, reason: Some(reason) }));
            }
        }
    }
    let unused = allows.list.iter().zip(is_used).filter(|(_, is_used)| !is_used).map(|(allow, _)| allow);
    let allows = unused.collect();
    let Some(baseline) = &exceptions.baseline else { return Stale { entries: Vec::new(), allows } };
    // What does not count for another reason is there all the same: an entry that stands for it stands for no other place.
    let known: Vec<Known> = outcome.findings.iter().map(|finding| known(finding, detector)).collect();
    let is_of_past = matches!(outcome.source, SourceKind::History | SourceKind::Push);
    let mut is_met = vec![false; baseline.entries.len()];
    for (finding, entry) in outcome.findings.iter_mut().zip(baseline.matches(&known, is_of_past, is_held)) {
        let Some((at, entry)) = entry.and_then(|at| Some((at, baseline.entries.get(at)?))) else { continue };
        is_met[at] = true;
        if finding.counts() {
            let reason = Some(format!("known since {}", entry.date));
            finding.suppressed = Some(Box::new(Suppression { by: SuppressedBy::Baseline, reason }));
        }
    }
    let unmet = baseline.entries.iter().zip(is_met).filter(|(_, is_met)| !is_met);
    Stale { entries: unmet.map(|(entry, _)| entry).collect(), allows }
}

/// What a baseline knows a finding by. Its path is that from the top of the repository, with what no text can show spelled out.
pub fn known(finding: &Finding, detector: &Detector) -> Known {
    Known {
        path: finding.path.as_ref().map(|path| visible(&detector.mask(&path.in_repository()))),
        rule: finding.rule.id.clone(),
        fingerprint: finding.secret.fingerprint(),
    }
}
