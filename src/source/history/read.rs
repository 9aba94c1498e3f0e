//! The first walk: hands over what all objects hold, each once.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};

use rayon::slice::ParallelSliceMut;

use super::connectivity::{Checked, Checker};
use super::walk::{self, Content, Counts, Preview, Seen, Visit, Work};
use super::{Around, BEGINNING, Excerpt, Found, GitError, Handler, History, Object, Objects};
use crate::delta;
use crate::source::objects::forest::Forest;
use crate::source::objects::store::Store;
use crate::source::objects::{Kind, Node};

/// What is noted of a blob that holds nothing.
const CLEAN: u32 = 1;

impl History {
    /// Reads all objects on the threads of the current rayon pool. Without `around`, every object is handed over whole.
    ///
    /// # Errors
    /// There are too many objects.
    pub fn read(&self, around: Option<Around>, handler: &Handler<'_>) -> Result<Objects, GitError> {
        let hash = self.objects.hash();
        let store = Store::find(self.objects.folders(), hash);
        let (forest, mut faults) = Forest::new(store, hash).map_err(|fault| GitError::new(fault, ""))?;
        let counts = Counts::default();
        let (links, is_missing, names_may_hold) = {
            let found = Mutex::new(&mut faults);
            let fault = |node, fault: String| found.lock().unwrap_or_else(PoisonError::into_inner).push((node, fault));
            let may_hold = AtomicBool::new(false);
            let reader =
                Reader { checker: Checker::new(&forest), handler, around, fault: &fault, names_may_hold: &may_hold };
            let work = Work {
                visit: |checked: &mut Checked, visit: Visit<'_>, marks: &mut Vec<u32>| {
                    reader.visit(checked, visit, marks)
                },
                preview: |checked: &mut Checked, preview: Preview<'_>, marks: &mut Vec<u32>| {
                    reader.preview(checked, preview, marks)
                },
                fault: &fault,
            };
            let mut checked = walk::walk(&forest, &forest.roots, &counts, &work);
            checked.iter_mut().for_each(|checked| checked.last_names(|names| reader.names(names)));
            let is_missing = reader.checker.into_is_missing(&mut checked);
            let mut links: Vec<Node> = checked.into_iter().flat_map(|checked| checked.links).collect();
            // The next walk is to go the same way, whichever threads came by here.
            links.par_sort_unstable();
            (links, is_missing, may_hold.into_inner())
        };
        let inflated = counts.inflated.load(Ordering::Relaxed);
        let needs_trace = is_missing || names_may_hold;
        Ok(Objects { forest, links, refs: self.refs.clone(), faults, inflated, needs_trace, names_may_hold })
    }
}

/// Checks what is read and hands it over.
struct Reader<'r> {
    checker: Checker<'r>,
    handler: &'r Handler<'r>,
    around: Option<Around>,
    fault: &'r (dyn Fn(Node, String) + Sync),
    names_may_hold: &'r AtomicBool,
}

impl Reader<'_> {
    fn visit(&self, checked: &mut Checked, visit: Visit<'_>, marks: &mut Vec<u32>) {
        let node = visit.node;
        let data = match visit.content {
            Content::Pieces(pieces) => {
                (self.handler)(Found::Huge(node, pieces));
                return;
            }
            Content::Whole(data) => data,
        };
        if visit.is_root && visit.kind != Kind::Blob {
            checked.links.push(node);
        }
        let mut text = data;
        let done = match visit.kind {
            Kind::Tree => {
                self.names(data);
                let done = self.checker.tree(checked, data, marks);
                return self.note(node, done);
            }
            Kind::Commit | Kind::Tag => self.checker.text(checked, visit.kind, &mut text),
            Kind::Blob => Ok(()),
        };
        self.note(node, done);
        if !(self.handler)(Found::Object(node, Object { kind: visit.kind, data, text })) && visit.kind == Kind::Blob {
            marks.push(CLEAN);
        }
    }

    fn preview(&self, checked: &mut Checked, preview: Preview<'_>, marks: &mut Vec<u32>) -> Option<Seen> {
        match (preview.kind, self.around) {
            (Kind::Tree, _) => {
                let done = self.checker.changed_tree(checked, &preview, marks);
                checked.names(|names| self.names(names));
                match done {
                    Ok(()) => {}
                    Err(Some(fault)) => (self.fault)(preview.node, fault.to_owned()),
                    Err(None) => return None,
                }
                Some(Seen { is_wanted: false, is_whole: false })
            }
            (Kind::Blob, Some(around)) if preview.base_marks == [CLEAN] => {
                let (excerpt, is_whole) = (&mut checked.excerpt, preview.whole.is_some());
                let delta = (preview.base_data, preview.instructions);
                let size = preview.size;
                delta::excerpt(delta, size as usize, around.near, excerpt, preview.whole)?;
                let mut buffer = [0; BEGINNING];
                let beginning = delta::beginning(preview.base_data, preview.instructions, &mut buffer);
                let found = Excerpt { text: excerpt.bytes(), seams: excerpt.seams(), beginning, size };
                let more_around = 2 * found.seams.len() * (around.far - around.near);
                let is_far_less = 2 * (found.text.len() + more_around) as u64 <= size;
                let mut may_hold = (self.handler)(Found::Excerpt(preview.node, found));
                if may_hold && is_far_less {
                    // This is rare, and cheaper than the whole blob, which is looked at next in most cases.
                    delta::excerpt(delta, size as usize, around.far, excerpt, None)?;
                    let found = Excerpt { text: excerpt.bytes(), seams: &[], beginning, size };
                    may_hold = (self.handler)(Found::Excerpt(preview.node, found));
                }
                if !may_hold {
                    marks.push(CLEAN);
                }
                Some(Seen { is_wanted: may_hold, is_whole })
            }
            _ => Some(Seen { is_wanted: true, is_whole: false }),
        }
    }

    fn names(&self, names: &[u8]) {
        if (self.handler)(Found::Names(names)) {
            self.names_may_hold.store(true, Ordering::Relaxed);
        }
    }

    fn note(&self, node: Node, done: Result<(), &'static str>) {
        if let Err(fault) = done {
            (self.fault)(node, fault.to_owned());
        }
    }
}
