//! The reader of tables against git itself, and on tables that are broken.

use std::io::Cursor;
use std::path::PathBuf;
use std::process::Command;

use gix::hash::Kind;

use super::table::crc32;
use super::*;
use crate::source::test_repository::git_with;

pub(super) fn git(folder: &Path, arguments: &str) -> String {
    git_with(folder, &arguments.split_whitespace().collect::<Vec<_>>(), "")
}

/// A repository with one commit, that keeps references as reftable; none where git does not know them yet.
pub(super) fn repository(hash: &str) -> Option<tempfile::TempDir> {
    let help = Command::new("git").args(["init", "-h"]).output().unwrap();
    if !String::from_utf8_lossy(&help.stdout).contains("--ref-format") {
        return None;
    }
    let folder = tempfile::tempdir().unwrap();
    git(folder.path(), &format!("init -q -b main --ref-format=reftable --object-format={hash}"));
    git(folder.path(), "commit -q --allow-empty -m base");
    Some(folder)
}

fn tables(folder: &Path) -> PathBuf {
    folder.join(".git/reftable")
}

/// References as git prints them: the name, and the target's name or object.
fn shown(references: &References) -> Vec<String> {
    let target = |target: &Target| match target {
        Target::Object(id) => id.to_string(),
        Target::Symbolic(name) => format!("-> {}", String::from_utf8_lossy(name)),
    };
    references.iter().map(|(name, to)| format!("{} {}", String::from_utf8_lossy(name), target(to))).collect()
}

/// All references by git itself; `HEAD` is not among those that it lists.
fn by_git(folder: &Path) -> Vec<String> {
    let format = "--format=%(refname) %(if)%(symref)%(then)-> %(symref)%(else)%(objectname)%(end)";
    let listed = git_with(folder, &["for-each-ref", format], "");
    listed.lines().map(str::to_owned).collect()
}

/// Compares what we read with what git lists, and gives how many references there are.
fn compare(folder: &Path, hash: Kind) -> usize {
    let ours = shown(&read(&tables(folder), hash).unwrap());
    let head = git(folder, "symbolic-ref HEAD");
    assert_eq!(ours[0], format!("HEAD -> {}", head.trim()));
    assert_eq!(ours[1..], by_git(folder));
    ours.len()
}

/// The bytes of the repository's only table.
pub(super) fn only_table(folder: &Path) -> Vec<u8> {
    let names = list(&tables(folder)).unwrap();
    assert_eq!(names.len(), 1, "{names:?}");
    std::fs::read(tables(folder).join(&names[0])).unwrap()
}

#[test]
fn it_reads_what_git_writes() {
    for (name, hash) in [("sha1", Kind::Sha1), ("sha256", Kind::Sha256)] {
        let Some(temporary) = repository(name) else { return };
        let folder = temporary.path();
        assert_eq!(compare(folder, hash), 2);
        // Several blocks.
        let create = |number: usize| format!("create refs/heads/topic/{}/{number} HEAD\n", number % 7);
        git_with(folder, &["update-ref", "--stdin"], (0..900).map(create).collect::<String>());
        assert_eq!(compare(folder, hash), 902);
        // A newer table over an older one: changed, deleted, and come back.
        git(folder, "commit -q --allow-empty -m next");
        git_with(folder, &["update-ref", "--stdin"], "update refs/heads/topic/1/1 HEAD\ndelete refs/heads/topic/2/2\n");
        let delete = |number: usize| format!("delete refs/heads/topic/{}/{number}\n", number % 7);
        git_with(folder, &["update-ref", "--stdin"], (500..700).map(delete).collect::<String>());
        assert_eq!(compare(folder, hash), 701);
        git_with(folder, &["update-ref", "--stdin"], (600..650).map(create).collect::<String>());
        // Tags have a second value, and symbolic references another kind.
        for number in 0..60 {
            git(folder, &format!("tag -a -m t v{number}"));
        }
        git(folder, "tag light");
        git(folder, "symbolic-ref refs/remotes/origin/HEAD refs/heads/topic/3/3");
        git(folder, "symbolic-ref refs/heads/alias refs/heads/main");
        git(folder, "update-ref refs/notes/\u{fc}ber HEAD");
        assert_eq!(compare(folder, hash), 751 + 60 + 4);
        assert!(list(&tables(folder)).unwrap().len() > 1, "a stack of tables");
        // All in one, without what is deleted.
        git(folder, "pack-refs --all");
        assert_eq!(compare(folder, hash), 815);
        only_table(folder);
        git(folder, "checkout -q --detach");
        let head = read(&tables(folder), hash).unwrap().swap_remove(0);
        assert_eq!(shown(&vec![head]), [format!("HEAD {}", git(folder, "rev-parse HEAD").trim())]);
        let other = if hash == Kind::Sha1 { Kind::Sha256 } else { Kind::Sha1 };
        assert!(read(&tables(folder), other).unwrap_err().contains("its hash is not the repository's"));
    }
}

#[test]
fn it_reads_the_logs_that_git_writes() {
    for (name, hash) in [("sha1", Kind::Sha1), ("sha256", Kind::Sha256)] {
        let Some(temporary) = repository(name) else { return };
        let folder = temporary.path();
        let check = |reference: &str| {
            let entry = |entry: &Entry| format!("{} {}", entry.new, String::from_utf8_lossy(&entry.message).trim());
            let ours: Vec<_> =
                log(&tables(folder), hash, reference.as_bytes()).unwrap().unwrap().iter().map(entry).collect();
            let theirs = git(folder, &format!("log -g --format=%H#%gs {reference} --"));
            assert_eq!(ours, theirs.lines().map(|line| line.replacen('#', " ", 1)).collect::<Vec<_>>(), "{reference}");
            ours.len()
        };
        assert_eq!(check("refs/heads/main"), 1);
        git(folder, "checkout -q -b other");
        let number = |number: usize| git(folder, &format!("commit -q --allow-empty -m {number}{}", "x".repeat(900)));
        (0..40).for_each(|at| drop(number(at)));
        for times in 0..2 {
            assert_eq!((check("HEAD"), check("refs/heads/other"), check("refs/heads/main")), (42, 41, 1), "{times}");
            // All in one table, of several blocks.
            git(folder, "pack-refs --all");
        }
        assert_eq!(log(&tables(folder), hash, b"refs/heads/none").unwrap(), None);
        git(folder, "reflog delete HEAD@{1}");
        assert_eq!(check("HEAD"), 41);
        git(folder, "pack-refs --all");
        // Whatever is broken in it, it ends.
        let names = list(&tables(folder)).unwrap();
        let path = tables(folder).join(&names[0]);
        let whole = std::fs::read(&path).unwrap();
        let mut faults = 0;
        for at in (28..whole.len() - 72).step_by(7) {
            let mut broken = whole.clone();
            broken[at] ^= 0x55;
            std::fs::remove_file(&path).unwrap();
            std::fs::write(&path, broken).unwrap();
            faults += usize::from(log(&tables(folder), hash, b"HEAD").is_err());
        }
        assert!(faults > 0);
    }
}

#[test]
fn blocks_of_any_size() {
    for settings in [
        "-c reftable.blockSize=256 -c reftable.restartInterval=2",
        "-c reftable.blockSize=100000 -c reftable.indexObjects=false",
        "-c reftable.restartInterval=1",
        "-c core.logAllRefUpdates=false -c reftable.blockSize=512",
    ] {
        let Some(temporary) = repository("sha1") else { return };
        let folder = temporary.path();
        let create = |number: usize| format!("create refs/heads/{number} HEAD\n");
        git_with(folder, &["update-ref", "--stdin"], (0..700).map(create).collect::<String>());
        git(folder, &format!("{settings} pack-refs --all"));
        assert_eq!(compare(folder, Kind::Sha1), 702, "{settings}");
    }
}

#[test]
fn a_linked_worktree_has_a_head_of_its_own() {
    let Some(temporary) = repository("sha1") else { return };
    let folder = temporary.path();
    git(folder, "worktree add -q linked");
    let own = read(&folder.join(".git/worktrees/linked/reftable"), Kind::Sha1).unwrap();
    assert!(shown(&own).contains(&"HEAD -> refs/heads/linked".to_owned()), "{own:?}");
    assert_eq!(compare(folder, Kind::Sha1), 3);
}

/// Reads a table, and gives how many references it has.
fn count(bytes: &[u8]) -> Result<usize, String> {
    let mut found = 0;
    Table::open(Cursor::new(bytes), Kind::Sha1)?.read(&mut Budget::default(), &mut |_, _| found += 1)?;
    Ok(found)
}

/// A table with the footer that belongs to its header, so that what lies between is read.
fn sealed(mut bytes: Vec<u8>) -> Vec<u8> {
    let footer = bytes.len() - 68;
    bytes.copy_within(..24, footer);
    let sum = crc32(&bytes[footer..footer + 64]);
    bytes[footer + 64..].copy_from_slice(&sum.to_be_bytes());
    bytes
}

#[test]
fn what_is_broken_is_an_error_and_never_ends_in_a_panic() {
    let Some(temporary) = repository("sha1") else { return };
    let folder = temporary.path();
    let create = |number: usize| format!("create refs/heads/topic/{number} HEAD\n");
    git_with(folder, &["update-ref", "--stdin"], (0..40).map(create).collect::<String>());
    git(folder, "tag -a -m t v1");
    git(folder, "-c reftable.blockSize=512 pack-refs --all");
    let good = only_table(folder);
    assert_eq!(count(&good), Ok(43));
    assert_eq!(sealed(good.clone()), good, "the checksum is git's");
    for length in 0..good.len() {
        assert!(count(&good[..length]).is_err(), "cut to {length} bytes");
        // The same, with a footer.
        if length >= 24 {
            let cut = [&good[..length], &good[good.len() - 68..]].concat();
            let found = count(&sealed(cut));
            assert!(found.is_err() || found <= Ok(43), "cut to {length} bytes: {found:?}");
        }
    }
    // Each byte in turn, and many at once.
    let mut state: u64 = 7;
    let mut random = |below: usize| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) as usize % below
    };
    let mut errors = 0;
    for round in 0..30_000 {
        let mut bytes = good.clone();
        for _ in 0..=random(4) {
            let at = if round < good.len() { round } else { random(good.len()) };
            bytes[at] = random(256) as u8;
        }
        errors += usize::from(count(&sealed(bytes)).is_err());
    }
    assert!(errors > 5_000, "{errors}");
}

/// A table of one block with these records.
fn table(records: &[u8]) -> Vec<u8> {
    let mut bytes = b"REFT\x01\0\0\0".to_vec();
    bytes.resize(24, 0);
    let length = (24 + 4 + records.len() + 2) as u32;
    bytes.push(b'r');
    bytes.extend_from_slice(&length.to_be_bytes()[1..]);
    bytes.extend_from_slice(records);
    bytes.extend_from_slice(&[0, 0]);
    bytes.resize(bytes.len() + 68, 0);
    sealed(bytes)
}

/// A number as tables have it.
fn number(mut value: u32) -> Vec<u8> {
    let mut bytes = vec![(value & 0x7f) as u8];
    while value > 0x7f {
        value = (value >> 7) - 1;
        bytes.insert(0, 0x80 | (value & 0x7f) as u8);
    }
    bytes
}

#[test]
fn records_that_cannot_be() {
    for (records, expected) in [
        (&b"\0\x08a\0"[..], ""),
        (b"\0\x08a\0\x01\x08a\0", ""),
        (b"", ""),
        (b"\0\x08a\0\0\x08a\0", "not in order"),
        (b"\0\x08b\0\0\x08a\0", "not in order"),
        (b"\0\0\0", "not in order"),
        (b"\x01\x08a\0", "length of a name"),
        (b"\0\x08a\0\x02\x08a\0", "length of a name"),
        (b"\0\x10a\0", "ends behind it"),
        (b"\0\x09a\0id", "ends behind it"),
        (b"\0\x0ba\0\x05short", ""),
        (b"\0\x0ba\0\x06short", "ends behind it"),
        (b"\0\x0ca\0", "a kind that is not known"),
        (b"\0\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80", "too large"),
        (b"\xff\xff\xff\xff\xff\xff\xff\xff\xff\x7f\x08a\0", "too large"),
        (b"\xfe\xfe\xfe\xfe\xfe\xfe\xfe\xfe\x7f\x08a\0", "length of a name"),
        (b"\0\xfe\xfe\xfe\xfe\xfe\xfe\xfe\xfe\x7fa\0", "ends behind it"),
    ] {
        let got = count(&table(records));
        match got {
            Ok(_) => assert_eq!(expected, "", "{records:?}"),
            Err(fault) => assert!(!expected.is_empty() && fault.contains(expected), "{records:?}: {fault}"),
        }
    }
    // Names that are little more than "as the one before" would fill the memory.
    let mut records = [&b"\0"[..], &number(60_000 << 3), &[b'a'; 60_000], b"\0"].concat();
    for counter in 0..50_000_u32 {
        records.extend_from_slice(&[&number(60_000)[..], b"\x18", &counter.to_be_bytes()[1..], b"\0"].concat());
    }
    let fault = count(&table(&records)).unwrap_err();
    assert!(fault.contains("take up too much"), "{fault}");
}

#[test]
fn lists_that_are_broken() {
    let Some(temporary) = repository("sha1") else { return };
    let tables = tables(temporary.path());
    let names = list(&tables).unwrap().join("\n");
    for (text, expected) in [
        ("../x.ref", "no name of a table"),
        ("/etc/passwd", "no name of a table"),
        ("gone.ref", "reftable/gone.ref is missing"),
        ("tables.list", "it is no table"),
        (&"x\n".repeat(5000), "more than 4096 tables"),
    ] {
        std::fs::write(tables.join("tables.list"), format!("{names}\n{text}\n")).unwrap();
        let fault = read(&tables, Kind::Sha1).unwrap_err();
        assert!(fault.contains(expected), "{text}: {fault}");
    }
    std::fs::remove_file(tables.join("tables.list")).unwrap();
    assert!(read(&tables, Kind::Sha1).unwrap_err().contains("reftable/tables.list cannot be read"));
    #[cfg(unix)]
    for name in ["tables.list", "x.ref"] {
        std::fs::write(tables.join("tables.list"), "x.ref\n").unwrap();
        let _ = std::fs::remove_file(tables.join(name));
        assert!(Command::new("mkfifo").arg(tables.join(name)).status().unwrap().success());
        assert!(read(&tables, Kind::Sha1).unwrap_err().contains("no regular file"), "{name}");
        std::fs::remove_file(tables.join(name)).unwrap();
    }
}

#[test]
fn git_may_merge_tables_meanwhile() {
    let Some(temporary) = repository("sha1") else { return };
    let folder = temporary.path();
    let done = std::sync::atomic::AtomicBool::new(false);
    let is_done = || done.load(std::sync::atomic::Ordering::SeqCst);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            for number in 0..60 {
                git(folder, &format!("update-ref refs/heads/{number} HEAD"));
            }
            git(folder, "pack-refs --all");
            done.store(true, std::sync::atomic::Ordering::SeqCst);
        });
        let mut before = 0;
        while !is_done() {
            let found = read(&tables(folder), Kind::Sha1).unwrap().len();
            assert!(found >= before, "{found} after {before}");
            before = found;
        }
    });
    assert_eq!(compare(folder, Kind::Sha1), 62);
}

#[test]
fn a_table_has_a_size() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("tables.list"), "large\n").unwrap();
    let table = std::fs::File::create(folder.path().join("large")).unwrap();
    // It takes no room, and is no table once it is looked at.
    for (size, fault) in [(u64::from(u32::MAX), "it is no table"), (1 << 32, "is no regular file, or too large")] {
        table.set_len(size).unwrap();
        let error = read(folder.path(), Kind::Sha1).unwrap_err();
        assert!(error.contains(fault), "{size}: {error}");
    }
}
