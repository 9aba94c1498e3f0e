//! Cuts the line around a secret out of a window, with every secret in it redacted.

use std::ops::Range;

use memchr::memmem;

use crate::finding::Snippet;
use crate::secret::Secret;

use super::text::Text;

/// How many bytes of a line are shown on either side of a secret.
const AROUND: usize = 80;

/// A secret in a window, and how many of its bytes may be shown.
#[derive(Debug, Clone)]
pub(super) struct Hidden {
    pub(super) span: Range<usize>,
    pub(super) shown: usize,
}

/// A secret's line, and all that it may not show.
pub(super) struct Line<'w> {
    /// What the line is cut out of; it begins where a character does.
    pub(super) window: &'w [u8],
    /// The secret.
    pub(super) key: &'w Hidden,
    /// All secrets before `decided`, in order.
    pub(super) hidden: &'w [Hidden],
    /// Where in the window it is no longer known what stands there.
    pub(super) decided: usize,
}

impl Line<'_> {
    /// Cuts it out of a window of `text`.
    pub(super) fn cut(&self, text: Text, show_secrets: bool) -> Snippet {
        if text == Text::Bytes {
            return cut(self.window, self.key, self.hidden, self.decided, show_secrets);
        }
        // A part that is longer than what is shown on either side.
        let (width, span) = (text.width(), &self.key.span);
        let first = span.start.saturating_sub(2 * AROUND * width);
        let last = self.window.len().min(span.end + 2 * AROUND * width);
        let read = text.read(self.window, first - first % width..last);
        let hide = |secret: &Hidden| Hidden {
            span: read.place(secret.span.start)..read.place(secret.span.end),
            shown: if secret.span.start < first { 0 } else { secret.shown },
        };
        let near = |secret: &&Hidden| secret.span.end > first && secret.span.start < last;
        let hidden: Vec<Hidden> = self.hidden.iter().filter(near).map(hide).collect();
        cut(read.text.as_bytes(), &hide(self.key), &hidden, read.place(self.decided), show_secrets)
    }
}

/// The line of `window` around `key`. Nothing at or behind `decided` is shown but the key itself, since it is not known yet
/// what stands there; `hidden`, in order, are all secrets before it.
fn cut(window: &[u8], key: &Hidden, hidden: &[Hidden], decided: usize, show_secrets: bool) -> Snippet {
    let span = &key.span;
    let line_start = memchr::memrchr(b'\n', &window[..span.start]).map_or(0, |at| at + 1);
    let left = if span.start > decided { span.start } else { line_start.max(span.start.saturating_sub(AROUND)) };
    let left = character_at_or_after(window, left, span.start);
    // A secret of several lines is shown by its first.
    let last = memchr::memchr(b'\n', &window[span.clone()]).map_or(span.end, |at| span.start + at);
    let line_end = memchr::memchr(b'\n', &window[last..]).map_or(window.len(), |at| last + at);
    let line_end = if window[..line_end].ends_with(b"\r") { line_end - 1 } else { line_end };
    let right = line_end.min(last + AROUND).min(decided.max(last)).max(last);
    let right = character_at_or_before(window, right, last);

    let is_near = |secret: &&Hidden| secret.span.end > left && secret.span.start < right;
    let near: Vec<Hidden> = hidden.iter().filter(is_near).cloned().collect();
    let near = if show_secrets { near } else { with_twins(window, key, near, left..right) };
    let mut text = String::new();
    let mut place = 0..0;
    let mut at = left;
    let plain = |text: &mut String, range: Range<usize>| text.push_str(&String::from_utf8_lossy(&window[range]));
    for secret in near.iter().filter(is_near) {
        let from = secret.span.start.max(at);
        let end = secret.span.end.min(right).max(from);
        plain(&mut text, at..from);
        let start = text.len();
        if show_secrets {
            plain(&mut text, from..end);
        } else if secret.span.start >= at || secret.span == key.span {
            text.push_str(&Secret::new(&window[secret.span.clone()], secret.shown).redacted());
        }
        if secret.span == key.span {
            place = start..text.len();
        }
        // A secret that begins in another one goes with it, to its end.
        at = end;
    }
    plain(&mut text, at..right.max(at));
    Snippet { text, key: place, cut_left: left > line_start, cut_right: right < line_end }
}

/// `near`, the secrets that are shown, and wherever the same characters as those of one of them, or of `key`, stand in `shown` without being a
/// secret there, as behind a letter.
fn with_twins(window: &[u8], key: &Hidden, near: Vec<Hidden>, shown: Range<usize>) -> Vec<Hidden> {
    let mut all = near.clone();
    for secret in near.iter().chain([key]) {
        let length = secret.span.len();
        let from = shown.start.saturating_sub(length);
        let text = &window[from..window.len().min(shown.end + length)];
        for at in memmem::find_iter(text, &window[secret.span.clone()]) {
            let span = from + at..from + at + length;
            let meets = |other: &Hidden| other.span.start < span.end && span.start < other.span.end;
            if span != key.span && !all.iter().any(meets) {
                all.push(Hidden { span, shown: secret.shown });
            }
        }
    }
    all.sort_by_key(|secret| secret.span.start);
    all
}

/// The first place from `at` on where a character may begin, but at most `limit`.
fn character_at_or_after(window: &[u8], at: usize, limit: usize) -> usize {
    (at..limit).find(|&place| window[place] & 0xc0 != 0x80).unwrap_or(limit)
}

/// The last place up to `at` where a character may begin or the window ends, but at least `limit`.
fn character_at_or_before(window: &[u8], at: usize, limit: usize) -> usize {
    let may_end = |place: usize| window.get(place).is_none_or(|byte| byte & 0xc0 != 0x80);
    (limit..=at).rev().find(|&place| may_end(place)).unwrap_or(limit)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hide(text: &str, word: &str) -> Vec<Hidden> {
        text.match_indices(word).map(|(at, _)| Hidden { span: at..at + word.len(), shown: 2 }).collect()
    }

    #[test]
    fn the_line_is_cut_and_every_secret_in_it_redacted() {
        let long = "é".repeat(100);
        let cases = [
            ("a\nkey = SECRET;\r\nb".to_owned(), "key = SE…;", false, false),
            ("SECRET".to_owned(), "SE…", false, false),
            ("x SECRET SECRET y".to_owned(), "x SE… SE… y", false, false),
            (format!("{long}SECRET{long}"), &*format!("{0}SE…{0}", "é".repeat(40)), true, true),
        ];
        for (text, expected, cut_left, cut_right) in cases {
            let hidden = hide(&text, "SECRET");
            let snippet = cut(text.as_bytes(), &hidden[0], &hidden, text.len(), false);
            assert_eq!(
                (&*snippet.text, snippet.cut_left, snippet.cut_right),
                (expected, cut_left, cut_right),
                "{text}"
            );
            assert_eq!(&snippet.text[snippet.key.clone()], "SE…");
        }
    }

    #[test]
    fn what_looks_like_the_secret_is_not_shown_beside_it() {
        let far = "-".repeat(AROUND - 3);
        for (text, expected) in [
            ("aSECRET, SECRET and bSECRET".to_owned(), "aSE…, SE… and bSE…".to_owned()),
            (format!("SECRET{far} SECRET"), format!("SE…{far} SE…")),
        ] {
            let at = text.find(" SECRET").unwrap() + 1;
            let key = Hidden { span: at..at + 6, shown: 2 };
            let snippet = cut(text.as_bytes(), &key, std::slice::from_ref(&key), text.len(), false);
            assert_eq!(snippet.text.trim_start_matches("SE…"), expected.trim_start_matches("SE…"));
            assert_eq!(&snippet.text[snippet.key], "SE…");
        }
    }

    #[test]
    fn what_is_undecided_is_not_shown() {
        let text = "SECRET and SECRET";
        let hidden = hide(text, "SECRET");
        let snippet = cut(text.as_bytes(), &hidden[0], &hidden[..1], 10, false);
        assert_eq!(snippet.text, "SE… and");
        assert!(snippet.cut_right);
        let shown = cut(text.as_bytes(), &hidden[1], &hidden, text.len(), true);
        assert_eq!(shown.text, text);
        assert_eq!(shown.key, 11..17);
    }

    #[test]
    fn secrets_that_overlap_uncover_nothing() {
        let text = "a BEGIN xx SECRET yy END z";
        let all = [Hidden { span: 2..24, shown: 2 }, Hidden { span: 11..17, shown: 2 }];
        for (key, show_secrets, expected) in
            [(0, false, "a BE… z"), (1, false, "a BE…SE… z"), (0, true, text), (1, true, text)]
        {
            let snippet = cut(text.as_bytes(), &all[key], &all, text.len(), show_secrets);
            let shown = if key == 1 { snippet.text.replace("BE…SE…", "BE…") } else { snippet.text.clone() };
            let expected = if key == 1 { expected.replace("BE…SE…", "BE…") } else { expected.to_owned() };
            assert_eq!(shown, expected);
            assert!(snippet.key.end <= snippet.text.len());
        }
    }

    #[test]
    fn a_secret_behind_what_is_decided_shows_nothing_before_it() {
        let text = "prefix with a KEY between and SECRET";
        let hidden = hide(text, "SECRET");
        assert_eq!(cut(text.as_bytes(), &hidden[0], &hidden, 10, false).text, "SE…");
    }

    #[test]
    fn a_secret_that_the_cut_goes_through_is_redacted_whole() {
        let text = format!("SECRET{}SECRET", "-".repeat(AROUND - 3));
        let hidden = hide(&text, "SECRET");
        let snippet = cut(text.as_bytes(), &hidden[1], &hidden, text.len(), false);
        assert_eq!(snippet.text, format!("{}SE…", "-".repeat(AROUND - 3)));
    }
}
