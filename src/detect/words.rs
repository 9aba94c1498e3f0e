//! Words that people write where a key should go.

use std::sync::LazyLock;

use aho_corasick::AhoCorasick;

/// Words that make a tail a placeholder wherever they stand in it, in any case. A word of `n` letters stands by chance
/// in a random tail of 32 with a chance below `(33 - n) * (2/62)^n`; `placeholder` adds these up, so none is shorter
/// than six and few are as short as that.
pub(super) const ANYWHERE: &[&str] = &[
    "example",
    "replace",
    "placeholder",
    "changeme",
    "change_me",
    "change-me",
    "your_key",
    "your-key",
    "yourkey",
    "your_api",
    "your-api",
    "yourapi",
    "your_token",
    "your-token",
    "yourtoken",
    "your_secret",
    "your-secret",
    "yoursecret",
    "test_key",
    "test-key",
    "testkey",
    "test_api",
    "test-api",
    "fake_key",
    "fake-key",
    "fakekey",
    "fake_api",
    "fake-api",
    "mock_key",
    "mock-key",
    "mockkey",
    "dummy_",
    "dummy-",
    "dummykey",
    "sample_",
    "sample-",
    "samplekey",
    "not_real",
    "not-real",
    "notreal",
    "not_a_real",
    "not-a-real",
    "notareal",
    "do_not_use",
    "do-not-use",
    "donotuse",
    "redacted",
    "insert_",
    "insert-",
    "api_key",
    "api-key",
    "apikey",
    "goes_here",
    "goes-here",
    "goeshere",
    "key_here",
    "key-here",
    "keyhere",
    "secret_key",
    "secret-key",
    "secretkey",
    "my_secret",
    "my-secret",
    "mysecret",
    "password",
    "unit_test",
    "unit-test",
    "unittest",
    "fixture",
    "foobar",
    "foo_bar",
    "foo-bar",
    "xxxxxx",
    "deadbeef",
    "cafebabe",
    "feedface",
    "qwertyui",
    "asdfghjk",
    "zxcvbnm",
    "1qaz2wsx",
    "change_this",
    "change-this",
    "changethis",
    "invalid_key",
    "invalid-key",
    "invalidkey",
    "env_var",
    "env-var",
    "stub_key",
    "stub-key",
    "topsecret",
    "top_secret",
    "top-secret",
    "mocked",
    "quickbrown",
    "lorem_ipsum",
    "loremipsum",
    "not_set",
    "not-set",
    "undefined",
    "dummykey",
    "fake_secret",
    "fakesecret",
];

/// Words that make a tail a placeholder as its first part, before a `_` or `-`, in lower case, upper case or capitalized.
pub(super) const AT_THE_START: &[&str] = &["your", "test", "fake", "mock", "demo", "dummy", "sample", "todo", "some"];

static MATCHER: LazyLock<Option<AhoCorasick>> =
    LazyLock::new(|| AhoCorasick::builder().ascii_case_insensitive(true).build(ANYWHERE).ok());

/// Whether one of the words stands anywhere in `text`.
pub(super) fn stands_in(text: &[u8]) -> bool {
    MATCHER.as_ref().is_some_and(|matcher| matcher.is_match(text))
}

/// Whether `text` begins with a word of [`AT_THE_START`] and a `_` or `-`.
pub(super) fn begins(text: &[u8]) -> bool {
    let Some(end) = text.iter().position(|byte| b"_-".contains(byte)) else { return false };
    let first = &text[..end];
    AT_THE_START.iter().any(|word| {
        let capitalized =
            |first: &[u8]| first[0] == word.as_bytes()[0].to_ascii_uppercase() && first[1..] == word.as_bytes()[1..];
        first == word.as_bytes()
            || first.len() == word.len() && (first == word.to_ascii_uppercase().as_bytes() || capitalized(first))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_at_the_start_is_one_in_three_cases_and_alone() {
        for (text, expected) in [
            ("your_key", true),
            ("YOUR-KEY", true),
            ("Your_key", true),
            ("yOUR_key", false),
            ("YouR_key", false),
            ("Xour_key", false),
            ("xour_key", false),
            ("yours_key", false),
            ("yourkey", false),
            ("k_your", false),
            ("_your", false),
        ] {
            assert_eq!(begins(text.as_bytes()), expected, "{text}");
        }
    }
}
