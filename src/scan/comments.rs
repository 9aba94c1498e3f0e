//! Comments in a content that allow secrets: those that do, and those that allow nothing.

use std::ops::Range;
use std::sync::LazyLock;

use memchr::memmem::Finder;

use crate::detect::{BESIDE, Detector, Window};
use crate::finding::{SuppressedBy, Suppression};
use crate::suppress::{MARK, around, is_meant};

use super::lines::Lines;
use super::masked;

/// How many comments of one content that allow nothing are told.
const MOST_IDLE: usize = 1000;

/// A content that may be as long as this in bytes is looked through for comments that allow nothing, even among many.
const SMALL: usize = 16 << 10;

static FINDER: LazyLock<Finder<'static>> = LazyLock::new(|| Finder::new(MARK).into_owned());

/// What is made of comments that allow secrets.
#[derive(Debug, Clone, Copy)]
pub struct Comments {
    /// Whether they count.
    pub count: bool,
    /// Where those are told that allow nothing.
    pub idle: Idle,
}

impl Default for Comments {
    fn default() -> Self {
        Comments { count: true, idle: Idle::Never }
    }
}

/// Where comments are told that allow nothing. To look for them takes a search of its own, which the scan of a tree would feel in
/// its large files; people write such comments in small ones.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Idle {
    /// Nowhere: what is searched is not what people have before them, as the older versions of a file.
    #[default]
    Never,
    /// In contents of up to 16 KiB.
    InSmall,
    /// In all.
    InAll,
}

/// The comments of one content, window by window.
#[derive(Debug, Default)]
pub(super) struct Seen {
    idle: Idle,
    /// Where comments stand of which it is not known yet whether they allow something, with their lines.
    open: Vec<(u64, u64)>,
    /// Where those stand that do.
    used: Vec<u64>,
    /// The lines of those that do not.
    lines: Vec<u64>,
}

impl Seen {
    pub(super) fn new(idle: Idle) -> Self {
        Seen { idle, ..Seen::default() }
    }

    /// Why the secret at `span` does not count, if a comment says so. The window begins at `start` in the content.
    pub(super) fn allows(
        &mut self,
        detector: &Detector,
        window: &Window<'_>,
        start: u64,
        span: &Range<usize>,
    ) -> Option<Suppression> {
        let first = span.start.saturating_sub(BESIDE);
        let last = window.bytes.len().min(span.end + BESIDE);
        let text = &window.bytes[first..last];
        let found = around(text, &(span.start - first..span.end - first), start == 0 && first == 0)?;
        if self.is_looked_for(window, start) {
            self.used.push(start + (first + found.at) as u64);
        }
        let mut reason = &text[found.reason.clone()];
        if found.reason.end == text.len() && !(last == window.bytes.len() && window.last) {
            // What may be cut off in the middle of a key would not be known for one.
            reason = reason.iter().rposition(u8::is_ascii_whitespace).map_or(b"", |end| &reason[..end]);
        }
        let reason = masked(detector, reason);
        Some(Suppression { by: SuppressedBy::Inline, reason: Some(reason).filter(|reason| !reason.is_empty()) })
    }

    /// Whether comments are looked for in a window.
    pub(super) fn is_looked_for(&self, window: &Window<'_>, start: u64) -> bool {
        match self.idle {
            _ if self.lines.len() >= MOST_IDLE => false,
            Idle::Never => false,
            Idle::InSmall => start == 0 && window.last && window.bytes.len() <= SMALL,
            Idle::InAll => true,
        }
    }

    /// Whether there is anything to note in a window.
    pub(super) fn has_news(&self, window: &Window<'_>) -> bool {
        !self.open.is_empty() || FINDER.find(&window.bytes[window.from..]).is_some()
    }

    /// Notes the comments in a window's decided part, which ends at `limit`; `lines` stands at or before its beginning.
    pub(super) fn note(&mut self, window: &Window<'_>, start: u64, limit: usize, mut lines: Lines) {
        for at in FINDER.find_iter(&window.bytes[window.from..]).map(|at| window.from + at) {
            if at >= limit || self.open.len() >= MOST_IDLE {
                break;
            }
            let first = at.saturating_sub(BESIDE);
            let text = &window.bytes[first..window.bytes.len().min(at + BESIDE)];
            if is_meant(text, at - first, start == 0 && first == 0) {
                lines.advance(window.bytes, start, start + at as u64);
                self.open.push((start + at as u64, lines.line));
            }
        }
        // What begins further behind than this can use no comment before it.
        let decided = if window.last { u64::MAX } else { (start + limit as u64).saturating_sub(2 * BESIDE as u64) };
        self.used.sort_unstable();
        let used = std::mem::take(&mut self.used);
        let (open, known) = std::mem::take(&mut self.open).into_iter().partition(|(at, _)| *at >= decided);
        self.open = open;
        let is_idle = |(at, _): &(u64, u64)| used.binary_search(at).is_err();
        let idle = Vec::into_iter(known).filter(is_idle).map(|(_, line)| line);
        self.lines.extend(idle.take(MOST_IDLE.saturating_sub(self.lines.len())));
        self.used = used.into_iter().filter(|at| *at >= decided).collect();
    }

    /// The lines of comments that allow nothing.
    pub(super) fn idle_lines(&mut self) -> Vec<u64> {
        std::mem::take(&mut self.lines)
    }
}

/// What is said of comments that allow nothing, by their lines.
pub(super) fn told(lines: &[u64]) -> String {
    /// How many lines are named.
    const MOST_NAMED: usize = 5;
    let named: Vec<String> = lines.iter().take(MOST_NAMED).map(u64::to_string).collect();
    let more = if lines.len() > MOST_NAMED { format!(" and {} more", lines.len() - MOST_NAMED) } else { String::new() };
    let words = "with `gridleaks:allow` or `gitleaks:allow`";
    match lines {
        [line] => format!("line {line}: the comment {words} allows nothing; take it out"),
        _ => format!("lines {}{more}: the comments {words} allow nothing; take them out", named.join(", ")),
    }
}
