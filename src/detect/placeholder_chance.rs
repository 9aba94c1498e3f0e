//! Works out the chance that the judgement throws a real key away, and holds it below one in a million.
//!
//! The sums are upper bounds: each test's own chance, exact or by a union bound, added up. A second test draws keys.

use super::identifier::{DIGITS_ALONE, DIGITS_AT_END, is_identifier};
use super::placeholder::{
    LONGEST_REPEAT, LONGEST_RUN, few_characters, follows, is_placeholder, is_repetition, many_steps, most_steps, mostly,
};
use super::words::{ANYWHERE, AT_THE_START};

const LENGTH: usize = 32;

const ALPHABETS: [(&str, &[u8]); 3] = [
    ("hex", b"0123456789abcdef"),
    ("base62", b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"),
    ("URL-safe", b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"),
];

fn choose(n: usize, k: usize) -> f64 {
    (0..k).fold(1.0, |product, i| product * (n - i) as f64 / (i + 1) as f64)
}

fn few_distinct(alphabet: &[u8]) -> f64 {
    let (size, few) = (alphabet.len(), few_characters(LENGTH));
    choose(size, few) * (few as f64 / size as f64).powi(LENGTH as i32)
}

fn long_repeat(alphabet: &[u8]) -> f64 {
    (LENGTH - LONGEST_REPEAT + 1) as f64 * (alphabet.len() as f64).powi(1 - LONGEST_REPEAT as i32)
}

/// Characters a fixed distance apart are equal independently of one another, so their number is binomial.
fn repetition(alphabet: &[u8]) -> f64 {
    let same = 1.0 / alphabet.len() as f64;
    let of_period = |period: usize| -> f64 {
        let pairs = LENGTH - period;
        let chance = |k: usize| choose(pairs, k) * same.powi(k as i32) * (1.0 - same).powi((pairs - k) as i32);
        (0..=pairs).filter(|&k| is_repetition(k, pairs)).map(chance).sum()
    };
    (1..=LENGTH / 2).map(of_period).sum()
}

/// The exact distribution of the number of counting steps in a random text of `length`.
fn step_distribution(alphabet: &[u8], length: usize) -> Vec<f64> {
    let size = alphabet.len();
    let mut chance = vec![vec![0.0; length]; size];
    chance.iter_mut().for_each(|row| row[0] = 1.0 / size as f64);
    for _ in 1..length {
        let mut next = vec![vec![0.0; length]; size];
        for (a, row) in chance.iter().enumerate() {
            for (b, target) in next.iter_mut().enumerate() {
                let step = usize::from(follows(alphabet[a], alphabet[b]));
                for count in 0..length - step {
                    target[count + step] += row[count] / size as f64;
                }
            }
        }
        chance = next;
    }
    (0..length).map(|count| chance.iter().map(|row| row[count]).sum()).collect()
}

fn counting(alphabet: &[u8]) -> f64 {
    let near = step_distribution(alphabet, LENGTH);
    let many: f64 = near[many_steps(LENGTH).min(near.len())..].iter().sum();
    // At distance two, the even and the odd places are two independent texts of half the length.
    let half = step_distribution(alphabet, LENGTH / 2);
    let mut both = vec![0.0; LENGTH];
    for (i, a) in half.iter().enumerate() {
        for (j, b) in half.iter().enumerate() {
            both[i + j] += a * b;
        }
    }
    let most: f64 = both[most_steps(LENGTH)..].iter().sum();
    let run = step_distribution(alphabet, LONGEST_RUN)[LONGEST_RUN - 1];
    // Each of these also downwards.
    2.0 * (many + most + (LENGTH - LONGEST_RUN + 1) as f64 * run)
}

fn wordy(alphabet: &[u8]) -> f64 {
    let size = alphabet.len() as f64;
    let drawn = |word: &str, any_case: bool| -> f64 {
        let symbols = |byte: u8| {
            alphabet.iter().filter(|&&symbol| symbol == byte || any_case && symbol.eq_ignore_ascii_case(&byte)).count()
        };
        word.bytes().map(|byte| symbols(byte) as f64 / size).product()
    };
    let anywhere: f64 = ANYWHERE.iter().map(|word| (LENGTH + 1 - word.len()) as f64 * drawn(word, true)).sum();
    // Three spellings, then one of two joints.
    let at_start: f64 = AT_THE_START.iter().map(|word| 3.0 * 2.0 * drawn(&format!("{word}_"), false)).sum();
    anywhere + at_start
}

/// The states of a walk along an identifier: before a word, in its first hump, one and two letters into a later one, further
/// into it, then behind each of a word's last digits, and behind each digit of a number.
const NUMBER: usize = 5 + DIGITS_AT_END;
const STATES: usize = NUMBER + DIGITS_ALONE;

/// The chance of a text that reads as an identifier: `first` symbols may begin a word, `small` go on in it, and `capitals` begin
/// another hump. An upper bound: that there has to be a joint or several humps is not asked for.
fn identifier_of(first: f64, small: f64, capitals: f64, alphabet: &[u8]) -> f64 {
    let size = alphabet.len() as f64;
    let joints = alphabet.iter().filter(|byte| b"_-".contains(byte)).count() as f64;
    let mut state = [0.0; STATES];
    state[0] = 1.0;
    for _ in 0..LENGTH {
        let mut next = [0.0; STATES];
        let ends: f64 = state.iter().sum::<f64>() - state[2] - state[3];
        next[0] = ends * joints;
        next[1] = state[0] * first + state[1] * small;
        next[2] = (state[1] + state[4]) * capitals;
        next[3] = state[2] * small;
        next[4] = (state[3] + state[4]) * small;
        next[5] = (state[1] + state[4]) * 10.0;
        next[NUMBER] = state[0] * 10.0;
        for at in (6..NUMBER).chain(NUMBER + 1..STATES) {
            next[at] = state[at - 1] * 10.0;
        }
        state = next.map(|chance| chance / size);
    }
    state.iter().sum::<f64>() - state[2] - state[3]
}

fn identifier(alphabet: &[u8]) -> f64 {
    // Without joints and capitals there is none.
    if !alphabet.contains(&b'A') {
        return 0.0;
    }
    let one_case = if alphabet.contains(&b'_') { 2.0 * identifier_of(26.0, 26.0, 0.0, alphabet) } else { 0.0 };
    one_case + identifier_of(52.0, 26.0, 26.0, alphabet)
}

fn mostly_one(alphabet: &[u8]) -> f64 {
    let one = 1.0 / alphabet.len() as f64;
    let chance = |k: usize| choose(LENGTH, k) * one.powi(k as i32) * (1.0 - one).powi((LENGTH - k) as i32);
    alphabet.len() as f64 * (mostly(LENGTH)..=LENGTH).map(chance).sum::<f64>()
}

#[test]
fn the_chance_of_losing_a_real_key_is_below_one_in_a_million() {
    for (name, alphabet) in ALPHABETS {
        let chances = [
            few_distinct(alphabet),
            mostly_one(alphabet),
            long_repeat(alphabet),
            repetition(alphabet),
            counting(alphabet),
            wordy(alphabet),
            identifier(alphabet),
        ];
        let sum: f64 = chances.iter().sum();
        println!("{name}: {:.1e} of {chances:?}", sum);
        assert!(sum < 1e-6, "{name}: {sum:e} of {chances:?}");
    }
}

#[test]
fn drawn_keys_are_kept() {
    let mut random = crate::random::Random::new(7);
    for (name, alphabet) in ALPHABETS {
        for _ in 0..100_000 {
            let tail: Vec<u8> = (0..LENGTH).map(|_| alphabet[random.below(alphabet.len())]).collect();
            assert!(!is_placeholder(&tail) && !is_identifier(&tail), "{name}: {}", String::from_utf8_lossy(&tail));
        }
    }
}
