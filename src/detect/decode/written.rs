//! Lines in a string, whose ends are written out, as in `"72 67 5f\n6c 69"`: what stands in them goes on behind such an end.

use super::Text;
use crate::encoding::Encoding;

/// How near to a sample an end of a line stands: no dump has longer lines.
const NEAR: usize = 160;

/// How far before a sample such a text is read, and how far behind it: as far as any encoded key reaches.
const BEFORE: usize = 512;
const BEHIND: usize = 8 << 10;

/// The text around `at` with its lines' ends as they are meant, and up to where it need not be read again, which is behind `at`; not from
/// before `first`, and to the end of the string at most. None if there is no such end nearby.
pub(in crate::detect) fn text(bytes: &[u8], at: usize, first: usize) -> Option<(Text, usize)> {
    let near = &bytes[first.max(at.saturating_sub(NEAR))..bytes.len().min(at + NEAR)];
    memchr::memmem::find(near, br"\n")?;
    let start = first.max(at.saturating_sub(BEFORE));
    let most = bytes.len().min(at + BEHIND);
    let (mut place, mut text) = (start, Text::default());
    while place < most {
        let slashes = bytes[place..most].iter().take_while(|&&byte| byte == b'\\').count();
        let written = match bytes[..most].get(place + slashes).filter(|_| slashes > 0) {
            Some(b'n') => Some(b'\n'),
            Some(b'r') => Some(b'\r'),
            Some(b't') => Some(b'\t'),
            Some(&sign @ (b'"' | b'\'')) => Some(sign),
            _ => None,
        };
        let end = place + slashes + 1;
        match written {
            Some(byte) => {
                text.push(byte, place..end, Some(Encoding::Escape));
                place = end;
            }
            None if place > at && b"\"'\n".contains(&bytes[place]) => return Some((text, place)),
            // All slashes at once, or each would count those behind it.
            None => {
                let next = place + slashes.max(1);
                (place..next).for_each(|place| text.push(bytes[place], place..place + 1, None));
                place = next;
            }
        }
    }
    // What goes on is read on from a little before.
    Some((text, if most < bytes.len() { most - BEFORE } else { most }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ends_of_lines_are_meant_up_to_the_end_of_the_string() {
        let source = br#"{"a": "12 34\n56\\n78\r\n\t\"9a\" \x41 "#;
        let meant = b"{\"a\": \"12 34\n56\n78\r\n\t\"9a\" \\x41 ";
        for behind in ["", "\", \"b\": 7}", "' + x", "\nz"] {
            let whole = [source, behind.as_bytes()].concat();
            // From within the string, its first quote included, it is read to its end.
            for at in 6..source.len() {
                let (text, end) = text(&whole, at, 0).unwrap();
                assert_eq!((text.bytes(), end), (&meant[..], source.len()), "{at} {behind}");
                assert_eq!(text.span(&(0..text.len())), 0..source.len());
            }
        }
        // A text is not read again, and one that goes on is read on from a little before.
        let (text_behind, end) = text(source, 20, 7).unwrap();
        assert_eq!((text_behind.bytes(), end), (&meant[7..], source.len()));
        let long = br"12 34\n".repeat(2000);
        assert_eq!(text(&long, 900, 0).unwrap().1, 900 + BEHIND - BEFORE);
        let slashes = [br"12 34\n", &[b'\\'; 3000][..], b"x"].concat();
        assert_eq!(text(&slashes, 3, 0).unwrap().0.bytes(), [b"12 34\n", &slashes[7..]].concat());
        assert!(text(b"12 34 56 78", 3, 0).is_none() && text(br"12\n34", 4, 4).is_none());
        // An end counts if it is near, on either side.
        for (at, is_near) in
            [(0, false), (NEAR + 41, false), (NEAR + 42, true), (3 * NEAR + 40, true), (3 * NEAR + 41, false)]
        {
            let source = ["1 ".repeat(NEAR + 20).as_bytes(), br"\n", "1 ".repeat(NEAR).as_bytes()].concat();
            assert_eq!(text(&source, at, 0).is_some(), is_near, "{at}");
        }
    }
}
