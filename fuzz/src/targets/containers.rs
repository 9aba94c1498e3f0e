//! One target for each family of containers: arbitrary bytes behind what the format begins with are read to their end within the limits,
//! with the same result however the bytes come; and a scan of them ends, too.

use std::io::Read;
use std::time::Duration;

use gridleaks::container::{Budget, Compression, Format, Limits, Member, Trouble, Visitor, read, sniff, trouble};
use gridleaks::scan::{self, Counters, Options};
use gridleaks::source::Named;
use sevenz_rust2::EncoderMethod;

use crate::Target;
use crate::build::{self, Sizes};
use crate::parts::{DETECTOR, key};

/// So little that inputs of a few hundred bytes meet it; but for the time, which is the driver's matter: a process may be stopped for a minute,
/// and then one of two results that are compared would say so.
const LIMITS: Limits =
    Limits { depth: 3, bytes: 4 << 20, ratio: 50, ratio_from: 1 << 20, members: 500, time: Duration::from_secs(3600) };

/// What one call may hand over beyond a limit: a buffer.
const SLACK: u64 = 256 << 10;

pub(super) const fn family(
    name: &'static str,
    run: fn(&[u8]),
    seeds: fn() -> Vec<Vec<u8>>,
    words: &'static [&'static [u8]],
) -> Target {
    Target { name, run, seeds, words, longest: 8192, inputs: 2500 }
}

pub(super) const ZIP: Target = family(
    "zip",
    |data| {
        run(data, Format::Zip);
        run(data, Format::ZipBehind);
    },
    zips,
    &[
        b"PK\x03\x04",
        b"PK\x01\x02",
        b"PK\x05\x06",
        b"PK\x07\x08",
        b"PK\x06\x06",
        b"PK\x06\x07",
        b"../",
        b"\x01\0\x10\0",
    ],
);
pub(super) const TAR: Target = family(
    "tar",
    |data| {
        run(data, Format::Tar);
        run(data, Format::Deb);
    },
    tars,
    &[b"debian-binary", b"`\n", b"ustar\0", b"ustar  \0", b"././@LongLink", b"GNU.sparse.", b" path=", b" size="],
);
pub(super) const GZIP: Target = family(
    "gzip",
    |data| {
        run(data, Format::Stream(Compression::Gzip));
        run(data, Format::Stream(Compression::Zlib));
        run(data, Format::Stream(Compression::Deflate));
    },
    || {
        vec![
            build::gzip(&text()),
            build::gzip_named("a.txt", &text()),
            build::zlib(&text()),
            doubled(build::gzip(&text())),
            build::gzip(&[0; 20_000]),
        ]
    },
    &[b"\x1f\x8b\x08\0", b"x\x9c"],
);
pub(super) const BZIP2: Target = family(
    "bzip2",
    |data| run(data, Format::Stream(Compression::Bzip2)),
    || vec![build::bzip2(&text()), doubled(build::bzip2(b"a")), build::bzip2(&[0; 20_000])],
    &[b"BZh9", b"1AY&SY"],
);
pub(super) const XZ: Target = family(
    "xz",
    |data| run(data, Format::Stream(Compression::Xz)),
    || vec![build::xz(&text()), doubled(build::xz(b"a")), build::xz(&[0; 20_000])],
    &[b"\xfd7zXZ\0", b"YZ"],
);
pub(super) const LZMA: Target = family(
    "lzma",
    |data| {
        run(data, Format::Stream(Compression::Lzma));
        run(data, Format::Stream(Compression::Lzip));
    },
    || vec![build::lzma(&text()), build::lzip(&text()), doubled(build::lzip(b"a")), build::lzma(&[0; 20_000])],
    &[b"LZIP\x01\x0c", b"]\0\0\x01\0"],
);
pub(super) const LZ4: Target = family(
    "lz4",
    |data| run(data, Format::Stream(Compression::Lz4)),
    || vec![build::lz4(&text()), doubled(build::lz4(b"a")), build::lz4(&[0; 20_000]), doubled(build::old_lz4(&text()))],
    &[b"\x04\"M\x18", b"\x02!L\x18", b"*M\x18"],
);
pub(super) const SEVENZ: Target = family(
    "sevenz",
    |data| run(data, Format::SevenZip),
    || {
        let methods = [EncoderMethod::COPY, EncoderMethod::LZMA, EncoderMethod::LZMA2, EncoderMethod::PPMD];
        let members: [(&[u8], &[u8]); 2] = [(b"a", b"a"), (b"b.txt", &text())];
        let small = methods.map(|method| build::sevenz(&members, &[method], false));
        small.into_iter().chain([build::sevenz(&members, &[EncoderMethod::BZIP2], true)]).collect()
    },
    &[b"7z\xbc\xaf'\x1c", b"\x17\x06", b"\x01\x04\x06", b"\x07\x0b\x01\0", b"\x03\x01\x01", b"\x05\x01\x11"],
);
pub(super) const ZSTD: Target = family(
    "zstd",
    |data| run(data, Format::Stream(Compression::Zstd)),
    || vec![build::zstd(&text()), doubled(build::zstd(b"a")), build::zstd(&[0; 20_000])],
    &[b"(\xb5/\xfd", b"*M\x18"],
);
pub(super) const PDF: Target = family(
    "pdf",
    |data| run(data, Format::Pdf),
    || vec![build::pdf(&text()), doubled(build::pdf(b"a")), build::pdf(&[0; 20_000])],
    &[
        b"%PDF-1.4\n",
        b"stream\r\n",
        b"\nendstream",
        b"/Length ",
        b"/Filter /FlateDecode",
        b"/Encrypt",
        b"obj",
        b">>",
        b"<<",
        b"trailer",
    ],
);
pub(super) const CARRIER: Target = family(
    "carrier",
    |data| {
        run(data, Format::Carrier);
        run(data, Format::Cpio);
    },
    || {
        let cpio = build::cpio(&[(b"a", b"a"), (b"b.txt", &text())]);
        let gzip = build::gzip(&text());
        let script = [b"#!/bin/sh\n", &build::gzip(&build::tar(&[(b"b.txt", &text())]))[..]].concat();
        vec![
            build::rpm(&build::zstd(&cpio)),
            build::rpm(&cpio),
            build::pg_dump(&text()),
            [&cpio[..], &build::gzip(&cpio)].concat(),
            [b"WARC/1.0\r\n\r\n", &build::gzip(&text())[..]].concat(),
            [b"WARC/1.0\r\n\r\n14\r\n", &gzip[..20], b"\r\n0ff\r\n", &gzip[20..]].concat(),
            [&cpio[..], &build::lzma(&text())].concat(),
            build::board_image(5, &build::old_lz4(&text())),
            build::rpm(&build::gzip(&build::stripped_cpio(&[(0, b"a"), (7, &text())]))),
            script,
            cpio,
        ]
    },
    &[
        b"070701",
        b"07070X",
        b"TRAILER!!!",
        b"\r\n1f\r\n",
        b"PGDMP",
        b"\x1f\x8b\x08\0",
        b"BZh9",
        b"\xfd7zXZ\0",
        b"x\x01",
        b"#!",
        b"ANDROID BACKUP\n",
    ],
);
pub(super) const GIT_PACK: Target = family(
    "git_pack",
    run_git,
    packs,
    &[b"PACK", b"# v2 git bundle\n", b"# v3 git bundle\n", b"@object-format=sha256\n"],
);

/// Gives bytes in pieces of a few each.
struct Dribble<'d>(&'d [u8], usize);

impl Read for Dribble<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let count = self.0.len().min(buffer.len()).min(self.1);
        buffer[..count].copy_from_slice(&self.0[..count]);
        self.0 = &self.0[count..];
        Ok(count)
    }
}

/// Notes what is handed over: names, links, a sum over contents, troubles.
struct Notes<'b> {
    all: Vec<String>,
    bytes: u64,
    budget: &'b Budget,
}

impl Visitor for Notes<'_> {
    fn member(&mut self, member: &Member<'_>, content: &mut dyn Read) -> bool {
        let (mut sum, mut length, mut buffer) = (crc32fast::Hasher::new(), 0, [0; 8192]);
        // Whoever reads spends what comes out.
        let error = loop {
            let read = content.read(&mut buffer);
            match read.and_then(|read| self.budget.spend(read as u64).map(|()| read)) {
                Ok(0) => break String::new(),
                Ok(read) => {
                    sum.update(&buffer[..read]);
                    length += read as u64;
                    assert!(length <= LIMITS.bytes + SLACK, "no member is larger than the limit");
                }
                Err(error) => break format!("{:?}", trouble(&error)),
            }
        };
        self.bytes += length;
        let Member { name, link, is_alone } = member;
        self.all.push(format!("{name:?} {link:?} {is_alone} {length} {:08x} {error}", sum.finalize()));
        true
    }

    fn trouble(&mut self, member: Option<&[u8]>, trouble: Trouble) {
        self.all.push(format!("{member:?} {trouble:?}"));
    }
}

/// Reads a container; gives what came of it, and whether a limit was met.
fn notes(format: Format, data: &[u8], piece: usize) -> (Vec<String>, bool) {
    let budget = Budget::new(LIMITS);
    // As the pipeline does it: what the outermost container gives counts for the ratio.
    let mut source = Counting { inner: Dribble(data, piece), budget: &budget };
    let mut notes = Notes { all: Vec::new(), bytes: 0, budget: &budget };
    let outcome = read(format, &mut source, &budget, &mut notes);
    notes.all.push(format!("{:?}", outcome.map_err(|error| trouble(&error))));
    assert!(budget.spent() <= LIMITS.bytes + SLACK, "{} bytes came out", budget.spent());
    assert!(notes.bytes <= LIMITS.bytes + SLACK, "{} bytes were handed over", notes.bytes);
    assert!(notes.all.len() as u64 <= 2 * LIMITS.members + 16, "{} members and troubles", notes.all.len());
    (notes.all, budget.is_over())
}

struct Counting<'b> {
    inner: Dribble<'b>,
    budget: &'b Budget,
}

impl Read for Counting<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let read = self.inner.read(buffer)?;
        self.budget.read(read as u64);
        Ok(read)
    }
}

pub(super) fn run(data: &[u8], format: Format) {
    let piece = 1 + data.len() % 300;
    // Of what is broken or goes beyond a limit, too, just as much is read.
    assert_eq!(notes(format, data, usize::MAX), notes(format, data, piece), "in pieces of {piece}");
    // The whole pipeline is slow.
    if sniff(data).is_some() && data.len() % 4 == 0 {
        assert_eq!(scanned(data, usize::MAX), scanned(data, piece), "in pieces of {piece}");
    }
}

/// What a scan of standard input says of bytes.
fn scanned(data: &[u8], piece: usize) -> Vec<String> {
    let options = Options { named: vec![Named::Stdin], threads: Some(1), limits: LIMITS, ..Options::default() };
    let outcome = scan::scan(&options, &DETECTOR, &Counters::default(), &mut Dribble(data, piece)).expect("it begins");
    let problem = |problem: &gridleaks::finding::Problem| {
        assert_ne!(problem.kind.name(), "internal", "gridleaks failed on it");
        format!("{:?} {}", problem.path, problem.message)
    };
    let problems: Vec<_> = outcome.problems.iter().map(problem).collect();
    let finding = |finding: &gridleaks::finding::Finding| {
        format!("{:?} {:?} {:?}", finding.path, finding.span, finding.secret.fingerprint())
    };
    outcome.findings.iter().map(finding).chain(problems).collect()
}

/// A pack or bundle; the bytes are also put behind a proper header, with deflated texts in the place of what is no pack.
fn run_git(data: &[u8]) {
    run(data, Format::Git);
    let mut input = crate::parts::Input(data);
    let mut entries = Vec::new();
    let mut count = 0u32;
    while !input.0.is_empty() && count < 40 {
        let kind = input.byte();
        let content = input.piece();
        entries.extend(entry(kind, content, &mut input));
        count += 1;
    }
    let pack = [b"PACK\0\0\0\x02", &count.to_be_bytes()[..], &entries, &[0; 20]].concat();
    run(&pack, Format::Git);
}

/// An entry of a pack, of any kind, of the size that it has.
fn entry(kind: u8, content: &[u8], input: &mut crate::parts::Input<'_>) -> Vec<u8> {
    let (kind, size) = (kind & 7, content.len());
    let mut head = vec![kind << 4 | (size & 15) as u8 | if size > 15 { 0x80 } else { 0 }];
    if size > 15 {
        head.push((size >> 4) as u8);
    }
    match kind {
        6 => head.extend_from_slice(&[input.byte() | 0x80, input.byte() & 0x7f]),
        7 => head.extend_from_slice(&[input.byte(); 20]),
        _ => {}
    }
    [head, build::zlib(content)].concat()
}

pub(super) fn text() -> Vec<u8> {
    format!("first line\nkey={}\nlast line\n", key()).into_bytes()
}

pub(super) fn doubled(bytes: Vec<u8>) -> Vec<u8> {
    [&bytes[..], &bytes].concat()
}

fn zips() -> Vec<Vec<u8>> {
    let text = text();
    let inner = build::zip(&[(b"c", &text)], 8, Sizes::Before);
    let members: [(&[u8], &[u8]); 3] = [(b"a.txt", &text), (b"d/b.zip", &inner), (b"d/", b"")];
    let sizes = [Sizes::Before, Sizes::Behind, Sizes::Unmarked, Sizes::Long];
    let mut zips: Vec<_> =
        sizes.iter().flat_map(|&sizes| [0, 8, 12].map(|method| build::zip(&members, method, sizes))).collect();
    zips.push([b"#!/bin/sh\n", &zips[1][..]].concat());
    zips.push(build::zip(&[(b"zeros", &[0; 20_000])], 8, Sizes::Before));
    for (method, packed) in [(95, build::xz(&text)), (93, build::zstd(&text))] {
        let (mut zip, mut directory) = (Vec::new(), Vec::new());
        build::entry(&mut zip, &mut directory, b"m", (method, 0), &packed, &text, Sizes::Before);
        zips.push(build::finish(zip, &directory, 1));
    }
    zips
}

fn tars() -> Vec<Vec<u8>> {
    let text = text();
    let long = [b'n'; 150];
    let mut pax = Vec::new();
    build::tar_entry(&mut pax, b"p", b'x', b"20 path=other/path\n\n13 size=100\n", b"");
    build::tar_entry(&mut pax, b"q", b'0', &text, b"");
    build::tar_entry(&mut pax, b"l", b'2', b"", b"to/where");
    vec![
        build::deb(&text),
        build::tar(&[(b"a.txt", &text), (&long, &text)]),
        pax,
        build::gzip(&build::tar(&[(b"a", &text)])),
    ]
}

fn packs() -> Vec<Vec<u8>> {
    let pack = build::git_pack(&text());
    let bundle = [format!("# v2 git bundle\n{} refs/heads/main\n\n", "1".repeat(40)).as_bytes(), &pack].concat();
    // In the form of `run_git`: a blob, and a delta of it that copies and inserts.
    let text = text();
    let blob = [&[3, text.len() as u8][..], &text].concat();
    let delta = [text.len() as u8, 14, 0x90, 10, 4, b'm', b'o', b'r', b'e'];
    let parts = [&blob[..], &[6, delta.len() as u8], &delta, &[0x80, 30]].concat();
    vec![pack, bundle, parts, blob]
}
