//! Searches one content of any length through one buffer, and turns hits into findings.

use std::io::{self, Read};
use std::sync::Arc;

use crate::detect::{Detector, Hit, PathOf, Progress, Window};
use crate::finding::{Finding, Part, Span};
use crate::place::ScanPath;
use crate::secret::Secret;

use super::comments::{Idle, Seen};
use super::lines::Lines;
use super::snippet::{self, Hidden};

/// How many bytes are read and searched at once: most files whole, and little enough to stay in the processor's cache
/// between the reading and the searching.
const PIECE: usize = 128 << 10;

/// A content with a zero byte in its first so many is binary: git's rule.
const BINARY_PROBE: usize = 8000;

/// A thread's buffer.
#[derive(Debug, Default)]
pub(super) struct Buffer {
    bytes: Vec<u8>,
}

/// What is searched.
pub(super) struct Target<'t> {
    /// Its path, to be shown; asked for only when something was found.
    pub(super) path: &'t dyn Fn() -> Option<Arc<ScanPath>>,
    /// What of it is searched.
    pub(super) part: Part,
    /// Its path as it is, for rules that go by it.
    pub(super) plain_path: PathOf<'t>,
}

/// How a search ended.
pub(super) struct Ending {
    /// How many bytes were searched.
    pub(super) bytes: u64,
    /// Why there were not more.
    pub(super) error: Option<io::Error>,
    /// The lines of comments that allow nothing, where they are looked for.
    pub(super) idle: Vec<u64>,
}

/// How to search.
pub(super) struct Search<'s> {
    pub(super) detector: &'s Detector,
    pub(super) show_secrets: bool,
    /// Whether rules go by the target's path; if it is not known yet, they must not.
    pub(super) by_path: bool,
    /// Whether comments may allow secrets.
    pub(super) by_comments: bool,
}

/// Where the search of one content stands.
struct State {
    progress: Progress,
    lines: Lines,
    is_binary: Option<bool>,
    path: Option<Option<Arc<ScanPath>>>,
    /// Secrets of earlier windows, by offset in the content: they may show in the next one, too.
    earlier: Vec<Earlier>,
    comments: Seen,
}

#[derive(Clone, Copy)]
struct Earlier {
    start: u64,
    end: u64,
    shown: usize,
}

impl State {
    fn new(detector: &Detector, idle: Idle) -> Self {
        State {
            progress: detector.start(),
            lines: Lines::default(),
            is_binary: None,
            path: None,
            earlier: Vec::new(),
            comments: Seen::new(idle),
        }
    }

    /// Whether the content is binary; the first window that asks is the one that begins it.
    fn is_binary(&mut self, window: &[u8]) -> bool {
        *self.is_binary.get_or_insert_with(|| memchr::memchr(0, &window[..window.len().min(BINARY_PROBE)]).is_some())
    }

    /// Notes the comments in a window that may allow something. In what has no lines, there are none.
    fn note_comments(&mut self, window: &Window<'_>, start: u64, limit: usize, lines: Lines) {
        if self.comments.has_news(window) && !self.is_binary(window.bytes) {
            self.comments.note(window, start, limit, lines);
        }
    }

    /// All secrets that show in a window, in order: those of earlier ones as far as they reach into it, and its own.
    fn hidden_in(&mut self, start: u64, hits: &[Hit]) -> Vec<Hidden> {
        self.earlier.retain(|secret| secret.end > start);
        let earlier = self.earlier.iter().map(|secret| Hidden {
            span: secret.start.saturating_sub(start) as usize..(secret.end - start) as usize,
            shown: if secret.start < start { 0 } else { secret.shown },
        });
        let own = hits.iter().map(|hit| Hidden { span: hit.span.clone(), shown: hit.shown });
        let mut hidden: Vec<Hidden> = earlier.chain(own).collect();
        // A rule's secret may begin far behind where its match does; and two rules may have found the same one.
        hidden.sort_by_key(|secret| (secret.span.start, secret.span.end));
        hidden.dedup_by(|a, b| a.span == b.span);
        self.earlier.extend(hits.iter().map(|hit| Earlier {
            start: start + hit.span.start as u64,
            end: start + hit.span.end as u64,
            shown: hit.shown,
        }));
        hidden
    }
}

impl<'s> Search<'s> {
    /// Searches all of `content`; findings go to `sink`, those of one window at a time.
    pub(super) fn run(
        &self,
        target: &Target<'_>,
        content: &mut dyn Read,
        buffer: &mut Buffer,
        sink: &mut dyn FnMut(Vec<Finding>),
    ) -> Ending {
        let mut pass = self.begin(buffer, Idle::Never);
        let begun = pass.fill(content);
        pass.rest(begun, target, content, sink)
    }

    /// Makes ready to search one content; `idle` says whether comments are looked for that allow nothing.
    pub(super) fn begin<'p>(&'p self, buffer: &'p mut Buffer, idle: Idle) -> Pass<'p, 's> {
        buffer.bytes.resize(PIECE.max(4 * (self.detector.behind() + self.detector.reach())), 0);
        let idle = if self.by_comments { idle } else { Idle::Never };
        let state = State::new(self.detector, idle);
        Pass { search: self, buffer: &mut buffer.bytes, state, hits: Vec::new(), start: 0, from: 0, filled: 0 }
    }

    fn findings(
        &self,
        window: &Window<'_>,
        start: u64,
        hits: &[Hit],
        target: &Target<'_>,
        state: &mut State,
    ) -> Vec<Finding> {
        let decided = self.detector.limit(window);
        let is_text = target.part == Part::LinkTarget || !state.is_binary(window.bytes);
        let path = state.path.get_or_insert_with(target.path).clone();
        let hidden = state.hidden_in(start, hits);
        let to_finding = |hit: &Hit| {
            let offset = start + hit.span.start as u64;
            let secret = &window.bytes[hit.span.clone()];
            let mut finding = new_finding(self.detector, hit, secret, path.clone(), target.part, offset);
            if is_text {
                if self.by_comments && target.part == Part::Content {
                    finding.suppressed = state.comments.allows(self.detector, window, start, hit).map(Box::new);
                }
                // What lies behind the decided part is counted in the next window; until then, ahead of the count.
                let mut ahead = state.lines;
                let lines = if hit.span.start > decided { &mut ahead } else { &mut state.lines };
                finding.span = Some(span_of(lines, window.bytes, start, hit));
                let key = Hidden { span: hit.span.clone(), shown: hit.shown };
                finding.snippet = Some(Box::new(snippet::cut(window.bytes, &key, &hidden, decided, self.show_secrets)));
            }
            finding
        };
        hits.iter().map(to_finding).collect()
    }
}

/// The search of one content: what is in the buffer, and where that lies.
pub(super) struct Pass<'p, 's> {
    search: &'p Search<'s>,
    buffer: &'p mut [u8],
    state: State,
    hits: Vec<Hit>,
    /// Where the buffer begins in the content.
    start: u64,
    /// Where what is undecided begins in the buffer.
    from: usize,
    filled: usize,
}

impl Pass<'_, '_> {
    /// Reads until the buffer is full or the content ends; says whether it ended, and of what error.
    pub(super) fn fill(&mut self, content: &mut dyn Read) -> (bool, Option<io::Error>) {
        fill(content, self.buffer, &mut self.filled)
    }

    /// What is in the buffer.
    pub(super) fn window(&self) -> &[u8] {
        &self.buffer[..self.filled]
    }

    /// Searches what is in the buffer and, unless it ended, the rest of the content.
    pub(super) fn rest(
        &mut self,
        (mut ended, mut error): (bool, Option<io::Error>),
        target: &Target<'_>,
        content: &mut dyn Read,
        sink: &mut dyn FnMut(Vec<Finding>),
    ) -> Ending {
        loop {
            if ended {
                let bytes = self.last(target, sink);
                return Ending { bytes, error, idle: self.state.comments.idle_lines() };
            }
            self.step(false, target, sink);
            (ended, error) = self.fill(content);
        }
    }

    /// Takes more of the content.
    pub(super) fn push(&mut self, mut bytes: &[u8], target: &Target<'_>, sink: &mut dyn FnMut(Vec<Finding>)) {
        while !bytes.is_empty() {
            if self.filled == self.buffer.len() {
                self.step(false, target, sink);
            }
            let count = bytes.len().min(self.buffer.len() - self.filled);
            self.buffer[self.filled..self.filled + count].copy_from_slice(&bytes[..count]);
            self.filled += count;
            bytes = &bytes[count..];
        }
    }

    /// Searches what is in the buffer as the end of the content; gives how many bytes that has.
    pub(super) fn last(&mut self, target: &Target<'_>, sink: &mut dyn FnMut(Vec<Finding>)) -> u64 {
        self.step(true, target, sink);
        self.start + self.filled as u64
    }

    fn step(&mut self, last: bool, target: &Target<'_>, sink: &mut dyn FnMut(Vec<Finding>)) {
        let detector = self.search.detector;
        let window = Window { bytes: &self.buffer[..self.filled], from: self.from, last };
        let path = self.search.by_path.then_some(target.plain_path);
        detector.find(&window, self.start, &mut self.state.progress, path, &mut self.hits);
        let lines = self.state.lines;
        if !self.hits.is_empty() {
            sink(self.search.findings(&window, self.start, &self.hits, target, &mut self.state));
            self.hits.clear();
        }
        if self.state.comments.is_looked_for(&window, self.start) {
            let limit = detector.limit(&window);
            self.state.note_comments(&window, self.start, limit, lines);
        }
        if last {
            return;
        }
        let limit = detector.limit(&window);
        self.state.is_binary(window.bytes);
        self.state.lines.advance_near(window.bytes, self.start, self.start + limit as u64);
        // The position may be a few bytes before the limit, and they have to be there to go on from.
        let keep = limit.saturating_sub(detector.behind().max(4));
        self.buffer.copy_within(keep..self.filled, 0);
        self.start += keep as u64;
        self.from = limit - keep;
        self.filled -= keep;
    }
}

/// A finding in a file's or folder's own name.
pub(super) fn finding_in_name(detector: &Detector, target: &Target<'_>, name: &[u8], hit: &Hit) -> Finding {
    new_finding(detector, hit, &name[hit.span.clone()], (target.path)(), target.part, hit.span.start as u64)
}

fn new_finding(
    detector: &Detector,
    hit: &Hit,
    secret: &[u8],
    path: Option<Arc<ScanPath>>,
    part: Part,
    offset: u64,
) -> Finding {
    Finding {
        rule: Arc::clone(&detector.rules()[hit.rule]),
        secret: Secret::new(secret, hit.shown),
        path,
        part,
        span: None,
        offset,
        snippet: None,
        encoding: Vec::new(),
        git: None,
        verification: None,
        suppressed: None,
    }
}

/// Lines and columns of a hit. Hits come in order, so each is counted from the last; the end is counted apart, since the
/// next hit may begin before it.
fn span_of(lines: &mut Lines, window: &[u8], start: u64, hit: &Hit) -> Span {
    lines.advance(window, start, start + hit.span.start as u64);
    let mut end = *lines;
    end.advance(window, start, start + hit.span.end as u64);
    Span {
        line: lines.line,
        column: lines.column,
        end_line: end.line,
        end_column: end.column,
        utf16_column: lines.utf16_column,
        utf16_end_column: end.utf16_column,
    }
}

/// Reads until `buffer` is full or the content ends; says whether it ended, and of what error.
fn fill(content: &mut dyn Read, buffer: &mut [u8], filled: &mut usize) -> (bool, Option<io::Error>) {
    while *filled < buffer.len() {
        match content.read(&mut buffer[*filled..]) {
            Ok(0) => return (true, None),
            Ok(read) => *filled += read,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return (true, Some(error)),
        }
    }
    (false, None)
}
