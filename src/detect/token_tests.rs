//! Token rules by themselves: where a token ends, what of a window decides about it, and what contents are passed over without one.

use super::encoded_tests::{HEX, key};
use super::look::AHEAD;
use super::*;
use crate::rule::Origin;

/// A detector with a token rule for each of these regexes.
fn detector(regexes: &[&str]) -> Detector {
    let rule = |(number, regex): (usize, &&str)| {
        format!("[[rules]]\nid = \"rule-{number}\"\njudge = \"token\"\nregex = '''{regex}'''\n")
    };
    let rules: String = regexes.iter().enumerate().map(rule).collect();
    Detector::new(&RuleSet::from_text(Origin::BuiltIn, &rules).unwrap())
}

fn built_in() -> Detector {
    Detector::new(&RuleSet::built_in().unwrap())
}

fn secrets(detector: &Detector, text: &str) -> Vec<String> {
    detector.find_all(text.as_bytes(), None).into_iter().map(|hit| text[hit.span].to_owned()).collect()
}

/// So many characters without any order.
fn drawn(length: usize) -> String {
    const LETTERS: &[u8] = b"kP3vZ9qLx2RtY7mWc5NbH8sJd4FgA6uE1yTzQ0iVoXpMhKjCfB";
    let mut state = 7u32;
    let mut next = || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        char::from(LETTERS[(state >> 16) as usize % LETTERS.len()])
    };
    (0..length).map(|_| next()).collect()
}

#[test]
fn a_token_of_any_length_ends_where_the_next_begins() {
    let other = key(HEX);
    for (length, is_key) in [(16, true), (40, true), (127, true), (128, true), (129, false)] {
        let one = key(&drawn(length));
        for joint in ["", "_", "-", " "] {
            let mut expected = [one.clone(), other.clone()];
            // A joint is a part of what is short enough with it, and of what is too long it is left out.
            if length < 128 && "_-".contains(joint) {
                expected[0].push_str(joint);
            }
            let expected = if is_key { &expected[..] } else { &expected[1..] };
            assert_eq!(secrets(&built_in(), &format!("{one}{joint}{other}")), expected, "{length} {joint:?}");
        }
    }
}

#[test]
fn only_a_token_that_is_too_long_for_any_rule_ends_before_a_ruled_line() {
    let detector = detector(&["rg_live_[A-Za-z0-9]{20,32}"]);
    for (length, line) in [20, 31, 32, 33].into_iter().flat_map(|length| (0..=14).map(move |line| (length, line))) {
        for sign in ["-", "_"] {
            let token = key(&drawn(length));
            let is_key = length <= 32 && (line == 0 || length + line > 32);
            let expected = if is_key { vec![token.clone()] } else { vec![] };
            assert_eq!(secrets(&detector, &format!("{token}{} ", sign.repeat(line))), expected, "{length} {line}");
        }
    }
}

#[test]
fn a_template_that_goes_on_is_no_key_unless_a_key_stands_before_it() {
    let signs = ["${x}", "$(x)", "#{x}", "%{x}", "{x}", "[x]", "<%= x %>", "\\w+", "\\d+", "***", "...", "…", "•••"];
    for sign in signs {
        for (length, is_key) in [(16, false), (23, false), (24, true), (25, true), (32, true)] {
            let key = key(&drawn(length));
            let expected = if is_key { vec![key.clone()] } else { vec![] };
            assert_eq!(secrets(&built_in(), &format!("k = {key}{sign}")), expected, "{length} {sign}");
        }
        let short = key(&drawn(16));
        assert_eq!(secrets(&built_in(), &format!("k = {short} {sign}")), [short], "{sign}");
    }
}

/// What a window decides must be what the whole content says, wherever the window ends.
#[test]
fn as_much_is_seen_as_decides_about_a_token() {
    for (detector, prefix, longest) in [
        (built_in(), "rg_live_", 8 + 128),
        (detector(&["rg_live_[A-Za-z0-9]{20,32}"]), "rg_live_", 8 + 32),
        (detector(&["a1_[a-z0-9]{20}", "a1_long_[a-z0-9]{16,40}"]), "a1_long_", 8 + 40),
    ] {
        let reach = detector.tokens.reach();
        for length in [longest - 1, longest, longest + 1] {
            let token = format!("{prefix}{}", drawn(length - prefix.len()).to_lowercase());
            for behind in ["", "_", "-", "x", " "] {
                let text = format!("{token}{behind}{prefix}{}", drawn(16).to_lowercase());
                let whole = found_in(&detector, &text, text.len(), true);
                for end in 0..=text.len() {
                    let part = found_in(&detector, &text, end, false);
                    let expected: Vec<_> = whole.iter().filter(|span| span.start + reach < end).cloned().collect();
                    assert_eq!(part, expected, "{text} to {end}");
                }
            }
        }
    }
}

/// Where the token rules alone find something in the first `end` bytes.
fn found_in(detector: &Detector, text: &str, end: usize, last: bool) -> Vec<Range<usize>> {
    let window = Window { bytes: &text.as_bytes()[..end], from: 0, last };
    let limit = if last { end } else { end.saturating_sub(detector.tokens.reach()) };
    let place = token::Place { offset: 0, last_end: &mut u64::MAX.clone(), lines: None };
    let mut hits = Vec::new();
    detector.tokens.find(&window, limit, place, &mut hits);
    hits.into_iter().map(|hit| hit.span).collect()
}

/// Two prefixes of which the word of one begins with that of the other have no words of their own: all literals are searched for.
const WORDLESS: [&str; 2] = ["xyz_live_[a-z0-9]{32}", "xyzq_live_[a-z0-9]{32}"];

#[test]
fn what_holds_no_prefix_in_any_form_is_passed_over() {
    let rg = ["rg_live_[A-Za-z0-9_-]{32}"];
    for (rules, text, expected) in [
        (&rg[..], "k = rg_live_", true),
        (&rg, "k = rg%5flive%5f", true),
        (&rg, "k = rg_l\" + \"ive_", true),
        (&rg, "cmdfbGl2ZV", false),
        (&rg, "", false),
        (&rg, "a large cargo, and its organ", false),
        (&rg, "org\" + x", false),
        (&rg, "rg_test_", false),
        (&["rg_[a-z0-9]{32}"], "org\" + x", false),
        (&["rg_[a-z0-9]{32}"], "rg\" + \"_", true),
        (&WORDLESS, "k = xyzq_live_", true),
        (&WORDLESS, "k = xyz_live_", true),
        (&WORDLESS, "k = xyz%5flive_", true),
        (&WORDLESS, "xyz is live", false),
    ] {
        assert_eq!(detector(rules).tokens.may_hold(text.as_bytes()), expected, "{rules:?} {text}");
    }
}

#[test]
fn near_to_a_place_shows_what_stands_across_it() {
    for (detector, text) in [
        (detector(&["rg_live_[A-Za-z0-9_-]{32}"]), "rg_live_"),
        (detector(&["rg_live_[A-Za-z0-9_-]{32}"]), "rg&lowbar;live_"),
        (detector(&["rg_live_[A-Za-z0-9_-]{32}"]), "CONCAT('rg', '_live_"),
        (detector(&WORDLESS), "xyzq_live_"),
        (detector(&WORDLESS), "eHl6cV9saXZlX"),
        (detector(&WORDLESS), "xyz&lowbar;live_"),
    ] {
        let around = detector.tokens.around();
        let content = format!("{:100}{text}{:100}", "", "");
        for place in 101..100 + text.len() {
            let near = &content.as_bytes()[place - around..place + around];
            assert!(detector.tokens.may_hold(near), "{text} at {place}");
        }
    }
}

#[test]
fn without_token_rules_nothing_encoded_is_looked_for() {
    let text = "[[rules]]\nid = \"pass\"\nregex = \"pass=[a-z]{8}\"\nkeywords = [\"pass\"]\n";
    let patterns = Detector::new(&RuleSet::from_text(Origin::BuiltIn, text).unwrap()).with_packed(|_| true);
    let tokens = built_in().with_packed(|_| true);
    let encoded = "c29tZSB0ZXh0IHRoYXQgaXMgZW5jb2RlZCBpbiBiYXNlNjQsIGJ1dCBubyBrZXk=".repeat(4);
    assert!(tokens.may_hold(encoded.as_bytes()) && tokens.may_hold_in(encoded.as_bytes(), &[100]));
    assert!(tokens.may_hold_in(b"k = rg_live_", &[]) && !tokens.may_hold_in(b"k = ", &[]));
    assert!(!patterns.may_hold(encoded.as_bytes()) && !patterns.may_hold_in(encoded.as_bytes(), &[100]));
    assert!(patterns.may_hold(b"pass=") && patterns.find_if_any(encoded.as_bytes()) == Sight::default());
    assert_eq!(patterns.around(), Some("pass".len() - 1));
}

#[test]
fn anchors_are_seen_as_far_behind_what_is_decided_as_the_first_of_a_key_may_stand() {
    const LIMIT: usize = 100;
    let detector = detector(&["rg_live_[A-Za-z0-9_-]{32}"]);
    for anchor in 0..400 {
        let mut bytes = vec![b' '; 500];
        bytes[anchor..anchor + 12].copy_from_slice(b"rg%5flive%5f");
        let window = Window { bytes: &bytes, from: 0, last: false };
        let place = token::Place { offset: 0, last_end: &mut u64::MAX.clone(), lines: None };
        let triggers = detector.tokens.find(&window, LIMIT, place, &mut Vec::new());
        match anchor {
            _ if anchor < LIMIT + AHEAD => assert_eq!(triggers, [(anchor, anchor::Trigger::Word)]),
            // What is longer than an anchor may be seen of one in part.
            _ if anchor >= LIMIT + AHEAD + 40 => assert_eq!(triggers, []),
            _ => {}
        }
    }
}

#[test]
fn as_much_is_kept_before_a_window_as_decides_about_what_begins_in_it() {
    let behind = built_in().behind();
    assert!([boundary::LOOK_BEHIND, encoded::BEHIND].into_iter().all(|least| behind >= least));
    let by_line = "judge = \"token\"\nregex = \"rg_live_[a-z0-9]{32}\"\n[[rules.allowlists]]\nregexTarget = \"line\"\nregexes = [\"example\"]\n";
    let rules = RuleSet::from_text(Origin::BuiltIn, &format!("[[rules]]\nid = \"by-line\"\n{by_line}")).unwrap();
    assert!(Detector::new(&rules).behind() >= LINE_CONTEXT);
}
