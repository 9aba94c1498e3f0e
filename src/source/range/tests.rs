//! What a range ends in, and what came after it, up to their bounds.

use super::onward::MOST_LOOKED;
use super::*;
use crate::source::test_repository::{git, repository};

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

#[test]
fn the_parents_of_commits_have_a_bound() {
    let folder = repository();
    let both = git(folder.path(), &["commit-tree", "main^{tree}", "-p", "main", "-p", "main^", "-m", "both"]);
    let repository = Repository::open(folder.path()).unwrap();
    let objects = repository.objects();
    let id = |text: &str| ObjectId::from_hex(git(folder.path(), &["rev-parse", text]).as_bytes()).unwrap();
    assert_eq!(Walk::new(&objects).left, 8_000_000);
    // Two of the merge, and one of the second commit.
    for (left, cut, expected) in [(3, None, 3), (2, Some(id("main")), 3), (1, Some(id(&both)), 1)] {
        let mut walk = Walk { left, ..Walk::new(&objects) };
        walk.push(id(&both), false);
        assert_eq!((walk.run(&HashSet::new()).len(), walk.cut), (expected, cut), "{left}");
    }
}
