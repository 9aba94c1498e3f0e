//! Text in quoted-printable: its lines end softly wherever they would be too long, and so in the middle of whatever is encoded in it.

use super::{Text, escape};

/// How long a line that ends softly is at least, with the sign and the end: programs break at the last place that they may, or a little
/// before. And how far its ends are looked for.
const LEAST: usize = 60;
const LINE: usize = 80;

/// How far before a sample such a text is read, and how far behind it: as far as any encoded key reaches.
const BEFORE: usize = 512;
const BEHIND: usize = 8 << 10;

/// Whether the line that `at` lies in, or the one before it, ends softly; and where the former ends, as far as that is near.
pub(in crate::detect) fn is_near(bytes: &[u8], at: usize, first: usize) -> (bool, usize) {
    let (start, end) = (line(bytes, at, first), end(bytes, at));
    let is_near = start
        .is_some_and(|start| ends_softly(bytes, start, first) || end.is_some_and(|end| ends_softly(bytes, end, first)));
    (is_near, end.unwrap_or(at + 1))
}

/// The text that `at` lies in, if [`is_near`] says that there is a soft end, without such ends, and up to where it need not be read again; not
/// from before `first`. None if the line that `at` lies in begins too far before it.
pub(in crate::detect) fn text(bytes: &[u8], at: usize, first: usize) -> Option<(Text, usize)> {
    let mut start = line(bytes, at, first)?;
    while at - start < BEFORE
        && ends_softly(bytes, start, first)
        && let Some(before) = line(bytes, start - 1, first)
    {
        start = before;
    }
    let (mut place, mut text, mut is_open) = (start, Text::default(), true);
    while is_open && place - start < BEFORE + BEHIND {
        let next = end(bytes, place).unwrap_or(bytes.len().min(place + LINE));
        is_open = ends_softly(bytes, next, first);
        while place < next {
            match escape::unit(&bytes[place..]).filter(|_| bytes[place] == b'=') {
                Some(unit) => {
                    let behind = place + unit.len;
                    match unit.byte {
                        Some(byte) => text.push(byte, place..behind, Some(unit.encoding)),
                        None => text.gap(unit.encoding),
                    }
                    place = behind;
                }
                None => {
                    text.push(bytes[place], place..place + 1, None);
                    place += 1;
                }
            }
        }
        is_open &= place < bytes.len();
    }
    // What goes on is read on from a little before.
    Some((text, if is_open { place - BEFORE } else { place }))
}

/// Where the line begins that `at` lies in; none if that is further before than such a line is long.
fn line(bytes: &[u8], at: usize, first: usize) -> Option<usize> {
    let near = first.max(at.saturating_sub(LINE));
    let found = memchr::memrchr(b'\n', &bytes[near..at]).map(|end| near + end + 1);
    found.or((near == first).then_some(first))
}

/// Where the line ends that `at` lies in, its end included, if that is near.
fn end(bytes: &[u8], at: usize) -> Option<usize> {
    memchr::memchr(b'\n', &bytes[at..bytes.len().min(at + LINE)]).map(|end| at + end + 1)
}

/// Whether a line that ends softly ends right before `at`.
fn ends_softly(bytes: &[u8], at: usize, first: usize) -> bool {
    let before = &bytes[first.min(at)..at];
    let Some(text) = before.strip_suffix(b"=\n").or_else(|| before.strip_suffix(b"=\r\n")) else { return false };
    let near = text.len().saturating_sub(LEAST - 2);
    text.len() >= LEAST - 2 && memchr::memchr(b'\n', &text[near..]).is_none()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(bytes: &[u8], at: usize, first: usize) -> Option<(Text, usize)> {
        is_near(bytes, at, first).0.then(|| text(bytes, at, first)).flatten()
    }

    #[test]
    fn a_text_goes_over_soft_ends_and_no_others() {
        let (long, short) = ("x".repeat(70), "y".repeat(40));
        for end in ["\n", "\r\n"] {
            let source = [&short, end, &long, "=", end, "=5F", &long, "=", end, "end", end, &short].concat();
            let expected = format!("{long}_{long}end{end}");
            let first = short.len() + end.len();
            for at in 0..source.len() {
                let found = read(source.as_bytes(), at, 0);
                let is_inside = (first..source.len() - short.len()).contains(&at);
                let found = found.map(|(text, end)| (String::from_utf8(text.bytes().to_vec()).unwrap(), end));
                let expected = is_inside.then(|| (expected.clone(), source.len() - short.len()));
                assert_eq!(found, expected, "{at} of {source:?}");
            }
        }
        // The end of base64 is none, nor is one that what was read before ends with.
        for source in [format!("{short}=\n{short}"), format!("{long}\n{short}=\n{long}"), format!("{long}=")] {
            assert!((0..source.len()).all(|at| read(source.as_bytes(), at, 0).is_none()), "{source}");
        }
        let source = format!("{long}=\n{long}");
        assert!(read(source.as_bytes(), 80, 60).is_none() && read(source.as_bytes(), 80, 0).is_some());
    }

    #[test]
    fn a_line_that_ends_softly_is_long_and_no_line_is_longer_than_programs_write() {
        let text = |lines: &[(&str, usize, &str)]| -> String {
            lines.iter().map(|(sign, count, end)| format!("{}{end}", sign.repeat(*count))).collect()
        };
        for (lines, at, expected) in [
            // What ends softly, by its length, with and without a line before it.
            (&[("x", 58, "=\n"), ("z", 9, "")][..], 60, (true, 61)),
            (&[("x", 57, "=\n"), ("z", 9, "")], 60, (false, 61)),
            (&[("y", 9, "\n"), ("x", 58, "=\n"), ("z", 9, "")], 70, (true, 71)),
            (&[("y", 9, "\n"), ("x", 57, "=\n"), ("z", 9, "")], 70, (false, 71)),
            // The line's own end counts if it is near.
            (&[("x", 100, "=\n"), ("z", 9, "")], 22, (true, 102)),
            (&[("x", 100, "=\n"), ("z", 9, "")], 21, (false, 22)),
        ] {
            assert_eq!(is_near(text(lines).as_bytes(), at, 0), expected, "{lines:?}");
        }
        let read = |lines: &[(&str, usize, &str)], at: usize| {
            let (found, end) = read(text(lines).as_bytes(), at, 0)?;
            Some((String::from_utf8(found.bytes().to_vec()).unwrap(), end))
        };
        // A window may end with the end of a line, or in a line whose end is not near.
        let long = |count: usize| format!("{}{}", "x".repeat(66), "z".repeat(count));
        assert_eq!(read(&[("x", 66, "=\n")], 3), Some((long(0), 68)));
        assert_eq!(read(&[("x", 66, "=\n"), ("z", 200, "")], 3), Some((long(80), 148)));
        // Before such a text, a line of another kind may end in the sign.
        for at in 102..179 {
            assert_eq!(read(&[("y", 100, "=\n"), ("x", 66, "=\n"), ("z", 9, "")], at), Some((long(9), 179)), "{at}");
        }
    }

    #[test]
    fn a_long_text_is_read_in_parts_that_overlap() {
        // With its end, a line has a part of what is read behind a text's beginning.
        const WIDTH: usize = (BEFORE + BEHIND) / 128;
        let source = format!("{}=\n", "x".repeat(WIDTH - 2)).repeat(200);
        let places = [0, 1, WIDTH - 1, WIDTH, BEFORE, WIDTH + BEFORE - 1, WIDTH + BEFORE, WIDTH + BEFORE + 1, 6000];
        for at in places.into_iter().chain([source.len() - BEHIND, source.len() - 1]) {
            let start = at.saturating_sub(BEFORE) / WIDTH * WIDTH;
            let last = source.len().min(start + BEFORE + BEHIND);
            let (text, end) = read(source.as_bytes(), at, 0).unwrap();
            assert_eq!(
                (text.len(), text.span(&(0..text.len()))),
                ((last - start) / WIDTH * (WIDTH - 2), start..last - 2)
            );
            assert_eq!(end, if last < source.len() { last - BEFORE } else { last }, "{at}");
            assert_eq!(is_near(source.as_bytes(), at, 0), (true, (at / WIDTH + 1) * WIDTH));
        }
    }
}
