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
    Some(Person { name: name.to_vec(), date: date(time) })
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
