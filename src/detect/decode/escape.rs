//! Escapes: of URLs, string literals, HTML, quoted-printable and Markdown; and what a text may be interrupted by: joints of
//! string literals, soft ends of lines, a terminal's control sequences.
//!
//! All of them are read in one go, since people mix them; what was of which kind is noted.

use std::ops::Range;

use super::{SHORTEST, Text, joint, markup};
use crate::encoding::Encoding;

/// How many bytes that are no part of a token a text goes on behind one, which shows what it goes on with.
const BEHIND: usize = 8;

/// Names of HTML for characters that keys and their other encodings are made of.
const NAMED: [(&[u8], u8); 8] = [
    (b"&lowbar;", b'_'),
    (b"&UnderBar;", b'_'),
    (b"&amp;", b'&'),
    (b"&sol;", b'/'),
    (b"&plus;", b'+'),
    (b"&equals;", b'='),
    (b"&percnt;", b'%'),
    (b"&bsol;", b'\\'),
];

/// Names of HTML for what breaks a line nowhere else than it says, and for characters of no width.
const INVISIBLE: [&[u8]; 5] = [b"&shy;", b"&ZeroWidthSpace;", b"&#8203;", b"&#x200b;", b"&#x200B;"];

/// The same as characters: soft hyphen, zero-width space and joiners, word joiner, byte-order mark.
const ZERO_WIDTH: [&str; 6] = ["\u{ad}", "\u{200b}", "\u{200c}", "\u{200d}", "\u{2060}", "\u{feff}"];

/// How LaTeX writes `_`, besides with a backslash alone.
const LATEX: [&[u8]; 2] = [b"{\\_}", b"\\textunderscore{}"];

/// What stands for a character or for nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::detect) struct Unit {
    /// The character; none for what only interrupts.
    pub(in crate::detect) byte: Option<u8>,
    /// How long it is.
    pub(in crate::detect) len: usize,
    pub(in crate::detect) encoding: Encoding,
}

/// The unit that `text` begins with; none if a plain byte does.
pub(in crate::detect) fn unit(text: &[u8]) -> Option<Unit> {
    match text.first()? {
        b'%' => percent(text),
        b'\\' => backslash(text),
        b'&' => html(text),
        b'<' => markup::tags(text).map(|len| Unit { byte: None, len, encoding: Encoding::Html }),
        b'{' => latex(text),
        b'^' => caret(text),
        0xc2 | 0xe2 | 0xef => {
            let found = ZERO_WIDTH.iter().find(|character| text.starts_with(character.as_bytes()))?;
            Some(Unit { byte: None, len: found.len(), encoding: Encoding::Split })
        }
        b'=' => quoted_printable(text),
        0x1b => control_sequence(text),
        b'"' | b'\'' | b'`' => {
            let end = joint::of_literals(text, 0).or_else(|| joint::of_statements(text, 0));
            end.map(|len| Unit { byte: None, len, encoding: Encoding::Split })
        }
        b')' => joint::of_kerning(text).map(|len| Unit { byte: None, len, encoding: Encoding::Split }),
        _ => None,
    }
}

/// Whether [`unit()`] may know what begins with `byte`.
pub(in crate::detect) fn may_begin(byte: u8) -> bool {
    b"%\\&<{^=)\x1b\"'`\xc2\xe2\xef".contains(&byte)
}

/// The value of `digits` hexadecimal digits, if it is ASCII.
fn hex(digits: &[u8]) -> Option<u8> {
    let value = digits
        .iter()
        .try_fold(0u32, |value, &digit| value.checked_mul(16)?.checked_add((digit as char).to_digit(16)?))?;
    (!digits.is_empty() && value < 0x80).then_some(value as u8)
}

fn percent(text: &[u8]) -> Option<Unit> {
    let unit = |byte, len| Unit { byte: Some(byte), len, encoding: Encoding::Percent };
    match text.get(1)? {
        b'u' => hex(text.get(2..6)?).map(|byte| unit(byte, 6)),
        _ => hex(text.get(1..3)?).map(|byte| unit(byte, 3)),
    }
}

fn backslash(text: &[u8]) -> Option<Unit> {
    let escape = |byte, len| Some(Unit { byte: Some(byte), len, encoding: Encoding::Escape });
    let braced = |text: &[u8]| {
        let end = text.iter().take(10).position(|&byte| byte == b'}')?;
        Some((hex(&text[1..end])?, end + 1))
    };
    let rest = text.get(2..)?;
    match text[1] {
        b'x' | b'u' if rest.first() == Some(&b'{') => braced(rest).and_then(|(byte, len)| escape(byte, len + 2)),
        b'x' => hex(rest.get(..2)?).and_then(|byte| escape(byte, 4)),
        b'u' => hex(rest.get(..4)?).and_then(|byte| escape(byte, 6)),
        b'U' => hex(rest.get(..8)?).and_then(|byte| escape(byte, 10)),
        // RTF's.
        b'\'' => hex(rest.get(..2)?).and_then(|byte| escape(byte, 4)),
        b'2'..=b'7' if rest.first().is_some_and(|digit| matches!(digit, b'a'..=b'f' | b'A'..=b'F')) => css(text),
        b'0'..=b'7' => {
            let digits = text[1..].iter().take(4).take_while(|digit| (b'0'..=b'7').contains(digit)).count();
            // `\0137` is what `echo -e` and `printf %b` take.
            let digits = if digits == 4 && text[1] != b'0' { 3 } else { digits };
            let value = text[1..=digits].iter().fold(0, |value, digit| value * 8 + u32::from(digit - b'0'));
            (digits >= 2 && value < 0x80).then_some(()).and_then(|()| escape(value as u8, digits + 1))
        }
        b'\\' => escape(b'\\', 2),
        b'/' => escape(b'/', 2),
        b'e' | b'E' => escape(0x1b, 2),
        byte @ (b'_' | b'-') => Some(Unit { byte: Some(byte), len: 2, encoding: Encoding::Markdown }),
        b'\n' | b'\r' => {
            let feed = if text[1..].starts_with(b"\r\n") { 3 } else { 2 };
            let blanks = text[feed..].iter().take(160).take_while(|byte| b" \t".contains(byte)).count();
            Some(Unit { byte: None, len: feed + blanks, encoding: Encoding::Split })
        }
        b't' => latex(text),
        _ => None,
    }
}

/// CSS's escape of two digits that are no octal ones, with the blank that may end it.
fn css(text: &[u8]) -> Option<Unit> {
    let byte = hex(text.get(1..3)?)?;
    let len = match text.get(3) {
        Some(b' ' | b'\t' | b'\n') => 4,
        Some(digit) if digit.is_ascii_hexdigit() => return None,
        _ => 3,
    };
    Some(Unit { byte: Some(byte), len, encoding: Encoding::Escape })
}

fn latex(text: &[u8]) -> Option<Unit> {
    let found = LATEX.iter().find(|name| text.starts_with(name))?;
    Some(Unit { byte: Some(b'_'), len: found.len(), encoding: Encoding::Markdown })
}

/// The mark by which a Windows batch file goes on in the next line.
fn caret(text: &[u8]) -> Option<Unit> {
    let feed = [&b"^\r\n"[..], b"^\n"].into_iter().find(|feed| text.starts_with(feed))?;
    Some(Unit { byte: None, len: feed.len(), encoding: Encoding::Split })
}

fn html(text: &[u8]) -> Option<Unit> {
    if let Some(name) = INVISIBLE.iter().find(|name| text.starts_with(name)) {
        return Some(Unit { byte: None, len: name.len(), encoding: Encoding::Html });
    }
    let unit = |byte, len| Unit { byte: Some(byte), len, encoding: Encoding::Html };
    if let Some((name, byte)) = NAMED.iter().find(|(name, _)| text.starts_with(name)) {
        return Some(unit(*byte, name.len()));
    }
    let number = text.strip_prefix(b"&#")?;
    let end = number.iter().take(10).position(|&byte| byte == b';')?;
    let value = match number[..end].split_first()? {
        (b'x' | b'X', digits) => hex(digits)?,
        _ => std::str::from_utf8(&number[..end]).ok()?.parse::<u8>().ok().filter(u8::is_ascii)?,
    };
    Some(unit(value, end + 3))
}

fn quoted_printable(text: &[u8]) -> Option<Unit> {
    let encoding = Encoding::QuotedPrintable;
    let digits = text.get(1..3).filter(|digits| !digits.iter().any(u8::is_ascii_lowercase));
    if let Some(byte) = digits.and_then(hex) {
        return Some(Unit { byte: Some(byte), len: 3, encoding });
    }
    let blanks = text[1..].iter().take(16).take_while(|byte| b" \t".contains(byte)).count();
    let feed = &text[1 + blanks..];
    let feed = if feed.starts_with(b"\r\n") { 2 } else { usize::from(feed.starts_with(b"\n")) };
    (feed > 0).then_some(Unit { byte: None, len: 1 + blanks + feed, encoding })
}

/// A terminal's control sequence, `ESC [ … m` and the like.
fn control_sequence(text: &[u8]) -> Option<Unit> {
    let len = 1 + behind_escape_character(text.get(1..)?)?;
    Some(Unit { byte: None, len, encoding: Encoding::Ansi })
}

/// How much of `rest`, what stands behind the escape character, belongs to its control sequence.
fn behind_escape_character(rest: &[u8]) -> Option<usize> {
    match rest.first()? {
        b'[' => {
            let parameters = rest[1..].iter().take(32).take_while(|byte| (0x20..0x40).contains(*byte)).count();
            rest.get(1 + parameters).filter(|byte| (0x40..0x7f).contains(*byte))?;
            Some(parameters + 2)
        }
        b'(' => (rest.len() > 1).then_some(2),
        _ => None,
    }
}

/// Whether a token that ends before `text` goes on in an escape or behind something that only interrupts it.
pub(in crate::detect) fn goes_on(text: &[u8]) -> bool {
    unit_goes_on(text, b"_-%\\&=\x1b")
}

/// The same of a run of digits of base64, of which `+` and `/` are two.
pub(in crate::detect) fn goes_on_in_digits(text: &[u8]) -> bool {
    unit_goes_on(text, b"+/_-%\\&=\x1b")
}

/// Whether `text` begins with a unit that is a letter, a digit or one of `signs`, or that stands before one.
fn unit_goes_on(text: &[u8], signs: &[u8]) -> bool {
    let is_part = |byte: u8| byte.is_ascii_alphanumeric() || signs.contains(&byte);
    unit(text).is_some_and(|unit| match unit.byte {
        Some(byte) => is_part(byte),
        None => text.get(unit.len).is_some_and(|&byte| is_part(byte)),
    })
}

/// The text around `at` as [`text`] reads it, then those that it passes over; and where the first ends.
pub(in crate::detect) fn texts(bytes: &[u8], start: usize, at: usize, end: usize) -> (Vec<Text>, usize) {
    let mut passed = Vec::new();
    let (found, end) = text(bytes, start, at, end, &mut passed);
    let inner = passed.into_iter().filter_map(|gap| text(bytes, gap.start, gap.end, gap.end, &mut Vec::new()).0);
    (found.into_iter().chain(inner).collect(), end)
}

/// The text from `start` on, with everything in it decoded, as far as what stands at `at` goes on, and a few bytes behind; and where that
/// ends, without those bytes: another may begin in them. None if there is nothing to decode. To `passed` comes what only interrupts it and
/// is long enough to hold a text of its own, as a comment between two literals is.
fn text(bytes: &[u8], start: usize, at: usize, end: usize, passed: &mut Vec<Range<usize>>) -> (Option<Text>, usize) {
    let mut text = Text::default();
    let mut place = start;
    let mut units = 0;
    let mut behind = 0;
    let mut in_call = joint::opens_call(&bytes[..start]);
    while place < end && behind < BEHIND {
        let unit = unit(&bytes[place..end]).or_else(|| {
            let argument = joint::of_arguments(&bytes[..end], place).filter(|_| in_call)?;
            Some(Unit { byte: None, len: argument - place, encoding: Encoding::Split })
        });
        // What only interrupts passes over nothing that is looked at: a comment between two literals may hold a key of its own.
        let is_looked_at = |unit: &Unit| unit.byte.is_none() && place < at && place + unit.len >= at + SHORTEST;
        let Some(unit) = unit.filter(|unit| !is_looked_at(unit)) else {
            let byte = bytes[place];
            text.push(byte, place..place + 1, None);
            place += 1;
            in_call = (in_call || b"\"'`".contains(&byte) && joint::opens_call(&bytes[..place])) && byte != b')';
            // What escapes and other encodings are made of may be encoded once more.
            let is_part = byte.is_ascii_alphanumeric() || b"_-+/.=#;&%\\{}".contains(&byte);
            if place > at && (!is_part || behind > 0) {
                behind += 1;
            }
            continue;
        };
        let next = place + unit.len;
        match unit.byte {
            Some(byte) => text.push(byte, place..next, Some(unit.encoding)),
            None => {
                text.gap(unit.encoding);
                if place >= at && unit.len > SHORTEST {
                    // Without the quotes around it, so that no text passes over all of itself.
                    passed.push(place + 1..next - 1);
                }
            }
        }
        // The parts of a control sequence that is spelled out are no characters that end a text.
        let sequence = if unit.byte == Some(0x1b) { behind_escape_character(&bytes[next..end]) } else { None };
        let after = next + sequence.unwrap_or(0);
        (next..after).for_each(|place| text.push(bytes[place], place..place + 1, None));
        in_call |= unit.encoding == Encoding::Split && joint::opens_call(&bytes[..next]);
        place = after;
        units += 1;
        behind = 0;
    }
    ((units > 0).then_some(text), place - behind)
}

#[cfg(test)]
mod tests;
