//! Runs the examples in the documentation: in each `console` block, every line after `$` is a command, and what follows is
//! what it has to print. Each block has a folder of its own, which `example` makes, unless it is `continued`: then it goes on where the one
//! before ended. One with `needs=NAME` runs where GRIDLEAKS_DOCS_TOOLS names that, as `.ci/hooks` has it.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::support::server::{Reply, Server};
use crate::support::{Folder, key, key_of, stable};

/// The folder that the documentation speaks of.
fn example() -> Folder {
    let folder = Folder::new();
    folder
        .file("deploy/values.yaml", format!("api:\n  url: https://clientapi.retailgrid.io\n  token: \"{}\"\n", key()));
    folder.file("README.md", "A shop.\n");
    folder.file(
        "bad.toml",
        "[[rules]]\nid = \"acme-token\"\ndescription = \"Acme token\"\nregex = '''acme_[0-9a-f]+'''\n",
    );
    folder
}

/// A key that the issuer in the documentation's examples no longer knows.
fn old_key() -> String {
    key_of("2b7d04c16e9fa835d7120c4be6f81a93")
}

/// The commands of a block with what each is to print.
fn commands(block: &str) -> Vec<(String, String)> {
    let mut commands: Vec<(String, String)> = Vec::new();
    for line in block.lines() {
        match (line.strip_prefix("$ "), commands.last_mut()) {
            (Some(command), _) => commands.push((command.to_owned(), String::new())),
            (None, Some((_, output))) => output.push_str(&format!("{line}\n")),
            (None, None) => panic!("a block begins with a command: {line}"),
        }
    }
    commands
}

/// Runs the commands one after the other in one shell, so that `$?` means what it says.
fn outputs(folder: &Folder, issuer: &Server, commands: &[(String, String)]) -> Vec<String> {
    let mut script = String::new();
    for (command, _) in commands {
        script.push_str(&format!("{{ {command}; }} 2>&1; status=$?; echo '=====NEXT====='; (exit $status)\n"));
    }
    let program = Path::new(env!("CARGO_BIN_EXE_gridleaks")).parent().unwrap();
    let path = format!("{}:{}", program.display(), std::env::var("PATH").unwrap());
    let output = Command::new("sh")
        .args(["-c", &script])
        .current_dir(folder.path())
        .envs([("PATH", path), ("HOME", "/nonexistent".to_owned())])
        .envs(
            ["AUTHOR_NAME", "AUTHOR_EMAIL", "COMMITTER_NAME", "COMMITTER_EMAIL"]
                .map(|name| (format!("GIT_{name}"), "t")),
        )
        .envs([("KEY", key()), ("OLD_KEY", old_key()), ("GRIDLEAKS_VERIFY_URL", issuer.url())])
        .output()
        .unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    text.split("=====NEXT=====\n").map(str::to_owned).collect()
}

/// An output with its times and days taken out.
fn dateless(text: &str) -> String {
    regex::Regex::new(r"\b20\d\d-\d\d-\d\d\b").unwrap().replace_all(&stable(text), "[day]").into_owned()
}

/// The pages of the documentation.
fn pages() -> Vec<PathBuf> {
    let top = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut pages: Vec<_> = std::fs::read_dir(top.join("docs")).unwrap().map(|entry| entry.unwrap().path()).collect();
    pages.push(top.join("README.md"));
    pages
}

/// The `console` blocks of a page: what stands behind the word, and the text.
fn blocks(page: &str) -> impl Iterator<Item = (&str, &str)> {
    let rest = page.split("\n```console").skip(1);
    rest.map(|rest| rest[..=rest.find("\n```").unwrap()].split_once('\n').unwrap())
}

/// Whether everything is at hand that a block needs.
fn can_run(words: &str) -> bool {
    let tools = std::env::var("GRIDLEAKS_DOCS_TOOLS").unwrap_or_default();
    let is_there = |name: &str| tools.split(' ').any(|tool| tool == name);
    words.split(' ').filter_map(|word| word.strip_prefix("needs=")).all(is_there)
}

#[test]
#[cfg(unix)]
fn every_example_prints_what_the_documentation_says() {
    let issuer = Server::start(|request| if request.key() == key() { Reply::active() } else { Reply::new(401, "") });
    let mut ran = 0;
    for page in pages() {
        let text = std::fs::read_to_string(&page).unwrap();
        let mut folder = example();
        for (words, block) in blocks(&text).filter(|(words, _)| can_run(words)) {
            let commands = commands(block);
            assert!(
                words.split(' ').all(|word| ["", "continued"].contains(&word) || word.starts_with("needs=")),
                "{words}"
            );
            if !words.contains("continued") {
                folder = example();
            }
            for ((command, expected), output) in commands.iter().zip(outputs(&folder, &issuer, &commands)) {
                assert_eq!(dateless(&output), dateless(expected), "{}: {command}", page.display());
                ran += 1;
            }
        }
    }
    assert!(ran >= 45, "only {ran} examples were found");
}

/// The anchors of a page, as code hosts make them of its headings.
fn anchors(page: &str) -> Vec<String> {
    let headings =
        page.lines().filter_map(|line| line.strip_prefix('#')).map(|line| line.trim_start_matches('#').trim());
    let slug = |heading: &str| {
        let kept = heading.to_lowercase().replace(' ', "-");
        kept.chars().filter(|c| c.is_alphanumeric() || "-_".contains(*c)).collect()
    };
    headings.map(slug).collect()
}

#[test]
fn every_link_leads_somewhere() {
    let link = regex::Regex::new(r"\]\(([^)\s#]*)#?([^)\s]*)\)").unwrap();
    let mut links = 0;
    for page in pages() {
        let text = std::fs::read_to_string(&page).unwrap();
        let own = |found: &regex::Captures<'_>| !found[1].contains("://");
        for found in link.captures_iter(&text).filter(own) {
            let target = if found[1].is_empty() { page.clone() } else { page.parent().unwrap().join(&found[1]) };
            assert!(target.exists(), "{}: {}", page.display(), &found[0]);
            let target = std::fs::read_to_string(&target).unwrap_or_default();
            let anchor = &found[2];
            assert!(
                anchor.is_empty() || anchors(&target).iter().any(|known| known == anchor),
                "{}: {}",
                page.display(),
                &found[0]
            );
            links += 1;
        }
    }
    assert!(links > 30, "only {links} links were found");
}

#[test]
fn every_page_says_of_hiding_places_what_was_measured() {
    let read = |page: &str| std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(page)).unwrap();
    let coverage = read("docs/coverage.md");
    let sum = coverage.lines().find(|line| line.starts_with("| **all**")).unwrap().replace('*', "");
    let sum: Vec<&str> = sum.split('|').map(str::trim).filter(|cell| !cell.is_empty()).collect();
    let ["all", places, ours, gitleaks, betterleaks, kingfisher, ..] = sum[..] else { panic!("{sum:?}") };
    let row = format!("| {ours} | {gitleaks} | {betterleaks} | {kingfisher} | not tried |");
    let readme = read("README.md");
    let told = readme.lines().find(|line| line.contains("hiding places](docs/coverage.md)")).unwrap();
    assert!(told.ends_with(&row), "README.md: {told} is to end in {row}");
    let count = regex::Regex::new(r"\b(\d+) (?:hiding )?places").unwrap();
    for (page, times) in [("README.md", 2), ("docs/scanning.md", 1), ("docs/architecture.md", 1)] {
        let text = read(page);
        let counts: Vec<_> = count.captures_iter(&text).map(|found| found[1].to_owned()).collect();
        assert_eq!(counts, vec![places; times], "{page}");
    }
}

#[test]
fn the_config_in_the_documentation_holds() {
    let text = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/docs/adopting.md")).unwrap();
    let config = text.split("```toml\n").nth(1).and_then(|rest| rest.split("```").next()).unwrap();
    let folder = Folder::new();
    folder
        .file("gridleaks.toml", config)
        .file("vendor/a", key())
        .file("src/b", key())
        .file("tests/fixtures/c", key_of("2b7d04c16e9fa835d7120c4be6f81a93"));
    folder.file("security/rules.toml", "[[rules]]\nid = 'acme'\nregex = 'acme_[0-9]{6}'\n");
    folder.file("security/leaks.baseline", "gridleaks-baseline 1 files\n").file("d", "acme_123456");
    let run = folder.run(["scan", "--format", "json"]);
    let json = run.json();
    let found: Vec<_> = json["findings"]
        .as_array()
        .unwrap()
        .iter()
        .map(|f| format!("{} {}", f["path"], f["suppressed"]["by"]))
        .collect();
    assert_eq!(
        (run.status, found),
        (
            1,
            vec![
                "\"d\" null".to_owned(),
                "\"src/b\" \"config\"".to_owned(),
                "\"tests/fixtures/c\" \"config\"".to_owned()
            ]
        )
    );
}

#[test]
fn the_rule_in_the_documentation_holds() {
    let text = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/docs/rules.md")).unwrap();
    let tables: Vec<_> = text.split("```toml\n").skip(1).map(|rest| rest.split("```").next().unwrap()).collect();
    assert_eq!(tables.len(), 2, "a rule, and its verify table");
    let folder = Folder::new();
    folder.file("acme.toml", tables.concat());
    let run = folder.run(["rules", "check", "acme.toml"]);
    assert_eq!(run.status, 0, "{}{}", run.stdout, run.stderr);
}
