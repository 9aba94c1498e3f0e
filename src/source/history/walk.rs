//! Walks through all objects: each is inflated once, and put together from the one that is at hand.

use std::io::{self, Read};
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};

use flate2::read::ZlibDecoder;

use super::batches::batches;
use crate::delta;
use crate::exactly::{Exactly, WRONG_LENGTH};
use crate::inflate::{Inflater, MARGIN_OUT};
use crate::source::objects::Node;
use crate::source::objects::buffers::{Buffer, Buffers, MOST_HELD, MOST_KEPT, too_large};
use crate::source::objects::chain;
use crate::source::objects::forest::{Forest, Packed, Place};
use crate::source::objects::loose;
use crate::source::objects::pack::{Header, Kind, Stored, header};
use crate::source::objects::size::can_become;
use crate::source::objects::store::Loose;

/// From this size on, an object that nothing is a delta of is inflated piece by piece.
const HUGE: u64 = 32 << 20;

/// An object, met on the walk.
pub(super) struct Visit<'a> {
    pub(super) node: Node,
    pub(super) kind: Kind,
    /// Whether it is kept whole.
    pub(super) is_root: bool,
    pub(super) content: Content<'a>,
}

/// What an object that is kept as a delta will be, before it is put together.
pub(super) struct Preview<'a> {
    pub(super) node: Node,
    pub(super) kind: Kind,
    /// How many bytes it will have.
    pub(super) size: u64,
    /// What it is a delta of: an object of the same kind.
    pub(super) base: Node,
    pub(super) base_data: &'a [u8],
    /// What was noted of that when it was met.
    pub(super) base_marks: &'a [u32],
    /// The delta, without its sizes.
    pub(super) instructions: &'a [u8],
    /// Room for the object if it is needed in any case.
    pub(super) whole: Option<&'a mut [u8]>,
}

/// What became of an object that was looked at before it was put together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Seen {
    /// Whether it has to be visited, too.
    pub(super) is_wanted: bool,
    /// Whether it was put together in the room for it.
    pub(super) is_whole: bool,
}

/// What an object holds.
pub(super) enum Content<'a> {
    Whole(&'a [u8]),
    /// A huge one, to be read in pieces.
    Pieces(&'a mut dyn Read),
}

/// What is done on a walk, by several threads.
///
/// Both `visit` and `preview` get what their thread gathers, and room for what is to be noted of an object as long as it is held.
pub(super) struct Work<V, P, F> {
    /// Takes an object.
    pub(super) visit: V,
    /// Looks at an object before it is put together; none if the delta is broken.
    pub(super) preview: P,
    /// Takes what is wrong with an object; objects that are deltas of it are not met then.
    pub(super) fault: F,
}

/// Counts what a walk does.
#[derive(Debug, Default)]
pub(super) struct Counts {
    /// How often an object was inflated.
    pub(super) inflated: AtomicU64,
}

/// Walks through `roots`, which are kept whole, and all that hangs on them, on the threads of the current rayon pool; gives what each
/// thread gathered.
pub(super) fn walk<S, V, P, F>(forest: &Forest, roots: &[Node], counts: &Counts, work: &Work<V, P, F>) -> Vec<S>
where
    S: Default + Send,
    V: Fn(&mut S, Visit<'_>, &mut Vec<u32>) + Sync,
    P: Fn(&mut S, Preview<'_>, &mut Vec<u32>) -> Option<Seen> + Sync,
    F: Fn(Node, String) + Sync,
{
    let batches = batches(forest, roots);
    let next = AtomicUsize::new(0);
    let gathered = Mutex::new(Vec::new());
    rayon::broadcast(|_| {
        let mut walker = Walker::new(forest, work);
        while let Some(batch) = batches.get(next.fetch_add(1, Ordering::Relaxed)) {
            batch.iter().for_each(|&root| walker.tree(root));
        }
        counts.inflated.fetch_add(walker.inflated, Ordering::Relaxed);
        gathered.lock().unwrap_or_else(std::sync::PoisonError::into_inner).push(walker.state);
    });
    gathered.into_inner().unwrap_or_else(std::sync::PoisonError::into_inner)
}

/// One thread's walk.
struct Walker<'w, S, V, P, F> {
    forest: &'w Forest,
    work: &'w Work<V, P, F>,
    state: S,
    inflated: u64,
    inflater: Inflater,
    /// The compressed form of a loose object, or what a delta says.
    scratch: Vec<u8>,
    buffers: Buffers,
    free_marks: Vec<Vec<u32>>,
    /// The objects on the way down that are still needed.
    stack: Vec<Held>,
}

/// An object that others are deltas of.
struct Held {
    node: Node,
    data: Buffer,
    marks: Vec<u32>,
    next_child: usize,
}

impl<'w, S, V, P, F> Walker<'w, S, V, P, F>
where
    S: Default,
    V: Fn(&mut S, Visit<'_>, &mut Vec<u32>),
    P: Fn(&mut S, Preview<'_>, &mut Vec<u32>) -> Option<Seen>,
    F: Fn(Node, String),
{
    fn new(forest: &'w Forest, work: &'w Work<V, P, F>) -> Self {
        Walker {
            forest,
            work,
            state: S::default(),
            inflated: 0,
            inflater: Inflater::new(),
            scratch: Vec::new(),
            buffers: Buffers::default(),
            free_marks: Vec::new(),
            stack: Vec::new(),
        }
    }

    /// Walks through a whole object and all that hangs on it.
    fn tree(&mut self, root: Node) {
        let kind = match self.root(root, root) {
            Ok(Some(kind)) => kind,
            Ok(None) => return,
            Err(fault) => match self.copy(root, true, &fault) {
                Some(kind) => kind,
                None => return,
            },
        };
        while let Some(mut held) = self.stack.pop() {
            let children = self.forest.children(held.node);
            let child = children[held.next_child];
            held.next_child += 1;
            let is_last = held.next_child == children.len();
            // Where the next one lies is on its way from memory while this one is worked on.
            if let Some(&next) = children.get(held.next_child) {
                self.forest.touch(next);
            }
            let next = self.child(child, kind, &held);
            if is_last {
                self.give_back(held.data, held.marks);
            } else {
                self.stack.push(held);
            }
            match next {
                Ok(next) => self.stack.extend(next),
                Err(fault) => {
                    self.copy(child, false, &fault);
                }
            }
        }
    }

    /// Reads a whole object, or the whole copy of it that is at the node `from`; gives its kind if others hang on it.
    fn root(&mut self, node: Node, from: Node) -> Result<Option<Kind>, String> {
        let (kind, data) = match self.forest.place(from) {
            Place::Packed(packed) => {
                let Packed { bytes, and_more } = packed.ok_or("its pack is cut off before it ends")?;
                let Header { stored, size, length } = header(bytes, self.forest.hash).ok_or("its header is broken")?;
                let Stored::Whole(kind) = stored else { return Err("its header is broken".to_owned()) };
                if !can_become(bytes.len() - length, size) {
                    return Err("it claims a size that it cannot have".to_owned());
                }
                let bytes = &and_more[length..];
                self.inflated += 1;
                if size >= HUGE && kind == Kind::Blob && self.forest.children(node).is_empty() {
                    return self.pieces(node, kind, ZlibDecoder::new(bytes), size);
                }
                (kind, self.inflate(bytes, size)?)
            }
            Place::Loose(loose) => match self.loose(node, loose)? {
                Some(found) => found,
                None => return Ok(None),
            },
        };
        Ok(self.hold(node, kind, true, data))
    }

    /// Visits a whole object; gives its kind if others hang on it, and then holds it.
    fn hold(&mut self, node: Node, kind: Kind, is_root: bool, data: Buffer) -> Option<Kind> {
        let mut marks = self.free_marks.pop().unwrap_or_default();
        let visit = Visit { node, kind, is_root, content: Content::Whole(&data) };
        (self.work.visit)(&mut self.state, visit, &mut marks);
        if self.forest.children(node).is_empty() {
            self.give_back(data, marks);
            return None;
        }
        self.stack.push(Held { node, data, marks, next_child: 0 });
        Some(kind)
    }

    /// Takes a copy of an object that cannot be read because of a `fault`, which is told in any case.
    fn copy(&mut self, node: Node, is_root: bool, fault: &str) -> Option<Kind> {
        let forest = self.forest;
        for copy in forest.copies(node) {
            // A whole one as the object itself, for it may be huge.
            if let Some(Ok(kind)) = is_root.then(|| self.root(node, copy)) {
                (self.work.fault)(node, format!("{fault}; a copy of it was read"));
                return kind;
            }
            let mut inflater = std::mem::replace(&mut self.inflater, Inflater::new());
            let read = chain::read(forest, &mut inflater, copy, &mut { u64::MAX }, &mut |loose| {
                self.inflated += 1;
                chain::read_loose(forest, loose, MOST_HELD)
            });
            self.inflater = inflater;
            if let Some((kind, bytes)) = read
                && let Ok(data) = self.buffers.adopt(bytes)
            {
                (self.work.fault)(node, format!("{fault}; a copy of it was read"));
                return self.hold(node, kind, is_root, data);
            }
        }
        self.fault(node, fault);
        None
    }

    /// Looks at an object that is a delta of `base`, and puts it together if that is needed; gives it if others hang on it.
    fn child(&mut self, node: Node, kind: Kind, base: &Held) -> Result<Option<Held>, String> {
        let Place::Packed(Some(Packed { bytes, and_more })) = self.forest.place(node) else {
            return Err("its entry is gone".to_owned());
        };
        let Header { size, length, .. } = header(bytes, self.forest.hash).ok_or("its header is broken")?;
        if !can_become(bytes.len() - length, size) || size > MOST_HELD {
            return Err("its delta claims a size that it cannot have".to_owned());
        }
        let mut scratch = std::mem::take(&mut self.scratch);
        let size = size as usize;
        if scratch.len() < size + MARGIN_OUT {
            scratch.resize(size + MARGIN_OUT, 0);
        }
        self.inflated += 1;
        let inflated = self.inflater.inflate(&and_more[length..], &mut scratch, size);
        let next =
            inflated.map_err(|fault| fault.to_string()).and_then(|()| self.delta(node, kind, base, &scratch[..size]));
        if scratch.len() <= MOST_KEPT {
            self.scratch = scratch;
        }
        next
    }

    /// The same with its delta inflated.
    fn delta(&mut self, node: Node, kind: Kind, base: &Held, delta: &[u8]) -> Result<Option<Held>, String> {
        let (base_size, size, begin) = delta::sizes(delta).ok_or("its delta is broken")?;
        if base_size != base.data.len() as u64 {
            return Err("its delta is of something else".to_owned());
        }
        // Looking at it takes room, too, even if nothing needs it.
        if size > MOST_HELD {
            return Err(too_large(size));
        }
        let instructions = &delta[begin..];
        if !delta::can_give(instructions, base.data.len(), size) {
            return Err("its delta is broken".to_owned());
        }
        let is_held = !self.forest.children(node).is_empty();
        let mut data = if is_held { Some(self.buffers.take(size)?) } else { None };
        let mut marks = self.free_marks.pop().unwrap_or_default();
        let preview = Preview {
            node,
            kind,
            size,
            base: base.node,
            base_data: &base.data,
            base_marks: &base.marks,
            instructions,
            whole: data.as_deref_mut(),
        };
        let seen = (self.work.preview)(&mut self.state, preview, &mut marks);
        let mut data = match (seen, data) {
            (Some(Seen { is_wanted: false, .. }), None) => {
                self.give_back_marks(marks);
                return Ok(None);
            }
            (_, None) => self.buffers.take(size)?,
            (_, Some(data)) => data,
        };
        let is_done = seen.filter(|seen| seen.is_whole || delta::apply(&base.data, instructions, &mut data).is_some());
        let Some(Seen { is_wanted, .. }) = is_done else {
            self.give_back(data, marks);
            return Err("its delta is broken".to_owned());
        };
        if is_wanted {
            marks.clear();
            let visit = Visit { node, kind, is_root: false, content: Content::Whole(&data) };
            (self.work.visit)(&mut self.state, visit, &mut marks);
        }
        if is_held {
            return Ok(Some(Held { node, data, marks, next_child: 0 }));
        }
        self.give_back(data, marks);
        Ok(None)
    }

    /// Reads a loose object; one that is huge is visited at once.
    fn loose(&mut self, node: Node, loose: &Loose) -> Result<Option<(Kind, Buffer)>, String> {
        self.inflated += 1;
        let (kind, size, content) = loose::open(&self.forest.store.file(loose))?;
        if size >= HUGE && kind == Kind::Blob && self.forest.children(node).is_empty() {
            return self.pieces(node, kind, content, size).map(|_| None);
        }
        if size > MOST_HELD {
            return Err(too_large(size));
        }
        Ok(Some((kind, self.buffers.adopt(loose::all(content, size)?)?)))
    }

    fn inflate(&mut self, bytes: &[u8], size: u64) -> Result<Buffer, String> {
        let mut data = self.buffers.take(size)?;
        match self.inflater.inflate(bytes, data.room(), size as usize) {
            Ok(()) => Ok(data),
            Err(fault) => {
                self.buffers.give_back(data);
                Err(fault.to_string())
            }
        }
    }

    /// Visits an object piece by piece; nothing hangs on it.
    fn pieces(&mut self, node: Node, kind: Kind, content: impl Read, size: u64) -> Result<Option<Kind>, String> {
        let mut pieces = Exactly::new(content, size, || io::Error::new(io::ErrorKind::InvalidData, WRONG_LENGTH));
        let visit = Visit { node, kind, is_root: true, content: Content::Pieces(&mut pieces) };
        (self.work.visit)(&mut self.state, visit, &mut Vec::new());
        pieces.fault().map_or(Ok(None), Err)
    }

    fn fault(&self, node: Node, fault: &str) {
        let others = self.forest.sizes[node as usize] - 1;
        let others =
            if others == 0 { String::new() } else { format!("; nor can {others} others that are deltas of it") };
        (self.work.fault)(node, format!("{fault}{others}"));
    }

    fn give_back(&mut self, data: Buffer, marks: Vec<u32>) {
        self.buffers.give_back(data);
        self.give_back_marks(marks);
    }

    fn give_back_marks(&mut self, mut marks: Vec<u32>) {
        if marks.capacity() <= MOST_KEPT / 4 {
            marks.clear();
            self.free_marks.push(marks);
        }
    }
}
