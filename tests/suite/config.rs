//! `gridleaks.toml`: what it can say, where it is found, and what somebody else's cannot do.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use crate::support::server::{Reply, Server};
use crate::support::{Folder, Run, TAIL, formats, key, numbered_key};

/// The fingerprint of the first finding in a folder.
fn fingerprint(folder: &Folder) -> String {
    let json = folder.run(["scan", "--no-config", "--format", "json"]).json();
    json["findings"][0]["fingerprint"].as_str().unwrap().to_owned()
}

/// The paths of findings that count, with the status.
fn counting(run: &Run) -> (i32, Vec<String>) {
    let json = run.json();
    let counts = json["findings"].as_array().unwrap().iter().filter(|finding| finding["suppressed"].is_null());
    (run.status, counts.map(|finding| finding["path"].as_str().unwrap().to_owned()).collect())
}

fn scan(folder: &Folder, arguments: &[&str]) -> (i32, Vec<String>) {
    counting(&folder.run(["scan", "--format", "json"].iter().chain(arguments)))
}

#[test]
fn what_it_leaves_out_and_allows() {
    let folder = Folder::new();
    folder.git("init -q").file("a", key()).file("vendor/b", key()).file("src/gen/c", key()).file("src/d", key());
    folder.file("tests/e", numbered_key(1)).file("tests/f", key());
    let print = fingerprint(&folder);
    let config = |text: &str| folder.file("gridleaks.toml", text);
    config("exclude = ['vendor/', '/src/gen']\n");
    assert_eq!(scan(&folder, &[]), (1, ["a", "src/d", "tests/e", "tests/f"].map(str::to_owned).to_vec()));
    // They count from the top, and hold for what is named as well, from wherever.
    assert_eq!(scan(&folder, &["src", "vendor", "vendor/b", "src/gen/c"]), (1, vec!["d".to_owned()]));
    let here = |arguments: &[&str]| Run::of(folder.command().current_dir(folder.path().join("src")).args(arguments));
    assert_eq!(
        counting(&here(&["scan", "--format", "json", "gen", "gen/c", "d", "../vendor"])),
        (1, vec!["d".to_owned()])
    );
    assert_eq!(scan(&folder, &["--exclude", "a", "--exclude", "tests/"]), (1, vec!["src/d".to_owned()]));
    folder.git("add .");
    let staged = folder.run(["staged", "--format", "json"]);
    assert_eq!(counting(&staged).1, ["a", "src/d", "tests/e", "tests/f"]);
    assert!(staged.stderr.contains("note: gridleaks.toml leaves out `vendor/`, `/src/gen`"), "{}", staged.stderr);
    config(&format!("[[allow]]\nfingerprint = '{print}'\nreason = 'revoked in May'\n"));
    let run = folder.run(["scan", "--format", "json"]);
    assert_eq!(counting(&run), (1, vec!["tests/e".to_owned()]));
    assert_eq!(
        run.json()["findings"][0]["suppressed"],
        serde_json::json!({"by": "config", "reason": "revoked in May"})
    );
    config("[[allow]]\npath = './tests/'\nreason = 'made up'\n[[allow]]\npath = '*.txt'\nreason = 'x'\n");
    assert_eq!(scan(&folder, &[]).1, ["a", "src/d", "src/gen/c", "vendor/b"]);
    assert_eq!(scan(&folder, &["tests"]).0, 0);
    assert_eq!(counting(&folder.run(["staged", "--format", "json"])).1, ["a", "src/d", "src/gen/c", "vendor/b"]);
    config(&format!("[[allow]]\nfingerprint = '{print}'\npath = '/tests/'\nreason = 'made up'\n"));
    assert_eq!(scan(&folder, &["tests"]).1, ["e"]);
    insta::assert_snapshot!("config_text", folder.run(["scan", "tests"]).stable());
    assert_eq!(scan(&folder, &["--no-config"]).1.len(), 6);
    folder.file("other.toml", "exclude = ['*']\n").file("gridleaks.toml", "none of this is read = ");
    assert_eq!(scan(&folder, &["--config", "other.toml"]).0, 0);
    assert_eq!(folder.run(["scan", "--config", "other.toml", "--no-config"]).status, 2);
}

#[test]
fn baseline_and_rules_lie_beside_it() {
    let folder = Folder::new();
    folder.git("init -q").file("src/a", format!("{} acme_123456\n", key()));
    folder.file("security/acme.toml", "[[rules]]\nid = 'acme'\nregex = 'acme_([0-9]{6})'\nkeywords = ['acme_']\n");
    folder.file("gridleaks.toml", "baseline = 'security/old.txt'\nrules = ['security/acme.toml']\n");
    let run = folder.run(["scan"]);
    assert!(run.status == 2 && run.stderr.contains("security/old.txt: cannot read it"), "{}", run.stderr);
    let here = Run::of(folder.command().current_dir(folder.path().join("src")).arg("baseline"));
    assert_eq!((here.status, &*here.stdout), (0, "../security/old.txt: 2 findings\n"), "{}", here.stderr);
    assert!(folder.read("security/old.txt").contains(" acme src/a\n"));
    assert_eq!(scan(&folder, &[]), (0, vec![]));
    assert_eq!(scan(&folder, &["src/a"]), (0, vec![]));
    for (arguments, is_listed) in [(&["rules", "list"][..], true), (&["rules", "list", "--no-config"], false)] {
        let run = folder.run(arguments);
        assert_eq!((run.status, run.stdout.contains("acme ")), (0, is_listed), "{}{}", run.stdout, run.stderr);
    }
    // A config that is named may lie anywhere, and its files lie beside it.
    folder.file(
        "ci/gridleaks.toml",
        "baseline = '../security/old.txt'\nexclude = ['/none']\nrules = ['../security/acme.toml']\n",
    );
    folder.file("gridleaks.toml", "");
    assert_eq!(scan(&folder, &[]).1.len(), 1, "the usual name is another one");
    assert_eq!(scan(&folder, &["--config", "ci/gridleaks.toml"]), (0, vec![]));
}

#[test]
fn it_is_found_at_the_top_of_the_project_and_nowhere_else() {
    let folder = Folder::new();
    let all = "exclude = ['*']\n";
    folder.file("gridleaks.toml", all).file("plain/a", key()).file("repo/sub/b", key()).git("init -q repo");
    assert_eq!(scan(&folder, &["plain"]).0, 0, "outside of repositories, the current folder's holds for what is below");
    assert_eq!(scan(&folder, &["repo"]).0, 1, "a repository is a project of its own");
    folder.file("repo/sub/gridleaks.toml", all);
    assert_eq!(scan(&folder, &["repo/sub"]).0, 1, "one below the top counts for nothing");
    let sub = Run::of(folder.command().current_dir(folder.path().join("repo/sub")).arg("scan"));
    assert_eq!(sub.status, 1);
    let elsewhere = Folder::new();
    let plain = folder.path().join("plain");
    assert_eq!(scan(&elsewhere, &[plain.to_str().unwrap()]).0, 1, "nor does one above a folder that is elsewhere");
    folder.file("plain/gridleaks.toml", all);
    assert_eq!(scan(&elsewhere, &[plain.to_str().unwrap()]).0, 0);
    // Whose would hold?
    let run = folder.run(["scan", "plain", "repo"]);
    assert_eq!((run.status, &*run.stdout), (2, ""));
    assert!(run.stderr.contains("the paths lie in several projects, and . has a config"), "{}", run.stderr);
    assert_eq!(folder.run(["scan", "plain", "repo", "--no-config"]).status, 1);
    assert_eq!(folder.run(["scan", "plain", "repo", "--config", "gridleaks.toml"]).status, 1);
    // Standard input belongs to where it is read.
    let print = fingerprint(&elsewhere_with_key());
    folder.file("gridleaks.toml", format!("[[allow]]\nfingerprint = '{print}'\nreason = 'r'\n"));
    assert_eq!(folder.run_with_input(["scan", "-"], key().as_bytes()).status, 0);
}

fn elsewhere_with_key() -> Folder {
    let folder = Folder::new();
    folder.file("a", key());
    folder
}

#[test]
fn a_config_that_cannot_be_used_is_refused_with_its_place_and_remedy() {
    let folder = elsewhere_with_key();
    let print = fingerprint(&folder);
    let allow = |fields: &str| format!("# one\n[[allow]]\n{fields}\n");
    let table = allow(&format!("fingerprint = '{print}'\nreason = 'r'"));
    for (text, message, remedy) in [
        ("exlude = []".to_owned(), "gridleaks.toml:1: unknown field `exlude`", "did you mean `exclude`?"),
        ("base_line = 'x'".to_owned(), "unknown field `base_line`", "did you mean `baseline`?"),
        ("rule = []".to_owned(), "unknown field `rule`", "did you mean `rules`?"),
        ("zzz = 1".to_owned(), "unknown field `zzz`", "the keys are `exclude`, `baseline`, `rules`, `allow`"),
        ("\nverify = true".to_owned(), "gridleaks.toml:2: unknown field `verify`", "for the command line alone"),
        ("verify-url = 'https://evil.example/'".to_owned(), "unknown field `verify-url`", "for the command line alone"),
        ("fail-on = 'active'".to_owned(), "unknown field `fail-on`", "for the command line alone"),
        ("exclude = 'x'".to_owned(), "gridleaks.toml:1: invalid type", "docs/adopting.md"),
        ("exclude = [".to_owned(), "gridleaks.toml:1: ", "docs/adopting.md"),
        ("exclude = ['']".to_owned(), "the glob `` matches nothing", ".gitignore"),
        ("exclude = ['!a']".to_owned(), "the glob `!a` is none", ".gitignore"),
        ("exclude = [\n  'a',\n  '[a'\n]".to_owned(), "gridleaks.toml:3: the glob `[a` is none", ".gitignore"),
        ("exclude = [\n  'a{'\n]".to_owned(), "gridleaks.toml:2: the glob `a{` is none", ".gitignore"),
        ("exclude = []\nexclude = []".to_owned(), "gridleaks.toml:2: duplicate key", "docs/adopting.md"),
        ("<<<<<<< HEAD\n".to_owned(), "gridleaks.toml:1: a merge conflict is not resolved", "delete the marks"),
        (format!("{table}=======\n"), "gridleaks.toml:5: a merge conflict is not resolved", "delete the marks"),
        (allow("path = 'a'"), "gridleaks.toml:2: an `[[allow]]` table gives no reason", "reason = \"…\""),
        (allow("path = 'a'\nreason = ' '"), "gridleaks.toml:2: an `[[allow]]` table gives no reason", "say why"),
        (allow("reason = 'r'"), "gridleaks.toml:2: an `[[allow]]` table says nothing", "`fingerprint` or a `path`"),
        (allow("reason = 'r'\nfinger = 'x'"), "unknown field `finger`", "did you mean `fingerprint`?"),
        (allow("reason = 'r'\nfingerprint = 'sha256:12'"), "gridleaks.toml:4: this is no fingerprint", "64 hex digits"),
        (
            format!("{table}{table}"),
            "gridleaks.toml:6: this `[[allow]]` table allows the same as that in line 2",
            "delete one",
        ),
        (allow("path = 'a'\nreason = 'r'"), "", ""),
        ("[allow]\npath = 'a'".to_owned(), "invalid type", "docs/adopting.md"),
        ("baseline = '/etc/passwd'".to_owned(), "`/etc/passwd` does not lie below", "--config PATH"),
        ("baseline = '../x'".to_owned(), "`../x` does not lie below", "--config PATH"),
        ("rules = ['a', '../../x']".to_owned(), "`../../x` does not lie below", "--config PATH"),
        ("rules = ['none.toml']".to_owned(), "none.toml: cannot read it", "rule file"),
        ("rules = ['.git']".to_owned(), "`.git` is git's own", "--config PATH"),
        ("baseline = ''".to_owned(), "`` does not lie below", "--config PATH"),
    ] {
        folder.file("gridleaks.toml", &text);
        let run = folder.run(["scan"]);
        if message.is_empty() {
            assert_eq!(run.status, 0, "{text}");
            continue;
        }
        assert_eq!((run.status, &*run.stdout), (2, ""), "{text}");
        assert!(
            run.stderr.contains(message) && run.stderr.contains(remedy),
            "{text}\nwanted {message}\n{}",
            run.stderr
        );
        assert_eq!(folder.run(["baseline"]).status, 2, "{text}");
        assert_eq!(folder.run(["scan", "--no-config"]).status, 1);
    }
    for (bytes, message) in [
        (&b"\xff\xfee\0"[..], "gridleaks.toml: it is UTF-16"),
        (b"# \xff", "gridleaks.toml:1: it is no UTF-8"),
        (&vec![b'\n'; (1 << 20) + 1], "cannot read it: it is over 1048576 bytes"),
    ] {
        folder.file("gridleaks.toml", bytes);
        let run = folder.run(["scan"]);
        assert!(run.status == 2 && run.stderr.contains(message), "{message}: {}", run.stderr);
    }
    let many: Vec<_> = (0..400).map(|number| format!("'{}{number}'", "*?".repeat(1000))).collect();
    folder.file("gridleaks.toml", format!("\nexclude = [{}]\n", many.join(",")));
    let run = folder.run(["scan"]);
    let message = "gridleaks.toml:2: of `exclude`, the globs are too large in all";
    assert!(run.status == 2 && run.stderr.contains(message) && run.stderr.contains("help: "), "{}", run.stderr);
    folder.file("gridleaks.toml", "\u{feff}exclude = ['a']\r\n");
    assert_eq!(scan(&folder, &[]).0, 0);
    let run = folder.run(["scan", "--config", "none.toml"]);
    assert!(run.status == 2 && run.stderr.contains("none.toml: cannot read it: no such file"), "{}", run.stderr);
    std::fs::remove_file(folder.path().join("gridleaks.toml")).unwrap();
    folder.file("gridleaks.toml/x", "");
    assert!(folder.run(["scan"]).stderr.contains("gridleaks.toml: cannot read it: it is a folder"));
}

#[test]
fn a_rule_of_a_config_cannot_send_keys_anywhere() {
    let folder = Folder::new();
    let asked = Arc::new(AtomicUsize::new(0));
    let counter = Arc::clone(&asked);
    let server = Server::start(move |_| {
        counter.fetch_add(1, Ordering::SeqCst);
        Reply::active()
    });
    folder.git("init -q").file("a", "acme_9f1c7e2ab3d5\n");
    folder.file(
        "rules.toml",
        format!(
            "[[rules]]\nid = 'acme'\nregex = 'acme_[0-9a-f]{{12}}'\n[rules.verify]\nmethod = 'GET'\nurl = '{}'\nheaders = {{ A = '{{secret}}' }}\nactive = [200]\ninactive = [401]\n",
            server.url()
        ),
    );
    folder.file("gridleaks.toml", "rules = ['rules.toml']\n").file("ci/my.toml", "rules = ['../rules.toml']\n");
    for arguments in
        [&["scan", "--verify"][..], &["scan"], &["scan", "--verify", "--config", "ci/my.toml"], &["staged", "--verify"]]
    {
        let run = folder.run(arguments);
        assert_eq!((run.status, &*run.stdout), (2, ""), "{arguments:?}");
        let said = "rule `acme`: a rule that a config names may not say how to verify";
        assert!(run.stderr.contains(said) && run.stderr.contains("name its file by `--rules`"), "{}", run.stderr);
    }
    assert_eq!(asked.load(Ordering::SeqCst), 0);
    let run = folder.run(["scan", "--no-config", "--rules", "rules.toml", "--verify"]);
    assert_eq!((run.status, asked.load(Ordering::SeqCst)), (1, 1), "{}", run.stderr);
}

#[test]
fn a_reason_in_a_config_holds_no_key_in_reports() {
    let folder = elsewhere_with_key();
    folder.file("gridleaks.toml", format!("[[allow]]\npath = 'a'\nreason = \"\\u001b[31m it is {}\"\n", key()));
    for format in formats() {
        let run = folder.run(["scan", "a", "--format", format]);
        assert_eq!(run.status, 0, "{format}: {}", run.stderr);
        assert!(!run.stdout.contains(&TAIL[4..]) && !run.stdout.contains('\u{1b}'), "{format}: {}", run.stdout);
    }
}

#[test]
#[cfg(unix)]
fn links_and_fifos_in_its_place_are_refused() {
    let folder = elsewhere_with_key();
    let secret = Folder::new();
    secret.file("credentials", "password = hunter2\n");
    let target = secret.path().join("credentials");
    folder.link("gridleaks.toml", target.to_str().unwrap());
    let run = folder.run(["scan"]);
    assert!(
        run.status == 2
            && run.stderr.contains("gridleaks.toml: it is a symbolic link")
            && !run.stderr.contains("hunter2"),
        "{}",
        run.stderr
    );
    std::fs::remove_file(folder.path().join("gridleaks.toml")).unwrap();
    folder.link("gridleaks.baseline", target.to_str().unwrap());
    for command in [&["scan"][..], &["baseline"]] {
        let run = folder.run(command);
        let is_said = |words: &str| run.stderr.contains(&format!("the link gridleaks.baseline {words}"));
        let is_refused = run.stderr.contains("gridleaks.baseline: it is a symbolic link") || is_said("leads out");
        assert!(run.status == 2 && is_refused, "{}", run.stderr);
    }
    std::fs::remove_file(folder.path().join("gridleaks.baseline")).unwrap();
    folder.link("elsewhere", secret.path().to_str().unwrap());
    for line in ["baseline = 'elsewhere/credentials'", "rules = ['elsewhere/credentials']"] {
        folder.file("gridleaks.toml", line);
        let run = folder.run(["scan"]);
        assert!(
            run.status == 2 && run.stderr.contains("leads through a symbolic link") && !run.stderr.contains("hunter2"),
            "{}",
            run.stderr
        );
    }
    std::fs::remove_file(folder.path().join("gridleaks.toml")).unwrap();
    for name in ["gridleaks.toml", "gridleaks.baseline"] {
        assert!(std::process::Command::new("mkfifo").arg(folder.path().join(name)).status().unwrap().success());
        let run = folder.run(["scan"]);
        assert!(run.status == 2 && run.stderr.contains("it is no regular file"), "{}", run.stderr);
        std::fs::remove_file(folder.path().join(name)).unwrap();
    }
    // One that a person names is followed.
    folder.file("mine.toml", "exclude = ['a']\n").link("link.toml", "mine.toml");
    assert_eq!(scan(&folder, &["--config", "link.toml"]).0, 0);
}

#[test]
#[cfg(unix)]
fn a_server_takes_no_config_from_those_who_push() {
    use std::os::unix::fs::PermissionsExt;
    let folder = Folder::new();
    folder.git("init -q --bare -b main server").git("init -q -b main work").git("-C work remote add up ../server");
    let hook = "server/hooks/pre-receive";
    let write = |arguments: &str| {
        folder.file(hook, format!("#!/bin/sh\nexec '{}' pre-receive {arguments}\n", env!("CARGO_BIN_EXE_gridleaks")));
        std::fs::set_permissions(folder.path().join(hook), std::fs::Permissions::from_mode(0o755)).unwrap();
    };
    write("");
    let push = || {
        let mut command = crate::support::git_command();
        command.args(["-C", "work", "push", "-q", "up", "main"]).current_dir(folder.path());
        command.output().unwrap()
    };
    folder.file("work/gridleaks.toml", "exclude = ['*']\n").git("-C work add .").git("-C work commit -q -m config");
    let output = push();
    assert!(output.status.success(), "{output:?}");
    folder.file("work/a", key()).git("-C work add .").git("-C work commit -q -m leak");
    // The one who pushes is bound by their own config, and the server is not, wherever one lies there.
    folder.file("server/gridleaks.toml", "exclude = ['*']\n").file("gridleaks.toml", "exclude = ['*']\n");
    let output = push();
    assert!(!output.status.success(), "{output:?}");
    // The server's own config, which its hook names.
    folder.file("mine.toml", "[[allow]]\npath = 'a'\nreason = 'made up'\n");
    write(&format!("--config '{}'", folder.path().join("mine.toml").display()));
    let output = push();
    assert!(output.status.success(), "{output:?}");
}

#[test]
fn what_is_allowed_for_nothing_any_more_is_told_by_a_scan_of_the_whole() {
    let folder = elsewhere_with_key();
    let print = fingerprint(&folder);
    let gone = format!("sha256:{}", "0".repeat(64));
    folder.git("init -q -b main").file("tests/x", "").file("gridleaks.toml", format!(
        "[[allow]]\npath = 'tests/'\nreason = 'r'\n[[allow]]\nfingerprint = '{print}'\nreason = 'r'\n[[allow]]\nfingerprint = '{gone}'\nreason = 'r'\n[[allow]]\nfingerprint = '{print}'\npath = 'b'\nreason = 'r'\n"
    ));
    folder.git("add .").git("commit -q -m one");
    for (arguments, lines) in [
        (&["scan"][..], Some("lines 1, 10: the `[[allow]]` tables allow nothing any more")),
        (&["history"], Some("lines 1, 7, 10: the `[[allow]]` tables allow nothing any more")),
        (&["scan", "tests"], None),
        (&["scan", "-q"], None),
        (&["scan", "--exclude", "x"], None),
        (&["staged"], None),
        (&["history", "--range", "HEAD"], None),
    ] {
        let run = folder.run(arguments);
        assert_eq!(run.status, 0, "{arguments:?}: {}", run.stderr);
        let is_told = |lines| run.stderr.contains(&format!("warning: gridleaks.toml: {lines}\n  help: take out"));
        assert_eq!(lines.is_some_and(is_told), lines.is_some(), "{arguments:?}: {}", run.stderr);
        assert_eq!(run.stderr.contains("[[allow]]"), lines.is_some(), "{arguments:?}: {}", run.stderr);
    }
    // A key that a comment allows as well is there all the same.
    folder.file("b", format!("{} # {}leaks:allow\n", key(), "grid")).file("tests/x", key());
    assert!(!folder.run(["scan"]).stderr.contains("[[allow]]"));
}
