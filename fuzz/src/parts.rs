//! What targets share: made-up keys, the detector, and a search in pieces that has to give what one in a whole gives.

use std::sync::LazyLock;

use gridleaks::detect::{Detector, Hit, Window};
use gridleaks::encoding::Encoding;
use gridleaks::rule::RuleSet;
use gridleaks::scan::begins_container;
use gridleaks::secret::Fingerprint;

use crate::oracle::Oracle;

thread_local! {
    /// The oracle, with the detector of the built-in rules.
    static ORACLE: Oracle = Oracle::default();
}

/// Runs `work` with the oracle.
pub(crate) fn with_oracle<T>(work: impl FnOnce(&Oracle) -> T) -> T {
    ORACLE.with(work)
}

/// The built-in rules, looking for containers in encoded text, too.
pub(crate) static DETECTOR: LazyLock<Detector> = LazyLock::new(|| {
    let rules = RuleSet::built_in().expect("the built-in rules are in order");
    Detector::new(&rules).with_packed(begins_container)
});

/// A made-up key, put together here so that none stands in the source.
pub(crate) fn key() -> String {
    format!("{}_live_{}", "rg", "9f1c7e2ab3d5c7e9f1a2047b6d8e35c0")
}

/// The same with every sort of character in its tail.
pub(crate) fn mixed_key() -> String {
    format!("{}_live_{}", "rg", "aT9-xQ_2mVbe7RkJ0pLz4wYc8GdNfH1s")
}

/// A hit in short: the rule, its place in the content, the secret and how it is encoded.
type Short = (usize, usize, usize, Fingerprint, Vec<Encoding>);

fn short(hit: &Hit, bytes: &[u8], start: usize) -> Short {
    let fingerprint = hit.secret(bytes).fingerprint();
    (hit.rule, start + hit.span.start, start + hit.span.end, fingerprint, hit.encoding().to_vec())
}

/// The hits in a whole content, each with a place that lies in it.
pub(crate) fn whole(bytes: &[u8]) -> Vec<Short> {
    let mut hits = Vec::new();
    let window = Window { bytes, from: 0, last: true };
    let packed = DETECTOR.find(&window, 0, &mut DETECTOR.start(), None, &mut hits);
    for hit in &hits {
        assert!(hit.span.start < hit.span.end && hit.span.end <= bytes.len(), "a place lies in the content");
        assert!(hit.whole.start <= hit.span.start && hit.span.end <= hit.whole.end && hit.whole.end <= bytes.len());
        assert_eq!(hit.decoded.is_some(), !hit.encoding().is_empty(), "what was decoded has layers");
        assert!(!hit.secret(bytes).redacted().contains(&*String::from_utf8_lossy(hit.secret(bytes).reveal())));
    }
    assert!(hits.is_sorted_by_key(|hit| (hit.span.start, hit.rule)), "hits come in order");
    for packed in packed {
        assert!(packed.span.start < packed.span.end && packed.span.end <= bytes.len());
        // The last line may be left out of the place, if it goes on with something else.
        assert!(packed.bytes.len() <= bytes.len() - packed.span.start, "digits are more than what they stand for");
        assert!(begins_container(&packed.bytes));
    }
    hits.iter().map(|hit| short(hit, bytes, 0)).collect()
}

/// The hits in a content that comes in windows, each of which ends `step` bytes behind the one before.
fn in_pieces(bytes: &[u8], step: usize) -> Vec<Short> {
    let (mut progress, mut found) = (DETECTOR.start(), Vec::new());
    let (mut decided, mut end) = (0, 0);
    loop {
        end = (end + step).min(bytes.len());
        let start = decided - DETECTOR.behind().min(decided);
        let window = Window { bytes: &bytes[start..end], from: decided - start, last: end == bytes.len() };
        let mut hits = Vec::new();
        DETECTOR.find(&window, start as u64, &mut progress, None, &mut hits);
        found.extend(hits.iter().map(|hit| short(hit, window.bytes, start)));
        decided = start + DETECTOR.limit(&window);
        if window.last {
            return found;
        }
    }
}

/// Compares a content in windows with the same in a whole. What need not be found (docs/scanning.md) is found or missed by where samples
/// happen to lie, and they lie elsewhere in a window.
pub(crate) fn check_pieces(bytes: &[u8], step: usize) {
    let sure = |hits: Vec<Short>| hits.into_iter().filter(|hit| is_sure(bytes, hit)).collect::<Vec<_>>();
    assert_eq!(sure(in_pieces(bytes, step)), sure(whole(bytes)), "in steps of {step}");
}

/// How many bytes an encoded key has at least that is surely found: so many digits has base64 of a documented key. And how many it has where
/// each of its characters is a number or an escape, which take more; at most, it has [`LONGEST`].
const SURE: usize = 54;
const SURE_IN_LIST: usize = 111;
const LONGEST: usize = 8 << 10;

/// Whether a key has to be found, wherever windows begin: what stands plain or begins so, and what is encoded in so many bytes; of digits
/// without anything between the bytes, in so many of them in a row, or in lines that have so many each.
fn is_sure(bytes: &[u8], (_, start, end, _, layers): &Short) -> bool {
    use Encoding::{Base64, Base64Url, Hex, Utf16Be, Utf16Le, Utf32Be, Utf32Le};
    /// A list has fewer digits together.
    const RUN: usize = 9;
    let own = &bytes[*start..*end];
    let has = |least: usize| (least..=LONGEST).contains(&own.len());
    // The letter of an end of a line that is written out is no digit; a `_` is one, but of no key, and samples that have one are passed by.
    let is_digit = |text: &[u8], at: usize| {
        (text[at].is_ascii_alphanumeric() || b"+/-".contains(&text[at])) && (at == 0 || text[at - 1] != b'\\')
    };
    let parts = |text: &[u8]| {
        let digits: Vec<_> = (0..text.len()).map(|at| is_digit(text, at)).collect();
        let runs = digits.chunk_by(|one, next| one == next).filter(|run| run[0]);
        runs.map(<[bool]>::len).collect::<Vec<_>>()
    };
    match layers[..] {
        [] => true,
        [Utf16Le | Utf16Be | Utf32Le | Utf32Be, ..] => has(SURE),
        [Base64 | Base64Url | Hex, ..] if parts(own).iter().any(|&part| part >= RUN) => {
            let before = (0..*start).rev().take_while(|&at| is_digit(bytes, at)).count();
            let after = (*end..bytes.len()).take_while(|&at| is_digit(bytes, at)).count();
            let lines = parts(&bytes[start - before..end + after]);
            let is_long = |part: &usize| *part >= SURE;
            has(SURE)
                && (parts(own).iter().any(is_long) || !layers.contains(&Encoding::Split) && lines.iter().all(is_long))
        }
        // A letter that is no digit stands there as it is, and what stands before it may be too short to be seen.
        _ => {
            let is_all = own.iter().all(|byte| !matches!(byte | 0x20, b'g'..=b't'));
            has(SURE) && own.starts_with(b"rg") && !breaks_in_half_an_escape(own) || has(SURE_IN_LIST) && is_all
        }
    }
}

/// Whether the first escape in a key is itself escaped, but for its first bytes, as in `=3%37`: nothing there is the whole escape by which
/// a key is seen to go on.
fn breaks_in_half_an_escape(key: &[u8]) -> bool {
    let is_mark = |byte: &u8| b"%\\&=".contains(byte);
    let is_plain = |byte: &&u8| byte.is_ascii_alphanumeric() || b"_-".contains(byte);
    let escape = &key[key.iter().take_while(is_plain).count()..];
    let [mark, digits @ ..] = escape else { return false };
    let whole = match (mark, digits.first()) {
        (b'&', _) => usize::MAX,
        (b'\\', Some(b'U')) => 9,
        (b'\\' | b'%', Some(b'u')) => 5,
        (b'\\', Some(b'x')) => 3,
        _ => 2,
    };
    let begun = digits.iter().take_while(|byte| byte.is_ascii_alphanumeric() || b"#{".contains(byte)).count();
    is_mark(mark) && begun < whole && digits.get(begun).is_some_and(is_mark) && !escape.starts_with(b"\\\\")
}

/// A fuzzer's bytes, taken from the front.
pub(crate) struct Input<'d>(pub(crate) &'d [u8]);

impl<'d> Input<'d> {
    /// The next byte, 0 where there is none.
    pub(crate) fn byte(&mut self) -> u8 {
        self.take(1).first().copied().unwrap_or(0)
    }

    /// The next `count` bytes, or as many as there are.
    pub(crate) fn take(&mut self, count: usize) -> &'d [u8] {
        let (taken, rest) = self.0.split_at(count.min(self.0.len()));
        self.0 = rest;
        taken
    }

    /// A piece whose length the next byte says.
    pub(crate) fn piece(&mut self) -> &'d [u8] {
        let count = usize::from(self.byte());
        self.take(count)
    }
}
