//! Bytes in a script that only begin like a stream: they hide no real one, and take no time.

use crate::support::pack;
use crate::support::{Folder, key};

/// A key on the second line.
fn text() -> Vec<u8> {
    format!("first line\n  token = {}\n", key()).into_bytes()
}

/// Where the key is found in a script, and whether all of it was read.
fn scan(script: &[u8]) -> (Vec<String>, bool) {
    let folder = Folder::new();
    folder.file("x.run", script);
    let run = folder.run(["scan", "--format", "json"]);
    (run.places(), run.json()["complete"] == true)
}

/// What unpacks to something for a while takes nothing with it of what stands within that.
#[test]
fn what_looks_like_a_stream_hides_none_behind_it() {
    let stored = [&[0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3][..], &[0, 0x2c, 1, 0xd3, 0xfe]].concat();
    let named = [&[0x1f, 0x8b, 8, 0x1e, 0, 0, 0, 0, 0, 3, 20, 0][..], b"twenty bytes of text"].concat();
    let raw_block = [0x28, 0xb5, 0x2f, 0xfd, 0, 0x58, 0x60, 9, 0];
    let packed_block = [0x28, 0xb5, 0x2f, 0xfd, 0, 0x58, 0xfc, 0xff, 0x07];
    let xz = pack::xz(b"x")[..12].to_vec();
    let lz4 = pack::lz4(b"x")[..7].to_vec();
    for (number, head) in [&stored[..], &named, &raw_block, &packed_block, b"BZh91AY&SY", &xz, &lz4, b"\x1f\x8b\x08"]
        .into_iter()
        .enumerate()
    {
        for gap in [2, 50] {
            for stream in [pack::gzip(&text()), pack::bzip2(&text()), pack::xz(&text()), pack::zstd(&text())] {
                let script = [b"#!/bin/sh\n# ", head, &b".".repeat(gap)].concat();
                let (places, is_complete) =
                    scan(&[&script[..], &stream, b"\n", &b"# and so on\n".repeat(300)].concat());
                let expected = format!("x.run!/stream@{}:2:11", script.len());
                assert!(places.contains(&expected), "{number}, {gap}: {places:?}");
                assert!(is_complete, "{number}, {gap}");
            }
        }
    }
}

/// Headers may be long: of a file that says much of itself.
#[test]
fn streams_in_scripts_are_found_whatever_their_headers_are() {
    let long = pack::gzip_named(&"n".repeat(9000), &text());
    let extra = {
        let gzip = pack::gzip(&text());
        [&gzip[..3], &[4], &gzip[4..10], &[0x50, 0xc3], &[7; 50_000], &gzip[10..]].concat()
    };
    let zlib = pack::zlib(&text());
    for (number, stream) in [long, extra, zlib].iter().enumerate() {
        for script in [&b"#!/bin/sh\n"[..], b"\xef\xbb\xbf#!/usr/bin/python\n"] {
            let whole = [script, stream, b"\nend\n"].concat();
            let expected = format!("x.run!/stream@{}:2:11", script.len());
            assert_eq!(scan(&whole), (vec![expected], true), "{number}");
        }
    }
}

#[test]
fn very_many_beginnings_that_are_none_take_little() {
    let heads = b"BZh91AY&SY".repeat(400_000);
    let script = [b"#!/bin/sh\n", &heads[..], b"\n"].concat();
    let expected = format!("x.run!/stream@{}:2:11", script.len());
    assert_eq!(scan(&[&script[..], &pack::gzip(&text())].concat()), (vec![expected], true));
}
