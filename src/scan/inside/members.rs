//! Searches a container's members: their names, where they point to, and what is in them.

use std::io::{self, Read};
use std::sync::Arc;

use crate::container::{self, Budget, Format, Member, Trouble, Visitor};
use crate::detect::PathOf;
use crate::finding::{Finding, Part};
use crate::place::ScanPath;
use crate::scan::content::{Target, finding_in_name};

use super::met::{AllMet, known};
use super::{At, Done, Inside, Sink, embedded, format_by_beginning, leave_out, own_path, tell_unopened};

/// How many bytes of a member's name are shown, and of all names of a path together.
const LONGEST_NAME: usize = 1024;
const LONGEST_NAMES: usize = 2048;

/// Searches a container's members.
pub(super) struct Members<'m, 's, 'k> {
    pub(super) inside: &'m Inside<'s>,
    pub(super) at: &'m At<'m>,
    /// What the container is.
    pub(super) format: Format,
    pub(super) depth: u32,
    pub(super) budget: &'m Budget,
    pub(super) sink: &'m Sink<'k>,
    pub(super) met: AllMet,
    /// What was found in the names of folders: many members may lie in one.
    pub(super) in_folders: AllMet,
}

impl Members<'_, '_, '_> {
    /// The path of a member.
    fn path(&self, name: &[u8]) -> ScanPath {
        let outer = (self.at.outer)();
        let most = LONGEST_NAMES.saturating_sub(outer.inside().map_or(0, <[u8]>::len)).clamp(64, LONGEST_NAME);
        let shown = self.inside.scanner.shown(name);
        outer.member(&cut(&shown, most), &cut(name, most))
    }

    fn add(&mut self, findings: Vec<Finding>) {
        self.meet(&findings);
        self.sink.add(findings);
    }

    fn meet(&mut self, findings: &[Finding]) {
        for finding in findings {
            self.met.insert(known(finding));
        }
    }

    /// Searches a member's name, and where it points to.
    fn names(&mut self, member: &Member<'_>) {
        let detector = self.inside.search.detector;
        let name = member.name.strip_suffix(b"/").unwrap_or(member.name);
        let own = memchr::memrchr(b'/', name).map_or(0, |at| at + 1);
        let path = || self.path(member.name);
        let plain = || Some(plain_path(&path()));
        let path_of: Option<PathOf<'_>> = if self.inside.search.by_path { Some(&plain) } else { None };
        let of_name = detector.find_all(name, path_of);
        let of_link =
            member.link.map(|link| (link, detector.find_all(link, path_of))).filter(|(_, hits)| !hits.is_empty());
        let mut found = Vec::new();
        for hit in &of_name {
            let is_own = hit.span.end > own;
            let part = if is_own && name.len() == member.name.len() { Part::FileName } else { Part::FolderName };
            let target = Target { path: &|| Some(Arc::new(path())), part, plain_path: &plain };
            found.push((is_own, finding_in_name(detector, &target, name, hit)));
        }
        if let Some((link, hits)) = of_link {
            let target = Target { path: &|| Some(Arc::new(path())), part: Part::LinkTarget, plain_path: &plain };
            found.extend(hits.iter().map(|hit| (true, finding_in_name(detector, &target, link, hit))));
        }
        let is_new = |(is_own, finding): (bool, Finding)| {
            let is_kept = is_own || self.in_folders.insert(known(&finding));
            is_kept.then_some(finding)
        };
        let found = found.into_iter().filter_map(is_new).collect();
        self.add(found);
    }

    /// Searches a member's content. What is found in it is left out as far as it was met `before`, if it is the same in another way.
    fn content(&mut self, member: &Member<'_>, content: &mut dyn Read, before: Option<&AllMet>) {
        let path = || self.path(member.name);
        let target =
            Target { path: &|| Some(Arc::new(path())), part: Part::Content, plain_path: &|| Some(plain_path(&path())) };
        // What lies in a compressed archive is below the compressed file.
        let outer: &dyn Fn() -> ScanPath = if member.is_alone { self.at.outer } else { &path };
        let within = Some((self.depth, self.budget));
        // What is compressed in encoded text is told where that text stands.
        let place = self.at.place.filter(|_| member.is_alone);
        let target = if place.is_some() { self.at.target } else { &target };
        let at = At { target, outer, within, place: None };
        let mut watched = Watched { content, budget: self.budget, error: None };
        let mut add = |mut findings: Vec<Finding>| {
            if let Some(before) = before {
                findings.retain(|finding| !before.contains(&known(finding)));
            }
            if let Some(place) = place {
                embedded::put(&mut findings, &at, place, self.format);
            }
            self.sink.add(findings);
        };
        let mut problem = |problem| self.sink.problem(problem);
        let sink = Sink::new(&mut add, &mut problem);
        let format = |beginning: &[u8]| {
            if self.format.is_of_values() { None } else { format_by_beginning(beginning) }
        };
        let Done { mut own, met, ends_as, .. } = self.inside.content(&at, &mut watched, &format, &sink);
        if !self.format.is_of_values() {
            tell_unopened(&at, ends_as, &sink);
        }
        if let Some(found) = watched.error.as_ref().and_then(container::trouble) {
            self.sink.trouble(path(), found);
        }
        leave_out(&mut own, &met);
        if let Some(before) = before {
            leave_out(&mut own, before);
        }
        if let Some(place) = place {
            embedded::put(&mut own, &at, place, self.format);
        }
        self.met.extend(met);
        self.add(own);
    }
}

impl Visitor for Members<'_, '_, '_> {
    fn member(&mut self, member: &Member<'_>, content: &mut dyn Read) -> bool {
        if let Err(error) = self.budget.member() {
            if let Some(found) = container::trouble(&error) {
                self.sink.trouble(own_path(self.at), found);
            }
            return false;
        }
        self.names(member);
        self.content(member, content, None);
        !self.budget.is_over()
    }

    fn again(&mut self, member: &Member<'_>, content: &mut dyn Read) -> bool {
        let before = std::mem::take(&mut self.met);
        self.content(member, content, Some(&before));
        let met = std::mem::replace(&mut self.met, before);
        self.met.extend(met);
        !self.budget.is_over()
    }

    fn trouble(&mut self, member: Option<&[u8]>, trouble: Trouble) {
        let path = member.map_or_else(|| own_path(self.at), |name| self.path(name));
        self.sink.trouble(path, trouble);
    }
}

/// A path as rules look at it.
fn plain_path(path: &ScanPath) -> Vec<u8> {
    [path.plain(), b"!/", path.inside().unwrap_or_default()].concat()
}

/// As much of a name as is shown.
fn cut(name: &[u8], most: usize) -> Vec<u8> {
    if name.len() <= most { name.to_vec() } else { [&name[..most], "…".as_bytes()].concat() }
}

/// A member's content: what is read of it is spent, and the first thing that is wrong with it is kept to be told.
struct Watched<'w> {
    content: &'w mut dyn Read,
    budget: &'w Budget,
    error: Option<io::Error>,
}

impl Read for Watched<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.error.is_some() {
            return Err(container::told());
        }
        let read = self.content.read(buffer);
        read.and_then(|read| self.budget.spend(read as u64).map(|()| read)).map_err(|error| {
            self.error = Some(error);
            container::told()
        })
    }
}
