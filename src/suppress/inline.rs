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
        .or_else(|| field_before(text, line.start..span.start))
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

/// A field of JSON before a secret that is called `//`, of the same object or one around it: its value is a comment.
fn field_before(text: &[u8], line: Range<usize>) -> Option<Comment> {
    marks(text, &line).find_map(|mark| {
        let closed = mark.is_field(text, line.start).then(|| mark.value_end(text, line.end))??;
        let between = &text[closed..line.end];
        // Behind the end of its object, another one may begin. A brace in a string is taken for one: rather too little is allowed.
        (!between.contains(&b'}') && next_line(between).is_none()).then(|| mark.comment(text, closed))
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

    /// Whether they are the first of the value of a JSON field that is called `//`, on a line that begins at `line_start`.
    fn is_field(&self, text: &[u8], line_start: usize) -> bool {
        let before = text[line_start..self.start].trim_ascii_end().strip_suffix(b"\"");
        let name = before.and_then(|before| before.trim_ascii_end().strip_suffix(b":")).map(<[u8]>::trim_ascii_end);
        name.and_then(|name| name.strip_suffix(FIELD)).is_some_and(|before| before.ends_with(b"\""))
    }

    /// Where the string ends that they stand in, before `line_end`.
    fn value_end(&self, text: &[u8], line_end: usize) -> Option<usize> {
        (self.end..line_end).find(|&at| text[at] == b'"' && text[at - 1] != b'\\')
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
mod tests;
