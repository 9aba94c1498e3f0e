//! Lists of bytes: `72 67 5f`, `0x72, 0x67`, `72:67:5f`, `114, 103, 95`, and the dumps that xxd, hexdump and od write, with
//! their offsets before each line and the text behind it.

use std::ops::Range;

use super::Text;
use super::digits::NONE;
use super::hex::VALUES;
pub(in crate::detect) use super::readings::Readings;

/// How far before a sample a list is read: samples are taken more often.
const BACK: usize = 256;

/// How much may stand between two bytes: the end of a line, indentation.
const LONGEST_GAP: usize = 160;

/// How much may stand behind a dump's line.
const LONGEST_GUTTER: usize = 160;

/// The longest group of digits in a dump: sixteen bytes.
const LONGEST_GROUP: usize = 32;

/// Where a list around `at` may begin: not before `within`, unless a dump's line does, since only its offset tells where its numbers
/// end.
pub(in crate::detect) fn start(bytes: &[u8], at: usize, within: &Range<usize>) -> usize {
    let first = within.start.max(at.saturating_sub(BACK));
    let start = at - bytes[first..at].iter().rev().take_while(|&&byte| PARTS[usize::from(byte)] != Part::None).count();
    // The lines before are of the same dump, and the text beside their numbers is no part of a list.
    let (mut line, mut end) = (None, at);
    while let Some(before) = dump_line(bytes, end) {
        line = Some(before);
        if before <= first {
            break;
        }
        end = before - 1;
    }
    line.map_or(start, |line| line.min(start))
}

/// Where the line of a dump begins that `at` lies in; none if it is in no such line.
fn dump_line(bytes: &[u8], at: usize) -> Option<usize> {
    let near = at.saturating_sub(LONGEST_GUTTER);
    let line = memchr::memrchr(b'\n', &bytes[near..at]).map_or(near, |end| near + end + 1);
    let first = line + bytes[line..at].iter().take_while(|byte| is_before_line(**byte)).count();
    let begins = Line { is_first: true, ..Line::default() };
    let is_offset = token(bytes, first, bytes.len()).is_some_and(|token| begins.is_offset(bytes, &token, bytes.len()));
    is_offset.then_some(line)
}

/// What a byte may be in a list.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Part {
    None,
    Separator,
    /// A digit, or a part of a mark.
    Digit,
}

const PARTS: [Part; 256] = {
    let mut parts = [Part::None; 256];
    let mut byte = 0;
    while byte < 0x80 {
        if VALUES[byte] != NONE || matches!(byte as u8, b'x' | b'X' | b'\\') {
            parts[byte] = Part::Digit;
        } else if (byte as u8).is_ascii_whitespace()
            || matches!(byte as u8, b',' | b';' | b':' | b'\'' | b'"' | b'{' | b'}' | b'[' | b']' | b'(' | b')')
            || matches!(byte as u8, b'|' | b'-' | b'+' | b'&' | b'<' | b'>' | b'?')
        {
            parts[byte] = Part::Separator;
        }
        byte += 1;
    }
    parts
};

fn is_separator(byte: u8) -> bool {
    PARTS[usize::from(byte)] == Part::Separator
}

/// Whether a byte may stand before a line of a list: in a comment, a quoted mail, a patch.
fn is_before_line(byte: u8) -> bool {
    b" \t#*/>+-;|".contains(&byte)
}

/// A number of a list.
pub(super) struct Token {
    /// Where it stands, its mark included.
    pub(super) span: Range<usize>,
    /// Where its digits begin.
    pub(super) digits: usize,
    /// Whether a mark such as `0x` says that it is hexadecimal.
    pub(super) is_marked: bool,
}

impl Token {
    /// Its digits.
    pub(super) fn of<'b>(&self, bytes: &'b [u8]) -> &'b [u8] {
        &bytes[self.digits..self.span.end]
    }

    /// How many pairs its digits make; none if one is left over.
    pub(super) fn pairs(&self) -> Option<usize> {
        let length = self.span.end - self.digits;
        length.is_multiple_of(2).then_some(length / 2)
    }
}

/// The number that begins at `at`; none if there is none, or a word.
#[inline(always)]
fn token(bytes: &[u8], at: usize, end: usize) -> Option<Token> {
    let rest = &bytes[at..end];
    let mark = match rest {
        [b'0' | b'\\', b'x' | b'X', ..] => 2,
        [b'\\', b'\\', b'x', ..] => 3,
        _ => 0,
    };
    let is_digit = |byte: &&u8| VALUES[usize::from(**byte)] != NONE;
    let length = rest[mark..].iter().take(LONGEST_GROUP + 1).take_while(is_digit).count();
    let is_word = rest.get(mark + length).is_some_and(|byte| byte.is_ascii_alphanumeric() || *byte == b'_');
    let token = Token { span: at..at + mark + length, digits: at + mark, is_marked: mark > 0 };
    (length > 0 && length <= LONGEST_GROUP && !is_word).then_some(token)
}

/// Where a number that begins at `at` goes over a place where `begins_line`, the last of them first.
fn line_begins(bytes: &[u8], at: usize, begins_line: impl Fn(usize) -> bool) -> impl Iterator<Item = usize> {
    /// The longest mark.
    const MARK: usize = 3;
    let is_part = |byte: &&u8| byte.is_ascii_alphanumeric() || **byte == b'\\';
    let length = bytes[at..].iter().take(LONGEST_GROUP + MARK).take_while(is_part).count();
    (at + 1..=at + length).rev().filter(move |&place| begins_line(place))
}

/// The texts in the list that begins at `start`, and where it ends: where it is no list any more or, behind `sample`, no text. If `bytes`
/// were decoded, another text may stand before or behind the list, up to where or from where on `begins_line`. `readings` is room for what is
/// read.
pub(in crate::detect) fn texts(
    readings: &mut Readings,
    bytes: &[u8],
    start: usize,
    sample: usize,
    begins_line: impl Fn(usize) -> bool,
) -> (Vec<Text>, usize) {
    let end = bytes.len();
    let mut line = Line { is_first: start == 0 || bytes[start - 1] == b'\n', ..Line::default() };
    let cuts = |at| line_begins(bytes, at, &begins_line).filter_map(|end| token(bytes, at, end)).collect();
    let (mut place, mut is_first) = (start, true);
    while place < sample || readings.are_open() {
        let blanks = place..separators(bytes, place, end, &mut line);
        place = blanks.end;
        if blanks.len() > LONGEST_GAP {
            break;
        }
        let is_gutter = line.has_offset && line.tokens > 0 && line.ends_before(&bytes[blanks]);
        let found = if is_gutter { None } else { token(bytes, place, end) };
        match found {
            Some(found) if line.is_offset(bytes, &found, end) => {
                place = found.span.end + usize::from(matches!(bytes.get(found.span.end), Some(b':' | b'|')));
                let width = width(bytes, &found, end).or(line.width);
                line = Line { is_first: false, has_offset: true, width, ..Line::default() };
            }
            Some(found) => {
                place = found.span.end;
                line.is_first = false;
                line.tokens += 1;
                line.bytes += ((found.span.end - found.digits) / 2).max(1);
                line.is_spaced_in_groups |= found.span.end - found.digits >= 4;
                readings.read(bytes, Some(&found), || cuts(found.span.start));
                if std::mem::take(&mut is_first) {
                    let within = |at: &usize| *at < found.span.end;
                    let rests = line_begins(bytes, found.span.start, &begins_line).filter(within);
                    readings.begin(bytes, rests.filter_map(|at| token(bytes, at, end)).collect());
                }
            }
            None => match gutter(bytes, place, end).filter(|_| line.has_offset && line.tokens > 0) {
                Some(next) => place = next,
                None => {
                    readings.read(bytes, None, || cuts(place));
                    match line_begins(bytes, place, &begins_line).next() {
                        Some(next) => place = next,
                        None => break,
                    }
                }
            },
        }
    }
    (readings.texts(), place)
}

/// A line of a list.
#[derive(Default)]
struct Line {
    /// Whether nothing of it was read yet.
    is_first: bool,
    has_offset: bool,
    tokens: usize,
    /// How many bytes were read, and how many such a line has, if the next line's offset tells.
    bytes: usize,
    width: Option<usize>,
    /// Whether more than one byte is written together, as xxd does.
    is_spaced_in_groups: bool,
}

impl Line {
    /// Whether a number at the line's beginning is an offset: long, and followed by a colon or by a shorter number, or od's. A short one stands
    /// apart from the numbers, by a colon and a blank or by two blanks.
    fn is_offset(&self, bytes: &[u8], token: &Token, end: usize) -> bool {
        /// How many digits od's offsets have, which are octal, and how many its longest words that are read.
        const OCTAL: usize = 7;
        const WORD: usize = 8;
        let length = token.span.end - token.digits;
        let is_long = (6..=16).contains(&length);
        if !self.is_first || !is_long && length != 4 || bytes[token.span.start] == b'\\' {
            return false;
        }
        let rest = &bytes[token.span.end..end];
        let colon = usize::from(matches!(rest.first(), Some(b':' | b'|')));
        let blanks = rest[colon..].iter().take_while(|&byte| b" \t".contains(byte)).count();
        let digits = rest[colon + blanks..]
            .iter()
            .take(length.max(WORD + 1))
            .take_while(|byte| byte.is_ascii_hexdigit())
            .count();
        if colon > 0 {
            return is_long && !token.is_marked || blanks > 0;
        }
        let is_apart = digits < length || length == OCTAL && digits == WORD;
        !token.is_marked && digits > 0 && is_apart && blanks > usize::from(!is_long)
    }

    /// Whether `blanks` lead to the text that stands behind a dump's numbers.
    fn ends_before(&self, blanks: &[u8]) -> bool {
        /// The most blanks between two numbers: decimals of one digit are set in, and some dumps have a gap in the middle.
        const MOST: usize = 3;
        !self.is_first
            && (self.width.is_some_and(|width| self.bytes >= width)
                || blanks.len() > MOST
                || blanks.len() >= 2 && self.is_spaced_in_groups
                || blanks.iter().any(|byte| b"|>".contains(byte)))
    }
}

/// How many bytes a dump's line has that begins with the offset `token`, by the offset of the next.
fn width(bytes: &[u8], token: &Token, end: usize) -> Option<usize> {
    let value = |token: &Token| {
        let digits = bytes[token.digits..token.span.end].iter();
        digits.fold(0usize, |value, &digit| value << 4 | usize::from(VALUES[usize::from(digit)]))
    };
    let feed = memchr::memchr(b'\n', &bytes[token.span.end..end.min(token.span.end + LONGEST_GUTTER)])?;
    let line = token.span.end + feed + 1;
    let first = line + bytes[line..end].iter().take(LONGEST_GUTTER).take_while(|byte| is_before_line(**byte)).count();
    let next = self::token(bytes, first, end)?;
    let is_alike = next.span.end - next.digits == token.span.end - token.digits;
    let difference = value(&next).checked_sub(value(token))?;
    (is_alike && (1..=64).contains(&difference)).then_some(difference)
}

/// Where the separators at `place` end; notes a new line.
fn separators(bytes: &[u8], place: usize, end: usize, line: &mut Line) -> usize {
    let mut at = place;
    while at < end {
        match bytes[at] {
            // The width is that of the whole dump.
            b'\n' => *line = Line { is_first: true, width: line.width, ..Line::default() },
            b'\\' if bytes[at + 1..end].starts_with(b"\n") || bytes[at + 1..end].starts_with(b"\r\n") => {}
            byte if is_separator(byte) || line.is_first && is_before_line(byte) => {}
            _ => break,
        }
        at += 1;
        // `"\x72" "\x67"` and `'\x72'` are no different from numbers without quotes, but a mask behind a dump's line is.
        if line.has_offset && line.tokens > 0 && b"|>".contains(&bytes[at - 1]) {
            break;
        }
    }
    at
}

/// Where the line after a dump's line begins, of which `place` is in the text behind the numbers.
fn gutter(bytes: &[u8], place: usize, end: usize) -> Option<usize> {
    let rest = &bytes[place..end.min(place + LONGEST_GUTTER)];
    memchr::memchr(b'\n', rest).map(|at| place + at).filter(|&at| at > place)
}

#[cfg(test)]
mod tests;
