//! Says where what was found came from: which commit brought it to which path first, whether it is still there, and what reaches it.

use std::collections::{HashMap, HashSet};

use gix::ObjectId;

use super::graph::{Graph, NONE};
use super::holders::Holders;
use super::names::Name;
use super::paths::{PathPlace, Paths};
use super::timeline::{Event, Timeline, What};
use super::tips::Tips;
use super::{Hits, Trace};
use crate::source::objects::Node;

/// What something was found in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Where {
    /// What a file holds.
    Content,
    /// The name of a file.
    FileName,
    /// The name of a folder.
    FolderName,
    /// A commit's message, or who made it.
    Commit,
    /// A tag's.
    Tag,
}

/// Where one secret came from: one for each secret and path.
#[derive(Debug, Clone)]
pub struct Origin {
    /// The secret, by the number that [`Hits`] gave it.
    pub secret: u32,
    /// What it stands in.
    pub place: Where,
    /// The path; none if there is none.
    pub path: Option<Vec<u8>>,
    /// The object that holds it, in the version that came first.
    pub object: ObjectId,
    /// Its number.
    pub node: Node,
    /// The commit that brought it in; none if no commit did.
    pub commit: Option<ObjectId>,
    /// How many objects hold it there.
    pub versions: u32,
    /// Whether HEAD has it there.
    pub in_head: bool,
    /// Whether a reference reaches it.
    pub is_reachable: bool,
    /// The commit in HEAD's history that took it away.
    pub removed: Option<ObjectId>,
    /// Whether a commit of HEAD's history has it.
    pub is_in_history: bool,
    /// Those that took it away before and brought it back, the first ones first.
    pub returns: Vec<(ObjectId, ObjectId)>,
}

/// What is known of one secret in one place.
#[derive(Default)]
struct Story {
    /// The first commit, by how good it is as an answer, and the object it brought.
    first: Option<((bool, u32), u32, Node)>,
    object: Option<Node>,
    versions: u32,
    is_reachable: bool,
    in_head: bool,
    /// What HEAD's history did to it.
    timeline: Timeline,
}

/// A secret in a place.
type Key = (u32, Where, PathPlace);

/// Works out where everything in `hits` came from; says with `false` that there are more places than could be listed.
pub(super) fn origins(trace: &Trace<'_>, hits: &Hits) -> (Vec<Origin>, bool) {
    let graph = Graph::new(&trace.records, trace.forest().len());
    let is_wanted = |node: Node| hits.objects.contains_key(&node);
    let holders = Holders::find(&graph, is_wanted, |name| hits.names.contains_key(&name));
    // What of it is known is a matter of chance where threads took turns to note it, and says nothing.
    if trace.is_cut || !holders.is_all {
        return (Vec::new(), false);
    }
    let tips = Tips::new(trace, &graph);
    let reached = graph.ancestors(tips.commits.iter().copied());
    let in_head = graph.ancestors(tips.head);
    let ranks = graph.ranks(|node| trace.forest().id(node).to_owned());
    let mut work = Work {
        graph: &graph,
        holders: &holders,
        hits,
        paths: Paths::new(&trace.names),
        stories: HashMap::new(),
        seen: HashSet::new(),
        versions: HashSet::new(),
        budget: MOST_COMPARED,
    };
    for commit in 0..graph.commits.len() as u32 {
        let found = Found { commit, is_reached: reached[commit as usize], rank: ranks[commit as usize] };
        work.commit(found, in_head[commit as usize]);
    }
    work.head(tips.head);
    work.messages(&reached, &in_head, &ranks);
    work.tags(&tips);
    work.without_commit(&tips);
    let is_all = work.budget > 0;
    (work.finish(trace), is_all)
}

/// A commit as an answer to where something came from.
#[derive(Clone, Copy)]
struct Found {
    commit: u32,
    is_reached: bool,
    rank: u32,
}

struct Work<'w> {
    graph: &'w Graph<'w>,
    holders: &'w Holders,
    hits: &'w Hits,
    paths: Paths<'w>,
    stories: HashMap<Key, Story>,
    /// Objects for which a place was found.
    seen: HashSet<Node>,
    /// Objects that were counted as a version of a path.
    versions: HashSet<(PathPlace, Node)>,
    /// How many more entries are compared.
    budget: u64,
}

/// How many entries are compared at most, and how many secrets in places there may be: many times as many as are listed.
const MOST_COMPARED: u64 = 50_000_000;
const MOST_STORIES: usize = 500_000;

/// Something that one tree has and others have not.
enum Change {
    Content(PathPlace, Node, Vec<u32>),
    Name(PathPlace, Node, Name, bool),
    /// A version that brings no secret that was not there.
    Version(PathPlace, Node),
}

impl Work<'_> {
    /// Notes what a commit brings that none of its parents has, and what it takes away.
    fn commit(&mut self, found: Found, is_in_head: bool) {
        let tree = |commit: u32| self.graph.tree(self.graph.commits[commit as usize].tree);
        let own = tree(found.commit);
        let parents = self.graph.parents(found.commit);
        let mut others: Vec<u32> =
            parents.iter().filter(|&&parent| parent != NONE).filter_map(|&parent| tree(parent)).collect();
        let is_all = others.len() == parents.len();
        // One parent may be named any number of times.
        others.sort_unstable();
        others.dedup();
        let mut changes = Vec::new();
        if let Some(own) = own {
            self.compare(own, &others, None, &mut changes);
        }
        for change in changes {
            if is_in_head {
                for key in self.keys(&change) {
                    let event = Event { rank: found.rank, commit: found.commit, what: What::Brought };
                    self.stories.entry(key).or_default().timeline.note(event);
                }
            }
            self.note(change, Some(found));
        }
        if !is_in_head || others.is_empty() {
            return;
        }
        // What all parents have and the commit does not, it took away. What only some have went before, on the way to the others, or never
        // was there, and the merge left it out.
        let mut gone: HashMap<Key, usize> = HashMap::new();
        for &parent in &others {
            let mut changes = Vec::new();
            self.compare(parent, own.as_slice(), None, &mut changes);
            for key in changes.iter().flat_map(|change| self.keys(change)) {
                *gone.entry(key).or_default() += 1;
            }
            if gone.len() > MOST_STORIES {
                self.budget = 0;
            }
        }
        for (key, count) in gone {
            let what = if is_all && count == others.len() { What::Gone } else { What::LeftOut };
            let event = Event { rank: found.rank, commit: found.commit, what };
            self.stories.entry(key).or_default().timeline.note(event);
        }
    }

    /// Compares what matters in a tree with the same in `others`; paths begin with `above`.
    fn compare(&mut self, tree: u32, others: &[u32], above: Option<PathPlace>, changes: &mut Vec<Change>) {
        let mut left = vec![(tree, others.to_vec(), above)];
        let mut stories = self.stories.len();
        while let Some((tree, others, above)) = left.pop() {
            if others.contains(&tree) {
                continue;
            }
            for held in self.holders.of(tree) {
                if self.paths.are_too_many() || stories > MOST_STORIES {
                    self.budget = 0;
                }
                let Some(budget) = self.budget.checked_sub(others.len().max(1) as u64) else {
                    self.budget = 0;
                    return;
                };
                self.budget = budget;
                let there: Vec<Node> =
                    others.iter().filter_map(|&other| self.holders.child(other, held.name)).collect();
                if there.contains(&held.child) {
                    continue;
                }
                let path = self.paths.place(above, held.name);
                let child = self.graph.tree(held.child);
                if self.hits.names.contains_key(&held.name) && there.is_empty() {
                    changes.push(Change::Name(path, held.child, held.name, child.is_some()));
                }
                if let Some(child) = child {
                    let others = there.iter().filter_map(|&node| self.graph.tree(node)).collect();
                    left.push((child, others, Some(path)));
                } else if let Some(secrets) = self.hits.objects.get(&held.child) {
                    // Each is looked for in each, and counted for the version.
                    let Some(budget) = self.budget.checked_sub((secrets.len() * (there.len() + 1)) as u64) else {
                        self.budget = 0;
                        return;
                    };
                    self.budget = budget;
                    let known = |secret: &u32| {
                        let is_in = |known: &Vec<u32>| known.binary_search(secret).is_ok();
                        there.iter().any(|node| self.hits.objects.get(node).is_some_and(is_in))
                    };
                    let new: Vec<u32> = secrets.iter().copied().filter(|secret| !known(secret)).collect();
                    stories += secrets.len();
                    changes.push(if new.is_empty() {
                        Change::Version(path, held.child)
                    } else {
                        Change::Content(path, held.child, new)
                    });
                }
            }
        }
    }

    fn keys(&self, change: &Change) -> Vec<Key> {
        match change {
            Change::Content(path, _, secrets) => {
                secrets.iter().map(|&secret| (secret, Where::Content, *path)).collect()
            }
            Change::Name(path, _, name, is_folder) => {
                let place = if *is_folder { Where::FolderName } else { Where::FileName };
                self.hits.names[name].iter().map(|&secret| (secret, place, *path)).collect()
            }
            Change::Version(..) => Vec::new(),
        }
    }

    /// Notes a change that a commit brings, or that nothing known did.
    fn note(&mut self, change: Change, found: Option<Found>) {
        for key in self.keys(&change) {
            let (Change::Content(_, node, _) | Change::Name(_, node, ..) | Change::Version(_, node)) = change;
            let story = self.stories.entry(key).or_default();
            story.object.get_or_insert(node);
            if key.1 != Where::Content {
                story.versions = 1;
            }
            if let Some(found) = found {
                story.is_reachable |= found.is_reached;
                let quality = (!found.is_reached, found.rank);
                if story.first.is_none_or(|(best, ..)| quality < best) {
                    story.first = Some((quality, found.commit, node));
                }
            }
        }
        if let Change::Content(path, node, _) | Change::Version(path, node) = change {
            self.seen.insert(node);
            if self.versions.insert((path, node)) {
                for &secret in &self.hits.objects[&node] {
                    self.stories.entry((secret, Where::Content, path)).or_default().versions += 1;
                }
            }
        }
    }

    /// Notes what HEAD still has.
    fn head(&mut self, head: Option<u32>) {
        let Some(tree) = head.and_then(|head| self.graph.tree(self.graph.commits[head as usize].tree)) else { return };
        let mut changes = Vec::new();
        self.compare(tree, &[], None, &mut changes);
        for key in changes.iter().flat_map(|change| self.keys(change)).collect::<Vec<_>>() {
            self.stories.entry(key).or_default().in_head = true;
        }
    }

    /// Notes the first of the commits whose own text holds each secret.
    fn messages(&mut self, reached: &[bool], in_head: &[bool], ranks: &[u32]) {
        let commits =
            self.hits.objects.iter().filter_map(|(&node, secrets)| Some((self.graph.commit(node)?, node, secrets)));
        for (commit, node, secrets) in commits {
            let at = commit as usize;
            self.seen.insert(node);
            for &secret in secrets {
                let story = self.stories.entry((secret, Where::Commit, NONE)).or_default();
                story.versions += 1;
                story.is_reachable |= reached[at];
                story.in_head |= in_head[at];
                let quality = (!reached[at], ranks[at]);
                if story.first.is_none_or(|(best, ..)| quality < best) {
                    story.first = Some((quality, commit, node));
                }
            }
        }
    }

    fn tags(&mut self, tips: &Tips) {
        for &(node, _) in self.graph.tags() {
            let Some(secrets) = self.hits.objects.get(&node) else { continue };
            self.seen.insert(node);
            for &secret in secrets {
                let story = self.stories.entry((secret, Where::Tag, NONE)).or_default();
                story.versions += 1;
                // One that a reference reaches is the better answer.
                if story.object.is_none() || tips.others.contains(&node) && !story.is_reachable {
                    story.object = Some(node);
                }
                story.is_reachable |= tips.others.contains(&node);
            }
        }
    }

    /// Notes what no commit has: what trees without commits hold, and what nothing holds at all.
    fn without_commit(&mut self, tips: &Tips) {
        let mut told: HashSet<(u32, Where)> = self.stories.keys().map(|key| (key.0, key.1)).collect();
        for tree in self.holders.tops(self.graph) {
            let mut changes = Vec::new();
            self.compare(tree, &[], None, &mut changes);
            let is_reached = tips.others.contains(&self.graph.tree_node(tree));
            for change in changes {
                let is_known = match change {
                    Change::Content(_, node, _) | Change::Version(_, node) => self.seen.contains(&node),
                    // A place is known where it is part of a name.
                    Change::Name(..) => self.keys(&change).iter().all(|key| told.contains(&(key.0, key.1))),
                };
                if is_reached || !is_known {
                    for key in self.keys(&change) {
                        told.insert((key.0, key.1));
                        self.stories.entry(key).or_default().is_reachable |= is_reached;
                    }
                    self.note(change, None);
                }
            }
        }
        for (&node, secrets) in self.hits.objects.iter().filter(|(node, _)| !self.seen.contains(node)) {
            for &secret in secrets {
                let story = self.stories.entry((secret, Where::Content, NONE)).or_default();
                story.object = Some(story.object.map_or(node, |known| known.min(node)));
                story.versions += 1;
                story.is_reachable |= tips.others.contains(&node);
            }
        }
    }

    fn finish(self, trace: &Trace<'_>) -> Vec<Origin> {
        let id = |node: Node| trace.id(node);
        let commit_id = |commit: u32| id(self.graph.commits[commit as usize].node);
        let origin = |(key, story): (Key, Story)| {
            let node = story.first.map(|(_, _, node)| node).or(story.object)?;
            Some(Origin {
                secret: key.0,
                place: key.1,
                path: (key.2 != NONE).then(|| self.paths.text(key.2)),
                object: id(node)?,
                node,
                commit: story.first.and_then(|(_, commit, _)| commit_id(commit)),
                versions: story.versions,
                in_head: story.in_head,
                is_reachable: story.is_reachable || story.in_head,
                removed: story.timeline.gone().filter(|_| !story.in_head).and_then(commit_id),
                is_in_history: story.in_head || !story.timeline.is_empty(),
                returns: story
                    .timeline
                    .returns()
                    .filter_map(|(from, to)| Some((commit_id(from)?, commit_id(to)?)))
                    .collect(),
            })
        };
        self.stories.into_iter().filter_map(origin).collect()
    }
}
