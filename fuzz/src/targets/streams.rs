//! Deflated streams of the fuzzer's making: texts that compress in all ways, compressed in all manners; and blocks put together symbol by
//! symbol, in codes of any lengths.

use std::io::Write;

use flate2::write::ZlibEncoder;
use zlib_rs::{DeflateConfig, Strategy, compress_bound, compress_slice};

use crate::parts::Input;

/// How many bytes a text has at most: more than the 32 KiB that a repetition reaches back.
const LONGEST: usize = 72 << 10;

/// A text that bytes tell how to write: as they are, runs, repetitions of what stands further back, and noise, of which some values are rare.
pub(super) fn text(program: &[u8]) -> Vec<u8> {
    let (mut input, mut text) = (Input(program), Vec::new());
    while !input.0.is_empty() && text.len() < LONGEST {
        let what = input.byte();
        match what % 5 {
            0 => text.extend_from_slice(input.piece()),
            1 => text.resize(text.len() + 1 + 4 * usize::from(input.byte()), what),
            2 => {
                let far = usize::from(u16::from_be_bytes([input.byte(), input.byte()]));
                let start = text.len() - text.len().min(1 + far);
                let count = 3 + 2 * usize::from(input.byte());
                (0..count.min(count * text.len())).for_each(|done| text.push(text[start + done]));
            }
            what => {
                let (count, mask) = (16 * usize::from(input.byte()), input.byte());
                let mut state = u64::from(mask) + 1;
                text.extend((0..count).map(|_| {
                    state = state.wrapping_mul(0x5851_f42d_4c95_7f2d).wrapping_add(1);
                    let rare = (state >> 24).leading_zeros() as u8;
                    if what == 3 { (state >> 33) as u8 & mask } else { rare ^ mask }
                }));
            }
        }
    }
    text.truncate(LONGEST);
    text
}

/// A text as zlib usually writes it.
pub(super) fn zlib(text: &[u8]) -> Vec<u8> {
    packed(text, DeflateConfig::default())
}

/// A text in a manner of the fuzzer's: `header` says whether it is a stream with header and checksum.
pub(super) fn in_any_manner(text: &[u8], input: &mut Input<'_>, header: bool) -> Vec<u8> {
    let (level, strategy) = (i32::from(input.byte() % 10), input.byte());
    let strategy = match strategy % 5 {
        0 => Strategy::Default,
        1 => Strategy::Filtered,
        2 => Strategy::HuffmanOnly,
        3 => Strategy::Rle,
        _ => Strategy::Fixed,
    };
    let (window, memory) = (9 + i32::from(input.byte() % 7), 1 + i32::from(input.byte() % 9));
    let window_bits = if header { window } else { -window };
    packed(text, DeflateConfig { level, strategy, window_bits, mem_level: memory, ..DeflateConfig::default() })
}

fn packed(text: &[u8], config: DeflateConfig) -> Vec<u8> {
    // Little memory makes many blocks, each with a few bytes of its own.
    let mut room = vec![0; compress_bound(text.len()) + text.len() + 1024];
    let (stream, status) = compress_slice(&mut room, text, config);
    assert_eq!(status, zlib_rs::ReturnCode::Ok, "there is room");
    stream.to_vec()
}

/// A stream, and the text that was compressed.
pub(super) fn compressed(input: &mut Input<'_>) -> (Vec<u8>, Vec<u8>) {
    let is_flushed = input.0.first().is_some_and(|&byte| byte >= 240);
    if is_flushed {
        let parts = usize::from(input.byte() - 238);
        let text = text(input.0);
        let mut encoder = ZlibEncoder::new(Vec::new(), flate2::Compression::default());
        for part in text.chunks(text.len() / parts + 1) {
            // Where it is flushed, there is an empty block.
            encoder.write_all(part).and_then(|()| encoder.flush()).expect("it goes to memory");
        }
        return (encoder.finish().expect("it goes to memory"), text);
    }
    let mut how = Input(input.take(4));
    let text = text(input.0);
    (in_any_manner(&text, &mut how, true), text)
}

/// How many literals and lengths, and distances, have a code at most.
const LITERALS: usize = 286;
const DISTANCES: usize = 30;

/// Blocks put together symbol by symbol, and what they stand for, if that is known.
pub(super) fn coded(input: &mut Input<'_>) -> (Vec<u8>, Option<Vec<u8>>) {
    let (mut bits, mut text) = (Bits::default(), Vec::new());
    let filler = 129 * usize::from(input.byte());
    if filler > 0 {
        // Repetitions may reach back into what is stored.
        text.extend((0..filler).map(|at| (at * at >> 3) as u8));
        bits.put(0, 8);
        bits.put(filler, 16);
        bits.put(filler ^ 0xffff, 16);
        text.iter().for_each(|&byte| bits.put(usize::from(byte), 8));
    }
    let how = input.byte();
    let literals = lengths(input, LITERALS, &[1, 3, 5, 7, 9, 15, 17, 19]);
    let distances = lengths(input, DISTANCES, &[1, 7, 11, 13, 17, 19, 23, 29]);
    let is_last = how & 1 == 0;
    bits.put(usize::from(is_last), 1);
    bits.put(2, 2);
    bits.put(LITERALS - 257, 5);
    bits.put(DISTANCES - 1, 5);
    // The lengths are numbers of four bits, none of them repeated.
    bits.put(15, 4);
    for symbol in [16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15] {
        bits.put(if symbol < 16 { 4 } else { 0 }, 3);
    }
    literals.iter().chain(&distances).for_each(|&length| bits.code(usize::from(length), 4));
    let (literals, distances) = (codes(&literals), codes(&distances));
    if how & 2 != 0 {
        // Any bits are some symbols.
        input.0.iter().for_each(|&byte| bits.put(usize::from(byte), 8));
        return (bits.bytes(), None);
    }
    while !input.0.is_empty() && text.len() < LONGEST {
        symbol(input, &literals, &distances, &mut bits, &mut text);
    }
    let end = literals.iter().find(|(symbol, ..)| *symbol == 256);
    if let Some(&(_, code, length)) = end {
        bits.code(code, length);
    }
    (bits.bytes(), (end.is_some() && is_last).then_some(text))
}

/// Writes one symbol that two bytes choose, a repetition with all that belongs to it.
fn symbol(input: &mut Input<'_>, literals: &[Code], distances: &[Code], bits: &mut Bits, text: &mut Vec<u8>) {
    let which = usize::from(u16::from_be_bytes([input.byte(), input.byte()]));
    let (symbol, code, length) = literals[which % literals.len()];
    if symbol < 256 {
        bits.code(code, length);
        text.push(symbol as u8);
        return;
    }
    let far = distances[usize::from(input.byte()) % distances.len()];
    // The values are in groups of four, or two, that have a bit more of their own each.
    let more = |symbol: usize, group: u32| (symbol >> group).saturating_sub(1);
    let least = |symbol: usize, group: u32| match more(symbol, group) {
        0 => symbol,
        more => ((1 << group) + symbol % (1 << group)) << more,
    };
    let number = symbol.wrapping_sub(257);
    let extra = |input: &mut Input<'_>, bits: usize| {
        usize::from(u16::from_be_bytes([input.byte(), input.byte()])) & ((1 << bits) - 1)
    };
    let (of_length, of_distance) = (if number < 28 { more(number, 2) } else { 0 }, more(far.0, 1));
    let (added, further) = (extra(input, of_length), extra(input, of_distance));
    let count = if number < 28 { 3 + least(number, 2) + added } else { 258 };
    let back = 1 + least(far.0, 1) + further;
    if symbol == 256 || back > text.len() {
        return;
    }
    bits.code(code, length);
    bits.put(added, of_length);
    bits.code(far.1, far.2);
    bits.put(further, of_distance);
    let start = text.len() - back;
    (0..count).for_each(|done| text.push(text[start + done]));
}

/// A symbol, its code, and how many bits that has.
type Code = (usize, usize, usize);

/// The codes that these lengths give (RFC 1951, section 3.2.2).
fn codes(lengths: &[u8]) -> Vec<Code> {
    let (mut codes, mut next) = (Vec::new(), 0);
    for length in 1..=15 {
        for symbol in (0..lengths.len()).filter(|&symbol| lengths[symbol] == length) {
            codes.push((symbol, next, usize::from(length)));
            next += 1;
        }
        next <<= 1;
    }
    codes
}

/// Lengths of codes that leave no room: the leaves of a tree that the fuzzer splits, given to symbols that lie a stride apart.
fn lengths(input: &mut Input<'_>, symbols: usize, strides: &[usize]) -> Vec<u8> {
    let (stride, first) = (input.byte(), usize::from(input.byte()));
    let stride = strides[usize::from(stride) % strides.len()];
    let mut leaves = vec![1u8, 1];
    for &place in input.piece() {
        let place = usize::from(place) % leaves.len();
        if leaves[place] < 15 && leaves.len() < symbols {
            leaves[place] += 1;
            leaves.push(leaves[place]);
        }
    }
    let mut lengths = vec![0; symbols];
    // The end of a block is first among literals and lengths.
    leaves.iter().enumerate().for_each(|(number, &leaf)| lengths[(256 + first + number * stride) % symbols] = leaf);
    lengths
}

/// Writes bits, the lowest of a byte first.
#[derive(Default)]
struct Bits(Vec<bool>);

impl Bits {
    /// A number, its lowest bit first.
    fn put(&mut self, number: usize, count: usize) {
        self.0.extend((0..count).map(|bit| number >> bit & 1 == 1));
    }

    /// A code, its first bit first.
    fn code(&mut self, code: usize, count: usize) {
        self.0.extend((0..count).rev().map(|bit| code >> bit & 1 == 1));
    }

    fn bytes(&self) -> Vec<u8> {
        let byte = |bits: &[bool]| bits.iter().rev().fold(0, |byte, &bit| byte << 1 | u8::from(bit));
        self.0.chunks(8).map(byte).collect()
    }
}

/// Programs of texts, one of each sort.
pub(super) fn programs() -> Vec<Vec<u8>> {
    let words = b"key = value\nname: something else\n";
    let words = [&[0, words.len() as u8][..], words].concat();
    let run = [1, 200];
    let near = [2, 0, 2, 90];
    let far = [2, 0xff, 0xff, 120];
    let noise = [3, 255, 0xff];
    let rare = [4, 255, b'e'];
    let long = [noise, rare, noise, rare, rare, noise].concat().repeat(3);
    vec![
        words.clone(),
        [&words[..], &run, &words, &near].concat(),
        [&words[..], &noise, &near, &rare].concat(),
        [&long[..], &words, &far].concat(),
        rare.repeat(17),
    ]
}

/// Programs of blocks: flat codes and deep ones, with and without what stands before them.
pub(super) fn coded_programs() -> Vec<Vec<u8>> {
    let flat: Vec<u8> = (0..120).collect();
    let deep: Vec<u8> = (0..14).flat_map(|place| [place, place / 2]).chain(20..90).collect();
    let code = |stride: u8, splits: &[u8]| [&[stride, 0, splits.len() as u8][..], splits].concat();
    let symbols: Vec<u8> = (0..200u8).map(|number| number.wrapping_mul(37)).collect();
    let program = |filler: u8, how: u8, literals: &[u8], distances: &[u8]| {
        [&[filler, how], &code(filler, literals)[..], &code(how, distances), &symbols].concat()
    };
    vec![
        program(0, 0, &flat, &flat[..20]),
        program(9, 0, &deep, &flat[..29]),
        program(254, 0, &deep, &deep),
        program(254, 1, &flat, &deep),
        program(254, 2, &flat, &flat),
        program(3, 3, &deep, &[]),
    ]
}
