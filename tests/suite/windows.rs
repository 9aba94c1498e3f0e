//! What decoders look back on: as much as they fill counts, and no more than there is room for.

use crate::support::pack;
use crate::support::{Folder, key};

/// A key on the second line.
fn text() -> Vec<u8> {
    format!("first line\n  token = {}\n", key()).into_bytes()
}

#[test]
fn no_window_is_larger_than_it_may_be() {
    // A frame and a block that say they need a gigabyte; what they hold is never looked at.
    let zstd = [0x28, 0xb5, 0x2f, 0xfd, 0, 20 << 3, 1, 0, 0];
    // What takes as much as it says only where it is filled.
    let zeros = vec![0; 65 << 20];
    let xz = pack::xz_looking_back(37, &[&zeros[..], &text()].concat());
    let folder = Folder::new();
    folder.file("a.zst", zstd).file("b.xz", xz);
    let run = folder.run(["scan", "--format", "json"]);
    let json = run.json();
    let kinds: Vec<_> = json["problems"].as_array().unwrap().iter().map(|problem| &problem["kind"]).collect();
    assert_eq!(kinds, ["limit", "limit"], "{json}");
}

/// What says that it looks back far, and has nothing to look back on, takes no room from what lies in it.
#[test]
fn windows_count_as_far_as_they_are_filled() {
    let noise: Vec<u8> = (0..300_000u32).map(|number| (number.wrapping_mul(2_654_435_761) >> 23) as u8).collect();
    let text = text();
    let far = |bytes: &[u8]| pack::xz_looking_back(37, bytes);
    let (mut lzma, mut lzip) = (pack::lzma(&text), pack::lzip(&text));
    lzma[1..5].copy_from_slice(&(1u32 << 30).to_le_bytes());
    lzip[5] = 29;
    let members: [pack::Member<'_>; 6] = [
        (b"a.gz", &pack::gzip(&text)),
        (b"b.xz", &far(&text)),
        (b"c.xz", &far(&pack::tar(&[(b"d.xz", &far(&text)), (b"noise", &noise)]))),
        (b"e.lzma", &lzma),
        (b"f.lz", &lzip),
        (b"noise", &noise),
    ];
    let folder = Folder::new();
    folder.file("x.tar.xz", far(&pack::tar(&members)));
    let run = folder.run(["scan", "--format", "json"]);
    let found = ["a.gz!/a", "b.xz!/b", "c.xz!/d.xz!/d", "e.lzma!/e", "f.lz!/f"];
    assert_eq!(run.places(), found.map(|member| format!("x.tar.xz!/{member}:2:11")), "{}", run.stderr);
    assert!(run.json()["complete"] == true, "{}", run.stderr);
}
