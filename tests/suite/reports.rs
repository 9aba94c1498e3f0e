//! What people and programs see: every format, and every way in which writing a report can fail.

use std::process::Stdio;

use crate::support::server::{Reply, Server};
use crate::support::{Folder, TAIL, formats, key, key_of, numbered_key, stable};

/// A folder with a finding of every kind and a problem-free rest.
fn folder() -> Folder {
    let folder = Folder::new();
    let key = key();
    folder
        .file("deploy/values.yaml", format!("api:\n  url: https://example.com\n\n  token: \"{key}\" # é\n  next: 1\n"));
    folder.file("cut.env", format!("KEY={}\n", key_of("9f1c7e2ab3d5c7e9f1a2")));
    folder.file("logo.png", format!("\u{89}PNG\0\0\0{key}\0"));
    folder.file("my dir/café #1.txt", format!("{}{key}{}\n", "x ".repeat(100), " y".repeat(200)));
    folder.file(format!("{key}.txt"), "nothing in it\n");
    folder.file("::error::x,y.txt", format!("\x1b[31m::error::{key}\u{202e} and {key}\r\n"));
    folder
}

#[test]
fn text() {
    insta::assert_snapshot!(folder().run(["scan"]).stable());
}

#[test]
fn text_in_colour() {
    let folder = Folder::new();
    folder.file("a.env", format!("KEY={}\n", key()));
    insta::assert_snapshot!(folder.run(["scan", "--color", "always"]).stable().replace('\x1b', "␛"));
}

#[test]
fn text_of_a_clean_folder() {
    let folder = Folder::new();
    folder.file("a", "nothing\n");
    insta::assert_snapshot!(folder.run(["scan"]).stable());
}

#[test]
fn text_quiet() {
    let folder = Folder::new();
    folder.file("a", "nothing\n").file("b", key());
    insta::assert_snapshot!(folder.run(["scan", "-q"]).stable());
    assert_eq!(folder.run(["scan", "-q", "a"]).stable(), "-----\nexit status 0\n");
}

#[test]
fn json() {
    insta::assert_snapshot!(folder().run(["scan", "--format", "json"]).stable());
}

#[test]
fn jsonl() {
    insta::assert_snapshot!(folder().run(["scan", "--format", "jsonl"]).stable());
}

#[test]
fn sarif() {
    insta::assert_snapshot!(folder().run(["scan", "--format", "sarif"]).stable());
}

#[test]
fn sarif_of_a_clean_folder() {
    let folder = Folder::new();
    let log = folder.run(["scan", "--format", "sarif"]).json();
    assert_eq!(log["runs"][0]["results"], serde_json::json!([]));
}

#[test]
fn github() {
    insta::assert_snapshot!(folder().run(["scan", "--format", "github"]).stable());
}

#[test]
fn gitlab() {
    let run = folder().run(["scan", "--format", "gitlab"]);
    let report = run.json();
    let ids: std::collections::HashSet<_> =
        report["vulnerabilities"].as_array().unwrap().iter().map(|found| found["id"].as_str().unwrap()).collect();
    assert_eq!(ids.len(), report["vulnerabilities"].as_array().unwrap().len());
    insta::assert_snapshot!(run.stable());
}

#[test]
fn markdown() {
    let folder = folder();
    folder.file("<img src=x>`|[x](y)@all\n\n# h", key());
    let run = folder.run(["scan", "--format", "markdown"]);
    insta::assert_snapshot!(run.stable());
    // A table to be read at a glance.
    for number in 0..60 {
        folder.file(format!("many/{number}"), key());
    }
    let run = folder.run(["scan", "many", "--format", "markdown"]);
    assert_eq!(run.stdout.matches("<tr>").count(), 51);
    assert!(run.stdout.contains("\n10 more are not listed here.\n"), "{}", run.stdout);
}

/// A folder with keys of every status, and a server that knows them.
fn verified() -> (Folder, Server) {
    let folder = Folder::new();
    let [active, inactive, unknown, no_access] = [0, 1, 2, 3].map(numbered_key);
    folder.file("deploy/values.yaml", format!("api:\n  token: \"{active}\"\n  old: {inactive}\n"));
    folder.file("logo.png", format!("\u{89}PNG\0\0\0{active}\0"));
    folder.file(format!("{inactive}.txt"), "nothing in it\n");
    folder.file("notes.md", format!("a {unknown} b {no_access} c {active}\n"));
    folder.file("glued.txt", format!("{active}_v2\n"));
    folder.file("plain.toml", "[[rules]]\nid = 'plain'\nregex = 'nothing[ ]in'\n");
    let server = Server::start(move |request| match request.key() {
        key if key == active => Reply::active(),
        key if key == no_access => Reply::new(403, ""),
        key if key == unknown => Reply::new(404, ""),
        _ => Reply::new(401, ""),
    });
    (folder, server)
}

#[test]
fn verified_in_every_format() {
    let (folder, server) = verified();
    let mut all = String::new();
    for format in formats() {
        let url = server.url();
        let run = folder.run(["scan", "--rules", "plain.toml", "--verify", "--verify-url", &url, "--format", format]);
        all.push_str(&format!("## {format}\n{}\n", run.stable()));
    }
    insta::assert_snapshot!(all);
}

#[test]
fn verified_text_quiet_and_in_colour() {
    let (folder, server) = verified();
    let run = folder.run(["scan", "-q", "--verify", "--verify-url", &server.url(), "--color", "always", "notes.md"]);
    insta::assert_snapshot!(run.stable().replace('\x1b', "␛"));
}

#[test]
#[cfg(unix)]
fn problems_in_every_format() {
    use std::os::unix::fs::PermissionsExt;
    let folder = Folder::new();
    folder.file("locked.env", key()).file("shut/x", "x").file("open", "x");
    for name in ["locked.env", "shut"] {
        std::fs::set_permissions(folder.path().join(name), std::fs::Permissions::from_mode(0o000)).unwrap();
    }
    let mut all = String::new();
    for format in formats() {
        let run = crate::support::Run::of(crate::support::stranger(&folder).args([
            "scan",
            "--exclude",
            "/program",
            "--format",
            format,
        ]));
        all.push_str(&format!("## {format}\n{}\n", run.stable()));
    }
    std::fs::set_permissions(folder.path().join("shut"), std::fs::Permissions::from_mode(0o755)).unwrap();
    insta::assert_snapshot!(all);
    // With a finding, the status is that of the finding.
    folder.file("found", key());
    let run = crate::support::Run::of(crate::support::stranger(&folder).args(["scan", "--format", "json"]));
    assert_eq!((run.status, &run.json()["complete"]), (1, &false.into()));
}

#[test]
fn no_report_holds_the_plain_key() {
    let folder = folder();
    for format in formats() {
        let run = folder.run(["scan", "-v", "--format", format]);
        assert!(!run.stdout.contains(&TAIL[4..]) && !run.stderr.contains(&TAIL[4..]), "{format}");
        let run = folder.run(["scan", "--show-secrets", "--format", format]);
        assert!(run.stdout.contains(TAIL), "{format}");
    }
}

#[test]
fn no_error_holds_a_plain_key() {
    let folder = Folder::new();
    let key = key();
    let attempts: &[&[&str]] = &[
        &["scan", &key],
        &["scan", "--format", &key],
        &["scan", "--report", &key],
        &["scan", "--report", &format!("json=none/{key}")],
        &["scan", "--rules", &key],
        &["scan", &format!("--{key}")],
        &["rules", "show", &key],
        &[&key],
    ];
    for arguments in attempts {
        let run = folder.run(*arguments);
        assert_eq!(run.status, 2, "{arguments:?}");
        assert!(run.stderr.contains("rg_live_9f1c…") && !run.stderr.contains(&TAIL[4..]), "{}", run.stderr);
    }
    folder.file("bad.toml", format!("[[rules]]\nid = \"{key}\"\nregex = '{key}+'\n"));
    let run = folder.run(["scan", "--rules", "bad.toml"]);
    assert!(run.status == 2 && !run.stderr.contains(TAIL), "{}", run.stderr);
}

#[test]
fn reports_go_to_files_beside_standard_output() {
    let folder = folder();
    let run = folder.run(["scan", "--format", "jsonl", "--report", "sarif=out/a.sarif"]);
    assert_eq!(run.status, 2, "the folder does not exist");
    assert!(run.stderr.contains("cannot write the report out/a.sarif: its folder is not there"), "{}", run.stderr);
    assert_eq!(run.stdout, "", "it is known before anything is scanned");

    let before = folder.run(["scan", "--format", "sarif"]).stdout;
    folder.file("a.sarif", "an old report");
    let reports = ["--report", "sarif=a.sarif", "--report", "text=b.txt", "--report=json=c=d.json"];
    let run = folder.run(["scan", "--color", "always", "-q"].into_iter().chain(reports));
    assert_eq!(run.status, 1);
    assert_eq!(folder.read("a.sarif"), before);
    assert!(folder.read("b.txt").contains("What to do now") && !folder.read("b.txt").contains('\x1b'));
    assert!(folder.read("c=d.json").starts_with("{\n  \"schema\": \"gridleaks/1\""));
    let left = std::fs::read_dir(folder.path())
        .unwrap()
        .filter(|entry| entry.as_ref().unwrap().file_name().to_string_lossy().contains("gridleaks"));
    assert_eq!(left.count(), 0, "no temporary file is left");
}

#[test]
fn a_report_that_cannot_be_written_is_an_error() {
    let folder = folder();
    folder.file("folder/x", "");
    for (report, message) in [
        ("json=folder", "it is a folder"),
        ("json=folder/x/y", "not a directory"),
        ("xml=a", "unknown format `xml`; the formats are text, json, jsonl, sarif, github"),
        ("json", "write it as FORMAT=PATH"),
        ("json=", "the path is empty"),
        ("json=-", "for standard output, use --format"),
    ] {
        let run = folder.run(["scan", "--report", report]);
        assert_eq!((run.status, &*run.stdout), (2, ""), "{report}");
        assert!(run.stderr.contains(message), "{report}: {}", run.stderr);
    }
    let run = folder.run(["scan", "--report", "json=a", "--report", "text=./a"]);
    assert!(run.status == 2 && run.stderr.contains("two reports go to ./a"), "{}", run.stderr);
}

#[test]
#[cfg(unix)]
fn no_name_is_a_command_to_a_runner() {
    let folder = Folder::new();
    for name in ["##[error]x", "##vso[task.complete]y", "::error::z"] {
        folder.file(name, format!("##[group]g ##vso[x]y {}\n", key()));
    }
    folder.file("cut.gz", b"\x1f\x8b\x08\0\0\0\0\0\0\x03K".as_slice());
    std::fs::rename(folder.path().join("cut.gz"), folder.path().join("##[cut]")).unwrap();
    for format in formats() {
        let run = folder.run(["scan", "--format", format]);
        assert_eq!(run.status, 1, "{format}");
        for text in [&run.stdout, &run.stderr] {
            assert!(!text.contains("##[") && !text.contains("##vso["), "{format}: {text}");
            let ours = |line: &&str| !line.starts_with("::error file=") && !line.starts_with("::notice");
            assert!(!text.lines().filter(ours).any(|line| line.trim_start().starts_with("::")), "{format}: {text}");
        }
    }
    let run = folder.run(["baseline", "-o", "::error::b", "--exclude", "*cut*"]);
    assert_eq!((run.status, &*run.stdout), (0, "\\x3a:error::b: 3 findings\n"), "{}", run.stderr);
}

#[test]
#[cfg(unix)]
fn a_link_in_a_repository_does_not_lead_a_report_out_of_it() {
    let elsewhere = Folder::new();
    elsewhere.file("precious", "old");
    let target = |name: &str| elsewhere.path().join(name).display().to_string();
    for is_repository in [true, false] {
        let folder = Folder::new();
        folder.file("a.env", key()).file("sub/x", "").link("out.json", &target("precious")).link("up", &target(""));
        if is_repository {
            folder.git("init -q").link("config", ".git/config");
        }
        for path in ["out.json", "up/precious", "up/new", "sub/../out.json", "sub/../up/../up/new", "config"] {
            if path == "config" && !is_repository {
                continue;
            }
            for arguments in [["scan", "--report", &format!("json={path}")], ["baseline", "-o", path]] {
                let run = folder.run(arguments);
                assert_eq!((run.status, &*run.stdout), (2, ""), "{arguments:?}");
                assert!(
                    run.stderr.contains("leads out of the project") && run.stderr.contains("help: "),
                    "{}",
                    run.stderr
                );
            }
        }
        let full = folder.path().join("out.json").display().to_string();
        let run = elsewhere.run(["scan", ".", "--report", &format!("json={full}")]);
        assert_eq!(run.status, if is_repository { 2 } else { 0 }, "whose link it is cannot be told: {}", run.stderr);
        elsewhere.file("precious", "old");
        assert_eq!(std::fs::read_dir(elsewhere.path()).unwrap().count(), 1);
    }
}

#[test]
#[cfg(unix)]
fn links_and_devices_as_report_files() {
    let folder = folder();
    folder.file("real", "old").link("link", "real");
    assert_eq!(folder.run(["scan", "--report", "jsonl=link"]).status, 1);
    assert!(folder.read("real").contains("\"type\":\"summary\""));
    assert!(folder.path().join("link").is_symlink());
    assert_eq!(folder.run(["scan", "--report", "json=/dev/null"]).status, 1);
    assert!(std::fs::metadata("/dev/null").unwrap().len() == 0);
}

/// `/dev/shm` is a folder like any other: only a stream that is open already is written to as it is.
#[test]
#[cfg(target_os = "linux")]
fn a_report_in_a_folder_of_dev_is_replaced() {
    let Ok(shared) = tempfile::tempdir_in("/dev/shm") else { return };
    let folder = folder();
    let (report, baseline) = (shared.path().join("out.json"), shared.path().join("old.baseline"));
    for round in ["first", "second"] {
        let run = folder.run(["scan", "-q", "--report", &format!("json={}", report.display())]);
        let text = std::fs::read_to_string(&report).unwrap();
        assert!(serde_json::from_str::<serde_json::Value>(&text).is_ok(), "{round}: {}{text}", run.stderr);
        let run = folder.run(["baseline", "-o", &baseline.display().to_string()]);
        assert_eq!(run.status, 0, "{round}: {}", run.stderr);
    }
}

#[test]
#[cfg(target_os = "linux")]
fn a_full_disk_is_an_error_and_a_closed_pipe_is_not() {
    let folder = folder();
    let full = || Stdio::from(std::fs::OpenOptions::new().write(true).open("/dev/full").unwrap());
    for arguments in [&["scan"][..], &["scan", "--format", "json"], &["rules", "list"], &["--help"]] {
        let output = folder.command().args(arguments).stdout(full()).output().unwrap();
        let stderr = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(2), "{arguments:?}");
        assert!(stderr.contains("cannot write to standard output: no space left on device"), "{stderr}");
    }
    let run = folder.run(["scan", "--report", "json=/dev/full"]);
    assert!(run.status == 2 && run.stderr.contains("cannot write the report /dev/full"), "{}", run.stderr);

    // A pipe whose reader is gone.
    for format in ["text", "sarif"] {
        let mut child = folder
            .command()
            .args(["scan", "--format", format])
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        drop(child.stdout.take());
        let output = child.wait_with_output().unwrap();
        assert_eq!((output.status.code(), String::from_utf8(output.stderr).unwrap()), (Some(1), String::new()));
    }
}

#[test]
fn usage_errors() {
    let folder = Folder::new();
    folder.file("a", "x");
    for (arguments, message) in [
        (&["scan", "none"][..], "error: none: no such file or folder"),
        (&["scan", "a", "a/b"], "error: a/b: no such file or folder"),
        (&["scan", "--format", "yaml"], "unknown format `yaml`; the formats are text, json, jsonl, sarif, github"),
        (&["scan", "--threads", "0"], "0 is not in 1..=1024"),
        (&["scan", "--exclude", "a{"], "invalid value 'a{' for '--exclude <GLOB>'"),
        (&["scan", "--rules", "none.toml"], "none.toml: cannot read it: no such file or directory"),
        (&["scan", "--wrong"], "unexpected argument '--wrong' found"),
        (&["nothing"], "unrecognized subcommand 'nothing'"),
        (&["rules", "show", "none"], "no rule has the id `none`"),
    ] {
        let run = folder.run(arguments);
        assert_eq!((run.status, &*run.stdout), (2, ""), "{arguments:?}");
        assert!(run.stderr.contains(message), "{arguments:?}: {}", run.stderr);
    }
    assert_eq!(folder.run::<&str>([]).status, 2);
}

#[test]
fn nothing_read_is_said() {
    let folder = Folder::new();
    let run = folder.run(["scan"]);
    assert_eq!(run.status, 0);
    assert!(run.stderr.starts_with("warning: no file was read"), "{}", run.stderr);
}

#[test]
fn colour_is_for_terminals_or_on_demand() {
    let folder = folder();
    assert!(!folder.run(["scan"]).stdout.contains("\x1b["));
    assert!(!stable(&folder.run(["scan", "--color", "never"]).stdout).contains("\x1b["));
    assert!(folder.run(["scan", "--color", "always"]).stdout.contains("\x1b["));
}
