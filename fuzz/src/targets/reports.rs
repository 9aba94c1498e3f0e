//! Every format of report, over findings and problems with arbitrary names, lines and authors: nothing in it obeys a name, and a name adds
//! no line.

use std::sync::Arc;

use gridleaks::finding::{GitOrigin, Outcome, Past, Problem, ProblemKind, SourceKind, Verification};
use gridleaks::place::{PlainName, Root, ScanPath};
use gridleaks::report::{Format, Style, write};
use gridleaks::scan::{self, Counters, Options};
use gridleaks::source::Named;

use crate::Target;
use crate::parts::{DETECTOR, Input, key};

pub(super) const TARGET: Target = Target {
    name: "reports",
    run,
    seeds,
    words: &[
        b"::error ::",
        b"\n::set-output",
        b"##[group]",
        b"\x1b[2J",
        b"\x1b]8;;",
        "\u{202e}".as_bytes(),
        "\u{2028}".as_bytes(),
        b"</code>",
        b"|",
        b"![](",
        b"%0A",
        b"\r",
        b"`",
        b"@",
    ],
    longest: 1024,
    inputs: 600,
};

/// What names become.
struct Names<'n> {
    root: &'n [u8],
    below: &'n [u8],
    member: &'n [u8],
    author: &'n [u8],
    message: &'n [u8],
    detail: &'n [u8],
}

fn run(data: &[u8]) {
    let mut input = Input(data);
    let flags = input.byte();
    let hostile = Names {
        root: input.piece(),
        below: input.piece(),
        member: input.piece(),
        author: input.piece(),
        message: input.piece(),
        detail: input.piece(),
    };
    let plain = Names { root: b"r", below: b"b", member: b"m", author: b"a", message: b"m", detail: b"d" };
    let text = input.0;
    let (outcome, harmless) = (outcome(&hostile, text, flags), outcome(&plain, text, flags));
    for format in Format::ALL {
        let (one, other) = (written(format, &outcome, flags), written(format, &harmless, flags));
        check(format, &one);
        let lines = |text: &str| text.lines().count();
        if !matches!(format, Format::Text) {
            assert_eq!(lines(&one), lines(&other), "a name adds no line to {}: {one:?}", format.name());
        }
        if let Format::Text = format {
            let heads = |text: &str| text.lines().filter(|line| line.starts_with(" --> ")).count();
            assert!(heads(&one) <= heads(&other), "a name adds no place: {one:?}");
        }
    }
}

/// What holds of any report.
fn check(format: Format, text: &str) {
    // A page shows a tab as it shows blanks.
    let is_fine = |c: char| c == '\n' || c == '\t' && matches!(format, Format::Html);
    let is_bad = |c: char| {
        c.is_control() && !is_fine(c)
            || matches!(c, '\u{200e}' | '\u{200f}' | '\u{2028}' | '\u{2029}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
    };
    assert!(!text.contains(is_bad), "{}: {text:?}", format.name());
    assert!(!text.contains(&key()), "{}: the key is in it", format.name());
    match format {
        Format::Json | Format::Sarif | Format::Gitlab => {
            serde_json::from_str::<serde_json::Value>(text).expect("it is JSON");
        }
        Format::Jsonl => text.lines().for_each(|line| {
            serde_json::from_str::<serde_json::Value>(line).expect("each line is JSON");
        }),
        Format::Github => {
            for line in text.lines() {
                let command = line.strip_prefix("::").expect("each line is a command");
                let (head, _) = command.split_once("::").expect("and has a message");
                assert!(["error ", "warning ", "notice "].iter().any(|name| head.starts_with(name)), "{line:?}");
                let known = ["file", "line", "endLine", "col", "endColumn", "title"];
                let properties = head.split_once(' ').map_or("", |(_, properties)| properties).split(',');
                for property in properties {
                    let name = property.split('=').next().unwrap_or_default();
                    assert!(known.contains(&name), "no name makes a property of its own: {line:?}");
                }
            }
        }
        Format::Markdown => {
            let tags = ["table", "tr", "th", "td", "code", "ol", "li"];
            for tag in text.split('<').skip(1) {
                let name: String = tag.trim_start_matches('/').chars().take_while(char::is_ascii_alphabetic).collect();
                assert!(tags.contains(&&*name), "no name makes a tag of its own: {text:?}");
            }
        }
        Format::Html => {
            let tags = [
                "a", "b", "bdi", "body", "code", "dd", "details", "div", "dl", "dt", "footer", "h", "head", "header",
                "html", "li", "main", "mark", "meta", "ol", "p", "pre", "section", "span", "strong", "style",
                "summary", "time", "title", "ul", "article", "nav",
            ];
            for tag in text.split('<').skip(1).filter(|tag| !tag.starts_with("!doctype")) {
                let name: String = tag.trim_start_matches('/').chars().take_while(char::is_ascii_alphabetic).collect();
                assert!(tags.contains(&&*name), "no name makes a tag of its own: {name:?} in {text:?}");
            }
        }
        Format::Text => {}
    }
}

fn written(format: Format, outcome: &Outcome, flags: u8) -> String {
    let style = Style { color: false, width: 40 + usize::from(flags), show_secrets: false, quiet: flags & 1 == 1 };
    let mut out = Vec::new();
    write(format, outcome, &style, &mut out).expect("memory can be written to");
    String::from_utf8(out).expect("every report is UTF-8")
}

/// What a scan of `text` and a key finds, under other names.
fn outcome(names: &Names<'_>, text: &[u8], flags: u8) -> Outcome {
    let content = [text, b" ", key().as_bytes(), b" ", text].concat();
    let options = Options { named: vec![Named::Stdin], threads: Some(1), ..Options::default() };
    let mut outcome = scan::scan(&options, &DETECTOR, &Counters::default(), &mut &content[..]).expect("it begins");
    let in_repository = (flags & 2 == 2).then(|| names.root.to_vec());
    let root =
        Root { named: names.root.to_vec(), name: PlainName(names.root.to_vec()), is_redacted: false, in_repository };
    let path = ScanPath::new(Arc::new(root), names.below.to_vec(), names.below.to_vec());
    let path = Arc::new(if flags & 4 == 4 { path.member(names.member, names.member) } else { path });
    let text_of = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    for finding in &mut outcome.findings {
        finding.path = Some(Arc::clone(&path));
        if flags & 8 == 8 {
            finding.git = Some(Box::new(GitOrigin {
                commit: Some("a".repeat(40)),
                object: "b".repeat(40),
                author: Some(text_of(names.author)),
                date: Some("2026-01-02T03:04:05Z".to_owned()),
                reachable: flags & 16 == 16,
                in_head: flags & 32 == 32,
                past: if flags & 64 == 64 { Past::Head } else { Past::default() },
                versions: 2,
                removed: None,
                returns: Vec::new(),
            }));
        }
        if flags & 64 == 64 {
            finding.verification = Some(Box::new(Verification::unknown(Some(500), text_of(names.detail))));
        }
    }
    outcome.source = if flags & 8 == 8 { SourceKind::History } else { SourceKind::Files };
    outcome.roots = vec![text_of(names.root)];
    let (kind, message) = (ProblemKind::Unreadable, text_of(names.message));
    outcome.problems = vec![Problem { path: Some(Arc::clone(&path)), kind, message }];
    outcome.notes = vec![(path, text_of(names.message))];
    outcome.stats.seconds = 0.0;
    outcome.stats.began = 0;
    outcome
}

fn seeds() -> Vec<Vec<u8>> {
    let piece = |text: &[u8]| [&[text.len() as u8][..], text].concat();
    let seed = |flags: u8, names: [&[u8]; 6], text: &[u8]| {
        [vec![flags], names.iter().flat_map(|name| piece(name)).collect(), text.to_vec()].concat()
    };
    vec![
        seed(0, [b"r", b"a/b.txt", b"", b"", b"permission denied", b""], b"x = "),
        seed(0xfe, [b"r\n::error ::x", b"a\x1b[2J", b"m\n", b"A <a>\r", b"m", b"d"], b"x\n\xff\x1b[31m"),
        seed(14, ["\u{202e}".as_bytes(), b"</code><script>", b"|", b"@all", b"\xff", b"%0A"], b"\0\0"),
    ]
}
