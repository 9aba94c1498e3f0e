//! A slow and plain way to find keys, to hold the detector against: one regex over the bytes, and over what simple decoders make of
//! them. It knows nothing of prefilters, windows, samples or places.
//!
//! [`Oracle::expected`] is what has to be found, [`Oracle::explains`] whether what was found is there. Between the two lies what the
//! documentation leaves open; each such case is named where it is made.

#![allow(dead_code, unreachable_pub, reason = "each program uses its own part of it")]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "what fails here is a failed test")]

use std::collections::BTreeSet;

use base64::Engine;
use base64::alphabet::STANDARD;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use gridleaks::detect::{Detector, Hit};
use gridleaks::encoding::Encoding;
use gridleaks::rule::RuleSet;
use regex::bytes::Regex;

/// What a documented key's tail has.
const TAIL: usize = 32;

/// How many layers [`Oracle::expected`] takes off: those of all that it is asked about, and one by chance.
const DEPTH: usize = 3;

/// The oracle, and the detector that it is about.
pub struct Oracle {
    pub detector: Detector,
    run: Regex,
    base64_run: Regex,
    hex_run: Regex,
    engine: GeneralPurpose,
}

impl Default for Oracle {
    fn default() -> Self {
        let regex = |pattern: &str| Regex::new(pattern).unwrap();
        let config = GeneralPurposeConfig::new()
            .with_decode_padding_mode(DecodePaddingMode::Indifferent)
            .with_decode_allow_trailing_bits(true);
        Oracle {
            detector: Detector::new(&RuleSet::built_in().unwrap()),
            run: regex(&format!("(?-u){}_live_[A-Za-z0-9_-]+", "rg")),
            base64_run: regex("(?-u)[A-Za-z0-9+/_-]{54,}"),
            hex_run: regex("(?-u)[0-9A-Fa-f]{80,}"),
            engine: GeneralPurpose::new(&STANDARD, config),
        }
    }
}

/// What was found, in short.
pub type Found = (Vec<u8>, std::ops::Range<usize>, Vec<Encoding>);

impl Oracle {
    /// What the detector finds in a whole content: the secret, its place, its layers.
    pub fn found(&self, bytes: &[u8]) -> Vec<Found> {
        let short = |hit: Hit| (hit.secret(bytes).reveal().to_vec(), hit.span.clone(), hit.encoding().to_vec());
        self.detector.find_all(bytes, None).into_iter().map(short).collect()
    }

    /// The keys that have to be found in `bytes`.
    pub fn expected(&self, bytes: &[u8]) -> BTreeSet<Vec<u8>> {
        let mut keys = BTreeSet::new();
        self.plain(bytes, false, &mut keys);
        self.encoded(bytes, DEPTH, &mut keys);
        keys
    }

    /// What is missing of what has to be found, and what was found and is not there; each is told with the key's bytes.
    pub fn differences(&self, bytes: &[u8]) -> Vec<String> {
        let found = self.found(bytes);
        let show = |key: &[u8]| String::from_utf8_lossy(key).into_owned();
        let met = |key: &Vec<u8>| found.iter().any(|(secret, ..)| secret == key);
        let missing =
            self.expected(bytes).into_iter().filter(|key| !met(key)).map(|key| format!("missed {}", show(&key)));
        let wrong = found.iter().filter(|found| !self.explains(bytes, found));
        missing
            .chain(wrong.map(|(key, span, layers)| format!("made up {} at {span:?} {layers:?}", show(key))))
            .collect()
    }

    /// Adds the keys that stand in `bytes` as they are.
    fn plain(&self, bytes: &[u8], is_decoded: bool, keys: &mut BTreeSet<Vec<u8>>) {
        for run in self.run.find_iter(bytes) {
            let (before, after) = (&bytes[..run.start()], &bytes[run.end()..]);
            let (key, tail) = (run.as_bytes(), &run.as_bytes()[8..]);
            // Another issuer's key, or the end of an escape, of which the oracle knows nothing.
            let is_glued = before.last().is_some_and(u8::is_ascii_alphanumeric);
            // Where one key runs into the next, what joins them belongs to neither.
            let is_joined = tail.windows(8).any(|part| part == &key[..8]);
            // An escape or a joint may go on with the tail, and does in a decoded text, where no key is better than any other. Encoded
            // texts of keys of undocumented lengths may be shorter than what is surely found.
            let is_kerned = after.starts_with(b")")
                && after[1..].iter().find(|byte| !b"0123456789.- ".contains(byte)) == Some(&b'(');
            let goes_on = is_kerned
                || after.first().is_some_and(|byte| b"%\\&=\"'`<\x1b+$#{[.*".contains(byte) || !byte.is_ascii());
            let is_certain = tail.len() == TAIL && !(is_decoded && goes_on)
                || !is_decoded && (24..=128).contains(&tail.len()) && !goes_on;
            // A byte before it that says how long a string is, behind one that no text has there, says where the key ends.
            let is_counted =
                matches!(before, [.., 0..=8 | 11 | 12 | 14..=31 | 127.., length] if usize::from(*length) < key.len());
            if !is_glued && !is_joined && !is_counted && is_certain && self.is_key(key) {
                keys.insert(key.to_vec());
            }
        }
    }

    /// Whether these characters alone are a key: none that somebody made up.
    fn is_key(&self, key: &[u8]) -> bool {
        let alone = [key, b"\n"].concat();
        self.detector.find_all(&alone, None).iter().any(|hit| hit.span == (0..key.len()))
    }

    /// Adds the keys in all that `bytes` may encode.
    fn encoded(&self, bytes: &[u8], depth: usize, keys: &mut BTreeSet<Vec<u8>>) {
        if depth == 0 {
            return;
        }
        if let Some(text) = prefix_in(bytes) {
            let mut escaped = BTreeSet::new();
            self.plain(&text, true, &mut escaped);
            // One that stands there as it is, is decided as it stands there.
            keys.extend(escaped.into_iter().filter(|key| !contains(bytes, key)));
        }
        for text in self.decoded(bytes) {
            let mut inner = BTreeSet::new();
            self.plain(&text, true, &mut inner);
            self.encoded(&text, depth - 1, &mut inner);
            keys.extend(inner.into_iter().filter(|key| !contains(bytes, key)));
        }
    }

    /// All that `bytes` may encode, by each decoder at each alignment; what is too short for a key is left out.
    fn decoded(&self, bytes: &[u8]) -> Vec<Vec<u8>> {
        let mut texts = Vec::new();
        for run in self.base64_run.find_iter(bytes) {
            // The letter of an end of a line that is written out is no digit, and the group that it would begin lacks its first.
            let is_end = bytes[..run.start()].ends_with(b"\\") && b"nrt".contains(&run.as_bytes()[0]);
            if !is_end && !joins(bytes, run.range(), |byte| byte.is_ascii_alphanumeric() || b"+/-_".contains(&byte)) {
                texts.extend(
                    (0..4).filter_map(|skip| self.engine.decode(whole(&standard(&run.as_bytes()[skip..]))).ok()),
                );
            }
        }
        for run in self.hex_run.find_iter(bytes) {
            if joins(bytes, run.range(), |byte| byte.is_ascii_hexdigit()) {
                continue;
            }
            texts.extend((0..2).map(|skip| unhex(&run.as_bytes()[skip..])));
        }
        texts.extend(escaped(bytes));
        texts.extend(wide(bytes, u16::from_le_bytes, |before, after| before == Some(0) && is_character(after)));
        texts.extend(wide(bytes, u16::from_be_bytes, |before, after| is_character(before) && after == Some(0)));
        texts.retain(|text| text.len() >= 8 + TAIL);
        texts
    }

    /// Whether what was found is there: it stands at its place, or its place decodes to it, layer by layer.
    pub fn explains(&self, bytes: &[u8], (key, span, layers): &Found) -> bool {
        let Some(text) = bytes.get(span.clone()) else { return false };
        if layers.is_empty() {
            return text == key && self.run.find(key).is_some_and(|run| run.range() == (0..key.len()));
        }
        // Of a dump's first line, the address stands before what is read.
        let line = bytes[..span.start].rsplit(|&byte| byte == b'\n').next().unwrap_or_default();
        let is_dump = layers[0] == Encoding::Decimal && text.contains(&b'\n') && is_address(line);
        is_dump || self.unwraps(text, layers, key)
    }

    fn unwraps(&self, text: &[u8], layers: &[Encoding], key: &[u8]) -> bool {
        use Encoding::*;
        let Some((&layer, inner)) = layers.split_first() else { return contains(text, key) };
        let texts = match layer {
            Base64 | Base64Url => {
                // Where the ends of lines are written out, their letters are no digits.
                let bare = [&b"\\r"[..], b"\\n", b"\\t"].iter().fold(text.to_vec(), |text, end| without(&text, end));
                // Nor is what joins two literals, which is not named where it stands in the digits of the first letter or the last.
                let literals = bare.split(|byte| b"\"'`".contains(byte)).step_by(2);
                let digits = standard(&literals.collect::<Vec<_>>().concat());
                let at = |lead: usize| self.engine.decode(whole(&[&b"AAAA"[..lead], &digits].concat())).ok();
                (0..4).filter_map(at).collect()
            }
            // A dump has addresses and a column of text, too; escapes of Unicode have their own form.
            Hex if text.contains(&b'\n') => return true,
            Decimal if begins_with_address(text) => return true,
            Percent if contains(text, b"%u") => return true,
            Hex => {
                let bare = [&b"0x"[..], b"0X", b"\\x"].iter().fold(text.to_vec(), |text, mark| without(&text, mark));
                let digits: Vec<u8> = bare.into_iter().filter(u8::is_ascii_hexdigit).collect();
                // Words may have their lowest byte first.
                let words =
                    |width: usize| unhex(&digits).chunks(width).flat_map(|word| word.iter().rev().copied()).collect();
                [1, 2, 4, 8].map(words).to_vec()
            }
            Decimal => decimal(text).into_iter().collect(),
            Utf16Le | Utf16Be | Utf32Le | Utf32Be => vec![text.iter().copied().filter(|&byte| byte != 0).collect()],
            Percent => vec![percent(text).0],
            // Of what is spelled in a dozen ways, or lies in a container, only the bounds are checked.
            Octal | Escape | Html | QuotedPrintable | Markdown | Ansi | Split | Gzip | Zlib | Deflate | Bzip2 | Xz
            | Zstd | Lz4 | Lzma | Lzip | Snappy => {
                return true;
            }
        };
        texts.iter().any(|text| self.unwraps(text, inner, key)) || inner.first() == Some(&Split)
    }
}

/// Whether the line before or behind `run` may be joined to it, as wrapped text is: then what its digits are is anybody's guess.
fn joins(bytes: &[u8], run: std::ops::Range<usize>, is_digit: fn(u8) -> bool) -> bool {
    let is_between = |byte: &u8| byte.is_ascii_whitespace() || b"\\\"'`+.,nrt=#*>;|".contains(byte);
    let before = bytes[..run.start].iter().rev().take_while(|byte| is_between(byte)).count();
    let after = bytes[run.end..].iter().take_while(|byte| is_between(byte)).count();
    let ends = |gap: &[u8]| gap.iter().any(|byte| b"\r\n\\\"'`".contains(byte));
    ends(&bytes[run.start - before..run.start]) && bytes[..run.start].iter().any(|&byte| is_digit(byte))
        || ends(&bytes[run.end..run.end + after]) && bytes[run.end..].iter().any(|&byte| is_digit(byte))
}

/// The digits of base64 in `text`, in either alphabet, as those of the standard one.
fn standard(text: &[u8]) -> Vec<u8> {
    let digits = text.iter().filter(|byte| byte.is_ascii_alphanumeric() || b"+/-_".contains(byte));
    let digit = |&byte: &u8| match byte {
        b'-' => b'+',
        b'_' => b'/',
        _ => byte,
    };
    digits.map(digit).collect()
}

/// As much of base64 text as makes whole bytes.
fn whole(digits: &[u8]) -> &[u8] {
    &digits[..digits.len() - usize::from(digits.len() % 4 == 1)]
}

/// Whether a line of `text`, besides the first, begins with a number of more digits than a byte has, as in a dump, maybe behind signs.
fn begins_with_address(text: &[u8]) -> bool {
    text.split(|&byte| byte == b'\n').skip(1).any(is_address)
}

fn is_address(line: &[u8]) -> bool {
    let is_sign = |byte: &&u8| byte.is_ascii_whitespace() || byte.is_ascii_punctuation();
    line.iter().skip_while(is_sign).take_while(|byte| byte.is_ascii_hexdigit()).count() > 3
}

/// The bytes of a list of decimals; none if a number in it is no byte.
fn decimal(text: &[u8]) -> Option<Vec<u8>> {
    let numbers = text.split(|byte| !byte.is_ascii_digit()).filter(|number| !number.is_empty());
    numbers.map(|number| std::str::from_utf8(number).ok()?.parse().ok().filter(|_| number.len() <= 3)).collect()
}

fn unhex(digits: &[u8]) -> Vec<u8> {
    let value = |digit: u8| char::from(digit).to_digit(16).unwrap_or(0) as u8;
    digits.chunks_exact(2).map(|pair| value(pair[0]) << 4 | value(pair[1])).collect()
}

/// `bytes` with their percent escapes taken out, and for each byte whether it was one.
fn percent(bytes: &[u8]) -> (Vec<u8>, Vec<bool>) {
    let is_hex = |at: usize| bytes.get(at).is_some_and(u8::is_ascii_hexdigit);
    let (mut text, mut escaped, mut at) = (Vec::new(), Vec::new(), 0);
    while at < bytes.len() {
        // Only ASCII is decoded.
        let is_escape = bytes[at] == b'%' && is_hex(at + 1) && is_hex(at + 2) && bytes[at + 1] < b'8';
        text.push(if is_escape { unhex(&bytes[at + 1..at + 3])[0] } else { bytes[at] });
        escaped.push(is_escape);
        at += if is_escape { 3 } else { 1 };
    }
    (text, escaped)
}

/// What percent escapes in `bytes` may encode once more: each stretch of them, with what stands before and behind it. Left out is one that
/// goes on in letters or digits to the next, which may be anything.
fn escaped(bytes: &[u8]) -> Vec<Vec<u8>> {
    let (text, escaped) = percent(bytes);
    let stretches: Vec<_> = escaped.chunk_by(|one, next| one == next).collect();
    let (mut texts, mut at) = (Vec::new(), 0);
    for (number, stretch) in stretches.iter().enumerate() {
        let end = at + stretch.len();
        if stretch[0] {
            let length = |number: Option<usize>| {
                number.and_then(|number| stretches.get(number)).map_or(0, |stretch| stretch.len())
            };
            let around = at - length(number.checked_sub(1))..end + length(Some(number + 1));
            let goes_on = around.end < text.len()
                && text[end..around.end].iter().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(byte));
            // Nobody escapes a letter or a digit alone, or only the beginning or the end of a word; and a terminal's control sequence, an
            // entity, or an escape or the soft end of a line as quoted-printable has them may stand beside what was escaped, which is
            // decoded, too.
            let is_printable =
                matches!(text[end..], [b'=', one, two, ..] if [one, two].iter().all(u8::is_ascii_hexdigit));
            let is_odd = stretch.len() < 8 && text[at..end].iter().any(u8::is_ascii_alphanumeric)
                || is_printable
                || text.get(end).is_some_and(u8::is_ascii_alphanumeric)
                || text[at].is_ascii_alphanumeric() && text[..at].last().is_some_and(u8::is_ascii_alphanumeric)
                || around.start > 0 && text[around.start].is_ascii_alphanumeric()
                || text[around.clone()].contains(&0x1b)
                || contains(&text[around.start..at], b"&#")
                || text[around.start..at].ends_with(b"=\n");
            // Binary text beside an escape is none of what was escaped.
            if !is_odd && !goes_on && text[around.clone()].iter().all(|byte| *byte != 0)
                || around.len() == stretch.len()
            {
                texts.push(text[around].to_vec());
            }
        }
        at = end;
    }
    texts
}

/// `bytes` with the percent escapes taken out, if there is a prefix in it whose word is not broken by an escape, or that is escaped
/// wholly: others are said not to be read.
fn prefix_in(bytes: &[u8]) -> Option<Vec<u8>> {
    let (text, escaped) = percent(bytes);
    let prefix = format!("{}_live_", "rg");
    let mut places = (0..text.len()).filter(|&at| text[at..].starts_with(prefix.as_bytes())).peekable();
    places.peek()?;
    let is_read = |at: usize| {
        let end = text.len().min(at + 8 + TAIL);
        !escaped[at + 3..at + 7].contains(&true) || !escaped[at..end].contains(&false)
    };
    places.all(is_read).then_some(text)
}

fn is_character(byte: Option<u8>) -> bool {
    byte.is_some_and(|byte| byte != 0 && byte.is_ascii())
}

/// The stretches of ASCII in what is two bytes a character, at either offset. Left out is what is as good a text in the other byte order,
/// with one character more at one end and one less at the other, which `is_open` says of the bytes before and behind; and where the
/// content begins or ends in half a character, what that belongs to.
fn wide(bytes: &[u8], value: fn([u8; 2]) -> u16, is_open: fn(Option<u8>, Option<u8>) -> bool) -> Vec<Vec<u8>> {
    let mut texts = Vec::new();
    for skip in 0..2 {
        let units: Vec<u16> =
            bytes.get(skip..).unwrap_or_default().as_chunks().0.iter().map(|&unit| value(unit)).collect();
        let mut at = skip;
        for run in units.chunk_by(|one, next| is_ascii(*one) == is_ascii(*next)) {
            let end = at + 2 * run.len();
            let is_cut = end + 1 == bytes.len() && is_character(bytes.last().copied())
                || at == 1 && is_character(bytes.first().copied());
            if is_ascii(run[0]) && !is_cut && !is_open(at.checked_sub(1).map(|at| bytes[at]), bytes.get(end).copied()) {
                texts.push(run.iter().map(|&unit| unit as u8).collect());
            }
            at = end;
        }
    }
    texts
}

fn is_ascii(unit: u16) -> bool {
    (1..0x80).contains(&unit)
}

fn contains(text: &[u8], part: &[u8]) -> bool {
    text.windows(part.len()).any(|window| window == part)
}

/// `text` without every `part` in it.
fn without(text: &[u8], part: &[u8]) -> Vec<u8> {
    let (mut kept, mut at) = (Vec::new(), 0);
    while at < text.len() {
        if text[at..].starts_with(part) {
            at += part.len();
        } else {
            kept.push(text[at]);
            at += 1;
        }
    }
    kept
}
