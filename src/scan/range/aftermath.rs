//! What became of keys that a range brings and HEAD does not have: which commit of its history took each away, and whether a reference
//! reaches it. That takes another walk, along HEAD's history, and is asked only where there is such a key.

use std::collections::{BTreeMap, HashMap, HashSet};

use gix::ObjectId;

use crate::finding::{Part, Past};
use crate::scan::presence::present;
use crate::secret::Secret;
use crate::source::range::{Onward, Range};

use super::stories::{Ends, Story};

/// Finds out what became of what the range does not end in.
pub(super) fn follow(range: &Range, ends: &Ends<'_>, stories: &mut [Story]) {
    let is_message = |story: &Story| story.first.finding.part == Part::CommitMessage;
    if !stories.iter().any(|story| !story.is_at_end || is_message(story)) {
        return;
    }
    let onward = range.onward();
    let line: HashSet<ObjectId> = onward.commits.iter().copied().collect();
    for story in stories.iter_mut() {
        let is_in_line = commits(range, story).any(|commit| line.contains(&commit));
        if is_message(story) {
            story.is_at_end = is_in_line;
        }
        if is_in_line || story.is_at_end {
            story.past = Past::Head;
        }
    }
    reach(range, stories);
    removals(range, onward, ends, stories);
}

/// The commits that bring it.
fn commits<'r>(range: &'r Range, story: &'r Story) -> impl Iterator<Item = ObjectId> + 'r {
    story.ranks.iter().filter_map(|rank| range.commits.get(*rank as usize).copied())
}

/// Notes what no reference reaches.
fn reach(range: &Range, stories: &mut [Story]) {
    let mut elsewhere = stories.iter_mut().filter(|story| story.past != Past::Head).peekable();
    if elsewhere.peek().is_none() {
        return;
    }
    let reached = range.reached();
    for story in elsewhere {
        let is_reached = commits(range, story).any(|commit| reached.contains(&commit));
        let is_tag = story.first.finding.part == Part::TagMessage;
        // What the range names without a commit may stand in any.
        let is_without_commit = !is_tag && commits(range, story).next().is_none();
        story.is_reachable = is_reached || is_without_commit || is_tag && reached.contains(&story.first.object);
    }
}

/// Notes which commits of HEAD's history took away what HEAD does not have.
fn removals(range: &Range, onward: Onward, ends: &Ends<'_>, stories: &mut [Story]) {
    let mut by_path: BTreeMap<Vec<u8>, Vec<&mut Story>> = BTreeMap::new();
    for story in stories.iter_mut().filter(|story| !story.is_at_end) {
        if let Some(path) = story.first.finding.path.as_ref().map(|path| path.plain().to_vec()) {
            by_path.entry(path).or_default().push(story);
        }
    }
    let paths: Vec<&[u8]> = by_path.keys().map(Vec::as_slice).collect();
    let count = by_path.values().map(Vec::len).sum();
    if paths.is_empty() {
        return;
    }
    let Some(places) = range.places(onward, &paths, count) else { return };
    for (place, stories) in by_path.into_values().enumerate() {
        let mut holders: Vec<HashSet<ObjectId>> = vec![HashSet::new(); stories.len()];
        for object in places.objects(place) {
            for held in holding(ends, &stories, &object) {
                holders[held].insert(object);
            }
        }
        for (story, holders) in stories.into_iter().zip(&holders) {
            let (is_in_history, removed) = places.told(place, holders);
            story.removed = removed;
            if is_in_history {
                (story.past, story.is_reachable) = (Past::Head, true);
            }
        }
    }
}

/// Which of the stories of a path a version there holds, by their places.
fn holding(ends: &Ends<'_>, stories: &[&mut Story], object: &ObjectId) -> Vec<usize> {
    let (mut held, mut open) = (Vec::new(), HashMap::<&Secret, Vec<usize>>::new());
    let version = ends.newest.version(object, &ends.contents);
    for (place, story) in stories.iter().enumerate() {
        let secret = &story.first.finding.secret;
        let shows = || version.as_ref().is_some_and(|version| ends.newest.shows(version, secret).unwrap_or(false));
        if story.is_name() || story.versions.contains(object) || shows() {
            held.push(place);
        } else {
            open.entry(secret).or_default().push(place);
        }
    }
    // They may be encoded, or in a container.
    if let Some(version) = version.filter(|_| !open.is_empty()) {
        let wanted: HashSet<&Secret> = open.keys().copied().collect();
        let present = present(ends.scanner, &version.text, &wanted);
        held.extend(present.into_iter().flat_map(|secret| open[secret].iter().copied()));
    }
    held
}
