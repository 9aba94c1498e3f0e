//! Folders, names, repositories and rule files that are made to do harm, or to hide a key.

use std::os::unix::fs::PermissionsExt;
use std::process::{Command, Stdio};

use crate::support::{Folder, formats, key, key_of, numbered_key};

const NOTHING: [&str; 0] = [];

fn fifo(folder: &Folder, name: &str) {
    assert!(Command::new("mkfifo").arg(folder.path().join(name)).status().unwrap().success());
}

/// Untracked files that git would add, by git itself.
fn unignored(folder: &Folder) -> Vec<String> {
    let output = crate::support::git_command()
        .args(["ls-files", "-z", "--others", "--exclude-standard"])
        .current_dir(folder.path())
        .output()
        .unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    let mut names: Vec<_> = text.split_terminator('\0').map(|name| format!("{name}:1:1")).collect();
    names.sort();
    names
}

#[test]
fn ignore_patterns_mean_what_they_mean_to_git() {
    let names = [
        "x.env",
        "a",
        "b.pem",
        "abc",
        "a{b,c}",
        "[a*",
        "q/x.env",
        "q/r/abc",
        "build/x",
        "q/build/y",
        "tab\t",
        "!bang",
        "#hash",
        "doc/a.txt",
        "doc/sub/b.txt",
        "foo/bar/baz",
        "α",
        "sp ace",
        "trail ",
        "$dollar",
        "{env,pem}",
    ];
    let patterns = [
        "*.{env,pem}",
        "[a*",
        "[!a][^a][^a]",
        "tab\t",
        "!x.env\n*",
        "*\n![[:alpha:]]",
        "*\n!*/\n!*.txt",
        "build/",
        "/build",
        "**/build",
        "build/**",
        "doc/**/b.txt",
        "q/**/abc",
        "[[:alpha:]]",
        "[a\\]]*",
        "\\#hash",
        "\\!bang",
        "trail\\ ",
        "trail ",
        "foo/*/baz",
        "foo/",
        "*/x.env",
        "a?c",
        "**",
        "*.ENV",
        "\u{3b1}",
        "$dollar",
        "\u{feff}abc",
        "q\n!q/x.env",
        "/*\n!/q",
        "sp ace\r",
        "[!q]*",
        "",
        "#x",
        "*.env # no comment",
        "abc/",
        "doc/*.txt",
        "**/*.txt",
        "q/r",
        "q//r",
        "./abc",
        "\\abc",
    ];
    for pattern in patterns {
        let folder = Folder::new();
        folder.git("init -q").file(".git/info/exclude", "/.gitignore\n").file(".gitignore", pattern);
        for name in names {
            folder.file(name, key());
        }
        let mut places = folder.places(NOTHING);
        places.sort();
        assert_eq!(places, unignored(&folder), "pattern {pattern:?}");
    }
}

#[test]
fn files_whose_names_look_alike_when_redacted_are_kept_apart() {
    let folder = Folder::new();
    for number in 0..40 {
        let name = key_of(&format!("AbCd{}", &numbered_key(number)[12..]));
        folder.file(format!("{name}.env"), numbered_key(number + 100));
    }
    let reports: Vec<_> = ["1", "2", "5", "8"]
        .map(|threads| folder.run(["scan", "--format", "json", "--threads", threads]))
        .into_iter()
        .map(|run| (run.places().len(), crate::support::stable(&run.stdout)))
        .collect();
    assert_eq!(reports[0].0, 80);
    assert!(reports.iter().all(|report| *report == reports[0]));
}

#[test]
fn no_name_writes_a_line_of_its_own() {
    let folder = Folder::new();
    let name = "a\n::error::x\r\n::warning::y";
    folder.file(format!("{name}/.git"), "gitdir: nowhere").file(format!("{name}/f"), key()).file("r.toml", "x");
    for arguments in [
        &["scan"][..],
        &["scan", "none\n::error::x"],
        &["scan", "--report", "json=none\n::error::x/y"],
        &["scan", "--rules", "none\n::error::x"],
        &["scan", "--format", "\n::error::x"],
        &["scan", "--\n::error::x"],
        &["rules", "show", "\n::error::x"],
        &["\n::error::x"],
    ] {
        let run = folder.run(arguments);
        for line in run.stdout.lines().chain(run.stderr.lines()) {
            assert!(!line.trim_start().starts_with("::"), "{arguments:?}\n{}{}", run.stdout, run.stderr);
        }
    }
}

#[test]
fn no_name_reaches_a_terminal_as_it_is() {
    let folder = Folder::new();
    folder.file("esc\x1b[31m\u{7f}\u{9b}2J\u{202e}x", key()).file("y/.gitignore", "");
    for format in formats() {
        let run = folder.run(["scan", "--format", format]);
        let hostile = ['\x1b', '\u{7f}', '\u{9b}', '\u{202e}'];
        assert!(!run.stdout.contains(hostile) && !run.stderr.contains(hostile), "{format}: {}", run.stdout);
    }
    let path = folder.run(["scan", "--format", "json"]).json()["findings"][0]["path"].clone();
    assert_eq!(path, "esc\x1b[31m\u{7f}\u{9b}2J\u{202e}x");
}

#[test]
fn a_broken_repository_inside_another_hides_nothing() {
    let folder = Folder::new();
    folder.git("init -q").file(".gitignore", ".env\n").git("init -q inner").file("inner/.env", key());
    folder.git("-C inner add -f .env").file("inner/.git/index", "broken");
    let run = folder.run(["scan", "--format", "json"]);
    assert_eq!(run.places(), ["inner/.env:1:1"]);
    assert!(run.stderr.contains("inner: its .git cannot be used"), "{}", run.stderr);
}

#[test]
fn a_repository_in_an_ignored_folder_is_read() {
    let folder = Folder::new();
    folder.git("init -q").file(".gitignore", "inner/\n").git("init -q inner").file("inner/f", key());
    folder.file("inner/.gitignore", "g\n").file("inner/g", key());
    assert_eq!(folder.places(NOTHING), ["inner/f:1:1"]);
}

#[test]
fn an_index_that_does_not_say_what_is_tracked_hides_nothing() {
    let commit = |folder: &Folder| {
        folder
            .git("init -q")
            .file(".env", key())
            .file("out/b", key())
            .file("in/c", "x")
            .git("add -A")
            .git("commit -qm m");
        folder.file(".gitignore", ".env\nout/\n");
    };
    let sparse = Folder::new();
    commit(&sparse);
    sparse.git("sparse-checkout set --cone --sparse-index in").file("out/b", key());
    assert_eq!(sparse.places(NOTHING), [".env:1:1", "out/b:1:1"]);

    let gone = Folder::new();
    commit(&gone);
    std::fs::remove_file(gone.path().join(".git/index")).unwrap();
    assert_eq!(gone.places(NOTHING), [".env:1:1", "out/b:1:1"]);
    gone.link(".git/index", "index");
    assert_eq!(gone.places(NOTHING), [".env:1:1", "out/b:1:1"]);
}

#[test]
fn nothing_that_is_no_file_holds_a_scan_up() {
    for name in ["index", "config", "HEAD", "commondir", "info/exclude", "packed-refs", "objects/info/alternates"] {
        let folder = Folder::new();
        folder.git("init -q").file("f", key());
        let _ = std::fs::remove_file(folder.path().join(".git").join(name));
        fifo(&folder, &format!(".git/{name}"));
        assert_eq!(folder.places(NOTHING), ["f:1:1"], "{name}");
    }
    let folder = Folder::new();
    folder.git("init -q").file("f", key()).file("rules/a", "");
    fifo(&folder, ".gitignore");
    fifo(&folder, "rules/x.toml");
    assert_eq!(folder.places(NOTHING), ["f:1:1"]);
    for rules in ["rules", "rules/x.toml", "/dev/zero"] {
        let run = folder.run(["scan", "--rules", rules]);
        assert!(run.status == 2 && run.stderr.contains("it is no regular file"), "{}", run.stderr);
    }
}

#[test]
fn very_deep_folders_are_read() {
    let folder = Folder::new();
    // A path of 16 kB, put together from pieces that the system takes at once.
    let piece = vec!["d"; 500].join("/");
    folder.file(format!("p0/{piece}/found"), key());
    for number in 1..16 {
        std::fs::create_dir_all(folder.path().join(format!("p{number}/{piece}"))).unwrap();
        let inner = folder.path().join(format!("p{}", number - 1));
        std::fs::rename(inner, folder.path().join(format!("p{number}/{piece}/p"))).unwrap();
    }
    assert_eq!(folder.places(NOTHING).len(), 1);
    // Taken apart again, since what removes the folder may not get that deep.
    for number in (1..16).rev() {
        let inner = folder.path().join(format!("p{number}/{piece}/p"));
        std::fs::rename(inner, folder.path().join(format!("p{}", number - 1))).unwrap();
    }
}

#[test]
fn a_file_that_never_stops_growing_is_read_to_an_end() {
    let folder = Folder::new();
    folder.file("log", format!("{}\n", "x".repeat(300_000)));
    let log = folder.path().join("log");
    // Not more than a gigabyte, should the scan not come to an end.
    let mut writer =
        Command::new("sh").args(["-c", "ulimit -f 2097152; exec yes >> \"$0\""]).arg(&log).spawn().unwrap();
    while std::fs::metadata(&log).unwrap().len() == 300_001 {
        std::thread::yield_now();
    }
    let output = folder.command().arg("scan").output();
    writer.kill().unwrap();
    writer.wait().unwrap();
    assert_eq!(output.unwrap().status.code(), Some(0));
}

#[test]
fn reports_keep_the_permissions_of_what_they_replace() {
    let folder = Folder::new();
    folder.file("f", key()).file("old.json", "");
    let mode = |name: &str| std::fs::metadata(folder.path().join(name)).unwrap().permissions().mode() & 0o777;
    std::fs::set_permissions(folder.path().join("old.json"), std::fs::Permissions::from_mode(0o640)).unwrap();
    let reports = ["--report", "json=old.json", "--report", "json=new.json"];
    assert_eq!(folder.run(["scan", "f", "--show-secrets"].into_iter().chain(reports)).status, 1);
    assert_eq!((mode("old.json"), mode("new.json")), (0o640, 0o600));
}

#[test]
fn a_report_may_go_to_a_stream() {
    let folder = Folder::new();
    folder.file("f", key());
    let run = folder.run(["scan", "-q", "--report", "jsonl=/dev/stdout", "f"]);
    assert!(run.status == 1 && run.stdout.contains("\"type\":\"summary\"") && run.stdout.contains("--> f:1:1"));
    fifo(&folder, "pipe");
    let reader = Command::new("cat").arg(folder.path().join("pipe")).stdout(Stdio::piped()).spawn().unwrap();
    assert_eq!(folder.run(["scan", "f", "--report", "json=pipe"]).status, 1);
    let piped = String::from_utf8(reader.wait_with_output().unwrap().stdout).unwrap();
    assert!(piped.starts_with("{\n  \"schema\""), "{piped}");
}

#[test]
fn excluding_looks_at_nothing_above_what_is_named() {
    let folder = Folder::new();
    folder.file("build/ws/f", key()).file("build/ws/build/g", key());
    let ws = folder.path().join("build/ws");
    let ws = ws.to_str().unwrap();
    assert_eq!(folder.places(["--exclude", "build", ws]), ["f:1:1"]);
    assert_eq!(folder.places(["--exclude", "build", "build/ws"]), ["f:1:1"]);
    assert_eq!(folder.places(["--exclude", "./build/ws/build", "."]), ["build/ws/f:1:1"]);
    assert_eq!(folder.places(["--exclude", "build", &format!("{ws}/f")]).len(), 1);
    for glob in ["!x", "../x"] {
        assert!(folder.run(["scan", "--exclude", glob]).stderr.contains("may neither begin with `!` nor hold `..`"));
    }
}

#[test]
fn ignore_files_all_the_way_down_are_no_harm() {
    let folder = Folder::new();
    folder.git("init -q");
    let piece = vec!["d"; 400].join("/");
    let mut path = folder.path().join(&piece);
    std::fs::create_dir_all(&path).unwrap();
    while path != folder.path() {
        std::fs::write(path.join(".gitignore"), "ignored\n").unwrap();
        path.pop();
    }
    folder.file(format!("{piece}/f"), key()).file(format!("{piece}/ignored"), key());
    assert_eq!(folder.places(NOTHING), [format!("{piece}/f:1:1")]);
}

#[test]
fn many_folders_far_down_need_few_open_at_once() {
    let folder = Folder::new();
    let deep = vec!["d"; 40].join("/");
    for outer in 0..30 {
        for inner in 0..20 {
            folder.file(format!("{deep}/{outer}/{inner}/x"), "x");
        }
    }
    folder.file(format!("{deep}/0/0/x"), key());
    let mut shell = Command::new("sh");
    shell
        .args(["-c", "ulimit -n 200; exec \"$0\" scan --threads 1 --format json"])
        .arg(env!("CARGO_BIN_EXE_gridleaks"));
    let run = crate::support::Run::of(shell.current_dir(folder.path()));
    assert_eq!((run.status, run.places().len()), (1, 1), "{}", run.stderr);
}

#[test]
fn findings_in_files_with_long_paths_are_bounded() {
    let folder = Folder::new();
    let long = vec!["d".repeat(250); 12].join("/");
    let names: Vec<_> = (0..200).map(|number| format!("{}{number}", "f".repeat(200))).collect();
    for name in &names {
        folder.file(format!("{long}/{name}"), key());
    }
    // All of them fit; that they are the same for any number of threads is the point.
    assert_eq!(folder.places(["--threads", "1"]), folder.places(["--threads", "4"]));
    assert_eq!(folder.places(NOTHING).len(), names.len());
}
