//! Parquet's pages: however they are compressed, each is read, and what is none is told.

use super::datafiles::{Contents, contents};
use super::*;

type Codec = (&'static str, fn(&[u8]) -> Vec<u8>);
const CODECS: [Codec; 7] = [
    ("none", <[u8]>::to_vec),
    ("snappy", data::raw_snappy),
    ("gzip", pack::gzip),
    ("zstd", pack::zstd),
    ("lz4 alone", data::raw_lz4),
    ("lz4 as Hadoop writes it", data::hadoop_lz4),
    ("lz4 in frames", pack::lz4),
];

const UNKNOWN: &str = "it is broken, or compressed in a way that gridleaks cannot open, as Brotli and LZO are";

#[test]
fn each_value_of_a_page_stands_on_a_line_however_it_is_compressed() {
    // What a length has in its first byte may be a letter: here of 48.
    let texts: [&[u8]; 3] = [b"one", WORD, &[b'x'; 48]];
    let (values, expected) = (data::byte_arrays(&texts), [&texts.join(&b'\n')[..], b"\n"].concat());
    for (codec, pack) in CODECS {
        let packed = pack(&values);
        let pages = [
            data::parquet_page(values.len(), &packed),
            data::parquet_second_page(b"\x02\x01\0", values.len(), &packed, true),
            data::parquet_second_page(b"\x03", values.len(), &values, false),
        ];
        let Contents(members, troubles) = contents(&data::parquet_of(&pages.concat()));
        let found: Vec<&[u8]> = members.iter().map(|(_, text)| &text[..]).collect();
        assert_eq!((&found[..], troubles), (&[&expected[..]; 3][..], Vec::new()), "{codec}");
    }
}

#[test]
fn what_stands_between_pages_goes_by() {
    let values = data::byte_arrays(&[WORD]);
    let page = data::parquet_page(values.len(), &data::raw_snappy(&values));
    // What a chunk is, zeros, where pages are, and a filter.
    for between in
        [&b"\x15\x0c\x19\x15\0\0"[..], &[0; 700], b"\x19\x1c\x16\x08\x15\x02\0\0", b"\x15\x08\x1c\x1c\0\0\0abcd"]
    {
        let all = [&b"PAR1"[..], &page, between, &page, between, &data::parquet_end(2 * page.len())].concat();
        let Contents(members, troubles) = contents(&all);
        assert_eq!((members.len(), troubles), (2, Vec::new()), "{}", between.escape_ascii());
    }
    // A file that has only metadata, of what lies in others.
    assert_eq!(contents(&data::parquet_of(b"")).1, []);
}

#[test]
fn what_is_no_page_or_missing_is_told() {
    let values = data::byte_arrays(&[WORD]);
    let packed = data::raw_snappy(&values);
    let page = data::parquet_page(values.len(), &packed);
    let told = |file: &[u8]| contents(file).1.into_iter().map(|(_, told)| told).collect::<Vec<_>>();
    let end = data::parquet_end(page.len());
    let some = "it has more pages than follow its beginning: some were not read";
    assert_eq!(told(&[b"PAR1\x19\x0c\0", &end[..]].concat()), [some]);
    let none = "what stands at byte 4 is no page: what follows may be lost";
    assert_eq!(told(&[b"PAR1\xff\xff", &page[..], &end].concat()), [none]);
    assert_eq!(told(b"PAR1\x2e\0\0\0 what is encrypted"), [none]);
    assert_eq!(told(b"PARE\x2c\0\0\0 what is encrypted"), ["it is encrypted"]);
    assert_eq!(
        told(&[&data::parquet_of(&page)[..], b"x"].concat()),
        ["it does not end as it should: some of it may be lost"]
    );
    let random = [0xd1, 0x35, 0x8e, 0xf1, 0x43, 0x9a];
    assert_eq!(told(&data::parquet_of(&data::parquet_page(60, &random))), [UNKNOWN]);
    // Sizes that lie.
    for (size, packed) in [(values.len() + 1, pack::gzip(&values)), (values.len() - 1, pack::zstd(&values))] {
        assert_eq!(told(&data::parquet_of(&data::parquet_page(size, &packed))), ["its size is wrong"]);
    }
    assert_eq!(told(&data::parquet_of(&data::parquet_page(values.len() + 1, &packed))), [UNKNOWN]);
    let mut broken = packed.clone();
    *broken.last_mut().unwrap() = 0xff;
    broken.push(0xff);
    assert_eq!(
        told(&data::parquet_of(&data::parquet_page(values.len(), &broken))),
        ["its compressed bytes are broken"]
    );
}

#[test]
fn the_header_of_a_page_has_a_length() {
    let values = data::byte_arrays(&[WORD]);
    for (length, told) in
        [(128 << 10, None), ((128 << 10) + 1, Some("the header of a page in it has more than 128 KiB"))]
    {
        // With the least value in it, which has three bytes for its own length.
        let numbers =
            [&[0x15, 0, 0x15][..], &data::zigzag(values.len() as i64), &[0x15], &data::zigzag(values.len() as i64)]
                .concat();
        let least = length - numbers.len() - 17;
        let size = [least as u8 | 0x80, (least >> 7) as u8 | 0x80, (least >> 14) as u8];
        let own =
            [&[0x2c, 0x15, 2, 0x15, 0, 0x15, 6, 0x15, 6, 0x1c, 0x28][..], &size, &vec![b'v'; least], &[0, 0, 0][..]]
                .concat();
        let header = [numbers, own].concat();
        let length = header.len();
        let Contents(_, troubles) = contents(&data::parquet_of(&[header, values.clone()].concat()));
        assert_eq!(troubles.first().map(|(_, told)| &told[..]), told, "{length}");
    }
}
