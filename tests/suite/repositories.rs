//! Which repository is read, whose it is, and all that belongs to it.

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

use crate::support::{Folder, Run, git_command, key, numbered_key};

/// A repository whose history holds a key at `d/old`, and whose index one at `new`.
fn repository() -> Folder {
    let folder = Folder::new();
    folder
        .git("init -q -b main")
        .file("d/old", format!("KEY={}\n", numbered_key(1)))
        .git("add .")
        .git("commit -q -m leak");
    folder.file("d/old", "clean\n").git("commit -q -a -m clean").file("new", key()).git("add new");
    folder
}

fn is_root() -> bool {
    Command::new("id").arg("-u").output().is_ok_and(|output| output.stdout == b"0\n")
}

fn run_in(folder: &Folder, below: &str, arguments: &[&str]) -> Run {
    let mut command = folder.command();
    Run::of(command.args(arguments).args(["--format", "json"]).current_dir(folder.path().join(below)))
}

#[test]
fn a_repository_of_somebody_else_is_refused_whatever_is_asked() {
    let folder = repository();
    folder.git("clone -q --bare . bare");
    let commands: [&[&str]; 6] = [
        &["history"],
        &["history", "bare"],
        &["history", "--range", "HEAD"],
        &["pre-push", "up"],
        &["pre-receive"],
        &["install"],
    ];
    for arguments in commands {
        let run = Run::of(crate::support::stranger(&folder).args(arguments).env("HOME", "/nonexistent"));
        if is_root() {
            assert_eq!((run.status, &*run.stdout), (2, ""), "{arguments:?}");
            assert!(run.stderr.contains("belongs to somebody else"), "{arguments:?}: {}", run.stderr);
            assert!(run.stderr.contains("safe.directory"), "{arguments:?}: {}", run.stderr);
        }
    }
    // What a person trusts is read.
    let home = Folder::new();
    let path = folder.path().canonicalize().unwrap();
    home.file(".gitconfig", format!("[safe]\n\tdirectory = {}\n", path.display()));
    Command::new("chmod").args(["-R", "a+rX"]).arg(home.path()).status().unwrap();
    let run = Run::of(crate::support::stranger(&folder).args(["history", "--format", "json"]).env("HOME", home.path()));
    assert_eq!(run.status, 1, "{}", run.stderr);
    // And what they say so of by `git -c` or in the environment, as git takes it, up to the last value.
    let top = path.display().to_string();
    for (value, expected) in [("*", 1), (&*top, 1), (".", 1), ("/nonexistent", 2), ("", 2)] {
        let history = || {
            let mut command = crate::support::stranger(&folder);
            command.args(["history", "--format", "json"]).env("HOME", "/nonexistent");
            command
        };
        let mut counted = history();
        counted.env("GIT_CONFIG_COUNT", "1").env("GIT_CONFIG_KEY_0", "safe.directory").env("GIT_CONFIG_VALUE_0", value);
        let mut handed_on = history();
        handed_on.env("GIT_CONFIG_PARAMETERS", format!("'safe.directory'='{value}'"));
        for run in [Run::of(&mut counted), Run::of(&mut handed_on)] {
            assert!(!is_root() || run.status == expected, "{value}: {}", run.stderr);
        }
        if is_root() {
            let mut git = Command::new("git");
            std::os::unix::process::CommandExt::uid(&mut git, 65534);
            git.args(["-c", &format!("safe.directory={value}"), "log", "-1"]).env("HOME", "/nonexistent");
            let output = git.current_dir(folder.path()).output().unwrap();
            assert_eq!(output.status.success(), expected == 1, "{value}: {output:?}");
        }
    }
}

#[test]
fn gits_own_folders_are_in_their_repository() {
    let folder = repository();
    for below in [".git", ".git/objects", ".git/refs/heads", ".git/hooks"] {
        fs::create_dir_all(folder.path().join(below)).unwrap();
        let places = |arguments: &[&str]| {
            let run = run_in(&folder, below, arguments);
            assert_eq!((run.status, run.json()["complete"].as_bool()), (1, Some(true)), "{below}: {}", run.stderr);
            run.places()
        };
        assert_eq!(places(&["history", "--range", "HEAD"]), ["d/old:1:5"], "{below}");
        assert!(places(&["history"]).contains(&"d/old:1:5".to_owned()), "{below}");
        assert_eq!(places(&["staged"]), ["new:1:1"], "{below}");
        // As one would name it there.
        let mut command = folder.command();
        let run = Run::of(command.args(["staged", "-q"]).current_dir(folder.path().join(below)));
        let up = "../".repeat(below.matches('/').count() + 1);
        assert!(run.stdout.contains(&format!("--> {up}new:1:1")), "{below}: {}", run.stdout);
    }
    // A bare repository in the work tree of another one is nearer than that.
    folder.git("init -q --bare bare.git");
    for below in ["bare.git", "bare.git/objects", "bare.git/refs/heads"] {
        for arguments in [&["history"][..], &["staged"]] {
            assert_eq!(run_in(&folder, below, arguments).status, 0, "{below} {arguments:?}");
        }
    }
}

#[test]
fn a_folder_that_is_named_may_be_any_in_the_repository() {
    let folder = repository();
    folder.link("link", "d").git("init -q --bare bare.git");
    for (named, expected) in [
        (".", "d/old"),
        ("./", "d/old"),
        ("d", "d/old"),
        ("./d/", "d/old"),
        (".git", "d/old"),
        (".git/objects", "d/old"),
        ("link", "link/../d/old"),
    ] {
        let run = folder.run(["history", "-q", named]);
        assert!(run.stdout.contains(&format!("--> {expected}:1:5")), "{named}: {}{}", run.stdout, run.stderr);
    }
    let run = Run::of(folder.command().args(["history", "-q", ".."]).current_dir(folder.path().join("d")));
    assert!(run.stdout.contains("--> ../d/old:1:5"), "{}", run.stdout);
    assert_eq!(run.stderr, "", "it is complete");
    assert_eq!(folder.run(["history", "bare.git"]).status, 0);
}

/// The number of different keys that a scan of the whole history finds, and whether it was complete.
fn keys(run: &Run) -> (usize, bool) {
    let json = run.json();
    let prints = json["findings"].as_array().unwrap().iter().map(|finding| finding["fingerprint"].to_string());
    (prints.collect::<std::collections::BTreeSet<_>>().len(), json["complete"].as_bool().unwrap())
}

#[test]
fn references_of_every_work_tree_count() {
    for init in ["init -q -b main", "init -q -b main --ref-format=reftable"] {
        let folder = Folder::new();
        folder.git(init).file("a", "a\n").git("add a").git("commit -q -m a").git("worktree add -q linked -b linked");
        folder.git(&format!("update-ref refs/worktree/{} main", numbered_key(1)));
        folder.git(&format!("-C linked update-ref refs/worktree/x/{} main", numbered_key(2)));
        folder.git("-C linked update-ref refs/bisect/bad main");
        // A branch that is checked out and has no commit yet, and one that another name stands for.
        folder.git(&format!("-C linked symbolic-ref HEAD refs/heads/{}", numbered_key(3)));
        folder.git(&format!("symbolic-ref refs/heads/symbolic refs/heads/{}", numbered_key(4)));
        for below in ["", "linked"] {
            assert_eq!(keys(&run_in(&folder, below, &["history"])), (4, true), "{init}, {below:?}");
        }
    }
    // Git takes names of references that are no UTF-8.
    #[cfg(target_os = "linux")]
    {
        use std::os::unix::ffi::OsStringExt;
        let folder = Folder::new();
        folder.git("init -q -b main").file("a", "a\n").git("add a").git("commit -q -m a");
        folder.git("worktree add -q linked -b linked");
        let name = [&b"refs/worktree/caf\xe9/"[..], key().as_bytes()].concat();
        let mut update = git_command();
        update.args(["update-ref", "--create-reflog"]).arg(std::ffi::OsString::from_vec(name)).arg("main");
        assert!(update.current_dir(folder.path().join("linked")).status().unwrap().success());
        for below in ["", "linked"] {
            assert_eq!(keys(&run_in(&folder, below, &["history"])), (1, true), "{below:?}");
        }
    }
    // What a work tree alone holds is reached.
    let folder = Folder::new();
    folder
        .git("init -q -b main")
        .file("a", "a\n")
        .git("add a")
        .git("commit -q -m a")
        .git("worktree add -q --detach linked");
    folder.file("linked/leak", key()).git("-C linked add leak").git("-C linked commit -q -m leak");
    folder.git("-C linked update-ref refs/bisect/bad HEAD").git("-C linked checkout -q main~0");
    let run = run_in(&folder, "", &["history"]);
    assert_eq!(run.json()["findings"][0]["git"]["reachable"], true, "{}", run.stdout);
}

#[test]
fn references_that_cannot_be_read_are_problems() {
    for (name, content) in [
        (".git/worktrees/x/HEAD", "nonsense\n"),
        (".git/worktrees/x/refs/bisect/bad", ""),
        (".git/refs/heads/broken", "zzz\n"),
        (".git/refs/heads/a..b", "0123456789012345678901234567890123456789\n"),
        (".git/packed-refs", "# pack-refs with: peeled fully-peeled sorted \nnonsense here\n"),
    ] {
        let folder = Folder::new();
        folder.git("init -q -b main").file("a", "a\n").git("add a").git("commit -q -m a").file(name, content);
        let run = run_in(&folder, "", &["history"]);
        assert_eq!(run.status, 2, "{name}: {}", run.stdout);
    }
    let folder = Folder::new();
    folder.git("init -q -b main").file("a", "a\n").git("add a").git("commit -q -m a");
    // What a git that was killed leaves behind is none.
    folder.file(".git/refs/heads/main.lock", "");
    assert_eq!(run_in(&folder, "", &["history"]).status, 0);
    // And neither is what a desktop puts into every folder.
    folder.git("worktree add -q linked -b linked").git("-C linked update-ref refs/bisect/bad main");
    for place in ["refs", "refs/heads", "refs/bisect", "worktrees", "worktrees/linked/refs", "modules"] {
        folder.file(format!(".git/{place}/.DS_Store"), "\0\0\0\x01Bud1");
    }
    folder.file(".git/refs/.hidden/x", "zzz\n");
    let run = run_in(&folder, "", &["history"]);
    assert_eq!((run.status, run.json()["problems"].to_string()), (0, "[]".to_owned()), "{}", run.stderr);
}

#[test]
fn nothing_in_a_repository_holds_a_scan_up() {
    for name in [
        "objects/pack/pack-1.pack",
        "objects/pack/multi-pack-index",
        "objects/ab/cdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcd",
        "objects/info/commit-graph",
        "shallow",
        "info/grafts",
        "logs/HEAD",
        "FETCH_HEAD",
        "refs/stash",
        "worktrees/x/HEAD",
        "modules/x/HEAD",
    ] {
        let folder = Folder::new();
        folder.git("init -q -b main").file("a", "a\n").git("add a").git("commit -q -m a").git("repack -adq");
        let path = folder.path().join(".git").join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        if name.starts_with("modules") {
            fs::create_dir(path.with_file_name("objects")).unwrap();
        }
        let _ = fs::remove_file(&path);
        assert!(Command::new("mkfifo").arg(&path).status().unwrap().success());
        for arguments in [&["history"][..], &["history", "--range", "HEAD"], &["pre-receive"]] {
            let mut command = Command::new("timeout");
            command.arg("20").arg(env!("CARGO_BIN_EXE_gridleaks")).args(arguments).stdin(Stdio::null());
            let output = command.current_dir(folder.path()).output().unwrap();
            assert_ne!(output.status.code(), Some(124), "{name}: {arguments:?}");
        }
    }
}

#[test]
fn huge_files_are_searched_by_rules_that_go_by_paths() {
    let folder = Folder::new();
    folder.file("rules.toml", "[[rules]]\nid = \"x\"\ndescription = \"X\"\nregex = '''acme_[0-9]{8}'''\nkeywords = [\"acme_\"]\npath = '''\\.env$'''\n");
    folder.git("init -q -b main");
    let content = [vec![b'\n'; 33 << 20], b"acme_12345678\n".to_vec()].concat();
    folder.file("a.env", &content).file("b.txt", &content[1..]).git("add a.env b.txt").git("commit -q -m a");
    for change in ["", "repack -adfq"] {
        if !change.is_empty() {
            folder.git(change);
        }
        let run = folder.run(["history", "--format", "json", "--rules", "rules.toml"]);
        let paths: Vec<String> =
            run.json()["findings"].as_array().unwrap().iter().map(|f| f["path"].to_string()).collect();
        assert_eq!(paths, ["\"a.env\""], "{change}: {}", run.stderr);
    }
}

/// A repository with a submodule `lib`, in whose history a key is.
fn with_submodule() -> (Folder, Folder) {
    let (inner, outer) = (Folder::new(), Folder::new());
    inner.git("init -q -b main").file("secret", key()).git("add .").git("commit -q -m leak");
    inner.file("secret", "clean\n").git("commit -q -a -m clean");
    outer.git("init -q -b main").file("a", "a\n").git("add a").git("commit -q -m a");
    outer.git(&format!("submodule --quiet add {} lib", inner.path().display())).git("commit -q -m lib");
    (outer, inner)
}

#[test]
fn submodules_of_linked_work_trees_are_read() {
    let (outer, _inner) = with_submodule();
    outer.git("worktree add -q linked -b linked").git("-C linked submodule --quiet update --init");
    outer.git("submodule --quiet deinit -f lib");
    fs::remove_dir_all(outer.path().join(".git/modules")).unwrap();
    for below in ["", "linked"] {
        assert_eq!(keys(&run_in(&outer, below, &["history"])), (1, true), "{below:?}");
    }
}

#[test]
fn submodules_that_cannot_be_read_are_problems_and_the_rest_is_read() {
    let break_it = |expected, how: &dyn Fn(&Path)| {
        let (outer, _inner) = with_submodule();
        outer.file("leak", numbered_key(1)).git("add leak").git("commit -q -m leak");
        how(&outer.path().join(".git/modules"));
        let run = run_in(&outer, "", &["history"]);
        assert_eq!((run.status, keys(&run)), (1, (expected, false)), "{}{}", run.stdout, run.stderr);
    };
    // Objects are there, whatever is wrong with what names them.
    break_it(2, &|modules| fs::write(modules.join("lib/HEAD"), "nonsense\n").unwrap());
    break_it(2, &|modules| fs::remove_file(modules.join("lib/HEAD")).unwrap());
    break_it(2, &|modules| fs::write(modules.join("lib/config"), "[nonsense\n").unwrap());
    break_it(2, &|modules| fs::write(modules.join("lib/packed-refs"), "nonsense here\n").unwrap());
    break_it(1, &|modules| fs::remove_dir_all(modules.join("lib/objects")).unwrap());
}

#[test]
fn a_submodule_that_was_taken_away_is_read_like_any_other() {
    let (outer, _inner) = with_submodule();
    outer.git("rm -q lib").git("commit -q -m gone");
    assert!(!outer.path().join("lib").exists() && outer.path().join(".git/modules/lib").is_dir());
    let run = run_in(&outer, "", &["history"]);
    assert_eq!((run.status, keys(&run)), (1, (1, true)), "{}", run.stdout);
    assert_eq!(run.json()["findings"][0]["git"]["reachable"], true, "{}", run.stdout);
    // Where something is wrong with it, that is one line.
    outer.file(".git/modules/lib/config", "[nonsense\n");
    let run = outer.run(["history", "-q"]);
    let line = run.stdout.lines().chain(run.stderr.lines()).find(|line| line.contains("submodule lib: "));
    assert!(line.is_some_and(|line| line.contains("(`git status`") && !line.contains("\\n  help")), "{line:?}");
}

#[test]
fn paths_in_submodules_are_named_from_where_one_is() {
    let (outer, _inner) = with_submodule();
    outer.file("d/e/leak", numbered_key(1)).git("add d").git("commit -q -m leak");
    let shown = |below: &str, named: &[&str]| {
        let mut command = outer.command();
        let run = Run::of(command.args(["history", "-q"]).args(named).current_dir(outer.path().join(below)));
        let places = run.stdout.lines().filter_map(|line| line.trim_start().strip_prefix("--> ").map(str::to_owned));
        let mut places: Vec<String> = places.collect();
        places.sort();
        places
    };
    assert_eq!(shown("", &[]), ["d/e/leak:1:1", "lib/secret:1:1"]);
    assert_eq!(shown("d/e", &[]), ["../../d/e/leak:1:1", "../../lib/secret:1:1"]);
    assert_eq!(shown("d", &["e"]), ["d/e/leak:1:1", "lib/secret:1:1"].map(|path| format!("../{path}")));
    assert_eq!(shown("", &["d"]), ["d/e/leak:1:1", "lib/secret:1:1"]);
    // In the submodule, its own history is meant.
    assert_eq!(shown("lib", &[]), ["secret:1:1"]);
}

#[test]
fn submodules_behind_links_are_read() {
    let (outer, _inner) = with_submodule();
    let modules = outer.path().join(".git/modules");
    fs::rename(modules.join("lib"), outer.path().join("moved")).unwrap();
    outer.link(".git/modules/lib", "../../moved");
    assert!(
        git_command().args(["-C", "lib", "log", "-1"]).current_dir(outer.path()).output().unwrap().status.success()
    );
    assert_eq!(keys(&run_in(&outer, "", &["history"])), (1, true));
}

#[test]
fn links_to_what_is_no_repository_are_problems() {
    let (outer, _inner) = with_submodule();
    outer.file("large/deep/tree", "x\n").link(".git/modules/other", "../../large");
    let run = run_in(&outer, "", &["history"]);
    assert_eq!(keys(&run), (1, false), "{}", run.stdout);
    assert!(run.stdout.contains("modules/other: this link leads to no repository"), "{}", run.stdout);
}

#[test]
fn a_variable_of_git_that_names_nothing_is_told_by_its_name() {
    let folder = Folder::new();
    folder.git("init -q").file("leak", key()).git("add leak");
    for (name, value, message) in [
        ("GIT_DIR", "", "GIT_DIR is set, and empty\n  help: unset it"),
        ("GIT_DIR", "none", "GIT_DIR names none, which is not there\n  help: unset it"),
        ("GIT_DIR", "/", "GIT_DIR names /, which is no git repository\n  help: unset it"),
        ("GIT_INDEX_FILE", "", "GIT_INDEX_FILE is set, and empty\n  help: unset it"),
        ("GIT_WORK_TREE", "", "GIT_WORK_TREE is set, and empty\n  help: unset it"),
        ("GIT_WORK_TREE", "none", "GIT_WORK_TREE names none, which is not there\n  help: unset it"),
    ] {
        for command in ["staged", "history", "install"] {
            let run = Run::of(folder.command().arg(command).env(name, value));
            let message = format!("error: {message}");
            assert!(run.status == 2 && run.stderr.starts_with(&message), "{name} {command}: {}", run.stderr);
        }
    }
}

#[test]
fn a_ceiling_that_is_not_above_is_none() {
    let folder = Folder::new();
    folder.git("init -q").file("inner/leak", key()).git("add inner");
    let inner = folder.path().join("inner");
    for ceiling in ["/nonexistent", "/nonexistent:/", "relative"] {
        let mut command = folder.command();
        command.arg("staged").current_dir(&inner).env("GIT_CEILING_DIRECTORIES", ceiling);
        let run = Run::of(&mut command);
        assert_eq!(run.status, 1, "{ceiling}: {}", run.stderr);
    }
}
