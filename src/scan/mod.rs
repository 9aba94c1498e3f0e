//! The pipeline: a source hands over content, the detector searches it, and what it finds is gathered, sorted and given
//! back as one [`Outcome`].

mod collect;
mod comments;
mod confirm;
mod content;
mod counters;
mod embedded;
mod growing;
mod guard;
mod history;
mod inside;
mod lines;
mod newest_version;
mod presence;
mod range;
mod root_name;
mod snippet;
mod suppressed;
mod text;

use std::io::Read;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::sync::Arc;
use std::time::{Instant, UNIX_EPOCH};

use crate::container::Limits;
use crate::detect::Detector;
use crate::fault::{FAILED, in_words};
use crate::finding::{Outcome, Part, Problem, ProblemKind, SourceKind, Stats};
use crate::place::{Root, ScanPath, last_part};
use crate::source::files::{self, Options as FileOptions};
use crate::source::staged::Staged;
use crate::source::{GitError, Item, Named, Place, RootError};

use collect::{Collector, Sorted};
use comments::told;
use content::{Ending, Search, Target};
use inside::{Content, Inside, Sink};

pub use collect::MAX_FINDINGS;
pub use comments::{Comments, Idle};
pub use confirm::{confirm, confirm_each};
pub use counters::Counters;
pub use history::{HistoryOptions, scan_history};
pub use inside::begins_container;
pub use presence::{Wanted, is_in_file, is_staged};
pub use range::{Commits, scan_range};
pub use root_name::note_name;
pub use suppressed::{Stale, known, suppress};

/// What to scan and how.
#[derive(Debug, Default)]
pub struct Options {
    /// What was named; the current folder if nothing was.
    pub named: Vec<Named>,
    /// How files are chosen.
    pub files: FileOptions,
    /// How many threads read and search; as many as there are processors if not given.
    pub threads: Option<usize>,
    /// Keep secrets in paths and snippets plain.
    pub show_secrets: bool,
    /// How much may come out of one container.
    pub limits: Limits,
    /// What is made of comments that allow secrets.
    pub comments: Comments,
    /// The files that say what counts, from the top of the repository: whether the commits of a range change them is told.
    pub settings: Vec<Vec<u8>>,
}

/// Why a scan could not begin.
#[derive(Debug)]
pub enum ScanError {
    /// A named path cannot be scanned.
    Root(RootError),
    /// A repository cannot be read.
    Git(GitError),
    /// The threads could not be started.
    Threads(String),
}

impl std::fmt::Display for ScanError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            ScanError::Root(error) => error.fmt(f),
            ScanError::Git(error) => error.fmt(f),
            ScanError::Threads(reason) => write!(f, "cannot start the threads: {reason}; try `--threads 1`"),
        }
    }
}

impl std::error::Error for ScanError {}

impl From<RootError> for ScanError {
    fn from(error: RootError) -> Self {
        ScanError::Root(error)
    }
}

impl From<GitError> for ScanError {
    fn from(error: GitError) -> Self {
        ScanError::Git(error)
    }
}

/// Scans what `options` name; `stdin` is read if it is among it.
///
/// # Errors
/// A named path does not exist or cannot be scanned. What goes wrong later is a problem in the outcome.
pub fn scan(
    options: &Options,
    detector: &Detector,
    counters: &Counters,
    stdin: &mut dyn Read,
) -> Result<Outcome, ScanError> {
    let here = [Named::Path(".".into())];
    let named = if options.named.is_empty() { &here[..] } else { &options.named };
    let paths = named.iter().filter_map(|named| match named {
        Named::Path(path) => Some(path.as_path()),
        Named::Stdin => None,
    });
    let run = Run::begin(options, detector, counters);
    let starts = files::start(paths, options.files.follow_named)?;
    let scanner = &run.scanner;
    let pool = pool(options)?;
    if named.contains(&Named::Stdin) {
        scanner.stream(stdin);
    }
    pool.install(|| files::read(&starts, &options.files, &|name| scanner.shown(name), &|item| scanner.take(item)));
    let source = if starts.is_empty() { SourceKind::Stdin } else { SourceKind::Files };
    let roots = named.iter().map(|named| shown_root(detector, options.show_secrets, named)).collect();
    Ok(run.finish(source, roots))
}

/// Scans what the next commit would record in the repository that `folder` is in, or that git's environment names. Of `options`,
/// what is named counts for nothing.
///
/// # Errors
/// There is no such repository, or it cannot be read. What goes wrong later is a problem in the outcome.
pub fn scan_staged(
    folder: &Path,
    options: &Options,
    detector: &Detector,
    counters: &Counters,
) -> Result<Outcome, ScanError> {
    let run = Run::begin(options, detector, counters);
    let staged = Staged::find(folder, &options.files.exclude)?;
    let scanner = &run.scanner;
    counters.add_excluded(staged.excluded);
    pool(options)?.install(|| staged.read(&|item| scanner.take(item)));
    let named = &staged.root().named;
    let root = if named.is_empty() { ".".to_owned() } else { String::from_utf8_lossy(named).into_owned() };
    Ok(run.finish(SourceKind::Staged, vec![root]))
}

/// A scan under way.
struct Run<'s> {
    begin: Instant,
    scanner: Scanner<'s>,
}

impl<'s> Run<'s> {
    fn begin(options: &Options, detector: &'s Detector, counters: &'s Counters) -> Self {
        let Options { show_secrets, limits, comments, .. } = *options;
        let scanner = Scanner { detector, counters, collector: Collector::default(), show_secrets, limits, comments };
        Run { begin: Instant::now(), scanner }
    }

    fn finish(self, source: SourceKind, roots: Vec<String>) -> Outcome {
        let Scanner { detector, counters, collector, .. } = self.scanner;
        let Sorted { findings, problems, notes } = collector.finish();
        let files = counters.files();
        let objects = if source == SourceKind::Staged { files } else { 0 };
        let took = self.begin.elapsed();
        let began = UNIX_EPOCH.elapsed().map_or(0, |now| now.saturating_sub(took).as_secs());
        Outcome {
            source,
            roots,
            name: None,
            stats: Stats {
                files,
                objects,
                bytes: counters.bytes(),
                excluded: counters.excluded(),
                seconds: took.as_secs_f64(),
                began,
            },
            changed_settings: Vec::new(),
            findings,
            problems,
            notes,
            rules: detector.rules().to_vec(),
        }
    }
}

/// The bytes of a thread's stack.
const STACK: usize = 16 << 20;

fn pool(options: &Options) -> Result<rayon::ThreadPool, ScanError> {
    // Trees may be nested as deep as no file system has them.
    let pool = rayon::ThreadPoolBuilder::new().num_threads(options.threads.unwrap_or(0)).stack_size(STACK).build();
    pool.map_err(|error| ScanError::Threads(error.to_string()))
}

/// A root as it was named, to be shown.
fn shown_root(detector: &Detector, show_secrets: bool, named: &Named) -> String {
    match named {
        Named::Stdin => "-".to_owned(),
        Named::Path(path) => shown_folder(detector, show_secrets, path),
    }
}

fn shown_folder(detector: &Detector, show_secrets: bool, folder: &Path) -> String {
    let name = folder.to_string_lossy();
    if show_secrets { name.into_owned() } else { masked(detector, name.as_bytes()) }
}

/// A text with every secret in it redacted.
fn masked(detector: &Detector, text: &[u8]) -> String {
    String::from_utf8_lossy(&detector.mask(text)).into_owned()
}

/// Searches what a source hands over.
struct Scanner<'s> {
    detector: &'s Detector,
    counters: &'s Counters,
    collector: Collector,
    show_secrets: bool,
    limits: Limits,
    comments: Comments,
}

impl Scanner<'_> {
    /// Searches one item. Should gridleaks itself fail on it, that is a problem and the scan goes on.
    fn take(&self, item: Item<'_>) {
        let place = match &item {
            Item::Excluded => return self.counters.add_excluded(1),
            Item::File(place, _)
            | Item::Folder(place)
            | Item::Link(place, _)
            | Item::Name(place)
            | Item::Content(place, _)
            | Item::Target(place, _)
            | Item::Unreadable(place, _)
            | Item::Problem(place, _)
            | Item::Note(place, _) => *place,
        };
        if catch_unwind(AssertUnwindSafe(|| self.search(item))).is_err() {
            self.problem(place, ProblemKind::Internal, FAILED.to_owned());
        }
    }

    fn search(&self, item: Item<'_>) {
        match item {
            Item::File(place, mut file) => {
                self.search_name(place, Part::FileName);
                self.search_content(place, Content::File(&mut file));
            }
            Item::Folder(place) => self.search_name(place, Part::FolderName),
            Item::Link(place, mut target) => {
                self.search_name(place, Part::FileName);
                self.search_link(place, &mut target);
            }
            Item::Name(place) => self.search_name(place, Part::FileName),
            Item::Content(place, content) => self.search_content(place, Content::Memory(content)),
            Item::Target(place, mut target) => self.search_link(place, &mut target),
            Item::Problem(place, message) => self.problem(place, ProblemKind::Unreadable, message),
            Item::Unreadable(place, error) => {
                self.search_name(place, Part::FileName);
                self.problem(place, ProblemKind::Unreadable, in_words(&error));
            }
            Item::Note(place, message) => {
                self.collector.note(self.path(place), masked(self.detector, message.as_bytes()));
            }
            Item::Excluded => {}
        }
    }

    /// Searches standard input.
    fn stream(&self, stdin: &mut dyn Read) {
        let target = Target { path: &|| None, part: Part::Content, plain_path: &|| None };
        let outer = || ScanPath::new(Arc::new(Root::stdin()), Vec::new(), Vec::new());
        let search = || self.search_target(&target, &outer, Content::Stream(stdin), self.idle_in_one());
        if catch_unwind(AssertUnwindSafe(search)).is_err() {
            self.collector.problem(Problem { path: None, kind: ProblemKind::Internal, message: FAILED.to_owned() });
        }
    }

    fn search_name(&self, place: Place<'_>, part: Part) {
        let name = match (place.folder, place.name) {
            (b"", b"") => &place.root.name.0,
            // A folder: its own name is the last part of its path.
            (folder, b"") => last_part(folder),
            (_, name) => name,
        };
        let below = || Some(place.below());
        for hit in self.detector.find_all(name, Some(&below)) {
            let target = Target { path: &|| Some(self.path(place)), part, plain_path: &below };
            self.collector.add(vec![content::finding_in_name(self.detector, &target, name, &hit)]);
        }
    }

    fn search_content(&self, place: Place<'_>, content: Content<'_>) {
        let path = || self.path(place);
        let target = Target { path: &|| Some(path()), part: Part::Content, plain_path: &|| Some(place.below()) };
        // What was named itself is one content, and not one of many.
        let is_named = place.folder.is_empty() && place.name.is_empty();
        let idle = if is_named { self.idle_in_one() } else { self.comments.idle };
        self.search_target(&target, &|| (*path()).clone(), content, idle);
    }

    fn search_target(&self, target: &Target<'_>, outer: &dyn Fn() -> ScanPath, content: Content<'_>, idle: Idle) {
        let mut add = |findings| self.collector.add(findings);
        let mut problem = |problem| self.collector.problem(problem);
        let ending = Inside::looking_for(self, idle).run(target, outer, content, &Sink::new(&mut add, &mut problem));
        if !ending.idle.is_empty() {
            let path = (target.path)().unwrap_or_else(|| Arc::new(outer()));
            self.collector.note(path, told(&ending.idle));
        }
        self.ended(target, ending);
    }

    /// Where comments are told that allow nothing, in a content that was named itself.
    fn idle_in_one(&self) -> Idle {
        if self.comments.idle == Idle::Never { Idle::Never } else { Idle::InAll }
    }

    /// How to search, by paths if they are known.
    fn search_by(&self, by_path: bool) -> Search<'_> {
        let (detector, show_secrets, by_comments) = (self.detector, self.show_secrets, self.comments.count);
        Search { detector, show_secrets, by_path, by_comments }
    }

    fn search_link(&self, place: Place<'_>, content: &mut dyn Read) {
        let target =
            Target { path: &|| Some(self.path(place)), part: Part::LinkTarget, plain_path: &|| Some(place.below()) };
        let search = self.search_by(true);
        let ending = inside::with_buffer(|buffer| {
            search.run(&target, content, buffer, &mut |findings| self.collector.add(findings))
        });
        self.ended(&target, ending);
    }

    fn ended(&self, target: &Target<'_>, ending: Ending) {
        self.counters.add(ending.bytes);
        if let Some(error) = ending.error {
            let problem = Problem { path: (target.path)(), kind: ProblemKind::Unreadable, message: in_words(&error) };
            self.collector.problem(problem);
        }
    }

    fn problem(&self, place: Place<'_>, kind: ProblemKind, message: String) {
        self.collector.problem(Problem { path: Some(self.path(place)), kind, message });
    }

    /// The path of a place, to be shown.
    fn path(&self, place: Place<'_>) -> Arc<ScanPath> {
        let plain = place.below();
        Arc::new(ScanPath::new(Arc::clone(place.root), self.shown(&plain), plain))
    }

    /// A name with secrets redacted, unless they are to be shown.
    fn shown(&self, name: &[u8]) -> Vec<u8> {
        if self.show_secrets { name.to_vec() } else { self.detector.mask(name) }
    }
}
