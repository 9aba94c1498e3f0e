//! A repository of one pack that the fuzzer makes up: objects and deltas, with headers, offsets, checksums and the index in order or not.
//! The scan of its history ends; and if it is complete, every key in an object that can be made is found.

use std::cell::LazyCell;
use std::collections::BTreeSet;

use gridleaks::scan::{self, Counters, HistoryOptions, Options};

use super::repository::{Repository, name_of, sha1};
use crate::Target;
use crate::build::zlib;
use crate::parts::{DETECTOR, Input, key, mixed_key};

pub(super) const TARGET: Target = Target {
    name: "history",
    run,
    seeds,
    words: &[b"tree ", b"parent ", b"author A <a@b> 1 +0000", b"100644 a\0", b"40000 d\0", b"160000 m\0"],
    longest: 2048,
    inputs: 200,
};

/// What an input's first byte breaks, a bit each.
const CHECKSUMS: u8 = 1;
const OFFSETS: u8 = 2;
const SIZES: u8 = 4;
const BYTES: u8 = 8;
const ORDER: u8 = 16;

thread_local! {
    static REPOSITORY: LazyCell<Repository> = LazyCell::new(|| Repository::new(""));
}

/// An object in the pack.
struct Object {
    kind: &'static str,
    /// None of a delta that makes nothing.
    content: Option<Vec<u8>>,
    offset: usize,
    id: [u8; 20],
}

fn run(data: &[u8]) {
    let mut input = Input(data);
    let broken = input.byte();
    let mutations = if broken & BYTES == 0 { &[][..] } else { input.piece() };
    let mut pack = b"PACK\0\0\0\x02\0\0\0\0".to_vec();
    let mut objects: Vec<Object> = Vec::new();
    while !input.0.is_empty() && objects.len() < 24 {
        add(&mut pack, &mut objects, &mut input, broken);
    }
    pack[8..12].copy_from_slice(&(objects.len() as u32).to_be_bytes());
    for change in mutations.chunks_exact(3) {
        let at = (usize::from(change[0]) << 8 | usize::from(change[1])) % pack.len();
        pack[at] ^= change[2];
    }
    let sum = if broken & CHECKSUMS == 0 { sha1(&[&pack]) } else { [3; 20] };
    pack.extend_from_slice(&sum);
    let index = index(&objects, &sum, broken, pack.len());
    REPOSITORY.with(|repository| {
        repository.write("objects/pack/pack-1.pack", &pack);
        repository.write("objects/pack/pack-1.idx", &index);
        let commit = objects.iter().find(|object| object.kind == "commit").map_or([9; 20], |object| object.id);
        let hex: String = commit.iter().map(|byte| format!("{byte:02x}")).collect();
        repository.write("refs/heads/main", format!("{hex}\n").as_bytes());
        scan(repository, &objects, broken);
    });
}

fn scan(repository: &Repository, objects: &[Object], broken: u8) {
    let options = Options { threads: Some(1), ..Options::default() };
    let outcome =
        scan::scan_history(repository.path(), &options, &HistoryOptions::default(), &DETECTOR, &Counters::default());
    let Ok(outcome) = outcome else { return };
    let internal = outcome.problems.iter().find(|problem| problem.kind.name() == "internal");
    assert!(internal.is_none(), "{internal:?}");
    // What was made of bytes that were changed, nobody knows.
    if broken & (BYTES | SIZES | OFFSETS) != 0
        || outcome.problems.iter().any(|problem| problem.kind.name() != "missing")
    {
        return;
    }
    let found: BTreeSet<_> = outcome.findings.iter().map(|finding| finding.secret.fingerprint()).collect();
    for content in objects.iter().filter(|object| object.kind == "blob").filter_map(|object| object.content.as_ref()) {
        for hit in DETECTOR.find_all(content, None) {
            assert!(
                found.contains(&hit.secret(content).fingerprint()),
                "a key in a blob is not found, and nothing is wrong"
            );
        }
    }
}

/// Adds an object or a delta of an earlier one.
fn add(pack: &mut Vec<u8>, objects: &mut Vec<Object>, input: &mut Input<'_>, broken: u8) {
    let (offset, kind, which) = (pack.len(), input.byte() % 8, usize::from(input.byte()));
    let content = input.piece();
    let base = objects.len().checked_sub(1 + which % objects.len().max(1)).and_then(|base| objects.get(base));
    let mut head = Vec::new();
    let (number, name, made) = match (kind, base) {
        (0 | 5, _) => (3, "blob", Some(with_keys(content))),
        (1, _) => (1, "commit", Some(content.to_vec())),
        (2, _) => (2, "tree", Some(content.to_vec())),
        (4, _) => (4, "tag", Some(content.to_vec())),
        (_, Some(base)) if kind == 7 => {
            head.extend_from_slice(&base.id);
            (7, base.kind, made(base, content))
        }
        (_, Some(base)) => {
            head = distance(offset - base.offset);
            (6, base.kind, made(base, content))
        }
        // A delta of nothing.
        (_, None) => {
            head.extend_from_slice(&[7; 20]);
            (7, "blob", None)
        }
    };
    let is_delta = number > 4;
    let stored = match &made {
        _ if is_delta => delta_of(content, base),
        Some(content) => content.clone(),
        None => content.to_vec(),
    };
    let size = stored.len() + if broken & SIZES != 0 { usize::from(input.byte()) } else { 0 };
    pack.push(number << 4 | (size & 15) as u8 | if size > 15 { 0x80 } else { 0 });
    let mut left = size >> 4;
    while left > 0 {
        pack.push((left & 0x7f) as u8 | if left > 0x7f { 0x80 } else { 0 });
        left >>= 7;
    }
    pack.extend_from_slice(&head);
    pack.extend_from_slice(&zlib(&stored));
    let id = made.as_ref().map_or_else(|| sha1(&[&offset.to_be_bytes()]), |made| name_of(name, made));
    objects.push(Object { kind: name, content: made, offset, id });
}

/// A blob: the bytes, with two of them standing for keys.
fn with_keys(bytes: &[u8]) -> Vec<u8> {
    let mut content = Vec::new();
    for &byte in bytes {
        match byte {
            0xf0 => content.extend_from_slice(key().as_bytes()),
            0xf1 => content.extend_from_slice(mixed_key().as_bytes()),
            _ => content.push(byte),
        }
    }
    content
}

/// How far back a base lies, as a pack has it.
fn distance(mut back: usize) -> Vec<u8> {
    let mut bytes = vec![(back & 0x7f) as u8];
    while back > 0x7f {
        back = (back >> 7) - 1;
        bytes.insert(0, (back & 0x7f) as u8 | 0x80);
    }
    bytes
}

fn number(mut value: usize) -> Vec<u8> {
    let mut bytes = Vec::new();
    while value > 0x7f {
        bytes.push((value & 0x7f) as u8 | 0x80);
        value >>= 7;
    }
    bytes.push(value as u8);
    bytes
}

/// A delta with these instructions and the sizes that they have, if they make something; otherwise the bytes as they are.
fn delta_of(instructions: &[u8], base: Option<&Object>) -> Vec<u8> {
    let base = base.and_then(|base| base.content.as_ref());
    match base.and_then(|base| Some((base.len(), apply(base, instructions)?.len()))) {
        Some((base, result)) => [number(base), number(result), instructions.to_vec()].concat(),
        None => instructions.to_vec(),
    }
}

fn made(base: &Object, instructions: &[u8]) -> Option<Vec<u8>> {
    apply(base.content.as_ref()?, instructions)
}

/// What instructions make of a base, as git's documentation has it; nothing if they are broken.
fn apply(base: &[u8], mut rest: &[u8]) -> Option<Vec<u8>> {
    let mut result = Vec::new();
    while let [first, after @ ..] = rest {
        rest = after;
        if first & 0x80 != 0 {
            let mut field = |bits: std::ops::Range<u8>| -> Option<usize> {
                let mut value = 0;
                for (place, bit) in bits.enumerate() {
                    if first >> bit & 1 == 1 {
                        let [byte, after @ ..] = rest else { return None };
                        value |= usize::from(*byte) << (8 * place);
                        rest = after;
                    }
                }
                Some(value)
            };
            let (offset, size) = (field(0..4)?, field(4..7)?);
            let size = if size == 0 { 0x10000 } else { size };
            result.extend_from_slice(base.get(offset..offset.checked_add(size)?)?);
        } else if *first > 0 {
            result.extend_from_slice(rest.get(..usize::from(*first))?);
            rest = &rest[usize::from(*first)..];
        } else {
            return None;
        }
        if result.len() > 1 << 20 {
            return None;
        }
    }
    Some(result)
}

/// An index of version 2.
fn index(objects: &[Object], sum: &[u8; 20], broken: u8, length: usize) -> Vec<u8> {
    let mut order: Vec<&Object> = objects.iter().collect();
    if broken & ORDER == 0 {
        order.sort_by_key(|object| object.id);
        order.dedup_by_key(|object| object.id);
    }
    let mut index = b"\xfftOc\0\0\0\x02".to_vec();
    for first in 0..=255u8 {
        let count = order.iter().filter(|object| object.id[0] <= first).count() as u32;
        index.extend_from_slice(&count.to_be_bytes());
    }
    order.iter().for_each(|object| index.extend_from_slice(&object.id));
    order.iter().for_each(|_| index.extend_from_slice(&[0; 4]));
    for object in &order {
        let offset = if broken & OFFSETS != 0 { (object.offset * 7 + 5) % (length + 9) } else { object.offset };
        index.extend_from_slice(&(offset as u32).to_be_bytes());
    }
    index.extend_from_slice(sum);
    let own = if broken & CHECKSUMS == 0 { sha1(&[&index]) } else { [4; 20] };
    index.extend_from_slice(&own);
    index
}

fn seeds() -> Vec<Vec<u8>> {
    let object = |kind: u8, base: u8, content: &[u8]| [&[kind, base, content.len() as u8][..], content].concat();
    let blob = object(0, 0, b"some text with \xf0 and more of it\n");
    let half = object(0, 0, b"a text that is long enough to be copied");
    let copy = object(6, 0, &[0x90, 20, 10, b' ', b'i', b'n', b's', b'e', b'r', b't', b'e', b'd', b'\n', 0x91, 5, 9]);
    let insert = object(7, 0, &[&[0x90, 9, 41, b' '][..], key().as_bytes()].concat());
    let tree = object(
        2,
        0,
        &[&b"100644 a\0"[..], &name_of("blob", &with_keys(b"some text with \xf0 and more of it\n"))].concat(),
    );
    let names = |id: [u8; 20]| id.iter().map(|byte| format!("{byte:02x}")).collect::<String>();
    let tree_content = &tree[3..];
    let commit = format!(
        "tree {}\nauthor A <a@b> 1 +0000\ncommitter A <a@b> 1 +0000\n\nm\n",
        names(name_of("tree", tree_content))
    );
    let commit = object(1, 0, commit.as_bytes());
    let whole = [&blob[..], &tree, &commit, &half, &copy, &insert].concat();
    let mut seeds: Vec<_> =
        [0, CHECKSUMS, OFFSETS, SIZES, ORDER].iter().map(|&broken| [&[broken], &whole[..]].concat()).collect();
    seeds.push([&[BYTES, 6, 0, 40, 1, 0, 90, 8][..], &whole].concat());
    seeds.push([&[0][..], &half, &insert, &object(6, 0, &[0x90, 49, 1, b'z']), &copy].concat());
    seeds
}
