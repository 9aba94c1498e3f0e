//! What is kept of findings in a history's containers and huge objects until it is known where these came from.

use std::collections::{HashMap, HashSet};

use crate::finding::{Finding, Problem};
use crate::scan::MAX_FINDINGS;
use crate::source::history::Node;

/// Stands for what is wrong with a container where otherwise the number of a secret stands.
pub(super) const TROUBLE: u32 = u32::MAX;

/// How many bytes the paths of what is kept may have. Of what is left out, secret and object are still known.
const MOST_PATHS: usize = 16 << 20;

/// How many problems are kept.
const MOST_PROBLEMS: usize = 10_000;

/// Findings by object and secret, and problems by object. Paths in them are those of members; their containers' are not known yet.
#[derive(Debug, Default)]
pub(super) struct Details {
    findings: HashMap<(Node, u32), Vec<Finding>>,
    troubles: HashMap<Node, Vec<Problem>>,
    /// Objects that can be opened again, should a rule go by their paths.
    again: HashSet<Node>,
    kept: usize,
    kept_troubles: usize,
    path_bytes: usize,
}

impl Details {
    /// Keeps a finding; of the same secret in an object's own bytes only the first.
    pub(super) fn add(&mut self, node: Node, number: u32, finding: Finding, can_be_read_again: bool) {
        self.path_bytes += finding.path.as_ref().map_or(0, |path| path.size());
        let same = self.findings.entry((node, number)).or_default();
        let known = same.iter_mut().find(|known| known.path.is_none() && finding.path.is_none());
        if let Some(known) = known {
            // One that counts says more than one that a comment allows.
            if finding.counts() && !known.counts() {
                *known = finding;
            }
            return;
        }
        if self.kept >= MAX_FINDINGS || self.path_bytes > MOST_PATHS {
            return;
        }
        self.kept += 1;
        same.push(finding);
        if can_be_read_again {
            self.again.insert(node);
        }
    }

    /// Keeps a problem.
    pub(super) fn trouble(&mut self, node: Node, problem: Problem) {
        self.path_bytes += problem.path.as_ref().map_or(0, |path| path.size());
        let same = self.troubles.entry(node).or_default();
        // One of each object at least, however many there are.
        if same.is_empty() || self.kept_troubles < MOST_PROBLEMS && self.path_bytes <= MOST_PATHS {
            self.kept_troubles += 1;
            same.push(problem);
        }
    }

    /// What was found of a secret in an object; none if it is a small one that holds nothing else.
    pub(super) fn findings(&self, node: Node, number: u32) -> Option<&[Finding]> {
        self.findings.get(&(node, number)).map(Vec::as_slice).filter(|findings| !findings.is_empty())
    }

    /// The objects with which something is wrong.
    pub(super) fn troubled(&self) -> impl Iterator<Item = Node> {
        self.troubles.keys().copied()
    }

    /// What is wrong with an object.
    pub(super) fn troubles(&self, node: Node) -> &[Problem] {
        self.troubles.get(&node).map_or(&[], Vec::as_slice)
    }

    /// Whether an object is a container that can be opened again.
    pub(super) fn can_be_read_again(&self, node: Node) -> bool {
        self.again.contains(&node)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::finding::ProblemKind;
    use crate::place::{Root, ScanPath};

    fn path(length: usize) -> Option<Arc<ScanPath>> {
        Some(Arc::new(ScanPath::new(Arc::new(Root::unknown()), vec![b'p'; length], vec![b'p'; length])))
    }

    fn problem(length: usize) -> Problem {
        Problem { path: path(length), kind: ProblemKind::Unreadable, message: String::new() }
    }

    fn finding(length: usize) -> Finding {
        Finding { path: path(length), ..Finding::of_secret(b"secret") }
    }

    #[test]
    fn of_more_problems_one_of_each_object_is_kept() {
        for (count, kept) in [(9_999, 9_999), (10_000, 10_000), (10_001, 10_000)] {
            let mut details = Details::default();
            (0..count).for_each(|_| details.trouble(1, problem(1)));
            (0..2).for_each(|_| details.trouble(2, problem(1)));
            assert_eq!((details.troubles(1).len(), details.troubles(2).len()), (kept, 1), "{count}");
        }
    }

    #[test]
    fn of_more_paths_than_can_be_kept_it_is_known_what_they_are_of() {
        for (last, is_kept) in [(1 << 20, true), ((1 << 20) + 1, false)] {
            let mut details = Details::default();
            (0..15).for_each(|number| details.add(1, number, finding(1 << 20), false));
            details.add(1, 15, finding(last), true);
            let found: Vec<bool> = (0..16).map(|number| details.findings(1, number).is_some()).collect();
            let expected: Vec<bool> = (0..16).map(|number| number < 15 || is_kept).collect();
            assert_eq!((found, details.can_be_read_again(1)), (expected, is_kept), "{last}");
            // Of problems there is one of each object.
            (0..2).for_each(|_| details.trouble(2, problem(1)));
            assert_eq!(details.troubles(2).len(), 1, "{last}");
        }
    }
}
