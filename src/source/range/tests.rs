//! What a range ends in, and what came after it, up to their bounds.

use std::process::Command;

use super::onward::MOST_LOOKED;
use super::*;

fn git(folder: &Path, arguments: &[&str]) -> String {
    let mut command = Command::new("git");
    for (name, _) in std::env::vars_os().filter(|(name, _)| name.to_string_lossy().starts_with("GIT_")) {
        command.env_remove(name);
    }
    command.env("GIT_CONFIG_NOSYSTEM", "1").env("GIT_CONFIG_GLOBAL", "/dev/null").current_dir(folder);
    let output =
        command.args(["-c", "user.name=t", "-c", "user.email=t@example.com"]).args(arguments).output().unwrap();
    assert!(output.status.success(), "git {arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}

/// A repository with a file `f`, and two commits on `main`.
fn repository() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    git(folder.path(), &["init", "-q", "-b", "main"]);
    for text in ["one", "two"] {
        std::fs::write(folder.path().join("f"), text).unwrap();
        git(folder.path(), &["add", "f"]);
        git(folder.path(), &["commit", "-q", "-m", text]);
    }
    folder
}

#[test]
fn of_many_ends_some_are_looked_at() {
    let folder = repository();
    let end = |number: usize| git(folder.path(), &["commit-tree", "main^{tree}", "-m", &number.to_string()]);
    let ends: Vec<String> = (0..=MOST_TIPS).map(end).collect();
    for (count, at) in [(MOST_TIPS - 1, MOST_TIPS - 1), (MOST_TIPS + 1, MOST_TIPS)] {
        let range = Range::named(folder.path(), &ends[..count].join(" ")).unwrap();
        assert_eq!((range.tips.len(), range.tips(false).at(b"f").len()), (count, at));
        // HEAD is one.
        assert_eq!(range.tips(true).at(b"f").len(), 1);
    }
}

#[test]
fn many_keys_are_not_looked_for_in_all_commits() {
    let folder = repository();
    let range = Range::named(folder.path(), "main").unwrap();
    let places = |count: usize| range.places(range.onward(), &[b"f"], count);
    assert_eq!(range.onward().commits.len(), 2);
    assert_eq!(places(MOST_LOOKED / 2).map(|places| places.objects(0).len()), Some(2));
    assert!(places(MOST_LOOKED / 2 + 1).is_none());
}
