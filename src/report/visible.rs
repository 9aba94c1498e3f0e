//! Makes what a hostile name or line may hold visible: control characters, bytes that are no UTF-8, and characters that
//! change how the text around them is shown.

use std::fmt::Write;
use std::io;

/// `bytes` as a text for a person: one line, with nothing in it that a terminal would obey. A line feed becomes `\n`, an
/// escape `\x1b`, a byte that is no UTF-8 `\xff`, a character that reverses or hides others `\u{202e}`.
pub fn visible(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len());
    for chunk in bytes.utf8_chunks() {
        for c in chunk.valid().chars() {
            push(&mut text, c);
        }
        push_bytes(&mut text, chunk.invalid());
    }
    text
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

/// Writes JSON, and writes every character in it that a terminal would obey or that deceives as `\u…`. Outside of strings JSON
/// has none of these.
pub(super) struct JsonWriter<'w>(pub(super) &'w mut dyn io::Write);

impl io::Write for JsonWriter<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let is_plain = |byte: &u8| byte.is_ascii() && *byte != 0x7f;
        match std::str::from_utf8(bytes) {
            Ok(text) if !bytes.iter().all(is_plain) => {
                let mut escaped = String::with_capacity(text.len());
                text.chars().for_each(|c| push_json(&mut escaped, c));
                self.0.write_all(escaped.as_bytes())?;
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
            ("\u{202e}txt.exe\u{200b}\u{85}".as_bytes(), "\\u{202e}txt.exe\\u{200b}\\u{85}"),
        ];
        for (bytes, expected) in cases {
            assert_eq!(visible(bytes), *expected);
        }
        assert_eq!(lossless(b"a\n\xffb"), "a\n\\xffb");
    }

    #[test]
    fn json_stays_the_same_json() {
        let text = "\u{1b}[31m\u{7f}\u{9b}2J\u{202e}é😀\u{e0041}\n";
        let mut written = Vec::new();
        serde_json::to_writer(JsonWriter(&mut written), text).unwrap();
        assert_eq!(serde_json::from_slice::<String>(&written).unwrap(), text);
        let written = String::from_utf8(written).unwrap();
        assert_eq!(written, r#""\u001b[31m\u007f\u009b2J\u202eé😀\udb40\udc41\n""#);
    }
}
