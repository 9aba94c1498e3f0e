//! What stands before a token: a boundary, or the end of a longer word.
//!
//! A letter or digit before `rg_live_` makes it another issuer's key (`frg_live_…`), unless that letter or digit is the
//! end of an escape: in `\nrg_live_…` the `n` belongs to the line feed. A plain `\b` gets this wrong.

/// How many bytes before a token can matter: the longest escape that is understood.
pub const LOOK_BEHIND: usize = 64;

/// Ways to write the escape character that begins a terminal's control sequence.
const ESCAPE_CHARACTER: &[&[u8]] = &[
    b"\x1b", b"\\x1b", b"\\x1B", b"\\033", b"\\33", b"\\e", b"\\E", b"\\u001b", b"\\u001B", b"\\u{1b}", b"\\u{1B}",
    b"%1b", b"%1B", b"=1B", b"^[", b"&#27;", b"&#x1b;", b"&#x1B;",
];

/// Whether a token may begin after `before`. Only the last [`LOOK_BEHIND`] bytes of it are looked at; bytes outside
/// ASCII are no letters.
pub(super) fn may_begin_after(before: &[u8]) -> bool {
    let before = &before[before.len().saturating_sub(LOOK_BEHIND)..];
    match before.last() {
        Some(last) if last.is_ascii_alphanumeric() => {
            ends_in_letter_escape(before) || ends_in_numeric_escape(before) || ends_in_control_sequence(before)
        }
        _ => true,
    }
}

/// `\n`, `\t` and the like: the escapes of C, JSON and the shell that are one letter.
fn ends_in_letter_escape(before: &[u8]) -> bool {
    matches!(before, [.., b'\\', b'a' | b'b' | b'e' | b'E' | b'f' | b'n' | b'r' | b't' | b'v'])
}

/// `\x20`, `\u003d`, `%3D`, `%253D`, `=3D`, `\012`: escapes by number, unless the number is a letter's or a digit's.
fn ends_in_numeric_escape(before: &[u8]) -> bool {
    let hex = trailing(before, 8, u8::is_ascii_hexdigit);
    let is_boundary = |digits: usize| {
        let digits = &before[before.len() - digits..];
        let value = digits.iter().fold(0u32, |value, &digit| value << 4 | (digit as char).to_digit(16).unwrap_or(0));
        value > 0x7f || !(value as u8).is_ascii_alphanumeric()
    };
    let introduced_by = |digits: usize, marks: &[&[u8]]| {
        hex >= digits && marks.iter().any(|mark| before[..before.len() - digits].ends_with(mark))
    };
    if introduced_by(4, &[b"\\u", b"%u"]) {
        return is_boundary(4);
    }
    if introduced_by(8, &[b"\\U"]) {
        return is_boundary(8);
    }
    if introduced_by(2, &[b"\\x"]) || is_percent_escape(before) {
        return is_boundary(2);
    }
    // Quoted-printable writes capitals; `=ca` is the beginning of a value, as in `key=carg_live_…`.
    if introduced_by(2, &[b"="]) && !before[before.len() - 2..].iter().any(u8::is_ascii_lowercase) {
        return is_boundary(2);
    }
    is_octal_escape(before)
}

/// `%3D`, also encoded again any number of times: `%253D`, `%25253D`.
fn is_percent_escape(before: &[u8]) -> bool {
    if trailing(before, 2, u8::is_ascii_hexdigit) < 2 {
        return false;
    }
    let mut rest = &before[..before.len() - 2];
    while let Some(shorter) = rest.strip_suffix(b"25") {
        rest = shorter;
    }
    rest.ends_with(b"%")
}

/// `\0`, `\12`, `\012`, unless the number is a letter's or a digit's.
fn is_octal_escape(before: &[u8]) -> bool {
    let digits = trailing(before, 3, |digit| (b'0'..=b'7').contains(digit));
    let (rest, number) = before.split_at(before.len() - digits);
    let value = number.iter().fold(0u32, |value, digit| value * 8 + u32::from(digit - b'0'));
    digits > 0 && rest.ends_with(b"\\") && (value > 0x7f || !(value as u8).is_ascii_alphanumeric())
}

/// A terminal's control sequence, as `ESC [ 32 m`, with the escape character as a byte or in one of its spellings.
fn ends_in_control_sequence(before: &[u8]) -> bool {
    let Some((last, rest)) = before.split_last() else { return false };
    if !last.is_ascii_alphabetic() {
        return false;
    }
    let parameters = trailing(rest, LOOK_BEHIND, |byte| (0x20..0x40).contains(byte));
    let rest = &rest[..rest.len() - parameters];
    rest.strip_suffix(b"[").is_some_and(|rest| ESCAPE_CHARACTER.iter().any(|spelling| rest.ends_with(spelling)))
}

/// How many of the last bytes of `text`, at most `limit`, are as `wanted` says.
fn trailing(text: &[u8], limit: usize, wanted: impl Fn(&u8) -> bool) -> usize {
    text.iter().rev().take(limit).take_while(|byte| wanted(byte)).count()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_begins_after_a_boundary() {
        let boundaries: &[&[u8]] = &[
            b"",
            b" ",
            b"=",
            b"\"",
            b"'",
            b"/",
            b"-",
            b"_",
            b".",
            b"retailgrid_",
            b"\n",
            b"\0",
            b"\x80",
            b"\xe9",
            "é".as_bytes(),
            "п".as_bytes(),
            "１".as_bytes(),
            b"caf\xc3\xa9",
        ];
        for before in boundaries {
            assert!(may_begin_after(before), "{:?}", String::from_utf8_lossy(before));
        }
    }

    #[test]
    fn a_token_begins_after_the_end_of_an_escape() {
        let escapes: &[&[u8]] = &[
            b"\\n",
            b"\\t",
            b"\\r",
            b"\\\\n",
            b"\\f",
            b"\\0",
            b"\\12",
            b"\\012",
            b"\\u003d",
            b"\\u003D",
            b"\\U0000003d",
            b"\\x20",
            b"\\x0A",
            b"%3D",
            b"%3d",
            b"%20",
            b"%253D",
            b"%25253D",
            b"%25",
            b"%u003D",
            b"=3D",
            b"=20",
            b"=0A",
            b"\x1b[32m",
            b"\x1b[0m",
            b"\x1b[m",
            b"\x1b[1;31m\x1b[K",
            b"\x1b[38;5;196m",
            b"\\x1b[32m",
            b"\\033[1;31m",
            b"\\e[32m",
            b"\\u001b[32m",
            b"\\u{1b}[32m",
            b"^[[32m",
            b"%1B[32m",
            b"%C3%A9",
            b"\\u00e9",
            b"\\xe9",
        ];
        for before in escapes {
            assert!(may_begin_after(before), "{:?}", String::from_utf8_lossy(before));
        }
    }

    #[test]
    fn a_letter_or_digit_makes_it_another_issuers_token() {
        let words: &[&[u8]] = &[
            b"f", b"g", b"ca", b"o", b"sk_o", b"a", b"Z", b"0", b"n", b"=ca", b"key=ca", b"=3d", b"key=9", b" m",
            b"[32m", b"%f", b"%g0", b"\\u3d", b"\\x3", b"x20", b"u003d", b"\\q", b"\\8",
            // Escapes of a letter or a digit.
            b"\\u0066", b"\\x66", b"%66", b"%2566", b"=66", b"\\146", b"\\u0030",
        ];
        for before in words {
            assert!(!may_begin_after(before), "{:?}", String::from_utf8_lossy(before));
        }
    }
}
