//! How objects hang together in storage: which is kept as what changes from which.
//!
//! Every object is a node: those of the packs in the order in which they lie, then the loose ones. An object whose deltas are
//! kept has these as children, so that a walk down from each whole object meets every object once, and has at hand what it needs
//! to put it together.

use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};

use rayon::prelude::*;

use super::children::Children;
use super::node::{LEFT_OUT, Node, WHOLE};
use super::pack::{Header, Pack, Stored, header};
use super::store::{Loose, Store};
use super::table::Table;
use crate::inflate::MARGIN_IN;
use crate::source::os::shown;

/// How many objects have numbers; those behind are for objects that are not there.
const MOST_NODES: usize = (u32::MAX / 2) as usize;

/// All objects, and what each is kept as.
pub(in crate::source) struct Forest {
    pub(in crate::source) store: Store,
    pub(in crate::source) hash: gix::hash::Kind,
    /// The first node of each pack, and of the loose objects.
    starts: Vec<Node>,
    /// Where each packed node's entry begins.
    offsets: Vec<u64>,
    /// Each packed node's place: packs one behind the other, and in each the order of its index.
    places: Vec<u32>,
    /// The node at each such place.
    nodes: Vec<Node>,
    /// Where in `children` those of each node begin.
    child_starts: Vec<u32>,
    children: Vec<Node>,
    /// The nodes that are kept whole.
    pub(in crate::source) roots: Vec<Node>,
    /// How many nodes hang below each, itself included.
    pub(in crate::source) sizes: Vec<u32>,
    table: Table,
    /// The nodes that are copies of others, each behind the one that counts.
    copies: Vec<(Node, Node)>,
}

/// Where the bytes of a node are.
pub(in crate::source) enum Place<'f> {
    /// None if the pack ends before the entry does.
    Packed(Option<Packed<'f>>),
    Loose(&'f Loose),
}

/// An entry of a pack.
#[derive(Clone, Copy)]
pub(in crate::source) struct Packed<'f> {
    /// From its header on to its end.
    pub(in crate::source) bytes: &'f [u8],
    /// The same and a little of what lies behind it.
    pub(in crate::source) and_more: &'f [u8],
}

/// What is wrong with one object.
pub(in crate::source) type Fault = (Node, String);

impl Forest {
    /// Reads the headers of all entries and finds out what hangs on what.
    ///
    /// # Errors
    /// There are too many objects to number.
    pub(in crate::source) fn new(store: Store, hash: gix::hash::Kind) -> Result<(Self, Vec<Fault>), String> {
        let count: usize = store.packs.iter().map(Pack::len).sum::<usize>() + store.loose.len();
        can_be_numbered(count)?;
        let mut forest = Forest {
            hash,
            starts: Vec::new(),
            offsets: Vec::with_capacity(count - store.loose.len()),
            places: Vec::with_capacity(count - store.loose.len()),
            nodes: vec![0; count - store.loose.len()],
            child_starts: Vec::new(),
            children: Vec::new(),
            roots: Vec::new(),
            sizes: Vec::new(),
            table: Table::new(count),
            copies: Vec::new(),
            store,
        };
        forest.number();
        let bases: Vec<AtomicU32> = std::iter::repeat_with(|| AtomicU32::new(WHOLE)).take(count).collect();
        forest.leave_out_copies(&bases);
        let mut faults = forest.find_bases(&bases);
        let bases: Vec<u32> = bases.into_iter().map(AtomicU32::into_inner).collect();
        let Children { starts, children, roots, sizes } = Children::of(&bases);
        let is_lost = |node: &usize| bases[*node] != LEFT_OUT && sizes[*node] == 0;
        let lost = (0..count).filter(is_lost);
        faults.extend(lost.map(|node| (node as Node, "what it is a delta of cannot be read".to_owned())));
        (forest.child_starts, forest.children, forest.roots, forest.sizes) = (starts, children, roots, sizes);
        Ok((forest, faults))
    }

    /// How many objects there are, copies of one counted apart.
    pub(in crate::source) fn len(&self) -> usize {
        self.offsets.len() + self.store.loose.len()
    }

    /// The name of an object.
    pub(in crate::source) fn id(&self, node: Node) -> &gix::oid {
        self.id_at(self.places.get(node as usize).copied().unwrap_or(node))
    }

    /// The name of the object at a place. A loose one's place is its number.
    fn id_at(&self, place: u32) -> &gix::oid {
        let pack = self.starts.partition_point(|&start| start <= place) - 1;
        match self.store.packs.get(pack) {
            Some(found) => found.name(place - self.starts[pack]),
            None => &self.store.loose[place as usize - self.offsets.len()].id,
        }
    }

    /// The number of an object.
    pub(in crate::source) fn node(&self, id: &gix::oid) -> Option<Node> {
        self.table.get(id, |place| self.id_at(place)).map(|place| self.node_at(place))
    }

    fn node_at(&self, place: u32) -> Node {
        self.nodes.get(place as usize).copied().unwrap_or(place)
    }

    /// What stands for a name where many are looked for together.
    pub(in crate::source) fn mark(&self, id: &[u8]) -> u64 {
        self.table.mark(id)
    }

    /// Whether all objects are there whose names have these marks.
    pub(in crate::source) fn has_all(&self, marks: &[u64]) -> bool {
        self.table.has_all(marks)
    }

    pub(in crate::source) fn children(&self, node: Node) -> &[Node] {
        let range = self.child_starts[node as usize] as usize..self.child_starts[node as usize + 1] as usize;
        &self.children[range]
    }

    /// Where an object's bytes are.
    pub(in crate::source) fn place(&self, node: Node) -> Place<'_> {
        let Some((pack, last)) = self.pack(node) else {
            return Place::Loose(&self.store.loose[node as usize - self.offsets.len()]);
        };
        let start = self.offsets[node as usize];
        let end = self.end(node, pack, last);
        let packed = |bytes| {
            let and_more = pack.bytes(start, end.saturating_add(MARGIN_IN).min(pack.end())).unwrap_or(bytes);
            Packed { bytes, and_more }
        };
        Place::Packed(pack.bytes(start, end).map(packed))
    }

    /// How many bytes of a pack an object takes itself; none if it is loose.
    pub(in crate::source) fn length(&self, node: Node) -> u64 {
        let length = |(pack, last)| self.end(node, pack, last).saturating_sub(self.offsets[node as usize]);
        self.pack(node).map_or(0, length)
    }

    /// Where a node's entry ends in its `pack`, whose nodes end before `last`.
    fn end(&self, node: Node, pack: &Pack, last: Node) -> u64 {
        let next = self.offsets.get(node as usize + 1).filter(|_| node + 1 != last);
        next.copied().unwrap_or(pack.end())
    }

    /// How many each takes on the average.
    pub(in crate::source) fn mean_length(&self) -> u64 {
        self.store.packs.iter().map(Pack::end).sum::<u64>() / self.offsets.len().max(1) as u64
    }

    /// Has the beginning of a packed node's entry brought from memory, without waiting for it.
    pub(in crate::source) fn touch(&self, node: Node) {
        if let Place::Packed(Some(Packed { bytes: [first, ..], .. })) = self.place(node) {
            std::hint::black_box(*first);
        }
    }

    /// The pack that a node is of, and the first node behind it; none for a loose object.
    fn pack(&self, node: Node) -> Option<(&Pack, Node)> {
        let pack = self.starts.partition_point(|&start| start <= node) - 1;
        self.store.packs.get(pack).map(|found| (found, self.starts[pack + 1]))
    }

    /// Numbers all entries in the order in which they lie.
    fn number(&mut self) {
        let packs = &self.store.packs;
        // Meanwhile the other threads let the system map what will be read: that is half of the time of reading the headers.
        let sort = || packs.iter().map(by_offset).collect::<Vec<_>>();
        let (sorted, ()) = rayon::join(sort, || packs.par_iter().for_each(Pack::touch));
        for entries in sorted {
            let start = self.offsets.len() as Node;
            self.starts.push(start);
            self.offsets.extend(entries.iter().map(|entry| entry.0));
            self.places.extend(entries.iter().map(|entry| start + entry.1));
            for (node, (_, place)) in (start..).zip(entries) {
                self.nodes[(start + place) as usize] = node;
            }
        }
        self.starts.push(self.offsets.len() as Node);
    }

    /// Enters all names into the table; of objects that are there more than once, the first counts. As an object's base is in
    /// the same pack or an earlier one, no two objects can then wait for each other.
    ///
    /// No index that git makes names an object twice. One that does could hide an entry behind another one: that is told, and both are
    /// read.
    fn leave_out_copies(&mut self, bases: &[AtomicU32]) {
        let mut copies = Vec::new();
        let ends = self.starts.iter().skip(1).copied().chain([self.len() as Node]);
        let mut faults = Vec::new();
        for (number, (&start, end)) in self.starts.iter().zip(ends).enumerate() {
            let is_out_of_order = AtomicBool::new(false);
            let found = (start..end).into_par_iter().filter_map(|place| {
                let id = self.id_at(place);
                if place > start && self.id_at(place - 1) >= id {
                    is_out_of_order.store(true, Ordering::Relaxed);
                }
                let known = self.table.insert(id, place, |known| self.id_at(known)).filter(|&known| known < start)?;
                let copy = self.node_at(place);
                bases[copy as usize].store(LEFT_OUT, Ordering::Relaxed);
                Some((self.node_at(known), copy))
            });
            copies.par_extend(found);
            if is_out_of_order.into_inner()
                && let Some(pack) = self.store.packs.get(number)
            {
                faults.push(format!(
                    "{}: its index names an object twice, or is out of order, and `git index-pack` may make a new one",
                    shown(&pack.path)
                ));
            }
        }
        copies.par_sort_unstable();
        self.copies = copies;
        self.store.faults.extend(faults);
    }

    /// How many nodes are copies of others.
    pub(in crate::source) fn copy_count(&self) -> usize {
        self.copies.len()
    }

    /// The copies of an object, for when it cannot be read itself.
    pub(in crate::source) fn copies(&self, node: Node) -> impl Iterator<Item = Node> {
        let first = self.copies.partition_point(|copy| copy.0 < node);
        self.copies[first..].iter().take_while(move |copy| copy.0 == node).map(|copy| copy.1)
    }

    /// Finds out what each entry is a delta of.
    fn find_bases(&self, bases: &[AtomicU32]) -> Vec<Fault> {
        /// How many headers are brought from memory at once.
        const TOGETHER: usize = 64;
        let count = self.offsets.len();
        let blocks = (0..count.div_ceil(TOGETHER)).into_par_iter();
        let found = blocks.flat_map_iter(|block| {
            let nodes = block * TOGETHER..count.min((block + 1) * TOGETHER);
            nodes.clone().for_each(|node| self.touch(node as Node));
            nodes.filter_map(|node| self.find_base(node as Node, bases))
        });
        found.collect()
    }

    /// Notes what an entry is a delta of; gives what is wrong with it.
    fn find_base(&self, node: Node, bases: &[AtomicU32]) -> Option<Fault> {
        let base = &bases[node as usize];
        if base.load(Ordering::Relaxed) == LEFT_OUT {
            return None;
        }
        let (found, fault) = match self.base(node, bases) {
            Ok(found) => (found.unwrap_or(WHOLE), None),
            // The walk comes to the same end, and goes on with a copy.
            Err(_) if self.copies(node).next().is_some() => (WHOLE, None),
            Err(fault) => (LEFT_OUT, Some((node, fault))),
        };
        base.store(found, Ordering::Relaxed);
        fault
    }

    /// The node that an entry is a delta of, but of copies the one that counts; none if it is kept whole.
    fn base(&self, node: Node, bases: &[AtomicU32]) -> Result<Option<Node>, String> {
        let is_left_out = |base: Node| bases[base as usize].load(Ordering::Relaxed) == LEFT_OUT;
        let counted = |base: Node| if is_left_out(base) { self.node(self.id(base)).unwrap_or(base) } else { base };
        Ok(self.base_of(node)?.map(counted))
    }

    /// The node that an entry is a delta of; none if it is kept whole.
    ///
    /// # Errors
    /// It cannot be told.
    pub(in crate::source) fn base_of(&self, node: Node) -> Result<Option<Node>, String> {
        let Place::Packed(packed) = self.place(node) else { return Ok(None) };
        let bytes = packed.ok_or("its pack is cut off before it ends")?.bytes;
        let Header { stored, .. } = header(bytes, self.hash).ok_or("its header is broken")?;
        match stored {
            Stored::Whole(_) => Ok(None),
            Stored::OfName(name) => {
                self.node(&name).map(Some).ok_or_else(|| format!("it is a delta of {name}, which is missing"))
            }
            Stored::OfDistance(distance) => {
                let broken = || "it is a delta of something that is no object".to_owned();
                let start = self.offsets[node as usize].checked_sub(distance).ok_or_else(broken)?;
                let pack = self.starts.partition_point(|&start| start <= node) - 1;
                let first = self.starts[pack] as usize;
                let place = last_place(&self.offsets[first..node as usize], start).ok_or_else(broken)?;
                Ok(Some((first + place) as Node))
            }
        }
    }
}

/// Makes sure that there are numbers for so many objects, and for those that are not there.
///
/// # Errors
/// There are too many.
fn can_be_numbered(count: usize) -> Result<(), String> {
    if count > MOST_NODES {
        return Err(format!("there are {count} objects, more than can be numbered"));
    }
    Ok(())
}

/// The entries of a pack in the order in which they lie: offset and place in the index.
fn by_offset(pack: &Pack) -> Vec<(u64, u32)> {
    let count = pack.len();
    let offsets: Vec<u64> = (0..count as u32).into_par_iter().map(|place| pack.offset(place)).collect();
    // Entries are spread evenly, more or less: of as many buckets as there are entries, each gets one or a few.
    let scale = count as f64 / (pack.end() as f64 + 1.0);
    let bucket =
        |offset: u64| ((offset.min(i64::MAX as u64) as i64 as f64 * scale) as usize).min(count.saturating_sub(1));
    let mut ends = vec![0u32; count + 1];
    offsets.iter().for_each(|&offset| ends[bucket(offset) + 1] += 1);
    for at in 1..ends.len() {
        ends[at] += ends[at - 1];
    }
    // What is the beginning of a bucket here becomes its end.
    let mut entries = vec![(0, 0); count];
    for (place, offset) in (0..).zip(offsets) {
        let next = &mut ends[bucket(offset)];
        entries[*next as usize] = (offset, place);
        *next += 1;
    }
    let mut begin = 0;
    for end in ends {
        entries[begin..end as usize].sort_unstable();
        begin = end as usize;
    }
    entries
}

/// The place of `wanted` among sorted numbers; most often it is near their end.
fn last_place(sorted: &[u64], wanted: u64) -> Option<usize> {
    let mut back = 1;
    while back < sorted.len() && sorted[sorted.len() - back] > wanted {
        back *= 2;
    }
    let from = sorted.len().saturating_sub(back);
    sorted[from..sorted.len() - back / 2].binary_search(&wanted).ok().map(|place| from + place)
}

#[cfg(test)]
mod tests {
    use super::{can_be_numbered, last_place};

    #[test]
    fn objects_without_a_number_are_an_error() {
        let most = 2_147_483_647;
        assert_eq!(can_be_numbered(0).and(can_be_numbered(most)), Ok(()));
        assert!(can_be_numbered(most + 1).unwrap_err().contains("2147483648 objects"));
    }

    #[test]
    fn numbers_are_found_from_the_end() {
        let numbers: Vec<u64> = (0..100).map(|number| 3 * number).collect();
        for length in 0..numbers.len() {
            for wanted in 0..301 {
                let expected = numbers[..length].binary_search(&wanted).ok();
                assert_eq!(last_place(&numbers[..length], wanted), expected, "{length}, {wanted}");
            }
        }
    }
}
