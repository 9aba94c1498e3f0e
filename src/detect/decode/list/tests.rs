//! Lists and dumps: what a number, an offset, a line and the text beside it are, and where they begin.

use super::*;
use crate::encoding::Encoding;

/// Words of it are hexadecimal digits, as numbers of a dump are.
const PLAIN: &[u8] = b"The quick fox jumps added  42  be";

fn list(join: &str, format: impl Fn(u8) -> String) -> String {
    PLAIN.iter().map(|&byte| format(byte)).collect::<Vec<_>>().join(join)
}

fn dump(line: impl Fn(usize, &[u8]) -> String) -> String {
    PLAIN.chunks(16).enumerate().map(|(number, chunk)| line(16 * number, chunk)).collect()
}

fn hex(bytes: &[u8], group: usize) -> String {
    let groups = bytes.chunks(group).map(|group| group.iter().map(|byte| format!("{byte:02x}")).collect::<String>());
    groups.collect::<Vec<_>>().join(" ")
}

#[test]
fn lists_and_dumps_are_read() {
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let cases = [
        (list(" ", |byte| format!("{byte:02x}")), Encoding::Hex),
        (list(" ", |byte| format!("{byte:02X}")), Encoding::Hex),
        (list(":", |byte| format!("{byte:02x}")), Encoding::Hex),
        (list("-", |byte| format!("{byte:02X}")), Encoding::Hex),
        (list(", ", |byte| format!("0x{byte:02x}")), Encoding::Hex),
        (list(",\n    ", |byte| format!("0X{byte:02X}")), Encoding::Hex),
        (list(", ", |byte| format!("'\\x{byte:02x}'")), Encoding::Escape),
        (list(", ", |byte| byte.to_string()), Encoding::Decimal),
        (list(" ", |byte| byte.to_string()), Encoding::Decimal),
        (dump(|at, chunk| format!("{at:08x}: {:<39}  {}\n", hex(chunk, 2), text(chunk))), Encoding::Hex),
        (dump(|at, chunk| format!("{at:08x}  {:<48}  |{}|\n", hex(chunk, 1), text(chunk))), Encoding::Hex),
        (dump(|at, chunk| format!("{at:07o} {}\n", hex(chunk, 1))), Encoding::Hex),
        (dump(|at, chunk| format!("{at:07o} {}  >{}<\n", hex(chunk, 1), text(chunk))), Encoding::Hex),
        (dump(|at, chunk| format!("{at:08X}: {:<47}  {}\n", hex(chunk, 1), text(chunk))), Encoding::Hex),
        (dump(|at, chunk| format!("\t0x{at:04x}:  {:<39}  {}\n", hex(chunk, 2), text(chunk))), Encoding::Hex),
        (dump(|at, chunk| format!("{at:04x}  {:<47}   {}\n", hex(chunk, 1), text(chunk))), Encoding::Hex),
        (dump(|at, chunk| format!("{at:04x}: {:<47} {}\n", hex(chunk, 1), text(chunk))), Encoding::Hex),
        (dump(|at, chunk| format!("// {at:08x}: {:<39}  {}\r\n", hex(chunk, 2), text(chunk))), Encoding::Hex),
        (dump(|at, chunk| format!("|{at:08x}| {:<47} |{}|\n", hex(chunk, 1), text(chunk))), Encoding::Hex),
        (dump(|at, chunk| format!("0x7ffe{at:04x}:\t0x{}\n", hex(chunk, 1).replace(' ', "\t0x"))), Encoding::Hex),
        (dump(|_, chunk| format!("{},\\\r\n  ", hex(chunk, 1).replace(' ', ","))), Encoding::Hex),
    ];
    for (source, encoding) in cases {
        let begin = start(source.as_bytes(), 12, &(0..source.len()));
        let (texts, _) = texts(source.as_bytes(), begin, 28, |_| false);
        let found = texts.iter().find(|text| text.bytes() == PLAIN && text.layers(&(0..PLAIN.len())) == [encoding]);
        assert!(found.is_some(), "{source}: {:?}", texts.iter().map(|t| text(t.bytes())).collect::<Vec<_>>());
    }
}

#[test]
fn a_number_is_a_group_of_digits_with_its_mark_and_no_part_of_a_word() {
    let group = "7".repeat(LONGEST_GROUP);
    for (text, expected) in [
        ("72 67", Some((2, 0, false))),
        ("72", Some((2, 0, false))),
        ("0x72,", Some((4, 2, true))),
        ("0X72", Some((4, 2, true))),
        ("\\x72\\x67", Some((4, 2, true))),
        ("\\\\x72", Some((5, 3, true))),
        (&group, Some((LONGEST_GROUP, 0, false))),
        (&format!("{group}7"), None),
        ("72g", None),
        ("72_", None),
        ("0x", None),
        ("x72", None),
        ("", None),
    ] {
        let token = token(text.as_bytes(), 0, text.len());
        assert_eq!(token.map(|token| (token.span.end, token.digits, token.is_marked)), expected, "{text}");
    }
}

#[test]
fn an_offset_is_told_from_the_numbers_behind_it() {
    for (text, expected) in [
        ("00000010: 7267", true),
        ("00000010:7267", true),
        ("00000010| 72", true),
        ("00000010 72", true),
        ("0000000000000010: 72", true),
        ("00000000000000010: 72", false),
        ("0000020 06356206", true),
        ("0000020 063562067", false),
        ("000020 06356206", false),
        ("00000020 06356206", false),
        ("00000020 0635620", true),
        ("0010: 72", true),
        ("0010:72", false),
        ("0010  72", true),
        ("0010 72", false),
        ("00010: 72", false),
        ("72: 67", false),
        ("0x00000010: 72", true),
        ("0x00000010:72", false),
        ("0x00000010 72", false),
        ("0x0010:\t72", true),
        ("\\x000010: 72", false),
        ("00000010  ", false),
        ("00000010", false),
    ] {
        let token = token(text.as_bytes(), 0, text.len()).unwrap();
        for is_first in [true, false] {
            let line = Line { is_first, ..Line::default() };
            assert_eq!(line.is_offset(text.as_bytes(), &token, text.len()), expected && is_first, "{text}");
        }
    }
}

#[test]
fn the_next_offset_tells_how_many_bytes_a_line_has() {
    let long = "x".repeat(LONGEST_GUTTER);
    for (text, expected) in [
        ("00000010: 72\n00000020: 67", Some(16)),
        ("0000001a: 72\n00000030: 67", Some(22)),
        ("00000010: 72\n  # 00000020: 67", Some(16)),
        ("0x0010: 72\n0x0018: 67", Some(8)),
        ("00000010: 72\n00000050: 67", Some(64)),
        ("00000010: 72\n00000051: 67", None),
        ("00000010: 72\n00000010: 67", None),
        ("00000010: 72\n00000008: 67", None),
        ("00000010: 72\n0000020: 67", None),
        ("00000010: 72\nsome text", None),
        ("00000010: 72", None),
        (&format!("00000010:{}\n00000020: 67", &long[2..]), Some(16)),
        (&format!("00000010:{long}\n00000020: 67"), None),
    ] {
        let token = token(text.as_bytes(), 0, text.len()).unwrap();
        assert_eq!(width(text.as_bytes(), &token, text.len()), expected, "{text}");
    }
}

#[test]
fn the_text_beside_numbers_begins_where_the_line_is_full_or_blanks_say_so() {
    let line = |bytes, width, is_spaced_in_groups| Line { bytes, width, is_spaced_in_groups, ..Line::default() };
    for (line, blanks, expected) in [
        (line(16, Some(16), false), " ", true),
        (line(17, Some(16), false), " ", true),
        (line(15, Some(16), false), " ", false),
        (line(15, None, false), "   ", false),
        (line(15, None, false), "    ", true),
        (line(15, None, true), " ", false),
        (line(15, None, true), "  ", true),
        (line(15, None, false), " |", true),
        (line(15, None, false), ">", true),
    ] {
        assert_eq!(line.ends_before(blanks.as_bytes()), expected, "{blanks:?} {}", line.bytes);
        assert!(!Line { is_first: true, ..line }.ends_before(blanks.as_bytes()), "{blanks:?}");
    }
}

#[test]
fn a_list_is_read_from_its_beginning_and_a_dump_from_its_first_line() {
    let dump = dump(|at, chunk| format!("  {at:08x}: {:<39}  {}\n", hex(chunk, 2), String::from_utf8_lossy(chunk)));
    for (before, expected) in [("", 0), ("some words\n", 11), ("7\n", 2)] {
        let text = format!("{before}{dump}");
        for at in expected + 12..text.len() {
            let here = text[..at].rfind('\n').map_or(0, |feed| feed + 1);
            // From its offset on, a line is known for a dump's.
            if at >= here + 2 {
                assert_eq!(dump_line(text.as_bytes(), at), Some(here), "{text} {at}");
                // What stands before it may be a number or a separator, too.
                let first = start(text.as_bytes(), at, &(0..text.len()));
                assert!((expected.saturating_sub(2)..=expected).contains(&first), "{text} {at} {first}");
            }
        }
    }
    for (text, at, expected) in
        [("word: 72, 67, 5f", 12, 3), ("72, 67, 5f", 8, 0), ("word 72 67", 5, 3), ("some words and 7", 15, 13)]
    {
        assert_eq!(start(text.as_bytes(), at, &(0..text.len())), expected, "{text}");
        assert_eq!(dump_line(text.as_bytes(), at), None, "{text}");
    }
}

#[test]
fn the_text_beside_numbers_ends_with_its_line() {
    let long = format!("{}\n", "x".repeat(LONGEST_GUTTER));
    let cases = [("text\n72", Some(4)), ("\n72", None), ("text", None), (&long, None), (&long[1..], Some(159))];
    for (text, expected) in cases {
        assert_eq!(gutter(text.as_bytes(), 0, text.len()), expected, "{text}");
    }
}
