//! Who made a commit or a tag, and when, as its own lines say.

use gix::bstr::ByteSlice;

/// A person and a time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Person {
    /// Name and address, as in `A U Thor <a@example.com>`.
    pub name: Vec<u8>,
    /// The time in RFC 3339, in the person's own time zone; none if it is no time.
    pub date: Option<String>,
}

/// The person in the line that begins with `mark`, such as `author `, of a commit or a tag.
pub fn person(text: &[u8], mark: &[u8]) -> Option<Person> {
    let head = text.lines().take_while(|line| !line.is_empty());
    let line = head.filter_map(|line| line.strip_prefix(mark)).next()?;
    let (name, time) = match line.rfind_byte(b'>') {
        Some(end) => (&line[..=end], &line[end + 1..]),
        None => (line, &b""[..]),
    };
    let name = match encoding(text) {
        Some(signs) => name.iter().map(|&byte| signs(byte)).collect::<String>().into_bytes(),
        None => name.to_vec(),
    };
    Some(Person { name, date: date(time) })
}

/// The time behind a person, in seconds since 1970, as in `A U Thor <a@example.com> 1700000000 +0100`.
pub(super) fn seconds(person: &[u8]) -> Option<i64> {
    let behind = person.rsplit_once_str(">")?.1;
    let text = behind.trim_ascii_start().split(|&byte| byte == b' ').next()?;
    std::str::from_utf8(text).ok()?.parse().ok()
}

/// The characters that bytes stand for where a commit says that it is written in one of the encodings of a byte a character in which old
/// commits of Western Europe mostly are; none for UTF-8, and for others, of which only ASCII is shown then.
fn encoding(text: &[u8]) -> Option<fn(u8) -> char> {
    let head = text.lines().take_while(|line| !line.is_empty());
    let name = head.filter_map(|line| line.strip_prefix(b"encoding ")).next()?;
    let name: Vec<u8> = name.iter().filter(|byte| byte.is_ascii_alphanumeric()).map(u8::to_ascii_lowercase).collect();
    match &name[..] {
        b"iso88591" | b"latin1" | b"l1" => Some(char::from),
        b"iso885915" | b"latin9" | b"l9" => Some(latin_9),
        b"windows1252" | b"cp1252" => Some(windows_1252),
        _ => None,
    }
}

/// ISO 8859-15, which has eight characters in the place of others of ISO 8859-1.
fn latin_9(byte: u8) -> char {
    match byte {
        0xa4 => '€',
        0xa6 => 'Š',
        0xa8 => 'š',
        0xb4 => 'Ž',
        0xb8 => 'ž',
        0xbc => 'Œ',
        0xbd => 'œ',
        0xbe => 'Ÿ',
        _ => char::from(byte),
    }
}

/// Windows's, which has characters where ISO 8859-1 has control signs.
fn windows_1252(byte: u8) -> char {
    const SIGNS: [char; 32] = [
        '€', '\u{81}', '‚', 'ƒ', '„', '…', '†', '‡', 'ˆ', '‰', 'Š', '‹', 'Œ', '\u{8d}', 'Ž', '\u{8f}', '\u{90}', '‘',
        '’', '“', '”', '•', '–', '—', '˜', '™', 'š', '›', 'œ', '\u{9d}', 'ž', 'Ÿ',
    ];
    byte.checked_sub(0x80).and_then(|place| SIGNS.get(usize::from(place)).copied()).unwrap_or(char::from(byte))
}

/// The first line of what a commit or a tag says.
pub fn subject(text: &[u8]) -> &[u8] {
    text.find(b"\n\n").map_or(&b""[..], |end| text[end + 2..].lines().next().unwrap_or_default())
}

/// Today in UTC, as in `2026-11-24`.
pub fn today() -> String {
    let now = gix::date::Time { offset: 0, ..gix::date::Time::now_utc() };
    now.format(gix::date::time::format::SHORT).unwrap_or_default()
}

/// Turns ` 1700000000 +0100` into RFC 3339.
fn date(time: &[u8]) -> Option<String> {
    let time = gix::date::parse_header(std::str::from_utf8(time).ok()?.trim())?;
    let date = time.format(gix::date::time::format::ISO8601_STRICT).ok()?;
    // Years of more than four digits are none that the standard knows.
    (date.len() == "2000-01-01T00:00:00+00:00".len()).then_some(date)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_as_rfc_3339_has_them() {
        for (time, expected) in [
            (" 0 +0000", Some("1970-01-01T00:00:00+00:00")),
            (" 951782400 +0000", Some("2000-02-29T00:00:00+00:00")),
            (" 1700000000 +0130", Some("2023-11-14T23:43:20+01:30")),
            (" 1700000000 -0800", Some("2023-11-14T14:13:20-08:00")),
            (" -1 +0000", Some("1969-12-31T23:59:59+00:00")),
            (" 9223372036854775807 +0100", None),
            (" 99999999999999 +0000", None),
            (" x", None),
            ("", None),
        ] {
            assert_eq!(date(time.as_bytes()).as_deref(), expected, "{time}");
        }
    }

    #[test]
    fn people_are_written_as_their_commits_say() {
        for (encoding, name, expected) in [
            ("", &b"J\xc3\xb6rg"[..], "J\u{f6}rg".as_bytes()),
            ("", b"J\xf6rg", b"J\xf6rg"),
            ("encoding ISO-8859-1\n", b"J\xf6rg", "J\u{f6}rg".as_bytes()),
            ("encoding latin1\n", b"J\xc3\xb6", "J\u{c3}\u{b6}".as_bytes()),
            ("encoding iso8859-15\n", b"\xa4\xbe\xe9", "\u{20ac}\u{178}\u{e9}".as_bytes()),
            ("encoding CP1252\n", b"\x80\x9f\x81\xe9", "\u{20ac}\u{178}\u{81}\u{e9}".as_bytes()),
            ("encoding UTF-8\n", b"J\xc3\xb6rg", "J\u{f6}rg".as_bytes()),
            ("encoding KOI8-R\n", b"\xc1", b"\xc1"),
        ] {
            let text =
                [b"tree x\nauthor ", name, b" <a@b> 0 +0000\n", encoding.as_bytes(), b"\nencoding latin1\n"].concat();
            let found = person(&text, b"author ").unwrap();
            assert_eq!(found.name, [expected, b" <a@b>"].concat(), "{encoding}");
        }
    }

    #[test]
    fn people_are_read_as_they_stand() {
        let text = b"tree x\nauthor A <B> C <a@b> 0 +0000\ncommitter D 1 +0000\n\nauthor E <e> 2 +0000\nmore";
        let found = |mark: &[u8]| person(text, mark).map(|found| (found.name, found.date.is_some()));
        assert_eq!(found(b"author "), Some((b"A <B> C <a@b>".to_vec(), true)));
        assert_eq!(found(b"committer "), Some((b"D 1 +0000".to_vec(), false)));
        assert_eq!(found(b"tagger "), None);
        assert_eq!(subject(text), b"author E <e> 2 +0000");
        assert_eq!(subject(b"tree x"), b"");
    }
}
