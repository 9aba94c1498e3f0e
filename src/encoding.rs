//! The ways in which a secret may be wrapped.

use serde::Serialize;

/// One layer around a secret.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub enum Encoding {
    /// RFC 4648's base64.
    #[serde(rename = "base64")]
    Base64,
    /// RFC 4648's base64 for URLs and file names, known by a `-` or `_`.
    #[serde(rename = "base64url")]
    Base64Url,
    /// Two hexadecimal digits a byte, alone, in a list or in a dump.
    #[serde(rename = "hex")]
    Hex,
    /// A list of bytes in decimal.
    #[serde(rename = "decimal")]
    Decimal,
    /// Bytes in octal, or words of two bytes, in a list or in a dump.
    #[serde(rename = "octal")]
    Octal,
    /// RFC 3986's percent-encoding.
    #[serde(rename = "percent")]
    Percent,
    /// UTF-16, low byte first.
    #[serde(rename = "utf-16le")]
    Utf16Le,
    /// UTF-16, high byte first.
    #[serde(rename = "utf-16be")]
    Utf16Be,
    /// UTF-32, lowest byte first.
    #[serde(rename = "utf-32le")]
    Utf32Le,
    /// UTF-32, highest byte first.
    #[serde(rename = "utf-32be")]
    Utf32Be,
    /// A string literal's escapes: `\x5f`, `\u005f`, `\137`.
    #[serde(rename = "escape")]
    Escape,
    /// Character references of HTML and XML.
    #[serde(rename = "html")]
    Html,
    /// RFC 2045's quoted-printable.
    #[serde(rename = "quoted-printable")]
    QuotedPrintable,
    /// Markdown's backslash before a punctuation mark.
    #[serde(rename = "markdown")]
    Markdown,
    /// A terminal's control sequences between the characters.
    #[serde(rename = "ansi")]
    Ansi,
    /// Source code that puts the text together from parts.
    #[serde(rename = "split")]
    Split,
    /// Deflate, as RFC 1952 has it; what is compressed lies in encoded text.
    #[serde(rename = "gzip")]
    Gzip,
    /// Deflate, as RFC 1950 has it; what is compressed lies in encoded text.
    #[serde(rename = "zlib")]
    Zlib,
    /// Deflate without a header, as RFC 1951 has it; what is compressed lies in encoded text.
    #[serde(rename = "deflate")]
    Deflate,
    /// bzip2; what is compressed lies in encoded text.
    #[serde(rename = "bzip2")]
    Bzip2,
    /// xz; what is compressed lies in encoded text.
    #[serde(rename = "xz")]
    Xz,
    /// Zstandard, as RFC 8878 has it; what is compressed lies in encoded text.
    #[serde(rename = "zstd")]
    Zstd,
    /// LZ4 frames; what is compressed lies in encoded text.
    #[serde(rename = "lz4")]
    Lz4,
    /// LZMA with a header of its own; what is compressed lies in encoded text.
    #[serde(rename = "lzma")]
    Lzma,
    /// lzip; what is compressed lies in encoded text.
    #[serde(rename = "lzip")]
    Lzip,
    /// Snappy's frames; what is compressed lies in encoded text.
    #[serde(rename = "snappy")]
    Snappy,
}

impl Encoding {
    /// The name that reports use.
    pub fn name(self) -> &'static str {
        match self {
            Encoding::Base64 => "base64",
            Encoding::Base64Url => "base64url",
            Encoding::Hex => "hex",
            Encoding::Decimal => "decimal",
            Encoding::Octal => "octal",
            Encoding::Percent => "percent",
            Encoding::Utf16Le => "utf-16le",
            Encoding::Utf16Be => "utf-16be",
            Encoding::Utf32Le => "utf-32le",
            Encoding::Utf32Be => "utf-32be",
            Encoding::Escape => "escape",
            Encoding::Html => "html",
            Encoding::QuotedPrintable => "quoted-printable",
            Encoding::Markdown => "markdown",
            Encoding::Ansi => "ansi",
            Encoding::Split => "split",
            Encoding::Gzip => "gzip",
            Encoding::Zlib => "zlib",
            Encoding::Deflate => "deflate",
            Encoding::Bzip2 => "bzip2",
            Encoding::Xz => "xz",
            Encoding::Zstd => "zstd",
            Encoding::Lz4 => "lz4",
            Encoding::Lzma => "lzma",
            Encoding::Lzip => "lzip",
            Encoding::Snappy => "snappy",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_the_same_in_words_and_in_json() {
        use Encoding::*;
        let all = [
            Base64,
            Base64Url,
            Hex,
            Decimal,
            Octal,
            Percent,
            Utf16Le,
            Utf16Be,
            Utf32Le,
            Utf32Be,
            Escape,
            Html,
            QuotedPrintable,
            Markdown,
            Ansi,
            Split,
            Gzip,
            Zlib,
            Deflate,
            Bzip2,
            Xz,
            Zstd,
            Lz4,
            Lzma,
            Lzip,
            Snappy,
        ];
        for encoding in all {
            assert_eq!(serde_json::to_value(encoding).unwrap(), encoding.name());
        }
    }
}
