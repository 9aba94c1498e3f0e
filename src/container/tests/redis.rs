//! Dumps of Redis: strings that are compressed are found wherever they stand.

use super::datafiles::{Contents, contents};
use super::redis_dumps::{compressed, compressed_as, dump, length, lzf, plain};
use super::*;

fn all(bytes: &[u8]) -> (Vec<String>, Vec<String>) {
    let Contents(members, troubles) = contents(bytes);
    let text = |(_, bytes): (String, Vec<u8>)| String::from_utf8_lossy(&bytes).into_owned();
    (members.into_iter().map(text).collect(), troubles.into_iter().map(|(_, told)| told).collect())
}

#[test]
fn compressed_strings_are_found_between_others() {
    let (first, second) = ("first first first ".repeat(3), "\u{c3}second, ".repeat(5000));
    let strings = [plain(b"nothing"), compressed(first.as_bytes()), plain(&[0xc3; 90]), compressed(second.as_bytes())];
    let bytes = dump(&strings);
    assert_eq!(all(&bytes), (vec![first.clone(), second.clone()], vec![]));
    // By another name, and with commands behind it.
    let valkey = [b"VALKEY080", &bytes[9..]].concat();
    assert_eq!(all(&valkey).0.len(), 2);
    assert_eq!(all(&[&bytes[..], b"*1\r\n$4\r\nPING\r\n"].concat()).1, [""; 0]);
    // The first versions have no checksum.
    for number in [b"0001", b"0004"] {
        let old = [b"REDIS", &number[..], &bytes[9..bytes.len() - 8]].concat();
        assert_eq!((all(&old).0.len(), all(&old).1.is_empty()), (2, true));
        assert_eq!(all(&old[..40]).1, ["it is cut off"]);
    }
    // Marks that begin no string; one of these in front of a string, which seems to be within it.
    let behind = [&[0xc3, 40, 60, 0xc3, 0xc3, 30, 64][..], &strings[1]].concat();
    assert_eq!(all(&dump(&[behind])).0, [first]);
    assert_eq!(all(&bytes[..bytes.len() - 1]).1, ["it is cut off"]);
    assert_eq!(all(&bytes[..40]).1, ["it is cut off"]);
    for text in ["REDIS_URL=redis://localhost", "REDISONE1", "VALKEY08", "REDIS001"] {
        assert_eq!(sniff(text.as_bytes()), None, "{text}");
    }
}

#[test]
fn lengths_have_any_form() {
    let text = "some text that is some text ".repeat(3);
    let packed = lzf(text.as_bytes());
    let forms = |length: usize| {
        let wide = |mark: u8, bytes: &[u8]| [&[mark], bytes].concat();
        [
            vec![0x40 | (length >> 8) as u8, length as u8],
            wide(0x80, &(length as u32).to_be_bytes()),
            wide(0x81, &(length as u64).to_be_bytes()),
        ]
    };
    for (packed_length, size) in
        forms(packed.len()).into_iter().flat_map(|one| forms(text.len()).map(|two| (one.clone(), two)))
    {
        let string = [&[0xc3][..], &packed_length, &size, &packed].concat();
        assert_eq!(all(&dump(&[string])).0, [text.as_str()]);
    }
    assert_eq!(length(16_383).len(), 2);
    // One byte more or less, of either, is none.
    for (more, size) in [(0, 1), (0, -1), (1, 0)] {
        let packed = [&packed[..], &vec![0; more]].concat();
        let string = compressed_as(&packed, (text.len() as isize + size) as usize);
        assert_eq!(all(&dump(&[string])).0, [""; 0], "{more} {size}");
    }
}

/// A compressed string of noise, of a few MiB, and what it becomes.
fn long() -> (Vec<u8>, Vec<u8>) {
    let mut random = crate::random::Random::new(7);
    let noise: Vec<u8> = (0..3 << 20).map(|_| random.below(256) as u8).collect();
    let runs: Vec<u8> = noise.chunks(32).flat_map(|run| [&[31][..], run].concat()).collect();
    // With a copy of 264 bytes, it has fewer bytes than it becomes, as all strings that are compressed.
    let copies = [0xe0, 0xff, 0x00].repeat(1000);
    let last = noise[noise.len() - 1];
    ([runs, copies].concat(), [noise, vec![last; 264_000]].concat())
}

#[test]
fn a_string_that_is_longer_than_what_is_there_is_read() {
    let (packed, text) = long();
    let string = compressed_as(&packed, text.len());
    let Contents(members, troubles) = contents(&dump(&[string.clone(), compressed(&[b'a'; 99])]));
    assert!(members[0].1 == text && members[1].1 == [b'a'; 99] && members.len() == 2 && troubles.is_empty());
    // What breaks behind what was looked at is told, and what came before counts.
    let mut broken = string.clone();
    broken[2 << 20..].fill(0xff);
    let Contents(members, troubles) = contents(&dump(&[broken]));
    assert!(members[0].1.len() > 1 << 20 && text.starts_with(&members[0].1[..1 << 20]));
    assert_eq!(troubles[0].1, "its size is wrong");
    // What breaks before is none.
    let mut other = string;
    other[1 << 19..].fill(0xff);
    assert_eq!(all(&dump(&[other])).0.len(), 0);
}

#[test]
fn what_is_looked_at_in_vain_is_bounded() {
    let (packed, text) = long();
    // Each mark, which is a run of the string that the one before begins, begins one that is sound for long, and is none.
    let mark = [&[10, 0xc3][..], &length(900 << 10), &length(text.len())].concat();
    for (count, is_told) in [(60, false), (100, true)] {
        let marks = dump(&[[mark.repeat(count), packed[..890 << 10].to_vec(), vec![0xff; 20 << 10]].concat()]);
        let told = all(&marks).1;
        assert_eq!(told.iter().any(|told| told.contains("than can be looked at")), is_told, "{count} {told:?}");
    }
}
