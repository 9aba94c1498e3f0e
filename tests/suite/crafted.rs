//! Histories and packs that git itself would not make: whatever is wrong with them, no key is missed quietly, and nothing takes more
//! time or memory than it may.

use std::io::Write;
use std::process::{Command, Stdio};

use crate::support::{Folder, Run, git_command, key, numbered_key};

/// A repository that is put together object by object.
struct Crafted(Folder);

impl Crafted {
    /// One with a first, clean commit.
    fn new() -> Self {
        let folder = Folder::new();
        folder.git("init -q -b main").file("base", "base\n").git("add base").git("commit -q -m base");
        Crafted(folder)
    }

    fn git(&self, arguments: &[&str], input: &[u8]) -> String {
        let mut command = git_command();
        command.args(["-c", "user.name=t", "-c", "user.email=t@example.com"]).args(arguments);
        command.current_dir(self.0.path()).stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = command.spawn().unwrap();
        child.stdin.take().unwrap().write_all(input).unwrap();
        let output = child.wait_with_output().unwrap();
        assert!(output.status.success(), "{arguments:?}");
        String::from_utf8(output.stdout).unwrap().trim().to_owned()
    }

    fn object(&self, kind: &str, content: &[u8]) -> String {
        self.git(&["hash-object", "-w", "--literally", "-t", kind, "--stdin"], content)
    }

    fn blob(&self, text: &str) -> String {
        self.object("blob", text.as_bytes())
    }

    fn leak(&self) -> String {
        self.blob(&format!("KEY={}\n", key()))
    }

    /// A tree of these modes, names and objects, in this order.
    fn tree(&self, entries: &[(&str, &str, &str)]) -> String {
        let entry = |(mode, name, id): &(&str, &str, &str)| {
            [mode.as_bytes(), b" ", name.as_bytes(), b"\0", &bytes(id)].concat()
        };
        self.object("tree", &entries.iter().flat_map(entry).collect::<Vec<u8>>())
    }

    fn commit(&self, tree: &str, parent: &str) -> String {
        self.git(&["commit-tree", "-m", "x", "-p", parent, tree], b"")
    }

    /// Folders in folders, so many deep and wide, the innermost being `inner`.
    fn nested(&self, inner: &str, depth: u32, names: &[String]) -> String {
        (0..depth).fold(inner.to_owned(), |id, _| {
            let entries: Vec<(&str, &str, &str)> = names.iter().map(|name| ("40000", &name[..], &id[..])).collect();
            self.tree(&entries)
        })
    }

    fn scan(&self, arguments: &[&str]) -> Run {
        self.0.run(arguments.iter().copied().chain(["--format", "json"]))
    }

    /// The places of the findings in a range, which is scanned whole.
    fn range(&self, from: &str, to: &str) -> Vec<String> {
        let run = self.scan(&["history", "--range", &format!("{from}..{to}")]);
        assert!(run.json()["complete"].as_bool().unwrap(), "{}", run.stdout);
        assert_eq!(run.status, i32::from(!run.places().is_empty()));
        run.places()
    }
}

fn bytes(id: &str) -> Vec<u8> {
    (0..id.len()).step_by(2).map(|at| u8::from_str_radix(&id[at..at + 2], 16).unwrap()).collect()
}

fn ten(length: usize) -> Vec<String> {
    (0..10).map(|name| format!("{name}{}", "n".repeat(length))).collect()
}

/// What is said of problems.
fn problems(run: &Run) -> Vec<String> {
    let json = run.json();
    json["problems"].as_array().unwrap().iter().map(|problem| problem["message"].to_string()).collect()
}

#[test]
fn a_submodule_that_names_a_blob_does_not_make_it_known() {
    let crafted = Crafted::new();
    let leak = crafted.leak();
    let one = crafted.commit(&crafted.tree(&[("160000", "sub", &leak)]), "main");
    let two = crafted.commit(&crafted.tree(&[("100644", "leak", &leak)]), &one);
    assert_eq!(crafted.range("main", &two), ["leak:1:5"]);
    let folder = crafted.tree(&[("160000", "sub", &leak)]);
    let one = crafted.commit(&crafted.tree(&[("40000", "d", &folder)]), "main");
    let two = crafted.commit(&crafted.tree(&[("100644", "leak", &leak)]), &one);
    assert_eq!(crafted.range("main", &two), ["leak:1:5"], "nor does one in a folder");
    crafted.0.git(&format!("update-ref refs/heads/main {one}")).git(&format!("read-tree {two}"));
    assert_eq!(crafted.scan(&["staged"]).places(), ["leak:1:5"]);
}

#[test]
fn a_name_that_a_tree_has_twice_stands_for_both() {
    let crafted = Crafted::new();
    let (leak, clean) = (crafted.leak(), crafted.blob("clean\n"));
    let folder = crafted.tree(&[("100644", "x", &leak)]);
    for entries in [
        [("100644", "a", &leak[..]), ("100644", "a", &clean)],
        [("100644", "a", &clean), ("100644", "a", &leak)],
        [("100644", "a", &clean), ("40000", "a", &folder)],
        [("40000", "a", &folder), ("100644", "a", &clean)],
    ] {
        let commit = crafted.commit(&crafted.tree(&entries), "main");
        assert_eq!(crafted.range("main", &commit).len(), 1, "{entries:?}");
        assert_eq!(crafted.range(&commit, &crafted.commit(&crafted.tree(&entries[..1]), &commit)), [""; 0]);
    }
}

#[test]
fn what_git_does_not_take_for_a_parent_is_none() {
    let crafted = Crafted::new();
    let tree = crafted.tree(&[("100644", "leak", &crafted.leak())]);
    let (known, base) = (crafted.commit(&tree, "main"), crafted.git(&["rev-parse", "main"], b""));
    let by = "t <t@example.com> 1700000000 +0000";
    let text =
        format!("tree {tree}\nparent {base}\nauthor {by}\ncommitter {by}\nparent {known}\ntree {known}\n\nmessage\n");
    let commit = crafted.object("commit", text.as_bytes());
    assert_eq!(crafted.git(&["log", "-1", "--format=%P", &commit], b""), base);
    assert_eq!(crafted.range("main", &commit), ["leak:1:5"]);
}

#[test]
fn what_is_replaced_counts_for_ranges_as_it_is() {
    let crafted = Crafted::new();
    let leak = crafted.commit(&crafted.tree(&[("100644", "leak", &crafted.leak())]), "main");
    let clean = crafted.commit(&crafted.tree(&[]), &leak);
    let tip = crafted.commit(&crafted.tree(&[]), &clean);
    // With the replacement, the tip would have one commit less behind it.
    crafted.0.git(&format!("update-ref refs/heads/tip {tip}")).git(&format!("replace --graft {tip} {leak}"));
    assert_eq!(crafted.range("tip~3", "tip"), ["leak:1:5"]);
}

#[test]
fn blobs_and_trees_that_are_pushed_without_a_commit() {
    let crafted = Crafted::new();
    let none = "0".repeat(40);
    let leak = crafted.leak();
    let tree = crafted.tree(&[("100644", "leak", &leak)]);
    // A blob that reads as a tree, and one that reads as a commit.
    let like_tree =
        [b"160000 x\0".as_slice(), &[b'a'; 20], format!("160000 {}\0", key()).as_bytes(), &[b'a'; 20]].concat();
    let like_tree = crafted.object("blob", &like_tree);
    let like_commit = crafted.blob(&format!("tree {tree}\nauthor a\ncommitter {}\n", key()));
    let tag = |id: &str, kind: &str| {
        let text = format!("object {id}\ntype {kind}\ntag t\ntagger t <t> 1700000000 +0000\n\nclean\n");
        crafted.object("tag", text.as_bytes())
    };
    let nested = tag(&tag(&leak, "blob"), "tag");
    for id in [&leak, &tree, &like_tree, &like_commit, &tag(&tree, "tree"), &nested] {
        let line = format!("refs/tags/t {id} refs/tags/t {none}\n");
        crafted.0.file("input", line);
        let mut command = crafted.0.command();
        let input = std::fs::File::open(crafted.0.path().join("input")).unwrap();
        let run = Run::of(command.args(["pre-push", "up"]).stdin(input));
        assert_eq!(run.status, 1, "{id}: {}{}", run.stdout, run.stderr);
    }
}

#[test]
fn tags_of_tags_have_a_bound() {
    let crafted = Crafted::new();
    let leak = crafted.commit(&crafted.tree(&[("100644", "leak", &crafted.leak())]), "main");
    let mut tags = vec![leak];
    for number in 0..65 {
        let kind = if number == 0 { "commit" } else { "tag" };
        let text = format!("object {}\ntype {kind}\ntag t\ntagger t <t> 1700000000 +0000\n\nclean\n", tags[number]);
        tags.push(crafted.object("tag", text.as_bytes()));
    }
    for (tag, status) in [(&tags[64], 1), (&tags[65], 2)] {
        let run = crafted.scan(&["history", "--range", &format!("main..{tag}")]);
        let is_told = problems(&run).iter().any(|text| text.contains("too many others"));
        assert_eq!((run.status, is_told), (status, status == 2), "{}{}", run.stdout, run.stderr);
    }
}

#[test]
fn trees_that_make_more_places_than_anybody_could_go_through_are_a_problem() {
    let crafted = Crafted::new();
    let says = |from: &str, to: &str| {
        let run = crafted.scan(&["history", "--range", &format!("{from}..{to}")]);
        assert_eq!(run.status, 2, "{}", run.stdout);
        assert!(problems(&run).iter().any(|text| text.contains("too many places")), "{:?}", problems(&run));
    };
    // Folders that only lose something: nothing is brought, but there is as much to go through.
    let names = ten(0);
    let full = crafted.nested(&crafted.tree(&[("100644", "x", &crafted.blob("x"))]), 6, &names);
    let full = crafted.commit(&full, "main");
    let empty = crafted.commit(&crafted.nested(&crafted.tree(&[]), 6, &names), &full);
    crafted.0.git(&format!("update-ref refs/heads/empty {empty}")).git("repack -adq");
    says(&full, &empty);
    // And all of them bring something.
    says(&empty, &crafted.commit(&format!("{full}^{{tree}}"), &empty));
    // Few folders, and many files.
    let files: Vec<String> = (0..6000).map(|name| name.to_string()).collect();
    let blob = crafted.blob("x");
    let files: Vec<(&str, &str, &str)> = files.iter().map(|name| ("100644", &name[..], &blob[..])).collect();
    says("main", &crafted.commit(&crafted.nested(&crafted.tree(&files), 2, &names), "main"));
    // Long names.
    let long = crafted.nested(&crafted.tree(&[("100644", "x", &blob)]), 3, &ten(40_000));
    says("main", &crafted.commit(&long, "main"));
}

/// Runs the program with so many megabytes of address space.
#[cfg(target_os = "linux")]
fn within(folder: &Folder, megabytes: u32, arguments: &str) -> Run {
    limited(folder, &format!("-v {}", megabytes * 1024), arguments)
}

/// Runs the program within a limit as the shell's `ulimit` knows it.
#[cfg(unix)]
fn limited(folder: &Folder, limit: &str, arguments: &str) -> Run {
    let program = env!("CARGO_BIN_EXE_gridleaks");
    let script = format!("ulimit {limit}; exec '{program}' {arguments}");
    Run::of(Command::new("sh").args(["-c", &script]).current_dir(folder.path()).stdin(Stdio::null()))
}

#[test]
#[cfg(target_os = "linux")]
fn many_places_of_keys_take_no_more_memory_than_they_may() {
    // Paths that are long.
    let crafted = Crafted::new();
    let long = crafted.nested(&crafted.tree(&[("100644", "x", &crafted.leak())]), 4, &ten(100_000));
    crafted.0.git(&format!("update-ref refs/heads/main {}", crafted.commit(&long, "main")));
    for arguments in ["history --format json", "history --range main --format json"] {
        let run = within(&crafted.0, 2000, arguments);
        assert!(run.status != 0 && !run.json()["complete"].as_bool().unwrap(), "{arguments}");
    }
    // Many keys in many places.
    for (keys, depth, arguments) in [(60, 4, "history --format json"), (120, 3, "history --range main --format json")] {
        let crafted = Crafted::new();
        let keys: String = (0..keys).map(|number| numbered_key(number) + "\n").collect();
        let many = crafted.nested(&crafted.tree(&[("100644", "x", &crafted.blob(&keys))]), depth, &ten(0));
        crafted.0.git(&format!("update-ref refs/heads/main {}", crafted.commit(&many, "main")));
        let run = within(&crafted.0, 2000, arguments);
        assert_eq!((run.status, run.json()["complete"].as_bool()), (1, Some(false)), "{arguments}");
    }
}

#[test]
#[cfg(target_os = "linux")]
fn a_parent_that_is_named_many_times_is_looked_at_once() {
    let crafted = Crafted::new();
    let names: Vec<String> = (0..1000).map(|name| name.to_string()).collect();
    let (blob, leak) = (crafted.blob("x"), crafted.leak());
    let mut entries: Vec<(&str, &str, &str)> = names.iter().map(|name| ("100644", &name[..], &blob[..])).collect();
    let parent = crafted.commit(&crafted.tree(&entries), "main");
    entries.push(("100644", "leak", &leak));
    let by = "t <t@example.com> 1700000000 +0000";
    let parents = format!("parent {parent}\n").repeat(20_000);
    let text = format!("tree {}\n{parents}author {by}\ncommitter {by}\n\nm\n", crafted.tree(&entries));
    let tip = crafted.object("commit", text.as_bytes());
    crafted.0.git(&format!("update-ref refs/heads/tip {tip}"));
    for arguments in ["history --format json", "history --range main..tip --format json"] {
        let run = within(&crafted.0, 1000, arguments);
        assert_eq!((run.status, run.places()), (1, vec!["leak:1:5".to_owned()]), "{arguments} {}", run.stderr);
    }
}

#[test]
#[cfg(unix)]
fn many_keys_in_one_file_take_no_longer_than_their_number() {
    let crafted = Crafted::new();
    let keys: String = (0..6000).map(|number| numbered_key(number) + "\n").collect();
    // Each key has two versions, of which the newer one is asked about.
    let commit =
        |text: &str, parent: &str| crafted.commit(&crafted.tree(&[("100644", "x", &crafted.blob(text))]), parent);
    let tip = commit(&format!("{keys}more\n"), &commit(&keys, "main"));
    crafted.0.git(&format!("update-ref refs/heads/tip {tip}")).git("checkout -q tip").git("gc -q");
    for arguments in ["history --format json", "history --range main..tip --format json"] {
        // In seconds of the processor, so that it does not matter what else the machine does; it takes less than one.
        let json = limited(&crafted.0, "-t 20", arguments).json();
        let findings = json["findings"].as_array().unwrap();
        assert_eq!(findings.len(), 6000);
        assert!(findings.iter().all(|finding| finding["git"]["in_head"] == true && finding["git"]["versions"] == 2));
    }
}

#[test]
fn names_that_no_file_can_have_are_left_out_or_not_without_a_failure() {
    let crafted = Crafted::new();
    let leak = crafted.leak();
    let entries = [("100644", "/x", &leak[..]), ("100644", "/vendor", &leak), ("100644", "..", &leak)];
    let commit = crafted.commit(&crafted.tree(&entries), "main");
    crafted.0.git(&format!("update-ref refs/heads/main {commit}"));
    for arguments in [&["history"][..], &["history", "--range", "main^!"]] {
        let run = crafted.scan(&[arguments, &["--exclude", "vendor"]].concat());
        assert_eq!((run.status, run.places().len()), (1, 2), "{}{}", run.stdout, run.stderr);
    }
}

#[test]
fn what_comes_out_of_a_place_that_is_left_out_is_new() {
    let crafted = Crafted::new();
    let leak = crafted.leak();
    let vendor = crafted.tree(&[("100644", "leak", &leak)]);
    let one = crafted.commit(&crafted.tree(&[("40000", "vendor", &vendor), ("100644", "leak", &leak)]), "main");
    let two = crafted.commit(&crafted.tree(&[("100644", "moved", &leak)]), &one);
    let places = |arguments: &[&str]| crafted.scan(arguments).places();
    let range = format!("{one}..{two}");
    assert_eq!(places(&["history", "--range", &range]), [""; 0]);
    assert_eq!(places(&["history", "--range", &range, "--exclude", "vendor"]), [""; 0], "it moved from elsewhere, too");
    assert_eq!(places(&["history", "--range", &range, "--exclude", "vendor", "--exclude", "/leak"]), ["moved:1:5"]);
    crafted.0.git(&format!("update-ref refs/heads/main {one}")).git(&format!("read-tree {two}"));
    assert_eq!(places(&["staged"]), [""; 0]);
    assert_eq!(places(&["staged", "--exclude", "vendor", "--exclude", "/leak"]), ["moved:1:5"]);
}

#[test]
fn commits_and_tags_that_lack_a_line_are_no_files() {
    let crafted = Crafted::new();
    let base = crafted.git(&["rev-parse", "main"], b"");
    let tree = crafted.tree(&[("100644", "leak", &crafted.leak())]);
    let by = "t <t@example.com> 1700000000 +0000";
    // Git takes it for one, be it as old as can be.
    let commit = crafted.object("commit", format!("tree {tree}\nparent {base}\nauthor {by}\n\nm\n").as_bytes());
    assert_eq!(crafted.range("main", &commit), ["leak:1:5"]);
    let next = crafted.commit(&crafted.tree(&[]), &commit);
    assert_eq!(crafted.range("main", &next), ["leak:1:5"]);
    let none = "0".repeat(40);
    let tag = crafted.object("tag", format!("object {commit}\ntag t\n\nm\n").as_bytes());
    for id in [&commit, &next, &tag] {
        let push = |command: &str, line: String| crafted.0.run_with_input([command], line.as_bytes()).status;
        assert_eq!(push("pre-push", format!("refs/heads/x {id} refs/heads/x {none}\n")), 1, "{id}");
        assert_eq!(push("pre-receive", format!("{none} {id} refs/heads/x\n")), 1, "{id}");
    }
    // And this for none at all.
    let text = format!("parent {base}\ntree {tree}\nauthor {by}\ncommitter {by}\n\nm\n");
    let tag = crafted.object("tag", b"tag t\n\nm\n");
    for broken in [&crafted.object("commit", text.as_bytes()), &tag] {
        let line = format!("refs/heads/x {broken} refs/heads/x {none}\n");
        let run = crafted.0.run_with_input(["pre-push", "--format", "json"], line.as_bytes());
        let is_named = problems(&run).iter().any(|text| text.contains(broken) && text.contains("broken"));
        assert!(run.status == 2 && is_named, "{}{}", run.stdout, run.stderr);
    }
    let run = crafted.scan(&["history", "--range", &format!("main..{tag}")]);
    assert!(run.status == 2 && run.stderr.contains("an object that it leads to is broken"), "{}", run.stderr);
}

#[test]
fn what_somebody_who_pushes_says_that_references_were_hides_nothing() {
    let crafted = Crafted::new();
    let leak = crafted.commit(&crafted.tree(&[("100644", "leak", &crafted.leak())]), "main");
    let clean = crafted.commit(&crafted.tree(&[]), &leak);
    // Git takes the second of them, and refuses only the first.
    let lines = format!("{leak} {clean} refs/heads/a\n{} {clean} refs/heads/b\n", "0".repeat(40));
    let run = crafted.0.run_with_input(["pre-receive", "--format", "json"], lines.as_bytes());
    assert_eq!((run.status, run.places()), (1, vec!["leak:1:5".to_owned()]), "{}", run.stderr);
}

#[test]
fn a_broken_list_of_where_a_history_is_cut_off_is_named() {
    let crafted = Crafted::new();
    let tip = crafted.commit(&crafted.tree(&[("100644", "leak", &crafted.leak())]), "main");
    crafted.0.git(&format!("update-ref refs/heads/tip {tip}")).file(".git/shallow", "main\n");
    let run = crafted.scan(&["history", "--range", "tip~1..tip"]);
    assert!(run.status == 2 && run.stderr.contains("shallow: line 1: it names no commit"), "{}", run.stderr);
    let run = crafted.scan(&["history"]);
    assert!(problems(&run).iter().any(|text| text.contains("shallow: line 1")), "{}", run.stdout);
    assert_eq!(run.status, 1);
}

#[test]
fn a_key_where_a_commit_or_a_tag_names_another_object_is_found() {
    let crafted = Crafted::new();
    let tree = crafted.git(&["rev-parse", "main^{tree}"], b"");
    let person = "t <t@example.com> 1700000000 +0000";
    let rest = format!("author {person}\ncommitter {person}\n\nx\n");
    for (number, kind, begin) in [
        (1, "commit", "tree KEY\n".to_owned()),
        (2, "commit", format!("tree {tree}\nparent KEY\n")),
        (3, "commit", format!("tree {tree}\nparent {tree} KEY\n")),
        (4, "tag", "object KEY\n".to_owned()),
        (5, "tag", format!("object {tree}\ntype KEY\n")),
    ] {
        crafted.object(kind, format!("{}{rest}", begin.replace("KEY", &numbered_key(number))).as_bytes());
    }
    let run = crafted.scan(&["history"]);
    assert_eq!(run.json()["findings"].as_array().unwrap().len(), 5, "{}", run.stdout);
}
