//! Encoded keys: whatever is wrapped in whatever is found once, with its span and its layers; what is no key stays silent.

mod bounds;
mod ended_lines;
mod forms;
mod laws;
mod moved;
mod neighbours;
mod rivals;

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD, URL_SAFE_NO_PAD};

use super::*;
use Encoding::*;

pub(super) const HEX: &str = "9f1c7e2ab3d5c7e9f1a2047b6d8e35c0";

/// A made-up key, put together here so that none stands in the source, in no form.
pub(super) fn key(tail: &str) -> String {
    format!("{}_live_{tail}", "rg")
}

fn detector() -> Detector {
    Detector::new(&RuleSet::built_in().unwrap())
}

/// A dump of `plain`, sixteen bytes a line, in groups of so many, with what `beside` gives behind each.
fn dumped(plain: &str, group: usize, beside: impl Fn(&[u8]) -> String) -> String {
    let digits = |bytes: &[u8]| bytes.iter().map(|byte| format!("{byte:02x}")).collect::<String>();
    let groups = |line: &[u8]| line.chunks(group).map(digits).collect::<Vec<_>>().join(" ");
    let width = group.max(16);
    let lines = plain.as_bytes().chunks(width).enumerate();
    lines.map(|(number, line)| format!("{:08x}: {}  {}\n", number * width, groups(line), beside(line))).collect()
}

/// A way to wrap bytes.
#[derive(Debug, Clone, Copy)]
enum Form {
    Base64,
    Base64Url,
    /// Base64 in lines of so many columns that end in CRLF.
    Lines(usize),
    Hex,
    HexUpper,
    Spaced,
    Listed,
    Decimals,
    Percents,
    Xs,
    Us,
    Octals,
    Entities,
    Printable,
    Little,
    Big,
    Wide,
}

const FORMS: [Form; 17] = {
    use Form::*;
    [
        Base64,
        Base64Url,
        Lines(60),
        Hex,
        HexUpper,
        Spaced,
        Listed,
        Decimals,
        Percents,
        Xs,
        Us,
        Octals,
        Entities,
        Printable,
        Little,
        Big,
        Wide,
    ]
};

impl Form {
    fn encoding(self) -> Encoding {
        match self {
            Form::Base64 | Form::Lines(_) => Base64,
            Form::Base64Url => Base64Url,
            Form::Hex | Form::HexUpper | Form::Spaced | Form::Listed => Hex,
            Form::Decimals => Decimal,
            Form::Percents => Percent,
            Form::Xs | Form::Us | Form::Octals => Escape,
            Form::Entities => Html,
            Form::Printable => QuotedPrintable,
            Form::Little => Utf16Le,
            Form::Big => Utf16Be,
            Form::Wide => Utf32Le,
        }
    }

    fn wrap(self, plain: &[u8]) -> Vec<u8> {
        let each = |join: &str, format: &dyn Fn(u8) -> String| -> Vec<u8> {
            plain.iter().map(|&byte| format(byte)).collect::<Vec<_>>().join(join).into_bytes()
        };
        match self {
            Form::Base64 => STANDARD.encode(plain).into_bytes(),
            Form::Base64Url => URL_SAFE_NO_PAD.encode(plain).into_bytes(),
            Form::Lines(columns) => {
                STANDARD.encode(plain).as_bytes().chunks(columns).collect::<Vec<_>>().join(&b"\r\n"[..])
            }
            Form::Hex => each("", &|byte| format!("{byte:02x}")),
            Form::HexUpper => each("", &|byte| format!("{byte:02X}")),
            Form::Spaced => each(" ", &|byte| format!("{byte:02x}")),
            Form::Listed => each(", ", &|byte| format!("0x{byte:02x}")),
            Form::Decimals => each(", ", &|byte| byte.to_string()),
            Form::Percents => each("", &|byte| format!("%{byte:02X}")),
            Form::Xs => each("", &|byte| format!("\\x{byte:02x}")),
            Form::Us => each("", &|byte| format!("\\u{byte:04x}")),
            Form::Octals => each("", &|byte| format!("\\{byte:03o}")),
            Form::Entities => each("", &|byte| format!("&#{byte};")),
            Form::Printable => {
                let escaped = each("", &|byte| format!("={byte:02X}"));
                escaped.chunks(72).collect::<Vec<_>>().join(&b"=\n"[..])
            }
            Form::Little => plain.iter().flat_map(|&byte| [byte, 0]).collect(),
            Form::Big => plain.iter().flat_map(|&byte| [0, byte]).collect(),
            Form::Wide => plain.iter().flat_map(|&byte| [byte, 0, 0, 0]).collect(),
        }
    }
}

/// A delta's instruction to copy.
fn copy(start: usize, length: usize) -> Vec<u8> {
    [&[0xff], &(start as u32).to_le_bytes()[..], &(length as u32).to_le_bytes()[..3]].concat()
}

/// A finding: the secret, its layers, and where it stands.
type Finding = (String, Vec<Encoding>, Range<usize>);

fn finding(hit: &Hit, bytes: &[u8], start: usize) -> Finding {
    let secret = String::from_utf8_lossy(hit.secret(bytes).reveal()).into_owned();
    (secret, hit.encoding().to_vec(), start + hit.span.start..start + hit.span.end)
}

fn found(text: &[u8]) -> Vec<Finding> {
    detector().find_all(text, None).iter().map(|hit| finding(hit, text, 0)).collect()
}

/// The same, read in pieces of `size` bytes as a scan reads a large file.
fn found_in_pieces(text: &[u8], size: usize) -> Vec<Finding> {
    let detector = detector();
    let (mut start, mut from, mut end) = (0, 0, 0);
    let mut progress = detector.start();
    let mut all = Vec::new();
    loop {
        end = text.len().min(end + size);
        let window = Window { bytes: &text[start..end], from: from - start, last: end == text.len() };
        let mut hits = Vec::new();
        detector.find(&window, start as u64, &mut progress, None, &mut hits);
        all.extend(hits.iter().map(|hit| finding(hit, window.bytes, start)));
        if window.last {
            return all;
        }
        from = start + detector.limit(&window);
        start = from.saturating_sub(detector.behind());
    }
}
