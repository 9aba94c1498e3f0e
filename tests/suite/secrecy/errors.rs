//! No error, warning or question holds a key: whatever is wrong with an argument, a file, git, a variable or what is typed.

use std::ffi::OsString;

use super::*;

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
