//! `gridleaks staged` on repositories that are broken, or somebody else's, and as a real pre-commit hook.

use std::process::{Command, Output};

use crate::support::{Folder, Run, TAIL, git_command, key, with_old_leak};

#[test]
fn what_cannot_be_read_is_a_problem() {
    let folder = with_old_leak();
    folder.file("new", "nothing to see").file("leak", key()).git("add .");
    let output = git_command().args(["rev-parse", ":new"]).current_dir(folder.path()).output().unwrap();
    let id = String::from_utf8(output.stdout).unwrap().trim().to_owned();
    let object = folder.path().join(".git/objects").join(&id[..2]).join(&id[2..]);
    let run = |expected: i32| {
        let run = folder.run(["staged", "--format", "json"]);
        assert_eq!((run.status, &run.json()["complete"]), (expected, &false.into()));
        let problem = run.json()["problems"][0].clone();
        assert_eq!(problem["path"], "new");
        assert!(problem["message"].as_str().unwrap().contains(&id), "{problem}");
    };
    let mut permissions = std::fs::metadata(&object).unwrap().permissions();
    #[allow(
        clippy::permissions_set_readonly_false,
        reason = "git makes objects read-only, and this one is to be broken"
    )]
    permissions.set_readonly(false);
    std::fs::set_permissions(&object, permissions).unwrap();
    std::fs::write(&object, b"x\x9c broken").unwrap();
    run(1);
    std::fs::remove_file(&object).unwrap();
    run(1);
    folder.git("rm -q --cached leak");
    run(2);
}

#[test]
fn a_repository_that_is_none_or_broken_is_an_error() {
    let folder = Folder::new();
    let run = folder.run(["staged"]);
    assert!(
        run.status == 2 && run.stderr.contains("no git repository") && run.stderr.contains("help: "),
        "{}",
        run.stderr
    );
    for (config, message) in [
        ("[core\n", "error: .: the repository's configuration cannot be used: "),
        ("[core]\n\trepositoryformatversion = 9\n", "error: .: the repository's configuration cannot be used: "),
    ] {
        let folder = with_old_leak();
        folder.file(".git/config", config);
        for command in ["staged", "history", "install"] {
            let run = folder.run([command]);
            assert_eq!((run.status, &*run.stdout), (2, ""), "{command}: {config}");
            assert!(run.stderr.starts_with(message), "{command}: {}", run.stderr);
            assert!(run.stderr.ends_with("\n  help: `git status` says what is wrong with it\n"), "{}", run.stderr);
        }
    }
    for (file, content) in
        [(".git/HEAD", &b"nonsense\n"[..]), (".git/index", b"DIRC\0\0\0\x02\0\0\xff\xff"), (".git/index", b"")]
    {
        let folder = with_old_leak();
        folder.file(file, content);
        let run = folder.run(["staged"]);
        assert_eq!((run.status, &*run.stdout), (2, ""), "{file}");
        assert!(run.stderr.starts_with("error: "), "{}", run.stderr);
    }
    let folder = with_old_leak();
    folder
        .git("pack-refs --all")
        .file(".git/packed-refs", "1111111111111111111111111111111111111111 refs/heads/main\n");
    let run = folder.run(["staged"]);
    assert!(run.status == 2 && run.stderr.contains("HEAD cannot be read"), "{}", run.stderr);
}

#[test]
#[cfg(unix)]
fn a_repository_of_somebody_else_is_refused_as_git_refuses_it() {
    let folder = with_old_leak();
    folder.file("new", key()).git("add new");
    let mut command = crate::support::stranger(&folder);
    let mine = folder.command().arg("staged").output().unwrap();
    assert_eq!(mine.status.code(), Some(1));
    let run = Run::of(command.arg("staged"));
    let is_root = Command::new("id").arg("-u").output().is_ok_and(|output| output.stdout == b"0\n");
    if is_root {
        assert_eq!((run.status, &*run.stdout), (2, ""));
        assert!(run.stderr.contains("the repository belongs to somebody else"), "{}", run.stderr);
        assert!(run.stderr.contains("safe.directory"), "{}", run.stderr);
    }
}

#[test]
#[cfg(unix)]
fn nothing_in_a_repository_makes_it_wait_or_climb_past() {
    for name in ["index", "HEAD", "config", "packed-refs", "refs/heads/main", "commondir", "objects/info/alternates"] {
        let folder = with_old_leak();
        let path = folder.path().join(".git").join(name);
        let _ = std::fs::remove_file(&path);
        assert!(Command::new("mkfifo").arg(&path).status().unwrap().success());
        let run = folder.run(["staged"]);
        assert_eq!((run.status, &*run.stdout), (2, ""), "{name}");
    }
    let folder = with_old_leak();
    folder.file("sub/.git", "gitdir: ../gone\n");
    let mut command = folder.command();
    let run = Run::of(command.current_dir(folder.path().join("sub")).arg("staged"));
    assert_eq!((run.status, &*run.stdout), (2, ""));
}

#[test]
fn an_index_out_of_order_is_an_error() {
    let folder = Folder::new();
    folder.git("init -q");
    for name in ["aaaa/1", "aaaa/2", "aaaa/3", "aaaa/4", "aaaa/5", "aaaa/6", "aaaa/7", "aaaa/8"] {
        folder.file(name, "x");
    }
    folder.git("add .");
    let index = std::fs::read(folder.path().join(".git/index")).unwrap();
    let text = String::from_utf8_lossy(&index).into_owned();
    assert!(text.contains("aaaa/4"));
    let at = index.windows(6).position(|name| name == b"aaaa/4").unwrap();
    let mut broken = index.clone();
    broken[at..at + 6].copy_from_slice(b"b/////");
    folder.file(".git/index", broken);
    let run = folder.run(["staged"]);
    assert!(run.status == 2 && run.stderr.contains("not in order"), "{}{}", run.stdout, run.stderr);
}

/// Puts the program in as the repository's pre-commit hook.
#[cfg(unix)]
fn hooked() -> Folder {
    use std::os::unix::fs::PermissionsExt;
    let folder = with_old_leak();
    folder.file(".git/hooks/pre-commit", format!("#!/bin/sh\nexec {} staged\n", env!("CARGO_BIN_EXE_gridleaks")));
    let hook = folder.path().join(".git/hooks/pre-commit");
    std::fs::set_permissions(hook, std::fs::Permissions::from_mode(0o755)).unwrap();
    folder
}

#[cfg(unix)]
fn commit(folder: &Folder, arguments: &[&str]) -> Output {
    let mut command: Command = git_command();
    command.args(["-c", "user.name=t", "-c", "user.email=t@example.com", "commit", "-q", "-m", "x"]).args(arguments);
    command.current_dir(folder.path()).output().unwrap()
}

#[test]
#[cfg(unix)]
fn as_a_hook_of_real_commits() {
    let folder = hooked();
    let is_blocked = |arguments: &[&str]| {
        let output = commit(&folder, arguments);
        let text = String::from_utf8_lossy(&output.stdout) + String::from_utf8_lossy(&output.stderr);
        assert!(!text.contains(&TAIL[4..]), "{text}");
        assert_eq!(!output.status.success(), text.contains("Retailgrid API key in source"), "{arguments:?}: {text}");
        !output.status.success()
    };
    folder.file("clean", "clean\n").git("add clean");
    assert!(!is_blocked(&[]));
    // `git commit`: what is staged.
    folder.file("leak", key()).git("add leak");
    assert!(is_blocked(&[]));
    folder.git("rm -q -f leak");
    // `git commit -a`: a temporary index.
    folder.file("clean", format!("token: {}\n", key()));
    assert!(is_blocked(&["-a"]));
    // `git commit PATH`: another, with what else is staged left out.
    folder.git("add clean").file("sub/a.txt", "changed\n");
    assert!(!is_blocked(&["sub/a.txt"]));
    assert!(is_blocked(&["clean"]));
    assert!(is_blocked(&["--include", "sub/a.txt"]));
    folder.git("reset -q --hard");
    // An old leak does not block, nor does taking it away.
    folder.file("sub/a.txt", "once more\n");
    assert!(!is_blocked(&["-a"]));
    folder.git("rm -q old.env");
    assert!(!is_blocked(&["--amend"]));
}
