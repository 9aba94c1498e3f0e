//! What older versions of git wrote, and others still may: git reads it.

use crate::support::{Folder, Run, key, numbered_key, with_old_leak};

fn findings(run: &Run) -> (i32, usize, bool) {
    let json = run.json();
    (run.status, json["findings"].as_array().unwrap().len(), json["complete"] == true)
}

#[test]
fn what_head_names_may_stand_anywhere_behind_the_colon() {
    for head in ["ref:refs/heads/main\n", "ref:\t refs/heads/main \n\n"] {
        let folder = with_old_leak();
        folder.file("new", numbered_key(1)).git("add new").git("commit -q -m new").git("pack-refs --all");
        folder.file(".git/HEAD", head).git("log -1").file("other", numbered_key(2)).git("add other");
        let run = |arguments: &[&str]| folder.run(arguments.iter().chain(&["--format", "json"]));
        assert_eq!(findings(&run(&["staged"])), (1, 1, true), "{head:?}");
        let history = run(&["history"]);
        assert_eq!(findings(&history), (1, 3, true), "{head:?}: {}", history.stderr);
        let json = history.json();
        let in_head = json["findings"].as_array().unwrap().iter().filter(|finding| finding["git"]["in_head"] == true);
        assert_eq!(in_head.count(), 2);
        for range in ["HEAD~1..HEAD", "@~1..", "HEAD@{1}..HEAD", "@{1}..", "HEAD^{/new}^!"] {
            let range = run(&["history", "--range", range]);
            assert_eq!(findings(&range), (1, 1, true), "{head:?}: {}", range.stderr);
        }
        // And before there is a branch.
        folder.file(".git/HEAD", head.replace("main", "none"));
        assert_eq!(findings(&run(&["staged"])).0, 1);
        let range = run(&["history", "--range", "HEAD"]);
        assert!(range.status == 2 && range.stderr.contains("there is no commit yet"), "{}", range.stderr);
    }
}

#[test]
#[cfg(unix)]
fn a_head_that_is_a_link_to_nothing_is_told_and_no_other_repository_is_taken() {
    let folder = Folder::new();
    folder.git("init -q").git("init -q -b main inner").git("init -q --bare -b main inner.git");
    folder.file("inner/leak", key()).git("-C inner add .").git("-C inner commit -q -m leak");
    folder.git("-C inner push -q ../inner.git main");
    for (inner, git) in [("inner", "inner/.git"), ("inner.git", "inner.git")] {
        folder.git(&format!("-C {inner} pack-refs --all"));
        std::fs::remove_file(folder.path().join(git).join("HEAD")).unwrap();
        folder.link(&format!("{git}/HEAD"), "refs/heads/main").git(&format!("-C {inner} log -1"));
        let run = |command: &str| {
            Run::of(folder.command().current_dir(folder.path().join(inner)).args([command, "--format", "json"]))
        };
        for command in ["staged", "history"] {
            let run = run(command);
            assert_eq!(run.status, 2, "{command}: {}", run.stdout);
            assert!(run.stderr.contains("HEAD is a link to refs/heads/main, which is no file"), "{}", run.stderr);
        }
        // What the message says helps.
        folder.git(&format!("-C {inner} symbolic-ref HEAD refs/heads/main"));
        assert_eq!(findings(&run("history")), (1, 1, true));
    }
}

#[test]
#[cfg(unix)]
fn commits_may_be_written_in_other_encodings() {
    let folder = Folder::new();
    folder.git("init -q -b main").git("config i18n.commitEncoding ISO-8859-1").file("a", "a").git("add a");
    let message = [b"M\xfcll ", key().as_bytes()].concat();
    let name = <std::ffi::OsStr as std::os::unix::ffi::OsStrExt>::from_bytes(b"J\xf6rg");
    folder.file("message", message);
    let mut git = crate::support::git_command();
    git.args(["-c", "user.email=t@example.com", "commit", "-q", "-F", "message"]).current_dir(folder.path());
    assert!(git.env("GIT_AUTHOR_NAME", name).env("GIT_COMMITTER_NAME", name).status().unwrap().success());
    for arguments in [&["history"][..], &["history", "--range", "HEAD"]] {
        let run = folder.run(arguments.iter().chain(&["--format", "json"]));
        assert_eq!(findings(&run), (1, 1, true), "{}", run.stderr);
        assert_eq!(run.json()["findings"][0]["git"]["author"], "J\u{f6}rg <t@example.com>");
    }
}
