//! What is scanned: folders, repositories, links, odd names, streams; and where findings are said to be.

#[cfg(target_os = "linux")]
use std::{
    process::Stdio,
    time::{Duration, Instant},
};

use crate::support::{Folder, formats, key, key_of, numbered_key};

const NOTHING: [&str; 0] = [];

#[test]
fn outside_a_repository_everything_is_read() {
    let folder = Folder::new();
    folder.file(".gitignore", "ignored\n").file("ignored", key()).file(".hidden/.file", key()).file("a/b/c.bin", key());
    folder.file("logo.png", [b"\x89PNG\r\n\x1a\n\0\0", key().as_bytes()].concat());
    assert_eq!(folder.places(NOTHING), [".hidden/.file:1:1", "a/b/c.bin:1:1", "ignored:1:1", "logo.png"]);
    assert_eq!(folder.run(["scan"]).status, 1);
}

#[test]
fn a_clean_folder_is_clean() {
    let folder = Folder::new();
    folder.file("a.txt", "nothing here\n").file("empty", "");
    let run = folder.run(["scan", "--format", "json"]);
    assert_eq!((run.status, run.places().len(), &*run.stderr), (0, 0, ""));
    assert_eq!(run.json()["complete"], true);
    assert_eq!(run.json()["stats"]["files"], 2);
    assert_eq!(run.json()["stats"]["bytes"], 13);
}

#[test]
fn in_a_repository_what_is_tracked_is_read_though_it_is_ignored() {
    let folder = Folder::new();
    folder.git("init -q").file(".env", key()).file("build/tracked", key()).file("build/deep/tracked", key());
    folder.git("add .").file(".gitignore", ".env\nbuild/\n*.log\n!keep.log\n");
    folder.file("untracked", key()).file("build/untracked", key()).file("sub/x.log", key()).file("sub/keep.log", key());
    folder.file("sub/.gitignore", "/local\n").file("sub/local", key()).file("sub/deep/local", key());
    folder.file(".git/info/exclude", "excluded\n").file("excluded", key());
    let read = [
        ".env:1:1",
        "build/deep/tracked:1:1",
        "build/tracked:1:1",
        "sub/deep/local:1:1",
        "sub/keep.log:1:1",
        "untracked:1:1",
    ];
    assert_eq!(folder.places(NOTHING), read);
    // From a subfolder, the rules of the folders above hold as well.
    assert_eq!(folder.places(["sub"]), ["deep/local:1:1", "keep.log:1:1"]);
    assert_eq!(folder.places(["--no-ignore"]).len(), read.len() + 4);
}

#[test]
fn the_users_own_ignore_file_counts() {
    let folder = Folder::new();
    folder.git("init -q tree").file("tree/mine", key()).file("tree/other", key()).file("ignore", "mine\n");
    let excludes = folder.path().join("ignore");
    folder.file("no-home/.gitconfig", format!("[core]\n\texcludesFile = {}\n", excludes.display()));
    assert_eq!(folder.places(["tree"]), ["other:1:1"]);
}

#[test]
fn what_is_named_is_read_whatever_ignores_it() {
    let folder = Folder::new();
    folder.git("init -q").file(".gitignore", "*.log\nbuild/\n").file("x.log", key()).file("build/a/y", key());
    assert_eq!(folder.places(["x.log"]), ["x.log:1:1"]);
    assert_eq!(folder.places(["build"]), ["a/y:1:1"]);
    assert_eq!(folder.places(["build/a"]), ["y:1:1"]);
    assert_eq!(folder.places(NOTHING), NOTHING);
}

#[test]
fn repositories_inside_go_by_their_own_index_and_rules() {
    let outer = Folder::new();
    outer.git("init -q").file(".gitignore", "secret\n");
    outer.file("module/file", "x");
    let inner = Folder::new();
    inner.git("init -q").file("secret", key()).file("ignored", key()).git("add secret").file(".gitignore", "ignored\n");
    inner.git("add -A").git("commit -qm m");
    outer.git(&format!("submodule add -q {} sub", inner.path().display()));
    outer.file("nested/secret", key()).file("nested/inner.log", key());
    outer.git("init -q nested");
    outer.file("nested/.gitignore", "inner.log\n").file("sub/ignored", key());
    // The outer rule `secret` is nothing to the inner repositories.
    assert_eq!(outer.places(NOTHING), ["nested/secret:1:1", "sub/secret:1:1"]);
}

#[test]
fn worktrees_and_newer_kinds_of_index_are_understood() {
    let folder = Folder::new();
    folder.git("init -q main");
    let main = folder.path().join("main");
    let git = |arguments: &str| folder.git(&format!("-C {} {arguments}", main.display()));
    folder.file("main/.env", key()).file("main/x", "x");
    git("add .");
    git("commit -qm m");
    git("update-index --index-version 4");
    git("worktree add -q ../tree");
    for name in ["main", "tree"] {
        folder.file(format!("{name}/.gitignore"), ".env\n");
    }
    assert_eq!(folder.places(NOTHING), ["main/.env:1:1", "tree/.env:1:1"]);
    git("update-index --split-index");
    assert_eq!(folder.places(["main"]), [".env:1:1"]);
}

#[test]
fn a_repository_of_the_other_hash_is_understood() {
    let folder = Folder::new();
    folder.git("init -q --object-format=sha256").file(".env", key()).git("add .").file(".gitignore", ".env\n");
    assert_eq!(folder.places(NOTHING), [".env:1:1"]);
}

#[test]
fn a_repository_that_cannot_be_read_hides_nothing() {
    let folder = Folder::new();
    folder.git("init -q").file(".gitignore", "ignored\n").file("ignored", key()).git("add .gitignore");
    folder.file(".git/index", "no index");
    let run = folder.run(["scan", "--format", "json"]);
    assert_eq!(run.places(), ["ignored:1:1"]);
    assert!(run.stderr.contains("is read as a plain folder"), "{}", run.stderr);
}

#[test]
#[cfg(unix)]
fn links_are_not_followed_but_searched() {
    let folder = Folder::new();
    folder.file("outside/file", key()).file("tree/real", "x");
    folder.link("tree/to-file", "../outside/file").link("tree/to-folder", "../outside").link("tree/loop", "loop");
    folder.link("tree/up", "..").link("tree/dangling", &format!("/nowhere/{}", key()));
    assert_eq!(folder.places(["tree"]), ["dangling:1:10"]);
    // A link that was named outright is.
    assert_eq!(folder.places(["tree/to-folder"]), ["file:1:1"]);
    assert_eq!(folder.places(["tree/to-file"]), ["tree/to-file:1:1"]);
    assert_eq!(folder.places(["tree/dangling"]), ["tree/dangling:1:10"]);
}

#[test]
#[cfg(unix)]
fn fifos_are_not_opened() {
    let folder = Folder::new();
    folder.file("a", key());
    assert!(std::process::Command::new("mkfifo").arg(folder.path().join("fifo")).status().unwrap().success());
    assert_eq!(folder.places(NOTHING), ["a:1:1"]);
    let run = folder.run(["scan", "fifo"]);
    assert_eq!(run.status, 2);
    assert!(run.stderr.contains("fifo: it is a device, a socket or a FIFO"), "{}", run.stderr);
}

#[test]
fn a_key_in_a_name_is_a_finding_and_masked() {
    let folder = Folder::new();
    folder.file(format!("{}.txt", key()), "x").file(format!("in-{}/y", key()), key());
    let run = folder.run(["scan", "--format", "json"]);
    assert_eq!(run.places(), ["in-rg_live_9f1c…", "in-rg_live_9f1c…/y:1:1", "rg_live_9f1c….txt"]);
    assert!(!run.stdout.contains(crate::support::TAIL));
    assert_eq!(folder.places([format!("{}.txt", key())]), ["rg_live_9f1c….txt"]);
}

#[test]
#[cfg(unix)]
fn names_that_are_no_utf_8_or_hold_line_feeds_are_ordinary() {
    use std::os::unix::ffi::OsStrExt;
    let folder = Folder::new();
    folder.file("line\nfeed", key()).file(std::ffi::OsStr::from_bytes(b"\xff\xfe"), key());
    assert_eq!(folder.places(NOTHING), ["line\nfeed:1:1", "\\xff\\xfe:1:1"]);
    let text = folder.run(["scan"]).stdout;
    assert!(text.contains("--> line\\nfeed:1:1") && text.contains("--> \\xff\\xfe:1:1"), "{text}");
}

#[test]
#[cfg(unix)]
fn paths_longer_than_the_system_takes_are_read() {
    let folder = Folder::new();
    // Made of two halves, since no path this long can be named at once.
    let half = vec!["d".repeat(200); 12].join("/");
    folder.file(format!("a/{half}/found"), key()).file(format!("b/{half}/found"), key());
    std::fs::rename(folder.path().join("b"), folder.path().join("a").join(&half).join("b")).unwrap();
    let places = folder.places(NOTHING);
    assert_eq!(places.len(), 2);
    assert!(places[0].len() > 4800 && places[0].ends_with("/found:1:1"));
    std::fs::rename(folder.path().join("a").join(&half).join("b"), folder.path().join("b")).unwrap();
}

#[test]
fn standard_input_is_a_source() {
    let folder = Folder::new();
    let run = folder.run_with_input(["scan", "-", "--format", "json"], format!("a\nb {}\n", key()).as_bytes());
    assert_eq!((run.status, run.places()), (1, vec!["-:2:3".to_owned()]));
    let json = run.json();
    assert_eq!(json["source"], serde_json::json!({"kind": "stdin", "roots": ["-"], "changed_settings": []}));
    assert_eq!(json["findings"][0]["path"], serde_json::Value::Null);
    assert_eq!(folder.run_with_input(["scan", "-"], b"clean").status, 0);
}

#[test]
fn several_roots_and_the_same_place_twice() {
    let folder = Folder::new();
    folder.file("a/x", key()).file("b/x", key());
    assert_eq!(folder.places(["a", "b"]), ["x:1:1", "x:1:1"]);
    assert_eq!(folder.places(["a", "./a/", "a"]), ["x:1:1"]);
    let text = folder.run(["scan", "b", "a"]).stdout;
    assert!(text.contains("--> a/x:1:1") && text.contains("--> b/x:1:1"), "{text}");
}

#[test]
fn globs_leave_files_out() {
    let folder = Folder::new();
    folder.file("a.lock", key()).file("vendor/b", key()).file("c", key());
    assert_eq!(folder.places(["--exclude", "*.lock", "--exclude", "/vendor/"]), ["c:1:1"]);
    assert_eq!(folder.places(["--exclude", "*.lock", "a.lock", "c"]), ["c:1:1"]);
}

#[test]
fn lines_and_columns_are_those_of_the_file() {
    let folder = Folder::new();
    let key = key();
    let parts =
        [&b"\xef\xbb\xbfa\r\n\tk\xc3\xa9\xf0\x9f\x98\x80\xff="[..], key.as_bytes(), b";", key.as_bytes(), b"\n"];
    folder.file("x", parts.concat());
    let run = folder.run(["scan", "--format", "json"]);
    assert_eq!(run.places(), ["x:2:7", "x:2:48"]);
    assert_eq!(run.json()["findings"][0]["end_column"], 47);
    let sarif = folder.run(["scan", "--format", "sarif"]).json();
    let region = &sarif["runs"][0]["results"][0]["locations"][0]["physicalLocation"]["region"];
    // One more: the smiley takes two UTF-16 units.
    assert_eq!((&region["startColumn"], &region["endColumn"]), (&8.into(), &48.into()));
}

#[test]
fn keys_anywhere_in_large_files_are_found() {
    let folder = Folder::new();
    // Around every multiple of 64 KiB, where pieces may end, and at both ends.
    let mut bytes = vec![b'.'; 1 << 20];
    let mut expected = Vec::new();
    for (number, at) in (0..16usize).map(|piece| piece * 65_536 + piece * 3).chain([bytes.len() - 40]).enumerate() {
        let at = if at >= 41 && at < bytes.len() - 40 { at - 20 } else { at };
        bytes[at..at + 40].copy_from_slice(numbered_key(number as u64).as_bytes());
        expected.push(format!("x:1:{}", at + 1));
    }
    folder.file("x", &bytes);
    assert_eq!(folder.places(NOTHING), expected);
    let run = folder.run_with_input(["scan", "--format", "json", "-"], &bytes);
    assert_eq!(run.places().len(), expected.len());
}

#[test]
fn the_report_is_the_same_for_any_number_of_threads() {
    let folder = Folder::new();
    for number in 0..300 {
        let text = format!("{}\n{}\n", numbered_key(number), key_of("placeholder"));
        folder.file(format!("d{}/e{}/f{number}", number % 7, number % 11), text);
    }
    let report = |threads: &str, format: &str| {
        let run = folder.run(["scan", "--threads", threads, "--format", format]);
        assert_eq!(run.status, 1);
        crate::support::stable(&run.stdout)
    };
    for format in formats() {
        let one = report("1", format);
        assert_eq!(one, report("2", format));
        assert_eq!(one, report("7", format));
    }
}

#[test]
fn more_findings_than_can_be_listed_are_a_problem() {
    let folder = Folder::new();
    let line = format!("{}\n", key());
    folder.file("a", line.repeat(gridleaks::scan::MAX_FINDINGS)).file("b", line.repeat(20_000));
    let run = folder.run(["scan", "--format", "json"]);
    let json = run.json();
    assert_eq!(run.status, 1);
    assert_eq!(json["findings"].as_array().unwrap().len(), gridleaks::scan::MAX_FINDINGS);
    assert!(json["findings"].as_array().unwrap().iter().all(|finding| finding["path"] == "a"));
    assert_eq!((&json["complete"], &json["problems"][0]["kind"]), (&false.into(), &"limit".into()));
}

#[test]
fn files_that_vanish_while_they_are_scanned_are_no_problem() {
    let folder = Folder::new();
    for number in 0..3000 {
        folder.file(format!("d{}/{number}", number % 30), "x");
    }
    std::thread::scope(|scope| {
        let scans: Vec<_> = (0..4).map(|_| scope.spawn(|| folder.run(["scan", "--format", "json"]))).collect();
        for number in 0..30 {
            std::fs::remove_dir_all(folder.path().join(format!("d{number}"))).unwrap();
        }
        for scan in scans {
            let run = scan.join().unwrap();
            assert_eq!((run.status, &run.json()["problems"]), (0, &serde_json::json!([])), "{}", run.stdout);
        }
    });
}

/// Longer than any machine takes; a guard against waiting for ever.
#[cfg(target_os = "linux")]
const LONG: Duration = Duration::from_secs(60);

#[test]
#[cfg(target_os = "linux")]
fn a_terminal_shows_how_far_it_is_unless_told_to_be_quiet() {
    use crate::support::terminal::Terminal;
    use std::sync::{Arc, atomic::AtomicBool, atomic::Ordering};
    let folder = Folder::new();
    folder.git("init -q");
    // Its input ends when the line is shown, or after a while.
    let run = |arguments: &[&str], line: &'static str, a_while: Duration| {
        let (terminal, (stdin, input)) = (Terminal::new(), std::io::pipe().unwrap());
        let mut command = folder.command();
        command.args(arguments).stdin(stdin).stdout(Stdio::null()).stderr(terminal.stream());
        let is_shown = Arc::new(AtomicBool::new(false));
        let watched = Arc::clone(&is_shown);
        let ends = std::thread::spawn(move || {
            let begin = Instant::now();
            while !watched.load(Ordering::SeqCst) && begin.elapsed() < a_while {
                std::thread::sleep(Duration::from_millis(5));
            }
            drop(input);
        });
        let watch = move |shown: &str| is_shown.store(shown.contains(line), Ordering::SeqCst);
        let (status, shown) = terminal.run_watched(&mut command, None, watch);
        ends.join().unwrap();
        assert_eq!(status.code(), Some(0), "{shown:?}");
        shown
    };
    for (arguments, line) in [(["scan", "-"], "0 files, 0 B"), (["pre-push", "up"], "0 objects, 0 B")] {
        let shown = run(&arguments, line, LONG);
        assert!(shown.contains(line) && shown.ends_with("\r\x1b[K"), "it is shown, and goes again: {shown:?}");
    }
    // The line would be shown after half a second.
    assert_eq!(run(&["scan", "-", "--quiet"], "0 files", Duration::from_millis(1500)), "");
}

#[test]
#[cfg(target_os = "linux")]
fn there_are_as_many_threads_as_wanted() {
    let folder = Folder::new();
    for wanted in [1, 7] {
        let mut command = folder.command();
        command.args(["scan", "-", "--threads", &wanted.to_string()]).stdin(Stdio::piped()).stdout(Stdio::null());
        let mut child = command.spawn().unwrap();
        let status = format!("/proc/{}/status", child.id());
        let begin = Instant::now();
        // And the one that waits for them.
        let line = format!("\nThreads:\t{}\n", wanted + 1);
        while !std::fs::read_to_string(&status).unwrap().contains(&line) {
            assert!(begin.elapsed() < LONG && child.try_wait().unwrap().is_none(), "never {wanted} threads");
            std::thread::sleep(Duration::from_millis(5));
        }
        drop(child.stdin.take());
        assert_eq!(child.wait().unwrap().code(), Some(0));
    }
}
