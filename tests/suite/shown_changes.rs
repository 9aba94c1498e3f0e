//! What git is told to show of changes does nothing to what is searched.

use std::collections::BTreeSet;

use crate::support::{Folder, Run, git_command, numbered_key};

/// The files of which git shows nothing, and why.
const FILES: [(&str, &str); 5] = [
    ("converted.env", "*.env diff=hide"),
    ("undiffed.raw", "*.raw -diff"),
    ("binary.dat", "*.dat binary"),
    ("excluded.key", "*.key export-ignore -text -diff"),
    ("large.txt", ""),
];

fn repository() -> Folder {
    let folder = Folder::new();
    folder.git("init -q -b main");
    let settings = [
        ("diff.hide.textconv", "sed s/_live_/_dead_/"),
        ("diff.hide.cachetextconv", "true"),
        ("diff.external", "true"),
        ("color.ui", "always"),
        ("core.bigFileThreshold", "1"),
        ("core.quotePath", "true"),
        ("diff.noprefix", "true"),
    ];
    for (name, value) in settings {
        assert!(git_command().args(["config", name, value]).current_dir(folder.path()).status().unwrap().success());
    }
    let attributes: String = FILES.iter().map(|(_, line)| format!("{line}\n")).collect();
    folder.file(".gitattributes", attributes).git("add -A").git("commit -q -m attributes");
    folder
}

/// The keys that a text shows.
fn shown(text: &str) -> BTreeSet<usize> {
    (0..FILES.len()).filter(|&number| text.contains(&numbered_key(number as u64))).collect()
}

fn paths(run: &Run) -> BTreeSet<String> {
    let json = run.json();
    assert!(json["complete"] == true, "{}", run.stderr);
    json["findings"].as_array().unwrap().iter().map(|found| found["path"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn what_git_does_not_show_is_found() {
    let folder = repository();
    let hooks = Folder::new();
    for (number, (name, _)) in FILES.iter().enumerate() {
        folder.file(name, format!("first line\nKEY={}\n", numbered_key(number as u64)));
    }
    let all: BTreeSet<String> = FILES.iter().map(|(name, _)| (*name).to_owned()).collect();
    folder.git("add -A");
    assert_eq!(paths(&folder.run(["staged", "--format", "json"])), all);
    folder.git("commit -q -m keys");
    // Git itself shows none of them, so that whoever reads what it shows finds nothing.
    let log = |arguments: &[&str]| {
        let output = git_command().args(["log", "-p"]).args(arguments).current_dir(folder.path()).output().unwrap();
        String::from_utf8_lossy(&output.stdout).into_owned()
    };
    assert_eq!(shown(&log(&[])), BTreeSet::new());
    assert_eq!(shown(&log(&["--text", "--no-textconv", "--no-ext-diff"])).len(), FILES.len(), "{}", log(&["--text"]));
    for change in ["", "repack -adfq", "-c core.bigFileThreshold=1g repack -adfq"] {
        if !change.is_empty() {
            folder.git(change);
        }
        assert_eq!(paths(&folder.run(["history", "--format", "json"])), all, "{change}");
        assert_eq!(paths(&folder.run(["history", "--range", "HEAD~1..HEAD", "--format", "json"])), all, "{change}");
    }
    let head = git_command().args(["rev-parse", "HEAD"]).current_dir(folder.path()).output().unwrap();
    let head = String::from_utf8(head.stdout).unwrap();
    let line = format!("refs/heads/main {} refs/heads/main {}\n", head.trim(), "0".repeat(40));
    hooks.file("line", line);
    let mut command = folder.command();
    command.args(["pre-push", "origin", "--format", "json"]);
    command.stdin(std::fs::File::open(hooks.path().join("line")).unwrap());
    assert_eq!(paths(&Run::of(&mut command)), all);
}
