//! What lies in the middle of a key and is read over up to a length, each at that length and one byte beyond it.

use super::super::decode::list;
use super::*;

/// So many bytes: `before`, blanks, and `behind`.
fn filled(before: &str, length: usize, behind: &str) -> String {
    format!("{before}{}{behind}", " ".repeat(length - before.len() - behind.len()))
}

/// The bytes of `plain` as numbers, `", "` between two, but `gap` in the middle.
fn listed(plain: &str, gap: &str) -> String {
    let (first, second) = plain.split_at(plain.len() / 2);
    let numbers = |text: &str| text.bytes().map(|byte| format!("0x{byte:02x}")).collect::<Vec<_>>().join(", ");
    format!("{}{gap}{}", numbers(first), numbers(second))
}

/// Whether the key is found of which `text` is made.
fn is_found(text: &str) -> bool {
    let wanted = key(HEX);
    found(text.as_bytes()).iter().any(|(secret, ..)| *secret == wanted)
}

/// Neither half of the key is one that is found.
fn halves() -> (String, String) {
    let (first, second) = HEX.split_at(12);
    (key(first), second.to_owned())
}

#[test]
fn joints_and_calls_have_a_length() {
    let (first, second) = halves();
    let joined = |joint: &str| format!("k = \"{first}{joint}{second}\"\n");
    let called = |call: &str| format!("k = {call}\"{first}\", \"{second}\")\n");
    type Make<'m> = &'m dyn Fn(usize) -> String;
    let cases: [(&str, usize, Make<'_>); 8] = [
        ("literals", 160, &|length| joined(&filled("\" +", length, "\""))),
        ("literals over a line", 160, &|length| joined(&filled("\"\n", length, "\""))),
        ("statements", 160, &|length| joined(&filled("\"\n", length, "k += \""))),
        ("assignments", 160, &|length| joined(&filled("\"\nk = k", length, "+ \""))),
        ("assignments of a text", 160, &|length| joined(&filled("\"\nk =", length, "f\"{k}"))),
        ("arguments", 160, &|length| format!("k = concat(\"{first}{}{second}\")\n", filled("\",", length, "\""))),
        ("what opens a call", 8, &|length| called(&filled("concat(", "concat".len() + length, ""))),
        ("a format", 40, &|length| called(&filled(&format!("\"{}\"", "%s".repeat(16)), length - 1, "% ("))),
    ];
    for (what, most, make) in cases {
        for (length, expected) in [(most - 1, true), (most, true), (most + 1, false)] {
            assert_eq!(is_found(&make(length)), expected, "{what} of {length}: {}", make(length));
        }
    }
}

#[test]
fn tags_in_a_word_have_a_length() {
    let (first, second) = halves();
    for (length, expected) in [(1024, true), (1025, false)] {
        assert_eq!(is_found(&format!("{first}{}{second}", filled("<b", length, ">"))), expected, "tags of {length}");
        let many = format!("{}{}", "<b></b>".repeat(100), filled("<b", length - 700, ">"));
        assert_eq!(is_found(&format!("{first}{many}{second}")), expected, "many tags of {length}");
    }
    for (length, expected) in [(32, true), (33, false)] {
        assert_eq!(is_found(&format!("{first}<b {}>{second}", "x".repeat(length))), expected, "a word of {length}");
    }
}

#[test]
fn lists_and_dumps_have_lengths() {
    let key = key(HEX);
    for (length, expected) in [(159, true), (160, true), (161, false)] {
        assert_eq!(is_found(&listed(&key, &filled(",", length, ""))), expected, "a gap of {length}");
        // With the end of the line.
        let beside = "~".repeat(length - 1);
        assert_eq!(is_found(&dumped(&key, 1, |_| beside.clone())), expected, "a gutter of {length}");
    }
    // Samples of such digits lead to what reads one line alone: it is asked itself.
    let plain = format!("{key} and more text, that makes it ninety-six bytes long.....");
    assert_eq!(plain.len() % 32, 0);
    for (group, expected) in [(8, true), (16, true), (17, false), (32, false)] {
        let dump = dumped(&plain, group, |_| "~".to_owned());
        let (texts, _) = list::texts(&mut list::Readings::default(), dump.as_bytes(), 0, 16, |_| false);
        let is_read = texts.iter().any(|text| memchr::memmem::find(text.bytes(), key.as_bytes()).is_some());
        assert_eq!(is_read, expected, "groups of {group} bytes: {dump}");
    }
}

#[test]
fn control_sequences_have_a_length() {
    // Two colours, of letters and behind them, take about thirty bytes. Within the word that is searched for nothing may stand.
    for (length, expected) in [(30, true), (32, true), (33, false)] {
        let sequence = format!("\u{1b}[{:;<length$}m", "38;2;255;100;100;48;2;10;10;10");
        for at in 2..20 {
            let key = key(HEX);
            assert_eq!(is_found(&format!(" {}{sequence}{}", &key[..at], &key[at..])), expected, "{length} at {at}");
        }
    }
}

#[test]
fn statements_may_part_a_prefix_however_far_the_next_is_indented() {
    let key = key(HEX);
    for (cut, indent) in (2..=8).flat_map(|cut| (0..=24).map(move |indent| (cut, indent))) {
        let (first, second) = key.split_at(cut);
        for (end, next) in [
            ("\"", "key += \""),
            ("\";", "key += \""),
            ("';", "$key .= '"),
            ("\";", "key = key + \""),
            ("\"", "key = f\"{key}"),
        ] {
            let quote = &end[..1];
            let text = format!("{:indent$}k = {quote}{first}{end}\n{:indent$}{next}{second}{end}\n", "", "");
            assert!(is_found(&text), "{text}");
        }
    }
}

#[test]
fn statements_on_one_line_may_part_a_prefix_whatever_the_names_length() {
    let key = key(HEX);
    for (cut, length) in (2..=8).flat_map(|cut| (1..=24).map(move |length| (cut, length))) {
        let ((first, second), name) = (key.split_at(cut), "n".repeat(length));
        for next in [format!("{name} += \""), format!("{name} = {name} + \""), format!("{name} = `${{{name}}}")] {
            let end = if next.ends_with('"') { '"' } else { '`' };
            let text = format!("{name} = \"{first}\"; {next}{second}{end};\n");
            assert!(is_found(&text), "{text}");
        }
    }
}
