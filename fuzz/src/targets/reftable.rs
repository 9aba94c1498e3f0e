//! References kept as reftable: arbitrary blocks in a table, with header, footer and checksum in order or not. A repository with them is
//! opened, or refused in words.

use std::cell::LazyCell;

use gridleaks::source::history::History;

use super::repository::Repository;
use crate::Target;

pub(super) const TARGET: Target = Target {
    name: "reftable",
    run,
    seeds,
    words: &[b"REFT\x01", b"REFT\x02", b"r\0\0\x40", b"refs/heads/", b"HEAD", b"\0\0\x1c\0\x01", b"sha1", b"s256"],
    longest: 2048,
    inputs: 800,
};

thread_local! {
    static REPOSITORY: LazyCell<Repository> = LazyCell::new(|| {
        let repository = Repository::new("[extensions]\n\trefstorage = reftable\n");
        repository.write("reftable/tables.list", b"0x01.ref\n0x02.ref\n");
        repository.write("HEAD", b"ref: refs/heads/.invalid\n");
        repository
    });
}

fn run(data: &[u8]) {
    let half = data.first().map_or(0, |byte| usize::from(*byte) * 8).min(data.len());
    let rest = data.get(1..).unwrap_or_default();
    let (older, newer) = rest.split_at(half.min(rest.len()));
    REPOSITORY.with(|repository| {
        // As they are, which has to have a right checksum by chance.
        repository.write("reftable/0x01.ref", &table(older));
        repository.write("reftable/0x02.ref", newer);
        open(repository, data);
        repository.write("reftable/0x02.ref", &table(newer));
        open(repository, data);
    });
}

fn open(repository: &Repository, data: &[u8]) {
    let Ok(histories) = History::open(repository.path()) else { return };
    for (name, _) in &histories[0].refs().list {
        assert!(name.len() <= data.len() * 64 + 64, "a name of {} bytes", name.len());
    }
    let names: Vec<_> = histories[0].refs().list.iter().map(|(name, _)| name.len()).collect();
    assert!(names.iter().sum::<usize>() <= (65 << 20), "names are bounded together");
}

/// A table of these blocks, with a header and a footer.
fn table(blocks: &[u8]) -> Vec<u8> {
    let header = [b"REFT\x01\0\x10\0", &[0; 16][..]].concat();
    let footer = [&header[..], &[0; 40]].concat();
    let sum = crc32fast::hash(&footer).to_be_bytes();
    [&header, blocks, &footer, &sum].concat()
}

/// A block of references, as the first of a table: what stands before it counts for its length.
fn block(records: &[u8]) -> Vec<u8> {
    let length = (24 + 4 + records.len() + 3 + 2) as u32;
    let restarts = [0, 0, 28, 0, 1];
    [b"r", &length.to_be_bytes()[1..], records, &restarts].concat()
}

fn record(shared: u8, suffix: &str, kind: u8, value: &[u8]) -> Vec<u8> {
    let mixed = (suffix.len() as u8) << 3 | kind;
    [&[shared, mixed & 0x7f][..], suffix.as_bytes(), &[0], value].concat()
}

fn seeds() -> Vec<Vec<u8>> {
    let head = record(0, "HEAD", 3, b"\x0frefs/heads/main");
    let main = record(0, "refs/heads/a", 1, &[7; 20]);
    let next = record(11, "b", 2, &[8; 40]);
    let gone = record(11, "c", 0, b"");
    let one = block(&[head.clone(), main, next, gone].concat());
    let two = block(&head);
    let both = [&[(one.len() / 8) as u8][..], &one, &two].concat();
    vec![[&[0][..], &one].concat(), [&[255][..], &two].concat(), both]
}
