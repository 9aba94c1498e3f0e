//! `gridleaks history` on repositories that git itself makes.

use std::fs;
use std::path::PathBuf;

use crate::support::{Folder, Run, formats, git_command, git_on_day, numbered_key};

/// A repository whose commits are made a day apart.
struct Repository {
    folder: Folder,
    day: std::cell::Cell<u64>,
}

impl Repository {
    fn new(init: &str) -> Self {
        let folder = Folder::new();
        folder.git(init);
        Repository { folder, day: std::cell::Cell::new(0) }
    }

    /// Writes a file, or takes it away if there is no text, and commits everything.
    fn commit(&self, name: &str, text: Option<&str>) -> String {
        match text {
            Some(text) => {
                self.folder.file(name, text);
            }
            None => fs::remove_file(self.folder.path().join(name)).unwrap(),
        }
        self.git(&["add", "-A"]);
        self.git(&["commit", "-q", "--allow-empty", "-m", &format!("change {name}")]);
        self.head()
    }

    fn git(&self, arguments: &[&str]) -> String {
        let day = self.day.get() + 1;
        self.day.set(day);
        git_on_day(&self.folder, day, "+0000", ("A U Thor", "a@example.com"), arguments)
    }

    fn head(&self) -> String {
        self.git(&["rev-parse", "HEAD"])
    }

    fn scan(&self, arguments: &[&str]) -> Run {
        self.folder.run(["history", "--format", "json"].iter().chain(arguments))
    }

    /// For each finding its path, the beginning of the commit that brought it, how many versions there are, and whether HEAD and
    /// references have it.
    fn stories(&self, arguments: &[&str]) -> Vec<String> {
        let run = self.scan(arguments);
        assert!(run.json()["complete"].as_bool().unwrap(), "{}", run.stderr);
        stories(&run)
    }
}

fn stories(run: &Run) -> Vec<String> {
    let json = run.json();
    let story = |finding: &serde_json::Value| {
        let git = &finding["git"];
        let commit = git["commit"].as_str().map_or("-", |commit| &commit[..7]);
        let path = finding["path"].as_str().unwrap_or("-");
        let is = |name: &str, text: &'static str| if git[name].as_bool().unwrap() { text } else { "" };
        let removed = git["removed"]["commit"].as_str().map(|commit| format!(" removed {}", &commit[..7]));
        let story =
            format!("{path} {commit} {}{}{}", git["versions"], is("in_head", " head"), is("reachable", " reachable"));
        story + &removed.unwrap_or_default()
    };
    json["findings"].as_array().unwrap().iter().map(story).collect()
}

fn brief(commit: &str) -> &str {
    &commit[..7]
}

/// A line with a key in it.
fn line(number: u64) -> String {
    format!("key: {}\n", numbered_key(number))
}

const INITS: [&str; 3] =
    ["init -q -b main", "init -q -b main --object-format=sha256", "init -q -b main --ref-format=reftable"];

#[test]
fn a_key_is_told_with_who_brought_it_and_what_became_of_it() {
    for init in INITS {
        let repository = Repository::new(init);
        repository.commit("readme", Some("hello\n"));
        let brought = repository.commit("src/conf/app.yml", Some(&format!("a: 1\n{}", line(1))));
        repository.commit("src/conf/app.yml", Some(&format!("a: 2\n{}", line(1))));
        let removed = repository.commit("src/conf/app.yml", Some("a: 2\nkey:\n"));
        let kept = repository.commit("kept", Some(&line(2)));
        let renamed = repository.commit("x", Some("x"));
        repository.git(&["mv", "kept", "moved"]);
        let moved = repository.commit("x", Some("y"));
        let expected = [
            format!("kept {} 1 reachable removed {}", brief(&kept), brief(&moved)),
            format!("moved {} 1 head reachable", brief(&moved)),
            format!("src/conf/app.yml {} 2 reachable removed {}", brief(&brought), brief(&removed)),
        ];
        assert_ne!(renamed, moved);
        for change in ["", "repack -adfq", "-c pack.indexVersion=1 repack -adfq", "multi-pack-index write"] {
            if !change.is_empty() {
                repository.git(&change.split(' ').collect::<Vec<_>>());
            }
            assert_eq!(repository.stories(&[]), expected, "{init}, {change}");
            assert_eq!(repository.stories(&["--threads", "1"]), expected, "{init}, {change}");
        }
        let run = repository.scan(&[]);
        let finding = &run.json()["findings"][2];
        assert_eq!((finding["line"].as_u64(), finding["column"].as_u64()), (Some(2), Some(6)));
        assert_eq!(finding["git"]["author"], "A U Thor <a@example.com>");
        assert!(finding["git"]["date"].as_str().unwrap().starts_with("2023-11-"), "{finding}");
        assert_eq!(run.status, 1);
        let packed = fs::read_dir(repository.folder.path().join(".git/objects/pack")).unwrap();
        let index =
            packed.flatten().map(|entry| entry.path()).find(|path| path.extension().is_some_and(|e| e == "idx"));
        fs::remove_file(index.unwrap()).unwrap();
        assert_eq!(repository.stories(&[]), expected, "{init}: only the index of all packs is left");
    }
}

#[test]
fn everything_that_git_keeps_is_read() {
    let repository = Repository::new(INITS[0]);
    repository.commit("a", Some("a\n"));
    repository.git(&["commit", "-q", "--allow-empty", "-m", &format!("message {}", numbered_key(1))]);
    repository.git(&["tag", "-a", "v1", "-m", &numbered_key(2)]);
    repository.git(&["notes", "add", "-m", &numbered_key(3)]);
    repository.git(&["branch", &format!("b/{}", numbered_key(4))]);
    repository.folder.file("stashed", line(5));
    repository.git(&["add", "stashed"]);
    repository.git(&["stash", "-q"]);
    repository.commit("lost", Some(&line(6)));
    repository.git(&["reset", "-q", "--hard", "HEAD~1"]);
    repository.folder.file("loose", line(7));
    repository.git(&["hash-object", "-w", "loose"]);
    fs::remove_file(repository.folder.path().join("loose")).unwrap();
    repository.git(&["commit", "-q", "--allow-empty", "-m", "x", "--author", &format!("{} <x@y>", numbered_key(8))]);
    repository.commit(&format!("d/{}/x", numbered_key(9)), Some(""));
    repository.commit("binary", Some(&format!("\0\0{}\0", numbered_key(10))));
    let keys = |run: &Run| {
        let json = run.json();
        let prints = json["findings"].as_array().unwrap().iter().map(|finding| finding["fingerprint"].to_string());
        prints.collect::<std::collections::BTreeSet<_>>().len()
    };
    assert_eq!(keys(&repository.scan(&[])), 10, "{}", repository.scan(&[]).stdout);
    repository.git(&["gc", "-q", "--prune=never"]);
    let run = repository.scan(&[]);
    assert_eq!(keys(&run), 10);
    let lost = stories(&run).into_iter().find(|story| story.starts_with("lost ")).unwrap();
    assert!(!lost.contains("reachable"), "{lost}");
    assert!(stories(&run).iter().any(|story| story.starts_with("stashed ") && story.contains(" reachable")));
    let sub = repository.folder.path().join("d");
    assert_eq!(keys(&Run::of(repository.folder.command().args(["history", "--format=json"]).current_dir(&sub))), 10);
    // Of bare repositories, linked work trees, and those that borrow objects.
    repository.git(&["worktree", "add", "-q", "../linked-tree-of-this-test", "-b", "linked"]);
    let linked = repository.folder.path().parent().unwrap().join("linked-tree-of-this-test");
    let of_linked = Run::of(repository.folder.command().args(["history", "--format=json"]).current_dir(&linked));
    repository.git(&["worktree", "remove", "--force", "../linked-tree-of-this-test"]);
    assert_eq!(keys(&of_linked), 10);
    let other = Folder::new();
    let from = repository.folder.path().to_str().unwrap();
    other.git(&format!("clone -q --shared --bare {from} bare"));
    let run = other.run(["history", "bare", "--format", "json"]);
    assert_eq!(keys(&run), 10, "the folder that it borrows from is read whole");
}

#[test]
fn merges_that_bring_their_own_change_and_several_roots() {
    INITS.into_iter().for_each(merges);
}

fn merges(init: &str) {
    let repository = Repository::new(init);
    repository.commit("a", Some("a\n"));
    repository.git(&["checkout", "-q", "-b", "side"]);
    let side = repository.commit("side", Some(&line(1)));
    repository.git(&["checkout", "-q", "main"]);
    repository.commit("b", Some("b\n"));
    repository.git(&["merge", "-q", "--no-commit", "side"]);
    let merge = repository.commit("evil", Some(&line(2)));
    repository.git(&["checkout", "-q", "--orphan", "root"]);
    repository.git(&["rm", "-rfq", "."]);
    let root = repository.commit("root", Some(&line(3)));
    repository.git(&["checkout", "-q", "main"]);
    let expected = [
        format!("evil {} 1 head reachable", brief(&merge)),
        format!("root {} 1 reachable", brief(&root)),
        format!("side {} 1 head reachable", brief(&side)),
    ];
    assert_eq!(repository.stories(&[]), expected);
    // The same by ranges: each what its commits bring.
    assert_eq!(repository.stories(&["--range", "main^1..main"]), [expected[0].clone(), expected[2].clone()]);
    assert_eq!(repository.stories(&["--range", "side..main"]), [expected[0].clone()]);
    assert_eq!(repository.stories(&["--range", "main^!"]), [expected[0].clone()]);
    assert_eq!(repository.stories(&["--range", "root ^main"]).len(), 1);
    assert_eq!(repository.stories(&["--range", "main..main"]), [""; 0]);
    for wrong in ["nothing..main", "^main", "main...nothing"] {
        let run = repository.scan(&["--range", wrong]);
        assert_eq!((run.status, run.stdout.as_str()), (2, ""), "{wrong}");
    }
}

#[test]
fn git_configuration_hides_nothing() {
    let repository = Repository::new(INITS[0]);
    repository.commit(".gitattributes", Some("* -diff -text binary\n*.env filter=none diff=x\n"));
    let commit = repository.commit("x.env", Some(&line(1)));
    let clean = repository.commit("x.env", Some("clean\n"));
    for setting in ["color.ui=always", "core.bigFileThreshold=1", "diff.x.textconv=true", "core.quotePath=true"] {
        let (name, value) = setting.split_once('=').unwrap();
        repository.git(&["config", name, value]);
    }
    repository.git(&["replace", &commit, &clean]);
    let blob = repository.git(&["rev-parse", &format!("{commit}:x.env")]);
    let other = repository.git(&["rev-parse", "HEAD:x.env"]);
    repository.git(&["replace", "-f", &blob, &other]);
    fs::write(repository.folder.path().join(".git/info/grafts"), format!("{clean}\n")).unwrap();
    let expected = format!("x.env {} 1 reachable removed {}", brief(&commit), brief(&clean));
    assert_eq!(repository.stories(&[]), [expected.as_str()]);
    assert_eq!(repository.stories(&["--range", &clean]).len(), 1);
}

/// What is said of problems, without the names of objects.
fn problems(run: &Run) -> Vec<String> {
    let json = run.json();
    let text = |problem: &serde_json::Value| {
        format!("{}: {}", problem["kind"].as_str().unwrap(), problem["message"].as_str().unwrap())
    };
    json["problems"].as_array().unwrap().iter().map(text).collect()
}

#[test]
fn what_is_missing_or_broken_is_a_problem_and_the_rest_is_read() {
    let repository = Repository::new(INITS[0]);
    repository.commit("a", Some("first\n"));
    repository.commit("b", Some(&"second\n".repeat(400)));
    let object = |name: &str| {
        let id = repository.git(&["rev-parse", name]);
        (repository.folder.path().join(format!(".git/objects/{}/{}", &id[..2], &id[2..])), id)
    };
    for name in ["HEAD:a", "HEAD~1:", "HEAD~1"] {
        let (path, id) = object(name);
        let kept = fs::read(&path).unwrap();
        fs::set_permissions(&path, std::os::unix::fs::PermissionsExt::from_mode(0o644)).unwrap();
        fs::remove_file(&path).unwrap();
        let run = repository.scan(&[]);
        assert_eq!(run.status, 2, "{name}");
        assert!(
            problems(&run).iter().any(|text| text.starts_with("missing: ") && text.contains(&id)),
            "{name}: {:?}",
            problems(&run)
        );
        fs::write(&path, &kept[..kept.len() / 2]).unwrap();
        let run = repository.scan(&[]);
        assert_eq!(run.status, 2, "{name}");
        assert!(problems(&run).iter().any(|text| text.contains(&id)), "{name}: {:?}", problems(&run));
        fs::write(&path, kept).unwrap();
    }
    // What nothing reaches may lack something: git lets it go.
    repository.commit("c", Some("third\n"));
    let (path, _) = object("HEAD:c");
    repository.git(&["reset", "-q", "--hard", "HEAD~1"]);
    fs::remove_file(path).unwrap();
    assert_eq!(repository.scan(&[]).status, 0, "{}", repository.scan(&[]).stdout);
    // A pack that is cut off: the key at its beginning is found all the same.
    let last = repository.commit("z", Some(&line(1)));
    repository.git(&["reflog", "expire", "--expire=now", "--all"]);
    repository.git(&["repack", "-adq"]);
    let pack = pack_of(&repository);
    let whole = fs::read(&pack).unwrap();
    fs::set_permissions(&pack, std::os::unix::fs::PermissionsExt::from_mode(0o644)).unwrap();
    for length in [whole.len() - 21, whole.len() / 2, 40, 12, 0] {
        fs::write(&pack, &whole[..length]).unwrap();
        let run = repository.scan(&[]);
        assert_ne!(run.status, 0, "{length}");
        assert!(!run.json()["complete"].as_bool().unwrap(), "{length}");
    }
    // Any byte that is changed is noticed, or changes nothing.
    let clean = stories(&{
        fs::write(&pack, &whole).unwrap();
        repository.scan(&[])
    });
    assert_eq!(clean, [format!("z {} 1 head reachable", brief(&last))]);
    for at in (0..whole.len()).step_by(7) {
        let mut bytes = whole.clone();
        bytes[at] ^= 0x55;
        fs::write(&pack, bytes).unwrap();
        let run = repository.scan(&[]);
        assert!(stories(&run) == clean || !run.json()["complete"].as_bool().unwrap(), "byte {at}: {}", run.stdout);
    }
}

fn pack_of(repository: &Repository) -> PathBuf {
    let packs = fs::read_dir(repository.folder.path().join(".git/objects/pack")).unwrap();
    packs.flatten().map(|entry| entry.path()).find(|path| path.extension().is_some_and(|end| end == "pack")).unwrap()
}

#[test]
fn shallow_and_partial_clones_are_problems() {
    let repository = Repository::new(INITS[0]);
    repository.commit("a", Some(&line(1)));
    repository.commit("a", Some("clean\n"));
    repository.git(&["config", "uploadpack.allowFilter", "true"]);
    let from = format!("file://{}", repository.folder.path().display());
    let other = Folder::new();
    other
        .git(&format!("clone -q --depth 1 {from} shallow"))
        .git(&format!("clone -q --filter=blob:none {from} partial"));
    let run = other.run(["history", "shallow", "--format", "json"]);
    assert_eq!(run.status, 2);
    assert!(problems(&run)[0].contains("git fetch --unshallow"), "{:?}", problems(&run));
    assert_eq!(other.run(["history", "shallow", "--allow-shallow"]).status, 0);
    let blob = repository.git(&["rev-parse", "HEAD~1:a"]);
    for range in [&[][..], &["--range", "HEAD~1"]] {
        let run = other.run([&["history", "partial", "--format", "json"], range].concat());
        assert_eq!(run.status, 2);
        let problems = problems(&run);
        assert!(problems.iter().any(|text| text.contains(&blob) && text.contains("--refetch")), "{problems:?}");
    }
}

#[test]
fn histories_of_submodules_are_read() {
    let inner = Repository::new(INITS[0]);
    inner.commit("secret", Some(&line(1)));
    inner.commit("secret", Some("clean\n"));
    let outer = Repository::new(INITS[0]);
    outer.commit("a", Some("a\n"));
    outer.git(&["submodule", "--quiet", "add", inner.folder.path().to_str().unwrap(), "lib/sub"]);
    outer.commit("b", Some("b\n"));
    let stories = outer.stories(&[]);
    assert_eq!(stories.len(), 1);
    assert!(stories[0].starts_with("lib/sub/secret "), "{stories:?}");
}

#[test]
fn a_folder_that_is_no_repository_is_an_error() {
    let folder = Folder::new();
    for arguments in [&["history"][..], &["history", "nowhere"], &["history", "--range", "HEAD"], &["pre-push"]] {
        let run = folder.run(arguments);
        assert_eq!((run.status, run.stdout.as_str()), (2, ""), "{arguments:?}");
    }
    folder.git("init -q empty");
    assert_eq!(folder.run(["history", "empty"]).status, 0);
}

#[test]
fn what_every_report_says() {
    let repository = Repository::new(INITS[0]);
    repository.commit("deploy/values.yaml", Some(&line(1)));
    repository.commit("deploy/values.yaml", Some(&format!("# changed\n{}", line(1))));
    repository.commit("deploy/values.yaml", Some("clean\n"));
    repository.commit("kept.env", Some(&line(2)));
    repository.git(&["commit", "-q", "--allow-empty", "-m", &format!("say {}", numbered_key(3))]);
    repository.git(&["tag", "-a", "v1", "-m", &format!("tag {}", numbered_key(4))]);
    repository.git(&["branch", &format!("b/{}", numbered_key(5))]);
    repository.commit("lost", Some(&line(6)));
    repository.git(&["reset", "-q", "--hard", "HEAD~1"]);
    for format in formats() {
        let run = repository.folder.run(["history", "--format", format]);
        insta::assert_snapshot!(format, run.stable());
    }
}

#[test]
fn trees_that_make_more_paths_than_anybody_could_list_are_a_problem() {
    let repository = Repository::new(INITS[0]);
    repository.folder.file("key", line(1));
    let mut id = repository.git(&["hash-object", "-w", "key"]);
    for level in 0..8 {
        let kind = if level == 0 { "100644 blob" } else { "040000 tree" };
        let entries: String = (0..10).map(|name| format!("{kind} {id}\t{name}\n")).collect();
        repository.folder.file("entries", entries);
        let input = fs::File::open(repository.folder.path().join("entries")).unwrap();
        let output = git_command().arg("mktree").stdin(input).current_dir(repository.folder.path()).output().unwrap();
        id = String::from_utf8(output.stdout).unwrap().trim().to_owned();
    }
    let commit = repository.git(&["commit-tree", "-m", "x", &id]);
    repository.git(&["update-ref", "refs/heads/main", &commit]);
    let run = repository.scan(&[]);
    assert_eq!(run.status, 1);
    assert!(problems(&run).iter().any(|text| text.starts_with("limit: ")), "{:?}", problems(&run));
}
