//! `--verify` against a real server on loopback: what each answer is taken for, and what is done where none comes.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant, SystemTime};

use crate::support::server::{CLOSED_PORT, Reply, Server, endless, folder, statuses, verdict, verify};
use crate::support::{Folder, Run, TAIL, formats, key, numbered_key};

#[test]
fn every_answer_means_what_is_documented() {
    const OK: &str = r#"{"ok": true}"#;
    let elsewhere = Server::always(Reply::active);
    let location = format!("location: {}\r\n", elsewhere.url());
    let reply = |status: u16, body: &str| (status, String::new(), body.to_owned());
    let redirect = |status: u16| (status, location.clone(), OK.to_owned());
    for (name, (status, headers, body), expected, detail) in [
        ("ok", reply(200, OK), "active", ""),
        ("no access", reply(403, "{}"), "active", "lacks access"),
        ("revoked", reply(401, "{}"), "inactive", ""),
        ("a login page", reply(200, "<html>Sign in</html>"), "unknown", "no JSON object"),
        ("not ok", reply(200, r#"{"ok": false}"#), "unknown", "`ok` is true"),
        ("an empty answer", reply(200, ""), "unknown", "no JSON object"),
        ("moved", redirect(301), "unknown", "never followed"),
        ("found", redirect(302), "unknown", "never followed"),
        ("temporary", redirect(307), "unknown", "never followed"),
        ("permanent", redirect(308), "unknown", "never followed"),
        ("not found", reply(404, OK), "unknown", "answered 404"),
        ("a teapot", reply(418, OK), "unknown", "answered 418"),
        ("too large", reply(200, &format!("{OK}{}", " ".repeat(70_000))), "unknown", "over 65536 bytes"),
        ("too large a no", reply(401, &" ".repeat(70_000)), "unknown", "over 65536 bytes"),
    ] {
        let server = Server::always(move || Reply::with_headers(status, &headers, &body));
        let run = verify(&folder(), &server.url(), &[]);
        let found = verdict(&run);
        assert_eq!(
            (run.status, &found["status"], &found["http_status"]),
            (1, &expected.into(), &status.into()),
            "{name}"
        );
        let said = found["detail"].as_str().unwrap_or_default();
        assert!(said.contains(detail) && said.is_empty() == detail.is_empty(), "{name}: {said}");
        assert_eq!(server.requests().len(), 1, "{name}");
        let is_said = run.stderr.contains("whether 1 finding still works is unknown");
        assert_eq!(is_said, expected == "unknown", "{name}: {}", run.stderr);
    }
    assert_eq!(elsewhere.connections(), 0, "no redirect was followed");
}

#[test]
fn what_is_no_whole_answer_says_nothing() {
    let large_head = format!("HTTP/1.1 401 No\r\nx: {}\r\ncontent-length: 0\r\n\r\n", "y".repeat(1 << 20));
    let endless = format!("HTTP/1.1 200 OK\r\n\r\n{}", " ".repeat(1 << 20));
    for (name, bytes, http_status, detail) in [
        ("endless", &*endless, Some(200), "over 65536 bytes"),
        ("too large a head", &large_head, None, "gave no usable answer: the head of its answer is too large"),
        (
            "cut",
            "HTTP/1.1 200 OK\r\ncontent-length: 90\r\n\r\n{\"ok\": true}",
            Some(200),
            "gave no usable answer: its answer of 200 did not come whole: ",
        ),
        ("cut in its head", "HTTP/1.1 200 OK\r\ncontent-le", None, "the connection was closed"),
        ("not HTTP", "SSH-2.0-OpenSSH_9.6\r\n", None, "gave no usable answer: its answer is not HTTP"),
        ("nothing", "", None, "the connection was closed"),
        (
            "bad chunks",
            "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n{}",
            Some(200),
            "did not come whole",
        ),
        ("no number", "HTTP/1.1 2OO OK\r\n\r\n", None, "gave no usable answer: its answer is not HTTP"),
        ("two lengths", "HTTP/1.1 200 OK\r\ncontent-length: 1\r\ncontent-length: 9\r\n\r\n{\"ok\":true}", None, ""),
        ("zeros", "\0\0\0\0\0\0\0\0", None, "gave no usable answer: its answer is not HTTP"),
    ] {
        let bytes = bytes.to_owned();
        let server = Server::always(move || Reply::raw(bytes.clone()));
        let run = verify(&folder(), &server.url(), &["--verify-timeout", "5"]);
        let found = verdict(&run);
        assert_eq!((run.status, &found["status"]), (1, &"unknown".into()), "{name}: {found}");
        assert!(name == "two lengths" || found["http_status"].as_u64() == http_status, "{name}: {found}");
        assert!(found["detail"].as_str().unwrap().contains(detail), "{name}: {found}");
        // A connection that is closed under a request is opened once more.
        let most = if http_status.is_some() { 1 } else { 2 };
        assert!((1..=most).contains(&server.requests().len()), "{name}");
    }
    let chunks = "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nc\r\n{\"ok\": true}\r\n0\r\n\r\n";
    let server = Server::always(move || Reply::raw(chunks));
    assert_eq!(verdict(&verify(&folder(), &server.url(), &[]))["status"], "active");
}

#[test]
fn no_answer_is_taken_for_that_to_another_question() {
    let folder = Folder::new();
    folder.file("a", numbered_key(0)).file("b", numbered_key(1));
    for odd in ["HTTP/1.1 204 No\r\ncontent-length: 2\r\n\r\n", "HTTP/1.1 304 Same\r\ncontent-length: 2\r\n\r\n"] {
        // What a server or a proxy sends as the body of an answer that has none.
        let server = Server::start(move |request| match request.key() == numbered_key(0) {
            true => Reply::kept(odd).then_stray(Reply::new(401, "{}")),
            false => Reply::active(),
        });
        let run = verify(&folder, &server.url(), &["--verify-threads", "1"]);
        assert_eq!(statuses(&run), ["unknown", "active"], "{odd}");
        assert_eq!((server.requests().len(), server.connections()), (2, 2));
    }
}

#[test]
fn a_server_that_is_busy_is_asked_again_when_it_says() {
    let folder = folder();
    let busy = |headers: &str, times: usize, status: u16| {
        let (asked, headers) = (AtomicUsize::new(0), headers.to_owned());
        Server::start(move |_| {
            let is_busy = asked.fetch_add(1, Ordering::SeqCst) < times;
            if is_busy { Reply::with_headers(status, &headers, "wait") } else { Reply::active() }
        })
    };
    for (status, times) in [(429, 1), (429, 3), (500, 2), (502, 1), (503, 2), (504, 1)] {
        let server = busy("retry-after: 0\r\n", times, status);
        assert_eq!(verdict(&verify(&folder, &server.url(), &[]))["status"], "active");
        assert_eq!(server.requests().len(), times + 1);
    }
    // Without `Retry-After`, after a growing wait of our own.
    let server = busy("", 3, 429);
    let begin = Instant::now();
    assert_eq!(verdict(&verify(&folder, &server.url(), &[]))["status"], "active");
    assert!(begin.elapsed() >= Duration::from_millis(700));
    // In seconds, and as a date that counts from the server's own.
    let date =
        |seconds: u64| httpdate::fmt_http_date(SystemTime::UNIX_EPOCH + Duration::from_secs(1_000_000_000 + seconds));
    let dated = |seconds| format!("date: {}\r\nretry-after: {}\r\n", date(0), date(seconds));
    for header in ["retry-after: 2\r\n", &dated(2)] {
        let server = busy(header, 1, 429);
        let begin = Instant::now();
        assert_eq!(verdict(&verify(&folder, &server.url(), &[]))["status"], "active");
        assert!(begin.elapsed() >= Duration::from_secs(2), "{header}");
    }
    // Longer than anybody waits.
    for header in ["retry-after: 61\r\n", "retry-after: 99999999999999999999\r\n", &dated(3600)] {
        let server = busy(header, 1, 503);
        let found = verdict(&verify(&folder, &server.url(), &[]));
        assert_eq!((&found["status"], &found["http_status"]), (&"unknown".into(), &503.into()));
        assert!(found["detail"].as_str().unwrap().contains("asks to wait"));
        assert_eq!(server.requests().len(), 1);
    }
}

#[test]
fn a_server_that_is_busy_for_a_while_gives_every_key_its_answer() {
    // For a second it asks everybody to come back at once.
    let begin = Instant::now();
    let server = Server::start(move |_| {
        let is_busy = begin.elapsed() < Duration::from_secs(1);
        if is_busy { Reply::with_headers(429, "retry-after: 0\r\n", "") } else { Reply::active() }
    });
    let run = verify(&hundred(), &server.url(), &[]);
    assert_eq!(statuses(&run), vec!["active"; 100]);
    assert!(server.requests().len() < 200, "{} requests", server.requests().len());
}

/// A hundred keys in as many files.
fn hundred() -> Folder {
    let folder = Folder::new();
    for number in 0..100 {
        folder.file(format!("{number:03}"), numbered_key(number));
    }
    folder
}

#[test]
fn a_server_that_is_not_there_leaves_everything_unknown() {
    let run = verify(&hundred(), &format!("http://127.0.0.1:{}/", CLOSED_PORT), &[]);
    assert_eq!((run.status, statuses(&run)), (1, vec!["unknown".to_owned(); 100]));
    let json = run.json();
    let detail = |place: usize| json["findings"][place]["verification"]["detail"].as_str().unwrap();
    assert_eq!(detail(0), "127.0.0.1 gave no usable answer: the connection was refused");
    assert_eq!(detail(99), detail(0), "the same, however many were asked");
    assert!(run.stderr.contains("whether 100 findings still work is unknown"), "{}", run.stderr);
    assert_eq!((&json["complete"], json["problems"].as_array().unwrap().len()), (&true.into(), 0));
}

#[test]
fn a_server_that_does_not_come_to_an_end_is_left() {
    const HEAD: &[u8] = b"HTTP/1.1 200 OK\r\nx: ";
    const BODY: &[u8] = b"HTTP/1.1 200 OK\r\ncontent-length: 9999\r\n\r\n";
    for (head, drips, status) in
        [(&b""[..], false, None), (HEAD, false, None), (HEAD, true, None), (BODY, true, Some(200))]
    {
        let url = format!("http://127.0.0.1:{}/", endless(head, drips));
        // Nothing but the timeout would end it.
        let run = verify(&hundred(), &url, &["--verify-timeout", "0.3"]);
        assert_eq!((run.status, statuses(&run)), (1, vec!["unknown".to_owned(); 100]));
        let found = &run.json()["findings"][0]["verification"];
        let detail = found["detail"].as_str().unwrap();
        assert!(
            detail.starts_with("127.0.0.1 gave no usable answer: ") && detail.ends_with("it took longer than 0.3 s"),
            "{detail}"
        );
        assert_eq!(found["http_status"].as_u64(), status);
    }
}

#[test]
fn a_server_that_is_busy_at_random_gives_every_key_its_answer() {
    let folder = Folder::new();
    let keys: Vec<_> = (0..300).map(numbered_key).collect();
    folder.file("keys", keys.join("\n"));
    let works = |key: &str| key.as_bytes()[10].is_multiple_of(2);
    let asked = AtomicUsize::new(0);
    let server =
        Server::start(move |request| match asked.fetch_add(1, Ordering::SeqCst).wrapping_mul(0x9e37_79b9) >> 8 & 3 {
            0 => Reply::new(429, ""),
            1 => Reply::with_headers(503, "retry-after: 0\r\n", ""),
            _ if works(request.key()) => Reply::active(),
            _ => Reply::new(401, ""),
        });
    let run = verify(&folder, &server.url(), &[]);
    let expected: Vec<_> = keys.iter().map(|key| if works(key) { "active" } else { "inactive" }).collect();
    assert_eq!(statuses(&run), expected);
    assert!(server.requests().len() > 400);
}

#[test]
fn a_hostile_answer_shows_nothing_of_its_own() {
    let folder = folder();
    let other = numbered_key(1);
    folder.file("b", format!("{other} pin=hu7te2"));
    let bodies = [
        format!(r#"{{"ok": true, "user_id": "{}", "api_key_id": "{other}"}}"#, key()),
        format!(r#"{{"ok": true, "user_id": "{TAIL}", "api_key_id": "x{}"}}"#, &other[10..30]),
        format!(r#"{{"ok": true, "user_id": "{}"}}"#, TAIL.to_uppercase()),
        r#"{"ok": true, "user_id": "is-Hu7tE2"}"#.to_owned(),
        format!(r#"{{"ok": true, "user_id": "{}", "api_key_id": "{}"}}"#, &TAIL[..7], &TAIL[7..14]),
        format!(r#"{{"ok": true, "user_id": "{}"}}"#, TAIL[4..24].chars().map(|c| format!("{c}.")).collect::<String>()),
        format!(r#"{{"ok": true, "user_id": "{}"}}"#, TAIL.chars().rev().collect::<String>()),
        r#"{"ok": true, "user_id": "\u001b[2J::error::x", "api_key_id": "\u202e"}"#.to_owned(),
        format!(r#"{{"ok": true, "user_id": "{}", "api_key_id": {{}}}}"#, "u".repeat(65)),
    ];
    for body in bodies {
        let server = Server::always(move || Reply::new(200, &body));
        // Also of a secret that is shorter than what is looked for of the others.
        let pin = format!(
            "[[rules]]\nid = 'pin'\nregex = 'pin=([a-z0-9]{{6}})'\n[rules.verify]\nmethod = 'GET'\nurl = '{}'\n\
             headers = {{ A = '{{secret}}' }}\nactive = [200]\ninactive = [401]\nowner = ['user_id']\n",
            server.url()
        );
        folder.file("pin.toml", pin);
        for format in formats() {
            let options = ["scan", "--rules", "pin.toml", "--verify", "--verify-url", &server.url(), "-v"];
            let run = folder.run(options.into_iter().chain(["--format", format]));
            let all = run.stdout + &run.stderr;
            for hidden in [
                &TAIL[4..],
                &TAIL.to_uppercase(),
                &other[12..],
                &other[14..30],
                "\x1b",
                "\u{202e}",
                "::error::x",
                "uuuu",
            ] {
                assert!(!all.contains(hidden), "{format}: {hidden:?} in {all}");
            }
            assert_eq!(run.status, 1);
        }
    }
}

#[test]
fn fail_on_lets_only_inactive_keys_through() {
    let folder = folder();
    for (status, body, any, active) in
        [(401, "", 1, 0), (200, r#"{"ok": true}"#, 1, 1), (403, "", 1, 1), (404, "", 1, 1), (200, "", 1, 1)]
    {
        let server = Server::always(move || Reply::new(status, body));
        assert_eq!(verify(&folder, &server.url(), &[]).status, any, "{status}");
        assert_eq!(verify(&folder, &server.url(), &["--fail-on", "any"]).status, any, "{status}");
        let run = verify(&folder, &server.url(), &["--fail-on", "active"]);
        assert_eq!((run.status, run.json()["findings"].as_array().unwrap().len()), (active, 1), "{status}");
    }
    let server = Server::always(|| Reply::new(401, ""));
    // What cannot be asked about is let through by nothing.
    folder.file("r.toml", "[[rules]]\nid = 'plain'\nregex = 'plain_[a-z]{9}'\n").file("b", "plain_qwertzuio");
    assert_eq!(verify(&folder, &server.url(), &["--fail-on", "active", "--rules", "r.toml"]).status, 1);
    let run = folder.run(["scan", "--fail-on", "active", "a.env"]);
    assert!(run.status == 1 && run.stderr.contains("without `--verify`"), "{}", run.stderr);
}

#[test]
fn an_inactive_key_is_still_shown_by_a_history_and_only_by_one() {
    let folder = folder();
    folder.git("init -q").git("add .").git("commit -qm key");
    let server = Server::always(|| Reply::new(401, ""));
    for (command, shown) in [("scan", ""), ("history", "; the history still shows it")] {
        let run = folder.run([command, "--quiet", "--verify", "--verify-url", &server.url()]);
        let line = format!("  = inactive: it was rotated or revoked and no longer works{shown}\n");
        assert!(run.stdout.contains(&line), "{command}: {}", run.stdout);
    }
}

#[test]
#[cfg(unix)]
fn an_incomplete_scan_with_nothing_but_inactive_keys_is_incomplete() {
    use std::os::unix::fs::PermissionsExt;
    let folder = folder();
    folder.file("b", "x");
    std::fs::set_permissions(folder.path().join("b"), std::fs::Permissions::from_mode(0o000)).unwrap();
    let server = Server::always(|| Reply::new(401, ""));
    let mut command = crate::support::stranger(&folder);
    command.args(["scan", "--exclude", "/program", "--verify", "--verify-url", &server.url(), "--fail-on", "active"]);
    assert_eq!(Run::of(&mut command).status, 2);
}
