//! Files that change in a range or a push and hold a key that was there before: who edits beside a key did not bring it.

use std::collections::{BTreeMap, BTreeSet};
use std::process::Output;

use crate::push::{hook, push};
use crate::support::{Folder, commit_in_work, git_command, numbered_key, work_and_server};

/// A repository whose commits say by their messages who made them.
struct Repository(Folder);

/// A file of 40 lines, of which some are keys or say something else.
fn text(changes: &[(usize, &str)]) -> String {
    let line = |number: usize| {
        changes.iter().find(|change| change.0 == number).map_or(format!("line {number}"), |change| change.1.to_owned())
    };
    (1..=40).map(|number| line(number) + "\n").collect()
}

fn line(key: u64) -> String {
    format!("KEY={}", numbered_key(key))
}

impl Repository {
    fn new() -> Self {
        let folder = Folder::new();
        folder.git("init -q -b main");
        Repository(folder)
    }

    fn git(&self, arguments: &[&str]) -> String {
        let somebody = ["-c", "user.name=t", "-c", "user.email=t@example.com"];
        let output = git_command().args(somebody).args(arguments).current_dir(self.0.path()).output().unwrap();
        assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8_lossy(&output.stdout).trim().to_owned()
    }

    /// Commits everything; the commit gets a tag `name`.
    fn commit(&self, name: &str) -> &Self {
        self.git(&["add", "-A"]);
        self.git(&["commit", "-q", "--allow-empty", "-m", name]);
        self.git(&["tag", name]);
        self
    }

    fn with(&self, name: &str, path: &str, text: &str) -> &Self {
        self.0.file(path, text);
        self.commit(name)
    }

    /// Of each finding in a range its key, its place, and the name of the commit that is said to bring it.
    fn told(&self, range: &str) -> Vec<String> {
        let run = self.0.run(["history", "--format", "json", "--range", range]);
        let json = run.json();
        assert!(json["complete"].as_bool().unwrap(), "{range}: {}", run.stdout);
        let findings = json["findings"].as_array().unwrap();
        assert_eq!(run.status, i32::from(!findings.is_empty()), "{range}");
        let told = |finding: &serde_json::Value| {
            let shown = |key: &u64| finding["redacted"] == format!("{}…", &numbered_key(*key)[..12]);
            let key = (0..30).find(shown).unwrap();
            let commit = self.git(&["log", "-1", "--format=%s", finding["git"]["commit"].as_str().unwrap()]);
            format!("{key} {}:{} {commit}", finding["path"].as_str().unwrap(), finding["line"])
        };
        let mut told: Vec<String> = findings.iter().map(told).collect();
        told.sort();
        told
    }
}

#[test]
fn who_edits_beside_a_key_did_not_bring_it() {
    let repository = Repository::new();
    repository.with("ann", "conf", &text(&[(2, &line(1))])).with("bob", "conf", &text(&[(2, &line(1)), (40, "x")]));
    assert_eq!(repository.told("ann..bob"), [""; 0]);
    assert_eq!(repository.told("bob^!"), [""; 0]);
    assert_eq!(repository.told("bob"), ["1 conf:2 ann"]);
    // There and back again in one range, and with what an older version had.
    repository.with("back", "conf", &text(&[(2, &line(1))])).with("again", "conf", &text(&[(2, &line(1)), (40, "x")]));
    assert_eq!(repository.told("ann..again"), [""; 0]);
    assert_eq!(repository.told("bob..back"), [""; 0]);
    // Another key in its place: that one is brought, and then the first one again.
    repository.with("rotated", "conf", &text(&[(2, &line(2))]));
    repository.with("both", "conf", &text(&[(2, &line(2)), (7, &line(1)), (8, &line(3))]));
    assert_eq!(repository.told("ann..rotated"), ["2 conf:2 rotated"]);
    assert_eq!(repository.told("again..both"), ["1 conf:7 both", "2 conf:2 rotated", "3 conf:8 both"]);
    assert_eq!(repository.told("rotated..both"), ["1 conf:7 both", "3 conf:8 both"]);
    assert_eq!(repository.told("both"), ["1 conf:2 ann", "2 conf:2 rotated", "3 conf:8 both"]);
    // It stays the same key, however it is written, and in another file it is brought.
    let hex: String = numbered_key(1).bytes().map(|byte| format!("{byte:02x}")).collect();
    repository.with("hex", "conf", &text(&[(2, &hex)])).with("copy", "other", &text(&[(2, &hex)]));
    assert_eq!(repository.told("both..copy"), ["1 other:2 copy"]);
}

#[test]
fn a_key_that_was_away_is_brought_again() {
    let repository = Repository::new();
    let (with, edited) = (text(&[(2, &line(1))]), text(&[(2, &line(1)), (30, "x")]));
    repository.with("ann", "conf", &with).with("edit", "conf", &edited).with("gone", "conf", &text(&[]));
    // The very content that was there before it went.
    repository.with("back", "conf", &edited).with("last", "conf", &with);
    assert_eq!(repository.told("gone..last"), ["1 conf:2 back"]);
    assert_eq!(repository.told("ann..last"), ["1 conf:2 back"], "the same version was met before, and not brought");
    assert_eq!(repository.told("edit..last"), ["1 conf:2 back"]);
    assert_eq!(repository.told("last"), ["1 conf:2 ann"]);
    std::fs::remove_file(repository.0.path().join("conf")).unwrap();
    repository.commit("file-gone").with("file-back", "conf", &with);
    assert_eq!(repository.told("last..file-back"), ["1 conf:2 file-back"]);
}

#[test]
fn what_moves_and_changes_is_brought_to_its_new_place() {
    let repository = Repository::new();
    repository.with("ann", "conf", &text(&[(2, &line(1))]));
    repository.git(&["mv", "conf", "moved"]);
    repository.commit("move").with("edit", "moved", &text(&[(2, &line(1)), (40, "x")]));
    assert_eq!(repository.told("ann..edit"), [""; 0], "the one only moves it, and the other only edits it");
    repository.git(&["mv", "moved", "third"]);
    repository.with("both", "third", &text(&[(2, &line(1)), (40, "y")]));
    assert_eq!(repository.told("ann..both"), ["1 third:2 both"]);
    // As the story of the whole history has it.
    let json = repository.0.run(["history", "--format", "json"]).json();
    let commits: Vec<_> = json["findings"].as_array().unwrap().iter().map(|found| &found["git"]["commit"]).collect();
    assert!(commits.iter().any(|commit| **commit == *repository.git(&["rev-parse", "both"])), "{json:#}");
}

#[test]
fn merges_bring_what_none_of_their_parents_has() {
    let repository = Repository::new();
    repository.with("base", "conf", &text(&[(20, &line(1))]));
    repository.git(&["checkout", "-q", "-b", "feat"]);
    repository.with("f", "conf", &text(&[(20, &line(1)), (40, "f")]));
    repository.git(&["checkout", "-q", "main"]);
    repository.with("m", "conf", &text(&[(20, &line(1)), (5, "m")]));
    repository.git(&["checkout", "-q", "feat"]);
    repository.git(&["merge", "-q", "-m", "merge", "main"]);
    assert_eq!(repository.told("feat^!"), [""; 0]);
    assert_eq!(repository.told("main..feat"), [""; 0]);
    // The one side takes it away, the merge keeps it; then a merge brings one of its own.
    repository.git(&["checkout", "-q", "-b", "away", "base"]);
    repository.with("a", "conf", &text(&[(3, "a")]));
    repository.git(&["merge", "-q", "--no-commit", "-s", "ours", "feat"]);
    repository.with("kept", "conf", &text(&[(3, "a"), (20, &line(1))]));
    assert_eq!(repository.told("feat..kept"), [""; 0]);
    assert_eq!(repository.told("base..kept"), [""; 0]);
    repository.git(&["checkout", "-q", "-b", "evil", "f"]);
    repository.git(&["merge", "-q", "--no-commit", "m"]);
    repository.with("own", "conf", &text(&[(20, &line(1)), (5, "m"), (40, &line(2))]));
    assert_eq!(repository.told("base..own"), ["2 conf:40 own"]);
    // More than two at once, each with another version.
    let parts = [(1, "one"), (13, "two"), (27, "three"), (38, "four")];
    for (number, name) in parts {
        repository.git(&["checkout", "-q", "-b", &format!("b-{name}"), "base"]);
        repository.with(name, "conf", &text(&[(20, &line(1)), (number, name)]));
    }
    repository.git(&["merge", "-q", "-m", "octopus", "one", "two", "three"]);
    assert_eq!(repository.git(&["rev-list", "--parents", "-1", "HEAD"]).split(' ').count(), 5);
    assert_eq!(repository.told("HEAD^!"), [""; 0]);
    assert_eq!(repository.told("base..HEAD"), [""; 0]);
}

#[test]
fn what_is_in_an_archive_was_there_before() {
    let repository = Repository::new();
    let archive = |name: &str, texts: &[(&str, &str)]| {
        for (path, text) in texts {
            repository.0.file(path, text);
        }
        let files: Vec<&str> = texts.iter().map(|(path, _)| *path).collect();
        let mut command = std::process::Command::new("tar");
        let done = command.args(["-czf", "a.tgz"]).args(&files).current_dir(repository.0.path()).status().unwrap();
        assert!(done.success());
        files.iter().for_each(|file| std::fs::remove_file(repository.0.path().join(file)).unwrap());
        repository.commit(name);
    };
    archive("ann", &[("in", &text(&[(2, &line(1))]))]);
    archive("edit", &[("in", &text(&[(2, &line(1)), (40, "x")])), ("out", "x")]);
    archive("own", &[("in", &text(&[(2, &line(1)), (40, &line(2))]))]);
    assert_eq!(repository.told("ann..edit"), [""; 0]);
    assert_eq!(repository.told("ann..own"), ["2 a.tgz!/in:40 own"]);
}

#[test]
fn what_stood_there_as_something_else_was_not_searched_as_a_file() {
    let repository = Repository::new();
    repository.with("base", "in", &text(&[(2, &line(1))]));
    let tar = std::process::Command::new("tar").args(["-czf", "a.tgz", "in"]).current_dir(repository.0.path()).status();
    assert!(tar.unwrap().success());
    let blob = repository.git(&["hash-object", "-w", "a.tgz"]);
    repository.git(&["update-index", "--add", "--cacheinfo", &format!("100644,{blob},f")]);
    let tree = repository.git(&["write-tree"]);
    // A link is not opened, and of a submodule only the name is this repository's.
    for (number, (before, path)) in [
        (format!("120000,{blob},p"), "p"),
        (format!("160000,{blob},p"), "p"),
        (format!("120000,{blob},q"), "p"),
        (format!("160000,{tree},d"), "d/f"),
    ]
    .iter()
    .enumerate()
    {
        repository.git(&["read-tree", "base"]);
        repository.git(&["update-index", "--add", "--cacheinfo", before]);
        let commit = |name: &str, parent: &str| {
            let tree = repository.git(&["write-tree"]);
            let commit = repository.git(&["commit-tree", "-p", parent, "-m", name, &tree]);
            repository.git(&["tag", &format!("{name}{number}"), &commit]);
            commit
        };
        let one = commit("one", "base");
        repository.git(&["read-tree", "base"]);
        repository.git(&["update-index", "--add", "--cacheinfo", &format!("100644,{blob},{path}")]);
        commit("two", &one);
        assert_eq!(repository.told(&format!("base..two{number}")), [format!("1 {path}!/in:2 two")], "{before}");
    }
}

/// Whether a push passes, and what was said.
fn said(output: &Output) -> (bool, String) {
    let text = [&output.stdout[..], &output.stderr[..]].concat();
    (output.status.success(), String::from_utf8_lossy(&text).into_owned())
}

#[test]
fn a_push_that_edits_beside_a_key_passes() {
    for is_server in [false, true] {
        let folder = work_and_server();
        commit_in_work(&folder, "conf", &text(&[(2, &line(1))]));
        assert!(push(&folder, "main").status.success(), "there is no hook yet");
        if is_server {
            hook(&folder, "server/hooks/pre-receive", "pre-receive");
        } else {
            hook(&folder, "work/.git/hooks/pre-push", "pre-push \"$@\"");
        }
        commit_in_work(&folder, "conf", &text(&[(2, &line(1)), (40, "bob")]));
        let (passes, text_of) = said(&push(&folder, "main"));
        assert!(passes, "{is_server}: {text_of}");
        // On another branch, with a second key beside it, and with the first one away and back.
        folder.git("-C work checkout -q -b side HEAD~1");
        commit_in_work(&folder, "conf", &text(&[(2, &line(1)), (39, &line(2))]));
        let (passes, text_of) = said(&push(&folder, "side"));
        assert!(!passes && text_of.contains("conf:39:5") && !text_of.contains("conf:2:5"), "{is_server}: {text_of}");
        folder.git("-C work reset -q --hard HEAD~1");
        commit_in_work(&folder, "conf", &text(&[]));
        commit_in_work(&folder, "conf", &text(&[(2, &line(1))]));
        let (passes, text_of) = said(&push(&folder, "side"));
        assert!(!passes && text_of.contains("conf:2:5"), "{is_server}: {text_of}");
    }
}

#[test]
fn what_a_parent_had_and_cannot_be_read_counts_as_brought() {
    let repository = Repository::new();
    repository.with("ann", "conf", &text(&[(2, &line(1))])).with("bob", "conf", &text(&[(2, &line(1)), (40, "x")]));
    let id = repository.git(&["rev-parse", "ann:conf"]);
    let path = repository.0.path().join(format!(".git/objects/{}/{}", &id[..2], &id[2..]));
    std::fs::remove_file(path).unwrap();
    assert_eq!(repository.told("ann..bob"), ["1 conf:2 bob"]);
    // In a clone that is cut off there, the parent is not looked for.
    let other = Folder::new();
    let from = format!("file://{}", repository.0.path().display());
    repository.with("carl", "conf", &text(&[(2, &line(1)), (40, "y")]));
    other.git(&format!("clone -q --depth 1 {from} ."));
    let run = other.run(["history", "--range", "HEAD", "--allow-shallow"]);
    assert!(run.status == 1 && run.stdout.contains("conf:2:5"), "{}", run.stdout);
}

/// A key and a path.
type Place = (u64, String);

/// The places of keys in a commit, as git and a plain search have it.
fn places(repository: &Repository, commit: &str) -> BTreeSet<Place> {
    let mut held = BTreeSet::new();
    for path in repository.git(&["ls-tree", "-r", "--name-only", commit]).lines() {
        let text = repository.git(&["cat-file", "blob", &format!("{commit}:{path}")]);
        held.extend((0..4).filter(|key| text.contains(&numbered_key(*key))).map(|key| (key, path.to_owned())));
    }
    held
}

/// What a range brings: for each place the commits that have the key there and of which no parent has it.
fn model(
    repository: &Repository,
    range: &str,
    known: &BTreeMap<String, BTreeSet<Place>>,
) -> BTreeMap<Place, BTreeSet<String>> {
    let mut brought: BTreeMap<_, BTreeSet<String>> = BTreeMap::new();
    for line in repository.git(&["rev-list", "--parents", range]).lines() {
        let (commit, parents) = line.split_once(' ').unwrap_or((line, ""));
        let before: BTreeSet<&Place> = parents.split_whitespace().flat_map(|parent| &known[parent]).collect();
        for place in known[commit].iter().filter(|place| !before.contains(place)) {
            brought.entry(place.clone()).or_default().insert(commit.to_owned());
        }
    }
    brought
}

#[test]
fn ranges_of_random_histories_are_what_git_says() {
    let mut state = 7u64;
    let mut dice = |limit: u64| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) % limit
    };
    for _ in 0..3 {
        let repository = Repository::new();
        repository.with("c0", "f0", "start\n");
        for number in 1..=24u64 {
            repository.git(&["checkout", "-q", "--detach", &format!("c{}", number - 1 - dice(number.min(4)))]);
            if dice(3) == 0 {
                let sides: Vec<String> = (0..=dice(2)).map(|_| format!("c{}", dice(number))).collect();
                let sides: Vec<&str> = sides.iter().map(String::as_str).collect();
                repository.git(&[&["merge", "-q", "--no-commit", "--no-ff", "-s", "ours"], &sides[..]].concat());
            }
            // Each commit writes a line that no other has, so that nothing moves as it is.
            for _ in 0..=dice(2) {
                let held = (0..4).filter(|_| dice(3) == 0).map(|key| line(key) + "\n").collect::<String>();
                repository.0.file(format!("f{}", dice(3)), format!("{held}commit {number}, {}\n", dice(1 << 30)));
            }
            repository.commit(&format!("c{number}"));
        }
        let all = repository.git(&["rev-list", "--all"]);
        let known = all.lines().map(|commit| (commit.to_owned(), places(&repository, commit))).collect();
        for _ in 0..12 {
            let (from, to) = (dice(24), 1 + dice(24));
            let range = if dice(4) == 0 { format!("c{to}^!") } else { format!("c{from}..c{to}") };
            let json = repository.0.run(["history", "--format", "json", "--range", &range]).json();
            assert!(json["complete"].as_bool().unwrap(), "{range}");
            let expected = model(&repository, &range, &known);
            let findings = json["findings"].as_array().unwrap();
            let places: BTreeSet<_> = findings.iter().map(key_and_path).collect();
            assert_eq!(places, expected.keys().cloned().collect(), "{range}");
            for found in findings {
                let commit = found["git"]["commit"].as_str().unwrap();
                assert!(expected[&key_and_path(found)].contains(commit), "{range}: {found:#}, {expected:#?}");
            }
        }
    }
}

fn key_and_path(found: &serde_json::Value) -> (u64, String) {
    let shown = |key: &u64| found["redacted"] == format!("{}…", &numbered_key(*key)[..12]);
    ((0..30).find(shown).unwrap(), found["path"].as_str().unwrap().to_owned())
}
