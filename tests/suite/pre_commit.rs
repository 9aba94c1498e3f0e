//! The commands that pre-commit and prek run; `.ci/hooks` runs them by the real ones.

use std::fs;
use std::path::Path;

use crate::support::{Folder, Run, commit_in_work, key, work_and_server};

/// The arguments of an entry in the manifest.
fn entry(id: &str) -> Vec<String> {
    let manifest = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(".pre-commit-hooks.yaml")).unwrap();
    let hook = manifest.split("- id: ").find(|hook| hook.starts_with(&format!("{id}\n"))).unwrap();
    let entry = hook.lines().find_map(|line| line.trim().strip_prefix("entry: gridleaks ")).unwrap();
    entry.split(' ').map(str::to_owned).collect()
}

fn run(folder: &Folder, arguments: &[&str]) -> Run {
    let entry = entry("gridleaks");
    folder.run(entry.iter().map(String::as_str).chain(arguments.iter().copied()))
}

#[test]
fn a_file_that_is_called_as_an_option_is_an_error() {
    let leak = key();
    for name in [
        "--help",
        "-h",
        "--version",
        "-V",
        "-q",
        "--quiet",
        "--exclude=*",
        "--exclude=leak.env",
        "--fail-on=active",
        "--format=json",
        "--pre-commit",
        "-",
        "--",
        "--unheard-of",
        "-\u{e9}",
        "--x\n  help: y",
    ] {
        let folder = Folder::new();
        folder.file(name, "nothing\n").file("leak.env", format!("KEY={leak}\n"));
        for order in [[name, "leak.env"], ["leak.env", name]] {
            let run = run(&folder, &order);
            assert_eq!((run.status, run.stdout.as_str()), (2, ""), "{name}: {}", run.stderr);
            assert!(run.stderr.contains("could be an option"), "{name}: {}", run.stderr);
        }
    }
    let folder = Folder::new();
    folder.file("-d/--exclude=*", "nothing\n").file("leak.env", format!("KEY={leak}\n"));
    assert_eq!(run(&folder, &["-d/--exclude=*", "leak.env"]).status, 2);
    // Only in a hook: elsewhere, a person writes the arguments.
    folder.file("-q", "");
    assert_eq!(folder.run(["scan", "-q"]).status, 1);
}

#[test]
#[cfg(unix)]
fn a_link_that_is_called_as_an_option_counts_even_if_it_leads_nowhere() {
    let folder = Folder::new();
    folder.link("--help", "nowhere").file("leak.env", format!("KEY={}\n", key()));
    assert_eq!(run(&folder, &["leak.env", "--help"]).status, 2);
}

#[test]
fn options_that_are_no_files_work() {
    let folder = Folder::new();
    folder.file("leak.env", format!("KEY={}\n", key())).file("clean", "nothing\n");
    assert_eq!(run(&folder, &["--format", "json", "leak.env", "clean"]).places(), ["leak.env:1:5"]);
    assert_eq!(run(&folder, &["clean"]).status, 0);
}

/// A link that leads to the whole machine must not make the hook read that.
#[test]
#[cfg(unix)]
fn links_are_searched_but_not_followed() {
    let folder = Folder::new();
    folder.file("away/leak.env", format!("KEY={}\n", key()));
    folder.file("repo/clean", "nothing\n");
    folder.link("repo/folder", "../away").link("repo/file", "../away/leak.env").link("repo/device", "/dev/zero");
    folder.link("repo/key", &format!("/srv/{}", key()));
    let names = ["--format", "json", "repo/folder", "repo/file", "repo/device", "repo/key", "repo/clean"];
    let run = run(&folder, &names);
    assert_eq!(run.places(), ["repo/key:1:6"], "{}", run.stderr);
    // A person who names a link means what it leads to.
    assert_eq!(folder.run(["scan", "repo/file"]).status, 1);
}

/// Runs the push hook with what pre-commit tells.
fn push(folder: &Folder, told: &[(&str, &str)]) -> Run {
    let mut command = folder.command();
    command.current_dir(folder.path().join("work")).args(entry("gridleaks-push")).args(["--format", "json"]);
    for name in ["REMOTE_NAME", "FROM_REF", "TO_REF", "REMOTE_BRANCH"] {
        command.env_remove(format!("PRE_COMMIT_{name}"));
    }
    for (name, value) in told {
        command.env(format!("PRE_COMMIT_{name}"), value);
    }
    Run::of(&mut command)
}

#[test]
fn a_push_is_searched_without_gits_lines() {
    let up = [("REMOTE_NAME", "up")];
    let folder = work_and_server();
    assert_eq!(push(&folder, &up).status, 0);
    let json = push(&folder, &up).json();
    assert_eq!(json["source"]["kind"], "push");
    // Without a remote, nothing is known to be there: all counts.
    assert_eq!(push(&folder, &[]).places(), ["old:1:1"]);
    assert_eq!(push(&folder, &[("REMOTE_NAME", "../server")]).places(), ["old:1:1"]);
    // Added and taken away again.
    commit_in_work(&folder, "conf.env", &format!("KEY={}\n", key()));
    commit_in_work(&folder, "conf.env", "KEY=\n");
    assert_eq!(push(&folder, &up).places(), ["conf.env:1:5"]);
    // By hand, a range is that range.
    assert_eq!(push(&folder, &[("FROM_REF", "HEAD~1"), ("TO_REF", "HEAD")]).status, 0);
    assert_eq!(push(&folder, &[("FROM_REF", "up/main"), ("TO_REF", "main")]).places(), ["conf.env:1:5"]);
    // What the remote is known to have by what is told, and not by what was fetched.
    let tip = ("FROM_REF", "main");
    assert_eq!(push(&folder, &[("REMOTE_NAME", "up"), tip, ("TO_REF", "main")]).status, 0);
}

#[test]
fn all_that_may_be_pushed_counts() {
    let up = [("REMOTE_NAME", "up")];
    // Another branch than the one that is told of.
    let folder = work_and_server();
    folder.git("-C work checkout -q -b side");
    commit_in_work(&folder, "side.env", &key());
    folder.git("-C work checkout -q main");
    assert_eq!(push(&folder, &up).places(), ["side.env:1:1"]);
    // A commit that only a tag leads to, and what the tag says.
    folder.git("-C work tag t side").git("-C work branch -q -D side");
    assert_eq!(push(&folder, &up).places(), ["side.env:1:1"]);
    let folder = work_and_server();
    folder.git(&format!("-C work tag -a v1 -m {}", key()));
    assert_eq!(push(&folder, &up).places(), ["-:6:1"]);
    // A HEAD without a branch.
    let folder = work_and_server();
    folder.git("-C work checkout -q --detach");
    commit_in_work(&folder, "loose.env", &key());
    assert_eq!(push(&folder, &up).places(), ["loose.env:1:1"]);
    // What the first reference becomes, which no other leads to, and what it is called there.
    let folder = work_and_server();
    commit_in_work(&folder, "gone.env", &key());
    folder.git("-C work branch old main").git("-C work update-ref refs/keep/x main").git("-C work branch -q -D old");
    folder.git("-C work reset -q --hard HEAD~1");
    let told = [("REMOTE_NAME", "up"), ("TO_REF", "refs/keep/x")];
    assert_eq!(push(&folder, &told).places(), ["gone.env:1:1"]);
    let name = format!("refs/heads/{}", key());
    assert_eq!(push(&folder, &[("REMOTE_NAME", "up"), ("REMOTE_BRANCH", &name)]).places(), ["-"]);
}

#[test]
fn what_is_told_and_means_nothing_is_an_error() {
    let folder = work_and_server();
    for told in [
        [("REMOTE_NAME", "up"), ("FROM_REF", "no-such-commit")],
        [("REMOTE_NAME", "up"), ("TO_REF", "main..main")],
        [("REMOTE_NAME", "up"), ("TO_REF", "^main")],
        [("REMOTE_NAME", "up"), ("TO_REF", "--all")],
    ] {
        let run = push(&folder, &told);
        assert_eq!((run.status, run.stdout.as_str()), (2, ""), "{told:?}");
    }
    assert_eq!(folder.run(["pre-push", "--pre-commit", "up"]).status, 2);
}
