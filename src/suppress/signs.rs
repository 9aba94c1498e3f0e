//! The signs that begin and end a comment, and the strings that these do not stand in, in the text of any language.

use std::ops::Range;

use memchr::memmem;

/// What every such comment holds.
pub const MARK: &[u8] = b"leaks:allow";

/// What stands before [`MARK`].
pub(super) const NAMES: [&[u8]; 2] = [b"grid", b"git"];

/// What begins a comment in some language or other; longer ones before those that they end with.
pub(super) const OPENERS: [&[u8]; 14] =
    [b"<!--", b"{{!--", b"<%--", b"--", b"//", b"/*", b"(*", b"{-", b"{#", b"<#", b"{{!", b"#", b";", b"%"];

/// The same of signs and words with other meanings besides: these need a blank on either side.
pub(super) const WORDS: [&[u8]; 8] = [b"rem", b"@rem", b"dnl", b"'", b"\"", b"!", b"..", b"::"];

/// What ends a comment before the end of the line.
const CLOSERS: [&[u8]; 10] = [b"*/", b"-->", b"*)", b"-}", b"#}", b"%>", b"#>", b"]]", b"}}", b"|#"];

/// The rest of a JSON field that is called `//`, where its first quote is passed.
pub(super) const FIELD: &[u8] = b"//\"";

/// Whether a line is all comment, of which the secret stands at `at`.
pub(super) fn is_comment_line(line: &[u8], at: usize) -> bool {
    let blanks = line.iter().take_while(|byte| byte.is_ascii_whitespace()).count();
    blanks < at && begins_comment(&line[blanks..], 0)
}

/// The quote of a string that is open at the end of `text`, if one is.
pub(super) fn open_string(text: &[u8]) -> Option<u8> {
    let mut open = None;
    let mut at = 0;
    while let Some(&byte) = text.get(at) {
        match open {
            _ if byte == b'\\' => at += 1,
            Some(quote) if byte == quote => open = None,
            None if begins_string(text, at) => open = Some(byte),
            _ => {}
        }
        at += 1;
    }
    open
}

/// Whether a string may begin at `at`: not with an apostrophe in a word.
fn begins_string(text: &[u8], at: usize) -> bool {
    b"\"'`".contains(&text[at]) && !text[..at].last().is_some_and(|&byte| is_word(byte) || !byte.is_ascii())
}

/// Where in `text`, which stands behind a secret, a comment begins that goes on to `end`, if one does. It may begin in the string of the
/// quote `own`, which is open at first, but ends with it; and in no other string.
pub(super) fn opener_of(text: &[u8], end: usize, own: Option<u8>) -> Option<usize> {
    let closes = |byte: &&u8| b"\"'`,)]}".contains(byte);
    // Where the string is not known, what closes one right behind the secret is no part of what follows.
    let begin = if own.is_none() { text.iter().take_while(closes).count() } else { 0 };
    let (mut own, mut found, mut begin, mut at) = (own, None, begin, begin);
    while at < end {
        let byte = text[at];
        if byte == b'\\' {
            at += 2;
            continue;
        }
        if own == Some(byte) {
            // A comment in the string ends with it.
            (own, found, begin) = (None, None, at + 1);
        } else if found.is_none() && begins_comment_behind(text, begin, at) {
            found = Some(at);
            if own.is_none() {
                return found;
            }
        } else if own.is_none() && text[at + 1..].starts_with(FIELD) && byte == b'"' {
            return Some(at + 1);
        } else if own.is_none() && begins_string(text, at) {
            // One that is never closed is none.
            at += memchr::memchr(byte, &text[at + 1..]).map_or(0, |length| length + 1);
        }
        at += 1;
    }
    found
}

/// Whether a comment begins at `at` of `text`, which stands right behind a secret, whose string ends before `begin`.
fn begins_comment_behind(text: &[u8], begin: usize, at: usize) -> bool {
    let (before, rest) = text.split_at(at);
    let is_blank = |byte: Option<&u8>| byte.is_none_or(u8::is_ascii_whitespace);
    let next = rest.get(1);
    let is_sign = match rest.first() {
        // What ends a statement, the fragment of a URL, and an escape in one.
        Some(b';') => at > 0 && (is_blank(before.last()) || before.ends_with(b";")),
        Some(b'#') => at > 0,
        Some(b'%') => at > 0 && !next.is_some_and(u8::is_ascii_hexdigit),
        // An option.
        Some(b'-') if rest.starts_with(b"--") => {
            let name = &rest[2..];
            name.starts_with(b"-")
                || !name.first().is_some_and(|&byte| is_word(byte))
                || NAMES.iter().any(|words| name.strip_prefix(*words).is_some_and(|rest| rest.starts_with(MARK)))
        }
        // A string.
        Some(quote @ (b'\'' | b'"')) => !rest[1..].contains(quote),
        _ => true,
    };
    is_sign && begins_comment(&text[begin..], at - begin)
}

/// Whether a text ends with one of `ends`, in any case, and what stands before that is such as `may_stand` wants it.
pub(super) fn ends_with_any(text: &[u8], ends: &[&[u8]], may_stand: impl Fn(&[u8]) -> bool) -> bool {
    let split = |end: &&[u8]| text.len().checked_sub(end.len()).map(|at| text.split_at(at));
    let is_end =
        |end: &&[u8]| split(end).is_some_and(|(before, last)| last.eq_ignore_ascii_case(end) && may_stand(before));
    ends.iter().any(is_end)
}

/// Whether a comment may begin behind `before`: not within a word, a URL, an escape or a string.
pub(super) fn may_begin_behind(before: &[u8]) -> bool {
    before.last().is_none_or(|&byte| !is_word(byte) && !b"`\\&:.=\"'".contains(&byte))
}

/// Whether a comment begins at `at` of `text`.
fn begins_comment(text: &[u8], at: usize) -> bool {
    let (before, rest) = text.split_at(at);
    // Nearly all bytes begin none.
    if !rest.first().is_some_and(|byte| b"#/<-({;%'\"!.:rR@dD".contains(byte)) {
        return false;
    }
    if OPENERS.iter().any(|opener| rest.starts_with(opener)) {
        // In JSON, which knows no comments, a field called `//` is one.
        return may_begin_behind(before) || before.ends_with(b"\"") && rest.starts_with(b"//\"");
    }
    let is_blank = |byte: Option<&u8>| byte.is_none_or(u8::is_ascii_whitespace);
    let is_word = |word: &&&[u8]| rest.len() >= word.len() && rest[..word.len()].eq_ignore_ascii_case(word);
    WORDS.iter().find(is_word).is_some_and(|word| is_blank(before.last()) && is_blank(rest.get(word.len())))
}

/// Where in a text the first sign stands that ends a comment.
pub(super) fn closer(text: &[u8]) -> Option<Range<usize>> {
    let at = |closer: &&[u8]| memmem::find(text, closer).map(|at| at..at + closer.len());
    CLOSERS.iter().filter_map(at).min_by_key(|found| found.start)
}

/// Where a text goes on to another line, spelled out as `\n` within a string, as a file in a line of JSON does. At the end of a
/// string, such an escape is only its end.
pub(super) fn next_line(text: &[u8]) -> Option<usize> {
    memmem::find_iter(text, b"\\n").find(|at| text.get(at + 2).is_some_and(|byte| !b"\"'`\\".contains(byte)))
}

pub(super) fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_'
}
