//! `gridleaks verify`: one key from standard input.

use crate::support::server::{CLOSED_PORT, KEY_ID, Reply, Server, USER};
use crate::support::{Folder, Run, TAIL, key, key_of};

fn verify(server: &Server, input: &[u8]) -> Run {
    let run = Folder::new().run_with_input(["verify", "--verify-url", &server.url()], input);
    assert!(!run.stdout.contains(&TAIL[4..]) && !run.stderr.contains(&TAIL[4..]), "{}{}", run.stdout, run.stderr);
    run
}

#[test]
fn it_says_what_the_key_is() {
    let mut all = String::new();
    for (name, status, body) in [("active", 0, ""), ("no access", 403, ""), ("inactive", 401, ""), ("unknown", 404, "")]
    {
        let server = Server::always(move || if status == 0 { Reply::active() } else { Reply::new(status, body) });
        let run = verify(&server, key().as_bytes());
        assert_eq!((server.requests().len(), server.requests()[0].key()), (1, &*key()));
        all.push_str(&format!("## {name}\n{}\n", run.stable()));
    }
    insta::assert_snapshot!(all);
}

/// An answer may name the user alone, the key alone, or neither.
#[test]
fn it_says_whose_the_key_is_as_far_as_that_is_answered() {
    for (body, said) in [
        (format!(r#"{{"ok": true, "user_id": "{USER}"}}"#), format!("  it belongs to user {USER}\n")),
        (format!(r#"{{"ok": true, "api_key_id": "{KEY_ID}"}}"#), format!("  it is key id {KEY_ID}\n")),
        (r#"{"ok": true}"#.to_owned(), "  it works\n".to_owned()),
    ] {
        let server = Server::always(move || Reply::new(200, &body));
        let run = verify(&server, key().as_bytes());
        assert!(run.status == 1 && run.stdout.contains(&said), "{said}: {}", run.stdout);
    }
}

#[test]
fn the_key_may_have_blanks_and_line_ends_around_it() {
    let fill = " ".repeat((64 << 10) - key().len());
    for (before, after) in [("", "\n"), ("", "\r\n"), (" \t", "  \n\n"), ("\u{feff}", ""), ("", &*fill), (&*fill, "")] {
        let server = Server::always(Reply::active);
        assert_eq!(verify(&server, format!("{before}{}{after}", key()).as_bytes()).status, 1, "{before:?} {after:?}");
    }
    let server = Server::always(Reply::active);
    let run = verify(&server, format!("{}{fill} ", key()).as_bytes());
    assert!(
        run.status == 2 && run.stderr.contains("more than a key alone") && server.connections() == 0,
        "{}",
        run.stderr
    );
}

#[test]
fn what_is_no_key_is_not_sent() {
    let server = Server::always(Reply::active);
    let key = key();
    for (input, message) in [
        ("", "standard input is empty"),
        (" \n", "standard input is empty"),
        ("hello\n", "is no key"),
        (&key_of(&"x".repeat(32)), "is no key"),
        (&key_of("YOUR_API_KEY_GOES_HERE_123456789"), "is no key"),
        (&key_of("short"), "is no key"),
        (&format!("f{key}"), "is no key"),
        (&format!("{key}\n{key}\n"), "more than a key alone"),
        (&format!("KEY={key}\n"), "more than a key alone"),
        (&format!("Bearer {key}"), "more than a key alone"),
        (&"x".repeat(100_000), "more than a key alone"),
        ("\0\u{1b}[2J", "is no key"),
    ] {
        let run = verify(&server, input.as_bytes());
        assert_eq!((run.status, &*run.stdout), (2, ""), "{input:?}");
        assert!(run.stderr.contains(message) && run.stderr.contains("\n  help: "), "{input:?}: {}", run.stderr);
    }
    assert_eq!(verify(&server, b"\xff\xfe").status, 2);
    assert_eq!(server.connections(), 0);
}

#[test]
fn a_key_is_never_an_argument() {
    let folder = Folder::new();
    for arguments in [&["verify", &key()][..], &["verify", "a", "b"], &["verify", "--", &key()]] {
        let run = folder.run(arguments);
        assert_eq!((run.status, &*run.stdout), (2, ""));
        assert!(run.stderr.starts_with("error: a key is not taken as an argument"), "{}", run.stderr);
        assert!(!run.stderr.contains(&TAIL[4..]));
    }
}

#[test]
fn nobody_there_is_unknown() {
    let url = format!("http://127.0.0.1:{}/", CLOSED_PORT);
    let run = Folder::new().run_with_input(["verify", "--verify-url", &url], key().as_bytes());
    assert_eq!(run.status, 2);
    assert!(
        run.stdout.contains("could not be verified") && run.stdout.contains("the connection was refused"),
        "{}",
        run.stdout
    );
}

#[test]
fn a_rule_that_cannot_ask_says_so() {
    let folder = Folder::new();
    folder.file("r.toml", "[[rules]]\nid = 'acme'\nregex = 'acme_[a-z]{9}'\n");
    let run = folder.run_with_input(["verify", "--rules", "r.toml"], b"acme_qwertzuio\n");
    assert_eq!(run.status, 2);
    assert!(run.stderr.contains("rule `acme` finds it, but does not say how to ask"), "{}", run.stderr);
}

/// On a terminal the key is asked for, and what is typed is not shown.
#[test]
#[cfg(target_os = "linux")]
fn a_terminal_shows_nothing_of_what_is_typed() {
    use crate::support::terminal::Terminal;
    use std::os::unix::process::ExitStatusExt;
    let server = Server::always(|| Reply::new(401, ""));
    let folder = Folder::new();
    let run = |typed: &str| {
        let terminal = Terminal::new();
        let mut command = folder.command();
        command.args(["verify", "--verify-url", &server.url()]);
        command.stdin(terminal.stream()).stdout(terminal.stream()).stderr(terminal.stream());
        terminal.run(&mut command, Some(typed))
    };
    let (status, shown) = run(&format!("{}\r", key()));
    assert!(shown.starts_with("Key (not shown): ") && shown.contains("inactive"), "{shown}");
    assert!(shown.contains("rg_live_9f1c…") && !shown.contains(&TAIL[4..]), "{shown}");
    assert_eq!((status.code(), server.requests()[0].key()), (Some(0), &*key()));
    // Ctrl-D at once, and Ctrl-C in the middle: nothing is sent, and the terminal is as it was.
    let (status, shown) = run("\x04");
    assert!(status.code() == Some(2) && shown.contains("cannot read the key from the terminal"), "{shown}");
    let (status, shown) = run(&format!("{}\x03", &key()[..30]));
    // Where whoever runs the tests ignores the signal, so does the program, and says that it was interrupted.
    let is_interrupted = status.signal() == Some(2) || shown.contains("operation interrupted");
    assert!(is_interrupted && !shown.contains(&TAIL[4..20]), "{status}: {shown}");
    assert_eq!(server.requests().len(), 1);
}
