//! The index: arbitrary bytes, with the checksum mended or not, in a repository whose changes are listed and read. Each entry that is
//! handed over is one of the index's.

use std::cell::LazyCell;

use gridleaks::scan::{self, Counters, Options};
use gridleaks::source::files::globs;
use gridleaks::source::staged::Staged;

use super::repository::{Repository, name_of, sha1};
use crate::Target;
use crate::parts::DETECTOR;

pub(super) const TARGET: Target = Target {
    name: "index",
    run,
    seeds,
    words: &[
        b"DIRC\0\0\0\x02",
        b"DIRC\0\0\0\x03",
        b"DIRC\0\0\0\x04",
        b"TREE",
        b"REUC",
        b"link",
        b"EOIE",
        b"IEOT",
        b"sdir",
        b"FSMN",
        b"UNTR",
        b"../",
        b".git/",
    ],
    longest: 4096,
    inputs: 600,
};

thread_local! {
    static REPOSITORY: LazyCell<Repository> = LazyCell::new(|| {
        let repository = Repository::new("");
        // The empty blob is there, so that an entry may be read.
        let name: String = name_of("blob", b"").iter().map(|byte| format!("{byte:02x}")).collect();
        repository.write(&format!("objects/{}/{}", &name[..2], &name[2..]), &crate::build::zlib(b"blob 0\0"));
        repository
    });
}

fn run(data: &[u8]) {
    REPOSITORY.with(|repository| {
        repository.write("index", data);
        read(repository);
        repository.write("index", &[data, &sha1(&[data])].concat());
        read(repository);
    });
}

fn read(repository: &Repository) {
    let exclude = globs([]).expect("there are none");
    let Ok(staged) = Staged::find(repository.path(), &exclude) else { return };
    drop(staged);
    let options = Options { threads: Some(1), ..Options::default() };
    let outcome = scan::scan_staged(repository.path(), &options, &DETECTOR, &Counters::default());
    if let Ok(outcome) = outcome {
        assert!(outcome.problems.iter().all(|problem| problem.kind.name() != "internal"), "{:?}", outcome.problems);
    }
}

/// An entry of version 2 or 3.
fn entry(path: &[u8], mode: u32, id: [u8; 20], extended: bool) -> Vec<u8> {
    let mut entry = vec![0; 24];
    entry.extend_from_slice(&mode.to_be_bytes());
    entry.extend_from_slice(&[0; 12]);
    entry.extend_from_slice(&id);
    let flags = path.len().min(0xfff) as u16 | if extended { 0x4000 } else { 0 };
    entry.extend_from_slice(&flags.to_be_bytes());
    if extended {
        entry.extend_from_slice(&[0x20, 0]);
    }
    entry.extend_from_slice(path);
    entry.resize((entry.len() / 8 + 1) * 8, 0);
    entry
}

fn seeds() -> Vec<Vec<u8>> {
    let id = name_of("blob", b"");
    let header = |version: u8, count: u8| [b"DIRC\0\0\0", &[version, 0, 0, 0, count][..]].concat();
    let plain = [
        header(2, 3),
        entry(b"a", 0o100_644, id, false),
        entry(b"d/b", 0o120_000, id, false),
        entry(b"m", 0o160_000, id, false),
    ]
    .concat();
    let tree = [b"TREE\0\0\0\x19", &b"\x003 1\n"[..], &id, &b"d\x001 0\n"[..]].concat();
    let extended = [header(3, 1), entry(b"later", 0o100_644, id, true)].concat();
    vec![header(2, 0), [&plain[..], &tree].concat(), plain, extended]
}
