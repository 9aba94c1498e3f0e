//! Keys in containers, in every source: found, named by their members, and nothing lost without a word.

use sevenz_rust2::EncoderMethod;

use crate::support::pack::{self, Sizes};
use crate::support::{Folder, TAIL, arrow, data, formats, key, leveldb, numbered_key, redis};

const NOTHING: [&str; 0] = [];

/// A key on the second line.
fn text() -> Vec<u8> {
    format!("first line\n  token = {}\n", key()).into_bytes()
}

/// Containers by name, and the places where the key is.
fn examples() -> Vec<(&'static str, Vec<u8>, Vec<&'static str>)> {
    let text = text();
    let zip = |name: &[u8], bytes: &[u8]| pack::zip(&[(b"readme", b"nothing"), (name, bytes)], 8, Sizes::Before);
    let tar = |name: &[u8], bytes: &[u8]| pack::tar(&[(b"readme", b"nothing"), (name, bytes)]);
    vec![
        ("lib.jar", zip(b"conf/x.properties", &text), vec!["lib.jar!/conf/x.properties:2:11"]),
        ("stored.zip", pack::zip(&[(b"a", &text)], 0, Sizes::Behind), vec!["stored.zip!/a:2:11"]),
        ("x.tar", tar(b"a/b", &text), vec!["x.tar!/a/b:2:11"]),
        ("x.tgz", pack::gzip(&tar(b"a/b", &text)), vec!["x.tgz!/a/b:2:11"]),
        ("x.tar.bz2", pack::bzip2(&tar(b"a/b", &text)), vec!["x.tar.bz2!/a/b:2:11"]),
        ("v.yaml.gz", pack::gzip(&text), vec!["v.yaml.gz!/v.yaml:2:11"]),
        ("named.gz", pack::gzip_named("v.yaml", &text), vec!["named.gz!/v.yaml:2:11"]),
        ("two.gz", [pack::gzip(b"one\n"), pack::gzip(&text)].concat(), vec!["two.gz!/two:3:11"]),
        ("v.bz2", pack::bzip2(&text), vec!["v.bz2!/v:2:11"]),
        ("v.xz", pack::xz(&text), vec!["v.xz!/v:2:11"]),
        ("v.zst", pack::zstd(&text), vec!["v.zst!/v:2:11"]),
        ("v.lz4", pack::lz4(&text), vec!["v.lz4!/v:2:11"]),
        ("v.sz", pack::snappy(&text), vec!["v.sz!/v:2:11"]),
        ("v.lzma", pack::lzma(&text), vec!["v.lzma!/v:2:11"]),
        ("x.tar.lz", pack::lzip(&tar(b"a/b", &text)), vec!["x.tar.lz!/a/b:2:11"]),
        (
            "x.7z",
            pack::sevenz(&[(b"readme", b"nothing"), (b"a/b", &text)], &[EncoderMethod::LZMA2], true),
            vec!["x.7z!/a/b:2:11"],
        ),
        ("loose", pack::zlib(&text), vec!["loose!/loose:2:11"]),
        ("doc.pdf", pack::pdf(&text), vec!["doc.pdf!/stream@63:2:11"]),
        ("init.cpio", pack::cpio(&[(b"init", b"nothing"), (b"etc/x", &text)]), vec!["init.cpio!/etc/x:2:11"]),
        (
            "initrd.img",
            [pack::cpio(&[(b"early", b"nothing")]), vec![0; 100], pack::zstd(&pack::cpio(&[(b"etc/x", &text)]))]
                .concat(),
            vec!["initrd.img!/stream@348!/etc/x:2:11"],
        ),
        ("shop.rpm", pack::rpm(&pack::zstd(&pack::cpio(&[(b"./etc/x", &text)]))), vec!["shop.rpm!/./etc/x:2:11"]),
        ("plain.rpm", pack::rpm(&pack::cpio(&[(b"./etc/x", &text)])), vec!["plain.rpm!/./etc/x:2:11"]),
        ("shop.dump", pack::pg_dump(&text), vec!["shop.dump!/stream@32:2:11"]),
        (
            "crawl.warc",
            [&b"WARC/1.1\r\n\r\nHTTP/1.1 200 OK\r\n\r\n"[..], &pack::gzip(&text), b"\r\n\r\n"].concat(),
            vec!["crawl.warc!/stream@31:2:11"],
        ),
        // Where the key is all of a string, and behind the header.
        (
            "shop.avro",
            data::avro("deflate", pack::deflate, &[b"nothing", key().as_bytes()]),
            vec!["shop.avro!/block@185:1:1"],
        ),
        (
            "plain.avro",
            data::avro("null", <[u8]>::to_vec, &[b"nothing", key().as_bytes()]),
            vec!["plain.avro!/block@180:1:1"],
        ),
        ("shop.parquet", data::parquet(data::raw_snappy, key().as_bytes()), vec!["shop.parquet!/page@4:1:1"]),
        ("plain.parquet", data::parquet(<[u8]>::to_vec, key().as_bytes()), vec!["plain.parquet!/page@4:1:1"]),
        ("fixed.parquet", parted(0, |values| values.concat()), vec!["fixed.parquet!/page@4:2:1"]),
        ("shared.parquet", parted(7, data::delta_shared), vec!["shared.parquet!/page@4:2:1"]),
        ("shop.feather", arrow_file(Some((0, pack::lz4))), vec!["shop.feather!/buffer@259:2:1"]),
        ("plain.arrow", arrow_file(None), vec!["plain.arrow!/buffer@216:2:1"]),
        (
            "dump.rdb",
            redis::dump(&[redis::compressed(&[&b"filler ".repeat(9), &text[..]].concat())]),
            vec!["dump.rdb!/string@39:2:11"],
        ),
        ("in.zip", zip(b"in.tar.gz", &pack::gzip(&tar(b"a", &text))), vec!["in.zip!/in.tar.gz!/a:2:11"]),
        (
            "image.tar",
            tar(b"0/layer.tar", &tar(b"app/x.jar", &zip(b"k", &text))),
            vec!["image.tar!/0/layer.tar!/app/x.jar!/k:2:11"],
        ),
        ("setup.exe", [&b"MZ stub\0\0"[..], &[0x90; 3000], &zip(b"k", &text)].concat(), vec!["setup.exe!/k:2:11"]),
        ("picture", [&b"\xff\xd8\xff\0"[..], &[7; 3000], &zip(b"k", &text)].concat(), vec!["picture!/k:2:11"]),
        ("000005.ldb", leveldb_table(), vec!["000005.ldb!/block@0:2:1"]),
    ]
}

/// What only shows at its end what it is.
const SHOWN_BY_THEIR_ENDS: [&str; 2] = ["picture", "000005.ldb"];

/// A table of LevelDB with a letter on either side of the key, of which the beginning is compressed as what stood before.
fn leveldb_table() -> Vec<u8> {
    let token = [key().as_bytes(), b"x"].concat();
    leveldb::table(&[(b"_https://shop", key().as_bytes()), (b"token", &token[..8]), (b"x", b"y")], 1, data::raw_snappy)
}

/// A Parquet file with a key that letters touch on both sides.
fn parted(encoding: i64, values: fn(&[&[u8]]) -> Vec<u8>) -> Vec<u8> {
    let page = values(&[&[b'x'; 40], key().as_bytes(), &[b'x'; 40]]);
    data::parquet_of(&data::parquet_data_page(3, encoding, &page, data::raw_snappy))
}

/// A file of Arrow in which letters stand right before and behind the key.
fn arrow_file(pack: arrow::Pack) -> Vec<u8> {
    let (offsets, texts) = arrow::texts(&[b"first", key().as_bytes(), b"last"]);
    arrow::file(&arrow::rows(3, &[b"", &offsets, &texts], pack))
}

#[test]
fn each_is_opened_in_files_and_in_standard_input() {
    for (name, bytes, places) in examples() {
        let folder = Folder::new();
        folder.file(name, &bytes);
        let run = folder.run(["scan", "--format", "json"]);
        assert_eq!((run.places(), run.status), (places.iter().map(|place| (*place).to_owned()).collect(), 1), "{name}");
        assert!(run.json()["complete"] == true, "{name}: {}", run.stderr);
        if !SHOWN_BY_THEIR_ENDS.contains(&name) {
            let run = folder.run_with_input(["scan", "--format", "json", "-"], &bytes);
            assert_eq!((run.places().len(), run.status), (1, 1), "{name}: {}", run.stderr);
            assert!(run.places()[0].starts_with("-!/"), "{:?}", run.places());
        }
    }
}

#[test]
fn what_only_its_end_shows_is_a_problem_where_it_went_by() {
    let told = |run: &crate::support::Run| run.json()["problems"][0]["message"].as_str().unwrap_or_default().to_owned();
    for (name, bytes, _) in examples().into_iter().filter(|(name, ..)| SHOWN_BY_THEIR_ENDS.contains(name)) {
        let run = Folder::new().run_with_input(["scan", "--format", "json", "-"], &bytes);
        assert!(
            run.status == 2 && told(&run).starts_with("only its end shows that it is a "),
            "{name}: {}",
            told(&run)
        );
        let run = Folder::new().file("a.tar", pack::tar(&[(b"b", &bytes)])).run(["scan", "--format", "json"]);
        assert!(run.status == 2 && told(&run).ends_with("can only be opened as a file of its own"), "{name}");
    }
}

#[test]
fn a_value_of_a_data_file_makes_no_container_of_those_behind_it() {
    // Another value stands behind it: as a stream of gzip, it would be one with bytes behind its end.
    let packed = pack::gzip(b"nothing");
    for (name, bytes) in [
        ("null.avro", data::avro("null", <[u8]>::to_vec, &[&packed])),
        ("shop.avro", data::avro("deflate", pack::deflate, &[&packed])),
        ("shop.parquet", data::parquet(data::raw_snappy, &packed)),
        ("shop.feather", arrow::file(&arrow::rows(1, &[&packed], Some((1, pack::zstd))))),
    ] {
        let run = Folder::new().file(name, bytes).run(["scan", "--format", "json"]);
        assert_eq!((run.status, &run.json()["complete"]), (0, &true.into()), "{name}: {}", run.stderr);
    }
}

#[test]
fn each_is_opened_in_the_index_in_histories_and_in_ranges() {
    let folder = Folder::new();
    folder.git("init -q").file("f", "x").git("add f").git("commit -qm first");
    let mut expected = Vec::new();
    for (name, bytes, places) in examples() {
        folder.file(name, bytes);
        expected.extend(places);
    }
    expected.sort_unstable();
    let sorted = |run: &crate::support::Run| {
        let mut places = run.places();
        places.sort();
        places
    };
    folder.git("add -A");
    let run = folder.run(["staged", "--format", "json"]);
    assert_eq!(sorted(&run), expected, "{}", run.stderr);
    folder.git("commit -qm second").git("rm -rqf .").git("commit -qm third --allow-empty").git("repack -adfq");
    for arguments in [&["history", "--format", "json"][..], &["history", "--range", "HEAD~2..HEAD", "--format", "json"]]
    {
        let run = folder.run(arguments);
        assert_eq!(sorted(&run), expected, "{}", run.stderr);
        let json = run.json();
        assert!(json["complete"] == true && json["findings"][0]["git"]["commit"].is_string(), "{json}");
        assert!(json["findings"].as_array().unwrap().iter().all(|found| found["git"]["in_head"] == false));
    }
}

#[test]
fn a_container_that_is_kept_as_a_delta_is_opened() {
    // Text of which only the middle changes, so that git keeps one as a delta of the other, with the key in neither as it is.
    let filler: String = (0..400).map(numbered_key).map(|line| line.replace("_live_", "_dead_") + "\n").collect();
    let inner = pack::gzip(&text());
    let with = |bytes: &[u8]| pack::tar(&[(b"a", filler.as_bytes()), (b"k.gz", bytes), (b"b", filler.as_bytes())]);
    let base = [filler.as_bytes(), &[0; 512], filler.as_bytes()].concat();
    for first in [base, with(&pack::gzip(b"nothing"))] {
        let folder = Folder::new();
        folder.git("init -q").file("x.tar", &first).git("add -A").git("commit -qm first");
        folder.file("x.tar", with(&inner)).git("add -A").git("commit -qm second").git("repack -adfq --depth=5");
        let run = folder.run(["history", "--format", "json"]);
        assert_eq!(run.places(), ["x.tar!/k.gz!/k:2:11"], "{}", run.stderr);
        // The other way round, the container is what others are kept as deltas of.
        folder.file("x.tar", &first).git("add -A").git("commit -qm third").git("repack -adfq --depth=5");
        assert_eq!(folder.run(["history", "--format", "json"]).places(), ["x.tar!/k.gz!/k:2:11"]);
    }
}

#[test]
fn archives_that_git_makes_are_opened() {
    let folder = Folder::new();
    folder.git("init -q").file("deploy/values.yaml", text()).file("e", "").git("add -A").git("commit -qm m");
    folder.git("bundle create -q out.bundle HEAD");
    let blob = folder.places(["out.bundle"]).concat();
    assert!(blob.starts_with("out.bundle!/blob ") && blob.ends_with(":2:11"), "{blob}");
    for format in ["zip", "tar", "tar.gz"] {
        folder.git(&format!("archive --format={format} -o out.{format} HEAD"));
        let place = format!("out.{format}!/deploy/values.yaml:2:11");
        assert_eq!(folder.places([&format!("out.{format}")]), [place]);
    }
}

#[test]
fn names_and_links_of_members_are_searched() {
    let folder = Folder::new();
    let name = format!("{}/file", key());
    folder
        .file("a.zip", pack::zip(&[(name.as_bytes(), b"x"), (format!("{name}2").as_bytes(), b"x")], 8, Sizes::Before));
    let mut tar = Vec::new();
    pack::tar_entry(&mut tar, b"link", b'2', b"", key().as_bytes());
    tar.resize(tar.len() + 1024, 0);
    folder.file("b.tar", pack::gzip(&tar));
    let run = folder.run(["scan", "--format", "json"]);
    let json = run.json();
    let parts: Vec<_> =
        json["findings"].as_array().unwrap().iter().map(|found| (&found["path"], &found["message"])).collect();
    assert_eq!(parts.len(), 2, "{parts:?}");
    assert_eq!(parts[0].0, "a.zip!/rg_live_9f1c…/file");
    assert_eq!(parts[0].1, "Retailgrid API key in a folder name");
    assert_eq!(
        (parts[1].0, parts[1].1),
        (&"b.tar!/link".into(), &"Retailgrid API key in the target of a symbolic link".into())
    );
    assert!(!run.stdout.contains(&TAIL[8..]));
}

#[test]
fn names_of_members_are_only_shown() {
    let long = vec![b'n'; 60_000];
    let names: [&[u8]; 7] = [b"../../etc/x", b"/abs", b"a\0b", b"l\n::error::x", b"e\x1b[31m\xff", b"", &long];
    let text = text();
    let members: Vec<pack::Member<'_>> = names.iter().map(|name| (*name, &text[..])).collect();
    let folder = Folder::new();
    folder.file("a/a.zip", pack::zip(&members, 8, Sizes::Before));
    for format in formats() {
        let run = folder.run(["scan", "a", "--format", format]);
        assert_eq!(run.status, 1);
        assert!(!run.stdout.contains('\x1b') && !run.stdout.contains("\n::error::x"), "{format}: {}", run.stdout);
        assert!(run.stdout.len() < 60_000 && !run.stdout.contains(&TAIL[8..]), "{format}");
    }
    assert_eq!(folder.places(["a"]).len(), names.len());
    let sarif = folder.run(["scan", "a", "--format", "sarif"]).json();
    let uri = |result: &serde_json::Value| {
        result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"].as_str().unwrap().to_owned()
    };
    let uris: Vec<_> = sarif["runs"][0]["results"].as_array().unwrap().iter().map(uri).collect();
    // Nothing that takes a URI apart gets out of the container.
    assert!(
        uris.iter().all(|uri| uri.starts_with("a/a.zip%21") && !uri.split('/').any(|part| part == "..")),
        "{uris:?}"
    );
}

#[test]
fn what_is_broken_is_a_problem_in_every_source() {
    let folder = Folder::new();
    let zip = pack::zip(&[(b"a", b"nothing"), (b"b", &[7; 5000])], 8, Sizes::Before);
    folder.git("init -q").file("cut.zip", &zip[..zip.len() - 30]).file("cut.gz", &pack::gzip(b"nothing")[..20]);
    folder.git("add -A");
    let problems = |run: &crate::support::Run| -> Vec<String> {
        assert_eq!(run.status, 2, "{}", run.stdout);
        let json = run.json();
        let problems = json["problems"].as_array().unwrap();
        problems
            .iter()
            .map(|problem| format!("{}: {}", problem["path"].as_str().unwrap(), problem["message"].as_str().unwrap()))
            .collect()
    };
    let expected = ["cut.gz!/cut: it is cut off", "cut.zip: it is cut off: its directory is not there"];
    assert_eq!(problems(&folder.run(["scan", "--format", "json"])), expected);
    assert_eq!(problems(&folder.run(["staged", "--format", "json"])), expected);
    folder.git("commit -qm m");
    assert_eq!(problems(&folder.run(["history", "--format", "json"])), expected);
    assert_eq!(problems(&folder.run(["history", "--range", "HEAD", "--format", "json"])), expected);
    for arguments in [&["scan"][..], &["history"], &["history", "--range", "HEAD"]] {
        let run = folder.run(arguments.iter().chain(&["--exclude", "cut.*"]));
        assert_eq!(run.status, 0, "{arguments:?} {}", run.stdout);
    }
}

#[test]
fn broken_containers_of_a_history_are_named_by_where_they_are() {
    let cut = |text: &[u8]| pack::gzip(text)[..12].to_vec();
    let folder = Folder::new();
    folder.git("init -q -b main").file("moved/old.gz", cut(b"moved")).file("gone.gz", cut(b"gone"));
    folder.git("add -A").git("commit -qm first").git("checkout -q -b other");
    folder.file("d/only.gz", cut(b"only there")).git("add -A").git("commit -qm second").git("tag -a -m x v1");
    folder.git("checkout -q main").git("branch -qD other").git("mv moved/old.gz new.gz").git("rm -q gone.gz");
    folder.file("a/copy.gz", cut(b"moved")).git("add -A").git("commit -qm third");
    let paths = |arguments: &[&str]| -> Vec<String> {
        let run = folder.run(["history", "--format", "json"].iter().chain(arguments));
        let json = run.json();
        let problems = json["problems"].as_array().unwrap();
        problems.iter().map(|problem| problem["path"].as_str().unwrap().split('!').next().unwrap().to_owned()).collect()
    };
    for change in ["", "gc -q"] {
        if !change.is_empty() {
            folder.git(change);
        }
        // Where HEAD has it, however often; or the first reference that does; or else some commit did.
        assert_eq!(paths(&[]), ["a/copy.gz", "d/only.gz", "gone.gz", "new.gz"], "{change}");
        assert_eq!(paths(&["--threads", "1"]), paths(&[]));
        assert_eq!(paths(&["--exclude", "a"]), ["d/only.gz", "gone.gz", "new.gz"], "{change}");
        // What is left out in HEAD may lie elsewhere in the history.
        assert_eq!(paths(&["--exclude", "a", "--exclude", "new.gz"]), ["d/only.gz", "gone.gz", "moved/old.gz"]);
        let all = ["a", "new.gz", "moved", "gone.gz", "only.gz"].map(|name| ["--exclude", name]).concat();
        assert_eq!(paths(&all), NOTHING, "{change}");
    }
    // With a key in the same history, the same is said.
    folder.file("k", key()).git("add -A").git("commit -qm key");
    assert_eq!(paths(&[]), ["a/copy.gz", "d/only.gz", "gone.gz", "new.gz"]);
}

#[test]
fn what_was_read_before_the_end_counts() {
    let folder = Folder::new();
    let zip = pack::zip(&[(b"a", &text()), (b"b", &[7; 5000])], 8, Sizes::Before);
    folder.file("cut.zip", &zip[..zip.len() - 120]);
    let run = folder.run(["scan", "--format", "json"]);
    assert_eq!((run.places(), run.status), (vec!["cut.zip!/a:2:11".to_owned()], 1));
    assert_eq!(run.json()["complete"], false);
}

#[test]
fn containers_in_containers_are_opened_to_a_depth() {
    let nested = |depth: usize| {
        (1..depth).fold(pack::zip(&[(b"k", &text())], 8, Sizes::Before), |zip, _| {
            pack::zip(&[(b"z", &zip)], 8, Sizes::Before)
        })
    };
    let folder = Folder::new();
    folder.file("8.zip", nested(8)).file("9.zip", nested(9));
    let run = folder.run(["scan", "--format", "json"]);
    assert_eq!(run.places(), [format!("8.zip!/{}k:2:11", "z!/".repeat(7))]);
    let problem = run.json()["problems"][0].clone();
    assert_eq!((&problem["kind"], &problem["path"]), (&"limit".into(), &format!("9.zip!/{}z", "z!/".repeat(7)).into()));
}

#[test]
fn a_container_that_grows_too_much_is_a_problem() {
    let zeros = vec![0; 64 << 20];
    let once = pack::gzip(&zeros);
    // Sixteen of them, one behind the other, and again.
    let bomb = pack::gzip(&once.repeat(16));
    let folder = Folder::new();
    folder.file("bomb.gz", &bomb).file("k", key());
    let run = folder.run(["scan", "--format", "json"]);
    assert_eq!(run.places(), ["k:1:1"]);
    let problem = run.json()["problems"][0].clone();
    assert_eq!((&problem["kind"], &problem["path"]), (&"limit".into(), &"bomb.gz!/bomb".into()));
    assert_eq!(problem["message"], "the container grows to more than 200 times its size");
}

#[test]
fn many_empty_members_take_no_time() {
    let names: Vec<String> = (0..50_000).map(|number| format!("{number}")).collect();
    let members: Vec<pack::Member<'_>> = names.iter().map(|name| (name.as_bytes(), &b""[..])).collect();
    let folder = Folder::new();
    folder.file("many.zip", pack::zip(&members, 0, Sizes::Before));
    assert_eq!(folder.run(["scan"]).status, 0);
}

#[test]
fn a_key_in_a_container_is_told_once() {
    // It stands in the archive as it is, too; in the comment of another one it stands nowhere else.
    let folder = Folder::new();
    folder.file("x.tar", pack::tar(&[(b"a", &text())]));
    let mut zip = pack::zip(&[(b"a", b"nothing")], 0, Sizes::Before);
    let end = zip.len();
    zip[end - 2..].copy_from_slice(&(key().len() as u16).to_le_bytes());
    zip.extend_from_slice(key().as_bytes());
    folder.file("y.zip", zip);
    assert_eq!(folder.places(NOTHING), ["x.tar!/a:2:11", "y.zip"]);
}

/// What is left of an escaped key where its repetitions are taken out looks like another one.
#[test]
fn what_compressing_leaves_of_an_encoded_key_is_no_other_key() {
    let tail = ["AaA-U0Aa01A0CCAA", "APB-0abH_0P2_0-U"].concat();
    let before = " \n b.:.,\n a.ap:a ::.am.\na ac\n a,,\n.\n.. ::a  a  :\na,\n:. a.\n,::";
    let text = format!("{before} \"rg_live_{tail}\"\n,.p");
    let escaped: String = text.bytes().map(|byte| format!("={byte:02X}")).collect();
    let lines = escaped.as_bytes().chunks(72).collect::<Vec<_>>().join(&b"=\r\n"[..]);
    let folder = Folder::new();
    folder.file("x.zst", pack::zstd(&[b" \"", &lines[..], b"\"\n"].concat()));
    assert_eq!(folder.run(["scan", "--format", "json"]).places(), ["x.zst!/x:3:46"]);
}

#[test]
fn rules_that_go_by_paths_see_members() {
    let folder = Folder::new();
    let rule = "[[rules]]\nid = 'tok'\nregex = 'tok_[0-9]{8}'\npath = 'env$'\n";
    let zip = pack::zip(&[(b"a.env", b"tok_12345678"), (b"a.txt", b"tok_12345678")], 8, Sizes::Before);
    folder.git("init -q").file(".git/r.toml", rule).file("x.zip", zip).git("add -A");
    for arguments in [&["scan"][..], &["staged"], &["history"]] {
        if arguments.contains(&"history") {
            folder.git("commit -qm m");
        }
        let run = folder.run(arguments.iter().chain(&["--rules", ".git/r.toml", "--format", "json"]));
        assert_eq!(run.places(), ["x.zip!/a.env:1:1"], "{arguments:?}: {}", run.stderr);
    }
}

#[test]
fn what_real_programs_wrote_is_opened() {
    let fixtures = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/containers");
    let folder = Folder::new();
    folder.file("r.toml", "[[rules]]\nid = 'needle'\nregex = 'pine-needle-[0-9]{4}'\n");
    let mut count = 0;
    for entry in std::fs::read_dir(fixtures).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        let run = folder.run(["scan", "--rules", "r.toml", "--format", "json", &format!("{fixtures}/{name}")]);
        let inside = format!("{name}!/");
        assert!(run.places().iter().any(|place| place.contains(&inside)), "{name}: {}{}", run.stdout, run.stderr);
        assert!(run.json()["complete"] == true, "{name}: {}", run.stderr);
        count += 1;
    }
    assert!(count >= 23, "the fixtures are there");
}
