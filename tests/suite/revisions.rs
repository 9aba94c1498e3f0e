//! Revisions and ranges that git takes: gridleaks takes them, too, and scans the commits that git lists.

use crate::support::{Folder, git_command, git_on_day, numbered_key};

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
    // In braces, blanks divide nothing.
    let words = range.split_inclusive(" ^").map(|word| word.trim_end_matches(" ^"));
    let words = words.enumerate().map(|(at, word)| format!("{}{word}", if at == 0 { "" } else { "^" }));
    let output = git_command().arg("rev-list").args(words).current_dir(folder.path()).output().unwrap();
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
fn commits_may_be_named_by_their_messages() {
    for init in ["init -q -b main", "init -q -b main --ref-format=reftable"] {
        let folder = repository(init, 4);
        folder.git("tag -a v0 -m v0").git("branch other HEAD~1");
        for (range, count) in [
            (":/^a1..main", 2),
            (":/a2..", 1),
            ("main ^:/^a0", 3),
            (":/a[0-2]..main", 1),
            ("main^{/^a2}..main", 1),
            ("v0^{/a(0|1)}..main", 2),
            ("main~1^{/!-a2}..main^{/.}", 2),
            ("HEAD^{/a.*\n}~2..@", 2),
            ("HEAD^{/}^!", 1),
            (":/!!!|a3", 4),
            (":/^a2^!", 1),
            ("main@{0}^{/a1}^-", 1),
        ] {
            is_as_git_has_it(&folder, range, count);
        }
        // What is text for somebody who knows no regexes, and what is none.
        for (wrong, why) in [
            ("HEAD^{/a$}..", "no commit says `a$`"),
            (":/none", "no commit says `none`"),
            ("main..:/a1(", "`a1(`: it is no regex"),
            ("HEAD^{/!a1}", "`!a1`: behind `!`"),
            ("none^{/a1}..main", "`none` names nothing here"),
            ("HEAD:k1^{/a1}..main", "names nothing here"),
        ] {
            let run = folder.run(["history", "--range", wrong]);
            assert_eq!((run.status, run.stderr.contains(why)), (2, true), "{wrong}: {}", run.stderr);
        }
    }
}

#[test]
fn of_several_commits_the_youngest_is_named_by_its_message() {
    let folder = repository("init -q -b main", 1);
    let on_day = |day: u64, arguments: &[&str]| git_on_day(&folder, day, "+0000", ("t", "t@example.com"), arguments);
    // The first in the order of names is neither the oldest nor the youngest. Before version 2.48, git took the oldest one.
    for (number, (branch, day)) in [("a", 5), ("b", 9), ("c", 3)].into_iter().enumerate() {
        on_day(day, &["checkout", "-q", "-b", branch, "main"]);
        folder.file(branch, numbered_key(10 + number as u64)).git("add -A");
        on_day(day, &["commit", "-q", "-m", "this one"]);
    }
    let youngest = on_day(0, &["rev-parse", "b"]);
    let run = folder.run(["history", "--format", "json", "--range", "main..:/^this.one"]);
    assert_eq!((run.status, &run.json()["findings"][0]["git"]["commit"]), (1, &youngest.into()), "{}", run.stderr);
    assert_eq!(run.json()["findings"].as_array().unwrap().len(), 1);
}

#[test]
fn logs_tell_what_was_at_a_time() {
    for init in ["init -q -b main", "init -q -b main --ref-format=reftable"] {
        let folder = Folder::new();
        folder.git(init);
        // The first one was made at 22:13:20 on the 14th of November.
        for day in 0..4 {
            folder.file(format!("k{day}"), numbered_key(day)).git("add -A");
            git_on_day(&folder, day, "+0000", ("t", "t@example.com"), &["commit", "-q", "-m", "a"]);
        }
        for (range, count) in [
            ("main@{2023-11-16 20:00:00 +0000}..main", 2),
            ("main@{2023-11-16T22:13:20Z}..", 1),
            ("@{1700100000}..@{2023-11-17T23:00:00+0100}", 1),
            ("HEAD@{2 days ago}~1..", 1),
            ("main@{2023-11-16 20:00:00 +0000}^{/a}..main@{now}", 2),
            ("HEAD@{1999-01-01}", 1),
        ] {
            is_as_git_has_it(&folder, range, count);
        }
        let run = folder.run(["history", "--range", "main@{whenever}..main"]);
        assert_eq!((run.status, run.stderr.contains("no time that is known")), (2, true), "{}", run.stderr);
    }
}

#[test]
fn what_logs_keep_can_be_named() {
    for init in [
        "init -q -b main",
        "init -q -b main --ref-format=reftable",
        "init -q -b main --ref-format=reftable --object-format=sha256",
    ] {
        let folder = repository(init, 3);
        folder.git("checkout -q -b feat");
        commit(&folder, 3);
        commit(&folder, 4);
        folder.git("checkout -q main");
        commit(&folder, 5);
        let check = || {
            for (range, count) in [
                ("main@{1}..", 1),
                ("@{1}..main", 1),
                ("@{1}..@{0}", 1),
                ("main@{2}..main@{0}", 2),
                ("HEAD@{1}..HEAD", 1),
                ("HEAD@{3}..HEAD@{2}", 1),
                ("feat@{1}~1..feat@{0}", 2),
                ("main..@{-1}", 2),
                ("main..@{-1}~1", 1),
                ("@{-1}@{1}..feat", 1),
                ("@@{3}~1..main", 1),
                ("heads/feat@{2}..feat", 2),
                ("main@{3}", 1),
                ("main@{2001-01-01}", 1),
            ] {
                is_as_git_has_it(&folder, range, count);
            }
        };
        check();
        folder.git("pack-refs --all");
        check();
        for wrong in ["main@{9}..", "none@{0}..main", "@{-9}..main"] {
            assert_eq!(folder.run(["history", "--range", wrong]).status, 2, "{wrong}");
        }
    }
}

#[test]
fn what_other_work_trees_have_checked_out_can_be_named() {
    for init in ["init -q -b main", "init -q -b main --ref-format=reftable"] {
        let folder = repository(init, 2);
        folder.git("worktree add -q --detach other").git("-C other checkout -q -b feat");
        folder.file("other/k2", numbered_key(2)).git("-C other add k2").git("-C other commit -q -m a2");
        folder.git("worktree add -q third main~1");
        commit(&folder, 3);
        for (range, count) in [
            ("main..worktrees/other/HEAD", 1),
            ("worktrees/third/HEAD..worktrees/other/HEAD", 2),
            ("worktrees/other/HEAD@{1}..feat", 1),
            ("main-worktree/HEAD", 3),
            ("main-worktree/HEAD@{1}..main", 1),
        ] {
            is_as_git_has_it(&folder, range, count);
        }
        let run = folder.run(["history", "--range", "worktrees/none/HEAD..main"]);
        assert_eq!(run.status, 2, "{}", run.stderr);
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

#[test]
fn a_word_of_a_range_has_a_bound() {
    let folder = repository("init -q -b main", 2);
    // As many steps as may be, and more than any program has room to follow; `~0` is none.
    let run = folder.run(["history", "--range", &format!("main~1..main{}", "~0".repeat(2042)), "--format", "json"]);
    assert_eq!((run.status, run.places().len()), (1, 1), "{}", run.stderr);
    for steps in [4093, 100_000] {
        let range = format!("main{}", "^".repeat(steps));
        let run = folder.run(["history", "--range", &range]);
        assert_eq!(run.status, 2);
        assert!(run.stderr.contains(&format!("{} bytes, and 4096 at most", steps + 4)), "{}", run.stderr);
    }
}

#[test]
fn revisions_are_followed_where_objects_are_borrowed_in_a_circle() {
    for (init, is_packed) in
        [("init -q -b main", false), ("init -q -b main", true), ("init -q -b main --ref-format=reftable", false)]
    {
        let folder = repository(init, 3);
        folder.git("tag -a v0 HEAD~1 -m v0").git("tag -a v1 v0 -m v1").git("checkout -q -b side main~1");
        commit(&folder, 3);
        folder.git("merge -q --no-edit main").git("checkout -q main");
        if is_packed {
            folder.git("gc -q");
        }
        folder.file(".git/objects/info/alternates", "../objects\n");
        let output = git_command().args(["rev-parse", "--short=6", "main"]).current_dir(folder.path()).output();
        let short = String::from_utf8(output.unwrap().stdout).unwrap().trim().to_owned();
        for (range, count) in [
            ("main", 3),
            ("HEAD~1..", 1),
            ("@~2..@", 2),
            ("main^..refs/heads/main", 1),
            ("side^2 ^side^1", 1),
            ("side~1^..side~1", 1),
            ("side~1^{commit}..side^2^{}", 1),
            ("side^..side^2^0", 1),
            ("main...side~1", 2),
            ("v1...main", 1),
            ("heads/main ^v0", 1),
            ("tags/v1^!", 1),
            ("main^@", 2),
            ("HEAD@{0}~1..HEAD", 1),
            (":/^a1..main", 1),
            ("main^{/^a0}..v1^{}", 1),
        ] {
            is_as_git_has_it(&folder, range, count);
        }
        is_as_git_has_it(&folder, &format!("{short}~1..{}", short.to_uppercase()), 1);
        for (range, said) in [
            ("main^3", "names nothing here"),
            ("main~7", "names nothing here"),
            ("nothing..main", "names nothing here"),
            ("main^{tree}", "names nothing here"),
            ("main^{blob}..", "names nothing here"),
            ("000000..main", "names nothing here"),
        ] {
            let run = folder.run(["history", "--range", range]);
            assert!(run.status == 2 && run.stderr.contains(said), "{range}: {}", run.stderr);
        }
    }
}
