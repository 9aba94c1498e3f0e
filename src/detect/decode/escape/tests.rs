//! What stands for a character or for nothing, and how far a text goes on.

use super::*;

#[test]
fn every_unit_is_known_by_its_encoding() {
    use Encoding::*;
    let cases: [(&str, Option<u8>, Encoding); 51] = [
        ("\\'5f", Some(b'_'), Escape),
        ("\\5f ", Some(b'_'), Escape),
        ("\\2D\n", Some(b'-'), Escape),
        (") -20 (", None, Split),
        ("\"\nkey += \"", None, Split),
        ("{\\_}", Some(b'_'), Markdown),
        ("\\textunderscore{}", Some(b'_'), Markdown),
        ("^\r\n", None, Split),
        ("\u{200b}", None, Split),
        ("\u{ad}", None, Split),
        ("<mark>", None, Html),
        ("</em>", None, Html),
        ("%5F", Some(b'_'), Percent),
        ("%5f", Some(b'_'), Percent),
        ("%u005f", Some(b'_'), Percent),
        ("\\x5f", Some(b'_'), Escape),
        ("\\x{5f}", Some(b'_'), Escape),
        ("\\u005F", Some(b'_'), Escape),
        ("\\u{5f}", Some(b'_'), Escape),
        ("\\U0000005f", Some(b'_'), Escape),
        ("\\137", Some(b'_'), Escape),
        ("\\0137", Some(b'_'), Escape),
        ("\\\\", Some(b'\\'), Escape),
        ("\\/", Some(b'/'), Escape),
        ("\\e", Some(0x1b), Escape),
        ("\\_", Some(b'_'), Markdown),
        ("\\-", Some(b'-'), Markdown),
        ("\\\n   ", None, Split),
        ("\\\r\n", None, Split),
        ("&#95;", Some(b'_'), Html),
        ("&#095;", Some(b'_'), Html),
        ("&#x5f;", Some(b'_'), Html),
        ("&#X5F;", Some(b'_'), Html),
        ("&lowbar;", Some(b'_'), Html),
        ("&UnderBar;", Some(b'_'), Html),
        ("&amp;", Some(b'&'), Html),
        ("&shy;", None, Html),
        ("<wbr>", None, Html),
        ("=5F", Some(b'_'), QuotedPrintable),
        ("=\n", None, QuotedPrintable),
        ("=\r\n", None, QuotedPrintable),
        ("= \n", None, QuotedPrintable),
        ("\x1b[32m", None, Ansi),
        ("\x1b[m", None, Ansi),
        ("\x1b(B", None, Ansi),
        ("\" + \"", None, Split),
        ("\"\"", None, Split),
        ("\"'", None, Split),
        ("'.'", None, Split),
        ("`+`", None, Split),
        ("\u{feff}", None, Split),
    ];
    for (text, byte, encoding) in cases {
        for after in ["", "x", "9"] {
            let is_open = matches!(text, "\\137" | "\\e" | "\\\n   ") || after == "9" && text.starts_with('\\');
            if !is_open || after.is_empty() {
                let found = unit(format!("{text}{after}").as_bytes());
                assert_eq!(found, Some(Unit { byte, len: text.len(), encoding }), "{text:?} {after}");
            }
        }
    }
    for other in [
        "%",
        "%5",
        "%zz",
        "%ff",
        "\\",
        "\\q",
        "\\x5",
        "\\u005",
        "\\u20ac",
        "\\377",
        "%80",
        "\\x80",
        "\\200",
        "&#128;",
        "\x1b(",
        "\\'5",
        "\\'ff",
        "\\5f9",
        "\\be",
        ")",
        ") (",
        "&",
        "&#;",
        "&#300;",
        "&nbsp;",
        "=",
        "=5f",
        "=5",
        "=x",
        "\x1b",
        "\x1b[",
        "\x1b[3",
        "\"",
        "\", \"",
        "_",
        "<p>",
        "^",
        "{_}",
        "é",
        "\\u{}",
        "\\x{110000}",
    ] {
        assert_eq!(unit(other.as_bytes()), None, "{other:?}");
    }
    let first: Vec<_> =
        (0..=u8::MAX).filter(|first| cases.iter().any(|(text, ..)| text.as_bytes()[0] == *first)).collect();
    assert_eq!((0..=u8::MAX).filter(|&byte| may_begin(byte)).collect::<Vec<_>>(), first);
    // Three octal digits, or four if the first is a zero, or two.
    for (text, byte, len) in [("\\1371", b'_', 4), ("\\01371", b'_', 5), ("\\57x", b'/', 3), ("\\5fx", b'_', 3)] {
        assert_eq!(unit(text.as_bytes()), Some(Unit { byte: Some(byte), len, encoding: Escape }), "{text}");
    }
}

#[test]
fn a_text_is_decoded_as_far_as_it_goes_on() {
    let source = b"k=a%5Fb\\u005fc=\n\x1b[1md&#95;e f g h i j k l";
    let (text, end) = text(source, 2, 3, source.len(), &mut Vec::new());
    let text = text.unwrap();
    assert_eq!(text.bytes(), b"a_b_cd_e f g h i");
    assert_eq!(&source[end..], b" f g h i j k l");
    assert_eq!(text.span(&(1..4)), 3..13);
    use Encoding::*;
    assert_eq!(text.layers(&(0..7)), [Percent, Escape, Html, QuotedPrintable, Ansi]);
    assert_eq!(text.layers(&(0..1)), []);
    assert_eq!(text.layers(&(4..6)), [QuotedPrintable, Ansi]);
    assert!(super::text(b"nothing here", 0, 3, 12, &mut Vec::new()).0.is_none());
}

#[test]
fn what_stands_before_a_place_ends_no_text_and_what_a_sequence_is_made_of_does_not() {
    for (source, at, decoded, behind) in [
        ("%5F yabcdefghijkl . m", 4, "_ yabcdefghijkl . m", " . m"),
        ("%5F yabcdefghijkl . m", 3, "_ yabcdef", " yabcdefghijkl . m"),
        ("a\\e[1;32mb c d e f g h i j k l", 0, "a\x1b[1;32mb c d e f", " c d e f g h i j k l"),
        ("a\\e]b c d e f g h i j k l", 0, "a\x1b]b c d e", "]b c d e f g h i j k l"),
    ] {
        let (text, end) = text(source.as_bytes(), 0, at, source.len(), &mut Vec::new());
        let text = text.unwrap();
        assert_eq!((text.bytes(), &source[end..]), (decoded.as_bytes(), behind), "{source:?}");
        // Each byte that stands for itself is where its place is.
        for (number, byte) in text.bytes().iter().enumerate().filter(|(_, byte)| !b"_\x1b".contains(byte)) {
            assert_eq!(&source.as_bytes()[text.span(&(number..number + 1))], [*byte], "{source:?} {number}");
        }
    }
}

#[test]
fn what_is_looked_at_is_passed_over_by_no_joint_that_begins_before_it() {
    let source = "a%5F\" + /* a comment */ \"b";
    let joint = source.find('"').unwrap();
    let end = source.rfind('"').unwrap() + 1;
    for at in 0..source.len() {
        let is_joined = at <= joint || at + SHORTEST > end;
        let expected = if is_joined { "a_b".to_owned() } else { source.replace("%5F", "_") };
        let (text, _) = text(source.as_bytes(), 0, at, source.len(), &mut Vec::new());
        let text = text.unwrap();
        // Behind what is looked at, a few bytes are shown.
        assert!(
            expected.as_bytes().starts_with(text.bytes()) && text.len() > 2,
            "{at} {}",
            text.bytes().escape_ascii()
        );
    }
}

#[test]
fn what_a_text_passes_over_is_read_once_more_where_it_may_hold_a_text() {
    let comment = |length: usize| format!("/*%5F{}*/", "x".repeat(length - "\"/*%5F*/\"".len()));
    let (short, long) = (comment(SHORTEST), comment(SHORTEST + 1));
    let source = |between: &str| format!("a%5F\"{between}\"k\" .");
    let read = |comment: &str| comment.replace("%5F", "_");
    let (both, first) = (|comment: &str| vec!["a_k\" .".to_owned(), read(comment)], vec!["a_k\" .".to_owned()]);
    for (between, at, expected) in [
        (long.as_str(), 0, both(&long)),
        // Its quotes are none of it, and a joint in it is passed over like any other.
        (&format!(" {long} + "), 4, both(&format!(" {long} + "))),
        (&format!("/* 'c' + 'd%5F' {long}"), 4, both(&format!("/* 'cd%5F' {long}"))),
        (&short, 0, first.clone()),
        ("/* nothing in here */", 0, first.clone()),
        // What stands before the place that is looked at led to nothing.
        (&long, 6, first),
        (&long, 5, vec![source(&long).replace("%5F", "_")]),
    ] {
        let source = source(between);
        let (texts, end) = texts(source.as_bytes(), 0, at, source.len());
        let found: Vec<_> = texts.iter().map(|text| text.bytes().escape_ascii().to_string()).collect();
        let expected: Vec<_> = expected.iter().map(|text| text.as_bytes().escape_ascii().to_string()).collect();
        assert_eq!(found, expected, "{source} {at}");
        assert!(source[end..].starts_with(if at == 5 { "*/" } else { "\" ." }), "{source} {at} {end}");
    }
}

#[test]
fn arguments_are_one_text_in_calls_that_put_them_together_up_to_their_end() {
    for (source, start, expected) in [
        ("concat(\"a%5F\", \"k\", 'c')", 8, "a_kc')"),
        ("concat(\"a%5F\", \"k\", 'c')", 0, "concat(\"a_kc')"),
        ("x = \"a%5F\".concat(\"k\", \"c\")", 5, "a_kc\")"),
        // Others put nothing together, whatever stands before them.
        ("f(\"a%5F\", \"k\")", 3, "a_\", \"k\")"),
        ("f(\"a%5F\", \"k\")", 0, "f(\"a_\", \"k\")"),
        ("concat(\"a%5F\", \"k\"), \"c\", \"d\"", 8, "a_k\"), \"c\", \"d\""),
        ("\"a%5F\" + \"k\", \"c\"", 1, "a_k\", \"c\""),
    ] {
        let (found, end) = text(source.as_bytes(), start, source.len(), source.len(), &mut Vec::new());
        let found = found.unwrap();
        assert_eq!(
            (found.bytes().escape_ascii().to_string(), end),
            (expected.as_bytes().escape_ascii().to_string(), source.len())
        );
    }
}

#[test]
fn a_token_goes_on_where_a_letter_a_digit_or_a_sign_does() {
    for (text, expected) in [
        ("%41", (true, true)),
        ("%5F", (true, true)),
        ("=\nx", (true, true)),
        ("\" + \"x", (true, true)),
        ("\x1b[0m-", (true, true)),
        ("%2F", (false, true)),
        ("=\n+", (false, true)),
        ("%20", (false, false)),
        ("=\n ", (false, false)),
        ("=\n", (false, false)),
        ("x", (false, false)),
        ("", (false, false)),
    ] {
        let found = (goes_on(text.as_bytes()), goes_on_in_digits(text.as_bytes()));
        assert_eq!(found, expected, "{text:?}");
    }
}
