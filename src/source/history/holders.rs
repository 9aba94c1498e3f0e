//! Which trees hold something that was found, and through which entries: the part of all trees that matters.

use super::graph::Graph;
use super::names::Name;
use crate::source::objects::Node;

/// The entries through which trees come to what was found.
pub(super) struct Holders {
    /// By the places of their trees and their names.
    entries: Vec<Held>,
    /// Whether these are all.
    pub(super) is_all: bool,
}

/// How many entries may matter: in a few small packs, each of many trees can hold each of many things.
const MOST_ENTRIES: usize = 1 << 24;

/// How many entries and trees are looked at to find those: all, as often as folders are nested.
const MOST_WORK: u64 = 2_000_000_000;

/// One entry of a tree that matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Held {
    pub(super) tree: u32,
    pub(super) name: Name,
    pub(super) child: Node,
}

impl Holders {
    /// Finds all trees that hold an object for which `is_wanted` says so, or an entry of a name for which `is_name` does.
    ///
    /// What is wanted is looked for in all entries, then the trees that were found, and so on: as often as folders are nested. Every
    /// tree is found so, as each entry of a tree was noted for it or for one that it is like; if that is too much, some are.
    pub(super) fn find(graph: &Graph<'_>, is_wanted: impl Fn(Node) -> bool, is_name: impl Fn(Name) -> bool) -> Self {
        Self::find_within(graph, is_wanted, is_name, MOST_WORK)
    }

    /// The same with so much work at most.
    fn find_within(
        graph: &Graph<'_>,
        is_wanted: impl Fn(Node) -> bool,
        is_name: impl Fn(Name) -> bool,
        mut left: u64,
    ) -> Self {
        let mut found = Holders { entries: Vec::new(), is_all: true };
        let mut is_met = vec![false; graph.tree_count()];
        let mut last: Vec<bool> = Vec::new();
        while found.is_all {
            let mut now = vec![false; graph.tree_count()];
            let mut is_new = false;
            found.is_all &= spend(&mut left, graph.tree_count() as u64);
            for (tree, added) in graph.all_added() {
                let matters = if last.is_empty() {
                    is_name(added.name) || added.child != Node::MAX && is_wanted(added.child)
                } else {
                    graph.tree(added.child).is_some_and(|child| last[child as usize])
                };
                found.is_all &= spend(&mut left, 1);
                if !matters || !found.is_all {
                    continue;
                }
                graph.holders(tree, added, |holder| {
                    found.is_all &= found.entries.len() < MOST_ENTRIES && spend(&mut left, 1);
                    if found.is_all {
                        found.entries.push(Held { tree: holder, name: added.name, child: added.child });
                        if !std::mem::replace(&mut is_met[holder as usize], true) {
                            (now[holder as usize], is_new) = (true, true);
                        }
                    }
                    found.is_all
                });
            }
            if !is_new {
                break;
            }
            last = now;
        }
        found.entries.sort_unstable();
        found.entries.dedup();
        found
    }

    /// The entries of a tree that matter, by their names.
    pub(super) fn of(&self, tree: u32) -> &[Held] {
        let first = self.entries.partition_point(|held| held.tree < tree);
        let count = self.entries[first..].iter().take_while(|held| held.tree == tree).count();
        &self.entries[first..first + count]
    }

    /// What a tree has under a name.
    pub(super) fn child(&self, tree: u32, name: Name) -> Option<Node> {
        let entries = self.of(tree);
        entries.binary_search_by_key(&name, |held| held.name).ok().map(|place| entries[place].child)
    }

    /// The trees that matter and that no other one holds.
    pub(super) fn tops(&self, graph: &Graph<'_>) -> Vec<u32> {
        let mut held: Vec<Node> = self.entries.iter().map(|entry| entry.child).collect();
        held.sort_unstable();
        let mut trees: Vec<u32> = self.entries.iter().map(|entry| entry.tree).collect();
        trees.dedup();
        trees.retain(|&tree| held.binary_search(&graph.tree_node(tree)).is_err());
        trees
    }
}

/// Takes from what is left; whether there was so much.
fn spend(left: &mut u64, count: u64) -> bool {
    let rest = left.checked_sub(count);
    *left = rest.unwrap_or(0);
    rest.is_some()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::history::recorder::{Added, Record, Tree};

    #[test]
    fn entries_are_looked_at_up_to_a_bound() {
        // A tree that holds another one, which holds what is wanted.
        let tree = |node, added_end| Tree { node, base: Node::MAX, added_end, removed_end: 0 };
        let added = |name: Name, child| Added { mark: name.into(), name, child };
        let mut record = Record::default();
        record.trees = vec![tree(0, 1), tree(1, 2)];
        record.added = vec![added(7, 1), added(8, 5)];
        let records = [record];
        let graph = Graph::new(&records, 6);
        let find = |left| Holders::find_within(&graph, |node| node == 5, |_| false, left);
        // Each of three rounds goes through two trees and two entries, and each but the last one finds an entry.
        let work = 3 * 4 + 2;
        for (left, is_all) in [(work, true), (work - 1, false), (3, false), (0, false)] {
            let found = find(left);
            assert_eq!((found.is_all, found.entries.len() == 2), (is_all, left >= work - 4), "{left}");
        }
        assert_eq!(MOST_WORK, 2_000_000_000);
        let found = Holders::find(&graph, |node| node == 5, |_| false);
        assert_eq!((found.is_all, found.child(0, 7), found.child(1, 8)), (true, Some(1), Some(5)));
    }
}
