//! `gridleaks pre-push` and `pre-receive` as hooks of real pushes to a real repository.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::process::Output;

use crate::support::{Folder, commit_in_work, git_command, key, numbered_key, work_and_server};

/// Puts a hook in place that runs the program with these arguments.
pub(crate) fn hook(folder: &Folder, name: &str, arguments: &str) {
    let program = env!("CARGO_BIN_EXE_gridleaks");
    folder.file(name, format!("#!/bin/sh\nexec '{program}' {arguments}\n"));
    fs::set_permissions(folder.path().join(name), fs::Permissions::from_mode(0o755)).unwrap();
}

pub(crate) fn push(folder: &Folder, arguments: &str) -> Output {
    let mut command = git_command();
    command.args(["-C", "work", "push", "-q", "up"]).args(arguments.split(' ')).current_dir(folder.path());
    command.output().unwrap()
}

#[test]
fn a_push_is_stopped_before_and_after_it_is_sent() {
    for is_server in [false, true] {
        let folder = work_and_server();
        if is_server {
            hook(&folder, "server/hooks/pre-receive", "pre-receive");
        } else {
            hook(&folder, "work/.git/hooks/pre-push", "pre-push \"$@\"");
        }
        let text = |output: &Output| {
            format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
        };
        let passes = |arguments: &str| {
            let output = push(&folder, arguments);
            assert!(output.status.success(), "{arguments}: {}", text(&output));
        };
        let stops = |arguments: &str, says: &str| {
            let output = push(&folder, arguments);
            assert!(!output.status.success(), "{arguments}, {is_server}");
            assert!(text(&output).contains(says), "{arguments}: {}", text(&output));
            // Git itself names the reference that was refused.
            assert!(arguments.contains(&key()) || !text(&output).contains(&key()), "{arguments}");
        };
        commit_in_work(&folder, "a", "clean\n");
        passes("main");
        // Added and taken away again within one push.
        folder.git("-C work checkout -q -b leak");
        commit_in_work(&folder, "conf.env", &format!("KEY={}\n", key()));
        let head = || {
            let mut command = git_command();
            let output = command.args(["-C", "work", "rev-parse", "--short=12", "HEAD"]).current_dir(folder.path());
            String::from_utf8(output.output().unwrap().stdout).unwrap().trim().to_owned()
        };
        let id = head();
        commit_in_work(&folder, "conf.env", "KEY=\n");
        stops("leak", "conf.env:1:5");
        stops("leak", &id);
        // What would help is to change these commits, which nobody has fetched yet.
        stops("leak", "one on top that takes it away does not help. `git commit --amend`");
        stops("leak:refs/heads/other main:refs/heads/more", "conf.env:1:5");
        // What the server has is no reason to stop, wherever it is moved.
        folder.git("-C work checkout -q main").git("-C work mv old moved").git("-C work commit -q -m moved");
        passes("main main:refs/heads/second");
        // A push that goes back, and one that takes away.
        folder.git("-C work reset -q --hard HEAD~1");
        commit_in_work(&folder, "b", "b\n");
        passes("--force main");
        passes("--delete second");
        // Tags: what they say, and what they lead to.
        folder.git(&format!("-C work tag -a bad -m {}", key())).git("-C work tag -a good -m good");
        passes("good");
        stops("bad", "tag message");
        folder.git("-C work tag leaking leak~1").git("-C work tag -a nested -m x leaking");
        stops("leaking", "conf.env:1:5");
        stops("nested", "conf.env:1:5");
        // Messages, and names of references.
        folder.git(&format!("-C work commit -q --allow-empty -m {}", key()));
        stops("main", "commit message");
        folder.git("-C work reset -q --hard HEAD~1");
        stops(&format!("main:refs/heads/{}", key()), "name of a reference");
        stops(&format!("main:refs/heads/{}", key()), &format!("reference to {}", head()));
        // A merge that brings a key of its own.
        folder.git("-C work checkout -q -b side HEAD~1");
        commit_in_work(&folder, "s", "s\n");
        folder.git("-C work merge -q --no-commit main");
        commit_in_work(&folder, "evil", &key());
        stops("side", "evil:1:1");
    }
}

#[test]
fn what_another_remote_has_is_new_to_this_one() {
    // Git makes no remote below another one, but takes one that is there.
    for (other, tracking) in [("up/private", "up/private"), ("private", "private")] {
        let folder = work_and_server();
        folder.git("init -q --bare private").git(&format!("-C work config remote.{other}.url ../private"));
        folder.git(&format!("-C work config remote.{other}.fetch +refs/heads/*:refs/remotes/{tracking}/*"));
        commit_in_work(&folder, "leak", &key());
        commit_in_work(&folder, "leak", "clean\n");
        folder.git(&format!("-C work push -q {other} main"));
        hook(&folder, "work/.git/hooks/pre-push", "pre-push \"$@\"");
        let output = push(&folder, "main");
        assert!(!output.status.success(), "{other}");
        folder.git("-C work branch -q up/private main~2");
        let output = push(&folder, "main~2:refs/heads/old");
        assert!(output.status.success(), "{other}: {output:?}");
    }
}

#[test]
fn what_was_fetched_says_nothing_of_another_address_for_pushes() {
    let folder = work_and_server();
    folder.git("init -q --bare mirror");
    commit_in_work(&folder, "leak", &key());
    commit_in_work(&folder, "leak", "clean\n");
    // The server has the key, and whoever pushes has fetched it from there.
    folder.git("-C work push -q up main").git("-C work fetch -q up");
    hook(&folder, "work/.git/hooks/pre-push", "pre-push \"$@\"");
    let server = folder.path().join("server");
    for (address, is_elsewhere) in [("../mirror", true), ("../server/", false), (server.to_str().unwrap(), false)] {
        folder.git(&format!("-C work config remote.up.pushurl {address}"));
        let output = push(&folder, "main:refs/heads/other");
        let told = String::from_utf8_lossy(&output.stdout);
        assert_eq!(!output.status.success(), is_elsewhere, "{address}: {told}");
        assert!(!is_elsewhere || told.contains("leak:1:1"), "{told}");
        // The same as pre-commit tells it.
        let mut command = folder.command();
        command.current_dir(folder.path().join("work")).args(["pre-push", "--pre-commit"]);
        command.env("PRE_COMMIT_REMOTE_NAME", "up").env("PRE_COMMIT_REMOTE_URL", address);
        let run =
            crate::support::Run::of(command.env("PRE_COMMIT_FROM_REF", "main~1").env("PRE_COMMIT_TO_REF", "main"));
        assert_eq!(run.status, i32::from(is_elsewhere), "{address}: {}", run.stderr);
    }
    // Once it is there, git says what is there of the branch.
    folder.git("-C work config remote.up.pushurl ../mirror").git("-C work push -q --no-verify up main");
    commit_in_work(&folder, "next", "clean\n");
    let output = push(&folder, "main");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

#[test]
fn an_address_may_be_that_of_a_remote_or_of_the_repository_itself() {
    let folder = work_and_server();
    folder.git("init -q --bare mirror");
    commit_in_work(&folder, "leak", &key());
    commit_in_work(&folder, "leak", "clean\n");
    folder.git("-C work push -q up main").git("-C work fetch -q up");
    hook(&folder, "work/.git/hooks/pre-push", "pre-push \"$@\"");
    let push_from = |work: &str, address: &str, what: &str| {
        let mut command = git_command();
        let output = command.args(["-C", work, "push", "-q", address, what]).current_dir(folder.path()).output();
        output.unwrap().status.success()
    };
    let push = |address: &str, what: &str| push_from("work", address, what);
    let server = folder.path().join("server");
    let server = server.to_str().unwrap();
    let cases = [
        ("../server", true),
        (server, true),
        (&*format!("file://{server}"), true),
        ("../mirror", false),
        (".", true),
        ("../work/.git", true),
    ];
    for (number, (address, is_known)) in cases.into_iter().enumerate() {
        assert_eq!(push(address, &format!("main:refs/heads/new{number}")), is_known, "{address}");
    }
    folder.git("-C work worktree add -q --detach ../linked");
    for (number, address) in [".", "../work", "../work/.git"].into_iter().enumerate() {
        assert!(push_from("linked", address, &format!("HEAD:refs/heads/linked{number}")), "{address}");
    }
    // A remote that is fetched from nowhere, or from somewhere else, tells nothing.
    folder.git("-C work config remote.odd.fetch +refs/heads/*:refs/remotes/odd/*");
    folder.git("-C work update-ref refs/remotes/odd/main main");
    assert!(!push("../mirror", "main"));
    // What nothing leads to is new to the repository itself, too.
    commit_in_work(&folder, "leak", &key());
    folder.git("-C work branch -q lost").git("-C work reset -q --hard HEAD~1");
    let lost = fs::read_to_string(folder.path().join("work/.git/refs/heads/lost")).unwrap();
    assert!(push(".", &format!("{}:refs/heads/found", lost.trim())), "a branch leads to it");
    folder.git("-C work branch -q -D lost found");
    assert!(!push(".", &format!("{}:refs/heads/found", lost.trim())));
}

#[test]
fn a_push_out_of_a_shallow_clone_is_scanned_like_any_other() {
    let folder = work_and_server();
    folder.git("-C work rm -q old").git("-C work commit -q --allow-empty -m gone").git("-C work push -q up main");
    folder.git("init -q --bare -b main other");
    let source = format!("file://{}", folder.path().join("server").display());
    folder.git(&format!("clone -q --depth=1 {source} shallow")).git("-C shallow remote add up ../other");
    folder.git("-C other config receive.shallowUpdate true");
    hook(&folder, "other/hooks/pre-receive", "pre-receive");
    let push = |branch: &str| {
        let mut command = git_command();
        command.args(["-C", "shallow", "push", "-q", "up", branch]).current_dir(folder.path()).output().unwrap()
    };
    let output = push("main");
    assert!(output.status.success(), "{output:?}");
    assert!(folder.path().join("other/shallow").is_file(), "it was a push out of a shallow clone");
    folder.file("shallow/leak", key()).git("-C shallow add leak").git("-C shallow commit -q -m leak");
    let output = push("main:refs/heads/leak");
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(!output.status.success() && said.contains("leak:1:1") && !said.contains("missing"), "{said}");
}

#[test]
fn what_is_pushed_may_be_named_by_an_expression() {
    let folder = work_and_server();
    commit_in_work(&folder, "leak", &key());
    commit_in_work(&folder, "leak", "clean\n");
    hook(&folder, "work/.git/hooks/pre-push", "pre-push \"$@\"");
    let push = |what: &str| {
        let mut command = git_command();
        command.args(["-C", "work", "push", "-q", "up", what]).current_dir(folder.path()).output().unwrap()
    };
    let output = push("HEAD^{/leak| no such thing}:refs/heads/x");
    assert!(!output.status.success() && String::from_utf8_lossy(&output.stdout).contains("leak:1:1"), "{output:?}");
    let output = push("HEAD^{/base| no such thing}:refs/heads/x");
    assert!(output.status.success(), "{output:?}");
}

#[test]
fn a_hook_that_is_told_nothing_passes_and_nonsense_is_an_error() {
    let folder = work_and_server();
    let none = "0".repeat(40);
    for (command, input, status) in [
        ("pre-push", "", 0),
        ("pre-receive", "", 0),
        ("pre-push", "nonsense\n", 2),
        ("pre-receive", "a b c\n", 2),
        ("pre-receive", &format!("{none} {none} refs/heads/x\n").repeat(10_000), 0),
    ] {
        let run = crate::support::Run::of(
            folder.command().current_dir(folder.path().join("work")).arg(command).stdin(input_file(&folder, input)),
        );
        assert_eq!(run.status, status, "{command} {:.60}: {}", input, run.stderr);
    }
}

#[test]
fn a_server_may_have_a_work_tree() {
    let folder = Folder::new();
    folder.git("init -q -b main server").file("server/old", numbered_key(0)).git("-C server add .");
    folder.git("-C server commit -q -m base").git("-C server config receive.denyCurrentBranch updateInstead");
    folder.git("clone -q -o up server work");
    hook(&folder, "server/.git/hooks/pre-receive", "pre-receive");
    commit_in_work(&folder, "old", &format!("{}\nedited\n", numbered_key(0)));
    let output = push(&folder, "main");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    assert!(folder.read("server/old").ends_with("edited\n"));
    commit_in_work(&folder, "deep", &numbered_key(1));
    let output = push(&folder, "main");
    let told = String::from_utf8_lossy(&output.stderr);
    assert!(!output.status.success() && told.contains("--> deep:1:1"), "{told}");
}

#[test]
#[cfg(target_os = "linux")]
fn input_without_end_is_an_error() {
    let folder = work_and_server();
    let endless = fs::File::open("/dev/zero").unwrap();
    let run = crate::support::Run::of(
        folder.command().current_dir(folder.path().join("work")).arg("pre-receive").stdin(endless),
    );
    assert!(run.status == 2 && run.stderr.contains("longer than any list"), "{}", run.stderr);
}

fn input_file(folder: &Folder, text: &str) -> fs::File {
    folder.file("input", text);
    fs::File::open(folder.path().join("input")).unwrap()
}

#[test]
#[cfg(target_os = "linux")]
fn on_a_terminal_the_hooks_wait_for_nothing() {
    use crate::support::terminal::Terminal;
    let folder = work_and_server();
    for (command, remedy) in [("pre-push", "`gridleaks install --pre-push`"), ("pre-receive", "`hooks/pre-receive`")] {
        let terminal = Terminal::new();
        let stdin = terminal.stream();
        let mut program = folder.command();
        program.current_dir(folder.path().join("work")).arg(command).stdin(stdin).stderr(terminal.stream());
        let (status, shown) = terminal.run(&mut program, None);
        let said = format!("`gridleaks {command}` reads on standard input what git tells its hook");
        assert!(status.code() == Some(2) && shown.contains(&said) && shown.contains(remedy), "{shown}");
    }
}
