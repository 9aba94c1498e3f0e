//! Scans what some commits bring: those of a range, or those of a push.

mod aftermath;
mod bringers;
mod exclusions;
mod found;
mod stories;
#[cfg(test)]
mod tests;
mod version;

use std::collections::{BTreeMap, HashMap, HashSet};
use std::io::Read;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use gix::ObjectId;
use ignore::gitignore::Gitignore;
use rayon::prelude::*;

use crate::detect::Detector;
use crate::fault::in_words;
use crate::finding::{Change, Finding, GitOrigin, Outcome, Part, Past, Problem, ProblemKind, SourceKind};
use crate::place::{Root, ScanPath, last_part};
use crate::source::GitError;
use crate::source::commit_diff::{Brought, EntryKind};
use crate::source::excluded::excludes;
use crate::source::history::Contents;
use crate::source::person::person;
use crate::source::push::{self, Announced};
use crate::source::range::Range;

use super::content::{Buffer, Target, finding_in_name};
use super::history::{CUT_OFF, HistoryOptions};
use super::inside;
use super::newest_version::Newest;
use super::{Counters, MAX_FINDINGS, Options, Run, ScanError, Scanner, masked, pool, shown_folder};

use exclusions::{changed, excluded};
use found::{AllFound, Found, Rank};
use stories::{Ends, Story, stories};
use version::Takes;

/// Which commits are scanned.
#[derive(Debug)]
pub enum Commits<'c> {
    /// Those that a person names, as in `main..HEAD`.
    Named(&'c str),
    /// Those that a push sends to a remote and its address, as git tells `pre-push` on its standard input.
    Sent(Option<&'c [u8]>, Option<&'c [u8]>),
    /// Those that a push may send, of which only the first reference was told.
    Announced(&'c Announced),
    /// Those that a push has sent, as git tells `pre-receive`.
    Received,
}

/// Scans what some commits of the repository that `folder` is in bring; `input` is read if a hook's input says which.
///
/// # Errors
/// There is no such repository, or the commits are not named as they have to be. What goes wrong later is a problem in the outcome.
pub fn scan_range(
    folder: &Path,
    commits: &Commits<'_>,
    options: &Options,
    history: &HistoryOptions,
    engine: (&Detector, &Counters),
    input: &mut dyn Read,
) -> Result<Outcome, ScanError> {
    scan_within(&Bounds::default(), folder, commits, options, history, engine, input)
}

fn scan_within(
    bounds: &Bounds,
    folder: &Path,
    commits: &Commits<'_>,
    options: &Options,
    history: &HistoryOptions,
    (detector, counters): (&Detector, &Counters),
    input: &mut dyn Read,
) -> Result<Outcome, ScanError> {
    let run = Run::begin(options, detector, counters);
    let mut text = Vec::new();
    let mut read = || {
        let read = Read::take(&mut *input, MOST_INPUT + 1).read_to_end(&mut text);
        match read {
            Ok(length) if length as u64 <= MOST_INPUT => Ok(()),
            Ok(_) => {
                Err(GitError::new("standard input is longer than any list of references", "let git run this hook"))
            }
            Err(error) => Err(GitError::new(format!("standard input cannot be read: {}", in_words(&error)), "")),
        }
    };
    let mut range = match commits {
        Commits::Named(specs) => Range::named(folder, specs)?,
        Commits::Sent(remote, address) => {
            read()?;
            Range::sent(folder, &text, *remote, *address)?
        }
        Commits::Announced(told) => Range::announced(folder, told)?,
        Commits::Received => {
            read()?;
            Range::pushed(folder, push::pre_receive(&text)?)?
        }
    };
    let pool = pool(options)?;
    let exclude = &options.files.exclude;
    let brought = pool.install(|| range.brought(&|path| excludes(exclude, path)));
    let is_push = !matches!(commits, Commits::Named(_));
    let work = Work {
        scanner: &run.scanner,
        // A server's hook runs in the repository's own folder, of which whoever pushes knows nothing.
        root: if matches!(commits, Commits::Received) { range.root_from_afar() } else { range.root(folder) },
        range: &range,
        exclude,
        is_push,
        bounds,
        found: Mutex::default(),
    };
    pool.install(|| work.all(&brought));
    pool.install(|| work.finish(history, &brought));
    let source = if is_push { SourceKind::Push } else { SourceKind::History };
    counters.add_excluded(excluded(&brought, exclude));
    let changed_settings = changed(&brought, &options.settings, &run.scanner);
    let objects = brought.iter().map(|(_, brought)| brought.id).collect::<HashSet<_>>().len();
    let mut outcome = run.finish(source, vec![shown_folder(detector, options.show_secrets, folder)]);
    outcome.stats.objects = (objects + range.commits.len() + range.tags.len()) as u64;
    outcome.changed_settings = changed_settings;
    Ok(outcome)
}

/// How many bytes a hook's input may have: that of a million references has less.
const MOST_INPUT: u64 = 256 << 20;

/// In how many places a blob is searched that may hold something and was searched in another one, all such blobs together, and how
/// many bytes these have: a few trees can make more places than anybody could list.
const MOST_REPEATED: usize = 60_000;
const MOST_REPEATED_BYTES: u64 = 4 << 30;

/// How much work is done where it could grow with what is scanned.
struct Bounds {
    repeated: usize,
    repeated_bytes: u64,
    /// To tell what was there before.
    before: bringers::Bounds,
}

impl Default for Bounds {
    fn default() -> Self {
        let before = bringers::Bounds::default();
        Bounds { repeated: MOST_REPEATED, repeated_bytes: MOST_REPEATED_BYTES, before }
    }
}

/// A scan of a range.
struct Work<'w> {
    scanner: &'w Scanner<'w>,
    root: Arc<Root>,
    range: &'w Range,
    exclude: &'w Gitignore,
    is_push: bool,
    bounds: &'w Bounds,
    found: Mutex<AllFound>,
}

impl Work<'_> {
    /// Searches everything.
    fn all(&self, brought: &[(Option<u32>, Brought)]) {
        // Each blob once in each place, as the first commit has it there.
        let mut places: BTreeMap<(&[u8], ObjectId, EntryKind), (Rank, &Brought)> = BTreeMap::new();
        for (commit, brought) in brought.iter().filter(|(_, brought)| !excludes(self.exclude, &brought.path)) {
            let rank = commit.unwrap_or(Rank::MAX);
            if brought.is_new_name {
                self.guard(brought, || self.search_name(rank, brought));
            }
            if brought.is_file() && !brought.is_moved {
                let first = places.entry((&brought.path, brought.id, brought.kind)).or_insert((rank, brought));
                first.0 = first.0.min(rank);
            }
        }
        self.search_blobs(places.into_values().collect());
        let texts = self.range.commits.iter().enumerate().map(|(rank, id)| (rank as Rank, *id, Part::CommitMessage));
        let tags = self.range.tags.iter().map(|id| (Rank::MAX, *id, Part::TagMessage));
        let texts: Vec<_> = texts.chain(tags).collect();
        texts.par_iter().for_each_init(
            || (self.range.contents(), Vec::new()),
            |(contents, buffer), (rank, id, part)| {
                self.scanner
                    .guard(None, &format_args!("object {id}"), || self.search_text(*rank, id, *part, contents, buffer));
            },
        );
        for (name, id) in &self.range.names {
            self.scanner.guard(None, &"the name of a reference", || self.search_ref(name, *id));
        }
    }

    /// Does some work on what a commit brings, and goes on should gridleaks itself fail on it.
    fn guard(&self, brought: &Brought, work: impl FnOnce()) {
        let path = if brought.path.is_empty() { None } else { self.path(&brought.path) };
        self.scanner.guard(path, &format_args!("object {}", brought.id), work);
    }

    fn search_name(&self, rank: Rank, brought: &Brought) {
        let part = if brought.kind == EntryKind::Folder { Part::FolderName } else { Part::FileName };
        let path = &brought.path;
        let name = last_part(path);
        let target = Target { path: &|| self.path(path), part, plain_path: &|| Some(path.clone()) };
        for hit in self.scanner.detector.find_all(name, Some(&|| Some(path.clone()))) {
            self.note(rank, brought.id, None, vec![finding_in_name(self.scanner.detector, &target, name, &hit)]);
        }
    }

    fn search_ref(&self, name: &[u8], id: Option<ObjectId>) {
        let target = Target { path: &|| None, part: Part::RefName, plain_path: &|| None };
        for hit in self.scanner.detector.find_all(name, None) {
            let id = id.unwrap_or(ObjectId::null(gix::hash::Kind::Sha1));
            self.note(Rank::MAX, id, None, vec![finding_in_name(self.scanner.detector, &target, name, &hit)]);
        }
    }

    /// Searches each blob once, and those that may hold something once for each place.
    fn search_blobs(&self, mut places: Vec<(Rank, &Brought)>) {
        let mut blobs: Vec<&ObjectId> = places.iter().map(|(_, brought)| &brought.id).collect();
        blobs.sort_unstable();
        blobs.dedup();
        let room = || (self.range.contents(), Vec::new());
        let size = |(contents, buffer): &mut (Contents, Vec<u8>), id: &ObjectId| {
            // Should it fail, or the blob not be read: the search comes to that, too, and says where.
            let mut size = Some(0);
            self.scanner.guard(None, &format_args!("object {id}"), || {
                let Ok(content) = contents.read(id, buffer) else { return };
                self.scanner.counters.add(content.len() as u64);
                let detector = self.scanner.detector;
                let may_hold = detector.around().is_none() || detector.may_hold(content);
                size = (may_hold || inside::format_of(content).is_some()).then_some(content.len() as u64);
            });
            size
        };
        let sizes: HashMap<&ObjectId, u64> =
            blobs.into_par_iter().map_init(room, |room, id| size(room, id).map(|size| (id, size))).flatten().collect();
        places.sort_by(|a, b| (a.0, &a.1.path).cmp(&(b.0, &b.1.path)));
        let (mut met, mut repeated, mut bytes, mut left) = (HashSet::new(), 0, 0, 0u64);
        places.retain(|(_, brought)| {
            let Some(size) = sizes.get(&brought.id) else { return false };
            let is_new = met.insert(&brought.id);
            (repeated, bytes) = if is_new { (repeated, bytes) } else { (repeated + 1, bytes + size) };
            let is_kept = is_new || repeated <= self.bounds.repeated && bytes <= self.bounds.repeated_bytes;
            left += u64::from(!is_kept);
            is_kept
        });
        if left > 0 {
            let message = format!("what may hold keys stands in {left} more places than can be gone through");
            self.problem(None, ProblemKind::Limit, &message);
        }
        places.par_iter().for_each_init(room, |(contents, buffer), (rank, brought)| {
            self.guard(brought, || self.search_blob(*rank, brought, contents, buffer));
        });
    }

    fn search_blob(&self, rank: Rank, brought: &Brought, contents: &Contents, buffer: &mut Vec<u8>) {
        let version = (&brought.path[..], brought.id, brought.kind);
        let takes = Takes {
            findings: &mut |findings| self.note(rank, brought.id, Some(brought.kind), findings),
            problem: &mut |problem| self.scanner.collector.problem(problem),
        };
        if let Err(fault) = self.search_version(version, contents, buffer, takes) {
            let path = (!brought.path.is_empty()).then(|| self.path(&brought.path)).flatten();
            self.problem(path, ProblemKind::Unreadable, &fault);
        }
    }

    fn search_text(&self, rank: Rank, id: &ObjectId, part: Part, contents: &Contents, buffer: &mut Vec<u8>) {
        match contents.read(id, buffer) {
            Ok(mut text) => {
                self.scanner.counters.add(text.len() as u64);
                let target = Target { path: &|| None, part, plain_path: &|| None };
                let mut add = |findings| self.note(rank, *id, None, findings);
                self.scanner.search_by(true).run(&target, &mut text, &mut Buffer::default(), &mut add);
            }
            Err(fault) => self.problem(None, ProblemKind::Unreadable, &fault),
        }
    }

    fn note(&self, rank: Rank, object: ObjectId, kind: Option<EntryKind>, findings: Vec<Finding>) {
        let new = findings.into_iter().map(|finding| Found { rank, object, kind, finding, is_brought: true });
        let mut found = self.found.lock().unwrap_or_else(PoisonError::into_inner);
        found.list.extend(new);
        if found.list.len() >= MAX_FINDINGS + MAX_FINDINGS / 4 {
            found.cut();
        }
    }

    fn path(&self, path: &[u8]) -> Option<Arc<ScanPath>> {
        Some(Arc::new(ScanPath::new(Arc::clone(&self.root), self.scanner.shown(path), path.to_vec())))
    }

    fn problem(&self, path: Option<Arc<ScanPath>>, kind: ProblemKind, message: &str) {
        let message = masked(self.scanner.detector, message.as_bytes());
        self.scanner.collector.problem(Problem { path, kind, message });
    }

    /// Makes one finding of what was found of each key in each place, and notes what could not be read.
    fn finish(self, history: &HistoryOptions, brought: &[(Option<u32>, Brought)]) {
        for fault in &self.range.faults {
            self.problem(None, ProblemKind::Unreadable, fault);
        }
        if self.range.is_cut && !history.allow_shallow {
            self.problem(None, ProblemKind::Shallow, CUT_OFF);
        }
        let mut found = std::mem::take(&mut *self.found.lock().unwrap_or_else(PoisonError::into_inner));
        found.sort();
        if found.is_cut {
            // What came after the last cut is a matter of chance.
            found.cut();
            let message = format!("there are more findings than the {MAX_FINDINGS} that are listed");
            self.problem(None, ProblemKind::Limit, &message);
        }
        self.lay_to_commits(&mut found.list, brought);
        found.sort();
        let ends = Ends {
            contents: self.range.contents(),
            tips: self.range.tips(!self.is_push),
            newest: Newest::new(self.scanner),
            scanner: self.scanner,
            has_commits: self.is_push || self.range.ends_in_head(),
        };
        let mut stories = stories(found.list);
        let path = |story: &Story| story.first.finding.path.as_ref().map(|path| path.plain().to_vec());
        stories.sort_by_cached_key(path);
        for at_path in stories.chunk_by_mut(|a, b| path(a) == path(b)) {
            ends.settle(at_path);
        }
        if !self.is_push {
            aftermath::follow(self.range, &ends, &mut stories);
        }
        for story in stories {
            let git = self.origin(&ends.contents, &story);
            self.scanner.collector.add(vec![Finding { git: Some(Box::new(git)), ..story.first.finding }]);
        }
    }

    fn origin(&self, contents: &Contents, story: &Story) -> GitOrigin {
        let Found { rank, object, .. } = story.first;
        let commit = self.range.commits.get(rank as usize);
        let (of, mark) = commit.map_or((&object, &b"tagger "[..]), |commit| (commit, b"author "));
        let (author, date) = self.person(contents, of, mark);
        GitOrigin {
            commit: commit.map(ToString::to_string),
            object: if object.is_null() { String::new() } else { object.to_string() },
            author,
            date,
            reachable: story.is_reachable,
            in_head: story.is_at_end,
            versions: story.versions.len() as u32,
            removed: story.removed.as_ref().map(|commit| self.change(contents, commit)),
            past: if self.is_push { Past::Push } else { story.past },
            returns: Vec::new(),
        }
    }

    fn change(&self, contents: &Contents, commit: &ObjectId) -> Change {
        let (author, date) = self.person(contents, commit, b"author ");
        Change { commit: commit.to_string(), author, date }
    }

    /// Who is named behind `mark` in a commit or a tag, and the date there, to be shown.
    fn person(&self, contents: &Contents, of: &ObjectId, mark: &[u8]) -> (Option<String>, Option<String>) {
        let mut buffer = Vec::new();
        let by = contents.read(of, &mut buffer).ok().and_then(|text| person(text, mark));
        let author = by.as_ref().map(|by| String::from_utf8_lossy(&self.scanner.shown(&by.name)).into_owned());
        (author, by.and_then(|by| by.date))
    }
}
