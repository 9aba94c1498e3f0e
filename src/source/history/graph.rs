//! What the walk noted, put in order: which tree holds what, which commit has which parents.

use gix::ObjectId;

use super::recorder::{Added, Commit, Record};
use crate::source::objects::Node;

/// Says that something has no place in a list.
pub(super) const NONE: u32 = u32::MAX;

/// Commits and trees, to be asked.
pub(super) struct Graph<'r> {
    records: &'r [Record],
    trees: Vec<Tree>,
    /// For each node its place in `trees`; [`NONE`] for what is no tree.
    tree_places: Vec<u32>,
    /// The places of trees by those of the trees that they are noted as changes of.
    by_base: Vec<(u32, u32)>,
    /// By their nodes.
    pub(super) commits: Vec<Commit>,
    parents: Vec<u32>,
    /// The same by the nodes that commits name.
    named_parents: Vec<Node>,
    tags: Vec<(Node, Node)>,
}

/// A tree, and where what was noted of it is.
#[derive(Clone, Copy)]
struct Tree {
    node: Node,
    base: Node,
    record: u32,
    added: (u32, u32),
    removed: (u32, u32),
}

/// The parents of a commit, which are named by nodes until all commits are known.
type NamedParents<'r> = (Commit, &'r [Node]);

impl<'r> Graph<'r> {
    pub(super) fn new(records: &'r [Record], nodes: usize) -> Self {
        let mut trees = Vec::with_capacity(records.iter().map(|record| record.trees.len()).sum());
        let mut commits: Vec<NamedParents<'r>> =
            Vec::with_capacity(records.iter().map(|record| record.commits.len()).sum());
        for (number, record) in records.iter().enumerate() {
            let (mut added, mut removed) = (0, 0);
            for tree in &record.trees {
                trees.push(Tree {
                    node: tree.node,
                    base: tree.base,
                    record: number as u32,
                    added: (added, tree.added_end),
                    removed: (removed, tree.removed_end),
                });
                (added, removed) = (tree.added_end, tree.removed_end);
            }
            let mut begin = 0;
            for commit in &record.commits {
                commits.push((*commit, &record.parents[begin as usize..commit.parents_end as usize]));
                begin = commit.parents_end;
            }
        }
        trees.sort_unstable_by_key(|tree| tree.node);
        let mut tree_places = vec![NONE; nodes];
        for (place, tree) in trees.iter().enumerate() {
            tree_places[tree.node as usize] = place as u32;
        }
        commits.sort_unstable_by_key(|(commit, _)| commit.node);
        let mut graph = Graph {
            records,
            by_base: Vec::new(),
            commits: commits.iter().map(|(commit, _)| *commit).collect(),
            parents: Vec::new(),
            named_parents: commits.iter().flat_map(|(_, parents)| parents.iter().copied()).collect(),
            tags: records.iter().flat_map(|record| record.tags.iter().copied()).collect(),
            trees,
            tree_places,
        };
        for (place, (_, parents)) in commits.iter().enumerate() {
            let parents: Vec<u32> = parents.iter().map(|&node| graph.commit(node).unwrap_or(NONE)).collect();
            graph.parents.extend(parents);
            graph.commits[place].parents_end = graph.parents.len() as u32;
        }
        graph.tags.sort_unstable();
        graph.by_base = (0..graph.trees.len() as u32)
            .filter_map(|place| Some((graph.tree(graph.trees[place as usize].base)?, place)))
            .collect();
        graph.by_base.sort_unstable();
        graph
    }

    /// The place of a commit.
    pub(super) fn commit(&self, node: Node) -> Option<u32> {
        self.commits.binary_search_by_key(&node, |commit| commit.node).ok().map(|place| place as u32)
    }

    /// The places of a commit's parents; [`NONE`] for one that is not there.
    pub(super) fn parents(&self, commit: u32) -> &[u32] {
        let begin = if commit == 0 { 0 } else { self.commits[commit as usize - 1].parents_end };
        &self.parents[begin as usize..self.commits[commit as usize].parents_end as usize]
    }

    /// The same by their nodes, which may be missing.
    pub(super) fn named_parents(&self, commit: u32) -> &[Node] {
        let begin = if commit == 0 { 0 } else { self.commits[commit as usize - 1].parents_end };
        &self.named_parents[begin as usize..self.commits[commit as usize].parents_end as usize]
    }

    /// The place of a tree.
    pub(super) fn tree(&self, node: Node) -> Option<u32> {
        self.tree_places.get(node as usize).copied().filter(|&place| place != NONE)
    }

    pub(super) fn tree_count(&self) -> usize {
        self.trees.len()
    }

    pub(super) fn tree_node(&self, tree: u32) -> Node {
        self.trees[tree as usize].node
    }

    /// What a tag is of.
    pub(super) fn tagged(&self, node: Node) -> Option<Node> {
        self.tags.binary_search_by_key(&node, |tag| tag.0).ok().map(|place| self.tags[place].1)
    }

    pub(super) fn tags(&self) -> &[(Node, Node)] {
        &self.tags
    }

    /// All entries that were noted as added, with the places of their trees.
    pub(super) fn all_added(&self) -> impl Iterator<Item = (u32, &'r Added)> {
        let of_tree = |(place, tree): (usize, &Tree)| {
            let added = &self.records[tree.record as usize].added[tree.added.0 as usize..tree.added.1 as usize];
            added.iter().map(move |added| (place as u32, added))
        };
        self.trees.iter().enumerate().flat_map(of_tree)
    }

    /// The trees that hold an entry because the tree at `tree` does, which has it anew: itself, and those that were noted as
    /// changes of it without taking the entry away, and so on, as long as `holder` says so.
    pub(super) fn holders(&self, tree: u32, entry: &Added, mut holder: impl FnMut(u32) -> bool) {
        let mut left = vec![tree];
        while let Some(tree) = left.pop() {
            if !holder(tree) {
                return;
            }
            let first = self.by_base.partition_point(|&(base, _)| base < tree);
            let like = self.by_base[first..].iter().take_while(|&&(base, _)| base == tree);
            left.extend(like.map(|&(_, like)| like).filter(|&like| !self.removes(like, entry.mark)));
        }
    }

    fn removes(&self, tree: u32, mark: u64) -> bool {
        let tree = &self.trees[tree as usize];
        self.records[tree.record as usize].removed[tree.removed.0 as usize..tree.removed.1 as usize]
            .binary_search(&mark)
            .is_ok()
    }

    /// The commits that can be come to from these, these included.
    pub(super) fn ancestors(&self, tips: impl IntoIterator<Item = u32>) -> Vec<bool> {
        let mut met = vec![false; self.commits.len()];
        let mut left: Vec<u32> = tips.into_iter().collect();
        while let Some(commit) = left.pop() {
            if commit != NONE && !std::mem::replace(&mut met[commit as usize], true) {
                left.extend_from_slice(self.parents(commit));
            }
        }
        met
    }

    /// For each commit its rank in an order in which parents come before their children, and else older before younger ones.
    pub(super) fn ranks(&self, id: impl Fn(Node) -> ObjectId) -> Vec<u32> {
        let mut children: Vec<(u32, u32)> = Vec::with_capacity(self.parents.len());
        let mut waiting = vec![0u32; self.commits.len()];
        for commit in 0..self.commits.len() as u32 {
            for &parent in self.parents(commit).iter().filter(|&&parent| parent != NONE) {
                children.push((parent, commit));
                waiting[commit as usize] += 1;
            }
        }
        children.sort_unstable();
        let key = |commit: u32| {
            let found = &self.commits[commit as usize];
            std::cmp::Reverse((found.time, id(found.node), commit))
        };
        let ready = (0..self.commits.len() as u32).filter(|&commit| waiting[commit as usize] == 0);
        let mut queue: std::collections::BinaryHeap<_> = ready.map(key).collect();
        let mut ranks = vec![NONE; self.commits.len()];
        let mut next = 0;
        while let Some(std::cmp::Reverse((_, _, commit))) = queue.pop() {
            ranks[commit as usize] = next;
            next += 1;
            let first = children.partition_point(|&(parent, _)| parent < commit);
            for &(_, child) in children[first..].iter().take_while(|&&(parent, _)| parent == commit) {
                waiting[child as usize] -= 1;
                if waiting[child as usize] == 0 {
                    queue.push(key(child));
                }
            }
        }
        ranks
    }
}
