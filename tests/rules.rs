//! Rule files and the `rules` commands.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "what fails here is a failed test")]

mod support;

use support::{Folder, key};

#[test]
fn the_built_in_rules_are_listed_shown_and_hold() {
    let folder = Folder::new();
    insta::assert_snapshot!("list", folder.run(["rules", "list"]).stable());
    insta::assert_snapshot!("show", folder.run(["rules", "show", "retailgrid-api-key"]).stable());
    insta::assert_snapshot!("check", folder.run(["rules", "check"]).stable());
}

#[test]
fn the_files_in_the_repository_hold() {
    let folder = Folder::new();
    let rules = concat!(env!("CARGO_MANIFEST_DIR"), "/rules");
    let run = folder.run(["rules", "check", rules]);
    assert_eq!(run.status, 0, "{}{}", run.stdout, run.stderr);
}

#[test]
fn a_rule_that_does_not_hold_is_named() {
    let folder = Folder::new();
    folder.file(
        "r.toml",
        "[[rules]]\nid = 'a'\nregex = 'ab{2,3}'\nexamples = ['xabb', 'none']\ncounterexamples = ['abbb']\n",
    );
    let run = folder.run(["rules", "check", "r.toml"]);
    assert_eq!(run.status, 1);
    assert_eq!(
        run.stdout,
        "FAILED  a: 0 findings in the example: none\nFAILED  a: 1 finding in the counterexample: abbb\n"
    );
}

#[test]
fn rules_of_ones_own_find_as_well() {
    let folder = Folder::new();
    folder.file(
        "rules/a.toml",
        "[[rules]]\nid = 'acme'\ndescription = 'Acme token'\nregex = 'acme_([0-9]{6})'\nkeywords = ['ACME']\n",
    );
    folder.file("rules/b.toml", "[[rules]]\nid = 'plain'\nlevel = 'note'\nregex = '[xyz]{5}'\n");
    folder.file("rules/ignored.txt", "no rule file");
    folder.file("src/x", format!("é acme_123456 xyzzy {}\n", key()));
    let run = folder.run(["scan", "src", "--rules", "rules", "--format", "json"]);
    let findings = run.json()["findings"].clone();
    let seen: Vec<_> = findings
        .as_array()
        .unwrap()
        .iter()
        .map(|f| format!("{} {} {}-{} {}", f["rule"], f["level"], f["column"], f["end_column"], f["redacted"]))
        .collect();
    assert_eq!(
        seen,
        [
            r#""acme" "error" 8-14 "1…""#,
            r#""plain" "note" 15-20 "x…""#,
            r#""retailgrid-api-key" "error" 21-61 "rg_live_9f1c…""#
        ]
    );
    assert_eq!(folder.run(["rules", "list", "--rules", "rules/a.toml"]).stdout.lines().count(), 3);
}

#[test]
fn a_match_across_pieces_of_a_large_file_is_found_by_any_rule() {
    let folder = Folder::new();
    folder.file("r.toml", "[[rules]]\nid = 'long'\nregex = '<a{0,9000}>'\n[[rules]]\nid = 'end'\nregex = 'q{2}$'\n");
    let mut text = vec![b'.'; 1 << 20];
    for at in [60_000, 130_000, 262_100, 500_000] {
        text[at] = b'<';
        text[at + 1..at + 9000].fill(b'a');
        text[at + 9000] = b'>';
    }
    let length = text.len();
    text[length - 2..].fill(b'q');
    folder.file("x", &text);
    // The end of a piece is not the end of the text.
    for end in [65_536, 131_072, 262_144] {
        text.fill(b'.');
        text[end - 2..end].fill(b'q');
        folder.file("y", &text);
        assert_eq!(folder.places(["--rules", "r.toml", "y"]), [""; 0]);
    }
    let places = folder.places(["--rules", "r.toml", "x"]);
    assert_eq!(
        places,
        ["x:1:60001", "x:1:130001", "x:1:262101", "x:1:500001", &format!("x:1:{}", length - 1)].map(str::to_owned)
    );
}

#[test]
fn a_bad_rule_file_is_refused_with_its_place_and_remedy() {
    let rule = |rest: &str| format!("# one\n[[rules]]\nid = \"mine\"\n{rest}\n");
    let cases: Vec<(String, &str, &str)> = vec![
        (rule("regex = ["), "r.toml:", "docs/rules.md"),
        (
            rule("regex = 'abc'\nkeyword = ['a']"),
            "r.toml:5: rule `mine`: unknown field `keyword`",
            "did you mean `keywords`?",
        ),
        (
            rule("regex = 'abc'\nsecretgroup = 1"),
            "r.toml:5: rule `mine`: unknown field `secretgroup`",
            "did you mean `secretGroup`?",
        ),
        (rule("regex = 'abc'\nzzz = 1"), "r.toml:5: rule `mine`: unknown field `zzz`", "docs/rules.md"),
        (rule("regex = 7"), "r.toml:4: rule `mine`: invalid type: integer `7`, expected a string", "docs/rules.md"),
        (rule("regex = 'abc'\nlevel = 'fatal'"), "r.toml:5: rule `mine`: unknown variant `fatal`", "docs/rules.md"),
        (rule("regex = 'a(b'"), "r.toml:4: rule `mine`: its regex does not compile: unclosed group", "regex"),
        (rule("regex = 'a(?=b)'"), "r.toml:4: rule `mine`: its regex does not compile: look-around", "no look-around"),
        (rule("regex = 'ab+'"), "r.toml:4: rule `mine`: its regex grows without bound", "bound each"),
        (
            rule("regex = '((a{1,100}){1,100}){1,100}'"),
            "r.toml:4: rule `mine`: its regex may match 1000000 bytes",
            "lower the bounds",
        ),
        (
            rule("regex = '\\w{1,4000}'"),
            "r.toml:4: rule `mine`: its regex grows too large: compiled",
            "lower the bounds",
        ),
        (rule("regex = 'a?'"), "r.toml:4: rule `mine`: its regex matches the empty string", "mandatory"),
        (rule("regex = '[a&&b]'"), "r.toml:4: rule `mine`: its regex can never match", "classes"),
        (rule(""), "r.toml:2: rule `mine`: it has no `regex`", "say what to look for"),
        ("[[rules]]\nregex = 'abc'".into(), "r.toml:1: missing field `id`", "add `id = …`"),
        ("[[rules]]\nid = 'a b'\nregex = 'abc'".into(), "r.toml:2: rule `a b`: its `id` is no usable name", "letters"),
        (
            rule("regex = 'abc'\n[[rules]]\nid = 'mine'\nregex = 'x'"),
            "r.toml:5: rule `mine`: its id is taken",
            "of its own",
        ),
        (
            "[[rules]]\nid = 'retailgrid-api-key'\nregex = 'x'".into(),
            "its id is taken by a rule in the built-in file",
            "of its own",
        ),
        (
            rule("regex = 'a(b)'\nsecretGroup = 2"),
            "r.toml:5: rule `mine`: `secretGroup` is 2, but its regex has 1 group",
            "parentheses",
        ),
        (rule("regex = 'abc'\nentropy = 9.5"), "r.toml:5: rule `mine`: `entropy` is not between 0 and 8", "bits"),
        (
            rule("regex = 'abc'\npath = '('"),
            "r.toml:5: rule `mine`: the regex `(` does not compile: unclosed group",
            "regex",
        ),
        (
            rule("regex = '(?i)abc'\njudge = 'token'"),
            "r.toml:4: rule `mine`: `judge = \"token\"` needs",
            "fixed prefix",
        ),
        (
            rule("regex = 'abc_x'\njudge = 'token'\nkeywords = ['zz']"),
            "none of its keywords is in `abc_x`",
            "keywords = [\"abc_x\"]",
        ),
        (
            rule("regex = 'abc'\n[[rules.allowlists]]\ndescription = 'x'"),
            "r.toml:5: rule `mine`: an allowlist allows nothing",
            "stopwords",
        ),
        (rule("regex = 'abc'\n[[rules.allowlists]]\nstopwords = ['']"), "an empty stopword", "remove it"),
        (
            rule("regex = 'abc'\n[rules.verify]\nmethod = 'GET'\nurl = 'http://x'\nactive = [200]\ninactive = [401]"),
            "r.toml:2: rule `mine`: its `verify.url` is not https",
            "encrypted",
        ),
        (String::new(), "r.toml: it holds no rule", "[[rules]]"),
    ];
    let folder = Folder::new();
    for (text, message, remedy) in cases {
        folder.file("r.toml", &text);
        for command in [&["scan", "--rules", "r.toml"][..], &["rules", "list", "--rules", "r.toml"]] {
            let run = folder.run(command);
            assert_eq!((run.status, &*run.stdout), (2, ""), "{text}");
            assert!(
                run.stderr.contains(message) && run.stderr.contains(remedy),
                "{text}\nwanted {message}\n{}",
                run.stderr
            );
        }
    }
    folder.file("r.toml", b"\xff\xfe");
    assert!(folder.run(["scan", "--rules", "r.toml"]).stderr.contains("r.toml: it is not UTF-8"));
    folder.file("none/x.txt", "");
    assert!(folder.run(["scan", "--rules", "none"]).stderr.contains("none: the folder holds no `*.toml` file"));
}
