//! Gathers findings and problems from all threads, in bounded memory and an order that threads do not change.

use std::sync::{Arc, Mutex, MutexGuard};

use crate::finding::{Finding, Part, Problem, ProblemKind, Span};
use crate::place::ScanPath;

/// How many findings a scan lists. More than this are counted, and are a problem.
pub const MAX_FINDINGS: usize = 50_000;

/// How many bytes the paths of the findings that are listed may have. More are left out as above.
const MAX_PATHS: usize = 16 << 20;

/// How many problems, and how many notes, a scan lists.
const MAX_PROBLEMS: usize = 10_000;

/// A thread-safe bag of findings, problems and notes.
#[derive(Debug, Default)]
pub(super) struct Collector {
    gathered: Mutex<Gathered>,
}

#[derive(Debug, Default)]
struct Gathered {
    findings: Vec<Finding>,
    /// The bytes of their paths, those of one file counted once or a few times.
    path_bytes: usize,
    more_findings: u64,
    problems: Vec<Problem>,
    more_problems: u64,
    notes: Vec<(Arc<ScanPath>, String)>,
}

/// All that a scan gathered, in order.
pub(super) struct Sorted {
    pub(super) findings: Vec<Finding>,
    pub(super) problems: Vec<Problem>,
    pub(super) notes: Vec<(Arc<ScanPath>, String)>,
}

impl Collector {
    pub(super) fn add(&self, findings: Vec<Finding>) {
        if findings.is_empty() {
            return;
        }
        let mut gathered = self.lock();
        gathered.path_bytes += path_length(findings.first());
        gathered.findings.extend(findings);
        let Gathered { findings, path_bytes, more_findings, .. } = &mut *gathered;
        if findings.len() >= MAX_FINDINGS + MAX_FINDINGS / 4 || *path_bytes >= MAX_PATHS + MAX_PATHS / 4 {
            sort_findings(findings);
            *path_bytes = cut_findings(findings, more_findings);
        }
    }

    pub(super) fn problem(&self, problem: Problem) {
        let mut gathered = self.lock();
        let Gathered { problems, more_problems, .. } = &mut *gathered;
        problems.push(problem);
        bound(problems, MAX_PROBLEMS, more_problems);
    }

    pub(super) fn note(&self, path: Arc<ScanPath>, message: String) {
        let mut gathered = self.lock();
        gathered.notes.push((path, message));
        bound(&mut gathered.notes, MAX_PROBLEMS, &mut 0);
    }

    /// Everything, sorted; a place that was reached in two ways is listed once.
    pub(super) fn finish(self) -> Sorted {
        let gathered = self.gathered.into_inner().unwrap_or_else(std::sync::PoisonError::into_inner);
        let Gathered { mut findings, mut more_findings, mut problems, mut more_problems, mut notes, .. } = gathered;
        drop_repeated(&mut findings);
        sort_findings(&mut findings);
        cut_findings(&mut findings, &mut more_findings);
        problems.sort();
        problems.dedup();
        cut_off(&mut problems, MAX_PROBLEMS, &mut more_problems);
        notes.sort();
        notes.dedup();
        let limits = [
            (more_findings, format!("there are more findings than the {} that are listed", findings.len())),
            (more_problems, format!("there are more problems than the {MAX_PROBLEMS} that are listed")),
        ];
        for (more, message) in limits {
            if more > 0 {
                problems.push(Problem { path: None, kind: ProblemKind::Limit, message });
            }
        }
        Sorted { findings, problems, notes }
    }

    fn lock(&self) -> MutexGuard<'_, Gathered> {
        // A thread that failed while it held the lock has pushed a whole finding or none.
        self.gathered.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}

/// Sorts by path, line, column and rule, and, where nothing has lines, by the secret.
fn sort_findings(findings: &mut [Finding]) {
    findings.sort_by(|a, b| {
        let by_place = a.path.cmp(&b.path).then_with(|| place(a).cmp(&place(b)));
        let by_rule = || a.rule.id.cmp(&b.rule.id);
        by_place.then_with(by_rule).then_with(|| a.secret.reveal().cmp(b.secret.reveal()))
    });
}

/// Where in its file a finding is.
fn place(finding: &Finding) -> (Part, Option<Span>, u64) {
    (finding.part, finding.span, finding.offset)
}

/// Drops what was found again because a file lies below two of the roots.
fn drop_repeated(findings: &mut Vec<Finding>) {
    let from_here = |finding: &Finding| finding.path.as_ref().map(|path| path.from_here());
    findings.sort_by_cached_key(|finding| {
        (
            from_here(finding),
            place(finding),
            finding.rule.id.clone(),
            finding.path.clone(),
            finding.secret.fingerprint(),
        )
    });
    let same_path = |a: &Finding, b: &Finding| match (&a.path, &b.path) {
        (Some(a), Some(b)) => a.is_same(b),
        (a, b) => a.is_none() && b.is_none(),
    };
    let is_same = |a: &Finding, b: &Finding| a.rule.id == b.rule.id && a.secret == b.secret && same_path(a, b);
    findings.dedup_by(|a, b| place(a) == place(b) && is_same(a, b));
}

fn path_length(finding: Option<&Finding>) -> usize {
    finding.and_then(|finding| finding.path.as_ref()).map_or(0, |path| path.size())
}

/// Keeps the first findings that are not too many and whose paths are not too long in all; gives the bytes of these paths.
fn cut_findings(findings: &mut Vec<Finding>, more: &mut u64) -> usize {
    let mut bytes = 0;
    let mut keep = 0;
    for files in findings.chunk_by(|a, b| a.path == b.path) {
        let size = path_length(files.first());
        if bytes + size > MAX_PATHS {
            break;
        }
        bytes += size;
        keep += files.len();
    }
    cut_off(findings, keep.min(MAX_FINDINGS), more);
    bytes
}

/// Keeps the first `most` of `items` whenever a quarter more have come together.
fn bound<T: Ord>(items: &mut Vec<T>, most: usize, more: &mut u64) {
    if items.len() >= most + most / 4 {
        items.sort();
        items.dedup();
        cut_off(items, most, more);
    }
}

fn cut_off<T>(items: &mut Vec<T>, most: usize, more: &mut u64) {
    *more += items.len().saturating_sub(most) as u64;
    items.truncate(most);
}
