//! What came after the commits of a range: which commits of HEAD's history there are, what each of them has at some paths and which of
//! them took something away there, and what references lead to. It is asked only where something was found.

use std::collections::{HashMap, HashSet};

use gix::ObjectId;
use rayon::prelude::*;

use crate::source::commit_diff::{Kept, find_at, read_commit};
use crate::source::history::{Event, Timeline, What};
use crate::source::object_reader::ObjectReader;
use crate::source::revision::peel;

use super::{Peeled, Range, Walk};

/// In how many commits altogether keys in places are looked for to tell which one took them away.
pub(super) const MOST_LOOKED: usize = 8_000_000;

/// How many commits are looked at before what they have is put together.
const COMMITS_AT_ONCE: usize = 1024;

/// The commits of HEAD's history that a range does not leave out.
pub struct Onward {
    /// Parents before their children.
    pub commits: Vec<ObjectId>,
}

/// What commits have at some paths.
pub struct Places {
    commits: Vec<ObjectId>,
    /// For each of them the places of its parents in `rows`.
    parents: Vec<Vec<usize>>,
    /// For each of them, and then for parents that are none of them, what it has at each path, by its number.
    rows: Vec<Vec<u32>>,
    objects: Vec<ObjectId>,
}

/// The numbers of what is not there, and of what cannot be read.
const NOTHING: u32 = u32::MAX;
const UNKNOWN: u32 = u32::MAX - 1;

/// A commit's parents, and what it has at each path; none for what cannot be read.
type Looked = (Vec<ObjectId>, Vec<Option<Option<ObjectId>>>);

impl Range {
    /// The commits of HEAD's history that the range does not leave out: all that come after one of the range's are among them.
    pub fn onward(&self) -> Onward {
        Onward { commits: self.walk(self.refs.head, &mut Vec::new()) }
    }

    /// The commits, tags and other objects that references lead to; of commits, those that the range does not leave out.
    pub fn reached(&self) -> HashSet<ObjectId> {
        let mut others = Vec::new();
        let commits = self.walk(self.refs.all(), &mut others);
        commits.into_iter().chain(others).collect()
    }

    /// The commits that can be come to from some objects and that the range does not leave out; what else these lead to is added to `others`.
    fn walk(&self, tips: impl IntoIterator<Item = ObjectId>, others: &mut Vec<ObjectId>) -> Vec<ObjectId> {
        let objects = self.repository.objects();
        let mut walk = Walk::new(&objects);
        self.hidden.iter().for_each(|&commit| walk.push(commit, true));
        for tip in tips {
            match peel(&objects, tip, others) {
                Ok(Peeled::Commit(commit)) => walk.push(commit, false),
                Ok(Peeled::Other(other)) => others.push(other),
                // What is missing was told where it matters.
                Err(_) => {}
            }
        }
        walk.run(&self.refs.shallow.iter().copied().collect())
    }

    /// What the commits of `onward` have at some paths, on the threads of the current rayon pool; none if `count` keys in them are more than
    /// can be looked for.
    pub fn places(&self, onward: Onward, paths: &[&[u8]], count: usize) -> Option<Places> {
        let commits = onward.commits;
        if commits.len().saturating_mul(count.max(paths.len())) > MOST_LOOKED {
            return None;
        }
        let mut row: HashMap<ObjectId, usize> = commits.iter().copied().zip(0..).collect();
        let mut numbers = Numbers::default();
        let (mut rows, mut parents) = (Vec::with_capacity(commits.len()), Vec::with_capacity(commits.len()));
        let mut outside = Vec::new();
        self.look(&commits, paths, &mut |(above, at)| {
            rows.push(numbers.of(at));
            let mut place = |parent: ObjectId| {
                *row.entry(parent).or_insert_with(|| {
                    outside.push(parent);
                    commits.len() + outside.len() - 1
                })
            };
            parents.push(above.into_iter().map(&mut place).collect());
        });
        self.look(&outside, paths, &mut |(_, at)| rows.push(numbers.of(at)));
        Some(Places { commits, parents, rows, objects: numbers.objects })
    }

    /// Hands over what each of some commits has, in their order.
    fn look(&self, commits: &[ObjectId], paths: &[&[u8]], take: &mut dyn FnMut(Looked)) {
        let shallow: HashSet<&ObjectId> = self.refs.shallow.iter().collect();
        let one = |(objects, kept): &mut (ObjectReader, Kept), commit: &ObjectId| {
            let parents = read_commit(objects, commit).map(|(_, parents)| parents).unwrap_or_default();
            let is_cut = shallow.contains(commit);
            let at = paths.iter().map(|path| find_at(objects, kept, *commit, path).ok());
            (if is_cut { Vec::new() } else { parents }, at.collect())
        };
        for some in commits.chunks(COMMITS_AT_ONCE) {
            let room = || (self.repository.objects(), Kept::default());
            let looked: Vec<Looked> = some.par_iter().map_init(room, one).collect();
            looked.into_iter().for_each(&mut *take);
        }
    }
}

impl Places {
    /// What there is at a path in any of the commits, the path told by its place.
    pub fn objects(&self, path: usize) -> Vec<ObjectId> {
        let numbers: HashSet<u32> = self.rows.iter().map(|row| row[path]).collect();
        let mut objects: Vec<ObjectId> =
            numbers.into_iter().filter_map(|number| self.objects.get(number as usize).copied()).collect();
        objects.sort_unstable();
        objects
    }

    /// What the commits did to something that some of the objects at a path hold: whether one of them had it, and which one took it
    /// away last.
    pub fn told(&self, path: usize, holders: &HashSet<ObjectId>) -> (bool, Option<ObjectId>) {
        let holds: Vec<bool> = self.objects.iter().map(|object| holders.contains(object)).collect();
        let has = |row: usize| match self.rows[row][path] {
            NOTHING => Some(false),
            UNKNOWN => None,
            number => holds.get(number as usize).copied(),
        };
        let mut timeline = Timeline::default();
        for (place, parents) in self.parents.iter().enumerate() {
            let with = parents.iter().filter(|&&parent| has(parent) == Some(true)).count();
            let without = parents.iter().filter(|&&parent| has(parent) == Some(false)).count();
            let what = match has(place) {
                Some(true) if without == parents.len() => What::Brought,
                Some(false) if with > 0 && with == parents.len() => What::Gone,
                Some(false) if with > 0 => What::LeftOut,
                _ => continue,
            };
            timeline.note(Event { rank: place as u32, commit: place as u32, what });
        }
        (!timeline.is_empty(), timeline.gone().map(|place| self.commits[place as usize]))
    }
}

/// Objects, each with a number.
#[derive(Default)]
struct Numbers {
    known: HashMap<ObjectId, u32>,
    objects: Vec<ObjectId>,
}

impl Numbers {
    fn of(&mut self, at: Vec<Option<Option<ObjectId>>>) -> Vec<u32> {
        let mut number = |object: ObjectId| {
            *self.known.entry(object).or_insert_with(|| {
                self.objects.push(object);
                self.objects.len() as u32 - 1
            })
        };
        at.into_iter().map(|at| at.map_or(UNKNOWN, |at| at.map_or(NOTHING, &mut number))).collect()
    }
}
