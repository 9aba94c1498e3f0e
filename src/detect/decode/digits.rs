//! Runs of the digits of a code, over the ends of lines and the joints of string literals.

use std::ops::Range;

use super::{escape, joint};
use crate::encoding::Encoding;

/// No digit.
pub(in crate::detect) const NONE: u8 = 0xff;

/// How far back a run is followed from a place in it.
pub(in crate::detect) const BACK: usize = 512;

/// For each byte, the value of the digit that it is, or [`NONE`].
pub(in crate::detect) type Values = [u8; 256];

/// A run of digits, as far as it was read.
#[derive(Default)]
pub(super) struct Digits {
    /// Their values.
    pub(super) values: Vec<u8>,
    /// Where each begins and ends.
    pub(super) places: Vec<(u32, u32)>,
    /// Before which digits something stands that a source code's joint is.
    pub(super) joints: Vec<usize>,
    /// Where the next digit stands, or the run ends.
    pub(super) end: usize,
    /// Whether it was read to its end.
    pub(super) is_whole: bool,
}

/// The run of digits around `at`, which lies in `within`.
pub(super) fn around(bytes: &[u8], at: usize, within: Range<usize>, values: &Values) -> Digits {
    let mut run = Digits::default();
    run.begin(start(bytes, at, &within, values));
    run.read(&bytes[..within.end], usize::MAX, within.end, values);
    run
}

/// Where the run of digits around `at`, which lies in `within`, begins.
pub(super) fn start(bytes: &[u8], at: usize, within: &Range<usize>, values: &Values) -> usize {
    let is_digit = |place: usize| values[usize::from(bytes[place])] != NONE;
    let first = within.start.max(at.saturating_sub(BACK));
    let mut start = at;
    loop {
        while start > first && is_digit(start - 1) {
            start -= 1;
        }
        let mut before = start;
        while before > first && !is_digit(before - 1) {
            before -= 1;
        }
        let begins = [before, written_before(bytes, start, first)].into_iter().find(|&place| {
            place > first
                && place < start
                && is_digit(place - 1)
                && between(&bytes[..within.end], place).is_some_and(|(end, _)| (start..start + 4).contains(&end))
        });
        match begins {
            Some(place) => start = place,
            None => return start,
        }
    }
}

/// Where the end of a line that is written out may begin, if its last letter is the one at `start`, which looks like the first digit of the next
/// line: `\n`, `\r\n`, and as `\n\t` with what indents that; not before `first`.
fn written_before(bytes: &[u8], start: usize, first: usize) -> usize {
    const LETTERS: &[u8] = b"nrt";
    let mut place = start.saturating_sub(1);
    while place > first + 1
        && bytes[place] == b'\\'
        && bytes[..place].last_chunk().is_some_and(|[sign, letter]| *sign == b'\\' && LETTERS.contains(letter))
    {
        place -= 2;
    }
    place
}

/// How many digits in a row a comment between two literals may have: an encoded key has more, and is not to be read over.
const LONGEST_WORD: usize = 53;

/// Where what stands between two digits at `place` ends, and whether it is a joint of string literals. None where a comment in that may hold a
/// key of its own.
fn between(bytes: &[u8], place: usize) -> Option<(usize, bool)> {
    match bytes.get(place)? {
        b'"' | b'\'' | b'`' => {
            let joint = joint::of_literals(bytes, place).filter(|&end| !may_hold_key(&bytes[place..end]));
            joint.map(|end| (end, true))
        }
        _ => joint::of_lines(bytes, place).map(|end| (end, false)),
    }
}

/// Whether a joint holds as many digits in a row as an encoded key has, of base64, of which those of hexadecimal are some.
fn may_hold_key(joint: &[u8]) -> bool {
    let is_digit = |byte: &u8| byte.is_ascii_alphanumeric() || b"+/-_".contains(byte);
    joint.len() > LONGEST_WORD && joint.split(|byte| !is_digit(byte)).any(|run| run.len() > LONGEST_WORD)
}

/// What a run is made of.
enum Step {
    /// A digit, and its value.
    Digit(u8),
    /// What source code puts two parts together with.
    Joint,
    /// The end of a line.
    Line,
}

/// What of a run stands at `at`, and where it ends; none if the run ends there.
#[inline(always)]
fn step(bytes: &[u8], at: usize, values: &Values) -> Option<(Step, usize)> {
    let byte = *bytes.get(at)?;
    match values[usize::from(byte)] {
        NONE => step_over(bytes, at, values),
        value => Some((Step::Digit(value), at + 1)),
    }
}

/// The same of what does not begin with a digit.
#[inline(never)]
fn step_over(bytes: &[u8], at: usize, values: &Values) -> Option<(Step, usize)> {
    let value = |byte: u8| Some(values[usize::from(byte)]).filter(|&value| value != NONE);
    // JSON may write a slash so.
    if bytes[at] == b'\\' && bytes.get(at + 1) == Some(&b'/') {
        return value(b'/').map(|value| (Step::Digit(value), at + 2));
    }
    let (end, is_joint) = between(bytes, at)?;
    bytes.get(end).copied().and_then(value).map(|_| (if is_joint { Step::Joint } else { Step::Line }, end))
}

/// Hands over each digit of the run that begins at `start`, its value and its place, as long as `take` wants more; gives where it ends. A last
/// line that goes on with something else than digits is none of it, such as the next key of a YAML file.
pub(super) fn each(bytes: &[u8], start: usize, values: &Values, mut take: impl FnMut(u8, usize) -> bool) -> usize {
    let (mut place, mut line) = (start, None);
    while let Some((step, end)) = step(bytes, place, values) {
        match step {
            Step::Digit(value) if !take(value, place) => return end,
            Step::Line => line = Some(place),
            Step::Digit(_) | Step::Joint => {}
        }
        place = end;
    }
    let is_end = |byte: &u8| byte.is_ascii_whitespace() || b"=\"'`\\,;)]}<".contains(byte);
    let ends =
        bytes.get(place).is_none_or(is_end) && !bytes[place..].starts_with(b" ") || escaped(bytes, place).is_some();
    line.filter(|_| !ends).unwrap_or(place)
}

/// The same of a run in which `+` and `/` may be escaped, as URLs, JSON and HTML have it; `take` gets with each digit how it is, if it is.
pub(super) fn each_escaped(
    bytes: &[u8],
    start: usize,
    values: &Values,
    mut take: impl FnMut(u8, usize, Option<Encoding>) -> bool,
) -> usize {
    let (mut place, mut wants_more) = (start, true);
    loop {
        place = each(bytes, place, values, |value, place| {
            wants_more = take(value, place, None);
            wants_more
        });
        // One may stand right behind an end of the line, too.
        let next = [Some(place), between(bytes, place).map(|(end, _)| end)].into_iter().flatten();
        let found = next.filter(|_| wants_more).find_map(|at| Some((at, escaped(bytes, at)?)));
        let Some((at, (digit, length, encoding))) =
            found.filter(|&(_, (digit, ..))| values[usize::from(digit)] != NONE)
        else {
            return place;
        };
        wants_more = take(values[usize::from(digit)], at, Some(encoding));
        place = at + length;
        if !wants_more {
            return place;
        }
    }
}

/// The escaped digit at `at`: which it is, how long its escape is, and of which kind.
pub(super) fn escaped(bytes: &[u8], at: usize) -> Option<(u8, usize, Encoding)> {
    let unit = escape::unit(bytes.get(at..)?)?;
    // JSON's `\/` is no more than a digit, as above.
    let digit = unit.byte.filter(|byte| b"+/".contains(byte) && unit.len > 2)?;
    Some((digit, unit.len, unit.encoding))
}

impl Digits {
    /// Makes it the run that begins at `start`, of which nothing was read yet.
    pub(super) fn begin(&mut self, start: usize) {
        self.values.clear();
        self.places.clear();
        self.joints.clear();
        self.end = start;
        self.is_whole = false;
    }

    /// Reads on until there are `count` digits and all before `place`, or the run ends.
    pub(super) fn read(&mut self, bytes: &[u8], count: usize, place: usize, values: &Values) {
        while !self.is_whole && (self.values.len() < count || self.end < place) {
            let Some((step, end)) = step(bytes, self.end, values) else {
                self.is_whole = true;
                break;
            };
            match step {
                Step::Digit(value) => {
                    self.values.push(value);
                    self.places.push((self.end as u32, end as u32));
                }
                Step::Joint => self.joints.push(self.values.len()),
                Step::Line => {}
            }
            self.end = end;
        }
    }

    /// The number of the digit at `at`.
    pub(super) fn digit_at(&self, at: usize) -> Option<usize> {
        self.places.binary_search_by_key(&at, |&(start, _)| start as usize).ok()
    }

    /// What to note before the digits `range`, of which a byte is made.
    pub(super) fn gap_in(&self, range: Range<usize>) -> Option<Encoding> {
        let after = self.joints.partition_point(|&joint| joint < range.start);
        self.joints.get(after).filter(|joint| range.contains(joint)).map(|_| Encoding::Split)
    }
}

#[cfg(test)]
mod tests {
    use super::super::base64::VALUES;
    use super::*;

    #[test]
    fn a_run_goes_over_what_joins_its_digits() {
        for (source, at, digits, joints) in [
            ("x QUJD\\nRUZH", 9, "Q U J D R U Z H", &[][..]),
            ("QUJD\n/RUZ", 8, "Q U J D / R U Z", &[]),
            ("QUJD\\/RUZ", 0, "Q U J D \\/ R U Z", &[]),
            ("QUJD\\.RUZ", 0, "Q U J D", &[]),
            ("QUJD\" . \"RUZH", 10, "Q U J D R U Z H", &[4]),
            // What joins two literals is none of their digits.
            ("\"QUJD\".concat(\"RUZH\")", 9, "c o n c a t", &[]),
        ] {
            let run = around(source.as_bytes(), at, 0..source.len(), &VALUES);
            let found: Vec<_> = run.places.iter().map(|&(start, end)| &source[start as usize..end as usize]).collect();
            assert_eq!((found.join(" ").as_str(), run.joints.as_slice()), (digits, joints), "{source:?}");
        }
    }

    #[test]
    fn a_run_goes_over_no_comment_with_as_many_digits_as_an_encoded_key_has() {
        for count in 0..80 {
            let source =
                format!("\"QUJD\" + // was {}: {}\n \"RUZH\"", "x".repeat(30), "a/+-_9Z".repeat(12).split_at(count).0);
            let run = around(source.as_bytes(), 1, 0..source.len(), &VALUES);
            assert_eq!(run.values.len(), if count <= 53 { 8 } else { 4 }, "{source}");
        }
    }

    #[test]
    fn a_written_out_end_of_a_line_is_followed_back_to_its_first_sign() {
        for (source, start, first, expected) in [
            ("QUJD\\nRUZH", 5, 0, 4),
            ("QUJD\\r\\n\\tRUZH", 9, 0, 4),
            // Not before where a run may begin.
            ("QUJD\\r\\n\\tRUZH", 9, 4, 4),
            ("QUJD\\r\\n\\tRUZH", 9, 5, 6),
            ("QUJD\\r\\n\\tRUZH", 9, 7, 8),
            // Other letters behind a backslash, and these letters behind none.
            ("QUJD\\x\\nRUZH", 7, 0, 6),
            ("QUJn\\nRUZH", 5, 0, 4),
            ("nRUZH", 0, 0, 0),
        ] {
            assert_eq!(written_before(source.as_bytes(), start, first), expected, "{source} {start} {first}");
        }
    }

    #[test]
    fn a_digit_is_escaped_if_it_is_a_sign_and_its_escape_is_more_than_a_backslash() {
        for (source, expected) in [
            ("%2B", Some((b'+', 3, Encoding::Percent))),
            ("%2fx", Some((b'/', 3, Encoding::Percent))),
            ("\\u002b", Some((b'+', 6, Encoding::Escape))),
            ("&sol;", Some((b'/', 5, Encoding::Html))),
            ("\\/", None),
            ("%41", None),
            ("=\n+", None),
            ("+", None),
            ("", None),
        ] {
            assert_eq!(escaped(source.as_bytes(), 0), expected, "{source:?}");
        }
        assert_eq!(escaped(b"%2B", 4), None);
    }

    #[test]
    fn escaped_digits_are_handed_over_among_the_others_as_many_as_are_wanted() {
        let digit = |value: u8| char::from((0..=u8::MAX).find(|&byte| VALUES[usize::from(byte)] == value).unwrap());
        for (source, digits, end) in [
            ("QUJD%2bRUZH.", "QUJD(+ Percent)RUZH", 11),
            ("%2F&sol;QU", "(/ Percent)(/ Html)QU", 10),
            // Before the end of a line, and right behind one.
            ("QUJD\\u002f\nRUZH", "QUJD(/ Escape)RUZH", 15),
            ("QUJD\n%2BRUZH", "QUJD(+ Percent)RUZH", 12),
            // What is escaped is no sign.
            ("QUJD%41RUZH", "QUJD", 4),
            ("QUJD\n%41RUZH", "QUJD", 4),
            (".", "", 0),
        ] {
            let read = |most: usize| {
                let mut found = Vec::new();
                let end = each_escaped(source.as_bytes(), 0, &VALUES, |value, place, encoding| {
                    let value = digit(value);
                    found.push((place, encoding.map_or(value.into(), |encoding| format!("({value} {encoding:?})"))));
                    found.len() < most
                });
                (found, end)
            };
            let (all, last) = read(usize::MAX);
            let text = all.iter().map(|(_, digit)| digit.as_str()).collect::<String>();
            assert_eq!((text.as_str(), last), (digits, end), "{source:?}");
            for most in 1..all.len() {
                let (found, end) = read(most);
                assert_eq!(found, all[..most], "{source:?} {most}");
                assert!((all[most - 1].0 + 1..=all[most].0).contains(&end), "{source:?} {most} {end}");
            }
        }
        // Hexadecimal has no such digits.
        let end = each_escaped(b"726%2B7", 0, &super::super::hex::VALUES, |_, _, encoding| encoding.is_none());
        assert_eq!(end, 3);
    }

    #[test]
    fn no_more_is_read_of_a_run_than_was_asked_for() {
        let source = b"QUJDREVGR0hJ.";
        let mut run = Digits::default();
        for (count, place, end, is_whole) in [
            (0, 0, 0, false),
            (3, 0, 3, false),
            (0, 5, 5, false),
            (2, 4, 5, false),
            (12, 0, 12, false),
            (13, 0, 12, true),
        ] {
            run.read(source, count, place, &VALUES);
            assert_eq!((run.end, run.values.len(), run.is_whole), (end, end, is_whole), "{count} {place}");
        }
    }

    #[test]
    fn a_last_line_that_goes_on_otherwise_is_none_of_a_run() {
        for (source, end) in [
            ("QUJD\nRUZH", 9),
            ("QUJD\nRUZH\"", 9),
            ("QUJD\nRUZH\t;", 9),
            ("QUJD\nkey: x", 4),
            ("QUJD\nkey = x", 4),
            ("QUJD: x", 4),
            ("QUJD\nRUZH\nkey: x", 9),
        ] {
            assert_eq!(each(source.as_bytes(), 0, &VALUES, |_, _| true), end, "{source:?}");
        }
    }
}
