//! What is refused before a long scan begins, with words that say why: places that no report or baseline can go to, and arguments.

use crate::support::{Folder, key};

/// Names that are no file's, each with why.
fn no_files(folder: &Folder) -> Vec<(&'static str, &'static str)> {
    folder.file("a.txt", "a\n").file("folder/in", "x\n");
    let mut names = vec![
        ("folder", "it is a folder"),
        ("folder/", "it is a folder"),
        ("folder/..", "it is a folder"),
        ("none/..", "it names no file"),
        ("none/", "it names no file"),
        ("none/.", "it names no file"),
        ("none/out", "its folder is not there"),
        ("none/none/", "it names no file"),
        ("a.txt/out", "not a directory"),
    ];
    if cfg!(unix) {
        #[cfg(unix)]
        folder.link("dead", "nowhere").link("circle", "circle");
        names.extend([("dead", "it is a link that leads nowhere"), ("circle", "it is a link that leads nowhere")]);
    }
    names
}

fn names(folder: &Folder) -> Vec<String> {
    let entries = std::fs::read_dir(folder.path()).unwrap();
    let mut names: Vec<_> = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

#[test]
fn a_report_goes_to_a_file_and_nowhere_else() {
    let folder = Folder::new();
    let refused = no_files(&folder);
    let before = names(&folder);
    for (name, why) in refused {
        // What comes first could be written; it is not, since nothing is scanned.
        let run = folder.run(["scan", "a.txt", "--report", "json=first.json", "--report", &format!("json={name}")]);
        assert_eq!((run.status, &*run.stdout), (2, ""), "{name}: {}", run.stderr);
        let message = format!("error: cannot write the report {name}: {why}");
        assert!(run.stderr.starts_with(&message), "{name}: {}", run.stderr);
        assert!(run.stderr.contains("\n  help: ") || why == "not a directory", "{name}: {}", run.stderr);
        assert_eq!(names(&folder), before, "{name}");
    }
    if cfg!(target_os = "linux") {
        let run = folder.run(["scan", "--report", "json=/proc/none"]);
        let why = "no file can be made in its folder\n  help: name a file elsewhere";
        let message = format!("error: cannot write the report /proc/none: {why}\n");
        assert_eq!((run.status, run.stderr), (2, message));
    }
    for (argument, why) in [
        ("json", "write it as FORMAT=PATH, as in `sarif=out.sarif`"),
        ("json=", "the path is empty; write it as FORMAT=PATH"),
        ("json=-", "a report goes to a file; for standard output, use --format"),
        ("xml=out", "unknown format `xml`; the formats are text, json"),
    ] {
        let run = folder.run(["scan", "--report", argument]);
        assert!(run.status == 2 && run.stderr.contains(why), "{argument}: {}", run.stderr);
    }
}

#[test]
fn a_baseline_goes_to_a_file_and_nowhere_else() {
    let folder = Folder::new();
    let refused = no_files(&folder);
    folder.file("leak.env", key());
    let before = names(&folder);
    for (name, why) in refused {
        let run = folder.run(["baseline", "-o", name]);
        assert_eq!((run.status, &*run.stdout), (2, ""), "{name}: {}", run.stderr);
        let message = format!("error: cannot write {name}: {why}");
        assert!(run.stderr.starts_with(&message), "{name}: {}", run.stderr);
        assert!(run.stderr.contains("\n  help: ") || why == "not a directory", "{name}: {}", run.stderr);
        assert_eq!(names(&folder), before, "{name}");
    }
    if cfg!(unix) {
        assert!(std::process::Command::new("mkfifo").arg(folder.path().join("fifo")).status().unwrap().success());
        for name in ["fifo", "/dev/null", "/dev/stdout"] {
            let run = folder.run(["baseline", "-o", name]);
            let message = format!("error: cannot write {name}: it is no regular file\n  help: name one");
            assert_eq!((run.status, &*run.stdout), (2, ""), "{name}");
            assert!(run.stderr.starts_with(&message), "{name}: {}", run.stderr);
        }
    }
}

#[test]
fn a_glob_that_leaves_nothing_out_is_a_slip() {
    let folder = Folder::new();
    for glob in ["", " ", "# a comment", "/", "//", "./", "."] {
        let run = folder.run(["scan", "--exclude", glob]);
        assert!(run.status == 2 && run.stderr.contains("it matches nothing"), "{glob:?}: {}", run.stderr);
    }
}

#[test]
fn a_glob_that_is_broken_is_a_slip() {
    let folder = Folder::new();
    folder.git("init -q").file("[", key()).file("zz", "x");
    for (glob, why) in [
        ("[", "unclosed character class"),
        ("[ab", "unclosed character class"),
        ("src/[!a", "unclosed character class"),
        ("[]", "unclosed character class"),
        ("a{b", "unclosed alternate group"),
        ("[z-a]", "invalid range"),
    ] {
        for arguments in [&["scan"][..], &["staged"], &["history"], &["baseline"]] {
            let run = folder.run(arguments.iter().chain(&["--exclude", glob]));
            assert_eq!((run.status, &*run.stdout), (2, ""), "{glob}");
            assert!(run.stderr.contains(&format!("'{glob}'")) && run.stderr.contains(why), "{glob}: {}", run.stderr);
        }
    }
    for glob in [r"\[", "[[]", "[ab[]"] {
        let run = folder.run(["scan", "--exclude", glob]);
        assert_eq!((run.status, &*run.stderr), (0, ""), "{glob}: {}", run.stdout);
    }
}

/// An argument may come from somewhere else, as the name of a file; what clap says of it would reach the terminal as it is.
#[test]
fn wrong_usage_shows_no_control_characters() {
    let folder = Folder::new();
    for (argument, shown) in [
        ("--no\u{1b}[31m", "--no\\x1b[31m"),
        ("--no\u{202e}", "--no\\u{202e}"),
        ("--no\n::error::x", "--no\\n::error::x"),
    ] {
        let run = folder.run(["scan", argument]);
        let message = format!("error: wrong usage; an argument holds characters that cannot be shown: {shown}\n");
        assert_eq!((run.status, run.stderr), (2, message));
    }
}

#[test]
fn where_no_repository_is_is_said_in_plain_words() {
    let folder = Folder::new();
    folder.file("a.txt", "a\n").file("sub/b.txt", "b\n");
    let go_to_one = "go to a folder that is in one, or make one by `git init`";
    let name_one = "name a folder that is in a repository";
    for (arguments, message, remedy) in [
        (&["staged"][..], ".: it is in no git repository", go_to_one),
        (&["install"], ".: it is in no git repository", go_to_one),
        (&["pre-receive"], ".: it is in no git repository", go_to_one),
        (&["history"], ".: it is in no git repository", go_to_one),
        (&["history", "sub"], "sub: it is in no git repository", go_to_one),
        (&["history", "none"], "none: no such file or folder", name_one),
        (&["history", "a.txt"], "a.txt: it is no folder", name_one),
        (&["history", "a.txt/b"], "a.txt/b: no such file or folder", name_one),
    ] {
        let run = folder.run(arguments);
        assert_eq!((run.status, &*run.stdout), (2, ""), "{arguments:?}");
        assert_eq!(run.stderr, format!("error: {message}\n  help: {remedy}\n"), "{arguments:?}");
    }
}

#[test]
fn a_baseline_of_a_history_that_is_not_there_is_refused_before_files_are_read() {
    let folder = Folder::new();
    // What would be told of the files, had they been read first.
    folder.file("broken.gz", b"\x1f\x8b\x08\0\0\0\0\0\0\x03 broken").file("leak", key());
    assert!(folder.run(["baseline"]).stderr.contains("broken.gz"));
    let run = folder.run(["baseline", "--history"]);
    let remedy = "go to a folder that is in one, or make one by `git init`";
    assert_eq!(run.stderr, format!("error: .: it is in no git repository\n  help: {remedy}\n"));
    assert_eq!((run.status, run.stdout), (2, String::new()));
}
