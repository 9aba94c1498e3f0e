//! Tells a random tail from a placeholder: a repetition, a run, or words.
//!
//! # The chance of throwing a real key away
//!
//! For a tail of 32 characters drawn at random from 16 (hex), 62 (base62) or 64 (URL-safe base64) symbols, each test
//! below strikes with this chance or less. The figures are worked out in `placeholder_chance.rs`, whose test fails if a
//! threshold, a word or the arithmetic changes so that the sum reaches one in a million.
//!
//! | test | hex | base62 | URL-safe |
//! | --- | --- | --- | --- |
//! | few distinct characters | 2e-10 | 3e-25 | 1e-25 |
//! | mostly one character | 2e-10 | 7e-19 | 4e-19 |
//! | one character nine times in a row | 6e-9 | 2e-13 | 9e-14 |
//! | repeats itself | 6e-12 | 6e-19 | 4e-19 |
//! | counts up or down | 8e-8 | 7e-11 | 5e-11 |
//! | words | 2e-8 | 2e-7 | 2e-7 |
//! | identifier | 0 | 2e-7 | 5e-7 |
//! | **sum** | **2e-7** | **4e-7** | **7e-7** |

use super::words;

/// The same character this often in a row is a mask or a filler.
pub(super) const LONGEST_REPEAT: usize = 9;

/// A run such as `012345678` or `ijklmnopq` of this many characters was counted, not drawn.
pub(super) const LONGEST_RUN: usize = 9;

/// A part of a tail this long, free of words, is taken for a key that a word is only glued to.
pub(super) const GLUED_KEY: usize = 28;

/// Whether a token's tail, what follows its fixed prefix, was written by a person and not drawn at random.
pub(super) fn is_placeholder(tail: &[u8]) -> bool {
    is_pattern(tail) || is_wordy(tail)
}

fn is_pattern(tail: &[u8]) -> bool {
    has_few_characters(tail) || is_mostly_one(tail) || repeats(tail) || counts(tail)
}

/// Whether a secret that a regex found, of which nobody knows where its random part begins, was written by a person. Words are
/// looked for only behind its last separator: what stands before may be the issuer's own.
pub fn looks_made_up(secret: &[u8]) -> bool {
    /// What is shorter tells too little.
    const SHORTEST: usize = 8;
    let last = secret.rsplit(|byte| !byte.is_ascii_alphanumeric()).find(|part| !part.is_empty()).unwrap_or_default();
    secret.len() >= SHORTEST && is_pattern(secret) || last.len() >= SHORTEST && is_placeholder(last)
}

/// How few distinct characters a tail of `length` must have to be a placeholder.
pub(super) fn few_characters(length: usize) -> usize {
    match length {
        0..16 => 1,
        16..20 => 3,
        20..24 => 4,
        24..28 => 5,
        _ => 6,
    }
}

fn has_few_characters(tail: &[u8]) -> bool {
    let seen = tail.iter().fold(0u128, |seen, byte| seen | 1 << (byte & 0x7f));
    seen.count_ones() as usize <= few_characters(tail.len())
}

/// This often the same character in a tail of `length` makes it a filler, as in `xxxx1234xxxx5678xxxx9012`.
pub(super) fn mostly(length: usize) -> usize {
    length.div_ceil(2).max(12)
}

fn is_mostly_one(tail: &[u8]) -> bool {
    let mut counts = [0usize; 256];
    tail.iter().for_each(|&byte| counts[usize::from(byte)] += 1);
    counts.into_iter().any(|count| count >= mostly(tail.len()))
}

/// Whether `tail` is one short pattern again and again, also with a few characters changed, or holds a long run of one
/// character.
fn repeats(tail: &[u8]) -> bool {
    let longest = tail.chunk_by(|a, b| a == b).map(<[u8]>::len).max().unwrap_or(0);
    longest >= LONGEST_REPEAT || (1..=tail.len() / 2).any(|period| repeats_every(tail, period))
}

fn repeats_every(tail: &[u8], period: usize) -> bool {
    let pairs = tail.len() - period;
    let same = tail.iter().zip(&tail[period..]).filter(|(a, b)| a == b).count();
    is_repetition(same, pairs)
}

/// Whether `same` of `pairs` characters at a fixed distance being equal is no chance.
pub(super) fn is_repetition(same: usize, pairs: usize) -> bool {
    same == pairs && pairs >= 8 || same * 4 >= pairs * 3 && same >= 11
}

/// Whether `tail` counts up or down: in one long run, in many short ones (`abcd1234efgh5678…`), or in two that take turns
/// (`a1b2c3d4…`).
fn counts(tail: &[u8]) -> bool {
    let up = |a: u8, b: u8| follows(a, b);
    let down = |a: u8, b: u8| follows(b, a);
    longest_run(tail, up) >= LONGEST_RUN
        || longest_run(tail, down) >= LONGEST_RUN
        || [steps(tail, 1, up), steps(tail, 1, down)].into_iter().any(|count| count >= many_steps(tail.len()))
        || [steps(tail, 2, up), steps(tail, 2, down)].into_iter().any(|count| count >= most_steps(tail.len()))
}

/// Whether `b` is what one writes after `a` when counting, in any case: the next digit or letter, or the first of the
/// next kind.
pub(super) fn follows(a: u8, b: u8) -> bool {
    let (a, b) = (a.to_ascii_lowercase(), b.to_ascii_lowercase());
    let next = a.is_ascii_alphanumeric() && b.is_ascii_alphanumeric() && b == a + 1;
    next || matches!((a, b), (b'9', b'0' | b'a') | (b'f', b'0') | (b'z', b'a' | b'0'))
}

fn longest_run(tail: &[u8], step: impl Fn(u8, u8) -> bool) -> usize {
    tail.chunk_by(|&a, &b| step(a, b)).map(<[u8]>::len).max().unwrap_or(0)
}

fn steps(tail: &[u8], distance: usize, step: impl Fn(u8, u8) -> bool) -> usize {
    tail.iter().zip(tail.iter().skip(distance)).filter(|&(&a, &b)| step(a, b)).count()
}

/// This many steps from one character to the next make a tail of `length` a counted one.
pub(super) fn many_steps(length: usize) -> usize {
    (length.saturating_sub(1) * 2).div_ceil(5).max(9)
}

/// This many steps over two characters make a tail of `length` two that count in turns.
pub(super) fn most_steps(length: usize) -> usize {
    (length.saturating_sub(2) * 3).div_ceil(4).max(9)
}

/// Whether `tail` holds words of a placeholder, unless they are only glued to what may be a key.
fn is_wordy(tail: &[u8]) -> bool {
    (words::stands_in(tail) || words::begins(tail))
        && !tail.split(|byte| b"_-".contains(byte)).any(|part| {
            part.len() >= GLUED_KEY
                && !words::stands_in(part)
                && !(has_few_characters(part) || repeats(part) || counts(part))
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_whole_secret_is_judged_without_knowing_its_prefix() {
        for (secret, expected) in [
            ("acme_xxxxxxxxxxxxxxxxxxxx", true),
            ("acme:0123456789abcdef", true),
            ("acme-token-EXAMPLEEXAMPLE", true),
            ("xxxxxxxx", true),
            ("acme_api_key_9f1c7e2ab3d5c7e9f1a2", false),
            ("9f1c7e2ab3d5c7e9f1a2", false),
            ("hunter2", false),
            ("____", false),
            ("", false),
        ] {
            assert_eq!(looks_made_up(secret.as_bytes()), expected, "{secret}");
        }
    }

    #[test]
    fn placeholders_of_every_kind_are_known() {
        let tails = [
            // One character, or few.
            "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx",
            "00000000000000000000000000000000",
            "________________________________",
            "XXXXXXXXXXXXXXXXXXXX",
            "aabbaabbabababbbaaabbbabababbaba",
            "----------------",
            // A pattern repeated, also with a changed end.
            "abc123abc123abc123abc123abc123ab",
            "deadbeefdeadbeefdeadbeefdeadbeef",
            "1234567812345678",
            "Ab9_Ab9_Ab9_Ab9_Ab9_Ab9_Ab9_Ab9_",
            "q7w2q7w2q7w2q7w2q7w2q7w2q7w2zzz9",
            "xxxx1234xxxx5678xxxx9012xxxx3456",
            // A mask.
            "9f1cxxxxxxxxxxxxxxxxxxxxxxxx7e2a",
            "9f1c7e2a000000000000b3d5c7e9f1a2",
            // Runs.
            "0123456789abcdef0123456789abcdef",
            "0123456789ABCDEF0123456789ABCDEF",
            "abcdefghijklmnopqrstuvwxyzabcdef",
            "ABCDEFGHIJKLMNOPQRSTUVWXYZ012345",
            "fedcba9876543210fedcba9876543210",
            "12345678901234567890123456789012",
            "abcd1234efgh5678ijkl9012mnop3456",
            "a1b2c3d4e5f6g7h8i9j0k1l2m3n4o5p6",
            "AbCdEfGhIjKlMnOpQrStUvWxYz012345",
            "0123456789abcdefghijklmnopqrstuv",
            "zyxwvutsrqponmlkjihgfedcba987654",
            "9z8k123456789q7wpm2xv5bn4rt1c6d3",
            // Words.
            "YOUR_API_KEY_GOES_HERE_123456789",
            "your_api_key_here",
            "EXAMPLE_KEY_1a2b3c",
            "this_is_an_example_0a1B2c3D4e5F6",
            "REPLACE_ME_WITH_YOUR_KEY_0000001",
            "test_key_do_not_use",
            "test_key_do_not_use_000000000000",
            "fake_9f1c7e2ab3d5c7e9f1a2",
            "YourApiKeyGoesHere12345678901234",
            "placeholder1234567890placeholder",
            "TEST-0a9b8c7d6e5f4a3b",
            "qwertyuiopasdfghjklzxcvbnm123456",
            "CHANGE_THIS_TO_A_REAL_ONE_123456",
            "thequickbrownfoxjumpsoverthelazy",
            "invalid_key_for_tests_123456",
            "topsecrettopsecret1234",
        ];
        for tail in tails {
            assert!(is_placeholder(tail.as_bytes()), "{tail}");
        }
    }

    #[test]
    fn random_tails_are_kept() {
        let tails = [
            // Hex, base62 and URL-safe, put together here so that no whole key stands in the source.
            "9f1c7e2ab3d5c7e9f1a2047b6d8e35c0",
            "kP3vZ9qLx2RtY7mWc5NbH8sJd4FgA6uE",
            "x-7Gk_2mQz9-Lp4_Rt8vNc3_Wy6bHs1J",
            "9f1c7e2ab3d5c7e9",
            "00a1f4b79c3e5d7200c4b8e1f6a3d95b",
            // Not in the documented alphabets, but as random as any.
            "83920174659201837465019283746502",
            "qkzvmxwpbtjrnyhdgslfcaeuoiqkzwvx",
            // A key that a word is only glued to.
            "9f1c7e2ab3d5c7e9f1a2047b6d8e35c0_example",
            "9f1c7e2ab3d5c7e9f1a2047b6d8e35c0-your-key",
        ];
        for tail in tails {
            assert!(!is_placeholder(tail.as_bytes()), "{tail}");
        }
    }

    #[test]
    fn thresholds_are_where_the_chances_have_them() {
        for (length, few, many) in [(15, 1, 9), (16, 3, 9), (19, 3, 9), (20, 4, 9), (23, 4, 9)].into_iter().chain([
            (24, 5, 10),
            (27, 5, 11),
            (28, 6, 11),
            (32, 6, 13),
            (64, 6, 26),
        ]) {
            assert_eq!((few_characters(length), many_steps(length)), (few, many), "{length}");
        }
        for (same, pairs, expected) in [
            (7, 7, false),
            (8, 8, true),
            (8, 9, false),
            (10, 13, false),
            (11, 14, true),
            (11, 15, false),
            (12, 16, true),
        ] {
            assert_eq!(is_repetition(same, pairs), expected, "{same} of {pairs}");
        }
        for (pair, expected) in [
            ("ab", true),
            ("aB", true),
            ("ba", false),
            ("ac", false),
            ("89", true),
            ("90", true),
            ("9a", true),
            ("f0", true),
            ("Za", true),
            ("z0", true),
            ("a0", false),
            ("_`", false),
        ] {
            assert_eq!(follows(pair.as_bytes()[0], pair.as_bytes()[1]), expected, "{pair}");
        }
    }

    #[test]
    fn each_pattern_is_known_by_itself() {
        let few = "aqwzpkqawpzkkwqapzwkaqzpwqkp";
        let again = "q7wz9kxm3vbh2pq7wz9kxm3vbh2p";
        let random = "q7wz9kxm3vbh2pt5ncj8sgy4fdr6";
        let found = |tail: &[u8]| (has_few_characters(tail), repeats(tail), counts(tail));
        assert_eq!(found(few.as_bytes()), (true, false, false));
        assert_eq!(found(again.as_bytes()), (false, true, false));
        assert_eq!(found(random.as_bytes()), (false, false, false));
        assert!(
            has_few_characters("é".repeat(16).as_bytes()) && !has_few_characters(few.replace("kp", "7x").as_bytes())
        );
        // Words count, unless what they are glued to may be a key.
        for (tail, expected) in [(few, true), (again, true), (random, false)] {
            assert_eq!(is_wordy(format!("example_{tail}").as_bytes()), expected, "{tail}");
            assert!(!is_wordy(tail.as_bytes()), "{tail}");
        }
    }
}
