//! Shannon entropy, as gitleaks' rules use it.

/// The Shannon entropy of `text` in bits a byte; 0 for an empty text.
pub fn shannon_entropy(text: &[u8]) -> f64 {
    let mut counts = [0usize; 256];
    for &byte in text {
        counts[usize::from(byte)] += 1;
    }
    let length = text.len() as f64;
    counts.iter().filter(|&&count| count > 0).fold(0.0, |sum, &count| {
        let share = count as f64 / length;
        sum - share * share.log2()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_values() {
        for (text, bits) in [("", 0.0), ("aaaa", 0.0), ("ab", 1.0), ("abcd", 2.0), ("0123456789abcdef", 4.0)] {
            assert!((shannon_entropy(text.as_bytes()) - bits).abs() < 1e-12, "{text}");
        }
    }
}
