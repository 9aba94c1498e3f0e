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
        let (texts, _) = texts(&mut Readings::default(), source.as_bytes(), begin, 28, |_| false);
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

#[test]
fn separators_lead_over_lines_and_stop_before_the_text_beside_numbers() {
    let lines = [(true, false, 0), (false, false, 1), (false, true, 0), (false, true, 2)];
    for (text, ends) in [
        (", 72", [2; 4]),
        ("", [0; 4]),
        ("   ", [3; 4]),
        ("x", [0; 4]),
        ("72", [0; 4]),
        // Before a line's first number, signs of comments.
        ("# 72", [2, 0, 0, 0]),
        (", */ 72", [5, 2, 2, 2]),
        ("\\\n72", [2; 4]),
        ("\\\r\n72", [3; 4]),
        ("\\n72", [0; 4]),
        ("\\ \n72", [0; 4]),
        ("||x", [2, 2, 2, 1]),
        (" > |", [4, 4, 4, 2]),
        (", |, 7", [5, 5, 5, 3]),
    ] {
        for ((is_first, has_offset, tokens), end) in lines.into_iter().zip(ends) {
            for before in ["", "72 67"] {
                let bytes = [before, text].concat();
                let place = before.len();
                let mut line = Line { is_first, has_offset, tokens, ..Line::default() };
                assert_eq!(separators(bytes.as_bytes(), place, bytes.len(), &mut line), place + end, "{bytes:?}");
                assert_eq!(separators(bytes.as_bytes(), place, place, &mut line), place, "{bytes:?}");
            }
        }
    }
    for (text, end) in [("\n72", 1), ("\n# 72", 3), ("\n|>72", 3), (", \r\n  72", 6)] {
        for (is_first, has_offset, tokens) in lines {
            let mut line = Line { is_first, has_offset, tokens, width: Some(16), ..Line::default() };
            assert_eq!(separators(text.as_bytes(), 0, text.len(), &mut line), end, "{text:?}");
            let is_new = line.is_first && !line.has_offset && line.tokens == 0 && line.bytes == 0;
            assert!(is_new && line.width == Some(16), "{text:?}");
        }
    }
}

#[test]
fn a_line_may_begin_anywhere_in_a_number_and_in_what_is_glued_to_it() {
    let group = "7".repeat(50);
    let cases =
        [("0x72 67", 0, 4), ("\\x72 67", 0, 4), ("+72", 0, 0), ("ab 72xyz, 67", 3, 5), ("", 0, 0), (&group, 5, 35)];
    for (text, at, length) in cases {
        let even = |place: &usize| place.is_multiple_of(2);
        let all = (at + 1..=at + length).rev();
        assert_eq!(line_begins(text.as_bytes(), at, |_| true).collect::<Vec<_>>(), all.clone().collect::<Vec<_>>());
        let found: Vec<_> = line_begins(text.as_bytes(), at, |place| even(&place)).collect();
        assert_eq!(found, all.filter(even).collect::<Vec<_>>(), "{text} {at}");
    }
}

/// The texts of an encoding in the list that begins at `start`, and where it ends.
fn texts_of(
    encoding: Encoding,
    source: &str,
    (start, sample): (usize, usize),
    begins_line: impl Fn(usize) -> bool,
) -> (Vec<String>, usize) {
    let (texts, end) = texts(&mut Readings::default(), source.as_bytes(), start, sample, begins_line);
    let of_encoding = texts.iter().filter(|text| text.layers(&(0..1)) == [encoding]);
    (of_encoding.map(|text| String::from_utf8_lossy(text.bytes()).into_owned()).collect(), end)
}

#[test]
fn a_list_ends_where_what_follows_is_none_or_too_far_away() {
    let plain = "The quick fox jumps";
    let numbers = |join: &str| plain.bytes().map(|byte| format!("{byte:02x}")).collect::<Vec<_>>().join(join);
    let hex = |source: &str, start, sample| texts_of(Encoding::Hex, source, (start, sample), |_| false);
    for (gap, count) in [(1, 1), (5, 1), (LONGEST_GAP, 1), (LONGEST_GAP + 1, 2)] {
        let source = format!("{}{}{}", numbers(" "), " ".repeat(gap), numbers(" "));
        let (texts, end) = hex(&source, 0, 4);
        let (all, whole) = (plain.repeat(2), source.len());
        let expected = if count == 1 { (all, whole) } else { (plain.to_owned(), numbers(" ").len() + gap) };
        assert_eq!((texts, end), (vec![expected.0], expected.1), "{gap}");
    }
    // A number that no reading has ends it, but before the sample.
    let source = format!("123456789, {}", numbers(", "));
    for (sample, expected) in [(5, 9), (9, 9), (10, source.len()), (16, source.len())] {
        let (texts, end) = hex(&source, 0, sample);
        assert_eq!((texts.len(), end), (usize::from(expected > 9), expected), "{sample}");
    }
    // Words end it, too, on whatever line numbers go on: only behind a dump's numbers stands its text.
    let (list, dump) = (numbers(" "), format!("00000000: {}\n00000013: ", numbers(" ")));
    for (source, end) in [
        (format!("{list} words"), list.len() + 1),
        (format!("{list} words\n{list}"), list.len() + 1),
        (format!("{dump}words\n{list}"), dump.len()),
    ] {
        assert_eq!(hex(&source, 0, 24), (vec![plain.to_owned()], end), "{source}");
    }
}

#[test]
fn the_offset_and_the_text_of_a_dumps_line_are_none_of_its_numbers() {
    // What stands beside the numbers looks like numbers, too.
    let plain = "42 added to face31 a cafe be bed";
    let lines = |line: &dyn Fn(usize, &[u8], &str) -> String, count: usize| -> String {
        let chunks = plain.as_bytes().chunks(16).take(count).enumerate();
        chunks.map(|(number, chunk)| line(16 * number, chunk, std::str::from_utf8(chunk).unwrap())).collect()
    };
    let pairs = |at, chunk: &[u8], text: &str| format!("{at:08x}: {} {text}\n", hex(chunk, 2));
    let pairs_apart = |at, chunk: &[u8], text: &str| format!("{at:08x}:     {}  {text}\n", hex(chunk, 2));
    let bytes = |at, chunk: &[u8], text: &str| format!("{at:08x}| {} {text}\n", hex(chunk, 1));
    let halves = |at, chunk: &[u8], text: &str| {
        format!("{at:08x}  {}  {}  |{text}|\n", hex(&chunk[..8], 1), hex(&chunk[8..], 1))
    };
    let far = |at, chunk: &[u8], text: &str| format!("{at:08x}: {}    {text}\n", hex(chunk, 1));
    type Line<'l> = &'l dyn Fn(usize, &[u8], &str) -> String;
    let cases: [(&str, Line<'_>, usize); 8] = [
        ("pairs", &pairs, 2),
        ("pairs and blanks", &pairs_apart, 1),
        ("pairs and blanks", &pairs_apart, 2),
        ("bytes", &bytes, 2),
        ("halves", &halves, 1),
        ("halves", &halves, 2),
        ("far", &far, 1),
        ("far", &far, 2),
    ];
    for (name, line, count) in cases {
        for before in ["", "\n", "words\n"] {
            let source = format!("{before}{}", lines(line, count));
            let (texts, _) = texts_of(Encoding::Hex, &source, (before.len(), before.len() + 28), |_| false);
            // Pairs may be words, too, of which the lowest byte is the first.
            assert!(texts.iter().any(|text| text == &plain[..16 * count]), "{name} {source} {texts:?}");
        }
    }
    // What does not stand where a line begins is no offset.
    let line = format!("20202020: {}", hex(&plain.as_bytes()[..16], 1));
    for (before, expected) in [("", &plain[..16]), ("\n", &plain[..16]), ("x ", "    42 added to face")] {
        let source = format!("{before}{line}");
        let (texts, end) = texts_of(Encoding::Hex, &source, (before.len(), before.len() + 16), |_| false);
        assert_eq!((texts, end), (vec![expected.to_owned()], source.len()), "{source}");
    }
}

#[test]
fn a_list_is_cut_where_lines_of_what_it_was_decoded_of_may_end() {
    let plain = "The quick fox jumps";
    let numbers = plain.bytes().map(|byte| byte.to_string()).collect::<Vec<_>>().join(" ");
    let of_sample =
        |source: &str, line: usize, sample| texts_of(Encoding::Decimal, source, (0, sample), |at| at == line);
    let decimals = |source: &str, line: usize| of_sample(source, line, 16);
    // What is glued to its first number, and to its last.
    let source = format!("9a{numbers}");
    assert_eq!(decimals(&source, 2).0, [plain]);
    assert_eq!(decimals(&source, usize::MAX).0, [&plain[1..]]);
    let source = format!("{numbers}9a");
    assert_eq!(decimals(&source, numbers.len()).0, [plain]);
    assert_eq!(decimals(&source, usize::MAX).0, [&plain[..plain.len() - 1]]);
    // A word between two lists, of which the sample lies in the second.
    let source = format!("{numbers}, words{numbers}");
    assert_eq!(of_sample(&source, numbers.len() + 7, source.len()), (vec![plain.to_owned(); 2], source.len()));
    assert_eq!(of_sample(&source, usize::MAX, source.len()), (vec![plain.to_owned()], numbers.len() + 2));
    assert_eq!(decimals(&source, usize::MAX), (vec![plain.to_owned()], numbers.len() + 2));
}

#[test]
fn no_list_is_read_from_further_away_than_is_said() {
    let text = "72, 67, 5f, ".repeat(60);
    for at in [0usize, 5, 255, 256, 257, 600] {
        for within in [0, 3, 400] {
            let first = at.saturating_sub(BACK).max(within).min(at);
            if within <= at {
                assert_eq!(start(text.as_bytes(), at, &(within..text.len())), first, "{at} {within}");
            }
        }
    }
    // A dump is read from the beginning of the line that lies so far away.
    let line = format!("00000010: {:<39}  {}\n", hex(b"The quick fox ju", 2), "The quick fox ju");
    let text = line.repeat(12);
    for at in (0..text.len()).filter(|at| at % line.len() >= 12) {
        let first = at.saturating_sub(BACK) / line.len() * line.len();
        assert_eq!(start(text.as_bytes(), at, &(0..text.len())), first, "{at}");
    }
}
