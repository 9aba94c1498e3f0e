//! The detector as a whole: what is found, where, and that windows change nothing.

use proptest::prelude::*;

use super::*;

fn detector() -> Detector {
    Detector::new(&RuleSet::built_in().unwrap())
}

/// A made-up key, put together here so that none stands in the source.
fn key(tail: &str) -> String {
    format!("{}_live_{tail}", "rg")
}

const HEX: &str = "9f1c7e2ab3d5c7e9f1a2047b6d8e35c0";

/// Rule ids and texts of all findings.
fn found(text: &[u8]) -> Vec<(String, String)> {
    let detector = detector();
    let hits = detector.find_all(text, None);
    hits.iter()
        .map(|hit| {
            (detector.rules()[hit.rule].id.clone(), String::from_utf8_lossy(&text[hit.span.clone()]).into_owned())
        })
        .collect()
}

/// The same as [`found`], read in pieces of `size` bytes as a scan reads a large file.
fn found_in_pieces(text: &[u8], size: usize) -> Vec<(String, String)> {
    let detector = detector();
    let (mut start, mut from, mut end) = (0, 0, 0);
    let mut progress = detector.start();
    let mut all = Vec::new();
    loop {
        end = text.len().min(end + size);
        let window = Window { bytes: &text[start..end], from: from - start, last: end == text.len() };
        let mut hits = Vec::new();
        detector.find(&window, start as u64, &mut progress, None, &mut hits);
        all.extend(hits.iter().map(|hit| {
            let text = String::from_utf8_lossy(&window.bytes[hit.span.clone()]).into_owned();
            (detector.rules()[hit.rule].id.clone(), text)
        }));
        if window.last {
            return all;
        }
        from = start + detector.limit(&window);
        start = from.saturating_sub(detector.behind());
    }
}

#[test]
fn lengths_decide_which_rule_finds_it() {
    let tail = "kP3vZ9qLx2RtY7mWc5NbH8sJd4FgA6uE".repeat(5);
    for length in 0..=160 {
        // Cut from a repeated tail, but each with its own beginning so that it does not repeat itself.
        let tail: String = tail
            .chars()
            .enumerate()
            .map(|(i, c)| if (i / 32) % 2 == 1 { c.to_ascii_lowercase() } else { c })
            .take(length)
            .collect();
        let tail: String = tail
            .chars()
            .enumerate()
            .map(|(i, c)| if i >= 64 { (b'a' + ((i * i + 7 * i) % 23) as u8) as char } else { c })
            .collect();
        let ids: Vec<_> = found(format!("k={}\n", key(&tail)).as_bytes()).into_iter().map(|(id, _)| id).collect();
        let expected: &[&str] = match length {
            32 => &["retailgrid-api-key"],
            16..=128 => &["retailgrid-api-key-other-length"],
            _ => &[],
        };
        assert_eq!(ids, expected, "length {length}: {tail}");
    }
}

#[test]
fn a_length_before_a_key_says_where_it_ends() {
    let (key, other) = (key(HEX), format!("{}Nz", key(HEX)));
    for (before, rule) in [
        (&b"\x00\xda("[..], "retailgrid-api-key"),
        (b"_\x10(", "retailgrid-api-key"),
        (b"\xd9(", "retailgrid-api-key"),
        (b"x\x8c(", "retailgrid-api-key"),
        (b"\x01\x00(", "retailgrid-api-key"),
        // Not the length, and text.
        (b"\x00\t", "retailgrid-api-key-other-length"),
        (b"\x00'", "retailgrid-api-key-other-length"),
        (b"call (", "retailgrid-api-key-other-length"),
        ("\u{14c}(".as_bytes(), "retailgrid-api-key-other-length"),
    ] {
        let expected = if rule == "retailgrid-api-key" { &key } else { &other };
        let text = [before, other.as_bytes(), b"\x00\x01"].concat();
        assert_eq!(found(&text), [(rule.to_owned(), expected.clone())], "{before:?}");
        let text = [before, key.as_bytes(), b"\x00\x01"].concat();
        assert_eq!(found(&text), [("retailgrid-api-key".to_owned(), key.clone())], "{before:?}");
    }
}

#[test]
fn keys_side_by_side_are_each_found() {
    let one = key(HEX);
    let other = key("kP3vZ9qLx2RtY7mWc5NbH8sJd4FgA6uE");
    for joint in ["", "_", "-", ",", " ", "\n", "\\n", "\u{e9}", "%2C"] {
        let text = format!("{one}{joint}{other}");
        let texts: Vec<_> = found(text.as_bytes()).into_iter().map(|(_, text)| text).collect();
        assert_eq!(texts, [one.clone(), other.clone()], "joint {joint:?}");
    }
}

#[test]
fn keys_next_to_what_is_none_are_found() {
    let one = key(HEX);
    let ends_in_joint = key("kP3vZ9qLx2RtY7mWc5NbH8sJd4FgA6u-");
    let cases = [
        (format!("{}{one}", key(&"x".repeat(32))), vec![one.clone()]),
        (format!("{}{one}", key("abc")), vec![one.clone()]),
        (format!("{one}{}", "_".repeat(100)), vec![one.clone()]),
        (format!("{one}{}", "-".repeat(200)), vec![one.clone()]),
        (format!("{ends_in_joint}{one}"), vec![ends_in_joint.clone(), one.clone()]),
        (format!("{ends_in_joint} {one}"), vec![ends_in_joint.clone(), one.clone()]),
    ];
    for (text, expected) in cases {
        let texts: Vec<_> = found(text.as_bytes()).into_iter().map(|(_, text)| text).collect();
        assert_eq!(texts, expected, "{text}");
    }
}

#[test]
fn what_is_no_key_stays_silent() {
    let silent = [
        key("${API_KEY}"),
        key("[A-Za-z0-9_-]{32}"),
        key("{{ lookup('env', 'KEY') }}"),
        key("<your key>"),
        key("%s"),
        key("tenant42key7ab9c${suffix}"),
        key("********************************"),
        key("9f1c7e2ab3d5c7e9********"),
        key("9f1c7e2ab3d5c7e9…"),
        key("9f1c7e2ab3d5c7e9..."),
        format!("apps_{}", key("section_proof_results")),
        format!("let {} = 1;", key("price_list_results")),
        format!("f{}", key(HEX)),
        format!("ca{}", key(HEX)),
        format!("key=ca{}", key(HEX)),
        format!("sk_o{}", key(HEX)),
        "rg_live_".repeat(100),
        "rg_live_".to_owned(),
    ];
    for text in silent {
        assert_eq!(found(text.as_bytes()), [], "{text}");
    }
}

#[test]
fn masking_leaves_no_key() {
    let text = format!("a {} b {}_x {}", key(HEX), key(HEX), key("short"));
    let masked = String::from_utf8(detector().mask(text.as_bytes())).unwrap();
    assert_eq!(masked, format!("a {0}9f1c… b {0}9f1c… {0}short", key("")));
}

#[test]
fn regex_rules_obey_keywords_groups_entropy_paths_and_allowlists() {
    let rules = RuleSet::from_text(
        crate::rule::Origin::BuiltIn,
        r##"
        [[rules]]
        id = "grouped"
        regex = '''pass(?:word)?=(\w{4,40})'''
        keywords = ["PASS"]
        entropy = 1.5
        [[rules.allowlists]]
        stopwords = ["Allowed"]
        [[rules.allowlists]]
        condition = "AND"
        regexTarget = "line"
        regexes = ["# ok$"]
        paths = ["^docs/"]
        [[rules]]
        id = "only-yaml"
        regex = "yaml_[0-9]{4}"
        path = '\.ya?ml$'
        [[rules]]
        id = "asleep"
        regex = "zzz[0-9]{3}"
        keywords = ["never"]
        "##,
    )
    .unwrap();
    let detector = Detector::new(&rules);
    let spans = |text: &str, path: &str| -> Vec<String> {
        let path = Some(path.as_bytes().to_vec());
        detector
            .find_all(text.as_bytes(), Some(&|| path.clone()))
            .into_iter()
            .map(|hit| text[hit.span].to_owned())
            .collect()
    };
    assert_eq!(spans("password=hunter22 pass=aaaaaa", "a.txt"), ["hunter22"]);
    assert_eq!(spans("password=notallowed9", "a.txt"), [""; 0]);
    assert_eq!(spans("x\npassword=hunter22 # ok\ny", "docs/a"), [""; 0]);
    assert_eq!(spans("x\npassword=hunter22 # ok\ny", "a"), ["hunter22"]);
    assert_eq!(spans("yaml_1234", "a/b.yml"), ["yaml_1234"]);
    assert_eq!(spans("yaml_1234", "a/b.json"), [""; 0]);
    assert_eq!(spans("zzz123", "a"), [""; 0]);
    assert_eq!(spans("zzz123 NeVer", "a"), ["zzz123"]);
}

#[test]
fn an_allowlist_looks_at_so_much_of_a_line() {
    let rule = |pattern: &str| {
        let allowlist = format!("[[rules.allowlists]]\nregexTarget = \"line\"\nregexes = ['{pattern}']\n");
        let rule = format!("[[rules]]\nid = \"x\"\nregex = 'secret[0-9]{{4}}'\n{allowlist}");
        Detector::new(&RuleSet::from_text(crate::rule::Origin::BuiltIn, &rule).unwrap())
    };
    let detector = rule("ok");
    for (length, is_allowed) in [(4096, true), (4097, false)] {
        let beside = " ".repeat(length - 2);
        for text in [format!("ok{beside}secret1234"), format!("secret1234{beside}ok")] {
            assert_eq!(detector.find_all(text.as_bytes(), None).is_empty(), is_allowed, "{length} of {text:.12}");
        }
    }
    // What is looked at ends there, as if the line did.
    assert_eq!(rule("^ {4096}secret").find_all(format!("{:5000}secret1234", "").as_bytes(), None), []);
}

/// Tails of the alphabets in Retailgrid's table: 16 random bytes as hex, 24 as URL-safe base64, and base62.
fn tails() -> impl Strategy<Value = String> {
    prop_oneof!["[0-9a-f]{32}", "[A-Za-z0-9]{32}", "[A-Za-z0-9_-]{32}"]
}

/// Any bytes that end in a boundary and hold no prefix of their own.
fn before() -> impl Strategy<Value = Vec<u8>> {
    let boundary = any::<u8>().prop_filter("a letter or digit", |byte| !byte.is_ascii_alphanumeric());
    (prop::collection::vec(any::<u8>(), 0..300), prop::option::of(boundary))
        .prop_map(|(mut bytes, boundary)| match boundary {
            Some(boundary) => {
                bytes.push(boundary);
                bytes
            }
            None => Vec::new(),
        })
        .prop_filter("holds a prefix", |bytes| memchr::memmem::find(bytes, b"rg_live_").is_none())
}

fn after() -> impl Strategy<Value = Vec<u8>> {
    prop::collection::vec(any::<u8>(), 0..300).prop_filter("runs on", |bytes| {
        bytes.first().is_none_or(|byte| !byte.is_ascii_alphanumeric() && !b"_-".contains(byte))
            && memchr::memmem::find(bytes, b"rg_live_").is_none()
    })
}

proptest! {
    #[test]
    fn any_key_anywhere_is_found_once_with_its_span(before in before(), tail in tails(), after in after()) {
        prop_assume!(!placeholder::is_placeholder(tail.as_bytes()) && !identifier::is_identifier(tail.as_bytes()));
        let text = [&before, key(&tail).as_bytes(), &after].concat();
        let hits = detector().find_all(&text, None);
        prop_assert_eq!(hits.len(), 1);
        prop_assert_eq!(hits[0].span.clone(), before.len()..before.len() + 40);
        prop_assert_eq!(hits[0].rule, 0);
    }

    #[test]
    fn windows_change_nothing(
        parts in prop::collection::vec(
            prop_oneof![
                Just("rg_live_".to_owned()), tails(), "[ -~]{0,40}", "\\PC{0,20}", Just("\n".to_owned()),
                "rg_live_[0-9a-f]{10,140}",
            ],
            0..40,
        ),
        size in 1usize..900,
    ) {
        let text = parts.concat();
        prop_assert_eq!(found_in_pieces(text.as_bytes(), size), found(text.as_bytes()));
    }

    #[test]
    fn arbitrary_bytes_do_no_harm(bytes in prop::collection::vec(any::<u8>(), 0..4000), size in 1usize..500) {
        prop_assert_eq!(found_in_pieces(&bytes, size), found(&bytes));
        detector().mask(&bytes);
    }
}
