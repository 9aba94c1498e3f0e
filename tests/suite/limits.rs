//! The limits: docs/limits.md says of each what the source says, none is missing there, and what is beyond one is told.

mod messages;
mod stores;

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use crate::support::leaks::base64;
use crate::support::pack;
use crate::support::{Folder, key, numbered_key};
use regex::Regex;

/// The names of constants that bound something.
const NAMES: &str = r"^(MAX|MOST|LONGEST|DEEPEST|DEPTH|TRIES)(_|$)";

fn top() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn read(name: &str) -> String {
    fs::read_to_string(top().join(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
}

/// The value of a constant or of a field, as the source has it; times in milliseconds.
fn value(file: &str, name: &str) -> u64 {
    let text = read(file);
    let field = name.strip_prefix("Limits::");
    let pattern = match field {
        Some(field) => format!(r"(?m)^\s+{field}: ([^,]+),$"),
        None => format!(r"const {name}: [^=]+ = ([^;]+);"),
    };
    // What is only declared holds no value.
    let values = Regex::new(&pattern).unwrap();
    let found = values.captures_iter(&text).find_map(|found| evaluate(&found[1]));
    found.unwrap_or_else(|| panic!("{file} has no `{name}` whose value is plain"))
}

/// The value of an expression of numbers, as sources write them.
fn evaluate(text: &str) -> Option<u64> {
    let text = text.trim();
    if let Some(seconds) = text.strip_prefix("Duration::from_secs(") {
        return Some(evaluate(seconds.strip_suffix(')')?)? * 1000);
    }
    if let Some(rest) = text.strip_prefix("Load { places: ") {
        return evaluate(rest.split(',').next()?);
    }
    if let Some((left, right)) = text.split_once(" << ") {
        return Some(evaluate(left)? << evaluate(right)?);
    }
    if let Some((left, right)) = text.split_once(" * ") {
        return Some(evaluate(left)? * evaluate(right)?);
    }
    match text {
        "u32::MAX as u64" => Some(u32::MAX.into()),
        "(u32::MAX / 2) as usize" => Some((u32::MAX / 2).into()),
        _ => text.replace('_', "").parse().ok(),
    }
}

/// The value of a cell: its first number, with the unit behind it.
fn said(cell: &str) -> Option<u64> {
    let number = Regex::new(r"([0-9][0-9,]*)(?: (KiB|MiB|GiB|s)\b)?").unwrap();
    let found = number.captures(cell)?;
    let unit = match found.get(2).map(|unit| unit.as_str()) {
        Some("KiB") => 1 << 10,
        Some("MiB") => 1 << 20,
        Some("GiB") => 1 << 30,
        Some("s") => 1000,
        _ => 1,
    };
    Some(found[1].replace(',', "").parse::<u64>().unwrap() * unit)
}

/// What a cell names: pairs of a file and a name in it.
fn named(cell: &str) -> Vec<(String, String)> {
    let pair = Regex::new(r"`([a-z0-9_/]+\.rs)` `([A-Za-z_:0-9]+)`").unwrap();
    pair.captures_iter(cell).map(|found| (found[1].to_owned(), found[2].to_owned())).collect()
}

/// Each row of the tables with five columns.
fn rows() -> Vec<Vec<String>> {
    let cells = |line: &str| -> Vec<String> {
        line.trim_matches('|').split(" | ").map(|cell| cell.trim().to_owned()).collect()
    };
    let text = read("docs/limits.md");
    let rows = text.lines().filter(|line| line.starts_with("| ") && !line.starts_with("| ---"));
    rows.map(cells).filter(|cells| cells.len() == 5 && cells[0] != "what").collect()
}

#[test]
fn the_table_says_what_the_source_says() {
    let rows = rows();
    assert!(rows.len() > 80, "{} rows", rows.len());
    for row in &rows {
        for (file, name) in named(&row[3]) {
            // Without a number, the row says what comes of it.
            let Some(said) = said(&row[1]) else { continue };
            assert_eq!(said, value(&file, &name), "{}: {file} {name}", row[0]);
        }
        assert!(!named(&row[4]).is_empty(), "{}: no test shows it", row[0]);
        for (file, name) in named(&row[4]) {
            let test = Regex::new(&format!(r"#\[test\]\s+(?:#\[[^\n]*\n\s*)*fn {name}\(")).unwrap();
            assert!(test.is_match(&read(&file)), "{}: {file} has no test {name}", row[0]);
        }
    }
}

#[test]
fn no_limit_is_missing_in_the_table() {
    let listed: BTreeSet<(String, String)> = rows().iter().flat_map(|row| named(&row[3])).collect();
    let constant =
        Regex::new(r"(?m)^\s*(?:pub(?:\([a-z]+\))? )?const ([A-Z_]+): (?:usize|u64|u32|u16|u8|Duration|Load) = ")
            .unwrap();
    let (mut folders, mut missing) = (vec![PathBuf::from("src")], Vec::new());
    let names = Regex::new(NAMES).unwrap();
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(top().join(&folder)).unwrap() {
            let name = entry.unwrap().file_name().into_string().unwrap();
            let path = folder.join(&name);
            if top().join(&path).is_dir() {
                folders.push(path);
            } else if name.ends_with(".rs") && !name.contains("tests") {
                let file = path.to_str().unwrap().to_owned();
                let text = read(&file);
                // What stands in tests bounds nothing.
                let text = text.split("#[cfg(test)]\nmod tests {").next().unwrap();
                let of_file = constant.captures_iter(text).map(|found| (file.clone(), found[1].to_owned()));
                missing.extend(of_file.filter(|pair| names.is_match(&pair.1) && !listed.contains(pair)));
            }
        }
    }
    // How often a rule's example with random parts is tried: no input makes it more.
    missing.retain(|(file, name)| (&**file, &**name) != ("src/rule_check.rs", "TRIES"));
    assert_eq!(missing, [], "docs/limits.md does not have them");
}

/// A file of this size, which takes no room.
fn sparse(folder: &Folder, name: &str, text: &str, size: u64) {
    folder.file(name, text);
    fs::OpenOptions::new().write(true).open(folder.path().join(name)).unwrap().set_len(size).unwrap();
}

#[test]
fn files_of_a_project_have_a_size() {
    let folder = Folder::new();
    folder.file("f", key());
    sparse(&folder, "config", "", value("src/config/mod.rs", "MAX_CONFIG") + 1);
    sparse(&folder, "rules", "", value("src/rule/load.rs", "MAX_RULE_FILE") + 1);
    sparse(&folder, "baseline", "", value("src/suppress/baseline.rs", "MAX_BASELINE") + 1);
    for name in ["config", "rules", "baseline"] {
        let run = folder.run(["scan", "f", &format!("--{name}"), name]);
        assert!(run.status == 2 && run.stderr.contains("bytes"), "{name}: {}", run.stderr);
    }
    let most = value("src/config/mod.rs", "MOST_GLOBS");
    let longest = value("src/config/mod.rs", "LONGEST_GLOB") as usize;
    let tables = value("src/config/tables.rs", "MOST_TABLES");
    let globs = |count: u64| (0..count).map(|number| format!("'g{number}', ")).collect::<String>();
    let allows =
        |count: u64| (0..count).map(|n| format!("[[allow]]\npath = 'p{n}'\nreason = 'r'\n")).collect::<String>();
    for (config, message) in [
        (format!("exclude = [{}]", globs(most)), ""),
        (format!("exclude = [{}]", globs(most + 1)), "more than 1000 globs"),
        (format!("exclude = ['{}']", "g".repeat(longest)), ""),
        (format!("exclude = ['{}']", "g".repeat(longest + 1)), "a glob is over 4096 bytes"),
        (allows(tables), ""),
        (allows(tables + 1), "more than 1000 `[[allow]]` tables"),
    ] {
        folder.file("config", &config);
        let run = folder.run(["scan", "f", "--config", "config"]);
        let status = if message.is_empty() { 1 } else { 2 };
        assert!(run.status == status && run.stderr.contains(message), "{config:.40}: {}", run.stderr);
    }
}

#[test]
fn files_that_say_what_is_read_have_a_size() {
    let folder = Folder::new();
    folder.git("init -q").file("ignored", key()).file(".gitignore", "ignored\n");
    assert_eq!(folder.run(["scan"]).status, 0);
    let size = value("src/source/ignored.rs", "MAX_IGNORE_FILE") as usize;
    folder.file(".gitignore", format!("ignored\n{}", "#\n".repeat(size / 2)));
    let run = folder.run(["scan"]);
    assert!(run.status == 1 && run.stderr.contains(".gitignore"), "more is read, not less: {}", run.stderr);
    folder.file(".gitignore", "ignored\n");
    let size = value("src/source/regular_file.rs", "MAX_SMALL_FILE");
    sparse(&folder, ".git/config", &folder.read(".git/config"), size + 1);
    let run = folder.run(["scan"]);
    assert!(run.status == 1 && run.stderr.contains("read as a plain folder"), "{}", run.stderr);
    assert_eq!(folder.run(["staged"]).status, 2);
}

#[test]
fn a_huge_hook_is_somebody_elses() {
    let folder = Folder::new();
    folder.git("init -q");
    assert_eq!(folder.run(["install"]).status, 0);
    let hook = folder.read(".git/hooks/pre-commit");
    folder.file(".git/hooks/pre-commit", hook.repeat(1 + (1 << 20) / hook.len()));
    assert_eq!(folder.run(["install"]).status, 2, "it is not written over");
}

/// Bytes that no compression makes smaller.
fn noise(count: usize) -> Vec<u8> {
    let mut state = 1_u64;
    let next = |_| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) as u8
    };
    (0..count).map(next).collect()
}

#[test]
fn a_container_in_encoded_text_has_a_size() {
    let folder = Folder::new();
    let nested = value("src/scan/embedded.rs", "MOST_NESTED") as usize;
    let zip =
        |size: usize| pack::zip(&[(b"first", key().as_bytes()), (b"zeros", &vec![0; size])], 0, pack::Sizes::Before);
    let twice = base64(&base64(&zip(nested)));
    for (text, is_whole) in [(base64(&zip(1 << 18)), true), (twice, false)] {
        folder.file("f", &text);
        let run = folder.run(["scan", "--format", "json"]);
        let json = run.json();
        assert!(
            run.places().iter().any(|place| place.contains("f!/first")),
            "what lies in front is found: {}",
            run.stdout
        );
        assert_eq!(json["complete"], is_whole, "{}", run.stderr);
        assert!(is_whole || json["problems"][0]["kind"] == "limit", "{json}");
    }
}

#[test]
fn what_is_too_long_to_be_shown_is_searched_all_the_same() {
    let folder = Folder::new();
    let long = format!("{}/{}", "n".repeat(5000), key());
    let zip = pack::zip(&[(long.as_bytes(), b"x")], 8, pack::Sizes::Before);
    folder.file("a.zip", &zip).file("b.gz", pack::gzip_named(&long, b"x"));
    // Of a tar archive, in a header apart that is longer than what is read of it.
    let most = value("src/container/tar.rs", "MOST_SAID") as usize;
    let pax = format!("{}{}\n", "0 comment=x\n".repeat(most / 12 + 9), key());
    let mut tar = Vec::new();
    pack::tar_entry(&mut tar, b"pax", b'x', pax.as_bytes(), b"");
    pack::tar_entry(&mut tar, b"member", b'0', b"x", b"");
    tar.extend_from_slice(&[0; 1024]);
    folder.file("c.tar", &tar).file("d.tgz", pack::gzip(&tar));
    let run = folder.run(["scan", "--format", "json"]);
    for name in ["a.zip", "b.gz", "c.tar", "d.tgz"] {
        assert!(run.places().iter().any(|place| place.starts_with(name)), "{name}: {}{}", run.stdout, run.stderr);
    }
    let longest = value("src/scan/inside/members.rs", "LONGEST_NAMES") as usize;
    assert!(run.places().iter().all(|place| place.len() < longest + 100), "{}", run.stdout);
}

#[test]
fn folders_in_each_other_in_git_have_a_bound() {
    use std::io::Write;
    use std::process::Stdio;
    let folder = Folder::new();
    folder.git("init -q -b main").git("commit -q --allow-empty -m base");
    let git = |arguments: &[&str], input: &str| {
        let mut command = crate::support::git_command();
        let people = ["-c", "user.name=t", "-c", "user.email=t@example.com"];
        command.args(people).args(arguments).current_dir(folder.path()).stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = command.spawn().unwrap();
        child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
        String::from_utf8(child.wait_with_output().unwrap().stdout).unwrap().trim().to_owned()
    };
    let blob = git(&["hash-object", "-w", "--stdin"], &key());
    // Trees by the thousand: by one process that takes them all, each the one above the last.
    let deepest = value("src/source/commit_diff.rs", "MAX_DEPTH");
    let mut tree = git(&["mktree"], &format!("100644 blob {blob}\tf\n"));
    for _ in 0..deepest + 5 {
        tree = write_tree(&folder, &tree);
    }
    let commit = git(&["commit-tree", "-m", "deep", "-p", "main", &tree], "");
    folder.git(&format!("update-ref refs/heads/deep {commit}"));
    let run = folder.run(["history", "--range", "main..deep", "--format", "json"]);
    assert!(run.status == 2 && run.stdout.contains("nested too deep"), "{}{}", run.stdout, run.stderr);
    // All of the history has no such bound: it goes by objects.
    let run = folder.run(["history", "--format", "json"]);
    assert_eq!((run.status, run.places().len()), (1, 1), "{}", run.stderr);
    folder.git("symbolic-ref HEAD refs/heads/deep");
    let run = folder.run(["staged"]);
    assert!(run.status == 2 && run.stderr.contains("deep"), "{}", run.stderr);
}

/// Writes a tree that holds another one; gives its name.
fn write_tree(folder: &Folder, inner: &str) -> String {
    write_object(folder, "tree", &tree_entry("40000", "d", inner))
}

/// An entry of a tree.
fn tree_entry(mode: &str, name: &str, id: &str) -> Vec<u8> {
    let hex = (0..20).map(|at| u8::from_str_radix(&id[2 * at..2 * at + 2], 16).unwrap());
    format!("{mode} {name}\0").into_bytes().into_iter().chain(hex).collect()
}

/// Writes a loose object; gives its name.
fn write_object(folder: &Folder, kind: &str, content: &[u8]) -> String {
    let object = [format!("{kind} {}\0", content.len()).as_bytes(), content].concat();
    let mut hasher = gix::hash::hasher(gix::hash::Kind::Sha1);
    hasher.update(&object);
    let id = hasher.try_finalize().unwrap().to_string();
    folder.file(format!(".git/objects/{}/{}", &id[..2], &id[2..]), pack::zlib(&object));
    id
}

#[test]
fn references_in_folders_of_each_other_have_a_bound() {
    let deepest = value("src/source/refs.rs", "MAX_DEPTH") as usize;
    for (depth, status) in [(deepest - 4, 0), (deepest + 4, 2)] {
        let folder = Folder::new();
        folder.git("init -q").git("commit -q --allow-empty -m m").git("worktree add -q -b other other");
        let id = crate::support::git_command()
            .args(["rev-parse", "HEAD"])
            .current_dir(folder.path())
            .output()
            .unwrap()
            .stdout;
        folder.file(format!(".git/worktrees/other/refs/bisect/{}/bad", vec!["d"; depth].join("/")), id);
        let run = folder.run(["history"]);
        assert_eq!(run.status, status, "{depth}: {}{}", run.stdout, run.stderr);
    }
}

#[test]
fn submodules_in_each_other_have_a_bound() {
    let deepest = value("src/source/history/submodules.rs", "DEEPEST") as usize;
    let folder = Folder::new();
    folder.git("init -q").git("commit -q --allow-empty -m m");
    let mut path = ".git".to_owned();
    for depth in 0..deepest + 3 {
        path = format!("{path}/modules/m");
        folder.git(&format!("init -q --bare {path}"));
        let run = folder.run(["history"]);
        if depth + 1 < deepest {
            assert_eq!(run.status, 0, "{depth}: {}{}", run.stdout, run.stderr);
        }
    }
    let run = folder.run(["history"]);
    assert!(run.status == 2 && run.stdout.contains("nested too deep"), "{}{}", run.stdout, run.stderr);
}

#[test]
fn more_problems_than_can_be_listed_are_told() {
    let most = value("src/scan/collect.rs", "MAX_PROBLEMS");
    let folder = Folder::new();
    // Streams that end in their first block.
    let cut = &pack::gzip(&noise(9000))[..6000];
    for number in 0..most + 50 {
        folder.file(format!("d/{number}.gz"), cut);
    }
    let run = folder.run(["scan", "--format", "json"]);
    let listed = run.json()["problems"].as_array().unwrap().len() as u64;
    assert_eq!((run.status, listed), (2, most + 1), "{}", run.stderr.lines().last().unwrap_or_default());
    assert!(run.stdout.contains("there are more problems than"), "and one says that there are more");
}

#[test]
fn sarif_says_what_it_leaves_out() {
    let most = value("src/report/sarif.rs", "MAX_RESULTS");
    let folder = Folder::new();
    folder.file("f", (0..most + 7).map(|number| numbered_key(number) + "\n").collect::<String>());
    let json = folder.run(["scan", "--format", "sarif"]).json();
    assert_eq!(json["runs"][0]["results"].as_array().unwrap().len() as u64, most);
    assert!(json["runs"][0]["invocations"].to_string().contains("7 findings"), "{}", json["runs"][0]["invocations"]);
}

#[test]
fn markdown_says_how_much_more_there_is() {
    let most = value("src/report/markdown.rs", "MOST_FINDINGS");
    let problems = value("src/report/markdown.rs", "MOST_PROBLEMS");
    let folder = Folder::new();
    folder.file("f", (0..most + 7).map(|number| numbered_key(number) + "\n").collect::<String>());
    let cut = &pack::gzip(&noise(9000))[..6000];
    for number in 0..problems + 3 {
        folder.file(format!("{number}.gz"), cut);
    }
    let run = folder.run(["scan", "--format", "markdown"]);
    assert!(run.stdout.contains("7 more") && run.stdout.contains("3 more"), "{}", run.stdout);
}
