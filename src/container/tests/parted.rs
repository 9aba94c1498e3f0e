//! Values of Parquet that stand in a page without anything between them: each is on a line of its own, whole.

use super::datafiles::{Contents, contents};
use super::*;

const PLAIN: i64 = 0;
const LENGTHS: i64 = 6;
const SHARED: i64 = 7;
const SPLIT: i64 = 9;

/// Levels, each behind its length: none, those of five values of which one is null, and the same behind those of lists.
const LISTS: [&[u8]; 3] = [b"", b"\x02\0\0\0\x03\x17", b"\x02\0\0\0\x0a\0\x02\0\0\0\x03\x17"];

fn lines(file: &[u8]) -> (Vec<String>, Vec<(Option<String>, String)>) {
    let Contents(members, troubles) = contents(file);
    (members.into_iter().map(|(_, text)| String::from_utf8_lossy(&text).into_owned()).collect(), troubles)
}

#[test]
fn texts_behind_their_lengths_stand_on_lines_of_their_own() {
    let texts: [&[u8]; 4] = [b"shared and one", b"shared and", b"", b"shared, two"];
    let expected = "shared and one\nshared and\n\nshared, two\n";
    for (encoding, values) in [(LENGTHS, data::delta_lengths(&texts)), (SHARED, data::delta_shared(&texts))] {
        for (pack, nulls) in [<[u8]>::to_vec, data::raw_snappy, pack::gzip, pack::zstd].into_iter().zip(0..) {
            let mut pages = Vec::new();
            for levels in LISTS {
                let count = if levels.is_empty() { 4 } else { 5 };
                pages.extend(data::parquet_data_page(count, encoding, &[levels, &values].concat(), pack));
            }
            let packed = pack(&values);
            pages.extend(data::parquet_data_page_2((4 + nulls, nulls), encoding, b"\x02\x01", &packed, values.len()));
            assert_eq!(lines(&data::parquet_of(&pages)), (vec![expected.to_owned(); 4], Vec::new()), "{encoding}");
        }
    }
}

#[test]
fn a_text_that_is_the_same_as_the_one_before_is_an_empty_line() {
    let texts: [&[u8]; 5] = [b"one", b"one", b"one", b"", b"one"];
    let page = data::parquet_data_page(5, SHARED, &data::delta_shared(&texts), <[u8]>::to_vec);
    assert_eq!(lines(&data::parquet_of(&page)).0, ["one\n\n\n\none\n"]);
}

#[test]
fn many_texts_are_read_over_many_blocks() {
    let texts: Vec<String> = (0..1_000).map(|n| format!("{}{}", "x".repeat(n % 71), n * n)).collect();
    let all: Vec<&[u8]> = texts.iter().map(|text| text.as_bytes()).collect();
    for (encoding, values) in [(LENGTHS, data::delta_lengths(&all)), (SHARED, data::delta_shared(&all))] {
        let page = data::parquet_data_page(1_000, encoding, &values, <[u8]>::to_vec);
        assert_eq!(lines(&data::parquet_of(&page)).0, [texts.join("\n") + "\n"]);
    }
}

#[test]
fn what_does_not_fit_is_read_as_it_stands() {
    let texts: [&[u8]; 2] = [b"needles", b"need hay"];
    for (encoding, values) in [(LENGTHS, data::delta_lengths(&texts)), (SHARED, data::delta_shared(&texts))] {
        let of = |count, values: &[u8]| {
            let (mut lines, troubles) =
                lines(&data::parquet_of(&data::parquet_data_page(count, encoding, values, <[u8]>::to_vec)));
            assert_eq!(troubles, []);
            lines.remove(0)
        };
        assert!(!of(2, &values).contains("needlesneed") && of(2, &values).starts_with("needles\n"));
        let behind = [&values[..], b"x"].concat();
        // More texts than there are values, bytes behind them, and too few.
        for (count, values) in [(1, &values[..]), (2, &behind), (2, &values[..values.len() - 1])] {
            assert!(of(count, values).contains("needles"), "{encoding} {count}");
            assert!(!of(count, values).contains("needles\n"), "{encoding} {count}");
        }
    }
    // One that shares more than there was.
    let shared = [data::delta_numbers(&[0, 8]), data::delta_lengths(&[b"needles", b"hay"])].concat();
    let page = data::parquet_data_page(2, SHARED, &shared, <[u8]>::to_vec);
    assert!(lines(&data::parquet_of(&page)).0[0].ends_with("needleshay"));
}

#[test]
fn what_can_be_read_in_two_ways_is_read_in_both() {
    // Two lengths, none and that of all the rest; or how many bytes of levels there are, and behind those two texts.
    let head = [8, 1, 2, 0];
    let levels = u32::from_le_bytes(head) as usize;
    let texts = data::delta_lengths(&[b"one", b"two"]);
    let length = data::zigzag((levels + texts.len() - 4) as i64);
    let page = [&head[..], &length, &vec![0; levels - length.len()], &texts].concat();
    let (read, troubles) = lines(&data::parquet_of(&data::parquet_data_page(2, LENGTHS, &page, <[u8]>::to_vec)));
    assert_eq!((read.len(), &read[1][..], troubles), (2, "one\ntwo\n", Vec::new()));
    assert!(read[0].starts_with("\n\0") && read[0].ends_with("onetwo\n"));
}

#[test]
fn values_of_one_length_are_parted_and_read_as_they_stand() {
    let values = b"forty bytes would be a key; so many more";
    let texts = [&values[..], &values[..]].concat();
    let split: Vec<u8> = values.iter().flat_map(|&byte| [byte, byte]).collect();
    let line = String::from_utf8_lossy(values);
    let parted = format!("{line}\n{line}\n");
    for (encoding, bytes) in [(PLAIN, &texts), (SPLIT, &split)] {
        let raw = String::from_utf8_lossy(bytes).into_owned();
        let pages = [
            data::parquet_data_page(2, encoding, bytes, data::raw_snappy),
            data::parquet_data_page_2((3, 1), encoding, b"\x03\x05", &data::raw_snappy(bytes), bytes.len()),
        ];
        let expected = vec![parted.clone(), raw.clone(), parted.clone(), raw.clone()];
        assert_eq!(lines(&data::parquet_of(&pages.concat())), (expected, Vec::new()), "{encoding}");
        let page = data::parquet_data_page(3, encoding, &[b"\x02\0\0\0\x03\x05", &bytes[..]].concat(), <[u8]>::to_vec);
        let (read, _) = lines(&data::parquet_of(&page));
        assert_eq!((&read[0], read[1].ends_with(&raw)), (&parted, true), "{encoding}");
    }
    // A dictionary's, and numbers, which are too short to be looked at.
    let page = |count: i64, bytes: &[u8]| {
        let size = data::zigzag(bytes.len() as i64);
        [&[0x15, 4, 0x15][..], &size, &[0x15], &size, &[0x4c, 0x15], &data::zigzag(count), &[0x15, 4, 0, 0], bytes]
            .concat()
    };
    assert_eq!(lines(&data::parquet_of(&page(2, &texts))).0[0], parted);
    assert_eq!(lines(&data::parquet_of(&page(10, &texts))).0.len(), 1);
}

#[test]
fn values_that_are_parted_as_a_whole_have_a_size() {
    let told =
        "its values can only be parted as a whole, which may take no more than 24 MiB: they are searched as they stand";
    let of = |size: usize, encoding| {
        let head = if encoding == PLAIN { Vec::new() } else { data::delta_numbers(&[(size - 5) as i64]) };
        let mut page = vec![b'x'; size];
        if encoding != PLAIN {
            // The length of the one text has four bytes.
            page[..head.len()].copy_from_slice(&head);
            let text = data::delta_numbers(&[(size - head.len()) as i64]);
            page[..head.len()].copy_from_slice(&text);
        }
        let Contents(members, troubles) =
            contents(&data::parquet_of(&data::parquet_data_page(1, encoding, &page, <[u8]>::to_vec)));
        (members[0].1.last().copied(), troubles.into_iter().map(|(_, told)| told).collect::<Vec<_>>())
    };
    for encoding in [LENGTHS, PLAIN] {
        assert_eq!(of(24 << 20, encoding), (Some(b'\n'), Vec::new()), "{encoding}");
        assert_eq!(of((24 << 20) + 1, encoding), (Some(b'x'), vec![told.to_owned()]), "{encoding}");
    }
}

#[test]
fn what_is_wrong_with_many_pages_is_told_once() {
    let unknown = "it is broken, or compressed in a way that gridleaks cannot open, as Brotli and LZO are";
    let page = |size| data::parquet_page(size, &[0xd1, 0x35, 0x8e, 0xf1, 0x43, 0x9a]);
    let told = |count| {
        let pages = page(60).repeat(count);
        contents(&data::parquet_of(&pages)).1
    };
    let at = Some("page@4".to_owned());
    assert_eq!(told(1), [(at.clone(), unknown.to_owned())]);
    assert_eq!(told(2), [(at.clone(), format!("{unknown}; the same of one more page of the file"))]);
    assert_eq!(told(9), [(at, format!("{unknown}; the same of 8 more pages of the file"))]);
}

#[test]
fn so_many_things_are_noted_of_pages() {
    // Each window of Zstandard is too large in its own way, from 128 MiB on.
    let page = |number: u8| match number {
        0..16 => {
            data::parquet_page(60, &[0x28, 0xb5, 0x2f, 0xfd, 0, ((17 + number).min(31) << 3) | (number / 15), 1, 0, 0])
        }
        _ => data::parquet_page(60, &[0xd1, 0x35, 0x8e, 0xf1, 0x43, 0x9a]),
    };
    for (kinds, expected) in [(16, 16), (17, 18)] {
        let pages: Vec<u8> = (0..kinds).chain(0..kinds).flat_map(page).collect();
        let Contents(_, troubles) = contents(&data::parquet_of(&pages));
        assert_eq!(troubles.len(), expected, "{kinds}");
    }
}
