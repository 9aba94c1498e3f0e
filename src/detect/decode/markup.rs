//! Tags that stand in the middle of a word: those of HTML that only change how it looks, and those between two runs of one paragraph
//! in what office programs write, which may begin a run anywhere in a word.

/// How long tags without any text between them may be together: properties of a run are long.
const LONGEST: usize = 1024;

/// How long a word in a tag may be: what is longer may be a key, and is not to be read over.
const LONGEST_WORD: usize = 32;

/// Tags of HTML, OpenDocument and spreadsheets that end no word.
const INLINE: [&[u8]; 22] = [
    b"wbr",
    b"b",
    b"i",
    b"u",
    b"em",
    b"strong",
    b"mark",
    b"span",
    b"font",
    b"small",
    b"code",
    b"kbd",
    b"text:span",
    b"t",
    b"r",
    b"rPr",
    b"sz",
    b"color",
    b"rFont",
    b"family",
    b"charset",
    b"scheme",
];

/// Tags of documents and presentations that end one.
const ENDS: [&[u8]; 7] = [b"p", b"br", b"cr", b"tab", b"tc", b"tr", b"tbl"];

/// How long the tags are that `text` begins with, if none of them ends a word.
pub(in crate::detect) fn tags(text: &[u8]) -> Option<usize> {
    let text = &text[..text.len().min(LONGEST)];
    let mut place = 0;
    while let Some(b'<') = text.get(place) {
        let rest = &text[place + 1..];
        let end = rest.iter().position(|byte| b"<>".contains(byte)).filter(|&end| rest[end] == b'>')?;
        if !is_inside_word(&rest[..end]) {
            return None;
        }
        place += end + 2;
    }
    (place > 0).then_some(place)
}

/// Whether `text` is such tags, the last of which is cut off.
pub(in crate::detect) fn begins(text: &[u8]) -> bool {
    let Some(last) = memchr::memrchr(b'<', text) else { return false };
    let tag = &text[last + 1..];
    let is_name = tag.iter().all(|byte| byte.is_ascii_alphanumeric() || b":/".contains(byte));
    let is_open = !tag.contains(&b'>') && (is_name || is_inside_word(tag));
    is_open && (last == 0 || tags(&text[..last]) == Some(last))
}

/// Whether a tag, without its brackets, ends no word.
fn is_inside_word(tag: &[u8]) -> bool {
    if tag.contains(&b'\n') || tag.split(|&byte| byte == b' ').any(|word| word.len() > LONGEST_WORD) {
        return false;
    }
    let tag = tag.strip_prefix(b"/").unwrap_or(tag);
    let length = tag.iter().take_while(|byte| !byte.is_ascii_whitespace() && **byte != b'/').count();
    let name = &tag[..length];
    match name {
        [b'w' | b'a', b':', local @ ..] => !ENDS.contains(&local),
        _ => INLINE.contains(&name),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_tags_that_end_no_word_are_read_over() {
        for inside in [
            "<wbr>",
            "<wbr/>",
            "</b>",
            "<span class=\"k\">",
            "</span><span style='color: red'>",
            "</w:t></w:r><w:proofErr w:type=\"spellStart\"/><w:r w:rsidR=\"00A1\"><w:rPr><w:b/></w:rPr><w:t>",
            "</t></r><r><rPr><sz val=\"11\"/></rPr><t>",
            "</a:t></a:r><a:r><a:rPr lang=\"en\"/><a:t>",
            "<text:span text:style-name=\"T1\">",
        ] {
            assert_eq!(tags(format!("{inside}live").as_bytes()), Some(inside.len()), "{inside}");
        }
        let (long, key) = (format!("<b{}>", " x".repeat(LONGEST)), format!("<b title=\"{}\">", "x".repeat(40)));
        let word = |length| format!("<b {}>", "x".repeat(length));
        let (longest, longer) = (word(LONGEST_WORD), word(LONGEST_WORD + 1));
        assert_eq!(tags(longest.as_bytes()), Some(longest.len()));
        let ends = ["<p>", "</td><td>", "</w:t></w:r></w:p><w:p><w:r><w:t>", "<w:br/>", "<T>"];
        for other in ends.into_iter().chain(["<b", "< b>", "<b\nx>", "b", "", &long, &key, &longer]) {
            assert_eq!(tags(other.as_bytes()), None, "{other}");
        }
        for cut in ["<", "<sp", "</b", "<b><", "</w:t></w:r><w:r w:rs", "<span class="] {
            assert!(begins(cut.as_bytes()), "{cut}");
        }
        for other in ["", "b", "<x and", "<p><sp", "< ", "<b>"] {
            assert!(!begins(other.as_bytes()), "{other}");
        }
    }
}
