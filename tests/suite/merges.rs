//! Histories of every shape: whom a key is laid to, and what ranges of them hold.

use std::cell::Cell;
use std::collections::BTreeMap;

use crate::support::{Folder, git_command, numbered_key};

/// A history whose commits are made one minute after the other, each with a name.
struct Story {
    folder: Folder,
    minute: Cell<u64>,
}

impl Story {
    fn new() -> Self {
        let folder = Folder::new();
        folder.git("init -q -b main");
        Story { folder, minute: Cell::new(0) }
    }

    fn git(&self, arguments: &str) -> String {
        self.minute.set(self.minute.get() + 1);
        let date = format!("{} +0000", 1_700_000_000 + self.minute.get() * 60);
        let output = git_command()
            .args(["-c", "user.name=t", "-c", "user.email=t@example.com", "-c", "merge.conflictStyle=merge"])
            .args(arguments.split(' '))
            .env("GIT_AUTHOR_DATE", &date)
            .env("GIT_COMMITTER_DATE", &date)
            .current_dir(self.folder.path())
            .output()
            .unwrap();
        String::from_utf8_lossy(&output.stdout).trim().to_owned()
    }

    /// Writes files (a key's number for its line, or none to take the file away) and commits; the commit gets a tag `name`.
    fn commit(&self, name: &str, files: &[(&str, &[u64])]) {
        for (path, keys) in files {
            if keys.is_empty() {
                std::fs::remove_file(self.folder.path().join(path)).unwrap();
                continue;
            }
            let lines: String = keys.iter().map(|key| format!("KEY={}\n", numbered_key(*key))).collect();
            self.folder.file(path, lines);
        }
        self.git("add -A");
        self.git(&format!("commit -q --allow-empty -m {name}"));
        self.git(&format!("tag {name}"));
    }

    /// For each key and path the name of the commit that it is laid to, then of those between which it was away, then of the one
    /// that took it away, if there is one.
    fn told(&self, range: Option<&str>) -> Vec<String> {
        let mut names = BTreeMap::new();
        for line in self.git("for-each-ref --format=%(objectname)#%(refname:short) refs/tags").lines() {
            let (id, name) = line.split_once('#').unwrap();
            names.insert(id.to_owned(), name.to_owned());
        }
        let range = range.map(|range| ["--range", range]);
        let run = self.folder.run(["history", "--format", "json"].into_iter().chain(range.into_iter().flatten()));
        let json = run.json();
        assert!(json["complete"].as_bool().unwrap(), "{}", run.stderr);
        let prints: Vec<String> = (0..10).map(redacted).collect();
        let told = |finding: &serde_json::Value| {
            let key = prints.iter().position(|print| finding["redacted"].as_str() == Some(print)).unwrap();
            let name = |commit: &serde_json::Value| commit.as_str().map_or("-", |id| &names[id]).to_owned();
            let removed = &finding["git"]["removed"]["commit"];
            let removed = if removed.is_null() { String::new() } else { format!(" -{}", name(removed)) };
            let back = |back: &serde_json::Value| {
                format!(" -{}+{}", name(&back["removed"]["commit"]), name(&back["returned"]["commit"]))
            };
            let returns = finding["git"]["returns"].as_array();
            let returns: String = returns.into_iter().flatten().map(back).collect();
            format!("{key} {} {}{returns}{removed}", finding["path"].as_str().unwrap(), name(&finding["git"]["commit"]))
        };
        let mut all: Vec<String> = json["findings"].as_array().unwrap().iter().map(told).collect();
        all.sort();
        all
    }
}

/// How a key is shown.
fn redacted(key: u64) -> String {
    format!("{}…", &numbered_key(key)[..12])
}

#[test]
fn what_was_taken_away_and_came_back() {
    let story = Story::new();
    story.commit("root", &[("f", &[0])]);
    story.commit("gone", &[("f", &[])]);
    // A change of the file brings no key, and what a branch does that HEAD does not have is no part of its history.
    story.commit("back", &[("f", &[0])]);
    story.commit("change", &[("f", &[0, 1])]);
    story.git("checkout -q -b side");
    story.commit("s1", &[("f", &[])]);
    story.commit("s2", &[("f", &[0, 1])]);
    story.git("checkout -q main");
    assert_eq!(story.told(None), ["0 f root -gone+back", "1 f change"]);
    story.commit("again", &[("f", &[1])]);
    story.commit("last", &[("f", &[0, 1])]);
    assert_eq!(story.told(None), ["0 f root -gone+back -again+last", "1 f change"]);
    let text = story.folder.run(["history"]).stdout;
    let told = format!("= came back: in commit {} by t <t@example.com> on 2023-", &story.git("rev-parse last")[..12]);
    assert!(text.contains(&told) && text.contains("; 2 times in all\n"), "{text}");
    story.commit("end", &[("f", &[])]);
    assert_eq!(story.told(None), ["0 f root -gone+back -again+last -end", "1 f change -end"]);
    assert_eq!(
        story.told(Some("main")),
        ["0 f root -end", "1 f change -end"],
        "of a range it is not told what came back"
    );
    // It comes back on a branch, of which nothing is taken when it is merged: it is away because of what took it away here.
    story.git("checkout -q -b other last");
    story.commit("o1", &[("f", &[1])]);
    story.commit("o2", &[("f", &[0, 1])]);
    story.git("checkout -q main");
    story.git("merge -q -s ours --no-edit other");
    story.git("tag m");
    assert_eq!(story.told(None), ["0 f root -gone+back -again+last -o1+o2 -end", "1 f change -end"]);
}

#[test]
fn criss_cross_merges() {
    let story = Story::new();
    story.commit("root", &[("f", &[0])]);
    story.git("branch other");
    story.commit("a1", &[("a", &[1])]);
    story.git("checkout -q other");
    story.commit("b1", &[("b", &[2])]);
    story.git("branch old-b");
    // Each side merges the other's first commit, and one of the merges brings something of its own.
    story.git("merge -q --no-commit a1");
    story.commit("mb", &[("evil", &[3])]);
    story.git("checkout -q main");
    story.git("merge -q --no-commit old-b");
    story.commit("ma", &[]);
    story.commit("a2", &[("a", &[1, 4])]);
    story.git("merge -q --no-commit other");
    // The last merge takes away what both sides have.
    story.commit("m", &[("f", &[])]);
    let told = ["0 f root -m", "1 a a1", "2 b b1", "3 evil mb", "4 a a2"];
    assert_eq!(story.told(None), told);
    assert_eq!(story.told(Some("other..main")), ["4 a a2"], "what the file held before is not brought");
    assert_eq!(story.told(Some("ma...mb")), ["3 evil mb"], "there are two merge bases");
    assert_eq!(story.told(Some("other...main")), ["4 a a2"]);
    assert_eq!(story.told(Some("ma..m")), ["3 evil mb", "4 a a2"]);
    assert_eq!(story.told(Some("m^!")), [""; 0]);
}

#[test]
fn octopus_merges_and_several_roots() {
    let story = Story::new();
    story.commit("root", &[("f", &[0])]);
    for (number, side) in [(1, "s1"), (2, "s2"), (3, "s3")] {
        story.git("checkout -q main");
        story.git(&format!("checkout -q -b branch-{side}"));
        story.commit(side, &[(&format!("f-{side}"), &[number])]);
    }
    story.git("checkout -q --orphan lone");
    story.git("rm -q -rf .");
    story.commit("lone-root", &[("g", &[4])]);
    story.git("checkout -q main");
    story.git("merge -q --no-commit --allow-unrelated-histories s1 s2 s3");
    story.commit("octopus", &[("evil", &[5])]);
    story.git("merge -q --no-commit --allow-unrelated-histories lone");
    story.commit("both", &[("g", &[4, 6])]);
    assert_eq!(story.git("rev-list --parents -1 octopus").split(' ').count(), 4, "it is an octopus");
    let expected = ["0 f root", "1 f-s1 s1", "2 f-s2 s2", "3 f-s3 s3", "4 g lone-root", "5 evil octopus", "6 g both"];
    assert_eq!(story.told(None), expected);
    assert_eq!(story.told(Some("octopus^!")), ["5 evil octopus"]);
    assert_eq!(
        story.told(Some("root..octopus")),
        expected[1..4].iter().chain(&expected[5..6]).copied().collect::<Vec<_>>()
    );
    assert_eq!(story.told(Some("octopus..both")), ["4 g lone-root", "6 g both"]);
}

#[test]
fn renames_and_copies_with_and_without_a_change() {
    let story = Story::new();
    story.commit("one", &[("a", &[1])]);
    story.git("mv a b");
    story.commit("two", &[]);
    story.git("mv b c");
    story.commit("three", &[("c", &[1, 2])]);
    std::fs::create_dir(story.folder.path().join("d")).unwrap();
    std::fs::copy(story.folder.path().join("c"), story.folder.path().join("d/c")).unwrap();
    story.commit("four", &[]);
    story.commit("five", &[("c", &[])]);
    let expected = ["1 a one -two", "1 b two -three", "1 c three -five", "1 d/c four", "2 c three -five", "2 d/c four"];
    assert_eq!(story.told(None), expected);
    assert_eq!(story.told(Some("one..two")), [""; 0], "it only moved");
    assert_eq!(story.told(Some("two..three")), ["1 c three -five", "2 c three -five"]);
    assert_eq!(story.told(Some("three..four")), ["1 d/c four", "2 d/c four"]);
}

#[test]
fn a_key_that_head_has_in_another_form_is_still_there() {
    let story = Story::new();
    story.commit("plain", &[("k", &[1])]);
    let hex: String = numbered_key(1).bytes().map(|byte| format!("{byte:02x}")).collect();
    story.folder.file("k", format!("KEY={hex}\n"));
    story.commit("hex", &[]);
    for arguments in [&["history"][..], &["history", "--range", "HEAD"]] {
        let json = story.folder.run([arguments, &["--format", "json"]].concat()).json();
        let findings = json["findings"].as_array().unwrap();
        assert!(findings.iter().all(|finding| finding["git"]["in_head"] == true), "{arguments:?}: {json:#}");
        assert!(!findings.is_empty());
    }
}
