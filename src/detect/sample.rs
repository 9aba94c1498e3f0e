//! Looks for stretches that may be an encoded text, by a sample of the bytes.
//!
//! What is encoded is long: a run of base64 or hexadecimal digits, of numbers or of escapes, or every second byte a zero.
//! So sixteen bytes in every [`STEP`] are enough to find it, and a few vector instructions throw nearly all of them out.

use wide::u8x16;

use super::decode::{base64, hex, numbers, utf};
use super::lanes::{self, ALL};
use super::look::{BLOCK, Look, STEP};
use super::run::Run;
use super::suspects::{self, GROUP, LISTS, LISTS_IN_CONTENT, SIDE, WIDE};

/// How many bytes of what stands on either side of a place in a content are to be given with seams.
pub(super) const AROUND: usize = SIDE;

/// How many bytes on either side of a place in a content show, without a look at seams, whether an encoded key stands across it: several
/// times as much as a sample and what is beside it need, since not every sample of an encoded key looks so.
pub const AROUND_ENCODED: usize = 512;

/// How long a list in a decoded text is at least.
const SHORTEST_LIST: u32 = 31;

/// The samples of a text that look encoded, in order.
pub(super) struct Samples<'b> {
    bytes: &'b [u8],
    at: usize,
    to: usize,
    step: usize,
    /// Of the group at `at`, which samples are suspect and not looked at yet.
    suspects: u32,
    /// The end of a line that was last asked about.
    asked: usize,
}

impl<'b> Samples<'b> {
    /// Those that begin in `bytes` at or after `from` and before `to`: every `step` bytes one, which is [`STEP`], or [`BLOCK`] for
    /// what is too short for that.
    pub(super) fn new(bytes: &'b [u8], from: usize, to: usize, step: usize) -> Self {
        let to = to.min(bytes.len().saturating_sub(BLOCK - 1));
        Samples { bytes, at: from, to, step, suspects: 0, asked: usize::MAX }
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
    fn look(&mut self, bit: usize) -> Option<(usize, Look)> {
        let at = self.place(bit);
        let look = match bit {
            0..LISTS => self.run(at),
            LISTS..WIDE => self.list(at),
            _ => self.wide(at),
        };
        look.map(|look| (at, look))
    }

    fn run(&mut self, at: usize) -> Option<Look> {
        Run::of(self.bytes, at, self.step)?.look(&mut self.asked)
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
        BLOCK as u32 + before + after >= SHORTEST_LIST && class(at) & ALL == ALL
    }

    /// Whether a list stands at `at` and, unless the text is short, also before or behind: one that encodes a key is far longer.
    fn is_list(&self, at: usize) -> bool {
        let has_numbers = |block: &&[u8; BLOCK]| {
            let vector = u8x16::from(**block);
            lanes::may_be_list(vector) && (!lanes::has_long_number(vector) || numbers::are_words(block))
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

    // One loop for all who ask: it is left only where something is found.
    #[inline(never)]
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

/// Whether an encoded text may go over one of the `seams` of `parts`, where something was left out of a content: then what stands on one side
/// of it is a part of that text.
pub(super) fn may_go_over(parts: &[u8], mut seams: &[usize]) -> bool {
    while let Some(place) = suspects::first_seam(parts, seams) {
        let (seam, behind) = (seams[place], &seams[place + 1..]);
        if suspects::beside(parts, seam).is_some_and(may_be_parts) {
            return true;
        }
        seams = behind;
    }
    false
}

/// Whether what stands before a seam or behind it may be a part of an encoded text.
fn may_be_parts([before, behind]: [&[u8; SIDE]; 2]) -> bool {
    [before, behind].into_iter().any(|side| side.as_chunks().0.iter().any(may_be_part) || is_joined(side))
}

/// Whether a block may be a part of an encoded text, whatever stands beside it.
fn may_be_part(block: &[u8; BLOCK]) -> bool {
    let vector = u8x16::from(*block);
    let is_list =
        || !lanes::has_long_number(vector) && numbers::characters(block).is_some() || numbers::are_words(block);
    lanes::runs(vector) == ALL && is_run(block)
        || lanes::numbers(vector) != 0 && is_list()
        || block.is_ascii() && utf::width(lanes::zeros(vector)).is_some()
}

/// Whether digits may be a part of base64 or hexadecimal.
fn is_run(digits: &[u8; BLOCK]) -> bool {
    let vector = u8x16::from(*digits);
    lanes::base64_phases(vector) != 0 || lanes::may_be_hex(vector) && hex::may_be_text(digits)
}

/// Whether a side of a seam begins with as much as a block of what may be a part of base64 or hexadecimal, over a joint.
fn is_joined(side: &[u8; SIDE]) -> bool {
    let digits = |block: &[u8; BLOCK]| lanes::digits(u8x16::from(*block));
    let mask = side.as_chunks().0.iter().rev().fold(0, |mask, block| mask << BLOCK | digits(block));
    suspects::may_be_joined(mask) != 0 && base64::first_digits(side).is_some_and(|run| is_run(&run))
}

#[cfg(test)]
mod tests {
    use super::super::look::SURE;
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

    const PROSE: &[u8; BLOCK] = b"The quick brown ";
    const LIST: &[u8; BLOCK] = b"10, 20, 30, 102 ";

    #[test]
    fn a_list_in_a_decoded_text_is_long_on_both_sides_of_a_sample_together() {
        let is_long =
            |text: &[u8], at| Samples::new(text, 0, text.len(), BLOCK).is_long(at, |bytes| !lanes::words(bytes));
        for (before, after) in (0..=20).flat_map(|before| (0..=20).map(move |after| (before, after))) {
            let text = [&[b'q'; 20][..], &vec![b'1'; before + BLOCK + after], &[b'q'; 20]].concat();
            let length = before.min(BLOCK) + BLOCK + after.min(BLOCK);
            assert_eq!(is_long(&text, 20 + before), length >= 31, "{before} {after}");
            // No other byte lies in the sample itself.
            assert!(!is_long(&text, 19) && !is_long(&text, 21 + before + after), "{before} {after}");
        }
        assert!(is_long(&[b'1'; 32], 0) && is_long(&[b'1'; 32], BLOCK) && !is_long(&[b'1'; 24], 0));
    }

    #[test]
    fn a_list_in_a_content_goes_on_beside_a_sample_in_numbers_of_a_text() {
        let is_list = |blocks: [&[u8; BLOCK]; 3], step| {
            let text = blocks.map(|block| &block[..]).concat();
            Samples::new(&text, 0, text.len(), step).is_list(BLOCK)
        };
        for list in
            [LIST, b"\\x72\\x67\\x5f\\x6c", b"063562 066137 07", b"6576696c 6c69765f"[..16].first_chunk().unwrap()]
        {
            assert!(
                is_list([LIST, list, PROSE], STEP) && is_list([PROSE, list, LIST], STEP),
                "{}",
                list.escape_ascii()
            );
            assert!(!is_list([PROSE, list, PROSE], STEP), "{}", list.escape_ascii());
        }
        for other in [
            PROSE,
            // Numbers of no text; numbers of more digits than words have; and two that are seen in part, without a digit below ten.
            b"2001, 2002, 2003",
            b"123456789 901234",
            b"ab,,,,,,,,,,,,cd",
        ] {
            for blocks in [[LIST, other, LIST], [other, LIST, PROSE], [PROSE, LIST, other], [other, other, other]] {
                assert!(!is_list(blocks, STEP), "{}", blocks.map(|block| &block[..]).concat().escape_ascii());
            }
            assert!(is_list([LIST, LIST, other], STEP) && is_list([other, LIST, LIST], STEP));
        }
        // In a decoded text it is enough that no word's letter follows.
        assert!(
            is_list([PROSE, LIST, b"2001, 2002, 200q"], BLOCK) && !is_list([PROSE, LIST, b"2001, 2002,q2003"], BLOCK)
        );
        assert!(!is_list([LIST, b"2001, 2002, 2003", LIST], BLOCK));
    }

    #[test]
    fn only_what_a_group_suspects_is_looked_at_and_nothing_far_behind_the_last() {
        let numbers = &b"10, 20, 30, 102 ".repeat(4)[..];
        // A list is asked for by a group's first half: there is another group before any key in one ends.
        let text = [&[b' '; 3 * GROUP + 64][..], numbers, &[b' '; GROUP]].concat();
        assert_eq!(Samples::new(&text, 0, text.len(), STEP).next(), None);
        let text = [&[b' '; 3 * GROUP][..], numbers, &[b' '; 64 + GROUP]].concat();
        let found: Vec<_> = Samples::new(&text, 0, text.len(), STEP).collect();
        assert_eq!(found, LISTS_IN_CONTENT[..2].iter().map(|at| (3 * GROUP + at, Look::List)).collect::<Vec<_>>());
        let text = [&[b' '; 3 * GROUP][..], &b"5468652071756963".repeat(8)].concat();
        assert_eq!(Samples::new(&text, 0, GROUP, STEP).next(), None);
        // In what makes no group, no sample begins where the next part's first does.
        assert_eq!(Samples::new(&text[2 * GROUP + 64..][..120], 0, 64, BLOCK).next(), None);
        assert!(Samples::new(&text[2 * GROUP + 64..][..120], 0, 65, BLOCK).next().is_some());
    }
}
