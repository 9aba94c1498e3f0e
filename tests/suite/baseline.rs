//! Baselines: what was there before does not count, in every source and every report.

use crate::support::server::{Reply, Server};
use crate::support::{Folder, Run, TAIL, key, numbered_key, stable};

/// The dates of a baseline's entries made the same.
fn dateless(text: &str) -> String {
    regex::Regex::new(r"\b20\d\d-\d\d-\d\d\b").unwrap().replace_all(text, "2026-11-24").into_owned()
}

/// A repository with three old leaks.
fn old() -> Folder {
    let folder = Folder::new();
    folder.git("init -q -b main");
    folder.file("deploy/values.yaml", format!("token: {}\n", numbered_key(1)));
    folder.file("src/client.py", format!("K = '{}'\n", numbered_key(2)));
    folder.file("notes with é.txt", format!("{}\n{}\n", numbered_key(3), numbered_key(3)));
    folder.git("add .").git("commit -q -m old");
    folder
}

#[test]
fn from_old_leaks_to_green_with_one_command() {
    let folder = old();
    assert_eq!(folder.run(["scan"]).status, 1);
    let run = folder.run(["baseline"]);
    assert_eq!((run.status, &*run.stdout, &*run.stderr), (0, "gridleaks.baseline: 3 findings\n", ""));
    insta::assert_snapshot!("baseline_file", dateless(&folder.read("gridleaks.baseline")));
    insta::assert_snapshot!("baseline_text", folder.run(["scan"]).stable());
    for command in
        [&["scan"][..], &["scan", "src"], &["scan", "src/client.py"], &["history"], &["history", "--range", "HEAD"]]
    {
        let (status, found) = folder.judged(command);
        assert!(status == 0 && found.iter().all(|found| found.ends_with(" baseline")), "{command:?} {found:?}");
    }
    let json = folder.run(["scan", "--format", "json"]).json();
    let reason = json["findings"][0]["suppressed"]["reason"].as_str().unwrap().to_owned();
    assert!(reason.starts_with("known since 20"), "{reason}");
    // A fourth one fails, everywhere.
    folder.file("src/new.py", format!("K = '{}'\n", numbered_key(4))).git("add .");
    for command in [&["scan"][..], &["staged"]] {
        assert_eq!(folder.judged(command).0, 1, "{command:?}");
    }
    folder.git("commit -q -m new");
    for command in [&["history"][..], &["history", "--range", "HEAD~1..HEAD"]] {
        assert_eq!(folder.judged(command).0, 1, "{command:?}");
    }
}

#[test]
fn a_key_may_move_with_its_line_and_its_file() {
    let folder = old();
    folder.run(["baseline"]);
    folder
        .file("src/client.py", format!("\n\n# moved\nK = '{}'\n", numbered_key(2)))
        .git("mv deploy/values.yaml v.yaml");
    folder.file("v.yaml", format!("# renamed and changed\ntoken: {}\n", numbered_key(1))).git("add .");
    for command in ["scan", "staged"] {
        assert_eq!(folder.judged(&[command]).0, 0, "{command}");
    }
    // A second place is new.
    folder.file("copy.yaml", format!("token: {}\n", numbered_key(1))).git("add .");
    let (status, found) = folder.judged(&["scan"]);
    assert_eq!((status, found.iter().filter(|found| !found.ends_with(" baseline")).count()), (1, 1), "{found:?}");
}

#[test]
fn a_second_place_is_new_to_hooks_too() {
    let folder = old();
    folder.run(["baseline"]);
    folder.git("add .").git("commit -q -m baseline");
    let copied = folder.read("src/client.py");
    folder.file("src/copy.py", &copied).git("add .");
    for command in [&["staged"][..], &["scan", "--pre-commit", "src/copy.py"], &["scan", "src/copy.py"], &["scan"]] {
        let (status, found) = folder.judged(command);
        assert_eq!(status, 1, "{command:?}: {found:?}");
        assert!(found.contains(&"src/copy.py".to_owned()), "{command:?}: {found:?}");
    }
    // What moves, and is changed on the way so that it is read, is nothing new.
    folder.git("rm -q --cached src/copy.py").git("mv src/client.py src/moved.py");
    std::fs::remove_file(folder.path().join("src/copy.py")).unwrap();
    folder.file("src/moved.py", format!("# moved\n{copied}")).git("add .");
    for command in [&["staged"][..], &["scan", "--pre-commit", "src/moved.py"], &["scan"]] {
        assert_eq!(folder.judged(command).0, 0, "{command:?}");
    }
    // Standard input is no place.
    assert_eq!(folder.run_with_input(["scan", "-"], copied.as_bytes()).status, 0);
}

#[test]
fn entries_that_match_nothing_are_told_by_a_scan_that_would_have_met_them() {
    let folder = old();
    folder.run(["baseline"]);
    folder.file("src/client.py", "K = None\n");
    insta::assert_snapshot!("unmet", folder.run(["scan"]).stderr);
    for (arguments, is_told) in [
        (&["scan", "src"][..], true),
        (&["scan", "src/client.py"], true),
        (&["scan", "./src/../src"], true),
        (&["scan", "deploy"], false),
        (&["scan", "--exclude", "x"], false),
        (&["scan", "-q"], false),
        (&["history"], false),
        (&["staged"], false),
    ] {
        let run = folder.run(arguments);
        assert_eq!(run.stderr.contains("matches nothing any more"), is_told, "{arguments:?} {}", run.stderr);
    }
}

#[test]
fn of_many_entries_that_match_nothing_some_are_named() {
    let folder = Folder::new();
    (1..=7).for_each(|number| _ = folder.file(format!("{number}.env"), numbered_key(number)));
    folder.run(["baseline"]);
    (1..=7).for_each(|number| _ = folder.file(format!("{number}.env"), "gone\n"));
    let stderr = folder.run(["scan"]).stderr;
    assert!(stderr.contains("gridleaks.baseline: 7 entries match nothing any more: 1.env (sha256:"), "{stderr}");
    assert!(
        stderr.contains(" 5.env (sha256:") && !stderr.contains("6.env") && stderr.contains("…) and 2 more\n"),
        "{stderr}"
    );
}

#[test]
fn rewriting_keeps_dates_and_drops_what_is_gone() {
    let folder = old();
    folder.run(["baseline"]);
    let date = regex::Regex::new(r" 20\d\d-\d\d-\d\d ").unwrap();
    let old = date.replace_all(&folder.read("gridleaks.baseline"), " 2020-02-02 ").into_owned();
    folder.file("gridleaks.baseline", old.replace('\n', "\r\n")).file("src/client.py", "K = None\n");
    folder.file("src/new.py", numbered_key(4)).git("mv deploy/values.yaml values.yaml");
    let run = folder.run(["baseline"]);
    assert_eq!((run.status, &*run.stdout), (0, "gridleaks.baseline: 3 findings; 2 new, 2 gone\n"));
    let text = folder.read("gridleaks.baseline");
    let dates: Vec<_> =
        text.lines().skip(3).map(|line| (line.contains(" 2020-02-02 "), line.rsplit(' ').next().unwrap())).collect();
    assert_eq!(dates, [(true, "é.txt"), (false, "src/new.py"), (true, "values.yaml")]);
    // Written again, it stays the same.
    assert_eq!(folder.run(["baseline"]).stdout, "gridleaks.baseline: 3 findings; 0 new, 0 gone\n");
    assert_eq!(folder.read("gridleaks.baseline"), text);
    // From a folder below, it is the same project.
    let run = Run::of(folder.command().current_dir(folder.path().join("src")).arg("baseline"));
    assert_eq!((run.status, &*run.stdout), (0, "../gridleaks.baseline: 3 findings; 0 new, 0 gone\n"), "{}", run.stderr);
    assert_eq!(folder.read("gridleaks.baseline"), text);
}

#[test]
fn a_history_may_have_a_baseline_of_its_own() {
    let folder = old();
    folder.git("rm -q src/client.py").git("commit -q -m gone");
    folder.run(["baseline"]);
    assert_eq!(folder.judged(&["history"]).0, 1, "what is gone from the files is not in their baseline");
    let run = folder.run(["baseline", "--history", "-o", "history.baseline"]);
    assert_eq!((run.status, &*run.stdout), (0, "history.baseline: 3 findings\n"), "{}", run.stderr);
    assert_eq!(folder.judged(&["history", "--baseline", "history.baseline"]).0, 0);
    let run = folder.run(["scan", "--baseline", "history.baseline"]);
    assert_eq!((run.status, &*run.stderr), (0, ""), "what only the history has is not missed in the files");
}

#[test]
fn a_baseline_of_the_history_does_not_become_one_of_the_files() {
    let folder = old();
    folder.git("rm -q src/client.py").git("commit -q -m gone");
    assert_eq!(folder.run(["baseline", "--history"]).status, 0);
    let text = folder.read("gridleaks.baseline");
    let run = folder.run(["baseline"]);
    assert!(run.status == 2 && run.stderr.contains("would lose that\n  help: say `--history`"), "{}", run.stderr);
    assert_eq!(folder.read("gridleaks.baseline"), text);
    assert_eq!(folder.run(["baseline", "--history"]).stdout, "gridleaks.baseline: 3 findings; 0 new, 0 gone\n");
    assert_eq!(folder.run(["baseline", "-o", "files.baseline"]).stdout, "files.baseline: 2 findings\n");
    // More is never lost.
    assert_eq!(folder.run(["baseline", "--history", "-o", "files.baseline"]).status, 0);
}

#[test]
fn a_bare_repository_has_a_baseline_of_its_history_elsewhere() {
    let folder = old();
    folder.git("clone -q --bare . bare");
    let bare = folder.path().join("bare");
    let run = |arguments: &[&str]| Run::of(folder.command().current_dir(&bare).args(arguments));
    for arguments in [&["baseline"][..], &["baseline", "--history"], &["baseline", "-o", "../b"]] {
        let run = run(arguments);
        assert!(run.status == 2 && run.stderr.contains("the repository is bare"), "{arguments:?}: {}", run.stderr);
        assert!(run.stderr.contains("help: `gridleaks baseline --history -o PATH`"), "{}", run.stderr);
    }
    let written = run(&["baseline", "--history", "-o", "../b"]);
    assert_eq!((written.status, &*written.stdout), (0, "../b: 3 findings\n"), "{}", written.stderr);
    assert_eq!(run(&["history", "--baseline", "../b"]).status, 0);
}

#[test]
fn a_baseline_that_is_missing_is_told_with_what_writes_it() {
    let folder = old();
    let run = folder.run(["scan", "--baseline", "no.txt"]);
    assert!(
        run.stderr.contains("no.txt: cannot read it: ")
            && run.stderr.contains("help: `gridleaks baseline -o no.txt` writes it"),
        "{}",
        run.stderr
    );
    folder.file("gridleaks.toml", "baseline = 'no.txt'\n");
    let run = folder.run(["scan"]);
    assert!(run.stderr.contains("help: `gridleaks baseline` writes it"), "{}", run.stderr);
    assert_eq!(folder.run(["baseline"]).stdout, "no.txt: 3 findings\n");
}

#[test]
fn a_key_that_works_is_shown_although_it_does_not_count() {
    let folder = old();
    folder.run(["baseline"]);
    let active = numbered_key(1);
    let server =
        Server::start(move |request| if request.key() == active { Reply::active() } else { Reply::new(401, "") });
    let url = server.url();
    let verify = |format: &str| folder.run(["scan", "--verify", "--verify-url", &url, "--format", format]);
    let run = verify("text");
    insta::assert_snapshot!("active_in_baseline", dateless(&run.stable()));
    assert_eq!(run.status, 0);
    let run = verify("json");
    let first = &run.json()["findings"][0];
    assert_eq!((&first["level"], &first["suppressed"]["by"]), (&"warning".into(), &"baseline".into()));
    for format in ["sarif", "github"] {
        let run = verify(format);
        assert_eq!(run.status, 0);
        assert!(
            !run.stdout.contains("values.yaml")
                && run.stderr.contains("is active, though it does not count (baseline)"),
            "{}",
            run.stderr
        );
    }
}

#[test]
fn a_key_in_a_file_name_has_an_entry_without_it() {
    let folder = Folder::new();
    folder.file(format!("{}.txt", key()), "x").file("-", key());
    assert_eq!(folder.run(["baseline"]).status, 0);
    let text = folder.read("gridleaks.baseline");
    assert!(!text.contains(TAIL) && text.contains(" rg_live_9f1c….txt\n") && text.contains(" ./-\n"), "{text}");
    assert_eq!(folder.judged(&["scan"]).0, 0);
    assert_eq!(folder.judged(&["scan", "--show-secrets"]).0, 0);
}

#[test]
fn no_baseline_is_written_of_half_a_scan_or_in_a_wrong_place() {
    let folder = Folder::new();
    folder.file("a", key()).file("broken.gz", b"\x1f\x8b\x08\0\0\0\0\0\0\x03cut off");
    let run = folder.run(["baseline"]);
    assert_eq!(run.status, 2);
    assert!(run.stderr.contains("broken.gz") && run.stderr.contains("no baseline is written"), "{}", run.stderr);
    assert!(!folder.path().join("gridleaks.baseline").exists());
    assert_eq!(folder.run(["baseline", "--exclude", "*.gz"]).status, 0);
    folder.file("folder/x", "x");
    for (path, message) in [
        ("folder", "it is a folder"),
        ("none/b", "its folder is not there"),
        ("a", "it is no baseline of gridleaks"),
        ("/dev/null", "it is no regular file"),
    ] {
        let run = folder.run(["baseline", "--exclude", "*.gz", "-o", path]);
        assert!(run.status == 2 && run.stderr.contains(message), "{path}: {}", run.stderr);
    }
    assert_eq!(folder.read("a"), key());
    assert_eq!(stable(&folder.run(["baseline", "--exclude", "*.gz", "-q"]).stdout), "");
}

#[test]
fn a_baseline_that_cannot_be_used_is_refused_with_its_place_and_remedy() {
    let folder = old();
    folder.run(["baseline"]);
    let good = folder.read("gridleaks.baseline");
    let entry = good.lines().last().unwrap().to_owned();
    let cases: Vec<(Vec<u8>, &str, &str)> = vec![
        (b"".to_vec(), "gridleaks.baseline:1: it is no baseline of gridleaks", "gridleaks baseline -o PATH"),
        (b"\xff\xfeg\0".to_vec(), "gridleaks.baseline: it is UTF-16", "save it as UTF-8"),
        ([good.as_bytes(), b"\xff\n"].concat(), "gridleaks.baseline:7: it is no UTF-8", "save it as UTF-8"),
        (good.replace(" 1 files", " 7 files").into_bytes(), "its version is 7", "newer"),
        (
            format!("{good}{entry}\n").into_bytes(),
            "gridleaks.baseline:7: it is the same entry as in line 6",
            "delete one",
        ),
        (
            format!("{good}<<<<<<< HEAD\n").into_bytes(),
            "gridleaks.baseline:7: a merge conflict is not resolved",
            "both sides",
        ),
        (
            format!("{good}{}\n", key()).into_bytes(),
            "gridleaks.baseline:7: it does not begin with a fingerprint",
            "an entry is",
        ),
        (vec![b'#'; (64 << 20) + 1], "cannot read it: it is over 67108864 bytes", "gridleaks baseline"),
    ];
    for (text, message, remedy) in cases {
        folder.file("gridleaks.baseline", &text);
        for command in [&["scan"][..], &["staged"], &["history"], &["scan", "--baseline", "gridleaks.baseline"]] {
            let run = folder.run(command);
            assert_eq!((run.status, &*run.stdout), (2, ""), "{message}");
            assert!(run.stderr.contains(message) && run.stderr.contains(remedy), "wanted {message}\n{}", run.stderr);
        }
        assert_eq!(folder.run(["scan", "--no-config"]).status, 1, "without it, all counts");
    }
    // What comes from Windows is as good.
    for text in [good.replace('\n', "\r\n"), format!("\u{feff}{good}")] {
        folder.file("gridleaks.baseline", text);
        assert_eq!(folder.run(["scan"]).status, 0);
    }
    std::fs::remove_file(folder.path().join("gridleaks.baseline")).unwrap();
    let run = folder.run(["scan", "--baseline", "gridleaks.baseline"]);
    assert!(run.status == 2 && run.stderr.contains("cannot read it: no such file"), "{}", run.stderr);
    folder.file("gridleaks.baseline/x", "");
    let run = folder.run(["scan"]);
    assert!(
        run.status == 2 && run.stderr.contains("gridleaks.baseline: cannot read it: it is a folder"),
        "{}",
        run.stderr
    );
    // Nothing can write it there.
    for (arguments, remedy) in [
        (&["scan"][..], "or take it away"),
        (&["scan", "--baseline", "gridleaks.baseline"], "name a file that `gridleaks baseline` wrote"),
    ] {
        let run = folder.run(arguments);
        assert!(run.stderr.contains(remedy) && !run.stderr.contains("writes it"), "{arguments:?}: {}", run.stderr);
    }
}

#[test]
fn a_repository_of_ten_thousand_files_is_green_after_one_command() {
    let folder = Folder::new();
    folder.git("init -q -b main");
    for number in 0..10_500 {
        folder.file(
            format!("src/m{}/f{number}.py", number % 97),
            format!("def f{number}(x):\n    return x + {number}\n"),
        );
    }
    let leak = |number: u64| format!("TOKEN = '{}'\n", numbered_key(number));
    folder.file("src/m3/settings.py", leak(1)).file("deploy/prod.env", leak(2)).file("docs/howto.md", leak(3));
    folder.git("add .").git("commit -q -m all");
    let first = folder.run(["scan", "--format", "json"]);
    assert_eq!((first.status, first.places().len()), (1, 3));
    assert!(first.json()["stats"]["files"].as_u64().unwrap() > 10_000);
    assert_eq!(folder.run(["baseline"]).stdout, "gridleaks.baseline: 3 findings\n");
    let reviewed = folder.read("gridleaks.baseline");
    let paths: Vec<_> = reviewed.lines().skip(3).map(|line| line.rsplit(' ').next().unwrap()).collect();
    assert_eq!(paths, ["deploy/prod.env", "docs/howto.md", "src/m3/settings.py"]);
    folder.git("add .").git("commit -q -m baseline");
    assert_eq!(folder.run(["scan"]).status, 0);
    folder.file("src/m5/new.py", leak(4));
    let fourth = folder.run(["scan"]);
    assert!(fourth.status == 1 && fourth.stdout.contains("src/m5/new.py:1:10"), "{}", fourth.stdout);
}
