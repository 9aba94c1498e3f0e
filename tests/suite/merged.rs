//! `gridleaks staged` while a merge is under way: what a commit that is merged has is not brought by the commit that ends the merge.

use crate::support::{Folder, git_command, key, numbered_key};

/// The places of what stops the next commit.
fn staged(folder: &Folder) -> Vec<String> {
    let run = folder.run(["staged", "--format", "json"]);
    assert_eq!(run.status, i32::from(!run.places().is_empty()), "{}", run.stderr);
    run.places()
}

/// Has git do what ends in a conflict.
fn conflicting(folder: &Folder, arguments: &str) {
    let mut command = git_command();
    command.args(["-c", "user.name=t", "-c", "user.email=t@example.com"]).args(arguments.split_whitespace());
    let output = command.current_dir(folder.path()).output().unwrap();
    assert!(!output.status.success(), "it is a conflict");
}

/// On a branch `feature`, a merge with `main` in which only `f` is a conflict: keys came to `main` in a file that only it has, in
/// one that both have, and where a link points to.
fn merging(init: &str) -> Folder {
    let folder = Folder::new();
    folder.git(init).file("f", "base\n").file("both", "one\n").git("add .").git("commit -q -m base");
    folder.git("checkout -q -b feature").file("f", "feature\n").git("commit -q -a -m feature").git("checkout -q -");
    folder.file("f", "main\n").file("d/leak", key()).file("both", format!("one\n{}\n", numbered_key(1)));
    #[cfg(unix)]
    folder.link("link", &format!("/x/{}", numbered_key(2)));
    folder.file(format!("{}.d/named", numbered_key(3)), "").git("add .").git("commit -q -m main").git("branch -M main");
    folder.git("checkout -q feature");
    conflicting(&folder, "merge -q main");
    folder
}

#[test]
fn what_a_merged_commit_has_does_not_stop_the_merge() {
    for init in ["init -q", "init -q --object-format=sha256", "init -q --ref-format=reftable"] {
        let folder = merging(init);
        assert_eq!(staged(&folder), [""; 0], "{init}: while the conflict stands");
        folder.file("f", "resolved\n").git("add f");
        assert_eq!(staged(&folder), [""; 0], "{init}: once it is resolved");
        folder.git("add -A").file("f", format!("{}\n", numbered_key(4))).git("add f");
        assert_eq!(staged(&folder), ["f:1:1"], "{init}: what the resolution brings");
        // In another place, the key is brought there, as in a range; in a file that is no side's, too.
        folder.file("f", "resolved\n").file("copy", key()).git("add .");
        folder.file("both", format!("two\n{}\n", numbered_key(1))).git("add both");
        assert_eq!(staged(&folder), ["both:2:1", "copy:1:1"], "{init}: what is nobody's as it is");
        folder.git("rm -q --cached copy").file("both", "one\n").git("add both").git("commit -q -m merged");
        folder.file("both", format!("one\n{}\n", numbered_key(1))).git("add both");
        assert_eq!(staged(&folder), ["both:2:1"], "{init}: the merge is over, and it is brought again");
    }
}

#[test]
fn in_a_linked_work_tree_too() {
    let folder = merging("init -q");
    folder.git("merge --abort").git("checkout -q --detach").git("worktree add -q other feature");
    let other = folder.path().join("other");
    let run = |arguments: &[&str]| {
        let output = git_command().args(arguments).current_dir(&other).output().unwrap();
        output.status.success()
    };
    assert!(!run(&["-c", "user.name=t", "-c", "user.email=t@example.com", "merge", "-q", "main"]), "it is a conflict");
    let staged = || folder.command().args(["staged", "-q"]).current_dir(&other).output().unwrap().status.code();
    assert_eq!(staged(), Some(0), "the list is the work tree's own");
    // What nothing says of which commits are merged is new.
    let list = folder.path().join(".git/worktrees/other/MERGE_HEAD");
    for broken in ["", "main\n", "1234\n", &"1".repeat(40)] {
        std::fs::write(&list, broken).unwrap();
        assert_eq!(staged(), Some(1), "{broken:?}");
    }
}

#[test]
fn a_cherry_pick_and_a_squashed_merge_bring_what_they_take() {
    for taking in ["cherry-pick main", "merge -q --squash main"] {
        let folder = merging("init -q");
        folder.git("merge --abort");
        conflicting(&folder, taking);
        folder.file("f", "resolved\n").git("add .");
        let places = staged(&folder);
        assert!(places.contains(&"d/leak:1:1".to_owned()) && places.contains(&"both:2:1".to_owned()), "{places:?}");
    }
}
