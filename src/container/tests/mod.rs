//! Containers that are cut, changed and nested: nothing is lost without a word, and nothing fails.

use std::io::Read;
use std::time::Duration;

use proptest::prelude::*;
use sevenz_rust2::EncoderMethod;

use super::*;

mod archives;
mod arrow;
#[path = "../../../tests/suite/support/arrow.rs"]
mod arrow_files;
mod bounds;
#[path = "../../../tests/suite/support/data.rs"]
pub(super) mod data;
mod datafiles;
mod leveldb;
#[path = "../../../tests/suite/support/leveldb.rs"]
mod leveldb_tables;
#[path = "../../../tests/suite/support/pack.rs"]
mod pack;
mod packs;
mod pages;
mod parted;
mod pieces;
mod redis;
#[path = "../../../tests/suite/support/redis.rs"]
mod redis_dumps;

use pack::Sizes;

/// What is looked for; no key, as no detector takes part.
const WORD: &[u8] = b"a needle in the hay";

/// Opens what it is given, and all that is in it.
#[derive(Default)]
struct Opened {
    /// The names of members that hold the word.
    found: Vec<String>,
    names: Vec<String>,
    troubles: Vec<(Option<String>, String)>,
}

impl Visitor for Opened {
    fn member(&mut self, member: &Member<'_>, content: &mut dyn Read) -> bool {
        let name = String::from_utf8_lossy(member.name).into_owned();
        let mut bytes = Vec::new();
        if let Err(error) = content.read_to_end(&mut bytes) {
            self.troubles.extend(trouble(&error).map(|trouble| (Some(name.clone()), trouble.message)));
        }
        if memchr::memmem::find(&bytes, WORD).is_some() {
            self.found.push(name.clone());
        }
        self.names.push(name);
        if let Some(format) = sniff(&bytes) {
            let inner = open(format, &bytes);
            self.found.extend(inner.found);
            self.troubles.extend(inner.troubles);
        }
        true
    }

    fn trouble(&mut self, member: Option<&[u8]>, trouble: Trouble) {
        self.troubles.push((member.map(|name| String::from_utf8_lossy(name).into_owned()), trouble.message));
    }
}

fn open(format: Format, mut bytes: &[u8]) -> Opened {
    let mut opened = Opened::default();
    let budget = Budget::new(Limits { time: Duration::from_secs(3600), ..Limits::default() });
    budget.read(bytes.len() as u64);
    if let Err(error) = read(format, &mut bytes, &budget, &mut opened) {
        opened.troubles.extend(trouble(&error).map(|trouble| (None, trouble.message)));
    }
    opened
}

/// Some text with the word in it that does not get too small.
fn text() -> Vec<u8> {
    let mut state = 1u32;
    let mut noise = || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        b"abcdefghijklmnop"[(state >> 24) as usize % 16]
    };
    let mut text: Vec<u8> = (0..200).map(|_| noise()).collect();
    text.extend_from_slice(WORD);
    text.extend((0..200).map(|_| noise()));
    text
}

/// A picture without pixels, and with a text.
fn png(text: &[u8]) -> Vec<u8> {
    let chunk = |kind: &[u8; 4], bytes: &[u8]| {
        let named = [kind, bytes].concat();
        [&(bytes.len() as u32).to_be_bytes()[..], &named, &crc32fast::hash(&named).to_be_bytes()].concat()
    };
    let head = chunk(b"IHDR", &[0, 0, 0, 1, 0, 0, 0, 1, 8, 0, 0, 0, 0]);
    let texts = [
        chunk(b"tEXt", b"Software\0none"),
        chunk(b"zTXt", &[b"Comment\0\0", &pack::zlib(b"nothing")[..]].concat()),
        chunk(b"iTXt", &[b"Comment\0\x01\0en\0\0", &pack::zlib(text)[..]].concat()),
    ];
    [&png::SIGNATURE[..], &head, &texts.concat(), &chunk(b"IEND", b"")].concat()
}

/// A web archive with an answer of two pieces.
fn in_pieces(packed: &[u8]) -> Vec<u8> {
    let (first, second) = packed.split_at(100);
    let head = format!("WARC/1.0\r\n\r\nHTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n{:x}\r\n", first.len());
    [head.as_bytes(), first, format!("\r\n{:X}\r\n", second.len()).as_bytes(), second, b"\r\n0\r\n\r\n"].concat()
}

/// A batch with a column of three texts.
fn arrow(text: &[u8], pack: arrow_files::Pack) -> Vec<u8> {
    let (offsets, texts) = arrow_files::texts(&[b"first", text, b"last"]);
    arrow_files::rows(3, &[b"", &offsets, &texts], pack)
}

/// One of each, and whether its checksums cover the text.
fn examples() -> Vec<(&'static str, Vec<u8>)> {
    let text = text();
    let members: [pack::Member<'_>; 3] = [(b"first", b"nothing"), (b"d/x.txt", &text), (b"empty", b"")];
    let zip = |method, sizes| pack::zip(&members, method, sizes);
    vec![
        ("stored", zip(0, Sizes::Before)),
        ("stored, sizes behind", zip(0, Sizes::Behind)),
        ("deflated", zip(8, Sizes::Before)),
        ("deflated, sizes behind", zip(8, Sizes::Behind)),
        ("deflated, sizes behind without a mark", zip(8, Sizes::Unmarked)),
        ("deflated, long sizes", zip(8, Sizes::Long)),
        ("bzip2 in zip", zip(12, Sizes::Before)),
        ("bzip2 in zip, sizes behind", zip(12, Sizes::Behind)),
        ("gzip", pack::gzip(&text)),
        ("gzip twice", [pack::gzip(b"nothing"), pack::gzip(&text)].concat()),
        ("named gzip", pack::gzip_named("x.txt", &text)),
        ("bzip2", pack::bzip2(&text)),
        ("bzip2 twice", [pack::bzip2(b"nothing"), pack::bzip2(&text)].concat()),
        ("xz", pack::xz(&text)),
        ("xz twice", [pack::xz(b"nothing"), pack::xz(&text)].concat()),
        ("zstd", pack::zstd(&text)),
        ("lz4", pack::lz4(&text)),
        ("lz4 twice", [pack::lz4(b"nothing"), pack::lz4(&text)].concat()),
        ("snappy", pack::snappy(&text)),
        ("snappy twice", [pack::snappy(b"nothing"), pack::snappy(&text)].concat()),
        ("lzma", pack::lzma(&text)),
        ("lzip", pack::lzip(&text)),
        ("lzip twice", [pack::lzip(b"nothing"), pack::lzip(&text)].concat()),
        ("7z", pack::sevenz(&members, &[EncoderMethod::LZMA2], false)),
        ("7z, solid", pack::sevenz(&members, &[EncoderMethod::LZMA], true)),
        ("7z, stored", pack::sevenz(&members, &[EncoderMethod::COPY], false)),
        ("7z, PPMd", pack::sevenz(&members, &[EncoderMethod::PPMD], false)),
        ("7z, filtered", pack::sevenz(&members, &[EncoderMethod::BCJ_X86_FILTER, EncoderMethod::LZMA2], true)),
        ("7z, bzip2", pack::sevenz(&members, &[EncoderMethod::BZIP2], true)),
        ("tar", pack::tar(&members)),
        ("tar.gz", pack::gzip(&pack::tar(&members))),
        ("pdf", pack::pdf(&text)),
        ("pdf, ASCII85", pack::pdf_in_ascii85(&text)),
        ("png", png(&text)),
        ("deb", pack::deb(&text)),
        ("git pack", pack::git_pack(&text)),
        ("cpio", pack::cpio(&members)),
        ("rpm", pack::rpm(&pack::gzip(&pack::cpio(&members)))),
        ("dump", pack::pg_dump(&text)),
        ("rpm, members without headers", pack::rpm(&pack::gzip(&pack::stripped_cpio(&[(0, b"nothing"), (2, &text)])))),
        ("initramfs", [pack::cpio(&members[..1]), pack::lzma(&text)].concat()),
        ("image for a board", pack::board_image(3, &pack::lzma(&text))),
        ("lz4's first format", pack::old_lz4(&text)),
        ("avro", data::avro("null", <[u8]>::to_vec, &[&text])),
        ("avro, deflated", data::avro("deflate", pack::deflate, &[&text])),
        ("avro, snappy", data::avro("snappy", data::summed_snappy, &[&text])),
        ("avro, zstandard", data::avro("zstandard", pack::zstd, &[&text])),
        ("arrow", arrow_files::file(&arrow(&text, None))),
        ("arrow, lz4", arrow_files::file(&arrow(&text, Some((0, pack::lz4))))),
        ("arrow, zstd", arrow_files::file(&arrow(&text, Some((1, pack::zstd))))),
        ("arrow stream", arrow_files::stream(&arrow(&text, Some((1, pack::zstd))))),
        ("redis", redis_dumps::dump(&[redis_dumps::compressed(&[&text[..], &text].concat())])),
        ("parquet", data::parquet(<[u8]>::to_vec, &text)),
        ("parquet, snappy", data::parquet(data::raw_snappy, &text)),
        ("parquet, zstd", data::parquet(pack::zstd, &text)),
        ("parquet, lz4", data::parquet(data::raw_lz4, &text)),
        ("web archive, in pieces", in_pieces(&pack::gzip(&text))),
        ("web archive", [&b"WARC/1.0\r\n\r\nHTTP/1.1 200 OK\r\n\r\n"[..], &pack::gzip(&text), b"\r\n"].concat()),
    ]
}

#[test]
fn what_came_out_before_a_stream_breaks_counts() {
    // A block that is stored, and behind it one of a kind that there is not.
    let text = text();
    let length = text.len() as u16;
    let deflated = [&[0][..], &length.to_le_bytes(), &(!length).to_le_bytes(), &text, &[7, 0, 0, 0]].concat();
    let (mut zip, mut directory) = (Vec::new(), Vec::new());
    pack::entry(&mut zip, &mut directory, b"m", (8, 0), &deflated, &text, Sizes::Before);
    let zip = pack::finish(zip, &directory, 1);
    let head = format!("%PDF-1.4\n1 0 obj\n<< /Length {} /Filter /FlateDecode >>\nstream\r\n", deflated.len() + 2);
    let pdf = [head.as_bytes(), &[0x78, 0x9c], &deflated, b"\nendstream\nendobj\n%%EOF\n"].concat();
    let gzip = [&[0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3][..], &deflated].concat();
    let streams = [(Format::Zip, zip), (Format::Pdf, pdf), (Format::Stream(Compression::Gzip), gzip)];
    for (format, bytes) in streams {
        let opened = open(format, &bytes);
        assert_eq!(opened.found.len(), 1, "{format:?}");
        assert_eq!(opened.troubles.len(), 1, "{format:?}: {:?}", opened.troubles);
    }
}

#[test]
fn how_much_is_asked_for_at_once_changes_nothing() {
    struct Pieces {
        size: usize,
        bytes: Vec<u8>,
    }
    impl Visitor for Pieces {
        fn member(&mut self, _: &Member<'_>, content: &mut dyn Read) -> bool {
            let mut piece = vec![0; self.size];
            while let Ok(1..) = content.read(&mut piece).inspect(|&read| self.bytes.extend_from_slice(&piece[..read])) {
            }
            true
        }

        fn trouble(&mut self, _: Option<&[u8]>, _: Trouble) {}
    }
    let text = text().repeat(40);
    for (compression, packed) in [
        (Compression::Gzip, pack::gzip(&text)),
        (Compression::Zlib, pack::zlib(&text)),
        (Compression::Deflate, pack::deflate(&text)),
        (Compression::Bzip2, pack::bzip2(&text)),
        (Compression::Xz, pack::xz(&text)),
        (Compression::Zstd, pack::zstd(&text)),
        (Compression::Lzma, pack::lzma(&text)),
        (Compression::Lzip, pack::lzip(&text)),
    ] {
        for at in (20..packed.len()).step_by(7) {
            let mut broken = packed.clone();
            broken[at] ^= 0x5a;
            for broken in [&broken[..], &packed[..at]] {
                let [small, large] = [100, 1 << 20].map(|size| {
                    let budget = Budget::new(Limits { time: Duration::from_secs(3600), ..Limits::default() });
                    budget.read(broken.len() as u64);
                    let mut pieces = Pieces { size, bytes: Vec::new() };
                    drop(read(Format::Stream(compression), &mut &broken[..], &budget, &mut pieces));
                    pieces.bytes
                });
                assert!(small == large, "{compression:?} changed at {at}: {} {}", small.len(), large.len());
            }
        }
    }
}

#[test]
fn what_stands_before_a_cut_is_found() {
    let text = [text(), text().repeat(800)].concat();
    for (name, packed) in [
        ("gzip", pack::gzip(&text)),
        ("zlib", pack::zlib(&text)),
        ("xz", pack::xz(&text)),
        ("zstd", pack::zstd(&text)),
        ("zip", pack::zip(&[(b"x", &text)], 8, Sizes::Before)),
    ] {
        let opened = open(sniff(&packed).expect(name), &packed[..packed.len() - packed.len() / 5]);
        assert_eq!(opened.found.len(), 1, "{name}");
        assert!(!opened.troubles.is_empty(), "{name}");
    }
}

#[test]
fn each_is_recognised_and_opened() {
    for (name, bytes) in examples() {
        let opened = open(sniff(&bytes).expect(name), &bytes);
        assert!(!opened.found.is_empty() && opened.troubles.is_empty(), "{name}: {:?}", opened.troubles);
    }
}

#[test]
fn what_is_cut_off_is_told() {
    for (name, bytes) in examples() {
        let is_silent = |cut: &usize| {
            let Some(format) = sniff(&bytes[..*cut]) else {
                assert!(*cut < BEGINNING, "{name} cut at {cut}");
                return false;
            };
            let opened = open(format, &bytes[..*cut]);
            opened.found.is_empty() && opened.troubles.is_empty()
        };
        let silent: Vec<usize> = (1..bytes.len()).filter(is_silent).collect();
        // Where the first of two streams ends, nothing shows that there was another; documents and pictures do not say how many they have.
        // Nothing ends LZ4's first format. What is left of LZMA's header behind an archive is none, and that archive's last zeros are no loss.
        let most = match name {
            "lz4's first format" => 1,
            // A file without a block is one, and so are frames without a chunk.
            _ if name.starts_with("avro") => 1,
            // A stream ends behind any message.
            "arrow stream" => 1,
            _ if name.starts_with("snappy") => 3,
            "initramfs" => 17,
            _ if name.ends_with("twice") => 1,
            _ => 0,
        };
        assert!(
            silent.len() <= most
                || matches!(name, "pdf" | "pdf, ASCII85" | "png" | "dump")
                || name.starts_with("web archive"),
            "{name} cut at {silent:?}"
        );
    }
}

#[test]
fn what_is_changed_is_told() {
    let has_checksum = |name: &str| {
        !matches!(name, "tar" | "cpio" | "pdf" | "pdf, ASCII85" | "png" | "deb" | "zstd" | "dump" | "web archive")
            && !matches!(
                name,
                "web archive, in pieces"
                    | "initramfs"
                    | "image for a board"
                    | "lz4's first format"
                    | "rpm, members without headers"
            )
            && !["avro", "parquet", "arrow", "redis", "snappy"].iter().any(|kind| name.starts_with(kind))
    };
    // What 7z archives are compressed by is the affair of those formats, and takes megabytes each time.
    let is_cheap = |name: &str| !name.starts_with("7z") || name == "7z, stored";
    for (name, bytes) in examples().into_iter().filter(|(name, _)| has_checksum(name) && is_cheap(name)) {
        for at in 0..bytes.len() {
            for change in [1, 0x80] {
                let mut bytes = bytes.clone();
                bytes[at] ^= change;
                let Some(format) = sniff(&bytes) else { continue };
                let opened = open(format, &bytes);
                assert!(!opened.found.is_empty() || !opened.troubles.is_empty(), "{name}: byte {at} ^ {change}");
            }
        }
    }
}

#[test]
fn text_that_begins_like_a_stream_is_text() {
    for text in [&b"x\x9c is how zlib begins, they say, and then goes on"[..], b"x^\x80 "] {
        let opened = sniff(text).map(|format| open(format, text));
        assert!(opened.is_none_or(|opened| opened.troubles.is_empty()), "{text:?}");
    }
}

/// Wraps bytes in a container.
fn wrap(kind: u8, bytes: &[u8]) -> Vec<u8> {
    match kind % 12 {
        0 => pack::zip(&[(b"a", b"x"), (b"b", bytes)], 8, Sizes::Before),
        1 => pack::zip(&[(b"b", bytes)], 0, Sizes::Before),
        2 => pack::zip(&[(b"b", bytes)], 0, Sizes::Behind),
        3 => pack::zip(&[(b"b", bytes)], 12, Sizes::Behind),
        4 => pack::tar(&[(b"a", b"x"), (b"b", bytes)]),
        5 => pack::gzip(bytes),
        6 => pack::bzip2(bytes),
        7 => pack::xz(bytes),
        8 => pack::deb(bytes),
        9 => pack::cpio(&[(b"a", b"x"), (b"b", bytes)]),
        10 => pack::rpm(&pack::xz(&pack::cpio(&[(b"b", bytes)]))),
        _ => pack::zstd(bytes),
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// However containers lie in each other, what is in the innermost is found.
    #[test]
    fn what_lies_deep_is_found(kinds in prop::collection::vec(any::<u8>(), 1..=4), before in prop::collection::vec(any::<u8>(), 1..300)) {
        let content = [&b"text "[..], &before, WORD].concat();
        let packed = kinds.iter().fold(content, |bytes, kind| wrap(*kind, &bytes));
        let opened = open(sniff(&packed).unwrap(), &packed);
        prop_assert!(opened.troubles.is_empty(), "{:?}", opened.troubles);
        prop_assert!(!opened.found.is_empty());
    }

    /// Whatever comes behind a beginning, nothing fails and all of it ends.
    #[test]
    fn nothing_fails(kind in any::<u8>(), keep in 0usize..200, noise in prop::collection::vec(any::<u8>(), 0..2000)) {
        let packed = wrap(kind, WORD);
        let bytes = [&packed[..keep.min(packed.len())], &noise].concat();
        for format in [Format::Zip, Format::ZipBehind, Format::Tar, Format::Cpio, Format::Carrier, Format::Pdf, Format::Deb, Format::Git] {
            open(format, &bytes);
        }
        if let Some(format) = sniff(&bytes) {
            open(format, &bytes);
        }
    }
}
