//! The page: what it says of a history, and that nothing that was scanned becomes a part of it.

use std::fs;

use crate::support::server::{Reply, Server};
use crate::support::{Folder, TAIL, git_command, git_on_day, key, numbered_key, stable};
use regex::Regex;

/// A history whose commits are made a day apart, each by somebody.
struct History {
    folder: Folder,
    day: u64,
}

impl History {
    fn new() -> Self {
        let folder = Folder::new();
        folder.git("init -q -b main");
        History { folder, day: 0 }
    }

    fn git(&mut self, who: &str, arguments: &[&str]) {
        self.day += 1;
        git_on_day(&self.folder, self.day, "+0100", (who, "who@shop.example"), arguments);
    }

    /// Writes a file, or takes it away if there is no text, and commits everything.
    fn commit(&mut self, who: &str, name: &str, text: Option<&str>) {
        match text {
            Some(text) => drop(self.folder.file(name, text)),
            None => fs::remove_file(self.folder.path().join(name)).unwrap(),
        }
        self.git(who, &["add", "-A"]);
        self.git(who, &["commit", "-q", "-m", "change"]);
    }

    fn page(&self, arguments: &[&str]) -> String {
        let run = self.folder.run(["history", "--format", "html"].iter().chain(arguments));
        assert_sound(&run.stdout);
        run.stdout
    }
}

fn line(number: u64) -> String {
    format!("key: {}\n", numbered_key(number))
}

/// A key that three people handled, one that came back, one that is still there, one on another branch and one that is reached by nothing.
fn history() -> History {
    let mut history = History::new();
    history.commit("Ada", "conf/app.yml", Some(&format!("api:\n\t{}", line(1))));
    history.commit("Grace", "kept.env", Some(&line(2)));
    fs::create_dir(history.folder.path().join("deploy")).unwrap();
    history.git("Linus", &["mv", "conf/app.yml", "deploy/app.yml"]);
    history.git("Linus", &["commit", "-q", "-m", "move"]);
    history.commit("Grace", "copy.yml", Some(&line(1)));
    history.commit("Ada", "again.ini", Some(&line(3)));
    history.commit("Linus", "again.ini", Some("no key\n"));
    history.commit("Grace", "again.ini", Some(&line(3)));
    history.commit("Margaret", "deploy/app.yml", None);
    history.commit("Margaret", "copy.yml", None);
    history.git("Ada", &["checkout", "-q", "-b", "side"]);
    history.commit("Ada", "side.txt", Some(&line(4)));
    history.git("Ada", &["checkout", "-q", "main"]);
    history.commit("Ada", "lost.txt", Some(&line(5)));
    history.git("Ada", &["reset", "-q", "--hard", "HEAD~1"]);
    history
}

#[test]
fn a_page_of_a_history() {
    let history = history();
    let page = history.page(&[]);
    insta::assert_snapshot!(stable(&page));
    assert_eq!(stable(&history.page(&["--threads", "1"])), stable(&page));
    for number in 1..=5 {
        let key = numbered_key(number);
        assert!(!page.contains(&key[12..]), "the key {number} is shown");
        assert!(history.page(&["--show-secrets"]).contains(&key), "the key {number} is not shown");
    }
}

#[test]
fn urgent_keys_come_first_and_each_key_once() {
    let history = history();
    let [active, unknown] = [5, 2].map(numbered_key);
    let server = Server::start(move |request| match request.key() {
        key if key == active => Reply::active(),
        key if key == unknown => Reply::new(404, ""),
        _ => Reply::new(401, ""),
    });
    let page = history.page(&["--verify", "--verify-url", &server.url()]);
    let texts = [
        "<h1",
        ">Active</h2>",
        "belongs to user",
        "lost.txt",
        ">Still in HEAD</h2>",
        "kept.env",
        ">Inactive</h2>",
        "again.ini",
    ];
    let places: Vec<_> = texts.iter().map(|text| page.find(text).unwrap_or_else(|| panic!("{text}: {page}"))).collect();
    assert!(places.is_sorted(), "{places:?}");
    assert_eq!(page.matches("<article").count(), 5);
    assert!(page.contains(">5 leaked keys, 1 active</h1>"), "{page}");
    let page = stable(&page);
    assert_eq!(page, stable(&history.page(&["--verify", "--verify-url", &server.url()])));
}

/// The first words of a page are all that many read: they count what is known right.
#[test]
fn a_verdict_counts_what_is_known() {
    let keys = [1, 2, 3].map(numbered_key);
    for (answers, title, text) in [
        (&[401][..], "1 leaked key, inactive", "Take it out, so that nobody takes it for what works."),
        (&[401, 401], "2 leaked keys, all inactive", "Take them out, so that nobody takes them for what works."),
        (&[403], "1 leaked key, active", "It works: whoever has read it can use it now."),
        (&[403, 403], "2 leaked keys, all active", "All of them work: whoever has read them can use them now."),
        (&[403, 401], "2 leaked keys, 1 active", "One of them works: whoever has read it can use it now."),
        (&[403, 403, 404], "3 leaked keys, 2 active", "Some of them work: whoever has read them can use them now."),
        (&[404], "1 leaked key", "Whether it works could not be found out. Until you know, take it for active"),
        (&[404, 401], "2 leaked keys", "Whether one of them works could not be found out. Until you know, take it for"),
        (&[404, 404], "2 leaked keys", "Whether they work could not be found out. Until you know, take them for"),
        (&[404, 404, 401], "3 leaked keys", "Whether 2 of them work could not be found out."),
    ] {
        let folder = Folder::new();
        folder.file("keys", keys[..answers.len()].join("\n"));
        let (known, answers) = (keys.clone(), answers.to_vec());
        let server = Server::start(move |request| {
            Reply::new(answers[known.iter().position(|key| key == request.key()).unwrap()], "{}")
        });
        let page = folder.run(["scan", "--format", "html", "--verify", "--verify-url", &server.url()]).stdout;
        assert_sound(&page);
        assert!(page.contains(&format!(">{title}</h1>")) && page.contains(text), "{title}: {page}");
    }
    let folder = Folder::new();
    folder.file("keys", keys[..2].join("\n"));
    let page = folder.run(["scan", "--format", "html"]).stdout;
    assert!(page.contains("Nobody has asked yet whether they work (<code>--verify</code> does)."), "{page}");
    folder.file("keys", "none\n");
    let page = folder.run(["scan", "--format", "html"]).stdout;
    assert!(page.contains(">No keys found</h1>") && page.contains("Everything was read."), "{page}");
}

#[test]
fn nothing_that_is_scanned_becomes_markup() {
    let mut history = History::new();
    let names = [
        "</style><script>alert(1)</script>.env",
        "\" onmouseover=\"alert(1)\" x='.env",
        "a&lt;b&amp;.env",
        "<!--.env",
        "]]>.env",
        "\u{202e}vne.\u{200b}x",
        "line\nfeed\x1b[31m.env",
    ];
    for name in names {
        history.folder.file(name, format!("<script>alert(\"{}\")</script>\u{202e}&lt;\n", key()));
    }
    history.commit("<img src=x onerror=alert(1)> & \"Mallory\" \u{202e}", "x", Some(""));
    for page in [
        history.page(&[]),
        history.folder.run(["scan", "--format", "html"]).stdout,
        history.folder.run(["scan", "--format", "html", "--show-secrets"]).stdout,
    ] {
        assert_sound(&page);
        assert!(page.contains("&lt;/style&gt;") && page.contains("\\u{202e}vne") && page.contains("line\\nfeed\\x1b"));
    }
}

#[test]
fn an_incomplete_scan_never_looks_clean() {
    let folder = Folder::new();
    folder.file("cut.gz", b"\x1f\x8b\x08\0\0\0\0\0\0\x03\xcb\x48".as_slice());
    let run = folder.run(["scan", "--format", "html"]);
    assert_eq!(run.status, 2);
    assert_sound(&run.stdout);
    assert!(run.stdout.contains(">Not everything was read</h1>"), "{}", run.stdout);
    assert!(run.stdout.contains("The scan is incomplete") && run.stdout.contains("cut.gz"), "{}", run.stdout);
    assert!(!run.stdout.contains("class=\"verdict good\""));
    folder.file("found", key());
    let page = folder.run(["scan", "--format", "html"]).stdout;
    assert!(page.contains(">1 leaked key</h1>") && page.contains("The scan is incomplete"), "{page}");
}

#[test]
fn what_does_not_count_stands_apart_unless_it_works() {
    let folder = Folder::new();
    folder.file("allowed.env", format!("{} # gridleaks:{} <b>made up</b>\n", numbered_key(1), "allow"));
    let page = folder.run(["scan", "--format", "html"]).stdout;
    assert_sound(&page);
    assert!(page.contains(">No keys that count</h1>") && page.contains("1 by a comment"), "{page}");
    assert!(page.contains("&lt;b&gt;made up&lt;/b&gt;") && !page.contains("<article"), "{page}");
    let server = Server::start(|_| Reply::active());
    let page = folder.run(["scan", "--format", "html", "--verify", "--verify-url", &server.url()]).stdout;
    assert_sound(&page);
    assert!(page.contains(">Active, though not counted</h2>") && page.contains("<article"), "{page}");
    assert!(page.contains("class=\"verdict bad\""), "{page}");
}

#[test]
fn a_page_is_not_endless() {
    let folder = Folder::new();
    for number in 0..510 {
        folder.file(format!("many/{number:03}"), numbered_key(number));
    }
    for number in 0..60 {
        folder.file(format!("places/{number}"), numbered_key(0));
    }
    let page = folder.run(["scan", "--format", "html"]).stdout;
    assert_sound(&page);
    assert_eq!(page.matches("<article").count(), 500);
    assert!(page.contains(">510 leaked keys</h1>") && page.contains("10 more keys are not listed here"));
    assert!(page.contains("<summary>61 places</summary>") && page.contains("11 more places are not listed here"));
}

#[test]
fn a_long_story_keeps_its_beginning_and_its_end() {
    let mut history = History::new();
    for number in 0..45 {
        history.commit("Ada", &format!("copy {number:02}"), Some(&key()));
    }
    let page = history.page(&[]);
    assert_eq!(page.matches("<strong>Spread</strong>").count(), 39);
    assert!(page.contains("<p>5 more commits</p>"), "{page}");
    let places = [
        "<strong>Introduced",
        "copy 00",
        "5 more commits",
        "copy 06",
        "copy 44",
        "Still in HEAD</strong>",
        "<summary>45 places",
    ];
    let places: Vec<_> =
        places.iter().map(|text| page.find(text).unwrap_or_else(|| panic!("{text}: {page}"))).collect();
    assert!(places.is_sorted(), "{places:?}");
}

/// A page that is handed on has to say what it is about.
#[test]
fn what_was_named_by_a_dot_has_a_name() {
    let folder = Folder::new();
    folder.git("init -q top").file("top/sub/a.env", key()).file(format!("{}/a", key()), "");
    let title = |folder: &Folder, below: &str, arguments: &[&str]| {
        let run = crate::support::Run::of(
            folder.command().current_dir(folder.path().join(below)).args(arguments).args(["--format", "html"]),
        );
        let title = Regex::new("<title>(.*) – gridleaks</title>").unwrap();
        title.captures(&run.stdout).unwrap_or_else(|| panic!("{}{}", run.stdout, run.stderr))[1].to_owned()
    };
    for (below, arguments, expected) in [
        ("top", &["scan"][..], "1 leaked key in top"),
        ("top/sub", &["scan"], "1 leaked key in sub"),
        ("top/sub", &["scan", "."], "1 leaked key in sub"),
        ("top/sub", &["scan", ".."], "1 leaked key in top"),
        ("top", &["scan", "sub"], "1 leaked key in sub"),
        ("top", &["scan", "sub", "sub/a.env"], "1 leaked key"),
        ("top/sub", &["history"], "No keys found in top"),
        ("top/sub", &["staged"], "No keys found in top"),
        (&key(), &["scan"], "No keys found in rg_live_9f1c…"),
    ] {
        assert_eq!(title(&folder, below, arguments), expected, "{below}: {arguments:?}");
    }
}

/// Every source has its page.
#[test]
fn pages_of_all_sources() {
    let mut history = History::new();
    history.commit("Ada", "a", Some("a\n"));
    history.folder.file("next.env", key());
    history.git("Ada", &["add", "-A"]);
    let staged = history.folder.run(["staged", "--format", "html"]).stdout;
    assert!(staged.contains(">In the next commit</h2>") && staged.contains("next.env"), "{staged}");
    history.commit("Ada", "next.env", Some(&key()));
    history.commit("Ada", "next.env", Some("gone\n"));
    let head = history.folder.run_with_input(["scan", "-", "--format", "html"], key().as_bytes()).stdout;
    assert!(head.contains("<p>Standard input</p>"), "{head}");
    let id = git_command().args(["rev-parse", "HEAD"]).current_dir(history.folder.path()).output().unwrap().stdout;
    let id = String::from_utf8(id).unwrap();
    let input = format!("refs/heads/main {} refs/heads/main {}\n", id.trim(), "0".repeat(40));
    let push = history.folder.run_with_input(["pre-push", "origin", "x", "--format", "html"], input.as_bytes()).stdout;
    assert!(push.contains(">On the way to what is pushed</h2>"), "{push}");
    for page in [staged, head, push] {
        assert_sound(&page);
        assert!(!page.contains(&TAIL[4..]));
    }
}

/// Makes sure that a page is nothing but the elements and attributes that it is made of, each ended where it should be, and no
/// character that a browser would obey.
fn assert_sound(page: &str) {
    const ELEMENTS: &[&str] = &[
        "a", "article", "b", "bdi", "body", "code", "details", "div", "footer", "h1", "h2", "h3", "h4", "head",
        "header", "html", "li", "main", "mark", "meta", "ol", "p", "pre", "section", "span", "strong", "style",
        "summary", "time", "title", "ul",
    ];
    const ATTRIBUTES: &[&str] = &[
        "aria-labelledby",
        "charset",
        "class",
        "content",
        "datetime",
        "href",
        "http-equiv",
        "id",
        "lang",
        "name",
        "open",
        "role",
    ];
    let style = Regex::new("(?s)<style>.*?</style>").unwrap();
    let rest = page.strip_prefix("<!doctype html>\n").expect("it is HTML");
    assert_eq!(style.find_iter(rest).count(), 1);
    let rest = style.replace(rest, "");
    let tag = Regex::new(r#"^<(/?)([a-z][a-z0-9]*)((?: [a-z-]+(?:="[^"<>]*")?)*)>"#).unwrap();
    let attribute = Regex::new(r#" ([a-z-]+)(?:="([^"]*)")?"#).unwrap();
    let entity = Regex::new("^&(amp|lt|gt|quot);").unwrap();
    let (mut open, mut ids, mut links) = (Vec::new(), std::collections::HashSet::new(), Vec::new());
    let mut at = 0;
    while let Some(found) = rest[at..].find(['<', '>', '&']) {
        at += found;
        let here = &rest[at..];
        if let Some(entity) = entity.find(here) {
            at += entity.end();
            continue;
        }
        let tag = tag.captures(here).unwrap_or_else(|| panic!("no tag: {}", here.chars().take(80).collect::<String>()));
        at += tag[0].len();
        let name = tag[2].to_owned();
        assert!(ELEMENTS.contains(&&*name), "{}", &tag[0]);
        if &tag[1] == "/" {
            assert_eq!(open.pop(), Some(name), "before {}", rest[at..].chars().take(80).collect::<String>());
            continue;
        }
        for found in attribute.captures_iter(&tag[3]) {
            assert!(ATTRIBUTES.contains(&&found[1]), "{}", &tag[0]);
            match &found[1] {
                "id" => assert!(ids.insert(found[2].to_owned()), "two have the id {}", &found[2]),
                "href" | "aria-labelledby" => links.push(found[2].trim_start_matches('#').to_owned()),
                _ => {}
            }
        }
        if name != "meta" {
            open.push(name);
        }
    }
    assert_eq!(open, [""; 0], "not ended");
    links.iter().for_each(|link| assert!(ids.contains(link), "nothing has the id {link}"));
    let obeyed = |c: &char| c.is_control() && !"\n\t".contains(*c) || "\u{200b}\u{202e}".contains(*c);
    assert_eq!(rest.chars().find(obeyed), None);
}
