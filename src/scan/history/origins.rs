//! Makes findings of what was found in a history: one for each key and path, with the line it stands on in the version that came first,
//! and who brought it.

use std::cell::RefCell;
use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::sync::Arc;

use gix::ObjectId;
use ignore::gitignore::Gitignore;
use regex::bytes::Regex;

use crate::finding::{Change, Finding, GitOrigin, Part, Past, Problem, Return};
use crate::place::{ScanPath, join, last_part};
use crate::rule::Rule;
use crate::secret::Secret;
use crate::source::excluded::excludes;
use crate::source::history::{Contents, History, Node, Objects, Origin, Where};
use crate::source::person::{Person, person};

use crate::scan::Scanner;
use crate::scan::content::{Buffer, Target, finding_in_name};
use crate::scan::inside::{Content, Inside, Sink};
use crate::scan::newest_version::Newest;

use super::details::{Details, TROUBLE};

/// A secret and the rule, by its place, that found it.
pub(super) type RuleSecret = (usize, Secret);

/// A path, and the first finding of each secret in an object there; none if that cannot be read.
type Searched = (Option<Vec<u8>>, Option<HashMap<RuleSecret, Finding>>);

/// Tells where what was found came from.
pub(super) struct Teller<'t> {
    past: &'t History,
    objects: &'t Objects,
    scanner: &'t Scanner<'t>,
    exclude: &'t Gitignore,
    contents: Option<Contents>,
    newest: Newest<'t>,
    /// What HEAD has at the path that was asked about last.
    in_head: RefCell<Option<(Vec<u8>, Option<ObjectId>)>>,
    /// Whether a rule looks at paths. If none does, one search of an object is enough for all places where it is.
    goes_by_paths: bool,
}

impl<'t> Teller<'t> {
    pub(super) fn new(
        past: &'t History,
        objects: &'t Objects,
        scanner: &'t Scanner<'t>,
        exclude: &'t Gitignore,
    ) -> Self {
        let looks = |rule: &Arc<Rule>| rule.path.is_some() || !rule.allowlists.is_empty();
        let goes_by_paths = scanner.detector.rules().iter().any(looks);
        Teller {
            past,
            objects,
            scanner,
            exclude,
            contents: past.contents(),
            newest: Newest::new(scanner),
            in_head: RefCell::new(None),
            goes_by_paths,
        }
    }

    /// Notes the keys in the names of references.
    pub(super) fn names_of_refs(&self) {
        for (name, id) in &self.past.refs().list {
            let hits = self.scanner.detector.find_all(name, None);
            let target = Target { path: &|| None, part: Part::RefName, plain_path: &|| None };
            for hit in hits {
                let mut finding = finding_in_name(self.scanner.detector, &target, name, &hit);
                finding.git = Some(Box::new(GitOrigin {
                    commit: id.map(|id| id.to_string()),
                    object: id.map(|id| id.to_string()).unwrap_or_default(),
                    author: None,
                    date: None,
                    reachable: true,
                    in_head: false,
                    versions: 1,
                    removed: None,
                    past: Past::default(),
                    returns: Vec::new(),
                }));
                self.scanner.collector.add(vec![finding]);
            }
        }
    }

    /// Makes findings of what was found and cannot be told more of: it stands in a name that only broken trees have, or there is too
    /// much to be told.
    pub(super) fn rest<'k>(&self, secrets: impl Iterator<Item = &'k RuleSecret>) {
        for known in secrets {
            self.scanner.collector.add(vec![self.bare(Part::FileName, None, known)]);
        }
    }

    /// Makes findings of what was found in one object. Origins at the same path come one behind the other, or else much is read again.
    pub(super) fn tell(&self, origins: &[Origin], secrets: &[RuleSecret], details: &Details) {
        let mut last: Option<Searched> = None;
        for origin in origins {
            let path = origin.path.as_ref().map(|path| join(&self.past.module, path));
            if path.as_ref().is_some_and(|path| excludes(self.exclude, path)) {
                self.scanner.counters.add_excluded(1);
                continue;
            }
            if origin.secret == TROUBLE {
                self.troubles(origin.node, &self.outer(&origin.object, path.as_deref()), details);
                continue;
            }
            let known = &secrets[origin.secret as usize];
            let part = part(origin.place);
            if let Some(found) = details.findings(origin.node, origin.secret) {
                self.detailed(origin, path.as_deref(), known, found, details);
                continue;
            }
            let found = if matches!(part, Part::FileName | Part::FolderName) {
                self.in_name(part, path.as_deref().unwrap_or_default(), known)
            } else {
                if last.as_ref().is_none_or(|(of, _)| self.goes_by_paths && *of != path) {
                    let text = self.objects.content(origin.node);
                    last = Some((path.clone(), text.map(|text| self.search(&text, part, path.as_deref()))));
                }
                match &last {
                    Some((_, Some(findings))) => findings.get(known).cloned(),
                    // It was read once; that it cannot be read again must not hide what was found.
                    _ => Some(self.bare(part, path.as_deref(), known)),
                }
            };
            if let Some(mut finding) = found {
                finding.path = path.as_deref().map(|path| self.path(path));
                finding.git = Some(Box::new(self.origin(origin)));
                let in_head = origin.in_head && origin.versions > 1 && self.newest.knows(&finding);
                let id = origin.path.as_deref().filter(|_| in_head).and_then(|path| self.in_head(path));
                let settle = |(id, contents)| self.newest.settle(&mut finding, &id, contents);
                if !id.zip(self.contents.as_ref()).is_some_and(settle) {
                    count_versions(&mut finding, origin);
                }
                self.scanner.collector.add(vec![finding]);
            }
        }
    }

    /// What HEAD has at a path.
    fn in_head(&self, path: &[u8]) -> Option<ObjectId> {
        let mut last = self.in_head.borrow_mut();
        match &*last {
            Some((known, id)) if known == path => *id,
            _ => last.insert((path.to_vec(), self.past.in_head(path))).1,
        }
    }

    /// Makes findings of what was found in a container or in a huge object.
    fn detailed(&self, origin: &Origin, path: Option<&[u8]>, known: &RuleSecret, found: &[Finding], details: &Details) {
        let again = self.goes_by_paths && details.can_be_read_again(origin.node);
        let again = again.then(|| self.objects.content(origin.node)).flatten();
        let again = again.map(|bytes| self.opened(&bytes, &origin.object, path));
        let rule = &self.scanner.detector.rules()[known.0];
        let is_same = |finding: &&Finding| finding.rule.id == rule.id && finding.secret == known.1;
        // What was searched before its path was known, and cannot be searched again.
        let is_at = |wanted: &Regex| path.is_some_and(|path| wanted.is_match(path));
        if again.is_none() && !rule.path.as_ref().is_none_or(is_at) {
            return;
        }
        let git = self.origin(origin);
        for finding in again.as_deref().unwrap_or(found).iter().filter(is_same) {
            let mut finding = finding.clone();
            finding.path = match (&finding.path, path) {
                (Some(inner), _) => Some(Arc::new(inner.moved_to(&self.outer(&origin.object, path)))),
                (None, path) => path.map(|path| self.path(path)),
            };
            finding.git = Some(Box::new(git.clone()));
            count_versions(&mut finding, origin);
            self.scanner.collector.add(vec![finding]);
        }
    }

    /// What rules that go by paths find in a container.
    fn opened(&self, bytes: &[u8], object: &ObjectId, path: Option<&[u8]>) -> Vec<Finding> {
        let target = Target {
            path: &|| path.map(|path| self.path(path)),
            part: Part::Content,
            plain_path: &|| path.map(<[u8]>::to_vec),
        };
        let mut found = Vec::new();
        let (mut add, mut ignore) = (|more| found.extend::<Vec<Finding>>(more), |_| {});
        let sink = Sink::new(&mut add, &mut ignore);
        Inside::new(self.scanner).run(&target, &|| self.outer(object, path), Content::Memory(bytes), &sink);
        // What stands in the container's own bytes has no path of a member.
        found
            .iter_mut()
            .filter(|found| found.path.as_ref().is_some_and(|path| path.inside().is_none()))
            .for_each(|found| found.path = None);
        found
    }

    /// Tells what is wrong with a container that has these paths, for each that is not excluded; says whether there is one.
    pub(super) fn troubles_at(&self, node: Node, paths: &[Vec<u8>], details: &Details) -> bool {
        let paths = paths.iter().map(|path| join(&self.past.module, path));
        let outer = paths.filter(|path| !excludes(self.exclude, path)).map(|path| (*self.path(&path)).clone());
        outer.inspect(|outer| self.troubles(node, outer, details)).count() > 0
    }

    /// Tells what is wrong with a container.
    fn troubles(&self, node: Node, outer: &ScanPath, details: &Details) {
        for problem in details.troubles(node) {
            let path = problem.path.as_ref().map_or_else(|| outer.clone(), |inner| inner.moved_to(outer));
            self.scanner.collector.problem(Problem { path: Some(Arc::new(path)), ..problem.clone() });
        }
    }

    /// The path of a container; the name of the object if it has none.
    fn outer(&self, object: &ObjectId, path: Option<&[u8]>) -> ScanPath {
        match path {
            Some(path) => (*self.path(path)).clone(),
            None => (*self.path(object.to_string().as_bytes())).clone(),
        }
    }

    fn path(&self, path: &[u8]) -> Arc<ScanPath> {
        Arc::new(ScanPath::new(Arc::clone(&self.past.root), self.scanner.shown(path), path.to_vec()))
    }

    /// The first finding of each secret in a content, or in what a commit or a tag says.
    fn search(&self, mut text: &[u8], part: Part, path: Option<&[u8]>) -> HashMap<RuleSecret, Finding> {
        let shown = || path.map(|path| self.path(path));
        let target = Target { path: &shown, part, plain_path: &|| path.map(<[u8]>::to_vec) };
        let search = self.scanner.search_by(true);
        let mut found = HashMap::new();
        search.run(&target, &mut text, &mut Buffer::default(), &mut |findings| self.index(findings, &mut found));
        found
    }

    /// Adds findings by their secrets, unless there is an earlier one; one that counts comes before those that a comment allows.
    fn index(&self, findings: Vec<Finding>, found: &mut HashMap<RuleSecret, Finding>) {
        for finding in findings {
            let rule = self.scanner.detector.rules().iter().position(|rule| rule.id == finding.rule.id);
            let Some(rule) = rule else { continue };
            match found.entry((rule, finding.secret.clone())) {
                Entry::Vacant(place) => drop(place.insert(finding)),
                Entry::Occupied(mut first) if finding.counts() && !first.get().counts() => drop(first.insert(finding)),
                Entry::Occupied(_) => {}
            }
        }
    }

    /// A key in the last part of a path.
    fn in_name(&self, part: Part, path: &[u8], known: &RuleSecret) -> Option<Finding> {
        let name = last_part(path);
        let target = Target { path: &|| Some(self.path(path)), part, plain_path: &|| Some(path.to_vec()) };
        let hits = self.scanner.detector.find_all(name, Some(&|| Some(path.to_vec())));
        let hit = hits.iter().find(|hit| hit.rule == known.0 && hit.secret(name) == known.1)?;
        Some(finding_in_name(self.scanner.detector, &target, name, hit))
    }

    /// A finding of which only the secret and the place are known.
    fn bare(&self, part: Part, path: Option<&[u8]>, (rule, secret): &RuleSecret) -> Finding {
        Finding {
            rule: Arc::clone(&self.scanner.detector.rules()[*rule]),
            secret: secret.clone(),
            path: path.map(|path| self.path(path)),
            part,
            span: None,
            offset: 0,
            snippet: None,
            encoding: Vec::new(),
            git: None,
            verification: None,
            suppressed: None,
        }
    }

    fn origin(&self, origin: &Origin) -> GitOrigin {
        let person = |object: &ObjectId, mark: &[u8]| person(&self.objects.content_of(object)?, mark);
        let by = match (origin.place, &origin.commit) {
            (Where::Tag, _) => person(&origin.object, b"tagger "),
            (_, Some(commit)) => person(commit, b"author "),
            (_, None) => None,
        };
        let change = |commit: &ObjectId| {
            let (author, date) = self.shown_person(person(commit, b"author "));
            Change { commit: commit.to_string(), author, date }
        };
        let come_back = |(removed, returned): &(ObjectId, ObjectId)| Return {
            removed: change(removed),
            returned: change(returned),
        };
        let (author, date) = self.shown_person(by);
        GitOrigin {
            commit: origin.commit.map(|commit| commit.to_string()),
            object: origin.object.to_string(),
            author,
            date,
            reachable: origin.is_reachable,
            in_head: origin.in_head,
            versions: origin.versions,
            removed: origin.removed.as_ref().map(change),
            past: if origin.is_in_history { Past::Head } else { Past::Others },
            returns: origin.returns.iter().map(come_back).collect(),
        }
    }

    /// Name and date, to be shown: a name may hold a key, too.
    fn shown_person(&self, person: Option<Person>) -> (Option<String>, Option<String>) {
        let Some(person) = person else { return (None, None) };
        (Some(String::from_utf8_lossy(&self.scanner.shown(&person.name)).into_owned()), person.date)
    }
}

fn part(place: Where) -> Part {
    match place {
        Where::Content => Part::Content,
        Where::FileName => Part::FileName,
        Where::FolderName => Part::FolderName,
        Where::Commit => Part::CommitMessage,
        Where::Tag => Part::TagMessage,
    }
}

/// A comment in the version that is shown says nothing of the others: if there are any, the finding counts.
fn count_versions(finding: &mut Finding, origin: &Origin) {
    if origin.versions > 1 {
        finding.suppressed = None;
    }
}
