//! Revisions and ranges that git takes: gridleaks takes them, too, and scans the commits that git lists.

use crate::support::{Folder, git_command, numbered_key};

/// Commits on `main` that each bring a key, the first one with the number 0, in a repository that git makes so.
fn repository(init: &str, commits: u64) -> Folder {
    let folder = Folder::new();
    folder.git(init);
    (0..commits).for_each(|number| commit(&folder, number));
    folder
}

fn commit(folder: &Folder, number: u64) {
    folder.file(format!("k{number}"), format!("KEY={}\n", numbered_key(number)));
    folder.git("add -A").git(&format!("commit -q -m a{number}"));
}

/// Makes sure that a range is scanned as git lists it, and that it has so many commits, each of which brings one key.
fn is_as_git_has_it(folder: &Folder, range: &str, count: usize) {
    let output = git_command().arg("rev-list").args(range.split(' ')).current_dir(folder.path()).output().unwrap();
    let listed = String::from_utf8(output.stdout).unwrap();
    let mut listed: Vec<&str> = listed.lines().collect();
    listed.sort_unstable();
    assert_eq!(listed.len(), count, "{range}: {}", String::from_utf8_lossy(&output.stderr));
    let run = folder.run(["history", "--format", "json", "--range", range]);
    assert_eq!(run.status, 1, "{range}: {}", run.stderr);
    let json = run.json();
    let mut scanned: Vec<&str> =
        json["findings"].as_array().unwrap().iter().map(|finding| finding["git"]["commit"].as_str().unwrap()).collect();
    scanned.sort_unstable();
    assert_eq!((scanned, &json["complete"]), (listed, &true.into()), "{range}");
}

#[test]
fn the_ends_of_a_range_may_be_tags() {
    let folder = repository("init -q -b main", 3);
    folder.git("tag -a v0 HEAD~1 -m v0").git("tag -a v1 v0 -m v1").git("tag -a last -m last");
    for (range, count) in [
        ("v0...HEAD", 1),
        ("HEAD...v0", 1),
        ("v1...last", 1),
        ("v0..HEAD", 1),
        ("v1^@", 1),
        ("v1^!", 1),
        ("v0 ^v0~1", 1),
    ] {
        is_as_git_has_it(&folder, range, count);
    }
}

#[test]
fn upstreams_may_be_branches_of_the_repository_itself() {
    for init in ["init -q -b main", "init -q -b main --ref-format=reftable"] {
        let folder = repository(init, 2);
        folder.git("checkout -q -b feat");
        commit(&folder, 2);
        commit(&folder, 3);
        folder.git("branch -q -u main feat").git("config remote.other.url ../other");
        folder.git("config remote.other.fetch +refs/heads/*:refs/remotes/other/*");
        folder.git("update-ref refs/remotes/other/main main~1").git("config branch.main.remote other");
        folder.git("config branch.main.merge refs/heads/main");
        for (range, count) in [
            ("@{u}..", 2),
            ("@{upstream}..feat", 2),
            ("feat@{U}...HEAD", 2),
            ("HEAD ^@{u}", 2),
            ("feat@{u}~1..feat", 3),
            ("main@{u}..main", 1),
            ("main@{upstream}..", 3),
            ("@~1..", 1),
        ] {
            is_as_git_has_it(&folder, range, count);
        }
    }
}

#[test]
fn a_broken_commit_graph_is_done_without() {
    let folder = repository("init -q -b main", 4);
    folder.git("commit-graph write --reachable");
    let path = folder.path().join(".git/objects/info/commit-graph");
    let mut bytes = std::fs::read(&path).unwrap();
    let at = bytes.len() / 8;
    bytes[at..at + 200].fill(0xff);
    std::fs::remove_file(&path).unwrap();
    std::fs::write(&path, bytes).unwrap();
    folder.git("config core.commitGraph false");
    is_as_git_has_it(&folder, "HEAD~2...HEAD", 2);
    folder.git("config --unset core.commitGraph");
    let run = folder.run(["history", "--format", "json", "--range", "HEAD~2...HEAD"]);
    assert_eq!((run.status, run.json()["findings"].as_array().unwrap().len()), (1, 2), "{}", run.stderr);
}
