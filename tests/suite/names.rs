//! Keys in the names of files and folders, plain and encoded: every source finds them.

use std::collections::BTreeSet;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE;

use crate::support::{Folder, numbered_key};

/// The keys, by what reports show of them, and how each is encoded.
fn found(folder: &Folder, arguments: &[&str]) -> BTreeSet<(String, String)> {
    let run = folder.run(arguments.iter().copied().chain(["--format", "json"]));
    assert_eq!(run.status, 1, "{arguments:?} {}", run.stderr);
    let json = run.json();
    let findings = json["findings"].as_array().unwrap();
    let places = findings.iter().map(|finding| (finding["fingerprint"].to_string(), finding["encoding"].to_string()));
    places.map(|(fingerprint, encoding)| (fingerprint.rsplit(':').next().unwrap().to_owned(), encoding)).collect()
}

#[test]
fn keys_that_are_encoded_in_names_are_found_by_every_source() {
    let encoded: [fn(&str) -> String; 6] = [
        str::to_owned,
        |key| key.replace('_', "%5F"),
        |key| URL_SAFE.encode(format!("the key: {key}, and more")),
        |key| key.bytes().map(|byte| format!("{byte:02x}")).collect(),
        |key| key.bytes().map(|byte| format!("{byte} ")).collect(),
        |key| key.replace('_', "\\u005f"),
    ];
    let folder = Folder::new();
    folder.git("init -q -b main");
    for (number, encode) in (0..).zip(encoded) {
        folder.file(format!("page {}.html", encode(&numbered_key(2 * number))), "x\n");
        folder.file(format!("{} d/x", encode(&numbered_key(2 * number + 1))), "x\n");
    }
    folder.git("add .");
    let expected = found(&folder, &["scan", "."]);
    assert_eq!(expected.len(), 2 * encoded.len());
    assert_eq!(found(&folder, &["staged"]), expected);
    folder.git("commit -q -m names");
    for is_packed in [false, true] {
        if is_packed {
            folder.git("gc -q");
        }
        assert_eq!(found(&folder, &["history"]), expected, "{is_packed}");
        assert_eq!(found(&folder, &["history", "--range", "HEAD"]), expected, "{is_packed}");
    }
}

#[test]
fn a_name_is_found_whichever_of_many_trees_brings_it() {
    const TREES: usize = 60;
    for bringing in [1, TREES / 2, TREES - 1] {
        let folder = Folder::new();
        folder.git("init -q -b main");
        (0..40).for_each(|number| {
            folder.file(format!("a file of many {number}"), "x\n");
        });
        for tree in 0..TREES {
            let name = format!("{} {tree}", "a long name ".repeat(12));
            let key = numbered_key(7).replace('_', "%5F");
            folder.file(if tree == bringing { format!("page {key}") } else { name }, "x\n");
            folder.git("add .");
            folder.git("commit -q -m tree");
            if tree == bringing {
                folder.git("rm -q page*");
            }
        }
        folder.git("gc -q");
        assert_eq!(found(&folder, &["history"]).len(), 1, "{bringing}");
    }
}
