//! Comments that allow keys, in every source and every report.

use crate::support::{Folder, TAIL, key, numbered_key};
use serde_json::Value;

/// The words of a comment that allows a key; they stand here in parts, as this file is scanned, too.
fn allow() -> String {
    ["gridleaks", "allow"].join(":")
}

#[test]
fn a_comment_allows_a_key_and_one_that_allows_nothing_is_told() {
    let folder = Folder::new();
    let (key, allow) = (key(), allow());
    folder.file("same.py", format!("K = '{key}'  # {allow} made up for a test\n"));
    folder.file("above.js", format!("// {}\nconst k = '{key}';\n", allow.replace("grid", "git")));
    folder.file("idle.py", format!("\n# {allow}\nx = 1\n\n\ny = 2  # {allow}\n"));
    folder.file("mentions.md", format!("Write `# {allow}` on the line.\n"));
    folder.file("counts.py", format!("# {allow}\n\nK = '{key}'\n"));
    let run = folder.run(["scan"]);
    insta::assert_snapshot!("comments_text", run.stable());
    let json = folder.run(["scan", "--format", "json"]);
    assert_eq!(json.judged(), ["above.js inline", "counts.py", "same.py inline"]);
    let reasons: Vec<_> =
        json.json()["findings"].as_array().unwrap().iter().map(|f| f["suppressed"]["reason"].clone()).collect();
    assert_eq!(reasons, [Value::Null, Value::Null, "made up for a test".into()]);
    assert_eq!(folder.run(["scan", "same.py", "above.js"]).status, 0);
    // Whoever scans what is not theirs takes nothing from it.
    assert_eq!(
        folder.judged(&["scan", "--no-config"]),
        (1, vec!["above.js".into(), "counts.py".into(), "same.py".into()])
    );
    for format in ["sarif", "github"] {
        let report = folder.run(["scan", "--format", format]);
        assert!(report.stdout.contains("counts.py") && !report.stdout.contains("same.py"), "{}", report.stdout);
        assert!(report.stderr.contains("not counted: 2 by a comment"), "{}", report.stderr);
    }
    let jsonl = folder.run(["scan", "--format", "jsonl"]).stdout;
    assert!(jsonl.lines().last().unwrap().contains("\"findings\":3,\"suppressed\":2,"), "{jsonl}");
}

#[test]
fn in_json_a_field_on_the_same_line_is_a_comment() {
    let folder = Folder::new();
    let (key, allow) = (key(), allow());
    folder.file("after.json", format!("{{\"k\": \"{key}\", \"//\": \"{allow} a test's\"}}\n"));
    folder.file("before.json", format!("{{\"//\": \"{allow} a test's\", \"k\": {{\"l\": \"{key}\"}}}}\n"));
    folder.file("other.json", format!("[{{\"//\": \"{allow}\"}}, {{\"k\": \"{key}\"}}]\n"));
    let run = folder.run(["scan", "--format", "json"]);
    assert_eq!(run.judged(), ["after.json inline", "before.json inline", "other.json"]);
    assert_eq!(run.json()["findings"][1]["suppressed"]["reason"], "a test's");
}

#[test]
fn a_reason_holds_no_key() {
    let folder = Folder::new();
    for filler in [0, 700, 900, 950, 990, 1010] {
        folder
            .file("a.py", format!("K = '{}' {}# {} not {} but\n", key(), "-".repeat(filler), allow(), numbered_key(1)));
        let run = folder.run(["scan", "--format", "json"]);
        assert!(!run.stdout.contains(&TAIL[4..]) && !run.stdout.contains(&numbered_key(1)[12..18]), "{}", run.stdout);
    }
}

#[test]
fn comments_that_allow_nothing_are_looked_for_where_people_write_them() {
    let folder = Folder::new();
    let comment = format!("x = 1  # {}\n", allow());
    let filler = "y = 2\n".repeat(40_000);
    folder.file("large.py", format!("{filler}{comment}{filler}")).file("logo.png", format!("\0{comment}"));
    assert_eq!(folder.run(["scan"]).stderr, "");
    for arguments in [&["scan", "large.py"][..], &["scan", "-v"]] {
        let told = folder.run(arguments).stderr;
        assert!(
            told.contains("large.py: line 40001: the comment with") && !told.contains("logo"),
            "{arguments:?} {told}"
        );
    }
    assert_eq!(folder.run(["scan", "-q", "large.py"]).stderr, "");
    let told = folder.run_with_input(["scan", "-"], comment.as_bytes()).stderr;
    assert!(told.contains("-: line 1: the comment"), "{told}");
    // In a large file, comments that do allow something are known for that, wherever its pieces end.
    for filler in [20_000, 21_700, 21_800, 21_845, 21_850, 43_690] {
        let filler = "y = 2\n".repeat(filler);
        let used = format!("# {}\nk = '{}'\nk = '{}'  # {}\n", allow(), key(), numbered_key(2), allow());
        folder.file("used.py", format!("{filler}{used}{comment}{filler}"));
        let run = folder.run(["scan", "used.py", "--format", "json"]);
        assert_eq!((run.status, run.judged().len()), (0, 2));
        let line = filler.lines().count() + 4;
        assert!(run.stderr.contains(&format!("used.py: line {line}: the comment")), "{}", run.stderr);
    }
    // More than are listed.
    folder.file("many.py", comment.repeat(3000));
    let told = folder.run(["scan", "many.py"]).stderr;
    assert!(told.contains("many.py: lines 1, 2, 3, 4, 5 and 995 more: the comments"), "{told}");
}

#[test]
fn staged_versions_and_histories_go_by_comments_too() {
    let folder = Folder::new();
    let (key, allow) = (key(), allow());
    folder.git("init -q -b main").file("a.env", format!("K={key}\n")).git("add .").git("commit -q -m one");
    assert_eq!(folder.judged(&["history"]), (1, vec!["a.env".into()]));
    // What HEAD's version says holds for the older ones, so that nobody has to write history anew for a false alarm.
    folder.file("a.env", format!("# {allow} made up\nK={key}\n")).git("add .");
    assert_eq!(folder.judged(&["staged"]), (0, vec!["a.env inline".into()]));
    folder.git("commit -q -m two");
    assert_eq!(folder.judged(&["history"]), (0, vec!["a.env inline".into()]));
    assert_eq!(folder.judged(&["history", "--range", "HEAD"]), (0, vec!["a.env inline".into()]));
    assert_eq!(folder.judged(&["history", "--no-config"]).0, 1);
    // And a comment that is taken away holds for none.
    folder.file("a.env", format!("K={key}\n#\n")).git("commit -qam three");
    assert_eq!(folder.judged(&["history"]), (1, vec!["a.env".into()]));
    assert_eq!(folder.judged(&["history", "--range", "HEAD"]), (1, vec!["a.env".into()]));
    // Of what is gone, the versions that had it decide.
    folder.file("b.env", format!("K={key} # {allow}\n")).git("add .").git("commit -q -m four");
    folder.git("rm -q b.env").git("commit -q -m five");
    assert_eq!(folder.judged(&["history", "--range", "HEAD~2..HEAD"]), (0, vec!["b.env inline".into()]));
    // A comment that a staged file no longer needs.
    folder.file("c.py", format!("x = 1 # {allow}\n")).git("add c.py");
    assert!(folder.run(["staged"]).stderr.contains("c.py: line 1: the comment"));
}

#[test]
fn what_is_made_to_harm_takes_no_longer() {
    let folder = Folder::new();
    let begin = std::time::Instant::now();
    // One line of keys and comments, comments without keys, and openers without end.
    folder.file("line.txt", format!("{} {} ", allow(), key()).repeat(5_000));
    folder.file("marks.txt", format!("#{}", allow()).repeat(50_000));
    folder.file("openers.txt", format!("{}{} {}\n", key(), "#//--;%'\"".repeat(110), allow()).repeat(500));
    let run = folder.run(["scan", "-v", "--format", "json"]);
    assert_eq!((run.status, run.json()["complete"].clone()), (1, true.into()), "{}", run.stderr);
    // A baseline of many entries, and many findings of one key.
    let entry = |number: u64| format!("sha256:{number:064x} 2026-01-01 r f{number}\n");
    let text: String = (0..30_000).map(entry).collect();
    folder.file("many.baseline", format!("gridleaks-baseline 1 files\n{text}"));
    let print = run.json()["findings"][0]["fingerprint"].as_str().unwrap().to_owned();
    let text: String = (0..10_000).map(|n| format!("{print} 2026-01-01 retailgrid-api-key f{n}\n")).collect();
    folder.file("one.baseline", format!("gridleaks-baseline 1 files\n{text}"));
    for number in 0..500 {
        folder.file(format!("d/{number}"), key());
    }
    for (baseline, status) in [("many.baseline", 1), ("one.baseline", 0)] {
        let run = folder.run(["scan", "--baseline", baseline, "-q"]);
        assert_eq!(run.status, status, "{baseline} {}", run.stderr);
    }
    // A guard: it takes a few seconds, on a busy machine a minute, and hours where each is held against each.
    assert!(begin.elapsed().as_secs() < 600, "it took {:?}", begin.elapsed());
}
