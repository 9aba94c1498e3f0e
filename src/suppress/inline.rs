//! Comments that allow the secret beside them: `gridleaks:allow`, and `gitleaks:allow` as well, in the comments of any language.
//!
//! A comment counts on the secret's own line, or alone on the line above. What only mentions the words, as documentation
//! does, is no comment: a sign that begins one has to stand before them, and nothing beside them may make them part of
//! something else. In a string, signs begin no comment, unless it is the secret's own: that may hold a line of another language.

use std::ops::Range;

use memchr::memmem;

use super::signs::{
    FIELD, MARK, NAMES, OPENERS, WORDS, closer, ends_with_any, is_comment_line, is_word, may_begin_behind, next_line,
    open_string, opener_of,
};

/// How many bytes of a reason are kept.
const LONGEST_REASON: usize = 200;

/// How many [`MARK`]s of one line are looked at.
const MOST_MARKS: usize = 16;

/// A comment that allows a secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Comment {
    /// Where [`MARK`] stands in it.
    pub at: usize,
    /// Where the reason stands that it gives; empty if it gives none.
    pub reason: Range<usize>,
}

/// The comment that allows the secret at `span` of `text`, if one does. `is_beginning` says whether the content begins with
/// `text`: otherwise nothing is known of a line that does not begin in it.
pub fn around(text: &[u8], span: &Range<usize>, is_beginning: bool) -> Option<Comment> {
    let line = line_of(text, span, is_beginning);
    // In a line that is all comment, as one of code that is not wanted any more, the words need no sign of their own.
    let is_comment = is_comment_line(&text[line.clone()], span.start - line.start);
    let own = open_string(&text[line.start..span.start]);
    behind(text, span.end..line.end, is_comment, own)
        .or_else(|| before(text, line.start..span.start))
        .or_else(|| above(text, line.start, is_beginning))
}

/// Whether the [`MARK`] at `at` of `text` is one that somebody wrote to allow something, so that it should: the first word of a
/// comment. One that is not counts where it stands behind a secret, and says nothing elsewhere.
pub fn is_meant(text: &[u8], at: usize, is_beginning: bool) -> bool {
    let line = line_of(text, &(at..at), is_beginning);
    Mark::at(text, at, &line).is_some_and(|mark| mark.opener(text, line.start).is_some())
}

/// The lines that `span` stands on, as far as `text` has them.
fn line_of(text: &[u8], span: &Range<usize>, is_beginning: bool) -> Range<usize> {
    let start = memchr::memrchr(b'\n', &text[..span.start]).map(|at| at + 1);
    let end = memchr::memchr(b'\n', &text[span.end..]).map_or(text.len(), |at| span.end + at);
    // A line whose beginning is not known is none but for the secret itself.
    start.unwrap_or(if is_beginning { 0 } else { span.start })..end
}

/// A comment behind a secret, which stands in a string that the quote `own` began, if in any: somewhere between the two stands what
/// begins it, unless the secret is in a comment itself.
fn behind(text: &[u8], rest: Range<usize>, in_comment: bool, own: Option<u8>) -> Option<Comment> {
    let mut marks = marks(text, &rest).peekable();
    marks.peek()?;
    let next_line = next_line(&text[rest.clone()]).map_or(rest.end, |at| rest.start + at);
    let opener_before = |end: usize| opener_of(&text[rest.clone()], end, own);
    // Outside of a string, the first one holds for all that stands behind it.
    let first = own.is_none().then(|| opener_before(rest.len()));
    let is_said = |mark: &Mark| {
        let end = mark.start - rest.start;
        let opener = first.map_or_else(|| opener_before(end), |first| first.filter(|at| *at < end));
        // In JSON, which knows no comments, the value of a field called `//` is one, in its quotes.
        let is_field = opener.is_some_and(|at| text[rest.start + at..].starts_with(FIELD));
        mark.start <= next_line && (in_comment || opener.is_some()) && (is_field || !mark.is_quoted(text, rest.start))
    };
    let mark = marks.find(is_said)?;
    Some(mark.comment(text, rest.end))
}

/// A comment before a secret that is closed before it.
fn before(text: &[u8], line: Range<usize>) -> Option<Comment> {
    let mut marks = marks(text, &line).peekable();
    // Where nothing ends a comment, no more need be looked at.
    closer(&text[marks.peek()?.end..line.end])?;
    marks.find_map(|mark| {
        mark.opener(text, line.start)?;
        let closed = mark.end + closer(&text[mark.end..line.end])?.end;
        next_line(&text[closed..line.end]).is_none().then(|| mark.comment(text, line.end))
    })
}

/// A comment that is all of the line above the one that begins at `line_start`.
fn above(text: &[u8], line_start: usize, is_beginning: bool) -> Option<Comment> {
    let end = line_start.checked_sub(1).filter(|&end| text[end] == b'\n')?;
    let start = memchr::memrchr(b'\n', &text[..end]).map(|at| at + 1).or(is_beginning.then_some(0))?;
    let is_said = |byte: &u8| is_word(*byte) || !byte.is_ascii() || b"\"'`".contains(byte);
    let says_more = |text: &[u8]| text.strip_prefix(b"\xef\xbb\xbf").unwrap_or(text).iter().any(is_said);
    marks(text, &(start..end)).find_map(|mark| {
        let opener = mark.opener(text, start)?;
        let closed = closer(&text[mark.end..end]).map_or(end, |closer| mark.end + closer.end);
        let is_alone = !says_more(&text[start..opener]) && !says_more(&text[closed..end]);
        is_alone.then(|| mark.comment(text, end))
    })
}

/// The words, standing apart from what is beside them.
struct Mark {
    /// Where [`MARK`] stands.
    at: usize,
    /// Where the words begin, and where they end.
    start: usize,
    end: usize,
}

/// The words in a part of a text.
fn marks<'t>(text: &'t [u8], range: &'t Range<usize>) -> impl Iterator<Item = Mark> + 't {
    let places = memmem::find_iter(&text[range.clone()], MARK).take(MOST_MARKS);
    places.filter_map(move |at| Mark::at(text, range.start + at, range))
}

impl Mark {
    /// The words around a [`MARK`], if they are ours, and all of them in `line`.
    fn at(text: &[u8], at: usize, line: &Range<usize>) -> Option<Self> {
        let before = &text[line.start..at];
        let name = NAMES.iter().find(|name| before.ends_with(name))?;
        let (start, end) = (at - name.len(), at + MARK.len());
        let before = &before[..before.len() - name.len()];
        let after = &text[end..line.end];
        let is_joined = |byte: &u8| is_word(*byte) || b"-./\\`=".contains(byte);
        let is_apart = !before.last().is_some_and(is_joined) || before.ends_with(b"//") || before.ends_with(b"--");
        let is_over = match after.first() {
            Some(b'-') => closer(after).is_some_and(|closer| closer.start == 0),
            Some(&byte) => !is_word(byte) && !b"/\\`<=".contains(&byte),
            None => true,
        };
        (is_apart && is_over).then_some(Mark { at, start, end })
    }

    /// Whether they stand in quotes, of which those before them are not before `begin`.
    fn is_quoted(&self, text: &[u8], begin: usize) -> bool {
        let before = text[begin..self.start].last();
        before.is_some_and(|quote| b"\"'`".contains(quote)) && before == text.get(self.end)
    }

    /// Where the comment begins whose first word this is, on a line that begins at `line_start`. In quotes, words are no comment.
    fn opener(&self, text: &[u8], line_start: usize) -> Option<usize> {
        if text.get(self.end).is_some_and(|byte| b"\"'".contains(byte)) {
            return None;
        }
        let mut before = &text[line_start..self.start];
        let is_apart = before.ends_with(b" ") || before.ends_with(b"\t");
        before = before.trim_ascii_end();
        // What is repeated, as in `///` or `;;`, and what marks documentation, as in `//!`, `#:` and `/**`.
        while let [.., before_last, last] = before
            && (last == before_last || b"!:*".contains(last))
            && b"#/;%*-!".contains(before_last)
            && !ends_with_any(before, &[b"/*", b"//", b"--", b"(*"], |_| true)
        {
            before = &before[..before.len() - 1];
        }
        let may_stand = |rest: &[u8]| may_begin_behind(rest);
        let found = OPENERS.iter().find(|opener| ends_with_any(before, &[opener], may_stand));
        let found = found.or_else(|| {
            let is_free = |rest: &[u8]| rest.last().is_none_or(u8::is_ascii_whitespace);
            WORDS.iter().find(|word| is_apart && ends_with_any(before, &[word], is_free))
        });
        found.map(|opener| line_start + before.len() - opener.len())
    }

    fn comment(&self, text: &[u8], line_end: usize) -> Comment {
        let rest = &text[self.end..line_end];
        let rest = &rest[..closer(rest).map_or(rest.len(), |closer| closer.start)];
        let rest = &rest[..next_line(rest).unwrap_or(rest.len())];
        let is_joint = |byte: &u8| byte.is_ascii_whitespace() || b":,;-()[]{}\"'".contains(byte);
        let skipped = rest.iter().take_while(|byte| is_joint(byte)).count();
        let left = rest.len() - rest.iter().rev().take_while(|byte| is_joint(byte)).count();
        let reason = self.end + skipped..self.end + left.max(skipped).min(skipped + LONGEST_REASON);
        Comment { at: self.at, reason }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Stands for the words, which this file must not hold in a comment's form.
    fn spelled(text: &str) -> String {
        text.replace("GRID", "gridleaks:allow").replace("GIT", "gitleaks:allow")
    }

    /// The reason given for the secret `KEY` in `text`, if a comment allows it.
    fn reason(text: &str) -> Option<String> {
        let text = spelled(text);
        let at = text.find("KEY").expect("a secret");
        let found = around(text.as_bytes(), &(at..at + 3), true)?;
        assert!(text[found.at..].starts_with("leaks:allow"), "{text}");
        Some(text[found.reason].to_owned())
    }

    #[test]
    fn comments_of_any_language_allow_what_stands_beside_them() {
        for (text, expected) in [
            ("k = KEY # GRID", ""),
            ("k = 'KEY'# GIT made up", "made up"),
            ("k = \"KEY\"; // GRID: revoked in May", "revoked in May"),
            ("k = KEY //GRID(test)", "test"),
            ("f(\"KEY\") /* GIT, a fixture */ + 1", "a fixture"),
            ("/* GRID why */ k = KEY", "why"),
            ("<a>KEY</a> <!-- GRID old -->", "old"),
            ("<!-- GRID old --><a>KEY</a>", "old"),
            ("SELECT 'KEY' -- GRID - old", "old"),
            ("(set k \"KEY\") ;; GRID", ""),
            ("k = KEY % GIT", ""),
            ("{- GRID -} k = KEY", ""),
            ("k = 'KEY'  # noqa: S105, GIT", ""),
            ("k = KEY # false alarm, GRID", ""),
            ("# k = KEY GIT", ""),
            ("  // k('KEY'); GRID test", "test"),
            ("K = \"KEY\" ' GRID", ""),
            ("let k = 'KEY' \" GRID", ""),
            ("set K=KEY & rem GRID", ""),
            ("print(\"KEY\\n\") # GRID", ""),
            ("{\"k\": \"KEY\", \"//\": \"GIT\"}", ""),
            ("{\"k\": \"KEY\", \"//\": \"GIT in a test\"}", "in a test"),
            ("k = KEY --GRID", ""),
            ("k = KEY ; GRID", ""),
            ("don't = 'KEY' # GRID it's made up", "it's made up"),
            ("run: \"curl -H 'KEY' # GRID\"", ""),
            ("run: \"use KEY # GRID\"", ""),
            ("say('x', 'KEY') # GRID", ""),
            ("k: KEY # GRID\r\nx", ""),
            ("x\n# GRID made up\nk = KEY", "made up"),
            ("  // GRID\r\n  k = KEY\r\n", ""),
            ("/* GIT */\nk = KEY", ""),
            ("      {/* GRID */}\n<A k=\"KEY\"/>", ""),
            ("/// GRID\nk = KEY", ""),
            ("//! GRID\nk = KEY", ""),
            ("/** GRID x */\nk = KEY", "x"),
            ("REM GRID\nset K=KEY", ""),
            ("' GRID\nK = KEY", ""),
            (":: GRID\nset K=KEY", ""),
            ("+# GRID\n+k = KEY", ""),
            ("\u{feff}# GRID — why\nk = KEY", "— why"),
            ("{{!-- GRID --}}\n<a>KEY</a>", ""),
            ("<%-- GRID --%>\nKEY", ""),
            ("\"a: KEY # GRID why\\nb: c\"", "why"),
            ("/* GRID a\\nb */ k = KEY", "a"),
            ("x\n\u{feff}# GRID\nk = KEY", ""),
            ("<!-- GRID--><a>KEY</a>", ""),
            ("!! GRID\nk = KEY", ""),
            ("k = KEY, \"x # GRID", ""),
            ("k = KEY, \"a \" # GRID \"b\"", "b"),
            ("k = \"a\\\" KEY 'x # GRID'\"", ""),
        ] {
            assert_eq!(reason(text).as_deref(), Some(expected), "{text}");
        }
    }

    #[test]
    fn what_only_mentions_the_words_allows_nothing() {
        for text in [
            "k = KEY GRID",
            "k = \"KEY GRID\"",
            "\"KEY\" GRID",
            "'KEY' GRID",
            "KEY;GRID",
            "KEY#GRID",
            "KEY%GRID",
            "https://x/?k=KEY%20GRID",
            "k = \"KEY\"; GRID",
            "k = \"KEY\"; say(\"GRID\")",
            "k = \"KEY\"; x = \"# GRID\"",
            "k = \"KEY\", \" GRID\"",
            "k = \"KEY\" ' GRID '",
            "run(\"KEY # 1\", GRID)",
            "f(\"a\"); KEY 'x # GRID'",
            "don't KEY 'x # GRID'",
            "né'e KEY 'x # GRID'",
            "k = KEY; x = \"a # GRID\"",
            "f(KEY, \"a\"#b GRID)",
            "KEY - GRID -",
            "run KEY --token GRID",
            "k = KEY # as `GRID` says",
            "k = KEY # say \"GRID\"",
            "see `# GRID`\nk = KEY",
            "KEY, which `# GRID` would allow",
            "GRID\nk = KEY",
            "k = KEY\n# GRID",
            "# GRID\n\nk = KEY",
            "é # GRID\nk = KEY",
            "'' # GRID\nk = KEY",
            "x = 1 # GRID\nk = KEY",
            "x = 'KEX' # GRID\nk = KEY",
            "/* GRID */ x = 1\nk = KEY",
            "say(\"# GRID\")\nk = KEY",
            "# GRIDed\nk = KEY",
            "# GRID-list\nk = KEY",
            "/* GRID-x */ k = KEY",
            "# not-GIT\nk = KEY",
            "k = KEY # https://example.com/GIT",
            "k = KEY https://GIT",
            "# GRID KEY",
            "# about GRID\nk = KEY",
            "k = KEY # gridleaks: allow",
            "k = KEY # leaks:allow",
            "k = KEY # GRIDLEAKS:ALLOW",
            "\"a: KEY\\nb: c # GRID\"",
            "\"a: KEY\\n  # GRID\\nb\"",
            "\"a: KEY, d\\nb: c # GRID\"",
            "\"/* GRID */\\nb: KEY\"",
            "k = KEY &#35; GIT",
        ] {
            assert_eq!(reason(text), None, "{text}");
        }
    }

    #[test]
    fn a_line_that_does_not_begin_in_the_text_is_not_known() {
        let text = spelled("# GRID\nk = KEY");
        let at = text.len() - 3..text.len();
        assert!(around(text.as_bytes(), &at, true).is_some());
        assert!(around(text.as_bytes(), &at, false).is_none());
        // Of what stands behind a secret, nothing is missing.
        let text = spelled("KEY # GRID");
        assert!(around(text.as_bytes(), &(0..3), false).is_some());
    }

    #[test]
    fn a_reason_is_kept_as_far_as_it_goes_or_may() {
        let why = "x".repeat(LONGEST_REASON + 100);
        assert_eq!(reason(&format!("k = KEY # GRID:  {why}")).as_deref(), Some(&why[..LONGEST_REASON]));
        assert_eq!(reason(&format!("k = KEY # GRID:  {}", &why[..50])).as_deref(), Some(&why[..50]));
    }

    #[test]
    fn a_secret_that_begins_like_a_comment_begins_none() {
        let text = spelled("x\n--K-- GRID");
        assert_eq!(around(text.as_bytes(), &(2..7), true), None);
        let text = spelled("x\n# --K-- GRID");
        assert!(around(text.as_bytes(), &(4..9), true).is_some());
    }

    #[test]
    fn only_the_first_word_of_a_comment_is_meant_to_allow_something() {
        for (text, expected) in [
            ("x = 1 # GRID", true),
            ("# GIT because", true),
            ("{/* GRID */}", true),
            ("# see GRID", false),
            ("`# GRID`", false),
            ("say(\"# GRID\")", false),
            ("\"# GRID why\"", false),
            ("# GRID\\n\"", false),
            ("\"//\": \"GIT\"", false),
            ("# How GRID works", false),
            ("GRID", false),
        ] {
            let text = spelled(text);
            let at = memmem::find(text.as_bytes(), MARK).expect("the mark");
            assert_eq!(is_meant(text.as_bytes(), at, true), expected, "{text}");
        }
    }

    proptest::proptest! {
        #[test]
        fn any_text_is_looked_at_within_its_bounds(
            parts in proptest::collection::vec(proptest::sample::select(vec![
                "gridleaks:allow", "gitleaks:allow", "leaks:allow", "KEY", "#", "//", "/*", "*/", "\n", "\\n", " ", "x", "\"", "'", "é", "-->", "<!--", ";",
            ]), 0..12),
            start in 0usize..60, length in 0usize..8, is_beginning: bool,
        ) {
            let text = parts.concat().into_bytes();
            let start = start.min(text.len());
            let span = start..(start + length).min(text.len());
            if let Some(found) = around(&text, &span, is_beginning) {
                proptest::prop_assert!(text[found.at..].starts_with(MARK));
                proptest::prop_assert!(found.at >= span.end || found.at + MARK.len() <= span.start);
                proptest::prop_assert!(found.reason.start <= found.reason.end && found.reason.end <= text.len());
                // It stands on the secret's lines or on the line above.
                let between = &text[found.at.min(span.start)..found.at.max(span.start)];
                let within = text[span.clone()].iter().filter(|&&byte| byte == b'\n').count();
                proptest::prop_assert!(between.iter().filter(|&&byte| byte == b'\n').count() <= 1 + within);
            }
            for at in memmem::find_iter(&text, MARK) {
                let _ = is_meant(&text, at, is_beginning);
            }
        }
    }
}
