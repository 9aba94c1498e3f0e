//! Rule files that are made to uncover a key, or to hide one.

use crate::support::{Folder, TAIL, formats, key, key_of};

#[test]
fn a_rule_that_overlaps_a_key_uncovers_nothing() {
    let folder = Folder::new();
    folder.file("r.toml", format!("[[rules]]\nid = 'zz'\nregex = 'key-{}[A-Za-z0-9]{{8}}'\n", key_of("")));
    folder.file(format!("m/key-{}.txt", key()), format!("key-{}", key()));
    for format in formats() {
        let run = folder.run(["scan", "m", "--rules", "r.toml", "--format", format]);
        assert!(!run.stdout.contains(&TAIL[8..]), "{}", run.stdout);
    }
}

#[test]
fn rule_texts_hold_no_key_and_no_terminal_codes() {
    let folder = Folder::new();
    folder.file("f", "abc123");
    folder.file("r.toml", format!("[[rules]]\nid = 'a'\nregex = 'abc123'\nimpact = 'x {}'\n", key()));
    let run = folder.run(["scan", "f", "--rules", "r.toml"]);
    assert!(
        run.status == 2 && run.stderr.contains("its words hold a key") && !run.stderr.contains(TAIL),
        "{}",
        run.stderr
    );
    folder.file("r.toml", format!("[[rules]]\nid = 'a'\nregex = 'abc123'\nexamples = ['{}']\n", key()));
    let run = folder.run(["rules", "check", "r.toml"]);
    assert!(run.status == 1 && !run.stdout.contains(TAIL), "{}", run.stdout);
    folder.file(
        "r.toml",
        "[[rules]]\nid = 'a'\nregex = 'abc123'\nimpact = \"\\u001b[31m\\n::error::i\"\nremedy = \"\\u001b[2J\"\n",
    );
    for format in formats() {
        let run = folder.run(["scan", "f", "--rules", "r.toml", "--format", format]);
        assert!(!run.stdout.contains('\x1b') && !run.stdout.contains("\n::error::i"), "{}", run.stdout);
    }
}

#[test]
fn two_rules_on_one_key_show_it_once() {
    let folder = Folder::new();
    folder
        .file("r.toml", "[[rules]]\nid = 'same'\nregex = 'rg_live_[0-9a-f]{32}'\n")
        .file("f", format!("k={} end", key()));
    let run = folder.run(["scan", "f", "--rules", "r.toml"]);
    assert_eq!(
        run.stdout.matches("k=rg_live_9f1c… end").count() + run.stdout.matches("k=rg_l… end").count(),
        2,
        "{}",
        run.stdout
    );
}

#[test]
fn a_group_far_behind_its_match_uncovers_nothing() {
    let folder = Folder::new();
    folder.file("r.toml", "[[rules]]\nid = 'far'\nregex = 'AAAA[^\\n]{0,200}(ZZ[0-9]{6})'\n");
    // Around where a piece of the file may end, whatever its size.
    for at in (130_000..131_300).step_by(50) {
        let mut text = "x ".repeat(100_000).into_bytes();
        let middle = format!("AAAA {} ZZ123456 ", key());
        text[at..at + middle.len()].copy_from_slice(middle.as_bytes());
        folder.file("f", &text);
        let arguments = |input| ["scan", input, "--rules", "r.toml", "--format", "sarif"];
        for run in [folder.run(arguments("f")), folder.run_with_input(arguments("-"), &text)] {
            let results = run.json()["runs"][0]["results"].as_array().unwrap().len();
            assert_eq!((run.status, results), (1, 2), "{at}");
            assert!(!run.stdout.contains(TAIL) && !run.stderr.contains("internal"), "{at}: {}", run.stderr);
        }
    }
}

#[test]
fn a_rule_of_another_token_changes_nothing() {
    let folder = Folder::new();
    folder.file("r.toml", "[[rules]]\nid = 'acme'\njudge = 'token'\nregex = 'acme_[a-z0-9]{20,4000}'\n");
    folder.file("f", format!("{}{}", key(), "-".repeat(200)));
    assert_eq!(folder.places(["f"]), ["f:1:1"]);
    assert_eq!(folder.places(["f", "--rules", "r.toml"]), ["f:1:1"]);
}

#[test]
fn rules_that_go_by_paths_mask_names_and_hold() {
    let folder = Folder::new();
    let rule = "[[rules]]\nid = 'tok'\nregex = 'tok_[0-9]{8}'\npath = 'env$'\nexamples = ['tok_{digits:8}']\n";
    folder.file("r.toml", rule).file("d/tok_12345678.env", "x");
    assert_eq!(folder.run(["rules", "check", "r.toml"]).status, 0);
    let run = folder.run(["scan", "d", "--rules", "r.toml"]);
    assert!(run.status == 1 && !run.stdout.contains("345678"), "{}", run.stdout);
}
