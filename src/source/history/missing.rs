//! Finds out which objects that are named somewhere and are not there should be: what a reference reaches. Others git lets go
//! without harm.

use std::collections::HashSet;

use super::Trace;
use super::graph::Graph;
use super::holders::Holders;
use super::tips::Tips;
use crate::source::objects::Node;

/// Of more than so many missing objects, all are taken for needed: a repository that lacks so much is not whole in any case.
const MOST_LOOKED_AT: usize = 10_000;

/// The missing objects that a reference reaches. Commits named in `shallow` have parents that are not meant to be there.
pub(super) fn needed(trace: &Trace<'_>, shallow: &HashSet<Node>) -> Vec<Node> {
    let first = trace.forest().len() as Node;
    let all = first..first + trace.missing.len() as Node;
    if all.is_empty() {
        return Vec::new();
    }
    let graph = Graph::new(&trace.records, trace.forest().len());
    let tips = Tips::new(trace, &graph);
    let reached = graph.ancestors(tips.commits.iter().copied());
    let mut needed = HashSet::new();
    let mut trees: Vec<u32> = Vec::new();
    let mut not_meant = HashSet::new();
    for (place, commit) in graph.commits.iter().enumerate() {
        let parents = graph.named_parents(place as u32).iter().copied();
        if shallow.contains(&commit.node) {
            not_meant.extend(parents);
        } else if reached[place] {
            needed.extend(parents.chain([commit.tree]));
        }
        trees.extend(graph.tree(commit.tree).filter(|_| reached[place]));
    }
    needed.extend(graph.tags().iter().filter(|tag| tips.others.contains(&tag.0)).map(|tag| tag.1));
    trees.extend(tips.others.iter().filter_map(|&node| graph.tree(node)));
    if trace.missing.len() > MOST_LOOKED_AT {
        return all.filter(|node| !not_meant.contains(node)).collect();
    }
    let Some(held) = held(&graph, trees, |node| all.contains(&node)) else {
        return all.filter(|node| !not_meant.contains(node)).collect();
    };
    needed.extend(held);
    let mut needed: Vec<Node> = needed.into_iter().filter(|node| all.contains(node)).collect();
    needed.sort_unstable();
    needed
}

/// The missing objects that these trees hold, or those below them; none if there is too much to go through.
fn held(graph: &Graph<'_>, mut trees: Vec<u32>, is_missing: impl Fn(Node) -> bool) -> Option<HashSet<Node>> {
    let holders = Holders::find(graph, &is_missing, |_| false);
    if !holders.is_all {
        return None;
    }
    let (mut found, mut met) = (HashSet::new(), HashSet::new());
    while let Some(tree) = trees.pop() {
        if met.insert(tree) {
            for entry in holders.of(tree) {
                trees.extend(graph.tree(entry.child));
                found.extend(Some(entry.child).filter(|&child| is_missing(child)));
            }
        }
    }
    Some(found)
}
