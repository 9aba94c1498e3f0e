//! What the newest version of a file says of a key that was found in an older one: a comment that allows it there holds for all of
//! them, and one that was taken away for none.

use std::cell::RefCell;
use std::collections::HashMap;

use gix::ObjectId;

use crate::finding::{Finding, Part, Suppression};
use crate::secret::Secret;
use crate::source::history::Contents;
use crate::suppress::MARK;

use super::Scanner;
use super::content::{Buffer, Target};

/// Why a key does not count, if it does not: it has to be allowed wherever it stands in the file.
type Said = Option<Box<Suppression>>;

/// What a version says of each key in it, by rule; none if it holds no comments.
type Version = Option<HashMap<(String, Secret), Said>>;

/// Looks up what comments say in the newest versions of files. A version is searched once as long as it is asked about.
pub(super) struct Newest<'n> {
    scanner: &'n Scanner<'n>,
    last: RefCell<Option<(ObjectId, Version)>>,
}

impl<'n> Newest<'n> {
    pub(super) fn new(scanner: &'n Scanner<'n>) -> Self {
        Newest { scanner, last: RefCell::new(None) }
    }

    /// Whether it can say anything of a finding: one in a file's own text.
    pub(super) fn knows(&self, finding: &Finding) -> bool {
        let in_file = finding.path.as_ref().is_some_and(|path| path.inside().is_none());
        self.scanner.comments.count && finding.part == Part::Content && in_file
    }

    /// Lets the newest versions of a finding's file, `ids`, say whether it counts: those that hold its key all have to allow it. If
    /// none does, what the version says in which it was found remains. Says whether one does.
    pub(super) fn settle(&self, finding: &mut Finding, ids: &[ObjectId], contents: &Contents) -> bool {
        let mut buffer = Vec::new();
        let mut said = ids.iter().filter_map(|id| self.says(id, contents.read(id, &mut buffer).ok()?, finding));
        let Some(first) = said.next() else { return false };
        finding.suppressed = if said.all(|other| other.is_some()) { first } else { None };
        true
    }

    /// What the version `id`, which is `text`, says of a finding; none if it does not hold its key.
    fn says(&self, id: &ObjectId, text: &[u8], finding: &Finding) -> Option<Said> {
        let mut last = self.last.borrow_mut();
        if last.as_ref().is_none_or(|(known, _)| known != id) {
            let has_comments = memchr::memmem::find(text, MARK).is_some();
            *last = Some((*id, has_comments.then(|| self.search(text))));
        }
        match &last.as_ref()?.1 {
            Some(said) => said.get(&(finding.rule.id.clone(), finding.secret.clone())).cloned(),
            None => memchr::memmem::find(text, finding.secret.reveal()).map(|_| None),
        }
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
