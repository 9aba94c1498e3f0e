//! The objects of which the second walk notes what holds them.

use crate::source::objects::Node;
use crate::source::objects::forest::Forest;

/// The objects for which it matters what holds them: those that may name others, and those in which something was found.
pub(super) struct Wanted {
    bits: Vec<u64>,
    /// How many objects there are; what is missing is numbered behind them.
    count: usize,
}

impl Wanted {
    /// Those that hang on `links`, which are no blobs, and `found`.
    pub(super) fn new(forest: &Forest, links: &[Node], found: impl IntoIterator<Item = Node>) -> Self {
        let count = forest.len();
        let mut wanted = Wanted { bits: vec![0; count.div_ceil(64)], count };
        let mut left = Vec::new();
        for &link in links {
            left.push(link);
            while let Some(node) = left.pop() {
                wanted.add(node);
                left.extend_from_slice(forest.children(node));
            }
        }
        found.into_iter().for_each(|node| wanted.add(node));
        wanted
    }

    fn add(&mut self, node: Node) {
        if let Some(bits) = self.bits.get_mut(node as usize / 64) {
            *bits |= 1 << (node % 64);
        }
    }

    /// Whether it matters what holds an object. One that is missing always does.
    pub(super) fn has(&self, node: Node) -> bool {
        let is_noted = |bits: &u64| bits >> (node % 64) & 1 == 1;
        node as usize >= self.count || self.bits.get(node as usize / 64).is_some_and(is_noted)
    }
}
