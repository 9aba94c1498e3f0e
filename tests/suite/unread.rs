//! Archives that cannot be opened, or only within bounds: none of them is clean without a word.

use sevenz_rust2::EncoderMethod;

use crate::support::{Folder, key, pack};

#[test]
fn what_7_zip_encrypted_is_named() {
    // What `7zz a -p1234 -mhe=off` and `-mhe=on` wrote, without its first two bytes: this repository is to be read as a whole.
    const LOCKED: &str = "bcaf271c00049fb56045b50000000000000022000000000000003a54266dd17faf3a7d776e6014800cd6bf5861c606fa6affc6052e07c60d84c69fdd\
        cff22073db8ad346873e0f77cdc5e211645e0000813307ae0fd100d43ca08a69b0e3c400faf45854be090c59ec60d6b2d4cd154e40e9fd0e95af45d8\
        1aa792f6b7ec250347806ea1891ba7a724fff6e3895ff7f46ffa8272497d9ff75c203cbbd952c5f9935f87d700fa36da4e8b35bff17e5534fde228b9\
        cdb3f7c05b776af032c59ea3fe654a360fce97e31314b3b84ef8dc35d700001706300109808500070b01000123030101055d001000000c80aa0a014b\
        da50860000";
    const SEALED: &str = "bcaf271c000496a50d9cc0000000000000003e000000000000001b3b707ab6a6e6dbe4b5bbe18b7fa929286b9c2324c518d4583163bca7721de03a84\
        bde61a7fcc62dc8e490a1589f4a4a7cfef2a7be8b60a6da20068f60a10942abc9cd34f5ba2ac2d3e4b385a9a9c4754a73bf620d697a9db93a2c3bf2a\
        b88351c7ed34b76f8cf3391a7d3a6a7af5676345b2691d7561d0e47e00a67a15b1bb6b0bf9e8423f8fe9682da6655259cfa72501babc8069885b0297\
        4e8dbbec23f238123e710d511c0d73e6687316b8091f984ec3f31d172114fbf2b556ebd7fa2e716ccfd61706300109809000070b0100022406f10701\
        12530fc5a490c2dcfd4c94ca6a02598292fd9323030101055d0010000001000c808580aa0a01ebc861e60000";
    let archive = |digits: &str| {
        let digits = digits.as_bytes().chunks(2).map(|two| std::str::from_utf8(two).unwrap());
        b"7z".iter().copied().chain(digits.map(|two| u8::from_str_radix(two, 16).unwrap())).collect::<Vec<u8>>()
    };
    let folder = Folder::new();
    folder.file("locked.7z", archive(LOCKED)).file("sealed.7z", archive(SEALED));
    let run = folder.run(["scan", "--format", "json"]);
    let json = run.json();
    let problems = json["problems"].as_array().unwrap().iter();
    let named: Vec<_> = problems.map(|problem| (&problem["path"], &problem["message"])).collect();
    let (locked, message) =
        (["locked.7z!/d/b.txt", "locked.7z!/d/note.txt"], serde_json::Value::from("it is encrypted"));
    // What is in the first can at least be named.
    assert_eq!(named, [(&locked[0].into(), &message), (&locked[1].into(), &message), (&"sealed.7z".into(), &message),]);
    assert_eq!(run.status, 2);
}

#[test]
fn archives_that_cannot_be_opened_are_named() {
    let mut squashfs = [0; 96];
    squashfs[..4].copy_from_slice(b"hsqs");
    squashfs[28..32].copy_from_slice(&[4, 0, 0, 0]);
    let folder = Folder::new();
    folder
        .file("a.rar", b"Rar!\x1a\x07\x01\x00 and more")
        .file("b.cab", b"MSCF\0\0\0\0 and more")
        .file("c.squashfs", squashfs)
        .file("d.Z", b"\x1f\x9d\x90 and more")
        .file("f.wim", b"MSWIM\0\0\0 and more")
        .file("g.lzo", b"\x89LZO\0\r\n\x1a\n and more")
        // Texts that begin like one.
        .file("h.txt", "Rar! A tale.\nMSCF is no cabinet.\n")
        .file("i.txt", "hsqs = 4\n".repeat(9));
    let run = folder.run(["scan", "--format", "json"]);
    let json = run.json();
    let paths: Vec<_> = json["problems"].as_array().unwrap().iter().map(|problem| problem["path"].clone()).collect();
    assert_eq!(paths, ["a.rar", "b.cab", "c.squashfs", "d.Z", "f.wim", "g.lzo"], "{json}");
    assert_eq!(json["problems"][0]["message"], "it is a RAR archive, which gridleaks cannot open");
    assert_eq!(run.status, 2);
    // What stands in one as it is, is found all the same.
    folder.file("a.rar", [&b"Rar!\x1a\x07\x01\x00 "[..], key().as_bytes()].concat());
    let run = folder.run(["scan", "--format", "json"]);
    assert_eq!((run.places(), run.status), (vec!["a.rar".to_owned()], 1));
}

#[test]
fn what_a_7z_archive_asks_for_and_does_not_fill_costs_nothing() {
    // A dictionary of 256 MiB is four times what decoders may look back on, and one of 512 MiB is more than anybody needs.
    let with = |window: u32| {
        let mut options = sevenz_rust2::encoder_options::Lzma2Options::from_level(1);
        options.set_dictionary_size(window);
        pack::sevenz_by(&[(b"x", [&"x".repeat(500), "=", &key()].concat().as_bytes())], &[options.into()], true)
    };
    let folder = Folder::new();
    folder.file("a.7z", with(256 << 20)).file("b.7z", with(512 << 20));
    let run = folder.run(["scan", "--format", "json"]);
    assert_eq!(run.places(), ["a.7z!/x:1:502"]);
    assert_eq!(
        (&run.json()["problems"][0]["path"], &run.json()["problems"][0]["kind"]),
        (&"b.7z!/x".into(), &"limit".into())
    );
}

#[test]
fn a_7z_archive_has_a_size() {
    let mut archive = pack::sevenz(&[(b"x", b"x")], &[EncoderMethod::COPY], true);
    archive.resize((32 << 20) + 1, 0);
    let folder = Folder::new();
    folder.file("a.7z", &archive[..32 << 20]).file("b.7z", &archive);
    let json = folder.run(["scan", "--format", "json"]).json();
    let message = "it is a 7z archive, which is read as a whole, of more than 32 MiB";
    assert_eq!(json["problems"].as_array().unwrap().len(), 1, "{json}");
    assert_eq!((&json["problems"][0]["path"], &json["problems"][0]["message"]), (&"b.7z".into(), &message.into()));
}
