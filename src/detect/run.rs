//! The run of digits that a sample of a text lies in: what the sample is a part of, by what stands around it.

use wide::u8x16;

use super::decode::{base64, hex, joint, packed};
use super::lanes::{self, ALL};
use super::look::{BLOCK, Look, SEEN, STEP};

/// How long a run of digits is at least: a key in the tightest encoding is longer, and most names are not.
const SHORTEST: usize = 31;

/// How many bytes before a sample and behind its end are looked at.
const BEFORE: usize = STEP;
const BEHIND: usize = 4 * BLOCK;

/// How far before a sample the beginning of a run is looked for that is interrupted by backslashes.
const LONGEST_BEGINNING: usize = 512;

/// How many samples of a run in the alphabet for URLs are passed by at most, because each has a `_`.
const MOST_PASSED_BY: usize = 12;

/// A sample of `bytes` at `at`, every `step` bytes of which is one, that lies in a run.
pub(super) struct Run<'b> {
    bytes: &'b [u8],
    at: usize,
    step: usize,
    vector: u8x16,
    /// How many digits of base64 stand right before the sample, up to [`BEFORE`], and right behind it, up to [`BEHIND`].
    before: usize,
    behind: usize,
}

impl<'b> Run<'b> {
    /// The run that a sample lies in; none if a digit in it is none, or is a `_`, or the run is short.
    pub(super) fn of(bytes: &'b [u8], at: usize, step: usize) -> Option<Self> {
        let vector = u8x16::from(*bytes.get(at..)?.first_chunk::<BLOCK>()?);
        if lanes::runs(vector) != ALL || lanes::digits(vector) != ALL {
            return None;
        }
        let mut run = Run { bytes, at, step, vector, before: 0, behind: 0 };
        while run.before < BEFORE {
            let digits = run.digits(BLOCK + run.before, 0);
            run.before += (digits << (u32::BITS - BLOCK as u32)).leading_ones() as usize;
            if digits != ALL {
                break;
            }
        }
        while run.behind < BEHIND {
            let digits = run.digits(0, BLOCK + run.behind);
            run.behind += digits.trailing_ones() as usize;
            if digits != ALL {
                break;
            }
        }
        (run.before + BLOCK + run.behind >= SHORTEST).then_some(run)
    }

    /// Which bytes of a block are digits that begins so many bytes before the sample or behind its beginning.
    #[inline(always)]
    fn digits(&self, before: usize, behind: usize) -> u32 {
        let at = (self.at + behind).checked_sub(before);
        match at.and_then(|at| self.bytes.get(at..)?.first_chunk::<BLOCK>()) {
            Some(block) => lanes::digits(u8x16::from(*block)),
            None => self.digits_at_edge(before, behind),
        }
    }

    /// The same where the block goes over the beginning or the end of the text.
    #[cold]
    fn digits_at_edge(&self, before: usize, behind: usize) -> u32 {
        let byte = |number: usize| (self.at + behind + number).checked_sub(before).and_then(|at| self.bytes.get(at));
        (0..BLOCK).filter(|&number| byte(number).is_some_and(is_digit)).fold(0, |digits, number| digits | 1 << number)
    }

    /// What it looks like. `asked` is the end of a line that this was asked about before.
    pub(super) fn look(&self, asked: &mut usize) -> Option<Look> {
        // A container's first bytes may be ASCII.
        if let Some(start) = self.packed() {
            let wrapped = match self.wrapped(asked) {
                Some(Look::Wrapped(place)) => Some(place),
                _ => None,
            };
            return Some(Look::Packed(start, wrapped));
        }
        let phases = lanes::base64_phases(self.vector);
        if lanes::may_be_hex(self.vector) && hex::may_be_text(&self.vector.to_array()) {
            return Some(Look::Hex(phases));
        }
        match self.phases_that_go_on(phases) {
            0 => self.wrapped(asked),
            // What follows the end of a line beside it seems to go on at another.
            _ => Some(Look::Base64(phases)),
        }
    }

    /// Where the run begins, if no sample before lies in it and it may be a container's.
    fn packed(&self) -> Option<usize> {
        let start = self.at - self.before;
        let is_beginning = self.before < BEFORE || !self.is_passed_by(start);
        if !is_beginning || start < BLOCK || b"\\%=;".contains(&self.bytes[start - 1]) {
            return self.packed_behind_signs();
        }
        // Something may begin behind a slash, as in a URL. Nearly all samples have few before them.
        let run = u64::MAX.checked_shl(u64::BITS - self.before as u32).unwrap_or(0);
        let slashes = Bits(self.slashes_before() & run);
        self.packed_at(start, slashes.map(|bit| self.at + bit + 1 - u64::BITS as usize))
    }

    /// Which bytes before the sample are slashes: the last of 64 bits for the last of them, as far as [`BEFORE`] goes.
    #[inline(always)]
    fn slashes_before(&self) -> u64 {
        let block = |before: usize| match self.at.checked_sub(before).and_then(|at| self.bytes.get(at..)?.first_chunk())
        {
            Some(block) => u64::from(lanes::slashes(u8x16::from(*block))),
            None => 0,
        };
        const { assert!(BEFORE == 2 * BLOCK) };
        block(BLOCK) << 48 | block(2 * BLOCK) << 32
    }

    /// Where a container may begin: at the run's `start`, or at one of the places `behind`.
    #[inline(always)]
    fn packed_at(&self, start: usize, behind: impl Iterator<Item = usize> + Clone) -> Option<usize> {
        let digits = |place: usize| self.bytes.get(place..).unwrap_or_default();
        let may_begin = |place: usize| packed::may_begin(digits(place));
        if may_begin(start) {
            return Some(start);
        }
        // Two digits begin a zlib stream, and chance has them behind one of many signs.
        let is_zlib = |digits: &[u8]| digits.starts_with(b"e") || digits.starts_with(b"78");
        let is_sure = |place: &usize| may_begin(*place) && !is_zlib(digits(*place));
        let sure = behind.clone().find(is_sure);
        let is_deflated = || packed::may_be_deflated(self.bytes, start, self.at + BLOCK + self.behind);
        sure.or_else(|| is_deflated().then_some(start)).or_else(|| behind.clone().find(|&place| may_begin(place)))
    }

    /// The same where escapes may stand before or in the run, or its beginning has yet to be found.
    #[inline(never)]
    fn packed_behind_signs(&self) -> Option<usize> {
        let mut start = self.beginning();
        let may_go_on = |byte: &u8| is_digit(byte) || *byte == b'\\';
        // JSON may write a slash as `\/`; and the first bytes of a content have no sample before them.
        if start < BLOCK || self.bytes[start - 1] == b'\\' {
            let first = start.saturating_sub(LONGEST_BEGINNING);
            start -= self.bytes[first..start].iter().rev().take_while(|byte| may_go_on(byte)).count();
        }
        start = packed::start_before_escapes(self.bytes, start);
        // Something may begin at the run's beginning, behind an escape that ends in digits, such as `\n` or `=3D`, and behind a slash.
        let before = start.checked_sub(1).map(|before| self.bytes[before]);
        let first = start - usize::from(before.is_some_and(|byte| b"\\%".contains(&byte)));
        let behind_sign = |place: usize| match self.bytes[place] {
            b'/' => place + 1,
            b'\\' if self.bytes.get(place + 1) == Some(&b'u') => place + 6,
            b'\\' => place + 2,
            _ => place + 3,
        };
        let signs = memchr::memchr3_iter(b'/', b'\\', b'%', &self.bytes[first..self.at]);
        let signs = signs.map(|sign| behind_sign(first + sign));
        let printable = (before == Some(b'=')).then_some(start + 2);
        self.packed_at(start, printable.into_iter().chain(signs))
    }

    /// Where the run begins, or where a sample before lies in it.
    fn beginning(&self) -> usize {
        let (mut start, mut sample) = (self.at, self.at);
        for _ in 0..MOST_PASSED_BY {
            sample = sample.saturating_sub(self.step);
            while start > sample && start >= BLOCK {
                let digits = self.digits(self.at + BLOCK - start, 0);
                start -= (digits << (u32::BITS - BLOCK as u32)).leading_ones() as usize;
                if digits != ALL {
                    break;
                }
            }
            if start > sample || !self.is_passed_by(sample) {
                break;
            }
        }
        start
    }

    /// Whether the sample there is none, because what it is taken of has a `_`, as chance has.
    #[inline(always)]
    fn is_passed_by(&self, sample: usize) -> bool {
        let seen = &self.bytes[sample..];
        match (seen.first_chunk::<BLOCK>(), seen.get(SEEN - BLOCK..).and_then(<[u8]>::first_chunk::<BLOCK>)) {
            (Some(begin), Some(end)) => lanes::runs_of_both(u8x16::from(*begin), u8x16::from(*end)) != ALL,
            _ => seen.iter().take(SEEN).any(|&byte| byte == b'_'),
        }
    }

    /// At which of `phases` what stands before or behind the sample is base64 of a text, too. Decoded texts may show less.
    fn phases_that_go_on(&self, phases: u32) -> u32 {
        // Zeros, of which binary has many: no text has so many in a row, in UTF-32 neither.
        if self.vector == u8x16::splat(b'A') {
            return 0;
        }
        if phases == 0 || self.step < STEP {
            return phases;
        }
        let beside = |at: usize| self.phases(at);
        phases & (beside(self.at + BLOCK) | self.at.checked_sub(BLOCK).map_or(0, beside))
    }

    fn phases(&self, at: usize) -> u32 {
        let block = self.bytes.get(at..).and_then(<[u8]>::first_chunk::<BLOCK>);
        block.map_or(0, |block| lanes::base64_phases(u8x16::from(*block)))
    }

    /// Base64 or hexadecimal of a text that stands across an end of the line that the sample lies in. With binary on both sides of it, it
    /// shows in no sample if the line's end leaves less than a sample of it on either side.
    fn wrapped(&self, asked: &mut usize) -> Option<Look> {
        // The last sample of a line lies so near to its end, and the first to its beginning.
        const NEAR: usize = STEP + SEEN;
        if self.step < STEP {
            return None;
        }
        let (start, end) = (self.at - self.before, self.at + BLOCK + self.behind);
        // Each end of a line is asked about by the last sample before it or the first behind it, and by no other.
        let before = (self.before < BEFORE).then(|| joint::before_line(self.bytes, start)).flatten();
        // Quoted-printable ends lines softly by a sign, which belongs to the end.
        let before = before.map(|end| end - usize::from(self.bytes[..end].ends_with(b"=")));
        let behind = (end - self.at < NEAR).then_some(end);
        before.into_iter().chain(behind).find_map(|end| {
            if std::mem::replace(asked, end) == end {
                return None;
            }
            let sign = usize::from(self.bytes.get(end) == Some(&b'='));
            let next = joint::of_lines(self.bytes, end + sign)?;
            let base64 = self.may_go_over_lines(end, next).then(|| base64::over_lines(self.bytes, end, next)).flatten();
            base64.map(Look::Wrapped).or_else(|| hex::over_lines(self.bytes, end, next).map(Look::WrappedHex))
        })
    }

    /// Whether what [`base64::over_lines`] looks for may stand around the `end` of a line, behind which the next begins. It is twice as long as
    /// a block and begins within a group of the next line's beginning or before that, so that it fills the block there but for a part of a
    /// group, or one of the two before the line's end.
    fn may_go_over_lines(&self, end: usize, next: usize) -> bool {
        let before = [end.checked_sub(BLOCK), end.checked_sub(2 * BLOCK)].into_iter().flatten();
        before.chain([next]).any(|at| self.phases(at) != 0)
    }
}

/// The places of a number's bits.
#[derive(Clone, Copy)]
struct Bits(u64);

impl Iterator for Bits {
    type Item = usize;

    #[inline(always)]
    fn next(&mut self) -> Option<usize> {
        let bit = self.0.trailing_zeros();
        self.0 &= self.0.wrapping_sub(1);
        (bit < u64::BITS).then_some(bit as usize)
    }
}

/// Whether it is a digit of base64, of either alphabet.
fn is_digit(byte: &u8) -> bool {
    byte.is_ascii_alphanumeric() || b"+-/_".contains(byte)
}

#[cfg(test)]
mod tests;
