//! The children of each object in the forest of deltas, and how many hang below it: made from what each is a delta of.

use super::node::{LEFT_OUT, Node, WHOLE};

/// What hangs on what.
pub(in crate::source) struct Children {
    /// Where in `children` those of each node begin, and, behind the last, where they end.
    pub(in crate::source) starts: Vec<u32>,
    /// The children of all nodes. Those that most hangs below come last: when a walk comes to the last child, it needs the parent no
    /// more, so that it never holds more objects than their count has bits.
    pub(in crate::source) children: Vec<Node>,
    /// The nodes that are kept whole.
    pub(in crate::source) roots: Vec<Node>,
    /// How many nodes hang below each, itself included; none below one that is not come to from one that is kept whole.
    pub(in crate::source) sizes: Vec<u32>,
}

impl Children {
    /// Makes the lists from the base of each node.
    pub(in crate::source) fn of(bases: &[u32]) -> Self {
        let (mut found, sizes) = rayon::join(|| Self::without_sizes(bases), || sizes_in_order(bases));
        found.sizes = sizes.unwrap_or_else(|| found.sizes(bases));
        for range in found.starts.windows(2).filter(|range| range[1] - range[0] > 1) {
            let children = &mut found.children[range[0] as usize..range[1] as usize];
            children.sort_unstable_by_key(|&child| (found.sizes[child as usize], child));
        }
        found
    }

    fn without_sizes(bases: &[u32]) -> Self {
        let count = bases.len();
        let mut starts = vec![0u32; count + 1];
        for &base in bases.iter().filter(|&&base| base < LEFT_OUT) {
            starts[base as usize + 1] += 1;
        }
        for node in 0..count {
            starts[node + 1] += starts[node];
        }
        let mut next = starts.clone();
        let mut children = vec![0; starts[count] as usize];
        for (node, &base) in bases.iter().enumerate().filter(|(_, base)| **base < LEFT_OUT) {
            let place = &mut next[base as usize];
            children[*place as usize] = node as Node;
            *place += 1;
        }
        let roots = (0..count as Node).filter(|&node| bases[node as usize] == WHOLE).collect();
        Children { starts, children, roots, sizes: Vec::new() }
    }

    /// The same as [`sizes_in_order`], in whatever order bases come.
    fn sizes(&self, bases: &[u32]) -> Vec<u32> {
        let mut order = self.roots.clone();
        let mut at = 0;
        while let Some(&node) = order.get(at) {
            let range = self.starts[node as usize] as usize..self.starts[node as usize + 1] as usize;
            order.extend_from_slice(&self.children[range]);
            at += 1;
        }
        let mut sizes = vec![0u32; bases.len()];
        for &node in order.iter().rev() {
            sizes[node as usize] += 1;
            if let Some(above) = sizes.get(bases[node as usize] as usize) {
                let sum = above + sizes[node as usize];
                sizes[bases[node as usize] as usize] = sum;
            }
        }
        sizes
    }
}

/// How many nodes hang below each; none if a base comes behind what is a delta of it. Git itself writes them in this order, and memory
/// is gone through from one end to the other.
fn sizes_in_order(bases: &[u32]) -> Option<Vec<u32>> {
    let mut sizes = vec![0u32; bases.len()];
    for (node, &base) in bases.iter().enumerate() {
        if base < LEFT_OUT && base as usize >= node {
            return None;
        }
        sizes[node] = u32::from(base == WHOLE || sizes.get(base as usize).is_some_and(|&size| size > 0));
    }
    for (node, &base) in bases.iter().enumerate().rev() {
        let size = sizes[node];
        if let Some(above) = sizes.get_mut(base as usize) {
            *above += size;
        }
    }
    Some(sizes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_hangs_below_is_counted_in_any_order() {
        let bases = [WHOLE, 0, LEFT_OUT, 1, 2, 0, WHOLE, 6, 3];
        let sizes = [5, 3, 0, 2, 0, 1, 2, 1, 1];
        assert_eq!(sizes_in_order(&bases).unwrap(), sizes);
        assert_eq!(Children::without_sizes(&bases).sizes(&bases), sizes);
        // Bases that come behind, and two that hang on each other.
        let bases = [5, 8, 3, 2, LEFT_OUT, 7, 4, 8, WHOLE, WHOLE];
        assert_eq!(sizes_in_order(&bases), None);
        let found = Children::of(&bases);
        assert_eq!(found.sizes, [1, 1, 0, 0, 0, 2, 0, 3, 5, 1]);
        assert_eq!(found.children[found.starts[8] as usize..found.starts[9] as usize], [1, 7]);
        assert_eq!(found.roots, [8, 9]);
        // That which most hangs below comes last, wherever it lies.
        assert_eq!(Children::of(&[WHOLE, 0, 0, 1]).children, [2, 1, 3]);
    }
}
