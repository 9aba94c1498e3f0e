//! Packs, indexes and loose objects that lie about what they hold.

use std::fs;
use std::io::Write;
use std::path::Path;

use crate::support::pack::varint;
use crate::support::{Folder, Run, key, numbered_key};

/// The kinds of packs' entries.
pub(crate) const TREE: u8 = 2;
pub(crate) const BLOB: u8 = 3;
pub(crate) const OF_DISTANCE: u8 = 6;
const OF_NAME: u8 = 7;

fn deflate(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::best());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

/// An entry of a pack that says that it has `size` bytes; `base` stands behind the header.
pub(crate) fn entry(kind: u8, size: u64, base: &[u8], bytes: &[u8]) -> Vec<u8> {
    let mut entry = vec![kind << 4 | (size & 15) as u8];
    let mut rest = size >> 4;
    while rest > 0 {
        *entry.last_mut().unwrap() |= 0x80;
        entry.push((rest & 0x7f) as u8);
        rest >>= 7;
    }
    [entry, base.to_vec(), deflate(bytes)].concat()
}

pub(crate) fn whole(kind: u8, content: &[u8]) -> Vec<u8> {
    entry(kind, content.len() as u64, b"", content)
}

/// A delta of these sizes.
pub(crate) fn delta(base: u64, result: u64, instructions: &[u8]) -> Vec<u8> {
    [varint(base), varint(result), instructions.to_vec()].concat()
}

/// How an entry says that its base begins so many bytes before it.
pub(crate) fn distance(mut distance: usize) -> Vec<u8> {
    let mut bytes = vec![(distance & 0x7f) as u8];
    while distance >= 0x80 {
        distance = (distance >> 7) - 1;
        bytes.insert(0, (distance & 0x7f) as u8 | 0x80);
    }
    bytes
}

/// Writes a pack and an index that lists its entries under these names; none of an entry without one. Neither has a sum that is
/// right: no reader of single objects looks at these.
pub(crate) fn write_pack(git: &Path, name: &str, entries: &[(Vec<u8>, Option<[u8; 20]>)]) {
    let mut pack = [&b"PACK\0\0\0\x02"[..], &(entries.len() as u32).to_be_bytes()].concat();
    let mut listed = Vec::new();
    for (bytes, name) in entries {
        listed.extend(name.map(|name| (name, pack.len() as u32)));
        pack.extend_from_slice(bytes);
    }
    pack.extend([7; 20]);
    listed.sort();
    let below = |first: u8| listed.iter().filter(|(name, _)| name[0] <= first).count() as u32;
    let mut index =
        [&b"\xfftOc\0\0\0\x02"[..], &(0..=255).flat_map(|first| below(first).to_be_bytes()).collect::<Vec<_>>()]
            .concat();
    listed.iter().for_each(|(name, _)| index.extend(name));
    index.extend(vec![0; 4 * listed.len()]);
    listed.iter().for_each(|(_, offset)| index.extend(offset.to_be_bytes()));
    index.extend([7; 40]);
    let packs = git.join("objects/pack");
    fs::create_dir_all(&packs).unwrap();
    fs::write(packs.join(format!("pack-{name}.pack")), pack).unwrap();
    fs::write(packs.join(format!("pack-{name}.idx")), index).unwrap();
}

pub(crate) fn write_loose(git: &Path, name: [u8; 20], content: &[u8]) {
    let hex: String = name.iter().map(|byte| format!("{byte:02x}")).collect();
    let folder = git.join("objects").join(&hex[..2]);
    fs::create_dir_all(&folder).unwrap();
    fs::write(folder.join(&hex[2..]), deflate(content)).unwrap();
}

pub(crate) fn repository() -> Folder {
    let folder = Folder::new();
    folder.git("init -q --bare .");
    folder
}

fn scan(folder: &Folder) -> Run {
    folder.run(["history", "--format", "json"])
}

pub(crate) fn leak() -> Vec<u8> {
    format!("KEY={}\n", key()).into_bytes()
}

#[test]
fn an_index_that_leaves_out_an_entry_is_a_problem() {
    let folder = repository();
    let entries = [b"clean\n".to_vec(), leak(), b"other\n".to_vec()].map(|content| whole(BLOB, &content));
    let [first, second, third] = entries;
    let pack = [(first, Some([1; 20])), (second, None), (third, Some([3; 20]))];
    write_pack(folder.path(), "x", &pack);
    let run = scan(&folder);
    assert_eq!(run.status, 2, "{}", run.stdout);
}

#[test]
fn an_entry_behind_another_of_the_same_name_is_read() {
    let names = |entries: [&[u8]; 3], names: [u8; 3]| -> Vec<_> {
        let entry = |(content, name): (&[u8], u8)| (whole(BLOB, content), Some([name; 20]));
        entries.into_iter().zip(names).map(entry).collect()
    };
    let leak = leak();
    for entries in [[&leak[..], b"clean\n", b"other\n"], [b"clean\n", &leak, b"other\n"]] {
        for threads in ["1", "2"] {
            let folder = repository();
            write_pack(folder.path(), "x", &names(entries, [2, 2, 3]));
            let run = folder.run(["history", "--format", "json", "--threads", threads]);
            assert_eq!((run.status, run.json()["complete"].as_bool()), (1, Some(false)), "{}", run.stdout);
            // Where a larger pack has the name, too, what the index says is still told.
            let four = [names([b"clean\n", b"other\n", b"third\n"], [2, 4, 5]), names([b""; 3], [6, 7, 8])].concat();
            write_pack(folder.path(), "larger", &four);
            let run = folder.run(["history", "--format", "json", "--threads", threads]);
            assert!(run.status != 0 && run.json()["complete"] == false, "{}", run.stdout);
        }
    }
}

#[test]
fn what_a_finding_says_is_of_the_object_that_was_searched() {
    // Two packs have different things of one name; the larger one counts, whichever a reader of single objects would take.
    for (larger, smaller) in [("a", "b"), ("b", "a")] {
        let folder = repository();
        write_pack(folder.path(), smaller, &[(whole(BLOB, b"clean\n"), Some([2; 20]))]);
        let key = [whole(BLOB, &leak()), whole(BLOB, b"other\n")];
        let [first, second] = key;
        write_pack(folder.path(), larger, &[(first, Some([2; 20])), (second, Some([3; 20]))]);
        let run = scan(&folder);
        assert_eq!((run.status, run.json()["findings"][0]["line"].as_u64()), (1, Some(1)), "{}", run.stdout);
    }
}

#[test]
fn deltas_of_nothing_and_of_themselves_take_nothing_from_the_rest() {
    let base = whole(BLOB, b"clean\n");
    let bytes = delta(6, 3, b"\x03abc");
    let of = |kind, base: &[u8]| entry(kind, bytes.len() as u64, base, &bytes);
    for (broken, is_broken) in [
        (vec![(of(OF_DISTANCE, &distance(9999)), Some([2; 20]))], true),
        (vec![(of(OF_DISTANCE, &distance(0)), Some([2; 20]))], true),
        (vec![(of(OF_NAME, &[2; 20]), Some([2; 20]))], true),
        (vec![(of(OF_NAME, &[3; 20]), Some([2; 20])), (of(OF_NAME, &[2; 20]), Some([3; 20]))], true),
        (vec![(of(OF_NAME, &[9; 20]), Some([2; 20]))], true),
        (vec![(entry(OF_NAME, 2, &[1; 20], &delta(6, 0, b"")), Some([2; 20]))], false),
        (vec![(whole(5, b"x"), Some([2; 20]))], true),
        (vec![(entry(BLOB, 2, b"", b"longer"), Some([2; 20]))], true),
        (vec![(entry(BLOB, 1 << 60, b"", b"shorter"), Some([2; 20]))], true),
    ] {
        let folder = repository();
        let entries =
            [vec![(base.clone(), Some([1; 20]))], broken, vec![(whole(BLOB, &leak()), Some([4; 20]))]].concat();
        write_pack(folder.path(), "x", &entries);
        let run = scan(&folder);
        assert_eq!((run.status, run.json()["complete"].as_bool()), (1, Some(!is_broken)), "{}", run.stdout);
    }
}

#[test]
fn a_base_in_another_pack_or_a_loose_one_is_found() {
    let clean = b"clean\n".repeat(20);
    for is_loose in [false, true] {
        let folder = repository();
        let key = leak();
        let instructions = [&[0x90, 120, key.len() as u8][..], &key].concat();
        let bytes = delta(120, 120 + key.len() as u64, &instructions);
        write_pack(folder.path(), "thin", &[(entry(OF_NAME, bytes.len() as u64, &[1; 20], &bytes), Some([2; 20]))]);
        if is_loose {
            write_loose(folder.path(), [1; 20], &[b"blob 120\0", &clean[..]].concat());
        } else {
            write_pack(folder.path(), "base", &[(whole(BLOB, &clean), Some([1; 20]))]);
        }
        let run = scan(&folder);
        assert_eq!((run.status, run.json()["complete"].as_bool()), (1, Some(true)), "{}", run.stdout);
    }
}

#[test]
fn a_huge_copy_of_a_broken_object_stands_where_that_does() {
    let folder = repository();
    let content = [vec![b'\n'; 33 << 20], leak()].concat();
    // There is no such kind of entries.
    write_pack(folder.path(), "broken", &[(entry(5, content.len() as u64, b"", &content), Some([0xbb; 20]))]);
    write_loose(folder.path(), [0xbb; 20], &[format!("blob {}\0", content.len()).as_bytes(), &content].concat());
    let tree = [&b"100644 f\0"[..], &[0xbb; 20]].concat();
    write_loose(folder.path(), [0xaa; 20], &[format!("tree {}\0", tree.len()).as_bytes(), &tree].concat());
    let commit = format!("tree {}\nauthor a <a> 0 +0000\ncommitter a <a> 0 +0000\n\nx\n", "aa".repeat(20));
    write_loose(folder.path(), [0xcc; 20], format!("commit {}\0{commit}", commit.len()).as_bytes());
    folder.file("refs/heads/main", "cc".repeat(20) + "\n");
    let run = scan(&folder);
    assert_eq!((run.status, &run.json()["findings"][0]["path"]), (1, &"f".into()), "{}", run.stdout);
}

#[test]
fn a_tree_that_holds_itself_hides_no_key() {
    let folder = repository();
    let tree = [format!("40000 {}\0", key()).as_bytes(), &[0xaa; 20]].concat();
    write_loose(folder.path(), [0xaa; 20], &[format!("tree {}\0", tree.len()).as_bytes(), &tree].concat());
    let run = scan(&folder);
    assert_eq!(run.status, 1, "the name of a folder: {}{}", run.stdout, run.stderr);
    // A file in it, at the end of paths without end.
    let tree = [&b"100644 f\0"[..], &[0xbb; 20], b"40000 n\0", &[0xaa; 20]].concat();
    write_loose(folder.path(), [0xaa; 20], &[format!("tree {}\0", tree.len()).as_bytes(), &tree].concat());
    let blob = format!("KEY={}\n", numbered_key(1));
    write_loose(folder.path(), [0xbb; 20], format!("blob {}\0{blob}", blob.len()).as_bytes());
    let commit = format!("tree {}\nauthor a <a> 0 +0000\ncommitter a <a> 0 +0000\n\nx\n", "aa".repeat(20));
    write_loose(folder.path(), [0xcc; 20], format!("commit {}\0{commit}", commit.len()).as_bytes());
    folder.file("refs/heads/main", "cc".repeat(20) + "\n");
    for arguments in [&["history"][..], &["history", "--range", "main"]] {
        let run = folder.run(arguments.iter().copied().chain(["--format", "json"]));
        assert_eq!((run.status, run.json()["complete"].as_bool()), (1, Some(false)), "{}", run.stderr);
    }
    // What is wrong with a container has as many paths.
    write_loose(folder.path(), [0xbb; 20], b"blob 12\0\x1f\x8b\x08\0\0\0\0\0\0\x03\xab\xae");
    let run = scan(&folder);
    let json = run.json();
    assert!(
        run.status == 2 && json["problems"].as_array().unwrap().iter().any(|found| found["path"] == "f!/f"),
        "{json}"
    );
}

#[test]
#[cfg(target_os = "linux")]
fn sizes_that_are_not_true_make_no_room() {
    use std::process::{Command, Stdio};
    let folder = Folder::new();
    folder.git("init -q .");
    write_pack(&folder.path().join(".git"), "x", &[(entry(BLOB, 5 << 30, b"", b"abc"), Some([0xcd; 20]))]);
    folder.git(&format!("update-index --add --cacheinfo 100644,{},x", "cd".repeat(20)));
    for arguments in ["staged", "history"] {
        let script = format!("ulimit -v 3000000; exec '{}' {arguments} --format json", env!("CARGO_BIN_EXE_gridleaks"));
        let run = Run::of(Command::new("sh").args(["-c", &script]).current_dir(folder.path()).stdin(Stdio::null()));
        assert_eq!(run.status, 2, "{arguments}: {}", run.stderr);
    }
}

#[test]
#[cfg(target_os = "linux")]
fn small_deltas_of_huge_objects_make_no_room() {
    use std::process::{Command, Stdio};
    let blob = vec![0; 65_536];
    let many = vec![0x80; 40_000_000];
    let entries: Vec<u8> = (0..400_000u32)
        .flat_map(|n| [format!("100644 {n:06}\0").as_bytes(), &[n.to_le_bytes(); 5].concat()].concat())
        .collect();
    let length = (entries.len() as u32).to_le_bytes();
    let copies = [&[0xf0][..], &length[..3]].concat().repeat(1000);
    for (kind, base, instructions, sum) in
        [(BLOB, blob, many, 65_536 * 40_000_000), (TREE, entries.clone(), copies, entries.len() as u64 * 1000)]
    {
        let folder = repository();
        let first = whole(kind, &base);
        let bytes = delta(base.len() as u64, sum, &instructions);
        let second = entry(OF_DISTANCE, bytes.len() as u64, &distance(first.len()), &bytes);
        write_pack(folder.path(), "x", &[(first, Some([1; 20])), (second, Some([2; 20]))]);
        let script = format!("ulimit -v 1000000; exec '{}' history --format json", env!("CARGO_BIN_EXE_gridleaks"));
        let run = Run::of(Command::new("sh").args(["-c", &script]).current_dir(folder.path()).stdin(Stdio::null()));
        assert_eq!((run.status, run.json()["complete"].as_bool()), (2, Some(false)), "{}", run.stderr);
    }
}

#[test]
fn a_sound_copy_of_a_broken_object_is_read() {
    let folder = repository();
    let broken = [vec![BLOB << 4 | 5], b"\x78\x9c\0\0broken".to_vec()].concat();
    let others = [(whole(BLOB, b"a"), Some([1; 20])), (whole(BLOB, b"b"), Some([3; 20]))];
    write_pack(folder.path(), "larger", &[&[(broken, Some([2; 20]))][..], &others].concat());
    write_pack(folder.path(), "smaller", &[(whole(BLOB, &leak()), Some([2; 20]))]);
    let run = scan(&folder);
    assert_eq!((run.status, run.json()["complete"].as_bool()), (1, Some(false)), "{}", run.stdout);
}
