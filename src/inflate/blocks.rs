//! The blocks that a stream is made of (RFC 1951, section 3.2.3).

use std::sync::LazyLock;

use super::bits::{Bits, Source};
use super::code::{Distances, Lengths, Literals};
use super::entry::{DISTANCES, Entry, LENGTHS, LITERALS};
use super::{Fault, MARGIN_OUT};
use crate::vector::fast;

/// The order in which the lengths of the codes of lengths stand (section 3.2.7).
const ORDER: [usize; 19] = [16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15];

/// How many literals and lengths there are, and how many distances.
const LITERAL_SYMBOLS: usize = 286;
const DISTANCE_SYMBOLS: usize = 30;

/// The longest run of equal lengths, and the room that is written over at once.
const FULL_RUN: usize = 138;
const RUN: usize = 16;

/// The codes of one block.
pub(super) struct Codes {
    literals: Literals,
    distances: Distances,
}

/// The codes that blocks without their own have (section 3.2.6).
static FIXED: LazyLock<Codes> = LazyLock::new(|| {
    let mut lengths = [[8; 32]; 9];
    lengths.as_flattened_mut()[144..256].fill(9);
    lengths.as_flattened_mut()[256..280].fill(7);
    let mut codes = Codes::new();
    let built =
        codes.literals.build(&lengths, &LITERALS, false).and(codes.distances.build(&[[5; 32]], &DISTANCES, false));
    debug_assert!(built.is_some(), "the lengths are those of the format");
    codes
});

impl Codes {
    pub(super) const fn new() -> Self {
        Codes { literals: Literals::new(), distances: Distances::new() }
    }

    /// Reads the codes that a block brings along.
    #[inline(always)]
    fn read(&mut self, source: &mut Source<'_>, bits: &mut Bits) -> Option<()> {
        let literals = 257 + bits.take(5);
        let distances = 1 + bits.take(5);
        if literals > LITERAL_SYMBOLS || distances > DISTANCE_SYMBOLS {
            return None;
        }
        let mut of_lengths = [[0; 32]];
        let count = 4 + bits.take(4);
        for (number, &place) in ORDER.iter().take(count).enumerate() {
            if number % 16 == 0 {
                source.fill(bits)?;
            }
            of_lengths[0][place] = bits.take(3) as u8;
        }
        let mut code = Lengths::new();
        code.build(&of_lengths, &LENGTHS, false)?;
        let mut lengths = [0u8; LITERAL_SYMBOLS + DISTANCE_SYMBOLS + FULL_RUN + RUN];
        let (mut at, mut before) = (0, 0);
        while at < literals + distances {
            source.fill(bits)?;
            // So many take fourteen bits each at most.
            for _ in 0..4 {
                if at >= literals + distances {
                    break;
                }
                let held = bits.held;
                let entry = code.look(held);
                bits.pass(entry);
                if entry.is_special() || entry.repeats() && at == 0 {
                    return None;
                }
                before = entry.repeated(before);
                let times = entry.times(held);
                // Nearly all runs are short: what is written too much is written over.
                *lengths.get_mut(at..)?.first_chunk_mut::<RUN>()? = [before; RUN];
                if times > RUN {
                    lengths.get_mut(at..at + times)?.fill(before);
                }
                at += times;
            }
        }
        if at != literals + distances {
            return None;
        }
        let mut of_literals = [[0; 32]; LITERAL_SYMBOLS.div_ceil(32)];
        let mut of_distances = [[0; 32]];
        of_literals.as_flattened_mut()[..literals].copy_from_slice(&lengths[..literals]);
        of_distances[0][..distances].copy_from_slice(&lengths[literals..at]);
        self.distances.build(&of_distances, &DISTANCES, true)?;
        self.literals.build(&of_literals, &LITERALS, true)
    }
}

/// What is inflated.
pub(super) struct Output<'o> {
    /// Room for all of it and [`MARGIN_OUT`] bytes more.
    pub(super) bytes: &'o mut [u8],
    /// How many bytes it is to have.
    pub(super) length: usize,
    /// How many are there.
    pub(super) end: usize,
}

/// Inflates all blocks, and goes on in the input behind them.
pub(super) fn inflate(
    source: &mut Source<'_>,
    bits: &mut Bits,
    output: &mut Output<'_>,
    own: &mut Codes,
) -> Result<(), Fault> {
    loop {
        source.fill(bits).ok_or(Fault::Broken)?;
        let is_last = bits.take(1) == 1;
        match bits.take(2) {
            0 => stored(source, bits, output)?,
            1 => symbols(source, bits, output, &FIXED)?,
            2 => {
                fast(
                    #[inline(always)]
                    || own.read(source, bits),
                )
                .ok_or(Fault::Broken)?;
                symbols(source, bits, output, own)?;
            }
            _ => return Err(Fault::Broken),
        }
        if is_last {
            source.align(bits);
            return Ok(());
        }
    }
}

/// Takes a block that is not compressed.
fn stored(source: &mut Source<'_>, bits: &mut Bits, output: &mut Output<'_>) -> Result<(), Fault> {
    source.align(bits);
    source.fill(bits).ok_or(Fault::Broken)?;
    let length = bits.take(16);
    if length ^ bits.take(16) != 0xffff {
        return Err(Fault::Broken);
    }
    let text = source.take(bits, length).ok_or(Fault::Broken)?;
    if length > output.length - output.end {
        return Err(Fault::TooLong);
    }
    output.bytes[output.end..output.end + length].copy_from_slice(text);
    output.end += length;
    Ok(())
}

/// Inflates what stands in codes, up to a block's end.
fn symbols(source: &mut Source<'_>, bits: &mut Bits, output: &mut Output<'_>, codes: &Codes) -> Result<(), Fault> {
    source.fill(bits).ok_or(Fault::Broken)?;
    let mut state = State { bits: *bits, end: output.end, entry: codes.literals.look(bits.held) };
    let ended = loop {
        let stop = fast(
            #[inline(always)]
            || state.steps(source.bytes, output.bytes, output.length, codes),
        );
        match stop {
            Stop::Block => break Ok(()),
            Stop::Wrong => break Err(Fault::Broken),
            Stop::Input if source.go_on(&mut state.bits).is_some() => {}
            Stop::Input => break Err(Fault::Broken),
            Stop::Length => break Err(Fault::TooLong),
        }
    };
    (*bits, output.end) = (state.bits, state.end);
    if state.end > output.length { Err(Fault::TooLong) } else { ended }
}

/// Where the reading of symbols stands. Between steps, at least 56 bits are held.
#[derive(Clone, Copy)]
struct State {
    bits: Bits,
    /// How many bytes are there.
    end: usize,
    /// What the next bits stand for: looked up early, since everything waits for it.
    entry: Entry,
}

/// Why no more steps are done.
enum Stop {
    /// The block ends.
    Block,
    /// What is read ends, or nearly.
    Input,
    /// There is more than there should be.
    Length,
    /// There is a code for nothing, or one that leads to before the beginning.
    Wrong,
}

/// How many bytes a copy writes in any case.
const CHUNK: usize = 16;

impl State {
    /// Goes on as far as it can without asking for anything.
    #[inline(always)]
    fn steps(&mut self, input: &[u8], output: &mut [u8], length: usize, codes: &Codes) -> Stop {
        let mut state = *self;
        let stop = loop {
            if state.end > length {
                break Stop::Length;
            }
            if let Err(stop) = state.step(input, output, codes) {
                break stop;
            }
        };
        *self = state;
        stop
    }

    /// Takes up to four literals, or up to two and a repetition.
    ///
    /// Whether a symbol is a literal is what a processor guesses wrongly most. So what comes behind it is looked up in both codes before
    /// that is asked, and the wait for it goes by while the processor turns back. The byte is written in any case, for a compiler does not
    /// move a look behind that; of what is no literal, something else is written over it.
    ///
    /// Bits suffice for two codes of literals, of eleven bits each, a length of twenty and the eight by which a distance is looked up, and,
    /// filled up again, for a distance of 28.
    #[inline(always)]
    fn step(&mut self, input: &[u8], output: &mut [u8], codes: &Codes) -> Result<(), Stop> {
        let ahead = self.bits.ahead::<16>(input).ok_or(Stop::Input)?;
        let room = output.get_mut(self.end..).and_then(<[u8]>::first_chunk_mut::<4>).ok_or(Stop::Wrong)?;
        let (mut held, mut entry) = (self.bits.held, self.entry);
        let (mut next, mut far) = self.pass(entry, codes);
        room[0] = entry.byte();
        if entry.is_literal() {
            self.end += 1;
            (held, entry) = (self.bits.held, next);
            (next, far) = self.pass(entry, codes);
            room[1] = entry.byte();
            if entry.is_literal() {
                self.end += 1;
                (held, entry) = (self.bits.held, next);
                (next, far) = self.pass(entry, codes);
                room[2] = entry.byte();
                if entry.is_literal() {
                    self.end += 1;
                    self.entry = next;
                    if self.entry.is_literal() {
                        room[3] = self.entry.byte();
                        self.end += 1;
                        self.bits.pass(self.entry);
                        self.entry = codes.literals.look(self.bits.held);
                    }
                    self.bits.fill(first_word(ahead, 0));
                    return Ok(());
                }
            }
        }
        if entry.is_special() {
            if !entry.is_link() {
                return Err(if entry.is_wrong() { Stop::Wrong } else { Stop::Block });
            }
            entry = codes.literals.follow(entry, self.bits.held);
            held = self.bits.held;
            self.bits.pass(entry);
            if entry.is_literal() {
                *output.get_mut(self.end).ok_or(Stop::Wrong)? = entry.byte();
                self.end += 1;
                self.bits.fill(first_word(ahead, 0));
                self.entry = codes.literals.look(self.bits.held);
                return Ok(());
            }
            if entry.is_special() {
                return Err(if entry.is_wrong() { Stop::Wrong } else { Stop::Block });
            }
            far = codes.distances.look(self.bits.held);
        }
        let length = entry.value(held);
        let filled = self.bits.fill(first_word(ahead, 0));
        if far.is_special() {
            if !far.is_link() {
                return Err(Stop::Wrong);
            }
            self.bits.pass(far);
            far = codes.distances.follow(far, self.bits.held);
            if far.is_special() {
                return Err(Stop::Wrong);
            }
        }
        let distance = far.value(self.bits.held);
        self.bits.pass(far);
        self.entry = codes.literals.look(self.bits.held);
        self.bits.fill(first_word(ahead, filled & 7));
        let end = self.end;
        self.end += length;
        let start = end.checked_sub(distance).ok_or(Stop::Wrong)?;
        repeat(output, start, end, length).ok_or(Stop::Wrong)
    }

    /// Passes by an entry; gives what the next bits stand for, in a literal's place and in a distance's.
    #[inline(always)]
    fn pass(&mut self, entry: Entry, codes: &Codes) -> (Entry, Entry) {
        self.bits.pass(entry);
        (codes.literals.look(self.bits.held), codes.distances.look(self.bits.held))
    }
}

/// The eight bytes from a place on.
#[inline(always)]
fn first_word(bytes: &[u8; 16], from: usize) -> u64 {
    bytes[from & 7..].first_chunk().map_or(0, |word| u64::from_le_bytes(*word))
}

/// Writes at `end` what stands at `start`, `length` bytes of it, and up to [`MARGIN_OUT`] bytes more of anything. None if there is no
/// room.
#[inline(always)]
fn repeat(output: &mut [u8], start: usize, end: usize, length: usize) -> Option<()> {
    let distance = end - start;
    if distance < CHUNK {
        return repeat_near(output, start, end, length);
    }
    let both = output.get_mut(start..end + 2 * CHUNK)?;
    let target = both.len() - 2 * CHUNK;
    both.copy_within(..CHUNK, target);
    both.copy_within(CHUNK..2 * CHUNK, target + CHUNK);
    if length > 2 * CHUNK { repeat_more(output, start, end, length) } else { Some(()) }
}

/// The same for what is longer, of which the beginning is there.
#[inline(never)]
fn repeat_more(output: &mut [u8], start: usize, end: usize, length: usize) -> Option<()> {
    let both = output.get_mut(start..end + length + CHUNK)?;
    let target = end - start;
    for done in (2 * CHUNK..length).step_by(CHUNK) {
        both.copy_within(done..done + CHUNK, target + done);
    }
    Some(())
}

/// The same for what goes on in itself.
#[inline(never)]
fn repeat_near(output: &mut [u8], start: usize, end: usize, length: usize) -> Option<()> {
    const HALF: usize = CHUNK / 2;
    let both = output.get_mut(start..end + length + HALF)?;
    let distance = end - start;
    if distance == 1 {
        let byte = both[0];
        both[1..=length].fill(byte);
    } else if distance >= HALF {
        for done in (0..length).step_by(HALF) {
            both.copy_within(done..done + HALF, distance + done);
        }
    } else {
        (0..length).for_each(|done| both[distance + done] = both[done]);
    }
    Some(())
}

const _: () = assert!(258 + 2 * CHUNK + 4 <= MARGIN_OUT, "a step writes no further");
