//! Deflated text in base64, without a header, as draw.io keeps its drawings: however a text with a key in it was deflated, a scan finds
//! the key. The fuzzer's bytes as they are go by `decode_packed`.

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD, URL_SAFE};
use gridleaks::scan::{self, Counters, Options};
use gridleaks::secret::Secret;
use gridleaks::source::Named;

use super::streams;
use crate::Target;
use crate::parts::{DETECTOR, Input, key, mixed_key};

pub(super) const TARGET: Target = Target {
    name: "decode_deflated",
    run,
    seeds,
    words: &[b"<mxCell value=\"", b"%3CmxGraphModel%3E", b"price: 12.50\n", b"key=", b"\xfc"],
    longest: 2048,
    inputs: 1500,
};

/// What says that it is deflated: so many digits, and of them the first, capitals and small letters among them.
const FEWEST: usize = 64;
const FIRST: usize = 16;

fn run(data: &[u8]) {
    let mut input = Input(data);
    let style = input.byte();
    let mut how = Input(input.take(4));
    let around = text(input.0);
    let middle = around.char_indices().nth(around.chars().count() / 2).map_or(0, |(at, _)| at);
    let secret = if style & 1 == 0 { key() } else { mixed_key() };
    let plain = format!("{}\n{secret}\n{}", &around[..middle], &around[middle..]);
    let packed = streams::in_any_manner(plain.as_bytes(), &mut how, false);
    let digits = match style >> 1 & 3 {
        0 => STANDARD.encode(&packed),
        1 => STANDARD_NO_PAD.encode(&packed),
        2 => URL_SAFE.encode(&packed),
        _ => STANDARD.encode(&packed).replace('/', "\\/"),
    };
    let before = "<diagram name=\"a\">";
    if !shows(&packed, &digits) || !is_met(before.len(), &digits) {
        return;
    }
    let content = format!("{before}{digits}</diagram>\n");
    let options = Options { named: vec![Named::Stdin], threads: Some(1), ..Options::default() };
    let outcome =
        scan::scan(&options, &DETECTOR, &Counters::default(), &mut content.as_bytes()).expect("it can be read");
    let wanted = Secret::new(secret.as_bytes(), 12).fingerprint();
    let is_found = outcome.findings.iter().any(|finding| finding.secret.fingerprint() == wanted);
    assert!(is_found, "the key in {digits} is found: {plain:?}");
    assert!(outcome.problems.is_empty(), "{:?}", outcome.problems);
}

/// Text of the fuzzer's: ASCII that can be seen, and letters of two bytes.
fn text(bytes: &[u8]) -> String {
    let character = |&byte: &u8| match byte {
        b'\n' | b' '..=b'~' => char::from(byte),
        0x80.. => '\u{fc}',
        _ => ' ',
    };
    bytes.iter().map(character).collect()
}

/// Whether what says that it is deflated can be there: what is stored shows as it is, and the rest is documented.
fn shows(packed: &[u8], digits: &str) -> bool {
    let first = digits.as_bytes().get(..FIRST).unwrap_or_default();
    let is_stored = packed.first().is_none_or(|first| first >> 1 & 3 == 0);
    !is_stored
        && digits.bytes().filter(|digit| !b"=\\".contains(digit)).count() >= FEWEST
        && first.iter().any(u8::is_ascii_uppercase)
        && first.iter().any(u8::is_ascii_lowercase)
}

/// Whether a sample lies in the first digits that has nothing but digits in it, and no `_`, of which names are made; and so many digits in a
/// row around it as names seldom have. A short text in the alphabet for URLs need not have one, nor one whose `/` JSON escapes.
fn is_met(before: usize, digits: &str) -> bool {
    /// How far apart samples lie, and how many bytes each has; how long the run is that it lies in; and how far behind a beginning that is
    /// interrupted one may lie.
    const STEP: usize = 32;
    const SEEN: usize = 23;
    const RUN: usize = 31;
    const NEAR: usize = 128;
    let is_end = |byte: char| "\\=".contains(byte);
    let first = before.next_multiple_of(STEP) - before;
    (first..NEAR).step_by(STEP).filter(|&at| at + SEEN <= digits.len()).any(|at| {
        let run = at - digits[..at].rfind(is_end).map_or(0, |sign| sign + 1);
        let run = run + digits[at..].find(is_end).unwrap_or(digits.len() - at);
        !digits[at..at + SEEN].contains(['_', '\\']) && run >= RUN
    })
}

fn seeds() -> Vec<Vec<u8>> {
    let drawing = "%3CmxGraphModel%3E%3Croot%3E%3CmxCell%20id%3D%220%22%2F%3E".repeat(3);
    let texts = ["".to_owned(), "a few words\nof no meaning".into(), drawing, "gr\u{fc}n, price: 12.50\n".repeat(9)];
    let seed = |number: usize, text: &str| {
        let style = number as u8;
        [&[style, 1 + style % 9, style / 3, 6 - style % 7, 8 - style % 9][..], text.as_bytes()].concat()
    };
    (0..24).map(|number| seed(number, &texts[number % 4])).collect()
}
