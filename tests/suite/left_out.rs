//! What became of keys that merges leave out, and of those that only references other than HEAD reach, as whole histories and ranges tell it.

use crate::support::{Folder, Run, git_command, key};

/// A repository on `main` with a first commit.
fn repository() -> Folder {
    let folder = Folder::new();
    folder.git("init -q -b main").file("a", "a\n");
    commit(&folder, "first");
    folder
}

fn commit(folder: &Folder, name: &str) {
    folder.git("add -A").git(&format!("commit -q --allow-empty -m {name}"));
}

fn leak(folder: &Folder, path: &str) {
    folder.file(path, format!("KEY={}\n", key()));
    commit(folder, "leak");
}

/// What git answers.
fn asked(folder: &Folder, arguments: &str) -> String {
    let output = git_command().args(arguments.split(' ')).current_dir(folder.path()).output().unwrap();
    assert!(output.status.success(), "{arguments}");
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}

/// The JSON of the one finding's `git`, and what the text says of today.
fn told(folder: &Folder, range: Option<&str>) -> (serde_json::Value, String) {
    let range = range.map(|range| ["--range", range]);
    let run = |format: &str| -> Run {
        let format = ["history", "-q", "--no-config", "--format", format];
        folder.run(format.into_iter().chain(range.into_iter().flatten()))
    };
    let json = run("json").json();
    assert_eq!(json["findings"].as_array().unwrap().len(), 1, "{range:?}: {json:#}");
    let text = run("text").stdout;
    let today = text.lines().find_map(|line| line.trim().strip_prefix("= today: ")).unwrap_or_else(|| panic!("{text}"));
    (json["findings"][0]["git"].clone(), today.to_owned())
}

/// Makes sure that a key is said to have been taken away by a commit.
fn removed_by(folder: &Folder, range: Option<&str>, commit: &str) {
    let (git, today) = told(folder, range);
    let id = asked(folder, &format!("rev-parse {commit}"));
    assert_eq!(git["removed"]["commit"], id.as_str(), "{range:?}: {git:#}");
    assert!(today.starts_with(&format!("removed from HEAD in commit {}", &id[..12])), "{range:?}: {today}");
    assert_eq!((&git["reachable"], &git["in_head"]), (&true.into(), &false.into()), "{range:?}");
}

/// A branch that brings a key at `path`, and a commit on `main` besides.
fn side(folder: &Folder, path: &str) {
    folder.git("checkout -q -b side");
    leak(folder, path);
    folder.git("checkout -q main").file("b", "b\n");
    commit(folder, "more");
}

/// A repository in which a merge left a key out, one commit before the last, and only one branch is left.
fn merged_without() -> Folder {
    let folder = repository();
    side(&folder, "k");
    folder.git("merge -q -s ours --no-edit side").git("branch -q -D side");
    commit(&folder, "later");
    folder
}

#[test]
fn a_merge_that_leaves_a_key_out_took_it_away() {
    // Of the parents, the second one has it, then the first one; at last, one gives the file another name.
    let folder = merged_without();
    removed_by(&folder, None, "HEAD~1");

    let folder = repository();
    side(&folder, "k");
    folder.git("checkout -q side").git("merge -q --no-ff --no-commit main").git("rm -q -f k");
    commit(&folder, "merge");
    folder.git("branch -q -f main").git("checkout -q main").git("branch -q -D side");
    removed_by(&folder, None, "HEAD");

    let folder = Folder::new();
    folder.git("init -q -b main").file("k", "one\ntwo\nthree\nfour\nfive\nsix\nseven\n");
    commit(&folder, "first");
    folder.git("checkout -q -b side").file("k", format!("one\ntwo\nthree\nfour\nfive\nsix\nseven\n{}\n", key()));
    commit(&folder, "leak");
    folder.git("checkout -q main").git("mv k moved");
    commit(&folder, "move");
    folder.git("merge -q --no-edit side").git("branch -q -D side");
    let json = folder.run(["history", "--format", "json"]).json();
    let findings = json["findings"].as_array().unwrap();
    let story = |path: &str| &findings.iter().find(|finding| finding["path"] == path).unwrap()["git"];
    assert_eq!(story("k")["removed"]["commit"], asked(&folder, "rev-parse HEAD").as_str(), "{json:#}");
    assert_eq!(story("moved")["in_head"], true, "{json:#}");
}

#[test]
fn a_merge_with_what_has_the_key_still_did_not_take_it_away() {
    let folder = repository();
    leak(&folder, "k");
    folder.git("checkout -q -b side").file("b", "b\n");
    commit(&folder, "side");
    folder.git("checkout -q main").git("rm -q k");
    commit(&folder, "gone");
    folder.git("merge -q --no-edit side");
    removed_by(&folder, None, "HEAD~1");
}

#[test]
fn what_only_other_references_reach_is_told_so() {
    let folder = repository();
    side(&folder, "k");
    let (git, today) = told(&folder, None);
    assert_eq!(git["removed"], serde_json::Value::Null);
    assert_eq!(today, "not in HEAD, but other references reach it");
    folder.git("branch -q -D side");
    let (git, today) = told(&folder, None);
    assert!(git["reachable"] == false && today.starts_with("no reference reaches it"), "{today}");
}

#[test]
fn a_range_tells_which_commit_took_a_key_away() {
    let folder = repository();
    leak(&folder, "k");
    folder.git("rm -q k");
    commit(&folder, "gone");
    removed_by(&folder, Some("HEAD~2..HEAD"), "HEAD");
    commit(&folder, "later");
    // Where the range ends before that, too.
    removed_by(&folder, Some("HEAD~3..HEAD~2"), "HEAD~1");
    removed_by(&folder, Some("HEAD~2^!"), "HEAD~1");
    removed_by(&folder, Some("HEAD"), "HEAD~1");
    // A version after the range has it as well.
    let folder = repository();
    leak(&folder, "d/e/k");
    folder.file("d/e/k", format!("other\nKEY={}\n", key()));
    commit(&folder, "change");
    folder.file("d/e/k", "other\n");
    commit(&folder, "gone");
    folder.file("d/e/k", "more\n");
    commit(&folder, "more");
    removed_by(&folder, Some("HEAD~4..HEAD~3"), "HEAD~1");
}

#[test]
fn a_range_tells_which_merge_left_a_key_out() {
    let folder = merged_without();
    removed_by(&folder, Some("main~3..main"), "HEAD~1");
    removed_by(&folder, Some("main~1^2^!"), "HEAD~1");
    // One merge only brings together what took it away with what has it still.
    let folder = repository();
    leak(&folder, "k");
    folder.git("checkout -q -b side").file("b", "b\n");
    commit(&folder, "side");
    folder.git("checkout -q main").git("rm -q k");
    commit(&folder, "gone");
    folder.git("merge -q --no-edit side");
    removed_by(&folder, Some("main~2^..main"), "HEAD~1");
}

#[test]
fn a_range_tells_what_no_reference_reaches() {
    let folder = repository();
    side(&folder, "k");
    for range in ["main..side", "side", "main...side"] {
        let (git, today) = told(&folder, Some(range));
        assert!(git["reachable"] == true && git["removed"].is_null(), "{range}: {git:#}");
        assert_eq!(today, "not in HEAD, but other references reach it", "{range}");
    }
    let id = asked(&folder, "rev-parse side");
    folder.git("branch -q -D side");
    let (git, today) = told(&folder, Some(&format!("HEAD..{id}")));
    assert!(git["reachable"] == false && git["removed"].is_null(), "{git:#}");
    assert!(today.starts_with("no reference reaches it"), "{today}");
    // A tag that leads to it will do.
    folder.git(&format!("tag -a -m tag kept {id}"));
    let (git, today) = told(&folder, Some(&format!("HEAD..{id}")));
    assert!(git["reachable"] == true && today.contains("other references"), "{today}");
}

#[test]
fn a_range_tells_whether_a_message_is_in_the_history_of_head() {
    let folder = repository();
    folder.git(&format!("commit -q --allow-empty -m {}", key()));
    commit(&folder, "later");
    let (git, today) = told(&folder, Some("HEAD~2..HEAD~1"));
    assert!(git["in_head"] == true && today == "in HEAD's history", "{today}");
    folder.git("checkout -q -b side HEAD~2");
    let (git, today) = told(&folder, Some("HEAD..main"));
    assert!(git["in_head"] == false && git["reachable"] == true, "{git:#}");
    assert_eq!(today, "not in HEAD, but other references reach it");
}
