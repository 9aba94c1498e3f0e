//! Shares a walk out between threads.

use super::forest::{Forest, Node};

/// The whole objects in batches of about the same work: first those that much hangs on, each alone, so that no thread has one of
/// these left when the others are done; then the others, as they lie.
pub(super) fn batches(forest: &Forest, roots: &[Node]) -> Vec<Vec<Node>> {
    /// As many as give each thread enough of them.
    const BATCHES: usize = 1024;
    let most = (forest.len() / BATCHES).max(1) as u64;
    let (mut large, small): (Vec<Node>, Vec<Node>) =
        roots.iter().partition(|&&root| u64::from(forest.sizes[root as usize]) >= most);
    large.sort_by_key(|&root| std::cmp::Reverse(forest.sizes[root as usize]));
    let mut batches: Vec<Vec<Node>> = large.into_iter().map(|root| vec![root]).collect();
    let (mut batch, mut load) = (Vec::new(), 0);
    for root in small {
        batch.push(root);
        load += u64::from(forest.sizes[root as usize]);
        if load >= most {
            batches.push(std::mem::take(&mut batch));
            load = 0;
        }
    }
    batches.push(batch);
    batches
}
