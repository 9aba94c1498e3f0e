//! UTF-16 and UTF-32 in both byte orders, at any offset: ASCII with one or three zero bytes to each character.

use std::ops::Range;

use super::digits::BACK;
use super::{SHORTEST, Text};
use crate::encoding::Encoding;

/// How many bytes a character has in a block of sixteen, and at which places in it the characters stand, by which of its bytes are
/// zero, the first in the lowest bit; none if it is no such text.
#[inline(always)]
pub(in crate::detect) fn width(zeros: u32) -> Option<(usize, usize)> {
    match zeros {
        0xaaaa => Some((2, 0)),
        0x5555 => Some((2, 1)),
        0xeeee => Some((4, 0)),
        0xdddd => Some((4, 1)),
        0xbbbb => Some((4, 2)),
        0x7777 => Some((4, 3)),
        _ => None,
    }
}

fn is_ascii(byte: u8) -> bool {
    (1..0x80).contains(&byte)
}

/// The text around `at`, where a block of the given width and phase stands, and where it ends.
pub(in crate::detect) fn text(
    bytes: &[u8],
    at: usize,
    (width, phase): (usize, usize),
    within: Range<usize>,
) -> (Option<Text>, usize) {
    let zeros = width - 1;
    let is_zero = |range: Range<usize>| bytes[range].iter().all(|&byte| byte == 0);
    let mut start = at + phase;
    let first = within.start.max(at.saturating_sub(BACK));
    while start >= first + width && is_ascii(bytes[start - width]) && is_zero(start - zeros..start) {
        start -= width;
    }
    let mut end = start + 1;
    while end + zeros < within.end && is_ascii(bytes[end + zeros]) && is_zero(end..end + zeros) {
        end += width;
    }
    let scanned = end;
    // The zeros belong to the character before them or to the one behind.
    let is_before = start >= zeros && is_zero(start - zeros..start);
    let is_behind = end + zeros <= bytes.len() && is_zero(end..end + zeros);
    let is_big = match (is_before, is_behind) {
        // Where both could be, windows and contents begin at whole characters.
        (true, true) => start % width == width - 1,
        // At one end stands a byte that lacks its zeros, and is none of the text. What is no character says which; low bytes first
        // are far more common.
        (false, false) => is_printable(bytes[end - 1]) && !is_printable(bytes[start]),
        _ => is_before,
    };
    if is_big && !is_before && start >= zeros {
        start += width;
    } else if !is_big && !is_behind && end + zeros <= bytes.len() {
        end = end.saturating_sub(width);
    }
    let count = end.saturating_sub(start).div_ceil(width);
    if count < SHORTEST {
        return (None, scanned);
    }
    let encoding = match (width, is_big) {
        (2, false) => Encoding::Utf16Le,
        (2, true) => Encoding::Utf16Be,
        (_, false) => Encoding::Utf32Le,
        (_, true) => Encoding::Utf32Be,
    };
    let mut text = Text::default();
    for place in (start..end).step_by(width) {
        let span = if is_big { place.saturating_sub(zeros)..place + 1 } else { place..bytes.len().min(place + width) };
        text.push(bytes[place], span, Some(encoding));
    }
    (Some(text), scanned)
}

fn is_printable(byte: u8) -> bool {
    matches!(byte, b' '..=b'~' | b'\t' | b'\n' | b'\r')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_widths_and_orders_are_read_at_any_offset() {
        let plain = "The quick brown fox";
        for (encoding, width, big) in [
            (Encoding::Utf16Le, 2, false),
            (Encoding::Utf16Be, 2, true),
            (Encoding::Utf32Le, 4, false),
            (Encoding::Utf32Be, 4, true),
        ] {
            for before in [&b""[..], b"\xff", b"\xff\xff\xff"] {
                let mut bytes = before.to_vec();
                for byte in plain.bytes() {
                    let unit = u32::from(byte).to_be_bytes();
                    let mut unit = unit[4 - width..].to_vec();
                    if !big {
                        unit.reverse();
                    }
                    bytes.extend(unit);
                }
                bytes.push(0xff);
                let at = 16;
                let found = width_at(&bytes, at);
                assert_eq!(found.0, width);
                let (text, _) = text(&bytes, at, found, 0..bytes.len());
                let text = text.unwrap();
                assert_eq!(text.bytes(), plain.as_bytes());
                assert_eq!(text.layers(&(0..3)), [encoding]);
                assert_eq!(text.span(&(0..plain.len())), before.len()..bytes.len() - 1);
            }
        }
        // What stands beside it without zeros is none of it.
        for (before, after, encoding) in [
            (&b"\x81E"[..], &b"x2\x04"[..], Encoding::Utf16Le),
            (b"\x81E", b"\x02\x03", Encoding::Utf16Le),
            (b"\x03\x02\0", b"\x81", Encoding::Utf16Be),
        ] {
            let mut wide: Vec<u8> = plain.bytes().flat_map(|byte| [byte, 0]).collect();
            wide.truncate(wide.len() - usize::from(encoding == Encoding::Utf16Be));
            let bytes = [before, &wide, after].concat();
            let (text, _) = text(&bytes, 16, width_at(&bytes, 16), 0..bytes.len());
            let text = text.unwrap();
            assert_eq!((text.bytes(), text.layers(&(0..3))), (plain.as_bytes(), vec![encoding]));
        }
        for zeros in [0, 0xffff, 0xaaab, 0x1111, 0x8888] {
            assert_eq!(width(zeros), None);
        }
    }

    fn width_at(bytes: &[u8], at: usize) -> (usize, usize) {
        let zeros = bytes[at..at + 16].iter().rev().fold(0, |zeros, &byte| zeros << 1 | u32::from(byte == 0));
        width(zeros).unwrap()
    }
}
