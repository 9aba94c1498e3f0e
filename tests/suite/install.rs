//! `gridleaks install` in repositories that git itself makes, and the hooks it writes in real commits and pushes.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::support::{Folder, Run, git_command, key};

/// A repository with one commit.
fn repository() -> Folder {
    let folder = Folder::new();
    folder.git("init -q -b main").file("sub/a.txt", "a\n").git("add .").git("commit -q -m base");
    // Where git has no templates, there is no folder for hooks.
    let _ = fs::remove_dir_all(folder.path().join(".git/hooks"));
    folder
}

/// `PATH` with a folder in front of it.
fn path_with(first: &Path) -> String {
    format!("{}:{}", first.display(), std::env::var("PATH").unwrap())
}

fn program_folder() -> &'static Path {
    Path::new(env!("CARGO_BIN_EXE_gridleaks")).parent().unwrap()
}

/// Runs `install` in a folder below the repository.
fn install(folder: &Folder, below: &str, arguments: &[&str]) -> Run {
    let mut command = folder.command();
    Run::of(command.arg("install").args(arguments).current_dir(folder.path().join(below)))
}

/// Runs git as a person with `gridleaks` on their PATH does, and says whether it succeeded, and what it printed.
fn git(folder: &Path, path: &str, arguments: &[&str]) -> (bool, String) {
    let mut command: Command = git_command();
    command.args(["-c", "user.name=t", "-c", "user.email=t@example.com"]).args(arguments);
    let output = command.current_dir(folder).env("PATH", path).output().unwrap();
    (output.status.success(), String::from_utf8_lossy(&output.stderr).into_owned())
}

/// Whether the hook stops a commit in the work tree `top` that would bring a key, and lets one through that would not.
fn guards(top: &Path) -> bool {
    let path = path_with(program_folder());
    let commit = |name: &str, text: String| {
        fs::write(top.join(name), text).unwrap();
        assert!(git(top, &path, &["add", name]).0);
        git(top, &path, &["commit", "-q", "-m", name])
    };
    let (passes, said) = commit("clean.txt", "clean\n".to_owned());
    assert!(passes, "{said}");
    let (passes, said) = commit("leak.txt", key());
    assert!(git(top, &path, &["rm", "-q", "-f", "leak.txt"]).0 || passes);
    assert_eq!(!passes, said.contains("rg_live_"), "{said}");
    !passes
}

fn is_executable(path: &Path) -> bool {
    fs::symlink_metadata(path).unwrap().permissions().mode() & 0o777 == 0o755
}

#[test]
fn a_commit_with_a_key_is_stopped_and_any_other_goes_through() {
    let folder = repository();
    assert!(!guards(folder.path()), "nothing is in place yet");
    folder.git("reset -q --hard HEAD~2");
    let run = install(&folder, "sub", &[]);
    assert_eq!((run.status, &*run.stderr), (0, ""));
    assert_eq!(run.stdout, "../.git/hooks/pre-commit: written; it runs `gridleaks staged`\n");
    let hooks = folder.path().join(".git/hooks");
    assert!(is_executable(&hooks.join("pre-commit")));
    assert_eq!(fs::read_dir(&hooks).unwrap().count(), 1, "nothing else is left there");
    assert!(guards(folder.path()));
}

#[test]
fn a_second_run_changes_nothing_and_an_old_hook_is_renewed() {
    let folder = repository();
    install(&folder, "", &[]);
    let hook = folder.path().join(".git/hooks/pre-commit");
    let text = fs::read_to_string(&hook).unwrap();
    let run = install(&folder, "", &[]);
    assert_eq!(
        (run.status, &*run.stdout, &*run.stderr),
        (0, ".git/hooks/pre-commit: already in place; it runs `gridleaks staged`\n", "")
    );
    fs::write(&hook, text.replace("exit 1", "exit 0")).unwrap();
    let renewed = ".git/hooks/pre-commit: written anew; it runs `gridleaks staged`\n";
    assert_eq!(install(&folder, "", &[]).stdout, renewed);
    // Git passes over what is not executable.
    fs::set_permissions(&hook, fs::Permissions::from_mode(0o644)).unwrap();
    assert_eq!(install(&folder, "", &[]).stdout, renewed);
    assert!(fs::read_to_string(&hook).unwrap() == text && is_executable(&hook));
    // What somebody has made their own.
    let own: String =
        text.lines().filter(|line| !line.contains("Written by")).map(|line| format!("{line}\n")).collect();
    fs::write(&hook, &own).unwrap();
    assert!(install(&folder, "", &[]).stdout.contains("already in place"));
    assert_eq!(fs::read_to_string(&hook).unwrap(), own);
}

#[test]
fn without_gridleaks_nothing_is_committed() {
    let folder = repository();
    install(&folder, "", &[]);
    folder.file("b", "b\n").git("add b");
    // Git and the shell alone.
    let tools = Folder::new();
    for tool in ["git", "sh"] {
        let found = Command::new("sh").args(["-c", &format!("command -v {tool}")]).output().unwrap();
        tools.link(tool, String::from_utf8(found.stdout).unwrap().trim());
    }
    let (passes, said) = git(folder.path(), &tools.path().display().to_string(), &["commit", "-q", "-m", "b"]);
    assert!(!passes && said.contains("no gridleaks on PATH") && said.contains("help: put gridleaks on PATH"), "{said}");
    assert!(said.contains(".git/hooks/pre-commit"), "{said}");
}

#[test]
fn where_git_looks_for_hooks() {
    let elsewhere = Folder::new();
    let absolute = elsewhere.path().join("hooks").display().to_string();
    for (setting, place, is_shared) in [
        ("tools/hooks", "tools/hooks", false),
        ("./.githooks/", ".githooks", false),
        (&*absolute, &*absolute, true),
        ("~/my hooks", "home/my hooks", false),
    ] {
        let folder = repository();
        let home = folder.path().join("home");
        folder.file("home/.gitconfig", format!("[core]\n\thooksPath = {setting}\n[user]\n\tname = t\n\temail = t\n"));
        let mut command = folder.command();
        let run = Run::of(command.arg("install").current_dir(folder.path().join("sub")).env("HOME", &home));
        assert_eq!(run.status, 0, "{setting}: {}", run.stderr);
        assert!(is_executable(&folder.path().join(place).join("pre-commit")), "{setting}");
        assert!(!folder.path().join(".git/hooks").exists());
        assert_eq!(run.stderr.contains("in every repository"), is_shared, "{setting}: {}", run.stderr);
        // Git finds it there.
        folder.file("leak", key()).git("add leak");
        let mut commit = git_command();
        commit.args(["commit", "-q", "-m", "x"]).current_dir(folder.path()).env_remove("GIT_CONFIG_GLOBAL");
        let output = commit.env("HOME", &home).env("PATH", path_with(program_folder())).output().unwrap();
        assert!(String::from_utf8_lossy(&output.stderr).contains("rg_live_"), "{setting}: {output:?}");
        assert!(!output.status.success());
    }
    for (setting, expected) in
        [("/dev/null", "/dev/null is no folder"), ("", "it is empty"), ("%(prefix)/x", "known to git alone")]
    {
        let folder = repository();
        folder.file("x", "").file(".git/config", format!("[core]\n\tbare = false\n\thooksPath = \"{setting}\"\n"));
        let run = install(&folder, "", &[]);
        assert!(run.status == 2 && run.stdout.is_empty() && run.stderr.contains(expected), "{}", run.stderr);
    }
}

#[test]
fn what_stands_where_hooks_belong_and_is_no_folder_is_told() {
    for is_link in [false, true] {
        let folder = repository();
        fs::remove_dir_all(folder.path().join(".git/hooks")).ok();
        if is_link {
            folder.link(".git/hooks", "nowhere");
        } else {
            folder.file(".git/hooks", "");
        }
        let run = install(&folder, "", &[]);
        let message = "hooks is no folder, and git looks for hooks there\n  help: take it away";
        assert!(run.status == 2 && run.stderr.contains(message), "{}", run.stderr);
    }
}

#[test]
fn linked_worktrees_share_the_hook() {
    let folder = repository();
    folder.git("worktree add -q linked");
    let run = install(&folder, "linked", &[]);
    assert_eq!((run.status, &*run.stderr), (0, ""));
    assert!(is_executable(&folder.path().join(".git/hooks/pre-commit")));
    assert!(guards(&folder.path().join("linked")));
    assert!(guards(folder.path()));
}

#[test]
fn somebody_elses_hook_is_left_as_it_is() {
    let add = "add this line to it, right below its first one: gridleaks staged || exit 1";
    for (script, mode, expected) in [
        ("#!/bin/sh\nmake lint\n", 0o755, Some(add)),
        ("#!/bin/sh\nmake lint\n", 0o644, Some(add)),
        ("", 0o755, Some(add)),
        ("#!/bin/sh\n# gridleaks staged\necho gridleaks staged\n", 0o755, Some(add)),
        (
            "#!/usr/bin/env python3\nimport lint\n",
            0o755,
            Some("have it run `gridleaks staged`, and end with its status"),
        ),
        ("#!/bin/sh\ngridleaks staged || exit 1\nmake lint\n", 0o644, Some("chmod +x")),
        ("#!/bin/sh\ngridleaks staged || exit 1\nmake lint\n", 0o755, None),
        ("#!/bin/sh\nif ! \"/opt/x/gridleaks\" staged --quiet; then exit 1; fi\n", 0o755, None),
    ] {
        let folder = repository();
        let hook = folder.path().join(".git/hooks/pre-commit");
        folder.file(".git/hooks/pre-commit", script);
        fs::set_permissions(&hook, fs::Permissions::from_mode(mode)).unwrap();
        let run = install(&folder, "", &["--pre-push"]);
        assert_eq!(fs::read_to_string(&hook).unwrap(), script);
        assert_eq!(hook.metadata().unwrap().permissions().mode() & 0o777, mode);
        assert!(run.stdout.contains(".git/hooks/pre-push: written"), "the other one is written: {}", run.stdout);
        match expected {
            Some(expected) => {
                assert!(run.status == 2 && run.stderr.contains(expected), "{script}: {}", run.stderr);
                assert!(run.stderr.starts_with("error: .git/hooks/pre-commit: "), "{}", run.stderr);
            }
            None => assert!(run.status == 0 && run.stdout.contains("already in place"), "{script}: {}", run.stderr),
        }
    }
    // What only speaks of gridleaks lets keys pass, and is not said to be in place.
    for script in [
        "make -q lint || : # TODO: gridleaks staged\nexit 0\n",
        "true # gridleaks staged\n",
        "cat <<END\ngridleaks staged || exit 1\nEND\n",
        ">&2 echo \"gridleaks staged\"\n",
        "exit 0\ngridleaks staged || exit 1\n",
        "gridleaks staged || true\n",
        "gridleaks staged\ntrue\n",
    ] {
        let folder = repository();
        let hook = folder.path().join(".git/hooks/pre-commit");
        folder.file(".git/hooks/pre-commit", format!("#!/bin/sh\n{script}"));
        fs::set_permissions(&hook, fs::Permissions::from_mode(0o755)).unwrap();
        folder.file("leak", key()).git("add leak");
        let commit = git(folder.path(), &path_with(program_folder()), &["commit", "-q", "-m", "leak"]);
        assert!(commit.0, "{script}: {}", commit.1);
        let run = install(&folder, "", &[]);
        assert_eq!((run.status, &*run.stdout), (2, ""), "{script}");
        assert!(run.stderr.contains("speaks of gridleaks, but") && run.stderr.contains(add), "{}", run.stderr);
        // With the line that is told in its place, it is.
        folder.file(".git/hooks/pre-commit", format!("#!/bin/sh\ngridleaks staged || exit 1\n{script}"));
        let run = install(&folder, "", &[]);
        assert!(run.status == 0 && run.stdout.contains("already in place"), "{script}: {}", run.stderr);
    }
    // The line that is told does what it should.
    let folder = repository();
    folder.file(".git/hooks/pre-commit", "#!/bin/sh\ngridleaks staged || exit 1\ntrue\n");
    let hook = folder.path().join(".git/hooks/pre-commit");
    fs::set_permissions(hook, fs::Permissions::from_mode(0o755)).unwrap();
    assert!(guards(folder.path()));
}

#[test]
fn what_is_no_file_is_not_touched() {
    let make = |make: &dyn Fn(&PathBuf), remedy: &str| {
        let folder = repository();
        fs::create_dir_all(folder.path().join(".git/hooks")).unwrap();
        folder.file("lint.sh", "#!/bin/sh\n");
        let hook = folder.path().join(".git/hooks/pre-commit");
        make(&hook);
        let before = fs::symlink_metadata(&hook).unwrap().file_type();
        let run = install(&folder, "", &[]);
        assert_eq!((run.status, &*run.stdout), (2, ""));
        assert!(run.stderr.contains(&format!("; it is left as it is\n  help: {remedy}")), "{}", run.stderr);
        assert_eq!(fs::symlink_metadata(&hook).unwrap().file_type(), before);
        assert_eq!(folder.read("lint.sh"), "#!/bin/sh\n");
        assert!(!folder.path().join(".git/hooks/nowhere").exists());
    };
    let link = |target: &'static str| move |hook: &PathBuf| std::os::unix::fs::symlink(target, hook).unwrap();
    let (add, take_away) = ("add this line to it", "take it away, if nothing needs it\n");
    make(&link("../../lint.sh"), add);
    // No line can be added to these.
    make(&link("nowhere"), take_away);
    make(&link("pre-commit"), take_away);
    make(&link("/dev/zero"), take_away);
    make(&|hook| fs::create_dir(hook).unwrap(), take_away);
    make(&|hook| assert!(Command::new("mkfifo").arg(hook).status().unwrap().success()), take_away);
    make(&|hook| fs::File::create(hook).unwrap().set_len(1 << 40).unwrap(), add);
    // A link to a script that calls gridleaks is a hook like any other.
    let folder = repository();
    folder
        .file("lint.sh", "#!/bin/sh\ngridleaks staged\n")
        .file(".git/hooks/x", "")
        .link(".git/hooks/pre-commit", "../../lint.sh");
    fs::set_permissions(folder.path().join("lint.sh"), fs::Permissions::from_mode(0o755)).unwrap();
    assert!(install(&folder, "", &[]).stdout.contains("already in place"));
}

#[test]
fn husky_runs_the_scripts_above_its_hooks() {
    let folder = repository();
    folder.git("config core.hooksPath .husky/_").file(".husky/_/pre-commit", "#!/bin/sh\n. \"${0%/*}/h\"\n");
    fs::set_permissions(folder.path().join(".husky/_/pre-commit"), fs::Permissions::from_mode(0o755)).unwrap();
    let run = install(&folder, "", &[]);
    assert!(run.status == 2 && run.stderr.contains("the file `pre-commit` above that folder"), "{}", run.stderr);
    folder.file(".husky/pre-commit", "npm test\ngridleaks staged\n");
    let run = install(&folder, "", &[]);
    assert!(run.status == 0 && run.stdout.contains("already in place"), "{}", run.stderr);
    folder.file(".husky/_/pre-push", "#!/bin/sh\n. \"${0%/*}/h\"\n");
    let run = install(&folder, "", &["--pre-push"]);
    assert!(run.status == 2 && run.stderr.contains("the file `pre-push` above that folder: refs="), "{}", run.stderr);
}

/// A program in the place of `gridleaks` that keeps what it is called with and reads, and stops the push if it may not go.
fn recorder() -> Folder {
    let folder = Folder::new();
    folder.file("gridleaks", "#!/bin/sh\n{ echo \"$@\"; cat; } >\"$0.said\"\n! grep -q stopped \"$0.said\"\n");
    fs::set_permissions(folder.path().join("gridleaks"), fs::Permissions::from_mode(0o755)).unwrap();
    folder
}

#[test]
fn a_push_is_handed_over_with_what_git_says_of_it() {
    let folder = repository();
    let run = install(&folder, "", &["--pre-push"]);
    assert_eq!((run.status, run.stdout.lines().count()), (0, 2), "{}", run.stdout);
    let hook = folder.path().join(".git/hooks/pre-push");
    assert!(is_executable(&hook));
    let remote = Folder::new();
    remote.git("init -q --bare");
    let url = remote.path().display().to_string();
    let recorder = recorder();
    let path = path_with(recorder.path());
    let push = |branch: &str| git(folder.path(), &path, &["push", "-q", &url, &format!("main:refs/heads/{branch}")]);
    let check = |branch: &str| {
        assert!(push(branch).0);
        let said = recorder.read("gridleaks.said");
        assert!(said.starts_with(&format!("pre-push {url} {url}\nrefs/heads/main ")), "{said}");
        assert!(said.contains(&format!(" refs/heads/{branch} 00000")), "{said}");
    };
    check("one");
    assert!(!push("stopped").0);
    // The line for somebody else's hook leaves standard input to the rest of it.
    fs::write(&hook, "#!/bin/sh\ncat >rest\n").unwrap();
    let run = install(&folder, "", &["--pre-push"]);
    assert_eq!(run.status, 2);
    let line = run.stderr.split("below its first one: ").nth(1).unwrap().lines().next().unwrap();
    fs::write(&hook, format!("#!/bin/sh\n{line}\ncat >rest\n")).unwrap();
    check("two");
    assert!(folder.read("rest").contains(" refs/heads/two 00000"));
    assert!(!push("stopped").0);
    assert!(install(&folder, "", &["--pre-push"]).stdout.contains(".git/hooks/pre-push: already in place"));
}

#[test]
fn where_there_is_nothing_to_commit_in() {
    let folder = Folder::new();
    let run = install(&folder, "", &[]);
    assert!(run.status == 2 && run.stderr.contains("no git repository"), "{}", run.stderr);
    folder.git("init -q --bare");
    let run = install(&folder, "", &[]);
    assert_eq!((run.status, &*run.stdout), (2, ""));
    assert!(run.stderr.contains("the repository is bare") && run.stderr.contains("--pre-push"), "{}", run.stderr);
    let run = install(&folder, "", &["--pre-push"]);
    assert_eq!((run.status, run.stdout.lines().count()), (0, 1), "{}", run.stderr);
    assert!(is_executable(&folder.path().join("hooks/pre-push")) && !folder.path().join("hooks/pre-commit").exists());
}

#[test]
fn a_folder_that_cannot_be_written_is_an_error() {
    let folder = repository();
    folder.file("sub/file", "").git("config core.hooksPath sub/file/hooks");
    let run = install(&folder, "", &[]);
    assert_eq!((run.status, &*run.stdout), (2, ""));
    assert!(run.stderr.contains("sub/file/hooks/pre-commit: the hook cannot be written"), "{}", run.stderr);
}

#[test]
fn in_a_linked_worktree_the_folder_is_named_as_git_names_it() {
    let folder = repository();
    folder.git("commit -q --allow-empty -m base").git("worktree add -q linked/deep/tree");
    for (inside, settings) in [("", None), ("sub", None), ("sub", Some("hooks/../mine")), ("", Some("../mine"))] {
        let tree = folder.path().join("linked/deep/tree");
        fs::create_dir_all(tree.join("sub")).unwrap();
        if let Some(hooks) = settings {
            fs::create_dir_all(tree.join("hooks")).unwrap();
            folder.git(&format!("config core.hooksPath {hooks}"));
        }
        let run = install(&folder, &format!("linked/deep/tree/{inside}"), &[]);
        let named = git_command().args(["rev-parse", "--git-path", "hooks"]).current_dir(tree.join(inside)).output();
        let named = tree.join(inside).join(String::from_utf8(named.unwrap().stdout).unwrap().trim());
        let told = tree.join(inside).join(run.stdout.split("/pre-commit: ").next().unwrap());
        assert_eq!(told.canonicalize().unwrap(), named.canonicalize().unwrap(), "{}", run.stderr);
        assert!(named.join("pre-commit").is_file() && !run.stdout.contains("/../"), "{}", run.stdout);
    }
}
