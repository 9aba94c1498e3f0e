//! What is read of objects one at a time, up to its bounds.

use std::collections::HashSet;
use std::io::Write;

use flate2::Compression;
use flate2::write::ZlibEncoder;

use super::*;
use crate::source::test_repository::{git, git_with};

/// All objects of the repository in a folder.
fn objects(folder: &Path) -> Objects {
    History::open(folder).unwrap()[0].read(None, &|_| false).unwrap()
}

fn id(hex: &str) -> ObjectId {
    ObjectId::from_hex(hex.as_bytes()).unwrap()
}

fn sha1(parts: &[&[u8]]) -> ObjectId {
    let mut hasher = gix::hash::hasher(gix::hash::Kind::Sha1);
    parts.iter().for_each(|part| hasher.update(part));
    hasher.try_finalize().unwrap()
}

/// A pack of blobs of four bytes, the numbers up to `deltas`: each is a delta of the one before.
fn chain(deltas: u32) -> Vec<u8> {
    let zlib = |bytes: &[u8]| {
        let mut encoder = ZlibEncoder::new(Vec::new(), Compression::fast());
        encoder.write_all(bytes).unwrap();
        encoder.finish().unwrap()
    };
    let mut pack = [&b"PACK\0\0\0\x02"[..], &(deltas + 1).to_be_bytes(), &[0x34], &zlib(&[0; 4])].concat();
    let mut last = 12;
    for number in 1..=deltas {
        let begin = pack.len();
        let distance = u8::try_from(begin - last).unwrap();
        assert!(distance < 0x80);
        // The sizes of both, and the number itself as what is new.
        let delta = [&[4, 4, 4][..], &number.to_be_bytes()].concat();
        pack.extend_from_slice(&[0x67, distance]);
        pack.extend_from_slice(&zlib(&delta));
        last = begin;
    }
    let sum = sha1(&[&pack]);
    pack.extend_from_slice(sum.as_slice());
    pack
}

#[test]
fn a_chain_of_deltas_is_gone_down_so_far() {
    let folder = tempfile::tempdir().unwrap();
    git(folder.path(), &["init", "-q"]);
    let file = folder.path().join(".git/objects/pack/pack-chain.pack");
    std::fs::create_dir_all(file.parent().unwrap()).unwrap();
    std::fs::write(&file, chain(10_001)).unwrap();
    git(folder.path(), &["index-pack", file.to_str().unwrap()]);
    let objects = objects(folder.path());
    assert_eq!((objects.faults(), objects.count()), (Vec::new(), 10_002));
    for (number, is_read) in [(0_u32, true), (1, true), (9_999, true), (10_000, true), (10_001, false)] {
        let bytes = number.to_be_bytes();
        let found = objects.content_of(&sha1(&[b"blob 4\0", &bytes]));
        assert_eq!(found, is_read.then(|| bytes.to_vec()), "{number}");
    }
}

#[test]
fn paths_are_looked_for_within_a_bound() {
    let folder = tempfile::tempdir().unwrap();
    let git = |arguments: &[&str], input: &str| git_with(folder.path(), arguments, input.as_bytes());
    git(&["init", "-q", "-b", "main"], "");
    let blob = git(&["hash-object", "-w", "--stdin"], "x");
    let inner = git(&["mktree"], &format!("100644 blob {blob}\tf\n"));
    // Few bytes of trees, but long paths of folders: a mebibyte for each and for the file in it, and two more on the way there.
    let above = "d".repeat(1 << 20);
    for (folders, found_in) in [(30, 30), (31, 0)] {
        let entries: String = (0..folders).map(|number| format!("040000 tree {inner}\t{number:02}\n")).collect();
        let outer = git(&["mktree"], &entries);
        let top = git(&["mktree"], &format!("040000 tree {outer}\t{above}\n"));
        let commit = git(&["commit-tree", "-m", "m", &top], "");
        git(&["update-ref", "refs/heads/main", &commit], "");
        let objects = objects(folder.path());
        let node = objects.forest.node(&id(&blob)).unwrap();
        let found = objects.paths_in_refs(HashSet::from([node]));
        let paths = found.get(&node).map_or(&[][..], Vec::as_slice);
        let file = |number: usize| format!("{above}/{number:02}/f").into_bytes();
        assert!((0..found_in).all(|number| paths.contains(&file(number))), "{folders}");
        assert_eq!(paths.len(), found_in, "{folders}");
    }
}
