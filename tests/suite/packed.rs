//! Keys in containers that lie in encoded text, in every source.

use serde_json::Value;

use crate::support::pack::{self, Sizes};
use crate::support::{Folder, Run, key};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;

fn base64(bytes: &[u8]) -> String {
    STANDARD.encode(bytes)
}

fn lines(text: &str, columns: usize, end: &str) -> String {
    text.as_bytes().chunks(columns).map(|line| std::str::from_utf8(line).unwrap()).collect::<Vec<_>>().join(end)
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// A key on the second line.
fn text() -> Vec<u8> {
    format!("first line\n  token = {}\n", key()).into_bytes()
}

fn percent(text: &str) -> String {
    let sign = |c: char| if c.is_alphanumeric() || c == '_' { c.to_string() } else { format!("%{:02X}", c as u32) };
    text.chars().map(sign).collect()
}

/// Bytes that nothing makes smaller.
fn noise(count: usize) -> Vec<u8> {
    let mut state = 0x2545_f491_4f6c_dd1du64;
    std::iter::repeat_with(|| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state as u8
    })
    .take(count)
    .collect()
}

fn zip(bytes: &[u8]) -> Vec<u8> {
    pack::zip(&[(b"readme", b"nothing"), (b"conf/x", bytes)], 8, Sizes::Before)
}

/// What was found: `path:line:column-end_line:end_column layers`.
fn found(run: &Run) -> Vec<String> {
    let json = run.json();
    let told = |finding: &Value| {
        let layers: Vec<&str> =
            finding["encoding"].as_array().unwrap().iter().map(|layer| layer.as_str().unwrap()).collect();
        let number = |name: &str| finding[name].to_string();
        format!(
            "{}:{}:{}-{}:{} {}",
            finding["path"].as_str().unwrap(),
            number("line"),
            number("column"),
            number("end_line"),
            number("end_column"),
            layers.join("+")
        )
    };
    json["findings"].as_array().unwrap().iter().map(told).collect()
}

#[test]
fn what_is_compressed_is_told_where_its_text_stands() {
    let gzip = pack::gzip(&text());
    let end = |text: &str| 6 + text.len();
    // Padding is no part of a span, not even encoded once more.
    let helm = base64(base64(&gzip).trim_end_matches('=').as_bytes());
    let cases = [
        (base64(&gzip), "base64+gzip"),
        (base64(&pack::zlib(&text())), "base64+zlib"),
        (base64(&pack::deflate(&text())), "base64+deflate"),
        // As draw.io has it.
        (base64(&pack::deflate(percent(&format!("<mxCell value=\"{}\"/>", key())).as_bytes())), "base64+deflate"),
        (base64(&pack::bzip2(&text())), "base64+bzip2"),
        (base64(&pack::xz(&text())), "base64+xz"),
        (base64(&pack::zstd(&text())), "base64+zstd"),
        (hex(&gzip), "hex+gzip"),
        (hex(&gzip).to_uppercase(), "hex+gzip"),
        (helm, "base64+base64+gzip"),
        (base64(&pack::gzip(format!("data: {}\n", base64(&gzip)).as_bytes())), "base64+gzip+base64+gzip"),
        (base64(&pack::gzip(format!("data: {}\n", base64(&text())).as_bytes())), "base64+gzip+base64"),
        (base64(&gzip).replace('/', "\\/"), "base64+gzip"),
    ];
    for (text, layers) in cases {
        let folder = Folder::new();
        let digits = text.trim_end_matches('=');
        folder.file("x.yaml", format!("a: 1\nb: \"{text}\"\nother: key\n"));
        let run = folder.run(["scan", "--format", "json"]);
        assert_eq!(found(&run), [format!("x.yaml:2:5-2:{} {layers}", end(digits) - 1)], "{}", run.stderr);
        assert_eq!((run.status, run.json()["complete"].as_bool()), (1, Some(true)));
        for format in ["text", "json", "sarif", "github"] {
            let run = folder.run(["scan", "--format", format]);
            assert!(!run.stdout.contains(&text[..24]), "the text is masked: {}", run.stdout);
        }
    }
}

/// In an address, in JSON as .NET writes it, and in a form's hidden field: many of the digits are no run of any length.
#[test]
fn signs_among_the_digits_may_be_escaped() {
    let escapes: [(&str, &[(&str, &str)]); 5] = [
        ("percent", &[("+", "%2B"), ("/", "%2F"), ("=", "%3D")]),
        ("percent", &[("+", "%2b"), ("/", "%2f"), ("=", "%3d")]),
        ("escape", &[("+", "\\u002B")]),
        ("escape", &[("+", "\\u002b"), ("/", "\\/"), ("=", "\\u003d")]),
        ("html", &[("+", "&#x2B;"), ("/", "&#47;")]),
    ];
    let folder = Folder::new();
    let mut expected = Vec::new();
    // What is packed differs from one to the next, and so does where the first signs stand.
    for number in 0..30 {
        let text = format!("key={}\n{}\n", key(), base64(&noise(200 + 7 * number))).into_bytes();
        let packed = [("gzip", pack::gzip(&text)), ("zlib", pack::zlib(&text)), ("deflate", pack::deflate(&text))];
        for (form, (layer, escapes)) in escapes.iter().enumerate() {
            for (inner, bytes) in &packed {
                let escaped = escapes.iter().fold(base64(bytes), |digits, (sign, escape)| digits.replace(sign, escape));
                let padding = ["=", "%3D", "%3d", "\\u003d"];
                let end = padding.iter().fold(escaped.as_str(), |digits, padding| digits.trim_end_matches(padding));
                let path = format!("{number:02}-{form}-{inner}.txt");
                expected.push(format!("{path}:2:4-2:{} {layer}+base64+{inner}", 4 + end.len()));
                folder.file(path, format!("a=1\nb=\"{escaped}\"\n"));
            }
        }
    }
    expected.sort();
    assert_eq!(found(&folder.run(["scan", "--format", "json"])), expected);
}

/// The checksum right behind the text begins with a letter or digit in one of four.
#[test]
fn a_line_may_begin_with_an_escaped_sign() {
    // A line's end, and how `+` is written: JSON, an address in a mail, a page.
    let folder = Folder::new();
    let mut expected = Vec::new();
    for number in 0..12 {
        let text = format!("key={}\n{}\n", key(), base64(&noise(900 + 31 * number)));
        let digits = base64(&pack::bzip2(text.as_bytes()));
        for (form, (end, escape)) in [("\\n", "\\u002B"), ("\n", "%2B"), ("\r\n", "&#x2B;")].into_iter().enumerate() {
            // Lines as short as they may be, so that many begin so.
            let path = format!("{number:02}-{form}.txt");
            folder.file(&path, format!("a: \"{}\"\n", lines(&digits, 64, end).replace('+', escape)));
            expected.push(path);
        }
    }
    expected.sort();
    let run = folder.run(["scan", "--format", "json"]);
    let found: Vec<_> = run.places().iter().map(|place| place.split(':').next().unwrap().to_owned()).collect();
    assert_eq!(found, expected);
}

#[test]
fn packages_and_archives_in_base64_are_opened() {
    let cpio = pack::cpio(&[(b"etc/x", &text())]);
    let folder = Folder::new();
    folder.file("a.yaml", format!("a: {}\n", base64(&pack::rpm(&pack::gzip(&cpio)))));
    folder.file("b.yaml", format!("b: {}\n", base64(&[&cpio[..], &pack::gzip(&cpio)].concat())));
    folder.file("c.yaml", format!("c: {}\n", base64(&pack::pg_dump(&text()))));
    let run = folder.run(["scan", "--format", "json"]);
    let paths: Vec<_> = found(&run).iter().map(|place| place.split(':').next().unwrap().to_owned()).collect();
    assert_eq!(
        paths,
        ["a.yaml!/etc/x", "b.yaml!/etc/x", "b.yaml!/stream@304!/etc/x", "c.yaml!/stream@32"],
        "{}",
        run.stdout
    );
}

#[test]
fn the_text_of_a_picture_ends_before_its_checksum() {
    let chunk = |kind: &[u8], bytes: &[u8]| {
        let named = [kind, bytes].concat();
        [&(bytes.len() as u32).to_be_bytes()[..], &named, &crc32fast::hash(&named).to_be_bytes()].concat()
    };
    let folder = Folder::new();
    let mut expected = std::collections::BTreeSet::new();
    for number in 0..20 {
        let key = crate::support::numbered_key(number);
        let text = if number % 2 == 0 {
            chunk(b"tEXt", format!("Source\0key={key}").as_bytes())
        } else {
            chunk(b"iTXt", format!("Source\0\0\0\0\0key={key}").as_bytes())
        };
        let picture = [&b"\x89PNG\r\n\x1a\n"[..], &chunk(b"IHDR", &[0; 13]), &text, &chunk(b"IEND", b"")].concat();
        folder.file(format!("{number}.ipynb"), format!("{{\"image/png\": \"{}\"}}\n", base64(&picture)));
        folder.file(format!("{number}.png"), picture);
        expected.insert(gridleaks::secret::Secret::new(key.as_bytes(), 12).fingerprint().to_string());
    }
    let run = folder.run(["scan", "--format", "json"]);
    let json = run.json();
    let findings = json["findings"].as_array().unwrap();
    let found: std::collections::BTreeSet<_> =
        findings.iter().map(|finding| finding["fingerprint"].as_str().unwrap().to_owned()).collect();
    assert_eq!((found, findings.len()), (expected, 40), "{}", run.stdout);
}

#[test]
fn what_lies_in_an_archive_is_told_by_its_member() {
    let wide = |text: &str| text.encode_utf16().flat_map(u16::to_le_bytes).collect::<Vec<u8>>();
    // An Excel query: a version and a length stand before its package.
    let package = zip(&text());
    let query = [&[0; 4][..], &(package.len() as u32).to_le_bytes(), &package, &[0; 12]].concat();
    let item = wide(&format!("\u{feff}<?xml version=\"1.0\"?><DataMashup>{}</DataMashup>", base64(&query)));
    let book = pack::zip(&[(b"customXml/item1.xml", &item)], 8, Sizes::Before);
    let cases = [
        ("x.yaml", format!("b: {}\nother: key\n", base64(&package)).into_bytes(), "x.yaml!/conf/x:2:11-2:51 base64"),
        (
            "mail.eml",
            format!("a\r\n\r\n{}\r\n--\r\n", lines(&base64(&zip(&text())), 76, "\r\n")).into_bytes(),
            "mail.eml!/conf/x:2:11-2:51 base64",
        ),
        (
            "init.yaml",
            format!("- content: {}\n", base64(&pack::gzip(&pack::tar(&[(b"etc/x", &text())])))).into_bytes(),
            "init.yaml!/etc/x:2:11-2:51 base64+gzip",
        ),
        ("x.json", format!("{{\"b\": \"{}\"}}", hex(&package)).into_bytes(), "x.json!/conf/x:2:11-2:51 hex"),
        ("item.xml", item.clone(), "item.xml!/conf/x:2:11-2:51 utf-16le+base64"),
        ("book.xlsx", book, "book.xlsx!/customXml/item1.xml!/conf/x:2:11-2:51 utf-16le+base64"),
        (
            "x.tgz",
            pack::gzip(&pack::tar(&[(b"user-data", format!("{}\n", base64(&package)).as_bytes())])),
            "x.tgz!/user-data!/conf/x:2:11-2:51 base64",
        ),
    ];
    for (name, bytes, expected) in cases {
        let folder = Folder::new();
        folder.file(name, bytes);
        let run = folder.run(["scan", "--format", "json"]);
        assert_eq!(found(&run), [expected], "{}", run.stderr);
        assert_eq!(run.json()["complete"], true, "{}", run.stderr);
    }
}

#[test]
fn one_that_is_longer_than_what_is_read_at_once_is_opened() {
    let end = [&b"x".repeat(11)[..], b"\n", &text()].concat();
    for (before, count) in [(0, 200_000), (100_000, 90_000), (131_000, 400_000), (131_060, 1_500)] {
        let archive = pack::zip(&[(b"noise", &noise(count)), (b"k", &end)], 8, Sizes::Before);
        for text in [
            format!("b: {}\n", base64(&archive)),
            format!("b: |\n  {}\nnext: x\n", lines(&base64(&archive), 76, "\n  ")),
        ] {
            let folder = Folder::new();
            folder.file("x.yaml", format!("{}\n{text}", "# some words\n".repeat(before / 13)));
            let run = folder.run(["scan", "--format", "json"]);
            assert_eq!(found(&run), ["x.yaml!/k:3:11-3:51 base64"], "{before} {count} {}", run.stderr);
            assert_eq!(run.json()["complete"], true, "{}", run.stderr);
        }
        // What is compressed alone has a span, from its first line to its last.
        let gzip = pack::gzip(&[&noise(count), &end[..]].concat());
        let folder = Folder::new();
        let encoded = lines(&base64(&gzip), 64, "\n");
        let last = encoded.trim_end_matches('=').lines().last().unwrap().len() + 1;
        folder.file("x", format!("{}{encoded}\n", "# some words\n".repeat(before / 13)));
        let run = folder.run(["scan", "--format", "json"]);
        let first = before / 13 + 1;
        let place = format!("x:{first}:1-{}:{last} base64+gzip", first + encoded.lines().count() - 1);
        assert_eq!(found(&run), [place], "{before} {count} {}", run.stderr);
    }
}

#[test]
fn several_long_ones_in_a_row_are_each_opened() {
    let archive = |number: usize| {
        let key = crate::support::numbered_key(number as u64);
        base64(&pack::zip(&[(b"noise", &noise(150_000 + 7_000 * number)), (b"k", key.as_bytes())], 8, Sizes::Before))
    };
    let folder = Folder::new();
    folder.file("x", (0..6).map(|number| format!("k{number}: {}\n", archive(number))).collect::<String>());
    let run = folder.run(["scan", "--format", "json"]);
    assert_eq!(found(&run).len(), 6, "{:?} {}", found(&run), run.stderr);
}

/// Those that begin while it is not known yet whether a long one before them has ended.
#[test]
fn short_ones_right_behind_a_long_one_are_each_opened() {
    let keys: Vec<String> = (0..6).map(crate::support::numbered_key).collect();
    let folder = Folder::new();
    for sizes in
        [[2_000_000, 150_000, 150_000, 300_000, 140_000, 5000], [300_000, 900_000, 200_000, 5000, 150_000, 99_000]]
    {
        let packed = keys.iter().zip(sizes).map(|(key, size)| {
            base64(&pack::zip(&[(b"noise", &noise(size)), (b"k", key.as_bytes())], 0, Sizes::Before))
        });
        folder.file("a.yaml", packed.map(|text| format!("data: {text}\n")).collect::<String>());
        let run = folder.run(["scan", "--format", "json"]);
        assert_eq!((run.places(), run.status), (vec!["a.yaml!/k:1:1".to_owned(); 6], 1), "{sizes:?}: {}", run.stderr);
    }
}

#[test]
fn one_is_found_whatever_stands_before_it() {
    let gzip = base64(&pack::gzip(&text()));
    for before in
        ["x/", "https://a.example/svg/", "\\n", "\\r\\n", "\\t", "\\u0022", "%22", "%3D", "=3D", "key=", "\"", "("]
    {
        for far in ["", "some words before it, so that it is not the first of all\n"] {
            let folder = Folder::new();
            folder.file("x", format!("{far}a {before}{gzip}\n"));
            assert_eq!(found(&folder.run(["scan", "--format", "json"])).len(), 1, "{before}");
        }
    }
    // What is taken for a long one and is none hides none behind it, and is not kept for long.
    let odd = "UEFDSwAAAAI".repeat(12_000);
    let real = base64(&pack::gzip(&[noise(200_000), b"\n".to_vec(), text()].concat()));
    for between in ["\nx: ", "\n\n"] {
        let folder = Folder::new();
        folder.file("x", format!("{odd}{between}{real}\n"));
        assert_eq!(found(&folder.run(["scan", "--format", "json"])).len(), 1, "{between:?}");
    }
}

#[test]
fn what_only_looks_like_one_is_no_problem_and_what_is_beyond_a_limit_is() {
    let folder = Folder::new();
    let gzip = base64(&pack::gzip(&noise(2000)));
    let archive = base64(&zip(&noise(2000)));
    folder.file("cut", format!("see {}\n", &gzip[..200])).file("cut.zip.txt", format!("see {}\n", &archive[..300]));
    folder.file("odd", format!("see {}{}\n", &gzip[..100], "QUFB".repeat(99)));
    folder.file("words", "H4sIsAFileNameThatGoesOnAndOnAndOnAndOnAndOnForMoreThanSixtyFourCharacters\n");
    let run = folder.run(["scan", "--format", "json"]);
    assert_eq!((run.status, found(&run).len()), (0, 0), "{}", run.stderr);

    // What was read of one before it breaks off counts.
    let folder = Folder::new();
    let gzip = base64(&pack::gzip(&[text(), noise(2000)].concat()));
    folder.file("cut", format!("b: {}\n", &gzip[..2000]));
    assert_eq!(found(&folder.run(["scan", "--format", "json"])), ["cut:1:4-1:2004 base64+gzip"]);

    // A bomb.
    let folder = Folder::new();
    folder.file("bomb", format!("b: {}\n", base64(&pack::gzip(&vec![0; 300 << 20]))));
    let run = folder.run(["scan", "--format", "json"]);
    assert_eq!(run.status, 2, "{}", run.stdout);
    assert_eq!(run.json()["problems"][0]["kind"], "limit");
}

#[test]
fn histories_pushes_and_the_index_have_them_opened() {
    let folder = Folder::new();
    let secret =
        |number: usize| base64(&pack::gzip(format!("{number}\n{}", String::from_utf8(text()).unwrap()).as_bytes()));
    let file = |secret: &str| format!("{}b: {secret}\n", "# some words of a long file\n".repeat(40));
    folder.git("init -q").file("x", file("none")).git("add -A").git("commit -qm one");
    for number in 0..3 {
        folder.file("x", file(&secret(number))).git("add -A");
        if number == 0 {
            assert_eq!(found(&folder.run(["staged", "--format", "json"])).len(), 1);
        }
        folder.git(&format!("commit -qm key{number}"));
    }
    folder.file("x", file("none")).git("add -A").git("commit -qm gone");
    for pack in [false, true] {
        if pack {
            folder.git("gc -q --aggressive --prune=now");
        }
        let run = folder.run(["history", "--format", "json"]);
        assert_eq!(run.status, 1, "{}", run.stderr);
        let json = run.json();
        assert_eq!(json["findings"].as_array().unwrap().len(), 1, "{json:#}");
        let finding = &json["findings"][0];
        assert_eq!(
            (finding["path"].as_str(), finding["encoding"].to_string()),
            (Some("x"), "[\"base64\",\"gzip\"]".into())
        );
        assert_eq!((finding["git"]["versions"].as_u64(), finding["git"]["in_head"].as_bool()), (Some(3), Some(false)));
        let run = folder.run(["history", "--range", "HEAD~4..HEAD", "--format", "json"]);
        assert_eq!((run.status, found(&run).len()), (1, 1), "{}", run.stderr);
    }
}
