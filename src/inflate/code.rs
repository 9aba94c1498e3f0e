//! Prefix codes: from the lengths of the codes to a table that finds what bits stand for (RFC 1951, section 3.2.2).

use wide::u8x32;

use super::entry::Entry;

/// The longest code, in bits.
const CODE_BITS: usize = 15;

/// Room for the symbols of a code, of which there are 288 at most: a power of two, so that places need not be checked.
const ROOM: usize = 512;

/// The numbers of eleven bits with these in the reverse order: codes are counted from their first bit on, but read from their last.
static REVERSED: [u16; 2048] = {
    let mut reversed = [0; 2048];
    let mut number = 0;
    while number < 2048 {
        reversed[number] = (number as u16).reverse_bits() >> 5;
        number += 1;
    }
    reversed
};

/// Finds what bits stand for: the first `BITS` choose one of the entries, and for longer codes, that leads to a second table behind.
/// `N` is a power of two, and as many entries as can ever be needed.
pub(super) struct Code<const N: usize, const BITS: u32>([Entry; N]);

/// The code of literals and lengths. Of 288 codes, no more than 2,342 entries are needed.
pub(super) type Literals = Code<4096, 11>;
/// The code of distances: of 32, no more than 402.
pub(super) type Distances = Code<512, 8>;
/// The code of the lengths of codes, none longer than seven bits.
pub(super) type Lengths = Code<128, 7>;

impl<const N: usize, const BITS: u32> Code<N, BITS> {
    pub(super) const fn new() -> Self {
        Code([Entry::WRONG; N])
    }

    /// What the next bits stand for, or a link.
    #[inline(always)]
    pub(super) fn look(&self, bits: u64) -> Entry {
        self.0[bits as usize & ((1 << BITS) - 1) & (N - 1)]
    }

    /// Where a link leads if these are the bits behind it.
    #[inline(always)]
    pub(super) fn follow(&self, link: Entry, bits: u64) -> Entry {
        self.0[link.target(bits) & (N - 1)]
    }

    /// Makes the table for codes of these `lengths`, symbol by symbol, of which zero means that there is no code; a symbol stands for
    /// what `meanings`, of which there are a power of two, have at its place.
    ///
    /// None if no code has these lengths: there are too many short ones, or too few. If `may_lack` some, there may be one symbol alone, of
    /// one bit, or none, as long as nothing else is read.
    #[inline(always)]
    pub(super) fn build<const W: usize, const S: usize>(
        &mut self,
        lengths: &[[u8; 32]; W],
        meanings: &[Entry; S],
        may_lack: bool,
    ) -> Option<()> {
        let used = Used::of(lengths);
        match used.room_left() {
            0 => {}
            left if left > 0 && may_lack && (used.len == 0 || used.len == 1 && used.count[1] == 1) => {
                self.0[..1 << BITS].fill(Entry::WRONG);
                if used.len == 1 {
                    let only = meanings[symbol_of(used.symbols[0]) & (S - 1)].behind(1);
                    self.0[..1 << BITS].iter_mut().step_by(2).for_each(|entry| *entry = only);
                }
                return Some(());
            }
            _ => return None,
        }
        let sorted = used.sorted();
        let mut codes = sorted[..used.len.min(ROOM)].iter().map(|&symbol| meanings[usize::from(symbol) & (S - 1)]);
        let (length, first) = self.short(&used, &mut codes);
        if length <= CODE_BITS { self.long(&used, length, first, codes) } else { Some(()) }
    }

    /// Enters the codes of up to `BITS` bits, and gives the length of the first one that is longer, and that code: a length beyond the
    /// longest if there is none.
    #[inline(always)]
    fn short(&mut self, used: &Used, codes: &mut impl Iterator<Item = Entry>) -> (usize, usize) {
        let (mut code, mut entered, mut length) = (0, 0, 1);
        while used.count[length & 15] == 0 {
            length += 1;
        }
        // So many entries are there so far; a longer code differs from them in the bits above, and has to follow each of them.
        let mut size = 1 << length.min(BITS as usize);
        while length <= BITS as usize {
            let count = used.count[length & 15] as usize;
            for entry in codes.take(count) {
                let place = usize::from(REVERSED[code << (11 - length) & 2047]);
                self.0[place & (N - 1)] = entry.behind(length as u32);
                code += 1;
            }
            entered += count;
            code <<= 1;
            length += 1;
            let is_all = entered == used.len;
            while size < 1 << BITS {
                self.0.copy_within(..size, size);
                size *= 2;
                if !is_all {
                    break;
                }
            }
            if is_all {
                return (CODE_BITS + 1, 0);
            }
        }
        (length, code)
    }

    /// Enters the codes that are longer, from the one `code`, of this `length`, on.
    #[inline(never)]
    fn long(
        &mut self,
        used: &Used,
        mut length: usize,
        mut code: usize,
        mut codes: impl Iterator<Item = Entry>,
    ) -> Option<()> {
        let first_bits = BITS as usize;
        let (mut start, mut end, mut before) = (0, 1 << first_bits, None);
        while length <= CODE_BITS {
            let count = used.count[length] as usize;
            for (number, entry) in codes.by_ref().take(count).enumerate() {
                let reversed = usize::from((code as u16).reverse_bits() >> (16 - length));
                let first = reversed & ((1 << first_bits) - 1);
                if before != Some(first) {
                    let bits = used.bits_of_table(length, count - number, first_bits);
                    (start, end, before) = (end, end + (1 << bits), Some(first));
                    self.0[first] = Entry::link(start, bits as u32, BITS);
                }
                let table = self.0.get_mut(start..end)?;
                let behind = length - first_bits;
                let places = table.iter_mut().skip(reversed >> first_bits).step_by(1 << behind);
                places.for_each(|place| *place = entry.behind(behind as u32));
                code += 1;
            }
            code <<= 1;
            length += 1;
        }
        Some(())
    }
}

/// The symbols that have a code.
struct Used {
    /// Each with the length of its code in the bits above [`SYMBOL_BITS`].
    symbols: [u16; ROOM],
    len: usize,
    /// How many codes there are of each length.
    count: [u16; CODE_BITS + 1],
}

/// So many bits hold any symbol.
const SYMBOL_BITS: u32 = 9;

#[inline(always)]
fn symbol_of(used: u16) -> usize {
    usize::from(used) & (ROOM - 1)
}

#[inline(always)]
fn length_of(used: u16) -> usize {
    usize::from(used >> SYMBOL_BITS) & CODE_BITS
}

impl Used {
    /// Most symbols have no code in most streams: these are passed by in vectors.
    #[inline(always)]
    fn of<const W: usize>(lengths: &[[u8; 32]; W]) -> Self {
        let mut used = Used { symbols: [0; ROOM], len: 0, count: [0; CODE_BITS + 1] };
        let of_block = |block: &[u8; 32]| u64::from(!u8x32::new(*block).simd_eq(u8x32::splat(0)).to_bitmask());
        for (number, pair) in lengths.chunks(2).enumerate() {
            let mut left = of_block(&pair[0]) | pair.get(1).map_or(0, |block| of_block(block) << 32);
            let lengths = pair.as_flattened();
            while left != 0 {
                let place = left.trailing_zeros() as usize;
                left &= left - 1;
                let length = lengths.get(place).copied().unwrap_or_default() & CODE_BITS as u8;
                used.symbols[used.len & (ROOM - 1)] = (64 * number + place) as u16 | u16::from(length) << SYMBOL_BITS;
                used.len += 1;
                used.count[usize::from(length)] += 1;
            }
        }
        used
    }

    /// How many more codes of the longest length there could be: less than zero if there are too many.
    #[inline(always)]
    fn room_left(&self) -> i32 {
        let taken = (1..=CODE_BITS).map(|length| i32::from(self.count[length]) << (CODE_BITS - length)).sum::<i32>();
        (1 << CODE_BITS) - taken
    }

    /// The symbols by the length of their code, then in their own order: that is the order of their codes.
    #[inline(always)]
    fn sorted(&self) -> [u16; ROOM] {
        let mut next = [0u16; CODE_BITS + 1];
        for length in 1..=CODE_BITS {
            next[length] = next[length - 1] + self.count[length - 1];
        }
        let mut sorted = [0; ROOM];
        for &used in &self.symbols[..self.len.min(ROOM)] {
            let place = &mut next[length_of(used)];
            sorted[usize::from(*place) & (ROOM - 1)] = symbol_of(used) as u16;
            *place += 1;
        }
        sorted
    }

    /// How many bits a second table takes whose first code is of this `length`, with so many more of it to come.
    fn bits_of_table(&self, length: usize, count: usize, first_bits: usize) -> usize {
        let (mut longest, mut taken) = (length, count);
        // Codes that begin alike lie together: the table ends where they fill it.
        while longest < CODE_BITS && taken < 1 << (longest - first_bits) {
            longest += 1;
            taken = 2 * taken + self.count[longest] as usize;
        }
        longest - first_bits
    }
}

#[cfg(test)]
mod tests {
    use super::super::entry::LITERALS;
    use super::*;

    /// Where the second tables of a code begin, in the order of their codes, and how many entries each has.
    fn second_tables(lengths: &[u8]) -> Vec<(usize, usize)> {
        let mut blocks = [[0; 32]; 9];
        blocks.as_flattened_mut()[..lengths.len()].copy_from_slice(lengths);
        let mut table = Literals::new();
        table.build(&blocks, &LITERALS, false).unwrap();
        let entries = (0..1u16 << 11).map(|first| table.look(u64::from(first.reverse_bits() >> 5)));
        let links = entries.filter(|entry| entry.is_link());
        links.map(|link| (link.target(0), link.target(u64::MAX) + 1 - link.target(0))).collect()
    }

    #[test]
    fn second_tables_lie_one_behind_the_other_and_each_is_as_large_as_its_longest_code() {
        /// One code of each length up to this one, how many there are of what lengths beyond eleven, and how large that makes the tables.
        type Case<'c> = (u8, &'c [(u8, usize)], &'c [usize]);
        let cases: [Case<'_>; 11] = [
            (11, &[(12, 2)], &[2]),
            (11, &[(12, 1), (13, 2)], &[4]),
            (11, &[(12, 1), (13, 1), (14, 1), (15, 2)], &[16]),
            (11, &[(13, 4)], &[4]),
            (11, &[(13, 3), (14, 2)], &[8]),
            (11, &[(13, 2), (14, 2), (15, 4)], &[16]),
            (11, &[(15, 16)], &[16]),
            (10, &[(12, 3), (13, 2)], &[2, 4]),
            (10, &[(13, 5), (14, 6)], &[4, 8]),
            (9, &[(12, 2), (13, 4), (14, 8), (15, 16)], &[2, 4, 8, 16]),
            (7, &[(15, 256)], &[16; 16]),
        ];
        for (last, longer, sizes) in cases {
            let longer_ones = longer.iter().flat_map(|&(length, count)| vec![length; count]);
            let lengths: Vec<u8> = (1..=last).chain(longer_ones).collect();
            let mut end = 1 << 11;
            let expected: Vec<_> = sizes
                .iter()
                .map(|size| {
                    end += size;
                    (end - size, *size)
                })
                .collect();
            assert_eq!(second_tables(&lengths), expected, "{last} {longer:?}");
        }
    }
}
