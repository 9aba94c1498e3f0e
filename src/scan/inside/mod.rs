//! Searches contents and, where they are containers, all that is in them.
//!
//! A container is read once: its own bytes are searched as they go by, on their way to what unpacks them. What is found in them and in
//! a member, too, because the member is not compressed, is told of the member only.

mod embedded;
mod members;
mod met;
mod tee;

use std::cell::RefCell;
use std::collections::HashSet;
use std::fs::File;
use std::io::{self, Read, Seek};
use std::sync::Arc;

use crate::container::{self, Budget, Format, Trouble};
use crate::finding::{Finding, Problem, ProblemKind};
use crate::place::ScanPath;
use crate::secret::Secret;

use super::Scanner;
use super::comments::Idle;
use super::content::{Buffer, Ending, Pass, Search, Target};
use super::embedded::{Only, Place};
use super::growing::Growing;
use embedded::Taken;
pub use embedded::begins_container;
use members::Members;
use met::{AllMet, known};
use tee::{Outermost, Tee};

/// How many findings in a container's own bytes wait for what is found in its members.
const MOST_WAITING: usize = 10_000;

thread_local! {
    /// Buffers that are free: a container needs one, and each container in it one more.
    static BUFFERS: RefCell<Vec<Buffer>> = const { RefCell::new(Vec::new()) };
}

/// Runs `work` with a buffer.
pub(super) fn with_buffer<T>(work: impl FnOnce(&mut Buffer) -> T) -> T {
    let mut buffer = BUFFERS.with_borrow_mut(Vec::pop).unwrap_or_default();
    let done = work(&mut buffer);
    BUFFERS.with_borrow_mut(|buffers| buffers.push(buffer));
    done
}

/// Takes what is found, and what is wrong.
pub(super) struct Sink<'k> {
    findings: RefCell<&'k mut dyn FnMut(Vec<Finding>)>,
    problem: RefCell<&'k mut dyn FnMut(Problem)>,
}

impl<'k> Sink<'k> {
    pub(super) fn new(findings: &'k mut dyn FnMut(Vec<Finding>), problem: &'k mut dyn FnMut(Problem)) -> Self {
        Sink { findings: RefCell::new(findings), problem: RefCell::new(problem) }
    }

    fn add(&self, findings: Vec<Finding>) {
        if !findings.is_empty() {
            (self.findings.borrow_mut())(findings);
        }
    }

    fn problem(&self, problem: Problem) {
        (self.problem.borrow_mut())(problem);
    }

    fn trouble(&self, path: ScanPath, Trouble { kind, message }: Trouble) {
        self.problem(Problem { path: Some(Arc::new(path)), kind, message });
    }
}

/// What is searched.
pub(super) enum Content<'c> {
    /// An open file, which can be read again.
    File(&'c mut File),
    /// What is in memory.
    Memory(&'c [u8]),
    /// What can be read once.
    Stream(&'c mut dyn Read),
}

/// What kind of container bytes in memory are, if any.
pub(super) fn format_of(bytes: &[u8]) -> Option<Format> {
    container::sniff(bytes).or_else(|| container::ends_as(bytes, bytes))
}

/// Whether a blob that begins so and brings this text, in which everything stands that its base does not have, may be a container,
/// though its base is none.
pub(super) fn may_make_container(beginning: &[u8], text: &[u8]) -> bool {
    container::sniff(beginning).is_some() || container::may_end_one(text)
}

/// What kind of container it may be that begins so.
fn format_by_beginning(window: &[u8]) -> Option<Format> {
    container::sniff(window).or_else(|| container::may_carry(window))
}

/// Where a content lies.
struct At<'a> {
    target: &'a Target<'a>,
    /// The path below which its members are.
    outer: &'a dyn Fn() -> ScanPath,
    /// How many containers it lies in, and what may be spent on the outermost; none for what lies in none.
    within: Option<(u32, &'a Budget)>,
    /// For a container in encoded text, where that stands.
    place: Option<&'a Place>,
}

/// How the search of a content ended.
struct Done {
    ending: Ending,
    /// What was found in its own bytes and is not told yet.
    own: Vec<Finding>,
    /// What was found in its members.
    met: AllMet,
    /// What it is, if only its end shows that.
    ends_as: Option<Format>,
}

/// Searches contents with what is in them.
pub(super) struct Inside<'s> {
    scanner: &'s Scanner<'s>,
    search: Search<'s>,
    idle: Idle,
}

impl<'s> Inside<'s> {
    pub(super) fn new(scanner: &'s Scanner<'s>) -> Self {
        Inside { scanner, search: scanner.search_by(true), idle: Idle::Never }
    }

    /// The same, looking for comments in contents, but not in what is in containers, that allow nothing.
    pub(super) fn looking_for(scanner: &'s Scanner<'s>, idle: Idle) -> Self {
        Inside { idle, ..Self::new(scanner) }
    }

    /// The same, for contents whose path is not known yet.
    pub(super) fn without_path(scanner: &'s Scanner<'s>) -> Self {
        Inside { scanner, search: scanner.search_by(false), idle: Idle::Never }
    }

    /// Searches a content; `outer` is the path that its members are below, should it be a container.
    pub(super) fn run(
        &self,
        target: &Target<'_>,
        outer: &dyn Fn() -> ScanPath,
        content: Content<'_>,
        sink: &Sink<'_>,
    ) -> Ending {
        let at = At { target, outer, within: None, place: None };
        let mut done = match content {
            Content::Memory(mut bytes) => {
                let format = format_of(bytes);
                self.content(&at, &mut bytes, &|_| format, sink)
            }
            Content::Stream(stream) => {
                let done = self.content(&at, stream, &format_by_beginning, sink);
                tell_unopened(&at, done.ends_as, sink);
                done
            }
            Content::File(file) => {
                let mut done = self.content(&at, &mut Growing::new(file), &format_by_beginning, sink);
                if let Some(format) = done.ends_as.filter(|_| done.ending.error.is_none()) {
                    done.ending.error = file.rewind().err();
                    let mut again = file.take(done.ending.bytes);
                    let (met, inner) = self.open(&at, format, &mut again, sink);
                    done.met = met;
                    done.ending.bytes += inner;
                }
                done
            }
        };
        leave_out(&mut done.own, &done.met);
        sink.add(done.own);
        done.ending
    }

    /// Searches a content's own bytes and, if `format_of` its beginning says that it is a container, opens it on the way.
    fn content(
        &self,
        at: &At<'_>,
        content: &mut dyn Read,
        format_of: &dyn Fn(&[u8]) -> Option<Format>,
        sink: &Sink<'_>,
    ) -> Done {
        with_buffer(|buffer| {
            let idle = if at.within.is_none() { self.idle } else { Idle::Never };
            let mut pass = self.search.begin(buffer, idle);
            let begun = pass.fill(content);
            let begins_as = format_of(pass.window());
            if let Some(format) = begins_as.filter(|_| self.is_open(at, pass.window(), sink)) {
                return self.container(at, format, begun, pass, content, sink);
            }
            let mut taken = Taken { inside: self, at, own: Vec::new(), met: Vec::new(), budget: None, sink };
            let ending = pass.rest(begun, at.target, content, &mut taken);
            let own = taken.own();
            // What begins as one and is not opened was told already.
            let ends_as = if begins_as.is_some() { None } else { container::ends_as(b"", pass.window()) };
            Done { ending, own, met: AllMet::default(), ends_as }
        })
    }

    /// Whether a container may be opened: it is not nested too deep. If it is, that is a problem.
    fn is_open(&self, at: &At<'_>, head: &[u8], sink: &Sink<'_>) -> bool {
        let Some((depth, budget)) = at.within.filter(|(depth, budget)| *depth >= budget.depth()) else { return true };
        // Of programs, most carry nothing.
        if container::sniff(head).is_some() {
            let message = format!("it lies in {depth} containers; only {} are opened", budget.depth());
            sink.trouble(own_path(at), Trouble { kind: ProblemKind::Limit, message });
        }
        false
    }

    /// Opens a container whose first bytes are in `pass`, and searches its own bytes as they go by.
    fn container(
        &self,
        at: &At<'_>,
        format: Format,
        (ended, error): (bool, Option<io::Error>),
        pass: Pass<'_, '_>,
        content: &mut dyn Read,
        sink: &Sink<'_>,
    ) -> Done {
        let head = pass.window().to_vec();
        let mut tee = Tee { head: &head, ended, error, content, pass, target: at.target, own: Vec::new(), sink };
        let (met, inner) = self.open(at, format, &mut tee, sink);
        tee.drain();
        let Tee { mut pass, mut own, error, .. } = tee;
        let bytes = pass.last(at.target, &mut Only(|found| keep(&mut own, found, sink))) + inner;
        Done { ending: Ending { bytes, error, idle: Vec::new() }, own, met, ends_as: None }
    }

    /// Opens a container; gives what was found in its members, and how many bytes came out if it is the outermost.
    fn open(&self, at: &At<'_>, format: Format, source: &mut dyn Read, sink: &Sink<'_>) -> (AllMet, u64) {
        let fresh;
        let (depth, budget) = match at.within {
            Some(within) => within,
            None => {
                fresh = Budget::new(self.scanner.limits);
                (0, &fresh)
            }
        };
        let mut members = Members {
            inside: self,
            at,
            format,
            depth: depth + 1,
            budget,
            sink,
            met: AllMet::default(),
            in_folders: AllMet::default(),
        };
        let outcome = if depth == 0 {
            container::read(format, &mut Outermost { source, budget }, budget, &mut members)
        } else {
            container::read(format, source, budget, &mut members)
        };
        let met = members.met;
        if let Some(found) = outcome.err().as_ref().and_then(container::trouble) {
            sink.trouble(own_path(at), found);
        }
        (met, if depth == 0 { budget.spent() } else { 0 })
    }
}

/// Tells of a content that went by before its end showed that it is a container.
fn tell_unopened(at: &At<'_>, ends_as: Option<Format>, sink: &Sink<'_>) {
    let name = match ends_as {
        Some(Format::Zip) => "a zip file",
        Some(Format::LevelDb) => "a table of LevelDB",
        Some(Format::Unread(name)) => name,
        _ => return,
    };
    let message = format!("only its end shows that it is {name}, so that it can only be opened as a file of its own");
    sink.trouble(own_path(at), Trouble { kind: ProblemKind::Unreadable, message });
}

/// The path of a content itself.
fn own_path(at: &At<'_>) -> ScanPath {
    (at.target.path)().map_or_else(at.outer, |path| (*path).clone())
}

/// Leaves out of what was `own`, found in a container's own bytes, what was `met` in its members, too: as it is, or a piece of it. What
/// was met before is compressed, so that a key stands in such bytes up to where something else had the same; and where it is encoded, parts
/// are missing in its middle, and what is left may look like a whole key.
fn leave_out(own: &mut Vec<Finding>, met: &AllMet) {
    if own.is_empty() || met.is_empty() {
        return;
    }
    let begun: HashSet<&[u8]> = met.secrets().filter_map(beginning).collect();
    let is_piece = |secret: &Secret| beginning(secret).is_some_and(|beginning| begun.contains(beginning));
    let is_encoded = |finding: &&Finding| !finding.encoding.is_empty();
    let parts: HashSet<&[u8]> = own.iter().filter(is_encoded).flat_map(|finding| parts(&finding.secret)).collect();
    let shared: HashSet<Vec<u8>> = match parts.is_empty() {
        true => HashSet::new(),
        false => {
            let all = met.secrets().flat_map(self::parts);
            all.filter(|part| parts.contains(part)).map(<[u8]>::to_vec).collect()
        }
    };
    let is_damaged =
        |finding: &Finding| is_encoded(&finding) && self::parts(&finding.secret).any(|part| shared.contains(part));
    own.retain(|finding| !met.contains(&known(finding)) && !is_piece(&finding.secret) && !is_damaged(finding));
}

/// What a secret begins with that tells of another one that it is a piece of it, or has something behind it that is none of it.
fn beginning(secret: &Secret) -> Option<&[u8]> {
    /// How many bytes more than are shown two secrets do not share by chance.
    const TELLING: usize = 4;
    secret.reveal().get(..secret.shown() + TELLING)
}

/// All parts of a secret, behind what is shown of it, that are so long that two secrets do not share one by chance.
fn parts(secret: &Secret) -> impl Iterator<Item = &[u8]> {
    const LENGTH: usize = 6;
    secret.reveal().get(secret.shown()..).unwrap_or_default().windows(LENGTH)
}

/// Keeps what is found in a container's own bytes until its members are searched, as far as there is room.
fn keep(own: &mut Vec<Finding>, found: Vec<Finding>, sink: &Sink<'_>) {
    if own.len() + found.len() > MOST_WAITING {
        sink.add(std::mem::take(own));
    }
    own.extend(found);
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Findings of secrets that do not begin alike.
    fn findings(like: &Finding, numbers: std::ops::Range<u64>) -> Vec<Finding> {
        let finding = |offset: u64| {
            let secret = Secret::new(format!("{offset:04x} secret").as_bytes(), 0);
            Finding { secret, offset, ..like.clone() }
        };
        numbers.map(finding).collect()
    }

    #[test]
    fn so_many_findings_wait_for_what_is_found_in_members() {
        let like = Finding::of_secret(b"secret");
        for (more, told) in [(0, 0), (1, 10_000)] {
            let (mut own, mut count) = (Vec::new(), 0);
            let mut add = |found: Vec<Finding>| count += found.len();
            let mut problem = |_| {};
            let sink = Sink::new(&mut add, &mut problem);
            for numbers in [0..9_000, 9_000..10_000, 10_000..10_000 + more] {
                keep(&mut own, findings(&like, numbers), &sink);
            }
            // One that was told already cannot be left out any more.
            let mut met = AllMet::default();
            met.insert(known(&findings(&like, 0..1)[0]));
            let waiting = own.len();
            leave_out(&mut own, &met);
            assert_eq!((count, waiting - own.len()), (told, usize::from(more == 0)), "{more}");
        }
    }
}
