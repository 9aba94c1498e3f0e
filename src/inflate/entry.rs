//! What a code stands for, and how a table says so.

/// One entry of a table: what a code stands for, and how many bits that takes.
///
/// | bits | of a literal | of a length or distance | of a link |
/// | --- | --- | --- | --- |
/// | 31 | set | | |
/// | 16 to 30 | the byte | the least value | where the second table begins |
/// | 13 to 15 | | | 15 and 14 set; with 15 alone it is a block's end, with 13 it is nothing |
/// | 8 to 11 | bits of the code | bits of the code | how many bits choose in the second table |
/// | 0 to 7 | bits of the code | bits of the code and those that are added to the value | bits of the first table |
///
/// So all that has to be known of a symbol is in one word, and the bits that it takes can be passed by before it is known what it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Entry(u32);

const LITERAL: u32 = 1 << 31;
const SPECIAL: u32 = 1 << 15;
const LINK: u32 = 1 << 14;
const NOTHING: u32 = 1 << 13;

impl Entry {
    /// A code that stands for nothing.
    pub(super) const WRONG: Self = Entry(SPECIAL | NOTHING);
    /// The end of a block.
    const END: Self = Entry(SPECIAL);

    const fn literal(byte: u8) -> Self {
        Entry(LITERAL | (byte as u32) << 16)
    }

    /// A value of `least` and as much more as `extra` bits behind the code say.
    const fn value_from(least: u16, extra: u8) -> Self {
        Entry((least as u32) << 16 | extra as u32)
    }

    /// Where what else begins with these bits goes on: from `start` on, chosen by so many bits.
    pub(super) fn link(start: usize, bits: u32, first_bits: u32) -> Self {
        Entry((start as u32) << 16 | SPECIAL | LINK | bits << 8 | first_bits)
    }

    /// The same with a code of so many bits.
    #[inline(always)]
    pub(super) fn behind(self, code: u32) -> Self {
        Entry(self.0 + (code << 8) + code)
    }

    #[inline(always)]
    pub(super) fn is_literal(self) -> bool {
        self.0 & LITERAL != 0
    }

    #[inline(always)]
    pub(super) fn byte(self) -> u8 {
        (self.0 >> 16) as u8
    }

    /// Whether it is a link, a block's end, or nothing.
    #[inline(always)]
    pub(super) fn is_special(self) -> bool {
        self.0 & SPECIAL != 0
    }

    #[inline(always)]
    pub(super) fn is_link(self) -> bool {
        self.0 & LINK != 0
    }

    #[inline(always)]
    pub(super) fn is_wrong(self) -> bool {
        self.0 & NOTHING != 0
    }

    /// How many bits it takes, in the lowest eight bits; those above are to be left out of account.
    #[inline(always)]
    pub(super) fn taken(self) -> u32 {
        self.0
    }

    /// The value that `bits`, which begin with the code, say.
    #[inline(always)]
    pub(super) fn value(self, bits: u64) -> usize {
        let taken = bits & ((1 << (self.0 & 63)) - 1);
        (self.0 >> 16) as usize + (taken >> (self.0 >> 8 & 15)) as usize
    }

    /// Where a link leads if `bits` are behind it.
    #[inline(always)]
    pub(super) fn target(self, bits: u64) -> usize {
        (self.0 >> 16) as usize + (bits & ((1 << (self.0 >> 8 & 15)) - 1)) as usize
    }

    /// Of a code for lengths of codes: what is repeated, if it is not what was before.
    #[inline(always)]
    pub(super) fn repeated(self, before: u8) -> u8 {
        let is_before = (self.0.cast_signed() >> 31) as u8;
        before & is_before | (self.0 >> 24) as u8 & !is_before
    }

    /// And how often that is.
    #[inline(always)]
    pub(super) fn times(self, bits: u64) -> usize {
        self.value(bits) & 0xff
    }

    /// Whether it repeats what was before.
    #[inline(always)]
    pub(super) fn repeats(self) -> bool {
        self.0 & LITERAL != 0
    }
}

/// The literals, the end of a block, and lengths (RFC 1951, section 3.2.5).
pub(super) static LITERALS: [Entry; 512] = {
    let mut entries = [Entry::WRONG; 512];
    let mut byte = 0;
    while byte < 256 {
        entries[byte] = Entry::literal(byte as u8);
        byte += 1;
    }
    entries[256] = Entry::END;
    let (mut symbol, mut least) = (257, 3);
    while symbol < 285 {
        let extra = if symbol < 265 { 0 } else { (symbol - 261) as u8 / 4 };
        entries[symbol] = Entry::value_from(least, extra);
        least += 1 << extra;
        symbol += 1;
    }
    entries[285] = Entry::value_from(258, 0);
    entries
};

/// How far back something is that is repeated.
pub(super) static DISTANCES: [Entry; 32] = {
    let mut entries = [Entry::WRONG; 32];
    let (mut symbol, mut least) = (0, 1);
    while symbol < 30 {
        let extra = if symbol < 4 { 0 } else { (symbol - 2) as u8 / 2 };
        entries[symbol] = Entry::value_from(least, extra);
        least = least.wrapping_add(1 << extra);
        symbol += 1;
    }
    entries
};

/// The lengths of codes (section 3.2.7): a length in the uppermost byte, how often in the one below. In place of a length, the
/// uppermost bit says that it is the one before.
pub(super) static LENGTHS: [Entry; 32] = {
    let mut entries = [Entry::WRONG; 32];
    let mut length = 0;
    while length < 16 {
        entries[length] = Entry((length as u32) << 24 | 1 << 16);
        length += 1;
    }
    entries[16] = Entry(LITERAL | 3 << 16 | 2);
    entries[17] = Entry(3 << 16 | 3);
    entries[18] = Entry(11 << 16 | 7);
    entries
};

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_those_of_the_format() {
        let least = |entry: Entry| entry.value(0);
        let most = |entry: Entry| entry.value(u64::MAX);
        assert_eq!((least(LITERALS[257]), most(LITERALS[257])), (3, 3));
        assert_eq!((least(LITERALS[265]), most(LITERALS[265])), (11, 12));
        assert_eq!((least(LITERALS[284]), most(LITERALS[284])), (227, 258));
        assert_eq!((least(LITERALS[285]), most(LITERALS[285])), (258, 258));
        assert_eq!((least(DISTANCES[3]), most(DISTANCES[3])), (4, 4));
        assert_eq!((least(DISTANCES[4]), most(DISTANCES[4])), (5, 6));
        assert_eq!((least(DISTANCES[29]), most(DISTANCES[29])), (24577, 32768));
        assert!(LITERALS[286].is_wrong() && DISTANCES[30].is_wrong() && LENGTHS[19].is_wrong());
        let repeat = LENGTHS[16].behind(5);
        assert_eq!((repeat.repeated(7), repeat.times(0b10 << 5), repeat.repeats()), (7, 5, true));
        let zeros = LENGTHS[18].behind(3);
        assert_eq!((zeros.repeated(7), zeros.times(0x7f << 3), zeros.repeats()), (0, 138, false));
        assert_eq!((LENGTHS[9].repeated(7), LENGTHS[9].behind(7).times(u64::MAX)), (9, 1));
    }
}
