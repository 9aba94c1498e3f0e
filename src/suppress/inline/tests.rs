//! Comments of many languages, what only looks like one, and any text at all.

use super::*;

/// Stands for the words, which this file must not hold in a comment's form.
fn spelled(text: &str) -> String {
    text.replace("GRID", "gridleaks:allow").replace("GIT", "gitleaks:allow")
}

/// The reason given for the secret `KEY` in `text`, if a comment allows it.
fn reason(text: &str) -> Option<String> {
    let text = spelled(text);
    let at = text.find("KEY").expect("a secret");
    let found = around(text.as_bytes(), &(at..at + 3), true)?;
    assert!(text[found.at..].starts_with("leaks:allow"), "{text}");
    Some(text[found.reason].to_owned())
}

#[test]
fn comments_of_any_language_allow_what_stands_beside_them() {
    for (text, expected) in [
        ("k = KEY # GRID", ""),
        ("k = 'KEY'# GIT made up", "made up"),
        ("k = \"KEY\"; // GRID: revoked in May", "revoked in May"),
        ("k = KEY //GRID(test)", "test"),
        ("f(\"KEY\") /* GIT, a fixture */ + 1", "a fixture"),
        ("/* GRID why */ k = KEY", "why"),
        ("<a>KEY</a> <!-- GRID old -->", "old"),
        ("<!-- GRID old --><a>KEY</a>", "old"),
        ("SELECT 'KEY' -- GRID - old", "old"),
        ("(set k \"KEY\") ;; GRID", ""),
        ("k = KEY % GIT", ""),
        ("{- GRID -} k = KEY", ""),
        ("k = 'KEY'  # noqa: S105, GIT", ""),
        ("k = KEY # false alarm, GRID", ""),
        ("# k = KEY GIT", ""),
        ("  // k('KEY'); GRID test", "test"),
        ("K = \"KEY\" ' GRID", ""),
        ("let k = 'KEY' \" GRID", ""),
        ("set K=KEY & rem GRID", ""),
        ("print(\"KEY\\n\") # GRID", ""),
        ("{\"k\": \"KEY\", \"//\": \"GIT\"}", ""),
        ("{\"k\": \"KEY\", \"//\": \"GIT in a test\"}", "in a test"),
        ("{\"//\": \"GIT\", \"k\": \"KEY\"}", ""),
        ("{\"//\" : \" GIT made up\" ,\"a\": 1, \"k\": {\"l\": \"KEY\"}}", "made up"),
        ("k = KEY --GRID", ""),
        ("k = KEY ; GRID", ""),
        ("don't = 'KEY' # GRID it's made up", "it's made up"),
        ("run: \"curl -H 'KEY' # GRID\"", ""),
        ("run: \"use KEY # GRID\"", ""),
        ("say('x', 'KEY') # GRID", ""),
        ("k: KEY # GRID\r\nx", ""),
        ("x\n# GRID made up\nk = KEY", "made up"),
        ("  // GRID\r\n  k = KEY\r\n", ""),
        ("/* GIT */\nk = KEY", ""),
        ("      {/* GRID */}\n<A k=\"KEY\"/>", ""),
        ("/// GRID\nk = KEY", ""),
        ("//! GRID\nk = KEY", ""),
        ("/** GRID x */\nk = KEY", "x"),
        ("REM GRID\nset K=KEY", ""),
        ("' GRID\nK = KEY", ""),
        (":: GRID\nset K=KEY", ""),
        ("+# GRID\n+k = KEY", ""),
        ("\u{feff}# GRID — why\nk = KEY", "— why"),
        ("{{!-- GRID --}}\n<a>KEY</a>", ""),
        ("<%-- GRID --%>\nKEY", ""),
        ("\"a: KEY # GRID why\\nb: c\"", "why"),
        ("/* GRID a\\nb */ k = KEY", "a"),
        ("x\n\u{feff}# GRID\nk = KEY", ""),
        ("<!-- GRID--><a>KEY</a>", ""),
        ("!! GRID\nk = KEY", ""),
        ("k = KEY, \"x # GRID", ""),
        ("k = KEY, \"a \" # GRID \"b\"", "b"),
        ("k = \"a\\\" KEY 'x # GRID'\"", ""),
    ] {
        assert_eq!(reason(text).as_deref(), Some(expected), "{text}");
    }
}

#[test]
fn what_only_mentions_the_words_allows_nothing() {
    for text in [
        "k = KEY GRID",
        "k = \"KEY GRID\"",
        "\"KEY\" GRID",
        "'KEY' GRID",
        "KEY;GRID",
        "KEY#GRID",
        "KEY%GRID",
        "https://x/?k=KEY%20GRID",
        "k = \"KEY\"; GRID",
        "k = \"KEY\"; say(\"GRID\")",
        "k = \"KEY\"; x = \"# GRID\"",
        "k = \"KEY\", \" GRID\"",
        "k = \"KEY\" ' GRID '",
        "run(\"KEY # 1\", GRID)",
        "f(\"a\"); KEY 'x # GRID'",
        "don't KEY 'x # GRID'",
        "né'e KEY 'x # GRID'",
        "k = KEY; x = \"a # GRID\"",
        "f(KEY, \"a\"#b GRID)",
        "KEY - GRID -",
        "run KEY --token GRID",
        "k = KEY # as `GRID` says",
        "k = KEY # say \"GRID\"",
        "see `# GRID`\nk = KEY",
        "KEY, which `# GRID` would allow",
        "GRID\nk = KEY",
        "k = KEY\n# GRID",
        "# GRID\n\nk = KEY",
        "é # GRID\nk = KEY",
        "'' # GRID\nk = KEY",
        "x = 1 # GRID\nk = KEY",
        "x = 'KEX' # GRID\nk = KEY",
        "/* GRID */ x = 1\nk = KEY",
        "say(\"# GRID\")\nk = KEY",
        "# GRIDed\nk = KEY",
        "# GRID-list\nk = KEY",
        "/* GRID-x */ k = KEY",
        "# not-GIT\nk = KEY",
        "k = KEY # https://example.com/GIT",
        "k = KEY https://GIT",
        "# GRID KEY",
        "# about GRID\nk = KEY",
        "k = KEY # gridleaks: allow",
        "k = KEY # leaks:allow",
        "k = KEY # GRIDLEAKS:ALLOW",
        "\"a: KEY\\nb: c # GRID\"",
        "\"a: KEY\\n  # GRID\\nb\"",
        "\"a: KEY, d\\nb: c # GRID\"",
        "\"/* GRID */\\nb: KEY\"",
        "k = KEY &#35; GIT",
        "[{\"//\": \"GIT\"}, {\"k\": \"KEY\"}]",
        "{\"/\": \"GIT\", \"k\": \"KEY\"}",
        "{\"a//\": \"GIT\", \"k\": \"KEY\"}",
        "{\"//\": \"GIT KEY\"}",
        "{\"//\": \"GIT\\nx\", \"k\": \"a\\n KEY\"}",
    ] {
        assert_eq!(reason(text), None, "{text}");
    }
}

#[test]
fn a_line_that_does_not_begin_in_the_text_is_not_known() {
    let text = spelled("# GRID\nk = KEY");
    let at = text.len() - 3..text.len();
    assert!(around(text.as_bytes(), &at, true).is_some());
    assert!(around(text.as_bytes(), &at, false).is_none());
    // Of what stands behind a secret, nothing is missing.
    let text = spelled("KEY # GRID");
    assert!(around(text.as_bytes(), &(0..3), false).is_some());
}

#[test]
fn a_reason_is_kept_as_far_as_it_goes_or_may() {
    let why = "x".repeat(LONGEST_REASON + 100);
    assert_eq!(reason(&format!("k = KEY # GRID:  {why}")).as_deref(), Some(&why[..LONGEST_REASON]));
    assert_eq!(reason(&format!("k = KEY # GRID:  {}", &why[..50])).as_deref(), Some(&why[..50]));
}

#[test]
fn a_secret_that_begins_like_a_comment_begins_none() {
    let text = spelled("x\n--K-- GRID");
    assert_eq!(around(text.as_bytes(), &(2..7), true), None);
    let text = spelled("x\n# --K-- GRID");
    assert!(around(text.as_bytes(), &(4..9), true).is_some());
}

#[test]
fn only_the_first_word_of_a_comment_is_meant_to_allow_something() {
    for (text, expected) in [
        ("x = 1 # GRID", true),
        ("# GIT because", true),
        ("{/* GRID */}", true),
        ("# see GRID", false),
        ("`# GRID`", false),
        ("say(\"# GRID\")", false),
        ("\"# GRID why\"", false),
        ("# GRID\\n\"", false),
        ("\"//\": \"GIT\"", false),
        ("# How GRID works", false),
        ("GRID", false),
    ] {
        let text = spelled(text);
        let at = memmem::find(text.as_bytes(), MARK).expect("the mark");
        assert_eq!(is_meant(text.as_bytes(), at, true), expected, "{text}");
    }
}

proptest::proptest! {
    #[test]
    fn any_text_is_looked_at_within_its_bounds(
        parts in proptest::collection::vec(proptest::sample::select(vec![
            "gridleaks:allow", "gitleaks:allow", "leaks:allow", "KEY", "#", "//", "/*", "*/", "\n", "\\n", " ", "x", "\"", "'", "é", "-->", "<!--", ";",
        ]), 0..12),
        start in 0usize..60, length in 0usize..8, is_beginning: bool,
    ) {
        let text = parts.concat().into_bytes();
        let start = start.min(text.len());
        let span = start..(start + length).min(text.len());
        if let Some(found) = around(&text, &span, is_beginning) {
            proptest::prop_assert!(text[found.at..].starts_with(MARK));
            proptest::prop_assert!(found.at >= span.end || found.at + MARK.len() <= span.start);
            proptest::prop_assert!(found.reason.start <= found.reason.end && found.reason.end <= text.len());
            // It stands on the secret's lines or on the line above.
            let between = &text[found.at.min(span.start)..found.at.max(span.start)];
            let within = text[span.clone()].iter().filter(|&&byte| byte == b'\n').count();
            proptest::prop_assert!(between.iter().filter(|&&byte| byte == b'\n').count() <= 1 + within);
        }
        for at in memmem::find_iter(&text, MARK) {
            let _ = is_meant(&text, at, is_beginning);
        }
    }
}
