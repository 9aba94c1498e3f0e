//! Hexadecimal without anything between the bytes but ends of lines.

use std::ops::Range;

use super::digits::{self, NONE, Values};
use super::{SHORTEST, Text};
use crate::encoding::Encoding;

/// The digits in both cases.
pub(super) const VALUES: Values = {
    let mut values = [NONE; 256];
    let mut value = 0;
    while value < 10 {
        values[b'0' as usize + value] = value as u8;
        if value < 6 {
            values[b'a' as usize + value] = value as u8 + 10;
            values[b'A' as usize + value] = value as u8 + 10;
        }
        value += 1;
    }
    values
};

/// Whether a byte of text may have this first digit.
fn is_high(digit: u8) -> bool {
    matches!(digit, b'0' | b'2'..=b'7')
}

/// Whether sixteen bytes are digits that decode to ASCII at one of the two ways to pair them.
pub(in crate::detect) fn may_be_text(block: &[u8; 16]) -> bool {
    block.iter().all(u8::is_ascii_hexdigit)
        && (0..2).any(|phase| block[phase..].iter().step_by(2).all(|&byte| is_high(byte)))
}

/// Where hexadecimal of a text begins that goes over the end of a line, or begins or ends near to it: what stands before the line's `end`,
/// and what from `next` on, where the next line begins.
pub(in crate::detect) fn over_lines(bytes: &[u8], end: usize, next: usize) -> Option<usize> {
    /// How many pairs in a row stand for text, and how many digits on either side have so many of them, whichever begins a pair.
    const PAIRS: usize = SHORTEST;
    const NEAR: usize = 2 * PAIRS + 1;
    let is_digit = |byte: &&u8| VALUES[usize::from(**byte)] != NONE;
    // Most lines end in what is none, or begin so.
    let behind = bytes[next..].iter().take(NEAR).take_while(is_digit).count();
    if behind == 0 {
        return None;
    }
    let before = bytes[..end].iter().rev().take(NEAR).take_while(is_digit).count();
    if before == 0 || before + behind < NEAR - 2 {
        return None;
    }
    // A bit for each digit: whether it may be a pair's first.
    let digits = bytes[end - before..end].iter().chain(&bytes[next..next + behind]).enumerate();
    let mut pairs = digits.fold(0u128, |bits, (digit, &byte)| bits | u128::from(is_high(byte)) << digit);
    for distance in [1, 2, 4, 8] {
        pairs &= pairs >> (2 * distance);
    }
    let digit = pairs.trailing_zeros() as usize;
    (pairs != 0).then(|| if digit < before { end - before + digit } else { next + digit - before })
}

/// The texts in the run of digits around `at`, and where that run ends.
pub(in crate::detect) fn texts(bytes: &[u8], at: usize, within: Range<usize>) -> (Vec<Text>, usize) {
    let run = digits::around(bytes, at, within, &VALUES);
    let mut texts = Vec::new();
    for phase in 0..2 {
        let Some(values) = run.values.get(phase..) else { break };
        let pairs = values.len() / 2;
        let mut first = 0;
        for pair in 0..=pairs {
            if pair < pairs && values[2 * pair] < 8 {
                continue;
            }
            if pair - first >= SHORTEST {
                let mut text = Text::default();
                for pair in first.saturating_sub(1)..pairs.min(pair + 1) {
                    let digits = phase + 2 * pair..phase + 2 * pair + 2;
                    let span = run.places[digits.start].0 as usize..run.places[digits.end - 1].1 as usize;
                    if let Some(gap) = run.gap_in(digits.clone()) {
                        text.gap(gap);
                    }
                    text.push(run.values[digits.start] << 4 | run.values[digits.start + 1], span, Some(Encoding::Hex));
                }
                texts.push(text);
            }
            first = pair + 1;
        }
    }
    (texts, run.end)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_found_in_both_cases_at_both_alignments_and_wrapped() {
        let plain = b"The quick brown fox";
        let lower: String = plain.iter().map(|byte| format!("{byte:02x}")).collect();
        for encoded in [
            lower.clone(),
            lower.to_uppercase(),
            format!("f{lower}"),
            format!("ff{lower}ff"),
            format!("{}\n    {}", &lower[..13], &lower[13..]),
            format!("{}\\n{}", &lower[..20], &lower[20..]),
        ] {
            let (texts, end) = texts(encoded.as_bytes(), encoded.len() / 2, 0..encoded.len());
            assert!(texts.iter().any(|text| memchr::memmem::find(text.bytes(), plain).is_some()), "{encoded}");
            assert_eq!(end, encoded.len());
        }
        // What is binary ends a text, of which a byte is shown; and what is short is none.
        let cut = format!("ffff{lower}ffff{lower}80{}ff", &lower[..20]);
        let (texts, _) = texts(cut.as_bytes(), 8, 0..cut.len());
        let shown: Vec<_> = texts.iter().map(|text| text.bytes().to_vec()).collect();
        assert_eq!(shown, [[b"\xff", &plain[..], b"\xff"].concat(), [b"\xff", &plain[..], b"\x80"].concat()]);
        assert!(may_be_text(b"5468652071756963") && may_be_text(b"f546865207175696"));
        assert!(!may_be_text(b"da39a3ee5e6b4b0d") && !may_be_text(b"546865207175696x"));
    }

    #[test]
    fn every_byte_is_a_digit_or_none() {
        for byte in 0..=u8::MAX {
            let value = char::from(byte).to_digit(16).map_or(NONE, |value| value as u8);
            assert_eq!(VALUES[usize::from(byte)], value, "{byte}");
        }
    }

    #[test]
    fn a_text_over_the_end_of_a_line_begins_with_the_first_of_enough_pairs() {
        let text: String = b"The quick brown fox jumps over".iter().map(|byte| format!("{byte:02x}")).collect();
        let digits = format!("fff8a{text}ffff9f");
        let mut places = [0; 3];
        for (first, last) in (0..10).step_by(3).flat_map(|first| (0..40).step_by(9).map(move |last| (first, 71 - last)))
        {
            for at in first..=last {
                let source = format!(". {}\n  {} .", &digits[first..at], &digits[at..last]);
                let (end, next) = (2 + at - first, 5 + at - first);
                let near = [end.saturating_sub(33).max(2)..end, next..(next + 33).min(next + last - at)];
                let near: Vec<usize> = near.into_iter().flatten().collect();
                let is_here = |from: &[usize]| {
                    let pairs: Vec<_> = from.iter().take(31).step_by(2).map(|&at| source.as_bytes()[at]).collect();
                    pairs.len() == SHORTEST && pairs.into_iter().all(is_high)
                };
                // What lies in one of the lines is none.
                let mut places_of_text = (0..near.len()).filter(|_| first < at && at < last);
                let expected = places_of_text.find(|&from| is_here(&near[from..])).map(|from| near[from]);
                assert_eq!(over_lines(source.as_bytes(), end, next), expected, "{source}");
                places[expected.map_or(0, |place| 1 + usize::from(place >= next))] += 1;
            }
        }
        assert!(places.iter().all(|&count| count > 10), "{places:?}");
    }

    #[test]
    fn each_byte_stands_where_its_two_digits_do() {
        let plain = b"The quick brown fox";
        let digits: String = plain.iter().map(|byte| format!("{byte:02x}")).collect();
        for before in ["", "f", "ff", "fff"] {
            let encoded = format!("{before}{digits}ff");
            let (texts, _) = texts(encoded.as_bytes(), 20, 0..encoded.len());
            let place = |text: &Text| memchr::memmem::find(text.bytes(), plain);
            let (text, first) = texts.iter().find_map(|text| Some((text, place(text)?))).unwrap();
            for at in 0..plain.len() {
                let start = before.len() + 2 * at;
                assert_eq!(text.span(&(first + at..first + at + 1)), start..start + 2, "{at} of {encoded}");
            }
            // A joint before a byte, or between its digits, is one.
            for joint in 2..=plain.len() {
                let (one, other) = encoded.split_at(before.len() + joint);
                let encoded = format!("\"{one}\" + \"{other}\"");
                let (texts, _) = super::texts(encoded.as_bytes(), 1, 1..encoded.len());
                let (text, first) = texts.iter().find_map(|text| Some((text, place(text)?))).unwrap();
                let layers = text.layers(&(first..first + plain.len()));
                assert_eq!(layers, [Encoding::Hex, Encoding::Split], "{encoded}");
            }
        }
    }
}
