//! What a window shows: the whole of what decides about a match and about an allowlist, and containers with whether they are whole.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use super::encoded_tests::{HEX, key};
use super::*;
use crate::rule::Origin;

fn detector(rules: &str) -> Detector {
    Detector::new(&RuleSet::from_text(Origin::BuiltIn, rules).unwrap())
}

fn built_in() -> Detector {
    Detector::new(&RuleSet::built_in().unwrap())
}

/// What is found if `text` is read in windows that end at each of `ends`, and then with its end.
fn in_windows(detector: &Detector, text: &[u8], ends: impl Iterator<Item = usize>) -> Vec<String> {
    let (mut start, mut from) = (0, 0);
    let mut progress = detector.start();
    let mut all = Vec::new();
    for end in ends.take_while(|&end| end < text.len()).chain([text.len()]) {
        let window = Window { bytes: &text[start..end], from: from - start, last: end == text.len() };
        let mut hits = Vec::new();
        detector.find(&window, start as u64, &mut progress, None, &mut hits);
        all.extend(hits.iter().map(|hit| String::from_utf8_lossy(&window.bytes[hit.span.clone()]).into_owned()));
        from = start + detector.limit(&window);
        start = from.saturating_sub(detector.behind());
    }
    all
}

#[test]
fn a_match_is_decided_where_all_of_it_is_seen_and_once() {
    let rules = detector("[[rules]]\nid = \"long\"\nregex = \"A[a-z]{2,3000}(?:Z|\\\\b)\"\n");
    let long = format!("A{}Z", "b".repeat(2990));
    let overlapping = detector("[[rules]]\nid = \"run\"\nregex = \"[a-z]{4,9}9?\"\n");
    for (detector, matched, step) in [(&rules, long.as_str(), 97), (&overlapping, "abcdefghi9", 1)] {
        let text = format!("{:40}{matched}{:40}{matched}{:1500}", "", "", "");
        assert_eq!(in_windows(detector, text.as_bytes(), (1000..).step_by(step)), [matched, matched]);
    }
}

#[test]
fn what_stands_before_a_window_still_counts() {
    let detector = built_in();
    let text = format!("{:100}{}{:10000}", "", format_args!("f{}", key(HEX)), "");
    assert_eq!(in_windows(&detector, text.as_bytes(), detector.reach() + 60..detector.reach() + 160), [""; 0]);
    let text = text.replacen(" f", "  ", 1);
    assert_eq!(in_windows(&detector, text.as_bytes(), detector.reach() + 60..detector.reach() + 160), [key(HEX)]);
}

#[test]
fn windows_of_nothing_but_zeros_hide_nothing_beside_them() {
    let rules = detector("[[rules]]\nid = \"zeros\"\nregex = '(?-u:\\x00{40}k)'\nkeywords = []\n");
    let text = [&[0; 30_000][..], b"k", &[0; 30_000]].concat();
    assert_eq!(in_windows(&rules, &text, (9000..).step_by(500)).len(), 1);
    let detector = built_in();
    for (at, step) in [(20_000, 300), (20_001, 1024), (20_480, 777), (39_900, 100)] {
        let wide: Vec<u8> = key(HEX).bytes().flat_map(|byte| [byte, 0]).collect();
        for text in [key(HEX).as_bytes(), &wide] {
            let all = [&vec![0; at], text, &vec![0; 40_000 - at]].concat();
            let found = in_windows(&detector, &all, (detector.reach() + 1000..).step_by(step));
            // Which of the zeros beside it belong to UTF-16, nothing says.
            let letters: Vec<_> = found.iter().map(|found| found.replace('\0', "")).collect();
            assert_eq!(letters, [key(HEX)], "{at} {step}");
        }
    }
}

#[test]
fn an_allowlist_sees_the_line_and_no_other() {
    let rules = detector(
        "[[rules]]\nid = \"pass\"\nregex = \"pass=([a-z0-9]{8})\"\n\
         [[rules.allowlists]]\nregexTarget = \"line\"\nregexes = [\"^allow:\", \"# ok$\"]\n",
    );
    for (text, is_allowed) in [
        ("x\nallow: pass=hunter22\n", true),
        ("allow: pass=hunter22\n", true),
        ("x\n\npass=hunter22 # ok\ny", true),
        ("pass=hunter22 # ok", true),
        ("allow: x\npass=hunter22\n", false),
        ("pass=hunter22\nx # ok", false),
        ("pass=hunter22 # ok, or not", false),
        (&format!("pass=hunter22{:5000}# ok", ""), false),
        (&format!("{:5000}\nallow: pass=hunter22", ""), true),
        (&format!("{:3000}\nallow: pass=hunter22", ""), true),
    ] {
        let ends = |step| (1..).map(move |number| number * step);
        let expected = if is_allowed { vec![] } else { vec!["hunter22"] };
        assert_eq!(in_windows(&rules, text.as_bytes(), ends(usize::MAX / 2)), expected, "{}", text.trim());
        let text = format!("{text}\n{:9000}", "");
        assert_eq!(in_windows(&rules, text.as_bytes(), ends(100)), expected, "{}", text.trim());
    }
}

#[test]
fn only_a_rule_without_keyword_has_everything_searched() {
    let rule =
        |id: &str, keywords: &str| format!("[[rules]]\nid = \"{id}\"\nregex = \"{id}=[a-z]{{8}}\"\n{keywords}\n");
    let (with, without) = (rule("pass", "keywords = [\"pass\", \"PASSPHRASE\"]"), rule("word", ""));
    for (rules, around, prose) in
        [(with.clone(), Some(9), false), (without.clone(), None, true), (with + &without, None, true)]
    {
        let detector = detector(&rules);
        assert_eq!(detector.around(), around, "{rules}");
        for (text, expected) in [("some prose", prose), ("a passphrase", true), ("Pass", around.is_some() || prose)] {
            assert_eq!(
                (detector.may_hold(text.as_bytes()), detector.holds_prefix(text.as_bytes())),
                (expected, expected),
                "{rules}"
            );
        }
    }
    let prose = format!("{:300}", "What stands here is prose, some of it in `code`, and nothing else at all; ");
    let built_in = built_in();
    assert!(!built_in.may_hold(prose.as_bytes()) && !built_in.may_hold_in(prose.as_bytes(), &[40, 100]));
    assert!(built_in.may_hold(key("").as_bytes()) && built_in.holds_prefix(key("").as_bytes()));
    assert!(!built_in.holds_prefix(prose.as_bytes()));
}

/// A made-up container: its first bytes, and then what looks like chance.
fn container(length: usize) -> Vec<u8> {
    let chance = (0..length as u32).map(|at| (at.wrapping_mul(2_654_435_761) >> 13) as u8);
    [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3].into_iter().chain(chance).collect()
}

#[test]
fn a_container_in_encoded_text_is_handed_over_with_its_place_and_whether_it_is_whole() {
    use Encoding::*;
    let detector = built_in().with_packed(|bytes| bytes.starts_with(&[0x1f, 0x8b, 8]));
    let packed = container(16_001);
    let in_base64 = STANDARD.encode(&packed);
    let in_hex: String = packed.iter().map(|byte| format!("{byte:02x}")).collect();
    let nested = STANDARD.encode(format!("data: {in_hex}"));
    let ended = STANDARD.encode(format!("data: {in_hex}\" and what stands behind it"));
    let behind = "\" and what stands behind it in the same text";
    for (before, encoded, after, encoding, is_whole) in [
        ("key: \"", &in_base64, behind, &[Base64][..], true),
        ("key: \"", &in_base64, "", &[Base64], false),
        ("key: \"", &in_hex, behind, &[Hex], true),
        ("key: \"", &in_hex, "", &[Hex], false),
        ("key: \"", &nested, behind, &[Base64, Hex], true),
        ("key: \"", &nested, "", &[Base64, Hex], false),
        ("key: \"", &nested, "\"", &[Base64, Hex], false),
        ("key: \"", &ended, "", &[Base64, Hex], true),
    ] {
        let text = format!("{before}{encoded}{after}");
        for last in [false, true] {
            let window = Window { bytes: text.as_bytes(), from: 0, last };
            let found = detector.find(&window, 0, &mut detector.start(), None, &mut Vec::new());
            let [found] = &found[..] else { panic!("{} containers in {encoding:?} {after}", found.len()) };
            assert_eq!(found.is_whole, is_whole || last, "{encoding:?} {after}");
            assert!(found.encoding == encoding && found.bytes == packed, "{encoding:?} {after}");
            let is_inside = found.span.start >= before.len() && found.span.end <= before.len() + encoded.len();
            assert!(is_inside && found.span.len() + 100 > encoded.len(), "{encoding:?} {after}: {:?}", found.span);
            assert!(encoding.len() > 1 || found.span == (before.len()..before.len() + encoded.len()));
        }
        assert!(detector.find_if_any(text.as_bytes()).has_packed);
        let raw = [encoded, after].concat();
        for last in [false, true] {
            let again = detector.packed(raw.as_bytes(), last).unwrap();
            assert!(
                again.bytes == packed && again.encoding == encoding && again.is_whole == (is_whole || last),
                "{after}"
            );
        }
    }
    // Two are two, and nothing is one.
    let text = format!("\"{}\", \"{}\"", STANDARD.encode(container(300)), STANDARD.encode(container(400)));
    let window = Window { bytes: text.as_bytes(), from: 0, last: true };
    let found = detector.find(&window, 0, &mut detector.start(), None, &mut Vec::new());
    assert_eq!(found.iter().map(|packed| packed.bytes.len()).collect::<Vec<_>>(), [310, 410]);
    assert!(detector.packed(behind.as_bytes(), true).is_none());
    assert!(!detector.find_if_any(behind.as_bytes()).has_packed);
}

#[test]
fn a_container_in_text_of_wide_characters_is_handed_over_once() {
    let detector = built_in().with_packed(|bytes| bytes.starts_with(&[0x1f, 0x8b, 8]));
    let text = format!("key: \"{}\" and more", STANDARD.encode(container(300)));
    for bytes in [u16::to_le_bytes, u16::to_be_bytes] {
        let wide: Vec<u8> = text.encode_utf16().flat_map(bytes).collect();
        // Without a zero at either end, both byte orders may be meant.
        for wide in [&wide[..], &wide[..wide.len() - 1], &wide[1..]] {
            let window = Window { bytes: wide, from: 0, last: true };
            let found = detector.find(&window, 0, &mut detector.start(), None, &mut Vec::new());
            assert_eq!(found.iter().map(|packed| packed.bytes.len()).collect::<Vec<_>>(), [310]);
            assert!(found[0].span.start < 16 && found[0].span.len() < 2 * text.len(), "{:?}", found[0].span);
        }
    }
}

#[test]
fn a_container_in_escapes_that_are_a_list_too_is_handed_over_once() {
    let detector = built_in().with_packed(|bytes| bytes.starts_with(&[0x1f, 0x8b, 8]));
    let digits = STANDARD.encode(container(300));
    let each = |format: fn(u8) -> String| digits.bytes().map(format).collect::<String>();
    for escaped in [each(|digit| format!("\\x{digit:02x}")), each(|digit| format!("%{digit:02x}"))] {
        for padding in 0..40 {
            let text = format!("{:padding$}\"{escaped}\" and more", "");
            let window = Window { bytes: text.as_bytes(), from: 0, last: true };
            let found = detector.find(&window, 0, &mut detector.start(), None, &mut Vec::new());
            assert_eq!(found.iter().map(|packed| packed.bytes.len()).collect::<Vec<_>>(), [310], "{text}");
        }
    }
}

#[test]
fn a_look_at_a_whole_content_finds_what_is_found_without_it() {
    let detector = built_in().with_packed(|bytes| bytes.starts_with(&[0x1f, 0x8b, 8]));
    let (plain, prose) = (key(HEX), "The quick brown fox jumps over the lazy dog. ".repeat(9));
    let (encoded, packed) = (STANDARD.encode(&plain), STANDARD.encode(container(300)));
    let nothing = STANDARD.encode(prose.as_bytes());
    for (parts, found, has_packed, holds_prefix) in [
        (&[][..], 0, false, false),
        (&[&nothing], 0, false, false),
        (&[&plain], 1, false, true),
        (&[&encoded], 1, false, false),
        (&[&nothing, &packed], 0, true, false),
        (&[&nothing, &packed, &encoded, &plain], 2, true, true),
    ] {
        let text = parts.iter().flat_map(|part| [&prose[..], "\"", part, "\"\n"]).collect::<String>();
        let sight = detector.find_if_any(text.as_bytes());
        assert_eq!(sight.hits, detector.find_all(text.as_bytes(), None), "{text}");
        assert_eq!(
            (sight.hits.len(), sight.has_packed, sight.holds_prefix),
            (found, has_packed, holds_prefix),
            "{text}"
        );
    }
}
