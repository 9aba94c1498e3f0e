//! Tells a random tail from the rest of an identifier, such as `section_proof_results` in `apps_rg_live_section_proof_results`.

/// Digits that may end a word of an identifier, as in `results_v2` or `tenant_1024`.
pub(super) const DIGITS_AT_END: usize = 4;

/// Digits that may be a word of an identifier, as in `backup_20261123120000`.
pub(super) const DIGITS_ALONE: usize = 14;

/// Words that make a tail without `_` and `-` an identifier, as in `sectionProofResults`.
const LEAST_HUMPS: usize = 3;

/// Whether a token's tail reads as the rest of an identifier: words joined by `_` or `-`, or by capitals, of letters with a
/// few digits at their ends, or of digits.
///
/// A random tail of 32 is taken for one with the chance that `placeholder_chance.rs` works out.
pub(super) fn is_identifier(tail: &[u8]) -> bool {
    let is_joint = |byte: &u8| b"_-".contains(byte);
    if !tail.iter().any(is_joint) {
        return humps(tail).is_some_and(|humps| humps >= LEAST_HUMPS);
    }
    if !tail.iter().any(u8::is_ascii_alphabetic) {
        return false;
    }
    let one_case = !tail.iter().any(u8::is_ascii_uppercase) || !tail.iter().any(u8::is_ascii_lowercase);
    let mut words = tail.split(is_joint).filter(|word| !word.is_empty());
    if one_case { words.all(is_plain_word) } else { words.all(|word| is_number(word) || humps(word).is_some()) }
}

fn is_number(word: &[u8]) -> bool {
    word.len() <= DIGITS_ALONE && word.iter().all(u8::is_ascii_digit)
}

/// Letters, then at most a few digits; or digits alone.
fn is_plain_word(word: &[u8]) -> bool {
    let digits = word.iter().rev().take_while(|byte| byte.is_ascii_digit()).count();
    is_number(word) || digits <= DIGITS_AT_END && word[..word.len() - digits].iter().all(u8::is_ascii_alphabetic)
}

/// How many words are joined by capitals in `word`, each but the first a capital and two or more small letters, with a few
/// digits at the end; none if it is no such word.
fn humps(word: &[u8]) -> Option<usize> {
    let digits = word.iter().rev().take_while(|byte| byte.is_ascii_digit()).count();
    let letters = &word[..word.len() - digits];
    if digits > DIGITS_AT_END || !letters.iter().all(u8::is_ascii_alphabetic) {
        return None;
    }
    let small = |text: &[u8]| text.iter().take_while(|byte| byte.is_ascii_lowercase()).count();
    let mut rest = letters.get(1..)?;
    rest = &rest[small(rest)..];
    let mut count = 1;
    while let Some((_, after)) = rest.split_first() {
        let length = small(after);
        if length < 2 {
            return None;
        }
        rest = &after[length..];
        count += 1;
    }
    Some(count)
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
            ("price_20261123", true),
            ("v1_2_3_migration_20240101120000", true),
            ("updateProductPrices", true),
            ("sectionProofResultsPerTenant42", true),
            ("getPrices_fromStore", true),
            ("sectionProofResults2024", true),
            ("sectionProofResults20245", false),
            ("section9proofResultsByDay", false),
            ("updateProductPricEs", false),
            ("Updateproduct", false),
            ("price_202611231234567", false),
            ("________________", false),
        ];
        for (tail, expected) in cases {
            assert_eq!(is_identifier(tail.as_bytes()), expected, "{tail}");
        }
    }
}
