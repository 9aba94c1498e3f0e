//! The words that targets have: they are bytes, and reach libFuzzer as those. Nothing is to be seen of a word that is a wrong one, but that a
//! fuzzer is slower to get anywhere.

use gridleaks_fuzz::{spelled, target};

/// As text, which they were once, what has a byte above 7f was another word: 7-Zip's had two bytes for its `bc`.
#[test]
fn formats_begin_with_a_word_of_their_targets() {
    for name in ["zip", "gzip", "xz", "zstd", "lz4", "sevenz", "snappy"] {
        let (target, line) = (target(name), spelled(&(target(name).seeds)()[0]));
        let begins = |word: &[u8]| word.len() > 1 && line.starts_with(spelled(word).trim_end_matches("\"\n"));
        assert!(target.words.iter().any(|word| begins(word)), "{name}: {line:.60}");
    }
}

#[test]
fn a_byte_is_spelled_by_its_number() {
    assert_eq!(spelled(b"7z\xbc\xaf\"\n"), "\"\\x37\\x7a\\xbc\\xaf\\x22\\x0a\"\n");
}
