//! Which samples of a stretch are suspect of being a part of an encoded text: many at once, so cheaply that a whole scan can afford it.

use wide::u8x16;

use super::lanes::{self, ALL};
use super::look::{BLOCK, SEEN, STEP};
use crate::vector::fast;

/// How many bytes are asked at once whether any sample in them is suspect.
pub(super) const GROUP: usize = 128;

/// Which samples of a group are suspect, a bit each: of being a run of digits, from this bit on a list, and from this on UTF-16 or
/// UTF-32.
pub(super) const LISTS: usize = 8;
pub(super) const WIDE: usize = 16;

/// Where in a content's group the blocks are that are asked whether they are lists, which are far longer than runs. They are never further
/// apart than the shortest list of a key is long; those beside them lie in the group; and the two are so near to each other, in what
/// the lines of a dump go by, that not both of them lie in the text beside its numbers.
pub(super) const LISTS_IN_CONTENT: [usize; 2] = [BLOCK, BLOCK + STEP];

/// How long what joins two parts of a text may be, such as the end of a line with what indents the next, to be told beside a seam.
pub(super) const LONGEST_JOINT: usize = 16;

/// How much is looked at on either side of a seam, which is as much as a mask has bits: wherever a joint lies in it, there is as much as a block
/// of a text.
pub(super) const SIDE: usize = BLOCK + LONGEST_JOINT;

/// How much further than a block a content's sample reaches.
const FURTHER: usize = SEEN - BLOCK;

/// Which of the whole groups of `bytes` is the first with suspect samples, which lie `step` bytes apart, and which of its samples are.
#[inline]
pub(super) fn first(bytes: &[u8], step: usize) -> Option<(usize, u32)> {
    fast(
        #[inline(always)]
        || groups(bytes, step),
    )
}

#[inline(always)]
fn groups(bytes: &[u8], step: usize) -> Option<(usize, u32)> {
    for (number, group) in bytes.as_chunks::<GROUP>().0.iter().enumerate() {
        let mut suspects = if step == STEP { of_content(group) } else { of_part(group) };
        if has_zero(group, step) {
            suspects |= of_wide(group, step);
        }
        if suspects != 0 {
            return Some((number, suspects));
        }
    }
    None
}

/// The first of `seams` in `parts` beside which a part of an encoded text may stand.
pub(super) fn first_seam(parts: &[u8], seams: &[usize]) -> Option<usize> {
    // Without a branch, as in a group.
    let is_suspect = |[before, behind]: [&[u8; SIDE]; 2]| {
        let [far, one] = blocks(before);
        let [other, further] = blocks(behind);
        let run = |first, last| may_be_joined(lanes::runs(first) | lanes::runs(last) << BLOCK);
        // The line of a dump ends in as much text as a block.
        let numbers = [far, one, other, further].into_iter().fold(0, |any, block| any | lanes::numbers(block));
        run(far, one) | run(other, further) | lanes::zeros(one.min(other)) | numbers != 0
    };
    seams.iter().position(|&seam| beside(parts, seam).is_some_and(is_suspect))
}

/// The two blocks that a side of a seam is made of.
#[inline(always)]
fn blocks(side: &[u8; SIDE]) -> [u8x16; 2] {
    [0, BLOCK].map(|at| u8x16::from(*side[at..].first_chunk().unwrap_or(&[0; BLOCK])))
}

/// One if all that has no bit in a side's mask of `digits` lies as near together as in a joint; zero if not.
#[inline(always)]
pub(super) fn may_be_joined(digits: u32) -> u32 {
    let others = !digits;
    u32::from(others >> (others.trailing_zeros() % u32::BITS) < 1 << LONGEST_JOINT)
}

/// What is looked at before a seam and behind it.
#[inline(always)]
pub(super) fn beside(parts: &[u8], seam: usize) -> Option<[&[u8; SIDE]; 2]> {
    let (before, behind) = parts.split_at_checked(seam)?;
    Some([before.last_chunk()?, behind.first_chunk()?])
}

/// Sixteen bytes of a group.
#[inline(always)]
fn vector(group: &[u8; GROUP], at: usize) -> u8x16 {
    u8x16::from(*group[at..].first_chunk().unwrap_or(&[0; BLOCK]))
}

/// Which samples of a content's group may be a run of digits or a list.
#[inline(always)]
fn of_content(group: &[u8; GROUP]) -> u32 {
    // Numbers until the end, without a branch: a compiler that sees truth values makes something far slower of them.
    let mut suspects = 0;
    for sample in 0..GROUP / STEP {
        let (begin, end) = (vector(group, sample * STEP), vector(group, sample * STEP + FURTHER));
        suspects |= lanes::is_all(lanes::runs_of_both(begin, end)) << sample;
    }
    let lists = LISTS_IN_CONTENT.map(|at| lanes::numbers(vector(group, at)));
    if lists != [0; 2] { suspects | of_lists(group, lists.map(|numbers| numbers != 0)) } else { suspects }
}

/// Which samples of a content's group may be a list, of those that have numbers: where a list goes on before or behind one.
#[inline(never)]
fn of_lists(group: &[u8; GROUP], have_numbers: [bool; 2]) -> u32 {
    let mut suspects = 0;
    for (sample, at) in LISTS_IN_CONTENT.into_iter().enumerate().filter(|&(sample, _)| have_numbers[sample]) {
        // Most numbers stand alone, and that costs least to see.
        let beside = [at - BLOCK, at + BLOCK].map(|at| vector(group, at));
        let goes_on = beside.map(|bytes| lanes::numbers(bytes) != 0);
        let may_be_list = |of: usize| goes_on[of] && lanes::may_be_of_list(beside[of]);
        let is_suspect =
            goes_on != [false; 2] && lanes::may_be_of_list(vector(group, at)) && (may_be_list(0) || may_be_list(1));
        suspects |= u32::from(is_suspect) << (LISTS + sample);
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

/// Whether there is a zero in any sample of a group: most texts have none.
#[inline(always)]
fn has_zero(group: &[u8; GROUP], step: usize) -> bool {
    let least = (0..GROUP / step).fold(u8x16::splat(u8::MAX), |least, sample| least.min(vector(group, sample * step)));
    lanes::zeros(least) != 0
}

/// Which samples of a group may be UTF-16 or UTF-32, by [`super::decode::utf::width`].
fn of_wide(group: &[u8; GROUP], step: usize) -> u32 {
    // What has zeros has nothing but zeros for long stretches, nearly always.
    let any = (0..GROUP / step).fold(u8x16::splat(0), |any, sample| any | vector(group, sample * step));
    if lanes::zeros(any) == ALL {
        return 0;
    }
    (0..GROUP / step)
        .fold(0, |suspects, sample| suspects | is_wide(lanes::zeros(vector(group, sample * step))) << (WIDE + sample))
}

/// One if sixteen bytes with these `zeros` may be UTF-16 or UTF-32, zero if not.
#[inline(always)]
fn is_wide(zeros: u32) -> u32 {
    /// Which zeros four bytes have that such a text is made of.
    const FOURS: u32 = 1 << 0x5 | 1 << 0x7 | 1 << 0xa | 1 << 0xb | 1 << 0xd | 1 << 0xe;
    let four = zeros & 0xf;
    FOURS >> four & (zeros ^ (four * 0x1111)).wrapping_sub(1) >> 31
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::detect::decode::utf;

    /// A group of blanks but for `what` at `at`, as far as it lies in the group.
    fn group_with(at: usize, what: &[u8]) -> [u8; GROUP] {
        let mut group = [b' '; GROUP];
        group[at..].iter_mut().zip(what).for_each(|(byte, other)| *byte = *other);
        group
    }

    /// A bit for each of `count` samples that `is` says it of.
    fn bits(count: usize, is: impl Fn(usize) -> bool) -> u32 {
        (0..count).map(|sample| u32::from(is(sample)) << sample).sum()
    }

    /// What [`first`] says of the group alone and behind others.
    fn suspects(group: &[u8; GROUP], step: usize) -> u32 {
        let alone = first(group, step);
        let behind = first(&[&[b' '; 2 * GROUP], &group[..], &[b'A'; GROUP]].concat(), step);
        assert!(alone.is_none_or(|(number, suspects)| number == 0 && suspects != 0));
        assert_eq!(behind.filter(|&(number, _)| number == 2), alone.map(|(_, suspects)| (2, suspects)));
        alone.map_or(0, |(_, suspects)| suspects)
    }

    #[test]
    fn runs_lists_and_wide_text_have_a_bit_for_each_sample() {
        for (step, seen, lists) in
            [(STEP, SEEN, LISTS_IN_CONTENT.to_vec()), (BLOCK, BLOCK, (0..GROUP).step_by(BLOCK).collect())]
        {
            for at in 0..GROUP {
                for length in [seen - 1, seen, seen + 1, 2 * STEP] {
                    let end = GROUP.min(at + length);
                    let is_run = |sample: usize| at <= step * sample && step * sample + seen <= end;
                    let group = group_with(at, &b"A".repeat(length));
                    assert_eq!(suspects(&group, step), bits(GROUP / step, is_run), "{step} {at} {length}");
                }
                // Two digits are numbers, but not beside a letter of a word.
                let holds = |list: usize| list <= at && at + 2 <= list + BLOCK;
                let expected =
                    lists.iter().enumerate().map(|(bit, &list)| u32::from(holds(list)) << bit).sum::<u32>() << LISTS;
                // In a content, a list goes on before or behind.
                let alone = if step == STEP { 0 } else { expected };
                assert_eq!(suspects(&group_with(at, b"42"), step), alone, "{step} {at}");
                for beside in
                    [at.checked_sub(BLOCK), Some(at + BLOCK)].into_iter().flatten().filter(|&beside| beside < GROUP - 1)
                {
                    let mut group = group_with(at, b"42");
                    group[beside..beside + 2].copy_from_slice(b"17");
                    assert_eq!(suspects(&group, step) & expected, expected, "{step} {at} {beside}");
                }
                assert_eq!(suspects(&group_with(at, b"4"), step), 0, "{step} {at}");
                assert_eq!(suspects(&group_with(at, b"4g2"), step) & expected, 0, "{step} {at}");
                for wide in [&b"a\0"[..], b"\0a", b"a\0\0\0", b"\0a\0\0", b"\0\0a\0", b"\0\0\0a"] {
                    let group = group_with(at, &wide.repeat(BLOCK / wide.len()));
                    let zeros = |sample: usize| lanes::zeros(vector(&group, step * sample));
                    let expected = bits(GROUP / step, |sample| utf::width(zeros(sample)).is_some()) << WIDE;
                    assert_eq!(suspects(&group, step), expected, "{step} {at} {wide:?}");
                }
            }
        }
    }

    #[test]
    fn zeros_of_wide_text_are_told_as_the_decoder_tells_them() {
        for zeros in 0..=ALL {
            assert_eq!(is_wide(zeros), u32::from(utf::width(zeros).is_some()), "{zeros:#x}");
        }
    }

    #[test]
    fn a_list_of_a_content_goes_on_in_what_may_be_a_list() {
        // Nothing; numbers of a list, in two forms; numbers that are none, for they are too long or stand for no text; and no number.
        const BLOCKS: [&[u8; BLOCK]; 6] = [
            b"                ",
            b"0x72, 0x67, 0x5f",
            b"103, 95, 108, 10",
            b"12345678, 901234",
            b"114, 1, 103, 95,",
            b"42 is the number",
        ];
        for number in 0..BLOCKS.len().pow(5) {
            let blocks: Vec<_> = (0..5).map(|at| *BLOCKS[number / BLOCKS.len().pow(at) % BLOCKS.len()]).collect();
            let group = group_with(0, &blocks.concat());
            let is_list: Vec<_> = blocks.iter().map(|&block| lanes::may_be_list(u8x16::from(block))).collect();
            let expected = bits(2, |list| {
                let at = LISTS_IN_CONTENT[list] / BLOCK;
                is_list[at] && (is_list[at - 1] || is_list[at + 1])
            });
            assert_eq!(of_content(&group), expected << LISTS, "{}", group.escape_ascii());
        }
    }

    #[test]
    fn zeros_around_wide_text_hide_none_of_it() {
        for (step, sample) in [STEP, BLOCK].into_iter().flat_map(|step| (0..GROUP / step).map(move |at| (step, at))) {
            let mut group = [0; GROUP];
            assert_eq!(of_wide(&group, step), 0);
            group[sample * step..][..BLOCK].copy_from_slice(&b"k\0"[..].repeat(BLOCK / 2));
            assert_eq!(of_wide(&group, step), 1 << (WIDE + sample), "{step} {sample}");
            // All samples may be alike.
            group = *b"k\0".repeat(GROUP / 2).first_chunk().unwrap();
            assert_eq!(of_wide(&group, step), bits(GROUP / step, |_| true) << WIDE, "{step}");
        }
    }

    #[test]
    fn a_group_without_a_zero_in_a_sample_has_none() {
        for (step, at) in (0..GROUP).flat_map(|at| [(STEP, at), (BLOCK, at)]) {
            assert_eq!(has_zero(&group_with(at, b"\0"), step), at % step < BLOCK, "{step} {at}");
        }
    }

    #[test]
    fn what_stands_beside_a_seam_is_as_much_on_either_side() {
        let parts: Vec<u8> = (0..60).collect();
        for seam in 0..70 {
            let expected = (SIDE..=parts.len() - SIDE).contains(&seam);
            let expected = expected.then(|| (&parts[seam - SIDE..seam], &parts[seam..seam + SIDE]));
            assert_eq!(beside(&parts, seam).map(|[before, behind]| (&before[..], &behind[..])), expected, "{seam}");
        }
    }

    const PROSE: &[u8; SIDE] = b"The quick brown fox goes, a dog ";

    /// Two sides of a seam with these blocks next to it.
    fn sides(before: &[u8; BLOCK], behind: &[u8; BLOCK]) -> Vec<u8> {
        [&PROSE[..LONGEST_JOINT], before, behind, &PROSE[..LONGEST_JOINT]].concat()
    }

    #[test]
    fn a_seam_is_suspect_by_what_stands_on_one_side_of_it() {
        let prose = PROSE.first_chunk().unwrap();
        for (block, expected) in [
            (b"getConfiguration", true),
            (b"\0\0\0\0 text \0\0\0\0\0\0", true),
            (b"10, 20, 30, 102 ", true),
            (b"                ", false),
            (b"get_config_value", false),
            (b"10, 20, then 30 ", false),
            (b"{ x; } { y; } 1 ", false),
        ] {
            for (before, behind) in [(prose, block), (block, prose)] {
                let parts = [&PROSE[..], PROSE, &sides(before, behind), PROSE, PROSE].concat();
                let seams = [0, SIDE, 3 * SIDE, 5 * SIDE, parts.len()];
                assert_eq!(first_seam(&parts, &seams), expected.then_some(2), "{}", block.escape_ascii());
            }
        }
        assert_eq!(first_seam(PROSE, &[]), None);
    }

    #[test]
    fn a_joint_anywhere_beside_a_seam_leaves_it_suspect() {
        for (joint, at) in (0..=LONGEST_JOINT + 1).flat_map(|joint| (0..=SIDE - joint).map(move |at| (joint, at))) {
            let mut side = [b'Q'; SIDE];
            side[at..at + joint].fill(b'"');
            // What lies in it may be a digit, too.
            side[at..at + joint].iter_mut().skip(2).take(1).for_each(|byte| *byte = b'+');
            for parts in [[&PROSE[..], &side], [&side, PROSE]] {
                assert_eq!(first_seam(&parts.concat(), &[SIDE]).is_some(), joint <= LONGEST_JOINT, "{joint} {at}");
            }
        }
    }

    #[test]
    fn what_stands_on_one_side_of_a_seam_takes_nothing_from_the_other() {
        // Those of a pair have bits at the same places.
        for (one, other) in [
            (&b"getConfiguration"[..], &b"getConfiguration"[..]),
            (b"10, 20, 30, 102 ", b"10, 20, 30, 102 "),
            (b"getConfiguration", b"\0 brown and quic"),
            (b"a text \0\0 and is", b"      123       "),
            (b"\0\0 brown and qui", b"\0\0 brown and qui"),
        ] {
            let [one, other] = [one, other].map(|block| block.first_chunk().unwrap());
            for parts in [sides(one, other), sides(other, one)] {
                assert_eq!(first_seam(&parts, &[SIDE]), Some(0), "{}", parts.escape_ascii());
            }
        }
    }
}
