//! Makes what a hostile name or line may hold visible: control characters, bytes that are no UTF-8, and characters that
//! change how the text around them is shown.

use std::fmt::Write;

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
}
