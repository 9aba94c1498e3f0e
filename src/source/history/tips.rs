//! What references lead to: where histories end, and what else they name.

use std::collections::HashSet;

use gix::ObjectId;

use super::Trace;
use super::graph::Graph;
use crate::source::objects::Node;

/// What references name.
pub(super) struct Tips {
    pub(super) commits: Vec<u32>,
    pub(super) head: Option<u32>,
    /// Everything else that they name, or that tags do that they name.
    pub(super) others: HashSet<Node>,
}

impl Tips {
    pub(super) fn new(trace: &Trace<'_>, graph: &Graph<'_>) -> Self {
        let mut tips = Tips { commits: Vec::new(), head: None, others: HashSet::new() };
        let node = |id: &ObjectId| trace.forest().node(id);
        for id in trace.objects.refs.all() {
            let mut next = node(&id);
            while let Some(node) = next {
                match graph.commit(node) {
                    Some(commit) => tips.commits.push(commit),
                    // A tag that was met before is not followed again.
                    None if !tips.others.insert(node) => break,
                    None => {}
                }
                next = graph.tagged(node);
            }
        }
        tips.head = trace.objects.refs.head.as_ref().and_then(node).and_then(|node| graph.commit(node));
        tips
    }
}
