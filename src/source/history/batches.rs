//! Shares a walk out between threads.

use crate::source::objects::Node;
use crate::source::objects::forest::Forest;

/// The whole objects in batches of about the same work: first those that much hangs on or that are long, each alone, so that no thread
/// has one of these left when the others are done; then the others, as they lie.
pub(super) fn batches(forest: &Forest, roots: &[Node]) -> Vec<Vec<Node>> {
    /// As many as give each thread enough of them.
    const BATCHES: usize = 1024;
    let most = (forest.len() / BATCHES).max(1) as u64;
    // What is as long as many others takes as long as they do, and an archive even longer.
    let mean = forest.mean_length().max(1);
    let load = |root: Node| u64::from(forest.sizes[root as usize]) + forest.length(root) / mean;
    let (mut large, small): (Vec<Node>, Vec<Node>) = roots.iter().partition(|&&root| load(root) >= most);
    large.sort_by_cached_key(|&root| (std::cmp::Reverse(load(root)), root));
    let mut batches: Vec<Vec<Node>> = large.into_iter().map(|root| vec![root]).collect();
    let (mut batch, mut sum) = (Vec::new(), 0);
    for root in small {
        batch.push(root);
        sum += load(root);
        if sum >= most {
            batches.push(std::mem::take(&mut batch));
            sum = 0;
        }
    }
    batches.push(batch);
    batches
}
