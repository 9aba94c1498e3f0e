//! Archives whose headers and directories do not tell the truth, and what stands around them.

use super::*;

#[test]
fn a_directory_that_does_not_tell_the_truth_is_told_of() {
    let member = |zip: &mut Vec<u8>, directory: &mut Vec<u8>, name: &[u8], bytes: &[u8]| {
        pack::entry(zip, directory, name, (0, 0), bytes, bytes, Sizes::Before);
    };
    // A member that lies in another one, which a reader that believes the directory would show.
    let (mut inner, mut inner_directory) = (Vec::new(), Vec::new());
    member(&mut inner, &mut inner_directory, b"hidden", WORD);
    let (mut zip, mut directory) = (Vec::new(), Vec::new());
    member(&mut zip, &mut directory, b"outer", &[b"x", &inner[..]].concat());
    let offset = (30 + 5 + 1u32).to_le_bytes();
    let at = inner_directory.len() - 4 - 6;
    inner_directory[at..at + 4].copy_from_slice(&offset);
    let opened = open(Format::Zip, &pack::finish(zip, &inner_directory, 1));
    assert_eq!(opened.troubles, [(None, "its directory does not name the members that it holds".to_owned())]);

    // The same of one that was left out of the directory, which is what programs do that replace a member.
    let (mut zip, mut directory) = (Vec::new(), Vec::new());
    member(&mut zip, &mut Vec::new(), b"old", WORD);
    member(&mut zip, &mut directory, b"new", b"");
    let opened = open(Format::Zip, &pack::finish(zip, &directory, 1));
    assert_eq!((&*opened.found, &*opened.troubles), (&["old".to_owned()][..], &[][..]));
}

#[test]
fn what_stands_around_a_zip_file_is_passed_over() {
    let zip = pack::zip(&[(b"x", WORD)], 8, Sizes::Before);
    let junk: Vec<u8> = (0..100_000u32).map(|n| (n.wrapping_mul(n) >> 7) as u8).collect();
    for bytes in [[&junk[..], &zip].concat(), [b"MZ", &junk[..], b"PK\x03\x04PK", &zip, &junk].concat()] {
        let behind_picture = [png(b"nothing"), bytes.clone()].concat();
        for (format, bytes) in [(Format::Zip, &bytes), (Format::ZipBehind, &bytes), (Format::Png, &behind_picture)] {
            let opened = open(format, bytes);
            assert_eq!((opened.found.len(), &*opened.troubles), (1, &[][..]), "{format:?}");
        }
    }
    let opened = open(Format::Zip, &[&zip[..], b"between", &zip].concat());
    assert_eq!((opened.found.len(), &*opened.troubles), (2, &[][..]));
    assert_eq!(open(Format::ZipBehind, &junk).troubles, []);
}

/// A program that knows zip files has their marks in its code and in its texts.
fn program() -> Vec<u8> {
    let code: Vec<u8> = (0..3000u32).map(|n| (n.wrapping_mul(2_654_435_761) >> 24) as u8).collect();
    let mut program = [&b"\x7fELF\x02\x01\x01\0"[..], &code].concat();
    for behind in [&code[..60], &[0; 60], b"\x75\x1f\x48\x8b\x45 and so on: some text of an error, no header at all"] {
        for mark in [b"PK\x01\x02", b"PK\x03\x04", b"PK\x05\x06", b"PK\x06\x06", b"PK\x06\x07"] {
            program.extend_from_slice(&[mark, behind].concat());
        }
    }
    // An entry that would go by all that follows.
    program
        .extend_from_slice(&[&b"PK\x01\x02\x14\x03\x14\0\0\0\x08\0"[..], &[0; 16], &[0xff, 0xff], &[0; 16]].concat());
    [&program[..], b"PK\x05\x06PK\x01\x02PK\x03\x04PK\x07\x08", &code].concat()
}

#[test]
fn marks_in_a_program_are_no_zip_file() {
    assert_eq!(open(Format::ZipBehind, &program()).troubles, []);
    // Nor do they hide one behind it, whether or not that counts from the program's beginning.
    let zip = pack::zip(&[(b"first", b"nothing"), (b"x", WORD)], 8, Sizes::Before);
    let program = program();
    let mut counted = zip.clone();
    let (entries, end) = (memchr::memmem::find_iter(&zip, b"PK\x01\x02"), zip.len() - 22);
    for at in entries.map(|at| at + 42).chain([end + 16]) {
        let offset = u32::from_le_bytes(counted[at..at + 4].try_into().unwrap()) + program.len() as u32;
        counted[at..at + 4].copy_from_slice(&offset.to_le_bytes());
    }
    for zip in [&zip, &counted] {
        for format in [Format::ZipBehind, Format::Zip] {
            let opened = open(format, &[&program[..], zip, b"a signature"].concat());
            assert_eq!((&*opened.found, &*opened.troubles), (&["x".to_owned()][..], &[][..]), "{format:?}");
        }
    }
}

#[test]
fn what_is_lost_of_a_zip_file_behind_a_program_is_told() {
    let program = program();
    let zip = pack::zip(&[(b"first", &text()), (b"x", &text())], 8, Sizes::Before);
    let at = |mark: &[u8]| memchr::memmem::find(&zip, mark).unwrap();
    let second = memchr::memmem::rfind(&zip, b"PK\x03\x04").unwrap();
    let changed = |at: usize, to: &[u8]| {
        let mut zip = zip.clone();
        zip[at..at + to.len()].copy_from_slice(to);
        zip
    };
    let untrue = "its directory does not name the members that it holds";
    for (zip, message) in [
        (zip[..second - 9].to_vec(), "it is cut off"),
        (zip[..at(b"PK\x01\x02") - 9].to_vec(), "it is cut off"),
        // A member's header, its entry, what the end says of where they are and of how many there are.
        (changed(second, b"PQ"), untrue),
        (changed(at(b"PK\x01\x02") + 42, &[9]), untrue),
        (changed(zip.len() - 22 + 16, &[7]), untrue),
        (changed(zip.len() - 22 + 8, &[3, 0, 3, 0]), untrue),
        ([&zip[..second], &zip[at(b"PK\x01\x02")..]].concat(), untrue),
        (changed(at(b"PK\x01\x02"), b"PQ"), untrue),
    ] {
        let opened = open(Format::ZipBehind, &[&program[..], &zip].concat());
        let messages: Vec<&str> = opened.troubles.iter().map(|(_, message)| &**message).collect();
        assert_eq!(messages, [message]);
    }
}

#[test]
fn what_cannot_be_read_is_named() {
    for (method, flags, message) in [
        (8, 1, "it is encrypted"),
        (99, 0, "it is encrypted"),
        (98, 0, "it is compressed by method 98, which gridleaks does not know"),
    ] {
        let (mut zip, mut directory) = (Vec::new(), Vec::new());
        pack::entry(&mut zip, &mut directory, b"locked", (method, flags), b"12345", b"x", Sizes::Before);
        pack::entry(&mut zip, &mut directory, b"open", (0, 0), WORD, WORD, Sizes::Before);
        let opened = open(Format::Zip, &pack::finish(zip, &directory, 2));
        assert_eq!(opened.troubles, [(Some("locked".to_owned()), message.to_owned())]);
        assert_eq!(
            (&*opened.found, &*opened.names),
            (&["open".to_owned()][..], &["locked".to_owned(), "open".to_owned()][..])
        );
    }
}

#[test]
fn tar_headers_are_not_trusted() {
    let tar = pack::tar(&[(b"a", b"nothing"), (b"b", WORD)]);
    let with = |at: usize, field: &[u8]| {
        let mut tar = tar.clone();
        tar[at..at + field.len()].copy_from_slice(field);
        let block: [u8; 512] = tar[..512].try_into().unwrap();
        tar[..512].copy_from_slice(&pack::summed(block));
        open(Format::Tar, &tar)
    };
    // Sizes that are negative, larger than the archive, or none; a folder and a link that claim to have a size.
    for (at, field) in [
        (124, &[0xff; 12][..]),
        (124, b"77777777777\0"),
        (124, &[0x80, 0, 0, 0, 0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff]),
        (124, b"notanumber\0\0"),
    ] {
        let opened = with(at, field);
        assert!(!opened.troubles.is_empty(), "{field:?}");
    }
    assert_eq!(with(124, &[0xff; 12]).found, ["b"]);
    for kind in [b"5", b"2", b"1"] {
        let opened = with(156, kind);
        assert_eq!((&*opened.found, opened.names.len()), (&["b".to_owned()][..], 2), "{kind:?}");
    }
    // A broken header: the next sound one is found.
    let mut broken = tar.clone();
    broken[0] ^= 1;
    let opened = open(Format::Tar, &broken);
    assert_eq!((opened.found.len(), opened.troubles.len()), (1, 1));
    // What stands behind the end.
    let opened = open(Format::Tar, &[&tar[..], &tar, b"junk"].concat());
    assert_eq!((opened.found.len(), &*opened.troubles), (2, &[][..]));
}

#[test]
fn tar_archives_of_every_kind_are_read() {
    let long = "d/".repeat(150) + "x";
    let mut tar = Vec::new();
    pack::tar_entry(&mut tar, b"pax", b'x', format!("{} path={long}\n", long.len() + 10).as_bytes(), b"");
    pack::tar_entry(&mut tar, b"short", b'0', WORD, b"");
    pack::tar_entry(&mut tar, b"link", b'2', b"", b"target");
    tar.resize(tar.len() + 1024, 0);
    assert_eq!(open(sniff(&tar).unwrap(), &tar).names, [&*long, "link"]);
    // An old one, without the magic.
    let mut old = pack::tar(&[(b"old", WORD)]);
    old[257..265].fill(0);
    let block: [u8; 512] = old[..512].try_into().unwrap();
    old[..512].copy_from_slice(&pack::summed(block));
    assert_eq!(open(sniff(&old).unwrap(), &old).found, ["old"]);
    // A sparse file: its lists go on in a block of their own.
    let mut sparse = pack::tar(&[(b"sparse", WORD)]);
    sparse[156] = b'S';
    sparse[482] = 1;
    let block: [u8; 512] = sparse[..512].try_into().unwrap();
    sparse.splice(..512, [pack::summed(block).to_vec(), vec![0; 512]].concat());
    assert_eq!(open(Format::Tar, &sparse).found, ["sparse"]);
}
