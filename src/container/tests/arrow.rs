//! Arrow's buffers: however they are compressed, each is read, with its values on lines of their own, and what is none is told.

use super::arrow_files::{self, Pack, batch, dictionary, file, message, packed, rows, stream, texts};
use super::datafiles::{Contents, contents};
use super::*;

const PACKS: [Pack; 3] = [None, Some((0, pack::lz4)), Some((1, pack::zstd))];

const VALUES: [&[u8]; 4] = [b"one", b"", b"three", b"four"];

/// What is in the members of a container that holds values, and what is told.
fn all(bytes: &[u8]) -> (Vec<String>, Vec<String>) {
    let Contents(members, troubles) = contents(bytes);
    let text = |(_, bytes): (String, Vec<u8>)| String::from_utf8_lossy(&bytes).into_owned();
    (members.into_iter().map(text).collect(), troubles.into_iter().map(|(_, told)| told).collect())
}

/// The members that are text.
fn values(bytes: &[u8]) -> Vec<String> {
    let (members, troubles) = all(bytes);
    assert_eq!(troubles, [""; 0]);
    members.into_iter().filter(|text| text.starts_with(|first: char| first.is_ascii_lowercase())).collect()
}

#[test]
fn values_stand_on_lines_of_their_own() {
    let (offsets, text) = texts(&VALUES);
    let wide: Vec<u8> = offsets.as_chunks().0.iter().flat_map(|[a, b, c, d]| [*a, *b, *c, *d, 0, 0, 0, 0]).collect();
    let filled = [&offsets[..], &[0; 44]].concat();
    for pack in PACKS {
        for offsets in [&offsets, &wide, &filled] {
            let rows = rows(4, &[b"", offsets, &text, b"", offsets, &text], pack);
            for bytes in [file(&rows), stream(&rows)] {
                assert_eq!(values(&bytes), ["one\nthree\nfour\n"; 2], "{pack:?}");
            }
        }
        // As versions before 0.15 wrote them.
        let old = file(&rows(4, &[&offsets, &text], pack));
        let old = [&old[..8], &old[12..]].concat();
        let marked = memchr::memmem::rfind(&old, &[0xff; 4]).unwrap();
        let batch = memchr::memmem::find(&old, &[0xff; 4]).unwrap();
        let old = [&old[..batch], &old[batch + 4..marked], &old[marked + 4..]].concat();
        assert_eq!(values(&old), ["one\nthree\nfour\n"], "{pack:?}");
    }
}

#[test]
fn values_that_views_lead_to_stand_on_lines_of_their_own() {
    let (first, second) = (b"a value of nineteen", b"a value that has thirty bytes..");
    let view = |length: usize, buffer: u32, start: u32| {
        [&(length as u32).to_le_bytes()[..], b"a va", &buffer.to_le_bytes(), &start.to_le_bytes()].concat()
    };
    let inline = [&3u32.to_le_bytes()[..], b"one\0\0\0\0\0\0\0\0\0"].concat();
    let views = [view(first.len(), 1, 5), inline, view(second.len(), 1, 5 + first.len() as u32)].concat();
    let text = [b"?????", &first[..], second, b"rest"].concat();
    for pack in PACKS {
        let (buffers, codec) = packed(&[b"", &views, b"nothing", &text], pack);
        let sizes: Vec<usize> = buffers.iter().map(Vec::len).collect();
        let rows = message(3, Some(batch(&[3], &sizes, codec, true)), &buffers.concat());
        let (members, troubles) = all(&file(&rows));
        assert_eq!((members.len(), &troubles[..]), (3, &[][..]));
        let expected = ["?????", std::str::from_utf8(first).unwrap(), std::str::from_utf8(second).unwrap(), "rest"];
        assert_eq!(members[2], expected.join("\n"), "{pack:?}");
    }
}

#[test]
fn dictionaries_are_read_and_what_is_shared_is_read_once() {
    let (offsets, text) = texts(&VALUES);
    let header = |body: &[&[u8]]| batch(&[4], &[body[0].len(), body[1].len()], None, false);
    let body = [&offsets[..], &text];
    let of = message(2, Some(dictionary(header(&body))), &body.concat());
    let after = message(3, Some(batch(&[4], &[offsets.len()], None, false)), &offsets);
    assert_eq!(values(&file(&[of, after].concat())), ["one\nthree\nfour\n"]);
    // Compressed buffers may be kept as they are, and a dictionary's codec is its own.
    let plain = [&(-1i64).to_le_bytes()[..], &text].concat();
    let kept = message(3, Some(batch(&[9], &[plain.len()], Some(1), false)), &plain);
    assert_eq!(values(&file(&kept)), ["onethreefour"]);
}

#[test]
fn what_is_no_offset_parts_nothing() {
    let (offsets, text) = texts(&VALUES);
    let falling: Vec<u8> = offsets.as_chunks::<4>().0.iter().rev().flatten().copied().collect();
    let far: Vec<u8> = [0, 3, 8, text.len() as u32 + 1].iter().flat_map(|end| end.to_le_bytes()).collect();
    for (rows_of, offsets) in [(4, &falling), (3, &far), (9, &offsets), (4, &offsets[1..].to_vec()), (4, &vec![0; 20])]
    {
        assert_eq!(values(&file(&rows(rows_of, &[offsets, &text], None))), ["onethreefour"]);
    }
}

#[test]
fn what_is_no_file_of_arrow_is_told() {
    let (offsets, text) = texts(&VALUES);
    let sound = file(&rows(4, &[&offsets, &text], None));
    let told = |bytes: &[u8]| all(bytes).1;
    let no_message = |at: u64| [format!("what stands at byte {at} is no message: what follows may be lost")];
    for length in [-1, 3] {
        let mut broken = sound.clone();
        broken[12..16].copy_from_slice(&i32::to_le_bytes(length));
        assert_eq!(told(&broken), no_message(if length < 0 { 12 } else { 8 }), "{length}");
    }
    let beyond = message(3, Some(batch(&[4], &[9], None, false)), b"12345678");
    assert_eq!(told(&file(&beyond)).len(), 1);
    let unknown = rows(4, &[&offsets, &text], Some((2, <[u8]>::to_vec)));
    assert_eq!(told(&file(&unknown)), ["it is compressed in a way that gridleaks does not know"; 2]);
    let broken = rows(4, &[&offsets, &text], Some((0, |_| b"no frame".to_vec())));
    assert_eq!(told(&file(&broken)).len(), 2);
    assert_eq!(told(&sound[..sound.len() - 1]), ["it is cut off"]);
    // What is longer than it says is read to its end.
    let longer = rows(4, &[&offsets, &text], Some((1, |bytes| pack::zstd(&[bytes, b" and more"].concat()))));
    assert_eq!(all(&file(&longer)).0.last().unwrap(), "one\nthree\nfour\n and more");
    for text in
        [&b"ARROW1 is what they begin with"[..], &[0xff; 600], &stream(b"")[..20], b"\xff\xff\xff\xff\x10\0\0\0"]
    {
        assert_eq!(sniff(text), None);
    }
}

#[test]
fn messages_and_offsets_have_a_length() {
    let most = 16 << 20;
    for (length, is_told) in [(most, false), (most + 8, true)] {
        let long = [&[0xff; 4][..], &(length as u32).to_le_bytes(), &arrow_files::message(1, None, b"")[8..]].concat();
        let long = [b"ARROW1\0\0", &long[..], &vec![0; length]].concat();
        let told = all(&long).1;
        assert_eq!(told[0].contains("says that it has more than 16 MiB"), is_told, "{told:?}");
    }
    let most = 8 << 20;
    for (size, expected) in [(most, "one\ntwo\n"), (most + 4, "onetwo")] {
        let mut offsets = [0u32, 3, 6].map(u32::to_le_bytes).concat();
        offsets.resize(size, 0);
        let (members, troubles) = all(&file(&rows(2, &[&offsets, b"onetwo"], None)));
        assert_eq!((members[1].as_str(), troubles.len()), (expected, 0), "{size}");
    }
}
