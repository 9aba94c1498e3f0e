//! What is broken in a repository's store of objects, and ignore files that are none: told in words, with what is wrong and where.

use crate::support::{Folder, key};

fn repository() -> Folder {
    let folder = Folder::new();
    folder.git("init -q -b main").file("a", "x\n").git("add .").git("commit -qm one");
    folder
}

#[test]
#[cfg(unix)]
fn ignore_files_that_are_none_are_told_and_hide_nothing() {
    let folder = repository();
    folder
        .file(".gitignore/x", "")
        .file("sub/k", format!("{}\n", key()))
        .file("rules", "k\n")
        .link("sub/.gitignore", "../rules");
    let run = folder.run(["scan"]);
    assert_eq!(run.status, 1);
    for said in [
        "warning: .: its .gitignore is not used: is a directory\n",
        "warning: sub: its .gitignore is not used: git follows no link there\n",
    ] {
        assert!(run.stderr.contains(said), "{said}\n{}", run.stderr);
    }
}

/// A repository with one commit, and its folder of objects.
fn with_objects() -> (Folder, std::path::PathBuf) {
    let folder = repository();
    let objects = folder.path().join(".git/objects");
    (folder, objects)
}

#[test]
#[cfg(unix)]
fn what_is_broken_in_a_store_of_objects_is_told_in_words() {
    use std::fs;
    type Break = fn(&std::path::Path);
    // An object that no reference leads to, so that git itself would not stumble over it either.
    let lone = |objects: &std::path::Path| objects.join("ab").join("cd".repeat(19));
    let (folder, objects) = with_objects();
    fs::create_dir_all(objects.join("ab")).unwrap();
    for (text, wanted) in [
        (&b""[..], "cannot be read: it is cut off"),
        (b"blob", "cannot be read: it is cut off"),
        (b"blob 3", "cannot be read: it is cut off"),
        (b"blob 5\0abc", "cannot be read: it does not have the length that it says"),
        (b"blob 2\0abc", "cannot be read: it does not have the length that it says"),
        (b"blob x\0abc", "cannot be read: its header is broken"),
        (b"blob 99999999999999999999\0abc", "cannot be read: its header is broken"),
        (b"knob 3\0abc", "cannot be read: its header is broken"),
        (b"tree 3\0abc", "cannot be read: the tree is broken"),
        (b"commit 3\0abc", "cannot be read: the commit is broken"),
        (b"tag 3\0abc", "cannot be read: the tag is broken"),
    ] {
        fs::write(lone(&objects), crate::support::pack::zlib(text)).unwrap();
        let run = folder.run(["history"]);
        assert_eq!(run.status, 2, "{text:?}: {}{}", run.stdout, run.stderr);
        assert!(run.stdout.contains(wanted), "{text:?}: wanted {wanted}\n{}", run.stdout);
    }
    let breaks: [(Break, &str); 5] = [
        (|objects| fs::write(objects.join("ee"), "x").unwrap(), "objects/ee: cannot be read: not a directory"),
        (
            |objects| std::os::unix::fs::symlink("ff", objects.join("ff")).unwrap(),
            "objects/ff: cannot be read: too many levels of symbolic links",
        ),
        (
            |objects| fs::write(objects.join("../modules"), "x").unwrap(),
            ".git/modules: cannot be listed: not a directory",
        ),
        (
            |objects| {
                fs::create_dir(objects.join("ee")).unwrap();
                std::os::unix::fs::symlink("none", objects.join("ee").join("cd".repeat(19))).unwrap();
            },
            "cannot be read: no such file or directory",
        ),
        (
            |objects| fs::create_dir_all(objects.join("ee").join("cd".repeat(19))).unwrap(),
            "is no regular file, or too large",
        ),
    ];
    for (make, wanted) in breaks {
        let (folder, objects) = with_objects();
        make(&objects);
        let run = folder.run(["history"]);
        assert_eq!(run.status, 2, "{wanted}: {}{}", run.stdout, run.stderr);
        assert!(run.stdout.contains(wanted) && !run.stdout.contains("os error"), "wanted {wanted}\n{}", run.stdout);
    }
}
