//! Some commits of a history as a source: those that a person names as a range, or those that a push sends and the other side does
//! not have. What each of them brings is what none of its parents has.

mod onward;
#[cfg(test)]
mod tests;

use std::cell::RefCell;
use std::cmp::Reverse;
use std::collections::{BinaryHeap, HashMap, HashSet};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::sync::Arc;

use gix::ObjectId;
use rayon::prelude::*;

use crate::place::Root;

use super::commit_diff::{Brought, Bundle, Kept, Load, at_path, brings, read_commit, whole};
use super::git::{GitError, Repository};
use super::object_reader::ObjectReader;
use super::parents::{Bounds, Parents};
use super::push::{Announced, Known, Selection, pre_push};
use super::refs::Refs;
use super::remote::{is_elsewhere, known, remotes};
use super::revision::{Peeled, one, peel, select, words};

pub use onward::Onward;

/// Commits and what they bring.
pub struct Range {
    repository: Repository,
    refs: Refs,
    /// The commits, parents before their children, and else older before younger ones.
    pub commits: Vec<ObjectId>,
    /// Tags that the range was named by, or that are pushed.
    pub tags: Vec<ObjectId>,
    /// Blobs and trees that are named without a commit.
    others: Vec<ObjectId>,
    /// Names of references that are pushed, and what they name, as far as that is known.
    pub names: Vec<(Vec<u8>, Option<ObjectId>)>,
    /// What the range ends in.
    tips: Vec<ObjectId>,
    /// What it leaves out, with all that comes before.
    hidden: Vec<ObjectId>,
    /// What could not be read, in words.
    pub faults: Vec<String>,
    /// Whether the range goes beyond where the history was cut off.
    pub is_cut: bool,
}

impl Range {
    /// The commits that `specs` name, as `git rev-list` would take them, in the repository that `folder` is in.
    ///
    /// # Errors
    /// There is no repository, or a name means nothing in it.
    pub fn named(folder: &Path, specs: &str) -> Result<Self, GitError> {
        let repository = Repository::open(folder)?;
        let mut selection = Selection::default();
        for spec in words(specs) {
            select(&repository, spec, &mut selection)?;
        }
        if selection.include.is_empty() {
            return Err(GitError::new("the range names no commit to scan", "write it as in `--range main..HEAD`"));
        }
        Self::new(repository, selection)
    }

    /// What a push sends to `remote` at `address`, as git tells its hook in `input`.
    ///
    /// # Errors
    /// There is no repository, its references cannot be read, or a line is not as git writes it.
    pub fn sent(folder: &Path, input: &[u8], remote: Option<&[u8]>, address: Option<&[u8]>) -> Result<Self, GitError> {
        let repository = Repository::open(folder)?;
        let known = remote.map_or(Known::FetchedFrom(Vec::new()), |remote| known(&repository, remote, address));
        let selection = pre_push(input, known)?(&Refs::read(&repository)?, &remotes(&repository));
        Self::new(repository, selection)
    }

    /// What a push has sent.
    ///
    /// # Errors
    /// There is no repository, or its references cannot be read.
    pub fn pushed(folder: &Path, select: impl FnOnce(&Refs, &[Vec<u8>]) -> Selection) -> Result<Self, GitError> {
        let repository = Repository::open(folder)?;
        let selection = select(&Refs::read(&repository)?, &remotes(&repository));
        Self::new(repository, selection)
    }

    /// What a push may send of which only the beginning was told.
    ///
    /// # Errors
    /// There is no repository, its references cannot be read, or what was told means nothing in it.
    pub fn announced(folder: &Path, told: &Announced) -> Result<Self, GitError> {
        let repository = Repository::open(folder)?;
        let one = |spec: &Option<String>| spec.as_deref().map(|spec| one(&repository, spec)).transpose();
        let (from, to) = (one(&told.from)?, one(&told.to)?);
        let to_where = told.remote.as_ref().zip(told.address.as_ref());
        let is_elsewhere = to_where.is_some_and(|(remote, address)| is_elsewhere(&repository, remote, address));
        let selection = told.select(from, to, is_elsewhere, &Refs::read(&repository)?, &remotes(&repository));
        Self::new(repository, selection)
    }

    fn new(repository: Repository, selection: Selection) -> Result<Self, GitError> {
        let refs = Refs::read(&repository)?;
        let mut range = Range {
            repository,
            refs,
            commits: Vec::new(),
            tags: Vec::new(),
            others: Vec::new(),
            names: selection.names,
            tips: Vec::new(),
            hidden: Vec::new(),
            faults: Vec::new(),
            is_cut: false,
        };
        let objects = range.repository.objects();
        let mut walk = Walk::new(&objects);
        for id in selection.exclude {
            // What is not here cannot have been built upon.
            if let Ok(Peeled::Commit(commit)) = peel(&objects, id, &mut Vec::new()) {
                walk.push(commit, true);
                range.hidden.push(commit);
            }
        }
        for id in selection.include {
            match peel(&objects, id, &mut range.tags) {
                Ok(Peeled::Commit(commit)) => {
                    walk.push(commit, false);
                    range.tips.push(commit);
                }
                Ok(Peeled::Other(other)) => range.others.push(other),
                Err(fault) => walk.faults.push(fault),
            }
        }
        // A tag may be named, and lead to another one, that is named, too.
        range.tags.sort_unstable();
        range.tags.dedup();
        range.tips.sort_unstable();
        range.tips.dedup();
        let shallow: HashSet<ObjectId> = range.refs.shallow.iter().copied().collect();
        range.commits = walk.run(&shallow);
        if let Some(parents) = walk.cut {
            walk.faults
                .push(format!("commit {parents}: with it, there are more parents of commits than can be gone through"));
        }
        range.faults = walk.faults;
        range.is_cut = range.commits.iter().any(|commit| shallow.contains(commit));
        Ok(range)
    }

    /// The top of the repository, as a person in the current folder names it, who named `folder`.
    pub fn root(&self, folder: &Path) -> Arc<Root> {
        self.repository.root_of(folder)
    }

    /// The same as whoever pushed to it names it, who is nowhere in it.
    pub fn root_from_afar(&self) -> Arc<Root> {
        self.repository.root_from_afar()
    }

    /// What reads single objects.
    pub fn contents(&self) -> super::history::Contents {
        super::history::Contents::of(&self.repository)
    }

    /// What each commit brings, on the threads of the current rayon pool, with the commit's place; none for what is named without one.
    /// What comes from a place that `is_excluded` leaves out is not moved, but new.
    pub fn brought(&mut self, is_excluded: &(dyn Fn(&[u8]) -> bool + Sync)) -> Vec<(Option<u32>, Brought)> {
        let shallow: HashSet<ObjectId> = self.refs.shallow.iter().copied().collect();
        let (mut all, mut load) = (Vec::new(), Load::default());
        // A few at a time: each may bring much, and when it is too much in all, no more are looked at.
        let few = rayon::current_num_threads().max(1) * COMMITS_A_THREAD;
        'all: for (number, commits) in self.commits.chunks(few).enumerate() {
            let of_commit = |objects: &mut ObjectReader, commit: &ObjectId| {
                let work = || brings(objects, commit, shallow.contains(commit), is_excluded);
                catch_unwind(AssertUnwindSafe(work)).unwrap_or_else(|_| Bundle::failed())
            };
            let found: Vec<Bundle> = commits.par_iter().map_init(|| self.repository.objects(), of_commit).collect();
            for (place, (commit, bundle)) in (number * few..).zip(commits.iter().zip(found)) {
                load = load.and(bundle.load);
                if load.is_too_much() {
                    let left = self.commits.len() - place;
                    self.faults.push(format!(
                        "commit {commit}: with it, the range brings more than can be gone through; {left} commits are left"
                    ));
                    break 'all;
                }
                all.extend(bundle.found.into_iter().map(|brought| (Some(place as u32), brought)));
                self.faults.extend(bundle.fault.map(|fault| format!("commit {commit}: {fault}")));
            }
        }
        let objects = self.repository.objects();
        for id in &self.others {
            let bundle = whole(&objects, id);
            load = load.and(bundle.load);
            if load.is_too_much() {
                self.faults.push(format!("object {id}: with it, the range brings more than can be gone through"));
                break;
            }
            self.faults.extend(bundle.fault);
            all.extend(bundle.found.into_iter().map(|brought| (None, brought)));
        }
        all
    }

    /// Whether HEAD is one of the commits that the range ends in.
    pub fn ends_in_head(&self) -> bool {
        self.refs.head.is_some_and(|head| self.tips.contains(&head))
    }

    /// What looks up paths in the parents of its commits.
    pub fn parents(&self, bounds: Bounds) -> Parents {
        Parents::new(self.repository.objects(), self.refs.shallow.iter().copied(), bounds)
    }

    /// What looks up paths in what the range ends in, or in HEAD.
    pub fn tips(&self, of_head: bool) -> Tips {
        let head = self.refs.head.filter(|_| of_head);
        let tips = self.tips.iter().copied().filter(|_| !of_head).take(MOST_TIPS).chain(head);
        Tips { objects: self.repository.objects(), kept: RefCell::default(), commits: tips.collect() }
    }
}

/// The commits that a range ends in.
pub struct Tips {
    objects: ObjectReader,
    kept: RefCell<Kept>,
    commits: Vec<ObjectId>,
}

impl Tips {
    /// What each of them has at a path, if it has something there.
    pub fn at(&self, path: &[u8]) -> Vec<ObjectId> {
        let mut kept = self.kept.borrow_mut();
        self.commits.iter().filter_map(|&tip| at_path(&self.objects, &mut kept, tip, path)).collect()
    }
}

/// Finds the commits that can be come to from some tips and not from others.
struct Walk<'w> {
    objects: &'w ObjectReader,
    /// Whether a commit that was met is hidden, that is, one that the range leaves out.
    is_hidden: HashMap<ObjectId, bool>,
    commits: HashMap<ObjectId, Read>,
    /// The commits to go on from, the youngest first.
    queue: BinaryHeap<(i64, ObjectId)>,
    /// Those among them that are not hidden.
    open: HashSet<ObjectId>,
    /// How many more parents are kept, and the first commit of which they were left out.
    left: usize,
    cut: Option<ObjectId>,
    faults: Vec<String>,
}

/// A commit's time and parents.
type Read = (i64, Vec<ObjectId>);

impl<'w> Walk<'w> {
    fn new(objects: &'w ObjectReader) -> Self {
        let (is_hidden, commits, open) = Default::default();
        let (queue, faults) = Default::default();
        Walk { objects, is_hidden, commits, queue, open, left: MOST_PARENTS, cut: None, faults }
    }

    /// Notes a commit that was come to. One that turns out to be hidden is gone through again, for its parents are, too.
    fn push(&mut self, id: ObjectId, is_hidden: bool) {
        let known = self.is_hidden.get(&id).copied();
        if known.is_some() && !(is_hidden && known == Some(false)) {
            return;
        }
        self.is_hidden.insert(id, is_hidden);
        if is_hidden {
            self.open.remove(&id);
        } else {
            self.open.insert(id);
        }
        if !self.commits.contains_key(&id) {
            let read = self.read(&id).unwrap_or_else(|fault| {
                if !is_hidden {
                    self.faults.push(fault);
                }
                (i64::MAX, Vec::new())
            });
            let left = self.left.checked_sub(read.1.len());
            self.left = left.unwrap_or(self.left);
            let read = if left.is_none() { (read.0, Vec::new()) } else { read };
            self.cut = self.cut.or(left.is_none().then_some(id));
            self.commits.insert(id, read);
        }
        self.queue.push((self.commits[&id].0, id));
    }

    fn read(&self, id: &gix::oid) -> Result<Read, String> {
        let (_, mut parents) = read_commit(self.objects, id)?;
        let mut buffer = Vec::new();
        let data = self.objects.read(id, &mut buffer)?;
        // Git reads one without a committer, too, and takes it for as old as can be.
        let commit = gix::objs::CommitRef::from_bytes(data, self.objects.hash).ok();
        let time = commit.and_then(|commit| Some(commit.committer().ok()?.time().ok()?.seconds)).unwrap_or(0);
        // One parent may be named any number of times.
        parents.sort_unstable();
        parents.dedup();
        parents.shrink_to_fit();
        Ok((time, parents))
    }

    /// The commits that are not hidden, in order.
    fn run(&mut self, shallow: &HashSet<ObjectId>) -> Vec<ObjectId> {
        let mut oldest = i64::MAX;
        while let Some((time, id)) = self.queue.pop() {
            self.open.remove(&id);
            let is_hidden = self.is_hidden[&id];
            if !is_hidden {
                oldest = oldest.min(time);
            } else if self.open.is_empty() && time < oldest.saturating_sub(SLACK) {
                // Clocks differ, but not by so much: what is left is hidden, and so old that it leads to nothing that is not.
                break;
            }
            if !shallow.contains(&id) {
                for parent in self.commits[&id].1.clone() {
                    self.push(parent, is_hidden);
                }
            }
        }
        let commits = std::mem::take(&mut self.commits);
        let commits: HashMap<ObjectId, Read> = commits.into_iter().filter(|(id, _)| !self.is_hidden[id]).collect();
        let count = commits.len();
        let order = in_order(commits);
        if order.len() < count {
            let left = count - order.len();
            self.faults
                .push(format!("{left} commits are their own ancestors, or come behind such ones, and were not read"));
        }
        order
    }
}

/// In how many of the commits that a push ends in a key is looked for to say whether it is still there.
const MOST_TIPS: usize = 100;

/// How many parents commits have, all together: as deltas, commits with a great many take next to no room in a pack.
const MOST_PARENTS: usize = 8_000_000;

/// How many commits each thread looks at before what they bring is added up.
const COMMITS_A_THREAD: usize = 8;

/// How many seconds clocks may differ: a day.
const SLACK: i64 = 86_400;

/// Puts commits in order: parents before children, and else older before younger ones.
fn in_order(commits: HashMap<ObjectId, Read>) -> Vec<ObjectId> {
    let mut waiting: HashMap<ObjectId, usize> = HashMap::new();
    let mut children: HashMap<ObjectId, Vec<ObjectId>> = HashMap::new();
    for (id, (_, parents)) in &commits {
        let inside: HashSet<_> = parents.iter().filter(|parent| commits.contains_key(*parent)).collect();
        waiting.insert(*id, inside.len());
        inside.into_iter().for_each(|parent| children.entry(*parent).or_default().push(*id));
    }
    let ready = waiting.iter().filter(|(_, count)| **count == 0).map(|(id, _)| Reverse((commits[id].0, *id)));
    let mut queue: BinaryHeap<_> = ready.collect();
    let mut order = Vec::with_capacity(commits.len());
    while let Some(Reverse((_, id))) = queue.pop() {
        order.push(id);
        for child in children.get(&id).into_iter().flatten() {
            let count = waiting.entry(*child).or_default();
            *count = count.saturating_sub(1);
            if *count == 0 {
                queue.push(Reverse((commits[child].0, *child)));
            }
        }
    }
    order
}
