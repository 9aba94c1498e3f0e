//! The second walk, through trees, commits and tags alone: notes what names what, so that it can be told where something came from, and
//! which objects are missing. It is taken only where that is asked.

use std::collections::HashSet;
use std::sync::atomic::Ordering;

use gix::ObjectId;

use super::budget::Budget;
use super::names::Names;
use super::recorder::{Missing, Record, Recorder};
use super::walk::{self, Content, Counts, Preview, Seen, Visit, Work};
use super::wanted::Wanted;
use super::{Found, Handler, Hits, Objects, Origin, missing, origin};
use crate::source::objects::forest::Forest;
use crate::source::objects::{Kind, Node};

/// What names what in a repository.
pub struct Trace<'o> {
    pub(super) objects: &'o Objects,
    pub(super) names: Names,
    pub(super) records: Vec<Record>,
    /// The names of what is missing; they are numbered behind all objects.
    pub(super) missing: Vec<ObjectId>,
    /// Whether there was more to note than there is room for.
    pub is_cut: bool,
    /// How often an object was inflated for it.
    pub inflated: u64,
}

impl Objects {
    /// Goes through trees, commits and tags once more, for `found` and what is missing; hands over the names of files and folders, each
    /// once, if these may hold something. What cannot be read was told before.
    pub fn trace(&self, handler: &Handler<'_>, found: impl IntoIterator<Item = Node>) -> Trace<'_> {
        let (names, missing, counts) = (Names::new(), Missing::default(), Counts::default());
        let hasher = foldhash::fast::RandomState::default();
        let budget = Budget::new(self.forest.len());
        let recorder = Recorder {
            forest: &self.forest,
            names: &names,
            missing: &missing,
            hasher: &hasher,
            wanted: (!self.names_may_hold).then(|| Wanted::new(&self.forest, &self.links, found)),
            budget: &budget,
        };
        let new_name = |name, text: &[u8], _| {
            handler(Found::Name(name, text));
        };
        let work = Work {
            visit: |record: &mut Record, visit: Visit<'_>, marks: &mut Vec<u32>| {
                let Content::Whole(data) = visit.content else { return };
                // Of what is broken, the part before is noted.
                let _ = match visit.kind {
                    Kind::Tree => recorder.tree(record, (visit.node, data), marks, &new_name),
                    Kind::Commit | Kind::Tag => recorder.text(record, visit.node, visit.kind, data),
                    Kind::Blob => Ok(()),
                };
            },
            preview: |record: &mut Record, preview: Preview<'_>, marks: &mut Vec<u32>| match preview.kind {
                Kind::Tree => {
                    let _ = recorder.changed_tree(record, &preview, marks, &new_name);
                    Some(Seen { is_wanted: false, is_whole: false })
                }
                Kind::Commit | Kind::Tag | Kind::Blob => Some(Seen { is_wanted: true, is_whole: false }),
            },
            fault: |_, _| {},
        };
        let records = walk::walk(&self.forest, &self.links, &counts, &work);
        let inflated = counts.inflated.load(Ordering::Relaxed);
        let is_cut = budget.is_exceeded();
        Trace { objects: self, names, records, missing: missing.into_ids(), is_cut, inflated }
    }

    /// The objects that references name and that are not there.
    fn missing_tips(&self) -> impl Iterator<Item = ObjectId> {
        self.refs.all().filter(|id| self.forest.node(id).is_none())
    }

    /// The objects that should be there and are not, in the order of their names, as far as they are known without a `trace`.
    /// `shallow` are the commits at which the history was cut off on purpose.
    pub fn missing(&self, trace: Option<&Trace<'_>>, shallow: &[ObjectId]) -> Vec<ObjectId> {
        let shallow: HashSet<Node> = shallow.iter().filter_map(|id| self.forest.node(id)).collect();
        let trace = trace.filter(|trace| !trace.is_cut);
        let needed =
            trace.into_iter().flat_map(|trace| missing::needed(trace, &shallow).into_iter().map(|node| trace.id(node)));
        let mut ids: Vec<ObjectId> = needed.flatten().chain(self.missing_tips()).collect();
        // Git has the empty tree without an object.
        ids.retain(|id| !id.is_empty_tree());
        ids.sort();
        ids.dedup();
        ids
    }
}

impl Trace<'_> {
    /// The name of an object, also of one that is missing.
    pub fn id(&self, node: Node) -> Option<ObjectId> {
        self.objects.id(node).or_else(|| self.missing.get((node as usize).checked_sub(self.forest().len())?).copied())
    }

    /// Where everything in `hits` came from; `false` says that there are more places than could be listed.
    pub fn origins(&self, hits: &Hits) -> (Vec<Origin>, bool) {
        origin::origins(self, hits)
    }

    pub(super) fn forest(&self) -> &Forest {
        &self.objects.forest
    }
}
