//! `--verify` against a real server on loopback: what is sent, where to, how often, and what never is.

use std::collections::HashSet;
use std::sync::Barrier;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use crate::support::server::{KEY_ID, Reply, Server, USER, folder, statuses, verify};
use crate::support::{Folder, Run, formats, key, key_of, numbered_key};

#[test]
fn nothing_is_sent_unless_asked_for() {
    let server = Server::always(Reply::active);
    let folder = folder();
    let rules = format!(
        "[[rules]]\nid = 'mine'\nregex = 'KEY=.{{1,40}}'\n[rules.verify]\nmethod = 'GET'\nurl = '{}'\n\
         headers = {{ A = '{{secret}}' }}\nactive = [200]\ninactive = [401]\n",
        server.url()
    );
    // Nothing inside what is scanned is asked what to do.
    let config = format!("verify = true\nverify_url = '{0}'\nverify-url = '{0}'\nrules = ['r.toml']\n", server.url());
    folder.file("r.toml", &rules);
    folder.file("gridleaks.toml", &config);
    for arguments in [&["scan"][..], &["scan", "--verify"], &["scan", "--verify", "--rules", "r.toml"]] {
        let run = folder.run(arguments);
        assert!(run.status == 2 && run.stderr.contains("a config says nothing about verification"), "{}", run.stderr);
    }
    std::fs::remove_file(folder.path().join("gridleaks.toml")).unwrap();
    let config = format!("{config}{rules}");
    for name in [".gridleaks.toml", "sub/gridleaks.toml", ".gitleaks.toml", "rules/r.toml", ".config/gridleaks.toml"] {
        folder.file(name, &config);
    }
    folder.file(".env", format!("GRIDLEAKS_VERIFY_URL={0}\nHTTPS_PROXY={0}\n", server.url()));
    for format in formats() {
        let mut command = folder.command();
        command.env("GRIDLEAKS_VERIFY_URL", server.url()).args(["scan", "--format", format, "--rules", "r.toml"]);
        assert_eq!(Run::of(&mut command).status, 1);
    }
    assert_eq!(folder.run(["scan", "--fail-on", "active"]).status, 1);
    for (option, value) in [("--verify-url", &*server.url()), ("--verify-threads", "2"), ("--verify-timeout", "2")] {
        let run = folder.run(["scan", option, value]);
        assert!(run.status == 1 && run.stderr.contains("nothing is verified without `--verify`"), "{}", run.stderr);
    }
    folder.run(["rules", "check", "r.toml"]);
    assert_eq!(server.connections(), 0);
    // With `--verify`, the scanned folder's own rules and settings still count for nothing: only the key itself is sent,
    // and only to where the command line says.
    let asked = Server::always(Reply::active);
    assert_eq!(verify(&folder, &asked.url(), &[]).status, 1);
    assert_eq!((server.connections(), asked.requests().len()), (0, 1));
}

#[test]
fn each_key_is_sent_once_to_the_endpoint_and_as_the_rule_says() {
    let server = Server::always(Reply::active);
    let folder = Folder::new();
    let keys: Vec<_> = (0..5).map(numbered_key).collect();
    for file in 0..40 {
        folder.file(format!("{file}.txt"), keys.iter().map(|key| format!("{key}\n{key}\n")).collect::<String>());
    }
    folder.file(format!("{}.txt", keys[0]), "x");
    let run = verify(&folder, &server.url(), &[]);
    let json = run.json();
    assert_eq!((run.status, json["findings"].as_array().unwrap().len()), (1, 401));
    for finding in json["findings"].as_array().unwrap() {
        let expected = serde_json::json!({
            "status": "active", "http_status": 200, "user_id": USER, "api_key_id": KEY_ID, "detail": null
        });
        assert_eq!(finding["verification"], expected);
        assert_eq!(finding["level"], "error");
    }
    let requests = server.requests();
    assert_eq!(requests.len(), 5);
    let asked: HashSet<_> = requests.iter().map(|request| request.key().to_owned()).collect();
    assert_eq!(asked, keys.into_iter().collect());
    for request in &requests {
        assert_eq!((&*request.method, &*request.path), ("GET", "/v1/auth/verify"));
        let mut names: Vec<_> = request.headers.iter().map(|(name, _)| name.as_str()).collect();
        names.sort_unstable();
        assert_eq!(names, ["accept", "authorization", "host", "user-agent"]);
        assert_eq!(request.header("host"), Some(&*format!("127.0.0.1:{}", server.port())));
        assert_eq!(request.header("user-agent"), Some(&*format!("gridleaks/{}", env!("CARGO_PKG_VERSION"))));
    }
}

#[test]
fn no_more_connections_than_wanted_are_open_at_once() {
    let folder = Folder::new();
    folder.file("keys", (0..200).map(|number| format!("{}\n", numbered_key(number))).collect::<String>());
    for (threads, most) in [(None, 10), (Some("3"), 3), (Some("1"), 1)] {
        // As many as may be are under way before the first is answered.
        let (all, begun) = (Barrier::new(most), AtomicUsize::new(0));
        let server = Server::start(move |_| {
            if begun.fetch_add(1, Ordering::SeqCst) < most {
                all.wait();
            }
            Reply::new(401, "")
        });
        let more: Vec<&str> = threads.iter().flat_map(|count| ["--verify-threads", count]).collect();
        let run = verify(&folder, &server.url(), &more);
        assert_eq!(statuses(&run), vec!["inactive"; 200]);
        assert_eq!((server.requests().len(), server.most_open()), (200, most));
        assert_eq!(server.connections(), most, "connections are kept and used again");
    }
    let server = Server::always(|| Reply::last(401, "{}"));
    let run = verify(&folder, &server.url(), &["--verify-threads", "4"]);
    assert_eq!(statuses(&run), vec!["inactive"; 200]);
    assert!(server.most_open() <= 4 && server.connections() == 200, "{} at once", server.most_open());
}

#[test]
fn placeholders_are_never_sent() {
    let server = Server::always(Reply::active);
    let folder = Folder::new();
    let tails = [&*"x".repeat(32), "0123456789abcdef0123456789abcdef", "YOUR_API_KEY_GOES_HERE_123456789"];
    folder.file("a", tails.map(key_of).join("\n"));
    assert_eq!(verify(&folder, &server.url(), &[]).status, 0);
    // What a regex alone finds is judged before it is sent.
    let rule = format!(
        "[[rules]]\nid = 'acme'\nregex = 'acme_[a-z0-9]{{20}}'\n[rules.verify]\nmethod = 'POST'\nurl = '{}'\n\
         headers = {{ X-Key = '{{secret}}' }}\nactive = [204]\ninactive = [404]\n",
        server.url()
    );
    folder.file("acme.toml", rule).file("b", format!("acme_{}\nacme_9f1c7e2ab3d5c7e9f1a2\n", "x".repeat(20)));
    let run = verify(&folder, &server.url(), &["--rules", "acme.toml", "b"]);
    assert_eq!(statuses(&run), ["unknown", "unknown"]);
    assert!(run.json()["findings"][0]["verification"]["detail"].as_str().unwrap().contains("placeholder"));
    let requests = server.requests();
    assert_eq!(requests.len(), 1);
    assert_eq!((&*requests[0].method, requests[0].header("x-key")), ("POST", Some("acme_9f1c7e2ab3d5c7e9f1a2")));
    assert_eq!(requests[0].header("authorization"), None);
}

#[test]
fn rules_of_the_command_line_verify_where_they_say() {
    let theirs = Server::always(|| Reply::new(200, r#"{"valid": 1, "account": 77, "token": "t-1"}"#));
    let ours = Server::always(Reply::active);
    let folder = folder();
    let rule = format!(
        "[[rules]]\nid = 'acme'\ndescription = 'Acme token'\nlevel = 'warning'\nregex = 'acme_[a-z0-9]{{20}}'\n\
         [rules.verify]\nmethod = 'GET'\nurl = '{}'\nheaders = {{ Authorization = 'Token {{secret}}' }}\n\
         active = [200]\ninactive = [404]\nexpect = {{ valid = 1 }}\nowner = ['account', 'token']\n",
        theirs.url()
    );
    folder.file("acme.toml", rule).file("b", "acme_9f1c7e2ab3d5c7e9f1a2\n");
    let run = verify(&folder, &ours.url(), &["--rules", "acme.toml", "b", "a.env"]);
    assert_eq!(statuses(&run), ["active", "active"]);
    let found = &run.json()["findings"][1];
    assert_eq!((&found["level"], &found["verification"]["user_id"]), (&"error".into(), &"77".into()));
    assert_eq!(found["verification"]["api_key_id"], "t-1");
    // `--verify-url` is for our own rules' keys alone: another issuer's key goes to its issuer.
    assert_eq!((theirs.requests().len(), ours.requests().len()), (1, 1));
    assert_eq!(theirs.requests()[0].header("authorization"), Some("Token acme_9f1c7e2ab3d5c7e9f1a2"));
    assert_eq!(ours.requests()[0].key(), key());
}

#[test]
fn a_key_with_text_glued_to_it_is_asked_about_alone_too() {
    let folder = Folder::new();
    folder.file("a", format!("{}_suffix", key())).file("b", key_of("9f1c7e2ab3d5c7e9f1a2"));
    let server = Server::start(|request| if request.key() == key() { Reply::active() } else { Reply::new(401, "") });
    let run = verify(&folder, &server.url(), &[]);
    assert_eq!(statuses(&run), ["active", "inactive"]);
    let found = &run.json()["findings"][0];
    assert_eq!(found["rule"], "retailgrid-api-key-other-length");
    assert_eq!(found["level"], "error");
    assert!(found["verification"]["detail"].as_str().unwrap().contains("its first 40 characters are the key"));
    let mut asked: Vec<_> = server.requests().iter().map(|request| request.key().len()).collect();
    asked.sort_unstable();
    assert_eq!(asked, [28, 40, 47]);
    // What it begins with is sent only if it may be a key.
    let folder_of_words = Folder::new();
    for (file, tail) in ["REPLACE_ME_WITH_YOUR_REAL_KEY_00", "abcabcabcabcabcabcabcabcabcabcab"].iter().enumerate() {
        folder_of_words
            .file(format!("{file}"), key_of(&format!("{tail}9f1c7e2ab3d5c7e9f1a2047b6d8e35c09f1c7e2ab3d5c7e9")));
    }
    let before = server.requests().len();
    assert_eq!(statuses(&verify(&folder_of_words, &server.url(), &[])), ["inactive", "inactive"]);
    assert_eq!(server.requests().len() - before, 2);
    // The same key elsewhere is the same question.
    folder.file("c", key());
    verify(&folder, &server.url(), &[]);
    assert_eq!(server.requests().len(), 3 + 2 + 3);
}

#[test]
fn where_to_ask_is_checked_before_anything_is_read() {
    let folder = folder();
    for (url, fault) in [
        ("http://api.example.com/?token=hunter2", "is not https"),
        ("https://user:hunter2@example.com/", "holds a user name or password"),
        ("hunter2", "is no URL"),
        ("https://example.com/#hunter2", "has a `#`"),
        ("", "is no URL"),
    ] {
        let run = folder.run(["scan", "--verify", "--verify-url", url]);
        assert_eq!((run.status, &*run.stdout), (2, ""), "{url}");
        assert!(run.stderr.contains(&format!("error: the URL in --verify-url {fault}")), "{}", run.stderr);
        assert!(run.stderr.contains("\n  help: ") && !run.stderr.contains("hunter2"), "{}", run.stderr);
        if !url.is_empty() {
            let run = Run::of(folder.command().args(["scan", "--verify"]).env("GRIDLEAKS_VERIFY_URL", url));
            assert!(run.status == 2 && run.stderr.contains("the URL in GRIDLEAKS_VERIFY_URL"), "{}", run.stderr);
        }
    }
    for (arguments, message) in [
        (&["--verify", "--verify-threads", "0"][..], "0 is not in 1..=64"),
        (&["--verify", "--verify-timeout", "0"], "it is a number of seconds from 0.1 to 120"),
        (&["--verify", "--verify-timeout", "NaN"], "it is a number of seconds from 0.1 to 120"),
        (&["--verify", "--verify-timeout", "1e9"], "it is a number of seconds from 0.1 to 120"),
        (&["--fail-on", "inactive"], "possible values: any, active"),
        (&["--verify=true"], "unexpected value"),
    ] {
        let run = folder.run(["scan"].iter().chain(arguments));
        assert!(run.status == 2 && run.stderr.contains(message), "{arguments:?}: {}", run.stderr);
    }
    let mut command = folder.command();
    command.args(["scan", "--verify"]).env("HTTPS_PROXY", "http://user:hunter2@");
    let run = Run::of(&mut command);
    assert!(run.status == 2 && run.stderr.contains("HTTPS_PROXY is no URL of a proxy"), "{}", run.stderr);
    assert!(!run.stderr.contains("hunter2"));
}

#[test]
fn the_environment_may_say_where_to_ask_and_the_command_line_has_the_last_word() {
    let (first, second) = (Server::always(Reply::active), Server::always(Reply::active));
    let folder = folder();
    let run = |arguments: &[&str]| {
        let mut command = folder.command();
        command.args(["scan", "--verify"]).args(arguments).env("GRIDLEAKS_VERIFY_URL", first.url());
        assert_eq!(Run::of(&mut command).status, 1);
    };
    run(&[]);
    assert_eq!((first.requests().len(), second.requests().len()), (1, 0));
    run(&["--verify-url", &second.url()]);
    assert_eq!((first.requests().len(), second.requests().len()), (1, 1));
    // No proxy leads to this machine, where it could read what is not encrypted.
    let mut command = folder.command();
    command.args(["scan", "--verify", "--verify-url", &second.url()]);
    for name in ["HTTP_PROXY", "http_proxy", "ALL_PROXY", "HTTPS_PROXY"] {
        command.env(name, first.url());
    }
    assert_eq!(Run::of(&mut command).status, 1);
    assert_eq!((first.requests().len(), second.requests().len()), (1, 2));
    let localhost = format!("http://localhost:{}/", second.port());
    assert_eq!(statuses(&verify(&folder, &localhost, &[])), ["active"]);
}

#[test]
#[cfg(target_os = "linux")]
fn a_terminal_shows_how_far_it_is() {
    use crate::support::terminal::Terminal;
    use std::sync::atomic::AtomicBool;
    // The server answers twice, and goes on when that is shown.
    let (asked, goes_on) = (AtomicUsize::new(0), std::sync::Arc::new(AtomicBool::new(false)));
    let is_shown = std::sync::Arc::clone(&goes_on);
    let server = Server::start(move |_| {
        if asked.fetch_add(1, Ordering::SeqCst) >= 2 {
            while !goes_on.load(Ordering::SeqCst) {
                std::thread::sleep(Duration::from_millis(5));
            }
        }
        Reply::new(401, "")
    });
    let folder = Folder::new();
    folder.file("keys", (0..4).map(|number| format!("{}\n", numbered_key(number))).collect::<String>());
    let run = |server: &Server, more: &[&str], watch: Box<dyn FnMut(&str) + Send>| {
        let terminal = Terminal::new();
        let mut command = folder.command();
        command.args(["scan", "--verify", "--verify-threads", "2", "--verify-timeout", "30"]).args(more);
        command.args(["--verify-url", &server.url()]).stdout(std::process::Stdio::null()).stderr(terminal.stream());
        let (status, shown) = terminal.run_watched(&mut command, None, watch);
        assert_eq!(status.code(), Some(1));
        shown
    };
    let until_shown = move |shown: &str| is_shown.store(shown.contains("verifying: 2 of 4 keys"), Ordering::SeqCst);
    let shown = run(&server, &[], Box::new(until_shown));
    assert!(shown.contains("verifying: 2 of 4 keys"), "{shown:?}");
    assert!(shown.ends_with("\r\x1b[K"), "the line goes again: {shown:?}");
    // It takes longer than until a line would be shown.
    let slow = Server::always(|| Reply::new(401, "").after(Duration::from_millis(400)));
    assert_eq!(run(&slow, &["--quiet"], Box::new(|_| ())), "");
}
