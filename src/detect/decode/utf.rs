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

/// The text around `at`, where a block of the given width and phase stands, and where it ends; two texts if both byte orders may be
/// meant and they differ in where it begins and ends. What may be the first character of a text of another width is behind the end.
pub(in crate::detect) fn text(
    bytes: &[u8],
    at: usize,
    (width, phase): (usize, usize),
    within: Range<usize>,
) -> (Vec<Text>, usize) {
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
    let count = (end - start).div_ceil(width);
    if count < SHORTEST {
        return (Vec::new(), end);
    }
    // The zeros belong to the character before them or to the one behind.
    let is_before = start >= zeros && is_zero(start - zeros..start);
    let is_behind = end + zeros <= bytes.len() && is_zero(end..end + zeros);
    if is_before || is_behind {
        // Where both could be, windows and contents begin at whole characters.
        let is_big = if is_before && is_behind { start % width == width - 1 } else { is_before };
        return (vec![decode(bytes, start..end, width, is_big)], if is_behind { end } else { end - width });
    }
    // Of what lacks its zeros, either the first character or the last is none, but a byte that stands beside the text; unless they may have
    // been lost, where the content begins or ends.
    let first = if start < zeros { start } else { start + width };
    let last = if end + zeros > bytes.len() { end } else { end - width };
    (vec![decode(bytes, start..last, width, false), decode(bytes, first..end, width, true)], end - width)
}

/// The characters whose own bytes stand in `range`.
fn decode(bytes: &[u8], range: Range<usize>, width: usize, is_big: bool) -> Text {
    let encoding = match (width, is_big) {
        (2, false) => Encoding::Utf16Le,
        (2, true) => Encoding::Utf16Be,
        (_, false) => Encoding::Utf32Le,
        (_, true) => Encoding::Utf32Be,
    };
    let mut text = Text::default();
    for place in range.step_by(width) {
        let span =
            if is_big { place.saturating_sub(width - 1)..place + 1 } else { place..bytes.len().min(place + width) };
        text.push(bytes[place], span, Some(encoding));
    }
    text
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
                let [text] = &text[..] else { panic!("{} texts", text.len()) };
                assert_eq!(text.bytes(), plain.as_bytes());
                assert_eq!(text.layers(&(0..3)), [encoding]);
                assert_eq!(text.span(&(0..plain.len())), before.len()..bytes.len() - 1);
            }
        }
        for zeros in [0, 0xffff, 0xaaab, 0x1111, 0x8888] {
            assert_eq!(width(zeros), None);
        }
    }

    #[test]
    fn what_stands_beside_a_text_without_its_zeros_is_no_part_of_it() {
        let plain = "The quick brown fox";
        let units = |bytes: fn(u16) -> [u8; 2]| plain.encode_utf16().flat_map(bytes).collect::<Vec<_>>();
        let little = [&units(u16::to_le_bytes)[..], b"5;"].concat();
        let big = [b";5", &units(u16::to_be_bytes)[..], b";"].concat();
        for bytes in [little, big] {
            let (texts, _) = text(&bytes, 4, width_at(&bytes, 4), 0..bytes.len());
            assert!(texts.iter().any(|text| text.bytes() == plain.as_bytes()), "{}", bytes.escape_ascii());
        }
    }

    #[test]
    fn a_text_is_long_enough_and_of_the_order_in_which_its_characters_are_whole() {
        for (width, little, big) in
            [(2, Encoding::Utf16Le, Encoding::Utf16Be), (4, Encoding::Utf32Le, Encoding::Utf32Be)]
        {
            for (zeros, count) in (0..9).flat_map(|zeros| (10..20).map(move |count| (zeros, count))) {
                let character = [&b"T"[..], &[0; 3][..width - 1]].concat();
                let bytes = [&[0xff; 8][..], &vec![0; zeros], &character.repeat(count), &[0xff; 8]].concat();
                let first = 8 + zeros;
                // One from which the block shows the same, whatever stands before.
                let (texts, end) = text(&bytes, first, (width, 0), 0..bytes.len());
                let is_big = zeros >= width - 1 && first % width == width - 1;
                let expected = if is_big { big } else { little };
                let found: Vec<_> = texts.iter().map(|text| (text.len(), text.layers(&(0..1)))).collect();
                let all = if count >= SHORTEST { vec![(count, vec![expected])] } else { vec![] };
                assert_eq!(found, all, "{width} {zeros} {count}");
                assert!(end > first + width * (count - 1) && end <= first + width * count, "{width} {zeros} {count}");
            }
        }
    }

    #[test]
    fn a_text_lacks_zeros_only_where_the_content_begins_or_ends() {
        const COUNT: usize = 20;
        for width in [2, 4] {
            let zeros = width - 1;
            let lengths = |bytes: &[u8], at, phase| {
                let (texts, end) = text(bytes, at, (width, phase), 0..bytes.len());
                (texts.iter().map(Text::len).collect::<Vec<_>>(), end)
            };
            let little = [&b"T"[..], &[0; 3][..zeros]].concat().repeat(COUNT);
            let big = [&[0; 3][..zeros], b"T"].concat().repeat(COUNT);
            for (before, behind) in [(0, 0), (8, 0), (0, 8), (8, 8)] {
                let (first, last) = (vec![0xff; before], vec![0xff; behind]);
                // Low bytes first, but for the zeros of the last character; read the other way, the first one lacks its own.
                let bytes = [&first, &little[..little.len() - zeros], &last].concat();
                let counts = vec![COUNT - usize::from(behind > 0), COUNT - usize::from(before > 0)];
                let end = before + width * (COUNT - 2) + 1;
                assert_eq!(lengths(&bytes, before, 0), (counts, end), "{width} {before} {behind}");
                // The last character's zeros may be those of the next.
                let bytes = [&first, &big[..], &last].concat();
                let end = before + width * (COUNT - 1);
                assert_eq!(lengths(&bytes, before, zeros), (vec![COUNT], end), "{width} {before} {behind}");
            }
        }
    }

    fn width_at(bytes: &[u8], at: usize) -> (usize, usize) {
        let zeros = bytes[at..at + 16].iter().rev().fold(0, |zeros, &byte| zeros << 1 | u32::from(byte == 0));
        width(zeros).unwrap()
    }
}
