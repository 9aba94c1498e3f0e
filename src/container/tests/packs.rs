//! Git packs as files: bases by name, and objects that are too large to be held, or that had to make room.

use super::*;

/// An entry of a pack: its kind, what names its base, and what is deflated.
fn entry(kind: u8, base: &[u8], bytes: &[u8]) -> Vec<u8> {
    let size = bytes.len();
    let more = if size > 15 { 0x80 } else { 0 };
    let rest = if size > 15 { pack::varint((size >> 4) as u64) } else { Vec::new() };
    [&[kind << 4 | more | (size & 15) as u8][..], &rest, base, &pack::zlib(bytes)].concat()
}

/// Opens a pack of these entries; the checksum at its end is nothing that is looked at.
fn opened(entries: &[Vec<u8>]) -> Opened {
    let bytes = [b"PACK\0\0\0\x02\0\0\0", &[entries.len() as u8][..], &entries.concat(), &[0; 20]].concat();
    open(sniff(&bytes).unwrap(), &bytes)
}

/// A delta that copies so many bytes of a base and adds some.
fn delta(base: &[u8], copied: u8, added: &[u8]) -> Vec<u8> {
    let sizes = [pack::varint(base.len() as u64), pack::varint(u64::from(copied) + added.len() as u64)].concat();
    [&sizes, &[0x90, copied, added.len() as u8][..], added].concat()
}

fn name(blob: &[u8]) -> Vec<u8> {
    gix::objs::compute_hash(gix::hash::Kind::Sha1, gix::objs::Kind::Blob, blob).unwrap().as_slice().to_vec()
}

/// So many bytes that shrink by much, but not by so much that it is too much.
fn large(size: usize) -> Vec<u8> {
    (0..size as u32).map(|at| if at % 50 == 0 { (at.wrapping_mul(2_654_435_761) >> 24) as u8 } else { 0 }).collect()
}

#[test]
fn a_delta_may_name_its_base() {
    let base = &WORD[..WORD.len() - 3];
    let delta = delta(base, base.len() as u8, b"hay");
    let found = opened(&[entry(3, &[], base), entry(7, &name(base), &delta)]);
    assert_eq!((found.found.len(), &found.troubles[..]), (1, &[][..]), "{:?}", found.names);
    let found = opened(&[entry(3, &[], b"something else"), entry(7, &name(base), &delta)]);
    assert!(found.found.is_empty() && found.troubles.len() == 1);
    assert!(found.troubles[0].1.starts_with("it is a delta of an object that is not here"), "{:?}", found.troubles);
}

#[test]
fn objects_that_are_too_large_to_be_held_are_searched_as_they_come() {
    let many = [large(9 << 20), WORD.to_vec()].concat();
    let whole = opened(&[entry(3, &[], &many), entry(3, &[], WORD)]);
    assert_eq!((whole.found.len(), &whole.troubles[..]), (2, &[][..]), "{:?}", whole.names);
    // A delta of that size is searched for what it adds, and that it is not put together is told.
    let changed = opened(&[entry(3, &[], b"base"), entry(7, &name(b"base"), &many), entry(3, &[], WORD)]);
    assert_eq!(changed.found.len(), 2, "{:?}", changed.names);
    let told: Vec<_> = changed.troubles.iter().map(|trouble| &*trouble.1).collect();
    assert_eq!(told, ["it is a delta that is too large to be put together"]);
}

#[test]
fn the_largest_object_that_is_held_may_have_deltas() {
    for (size, is_held) in [(8 << 20, true), ((8 << 20) + 1, false)] {
        let base = large(size);
        let changed = opened(&[entry(3, &[], &base), entry(7, &name(&base), &delta(&base, 9, WORD))]);
        let told: Vec<_> = changed.troubles.iter().map(|trouble| &*trouble.1).collect();
        assert_eq!((changed.found.len(), told.is_empty()), (1, is_held), "{size}: {told:?}");
        assert!(is_held || told[0].starts_with("it is a delta of an object that is not here"), "{told:?}");
        assert_eq!(changed.names[0].starts_with("blob "), is_held, "{:?}", changed.names);
    }
}

#[test]
fn a_base_that_had_to_make_room_is_told_as_missing() {
    let base = &WORD[..WORD.len() - 3];
    let others = (1..=4u8).map(|number| entry(3, &[], &[large(7 << 20), vec![number]].concat()));
    let delta = entry(7, &name(base), &delta(base, base.len() as u8, b"hay"));
    let entries: Vec<_> = [entry(3, &[], base)].into_iter().chain(others).chain([delta]).collect();
    let found = opened(&entries);
    assert!(found.found.is_empty(), "{:?}", found.found);
    let told: Vec<_> = found.troubles.iter().map(|trouble| &*trouble.1).collect();
    assert!(matches!(told[..], [one] if one.contains("not in memory any more")), "{told:?}");
}
