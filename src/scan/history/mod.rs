//! Scans everything that a repository ever held: searches each object once, then asks where what was found came from.

mod details;
mod origins;

use std::cell::RefCell;
use std::collections::hash_map::Entry;
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use crate::detect::{AROUND_ENCODED, Detector, Sight};
use crate::fault::FAILED;
use crate::finding::{Finding, Outcome, Part, Problem, ProblemKind, SourceKind};
use crate::place::{Root, ScanPath};
use crate::source::ALL_OBJECTS;
use crate::source::history::{Around, Found, History, Hits, Kind, Node, Object, Objects, Origin, Trace};

use super::content::Target;
use super::inside::{self, Content, Inside, Sink};
use super::{Counters, MAX_FINDINGS, Options, Run, ScanError, Scanner, masked, pool, shown_folder};

use details::{Details, TROUBLE};
use origins::{RuleSecret, Teller};

/// What is said of a shallow clone.
pub(super) const CUT_OFF: &str = "the clone is shallow: older commits are not here; `git fetch --unshallow` gets them \
     (`fetch-depth: 0` in actions/checkout), `--allow-shallow` accepts it";

/// How many keys are noted, each once in each object that holds it. A few bytes of a pack make another version of a file that has all of
/// them.
const MOST_NOTED: usize = 10_000_000;

/// How many missing objects are named; of more, only their number is told.
const MOST_NAMED: usize = 100;

/// What of a history is scanned, and what is accepted.
#[derive(Debug, Default)]
pub struct HistoryOptions {
    /// A history that was cut off when it was cloned is no problem.
    pub allow_shallow: bool,
}

/// Scans every object of the repository that `folder` is in, or that git's environment names, and of its submodules.
///
/// # Errors
/// There is no such repository, or it cannot be read. What goes wrong later is a problem in the outcome.
pub fn scan_history(
    folder: &Path,
    options: &Options,
    history: &HistoryOptions,
    detector: &Detector,
    counters: &Counters,
) -> Result<Outcome, ScanError> {
    let run = Run::begin(options, detector, counters);
    let histories = History::open(folder)?;
    let pool = pool(options)?;
    let mut count = 0;
    for past in &histories {
        count += pool.install(|| one(past, options, history, &run.scanner))?;
    }
    let mut outcome = run.finish(SourceKind::History, vec![shown_folder(detector, options.show_secrets, folder)]);
    outcome.stats.objects = count;
    Ok(outcome)
}

/// Scans one repository; gives the number of its objects.
fn one(past: &History, options: &Options, history: &HistoryOptions, scanner: &Scanner<'_>) -> Result<u64, ScanError> {
    let gathered = Gathered::default();
    let failed = Mutex::new(BTreeSet::new());
    let take = |found: Found<'_>| {
        let node = found.node();
        let done = catch_unwind(AssertUnwindSafe(|| gathered.take(scanner, found)));
        done.unwrap_or_else(|_| {
            failed.lock().unwrap_or_else(PoisonError::into_inner).insert(node);
            true
        })
    };
    let around = scanner.detector.around().map(|near| Around { near, far: near.max(AROUND_ENCODED) });
    let objects = past.read(around, &take)?;
    let teller = Teller::new(past, &objects, scanner, &options.files.exclude);
    gathered.tell_troubles(&teller, &objects);
    let trace = (objects.needs_trace || gathered.has_hits()).then(|| objects.trace(&take, gathered.objects()));
    problems(past, &objects, trace.as_ref(), history, scanner);
    for node in failed.into_inner().unwrap_or_else(PoisonError::into_inner) {
        // A name belongs to no one object.
        let object = node.and_then(|node| objects.id(node));
        let what = object.map_or_else(|| "a name in a tree".to_owned(), |id| format!("object {id}"));
        let message = format!("{what}: {FAILED}");
        scanner.collector.problem(Problem { path: None, kind: ProblemKind::Internal, message });
    }
    let Inner { secrets, hits, details, more, is_full, .. } = gathered.into_inner();
    let limit = |message: String| {
        scanner.collector.problem(Problem { path: None, kind: ProblemKind::Limit, message });
    };
    if more > 0 {
        limit(format!("there are more different keys than the {MAX_FINDINGS} that are listed"));
    }
    teller.names_of_refs();
    if let Some(trace) = trace
        && !(hits.objects.is_empty() && hits.names.is_empty())
    {
        let (origins, is_all) = trace.origins(&hits);
        if !is_all || is_full {
            limit("there are more paths that hold keys than can be gone through".to_owned());
        }
        let told: HashSet<u32> = origins.iter().map(|origin| origin.secret).collect();
        let mut by_object: BTreeMap<Node, Vec<Origin>> = BTreeMap::new();
        for origin in origins {
            by_object.entry(origin.node).or_default().push(origin);
        }
        for origins in by_object.values_mut() {
            origins.sort_by(|a, b| a.path.cmp(&b.path));
            teller.tell(origins, &secrets, &details);
        }
        teller.rest((0..).zip(&secrets).filter(|(number, _)| !told.contains(number)).map(|(_, known)| known));
    }
    Ok(objects.count() as u64)
}

/// Notes what could not be read.
fn problems(
    past: &History,
    objects: &Objects,
    trace: Option<&Trace<'_>>,
    options: &HistoryOptions,
    scanner: &Scanner<'_>,
) {
    let module = |message: String| {
        let name = String::from_utf8_lossy(&scanner.shown(&past.module)).into_owned();
        if name.is_empty() { message } else { format!("submodule {name}: {message}") }
    };
    let note = |kind: ProblemKind, message: String| {
        let message = masked(scanner.detector, module(message).as_bytes());
        scanner.collector.problem(Problem { path: None, kind, message });
    };
    let of_modules = past.faults.iter().cloned();
    for fault in objects.faults().into_iter().chain(past.refs().faults.iter().cloned()).chain(of_modules) {
        note(ProblemKind::Unreadable, fault);
    }
    let shallow = &past.refs().shallow;
    if !shallow.is_empty() && !options.allow_shallow {
        note(ProblemKind::Shallow, CUT_OFF.to_owned());
    }
    if trace.is_some_and(|trace| trace.is_cut) {
        let message =
            "trees and commits name more than can be noted: where keys come from, and what is missing, is not all told";
        note(ProblemKind::Limit, message.to_owned());
    }
    let missing = objects.missing(trace, shallow);
    let remedy = if objects.is_partial() { ALL_OBJECTS } else { "see `git fsck`" };
    for id in missing.iter().take(MOST_NAMED) {
        note(ProblemKind::Missing, format!("object {id} is missing; {remedy}"));
    }
    let more = match missing.len().saturating_sub(MOST_NAMED) {
        0 => return,
        1 => "1 more object is missing".to_owned(),
        more => format!("{more} more objects are missing"),
    };
    note(ProblemKind::Missing, format!("{more}; {remedy}"));
}

/// What is found while objects are read, by several threads.
#[derive(Default)]
struct Gathered {
    inner: Mutex<Inner>,
}

#[derive(Default)]
struct Inner {
    numbers: HashMap<RuleSecret, u32>,
    secrets: Vec<RuleSecret>,
    hits: Hits,
    /// What was found in containers, and in objects that are too large to be read again.
    details: Details,
    /// How many different secrets there are besides.
    more: u64,
    /// How many secrets were noted, each in each object, and whether there was no room for another one.
    noted: usize,
    is_full: bool,
}

impl Gathered {
    fn into_inner(self) -> Inner {
        let mut inner = self.inner.into_inner().unwrap_or_else(PoisonError::into_inner);
        inner.hits.objects.values_mut().chain(inner.hits.names.values_mut()).for_each(|secrets| {
            secrets.sort_unstable();
            secrets.dedup();
        });
        inner
    }

    /// Tells what is wrong with containers that stand in what references name. Where the others are takes a second walk.
    fn tell_troubles(&self, teller: &Teller<'_>, objects: &Objects) {
        let mut inner = self.inner.lock().unwrap_or_else(PoisonError::into_inner);
        let Inner { hits, details, .. } = &mut *inner;
        let wanted: HashSet<Node> = details.troubled().collect();
        if wanted.is_empty() {
            return;
        }
        for (node, paths) in objects.paths_in_refs(wanted) {
            if teller.troubles_at(node, &paths, details)
                && let Entry::Occupied(mut secrets) = hits.objects.entry(node)
            {
                secrets.get_mut().retain(|&secret| secret != TROUBLE);
                if secrets.get().is_empty() {
                    secrets.remove();
                }
            }
        }
    }

    fn has_hits(&self) -> bool {
        !self.objects().is_empty()
    }

    /// The objects in which something was found.
    fn objects(&self) -> Vec<Node> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner).hits.objects.keys().copied().collect()
    }

    /// Searches what was found; says whether it may hold something.
    fn take(&self, scanner: &Scanner<'_>, found: Found<'_>) -> bool {
        let (detector, counters) = (scanner.detector, scanner.counters);
        match found {
            Found::Excerpt(_, new) => {
                let may_hold =
                    detector.may_hold_in(new.text, new.seams) || inside::may_make_container(new.beginning, new.text);
                if !may_hold {
                    counters.add(new.size);
                }
                may_hold
            }
            Found::Object(node, Object { kind, data, text }) => {
                if kind == Kind::Blob && inside::format_of(data).is_some() {
                    self.blob(scanner, node, Content::Memory(data));
                    return true;
                }
                let Sight { hits, has_packed, holds_prefix } = detector.find_if_any(text);
                if has_packed && kind == Kind::Blob {
                    self.blob(scanner, node, Content::Memory(data));
                    return true;
                }
                match kind {
                    Kind::Blob => counters.add(data.len() as u64),
                    Kind::Tree | Kind::Commit | Kind::Tag => counters.add_bytes(data.len() as u64),
                }
                self.note(hits.iter().map(|hit| (hit.rule, hit.secret(text))), |hits| {
                    hits.objects.entry(node).or_default()
                });
                // What only looked encoded is known to be nothing, and so is what is made from it without another look.
                !hits.is_empty() || holds_prefix
            }
            Found::Huge(node, pieces) => {
                self.blob(scanner, node, Content::Stream(pieces));
                true
            }
            Found::Names(names) => detector.may_hold(names),
            Found::Name(name, text) => {
                let hits = detector.find_all(text, None);
                let secrets = hits.iter().map(|hit| (hit.rule, hit.secret(text)));
                self.note(secrets, |hits| hits.names.entry(name).or_default());
                true
            }
        }
    }

    fn note(&self, secrets: impl Iterator<Item = RuleSecret>, list: impl Fn(&mut Hits) -> &mut Vec<u32>) {
        let mut secrets = secrets.peekable();
        if secrets.peek().is_none() {
            return;
        }
        let mut inner = self.inner.lock().unwrap_or_else(PoisonError::into_inner);
        // One object may repeat a key any number of times.
        let numbers: BTreeSet<u32> = secrets.filter_map(|known| inner.number(known)).collect();
        if inner.has_room(numbers.len()) {
            list(&mut inner.hits).extend(numbers);
        }
    }

    /// Searches a container, or a huge blob in pieces. What is found keeps its details: nobody wants to open or to read it again for
    /// them.
    fn blob(&self, scanner: &Scanner<'_>, node: Node, content: Content<'_>) {
        let target = Target { path: &|| None, part: Part::Content, plain_path: &|| None };
        let outer = || ScanPath::new(Arc::new(Root::unknown()), Vec::new(), Vec::new());
        let lock = || self.inner.lock().unwrap_or_else(PoisonError::into_inner);
        let can_be_read_again = matches!(content, Content::Memory(_));
        // It may repeat a key any number of times.
        let noted = RefCell::new(HashSet::new());
        let mut add = |findings: Vec<Finding>| {
            let mut inner = lock();
            for finding in findings {
                let rule = scanner.detector.rules().iter().position(|rule| rule.id == finding.rule.id);
                let Some(number) = rule.and_then(|rule| inner.number((rule, finding.secret.clone()))) else { continue };
                if noted.borrow_mut().insert(number) && inner.has_room(1) {
                    inner.hits.objects.entry(node).or_default().push(number);
                }
                inner.details.add(node, number, finding, can_be_read_again);
            }
        };
        let mut problem = |problem| {
            let mut inner = lock();
            if noted.borrow_mut().insert(TROUBLE) {
                inner.hits.objects.entry(node).or_default().push(TROUBLE);
            }
            inner.details.trouble(node, problem);
        };
        let sink = Sink::new(&mut add, &mut problem);
        let ending = Inside::without_path(scanner).run(&target, &outer, content, &sink);
        // That it cannot be read to its end is told with all that cannot be read, by its name.
        scanner.counters.add(ending.bytes);
    }
}

impl Inner {
    /// Whether so many secrets of an object can be noted. Each is known in any case, and told without a place if it has none.
    fn has_room(&mut self, count: usize) -> bool {
        self.is_full |= self.noted + count > MOST_NOTED;
        self.noted += if self.is_full { 0 } else { count };
        !self.is_full
    }

    /// The number of a secret; none if there are too many.
    fn number(&mut self, known: RuleSecret) -> Option<u32> {
        if let Some(&number) = self.numbers.get(&known) {
            return Some(number);
        }
        if self.secrets.len() >= MAX_FINDINGS {
            self.more += 1;
            return None;
        }
        let number = self.secrets.len() as u32;
        self.secrets.push(known.clone());
        self.numbers.insert(known, number);
        Some(number)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rule::RuleSet;

    #[test]
    fn so_many_keys_are_noted() {
        for (count, is_full) in [(1, false), (9_999_999, false), (10_000_000, true)] {
            let mut inner = Inner::default();
            assert!(inner.has_room(1) && inner.has_room(count - 1), "{count}");
            assert_eq!((inner.has_room(1), inner.is_full), (!is_full, is_full), "{count}");
            // Once something was left out, all the rest is: what is told is all or not.
            assert_eq!(inner.has_room(0), !is_full);
        }
    }

    #[test]
    fn a_key_that_an_object_repeats_is_noted_once() {
        let detector = Detector::new(&RuleSet::built_in().unwrap());
        let counters = Counters::default();
        let run = Run::begin(&Options::default(), &detector, &counters);
        let key = ["rg", "_live_", "k7Qm2Xw9", "Rt4Vb8Nc", "Zp3Lh6Js", "Gd5Fy1Ta"].concat();
        let text = format!("KEY={key}\n").repeat(100);
        let gathered = Gathered::default();
        gathered.take(
            &run.scanner,
            Found::Object(3, Object { kind: Kind::Blob, data: text.as_bytes(), text: text.as_bytes() }),
        );
        gathered.take(&run.scanner, Found::Huge(4, &mut text.as_bytes()));
        let hits = gathered.inner.into_inner().unwrap().hits;
        assert_eq!((&*hits.objects[&3], &*hits.objects[&4]), (&[0][..], &[0][..]));
    }
}
