//! Completions and manual pages: that they are there, whole, and taken by the programs that read them.

use std::process::Command;

use crate::support::Folder;

/// Whether a program is at hand; those that are not are left to machines that have them.
fn is_there(program: &str) -> bool {
    Command::new(program).arg("--version").output().is_ok_and(|output| output.status.success())
}

#[test]
fn completions_of_every_shell_know_all_commands() {
    let folder = Folder::new();
    for (shell, checker) in
        [("bash", Some("bash")), ("zsh", Some("zsh")), ("fish", Some("fish")), ("powershell", None), ("elvish", None)]
    {
        let run = folder.run(["completions", shell]);
        assert_eq!((run.status, run.stderr.as_str()), (0, ""));
        for word in ["staged", "pre-receive", "show-secrets", "completions"] {
            assert!(run.stdout.contains(word), "{shell}: {word}");
        }
        folder.file(shell, &run.stdout);
        if let Some(checker) = checker.filter(|checker| is_there(checker)) {
            let output = Command::new(checker).arg("-n").arg(folder.path().join(shell)).output().unwrap();
            assert!(output.status.success() && output.stderr.is_empty(), "{shell}: {output:?}");
        }
    }
    assert_eq!(folder.run(["completions", "csh"]).status, 2);
    assert_eq!(folder.run(["completions"]).status, 2);
}

#[test]
#[cfg(unix)]
fn bash_completes_with_them() {
    let folder = Folder::new();
    folder.file("completions", folder.run(["completions", "bash"]).stdout);
    let script = "source ./completions; COMP_WORDS=(gridleaks his); COMP_CWORD=1; \
                  _gridleaks gridleaks his gridleaks; echo \"${COMPREPLY[@]}\"";
    let output = Command::new("bash").args(["-c", script]).current_dir(folder.path()).output().unwrap();
    assert_eq!(String::from_utf8(output.stdout).unwrap(), "history\n");
}

#[test]
fn manual() {
    let folder = Folder::new();
    let run = folder.run(["man"]);
    insta::assert_snapshot!("manual", run.stable());
    for command in [&["scan"][..], &["rules", "list"], &["pre-push"], &["completions"], &["man"]] {
        let run = folder.run([&["man"], command].concat());
        assert_eq!((run.status, run.stderr.as_str()), (0, ""), "{command:?}");
        assert!(
            run.stdout.contains(&format!("\\fBgridleaks {}\\fR", command.join(" ").replace('-', "\\-"))),
            "{}",
            run.stdout
        );
    }
    for (command, says) in [
        (&["nothing"][..], "there is no command `nothing`; there are scan, staged, "),
        (&["scan", "more"], "`scan` has no commands of its own"),
        (&["rules", "x"], "there are list, show, check"),
    ] {
        let run = folder.run([&["man"], command].concat());
        assert_eq!((run.status, run.stdout.as_str()), (2, ""));
        assert!(run.stderr.contains(says), "{}", run.stderr);
    }
}

#[test]
fn man_takes_the_pages() {
    if !is_there("man") {
        return;
    }
    let folder = Folder::new();
    for command in [&[][..], &["scan"], &["rules", "check"]] {
        folder.file("page.1", folder.run([&["man"], command].concat()).stdout);
        let output =
            Command::new("man").args(["--warnings", "-l", "page.1"]).current_dir(folder.path()).output().unwrap();
        assert!(output.status.success(), "{output:?}");
        assert_eq!(String::from_utf8_lossy(&output.stderr), "");
    }
}
