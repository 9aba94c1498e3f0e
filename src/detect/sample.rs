//! Looks for stretches that may be an encoded text, by a sample of the bytes.
//!
//! What is encoded is long: a run of base64 or hexadecimal digits, of numbers or of escapes, or every second byte a zero.
//! So sixteen bytes in every [`STEP`] are enough to find it, and a few vector instructions throw nearly all of them out.

use wide::u8x16;

use super::decode::{base64, hex, joint, numbers, packed, utf};
use super::lanes::{self, ALL};
use super::suspects::{self, GROUP, LISTS, LISTS_IN_CONTENT, WIDE};

/// How far apart samples of a content are taken.
pub(super) const STEP: usize = 32;

/// The length of a sample.
pub(super) const BLOCK: usize = 16;

/// How many bytes of what stands on either side of a place in a content are to be given with seams: a block, and so much more that it does
/// not reach the end of a line at that place, with what indents the next.
pub(super) const AROUND: usize = BLOCK + 8;

/// How many bytes on either side of a place in a content show, without a look at seams, whether an encoded key stands across it: several
/// times as much as a sample and what is beside it need, since not every sample of an encoded key looks so.
pub const AROUND_ENCODED: usize = 512;

/// How long a run of digits is at least, and in a decoded text a list: a key in the tightest encoding is longer, and most names are not.
const SHORTEST_RUN: u32 = 31;

/// How many bytes from the beginning of a content's sample on have to be a run of digits: `SURE` is then what base64 of a key of forty
/// bytes has.
pub(super) const SEEN: usize = 23;

/// The shortest run of digits that a sample of a content surely lies in.
#[cfg(test)]
pub(super) const SURE: usize = STEP - 1 + SEEN;

/// How far before a sample the beginning of a run is looked for that is interrupted by backslashes.
const LONGEST_BEGINNING: usize = 128;

/// How many samples of a run in the alphabet for URLs are passed by at most, because each has a `_`.
const MOST_PASSED_BY: usize = 12;

/// What a sample looks like.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Look {
    /// Base64 of a text, and by which of [`lanes::base64_phases`].
    Base64(u32),
    /// Base64 of a text that is broken by the end of a line near to the sample: where one of its groups begins.
    Wrapped(usize),
    /// Hexadecimal of a text, and by which phases it may be base64, too.
    Hex(u32),
    /// A list of numbers, or escapes.
    List,
    /// A container in base64 or hexadecimal: where its run of digits begins, at or before the sample; and what [`Look::Wrapped`] has, for
    /// few digits say that there is a container.
    Packed(usize, Option<usize>),
    /// UTF-16 or UTF-32: how many bytes a character has, and where in the sample the first stands.
    Wide(usize, usize),
}

/// The samples of a text that look encoded, in order.
pub(super) struct Samples<'b> {
    bytes: &'b [u8],
    at: usize,
    to: usize,
    step: usize,
    /// Of the group at `at`, which samples are suspect and not looked at yet.
    suspects: u32,
}

impl<'b> Samples<'b> {
    /// Those that begin in `bytes` at or after `from` and before `to`: every `step` bytes one, which is [`STEP`], or [`BLOCK`] for
    /// what is too short for that.
    pub(super) fn new(bytes: &'b [u8], from: usize, to: usize, step: usize) -> Self {
        let to = to.min(bytes.len().saturating_sub(BLOCK - 1));
        Samples { bytes, at: from, to, step, suspects: 0 }
    }

    /// The next sample in what makes groups that looks encoded.
    #[inline]
    fn in_groups(&mut self) -> Option<(usize, Look)> {
        if self.suspects != 0
            && let Some(found) = self.in_group()
        {
            return Some(found);
        }
        while let Some((number, found)) = suspects::first(self.rest(), self.step) {
            self.at += number * GROUP;
            self.suspects = found;
            if let Some(found) = self.in_group() {
                return Some(found);
            }
        }
        self.at += self.rest().len() / GROUP * GROUP;
        None
    }

    /// What samples are still to be taken of.
    fn rest(&self) -> &'b [u8] {
        let end = self.bytes.len().min(self.to + GROUP);
        &self.bytes[self.at.min(end)..end]
    }

    /// The next sample of a suspect group that looks encoded; goes on to the next group if there is none.
    #[inline(never)]
    fn in_group(&mut self) -> Option<(usize, Look)> {
        while self.suspects != 0 {
            let bit = self.first_suspect();
            self.suspects &= !(1 << bit);
            let found = self.look(bit);
            if self.suspects == 0 {
                self.at += GROUP;
            }
            if found.is_some() {
                return found;
            }
        }
        None
    }

    /// The suspect sample of the group that stands first: what one leads to may be what one behind it would be read into.
    fn first_suspect(&self) -> usize {
        const CLASSES: [u32; 3] = [(1 << LISTS) - 1, (1 << WIDE) - (1 << LISTS), u32::MAX << WIDE];
        let first = CLASSES.map(|class| (self.suspects & class).trailing_zeros() as usize);
        first.into_iter().filter(|&bit| bit < 32).min_by_key(|&bit| self.place(bit)).unwrap_or(0)
    }

    /// Where the sample `bit` of the group at `at` lies.
    fn place(&self, bit: usize) -> usize {
        match bit {
            LISTS..WIDE if self.step == STEP => self.at + LISTS_IN_CONTENT[bit - LISTS],
            _ => self.at + bit % LISTS * self.step,
        }
    }

    /// Where the sample `bit` lies and what it looks like; none if it only was suspect.
    fn look(&self, bit: usize) -> Option<(usize, Look)> {
        let at = self.place(bit);
        let look = match bit {
            0..LISTS => self.run(at),
            LISTS..WIDE => self.list(at),
            _ => self.wide(at),
        };
        look.map(|look| (at, look))
    }

    fn run(&self, at: usize) -> Option<Look> {
        let block = self.block(at)?;
        let vector = u8x16::from(*block);
        if lanes::runs(vector) != ALL {
            return None;
        }
        let phases = lanes::base64_phases(vector);
        let look = if lanes::may_be_hex(vector) && hex::may_be_text(block) {
            Some(Look::Hex(phases))
        } else {
            Some(self.phases_that_go_on(at, phases)).filter(|&phases| phases != 0).map(Look::Base64)
        };
        if !self.is_long(at, lanes::digits) {
            return None;
        }
        // A container's first bytes may be ASCII.
        let packed = self.packed(at).map(|start| Look::Packed(start, self.wrapped(at)));
        packed.or(look).or_else(|| self.wrapped(at).map(Look::Wrapped))
    }

    /// Where the run of digits at `at` begins, if no sample before lies in it and it may be a container's.
    fn packed(&self, at: usize) -> Option<usize> {
        let mut start = self.beginning(at);
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

    /// Where the run of digits at `at` begins, or where a sample before lies in it.
    fn beginning(&self, at: usize) -> usize {
        let (mut start, mut sample) = (at, at);
        for _ in 0..MOST_PASSED_BY {
            sample = sample.saturating_sub(self.step);
            while start > sample {
                let Some(before) = start.checked_sub(BLOCK).and_then(|at| self.block(at)) else { break };
                let digits = (lanes::digits(u8x16::from(*before)) << (u32::BITS - BLOCK as u32)).leading_ones();
                start -= digits as usize;
                if digits < BLOCK as u32 {
                    break;
                }
            }
            // What has a `_`, as chance has, is no sample.
            let is_passed_by = start <= sample && self.bytes[sample..].iter().take(SEEN).any(|&byte| byte == b'_');
            if !is_passed_by {
                break;
            }
        }
        start
    }

    /// At which of `phases` what stands before or behind the sample at `at` is base64 of a text, too. Decoded texts may show less.
    fn phases_that_go_on(&self, at: usize, phases: u32) -> u32 {
        if phases == 0 || self.step < STEP {
            return phases;
        }
        let beside = |at: usize| self.block(at).map_or(0, |block| lanes::base64_phases(u8x16::from(*block)));
        phases & (beside(at + BLOCK) | at.checked_sub(BLOCK).map_or(0, beside))
    }

    /// Where base64 of a text stands across an end of the line that the sample at `at` lies in. With binary on both sides of it, it shows in
    /// no sample if the line's end leaves less than a sample of it on either side.
    #[inline(never)]
    fn wrapped(&self, at: usize) -> Option<usize> {
        if self.step < STEP {
            return None;
        }
        // The last sample of a line lies so near to its end, and the first to its beginning.
        const NEAR: usize = STEP + SEEN;
        let is_digit = |byte: &&u8| byte.is_ascii_alphanumeric() || b"+-/_".contains(byte);
        let rest = &self.bytes[at + BLOCK..];
        let end = at + BLOCK + rest.iter().take(NEAR).take_while(is_digit).count();
        let start = at - self.bytes[..at].iter().rev().take(STEP).take_while(is_digit).count();
        // Each end of a line is asked about by the last sample before it and the first behind it, and by no other.
        let before = (at - start < STEP).then(|| joint::before_line(self.bytes, start)).flatten();
        let behind = (end - at < NEAR).then_some(end);
        let mut ends = [before, behind].into_iter().flatten();
        ends.find_map(|end| {
            let next = joint::of_lines(self.bytes, end)?;
            self.may_go_over_lines(end, next).then(|| base64::over_lines(self.bytes, end, next)).flatten()
        })
    }

    /// Whether what [`base64::over_lines`] looks for may stand around the `end` of a line, behind which the next begins. It is twice as long as
    /// a block, so that it fills the block on one side of the line's end, or the block behind that.
    fn may_go_over_lines(&self, end: usize, next: usize) -> bool {
        let before = [end.checked_sub(BLOCK), end.checked_sub(2 * BLOCK)].into_iter().flatten();
        let mut blocks = before.chain([next, next + BLOCK]).filter_map(|at| self.block(at));
        blocks.any(|block| lanes::base64_phases(u8x16::from(*block)) != 0)
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
            lanes::numbers(vector) != 0 && (!lanes::has_long_number(vector) || numbers::are_words(block))
        };
        let numbers = |at: Option<usize>| at.and_then(|at| self.block(at)).filter(has_numbers);
        let Some(block) = numbers(Some(at)) else { return false };
        if self.step < STEP {
            return self.is_long(at, |bytes| !lanes::words(bytes)) && numbers::may_be_list(block);
        }
        // Cheap tests of all three come first.
        let beside = [numbers(Some(at + BLOCK)), numbers(at.checked_sub(BLOCK))];
        beside != [None; 2] && numbers::may_be_list(block) && beside.into_iter().flatten().any(numbers::may_be_list)
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
            if lanes::is_all(lanes::runs(vector)) | lanes::numbers(vector) | lanes::zeros(vector) == 0 {
                continue;
            }
            if let Some(look) = self.run(at).or_else(|| self.wide(at)).or_else(|| self.list(at)) {
                return Some((at, look));
            }
        }
        None
    }
}

/// Whether an encoded text may go over one of the `seams` of `parts`, where something was left out of a content: then a block on one side
/// of it is a part of that text.
pub(super) fn may_go_over(parts: &[u8], mut seams: &[usize]) -> bool {
    while let Some(place) = suspects::first_seam(parts, seams) {
        let (seam, behind) = (seams[place], &seams[place + 1..]);
        if suspects::beside(parts, seam).is_some_and(|ends| ends.as_chunks().0.iter().any(may_be_part)) {
            return true;
        }
        seams = behind;
    }
    false
}

/// Whether a block may be a part of an encoded text, whatever stands beside it.
fn may_be_part(block: &[u8; BLOCK]) -> bool {
    let vector = u8x16::from(*block);
    let is_run = || lanes::base64_phases(vector) != 0 || lanes::may_be_hex(vector) && hex::may_be_text(block);
    let is_list =
        || !lanes::has_long_number(vector) && numbers::characters(block).is_some() || numbers::are_words(block);
    lanes::runs(vector) == ALL && is_run()
        || lanes::numbers(vector) != 0 && is_list()
        || block.is_ascii() && utf::width(lanes::zeros(vector)).is_some()
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
