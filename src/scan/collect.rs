//! Gathers findings and problems from all threads, in bounded memory and an order that threads do not change.

use std::sync::{Arc, Mutex, MutexGuard};

use crate::finding::{Finding, Problem, ProblemKind};
use crate::place::ScanPath;

/// How many findings a scan lists. More than this are counted, and are a problem.
pub const MAX_FINDINGS: usize = 50_000;

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
        gathered.findings.extend(findings);
        let Gathered { findings, more_findings, .. } = &mut *gathered;
        bound(findings, MAX_FINDINGS, more_findings, sort_findings);
    }

    pub(super) fn problem(&self, problem: Problem) {
        let mut gathered = self.lock();
        let Gathered { problems, more_problems, .. } = &mut *gathered;
        problems.push(problem);
        bound(problems, MAX_PROBLEMS, more_problems, |problems| problems.sort());
    }

    pub(super) fn note(&self, path: Arc<ScanPath>, message: String) {
        let mut gathered = self.lock();
        gathered.notes.push((path, message));
        bound(&mut gathered.notes, MAX_PROBLEMS, &mut 0, |notes| notes.sort());
    }

    /// Everything, sorted; a place that was reached in two ways is listed once.
    pub(super) fn finish(self) -> Sorted {
        let gathered = self.gathered.into_inner().unwrap_or_else(std::sync::PoisonError::into_inner);
        let Gathered { mut findings, mut more_findings, mut problems, mut more_problems, mut notes } = gathered;
        sort_findings(&mut findings);
        cut_off(&mut findings, MAX_FINDINGS, &mut more_findings);
        problems.sort();
        problems.dedup();
        cut_off(&mut problems, MAX_PROBLEMS, &mut more_problems);
        notes.sort();
        notes.dedup();
        let limits = [
            (more_findings, format!("there are more findings than the {MAX_FINDINGS} that are listed")),
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

/// Sorts by path, line, column and rule, and drops what is listed already.
fn sort_findings(findings: &mut Vec<Finding>) {
    let key = |finding: &Finding| (finding.part, finding.span, finding.offset);
    findings
        .sort_by(|a, b| a.path.cmp(&b.path).then_with(|| key(a).cmp(&key(b))).then_with(|| a.rule.id.cmp(&b.rule.id)));
    let same_path = |a: &Finding, b: &Finding| match (&a.path, &b.path) {
        (Some(a), Some(b)) => a.is_same(b),
        (a, b) => a.is_none() && b.is_none(),
    };
    findings.dedup_by(|a, b| key(a) == key(b) && a.rule.id == b.rule.id && same_path(a, b));
}

/// Keeps the first `most` of `items`, in the order of `sort`, whenever a quarter more have come together.
fn bound<T>(items: &mut Vec<T>, most: usize, more: &mut u64, sort: impl FnOnce(&mut Vec<T>)) {
    if items.len() >= most + most / 4 {
        sort(items);
        cut_off(items, most, more);
    }
}

fn cut_off<T>(items: &mut Vec<T>, most: usize, more: &mut u64) {
    *more += items.len().saturating_sub(most) as u64;
    items.truncate(most);
}
