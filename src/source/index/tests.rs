//! Our reader of plain indexes against gix, on indexes that git writes.

use super::*;
use std::process::Command;

/// Runs git in `folder`, without anybody's configuration; says whether it succeeded.
fn git(folder: &Path, arguments: &[&str]) -> bool {
    let mut command = Command::new("git");
    for (name, _) in std::env::vars_os().filter(|(name, _)| name.to_string_lossy().starts_with("GIT_")) {
        command.env_remove(name);
    }
    command.env("GIT_CONFIG_NOSYSTEM", "1").env("GIT_CONFIG_GLOBAL", "/dev/null").current_dir(folder);
    command.args(["-c", "user.name=t", "-c", "user.email=t@example.com"]).args(arguments);
    command.output().unwrap().status.success()
}

/// All that both readers of one index say of it.
fn compare(path: &Path, hash: gix::hash::Kind, is_plain: bool) {
    let ours = Index::open(path, hash).unwrap();
    assert_eq!(matches!(ours.entries, Entries::Plain(_)), is_plain);
    let file = gix::index::File::at(path, hash, false, gix::index::decode::Options::default()).unwrap();
    let cached = file.tree().map(CachedTree::of);
    let theirs = Index { entries: Entries::Decoded(Box::new(file)), cached };
    assert_eq!(ours.len(), theirs.len());
    assert!(ours.cached == theirs.cached, "the cached trees differ");
    // Backwards, too: then no entry lies in the window of the one before.
    for at in (0..ours.len()).chain((0..ours.len()).rev()) {
        assert_eq!(ours.entry(at).unwrap(), theirs.entry(at).unwrap());
    }
}

#[test]
fn it_says_what_gix_says() {
    for (format, hash) in [("sha1", gix::hash::Kind::Sha1), ("sha256", gix::hash::Kind::Sha256)] {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path();
        assert!(git(path, &["init", "-q", &format!("--object-format={format}")]));
        let index = path.join(".git/index");
        assert_eq!(Index::open(&index, hash).unwrap().len(), 0, "there is none yet");
        for number in 0..700 {
            let name = format!("d{}/e{}/{}", number % 7, number % 31, "n".repeat(number % 150));
            std::fs::create_dir_all(path.join(&name)).unwrap();
            std::fs::write(path.join(name).join(number.to_string()), number.to_string()).unwrap();
        }
        assert!(git(path, &["add", "."]) && git(path, &["commit", "-q", "-m", "x"]));
        compare(&index, hash, true);
        std::fs::write(path.join("d3/new"), "new").unwrap();
        std::fs::write(path.join("d3/later"), "later").unwrap();
        assert!(git(path, &["add", "d3/new"]) && git(path, &["add", "-N", "d3/later"]));
        compare(&index, hash, true);
        let empty = if format == "sha1" {
            "e69de29bb2d1d6434b8b29ae775ad8c2e48c5391"
        } else {
            "473a0f4c3be8a93681a267e3b1e9a7dcda1185436fe141f7749120a303721813"
        };
        // gix does not read paths as long as these.
        let lengths = [4089, 4090, 4091, 70_000];
        let path_of = |length: usize| format!("zz/{}", "p".repeat(length));
        for length in lengths {
            let long = format!("100644,{empty},{}", path_of(length));
            assert!(git(path, &["update-index", "--add", "--cacheinfo", &long]));
        }
        let read = Index::open(&index, hash).unwrap();
        for (place, length) in lengths.into_iter().enumerate() {
            let entry = read.entry(read.len() - lengths.len() + place).unwrap();
            assert_eq!(entry.path.to_str().unwrap(), path_of(length));
            assert!(git(path, &["update-index", "--force-remove", &path_of(length)]));
        }
        compare(&index, hash, true);
        assert!(git(path, &["update-index", "--index-version", "4"]));
        compare(&index, hash, false);
        assert!(git(path, &["update-index", "--index-version", "2"]) && git(path, &["update-index", "--split-index"]));
        compare(&index, hash, false);
    }
}

#[test]
fn long_paths_take_no_longer_than_they_are() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("index");
    let name = vec![b'p'; MAX_PATH - 1];
    let mut entry = vec![0; BEFORE_ID + 20];
    entry.extend_from_slice(&NAME_LENGTH.to_be_bytes());
    entry.extend_from_slice(&name);
    entry.resize((entry.len() + 8) & !7, 0);
    let count = 8;
    let index = [&b"DIRC\0\0\0\x02\0\0\0"[..], &[count], &entry.repeat(count.into()), &[0; 20]].concat();
    std::fs::write(&path, index).unwrap();
    // Each byte is moved but a few times, however long the path is that it belongs to.
    let file = std::fs::File::open(&path).unwrap();
    let mut steps = Steps::new(&file);
    steps.peek(12).unwrap();
    steps.skip(12);
    for _ in 0..count {
        let size = steps.entry_size(BEFORE_ID + 22).unwrap().unwrap();
        steps.skip(size);
    }
    let length = file.metadata().unwrap().len();
    assert!(steps.moved as u64 <= 2 * length, "{} of {length} bytes", steps.moved);
    let read = Index::open(&path, gix::hash::Kind::Sha1).unwrap();
    assert!(matches!(read.entries, Entries::Plain(_)));
    assert_eq!((read.len(), read.entry(7).unwrap().path), (8, name));
}

#[test]
fn folders_are_counted_whatever_is_expected() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path();
    assert!(git(path, &["init", "-q"]));
    for name in ["a/1", "a/2", "a/b/3", "ab/4", "b"] {
        std::fs::create_dir_all(path.join(name).parent().unwrap()).unwrap();
        std::fs::write(path.join(name), name).unwrap();
    }
    assert!(git(path, &["add", "."]));
    let index = Index::open(&path.join(".git/index"), gix::hash::Kind::Sha1).unwrap();
    for expected in [None, Some(0), Some(1), Some(2), Some(3), Some(4), Some(5), Some(usize::MAX)] {
        assert_eq!(index.count_below(0..5, b"a/", expected).unwrap(), 3, "{expected:?}");
        assert_eq!(index.count_below(2..5, b"a/b/", expected).unwrap(), 1, "{expected:?}");
        assert_eq!(index.count_below(3..5, b"a/", expected).unwrap(), 0, "{expected:?}");
    }
}

#[test]
fn a_broken_index_is_never_read_in_part() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path();
    assert!(git(path, &["init", "-q"]));
    for number in 0..20 {
        std::fs::write(path.join(number.to_string()), "x").unwrap();
    }
    assert!(git(path, &["add", "."]) && git(path, &["commit", "-q", "-m", "x"]));
    let index = path.join(".git/index");
    let whole = std::fs::read(&index).unwrap();
    for length in 0..whole.len() {
        std::fs::write(&index, &whole[..length]).unwrap();
        if let Ok(read) = Index::open(&index, gix::hash::Kind::Sha1) {
            // What was cut is the checksum, or the extensions.
            assert_eq!(read.len(), 20, "{length} of {} bytes", whole.len());
        }
    }
    for at in 0..whole.len() {
        let mut broken = whole.clone();
        broken[at] ^= 0xff;
        std::fs::write(&index, &broken).unwrap();
        if let Ok(read) = Index::open(&index, gix::hash::Kind::Sha1) {
            for entry in 0..read.len() {
                let _ = read.entry(entry);
            }
        }
    }
}

/// The list of trees, one in the other, of which the last is so many below the first.
fn nested(depth: usize) -> Vec<u8> {
    let mut list = b"\0-1 1\n".to_vec();
    (1..=depth).for_each(|at| list.extend_from_slice(if at == depth { b"d\0-1 0\n" } else { b"d\0-1 1\n" }));
    list
}

#[test]
fn trees_in_each_other_have_a_bound() {
    let work = || {
        let hash = gix::hash::Kind::Sha1;
        for (depth, is_used) in [(1, true), (2048, true), (2049, false)] {
            let list = nested(depth);
            let parsed = CachedTree::parse(&mut &list[..], hash, 0);
            let mut at = parsed.as_ref();
            let mut count = 0;
            while let Some(child) = at.and_then(|tree| tree.child(b"d")) {
                (at, count) = (Some(child), count + 1);
            }
            assert_eq!((parsed.is_some(), count), (is_used, if is_used { depth } else { 0 }));
        }
    };
    // With as much of a stack as the program has.
    std::thread::Builder::new().stack_size(16 << 20).spawn(work).unwrap().join().unwrap();
}

#[test]
fn an_extension_has_a_size() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("index");
    for (size, is_used) in [(256_u32 << 20, true), ((256 << 20) + 1, false)] {
        let list = nested(1);
        let index = [&b"DIRC\0\0\0\x02\0\0\0\0TREE"[..], &size.to_be_bytes(), &list].concat();
        std::fs::write(&path, index).unwrap();
        // What is behind the list takes no room.
        std::fs::OpenOptions::new().write(true).open(&path).unwrap().set_len(12 + 8 + u64::from(size) + 20).unwrap();
        let (plain, cached) = Plain::open(&path, gix::hash::Kind::Sha1).unwrap().unwrap();
        assert_eq!((plain.offsets.len(), cached.is_some()), (0, is_used), "{size}");
    }
}

#[test]
fn a_path_has_a_length() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("index");
    let entry = |name: &[u8]| {
        let mut entry = vec![0; BEFORE_ID + 20];
        entry.extend_from_slice(&(name.len().min(NAME_LENGTH.into()) as u16).to_be_bytes());
        entry.extend_from_slice(name);
        entry.resize((entry.len() + 8) & !7, 0);
        entry
    };
    for (length, is_plain) in [(1 << 20, true), ((1 << 20) + 1, false)] {
        let long = vec![b'p'; length];
        let index = [&b"DIRC\0\0\0\x02\0\0\0\x02"[..], &entry(&long), &entry(b"z"), &[0; 20]].concat();
        std::fs::write(&path, index).unwrap();
        let read = Index::open(&path, gix::hash::Kind::Sha1).unwrap();
        assert_eq!(matches!(read.entries, Entries::Plain(_)), is_plain, "{length}");
        // By gix, too, nothing is lost.
        assert_eq!((read.len(), read.entry(1).unwrap().path), (2, b"z".to_vec()), "{length}");
        assert!(read.entry(0).unwrap().path == long, "{length}");
    }
}
