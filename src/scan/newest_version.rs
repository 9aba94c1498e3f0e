//! What the newest version of a file says of a key that was found in an older one: a comment that allows it there holds for all of
//! them, and one that was taken away for none.

use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::rc::Rc;

use gix::ObjectId;

use crate::finding::{Finding, Part, Suppression};
use crate::secret::Secret;
use crate::source::history::Contents;
use crate::suppress::MARK;

use super::Scanner;
use super::content::{Buffer, Target};

/// Why a key does not count, if it does not: it has to be allowed wherever it stands in the file.
pub(super) type Said = Option<Box<Suppression>>;

/// How many bytes are looked through for keys as they are, all versions and keys together: there may be tens of thousands of keys in one
/// large file.
const MOST_LOOKED_THROUGH: u64 = 16 << 30;

/// A version of a file.
pub(super) struct Version {
    pub(super) text: Vec<u8>,
    /// What it says of each key in it, by rule; none if it holds no comments.
    said: Option<HashMap<(String, Secret), Said>>,
}

/// Looks up what comments say in the newest versions of files. A version is read and searched once as long as it is asked about.
pub(super) struct Newest<'n> {
    scanner: &'n Scanner<'n>,
    last: RefCell<Option<(ObjectId, Rc<Version>)>>,
    /// How many bytes may still be looked through.
    left: Cell<u64>,
}

impl<'n> Newest<'n> {
    pub(super) fn new(scanner: &'n Scanner<'n>) -> Self {
        Newest { scanner, last: RefCell::new(None), left: Cell::new(MOST_LOOKED_THROUGH) }
    }

    /// Whether it can say anything of a finding: one in a file's own text.
    pub(super) fn knows(&self, finding: &Finding) -> bool {
        let in_file = finding.path.as_ref().is_some_and(|path| path.inside().is_none());
        self.scanner.comments.count && finding.part == Part::Content && in_file
    }

    /// Lets the newest version of a finding's file say whether it counts. If it does not hold the finding's key, what the version says in
    /// which it was found remains. Says whether it holds it.
    pub(super) fn settle(&self, finding: &mut Finding, id: &ObjectId, contents: &Contents) -> bool {
        let said = self.version(id, contents).and_then(|version| self.says(&version, finding));
        let is_said = said.is_some();
        if let Some(said) = said {
            finding.suppressed = said;
        }
        is_said
    }

    /// A version of a file; none if it cannot be read.
    pub(super) fn version(&self, id: &ObjectId, contents: &Contents) -> Option<Rc<Version>> {
        let mut last = self.last.borrow_mut();
        if let Some((_, version)) = last.as_ref().filter(|(known, _)| known == id) {
            return Some(Rc::clone(version));
        }
        let mut text = Vec::new();
        contents.read(id, &mut text).ok()?;
        let has_comments = self.scanner.comments.count && memchr::memmem::find(&text, MARK).is_some();
        let said = has_comments.then(|| self.search(&text));
        let version = Rc::new(Version { text, said });
        *last = Some((*id, Rc::clone(&version)));
        Some(version)
    }

    /// What a version says of a finding; none if it does not hold its key.
    pub(super) fn says(&self, version: &Version, finding: &Finding) -> Option<Said> {
        match &version.said {
            Some(said) => said.get(&(finding.rule.id.clone(), finding.secret.clone())).cloned(),
            // Where that can no longer be told, no comment says that it does not count.
            None => self.shows(version, &finding.secret).unwrap_or(true).then_some(None),
        }
    }

    /// Whether a version shows a key as it is; none if too much was looked through for that.
    pub(super) fn shows(&self, version: &Version, secret: &Secret) -> Option<bool> {
        self.left.set(self.left.get().checked_sub(version.text.len() as u64)?);
        Some(memchr::memmem::find(&version.text, secret.reveal()).is_some())
    }

    fn search(&self, mut text: &[u8]) -> HashMap<(String, Secret), Said> {
        let mut found = HashMap::new();
        let mut add = |findings: Vec<Finding>| {
            for Finding { rule, secret, suppressed, .. } in findings {
                let known = found.entry((rule.id.clone(), secret)).or_insert_with(|| suppressed.clone());
                if suppressed.is_none() {
                    *known = None;
                }
            }
        };
        let target = Target { path: &|| None, part: Part::Content, plain_path: &|| None };
        self.scanner.search_by(false).run(&target, &mut text, &mut Buffer::default(), &mut add);
        found
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Counters, Options, Run};
    use super::*;
    use crate::detect::Detector;
    use crate::rule::RuleSet;

    #[test]
    fn what_is_looked_through_for_keys_has_a_bound() {
        let detector = Detector::new(&RuleSet::built_in().unwrap());
        let counters = Counters::default();
        let run = Run::begin(&Options::default(), &detector, &counters);
        let newest = Newest::new(&run.scanner);
        assert_eq!(newest.left.get(), MOST_LOOKED_THROUGH);
        newest.left.set(20);
        let version = Version { text: b"a secret".to_vec(), said: None };
        let secret = Secret::new(b"secret", 0);
        let other = Secret::new(b"other", 0);
        assert_eq!((newest.shows(&version, &secret), newest.shows(&version, &other)), (Some(true), Some(false)));
        // Four bytes are left, and then nothing is known any more, of whatever key.
        assert_eq!((newest.shows(&version, &secret), newest.shows(&version, &other)), (None, None));
    }
}
