//! Says where objects stand in what references name: an answer for a few objects, for which one place is enough, without a second walk.

use std::collections::{HashMap, HashSet};

use super::Objects;
use super::recorder::named;
use super::tree;
use crate::inflate::Inflater;
use crate::place::join;
use crate::source::objects::{Kind, Node};
use gix::ObjectId;

/// How many bytes of trees, and of the paths of folders in them, are gone through: many times what HEAD of a large repository has,
/// and little beside all of its history.
const MOST: u64 = 64 << 20;

impl Objects {
    /// The paths of these objects in HEAD's tree. What is not there is looked for in the trees of references, in the order of their
    /// names; the first that has it counts. What is found in none of them, or not within a bounded time, has no paths here.
    pub fn paths_in_refs(&self, wanted: HashSet<Node>) -> HashMap<Node, Vec<Vec<u8>>> {
        let mut search = Search {
            objects: self,
            inflater: Inflater::new(),
            left: MOST,
            wanted: wanted.into_iter().map(|node| (self.forest.id(node).to_owned(), node)).collect(),
            met: HashSet::new(),
            found: HashMap::new(),
        };
        for tip in self.refs.head.into_iter().chain(self.refs.all()) {
            if search.wanted.is_empty() || search.reference(tip).is_none() {
                break;
            }
        }
        search.found
    }
}

/// The paths of objects.
type Paths = HashMap<Node, Vec<Vec<u8>>>;

struct Search<'s> {
    objects: &'s Objects,
    inflater: Inflater,
    /// How many bytes may still be gone through.
    left: u64,
    /// What was not found yet, by name: that is what stands in trees, and a few names are sooner looked through than all objects'.
    wanted: HashMap<ObjectId, Node>,
    /// What was gone through: nothing that is still wanted is in it.
    met: HashSet<Node>,
    found: Paths,
}

impl Search<'_> {
    /// Goes through all that a reference names; none if that cannot be read, or is more than there is time for.
    fn reference(&mut self, id: ObjectId) -> Option<()> {
        let (mut met, mut found) = (HashSet::new(), Paths::new());
        self.below(id, &mut met, &mut found)?;
        self.met.extend(met);
        self.wanted.retain(|_, node| !found.contains_key(node));
        self.found.extend(found);
        Some(())
    }

    fn below(&mut self, id: ObjectId, met: &mut HashSet<Node>, found: &mut Paths) -> Option<()> {
        let mut left: Vec<(ObjectId, Vec<u8>)> = vec![(id, Vec::new())];
        while let Some((id, path)) = left.pop() {
            let node = self.objects.forest.node(&id)?;
            if self.met.contains(&node) {
                continue;
            }
            met.insert(node);
            match self.objects.read(&mut self.inflater, node, &mut self.left)? {
                (Kind::Tree, data) => self.tree(&data, &path, &mut left, found)?,
                (kind @ (Kind::Commit | Kind::Tag), data) => {
                    let mark: &[u8] = if kind == Kind::Commit { b"tree " } else { b"object " };
                    left.push((named(&mut data.as_slice(), mark)?, Vec::new()));
                }
                (Kind::Blob, _) => {}
            }
        }
        Some(())
    }

    /// Looks through the entries of one tree; folders in it are left for later.
    fn tree(&mut self, data: &[u8], path: &[u8], left: &mut Vec<(ObjectId, Vec<u8>)>, found: &mut Paths) -> Option<()> {
        let id_length = self.objects.forest.hash.len_in_bytes();
        let mut has_room = Some(());
        let done = tree::each(data, id_length, |entry| {
            let id = gix::oid::from_bytes_unchecked(entry.id);
            let is_file = !entry.is_folder() && !entry.is_submodule();
            let node = if is_file { self.wanted.get(id).copied() } else { None };
            if has_room.is_none() || !entry.is_folder() && node.is_none() {
                return;
            }
            has_room = spend(&mut self.left, path.len() + entry.name.len());
            let path = join(path, entry.name);
            match node {
                Some(node) => found.entry(node).or_default().push(path),
                None => left.push((id.to_owned(), path)),
            }
        });
        done.and(has_room)
    }
}

fn spend(left: &mut u64, count: usize) -> Option<()> {
    *left = left.checked_sub(count as u64)?;
    Some(())
}
