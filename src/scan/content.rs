//! Searches one content of any length through one buffer, and turns hits into findings.

use std::io::{self, Read};
use std::ops::Range;
use std::sync::Arc;

use crate::detect::{Detector, Hit, Packed, PathOf, Progress, Window};
use crate::finding::{Finding, Part, Span};
use crate::place::ScanPath;

use super::comments::{Idle, Seen};
use super::embedded::{Embedded, Only, Pending, Place, Take};
use super::lines::Lines;
use super::snippet::{Hidden, Line};
use super::text::Text;

/// How many bytes are read and searched at once: most files whole, and little enough to stay in the processor's cache
/// between the reading and the searching.
const PIECE: usize = 128 << 10;

/// How many characters of an encoded container are shown.
const SHOWN_OF_PACKED: usize = 8;

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
    /// What text the content is; none for a binary one.
    text: Option<Option<Text>>,
    path: Option<Option<Arc<ScanPath>>>,
    /// Secrets of earlier windows, by offset in the content: they may show in the next one, too.
    earlier: Vec<Earlier>,
    /// A container in encoded text whose end was not seen yet.
    pending: Option<Pending>,
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
            text: None,
            path: None,
            earlier: Vec::new(),
            pending: None,
            comments: Seen::new(idle),
        }
    }

    /// What text the content is, none if it is binary; the first window that asks is the one that begins it.
    fn text(&mut self, window: &[u8]) -> Option<Text> {
        let lines = &mut self.lines;
        *self.text.get_or_insert_with(|| {
            let text = Text::of(&window[..window.len().min(BINARY_PROBE)]);
            lines.read_as(text.unwrap_or_default());
            text
        })
    }

    /// Notes the comments in a window that may allow something. In what has no lines, there are none.
    fn note_comments(&mut self, window: &Window<'_>, start: u64, limit: usize, lines: Lines) {
        if self.comments.has_news(window) && self.text(window.bytes).is_some() {
            self.comments.note(window, start, limit, lines);
        }
    }

    /// All secrets that show in a window, in order: those of earlier ones as far as they reach into it, and its own.
    fn hidden_in(&mut self, start: u64, own: Vec<Hidden>) -> Vec<Hidden> {
        self.earlier.retain(|secret| secret.end > start);
        let earlier = self.earlier.iter().map(|secret| Hidden {
            span: secret.start.saturating_sub(start) as usize..(secret.end - start) as usize,
            shown: if secret.start < start { 0 } else { secret.shown },
        });
        let mut hidden: Vec<Hidden> = earlier.chain(own.iter().cloned()).collect();
        // A rule's secret may begin far behind where its match does; and two rules may have found the same one.
        hidden.sort_by_key(|secret| (secret.span.start, secret.span.end));
        hidden.dedup_by(|a, b| a.span == b.span);
        self.earlier.extend(own.iter().map(|own| Earlier {
            start: start + own.span.start as u64,
            end: start + own.span.end as u64,
            shown: own.shown,
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
        pass.rest(begun, target, content, &mut Only(sink))
    }

    /// Makes ready to search one content; `idle` says whether comments are looked for that allow nothing.
    pub(super) fn begin<'p>(&'p self, buffer: &'p mut Buffer, idle: Idle) -> Pass<'p, 's> {
        buffer.bytes.resize(PIECE.max(4 * (self.detector.behind() + self.detector.reach())), 0);
        let idle = if self.by_comments { idle } else { Idle::Never };
        let state = State::new(self.detector, idle);
        Pass { search: self, buffer: &mut buffer.bytes, state, hits: Vec::new(), start: 0, from: 0, filled: 0 }
    }

    /// The findings in a window, and where the containers in encoded text begin and stand.
    fn tell(&self, seen: &InWindow<'_>, target: &Target<'_>, state: &mut State) -> (Vec<Finding>, Vec<(Lines, Place)>) {
        let (window, start) = (seen.window, seen.start);
        let decided = self.detector.limit(window);
        let text = state.text(window.bytes).or((target.part == Part::LinkTarget).then_some(Text::Bytes));
        let path = state.path.get_or_insert_with(target.path).clone();
        let spans = seen.hits.iter().map(|hit| Hidden { span: hit.span.clone(), shown: hit.shown });
        let packed = seen.packed.iter().map(|packed| Hidden { span: packed.span.clone(), shown: SHOWN_OF_PACKED });
        let hidden = state.hidden_in(start, spans.chain(packed).collect());
        let snippet = |text: Text, key: &Hidden| {
            let line = Line { window: window.bytes, key, hidden: &hidden, decided };
            Box::new(line.cut(text, self.show_secrets))
        };
        let is_allowed = |comments: &mut Seen, span: &Range<usize>| {
            let may_be = self.by_comments && target.part == Part::Content && text.is_some();
            may_be.then(|| comments.allows(self.detector, window, start, span)).flatten().map(Box::new)
        };
        let mut place = |packed: &Packed| {
            // Findings are counted from one to the next, and this may lie behind them.
            let (mut lines, key) = (state.lines, Hidden { span: packed.span.clone(), shown: SHOWN_OF_PACKED });
            let place = Place {
                offset: start + packed.span.start as u64,
                end: start + packed.span.end as u64,
                span: text.map(|_| span_of(&mut lines, window.bytes, start, &packed.span)),
                snippet: text.map(|text| snippet(text, &key)),
                suppressed: is_allowed(&mut state.comments, &packed.span),
            };
            (lines, place)
        };
        let places = seen.packed.iter().map(&mut place).collect();
        let to_finding = |hit: &Hit| {
            let offset = start + hit.span.start as u64;
            let mut finding = new_finding(self.detector, hit, window.bytes, path.clone(), target.part, offset);
            finding.suppressed = is_allowed(&mut state.comments, &hit.span);
            if let Some(text) = text {
                // What lies behind the decided part is counted in the next window; until then, ahead of the count.
                let mut ahead = state.lines;
                let lines = if hit.span.start > decided { &mut ahead } else { &mut state.lines };
                finding.span = Some(span_of(lines, window.bytes, start, &hit.span));
                finding.snippet = Some(snippet(text, &Hidden { span: hit.span.clone(), shown: hit.shown }));
            }
            finding
        };
        (seen.hits.iter().map(to_finding).collect(), places)
    }
}

/// What was seen in a window that begins at `start` in the content.
struct InWindow<'w> {
    window: &'w Window<'w>,
    start: u64,
    hits: &'w [Hit],
    packed: &'w [Packed],
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
        sink: &mut dyn Take,
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
    pub(super) fn push(&mut self, mut bytes: &[u8], target: &Target<'_>, sink: &mut dyn Take) {
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
    pub(super) fn last(&mut self, target: &Target<'_>, sink: &mut dyn Take) -> u64 {
        self.step(true, target, sink);
        self.start + self.filled as u64
    }

    fn step(&mut self, last: bool, target: &Target<'_>, sink: &mut dyn Take) {
        let detector = self.search.detector;
        let window = Window { bytes: &self.buffer[..self.filled], from: self.from, last };
        let path = self.search.by_path.then_some(target.plain_path);
        let packed = detector.find(&window, self.start, &mut self.state.progress, path, &mut self.hits);
        let lines = self.state.lines;
        if let Some(pending) = self.state.pending.take() {
            let read = (window.bytes, self.start);
            self.state.pending = pending.step(read, last, detector, &mut |embedded| sink.embedded(embedded));
        }
        if !self.hits.is_empty() || !packed.is_empty() {
            let seen = InWindow { window: &window, start: self.start, hits: &self.hits, packed: &packed };
            let (findings, places) = self.search.tell(&seen, target, &mut self.state);
            sink.findings(findings);
            self.hits.clear();
            for (packed, (lines, place)) in packed.into_iter().zip(places) {
                let Packed { span, bytes, encoding, is_whole } = packed;
                if is_whole {
                    sink.embedded(Embedded { bytes, encoding, place, is_cut: false });
                    continue;
                }
                match &mut self.state.pending {
                    Some(pending) => pending.note(encoding.len(), place, lines),
                    None => {
                        let raw = &self.buffer[span.start..self.filled];
                        self.state.pending = Some(Pending::new(raw, encoding.len(), place, lines));
                    }
                }
            }
        }
        if self.state.comments.is_looked_for(&window, self.start) {
            let limit = detector.limit(&window);
            self.state.note_comments(&window, self.start, limit, lines);
        }
        if last {
            return;
        }
        let limit = detector.limit(&window);
        self.state.text(window.bytes);
        self.state.lines.advance_near(window.bytes, self.start, self.start + limit as u64);
        // The position may be a few bytes before the limit, and they have to be there to go on from.
        let keep = limit.saturating_sub(detector.behind().max(4));
        // Characters of four bytes begin where they did.
        let keep = keep - keep % 4;
        self.buffer.copy_within(keep..self.filled, 0);
        self.start += keep as u64;
        self.from = limit - keep;
        self.filled -= keep;
    }
}

/// A finding in a file's or folder's own name.
pub(super) fn finding_in_name(detector: &Detector, target: &Target<'_>, name: &[u8], hit: &Hit) -> Finding {
    new_finding(detector, hit, name, (target.path)(), target.part, hit.span.start as u64)
}

fn new_finding(
    detector: &Detector,
    hit: &Hit,
    bytes: &[u8],
    path: Option<Arc<ScanPath>>,
    part: Part,
    offset: u64,
) -> Finding {
    Finding {
        rule: Arc::clone(&detector.rules()[hit.rule]),
        secret: hit.secret(bytes),
        path,
        part,
        span: None,
        offset,
        snippet: None,
        encoding: hit.encoding().to_vec(),
        git: None,
        verification: None,
        suppressed: None,
    }
}

/// Lines and columns of a hit's span. Hits come in order, so each is counted from the last; the end is counted apart, since the
/// next hit may begin before it.
fn span_of(lines: &mut Lines, window: &[u8], start: u64, span: &Range<usize>) -> Span {
    lines.advance(window, start, start + span.start as u64);
    let mut end = *lines;
    end.advance(window, start, start + span.end as u64);
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
