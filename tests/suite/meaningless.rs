//! Ranges and commits that mean nothing in a repository: nothing is scanned, and the error names the end that is wrong and the remedy.

use crate::support::{Folder, git_command};

/// Runs the program, which has to fail before it writes anything to standard output; gives what it says.
fn refused(folder: &Folder, arguments: &[&str]) -> String {
    let run = folder.run(arguments);
    assert_eq!((run.status, &*run.stdout), (2, ""), "{arguments:?}: {}", run.stderr);
    run.stderr
}

fn repository() -> Folder {
    let folder = Folder::new();
    folder.git("init -q -b main").file("a", "x\n").git("add .").git("commit -qm one");
    folder
}

#[test]
fn ranges_that_mean_nothing_are_told_by_the_end_that_does_not() {
    let folder = repository();
    let range = |range: &str| refused(&folder, &["history", "--range", range]);
    for (spec, wanted) in [
        ("none..HEAD", "the range `none..HEAD` cannot be used: `none` names nothing here"),
        ("HEAD..none", "the range `HEAD..none` cannot be used: `none` names nothing here"),
        ("none...HEAD", "the range `none...HEAD` cannot be used: `none` names nothing here"),
        ("none..", "the range `none..` cannot be used: `none` names nothing here"),
        ("HEAD~3..HEAD", "the range `HEAD~3..HEAD` cannot be used: `HEAD~3` names nothing here"),
        (
            "0000000000000000000000000000000000000000..HEAD",
            "cannot be used: `0000000000000000000000000000000000000000` names nothing here",
        ),
        ("none", "the range `none` cannot be used: it names nothing here"),
        ("HEAD ^none", "the range `^none` cannot be used: it names nothing here"),
        ("HEAD@{u}..", "`HEAD@{u}` names nothing here"),
        ("HEAD@{9}..", "the log of `HEAD` has no more than 1 change"),
        ("HEAD^-", "the range `HEAD^-` cannot be used: it names nothing here"),
        ("HEAD:b", "the range `HEAD:b` cannot be used: it names nothing here"),
        ("HEAD..HEAD..HEAD", "the range `HEAD..HEAD..HEAD` cannot be used: a range is not written like that"),
        ("^HEAD", "the range names no commit to scan"),
    ] {
        let said = range(spec);
        assert!(said.contains(wanted) && said.contains("help: ") && !said.contains("elegate"), "{spec}: {said}");
    }
    assert!(range("HEAD..\u{1b}[31m`x").contains(r"`HEAD..\x1b[31m\x60x` cannot be used"));
    let empty = Folder::new();
    empty.git("init -q -b main");
    for spec in ["HEAD", "@", "HEAD..", "..", "..HEAD"] {
        let said = refused(&empty, &["history", "--range", spec]);
        assert!(said.contains(&format!("the range `{spec}` cannot be used: there is no commit yet")), "{said}");
    }
    let said = refused(&empty, &["scan", "--config-from", "HEAD"]);
    assert!(said.contains("error: `HEAD` cannot be used: there is no commit yet\n  help: name a commit"), "{said}");
}

#[test]
fn only_of_a_shallow_clone_is_it_said_that_it_may_lack_commits() {
    let folder = repository();
    let head = folder.read(".git/refs/heads/main");
    let said = || ["--range=none", "--config-from=none"].map(|option| refused(&folder, &["history", option]));
    for said in said() {
        assert!(said.contains("that this clone has, as in `") && !said.contains("shallow"), "{said}");
    }
    folder.file(".git/shallow", head);
    for said in said() {
        assert!(said.trim_end().ends_with(": `git fetch --unshallow`"), "{said}");
    }
}

#[test]
fn a_name_that_is_short_for_several_objects_is_told_with_them() {
    let folder = repository();
    // Of so many objects, two begin with the same four digits.
    let mut known = std::collections::HashMap::new();
    let twins = (0..1000).find_map(|number| {
        folder.file("b", format!("{number}\n"));
        let output = git_command().args(["hash-object", "-w", "b"]).current_dir(folder.path()).output().unwrap();
        let id = String::from_utf8(output.stdout).unwrap().trim().to_owned();
        let twin = known.insert(id[..4].to_owned(), id.clone());
        twin.map(|twin| (id[..4].to_owned(), [twin, id]))
    });
    let (short, twins) = twins.unwrap();
    let said = refused(&folder, &["history", "--range", &short]);
    let begins = format!("error: the range `{short}` cannot be used: it is short for several objects: {short}");
    assert!(said.starts_with(&begins), "{said}");
    assert!(twins.iter().all(|twin| said.contains(&format!("{} blob", &twin[..7]))) && !said.contains("\\n"), "{said}");
}

#[test]
fn one_commit_is_asked_for_as_one() {
    let folder = repository();
    let help = "\n  help: name a commit that this clone has, as in `origin/main`";
    for (spec, wanted) in [
        ("none", "error: `none` cannot be used: it names nothing here"),
        ("HEAD~1", "error: `HEAD~1` cannot be used: it names nothing here"),
        ("", "error: `` cannot be used: it names nothing here"),
        ("HEAD..HEAD", "error: `HEAD..HEAD` is a range, where one commit is to be named"),
        ("HEAD^@", "error: `HEAD^@` is a range, where one commit is to be named"),
    ] {
        let said = refused(&folder, &["scan", "--config-from", spec]);
        assert!(said.starts_with(&format!("{wanted}{help}")), "{spec}: {said}");
    }
}
