//! Tells a random tail from the rest of an identifier, such as `section_proof_results` in `apps_rg_live_section_proof_results`.

/// Digits that may end a word of an identifier, as in `results_v2` or `tenant_1024`.
const DIGITS_AT_END: usize = 4;

/// Whether a token's tail reads as the rest of an identifier: words joined by `_` or `-`, each of letters of one case or
/// capitalized, with a few digits at its end.
///
/// A random URL-safe tail of 32 is taken for one with a chance below 4e-10; random hex and base62 never are, for want of
/// `_` and `-`. See `placeholder_chance.rs`.
pub(super) fn is_identifier(tail: &[u8]) -> bool {
    let is_joint = |byte: &u8| b"_-".contains(byte);
    if !tail.iter().any(is_joint) || !tail.iter().any(u8::is_ascii_alphabetic) {
        return false;
    }
    let one_case = !tail.iter().any(u8::is_ascii_uppercase) || !tail.iter().any(u8::is_ascii_lowercase);
    let mut words = tail.split(is_joint).filter(|word| !word.is_empty());
    if one_case { words.all(is_plain_word) } else { words.all(is_capitalized_word) }
}

/// Letters, then at most a few digits; or a few digits alone.
fn is_plain_word(word: &[u8]) -> bool {
    let letters = word.iter().take_while(|byte| byte.is_ascii_alphabetic()).count();
    let digits = &word[letters..];
    digits.len() <= DIGITS_AT_END && digits.iter().all(u8::is_ascii_digit)
}

/// The same, where only the first letter may be a capital.
fn is_capitalized_word(word: &[u8]) -> bool {
    is_plain_word(word) && !word[1..].iter().any(u8::is_ascii_uppercase)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn identifiers_and_what_is_none() {
        let cases = [
            ("section_proof_results", true),
            ("SECTION_PROOF_RESULTS", true),
            ("section-proof-results-per-tenant", true),
            ("price_list_v2_by_store_1024", true),
            ("Price_List_By_Store", true),
            ("_price_list_", true),
            // No joint: it could be a key of letters alone.
            ("sectionproofresultspertenantandday", false),
            // Mixed case, digits in the middle, long numbers.
            ("kPvZqLx_RtYmWcNbHsJdFgAuE", false),
            ("9f1c-7e2a-b3d5-c7e9", false),
            ("550e8400-e29b-41d4-a716-446655440000", false),
            ("price_20261123", false),
            ("________________", false),
        ];
        for (tail, expected) in cases {
            assert_eq!(is_identifier(tail.as_bytes()), expected, "{tail}");
        }
    }
}
