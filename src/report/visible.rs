//! Makes what a hostile name or line may hold visible: control characters, bytes that are no UTF-8, and characters that
//! change how the text around them is shown. The commands of CI runners, too, which obey what they read in a log.

use std::fmt::Write;
use std::io;

/// `bytes` as a text for a person: one line, with nothing in it that a terminal or a runner would obey. A line feed becomes `\n`, an
/// escape `\x1b`, a byte that is no UTF-8 `\xff`, a character that reverses or hides others `\u{202e}`, and `##[` and `##vso[`, which
/// begin a command wherever in a line they stand, have one sign spelled out.
pub fn visible(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len());
    for chunk in bytes.utf8_chunks() {
        for c in chunk.valid().chars() {
            push(&mut text, c);
        }
        push_bytes(&mut text, chunk.invalid());
    }
    without_commands(text, "\\x23")
}

/// A text that is visible, for the beginning of a line, where two colons begin a command.
pub fn begins_line(text: String) -> String {
    if text.trim_start().starts_with("::") { text.replacen(':', "\\x3a", 1) } else { text }
}

/// A text in which each sign that a runner's command could begin with, as in `##[group]` and `##vso[`, is written as `sign`.
fn without_commands(text: String, sign: &str) -> String {
    if !text.contains("##") {
        return text;
    }
    let begins = |rest: &str| rest.trim_start_matches(|c: char| c.is_ascii_alphanumeric()).starts_with('[');
    let mut changed = String::with_capacity(text.len());
    for (at, c) in text.char_indices() {
        if c == '#' && text[..at].ends_with('#') && begins(&text[at + 1..]) {
            changed.push_str(sign);
        } else {
            changed.push(c);
        }
    }
    changed
}

/// `bytes` as a text for a program: only bytes that are no UTF-8 are spelled out.
pub(super) fn lossless(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len());
    for chunk in bytes.utf8_chunks() {
        text.push_str(chunk.valid());
        push_bytes(&mut text, chunk.invalid());
    }
    text
}

/// The first `most` characters of a text, for a program that takes no more.
pub(super) fn cut(text: &str, most: usize) -> String {
    text.chars().take(most).collect()
}

/// Writes JSON, and writes every character in it that a terminal or a runner would obey or that deceives as `\u…`. Outside of strings
/// JSON has none of these.
pub(super) struct JsonWriter<'w>(pub(super) &'w mut dyn io::Write);

impl io::Write for JsonWriter<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let is_plain = |byte: &u8| byte.is_ascii() && *byte != 0x7f;
        match std::str::from_utf8(bytes) {
            Ok(text) if !bytes.iter().all(is_plain) || text.contains("##") => {
                let mut escaped = String::with_capacity(text.len());
                text.chars().for_each(|c| push_json(&mut escaped, c));
                self.0.write_all(without_commands(escaped, "\\u0023").as_bytes())?;
            }
            // serde_json writes whole characters only.
            _ => self.0.write_all(bytes)?,
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.flush()
    }
}

fn push_json(text: &mut String, c: char) {
    if c == '\u{7f}' || c > '\u{7f}' && (c.is_control() || is_deceptive(c)) {
        for unit in c.encode_utf16(&mut [0; 2]) {
            let _ = write!(text, "\\u{unit:04x}");
        }
    } else {
        text.push(c);
    }
}

fn push(text: &mut String, c: char) {
    match c {
        '\n' => text.push_str("\\n"),
        '\r' => text.push_str("\\r"),
        '\t' => text.push_str("\\t"),
        '\0'..='\x1f' | '\x7f' => push_bytes(text, &[c as u8]),
        _ if c.is_control() || is_deceptive(c) => {
            let _ = write!(text, "\\u{{{:x}}}", u32::from(c));
        }
        _ => text.push(c),
    }
}

fn push_bytes(text: &mut String, bytes: &[u8]) {
    for byte in bytes {
        let _ = write!(text, "\\x{byte:02x}");
    }
}

/// Characters that take no room, break lines or change the direction of text.
fn is_deceptive(c: char) -> bool {
    matches!(c,
        '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}'
        | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_left_for_a_terminal_to_obey() {
        let cases: &[(&[u8], &str)] = &[
            (b"plain/na me.txt", "plain/na me.txt"),
            ("é漢😀".as_bytes(), "é漢😀"),
            (b"a\nb\r\t\0", "a\\nb\\r\\t\\x00"),
            (b"\x1b[31mred\x7f", "\\x1b[31mred\\x7f"),
            (b"\xff\xfe", "\\xff\\xfe"),
            (b"##[group]x", "#\\x23[group]x"),
            (b"a ##vso[task.setvariable]", "a #\\x23vso[task.setvariable]"),
            (b"###[x] ## [y] #[z]", "##\\x23[x] ## [y] #[z]"),
            ("\u{202e}txt.exe\u{200b}\u{85}".as_bytes(), "\\u{202e}txt.exe\\u{200b}\\u{85}"),
        ];
        for (bytes, expected) in cases {
            assert_eq!(visible(bytes), *expected);
        }
        assert_eq!(lossless(b"a\n\xffb"), "a\n\\xffb");
        assert_eq!(begins_line("::error::x".to_owned()), "\\x3a:error::x");
        assert_eq!(begins_line("a::b".to_owned()), "a::b");
    }

    #[test]
    fn json_stays_the_same_json() {
        let text = "\u{1b}[31m\u{7f}\u{9b}2J\u{202e}é😀\u{e0041}\n##[x]";
        let mut written = Vec::new();
        serde_json::to_writer(JsonWriter(&mut written), text).unwrap();
        assert_eq!(serde_json::from_slice::<String>(&written).unwrap(), text);
        let written = String::from_utf8(written).unwrap();
        assert_eq!(written, r##""\u001b[31m\u007f\u009b2J\u202eé😀\udb40\udc41\n#\u0023[x]""##);
    }
}
