//! `gridleaks staged` on repositories that git itself makes.

use std::path::Path;

use crate::support::{Folder, Run, git_command, key, numbered_key, with_old_leak};

/// The places of the findings of `staged`.
fn staged(folder: &Folder) -> Vec<String> {
    let run = folder.run(["staged", "--format", "json"]);
    assert_eq!(run.status, i32::from(!run.places().is_empty()), "{}", run.stderr);
    assert_eq!(run.json()["source"]["kind"], "staged");
    run.places()
}

#[test]
fn the_index_is_read_and_not_the_work_tree() {
    let folder = with_old_leak();
    assert_eq!(staged(&folder), [""; 0]);
    folder.file("new.env", format!("KEY={}\n", key()));
    assert_eq!(staged(&folder), [""; 0], "it is not staged");
    folder.git("add new.env").file("new.env", "KEY=\n");
    assert_eq!(staged(&folder), ["new.env:1:5"], "what is staged counts, whatever the file holds now");
    std::fs::remove_file(folder.path().join("new.env")).unwrap();
    assert_eq!(staged(&folder), ["new.env:1:5"]);
    folder.git("rm -q --cached new.env");
    assert_eq!(staged(&folder), [""; 0]);
}

#[test]
fn only_what_the_commit_would_bring_is_read() {
    let folder = with_old_leak();
    for (change, expected) in [
        ("rm -q old.env", &[][..]),
        ("mv old.env moved.env", &[]),
        ("mv old.env sub/old.env", &[]),
        ("mv sub other", &[]),
        ("update-index --chmod=+x old.env", &[]),
        ("mv old.env moved.env;add -N old.env", &[]),
        ("update-index --add --cacheinfo 160000,1234567890123456789012345678901234567890,module", &[]),
    ] {
        for command in change.split(';') {
            folder.git(command);
            folder.file("old.env", "");
        }
        assert_eq!(staged(&folder), expected as &[&str], "{change}");
        folder.git("reset -q --hard");
    }
    // A file in the place of a folder whose file moved.
    folder.file("d/k", format!("{}\n", numbered_key(5))).git("add d").git("commit -q -m d").git("mv d/k k");
    let _ = std::fs::remove_dir_all(folder.path().join("d"));
    folder.file("d", "x").git("add d");
    assert_eq!(staged(&folder), [""; 0]);
    folder.git("reset -q --hard");
    // The content of a file that changes is brought whole, with what it held before; a second place is a new one.
    folder.file("old.env", format!("# changed\nOLD={}\n", numbered_key(0))).git("add old.env");
    assert_eq!(staged(&folder), ["old.env:2:5"]);
    folder.git("reset -q --hard").file("copy.env", format!("OLD={}\n", numbered_key(0))).git("add copy.env");
    assert_eq!(staged(&folder), ["copy.env:1:5"]);
}

#[test]
fn before_the_first_commit_everything_counts() {
    let folder = Folder::new();
    folder.git("init -q");
    assert_eq!(staged(&folder), [""; 0]);
    folder.file("a/b/c.txt", key()).file("d", "d").git("add .");
    assert_eq!(staged(&folder), ["a/b/c.txt:1:1"]);
}

#[test]
#[cfg(unix)]
fn links_names_conflicts_and_intentions() {
    let folder = with_old_leak();
    folder.link("link", &format!("/x/{}", key())).git("add link");
    assert_eq!(staged(&folder), ["link:1:4"]);
    folder.git("reset -q --hard").file(format!("sub/{}.d/x/y", key()), "").git("add .");
    assert_eq!(staged(&folder).len(), 1, "a folder's name is searched once");
    folder.git("commit -q -m folder").file(format!("sub/{}.d/x/z", key()), "").git("add .");
    assert_eq!(staged(&folder), [""; 0], "HEAD has the folder already");
    folder.file(format!("{}.txt", key()), "").git("add .");
    assert_eq!(staged(&folder).len(), 1);
    // A file that is meant to be added brings nothing yet.
    folder.git("reset -q --hard").file("later", key()).git("add -N later");
    assert_eq!(staged(&folder), [""; 0]);
    folder.git("rm -q --cached later").git("checkout -q -b one").file("c", key()).git("add c").git("commit -q -m one");
    folder.git("checkout -q main").file("c", "other").git("add c").git("commit -q -m two");
    let identity = ["-c", "user.name=t", "-c", "user.email=t@example.com"];
    let pick = git_command().args(identity).args(["cherry-pick", "one"]).current_dir(folder.path()).output().unwrap();
    assert!(!pick.status.success(), "it is a conflict");
    assert_eq!(staged(&folder), ["c:1:1"], "what the other side brings");
}

#[test]
fn git_repositories_of_every_kind() {
    for init in ["init -q", "init -q --object-format=sha256"] {
        for after in [
            "gc -q",
            "update-index --index-version 4",
            "update-index --split-index",
            "update-index --untracked-cache",
            "-c core.splitIndex=true status -s",
        ] {
            let folder = Folder::new();
            folder.git(init);
            for number in 0..50 {
                folder.file(format!("d{}/f{number}", number % 7), format!("{number}\n"));
            }
            folder.git("add .").git("commit -q -m base").git(after).file("d3/new", key()).git("add d3/new");
            assert_eq!(staged(&folder), ["d3/new:1:1"], "{init}, {after}");
            folder.file("d3/f3", "changed\n").git("add .").git(after);
            assert_eq!(staged(&folder), ["d3/new:1:1"], "{init}, {after}");
        }
    }
}

#[test]
fn a_sparse_index_hides_nothing() {
    let folder = with_old_leak();
    folder.git("sparse-checkout set --cone --sparse-index sub/deep").git("sparse-checkout reapply");
    let output = git_command().args(["ls-files", "--sparse", "--stage"]).current_dir(folder.path()).output().unwrap();
    folder.file("sub/deep/new", key()).git("add --sparse .");
    assert_eq!(staged(&folder), ["sub/deep/new:1:1"], "{}", String::from_utf8_lossy(&output.stdout));
    // Beside a folder that is one entry, in the folder above it.
    let folder = with_old_leak();
    folder.file("x/a/1", "").file("x/z/2", "").file("x/f", "").git("add .").git("commit -q -m x");
    folder.git("sparse-checkout set --cone --sparse-index x/z").file("x/z/key", key()).git("add x/z/key");
    folder.file("x/key", key()).git("add --sparse x/key");
    assert_eq!(staged(&folder), ["x/key:1:1", "x/z/key:1:1"]);
    // A folder that is one entry, and another tree than HEAD's.
    folder.git("reset -q --hard").git("sparse-checkout disable").file("hidden/x", key()).git("add .");
    folder.git("commit -q -m hidden").git("sparse-checkout set --cone --sparse-index sub").git("reset -q --soft HEAD^");
    assert_eq!(staged(&folder), ["hidden/x:1:1"]);
}

#[test]
fn from_any_folder_worktree_and_with_gits_environment() {
    let folder = with_old_leak();
    folder.file("sub/new", key()).git("add .");
    let mut command = folder.command();
    command.current_dir(folder.path().join("sub/deep")).args(["staged", "--format", "json"]);
    assert_eq!(Run::of(&mut command).places(), ["sub/new:1:1"], "relative to the top");
    let mut command = folder.command();
    let run = Run::of(command.current_dir(folder.path().join("sub/deep")).arg("staged"));
    assert!(run.stdout.contains("--> ../../sub/new:1:1"), "as one would name it here: {}", run.stdout);

    // From elsewhere, as git tells its hooks.
    let elsewhere = Folder::new();
    let git = folder.path().join(".git");
    let mut command = elsewhere.command();
    command.args(["staged", "--format", "json"]).env("GIT_DIR", &git).env("GIT_WORK_TREE", folder.path());
    assert_eq!(Run::of(&mut command).places(), ["sub/new:1:1"]);
    // Another index.
    let other = folder.path().join("other-index");
    let output =
        git_command().env("GIT_INDEX_FILE", &other).args(["read-tree", "HEAD"]).current_dir(folder.path()).output();
    assert!(output.unwrap().status.success());
    let mut command = folder.command();
    command.args(["staged", "--format", "json"]).env("GIT_INDEX_FILE", &other);
    assert_eq!(Run::of(&mut command).status, 0);

    // Relative to the top, as git has it, and not to the folder that it is called in.
    std::fs::rename(&other, git.join("other")).unwrap();
    let mut command = folder.command();
    command.current_dir(folder.path().join("sub")).args(["staged", "--format", "json"]);
    assert_eq!(Run::of(command.env("GIT_INDEX_FILE", ".git/other")).status, 0);
    std::fs::copy(git.join("index"), git.join("other")).unwrap();
    assert_eq!(Run::of(&mut command).places(), ["sub/new:1:1"]);
    // What git does not go by changes nothing.
    let mut command = folder.command();
    command.args(["staged", "--format", "json"]).env("GIT_NAMESPACE", "other");
    assert_eq!(Run::of(&mut command).places(), ["sub/new:1:1"]);
    folder.git("config gitoxide.core.indexFile /nowhere");
    assert_eq!(staged(&folder), ["sub/new:1:1"]);
    folder.git("config --unset gitoxide.core.indexFile");

    folder.git("stash -q").git("worktree add -q linked");
    let linked = folder.path().join("linked");
    std::fs::write(linked.join("leak"), key()).unwrap();
    assert!(git_command().args(["add", "leak"]).current_dir(&linked).status().unwrap().success());
    let mut command = folder.command();
    assert_eq!(Run::of(command.current_dir(&linked).args(["staged", "--format", "json"])).places(), ["leak:1:1"]);
    assert_eq!(staged(&folder), [""; 0], "the other worktree has its own index");
}

#[test]
fn objects_may_lie_elsewhere() {
    let folder = with_old_leak();
    let clone = Folder::new();
    clone.git(&format!("clone -q --shared {} .", folder.path().display())).file("new", key()).git("add new");
    assert_eq!(staged(&clone), ["new:1:1"], "alternates");
    // Git hands the folder of objects to what it runs.
    let objects = folder.path().join("objects");
    std::fs::create_dir(&objects).unwrap();
    let index = folder.path().join("index");
    folder.file("new", key());
    let git = |arguments: &[&str]| {
        let mut command = git_command();
        command.args(arguments).current_dir(folder.path()).env("GIT_INDEX_FILE", &index);
        command.env("GIT_OBJECT_DIRECTORY", &objects);
        command.env("GIT_ALTERNATE_OBJECT_DIRECTORIES", folder.path().join(".git/objects"));
        assert!(command.status().unwrap().success());
    };
    git(&["read-tree", "HEAD"]);
    git(&["add", "new"]);
    let mut command = folder.command();
    command.args(["staged", "--format", "json"]).env("GIT_INDEX_FILE", &index).env("GIT_OBJECT_DIRECTORY", &objects);
    assert_eq!(Run::of(&mut command).places(), ["new:1:1"]);
    // HEAD's own commit may be there, too.
    git(&["-c", "user.name=t", "-c", "user.email=t@example.com", "commit", "-q", "-m", "there"]);
    folder.file("newer", format!("{}\n", key()));
    git(&["add", "newer"]);
    assert_eq!(Run::of(&mut command).places(), ["newer:1:1"]);
}

#[test]
fn folders_of_objects_may_be_named_in_quotes() {
    let (lender, borrower) = (Folder::new(), Folder::new());
    lender.git("init -q").file("leak", key()).git("add leak").git("commit -q -m leak");
    borrower.git("init -q").git("init -q --bare other:bare");
    let objects = lender.path().join(".git/objects").display().to_string();
    let quoted = format!("\"{}\"", objects.replace('e', "\\145"));
    let dotted = borrower.path().join("other:bare/objects").display().to_string();
    for list in [&objects, &quoted, &format!("#no:\"{dotted}\"::{quoted}")] {
        let has = |command: &mut std::process::Command| command.env("GIT_ALTERNATE_OBJECT_DIRECTORIES", list).output();
        let mut git = git_command();
        let listed = has(git.args(["count-objects", "-v"]).current_dir(borrower.path())).unwrap();
        assert!(String::from_utf8_lossy(&listed.stdout).contains(&format!("alternate: {objects}\n")), "{listed:?}");
        let mut command = borrower.command();
        command.args(["history", "--format", "json"]).env("GIT_ALTERNATE_OBJECT_DIRECTORIES", list);
        let run = Run::of(&mut command);
        assert_eq!((run.status, run.places()), (1, vec!["leak:1:1".to_owned()]), "{list}: {}", run.stderr);
    }
}

#[test]
fn a_file_may_be_moved_to_several_places() {
    let folder = with_old_leak();
    let old = folder.read("old.env");
    folder.git("mv old.env sub/new.env").file("sub/copy.env", &old).git("add sub/copy.env");
    assert_eq!(staged(&folder), [""; 0]);
    folder.git("commit -q -m move");
    let run = folder.run(["history", "--range", "HEAD~1..", "--format", "json"]);
    assert_eq!((run.status, run.places().len()), (0, 0), "{}", run.stderr);
    // A copy of what stays where it is has it in a second place.
    folder.file("other.env", &old).git("add other.env");
    assert_eq!(staged(&folder), ["other.env:1:5"]);
}

/// Every file below a folder with its content.
fn snapshot(folder: &Path) -> Vec<(std::path::PathBuf, Vec<u8>)> {
    let mut all = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() { all.extend(snapshot(&path)) } else { all.push((path.clone(), std::fs::read(path).unwrap())) }
    }
    all.sort();
    all
}

#[test]
fn nothing_is_written_and_nothing_is_replaced() {
    let folder = with_old_leak();
    folder.file("new", key()).git("add new");
    let before = snapshot(folder.path());
    assert_eq!(staged(&folder), ["new:1:1"]);
    assert!(snapshot(folder.path()) == before);
    // What is recorded is meant, not what is shown in its place.
    let id = |arguments: &[&str]| {
        let output = git_command().args(arguments).current_dir(folder.path()).output().unwrap();
        String::from_utf8(output.stdout).unwrap().trim().to_owned()
    };
    folder.git(&format!("replace {} {}", id(&["rev-parse", ":new"]), id(&["rev-parse", "HEAD:sub/a.txt"])));
    assert_eq!(staged(&folder), ["new:1:1"]);
    // Also where it is HEAD that is replaced.
    folder.git("commit -q -m leak");
    let leak = id(&["rev-parse", "HEAD"]);
    folder.git("reset -q --soft HEAD^").git(&format!("replace HEAD {leak}"));
    assert_eq!(staged(&folder), ["new:1:1"]);
}
