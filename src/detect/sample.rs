//! Looks for stretches that may be an encoded text, by a sample of the bytes.
//!
//! What is encoded is long: a run of base64 or hexadecimal digits, of numbers or of escapes, or every second byte a zero.
//! So sixteen bytes in every [`STEP`] are enough to find it, and a few vector instructions throw nearly all of them out.

use wide::u8x16;

use super::decode::{hex, list, packed, utf};
use super::lanes::{self, ALL};

/// How far apart samples of a content are taken.
pub(super) const STEP: usize = 32;

/// The length of a sample.
pub(super) const BLOCK: usize = 16;

/// How much is seen on either side of what is new in a part of a content: so much that a sample lies in it, whatever of an encoded
/// text is new.
pub(super) const AROUND: usize = 2 * BLOCK - 1;

/// How long a run of digits is at least, and what shows of a list in a part of a content: a key in the tightest encoding is longer, and most
/// names are not.
const SHORTEST_RUN: u32 = AROUND as u32;

/// How much further than a sample the run of digits around it reaches in a content: with a step, that is what base64 of a key of
/// forty bytes has.
const FURTHER: usize = 7;

/// The shortest run of digits that a sample of a content surely lies in.
#[cfg(test)]
pub(super) const SURE: usize = STEP - 1 + BLOCK + FURTHER;

/// How far before a sample the beginning of a run is looked for that is interrupted by backslashes.
const LONGEST_BEGINNING: usize = 128;

/// What a sample looks like.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Look {
    /// Base64 of a text.
    Base64,
    /// Hexadecimal of a text.
    Hex,
    /// A list of numbers, or escapes.
    List,
    /// A container in base64 or hexadecimal: where its run of digits begins, at or before the sample.
    Packed(usize),
    /// UTF-16 or UTF-32: how many bytes a character has, and where in the sample the first stands.
    Wide(usize, usize),
}

/// How many bytes are asked at once whether any sample in them is suspect.
const GROUP: usize = 128;

/// Which samples of a group are suspect, a bit each: of being a run of digits, behind these a list, and behind these UTF-16 or UTF-32.
const LISTS: usize = 8;
const WIDE: usize = 16;

/// How many samples of a group of a content are asked whether they are lists, which are far longer than runs: then two that are asked
/// are never further apart than the shortest list of a key is long.
const LISTS_IN_CONTENT: usize = 2;

/// The samples of a text that look encoded, in order.
pub(super) struct Samples<'b> {
    bytes: &'b [u8],
    at: usize,
    to: usize,
    step: usize,
    /// Of the group at `at`, which samples are suspect and not looked at yet.
    suspects: u32,
    /// Whether a zero stands anywhere in `bytes`: most texts have none, and then no sample needs to be asked.
    has_zero: bool,
}

impl<'b> Samples<'b> {
    /// Those that begin in `bytes` at or after `from` and before `to`: every `step` bytes one, which is [`STEP`], or [`BLOCK`] for
    /// what is too short for that.
    pub(super) fn new(bytes: &'b [u8], from: usize, to: usize, step: usize) -> Self {
        let to = to.min(bytes.len().saturating_sub(BLOCK - 1));
        let has_zero = from < to && memchr::memchr(0, &bytes[from..]).is_some();
        Samples { bytes, at: from, to, step, suspects: 0, has_zero }
    }

    /// The next sample in what makes groups that looks encoded.
    #[inline]
    fn in_groups(&mut self) -> Option<(usize, Look)> {
        if self.suspects != 0
            && let Some(found) = self.in_group()
        {
            return Some(found);
        }
        let rest = &self.bytes[self.at.min(self.to)..];
        // What lies a little further is taken as a second list of groups: a compiler that sees how the two overlap puts the one together
        // from bytes of the other.
        let further = rest.get(FURTHER..).unwrap_or(&[]);
        let groups = rest.as_chunks::<GROUP>().0.iter().zip(further.as_chunks::<GROUP>().0);
        for (group, further) in groups {
            self.suspects = if self.step == STEP { of_content(group, further) } else { of_part(group) };
            if self.has_zero {
                self.suspects |= of_wide(group, self.step);
            }
            if self.suspects == 0 {
                self.at += GROUP;
            } else if let Some(found) = self.in_group() {
                return Some(found);
            }
        }
        None
    }

    /// The next sample of a suspect group that looks encoded; goes on to the next group if there is none.
    #[inline(never)]
    fn in_group(&mut self) -> Option<(usize, Look)> {
        while self.suspects != 0 {
            let bit = self.suspects.trailing_zeros() as usize;
            self.suspects &= self.suspects - 1;
            let at = self.at + bit % LISTS * self.step;
            if self.suspects == 0 {
                self.at += GROUP;
            }
            let look = match bit {
                0..LISTS => self.run(at),
                LISTS..WIDE => self.list(at),
                _ => self.wide(at),
            };
            if let Some(look) = look {
                return Some((at, look));
            }
        }
        None
    }

    fn run(&self, at: usize) -> Option<Look> {
        let block = self.block(at)?;
        let vector = u8x16::from(*block);
        if lanes::runs(vector) != ALL {
            return None;
        }
        let look = match lanes::base64_phases(vector) {
            _ if lanes::may_be_hex(vector) && hex::may_be_text(block) => Some(Look::Hex),
            phases if phases != 0 && self.base64_goes_on(at, phases) => Some(Look::Base64),
            _ => None,
        };
        if !self.is_long(at, lanes::digits) {
            return None;
        }
        // A container's first bytes may be ASCII.
        self.packed(at).map(Look::Packed).or(look)
    }

    /// Where the run of digits at `at` begins, if no sample before lies in it and it may be a container's.
    fn packed(&self, at: usize) -> Option<usize> {
        let mut start = at;
        for _ in 0..self.step / BLOCK {
            let Some(before) = start.checked_sub(BLOCK).and_then(|at| self.block(at)) else { break };
            let digits = (lanes::digits(u8x16::from(*before)) << (u32::BITS - BLOCK as u32)).leading_ones();
            start -= digits as usize;
            if digits < BLOCK as u32 {
                break;
            }
        }
        let is_digit = |byte: &u8| byte.is_ascii_alphanumeric() || b"+-/_\\".contains(byte);
        // JSON may write a slash as `\/`; and the first bytes of a content have no sample before them.
        if start < BLOCK || self.bytes[start - 1] == b'\\' {
            let first = start.saturating_sub(LONGEST_BEGINNING);
            start -= self.bytes[first..start].iter().rev().take_while(|byte| is_digit(byte)).count();
        }
        // Something may begin at the run's beginning, behind an escape that ends in digits, such as `\n` or `=3D`, and behind a slash, as in
        // a URL.
        let before = start.checked_sub(1).map(|before| self.bytes[before]);
        let first = start - usize::from(before.is_some_and(|byte| b"\\%".contains(&byte)));
        let behind = |place: usize| match self.bytes[place] {
            b'/' => place + 1,
            b'\\' if self.bytes.get(place + 1) == Some(&b'u') => place + 6,
            b'\\' => place + 2,
            _ => place + 3,
        };
        let signs = memchr::memchr3_iter(b'/', b'\\', b'%', &self.bytes[first..at]).map(|sign| behind(first + sign));
        let printable = (before == Some(b'=')).then_some(start + 2);
        let may_begin = |place: &usize| packed::may_begin(self.bytes.get(*place..).unwrap_or_default());
        std::iter::once(start).chain(printable).chain(signs).find(may_begin)
    }

    /// Whether what stands before or behind the sample at `at` is base64 of a text at one of the same `phases`. Parts of contents may
    /// show less.
    fn base64_goes_on(&self, at: usize, phases: u32) -> bool {
        let is_text =
            |at: usize| self.block(at).is_some_and(|block| lanes::base64_phases(u8x16::from(*block)) & phases != 0);
        self.step < STEP || is_text(at + BLOCK) || at.checked_sub(BLOCK).is_some_and(is_text)
    }

    fn wide(&self, at: usize) -> Option<Look> {
        let block = self.block(at).filter(|block| block.is_ascii())?;
        utf::width(lanes::zeros(u8x16::from(*block))).map(|(width, phase)| Look::Wide(width, phase))
    }

    fn list(&self, at: usize) -> Option<Look> {
        self.is_list(at).then_some(Look::List)
    }

    /// Whether what is of a class at `at`, which is a sample long, is longer.
    fn is_long(&self, at: usize, class: impl Fn(u8x16) -> u32) -> bool {
        let class = |at: usize| self.block(at).map_or(0, |block| class(u8x16::from(*block)));
        let after = (class(at + BLOCK) & ALL).trailing_ones();
        let before = at.checked_sub(BLOCK).map_or(0, |at| (class(at) << (u32::BITS - BLOCK as u32)).leading_ones());
        BLOCK as u32 + before + after >= SHORTEST_RUN && class(at) & ALL == ALL
    }

    /// Whether a list stands at `at` and, unless the text is short, also before or behind: one that encodes a key is far longer.
    fn is_list(&self, at: usize) -> bool {
        let has_numbers = |block: &&[u8; BLOCK]| {
            let vector = u8x16::from(**block);
            lanes::numbers(vector) != 0 && !lanes::has_long_number(vector)
        };
        let numbers = |at: Option<usize>| at.and_then(|at| self.block(at)).filter(has_numbers);
        let Some(block) = numbers(Some(at)) else { return false };
        if self.step < STEP {
            return self.is_long(at, |bytes| !lanes::words(bytes)) && list::may_be_list(block);
        }
        // Cheap tests of all three come first.
        let beside = [numbers(Some(at + BLOCK)), numbers(at.checked_sub(BLOCK))];
        beside != [None; 2] && list::may_be_list(block) && beside.into_iter().flatten().any(list::may_be_list)
    }

    fn block(&self, at: usize) -> Option<&'b [u8; BLOCK]> {
        self.bytes.get(at..)?.first_chunk()
    }
}

impl Iterator for Samples<'_> {
    type Item = (usize, Look);

    #[inline]
    fn next(&mut self) -> Option<(usize, Look)> {
        if let Some(found) = self.in_groups() {
            return Some(found);
        }
        // Behind the last group, and in what is short, each sample is looked at.
        while self.at < self.to {
            let at = self.at;
            self.at += self.step;
            let vector = u8x16::from(*self.block(at)?);
            let is_suspect = lanes::is_all(lanes::runs(vector)) | lanes::numbers(vector) != 0;
            if !is_suspect && !self.has_zero {
                continue;
            }
            let wide = || self.has_zero.then(|| self.wide(at)).flatten();
            if let Some(look) = self.run(at).or_else(wide).or_else(|| self.list(at)) {
                return Some((at, look));
            }
        }
        None
    }
}

/// Sixteen bytes of a group.
#[inline(always)]
fn vector(group: &[u8; GROUP], at: usize) -> u8x16 {
    u8x16::from(*group[at..].first_chunk().unwrap_or(&[0; BLOCK]))
}

/// Which samples of a content's group may be a run of digits or a list; `further` is what lies [`FURTHER`] bytes behind the group.
#[inline(always)]
fn of_content(group: &[u8; GROUP], further: &[u8; GROUP]) -> u32 {
    // Numbers until the end, without a branch: a compiler that sees truth values makes something far slower of them.
    let (mut suspects, mut lists) = (0, 0u64);
    for sample in 0..GROUP / STEP {
        let (begin, end) = (vector(group, sample * STEP), vector(further, sample * STEP));
        suspects |= lanes::is_all(lanes::runs(begin) & lanes::runs(end)) << sample;
        if sample < LISTS_IN_CONTENT {
            lists |= u64::from(lanes::numbers(begin)) << (sample * BLOCK);
        }
    }
    if lists != 0 {
        for sample in (0..LISTS_IN_CONTENT).filter(|sample| lists >> (sample * BLOCK) & u64::from(ALL) != 0) {
            suspects |= 1 << (LISTS + sample);
        }
    }
    suspects
}

/// Which samples of a part's group may be a run of digits or a list.
#[inline(always)]
fn of_part(group: &[u8; GROUP]) -> u32 {
    let mut suspects = 0;
    for sample in 0..GROUP / BLOCK {
        let vector = vector(group, sample * BLOCK);
        suspects |= lanes::is_all(lanes::runs(vector)) << sample;
        suspects |= (lanes::numbers(vector).wrapping_neg() >> 31) << (LISTS + sample);
    }
    suspects
}

/// Which samples of a group may be UTF-16 or UTF-32, by [`utf::width`].
#[inline(always)]
fn of_wide(group: &[u8; GROUP], step: usize) -> u32 {
    /// Which zeros four bytes have that such a text is made of.
    const FOURS: u32 = 1 << 0x5 | 1 << 0x7 | 1 << 0xa | 1 << 0xb | 1 << 0xd | 1 << 0xe;
    let mut suspects = 0;
    for sample in 0..GROUP / step {
        let zeros = lanes::zeros(vector(group, sample * step));
        let four = zeros & 0xf;
        let is_same = (zeros ^ (four * 0x1111)).wrapping_sub(1) >> 31;
        suspects |= (FOURS >> four & is_same) << (WIDE + sample);
    }
    suspects
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whatever_is_long_enough_is_met_by_a_sample() {
        let run = "546865207175696b".repeat(4);
        for before in 0..2 * STEP {
            let text = format!("{}{}{}", " ".repeat(before), &run[..SURE], " ".repeat(STEP));
            assert!(Samples::new(text.as_bytes(), 0, text.len(), STEP).next().is_some(), "{before}");
        }
    }

    #[test]
    fn code_and_prose_are_not_suspected() {
        for text in [
            "    let number = u128::from_le_bytes(*block); // which is what it takes",
            "The quick brown fox jumps over the lazy dog, again and again and again.",
            "include/linux/some/path/that/is/long.h include/linux/some/path/that/is/longer.h",
            "da39a3ee5e6b4b0d3255bfef95601890afd80709 e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
            "                                                                        ",
            "int getConfigurationFromEnvironment(const struct configuration *config);",
        ] {
            for from in 0..text.len() {
                assert_eq!(Samples::new(text.as_bytes(), from, text.len(), STEP).next(), None, "{text}");
            }
        }
    }
}
