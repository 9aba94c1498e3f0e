//! Rule files and the `rules` commands.

use crate::support::{Folder, TAIL, key};

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
fn all_that_a_rule_says_is_shown() {
    let folder = Folder::new();
    folder.file(
        "r.toml",
        "[[rules]]\nid = 'acme'\nregex = 'acme_([a-z]{9})'\nentropy = 2.5\ntags = ['one', 'two']\npath = '[.]env$'\n\
         keywords = ['acme']\nimpact = 'it buys'\nremedy = \"Revoke it.\\nMake another.\"\n\
         secretGroup = 1\nhelp = \"Ask the team.\\n\\u001b[31mThen rotate.\"\n[[rules.allowlists]]\nstopwords = ['x']\n\
         [rules.verify]\nmethod = 'POST'\nurl = 'https://api.example.com/check'\nheaders = { X-Key = '{secret}' }\nactive = [204]\ninactive = [404]\n",
    );
    let run = folder.run(["rules", "show", "acme", "--rules", "r.toml"]);
    let shown = "id          acme\ndescription acme\nlevel       error\nfrom        r.toml\nregex       acme_([a-z]{9})\n\
                 keywords    acme\njudge       regex\nsecretGroup 1\nentropy     over 2.5 bits a byte\npath        [.]env$\n\
                 allowlists  1\ntags        one, two\nverify      POST https://api.example.com/check\n\
                 examples    0; counterexamples: 0\nimpact      it buys\n\
                 remedy      Revoke it.\n            Make another.\n\nAsk the team.\n\\x1b[31mThen rotate.\n";
    assert_eq!((run.status, &*run.stdout, &*run.stderr), (0, shown, ""));
    // One without an example holds, but nothing was looked at.
    let run = folder.run(["rules", "check", "r.toml"]);
    let remark =
        "ok      acme: 0 examples, 0 counterexamples (give it examples, so that there is something to check)\n";
    assert_eq!((run.status, &*run.stdout), (0, remark));
    let run = folder.run(["rules", "check", "r.toml", "--config", "c.toml"]);
    assert!(run.status == 2 && run.stderr.contains("cannot be used with '--config <PATH>'"), "{}", run.stderr);
    for (id, help) in [("acmee", "did you mean `acme`?"), ("zz", "`gridleaks rules list` names them")] {
        let run = folder.run(["rules", "show", id, "--rules", "r.toml"]);
        let message = format!("error: no rule has the id `{id}`\n  help: {help}\n");
        assert_eq!((run.status, run.stderr), (2, message));
    }
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
            format!("[[rules]]\nid = '{}'\nregex = 'abc'", "a".repeat(101)),
            "its `id` is no usable name",
            "up to 100 letters",
        ),
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
    for (bytes, message) in [(&b"\xff\xfe"[..], "r.toml: it is UTF-16"), (b"\n\xff", "r.toml:2: it is no UTF-8")] {
        folder.file("r.toml", bytes);
        assert!(folder.run(["scan", "--rules", "r.toml"]).stderr.contains(message));
    }
    folder.file("none/x.txt", "");
    assert!(folder.run(["scan", "--rules", "none"]).stderr.contains("none: the folder holds no `*.toml` file"));
}

#[test]
fn a_verify_table_that_is_not_safe_or_makes_no_sense_is_refused() {
    let table = |changes: &[(&str, &str)]| {
        let mut fields = vec![
            ("method", "'GET'"),
            ("url", "'https://example.com/'"),
            ("headers", "{ A = '{secret}' }"),
            ("active", "[200]"),
            ("inactive", "[401]"),
        ];
        for (name, value) in changes {
            fields.retain(|(known, _)| known != name);
            fields.push((name, value));
        }
        let lines: String = fields.iter().map(|(name, value)| format!("{name} = {value}\n")).collect();
        format!("[[rules]]\nid = 'mine'\nregex = 'abc'\n[rules.verify]\n{lines}")
    };
    let folder = Folder::new();
    folder.file("r.toml", table(&[]));
    assert_eq!(folder.run(["rules", "check", "r.toml"]).status, 0);
    for (field, value, message, remedy) in [
        ("url", "'http://example.com/'", "r.toml:9: rule `mine`: its `verify.url` is not https", "encrypted"),
        ("url", "'http://localhost.example.com/'", "its `verify.url` is not https", "127.0.0.1"),
        ("url", "'https://a:hunter2@example.com/'", "its `verify.url` holds a user name or password", "take it out"),
        ("url", "'https://example.com/{secret}'", "its `verify.url` holds the secret", "put it in a header"),
        ("url", "'example.com'", "its `verify.url` is no URL", "https://HOST/PATH"),
        ("method", "'DELETE'", "its `verify.method` is neither GET nor POST", "method = \"GET\""),
        ("headers", "{ A = 'x' }", "no header in `verify` holds `{secret}`", "Bearer {secret}"),
        ("headers", "{ Host = '{secret}' }", "the header `Host` in `verify` is not for a rule to set", "take it out"),
        ("headers", "{ 'a b' = '{secret}' }", "has no usable name", "Authorization"),
        ("headers", "{ A = \"{secret}\\r\\nB: c\" }", "holds what no header can", "ASCII"),
        ("active", "[]", "its `verify.active` names no status", "active = [200]"),
        ("inactive", "[]", "its `verify.inactive` names no status", "inactive = [401]"),
        ("active", "[200, 302]", "status 302 says nothing about a secret", "not followed"),
        ("active", "[429]", "status 429 says nothing about a secret", "tried again"),
        ("inactive", "[500]", "status 500 says nothing about a secret", "tried again"),
        ("active", "[200, 401]", "status 401 is both active and inactive", "one of the two"),
        ("active", "[70000]", "invalid value: integer `70000`", "docs/rules.md"),
        ("owner", "['a', 'b', 'c']", "its `verify.owner` names more than two fields", "the user"),
        ("part", "'('", "the regex `(` does not compile", "regex"),
        ("part", "'x?'", "its regex matches the empty string", "mandatory"),
        ("part", "'x+'", "its regex grows without bound", "bound each"),
        ("secret", "'x'", "unknown field `secret`", "docs/rules.md"),
        ("header", "{}", "unknown field `header`", "did you mean `headers`?"),
    ] {
        folder.file("r.toml", table(&[(field, value)]));
        let run = folder.run(["scan", "--rules", "r.toml"]);
        assert_eq!((run.status, &*run.stdout), (2, ""), "{field} = {value}");
        assert!(run.stderr.contains(message) && run.stderr.contains(remedy), "{field} = {value}: {}", run.stderr);
        assert!(!run.stderr.contains("hunter2"), "{}", run.stderr);
    }
}

#[test]
fn other_rules_hide_no_key() {
    let escaped = format!("key={}%5Fl%69v%65%5F{TAIL}\n", "rg");
    for prefix in ["acme_", "sk_live_", "live_", "rg_test_", "rgx_live_"] {
        let folder = Folder::new();
        let rule = format!(
            "[[rules]]\nid = 'other'\ndescription = 'Other'\nregex = '{prefix}[a-z0-9]{{24}}'\njudge = 'token'\n"
        );
        folder.file("r.toml", rule).file("query", &escaped);
        let run = folder.run(["scan", "--rules", "r.toml", "--format", "json"]);
        assert_eq!((run.places(), run.status), (vec!["query:1:5".to_owned()], 1), "{prefix}: {}", run.stderr);
    }
}
