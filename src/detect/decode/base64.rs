//! Base64, of both alphabets, at any alignment.

use std::ops::Range;

use super::digits::{self, Digits, NONE, Values};
use super::{SHORTEST, Text, escape};
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

/// The first `N` digits of a run that begins where `bytes` do, over what joins its parts and soft ends of lines, and as they are without an
/// escape; none if there are fewer.
pub(in crate::detect) fn first_digits<const N: usize>(bytes: &[u8]) -> Option<[u8; N]> {
    let (mut found, mut count, mut place) = ([0; N], 0, 0);
    while count < N && bytes.get(place).is_some_and(|byte| VALUES[usize::from(*byte)] != NONE) {
        let end = digits::each_escaped(bytes, place, &VALUES, |value, place, escaped| {
            let sign = if value == VALUES[b'+' as usize] { b'+' } else { b'/' };
            found[count] = if escaped.is_some() { sign } else { bytes[place] };
            count += 1;
            count < N
        });
        place = end + soft_end(&bytes[end..]);
    }
    (count == N).then_some(found)
}

/// How long the soft end of a line is that quoted-printable has there; zero if it has none.
fn soft_end(text: &[u8]) -> usize {
    let unit = escape::unit(text).filter(|unit| unit.byte.is_none() && text[0] == b'=');
    unit.map_or(0, |unit| unit.len)
}

/// The bits of a group's first three digits that are the highest of its three bytes.
const HIGHEST: [u8; 3] = [0x20, 0x08, 0x02];

/// Reads base64 in one text, each digit once.
#[derive(Default)]
pub(in crate::detect) struct Reader {
    /// The run that was read last.
    run: Digits,
    /// Up to which digit it was decoded, by each way to divide it into groups.
    done: [usize; 4],
    /// Where the run before it ends, or the text begins.
    first: usize,
    /// Room for a text without a map.
    plain: Vec<u8>,
}

impl Reader {
    /// The texts around `at` that `may_hold` something, if groups begin there as `phases` has it: with the digit there for the lowest bit,
    /// with the next one for the next. What was decoded before is left out.
    pub(in crate::detect) fn texts(
        &mut self,
        bytes: &[u8],
        at: usize,
        phases: u32,
        may_hold: impl Fn(&[u8]) -> bool,
    ) -> Vec<Text> {
        self.run.read(bytes, 0, at + 1, &VALUES);
        if at >= self.run.end {
            self.first = self.run.end;
            self.run.begin(start(bytes, at, self.first, phases));
            self.done = [0; 4];
        }
        let phases = (0..4).filter(|phase| phases >> phase & 1 != 0);
        phases.filter_map(|phase| self.text(bytes, at, phase, &may_hold)).collect()
    }

    /// The number of the digit that is `phase` digits behind the one at `at`. Where the text that a group begins with there goes on before the
    /// run, because that was begun by what only seemed to be groups, the run is read from further back.
    fn digit(&mut self, bytes: &[u8], at: usize, phase: usize) -> Option<usize> {
        let digit = self.number(bytes, at, phase)?;
        self.run.read(bytes, digit, 0, &VALUES);
        let groups = self.run.values.get(..digit)?.rchunks_exact(4);
        let is_cut = self.done[digit % 4] == 0 && self.run.places.first()?.0 as usize > self.first;
        if is_cut && groups.take(digits::BACK / 4).all(is_ascii) {
            let begin = start(bytes, at, self.first, 1 << phase);
            if begin < self.run.places[0].0 as usize {
                self.run.begin(begin);
                self.done = [0; 4];
                return self.number(bytes, at, phase);
            }
        }
        Some(digit)
    }

    /// The number of that digit in the run as it was begun. Where the letter of a written-out end of a line stands at `at`, which only looks
    /// like a digit, those behind it are the next line's.
    fn number(&mut self, bytes: &[u8], at: usize, phase: usize) -> Option<usize> {
        self.run.read(bytes, 0, at + phase + 1, &VALUES);
        self.run.digit_at(at).map(|digit| digit + phase).or_else(|| self.run.digit_at(at + phase))
    }

    /// Where the run of digits that was read last ends, if it was read to there.
    pub(in crate::detect) fn end(&self) -> Option<usize> {
        self.run.is_whole.then_some(self.run.end)
    }

    /// The text around the group that begins `phase` digits behind the one at `at`.
    fn text(&mut self, bytes: &[u8], at: usize, phase: usize, may_hold: impl Fn(&[u8]) -> bool) -> Option<Text> {
        let digit = self.digit(bytes, at, phase)?;
        let done = self.done[digit % 4];
        self.run.read(bytes, digit, 0, &VALUES);
        if digit < done || digit > self.run.values.len() {
            return None;
        }
        let (mut first, mut last) = (digit, digit);
        while first >= done + 4 && is_ascii(&self.run.values[first - 4..first]) {
            first -= 4;
        }
        loop {
            self.run.read(bytes, last + 4, 0, &VALUES);
            match self.run.values.get(last..last + 4) {
                Some(group) if is_ascii(group) => last += 4,
                _ => break,
            }
        }
        self.done[digit % 4] = last;
        // A group at either end may be half of the text, and shows what stands beside it.
        let before = if first < 4 { first } else { first - 4 };
        let is_text = last - first >= 4 * LEAST_GROUPS;
        let digits = before..self.run.values.len().min(last + 4);
        // Most hold nothing. To know that takes a tenth of what a map of every byte takes.
        (is_text && may_hold(self.plain(&digits))).then(|| decode(&self.run, digits))
    }

    /// What the digits `range` stand for.
    fn plain(&mut self, range: &Range<usize>) -> &[u8] {
        let (groups, rest) = self.run.values[range.clone()].as_chunks();
        self.plain.clear();
        self.plain.resize(3 * groups.len(), 0);
        for (&[a, b, c, d], bytes) in groups.iter().zip(self.plain.as_chunks_mut().0) {
            *bytes = [a << 2 | b >> 4, b << 4 | c >> 2, c << 6 | d];
        }
        let more = [|a: u8, b: u8| a << 2 | b >> 4, |b, c| b << 4 | c >> 2];
        self.plain.extend(rest.windows(2).zip(more).map(|(values, byte)| byte(values[0], values[1])));
        &self.plain
    }
}

/// Whether the three bytes that a group stands for are ASCII.
fn is_ascii(group: &[u8]) -> bool {
    group[0] & HIGHEST[0] == 0 && group[1] & HIGHEST[1] == 0 && group[2] & HIGHEST[2] == 0
}

/// Where base64 of a text begins that goes over the end of a line, or begins or ends near to it: what stands before the line's `end`, and
/// what from `next` on, where the next line begins. As much of it is asked for as a key has in any case.
pub(in crate::detect) fn over_lines(bytes: &[u8], end: usize, next: usize) -> Option<usize> {
    /// How many groups in a row decode to ASCII, and how many digits on either side have so many of them, wherever groups begin. Those of
    /// both sides have a bit each in a number.
    const GROUPS: usize = 8;
    const NEAR: usize = 4 * GROUPS + 3;
    let is_digit = |byte: &&u8| VALUES[usize::from(**byte)] != NONE;
    let before = bytes[..end].iter().rev().take(NEAR).take_while(is_digit).count();
    // A bit for each digit: whether there is one, and whether it lacks the bits that the bytes of a group may not have.
    let (mut there, mut lacks) = (0u128, [0u128; 3]);
    let behind = bytes[next..].iter().take(NEAR).take_while(is_digit);
    for (digit, &byte) in bytes[end - before..end].iter().chain(behind).enumerate() {
        let value = VALUES[usize::from(byte)];
        there |= 1 << digit;
        for (lacks, bit) in lacks.iter_mut().zip(HIGHEST) {
            *lacks |= u128::from(value & bit == 0) << digit;
        }
    }
    let mut groups = lacks[0] & lacks[1] >> 1 & lacks[2] >> 2 & there >> 3;
    for distance in [1, 2, 4] {
        groups &= groups >> (4 * distance);
    }
    let digit = groups.trailing_zeros() as usize;
    (groups != 0).then(|| if digit < before { end - before + digit } else { next + digit - before })
}

/// From where on a run of digits has to be read, if groups begin at `at` by `phases`: nothing before `first`, and not what stands before a
/// group that is no ASCII.
fn start(bytes: &[u8], at: usize, first: usize, phases: u32) -> usize {
    let of_phase = |phase: usize| {
        let mut place = at + phase;
        while let Some(group) =
            place.checked_sub(4).filter(|&before| before >= first).map(|before| &bytes[before..place])
            && group.iter().all(|&byte| VALUES[usize::from(byte)] != NONE)
        {
            place -= 4;
            if at.saturating_sub(place) >= digits::BACK
                || !is_ascii(&[0, 1, 2].map(|digit| VALUES[usize::from(group[digit])]))
            {
                // The letter of `\n` only looks like a digit: the text may begin in the line before.
                if bytes[..place].ends_with(b"\\") {
                    break;
                }
                return place;
            }
        }
        digits::start(bytes, at, &(first..bytes.len()), &VALUES)
    };
    (0..4).filter(|phase| phases >> phase & 1 != 0).map(of_phase).min().unwrap_or(at).min(at)
}

/// Whether the digits around `span`, which is base64, have the signs of the alphabet for URLs and none of the other: the part that a key is
/// encoded in need not have either.
pub(in crate::detect) fn is_of_urls(bytes: &[u8], span: &Range<usize>) -> bool {
    let start = digits::start(bytes, span.start, &(0..bytes.len()), &VALUES);
    let (mut is_url, mut is_standard) = (false, false);
    digits::each(bytes, start, &VALUES, |_, place| {
        is_url |= b"-_".contains(&bytes[place]);
        is_standard |= b"+/\\".contains(&bytes[place]);
        place < span.end + digits::BACK
    });
    is_url && !is_standard
}

/// Decodes the digits `range`; what is left over at its end and no byte is left out.
fn decode(run: &Digits, range: Range<usize>) -> Text {
    let mut text = Text::with_room_for(range.len() / 4 * 3 + 3);
    for first in range.clone().step_by(4) {
        let last = range.end.min(first + 4);
        let (values, places) = (&run.values[first..last], &run.places[first..last]);
        for (place, (values, places)) in values.windows(2).zip(places.windows(2)).enumerate() {
            let byte = match place {
                0 => values[0] << 2 | values[1] >> 4,
                1 => values[0] << 4 | values[1] >> 2,
                _ => values[0] << 6 | values[1],
            };
            if !run.joints.is_empty()
                && let Some(gap) = run.gap_in(first + place..first + place + 2)
            {
                text.gap(gap);
            }
            text.push(byte, places[0].0 as usize..places[1].1 as usize, Some(Encoding::Base64));
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
mod tests;
