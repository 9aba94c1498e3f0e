//! The script of the GitHub action, outside of GitHub, with the variables that its runners set.

use std::collections::HashMap;
use std::os::unix::fs::PermissionsExt;
use std::process::Command;

use crate::support::{Folder, TAIL, git_command, key, numbered_key};

/// What a step of the action did.
struct Step {
    status: i32,
    log: String,
    outputs: HashMap<String, String>,
    summary: String,
}

/// Runs a step in `repo`, with variables as the runner and the action set them.
fn step(folder: &Folder, word: &str, variables: &[(&str, &str)]) -> Step {
    folder.file("temp/x", "").file("output", "").file("summary", "");
    let top = env!("CARGO_MANIFEST_DIR");
    let mut command = Command::new("bash");
    command.arg(format!("{top}/action/run.sh")).arg(word).current_dir(folder.path().join("repo"));
    for (name, _) in std::env::vars_os() {
        let name = name.to_string_lossy().into_owned();
        if ["GIT_", "GITHUB_", "INPUT_", "EVENT_", "RUNNER_"].iter().any(|prefix| name.starts_with(prefix)) {
            command.env_remove(name);
        }
    }
    let path = |name: &str| folder.path().join(name);
    command
        .env("GIT_CONFIG_GLOBAL", "/dev/null")
        .env("GITHUB_ACTION_PATH", top)
        .env("GITHUB_WORKSPACE", path("repo"))
        .env("GITHUB_OUTPUT", path("output"))
        .env("GITHUB_STEP_SUMMARY", path("summary"))
        .env("RUNNER_TEMP", path("temp"))
        .env("GITHUB_EVENT_NAME", "push")
        .env("PROGRAM", env!("CARGO_BIN_EXE_gridleaks"))
        .envs(variables.iter().copied());
    let output = command.output().unwrap();
    let log = String::from_utf8(output.stdout).unwrap() + &String::from_utf8(output.stderr).unwrap();
    let outputs = folder.read("output");
    // The last one of a name counts, as on GitHub.
    let outputs = outputs.lines().map(|line| line.split_once('=').unwrap_or_else(|| panic!("no output: {line}")));
    let outputs = outputs.map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
    Step { status: output.status.code().unwrap(), log, outputs, summary: folder.read("summary") }
}

impl Step {
    /// The exit status of the scan, whether its findings are to be uploaded, and how the job ends.
    fn ending(&self, folder: &Folder) -> (&str, bool, i32) {
        let status = &*self.outputs["status"];
        let upload = self.outputs.get("upload").is_some_and(|upload| upload == "true");
        (status, upload, step(folder, "verdict", &[("STATUS", status)]).status)
    }

    fn sarif(&self) -> serde_json::Value {
        serde_json::from_str(&std::fs::read_to_string(&self.outputs["sarif-file"]).unwrap()).unwrap()
    }

    /// Where the results in SARIF are.
    fn places(&self) -> Vec<String> {
        let log = self.sarif();
        let place = |result: &serde_json::Value| {
            let place = &result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"];
            place.as_str().unwrap().to_owned()
        };
        log["runs"][0]["results"].as_array().unwrap().iter().map(place).collect()
    }
}

/// A repository `repo` with a first commit that holds an old leak.
fn repository() -> Folder {
    let folder = Folder::new();
    folder.file("repo/old.env", numbered_key(0)).git("init -q -b main repo");
    commit(&folder, "base");
    folder
}

fn commit(folder: &Folder, message: &str) -> String {
    folder.git("-C repo add -A").git(&format!("-C repo commit -q --allow-empty -m {message}"));
    id(folder, "HEAD")
}

fn id(folder: &Folder, name: &str) -> String {
    let output = git_command().args(["-C", "repo", "rev-parse", name]).current_dir(folder.path()).output().unwrap();
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}

#[test]
fn a_tree_is_scanned_and_the_job_fails_after_the_upload() {
    let folder = repository();
    let run = step(&folder, "scan", &[]);
    assert_eq!((run.status, run.ending(&folder)), (0, ("1", true, 1)), "{}", run.log);
    assert_eq!(run.places(), ["old.env"]);
    assert!(run.log.contains("::error file=old.env,line=1,"), "{}", run.log);
    assert!(run.summary.contains("<td><code>old.env:1:1</code></td>"), "{}", run.summary);
    let repo = folder.path().join("repo").canonicalize().unwrap();
    assert_eq!(run.outputs["top"], repo.to_str().unwrap());
    // Clean.
    let clean = step(&folder, "scan", &[("INPUT_ARGS", "--exclude=old.env\n")]);
    assert_eq!((clean.status, clean.ending(&folder)), (0, ("0", true, 0)), "{}", clean.log);
    assert!(clean.summary.contains("no keys found"), "{}", clean.summary);
    // A file in a place of one's own, relative to the workspace; paths with blanks; another folder to scan in.
    folder.file("repo/my dir/a b.env", key()).file("repo/-q", key());
    let run = step(&folder, "scan", &[("INPUT_PATHS", "my dir\r\n-q\n\n"), ("INPUT_SARIF_FILE", "out.sarif")]);
    assert_eq!(run.places(), ["-q", "my%20dir/a%20b.env"], "{}", run.log);
    assert!(folder.path().join("repo/out.sarif").is_file());
    let run = step(&folder, "scan", &[("INPUT_DIRECTORY", "my dir")]);
    assert_eq!(run.places(), ["my%20dir/a%20b.env"]);
}

#[test]
fn what_fails_is_not_uploaded_and_ends_in_2() {
    let folder = repository();
    folder.file("repo/old.env", "").file("repo/cut.gz", b"\x1f\x8b\x08\0\0\0\0\0\0\x03K".as_slice());
    for (variables, says) in [
        (&[][..], "the scan is incomplete"),
        (&[("INPUT_ARGS", "--no-such-option")], "unexpected argument"),
        (&[("INPUT_DIRECTORY", "nowhere")], "nowhere"),
        (&[("INPUT_PATHS", "nowhere")], "no such file or folder"),
        (&[("INPUT_SCAN", "all")], "the input scan is"),
        (&[("INPUT_SCAN", "history"), ("INPUT_PATHS", "a")], "goes with a scan of the tree only"),
        (&[("INPUT_FAIL_ON", "nothing")], "invalid value"),
        (&[("INPUT_SARIF_FILE", "no/such/folder/x.sarif")], "cannot write the report"),
        (&[("INPUT_SCAN", "range")], "the event names no commits"),
        (&[("PROGRAM", "/bin/false")], "nothing was scanned"),
        (&[("PROGRAM", "/bin/true")], "nothing was scanned"),
        (&[("INPUT_ARGS", "--help")], "nothing was scanned"),
        (&[("INPUT_VERIFY", "yes")], "the input verify is true or false"),
        (&[("INPUT_SARIF_FILE", "a\nstatus=0")], "the input sarif-file holds the end of a line"),
        (&[("PROGRAM", "/nowhere")], "nowhere"),
    ] {
        let run = step(&folder, "scan", variables);
        assert!(run.log.contains(says), "{variables:?}: {}", run.log);
        let (status, upload, verdict) = run.ending(&folder);
        assert!(status != "0" && !upload && verdict == 2, "{variables:?}: {status}, {upload}, {verdict}");
    }
    for status in ["", "2", "101", "0 ", "0\n1"] {
        assert_eq!(step(&folder, "verdict", &[("STATUS", status)]).status, 2, "{status:?}");
    }
    assert_eq!(step(&folder, "all", &[]).status, 2);
}

/// The commits of a pull request: its head, and what GitHub has checked out, which is that merged into the base as it is now.
fn pull_request(folder: &Folder) -> (String, String) {
    let base = id(folder, "HEAD");
    folder.git("-C repo checkout -q -b side");
    folder.file("repo/new.env", key());
    commit(folder, "leak");
    folder.git("-C repo rm -q new.env");
    let head = commit(folder, "gone");
    folder.git("-C repo checkout -q main").file("repo/others.env", numbered_key(1));
    commit(folder, "others");
    folder.git("-C repo checkout -q --detach").git("-C repo merge -q --no-ff -m merge side");
    (base, head)
}

#[test]
fn a_range_is_what_the_pull_request_brings() {
    let folder = repository();
    let (base, head) = pull_request(&folder);
    let event = [("GITHUB_EVENT_NAME", "pull_request"), ("EVENT_BASE", &*base), ("EVENT_HEAD", &*head)];
    // Neither the old leak nor what others brought to the base; but what one commit adds and the next takes away.
    let run = step(&folder, "scan", &event);
    assert_eq!(run.ending(&folder), ("1", true, 1), "{}", run.log);
    assert_eq!(run.places(), ["new.env"]);
    assert!(run.summary.contains("<td><code>new.env:1:1 in "), "{}", run.summary);
    // The head itself is checked out.
    folder.git("-C repo checkout -q side");
    assert_eq!(step(&folder, "scan", &event).places(), ["new.env"]);
    let queue = [("GITHUB_EVENT_NAME", "merge_group"), event[1], event[2]];
    assert_eq!(step(&folder, "scan", &queue).places(), ["new.env"]);
    let push = [("INPUT_SCAN", "range"), event[1], event[2]];
    assert_eq!(step(&folder, "scan", &push).places(), ["new.env"]);
    let history = step(&folder, "scan", &[("INPUT_SCAN", "history")]);
    assert_eq!(history.places().len(), 3, "{:?}", history.places());
    // As with pull_request_target: the base is checked out, and nothing of it is the pull request's.
    folder.git("-C repo checkout -q main");
    for name in ["pull_request_target", "pull_request"] {
        let run = step(&folder, "scan", &[("GITHUB_EVENT_NAME", name), event[1], event[2]]);
        assert_eq!(run.ending(&folder), ("2", false, 2));
        assert!(run.log.contains("what is checked out does not have the commits"), "{}", run.log);
    }
}

#[test]
fn a_pull_request_has_no_say_in_what_counts() {
    let hide = "exclude = ['*']\n[[allow]]\npath = '*'\nreason = 'trust me'\n";
    let folder = repository();
    let (base, head) = pull_request(&folder);
    for (event, scan) in
        [("pull_request", "auto"), ("pull_request", "tree"), ("pull_request", "history"), ("merge_group", "auto")]
    {
        folder.file("repo/gridleaks.toml", hide).git("-C repo add .").git("-C repo commit -q --amend --no-edit");
        let head = if event == "merge_group" { id(&folder, "HEAD") } else { head.clone() };
        let event =
            [("GITHUB_EVENT_NAME", event), ("EVENT_BASE", &*base), ("EVENT_HEAD", &*head), ("INPUT_SCAN", scan)];
        let run = step(&folder, "scan", &event);
        assert_eq!(run.ending(&folder), ("1", true, 1), "{event:?}: {}", run.log);
        let run = step(&folder, "scan", &[&event[..], &[("INPUT_CONFIG", "none")]].concat());
        assert_eq!(run.ending(&folder).0, "1", "{event:?}: {}", run.log);
        for more in [("INPUT_CONFIG", "head"), ("INPUT_ARGS", "--config=gridleaks.toml")] {
            let run = step(&folder, "scan", &[&event[..], &[more]].concat());
            assert_eq!(run.ending(&folder).0, "0", "{event:?}: {}", run.log);
        }
    }
    // The one of a push is that which was pushed: whoever pushes to the branch may change it.
    assert_eq!(step(&folder, "scan", &[]).ending(&folder).0, "0");
    assert_eq!(step(&folder, "scan", &[("INPUT_CONFIG", "base")]).ending(&folder), ("2", false, 2));
    let event = [("GITHUB_EVENT_NAME", "pull_request"), ("INPUT_SCAN", "tree"), ("EVENT_BASE", &*"1".repeat(40))];
    let run = step(&folder, "scan", &event);
    assert_eq!(run.ending(&folder), ("2", false, 2));
    assert!(run.log.contains("config and baseline come from the base, whose commit is not here"), "{}", run.log);
}

#[test]
fn a_range_in_a_shallow_clone_is_an_error() {
    let folder = repository();
    let (base, head) = pull_request(&folder);
    folder.git("-C repo checkout -q -B merged");
    let url = format!("file://{}/repo", folder.path().display());
    folder.git(&format!("clone -q --depth 1 -b merged {url} shallow"));
    std::fs::rename(folder.path().join("repo"), folder.path().join("whole")).unwrap();
    std::fs::rename(folder.path().join("shallow"), folder.path().join("repo")).unwrap();
    let event = [("GITHUB_EVENT_NAME", "pull_request"), ("EVENT_BASE", &*base), ("EVENT_HEAD", &*head)];
    let run = step(&folder, "scan", &event);
    assert_eq!(run.ending(&folder), ("2", false, 2));
    assert!(run.log.contains("fetch-depth: 0"), "{}", run.log);
}

#[test]
fn nothing_hostile_is_run_or_believed() {
    let folder = repository();
    let (base, head) = pull_request(&folder);
    let evil = "x$(touch pwned)`touch pwned`\";touch pwned;'\n::error::x\n::set-output name=status::0\nstatus=0\r\nEOF";
    // Names of branches and the like, which the script does not look at.
    let names = ["GITHUB_REF", "GITHUB_HEAD_REF", "GITHUB_BASE_REF", "GITHUB_REF_NAME", "GITHUB_ACTOR"]
        .map(|name| (name, evil));
    let event = [("GITHUB_EVENT_NAME", "pull_request"), ("EVENT_BASE", &*base), ("EVENT_HEAD", &*head)];
    let run = step(&folder, "scan", &[&names[..], &event].concat());
    assert_eq!(run.places(), ["new.env"], "{}", run.log);
    let long = "a".repeat(40) + " --all";
    for (name, value) in [
        ("EVENT_BASE", evil),
        ("EVENT_HEAD", evil),
        ("EVENT_BASE", "--all"),
        ("EVENT_HEAD", &long),
        ("EVENT_BASE", "0000000000000000000000000000000000000000"),
        ("EVENT_BASE", ""),
    ] {
        let run = step(&folder, "scan", &[&event[..], &[(name, value)]].concat());
        assert_eq!(run.ending(&folder), ("2", false, 2), "{name}={value}: {}", run.log);
    }
    for name in
        ["INPUT_SCAN", "INPUT_PATHS", "INPUT_DIRECTORY", "INPUT_FAIL_ON", "INPUT_ARGS", "INPUT_VERIFY", "INPUT_BINARY"]
    {
        let run = step(&folder, "scan", &[(name, evil)]);
        let lines: Vec<_> =
            run.log.lines().filter(|line| line.starts_with("::error::") || line.starts_with("::set")).collect();
        assert!(lines.is_empty(), "{name}: {}", run.log);
        assert_eq!(run.outputs["status"], if name == "INPUT_BINARY" { "1" } else { "2" }, "{name}: {}", run.log);
    }
    assert!(step(&folder, "find", &[("INPUT_BINARY", evil)]).status == 2);
    let file = format!("{}/out.sarif\nstatus=0\nupload=true", folder.path().display());
    let run = step(&folder, "scan", &[("INPUT_SARIF_FILE", &file)]);
    assert_eq!((run.outputs["status"].as_str(), run.outputs.get("upload")), ("2", None));
    assert!(!folder.path().join("repo/pwned").exists());
}

#[test]
fn hostile_file_names_stay_names() {
    let folder = repository();
    for name in ["--help", "-", "$(touch pwned)", "`touch pwned`", "a\n::error::x", "<img src=x>|`[x](y)", "é ü"] {
        folder.file(format!("repo/{name}"), key());
    }
    let run = step(&folder, "scan", &[]);
    assert_eq!(run.ending(&folder), ("1", true, 1), "{}", run.log);
    assert_eq!(run.places().len(), 8, "{:?}", run.places());
    assert!(!run.log.lines().chain(run.summary.lines()).any(|line| line.starts_with("::error::x")), "{}", run.log);
    assert!(!run.summary.contains("<img") && !run.log.contains(&TAIL[4..]) && !run.summary.contains(&TAIL[4..]));
    assert!(!folder.path().join("repo/pwned").exists());
}

#[test]
fn the_program_is_found_or_built() {
    let folder = repository();
    let program = env!("CARGO_BIN_EXE_gridleaks");
    let run = step(&folder, "find", &[("INPUT_BINARY", program)]);
    assert_eq!((run.status, &*run.outputs["program"], run.outputs.get("key")), (0, program, None));
    assert_eq!(step(&folder, "find", &[("INPUT_BINARY", "no/such/program")]).status, 2);
    // On the PATH.
    folder.file("bin/x", "");
    std::os::unix::fs::symlink(program, folder.path().join("bin/gridleaks")).unwrap();
    let path = format!("{}:{}", folder.path().join("bin").display(), std::env::var("PATH").unwrap());
    let run = step(&folder, "find", &[("PATH", &path)]);
    assert!(run.outputs["program"].ends_with("/bin/gridleaks") && !run.outputs.contains_key("key"));
    // Neither: it is built, in a folder that is cached by what goes into it.
    let tools = std::env::var("PATH").unwrap();
    let tools: Vec<_> =
        tools.split(':').filter(|folder| !std::path::Path::new(folder).join("gridleaks").exists()).collect();
    let run = step(&folder, "find", &[("PATH", &tools.join(":")), ("RUNNER_OS", "Linux"), ("RUNNER_ARCH", "X64")]);
    let key = &run.outputs["key"];
    assert!(regex::Regex::new("^gridleaks-Linux-X64-[0-9a-f]{40}$").unwrap().is_match(key), "{key} {}", run.log);
    assert_eq!(run.outputs["program"], run.outputs["root"].clone() + "/bin/gridleaks");
    // Where the workspace has no say in what is run as the compiler.
    folder.file("cargo/cargo", "#!/bin/sh\npwd; echo \"$@\"\n");
    std::fs::set_permissions(folder.path().join("cargo/cargo"), std::fs::Permissions::from_mode(0o755)).unwrap();
    let path = format!("{}:/usr/bin:/bin", folder.path().join("cargo").display());
    let run = step(&folder, "build", &[("PATH", &path)]);
    let top = env!("CARGO_MANIFEST_DIR");
    assert!(run.log.starts_with(&format!("{top}\ninstall --locked --path . --root ")), "{}", run.log);
    // What the cache has is not built again.
    folder.file("temp/gridleaks/bin/x", "");
    std::os::unix::fs::symlink(program, folder.path().join("temp/gridleaks/bin/gridleaks")).unwrap();
    let run = step(&folder, "build", &[("PATH", "/usr/bin:/bin")]);
    assert_eq!((run.status, &*run.log), (0, ""));
}

#[test]
fn keys_are_verified_if_that_is_wanted() {
    use crate::support::server::{Reply, Server};
    let folder = repository();
    let server = Server::always(|| Reply::new(401, ""));
    let url = server.url();
    let asked = [("INPUT_VERIFY", "true"), ("INPUT_FAIL_ON", "active"), ("GRIDLEAKS_VERIFY_URL", &*url)];
    let run = step(&folder, "scan", &asked);
    assert_eq!(run.ending(&folder), ("0", true, 0), "{}", run.log);
    assert_eq!(server.connections(), 1);
    step(&folder, "scan", &[("INPUT_VERIFY", "False"), ("GRIDLEAKS_VERIFY_URL", &url)]);
    assert_eq!(server.connections(), 1);
    step(&folder, "scan", &[asked[1], asked[2], ("INPUT_VERIFY", "True")]);
    assert_eq!(server.connections(), 2);
}
