//! No output holds a key: not of any command, format or option, not of any error, and not in a file that is written.

use std::ffi::{OsStr, OsString};
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
    // Reasons, and marks that allow.
    file("allowed.txt", format!("{key} # gridleaks:allow it is {second} here\n").as_bytes());
    file("idle.txt", format!("nothing # gridleaks:allow since {key}\n").as_bytes());
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

#[test]
fn a_key_alone_is_verified_in_silence() {
    let folder = Folder::new();
    let [key, second, _]: [String; 3] = keys().try_into().unwrap();
    let leaks = Leaks::of(&keys());
    let echoes: [fn(&str) -> Reply; 6] = [
        |_| Reply::active(),
        |_| Reply::new(401, ""),
        |key| Reply::new(200, &format!(r#"{{"ok": true, "user_id": "{key}", "api_key_id": "{key}"}}"#)),
        |key| Reply::with_headers(302, &format!("location: https://example.com/{key}\r\n"), key),
        |key| Reply::with_headers(429, &format!("retry-after: 99999\r\nx-key: {key}\r\n"), key),
        |key| Reply::raw(format!("HTTP/1.1 200 {key}\r\n{key}\r\n\r\n")),
    ];
    for echo in echoes {
        let server = Server::start(move |received| echo(received.key()));
        for color in ["always", "never"] {
            let arguments = ["verify", "--verify-url", &server.url(), "--verify-timeout", "3", "--color", color];
            gridleaks(&folder, &leaks, &arguments, key.as_bytes());
        }
    }
    // Nothing of this is one key, and nothing of it is sent.
    for input in [
        format!("{key} {second}"),
        format!("KEY={key}"),
        format!("f{key}"),
        format!("{key}\0{}", "x".repeat(100_000)),
        base64_text(&key),
        hex(&key),
    ] {
        let run = gridleaks(&folder, &leaks, &["verify", "--verify-url", "http://127.0.0.1:1/"], input.as_bytes());
        assert_eq!(run.status, 2);
    }
}

/// Every place of the command line where a key could be pasted by mistake.
#[test]
fn no_argument_is_told() {
    let folder = repository();
    let leaks = Leaks::of(&keys());
    let [key, second, _]: [String; 3] = keys().try_into().unwrap();
    let spellings = [
        key.clone(),
        format!("--{key}"),
        format!("-{key}"),
        format!("{key}={second}"),
        format!("no/{key}/{second}"),
        hex(&key),
        base64_text(format!("a {key}")),
        format!("\u{1b}[31m{key}"),
        format!("{key}\n::error::{second}"),
        format!("'{key}'"),
        format!("{key}..{second}"),
    ];
    let places: [&[&str]; 33] = [
        &["@"],
        &["scan", "@"],
        &["scan", "--@"],
        &["scan", "--format", "@"],
        &["scan", "--format=@"],
        &["scan", "--report", "@"],
        &["scan", "--report", "json=@/x"],
        &["scan", "--report", "@=x"],
        &["scan", "--rules", "@"],
        &["scan", "--config", "@"],
        &["scan", "--baseline", "@"],
        &["scan", "--exclude", "../@"],
        &["scan", "--threads", "@"],
        &["scan", "--color", "@"],
        &["scan", "--fail-on", "@"],
        &["scan", "--verify", "--verify-url", "@"],
        &["scan", "--verify", "--verify-url", "http://@"],
        &["scan", "--verify", "--verify-url", "https://user:@@example.com/"],
        &["scan", "--verify-timeout", "@"],
        &["scan", "-q", "-v", "@"],
        &["scan", "--no-config", "--config", "@"],
        &["staged", "@"],
        &["history", "@"],
        &["history", "--range", "@"],
        &["history", "--range", "@..HEAD"],
        &["pre-push", "@", "@"],
        &["baseline", "-o", "@/x"],
        &["verify", "@"],
        &["rules", "show", "@"],
        &["rules", "check", "@"],
        &["completions", "@"],
        &["man", "@"],
        &["help", "@"],
    ];
    for spelling in &spellings {
        for place in places {
            let arguments: Vec<_> = place.iter().map(|part| part.replace('@', spelling)).collect();
            gridleaks(&folder, &leaks, &arguments, b"");
        }
    }
    // One that is no text, and a name of a file that could be an option.
    let strange = [b"\xff".to_vec(), key.clone().into_bytes()].concat();
    let strange = <OsString as std::os::unix::ffi::OsStringExt>::from_vec(strange);
    for place in ["scan", "history", "verify", "--rules"] {
        gridleaks(&folder, &leaks, &[OsStr::new(place), &strange], b"");
    }
    folder.file(format!("--{key}"), "x");
    assert_eq!(gridleaks(&folder, &leaks, &["scan", "--pre-commit", &format!("--{key}")], b"").status, 2);
}

/// On a terminal messages are coloured, by codes that could stand between a key and what tells it apart.
#[test]
#[cfg(target_os = "linux")]
fn no_argument_is_told_on_a_terminal() {
    use crate::support::terminal::Terminal;
    let folder = repository();
    let leaks = Leaks::of(&keys());
    let key = key();
    for arguments in [
        &[&*key][..],
        &["scan", &key],
        &["scan", "--format", &key],
        &["scan", &format!("--{key}")],
        &["scan", "--threads", &key],
        &["scan", "--report", &key],
        &["staged", &key],
        &["help", &key],
        &["history", "--range", &key],
        &["completions", &key],
        &["rules", "show", &key],
    ] {
        let terminal = Terminal::new();
        let mut command = folder.command();
        command.env("TERM", "xterm-256color").args(arguments);
        command.stdin(terminal.stream()).stdout(terminal.stream()).stderr(terminal.stream());
        let (_, shown) = terminal.run(&mut command, None);
        assert!(!shown.is_empty());
        if let Some(leak) = leaks.find(shown.as_bytes()) {
            panic!("{arguments:?}: {leak}");
        }
    }
}

/// What is wrong with a file is told with its place, and not with what stands there.
#[test]
fn no_fault_of_a_file_is_told_with_a_key() {
    let leaks = Leaks::of(&keys());
    let [key, second, third]: [String; 3] = keys().try_into().unwrap();
    let texts = [
        key.clone(),
        format!("{key} = 1\n"),
        format!("\"{key}\n"),
        format!("exclude = ['{key}', '../{second}']\n"),
        format!("rules = ['{key}']\n"),
        format!("rules = ['/{key}']\n"),
        format!("baseline = '{key}'\n"),
        format!("baseline = '{second}/../..'\n"),
        format!("baseline = ['{key}', {second}]\n"),
        format!("[[allow]]\nfingerprint = '{key}'\nreason = 'x'\n"),
        format!("[[allow]]\npath = '{key}['\nreason = '{second}'\n"),
        format!("[[allow]]\npath = '**'\nreason = 'as {key} was {second}'\n"),
        format!("[[allow]]\n{key} = 'x'\n"),
        format!("[[allow]]\npath = \"\\q{key}\"\n"),
        format!("[[rules]]\nid = '{key}'\nregex = 'x'\n"),
        format!("[[rules]]\nid = 'a'\nregex = '{key}(['\n"),
        format!("[[rules]]\nid = 'a'\nregex = '{key}.*'\n"),
        format!("[[rules]]\nid = 'a'\nregex = 'abc_[0-9]{{8}}'\ntags = ['{key}']\nhelp = '''{second}'''\n"),
        format!("[[rules]]\nid = 'a'\nregex = 'abc_[0-9]{{8}}'\ntags = ['{key}', '{third}']\n"),
        format!("[[rules]]\nid = 'a'\nregex = '{key}'\nkeywords = ['{key}']\npath = '{second}'\n"),
        format!("[[rules]]\nid = 'a'\nregex = 'abc'\nlevel = '{key}'\n"),
        format!("[[rules]]\nid = 'a'\nregex = 'abc'\nexamples = ['{key} abc abc', 'abc {second}']\n"),
        format!("[[rules]]\nid = 'a'\nregex = 'abc'\n[rules.verify]\nurl = 'https://{key}:{second}@x.example/'\n"),
        format!(
            "[[rules]]\nid = 'a'\nregex = 'abc'\n[rules.verify]\nmethod = 'GET'\nurl = 'https://x.example/{key}'\nheaders = {{ '{second}' = '{third}' }}\nactive = [200]\ninactive = [401]\n"
        ),
        format!("[[rules]]\nid = 'a'\nregex = 'abc'\n{key} = 1\n"),
        format!("gridleaks-baseline 1 {key}\n"),
        format!("gridleaks-baseline {key}\n"),
        format!("gridleaks-baseline 1 files\n{key} {second}\n"),
        format!("gridleaks-baseline 1 files\nsha256:{} 2026-01-01 {key} {second}\n", "0".repeat(64)),
        format!("<<<<<<< {key}\n"),
    ];
    for text in &texts {
        for coded in [text.clone(), format!("{}\n", base64_text(text)), format!("\u{feff}{text}")] {
            let folder = Folder::new();
            folder.git("init -q").file("f", format!("{key} abc abc_12345678\n")).file("given", &coded);
            for arguments in [
                &["scan", "--config", "given"][..],
                &["scan", "--rules", "given"],
                &["scan", "--baseline", "given"],
                &["scan", "--rules", "given", "--format", "sarif"],
                &["scan", "--config", "given", "--format", "json", "-v"],
                &["rules", "check", "given"],
                &["rules", "list", "--rules", "given"],
                &["rules", "show", "a", "--rules", "given"],
                &["baseline", "-o", "given"],
            ] {
                gridleaks(&folder, &leaks, arguments, b"");
            }
            for name in ["gridleaks.toml", "gridleaks.baseline", ".gitignore"] {
                folder.file(name, &coded);
                for arguments in [&["scan"][..], &["scan", "--format", "json"], &["staged"], &["rules", "list"]] {
                    gridleaks(&folder, &leaks, arguments, b"");
                }
                std::fs::remove_file(folder.path().join(name)).unwrap();
            }
        }
    }
}

/// Git's own files and what it tells hooks may hold anything.
#[test]
fn no_fault_of_git_is_told_with_a_key() {
    let leaks = Leaks::of(&keys());
    let [key, second, _]: [String; 3] = keys().try_into().unwrap();
    for (file, text) in [
        ("HEAD", format!("ref: refs/heads/{key}\n")),
        ("HEAD", key.clone()),
        ("config", format!("[{key}\n")),
        ("config", format!("[core]\nrepositoryformatversion = {key}\n")),
        (
            "config",
            format!("[core]\nrepositoryformatversion = 1\n[extensions]\n{} = {second}\n", key.replace('_', "-")),
        ),
        ("config", format!("[extensions]\nobjectformat = {key}\n[core]\nrepositoryformatversion = 1\n")),
        ("config", format!("[include]\npath = {key}\n[core]\nworktree = {second}\n")),
        ("packed-refs", format!("{key} {second}\n")),
        ("refs/heads/bad", format!("{key}\n")),
        ("index", format!("DIRC{key}")),
        ("objects/info/alternates", format!("/{key}/objects\n")),
        ("shallow", format!("{key}\n")),
        ("commondir", key.clone()),
        ("objects/12/345678901234567890123456789012345678", key.clone()),
    ] {
        let folder = repository();
        folder.file(format!(".git/{file}"), &text);
        for arguments in [&["scan", "base"][..], &["scan"], &["staged"], &["history"], &["baseline"], &["install"]] {
            gridleaks(&folder, &leaks, arguments, b"");
        }
        gridleaks(&folder, &leaks, &["history", "--range", "HEAD~1..HEAD", "--format", "json"], b"");
    }
    let folder = repository();
    folder.file("sub/.git", format!("gitdir: {key}\n"));
    for input in [
        key.clone(),
        format!("{key} {second} {key} {second}\n"),
        format!("refs/heads/a {key} refs/heads/b {second}\n"),
        format!("{} {} {key}\n", "1".repeat(40), "2".repeat(40)),
        hex(&key),
    ] {
        for arguments in [&["pre-push", "origin"][..], &["pre-receive"], &["pre-push", &key, &second], &["scan", "sub"]]
        {
            gridleaks(&folder, &leaks, arguments, input.as_bytes());
        }
    }
}

#[test]
fn no_variable_is_told() {
    let folder = repository();
    let leaks = Leaks::of(&keys());
    let [key, second, _]: [String; 3] = keys().try_into().unwrap();
    for (name, value) in [
        ("GRIDLEAKS_VERIFY_URL", key.clone()),
        ("GRIDLEAKS_VERIFY_URL", format!("http://127.0.0.1:1/{key}")),
        ("GRIDLEAKS_VERIFY_URL", format!("https://{key}:{second}@127.0.0.1/")),
        ("HTTPS_PROXY", format!("http://{key}:{second}@127.0.0.1:1/")),
        ("ALL_PROXY", key.clone()),
        ("NO_PROXY", key.clone()),
        ("SSL_CERT_FILE", key.clone()),
        ("GIT_DIR", key.clone()),
        ("GIT_INDEX_FILE", format!("{key}/{second}")),
        ("GIT_WORK_TREE", key.clone()),
        ("GIT_OBJECT_DIRECTORY", key.clone()),
        ("GIT_ALTERNATE_OBJECT_DIRECTORIES", key.clone()),
        ("GIT_CONFIG_COUNT", key.clone()),
        ("GIT_CONFIG_PARAMETERS", key.clone()),
        ("PRE_COMMIT_FROM_REF", key.clone()),
        ("PRE_COMMIT_TO_REF", format!("{key}..{second}")),
        ("PRE_COMMIT_REMOTE_NAME", key.clone()),
        ("COLUMNS", key.clone()),
        ("HOME", key.clone()),
        ("RUST_LOG", key.clone()),
    ] {
        let url = "https://127.0.0.1:1/";
        for arguments in [
            &["scan", "base"][..],
            &["scan", "--verify", "--verify-timeout", "2"],
            &["scan", "--verify", "--verify-timeout", "2", "--verify-url", url],
            &["staged"],
            &["history"],
            &["pre-push", "--pre-commit"],
            &["install"],
        ] {
            // Nothing goes to Retailgrid itself: a variable names another place, or there is no network to it.
            let is_real =
                arguments.contains(&"--verify") && !arguments.contains(&url) && name != "GRIDLEAKS_VERIFY_URL";
            if !is_real {
                silent(&folder, &leaks, folder.command().env(name, &value).args(arguments), b"");
            }
        }
    }
}
