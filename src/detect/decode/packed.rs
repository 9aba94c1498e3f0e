//! Containers in base64 and hexadecimal: where one may begin, and its bytes.
//!
//! What is packed looks like chance once it is encoded, but for its first bytes, which say what it is.

use super::digits::{self, NONE};
use super::{base64, deflate, hex};
use crate::encoding::Encoding;

/// How many digits a container with a key in it has at least.
const SHORTEST: usize = 64;

/// How much is decoded to see whether a container begins there, in digits.
const PROBE: usize = 256;

/// Bytes that were decoded.
pub(in crate::detect) struct Packed {
    pub(in crate::detect) bytes: Vec<u8>,
    /// Where the digits end.
    pub(in crate::detect) end: usize,
    /// How they are encoded: in the code, and before that how some digits are escaped, if they are.
    pub(in crate::detect) encoding: Vec<Encoding>,
}

/// Whether a run of digits that begins so may be a container's: by the base64, or the hexadecimal, of the bytes that these begin with, or
/// of the four zeros that an Excel query has before its package.
#[inline]
pub(in crate::detect) fn may_begin(digits: &[u8]) -> bool {
    let Some(first) = digits.first_chunk::<6>() else { return false };
    match first {
        // gzip, zip, bzip2, xz, Zstandard, PDF, PNG, Debian packages, git's packs and bundles, 7z, LZ4, lzip, LZMA, RPM, PostgreSQL's dumps,
        // cpio, Android's backups, web archives, Avro, Parquet, Arrow, Snappy, zlib at its four levels, and a tar archive only where it is compressed.
        [b'H', b'4', b's', b'I', ..]
        | [b'U', b'E', b's', b'D' | b'F' | b'H', ..]
        | [b'Q', b'l', b'p', b'o', ..]
        | [b'T', b'2', b'J', b'q', b'A', ..]
        | [b'/' | b'_', b'T', b'd', b'6', ..]
        | [b'K', b'L', b'U', b'v', ..]
        | [b'i', b'V', b'B', b'O', b'R', ..]
        | [b'U', b'E', b'F', b'D', b'S', ..]
        | [b'I', b'y', b'B', b'2', b'M' | b'I', ..]
        | [b'I', b'T', b'x', b'h', b'c', ..]
        | [b'J', b'V', b'B', b'E', ..]
        | [b'N', b'3', b'q', b'8', ..]
        | [b'B', b'C', b'J', b'N', ..]
        | [b'T', b'F', b'p', b'J', ..]
        | [b'X', b'Q', b'A', b'A', ..]
        | [b'/' | b'_', b'w', b'Y', b'A', b'A', ..]
        | [b'7', b'a', b'v', b'u', b'2', ..]
        | [b'U', b'E', b'd', b'E', b'T', ..]
        | [b'U', b'E', b'F', b'S', b'M' | b'R', ..]
        | [b'M', b'D', b'c', b'w', b'N', ..]
        | [b'Q', b'U', b'5', b'E', b'U', ..]
        | [b'Q', b'V', b'J', b'S', b'T', ..]
        | [b'V', b'0', b'F', b'S', b'Q', ..]
        | [b'e', b'A' | b'F' | b'J' | b'N', ..] => true,
        [b'A', b'A', b'A', b'A', ..] => is_query(digits),
        [b'0'..=b'7', ..] => {
            let is = |magic: &[u8; 6]| first.eq_ignore_ascii_case(magic);
            is(b"1f8b08")
                || is(b"504b03")
                || is(b"425a68")
                || is(b"4f626a")
                || is(b"28b52f")
                || is(b"255044")
                || is(b"213c61")
                || is(b"504143")
                || is(b"504152")
                || is(b"415252")
                || is(b"232076")
                || is(b"377abc")
                || is(b"04224d")
                || is(b"4c5a49")
                || is(b"5d0000")
                || first.starts_with(b"78")
        }
        [b'8', ..] => first == b"89504e" || first == b"89504E",
        [b'F' | b'f', ..] => first.eq_ignore_ascii_case(b"fd377a") || first.eq_ignore_ascii_case(b"ff0600"),
        _ => false,
    }
}

/// Whether the run of digits at `start` may be deflated text's, which has no first bytes of its own: so it is not looked for in the lines of
/// a longer text, nor in what has less than a key's digits up to `end`, where they end or an escape stands between them.
pub(in crate::detect) fn may_be_deflated(bytes: &[u8], start: usize, end: usize) -> bool {
    /// How many digits a key has, deflated.
    const FEWEST: usize = 54;
    let (before, digits) = bytes.split_at(start);
    let is_long = end - start >= FEWEST || bytes.get(end).is_some_and(|byte| b"\\%&".contains(byte));
    // Lines of one text are many, and cheaper to tell from its beginning than that from what it would hold.
    is_long && !before.last().is_some_and(is_digit) && !goes_on(before) && deflate::may_begin(digits)
}

fn is_digit(byte: &u8) -> bool {
    base64::VALUES[usize::from(*byte)] != NONE
}

/// Whether what is `before` ends in digits and an end of the line.
fn goes_on(before: &[u8]) -> bool {
    /// How many of them: more than most words have.
    const DIGITS: usize = 24;
    let line = before.trim_ascii_end();
    before[line.len()..].contains(&b'\n') && line.last_chunk::<DIGITS>().is_some_and(|last| last.iter().all(is_digit))
}

/// Where the base64 that goes on at `start`, right behind an escaped digit or within one, begins before that; not more than [`digits::BACK`] bytes
/// before `start`, and `start` itself if there is no such digit.
pub(in crate::detect) fn start_before_escapes(bytes: &[u8], start: usize) -> usize {
    /// How long an escape of a digit that ends in a sign may be: `&#x002B;`.
    const ESCAPE: usize = 8;
    let first = start.saturating_sub(digits::BACK);
    let mut place = start;
    while let Some(sign) = place.checked_sub(1) {
        let begin = match bytes[sign] {
            b'%' | b'\\' => Some(sign),
            b';' => (first.max(place.saturating_sub(ESCAPE))..sign).rev().find(|&begin| bytes[begin] == b'&'),
            _ => None,
        };
        let Some(begin) = begin.filter(|&begin| begin >= first && digits::escaped(bytes, begin).is_some()) else {
            break;
        };
        let digits = bytes[first..begin].iter().rev().take_while(|byte| is_digit(byte)).count();
        place = begin - digits;
    }
    place
}

/// Whether digits that begin with four zeros go on as an Excel query does: with the length of its package, in eight bytes with those
/// zeros, and then the package, a zip file. Runs of zeros alone are many.
fn is_query(digits: &[u8]) -> bool {
    /// The base64 of `K` and what follows it at a zip file's beginning, which is where a group begins.
    const ZIP: &[u8] = b"SwME";
    // Each `/` among the digits of the length may be written as `\/`.
    digits.get(12..).is_some_and(|rest| rest[..rest.len().min(10)].windows(ZIP.len()).any(|digits| digits == ZIP))
}

/// The container that begins at `at`, by what `is_container` says of its first bytes.
pub(in crate::detect) fn read(bytes: &[u8], at: usize, is_container: fn(&[u8]) -> bool) -> Option<Packed> {
    let is_hex = bytes[at..].iter().take(16).all(u8::is_ascii_hexdigit);
    let probe = if is_hex { decode(bytes, at, &hex::VALUES, PROBE) } else { decode(bytes, at, &base64::VALUES, PROBE) };
    if probe.digits < SHORTEST || !is_container(&probe.packed.bytes) {
        return None;
    }
    let all = if is_hex { &hex::VALUES } else { &base64::VALUES };
    Some(decode(bytes, at, all, usize::MAX).packed)
}

struct Decoded {
    packed: Packed,
    digits: usize,
}

/// Decodes up to `most` digits from `at` on: pairs of hexadecimal ones, or groups of four.
fn decode(bytes: &[u8], at: usize, values: &digits::Values, most: usize) -> Decoded {
    let bits = if values[usize::from(b'Z')] == NONE { 4 } else { 6 };
    let (mut decoded, mut buffer, mut held, mut count) = (Vec::new(), 0u32, 0, 0);
    let (mut is_url, mut escape) = (false, None);
    let end = digits::each_escaped(bytes, at, values, |value, place, escaped| {
        escape = escape.or(escaped);
        buffer = buffer << bits | u32::from(value);
        held += bits;
        if held >= 8 {
            held -= 8;
            decoded.push((buffer >> held) as u8);
        }
        is_url |= b"-_".contains(&bytes[place]);
        count += 1;
        count < most
    });
    let code = match (bits, is_url) {
        (4, _) => Encoding::Hex,
        (_, true) => Encoding::Base64Url,
        (_, false) => Encoding::Base64,
    };
    let encoding = escape.into_iter().chain([code]).collect();
    Decoded { packed: Packed { bytes: decoded, end, encoding }, digits: count }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use ::base64::Engine;
    use ::base64::engine::general_purpose::{STANDARD, URL_SAFE};
    use flate2::Compression;
    use flate2::write::DeflateEncoder;

    use super::*;

    #[test]
    fn containers_are_known_by_their_first_digits() {
        // The first bytes of what gzip writes, and more of no meaning.
        let head = [&[0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3][..], &[0xa5; 50]].concat();
        let is_gzip = |bytes: &[u8]| bytes.starts_with(&[0x1f, 0x8b, 8]);
        let hex: String = head.iter().map(|byte| format!("{byte:02x}")).collect();
        let base64 = "H4sIAAAAAAAAA6WlpaWlpaWlpaWlpaWlpaWlpaWlpaWlpaWlpaWlpaWlpaWlpaWlpaWlpaWlpaWlpaWl";
        for (text, encoding) in [
            (hex.clone(), Encoding::Hex),
            (hex.to_uppercase(), Encoding::Hex),
            (base64.to_owned(), Encoding::Base64),
            (format!("{}\r\n   {}", &base64[..40], &base64[40..]), Encoding::Base64),
        ] {
            assert!(may_begin(text.as_bytes()));
            let source = format!("{text}\" and more");
            let packed = read(source.as_bytes(), 0, is_gzip).unwrap();
            assert_eq!((packed.bytes.as_slice(), packed.end), (&head[..], text.len()), "{text}");
            assert_eq!(packed.encoding, [encoding]);
        }
        assert!(read(&base64.as_bytes()[..40], 0, is_gzip).is_none());
        assert!(read(base64.as_bytes(), 0, |_| false).is_none());
        assert!(may_begin(b"AAAAAK4BAABQSwMEFAAC") && may_begin(b"AAAAAP\\/\\/AABQSwMEFA"));
        for other in [
            &b"getConfiguration"[..],
            b"AAAAAAAAAAAAAAAAAAAAAAAA",
            b"AAAAAK4BAABQ",
            b"H4s",
            b"",
            b"UEsX9",
            b"123456",
            b"fd3a00",
        ] {
            assert!(!may_begin(other));
        }
    }

    #[test]
    fn each_container_is_known_by_all_of_its_first_bytes_in_both_encodings() {
        for magic in [
            &[0x1f, 0x8b, 8][..],
            b"PK\x03\x04",
            b"BZh9",
            b"Obj\x01\x04",
            b"\xfd7zXZ\0",
            &[0x28, 0xb5, 0x2f, 0xfd],
            b"%PDF-",
            b"\x89PNG\r\n",
            b"!<arch>\n",
            b"PACK\0\0",
            b"# v2 git bundle\n",
            b"7z\xbc\xaf\x27\x1c",
            &[0x04, 0x22, 0x4d, 0x18],
            b"LZIP\x01",
            b"PAR1\x15",
            b"\xff\x06\0\0sNaPpY",
            &[0x5d, 0, 0, 0x80],
            &[0x78, 0x01],
            &[0x78, 0x5e],
            &[0x78, 0x9c],
            &[0x78, 0xda],
        ] {
            let head = [magic, &[0xa5; 16]].concat();
            let hex: String = head.iter().map(|byte| format!("{byte:02x}")).collect();
            let digits = [STANDARD.encode(&head), URL_SAFE.encode(&head), hex.to_uppercase(), hex];
            for digits in digits {
                assert!(may_begin(digits.as_bytes()) && may_begin(&digits.as_bytes()[..6]), "{digits}");
                assert!(!may_begin(&digits.as_bytes()[..5]), "{digits}");
                // Of zlib's, the first byte is all that decides in hexadecimal, and its first six bits and two more in base64.
                let count = if magic[0] == 0x78 { 1 } else { 3 };
                for place in 0..count {
                    let mut other = digits.clone().into_bytes();
                    other[place] = b'~';
                    assert!(!may_begin(&other), "{}", other.escape_ascii());
                }
            }
        }
    }

    #[test]
    fn deflated_text_is_no_line_of_a_longer_one_and_long_enough() {
        let mut encoder = DeflateEncoder::new(Vec::new(), Compression::new(6));
        encoder.write_all(b"<mxCell value=\"the key of a shop\" style=\"rounded=0;whiteSpace=wrap\"/>").unwrap();
        let digits = STANDARD.encode(encoder.finish().unwrap());
        assert!(digits.len() > 60 && deflate::may_begin(digits.as_bytes()), "{digits}");
        let line = "QUJDREVGR0hJSktMTU5PUFFS";
        for (before, behind, count, expected) in [
            ("", "", 54, true),
            ("", "", 53, false),
            ("", "\"", 53, false),
            ("", "\\/", 53, true),
            ("\"", "\"", 54, true),
            ("\"", "\"", 53, false),
            ("A", "", 54, false),
            ("\n", "", 54, true),
            (&format!("{line}\n"), "", 54, false),
            (&format!("{line}\r\n  "), "", 54, false),
            (&format!("{line} "), "", 54, true),
            (&format!("{}\n", &line[1..]), "", 54, true),
            (&format!(".{}\n", &line[1..]), "", 54, true),
        ] {
            let source = format!("{before}{}{behind}", &digits[..count]);
            let (start, end) = (before.len(), before.len() + count);
            assert_eq!(may_be_deflated(source.as_bytes(), start, end), expected, "{source:?}");
        }
        assert!(!may_be_deflated(&[b'Q'; 60], 0, 60));
    }

    #[test]
    fn base64_begins_before_its_escaped_digits_and_no_other_escapes() {
        let (long, many) = (format!("{}%2BQUJE", "Q".repeat(600)), "%2B".repeat(200));
        for (source, start, expected) in [
            ("QUJE", 0, 0),
            ("QUJDQUJE", 4, 4),
            ("QUJD%2BQUJE", 5, 0),
            (".QUJD%2fQUJE", 6, 1),
            ("QUJD\\u002BQUJE", 5, 0),
            ("QUJD&#43;QUJE", 9, 0),
            (".QUJD&#x002B;QUJE", 13, 1),
            ("QUJD&#x0002B;QUJE", 13, 13),
            ("QUJD%2BQU&#x2f;J\\u002BE", 17, 0),
            ("%2BQUJE", 1, 0),
            // A letter, a blank, the end of a line, and no escape at all.
            ("QUJD%41QUJE", 5, 5),
            ("QUJD%20QUJE", 5, 5),
            ("QUJD\\nQUJE", 5, 5),
            ("QUJD%2GQUJE", 5, 5),
            ("QUJD&QUJE", 5, 5),
            ("QUJD;QUJE", 5, 5),
            ("&plus QUJD;QUJE", 11, 11),
            // Not from further back than a run is followed; of an escape there, only what is shown.
            (&long, 601, 601 - digits::BACK),
            (&many, 598, 598 - digits::BACK),
        ] {
            assert_eq!(start_before_escapes(source.as_bytes(), start), expected, "{source} {start}");
        }
    }

    #[test]
    fn a_container_has_digits_enough_and_says_which_alphabet_they_are_of() {
        let is_gzip = |bytes: &[u8]| bytes.starts_with(&[0x1f, 0x8b, 8]);
        for (digit, encoding) in [("-", Encoding::Base64Url), ("_", Encoding::Base64Url), ("+", Encoding::Base64)] {
            let digits = format!("H4sI{}", digit.repeat(60));
            let packed = read(digits.as_bytes(), 0, is_gzip).unwrap();
            assert_eq!((packed.bytes.len(), packed.end, packed.encoding), (48, 64, vec![encoding]), "{digits}");
            assert!(read(&digits.as_bytes()[..63], 0, is_gzip).is_none());
        }
        // However long it is, no more is decoded to know it than that takes.
        let long = format!("H4sI{}", "A".repeat(1000));
        let probed = |bytes: &[u8]| bytes.len() == PROBE / 4 * 3;
        assert_eq!(read(long.as_bytes(), 0, probed).unwrap().bytes.len(), 753);
    }
}
