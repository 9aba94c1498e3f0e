//! Makes inputs for the detector and its oracle: random bytes, keys in all sorts of forms and places, and both mutated. The same seed
//! gives the same input.

#![allow(dead_code, unreachable_pub, reason = "each program uses its own part of it")]

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD, URL_SAFE, URL_SAFE_NO_PAD};

/// A stream of numbers that are random to look at (SplitMix64).
pub struct Dice(u64);

impl Dice {
    pub fn new(seed: u64) -> Self {
        Dice(seed)
    }

    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut value = self.0;
        value = (value ^ (value >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        value = (value ^ (value >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        value ^ (value >> 31)
    }

    pub fn below(&mut self, limit: usize) -> usize {
        (self.next() % limit.max(1) as u64) as usize
    }

    pub fn one_in(&mut self, number: usize) -> bool {
        self.below(number) == 0
    }

    fn pick<T: Copy>(&mut self, from: &[T]) -> T {
        from[self.below(from.len())]
    }

    fn bytes(&mut self, from: &[u8], count: usize) -> Vec<u8> {
        (0..count).map(|_| self.pick(from)).collect()
    }
}

const HEX: &[u8] = b"0123456789abcdef";
const BASE64: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
const URL_SAFE_DIGITS: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
const TEXT: &[u8] = b" \n\t=:;,.\"'`()[]{}<>%\\&#+-_/|abcxyzRGLIVE0123456789";

/// What stands in files beside keys.
const BESIDE: [&str; 24] = [
    "token=", "\"", "'", "\n", "\r\n", " ", "Bearer ", "\\n", "\\u003d", "%3D", "=3D", "%", "\\", "&#95;", "_", "-",
    "=", "==", "0x", ", ", "\x1b[32m", "live", "rg_live_", "\u{e9}",
];

/// One input.
pub fn input(seed: u64) -> Vec<u8> {
    let mut dice = Dice::new(seed);
    let mut bytes = Vec::new();
    for _ in 0..1 + dice.below(4) {
        bytes.extend(piece(&mut dice));
    }
    if dice.one_in(20) {
        // Long enough that the places where something is found lie far apart.
        let digits = dice.pick(&[HEX, BASE64, TEXT, b"0", b"=5F%20"]);
        let (at, count) = (dice.below(bytes.len() + 1), 300 + dice.below(900));
        let filler = dice.bytes(digits, count);
        bytes.splice(at..at, filler);
    }
    if dice.one_in(3) {
        mutate(&mut bytes, &mut dice);
    }
    bytes
}

/// A stretch of noise, of text, or with a key.
fn piece(dice: &mut Dice) -> Vec<u8> {
    match dice.below(10) {
        0 => (0..dice.below(40)).map(|_| dice.next() as u8).collect(),
        1 => {
            let digits = dice.pick(&[HEX, BASE64, URL_SAFE_DIGITS, TEXT]);
            let count = dice.below(90);
            dice.bytes(digits, count)
        }
        2 => beside(dice),
        _ => {
            let before = beside(dice);
            let plain = [beside(dice), key(dice).into_bytes(), beside(dice)].concat();
            let mut wrapped = plain;
            for _ in 0..dice.pick(&[0, 1, 1, 1, 1, 2, 2]) {
                wrapped = wrap(&wrapped, dice);
            }
            [before, wrapped, beside(dice)].concat()
        }
    }
}

fn beside(dice: &mut Dice) -> Vec<u8> {
    match dice.below(4) {
        0 => Vec::new(),
        1 => {
            let count = dice.below(12);
            dice.bytes(TEXT, count)
        }
        2 => (0..dice.below(6)).map(|_| dice.next() as u8).collect(),
        _ => dice.pick(&BESIDE).as_bytes().to_vec(),
    }
}

/// A made-up key, mostly of the documented length.
pub fn key(dice: &mut Dice) -> String {
    let digits = dice.pick(&[HEX, &BASE64[..62], URL_SAFE_DIGITS]);
    let length = if dice.one_in(6) { 10 + dice.below(130) } else { 32 };
    format!("{}_live_{}", "rg", String::from_utf8_lossy(&dice.bytes(digits, length)))
}

/// Wraps bytes in one of the forms that the oracle knows.
fn wrap(plain: &[u8], dice: &mut Dice) -> Vec<u8> {
    let each = |spell: &dyn Fn(u8) -> String| plain.iter().map(|&byte| spell(byte)).collect::<String>().into_bytes();
    let units = |bytes: fn(u16) -> [u8; 2]| plain.iter().flat_map(|&byte| bytes(u16::from(byte))).collect();
    match dice.below(10) {
        0 => STANDARD.encode(plain).into_bytes(),
        1 => STANDARD_NO_PAD.encode(plain).into_bytes(),
        2 => URL_SAFE.encode(plain).into_bytes(),
        3 => URL_SAFE_NO_PAD.encode(plain).into_bytes(),
        4 => each(&|byte| format!("{byte:02x}")),
        5 => each(&|byte| format!("{byte:02X}")),
        6 => each(&|byte| format!("%{byte:02X}")),
        7 => each(&|byte| {
            if byte.is_ascii_alphanumeric() { char::from(byte).to_string() } else { format!("%{byte:02x}") }
        }),
        8 => units(u16::to_le_bytes),
        _ => units(u16::to_be_bytes),
    }
}

/// Changes a few bytes: set, taken out, put in, doubled.
fn mutate(bytes: &mut Vec<u8>, dice: &mut Dice) {
    for _ in 0..1 + dice.below(4) {
        let at = dice.below(bytes.len() + 1);
        match dice.below(4) {
            0 if at < bytes.len() => bytes[at] = if dice.one_in(2) { dice.next() as u8 } else { dice.pick(TEXT) },
            1 if at < bytes.len() => drop(bytes.remove(at)),
            2 => {
                let end = bytes.len().min(at + dice.below(60));
                let part = bytes[at..end].to_vec();
                bytes.splice(at..at, part);
            }
            _ => bytes.insert(at, dice.pick(TEXT)),
        }
    }
}
