//! Text as HTML has it: nothing that was scanned ends an element or an attribute, or begins one.

use super::visible::visible;

/// A text, cut to `most` characters, for an element or an attribute in double quotes.
pub(super) fn escape(text: &str, most: usize) -> String {
    let mut escaped = String::with_capacity(text.len().min(most));
    for c in text.chars().take(most) {
        match c {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            _ => escaped.push(c),
        }
    }
    if text.chars().nth(most).is_some() {
        escaped.push('…');
    }
    escaped
}

/// The same of bytes that may be anything: also nothing that hides or turns around what stands beside it.
pub(super) fn shown(bytes: &[u8], most: usize) -> String {
    escape(&visible(bytes), most)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_ends_an_element_early_and_long_ones_are_cut() {
        assert_eq!(
            escape("</code></td><img src=\"x\">&amp;", 300),
            "&lt;/code&gt;&lt;/td&gt;&lt;img src=&quot;x&quot;&gt;&amp;amp;"
        );
        assert_eq!(escape(&"<".repeat(300), 300), "&lt;".repeat(300));
        assert_eq!(escape(&"é".repeat(301), 300), "é".repeat(300) + "…");
        assert_eq!(shown("<\u{202e}\n".as_bytes(), 300), "&lt;\\u{202e}\\n");
    }
}
