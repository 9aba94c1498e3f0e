//! Makes containers for tests, each in a few lines, apart from what opens them.

#![allow(dead_code, unreachable_pub, reason = "each test program uses its own part of it")]
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "what fails here is a failed test")]

use std::io::{Read, Write};

use flate2::Compression;

/// A member: its name and what is in it.
pub type Member<'m> = (&'m [u8], &'m [u8]);

pub fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

pub fn gzip_named(name: &str, bytes: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::GzBuilder::new().filename(name).write(Vec::new(), Compression::default());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

pub fn zlib(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::ZlibEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

pub fn deflate(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::DeflateEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

pub fn bzip2(bytes: &[u8]) -> Vec<u8> {
    let mut packed = Vec::new();
    bzip2::read::BzEncoder::new(bytes, bzip2::Compression::default()).read_to_end(&mut packed).unwrap();
    packed
}

pub fn xz(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = lzma_rust2::XzWriter::new(Vec::new(), lzma_rust2::XzOptions::with_preset(1)).unwrap();
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

/// The same, saying that it looks back on so many bytes, as xz writes it: 30 for 128 MiB, 37 for 1.5 GiB.
pub fn xz_looking_back(code: u8, bytes: &[u8]) -> Vec<u8> {
    let mut xz = xz(bytes);
    let at = xz.windows(2).position(|pair| pair == [0x21, 1]).unwrap() + 2;
    xz[at] = code;
    // The header of the first block, and its checksum.
    let end = 12 + 4 * usize::from(xz[12]);
    let checksum = crc32fast::hash(&xz[12..end]).to_le_bytes();
    xz[end..end + 4].copy_from_slice(&checksum);
    xz
}

pub fn lzma(bytes: &[u8]) -> Vec<u8> {
    let options = lzma_rust2::LzmaOptions::with_preset(1);
    let mut encoder = lzma_rust2::LzmaWriter::new_use_header(Vec::new(), &options, None).unwrap();
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

pub fn lzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = lzma_rust2::LzipWriter::new(Vec::new(), lzma_rust2::LzipOptions::with_preset(1));
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

pub fn lz4(bytes: &[u8]) -> Vec<u8> {
    let info = lz4_flex::frame::FrameInfo::new().content_checksum(true);
    let mut encoder = lz4_flex::frame::FrameEncoder::with_frame_info(info, Vec::new());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

/// Snappy's frames.
pub fn snappy(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = snap::write::FrameEncoder::new(Vec::new());
    encoder.write_all(bytes).unwrap();
    encoder.into_inner().unwrap()
}

/// The format that LZ4 had first: blocks of 8 MiB, here of one.
pub fn old_lz4(bytes: &[u8]) -> Vec<u8> {
    let block = lz4_flex::block::compress(bytes);
    [&[2, 0x21, 0x4c, 0x18][..], &(block.len() as u32).to_le_bytes(), &block].concat()
}

/// An image for U-Boot, compressed as `code` says: 3 is LZMA, 4 LZO, 5 LZ4.
pub fn board_image(code: u8, payload: &[u8]) -> Vec<u8> {
    let size = (payload.len() as u32).to_be_bytes();
    [&[0x27, 0x05, 0x19, 0x56][..], &[0; 8], &size, &[0; 12], &[5, 2, 3, code], &[0; 32], payload].concat()
}

/// A 7z archive, solid if all members are to be compressed as one.
pub fn sevenz(members: &[Member<'_>], methods: &[sevenz_rust2::EncoderMethod], is_solid: bool) -> Vec<u8> {
    let methods: Vec<_> = methods.iter().map(|&method| method.into()).collect();
    sevenz_by(members, &methods, is_solid)
}

/// The same with options of the methods.
pub fn sevenz_by(members: &[Member<'_>], methods: &[sevenz_rust2::EncoderConfiguration], is_solid: bool) -> Vec<u8> {
    use sevenz_rust2::{ArchiveEntry, ArchiveWriter, SourceReader};
    let mut writer = ArchiveWriter::new(std::io::Cursor::new(Vec::new())).unwrap();
    writer.set_content_methods(methods.to_vec());
    let entry = |name: &[u8]| ArchiveEntry::new_file(&String::from_utf8_lossy(name));
    if is_solid {
        let entries = members.iter().map(|(name, _)| entry(name)).collect();
        let readers = members.iter().map(|&(_, content)| SourceReader::new(content)).collect();
        writer.push_archive_entries(entries, readers).unwrap();
    } else {
        for (name, content) in members {
            writer.push_archive_entry(entry(name), Some(*content)).unwrap();
        }
    }
    writer.finish().unwrap().into_inner()
}

pub fn zstd(bytes: &[u8]) -> Vec<u8> {
    ruzstd::encoding::compress_to_vec(bytes, ruzstd::encoding::CompressionLevel::Fastest)
}

/// How the sizes and the checksum of a zip file's member are told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sizes {
    /// In its header.
    Before,
    /// In a record behind it, with a mark.
    Behind,
    /// The same without a mark.
    Unmarked,
    /// In its header, with 64 bits.
    Long,
}

/// A zip file whose members are compressed by `method`: 0, 8 or 12.
pub fn zip(members: &[Member<'_>], method: u16, sizes: Sizes) -> Vec<u8> {
    let mut zip = Vec::new();
    let mut directory = Vec::new();
    for (name, bytes) in members {
        let packed = match method {
            8 => deflate(bytes),
            12 => bzip2(bytes),
            _ => bytes.to_vec(),
        };
        entry(&mut zip, &mut directory, name, (method, 0), &packed, bytes, sizes);
    }
    finish(zip, &directory, members.len())
}

/// Adds a member to a zip file, and its entry to the directory.
pub fn entry(
    zip: &mut Vec<u8>,
    directory: &mut Vec<u8>,
    name: &[u8],
    (method, flags): (u16, u16),
    packed: &[u8],
    bytes: &[u8],
    sizes: Sizes,
) {
    let offset = zip.len() as u32;
    let checksum = crc32fast::hash(bytes).to_le_bytes();
    let (packed_size, size) = (packed.len() as u32, bytes.len() as u32);
    let record = [&checksum[..], &packed_size.to_le_bytes(), &size.to_le_bytes()].concat();
    let long = [&[1, 0, 16, 0][..], &u64::from(size).to_le_bytes(), &u64::from(packed_size).to_le_bytes()].concat();
    let is_behind = matches!(sizes, Sizes::Behind | Sizes::Unmarked);
    let flags = flags | if is_behind { 8 } else { 0 };
    let fields = [20u16.to_le_bytes(), flags.to_le_bytes(), method.to_le_bytes(), [0; 2], [0x21, 0]].concat();
    let name_size = (name.len() as u16).to_le_bytes();
    let (header_record, extra) = match sizes {
        Sizes::Before => (record.clone(), &[][..]),
        Sizes::Behind | Sizes::Unmarked => (vec![0; 12], &[][..]),
        Sizes::Long => ([&checksum[..], &[0xff; 8]].concat(), &long[..]),
    };
    let extra_size = (extra.len() as u16).to_le_bytes();
    zip.extend_from_slice(&[b"PK\x03\x04", &fields[..], &header_record, &name_size, &extra_size, name, extra].concat());
    zip.extend_from_slice(packed);
    match sizes {
        Sizes::Behind => zip.extend_from_slice(&[b"PK\x07\x08", &record[..]].concat()),
        Sizes::Unmarked => zip.extend_from_slice(&record),
        Sizes::Before | Sizes::Long => {}
    }
    let rest = [&name_size[..], &[0; 12], &offset.to_le_bytes(), name].concat();
    directory.extend_from_slice(&[b"PK\x01\x02\x14\x03", &fields[..], &record, &rest].concat());
}

/// Puts the directory behind the members of a zip file.
pub fn finish(mut zip: Vec<u8>, directory: &[u8], count: usize) -> Vec<u8> {
    let (start, count) = (zip.len() as u32, (count as u16).to_le_bytes());
    zip.extend_from_slice(directory);
    let size = (directory.len() as u32).to_le_bytes();
    zip.extend_from_slice(&[b"PK\x05\x06\0\0\0\0", &count[..], &count, &size, &start.to_le_bytes(), &[0; 2]].concat());
    zip
}

/// A tar archive of files.
pub fn tar(members: &[Member<'_>]) -> Vec<u8> {
    let mut tar = Vec::new();
    for (name, bytes) in members {
        if name.len() > 100 {
            tar_entry(&mut tar, b"././@LongLink", b'L', &[name, &b"\0"[..]].concat(), b"");
        }
        tar_entry(&mut tar, &name[..name.len().min(100)], b'0', bytes, b"");
    }
    tar.resize(tar.len() + 1024, 0);
    tar
}

/// A cpio archive as `cpio -H newc` writes it.
pub fn cpio(members: &[Member<'_>]) -> Vec<u8> {
    let mut cpio = Vec::new();
    for (number, (name, bytes)) in members.iter().copied().chain([(&b"TRAILER!!!"[..], &b""[..])]).enumerate() {
        let fields = [number, 0o100_644, 0, 0, 1, 1_700_000_000, bytes.len(), 8, 1, 0, 0, name.len() + 1, 0];
        cpio.extend_from_slice(b"070701");
        fields.iter().for_each(|field| cpio.extend_from_slice(format!("{field:08X}").as_bytes()));
        cpio.extend_from_slice(name);
        cpio.push(0);
        cpio.resize(cpio.len().next_multiple_of(4), 0);
        cpio.extend_from_slice(bytes);
        cpio.resize(cpio.len().next_multiple_of(4), 0);
    }
    cpio
}

/// The same without headers, as rpm packs files some of which are very large.
pub fn stripped_cpio(members: &[(u32, &[u8])]) -> Vec<u8> {
    let mut stripped = Vec::new();
    for (number, bytes) in members {
        stripped.extend_from_slice(format!("07070X{number:08x}\0\0").as_bytes());
        stripped.extend_from_slice(bytes);
        stripped.resize(stripped.len().next_multiple_of(4), 0);
    }
    [stripped, cpio(&[])].concat()
}

/// An RPM package whose files are in `payload`.
pub fn rpm(payload: &[u8]) -> Vec<u8> {
    let lead = [&[0xed, 0xab, 0xee, 0xdb, 3, 0, 0, 0, 0, 1][..], &[0; 86]].concat();
    let header =
        [&[0x8e, 0xad, 0xe8, 1, 0, 0, 0, 0][..], b"shop\x00retail.x\x01 BZh and so on\x1f\x8b\x08\x00"].concat();
    [&lead[..], &header, payload].concat()
}

/// A dump of a table as `pg_dump -Fc` writes it: a list of contents, then each table's rows, compressed, in pieces.
pub fn pg_dump(rows: &[u8]) -> Vec<u8> {
    let number = |value: usize| [&[0][..], &(value as u32).to_le_bytes()].concat();
    let mut dump = [&b"PGDMP\x01\x0f\x00\x04\x08\x01"[..], b"\x00\x05\x00\x00\x00false", &[1], &number(3338)].concat();
    for piece in zlib(rows).chunks(60) {
        dump.extend_from_slice(&number(piece.len()));
        dump.extend_from_slice(piece);
    }
    dump.extend_from_slice(&number(0));
    dump
}

/// A Debian package with a file in it, as dpkg-deb writes one.
pub fn deb(content: &[u8]) -> Vec<u8> {
    let mut deb = b"!<arch>\n".to_vec();
    let mut add = |name: &str, bytes: &[u8]| {
        let header = format!("{name:<16}{:<12}{:<6}{:<6}{:<8}{:<10}`\n", 1_700_000_000, 0, 0, "100644", bytes.len());
        deb.extend_from_slice(header.as_bytes());
        deb.extend_from_slice(bytes);
        deb.resize(deb.len().next_multiple_of(2), b'\n');
    };
    add("debian-binary", b"2.0\n");
    add("control.tar.gz", &gzip(&tar(&[(b"./control", b"Package: shop\n")])));
    add("data.tar.xz", &xz(&tar(&[(b"./etc/x.txt", content)])));
    deb
}

/// Adds a header and what belongs to it to a tar archive.
pub fn tar_entry(tar: &mut Vec<u8>, name: &[u8], kind: u8, bytes: &[u8], link: &[u8]) {
    let mut block = [0; 512];
    block[..name.len()].copy_from_slice(name);
    block[100..107].copy_from_slice(b"0000644");
    let size = format!("{:011o}", bytes.len());
    block[124..135].copy_from_slice(size.as_bytes());
    block[136..147].copy_from_slice(b"00000000000");
    block[156] = kind;
    block[157..157 + link.len()].copy_from_slice(link);
    block[257..265].copy_from_slice(b"ustar\x0000");
    tar.extend_from_slice(&summed(block));
    tar.extend_from_slice(bytes);
    tar.resize(tar.len().next_multiple_of(512), 0);
}

/// A tar header with its checksum.
pub fn summed(mut block: [u8; 512]) -> [u8; 512] {
    block[148..156].fill(b' ');
    let sum: u32 = block.iter().map(|byte| u32::from(*byte)).sum();
    block[148..155].copy_from_slice(format!("{sum:06o}\0").as_bytes());
    block
}

/// A PDF document with one compressed stream.
pub fn pdf(bytes: &[u8]) -> Vec<u8> {
    let stream = zlib(bytes);
    let head = format!("%PDF-1.4\n1 0 obj\n<< /Length {} /Filter /FlateDecode >>\nstream\r\n", stream.len());
    [head.as_bytes(), &stream, b"\nendstream\nendobj\ntrailer << /Root 1 0 R >>\n%%EOF\n"].concat()
}

/// The same, with the stream in ASCII85, as ReportLab writes it.
pub fn pdf_in_ascii85(bytes: &[u8]) -> Vec<u8> {
    let head = b"%PDF-1.4\n1 0 obj\n<< /Filter [ /ASCII85Decode /FlateDecode ] /Length 0 >>\nstream\n";
    [&head[..], &ascii85(&zlib(bytes)), b"~>endstream\nendobj\ntrailer << /Root 1 0 R >>\n%%EOF\n"].concat()
}

/// Five characters for four bytes.
fn ascii85(bytes: &[u8]) -> Vec<u8> {
    let group = |four: &[u8]| {
        let mut padded = [0; 4];
        padded[..four.len()].copy_from_slice(four);
        let value = u32::from_be_bytes(padded);
        let digits = [85u32.pow(4), 85u32.pow(3), 85 * 85, 85, 1].map(|place| b'!' + (value / place % 85) as u8);
        if four == [0; 4] { b"z".to_vec() } else { digits[..=four.len()].to_vec() }
    };
    bytes.chunks(4).flat_map(group).collect()
}

/// A PNG picture without pixels, with a compressed text.
pub fn png(text: &[u8]) -> Vec<u8> {
    png_with(b"zTXt", &[b"Comment\0\0", &zlib(text)[..]].concat())
}

/// The same with any chunk.
pub fn png_with(kind: &[u8], bytes: &[u8]) -> Vec<u8> {
    let chunk = |kind: &[u8], bytes: &[u8]| {
        let content = [kind, bytes].concat();
        let checksum = crc32fast::hash(&content).to_be_bytes();
        [&(bytes.len() as u32).to_be_bytes()[..], &content, &checksum].concat()
    };
    let head = chunk(b"IHDR", &[0, 0, 0, 1, 0, 0, 0, 1, 8, 0, 0, 0, 0]);
    [&b"\x89PNG\r\n\x1a\n"[..], &head, &chunk(kind, bytes), &chunk(b"IEND", b"")].concat()
}

/// A number as git's deltas have it: seven bits a byte, the lowest first.
pub fn varint(mut value: u64) -> Vec<u8> {
    let mut digits = Vec::new();
    while value >= 0x80 {
        digits.push(value as u8 | 0x80);
        value >>= 7;
    }
    digits.push(value as u8);
    digits
}

/// A git pack of two blobs, of which `bytes` is the second, a delta of the first.
pub fn git_pack(bytes: &[u8]) -> Vec<u8> {
    let head = |kind: u8, size: usize| {
        let more = if size > 15 { 0x80 } else { 0 };
        let rest = if size > 15 { varint((size >> 4) as u64) } else { Vec::new() };
        [vec![kind << 4 | more | (size & 15) as u8], rest].concat()
    };
    // The first half is copied from a base that has it in pieces, the last first, behind something else, so that the base is no container that
    // is cut off.
    const PIECE: usize = 16;
    const BEFORE: &[u8] = b"other";
    let (copied, inserted) = bytes.split_at(bytes.len() / 2 / PIECE * PIECE);
    let base = copied.chunks(PIECE).rev().collect::<Vec<_>>().concat();
    let base = [BEFORE, &base[..]].concat();
    let first = [head(3, base.len()), zlib(&base)].concat();
    let mut delta = [varint(base.len() as u64), varint(bytes.len() as u64)].concat();
    for start in (0..copied.len()).step_by(PIECE).rev() {
        let [low, middle, high, ..] = ((BEFORE.len() + start) as u64).to_le_bytes();
        delta.extend_from_slice(&[0x97, low, middle, high, PIECE as u8]);
    }
    // The rest comes in pieces of at most 127 bytes.
    for piece in inserted.chunks(127) {
        delta.push(piece.len() as u8);
        delta.extend_from_slice(piece);
    }
    let distance = first.len();
    let distance = if distance < 0x80 {
        vec![distance as u8]
    } else {
        vec![((distance >> 7) - 1) as u8 | 0x80, (distance & 0x7f) as u8]
    };
    let second = [head(6, delta.len()), distance, zlib(&delta)].concat();
    // The checksum at the end is nothing that is looked at.
    [&b"PACK\0\0\0\x02\0\0\0\x02"[..], &first, &second, &[0; 20]].concat()
}
