//! No output holds a key: not of any command, format or option, not of any error (`errors`), and not in a file that is written.

mod errors;

use std::ffi::OsStr;
use std::process::{Command, Stdio};

use crate::support::leaks::{Leaks, base64, contents, forms};
use crate::support::pack;
use crate::support::server::{Reply, Server};
use crate::support::{Folder, Run, formats, git_command, key, numbered_key};

/// How much is said, and how.
const WAYS: [&[&str]; 5] = [&[], &["-q"], &["-v"], &["--color", "always"], &["--no-config"]];

fn keys() -> Vec<String> {
    vec![key(), numbered_key(1), numbered_key(2)]
}

fn hex(text: &str) -> String {
    text.bytes().map(|byte| format!("{byte:02x}")).collect()
}

fn utf16(text: &str) -> Vec<u8> {
    text.encode_utf16().flat_map(u16::to_le_bytes).collect()
}

fn base64_text(bytes: impl AsRef<[u8]>) -> String {
    String::from_utf8(base64(bytes.as_ref())).unwrap()
}

/// Runs a command, and looks at all that it says and at every file that is new or another one afterwards.
fn silent(folder: &Folder, leaks: &Leaks, command: &mut Command, input: &[u8]) -> Run {
    let before = contents(folder.path());
    let shown = format!("{:?}", command.get_args().collect::<Vec<_>>());
    let output = {
        let mut child =
            command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("it starts");
        // Where it reads nothing, it may be gone before it is told anything.
        let _ = std::io::Write::write_all(&mut child.stdin.take().unwrap(), input);
        child.wait_with_output().unwrap()
    };
    for (stream, bytes) in [("standard output", &output.stdout), ("standard error", &output.stderr)] {
        if let Some(leak) = leaks.find(bytes) {
            panic!("{shown}, {stream}: {leak}");
        }
    }
    for (path, now) in contents(folder.path()) {
        if before.get(&path) != Some(&now)
            && let Some(leak) = leaks.find(&now)
        {
            panic!("{shown}, written to {}: {leak}", path.display());
        }
    }
    Run {
        status: output.status.code().expect("it was not killed"),
        stdout: String::from_utf8(output.stdout).unwrap(),
        stderr: String::from_utf8(output.stderr).unwrap(),
    }
}

fn gridleaks<S: AsRef<OsStr>>(folder: &Folder, leaks: &Leaks, arguments: &[S], input: &[u8]) -> Run {
    silent(folder, leaks, folder.command().args(arguments), input)
}

/// A report in each format, in a folder of its own.
fn reports(folder: &Folder) -> Vec<String> {
    std::fs::create_dir_all(folder.path().join("out")).unwrap();
    formats().iter().flat_map(|format| ["--report".to_owned(), format!("{format}=out/{format}")]).collect()
}

fn strings(parts: &[&[&str]]) -> Vec<String> {
    parts.concat().into_iter().map(str::to_owned).collect()
}

/// Every way in which a tree can hold keys.
fn tree(folder: &Folder, below: &str) {
    let [key, second, third]: [String; 3] = keys().try_into().unwrap();
    let file = |name: &str, bytes: &[u8]| _ = folder.file(format!("{below}{name}"), bytes);
    file("plain.env", format!("KEY={key}\n").as_bytes());
    file("several.txt", format!("a {key} b={second};{third},{key}{second} {key}-{third}\n").as_bytes());
    file("glued.txt", format!("{key}zz {key}_{second} x-{key} {key}{}\n", "A1b2".repeat(20)).as_bytes());
    let long = "lorem,".repeat(40_000);
    file("long.txt", format!("{long}{key}{long}{second} {third}{long}").as_bytes());
    file("wide.txt", &utf16(&format!("KEY={key}; {second}\n")));
    file("wide.log", &[b"\xff\xfe".to_vec(), utf16(&format!("\u{1f600} {key}\n"))].concat());
    let spelled = forms(key.as_bytes()).into_iter();
    let lines = spelled.map(|(name, form)| [name.as_bytes(), b": '", &form, b"'\n"].concat());
    file("encoded.yaml", &lines.collect::<Vec<_>>().concat());
    for (at, before) in ["", "=", ": "].iter().enumerate() {
        let text = base64_text(format!("{before}{key} and {second}"));
        let twice = base64_text(&text);
        let lines = format!("a: {text}\nb: {twice}\nc: {}\nd: {text}{text}\n", hex(&text));
        file(&format!("base64.{at}"), lines.as_bytes());
    }
    file("hex.txt", format!("{} {}\n", hex(&key), hex(&second).to_uppercase()).as_bytes());
    file("binary.bin", format!("\0\x01\x02{key}\0{second}\0").as_bytes());
    let zip = pack::zip(
        &[(format!("{key}.txt").as_bytes(), key.as_bytes()), (b"b", second.as_bytes())],
        8,
        pack::Sizes::Before,
    );
    file("archive.zip", &zip);
    file("archive.tgz", &pack::gzip(&pack::tar(&[(b"in/a.env", key.as_bytes()), (second.as_bytes(), b"x")])));
    file("packed.txt", format!("data: {}\n", base64_text(&zip)).as_bytes());
    let secrets = pack::gzip(key.as_bytes());
    file("broken.gz", &secrets[..secrets.len() - 6]);
    // Names.
    file(&format!("{key}.env"), b"x");
    file(&format!("{}/{second}/x.txt", hex(&key)), key.as_bytes());
    file(&format!("q={}", base64_text(&third)), third.as_bytes());
    file(&key.replace('_', "%5F"), b"x");
    folder.link(&format!("{below}link"), &format!("nowhere/{key}/{second}"));
    // Reasons, and marks that allow, which stand here in parts, as this file is scanned, too.
    let allow = ["gridleaks", "allow"].join(":");
    file("allowed.txt", format!("{key} # {allow} it is {second} here\n").as_bytes());
    file("idle.txt", format!("nothing # {allow} since {key}\n").as_bytes());
}

/// The search itself finds what it is to find: otherwise every test here passes for nothing.
#[test]
fn pieces_are_found_in_every_form() {
    let key = key();
    let leaks = Leaks::of(std::slice::from_ref(&key));
    for from in [12, 17, 24] {
        for (name, form) in forms(&key.as_bytes()[from..from + 16]) {
            assert!(leaks.find(&[b"before ", &*form, b" behind"].concat()).is_some(), "{name} from {from}");
        }
    }
    assert!(leaks.find(key.as_bytes()).is_some());
    for alignment in 0..3 {
        let text = [&b"=: "[..alignment], key.as_bytes(), b" and more"].concat();
        assert!(leaks.find(&base64(&text)).is_some(), "{alignment}");
    }
    assert!(leaks.find(&utf16(&key)).is_some());
    assert!(leaks.find(format!("{}…", &key[..12]).as_bytes()).is_none());
    assert!(leaks.find(b"a sentence that is no key, in plain words of every kind").is_none());
}

/// And the tree holds what there is to be told: whoever asks for it is shown it.
#[test]
fn what_is_asked_for_is_shown() {
    let folder = Folder::new();
    tree(&folder, "tree/");
    let leaks = Leaks::of(&keys());
    for format in formats() {
        let run = folder.run(["scan", "tree", "--show-secrets", "--format", format]);
        assert!(leaks.find(run.stdout.as_bytes()).is_some(), "{format}");
    }
}

#[test]
fn no_report_of_a_scan_holds_a_key() {
    let folder = Folder::new();
    tree(&folder, "tree/");
    let leaks = Leaks::of(&keys());
    let echo = |key: &str| Reply::new(200, &format!(r#"{{"ok": true, "user_id": "{key}", "api_key_id": "{key}"}}"#));
    let server = Server::start(move |received| echo(received.key()));
    let url = server.url();
    let verify: &[&str] = &["--verify", "--verify-url", &url];
    for format in formats() {
        for way in WAYS.iter().chain([&verify]) {
            let arguments = strings(&[&["scan", "tree", "--format", format], way]);
            let run = gridleaks(&folder, &leaks, &[arguments, reports(&folder)].concat(), b"");
            assert_eq!(run.status, 1, "{format} {way:?}: {}", run.stderr);
            let json: serde_json::Value = serde_json::from_str(&folder.read("out/json")).unwrap();
            assert!(json["findings"].as_array().unwrap().len() > 40, "{json}");
        }
    }
    assert!(server.requests().iter().any(|received| received.key() == key()), "keys were asked about");
}

#[test]
fn no_scan_of_one_file_or_of_standard_input_tells_a_key() {
    let folder = Folder::new();
    tree(&folder, "");
    let leaks = Leaks::of(&keys());
    for (path, bytes) in contents(folder.path()) {
        let named = path.strip_prefix(folder.path()).unwrap();
        for format in formats() {
            let arguments = [OsStr::new("scan"), named.as_os_str(), OsStr::new("--format"), OsStr::new(format)];
            gridleaks(&folder, &leaks, &arguments, b"");
            gridleaks(&folder, &leaks, &["scan", "-", "--format", format], &bytes);
        }
    }
}

/// A repository that holds keys wherever git can hold them.
fn repository() -> Folder {
    let [key, second, third]: [String; 3] = keys().try_into().unwrap();
    let folder = Folder::new();
    folder.git("init -q -b main").file("base", "x").git("add -A").git("commit -q -m base").git("branch base");
    folder.file("gone.env", &key).file(format!("{second}.txt"), "x").git("add -A");
    let commit = |message: &str, author: &str| {
        let mut command = git_command();
        let person = ["-c", "user.name=t", "-c", "user.email=t@example.com"];
        let author = format!("--author={author}");
        command.args(person).args(["commit", "-q", "--allow-empty", "-m", message, &author]);
        assert!(command.current_dir(folder.path()).status().unwrap().success());
    };
    commit(&format!("leave {key} and {second} here"), &format!("{third} <{key}@example.com>"));
    folder.git("rm -q gone.env");
    commit(&format!("{}\n\n{}", base64_text(format!("it is {key}")), hex(&second)), "a <a@example.com>");
    folder.git(&format!("tag {key}")).git(&format!("branch topic/{second}"));
    folder.git(&format!("tag -a -m {third} annotated")).file("staged.env", format!("{key} {third}\n")).git("add -A");
    folder
}

#[test]
fn no_report_of_git_tells_a_key() {
    let folder = repository();
    let leaks = Leaks::of(&keys());
    let head = git_command().args(["rev-parse", "HEAD", "base"]).current_dir(folder.path()).output().unwrap();
    let head = String::from_utf8(head.stdout).unwrap();
    let (head, base) = head.trim().split_once('\n').unwrap();
    let pushed = format!("refs/heads/{} {head} refs/heads/{} {base}\n", key(), numbered_key(1));
    let received = format!("{base} {head} refs/heads/{}\n", key());
    for format in formats() {
        for way in WAYS {
            for (arguments, input) in [
                (&["staged"][..], ""),
                (&["history"], ""),
                (&["history", "--range", "base..HEAD"], ""),
                (&["pre-push", "origin", "nowhere"], &*pushed),
                (&["pre-receive"], &*received),
                (&["scan"], ""),
            ] {
                let arguments = [strings(&[arguments, &["--format", format], way]), reports(&folder)].concat();
                let run = gridleaks(&folder, &leaks, &arguments, input.as_bytes());
                assert_eq!(run.status, 1, "{arguments:?}: {}", run.stderr);
            }
        }
    }
}

#[test]
fn no_baseline_and_no_hook_tells_a_key() {
    let leaks = Leaks::of(&keys());
    for more in [&["baseline"][..], &["baseline", "--history"], &["baseline", "-q"], &["baseline", "-o", "b"]] {
        let folder = repository();
        tree(&folder, "tree/");
        // What is broken in there keeps a baseline from being written.
        let arguments: Vec<_> = more.iter().chain(&["--exclude", "broken.gz"]).collect();
        let run = gridleaks(&folder, &leaks, &arguments, b"");
        assert_eq!(run.status, 0, "{more:?}: {}", run.stderr);
        // Once more, with one to read, and after what it is about has gone.
        std::fs::remove_dir_all(folder.path().join("tree")).unwrap();
        for arguments in [&["scan"][..], &["scan", "--baseline", "b"], &["history"], &["baseline"]] {
            for format in formats().into_iter().take(if arguments == ["baseline"] { 1 } else { usize::MAX }) {
                let format: &[&str] = if arguments == ["baseline"] { &[] } else { &["--format", format] };
                gridleaks(&folder, &leaks, &[arguments, format].concat(), b"");
            }
        }
    }
    for path in [format!("hooks/{}", key()), hex(&key()), format!("{}/{}", numbered_key(1), numbered_key(2))] {
        let folder = repository();
        folder.git(&format!("config core.hooksPath {path}"));
        gridleaks(&folder, &leaks, &["install", "--pre-push"], b"");
        std::fs::remove_dir_all(folder.path().join(path.split('/').next().unwrap())).unwrap();
        folder.file(path.split('/').next().unwrap(), "a file, where a folder should be");
        assert_eq!(gridleaks(&folder, &leaks, &["install"], b"").status, 2);
    }
}
