//! Whether a secret still stands in a place that a scan did not look at. What does has not moved away from there.

use std::collections::HashSet;
use std::fs::{self, File};
use std::path::Path;
use std::sync::Arc;

use crate::detect::Detector;
use crate::finding::{Finding, Part};
use crate::place::{Root, ScanPath};
use crate::secret::{Fingerprint, Secret};
use crate::source::staged;

use super::content::Target;
use super::inside::{Content, Inside, Sink};
use super::{Counters, Options, Run, Scanner};

/// A secret that is looked for: the id of the rule that finds it, and its fingerprint.
#[derive(Debug, Clone, Copy)]
pub struct Wanted<'w> {
    /// The rule.
    pub rule: &'w str,
    /// The secret.
    pub fingerprint: Fingerprint,
}

impl Wanted<'_> {
    fn is(&self, finding: &Finding) -> bool {
        finding.rule.id == self.rule && finding.secret.fingerprint() == self.fingerprint
    }
}

/// Whether a regular file holds a secret. One that cannot be read does not.
pub fn is_in_file(path: &Path, wanted: Wanted<'_>, detector: &Detector) -> bool {
    let is_file = fs::symlink_metadata(path).is_ok_and(|found| found.is_file());
    let Some(mut file) = is_file.then(|| File::open(path).ok()).flatten() else { return false };
    anew(detector, |scanner| holds(scanner, Content::File(&mut file), &|finding| wanted.is(finding)))
}

/// Whether what the next commit would record at a path of the repository that `folder` is in holds a secret. Where that cannot be told,
/// it is taken to do.
pub fn is_staged(folder: &Path, path: &[u8], wanted: Wanted<'_>, detector: &Detector) -> bool {
    match staged::content(folder, path) {
        Ok(Some(content)) => {
            anew(detector, |scanner| holds(scanner, Content::Memory(&content), &|finding| wanted.is(finding)))
        }
        Ok(None) => false,
        Err(_) => true,
    }
}

/// Runs `work` with a scanner whose counts are nobody's.
fn anew<T>(detector: &Detector, work: impl FnOnce(&Scanner<'_>) -> T) -> T {
    let counters = Counters::default();
    work(&Run::begin(&Options::default(), detector, &counters).scanner)
}

/// Whether a content holds a secret such as `is_wanted` says, in its own bytes or, if it is a container, in whatever member.
fn holds(scanner: &Scanner<'_>, content: Content<'_>, is_wanted: &dyn Fn(&Finding) -> bool) -> bool {
    let mut is_held = false;
    search(scanner, content, &mut |found| is_held |= found.iter().any(is_wanted));
    is_held
}

/// Which of these secrets a content holds, in the same way.
pub(super) fn present<'w>(scanner: &Scanner<'_>, content: &[u8], wanted: &HashSet<&'w Secret>) -> HashSet<&'w Secret> {
    let mut present = HashSet::new();
    search(scanner, Content::Memory(content), &mut |found| {
        present.extend(found.iter().filter_map(|finding| wanted.get(&finding.secret)));
    });
    present
}

/// Searches a content with all that is in it.
fn search(scanner: &Scanner<'_>, content: Content<'_>, look: &mut dyn FnMut(Vec<Finding>)) {
    let mut ignore = |_| {};
    let target = Target { path: &|| None, part: Part::Content, plain_path: &|| None };
    let outer = || ScanPath::new(Arc::new(Root::unknown()), Vec::new(), Vec::new());
    let sink = Sink::new(look, &mut ignore);
    Inside::without_path(scanner).run(&target, &outer, content, &sink);
}
