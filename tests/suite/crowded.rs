//! Packs in which a few bytes stand for very much, and repositories of which a part cannot be read: what is left out is told, and the rest
//! is found.

use crate::forged::{
    BLOB, OF_DISTANCE, TREE, delta, distance, entry, leak, repository, whole, write_loose, write_pack,
};
use crate::support::{Folder, Run, key};

/// A name of the `number`th object that counts for nothing.
fn name(number: u32) -> [u8; 20] {
    let mut name = [0x77; 20];
    name[..4].copy_from_slice(&number.to_be_bytes());
    name
}

/// What copies so many bytes from this place of the base on.
fn copy(start: u32, length: u32) -> Vec<u8> {
    [&[0xff][..], &start.to_le_bytes(), &length.to_le_bytes()[..3]].concat()
}

/// A pack with a key in the blob `bb…`, the tree `base`, and deltas of it, each of this size.
fn with_deltas(base: &[u8], deltas: impl Iterator<Item = (u64, Vec<u8>)>) -> Folder {
    let folder = repository();
    let mut entries = vec![(whole(BLOB, &leak()), Some([0xbb; 20])), (whole(TREE, base), Some([0xaa; 20]))];
    let mut back = entries[1].0.len();
    for (number, (size, instructions)) in (0..).zip(deltas) {
        let bytes = delta(base.len() as u64, size, &instructions);
        entries.push((entry(OF_DISTANCE, bytes.len() as u64, &distance(back), &bytes), Some(name(number))));
        back += entries.last().unwrap().0.len();
    }
    write_pack(folder.path(), "x", &entries);
    folder
}

fn problems(run: &Run) -> String {
    run.json()["problems"].to_string()
}

fn is_cut(folder: &Folder, message: &str) {
    let run = folder.run(["history", "--format", "json"]);
    assert_eq!((run.status, run.json()["complete"].as_bool()), (1, Some(false)), "{}", problems(&run));
    assert!(problems(&run).contains(message), "{}", problems(&run));
    assert!(!run.json()["findings"].as_array().unwrap().is_empty());
}

#[test]
fn names_that_are_too_long_to_be_noted_are_a_problem() {
    let long = 1 << 20;
    let base = [b"100644 ", &b"n".repeat(long)[..], b"\0", &[0xbb; 20]].concat();
    let (size, rest) = (base.len() as u64 + 3, base.len() as u32 - 7);
    let other = |number: u32| {
        let new = format!("{number:03}");
        (size, [copy(0, 7), vec![3], new.into_bytes(), copy(7, rest)].concat())
    };
    is_cut(&with_deltas(&base, (0..260).map(other)), "trees and commits name more than can be noted");
}

#[test]
fn trees_that_each_hold_a_key_in_many_places_have_a_bound() {
    let each = |name: String| [b"100644 ", name.as_bytes(), b"\0", &[0xbb; 20]].concat();
    let base: Vec<u8> = (0..9000).flat_map(|number| each(format!("{number:04}"))).collect();
    let length = base.len() as u32;
    let other = |number: u32| {
        let new = each(format!("z{number:04}"));
        (u64::from(length) + 32, [copy(0, length), vec![32], new].concat())
    };
    is_cut(&with_deltas(&base, (0..2000).map(other)), "more paths that hold keys than can be gone through");
}

#[test]
fn a_huge_blob_that_is_broken_is_named_and_a_sound_copy_read() {
    let folder = repository();
    let content = [vec![b'\n'; 33 << 20], leak()].concat();
    let mut broken = whole(BLOB, &content);
    broken.truncate(broken.len() / 2);
    write_pack(folder.path(), "broken", &[(broken, Some([0xbb; 20])), (whole(BLOB, b"clean"), Some([0xcc; 20]))]);
    let id = "bb".repeat(20);
    let scan = || folder.run(["history", "--format", "json"]);
    let run = scan();
    let named = format!("object {id} cannot be read: ");
    assert!(run.status == 2 && problems(&run).contains(&named), "{}", problems(&run));
    write_loose(folder.path(), [0xbb; 20], &[format!("blob {}\0", content.len()).as_bytes(), &content].concat());
    let run = scan();
    assert_eq!((run.status, run.places().len()), (1, 1), "{}", problems(&run));
    assert!(
        problems(&run).contains(&named) && problems(&run).contains("; a copy of it was read"),
        "{}",
        problems(&run)
    );
}

#[test]
fn commits_that_come_before_themselves_are_no_clean_range() {
    let folder = repository();
    let tree = [format!("40000 {}\0", key()).as_bytes(), &[0xaa; 20]].concat();
    write_loose(folder.path(), [0xaa; 20], &[format!("tree {}\0", tree.len()).as_bytes(), &tree].concat());
    for (own, parent) in [(0xc1, "c2"), (0xc2, "c1")] {
        let by = "a <a> 0 +0000";
        let text =
            format!("tree {}\nparent {}\nauthor {by}\ncommitter {by}\n\nx\n", "aa".repeat(20), parent.repeat(20));
        write_loose(folder.path(), [own; 20], format!("commit {}\0{text}", text.len()).as_bytes());
    }
    folder.file("refs/heads/main", "c1".repeat(20) + "\n");
    let run = folder.run(["history", "--range", "main", "--format", "json"]);
    assert!(run.status == 2 && problems(&run).contains("2 commits are their own ancestors"), "{}", run.stdout);
}

#[test]
fn an_error_does_not_repeat_a_broken_file() {
    let folder = repository();
    folder.file("packed-refs", "x".repeat(3 << 20));
    let run = folder.run(["history"]);
    assert!(run.status == 2 && run.stderr.len() < 9000, "{} bytes", run.stderr.len());
    assert!(run.stderr.contains("HEAD cannot be read") && run.stderr.contains("…\n  help: see `git fsck`"));
}

#[test]
fn an_index_of_several_packs_that_leaves_out_an_entry_is_a_problem() {
    let folder = repository();
    let [one, two] = [&b"clean\n"[..], b"other\n"].map(|content| whole(BLOB, content));
    let listed = vec![(one, Some([1; 20])), (two, Some([2; 20]))];
    write_pack(folder.path(), "x", &listed);
    folder.git("multi-pack-index write");
    let hidden = [listed, vec![(whole(BLOB, &leak()), None)]].concat();
    write_pack(folder.path(), "x", &hidden);
    std::fs::remove_file(folder.path().join("objects/pack/pack-x.idx")).unwrap();
    let run = folder.run(["history", "--format", "json"]);
    assert!(run.status == 2 && problems(&run).contains("made for another pack"), "{}{}", run.stdout, run.stderr);
}

#[test]
#[cfg(unix)]
fn references_that_cannot_be_listed_are_a_problem() {
    use std::fs::{Permissions, set_permissions};
    use std::os::unix::fs::PermissionsExt;
    use std::process::Command;
    let folder = Folder::new();
    folder.git("init -q .").file("x", "clean\n").git("add x").git("commit -q -m x").git("branch feature/one");
    let mut command = crate::support::stranger(&folder);
    // Root is somebody else to whom the repository has to belong; for all others it does.
    let _ = Command::new("chown").args(["-R", "65534:65534"]).arg(folder.path()).output();
    let references = folder.path().join(".git/refs/heads/feature");
    set_permissions(&references, Permissions::from_mode(0o000)).unwrap();
    let run = Run::of(command.args(["history", "--format", "json"]));
    set_permissions(&references, Permissions::from_mode(0o755)).unwrap();
    assert!(run.status == 2 && run.stdout.contains("refs/heads/feature: "), "{}{}", run.stdout, run.stderr);
}
