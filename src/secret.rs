//! A secret as a type of its own: nothing that prints it shows more than its first characters.

use std::fmt;
use std::hash::{Hash, Hasher};

use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

/// How many characters of a key's random part a redacted form shows: enough to tell two keys apart in a report.
pub const SHOWN_OF_TAIL: usize = 4;

/// A secret found in what was scanned. `Debug` and `Display` are redacted; only [`Secret::reveal`] gives the plain bytes. Two
/// are the same if these are, however much of them may be shown. The bytes are wiped from memory when it goes; what was read, and what a
/// request took along, is not.
#[derive(Clone)]
pub struct Secret {
    bytes: Zeroizing<Box<[u8]>>,
    shown: usize,
}

impl Secret {
    /// Keeps `bytes`; a redacted form shows the first `shown` of them. A form that would show more than half of a
    /// secret shows a quarter of it.
    pub fn new(bytes: &[u8], shown: usize) -> Self {
        let shown = if shown * 2 > bytes.len() { bytes.len() / 4 } else { shown };
        Secret { bytes: Zeroizing::new(bytes.into()), shown }
    }

    /// The plain secret. Whatever calls this is responsible for where the bytes go.
    pub fn reveal(&self) -> &[u8] {
        &self.bytes
    }

    /// How many bytes a redacted form may show: a prefix and [`SHOWN_OF_TAIL`], and never all.
    pub fn shown(&self) -> usize {
        self.shown
    }

    /// The first characters and an ellipsis, as `rg_live_9f1c…`.
    pub fn redacted(&self) -> String {
        let mut text = String::from_utf8_lossy(&self.bytes[..self.shown]).into_owned();
        text.push('…');
        text
    }

    /// The SHA-256 of the plain secret, by which reports and baselines know it again.
    pub fn fingerprint(&self) -> Fingerprint {
        Fingerprint(Sha256::digest(self.reveal()).into())
    }
}

impl PartialEq for Secret {
    fn eq(&self, other: &Self) -> bool {
        self.bytes == other.bytes
    }
}

impl Eq for Secret {}

impl Hash for Secret {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.bytes.hash(state);
    }
}

impl fmt::Display for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.redacted())
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Secret({})", self.redacted())
    }
}

/// The SHA-256 of a plain secret; prints as `sha256:` and 64 hex digits.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Fingerprint([u8; 32]);

impl Fingerprint {
    /// Reads what [`fmt::Display`] writes; none if it is anything else.
    pub fn parse(text: &str) -> Option<Self> {
        let hex = text.strip_prefix("sha256:").filter(|hex| hex.len() == 64 && hex.is_ascii())?;
        let digit = |byte: u8| char::from(byte).to_digit(16).filter(|_| !byte.is_ascii_uppercase());
        let mut bytes = [0; 32];
        for (byte, pair) in bytes.iter_mut().zip(hex.as_bytes().chunks_exact(2)) {
            *byte = (digit(pair[0])? << 4 | digit(pair[1])?) as u8;
        }
        Some(Fingerprint(bytes))
    }
}

impl fmt::Display for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("sha256:")?;
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debug_and_display_show_only_the_beginning() {
        let secret = Secret::new(b"prefix_0a9b8c7d6e5f", 11);
        // Eleven of nineteen bytes would be more than half, so a quarter is shown.
        assert_eq!(secret.to_string(), "pref…");
        assert_eq!(format!("{secret:?}"), "Secret(pref…)");
        assert_eq!(Secret::new(b"prefix_0a9b8c7d6e5f4a3b2c1d", 11).to_string(), "prefix_0a9b…");
    }

    #[test]
    fn the_same_bytes_are_the_same_secret() {
        assert_eq!(Secret::new(b"0a9b8c7d6e5f", 2), Secret::new(b"0a9b8c7d6e5f", 5));
        assert_ne!(Secret::new(b"0a9b8c7d6e5f", 2), Secret::new(b"0a9b8c7d6e5e", 2));
    }

    #[test]
    fn a_fingerprint_is_read_as_it_is_written() {
        let fingerprint = Secret::new(b"0a9b8c7d6e5f", 2).fingerprint();
        let text = fingerprint.to_string();
        assert_eq!(Fingerprint::parse(&text), Some(fingerprint));
        for wrong in
            [&text[..70], &text[7..], &text.to_uppercase(), &format!("{text}0"), &text.replace(&text[8..9], "g")]
        {
            assert_eq!(Fingerprint::parse(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn a_short_or_empty_secret_is_not_given_away() {
        assert_eq!(Secret::new(b"abcd", 4).to_string(), "a…");
        assert_eq!(Secret::new(b"", 4).to_string(), "…");
        // A cut inside a character must not panic.
        assert_eq!(Secret::new("éééééééé".as_bytes(), 5).to_string(), "éé\u{fffd}…");
    }

    #[test]
    fn the_fingerprint_is_the_sha_256_of_the_plain_bytes() {
        assert_eq!(
            Secret::new(b"abc", 0).fingerprint().to_string(),
            "sha256:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
        );
    }
}
