//! How long what is looked for in containers may be: at each length it is read, and one byte beyond it what is said of that happens.

use super::*;

/// A chunk of a picture, as long as it says.
fn chunk(kind: &[u8; 4], bytes: &[u8]) -> Vec<u8> {
    let named = [kind, bytes].concat();
    [&(bytes.len() as u32).to_be_bytes()[..], &named, &crc32fast::hash(&named).to_be_bytes()].concat()
}

fn picture(chunks: &[Vec<u8>]) -> Opened {
    open(Format::Png, &[&png::SIGNATURE[..], &chunks.concat(), &chunk(b"IEND", b"")].concat())
}

#[test]
fn what_stands_before_a_pictures_text_has_a_length() {
    let packed = pack::zlib(&text());
    // All that stands before the text, of a length.
    let keyword = |length: usize| [&vec![b'k'; length - 2][..], b"\0\0"].concat();
    let translation = |length: usize| [&b"Comment\0\x01\0en\0"[..], &vec![b'k'; length - 14], b"\0"].concat();
    for (length, expected) in [(4096, 1), (4097, 0)] {
        for (kind, head) in [(b"zTXt", keyword(length)), (b"iTXt", translation(length))] {
            assert_eq!(head.len(), length);
            let found = picture(&[chunk(kind, &[head, packed.clone()].concat())]);
            assert_eq!((found.found.len(), &found.troubles[..]), (expected, &[][..]), "{length}: {:?}", found.names);
        }
    }
}

#[test]
fn a_pictures_chunk_has_a_length() {
    // It need not be there to its end.
    for (length, expected) in [(0x7fff_ffff_u32, 1), (0x8000_0000, 0)] {
        let begun = [&length.to_be_bytes()[..], b"tEXtComment\0", WORD].concat();
        let found = open(Format::Png, &[&png::SIGNATURE[..], &begun].concat());
        assert_eq!(found.found.len(), expected, "{length}: {:?}", found.names);
    }
}

#[test]
fn a_line_that_says_how_long_a_piece_is_has_a_length() {
    let packed = pack::gzip(&text());
    let (first, second) = packed.split_at(100);
    let begin = format!("WARC/1.0\r\n\r\nHTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n{:x}\r\n", first.len());
    // With the ends of lines on either side of it.
    for (length, expected) in [(63, 1), (64, 1), (65, 0)] {
        let digits = format!("\r\n{:x};", second.len());
        let line = format!("{digits}{}\r\n", "x".repeat(length - digits.len() - 2));
        let answer = [begin.as_bytes(), first, line.as_bytes(), second, b"\r\n0\r\n\r\n"].concat();
        let found = open(sniff(&answer).unwrap(), &answer);
        assert_eq!((found.found.len(), found.troubles.len()), (expected, 1 - expected), "{length}: {:?}", found.names);
    }
}

#[test]
fn a_name_in_a_cpio_archive_has_a_length() {
    // With the zero that ends it.
    for (length, expected) in [(64 << 10, 2), ((64 << 10) + 1, 1)] {
        let long = vec![b'n'; length - 1];
        let archive = pack::cpio(&[(b"first", WORD), (&long, WORD)]);
        let found = open(Format::Cpio, &archive);
        assert_eq!((found.found.len(), found.troubles.len()), (expected, 2 - expected), "{length}");
        assert!(found.troubles.iter().all(|(_, told)| told == "a header in it is broken: members may be lost"));
    }
}

#[test]
fn a_line_of_a_bundle_has_a_length() {
    // With the end of the line.
    for (length, expected) in [(64 << 10, 1), ((64 << 10) + 1, 0)] {
        let line = [&vec![b'r'; length - 1][..], b"\n"].concat();
        let bundle = [&b"# v2 git bundle\n"[..], &line, b"\n", &pack::git_pack(&text())].concat();
        let found = open(sniff(&bundle).unwrap(), &bundle);
        assert_eq!(
            (found.found.len(), found.troubles.len()),
            (expected, 1 - expected),
            "{length}: {:?}",
            found.troubles
        );
        assert!(found.troubles.iter().all(|(_, told)| told == "a line in front of its objects is too long"));
    }
}
