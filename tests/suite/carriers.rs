//! Keys in compressed streams that lie among other bytes: installers, packages, dumps.

use crate::support::hdf5;
use crate::support::pack;
use crate::support::{Folder, key, numbered_key};

/// A key on the second line.
fn text() -> Vec<u8> {
    format!("first line\n  token = {}\n", key()).into_bytes()
}

/// An installer: a script with an archive behind it. What only looks like the beginning of a stream, in any script, is none.
#[test]
fn what_a_script_unpacks_is_opened() {
    let script = b"#!/bin/sh\n# \x1f\x8b\x08\0\0\0\0\0\0\x03 begins gzip, \x28\xb5\x2f\xfd\x04 Zstandard, BZh91AY&SY bzip2\ntail -n +4 \"$0\" | tar xz\n";
    for archive in [pack::gzip, pack::bzip2, pack::xz, pack::zstd] {
        let folder = Folder::new();
        let archive = archive(&pack::tar(&[(b"etc/x", &text())]));
        let whole = [&script[..], &archive].concat();
        folder.file("setup.run", &whole).file("plain.sh", script);
        let run = folder.run(["scan", "--format", "json"]);
        assert_eq!(run.places(), [format!("setup.run!/stream@{}!/etc/x:2:11", script.len())], "{}", run.stderr);
        assert!(run.json()["complete"] == true, "{}", run.stderr);
    }
}

#[test]
fn what_is_broken_in_a_package_is_a_problem() {
    let noise: Vec<u8> = (0..2000u32).map(|number| (number.wrapping_mul(2_654_435_761) >> 24) as u8).collect();
    let cpio = pack::cpio(&[(b"a", &noise), (b"etc/x", &text())]);
    let (gzip, ends) = (pack::gzip(&cpio), cpio.len() - 130);
    let folder = Folder::new();
    folder.file("1.rpm", pack::rpm(&gzip[..1000])).file("2.rpm", pack::rpm(&noise)).file("3.cpio", &cpio[..ends]);
    folder.file("4.dump", &pack::pg_dump(&noise)[..700]).file("5.cpio", [&cpio[..ends], &noise].concat());
    let run = folder.run(["scan", "--format", "json"]);
    let json = run.json();
    let problems: Vec<_> = json["problems"]
        .as_array()
        .unwrap()
        .iter()
        .map(|problem| format!("{}: {}", problem["path"].as_str().unwrap(), problem["message"].as_str().unwrap()))
        .collect();
    assert_eq!(
        problems,
        [
            "1.rpm!/stream@136: it is cut off",
            "2.rpm: what it holds is compressed in a way that is not known",
            "3.cpio!/etc/x: it is cut off",
            "4.dump!/stream@32: it is cut off",
            "5.cpio: a header in it is broken: members may be lost",
        ]
    );
}

/// A stream whose decoder fails before it takes a byte is met once.
#[test]
fn a_stream_that_breaks_at_once_ends() {
    let head = [&[0x5d, 0, 0, 0x80, 0][..], &[0xff; 8], &[0]].concat();
    let folder = Folder::new();
    let lead = pack::rpm(b"");
    folder.file("a.rpm", [&lead[..], &head, &[0x11; 6], &head, &[0x11; 6]].concat());
    folder.file("b.rpm", [&lead[..], &head, &[0xff; 30]].concat());
    let run = folder.run(["scan", "--format", "json"]);
    assert_eq!(run.status, 2, "{}", run.stdout);
    assert!(run.json()["problems"].as_array().unwrap().len() < 10, "{}", run.stdout);
}

/// Parallel compressors write several streams, which are one archive.
#[test]
fn streams_right_behind_each_other_are_one() {
    let noise: Vec<u8> = (0..3000u32).map(|number| (number.wrapping_mul(2_654_435_761) >> 24) as u8).collect();
    let tar = pack::tar(&[(b"a", &noise), (b"etc/x", &text())]);
    let script = b"#!/bin/sh\n";
    for compress in [pack::gzip, pack::bzip2, pack::xz, pack::zstd] {
        let folder = Folder::new();
        let streams: Vec<u8> = tar.chunks(1300).flat_map(compress).collect();
        folder.file("x.run", [&script[..], &streams, b"\nand more"].concat());
        let run = folder.run(["scan", "--format", "json"]);
        assert_eq!(run.places(), ["x.run!/stream@10!/etc/x:2:11"], "{}", run.stderr);
        assert!(run.json()["complete"] == true, "{}", run.stderr);
    }
}

#[test]
fn what_is_encrypted_is_a_problem_and_what_only_begins_like_an_archive_is_none() {
    let folder = Folder::new();
    folder
        .file("a.ab", b"ANDROID BACKUP\n5\n1\nAES-256\n00ff\n")
        .file("b.txt", "070707".to_owned() + &"1234567".repeat(20));
    folder.file("c.txt", "070701".to_owned() + &"deadbeef".repeat(20));
    let run = folder.run(["scan", "--format", "json"]);
    let json = run.json();
    let problems: Vec<_> =
        json["problems"].as_array().unwrap().iter().map(|problem| problem["path"].as_str().unwrap()).collect();
    assert_eq!(problems, ["a.ab"]);
}

/// What stands in the text around a stream is no piece of the key in it, though both begin alike.
#[test]
fn an_encoded_key_beside_a_stream_is_found_as_well() {
    let tails = ["Kq7RwZ2mXc9TbV4nLs8Yd1Fg6Hj3Pa5E", "Kz3UeB8vNf1QyG6tRm4Wk9Sx2Cd7Ho5J"];
    let [within, beside] = tails.map(|tail| ["rg_live_", tail].concat());
    let folder = Folder::new();
    let script = format!("#!/bin/sh\nurl='https://h/?k={}'\n", beside.replace('_', "%5F"));
    folder.file("x.run", [script.as_bytes(), &pack::gzip(format!("key={within}\n").as_bytes())].concat());
    let run = folder.run(["scan", "--format", "json"]);
    let found = [format!("x.run!/stream@{}:1:5", script.len()), "x.run".to_owned()];
    let places: Vec<_> = run.places();
    assert_eq!(places.len(), 2, "{places:?}");
    assert!(
        places.contains(&found[0]) && places.iter().any(|place| place.starts_with("x.run") && !place.contains("!/"))
    );
}

/// What Linux is started with: an archive for the processor, and behind it the real one, in whatever way it is compressed.
#[test]
fn what_stands_behind_an_archive_is_opened_or_named() {
    let early = pack::cpio(&[(b"kernel/microcode", b"none")]);
    let real = pack::cpio(&[(b"etc/x", &text())]);
    let old = pack::old_lz4(&real);
    for padding in [0, 300] {
        let early = [&early[..], &vec![0; padding]].concat();
        for (number, packed) in
            [pack::lzma(&real), old.clone(), [&old[..], &[0; 9]].concat(), pack::lz4(&real), pack::lzip(&real)]
                .iter()
                .enumerate()
        {
            let folder = Folder::new();
            folder.file("initrd.img", [&early[..], packed].concat());
            let run = folder.run(["scan", "--format", "json"]);
            let expected = format!("initrd.img!/stream@{}!/etc/x:2:11", early.len());
            assert_eq!(run.places(), [expected], "{number}: {}", run.stderr);
            assert!(run.json()["complete"] == true, "{number}: {}", run.stderr);
        }
    }
    let lzop = b"\x89LZO\0\r\n\x1a\n\x10\x40 and more";
    let folder = Folder::new();
    folder.file("initrd.img", [&early[..], lzop].concat()).file("x.run", [b"#!/bin/sh\n", &lzop[..]].concat());
    folder.file("uImage", pack::board_image(4, b"anything"));
    let run = folder.run(["scan", "--format", "json"]);
    assert_eq!(
        (run.status, run.stdout.matches("by lzop, which gridleaks cannot open").count()),
        (2, 2),
        "{}",
        run.stdout
    );
    assert!(run.stdout.contains("by LZO, which gridleaks cannot open"), "{}", run.stdout);
}

#[test]
fn images_for_boards_are_opened() {
    let real = pack::cpio(&[(b"etc/x", &text())]);
    for (code, payload) in
        [(1, pack::gzip(&real)), (3, pack::lzma(&real)), (5, pack::old_lz4(&real)), (6, pack::zstd(&real))]
    {
        let folder = Folder::new();
        folder.file("uImage", pack::board_image(code, &[&payload[..], &[0; 40]].concat()));
        let run = folder.run(["scan", "--format", "json"]);
        assert_eq!(run.places(), ["uImage!/stream@64!/etc/x:2:11"], "{code}: {}", run.stderr);
        assert!(run.json()["complete"] == true, "{code}: {}", run.stderr);
    }
}

/// An answer whose length nobody knew before is sent, and kept, in pieces.
#[test]
fn answers_in_pieces_are_opened() {
    let noise: Vec<u8> = (0..9000u32).map(|number| (number.wrapping_mul(2_654_435_761) >> 23) as u8).collect();
    let text = [&noise[..], b"\n", &text()].concat();
    let head = "WARC/1.1\r\nWARC-Type: response\r\n\r\nHTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\
                Content-Encoding: gzip\r\n\r\n";
    // Some servers send the header of gzip, of ten bytes, by itself.
    for (packed, least) in [(pack::gzip(&text), 10), (pack::zlib(&text), 10), (pack::zstd(&text), 20)] {
        for size in [least, 1000, 100_000] {
            let mut warc = head.as_bytes().to_vec();
            let first = format!("{:x};name=value\r\n", packed.len().min(size)).len();
            for (number, piece) in packed.chunks(size).enumerate() {
                let more = if number == 0 { ";name=value" } else { "" };
                warc.extend_from_slice(format!("{:x}{more}\r\n", piece.len()).as_bytes());
                warc.extend_from_slice(&[piece, b"\r\n"].concat());
            }
            let folder = Folder::new();
            folder.file("crawl.warc", [&warc[..], b"0\r\n\r\n\r\nWARC/1.1\r\n"].concat());
            folder.file("cut.warc", &warc[..warc.len() - 40]);
            let run = folder.run(["scan", "--format", "json", "crawl.warc"]);
            assert_eq!(run.places(), [format!("crawl.warc!/stream@{}", head.len() + first)], "{size}: {}", run.stderr);
            assert!(run.json()["complete"] == true, "{size}: {}", run.stderr);
            let run = folder.run(["scan", "--format", "json", "cut.warc"]);
            assert!(run.json()["complete"] == false, "{size}: {}", run.stdout);
        }
    }
}

/// Where a file has 4 GiB or more, rpm writes numbers in place of headers.
#[test]
fn members_without_headers_are_opened() {
    let text = text();
    let noise: Vec<u8> = (0..200_001u32).map(|number| (number.wrapping_mul(2_654_435_761) >> 24) as u8).collect();
    let gzip = pack::gzip(&text);
    let cpio = pack::stripped_cpio(&[(0, &noise), (7, b""), (2, &gzip), (3, &text), (11, b"07070 and so on")]);
    for payload in [pack::gzip(&cpio), cpio.clone()] {
        let folder = Folder::new();
        folder.file("x.rpm", pack::rpm(&payload)).file("cut.rpm", pack::rpm(&pack::gzip(&cpio[..cpio.len() - 60])));
        let run = folder.run(["scan", "--format", "json", "x.rpm"]);
        let places = run.places();
        assert!(places.len() == 2 && places[0].contains("file@2!/") && places[1].contains("file@3"), "{places:?}");
        assert!(run.json()["complete"] == true, "{}", run.stderr);
        assert!(folder.run(["scan", "--format", "json", "cut.rpm"]).json()["complete"] == false);
    }
}

/// What stands right before a picture's keyword is the kind of its chunk, four letters.
#[test]
fn a_keyword_of_a_picture_may_be_a_key() {
    let key = key();
    let with = |before: &str, behind: &[u8]| [before.as_bytes(), key.as_bytes(), behind].concat();
    let folder = Folder::new();
    folder
        .file("1.png", pack::png_with(b"tEXt", &with("", b"\0none")))
        .file("2.png", pack::png_with(b"zTXt", &[&with("", b"\0\0")[..], &pack::zlib(b"none")].concat()))
        .file("3.png", pack::png_with(b"iTXt", &with("", b"\0\0\0en\0word\0none")))
        .file("4.png", pack::png_with(b"iTXt", &with("word\0\0\0en\0", b"\0none")))
        .file("5.png", pack::png_with(b"iCCP", &[&with("", b"\0\0")[..], &pack::zlib(b"none")].concat()))
        .file("6.png", pack::png_with(b"tEXt", &with("", b"")))
        .file("plain", &key);
    let run = folder.run(["scan", "--format", "json"]);
    let json = run.json();
    let findings = json["findings"].as_array().unwrap();
    let is_same = |finding: &serde_json::Value| {
        finding["fingerprint"] == findings.last().unwrap()["fingerprint"] && finding["rule"] == "retailgrid-api-key"
    };
    assert_eq!(findings.len(), 7, "{:?}", run.places());
    assert!(findings.iter().all(is_same) && json["complete"] == true, "{:?}", run.places());
}

/// What is known to have streams among its bytes, by what it begins with: each behind something else.
#[test]
fn what_is_known_to_have_streams_is_opened() {
    let header =
        [&b"MATLAB 5.0 MAT-file, Platform: GLNXA64"[..], &[b' '; 78], &[0; 8], b"\0\x01IM\x0f\0\0\0\0\x01\0\0"]
            .concat();
    for (name, head) in [
        ("shop.mat", &header[..]),
        ("shop.zsav", b"$FL3@(#) SPSS DATA FILE 64-bit Linux"),
        ("shop.h5", b"\x89HDF\r\n\x1a\n\0\0\0\0"),
        ("shop.ab", b"ANDROID BACKUP\n5\n1\nnone\n"),
    ] {
        let folder = Folder::new();
        folder.file(name, [head, &pack::zlib(&text()), &[0; 40]].concat());
        let run = folder.run(["scan", "--format", "json"]);
        assert_eq!(run.places(), [format!("{name}!/stream@{}:2:11", head.len())], "{}", run.stderr);
        assert!(run.json()["complete"] == true, "{}", run.stderr);
    }
}

/// Keys in texts of 64 bytes, whose first bytes come first, then their second ones: as h5py and PyTables shuffle them, and pandas through these.
#[test]
fn shuffled_chunks_of_hdf5_are_put_in_order() {
    let texts = |token: &str| {
        (0..40).map(|row| if row == 20 { format!("token={token}") } else { format!("row {row} of a table") }).collect()
    };
    let (one, other): (Vec<String>, Vec<String>) = (texts(&key()), texts(&numbered_key(7)));
    let deflated: [hdf5::Filter; 2] = [(2, "shuffle", &[64]), (1, "deflate", &[4])];
    let bzip2: [hdf5::Filter; 2] = [(2, "shuffle", &[80]), (307, "bzip2", &[9])];
    let chunks = [pack::zlib(&hdf5::shuffled(&one, 64)), pack::bzip2(&hdf5::shuffled(&other, 80))];
    for is_old in [true, false] {
        let lists = [hdf5::list(is_old, &deflated), hdf5::list(is_old, &bzip2)];
        // What says how chunks are shuffled may stand behind them, and they right behind each other.
        for parts in [[&lists[0], &chunks[0], &lists[1], &chunks[1]], [&chunks[0], &chunks[1], &lists[0], &lists[1]]] {
            let (folder, file) = (Folder::new(), hdf5::file(&parts.map(|part| &part[..])));
            folder.file("shop.h5", file);
            let run = folder.run(["scan", "--format", "json"]);
            let json = run.json();
            let found: Vec<_> = json["findings"].as_array().unwrap().iter().map(|finding| &finding["rule"]).collect();
            assert_eq!(found, ["retailgrid-api-key"; 2], "{} {}", run.stderr, run.places().join(" "));
            assert!(run.json()["complete"] == true, "{}", run.stderr);
        }
    }
}

/// What is packed by filters that cannot be undone is told, each once, and what can be read is read all the same.
#[test]
fn what_cannot_be_undone_in_hdf5_is_a_problem() {
    let lzf: [hdf5::Filter; 2] = [(2, "shuffle", &[64]), (32_000, "lzf", &[4, 261, 6400])];
    let blosc: [hdf5::Filter; 1] = [(32_001, "blosc", &[2, 2, 88, 26_400, 5, 1, 0])];
    let list = [hdf5::list(true, &lzf), hdf5::list(false, &blosc), hdf5::list(true, &blosc)].concat();
    let folder = Folder::new();
    folder.file("shop.h5", hdf5::file(&[&list, &pack::zlib(&text())]));
    let run = folder.run(["scan", "--format", "json"]);
    assert_eq!(run.places().len(), 1);
    let problems = &run.json()["problems"];
    assert_eq!(problems.as_array().unwrap().len(), 1, "{problems}");
    assert_eq!(
        problems[0]["message"],
        "its data is packed by Blosc and LZF, which gridleaks cannot undo; `h5repack -f NONE` makes a copy without"
    );
    // Nor is what is cut off taken for clean, wherever it ends.
    let whole = hdf5::file(&[&pack::zlib(b"more"), &[7; 100]]);
    for (length, problems) in [(whole.len(), 0), (whole.len() - 1, 1), (60, 1)] {
        folder.file("shop.h5", &whole[..length]);
        let problems_told = folder.run(["scan", "--format", "json"]).json()["problems"].to_string();
        assert_eq!(problems_told.matches("it is cut off").count(), problems, "{problems_told}");
    }
    // Without a key, the scan is incomplete.
    folder.file("shop.h5", hdf5::file(&[&list]));
    assert_eq!(folder.run(["scan"]).status, 2);
}

/// A chunk that is too large to be put in order is told, and so are lists of filters that come too late.
#[test]
fn shuffled_chunks_of_hdf5_have_a_size() {
    let shuffled: [hdf5::Filter; 2] = [(2, "shuffle", &[64]), (1, "deflate", &[4])];
    let list = hdf5::list(true, &shuffled);
    for (size, told) in [(24 << 20, None), ((24 << 20) + 1, Some("24 MiB"))] {
        let folder = Folder::new();
        folder.file("shop.h5", hdf5::file(&[&list, &pack::zlib(&vec![b' '; size])]));
        let said = folder.run(["scan", "--format", "json"]).json()["problems"].to_string();
        assert_eq!(told.is_some(), told.is_some_and(|told| said.contains(told)), "{size} {said}");
        assert_eq!(said == "[]", told.is_none(), "{size} {said}");
    }
    let rows: Vec<String> =
        (0..5).map(|row| format!("row {row}: {}", if row == 3 { key() } else { "nothing".repeat(5) })).collect();
    // Both lie in one window, or not.
    for (between, is_late) in [((24 << 20) - 2000, false), (26 << 20, true)] {
        let folder = Folder::new();
        let file = hdf5::file(&[&pack::zlib(&hdf5::shuffled(&rows, 64)), &vec![0; between], &list]);
        folder.file("shop.h5", file);
        let run = folder.run(["scan", "--format", "json"]);
        let said = run.json()["problems"].to_string();
        assert_eq!((run.places().len(), said.contains("MiB behind it")), (usize::from(!is_late), is_late), "{said}");
    }
}
