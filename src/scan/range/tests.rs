//! What comes of a range that is beyond a bound: bounds are set low here.

use std::process::Command;

use crate::rule::RuleSet;

use super::*;

fn git(folder: &Path, arguments: &str) {
    let mut command = Command::new("git");
    for (name, _) in std::env::vars_os().filter(|(name, _)| name.to_string_lossy().starts_with("GIT_")) {
        command.env_remove(name);
    }
    command.env("GIT_CONFIG_NOSYSTEM", "1").env("GIT_CONFIG_GLOBAL", "/dev/null").current_dir(folder);
    command.args(["-c", "user.name=t", "-c", "user.email=t@example.com"]).args(arguments.split(' '));
    let output = command.output().unwrap();
    assert!(output.status.success(), "git {arguments}: {}", String::from_utf8_lossy(&output.stderr));
}

fn commit(folder: &Path, files: &[(&str, String)]) {
    for (name, text) in files {
        std::fs::write(folder.join(name), text).unwrap();
    }
    git(folder, "add -A");
    git(folder, "commit -q -m next");
}

/// A line with a key.
fn line() -> String {
    ["KEY=rg", "_live_", "k7Qm2Xw9", "Rt4Vb8Nc", "Zp3Lh6Js", "Gd5Fy1Ta", "\n"].concat()
}

/// Scans a range within some bounds; gives how many findings there are, and the problems.
fn scan(folder: &Path, range: &str, change: impl FnOnce(&mut Bounds)) -> (usize, Vec<String>) {
    let mut bounds = Bounds::default();
    change(&mut bounds);
    let detector = Detector::new(&RuleSet::built_in().unwrap());
    let (options, history, commits) = (Options::default(), HistoryOptions::default(), Commits::Named(range));
    let engine = (&detector, &Counters::default());
    let outcome = scan_within(&bounds, folder, &commits, &options, &history, engine, &mut std::io::empty()).unwrap();
    (outcome.findings.len(), outcome.problems.into_iter().map(|problem| problem.message).collect())
}

#[test]
fn what_was_there_before_counts_as_brought_where_that_would_take_too_long_to_tell() {
    let temporary = tempfile::tempdir().unwrap();
    let folder = temporary.path();
    git(folder, "init -q -b main");
    let old = line();
    commit(folder, &[("a", old.clone()), ("b", old.clone() + "b\n")]);
    commit(folder, &[("a", old.clone() + "edited\n"), ("b", old.clone() + "edited\n")]);
    commit(folder, &[("a", old.clone() + "again\n"), ("b", old.clone() + "again\n")]);
    let bytes = old.len() as u64;
    let count = |change: fn(&mut Bounds, u64)| {
        let (count, problems) = scan(folder, "HEAD~1..HEAD", |bounds| change(bounds, bytes));
        assert_eq!(problems, Vec::<String>::new());
        count
    };
    assert_eq!(count(|_, _| {}), 0);
    for change in [
        // Both bounds of each pair are on either side of what one of the two files takes.
        [|bounds: &mut Bounds, _| bounds.before.older = 1, |bounds: &mut Bounds, _| bounds.before.older = 0],
        [
            |bounds: &mut Bounds, bytes| bounds.before.older_bytes = bytes + 7,
            |bounds: &mut Bounds, bytes| bounds.before.older_bytes = bytes + 6,
        ],
        [|bounds: &mut Bounds, _| bounds.before.asked = 1, |bounds: &mut Bounds, _| bounds.before.asked = 0],
        [
            |bounds: &mut Bounds, _| bounds.before.parents.looked_up = 1,
            |bounds: &mut Bounds, _| bounds.before.parents.looked_up = 0,
        ],
    ] {
        assert_eq!(change.map(count), [1, 2]);
    }
    // To read the tree of two entries and to look into it counts as four, and more is looked up while that is less than the bound.
    let read = [
        |bounds: &mut Bounds, _| bounds.before.parents.read = 5,
        |bounds: &mut Bounds, _| bounds.before.parents.read = 4,
    ];
    assert_eq!(read.map(count), [0, 1]);
    assert_eq!(count(|bounds, _| bounds.before.parents.read = 0), 2);
}

#[test]
fn a_blob_in_many_places_is_searched_in_some() {
    let temporary = tempfile::tempdir().unwrap();
    let folder = temporary.path();
    git(folder, "init -q -b main");
    let names = ["a", "b", "c"];
    commit(folder, &names.map(|name| (name, line())));
    let bytes = line().len() as u64;
    let told = |left: u32| vec![format!("what may hold keys stands in {left} more places than can be gone through")];
    assert_eq!(scan(folder, "HEAD", |_| {}), (3, vec![]));
    assert_eq!(scan(folder, "HEAD", |bounds| bounds.repeated = 2), (3, vec![]));
    assert_eq!(scan(folder, "HEAD", |bounds| bounds.repeated = 1), (2, told(1)));
    assert_eq!(scan(folder, "HEAD", |bounds| bounds.repeated_bytes = 2 * bytes), (3, vec![]));
    assert_eq!(scan(folder, "HEAD", |bounds| bounds.repeated_bytes = bytes - 1), (1, told(2)));
}
