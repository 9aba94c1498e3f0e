//! What a comparison holds and adds up, up to its bounds.

use super::*;
use crate::source::git::Repository;
use crate::source::test_repository::{git, git_with, repository};

/// What reads a repository, and the names of two trees in it: one of an entry, and one of three.
fn trees() -> (tempfile::TempDir, ObjectReader, ObjectId, ObjectId) {
    let folder = repository();
    let objects = Repository::open(folder.path()).unwrap().objects();
    let blob = git(folder.path(), &["rev-parse", "main:f"]);
    let entries: String = ["a", "b", "c"].map(|name| format!("100644 blob {blob}\t{name}\n")).concat();
    let three = git_with(folder.path(), &["mktree"], entries.as_bytes());
    let id = |hex: &str| ObjectId::from_hex(hex.as_bytes()).unwrap();
    let one = git(folder.path(), &["rev-parse", "main^{tree}"]);
    (folder, objects, id(&one), id(&three))
}

#[test]
fn what_a_range_brings_has_a_bound() {
    let most = Load { places: 8_000_000, bytes: 1 << 30, repeats: 500_000, further: 50_000_000 };
    assert!(!Load::default().is_too_much() && !most.is_too_much());
    for (places, bytes, repeats, further) in [(1, 0, 0, 0), (0, 1, 0, 0), (0, 0, 1, 0), (0, 0, 0, 1)] {
        let more = Load { places, bytes, repeats, further };
        assert!(most.and(more).is_too_much() && !more.is_too_much(), "{more:?}");
    }
}

#[test]
fn trees_are_kept_up_to_a_bound() {
    let (_folder, objects, one, three) = trees();
    for (count, kept_trees) in [(0, 2), (1_000_000 - 3, 2), (1_000_000 - 2, 1), (1_000_000, 1)] {
        let mut kept = Kept::default();
        kept.tree(&objects, one).unwrap();
        // As if there had been many others.
        kept.count = count;
        assert_eq!(kept.tree(&objects, three).unwrap().len(), 3, "{count}");
        assert_eq!((kept.trees.len(), kept.read), (kept_trees, 6), "{count}");
        // What was let go is read again.
        assert_eq!(kept.tree(&objects, one).unwrap().len(), 1, "{count}");
        assert_eq!(kept.read, if kept_trees == 2 { 6 } else { 8 }, "{count}");
    }
}

#[test]
fn what_is_held_at_once_has_a_bound() {
    let (_folder, objects, one, three) = trees();
    for (held, is_too_much) in [(0, false), (4_000_000 - 4, false), (4_000_000 - 3, true)] {
        let mut compare = Compare::new(&objects, &|_| false);
        compare.held = held;
        let done = compare.folder(&three, &[one], &mut Vec::new(), 0);
        let is_told = done.is_err_and(|fault| fault.contains("too many entries"));
        assert_eq!(is_told, is_too_much, "{held}");
        assert_eq!(compare.found.len(), if is_too_much { 0 } else { 3 }, "{held}");
    }
}
