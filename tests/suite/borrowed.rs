//! Repositories that borrow objects from others, in ways in which git reads them: from each other, from themselves, and from one that borrows
//! by paths of its own.

use std::path::PathBuf;

use crate::support::{Folder, commit_in_work, git_command, key, numbered_key, with_old_leak, work_and_server};

/// Has the repository at `from` borrow from these folders, as they are written.
fn borrow(folder: &Folder, from: &str, names: &[&str]) {
    folder.file(format!("{from}/objects/info/alternates"), names.join("\n") + "\n");
}

fn objects(folder: &Folder, repository: &str) -> PathBuf {
    folder.path().join(repository).join("objects").canonicalize().unwrap()
}

#[test]
fn repositories_that_borrow_from_each_other_are_read_as_git_reads_them() {
    for is_packed in [false, true] {
        let folder = work_and_server();
        let all = [objects(&folder, "work/.git"), objects(&folder, "server")];
        let [work, server] = all.each_ref().map(|path| path.to_str().unwrap());
        // From itself, by two names, and from one that borrows from it in turn.
        borrow(&folder, "work/.git", &[server, work, "../objects", "../../../server/objects"]);
        borrow(&folder, "server", &[work, server]);
        commit_in_work(&folder, "conf.env", &format!("KEY={}\n", key()));
        if is_packed {
            folder.git("-C work repack -adq").git("-C work prune-packed");
        }
        folder.file("work/staged.env", format!("KEY={}\n", numbered_key(1))).git("-C work add staged.env");
        folder.git("-C work log --all");
        let places = |arguments: &[&str], input: &str| {
            let run = folder.run_with_input(arguments.iter().chain(&["--format", "json"]), input.as_bytes());
            assert_eq!((run.status, &run.json()["complete"]), (1, &true.into()), "{arguments:?}: {}", run.stderr);
            run.places()
        };
        assert_eq!(places(&["history", "work"], ""), ["-:1:5", "conf.env:1:5", "old:1:1"]);
        assert_eq!(places(&["history", "work", "--range", "up/main..main"], ""), ["conf.env:1:5"]);
        let within = |arguments: &[&str], place: &str, input: &str| {
            let mut command = folder.command();
            command.current_dir(folder.path().join(place)).args(arguments).args(["--format", "json"]);
            command.stdin(std::process::Stdio::piped()).stdout(std::process::Stdio::piped());
            let mut child = command.spawn().unwrap();
            std::io::Write::write_all(&mut child.stdin.take().unwrap(), input.as_bytes()).unwrap();
            let output = child.wait_with_output().unwrap();
            let json: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
            assert_eq!(json["complete"], true, "{arguments:?}: {json}");
            let paths = json["findings"].as_array().unwrap().iter();
            paths.map(|finding| finding["path"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
        };
        assert_eq!(within(&["staged"], "work", ""), ["staged.env"]);
        let id = |revision: &str| {
            let output = git_command().args(["-C", "work", "rev-parse", revision]).current_dir(folder.path()).output();
            String::from_utf8(output.unwrap().stdout).unwrap().trim().to_owned()
        };
        let sent = format!("refs/heads/main {} refs/heads/main {}\n", id("main"), id("up/main"));
        assert_eq!(within(&["pre-push", "up", "../server"], "work", &sent), ["conf.env"]);
        let received = format!("{} {} refs/heads/main\n", id("up/main"), id("main"));
        assert_eq!(within(&["pre-receive"], "server", &received), ["conf.env"]);
    }
}

#[test]
fn what_a_repository_borrows_from_borrows_by_paths_of_its_own() {
    let folder = Folder::new();
    for (number, at) in (0..).zip(["a", "deep/b", "c"]) {
        folder.git(&format!("init -q -b main {at}")).file(format!("{at}/k"), format!("KEY={}\n", numbered_key(number)));
        folder.git(&format!("-C {at} add .")).git(&format!("-C {at} commit -qm {number}"));
    }
    let last = git_command().args(["-C", "c", "rev-parse", "HEAD"]).current_dir(folder.path()).output().unwrap();
    let last = String::from_utf8(last.stdout).unwrap().trim().to_owned();
    borrow(&folder, "a/.git", &["../../../deep/b/.git/objects"]);
    borrow(&folder, "deep/b/.git", &["../../../../c/.git/objects"]);
    folder.git(&format!("-C a cat-file -e {last}"));
    let run = folder.run(["history", "a", "--format", "json"]);
    assert_eq!((run.status, &run.json()["complete"], run.places().len()), (1, &true.into(), 3), "{}", run.stdout);
    let run = folder.run(["history", "a", "--format", "json", "--range", &last]);
    assert_eq!((run.status, run.places()), (1, vec!["k:1:5".to_owned()]), "{}", run.stderr);
}

#[test]
fn what_is_named_and_is_no_folder_is_told() {
    let folder = with_old_leak();
    folder.file("file", "");
    borrow(&folder, ".git", &["../../file", "../../gone"]);
    folder.git("log -1");
    let run = folder.run(["history", "--format", "json"]);
    assert_eq!((run.status, &run.json()["complete"], run.places()), (1, &false.into(), vec!["old.env:1:5".to_owned()]));
    let problems: Vec<_> =
        run.json()["problems"].as_array().unwrap().iter().map(|one| one["message"].clone()).collect();
    assert_eq!(problems.len(), 2, "{problems:?}");
    for (problem, name) in problems.iter().zip(["file", "gone"]) {
        assert!(
            problem.as_str().unwrap().ends_with(&format!("/{name}: this folder of objects is not there")),
            "{problem}"
        );
    }
    assert_eq!(folder.run(["staged"]).status, 0);
}

#[test]
#[cfg(unix)]
fn what_is_borrowed_from_makes_nothing_wait() {
    let (folder, other) = (with_old_leak(), with_old_leak());
    let theirs = objects(&other, ".git");
    borrow(&folder, ".git", &[theirs.to_str().unwrap()]);
    let list = theirs.join("info/alternates");
    let _ = std::fs::create_dir_all(list.parent().unwrap());
    assert!(std::process::Command::new("mkfifo").arg(&list).status().unwrap().success());
    for arguments in [&["staged"][..], &["history"], &["history", "--range", "HEAD"]] {
        let run = folder.run(arguments);
        let said = "what it borrows from cannot be read: alternates is no regular file, or too large";
        assert!(run.status == 2 && run.stderr.contains(said), "{arguments:?}: {}", run.stderr);
        assert!(run.stderr.contains(&*theirs.to_string_lossy()), "the folder is named: {}", run.stderr);
    }
}
