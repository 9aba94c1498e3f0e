//! Base64, of both alphabets, at any alignment.

use std::ops::Range;

use super::digits::{self, Digits, NONE, Values};
use super::{SHORTEST, Text};
use crate::encoding::Encoding;

/// Groups of four digits in a row that decode to ASCII: less is chance.
const LEAST_GROUPS: usize = SHORTEST.div_ceil(3);

/// The digits of both alphabets.
pub(super) const VALUES: Values = values();

const fn values() -> Values {
    let mut values = [NONE; 256];
    let mut value = 0;
    while value < 26 {
        values[b'A' as usize + value] = value as u8;
        values[b'a' as usize + value] = value as u8 + 26;
        if value < 10 {
            values[b'0' as usize + value] = value as u8 + 52;
        }
        value += 1;
    }
    values[b'+' as usize] = 62;
    values[b'-' as usize] = 62;
    values[b'/' as usize] = 63;
    values[b'_' as usize] = 63;
    values
}

/// The texts in the run of digits around `at`, and where that run ends.
pub(in crate::detect) fn texts(bytes: &[u8], at: usize, within: Range<usize>) -> (Vec<Text>, usize) {
    let run = digits::around(bytes, at, within, &VALUES);
    let mut texts = Vec::new();
    for phase in 0..4 {
        in_phase(bytes, &run, phase, &mut texts);
    }
    if !texts.is_empty() && is_of_urls(bytes, &run) {
        texts.iter_mut().for_each(|text| text.rename(Encoding::Base64, Encoding::Base64Url));
    }
    (texts, run.end)
}

/// Whether a run has the signs of the alphabet for URLs, and none of the other: they differ in two digits, which the part that a key
/// is encoded in need not have.
fn is_of_urls(bytes: &[u8], run: &Digits) -> bool {
    let has = |signs: &[u8]| run.places.iter().any(|&(start, _)| signs.contains(&bytes[start as usize]));
    has(b"-_") && !has(b"+/\\")
}

fn in_phase(bytes: &[u8], run: &Digits, phase: usize, texts: &mut Vec<Text>) {
    let Some(values) = run.values.get(phase..) else { return };
    let is_ascii = |group: &[u8]| group[0] & 0x20 == 0 && group[1] & 0x08 == 0 && group[2] & 0x02 == 0;
    let groups = values.len() / 4;
    let mut first = 0;
    for group in 0..=groups {
        if group < groups && is_ascii(&values[4 * group..4 * group + 4]) {
            continue;
        }
        if group - first >= LEAST_GROUPS {
            // A group at either end may be half of the text, and shows what stands beside it.
            let range = phase + 4 * first.saturating_sub(1)..run.values.len().min(phase + 4 * (group + 1));
            texts.push(decode(bytes, run, range));
        }
        first = group + 1;
    }
}

/// Decodes the digits `range`; what is left over at its end and no byte is left out.
fn decode(bytes: &[u8], run: &Digits, range: Range<usize>) -> Text {
    let mut text = Text::default();
    for first in range.clone().step_by(4) {
        let group = &run.values[first..range.end.min(first + 4)];
        for (place, pair) in group.windows(2).enumerate() {
            let byte = match place {
                0 => pair[0] << 2 | pair[1] >> 4,
                1 => pair[0] << 4 | pair[1] >> 2,
                _ => pair[0] << 6 | pair[1],
            };
            let digits = first + place..first + place + 2;
            let span = run.places[digits.start].0 as usize..run.places[digits.end - 1].1 as usize;
            if let Some(gap) = run.gap_in(digits) {
                text.gap(gap);
            }
            text.push(byte, span, Some(Encoding::Base64));
        }
    }
    text
}

/// What every base64 of a text that holds `plain` holds: for each of the three alignments, the digits that `plain` alone
/// decides, in both alphabets where they differ.
pub(in crate::detect) fn inner_stretches(plain: &[u8]) -> Vec<Vec<u8>> {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut stretches = Vec::new();
    for before in 0..3usize {
        let bit = |at: usize| plain[at / 8] >> (7 - at % 8) & 1;
        let skip = (6 - 8 * before % 6) % 6;
        let digits: Vec<u8> = (skip..8 * plain.len())
            .step_by(6)
            .filter(|at| at + 6 <= 8 * plain.len())
            .map(|at| DIGITS[usize::from((at..at + 6).fold(0, |value, at| value << 1 | bit(at)))])
            .collect();
        let url = digits.iter().map(|digit| {
            if *digit == b'+' {
                b'-'
            } else if *digit == b'/' {
                b'_'
            } else {
                *digit
            }
        });
        stretches.push(url.collect());
        stretches.push(digits);
    }
    stretches.sort();
    stretches.dedup();
    stretches
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Texts in `encoded`, found from somewhere in it.
    fn texts_in(encoded: &[u8]) -> Vec<(String, String)> {
        let (texts, _) = texts(encoded, encoded.len() / 4, 0..encoded.len());
        let source = |text: &Text| String::from_utf8_lossy(&encoded[text.span(&(0..text.len()))]).into_owned();
        texts.iter().map(|text| (String::from_utf8_lossy(text.bytes()).into_owned(), source(text))).collect()
    }

    #[test]
    fn text_is_found_at_any_alignment_wrapped_and_with_binary_around_it() {
        // "The quick brown fox jumps over", as RFC 4648 has it.
        let plain = "VGhlIHF1aWNrIGJyb3duIGZveCBqdW1wcyBvdmVy";
        for glued in ["", "x", "xy", "xyz"] {
            let found = texts_in(format!("{glued}{plain}").as_bytes());
            assert!(found.iter().any(|(text, _)| text.contains("The quick brown fox jumps over")), "{glued} {found:?}");
        }
        for end in ["\n", "\r\n    ", "\\n", "\" +\n \"", "\n# "] {
            let wrapped = format!("{}{end}{}", &plain[..18], &plain[18..]);
            let (text, source) = texts_in(wrapped.as_bytes()).remove(0);
            assert_eq!((text.as_str(), source.as_str()), ("The quick brown fox jumps over", wrapped.as_str()));
        }
        let binary = texts_in(format!("/////+++{plain}////8888").as_bytes());
        assert_eq!(binary.len(), 1);
        assert_eq!(binary[0].1, format!("{}{plain}////", "/+++"));
        // What is cut off in a group still gives its whole bytes.
        assert_eq!(texts_in(&plain.as_bytes()[..38])[0].0, "The quick brown fox jumps ov");
    }

    #[test]
    fn the_alphabet_is_that_of_the_whole_run() {
        let plain = "VGhlIHF1aWNrIGJyb3duIGZveCBqdW1wcyBvdmVy";
        for (before, after, expected) in [
            ("", "", Encoding::Base64),
            ("__79", "", Encoding::Base64Url),
            ("", "________-w", Encoding::Base64Url),
            ("", "////+w", Encoding::Base64),
            ("_", "+", Encoding::Base64),
            ("\\/\\/79", "____", Encoding::Base64),
        ] {
            let encoded = format!("{before}{plain}{after}");
            let (texts, _) = texts(encoded.as_bytes(), before.len() + 8, 0..encoded.len());
            let is_plain = |text: &&Text| memchr::memmem::find(text.bytes(), b"quick").is_some();
            let text = texts.iter().find(is_plain).unwrap();
            assert_eq!(text.layers(&(4..20)), [expected], "{encoded}");
        }
    }

    #[test]
    fn inner_stretches_stand_in_every_base64_of_the_text() {
        for before in ["", "a", "ab"] {
            for (encoded, plain) in [("cHJlZml4Xw", "prefix_"), ("YXByZWZpeF8", "prefix_"), ("YWJwcmVmaXhf", "prefix_")]
            {
                let stretches = inner_stretches(plain.as_bytes());
                assert!(
                    stretches.iter().any(|stretch| memchr::memmem::find(encoded.as_bytes(), stretch).is_some()),
                    "{before}"
                );
            }
        }
        assert!(inner_stretches(b"??>>").contains(&b"Pz8-P".to_vec()));
    }
}
