//! Limits of what is read in git's store, as they are seen from outside.

use super::{tree_entry, value, write_object};
use crate::support::{Folder, Run, key, pack};

/// What a history's problems say, of the repository in a folder.
fn problems(run: &Run) -> Vec<String> {
    let json = run.json();
    let problems = json["problems"].as_array().unwrap();
    problems.iter().map(|problem| problem["message"].as_str().unwrap().to_owned()).collect()
}

/// Writes a tree that names so many objects that are not there; gives its name.
fn incomplete(folder: &Folder, count: usize) -> String {
    let entry = |number: usize| tree_entry("100644", &format!("{number:05}"), &format!("{:040x}", number + 1));
    write_object(folder, "tree", &(0..count).flat_map(entry).collect::<Vec<_>>())
}

fn write_commit(folder: &Folder, tree: &str) -> String {
    let person = "t <t@example.com> 1700000000 +0000";
    let text = format!("tree {tree}\nauthor {person}\ncommitter {person}\n\nm\n");
    write_object(folder, "commit", text.as_bytes())
}

#[test]
fn of_many_missing_objects_some_are_named() {
    let most = value("src/scan/history/mod.rs", "MOST_NAMED") as usize;
    for (count, more) in
        [(most, None), (most + 1, Some("1 more object is missing")), (most + 9, Some("9 more objects are missing"))]
    {
        let folder = Folder::new();
        folder.git("init -q -b main");
        folder.file(".git/refs/heads/main", write_commit(&folder, &incomplete(&folder, count)) + "\n");
        let run = folder.run(["history", "--format", "json"]);
        let problems = problems(&run);
        let named = problems.iter().filter(|text| text.starts_with("object 0000")).count();
        assert_eq!((run.status, named, problems.len()), (2, most, most + usize::from(more.is_some())), "{problems:?}");
        assert!(more.is_none_or(|more| problems.iter().any(|text| text.starts_with(more))), "{problems:?}");
    }
}

#[test]
fn of_too_many_missing_objects_it_is_not_asked_what_needs_them() {
    let most = value("src/source/history/missing.rs", "MOST_LOOKED_AT") as usize;
    for (count, expected) in [(most, 0), (most + 1, 2)] {
        let folder = Folder::new();
        folder.git("init -q -b main").git("commit -q --allow-empty -m m");
        // No reference reaches it.
        incomplete(&folder, count);
        let run = folder.run(["history", "--format", "json"]);
        assert_eq!(run.status, expected, "{count}: {}", run.stderr);
        let more = format!("{} more objects are missing", count - 100);
        assert_eq!(problems(&run).iter().any(|text| text.starts_with(&more)), expected == 2, "{count}");
    }
}

#[test]
fn tags_of_tags_that_head_leads_through_have_a_bound() {
    let most = value("src/source/head.rs", "MOST_TAGS") as usize;
    let folder = Folder::new();
    folder.git("init -q -b main").file("f", key()).git("add f").git("commit -q -m m");
    let mut id = folder.read(".git/refs/heads/main").trim().to_owned();
    for count in 1..=most + 1 {
        let kind = if count == 1 { "commit" } else { "tag" };
        let text = format!("object {id}\ntype {kind}\ntag t\ntagger t <t@example.com> 1700000000 +0000\n\nm\n");
        id = write_object(&folder, "tag", text.as_bytes());
        folder.file(".git/HEAD", format!("{id}\n"));
        if count == 1 || count == most {
            let run = folder.run(["staged"]);
            assert_eq!(run.status, 0, "{count}: what is staged is in HEAD: {}{}", run.stdout, run.stderr);
        }
    }
    let run = folder.run(["staged"]);
    assert!(run.status == 2 && run.stderr.contains("a tag of a tag of too many others"), "{}", run.stderr);
}

#[test]
fn where_a_broken_container_is_is_told_however_much_is_beside_it() {
    let most = value("src/source/history/paths_in_refs.rs", "MOST") as usize >> 20;
    let folder = Folder::new();
    folder.git("init -q -b main");
    let broken = write_object(&folder, "blob", &pack::gzip(&super::noise(9000))[..6000]);
    let clean = write_object(&folder, "blob", b"x");
    let inner = write_object(&folder, "tree", &tree_entry("100644", "f", &clean));
    let above = "d".repeat(1 << 20);
    // The path of each folder has a mebibyte: with the most, it takes a second walk.
    for count in [most / 4, most] {
        let folders = (0..count).flat_map(|number| tree_entry("40000", &format!("{number:02}"), &inner));
        let outer = write_object(&folder, "tree", &folders.collect::<Vec<_>>());
        let top = [tree_entry("40000", &above, &outer), tree_entry("100644", "z.gz", &broken)].concat();
        let commit = write_commit(&folder, &write_object(&folder, "tree", &top));
        folder.file(".git/refs/heads/main", commit + "\n");
        let run = folder.run(["history", "--format", "json"]);
        let json = run.json();
        let told = json["problems"].as_array().unwrap().iter().map(|problem| problem["path"].as_str());
        assert_eq!((run.status, told.collect::<Vec<_>>()), (2, vec![Some("z.gz!/z")]), "{count}: {}", run.stderr);
    }
}
