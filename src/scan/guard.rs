//! Keeps a failure of gridleaks itself on one object from ending the scan of all others.

use std::fmt::Display;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use crate::fault::FAILED;
use crate::finding::{Problem, ProblemKind};
use crate::place::ScanPath;

use super::Scanner;

impl Scanner<'_> {
    /// Does some work. Should gridleaks itself fail on it, that is a problem which says on `what`, and the scan goes on.
    pub(super) fn guard(&self, path: Option<Arc<ScanPath>>, what: &dyn Display, work: impl FnOnce()) {
        if catch_unwind(AssertUnwindSafe(work)).is_err() {
            let message = format!("{what}: {FAILED}");
            self.collector.problem(Problem { path, kind: ProblemKind::Internal, message });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Counters, Options, Run};
    use crate::detect::Detector;
    use crate::finding::SourceKind;
    use crate::rule::RuleSet;

    #[test]
    fn a_failure_is_a_problem_that_says_on_what_and_the_scan_goes_on() {
        let detector = Detector::new(&RuleSet::built_in().unwrap());
        let counters = Counters::default();
        let run = Run::begin(&Options::default(), &detector, &counters);
        let mut is_done = false;
        run.scanner.guard(None, &"object 1234", || panic!("on purpose"));
        run.scanner.guard(None, &"object 5678", || is_done = true);
        let outcome = run.finish(SourceKind::Push, Vec::new());
        let told: Vec<_> = outcome.problems.iter().map(|problem| (problem.kind.name(), &*problem.message)).collect();
        assert!(is_done);
        assert_eq!(told, [("internal", "object 1234: gridleaks failed on it; please report this")]);
    }
}
