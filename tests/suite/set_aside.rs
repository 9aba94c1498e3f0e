//! What a config, a baseline or a comment sets aside shows in every report, and a commit's own settings need not hold for it.

use crate::support::{Folder, Run, key, numbered_key};

/// A repository whose second commit brings a key, and all that could hide it.
fn proposal(settings: &[(&str, &str)]) -> Folder {
    let folder = Folder::new();
    folder.git("init -q -b main").file("README", "").git("add .").git("commit -q -m base").git("tag base");
    for (name, text) in settings {
        folder.file(name, text);
    }
    folder.file("a.env", format!("K={}\n", key())).git("add .").git("commit -q -m leak");
    folder
}

fn range(folder: &Folder, format: &str, more: &[&str]) -> Run {
    folder.run([&["history", "--range", "base..HEAD", "--format", format], more].concat())
}

#[test]
fn what_globs_leave_out_is_counted_in_every_source() {
    let folder = proposal(&[("gridleaks.toml", "exclude = ['*.env', 'x/']\n"), ("x/1", ""), ("x/2", "")]);
    folder.file("ignored/b.env", "").file(".gitignore", "ignored\n").file("new.env", key()).git("add new.env");
    for (arguments, excluded) in [
        // A folder once; what is ignored would not be read anyway.
        (&["scan"][..], 3),
        (&["scan", "a.env", "README"], 1),
        (&["scan", "x/1", "x"], 2),
        (&["scan", "--no-config", "--exclude", "x"], 1),
        (&["staged"], 1),
        (&["history", "--range", "base..HEAD"], 3),
        (&["history"], 1),
    ] {
        let json = folder.run([arguments, &["--format", "json"]].concat()).json();
        assert_eq!(json["stats"]["excluded"], excluded, "{arguments:?}: {json}");
    }
}

#[test]
fn what_is_set_aside_is_told_in_every_format() {
    let folder = proposal(&[]);
    folder.file("b.env", format!("K={} # {}leaks:allow a test\n", numbered_key(1), "grid"));
    folder.file("gridleaks.toml", "exclude = ['/c.env']\n").file("c.env", numbered_key(2));
    folder.git("add .").git("commit -q -m more");
    folder.run(["baseline"]);
    let aside = "not counted: 1 by a comment, 1 by the baseline; left out by globs: 1 place";
    for (format, text) in [
        ("text", aside),
        ("markdown", aside),
        ("github", &format!("::notice title=gridleaks::{aside}\n")),
        (
            "github",
            "::warning file=gridleaks.toml,title=gridleaks is told what does not count::the commits that were scanned change gridleaks.toml,",
        ),
        ("github", "::notice file=b.env,line=1,endLine=1,col=3,endColumn=43,title=retailgrid-api-key (not counted)::"),
        ("markdown", "<td><code>by a comment: a test</code></td>"),
        ("markdown", "the commits that were scanned change gridleaks.toml, which says what does not count"),
        ("sarif", aside),
        ("sarif", "the commits that were scanned change gridleaks.toml"),
        ("gitlab", aside),
        ("json", "\"inline\": 1"),
        ("jsonl", "\"suppressed\":{\"inline\":1,\"config\":0,\"baseline\":1}"),
    ] {
        let run = range(&folder, format, &[]);
        assert_eq!(run.status, 0, "{format}: {}{}", run.stdout, run.stderr);
        assert!(run.stdout.contains(text), "{format}: no {text} in\n{}", run.stdout);
        assert!(
            run.stderr.contains("warning: the commits that were scanned change gridleaks.toml, which says"),
            "{}",
            run.stderr
        );
    }
    assert_eq!(range(&folder, "json", &[]).json()["source"]["changed_settings"], serde_json::json!(["gridleaks.toml"]));
    // What does not hold, or was not changed, is not worth a warning.
    folder.file("other.toml", "");
    for arguments in [&["--no-config"][..], &["--config", "other.toml"]] {
        let run = range(&folder, "json", arguments);
        assert_eq!(run.json()["source"]["changed_settings"], serde_json::json!([]), "{arguments:?}");
    }
    let run = folder.run(["history", "--range", "HEAD^^..HEAD^", "--format", "json"]);
    assert_eq!(run.json()["source"]["changed_settings"], serde_json::json!([]));
    // A baseline, and what a config names elsewhere.
    folder.file("gridleaks.toml", "baseline = 'ci/old'\n").file("ci/old", "gridleaks-baseline 1 files\n");
    folder.git("add .").git("commit -q -m settings");
    let run = folder.run(["history", "--range", "HEAD^..HEAD", "--format", "json"]);
    assert_eq!(run.json()["source"]["changed_settings"], serde_json::json!(["ci/old", "gridleaks.toml"]));
}

#[test]
fn settings_of_a_commit_hold_and_not_those_of_the_files() {
    let hide = "exclude = ['*']\n";
    let folder = proposal(&[("gridleaks.toml", hide)]);
    assert_eq!(range(&folder, "json", &[]).status, 0);
    let run = range(&folder, "json", &["--config-from", "base"]);
    assert_eq!((run.status, run.places()), (1, vec!["a.env:1:3".to_owned()]), "{}", run.stderr);
    assert_eq!(run.json()["source"]["changed_settings"], serde_json::json!(["gridleaks.toml"]));
    // A baseline that comes with its key, beside the base's own settings.
    let folder = proposal(&[]);
    folder.run(["baseline"]);
    folder.git("add .").git("commit -q -m baseline");
    assert_eq!(range(&folder, "text", &[]).status, 0);
    assert_eq!(range(&folder, "text", &["--config-from", "base"]).status, 1);
    for command in [&["scan"][..], &["staged"], &["history"]] {
        let run = folder.run([command, &["--config-from", "HEAD", "--format", "json"]].concat());
        assert_eq!(run.status, 0, "{command:?}: {}", run.stderr);
    }
    // All that the commit's config names is the commit's.
    folder.file("ci/gl.baseline", folder.read("gridleaks.baseline")).file("gridleaks.baseline", "broken");
    folder.file("ci/rules.toml", "[[rules]]\nid = 'acme'\nregex = 'acme_([0-9]{6})'\nkeywords = ['acme_']\n");
    folder
        .file("gridleaks.toml", "baseline = './ci/gl.baseline'\nrules = ['ci/rules.toml']\n")
        .file("b", "acme_123456");
    folder
        .git("add .")
        .git("commit -q -m all")
        .file("gridleaks.toml", hide)
        .file("ci/rules.toml", "")
        .file("ci/gl.baseline", "");
    let run = folder.run(["scan", "--config-from", "HEAD", "--format", "json"]);
    assert_eq!(run.json()["stats"]["suppressed"]["baseline"], 1);
    assert_eq!(run.json()["findings"].as_array().unwrap().iter().filter(|found| found["rule"] == "acme").count(), 1);
    let named = folder.run(["scan", "--config-from", "HEAD", "--baseline", "no", "--format", "json"]);
    assert!(named.status == 2 && named.stderr.contains("no: cannot read it"), "{}", named.stderr);
}

#[test]
#[cfg(unix)]
fn settings_of_a_commit_that_cannot_be_used_are_an_error_with_its_remedy() {
    let folder = proposal(&[("gridleaks.toml", "exlude = []\n")]);
    folder
        .git("tag one")
        .file("gridleaks.toml", "baseline = 'none'\n")
        .git("add .")
        .git("commit -q -m two")
        .git("tag two");
    folder.file("gridleaks.toml", "rules = ['none']\n").git("add .").git("commit -q -m three").git("tag three");
    folder.file("gridleaks.toml", "baseline = '../x'\n").git("add .").git("commit -q -m four").git("tag four");
    std::fs::remove_file(folder.path().join("gridleaks.toml")).unwrap();
    folder.link("gridleaks.toml", "/etc/passwd").git("add .").git("commit -q -m five").git("tag five");
    for (revision, message) in [
        ("one", "one:gridleaks.toml:1: unknown field `exlude`"),
        ("two", "two:none: cannot read it: the commit has no such file"),
        ("three", "three:none: cannot read it: the commit has no such file"),
        ("four", "four:gridleaks.toml:1: `../x` does not lie below"),
        ("five", "five:gridleaks.toml: cannot read it: it is a symbolic link"),
        ("six", "error: `six` cannot be used: "),
        ("one..two", "`one..two` is a range, where one commit is to be named"),
        ("HEAD:README", "`HEAD:README` names no commit"),
    ] {
        let run = folder.run(["scan", "--config-from", revision]);
        assert_eq!((run.status, &*run.stdout), (2, ""), "{revision}");
        assert!(run.stderr.contains(message) && run.stderr.contains("help: "), "{revision}: {}", run.stderr);
    }
    for other in [&["--no-config"][..], &["--config", "x"]] {
        assert_eq!(folder.run([&["scan", "--config-from", "base"], other].concat()).status, 2);
    }
    let run = Folder::new().run(["scan", "--config-from", "HEAD"]);
    assert!(run.status == 2 && run.stderr.contains("no git repository"), "{}", run.stderr);
}
