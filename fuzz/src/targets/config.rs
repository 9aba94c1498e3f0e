//! `gridleaks.toml`, by whomever it is named: refused with a fault in one of its lines, or usable. What nobody named leads nowhere outside
//! the project.

use std::cell::LazyCell;
use std::fs;

use gridleaks::config::{Config, NAME, NamedBy};
use gridleaks::secret::Fingerprint;
use gridleaks::source::files::globs;

use crate::Target;

pub(super) const TARGET: Target = Target {
    name: "config",
    run,
    seeds,
    words: &[
        b"exclude = [\"",
        b"rules = [\"",
        b"baseline = \"",
        b"[[allow]]\n",
        b"fingerprint = \"sha256:",
        b"path = \"",
        b"paths = [\"",
        b"reason = \"",
        b"expires = ",
        b"../",
        b"**/",
        b"{a,b}",
        b"[!a-z]",
        b"\\u0000",
    ],
    longest: 2048,
    inputs: 3000,
};

thread_local! {
    static FOLDER: LazyCell<tempfile::TempDir> = LazyCell::new(|| tempfile::tempdir().expect("there is room for a folder"));
}

fn run(data: &[u8]) {
    FOLDER.with(|folder| {
        let path = folder.path().join(NAME);
        fs::write(&path, data).expect("there is room for a file");
        let lines = data.split(|&byte| byte == b'\n').count();
        for by in [NamedBy::Person, NamedBy::Nobody] {
            match Config::read(&path, by) {
                Err(fault) => assert!(fault.line.is_none_or(|line| (1..=lines).contains(&line)), "{fault}"),
                Ok(config) => {
                    let lies_below = |path: &std::path::PathBuf| {
                        path.starts_with(folder.path()) && !path.components().any(|part| part.as_os_str() == "..")
                    };
                    let named = config.rules.iter().chain(&config.baseline);
                    assert!(by == NamedBy::Person || named.into_iter().all(lies_below), "it leads out of the project");
                    assert!(globs(config.exclude.iter().map(String::as_str)).is_ok(), "a glob that was taken is one");
                    let fingerprint = Fingerprint::parse(&format!("sha256:{}", "0".repeat(64))).expect("it is one");
                    let glob_at = |globs: &ignore::gitignore::Gitignore| {
                        globs.matched("a/b.txt", false).inner().map(|glob| glob.original().to_owned())
                    };
                    config.allows.matching(fingerprint, glob_at);
                }
            }
        }
    });
}

fn seeds() -> Vec<Vec<u8>> {
    let allow = format!("[[allow]]\nfingerprint = \"sha256:{}\"\nreason = \"a test's\"\n", "0".repeat(64));
    let texts = [
        "exclude = [\"vendor/\", \"*.{js,map}\"]\nbaseline = \"base\"\nrules = [\"rules/own.toml\"]\n",
        "[[allow]]\npaths = [\"tests/**\"]\nreason = \"made up\"\n",
        "[[allow]]\npath = \"tests/**\"\nreason = \"made up\"\n",
        &allow,
    ];
    texts.iter().map(|text| text.as_bytes().to_vec()).collect()
}
