//! What code scanning takes: names and places as it has them, and no more than its limits.

use std::sync::Arc;

use super::*;
use crate::finding::{SourceKind, Stats};
use crate::place::Root;
use crate::rule::RuleSet;

#[test]
fn uris_are_relative_and_encoded() {
    for (path, expected) in [
        (&b"a/b.txt"[..], "a/b.txt"),
        ("my dir/café#1.env".as_bytes(), "my%20dir/caf%C3%A9%231.env"),
        (b"a:b\\c\xff%", "a%3Ab%5Cc%FF%25"),
        (b"a.zip!/../../b/./c//d", "a.zip%21%2F..%2F..%2Fb%2F.%2Fc%2F%2Fd"),
    ] {
        assert_eq!(uri(path), expected);
    }
}

#[test]
fn a_rules_name_differs_from_its_id() {
    assert_eq!(pascal_case("retailgrid-api-key"), "RetailgridApiKey");
    assert_eq!(pascal_case("acme"), "AcmeRule");
}

/// A finding of which only the path may be long: the built-in rule's, with a path of so many bytes.
fn finding(length: usize) -> Finding {
    let path = ScanPath::new(Arc::new(Root::unknown()), vec![b'p'; length], Vec::new());
    Finding { path: Some(Arc::new(path)), ..Finding::of_secret(b"secret") }
}

#[test]
fn what_does_not_compress_has_a_bound() {
    // With its fingerprint, each takes 10,000 bytes.
    let finding = finding((10_000 - 64) / 3);
    for (count, fitting) in [(899, 899), (900, 900), (901, 900), (5_000, 900)] {
        assert_eq!(how_many_fit(&vec![&finding; count]), fitting, "{count}");
    }
}

#[test]
fn rules_beyond_those_that_are_taken_are_left_out() {
    let rules = RuleSet::built_in().unwrap();
    for (count, left_out) in
        [(25_000, None), (25_001, Some("1 rule is left out")), (25_010, Some("10 rules are left out"))]
    {
        let outcome = Outcome {
            source: SourceKind::Files,
            roots: Vec::new(),
            name: None,
            stats: Stats::default(),
            changed_settings: Vec::new(),
            findings: Vec::new(),
            problems: Vec::new(),
            notes: Vec::new(),
            rules: vec![Arc::clone(&rules.rules()[0]); count],
        };
        let log = log(&outcome, &Style { color: false, width: 80, show_secrets: false, quiet: false });
        let [run] = log.runs;
        assert_eq!(run.tool.driver.rules.map(|rules| rules.len()), Some(25_000));
        let told = serde_json::to_string(&run.invocations).unwrap();
        assert_eq!(told.contains("left out"), left_out.is_some(), "{told}");
        assert!(left_out.is_none_or(|text| told.contains(text)), "{told}");
    }
}
