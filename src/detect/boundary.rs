//! What stands before a token: a boundary, or the end of a longer word.
//!
//! A letter or digit before `rg_live_` makes it another issuer's key (`frg_live_…`), unless that letter or digit is the
//! end of an escape: in `\nrg_live_…` the `n` belongs to the line feed. A plain `\b` gets this wrong.

/// How many bytes before a token can matter: the longest escape that is understood.
pub const LOOK_BEHIND: usize = 64;

/// Ways to write the escape character that begins a terminal's control sequence.
const ESCAPE_CHARACTER: &[&[u8]] = &[
    b"\x1b",
    b"\\x1b",
    b"\\x1B",
    b"\\x{1b}",
    b"\\x{1B}",
    b"\\033",
    b"\\33",
    b"\\0033",
    b"\\27",
    b"\\e",
    b"\\E",
    b"\\u001b",
    b"\\u001B",
    b"\\u{1b}",
    b"\\u{1B}",
    b"\\u{001b}",
    b"\\u{001B}",
    b"\\U0000001b",
    b"\\U0000001B",
    b"%1b",
    b"%1B",
    b"=1B",
    b"#033",
    b"^[",
    b"&#27;",
    b"&#027;",
    b"&#x1b;",
    b"&#x1B;",
    b"&#x001b;",
    b"&#x001B;",
    "␛".as_bytes(),
    "\u{fffd}".as_bytes(),
];

/// Ways to write the one character that stands for the escape character and a bracket.
const CONTROL_SEQUENCE_INTRODUCER: &[&[u8]] = &[b"\x9b", b"\\x9b", b"\\x9B", b"\\u009b", b"\\u009B"];

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

/// `\n`, `\t` and the like: the escapes of C, JSON and the shell that are one letter, and the commonest of PowerShell.
fn ends_in_letter_escape(before: &[u8]) -> bool {
    let Some((last, rest)) = before.split_last() else { return false };
    b"abefnrtvE".contains(last) && ends_in_backslash(rest) || b"nrt".contains(last) && rest.ends_with(b"`")
}

/// A backslash, also in percent-encoding.
fn ends_in_backslash(before: &[u8]) -> bool {
    before.ends_with(b"\\") || (before.ends_with(b"5C") || before.ends_with(b"5c")) && is_percent_escape(before)
}

/// `\x20`, `\u003d`, `%3D`, `%253D`, `=3D`, `\012`: escapes by number, unless the number is a letter's or a digit's.
fn ends_in_numeric_escape(before: &[u8]) -> bool {
    let hex = trailing(before, 8, u8::is_ascii_hexdigit);
    let is_boundary = |digits: usize| {
        let digits = &before[before.len() - digits..];
        let value = digits.iter().fold(0u32, |value, &digit| value << 4 | (digit as char).to_digit(16).unwrap_or(0));
        value > 0x7f || !(value as u8).is_ascii_alphanumeric()
    };
    let introduced_by = |digits: usize, mark: u8| {
        hex >= digits && before[..before.len() - digits].strip_suffix(&[mark]).is_some_and(ends_in_backslash)
    };
    if introduced_by(4, b'u') || hex >= 4 && before[..before.len() - 4].ends_with(b"%u") {
        return is_boundary(4);
    }
    if introduced_by(8, b'U') {
        return is_boundary(8);
    }
    if introduced_by(2, b'x') || is_percent_escape(before) {
        return is_boundary(2);
    }
    // Quoted-printable writes capitals; `=ca` is the beginning of a value, as in `key=carg_live_…`.
    if hex >= 2 && matches!(before, [.., b'=', a, b] if !a.is_ascii_lowercase() && !b.is_ascii_lowercase()) {
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

/// A terminal's control sequence, as `ESC [ 32 m`, with the escape character as a byte or in one of its spellings. That of a
/// colour is known without it: logs often lose the character, and no issuer's prefix looks like `[32m`.
fn ends_in_control_sequence(before: &[u8]) -> bool {
    let Some((last, rest)) = before.split_last() else { return false };
    if !last.is_ascii_alphabetic() {
        return false;
    }
    let escaped = |rest: &[u8]| ESCAPE_CHARACTER.iter().any(|spelling| rest.ends_with(spelling));
    // A choice of character set, as `ESC ( B`.
    if rest.strip_suffix(b"(").is_some_and(escaped) {
        return true;
    }
    // Behind a written escape character, any parameters will do, as in `ESC [ ? 25 h`.
    let any = trailing(rest, LOOK_BEHIND, |byte| (0x20..0x40).contains(byte));
    if rest[..rest.len() - any].strip_suffix(b"[").is_some_and(escaped) {
        return true;
    }
    let parameters = trailing(rest, LOOK_BEHIND, |byte| byte.is_ascii_digit() || *byte == b';');
    let begin = &rest[..rest.len() - parameters];
    let is_color = *last == b'm' && parameters > 0;
    let bracket =
        begin.strip_suffix(b"[").or_else(|| begin.strip_suffix(b"%5B")).or_else(|| begin.strip_suffix(b"%5b"));
    bracket.is_some_and(|rest| is_color || escaped(rest))
        || is_color && CONTROL_SEQUENCE_INTRODUCER.iter().any(|spelling| begin.ends_with(spelling))
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
            b"\\u0161",
            b"\\541",
            b"[32m",
            b"\\0033[32m",
            b"\\x{1b}[0;1m",
            b"\x9b32m",
            b"\\u009b32m",
            b"\x1b(B",
            b"\x1b[?25h",
            b"\\x1b[?25l",
            b"\x1b[38:5:196m",
            b"\x1b[>4;1m",
            b"\\033(B",
            b"%1B%5B32m",
            b"\\x1b\\[32m",
            b"#033[K",
            b"%5Cn",
            b"%5Cu003d",
            b"%255Cn",
            b"`n",
        ];
        for before in escapes {
            assert!(may_begin_after(before), "{:?}", String::from_utf8_lossy(before));
        }
    }

    #[test]
    fn a_letter_or_digit_makes_it_another_issuers_token() {
        let words: &[&[u8]] = &[
            b"f", b"g", b"ca", b"o", b"sk_o", b"a", b"Z", b"0", b"n", b"=ca", b"key=ca", b"=3d", b"key=9", b" m",
            b"[m", b"[K", b"32m", b"%f", b"%g0", b"\\u3d", b"\\x3", b"x20", b"u003d", b"\\q", b"\\8", b"5Cn", b"5cn",
            b"%20n", // Escapes of a letter or a digit.
            b"\\u0066", b"\\x66", b"%66", b"%2566", b"=66", b"\\146", b"\\u0030",
        ];
        for before in words {
            assert!(!may_begin_after(before), "{:?}", String::from_utf8_lossy(before));
        }
    }
}
