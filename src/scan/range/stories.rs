//! What is made of a key in a range of commits: one story for each place, and whether that still stands in what the range ends in. Each
//! version of a file is read once for all keys in it, of which there may be tens of thousands.

use std::collections::{BTreeSet, HashMap, HashSet};

use gix::ObjectId;

use crate::finding::{Part, Past};
use crate::secret::Secret;
use crate::source::history::Contents;
use crate::source::range::Tips;

use crate::scan::Scanner;
use crate::scan::newest_version::{Newest, Said};
use crate::scan::presence::present;

use super::found::{Found, Rank};

/// A key in one place.
pub(super) struct Story {
    /// Where it was found first.
    pub(super) first: Found,
    /// The objects that hold it there.
    pub(super) versions: HashSet<ObjectId>,
    /// The commits that bring these, by their places in the range.
    pub(super) ranks: BTreeSet<Rank>,
    /// Whether the range ends in what holds it there.
    pub(super) is_at_end: bool,
    /// Whose history has it there, and whether a reference reaches it.
    pub(super) past: Past,
    pub(super) is_reachable: bool,
    /// The commit in HEAD's history that took it away.
    pub(super) removed: Option<ObjectId>,
}

/// Puts together what was found, which is in order, of each key in each place; what was there before has no story.
pub(super) fn stories(found: Vec<Found>) -> Vec<Story> {
    let mut stories: Vec<Story> = Vec::new();
    let mut places = HashMap::new();
    for found in found {
        let finding = &found.finding;
        let key = (
            finding.rule.id.clone(),
            finding.secret.clone(),
            finding.path.as_ref().map(|path| (path.plain().to_vec(), path.inside().map(<[u8]>::to_vec))),
            finding.part,
        );
        let (rank, object, counts) = (found.rank, found.object, finding.counts());
        let place = *places.entry(key).or_insert_with(|| {
            stories.push(Story::new(found));
            stories.len() - 1
        });
        let story = &mut stories[place];
        story.versions.insert(object);
        story.ranks.insert(rank);
        // Where it is gone again, a comment has to have allowed it all the time.
        if counts {
            story.first.finding.suppressed = None;
        }
    }
    stories.retain(|story| story.first.is_brought);
    stories
}

/// What a range ends in.
pub(super) struct Ends<'e> {
    pub(super) scanner: &'e Scanner<'e>,
    pub(super) contents: Contents,
    pub(super) tips: Tips,
    pub(super) newest: Newest<'e>,
    /// Whether the commits of the range themselves are there.
    pub(super) has_commits: bool,
}

impl Ends<'_> {
    /// Finds out which of the stories of one path go on to the end, and lets the versions there say whether the keys count: those that
    /// hold a key all have to allow it. If none does, what the version says in which it was found remains.
    pub(super) fn settle(&self, stories: &mut [Story]) {
        let Some(path) = stories.first().and_then(|story| story.first.finding.path.clone()) else {
            let of_commit = |story: &Story| story.first.finding.part == Part::CommitMessage && self.has_commits;
            return stories.iter_mut().for_each(|story| story.is_at_end = of_commit(story));
        };
        let mut met = HashSet::new();
        let ids: Vec<ObjectId> = self.tips.at(path.plain()).into_iter().filter(|id| met.insert(*id)).collect();
        let mut said: Vec<Option<Said>> = vec![None; stories.len()];
        for id in &ids {
            let Some(version) = self.newest.version(id, &self.contents) else { continue };
            let shows = |secret: &Secret| self.newest.shows(&version, secret).unwrap_or(false);
            for story in stories.iter_mut().filter(|story| !story.is_at_end && !story.is_name()) {
                story.is_at_end = *id == story.first.object || shows(&story.first.finding.secret);
            }
            self.find_encoded(stories, &version.text);
            let asked = stories.iter().zip(&mut said).filter(|(story, _)| self.newest.knows(&story.first.finding));
            for (story, said) in asked {
                if let Some(now) = self.newest.says(&version, &story.first.finding) {
                    *said = Some(said.take().map_or(now.clone(), |before| before.filter(|_| now.is_some())));
                }
            }
        }
        for (story, said) in stories.iter_mut().zip(said) {
            story.is_at_end |= story.is_name() && !ids.is_empty();
            if let Some(said) = said.filter(|_| story.is_at_end) {
                story.first.finding.suppressed = said;
            }
        }
    }

    /// Looks for keys that do not show as they are in a version: they may be encoded, or in a container.
    fn find_encoded(&self, stories: &mut [Story], text: &[u8]) {
        let is_open = |story: &&Story| !story.is_at_end && !story.is_name();
        let wanted: HashSet<&Secret> =
            stories.iter().filter(is_open).map(|story| &story.first.finding.secret).collect();
        if wanted.is_empty() {
            return;
        }
        let present: HashSet<Secret> = present(self.scanner, text, &wanted).into_iter().cloned().collect();
        for story in stories.iter_mut().filter(|story| !story.is_name()) {
            story.is_at_end |= present.contains(&story.first.finding.secret);
        }
    }
}

impl Story {
    fn new(first: Found) -> Self {
        Story {
            first,
            versions: HashSet::new(),
            ranks: BTreeSet::new(),
            is_at_end: false,
            past: Past::Others,
            is_reachable: true,
            removed: None,
        }
    }

    /// Whether it is of a file's or a folder's own name.
    pub(super) fn is_name(&self) -> bool {
        let finding = &self.first.finding;
        let is_inside = finding.path.as_ref().is_some_and(|path| path.inside().is_some());
        matches!(finding.part, Part::FileName | Part::FolderName) && !is_inside
    }
}
