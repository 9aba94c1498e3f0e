//! Comments that allow a key: wherever the key stands, a comment lies within the text, and a text that goes on to both sides changes
//! nothing about the lines that are whole.

use gridleaks::suppress::{MARK, around, is_meant};

use crate::Target;
use crate::parts::Input;

pub(super) const TARGET: Target = Target {
    name: "inline",
    run,
    seeds,
    words: &[
        b"gridleaks:allow",
        b"gitleaks:allow",
        b"<!--",
        b"-->",
        b"//",
        b"/*",
        b"*/",
        b"# ",
        b"{#",
        b"#}",
        b"rem ",
        b"dnl ",
        b"\n",
        b"\r\n",
        b"\"",
    ],
    longest: 2048,
    inputs: 20000,
};

fn run(data: &[u8]) {
    let mut input = Input(data);
    let (start, length) = (usize::from(input.byte()) | usize::from(input.byte()) << 8, usize::from(input.byte()));
    let text = input.0;
    let start = start % (text.len() + 1);
    let span = start..text.len().min(start + length);
    for is_beginning in [true, false] {
        if let Some(comment) = around(text, &span, is_beginning) {
            assert!(text[comment.at..].starts_with(MARK), "the mark stands where it is said to");
            assert!(comment.reason.start <= comment.reason.end && comment.reason.end <= text.len());
            assert!(comment.reason.len() <= 200, "a reason is bounded");
            assert!(!text[comment.reason.clone()].contains(&b'\n'), "a reason is one line");
        }
        for at in (0..text.len()).filter(|&at| text[at..].starts_with(MARK)) {
            is_meant(text, at, is_beginning);
        }
    }
    // Lines before and behind those that count are nothing to it.
    let more = [b"first\nx\n", text, b"\nlast"].concat();
    let moved = 8 + span.start..8 + span.end;
    let (one, other) = (around(text, &span, true), around(&more, &moved, true));
    let place = |comment: Option<gridleaks::suppress::Comment>, lead: usize| {
        comment.map(|comment| (comment.at - lead, comment.reason.start - lead, comment.reason.end - lead))
    };
    assert_eq!(place(one, 0), place(other, 8), "{:?} at {span:?}", String::from_utf8_lossy(text));
}

fn seeds() -> Vec<Vec<u8>> {
    // `@` and `$` stand for the words, which would be comments here, too.
    let texts = [
        "key = KEY # @ made up",
        "// $\nkey = KEY;",
        "<!-- @ --> KEY",
        "/* @: it is old */ KEY",
        "\" @\r\nKEY",
        "\u{feff}# @\nKEY",
    ];
    let seed = |text: &&str| {
        let text = text.replace('@', "gridleaks:allow").replace('$', "gitleaks:allow");
        let at = text.find("KEY").unwrap_or(0);
        [&[at as u8, 0, 3][..], text.as_bytes()].concat()
    };
    texts.iter().map(seed).collect()
}
