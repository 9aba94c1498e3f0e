//! Git's deltas: puts an object together from another one and what changes from it. Histories and packs that are met as files read them.

use crate::vector::fast;

/// What a delta says of the sizes: that of its base, that of its result, and how many bytes say so. None if it is broken.
pub(crate) fn sizes(delta: &[u8]) -> Option<(u64, u64, usize)> {
    let mut at = 0;
    let mut size = || {
        let (mut size, mut shift) = (0u64, 0);
        loop {
            let byte = *delta.get(at)?;
            at += 1;
            size |= u64::from(byte & 0x7f).checked_shl(shift)?;
            shift += 7;
            if byte & 0x80 == 0 {
                return Some(size);
            }
        }
    };
    let (base, result) = (size()?, size()?);
    Some((base, result, at))
}

/// One step of a delta.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Step<'d> {
    /// So many bytes of the base, from there on.
    Copy { start: usize, length: usize },
    /// These bytes.
    Insert(&'d [u8]),
}

/// The first step of a delta's `instructions`, and those behind it; none if it is broken.
#[inline(always)]
pub(crate) fn step(instructions: &[u8]) -> Option<(Step<'_>, &[u8])> {
    let (&code, mut behind) = instructions.split_first()?;
    if code & 0x80 == 0 {
        // Zero is kept for the future.
        let (text, behind) = behind.split_at_checked(usize::from(code)).filter(|_| code != 0)?;
        return Some((Step::Insert(text), behind));
    }
    // All bytes that may be there are read at once, so that none has to be asked for.
    let mut word = match behind.first_chunk::<8>() {
        Some(word) => u64::from_le_bytes(*word),
        None => behind.iter().take(7).rev().fold(0, |word, &byte| word << 8 | u64::from(byte)),
    };
    let (of_start, of_length) = (code & 0xf, code >> 4 & 7);
    let (start_bytes, length_bytes) = (of_start.count_ones(), of_length.count_ones());
    behind = behind.get((start_bytes + length_bytes) as usize..)?;
    let is_plain = |bits: u8| bits & (bits + 1) == 0;
    let (start, length) = if is_plain(of_start) & is_plain(of_length) {
        // Nearly always the lower bytes are there and the upper ones are not.
        let low = |word: u64, count: u32| (word & ((1 << (8 * count)) - 1)) as usize;
        (low(word, start_bytes), low(word >> (8 * start_bytes), length_bytes))
    } else {
        let start = spread(&mut word, of_start);
        (start, spread(&mut word, of_length))
    };
    Some((Step::Copy { start, length: if length == 0 { 0x10000 } else { length } }, behind))
}

/// A number of which those bytes come next in `word` that `bits` says, and all others are zero.
#[cold]
fn spread(word: &mut u64, bits: u8) -> usize {
    let mut value = 0;
    for byte in (0..4).filter(|byte| bits & (1 << byte) != 0) {
        value |= (*word as usize & 0xff) << (8 * byte);
        *word >>= 8;
    }
    value
}

/// Whether so few instructions can give so much, before room is made for it: each takes a byte at least and copies no more than the
/// base has.
pub(crate) fn can_give(instructions: &[u8], base_length: usize, size: u64) -> bool {
    size <= (instructions.len() as u64).saturating_mul(base_length.clamp(1, 0xff_ffff) as u64)
}

/// Pieces of up to so many bytes, as nearly all are, are put together by copies of just as many, which take no call and no guess at the length:
/// what is too much is written over by the next piece.
const CHUNK: usize = 64;

/// Carries out a delta's `instructions` (those behind its sizes) on `base`: `piece` gets everything that the result, of `size` bytes,
/// is made of, as the length of what `source` begins with, and whether it is copied. None if the instructions are broken or give another
/// size; the pieces until then are not longer than that together.
#[inline(always)]
fn each<'d>(
    base: &'d [u8],
    mut instructions: &'d [u8],
    size: usize,
    mut piece: impl FnMut(&'d [u8], usize, bool),
) -> Option<()> {
    let mut left = size;
    while !instructions.is_empty() {
        let (next, behind) = step(instructions)?;
        let (source, length, is_copied) = match next {
            Step::Copy { start, length } => (base.get(start..).filter(|rest| length <= rest.len())?, length, true),
            Step::Insert(text) => (&instructions[1..], text.len(), false),
        };
        instructions = behind;
        left = left.checked_sub(length)?;
        piece(source, length, is_copied);
    }
    (left == 0).then_some(())
}

/// Puts an object together, in `result`, which is exactly as long as the delta says. None if the delta is broken.
pub(crate) fn apply(base: &[u8], instructions: &[u8], result: &mut [u8]) -> Option<()> {
    let mut at = 0;
    fast(
        #[inline(always)]
        || each(base, instructions, result.len(), |source, length, _| put(result, &mut at, source, length)),
    )
}

/// Writes the first `length` bytes of `source` at a place of `result`, which goes behind them; what is behind that may be changed.
#[inline(always)]
fn put(result: &mut [u8], at: &mut usize, source: &[u8], length: usize) {
    let target = &mut result[*at..];
    *at += length;
    match (target.first_chunk_mut::<CHUNK>(), source.first_chunk::<CHUNK>()) {
        (Some(target), Some(source)) if length <= CHUNK => *target = *source,
        _ => copy(target, source, length),
    }
}

/// Kept apart, or a compiler makes one call of this and of the copies of a known length, which are then as slow.
#[inline(never)]
fn copy(target: &mut [u8], source: &[u8], length: usize) {
    target[..length].copy_from_slice(&source[..length]);
}

/// What a whole `delta` makes of `base`, if that is no longer than `most`; none if the delta is broken or of another object.
pub(crate) fn make(base: &[u8], delta: &[u8], most: u64) -> Option<Vec<u8>> {
    let (base_size, size, begin) = sizes(delta)?;
    let instructions = &delta[begin..];
    if base_size != base.len() as u64 || size > most || !can_give(instructions, base.len(), size) {
        return None;
    }
    let mut made = vec![0; usize::try_from(size).ok()?];
    apply(base, instructions, &mut made)?;
    Some(made)
}

/// What a delta brings.
#[derive(Default)]
pub(crate) struct Excerpt {
    buffer: Vec<u8>,
    /// How much of the buffer is meant.
    length: usize,
    seams: Vec<usize>,
}

impl Excerpt {
    /// All that is not copied, and the ends of what is.
    pub(crate) fn bytes(&self) -> &[u8] {
        &self.buffer[..self.length]
    }

    /// Where in that the middle of a copy was left out.
    pub(crate) fn seams(&self) -> &[usize] {
        &self.seams
    }

    /// Takes the first `length` bytes of `source`.
    #[inline(always)]
    fn take(&mut self, source: &[u8], length: usize) {
        let room = self.buffer.get_mut(self.length..).and_then(<[u8]>::first_chunk_mut::<CHUNK>);
        match (room, source.first_chunk::<CHUNK>()) {
            (Some(target), Some(source)) if length <= CHUNK => {
                *target = *source;
                self.length += length;
            }
            _ => self.take_long(&source[..length]),
        }
    }

    /// Takes what is long, or for what there is no room yet.
    #[inline(never)]
    fn take_long(&mut self, text: &[u8]) {
        let end = self.length + text.len();
        if self.buffer.len() < end + CHUNK {
            self.buffer.resize((end + CHUNK).max(2 * self.buffer.len()), 0);
        }
        self.buffer[self.length..end].copy_from_slice(text);
        self.length = end;
    }

    /// Takes the first and the last `N` bytes of the first `length` of `source`, or all if these are few.
    #[inline(always)]
    fn take_ends<const N: usize>(&mut self, source: &[u8], length: usize) {
        if length <= 2 * N {
            return self.take(source, length);
        }
        let (first, last) = (&source[..N], &source[length - N..length]);
        match self.buffer.get_mut(self.length..self.length + 2 * N) {
            Some(room) => {
                room[..N].copy_from_slice(first);
                room[N..].copy_from_slice(last);
                self.length += N;
                self.seams.push(self.length);
                self.length += N;
            }
            None => self.take_long_ends(first, last),
        }
    }

    #[inline(never)]
    fn take_long_ends(&mut self, first: &[u8], last: &[u8]) {
        self.take_long(first);
        self.seams.push(self.length);
        self.take_long(last);
    }
}

/// What a delta brings: all that is not copied, and the ends of what is, at least `around` bytes on either side of where things were put
/// together. Whatever is no longer than one byte more and is neither in the base nor here is not in the result, which has `size`
/// bytes, and is put together on the way if `result` is given. What is longer and not in the base either stands here as a whole, or
/// goes over a seam, and then `around` bytes of it stand on one side of that. None if the delta is broken.
pub(crate) fn excerpt(
    delta: (&[u8], &[u8]),
    size: usize,
    around: usize,
    excerpt: &mut Excerpt,
    result: Option<&mut [u8]>,
) -> Option<()> {
    // Copies of a length that is known beforehand are many times faster, and there are millions of them.
    fast(
        #[inline(always)]
        || match around {
            ..=8 => pieces(delta, size, excerpt, result, Excerpt::take_ends::<8>),
            9..=16 => pieces(delta, size, excerpt, result, Excerpt::take_ends::<16>),
            17..=32 => pieces(delta, size, excerpt, result, Excerpt::take_ends::<32>),
            _ => pieces(delta, size, excerpt, result, |excerpt, source, length| match length <= 2 * around {
                true => excerpt.take_long(&source[..length]),
                false => excerpt.take_long_ends(&source[..around], &source[length - around..length]),
            }),
        },
    )
}

#[inline(always)]
fn pieces(
    (base, instructions): (&[u8], &[u8]),
    size: usize,
    excerpt: &mut Excerpt,
    mut result: Option<&mut [u8]>,
    take_ends: impl Fn(&mut Excerpt, &[u8], usize),
) -> Option<()> {
    excerpt.length = 0;
    excerpt.seams.clear();
    let mut at = 0;
    each(base, instructions, size, |source, length, is_copied| {
        if let Some(result) = result.as_deref_mut() {
            put(result, &mut at, source, length);
        }
        match is_copied {
            true => take_ends(excerpt, source, length),
            false => excerpt.take(source, length),
        }
    })
}

/// The first bytes of what a delta makes, in `buffer`, as many as it has room for; empty if the object begins as its base does.
pub(crate) fn beginning<'b>(base: &[u8], mut instructions: &[u8], buffer: &'b mut [u8]) -> &'b [u8] {
    let mut length = 0;
    while length < buffer.len() {
        let Some((step, behind)) = step(instructions) else { break };
        instructions = behind;
        let text = match step {
            Step::Copy { start: 0, length: copied } if length == 0 && copied >= buffer.len() => return &[],
            Step::Copy { start, length } => base.get(start..start.saturating_add(length)).unwrap_or_default(),
            Step::Insert(text) => text,
        };
        let count = text.len().min(buffer.len() - length);
        buffer[length..length + count].copy_from_slice(&text[..count]);
        length += count;
    }
    &buffer[..length]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn applied(base: &[u8], delta: &[u8]) -> Option<Vec<u8>> {
        make(base, delta, 1 << 20)
    }

    #[test]
    fn pieces_of_all_lengths_are_put_together() {
        let base: Vec<u8> = (0..=255).cycle().map(|n: u8| n.wrapping_mul(37)).take(4096).collect();
        for length in 1..=255usize {
            let delta = [&[0x80, 0x20][..], &varint(length as u32 * 2), &[0x91, 7, length as u8, 0x90, length as u8]];
            assert_eq!(applied(&base, &delta.concat()).unwrap(), [&base[7..7 + length], &base[..length]].concat());
        }
    }

    #[test]
    fn copies_and_insertions() {
        let base: Vec<u8> = (0..0x10300u32).map(|n| n as u8).collect();
        let sizes = |result: u32| [vec![0x80, 0x86, 0x04], varint(result)].concat();
        assert_eq!(applied(&base, &[sizes(2), vec![2, b'x', b'y']].concat()).unwrap(), b"xy");
        assert_eq!(applied(&base, &[sizes(3), vec![0x93, 1, 2, 3]].concat()).unwrap(), [1, 2, 3]);
        assert_eq!(applied(&base, &[sizes(0x10000), vec![0x80]].concat()).unwrap(), base[..0x10000]);
        assert_eq!(applied(&base, &[sizes(0x10001), vec![0x80, 1, b'z']].concat()).unwrap().len(), 0x10001);
        assert_eq!(applied(&base, &sizes(0)).unwrap(), b"");
        let broken: [&[u8]; 7] =
            [&[0], &[2, b'x'], &[0x91], &[0x9f, 0, 0, 0, 9, 1], &[1, b'x', 1, b'y'], &[], &[0xff; 9]];
        for instructions in broken {
            assert_eq!(applied(&base, &[&sizes(1), instructions].concat()), None, "{instructions:?}");
        }
        assert_eq!(make(b"ab", &[1, 1, 1, b'x'], 9), None, "it is of another object");
        assert_eq!(make(b"a", &[1, 2, 0x90, 1, 1, b'x'], 1), None, "it is longer than it may be");
        assert_eq!(make(b"a", &[1, 2, 0x90, 1, 1, b'x'], 2).unwrap(), b"ax");
        assert!(can_give(&[0; 2], 10, 20) && !can_give(&[0; 2], 10, 21) && can_give(&[0; 2], 0, 2));
        assert_eq!(super::sizes(&[0x80]), None);
        assert_eq!(super::sizes(&[0xff; 20]), None);
    }

    #[test]
    fn a_delta_brings_its_insertions_and_the_ends_of_its_copies() {
        let base: Vec<u8> = (0..=255).cycle().map(|n: u8| n.wrapping_mul(37)).take(512).collect();
        let mut kept = Excerpt::default();
        for around in [1, 8, 9, 16, 17, 32, 33, 40] {
            let near = [8, 16, 32].into_iter().find(|&near| around <= near).unwrap_or(around);
            for (length, count) in [1, 2 * near, 2 * near + 1, 200].iter().flat_map(|&n| [(n, 1), (n, 64), (n, 127)]) {
                let (first, text, last) = (&base[7..7 + length], vec![b'+'; count], &base[..length]);
                let delta = [&[0x91, 7, length as u8, count as u8], &text[..], &[0x90, length as u8]].concat();
                let (mut expected, mut seams) = (Vec::new(), Vec::new());
                for piece in [first, &text, last] {
                    let is_cut = piece != text && length > 2 * near;
                    expected.extend_from_slice(if is_cut { &piece[..near] } else { piece });
                    if is_cut {
                        seams.push(expected.len());
                        expected.extend_from_slice(&piece[length - near..]);
                    }
                }
                for found in [&mut kept, &mut Excerpt::default()] {
                    let mut result = vec![0; 2 * length + count];
                    excerpt((&base, &delta), result.len(), around, found, Some(&mut result)).unwrap();
                    assert_eq!(
                        (found.bytes(), found.seams()),
                        (&expected[..], &seams[..]),
                        "{around} {length} {count}"
                    );
                    assert_eq!(result, [first, &text, last].concat());
                    assert!(excerpt((&base, &delta), result.len() + 1, around, found, None).is_none());
                }
            }
        }
    }

    #[test]
    fn an_object_begins_as_its_delta_says() {
        let cases: [(&[u8], &[u8]); 5] = [
            (&[0x90, 4], b""),
            (&[0x90, 3, 2, b'a', b'b'], b"012a"),
            (&[0x91, 1, 9], b"1234"),
            (&[2, b'a', b'b', 0x90, 9], b"ab01"),
            (&[2, b'a', b'b', 0x90, 1, 0x91, 8, 9], b"ab0"),
        ];
        for (delta, expected) in cases {
            assert_eq!(beginning(b"0123456789", delta, &mut [0; 4]), expected, "{delta:?}");
        }
    }

    #[test]
    fn every_copy_is_read_byte_by_byte() {
        let bytes = [0x11, 0x22, 0x33, 0x44, 0x55, 0x66, 0x77];
        for code in 0x80..=0xffu8 {
            let mut next = bytes.iter();
            let mut number = |bits: u8, count: u32| -> usize {
                (0..count)
                    .filter(|bit| bits >> bit & 1 == 1)
                    .map(|bit| usize::from(*next.next().unwrap()) << (8 * bit))
                    .sum()
            };
            let start = number(code, 4);
            let length = number(code >> 4, 3);
            let length = if length == 0 { 0x10000 } else { length };
            for behind in [&b""[..], b"behind"] {
                let used = (code & 0x7f).count_ones() as usize;
                let text = [&[code], &bytes[..used], behind].concat();
                assert_eq!(step(&text), Some((Step::Copy { start, length }, behind)), "{code:x}");
                assert!(used == 0 || step(&text[..used]).is_none());
            }
        }
    }

    fn varint(mut number: u32) -> Vec<u8> {
        let mut bytes = Vec::new();
        while number >= 0x80 {
            bytes.push(number as u8 | 0x80);
            number >>= 7;
        }
        bytes.push(number as u8);
        bytes
    }
}
