//! Recognises containers by their first bytes: as many of them as make it sure, so that text that begins like one stays text.

use std::sync::LazyLock;

use memchr::memmem::Finder;

use super::carrier::kind::{is_carrier, is_script};
#[cfg(feature = "xz")]
use super::lzma;
use super::{Compression, Format, arrow, avro, cpio, deb, git, leveldb, orc, parquet, png, redis, tar, zip};

/// How many bytes of a content's beginning show what it is.
pub const BEGINNING: usize = 512;

/// What `head`, the beginning of a content, shows it to be; none if it is no container.
#[inline]
pub fn sniff(head: &[u8]) -> Option<Format> {
    // Nearly every content is told by one byte, and by a few more that it is no tar archive.
    match head.first()? {
        b'#' | b'!' | b'$' | 0x1f | b'B' | 0xfd | 0x28 | 0x50..=0x5f | b'%' | 0x78 => by_magic(head),
        b'7' | b'L' | b'M' | b'h' | 2 | 4 | 0x89 | 0xff => by_magic(head),
        b'0' | b'A' | b'C' | b'O' | 0x27 | 0xed => by_magic(head),
        _ => None,
    }
    .or_else(|| tar::is_tar(head).then_some(Format::Tar))
}

/// What kind of container begins in the first bytes of `bytes`, and where: for what was decoded and has a few bytes in front, as the
/// package of an Excel query has, whose length stands before it.
pub fn sniff_near(bytes: &[u8]) -> Option<(usize, Format)> {
    /// How many bytes may stand in front.
    const MOST_IN_FRONT: usize = 64;
    let sure = |at: usize| {
        let format = sniff(&bytes[at..])?;
        // A few bytes that anything may have say nothing within it.
        let is_weak =
            matches!(format, Format::Stream(Compression::Zlib | Compression::Lzma) | Format::Tar | Format::Unread(_));
        (at == 0 || !is_weak).then_some((at, format))
    };
    let is_deflated = || is_deflated_text(bytes).then_some((0, Format::Stream(Compression::Deflate)));
    (0..bytes.len().min(MOST_IN_FRONT + 1)).find_map(sure).or_else(is_deflated)
}

/// Whether bytes begin deflated text: nothing but what comes out of them shows it.
fn is_deflated_text(bytes: &[u8]) -> bool {
    /// How many bytes are inflated, and how much text has to come out: more than a code of its own takes, and less than a key.
    const PROBE: usize = 192;
    const LEAST: usize = 32;
    let mut text = [0; 1024];
    let mut inflater = flate2::Decompress::new(false);
    let done = inflater.decompress(&bytes[..bytes.len().min(PROBE)], &mut text, flate2::FlushDecompress::None);
    let text = &text[..inflater.total_out() as usize];
    let is_text = |&byte: &u8| byte.is_ascii_graphic() || b" \t\r\n".contains(&byte) || byte >= 0x80;
    done.is_ok() && text.len() >= LEAST && text.iter().all(is_text)
}

fn by_magic(head: &[u8]) -> Option<Format> {
    let stream = |compression| Some(Format::Stream(compression));
    match head {
        // A part of a spanned archive has a mark in front.
        [b'P', b'K', 7, 8, rest @ ..] | [b'P', b'K', b'0', b'0', rest @ ..] if zip::is_local(rest) => Some(Format::Zip),
        [b'P', b'K', ..] if zip::is_local(head) => Some(Format::Zip),
        _ if git::is_pack(head) => Some(Format::Git),
        // The method, flags that exist, and a system that is known.
        [0x1f, 0x8b, 8, flags, _, _, _, _, _, system, ..] if flags & 0xe0 == 0 && (*system <= 19 || *system == 255) => {
            stream(Compression::Gzip)
        }
        [b'B', b'Z', b'h', b'1'..=b'9', block @ ..]
            if block.starts_with(&BZIP2_BLOCK) || block.starts_with(&BZIP2_END) =>
        {
            stream(Compression::Bzip2)
        }
        [0xfd, b'7', b'z', b'X', b'Z', 0, 0, check, ..] if *check < 16 => stream(Compression::Xz),
        // The reserved bit of a frame is zero.
        [0x28, 0xb5, 0x2f, 0xfd, descriptor, ..] if descriptor & 8 == 0 => stream(Compression::Zstd),
        [0x50..=0x5f, 0x2a, 0x4d, 0x18, ..] => stream(Compression::Zstd),
        [b'%', b'P', b'D', b'F', b'-', ..] => Some(Format::Pdf),
        _ if head.starts_with(&png::SIGNATURE) => Some(Format::Png),
        _ if deb::is_deb(head) => Some(Format::Deb),
        _ if parquet::is_parquet(head) => Some(Format::Parquet),
        _ if arrow::is_arrow(head) => Some(Format::Arrow),
        _ if redis::is_redis(head) => Some(Format::Redis),
        _ if orc::is_orc(head) => Some(Format::Orc),
        _ if head.starts_with(avro::MAGIC) => Some(Format::Avro),
        _ if cpio::is_cpio(head) => Some(Format::Cpio),
        [0x78, flags @ (0x01 | 0x5e | 0x9c | 0xda), block, ..]
            if block & 7 != 7 && (*flags != 0x5e || !is_text(head)) =>
        {
            stream(Compression::Zlib)
        }
        [b'7', b'z', 0xbc, 0xaf, 0x27, 0x1c, ..] => Some(Format::SevenZip),
        // A version of one, and reserved bits of zero.
        [0x04, 0x22, 0x4d, 0x18, flags, sizes, ..] if flags & 0xc2 == 0x40 && sizes & 0x8f == 0 => {
            stream(Compression::Lz4)
        }
        [0x02, 0x21, 0x4c, 0x18, ..] => stream(Compression::Lz4),
        [b'L', b'Z', b'I', b'P', 1, coded, ..] if (12..30).contains(&(coded & 0x1f)) => stream(Compression::Lzip),
        _ if head.starts_with(SNAPPY) => stream(Compression::Snappy),
        [0x5d, ..] if is_lzma(head) => stream(Compression::Lzma),
        _ if is_carrier(head) => Some(Format::Carrier),
        _ => unread(head).map(Format::Unread),
    }
}

/// Whether a content begins as a text of ASCII does: one may well have `x^` there.
fn is_text(head: &[u8]) -> bool {
    /// How many bytes are looked at.
    const SEEN: usize = 64;
    head.iter().take(SEEN).all(|&byte| byte.is_ascii_graphic() || byte.is_ascii_whitespace())
}

/// Whether a content begins as LZMA does, which has no magic. A build without it does not know.
fn is_lzma(head: &[u8]) -> bool {
    #[cfg(feature = "xz")]
    return lzma::lzma_window(head).is_some();
    #[cfg(not(feature = "xz"))]
    return head.len() > 13 && head[1..3] == [0, 0] && head[13] == 0;
}

/// What an archive is that cannot be opened, because nobody wrote what opens it in a safe language, or because it is rare. Its members
/// cannot be told to be clean.
fn unread(head: &[u8]) -> Option<&'static str> {
    let name = match head {
        [b'R', b'a', b'r', b'!', 0x1a, 0x07, 0 | 1, ..] => "a RAR archive",
        [b'M', b'S', b'C', b'F', 0, 0, 0, 0, ..] => "a cabinet (CAB)",
        [b'M', b'S', b'W', b'I', b'M', 0, 0, 0, ..] => "a Windows image (WIM)",
        [0x89, b'L', b'Z', b'O', 0, 0x0d, 0x0a, 0x1a, 0x0a, ..] => "compressed by lzop",
        // The version of the only format that kernels mount.
        [b'h', b's', b'q', b's', ..] if head.get(28..32) == Some(&[4, 0, 0, 0]) => "a SquashFS image",
        // How many bits a code has at most; the rest is reserved.
        [0x1f, 0x9d, flags, ..] if flags & 0x60 == 0 && (9..=16).contains(&(flags & 0x1f)) => {
            "compressed by `compress`"
        }
        _ if is_blosc(head) => "packed by Blosc",
        _ => return None,
    };
    Some(name)
}

/// Whether a content is a chunk that Blosc packed, as Zarr has them (README_CHUNK_FORMAT of c-blosc): two bytes are the versions, and what stands behind them
/// has to fit together. One whose blocks are not packed is searched as it is.
fn is_blosc(head: &[u8]) -> bool {
    /// How many bytes the header has, and at how many of the blocks' beginnings behind it is looked.
    const HEADER: usize = 16;
    const SEEN: usize = 64;
    const NOT_PACKED: u8 = 2;
    let [2, 1, flags, width, ..] = *head else { return false };
    let number = |at: usize| head.get(at..)?.first_chunk().map(|bytes| u64::from(u32::from_le_bytes(*bytes)));
    let (Some(size), Some(block), Some(packed)) = (number(4), number(8), number(12)) else { return false };
    if flags & NOT_PACKED != 0 || width == 0 || block == 0 || block > size || packed > size + HEADER as u64 {
        return false;
    }
    // The first block to be packed lies right behind the numbers that say where all begin.
    let first = HEADER as u64 + 4 * size.div_ceil(block);
    let seen = size.div_ceil(block).min(SEEN as u64) as usize;
    let mut begins = (0..seen).map(|at| number(HEADER + 4 * at));
    let is_within = |begin: Option<u64>| begin.is_some_and(|begin| (first..packed).contains(&begin));
    begins.clone().all(is_within) && begins.any(|begin| begin == Some(first))
}

/// What Snappy's frames begin with.
pub(super) const SNAPPY: &[u8] = b"\xff\x06\0\0sNaPpY";

/// The numbers that bzip2's blocks and its end begin with.
const BZIP2_BLOCK: [u8; 6] = [0x31, 0x41, 0x59, 0x26, 0x53, 0x59];
const BZIP2_END: [u8; 6] = [0x17, 0x72, 0x45, 0x38, 0x50, 0x90];

/// What a content may be that has containers in it or behind it, as few do: a program, a query or a script.
pub fn may_carry(head: &[u8]) -> Option<Format> {
    if is_script(head) {
        return Some(Format::Carrier);
    }
    may_carry_zip(head).then_some(Format::ZipBehind)
}

/// Whether a content is a program, a script or a query, which may have a zip file behind it.
fn may_carry_zip(head: &[u8]) -> bool {
    matches!(
        head,
        [b'M', b'Z', ..] | [0x7f, b'E', b'L', b'F', ..] | [b'#', b'!', ..] | [0xcf | 0xce, 0xfa, 0xed, 0xfe, ..]
    ) || head.starts_with(&[0xca, 0xfe, 0xba, 0xbe])
        || is_query(head)
}

/// Whether a content is that of an Excel or Power BI query (MS-QDEFF): a version of zero, a length, and a zip file.
fn is_query(head: &[u8]) -> bool {
    head.starts_with(&[0; 4]) && head.get(8..).is_some_and(|rest| rest.starts_with(b"PK\x03\x04"))
}

/// What a content that ends so is, whatever it begins with; none if that is no container. `head` is its beginning.
pub fn ends_as(head: &[u8], tail: &[u8]) -> Option<Format> {
    match () {
        () if ends_as_zip(head, tail) => Some(Format::Zip),
        () if leveldb::ends_as_table(tail) => Some(Format::LevelDb),
        () if leveldb::ends_as_rocks(tail) => Some(Format::Unread("a table of RocksDB")),
        () => None,
    }
}

/// Whether what is new in a content, with its end, may end a container that [`ends_as`] knows.
pub fn may_end_one(text: &[u8]) -> bool {
    /// Made once: there are hundreds of thousands of blobs.
    static ZIP: LazyLock<Finder<'static>> = LazyLock::new(|| Finder::new(b"PK\x05\x06"));
    ZIP.find(text).is_some() || leveldb::ends_as_rocks(text) || leveldb::may_end_table(text)
}

/// Whether a content that ends so is a zip file: behind a program, a comment at the end is looked for, too.
fn ends_as_zip(head: &[u8], tail: &[u8]) -> bool {
    /// How many bytes the record at the end has, without a comment.
    const END: usize = 22;
    let is_end = |at: usize| {
        let record = tail.get(at..at + END)?;
        let comment = usize::from(u16::from_le_bytes([record[20], record[21]]));
        (record.starts_with(b"PK\x05\x06") && record[..12] != EMPTY[..] && at + END + comment == tail.len())
            .then_some(())
    };
    let Some(last) = tail.len().checked_sub(END) else { return false };
    is_end(last).is_some()
        || may_carry_zip(head) && {
            let first = last.saturating_sub(usize::from(u16::MAX));
            memchr::memmem::rfind_iter(&tail[first..], b"PK\x05\x06").any(|at| is_end(first + at).is_some())
        }
}

/// How an archive without members ends.
const EMPTY: &[u8; 12] = b"PK\x05\x06\0\0\0\0\0\0\0\0";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_none_is_no_container() {
        let texts: [&[u8]; 15] = [
            b"",
            b"P",
            b"PK and more text that is no archive at all",
            b"PK\x03\x04 is how a zip file begins, they say.",
            b"\x1f\x8b",
            b"\x1f\x8b\x08\xff\0\0\0\0\0\xff",
            b"BZh is how bzip2 begins",
            b"BZh9 is no bzip2",
            b"(\xb5/\xfd\x08",
            b"%PDX-1.4",
            b"x^2 + y^2",
            b"x^} is a text, as long as it goes on like one",
            b"x\x01\x07",
            b"\xfd7zXZ",
            &[0; 1024],
        ];
        for text in texts {
            assert_eq!(sniff(text), None, "{text:?}");
        }
    }

    #[test]
    fn streams_of_zlib_are_known_whatever_their_third_byte_is() {
        for block in (0..=u8::MAX).filter(|block| block & 7 != 7) {
            for flags in [0x01, 0x5e, 0x9c, 0xda] {
                let head = [0x78, flags, block, b'a', 0x85, b'b'];
                assert_eq!(sniff(&head), Some(Format::Stream(Compression::Zlib)), "{head:x?}");
            }
        }
    }

    #[test]
    fn chunks_of_blosc_are_known_by_what_fits_together() {
        let chunk = |flags: u8, numbers: &[u32]| -> Vec<u8> {
            [2, 1, flags, 64].into_iter().chain(numbers.iter().flat_map(|number| number.to_le_bytes())).collect()
        };
        let is_known = |chunk: &[u8]| sniff(chunk) == Some(Format::Unread("packed by Blosc"));
        // How many bytes come out, how many of each block, how many it has, and where blocks begin: in the order in which they were packed.
        let known: [&[u32]; 3] = [&[3200, 3200, 470, 20], &[3200, 1600, 470, 24, 300], &[3200, 1600, 470, 300, 24]];
        for numbers in known {
            assert!(is_known(&chunk(0x31, numbers)), "{numbers:?}");
            assert!(!is_known(&chunk(0x33, numbers)), "{numbers:?}");
            let whole = chunk(0x31, numbers);
            assert!(!is_known(&whole[..whole.len() - 1]) && !is_known(&[&[2, 2], &whole[2..]].concat()), "{numbers:?}");
        }
        let none: [&[u32]; 8] = [
            &[3200, 3200, 470, 21],
            &[3200, 3201, 470, 20],
            &[3200, 0, 470, 20],
            &[3200, 3200, 3217, 20],
            &[3200, 3200, 20, 20],
            &[3200, 1600, 470, 300, 301],
            &[3200, 1600, 470, 24, 23],
            &[0, 0, 16, 16],
        ];
        for numbers in none {
            assert!(!is_known(&chunk(0x31, numbers)), "{numbers:?}");
        }
        let mut many = vec![64_000, 640, 9000];
        many.extend((0..100).map(|block| 416 + 80 * block));
        assert!(is_known(&chunk(0x31, &many)));
    }

    #[test]
    fn a_container_near_the_beginning_is_found() {
        let zip = b"PK\x03\x04\x14\0\0\0\x08\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0";
        assert_eq!(sniff_near(&zip[..]), Some((0, Format::Zip)));
        assert_eq!(sniff_near(&[&[0, 0, 0, 0, 200, 1, 0, 0], &zip[..]].concat()), Some((8, Format::Zip)));
        assert_eq!(sniff_near(&[&[0; 64], &zip[..]].concat()), Some((64, Format::Zip)));
        assert_eq!(sniff_near(&[&[0; 65], &zip[..]].concat()), None);
        assert_eq!(sniff_near(b"text x\x9c\x01"), None);
    }

    #[test]
    fn the_end_of_a_zip_file_is_known() {
        let end = |comment: &[u8]| {
            let mut end = b"PK\x05\x06\0\0\0\0\x01\0\x01\0\x2e\0\0\0\x1e\0\0\0".to_vec();
            end.extend_from_slice(&(comment.len() as u16).to_le_bytes());
            [&b"stub"[..], &end, comment].concat()
        };
        assert!(ends_as_zip(b"stub", &end(b"")));
        assert!(!ends_as_zip(b"stub", &end(b"comment")));
        assert!(ends_as_zip(b"MZ", &end(b"comment")));
        assert!(!ends_as_zip(b"MZ", &[&end(b"comment")[..], b"x"].concat()));
        assert!(!ends_as_zip(b"MZ", b"PK\x05\x06"));
    }
}
