//! What is allowed in one place or version says nothing of others, and a project's own files reach nothing that is git's.

use crate::support::pack::{self, Sizes};
use crate::support::{Folder, git_command, key, key_of};

/// A line with the key and a comment that allows it, put together here so that none stands in the source.
fn allowed() -> String {
    format!("t = \"{}\"  # gridleaks{}allow\n", key(), ':')
}

fn plain() -> String {
    format!("t = \"{}\"\n", key())
}

#[test]
fn a_comment_in_one_version_allows_no_other() {
    let zip = |name: &[u8], text: &str| pack::zip(&[(name, text.as_bytes())], 8, Sizes::Before);
    let wide = |text: &str| text.encode_utf16().flat_map(u16::to_le_bytes).collect::<Vec<u8>>();
    let gone = || b"nothing\n".to_vec();
    let cases: Vec<(&str, Vec<Vec<u8>>, i32)> = vec![
        ("taken away later", vec![allowed().into(), plain().into(), gone()], 1),
        ("in HEAD as UTF-16", vec![allowed().into(), wide(&plain())], 1),
        ("in HEAD compressed", vec![allowed().into(), pack::gzip(plain().as_bytes())], 1),
        ("in a member", vec![zip(b"a", &allowed()), zip(b"a", &plain())], 1),
        ("in another member", vec![zip(b"a", &allowed()), zip(b"b", &plain())], 1),
        ("allowed from the first to the last", vec![allowed().into(), gone()], 0),
        ("allowed in the end", vec![plain().into(), allowed().into()], 0),
    ];
    for (what, versions, status) in cases {
        let folder = Folder::new();
        folder.git("init -q");
        for (number, version) in versions.iter().enumerate() {
            folder.file("x", version).git("add -A").git(&format!("commit -q -m v{number}"));
        }
        let run = folder.run(["history", "-q"]);
        assert_eq!(run.status, status, "{what}: {}{}", run.stdout, run.stderr);
    }
}

#[test]
fn an_entry_of_what_is_allowed_stands_for_no_new_place() {
    let folder = Folder::new();
    folder.git("init -q").file("old.env", plain());
    assert_eq!(folder.run(["baseline"]).status, 0);
    folder.file("old.env", allowed()).file("new.env", plain());
    let run = folder.run(["scan"]);
    assert!(run.status == 1 && run.stdout.contains("new.env:1:6"), "{}{}", run.stdout, run.stderr);
}

#[test]
fn what_a_config_leaves_out_is_told_whole_and_nothing_of_gits_is_named_in_it() {
    let folder = Folder::new();
    // A key in a glob is masked before the glob is cut.
    let tail = "9f1c7e2ab3d5c7e9f1a2047b6d8e35c0";
    folder.git("init -q").file("gridleaks.toml", format!("exclude = ['{}/{}']\n", "x".repeat(49), key_of(tail)));
    let run = folder.run(["scan", "-q"]);
    assert!(run.stderr.contains("leaves out") && !run.stderr.contains(&tail[..8]), "{}", run.stderr);
    for named in [".git/hooks/post-checkout", ".GIT/index.lock", "sub/.git/config"] {
        folder.file("gridleaks.toml", format!("baseline = '{named}'\n"));
        let run = folder.run(["baseline"]);
        assert!(run.status == 2 && run.stderr.contains("git's own"), "{}", run.stderr);
    }
}

#[test]
fn a_server_with_a_work_tree_has_its_pushes_looked_at() {
    let folder = Folder::new();
    folder.git("init -q -b main server").git("init -q -b main work");
    folder.git("-C server config receive.denyCurrentBranch ignore").git("-C work remote add up ../server");
    let hook = format!("#!/bin/sh\nexec '{}' pre-receive\n", env!("CARGO_BIN_EXE_gridleaks"));
    folder.file("server/.git/hooks/pre-receive", hook);
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let hook = folder.path().join("server/.git/hooks/pre-receive");
        std::fs::set_permissions(hook, std::fs::Permissions::from_mode(0o755)).unwrap();
    }
    for (text, passes) in [("clean\n".to_owned(), true), (plain(), false)] {
        folder.file("work/a", text).git("-C work add -A").git("-C work commit -q -m a");
        let push = git_command().args(["-C", "work", "push", "-q", "up", "main"]).current_dir(folder.path()).output();
        let output = push.unwrap();
        assert_eq!(output.status.success(), passes, "{}", String::from_utf8_lossy(&output.stderr));
    }
}
