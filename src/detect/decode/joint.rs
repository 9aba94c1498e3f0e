//! What stands between two parts of one text: the end of a line, or source code that puts string literals together.

use std::ops::Range;

/// How long a joint may be: the end of a line, indentation, quotes and an operator.
const LONGEST: usize = 160;

/// Operators that put two strings together.
const OPERATORS: [&[u8]; 12] = [b".concat(", b"||", b"..", b"<>", b"++", b"<<", b"+", b".", b"&", b"~", b"^", b"\\"];

/// Letters that may stand before a string literal, as in Python's `f"…"`.
const LITERAL_MARKS: &[u8] = b"fFrRbBuUL@$";

/// Where the joint of two string literals that begins at `at` with a closing quote ends, behind the opening one:
/// `" + "`, `" "` over lines, `".concat("`.
pub(in crate::detect) fn of_literals(bytes: &[u8], at: usize) -> Option<usize> {
    let quote = *bytes.get(at).filter(|byte| b"\"'`".contains(byte))?;
    let end = bytes.len().min(at + LONGEST);
    let mut place = blanks(bytes, at + 1..end);
    let mut operators = 0;
    while let Some(operator) = OPERATORS.iter().find(|operator| bytes[place..end].starts_with(operator)) {
        place = blanks(bytes, place + operator.len()..end);
        operators += 1;
        if operators > 2 {
            return None;
        }
    }
    let is_mark = |place: usize| bytes.get(place).is_some_and(|byte| LITERAL_MARKS.contains(byte));
    let is_quote = |place: usize| bytes.get(place) == Some(&quote);
    // In C and Python nothing but blanks stands between; two quotes alone are an empty text, or one quote doubled.
    let opens = if is_mark(place) && is_quote(place + 1) { place + 1 } else { place };
    (is_quote(opens) && opens < end && opens > at + 1).then_some(opens + 1)
}

/// Where the end of a line that begins at `at` ends, with the indentation of the next: a line feed as such or as `\n`,
/// and a backslash that hides one.
pub(in crate::detect) fn of_lines(bytes: &[u8], at: usize) -> Option<usize> {
    let end = bytes.len().min(at + LONGEST);
    let mut place = at;
    let mut is_end = false;
    while place < end {
        match bytes[place] {
            b' ' | b'\t' => place += 1,
            b'\r' | b'\n' => {
                is_end = true;
                place += 1;
            }
            b'\\' => {
                let slashes = bytes[place..end].iter().take_while(|&&byte| byte == b'\\').count();
                match bytes[..end].get(place + slashes) {
                    Some(b'n' | b'r') => {
                        is_end = true;
                        place += slashes + 1;
                    }
                    Some(b't') if is_end => place += slashes + 1,
                    Some(b'\r' | b'\n') => place += slashes,
                    _ => break,
                }
            }
            // Quoted mail, comments.
            b'>' | b'#' | b'*' if is_end => place += 1,
            _ => break,
        }
    }
    is_end.then_some(place)
}

/// Where the blanks that `range` begins with end.
fn blanks(bytes: &[u8], range: Range<usize>) -> usize {
    let within = &bytes[range.start.min(range.end)..range.end];
    range.start.min(range.end) + within.iter().take_while(|byte| byte.is_ascii_whitespace()).count()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn literals_are_joined_by_what_languages_join_them_with() {
        let joints: [&[u8]; 14] = [
            b"\" + \"",
            b"\"+\"",
            b"' + '",
            b"\" \"",
            b"\"\n    \"",
            b"\"\r\n\t+ \"",
            b"\" . \"",
            b"\" .. \"",
            b"' || '",
            b"\".concat(\"",
            b"\" +\n  \"",
            b"\" \\\n  \"",
            b"\" f\"",
            b"`+`",
        ];
        for joint in joints {
            let text = [joint, b"x"].concat();
            assert_eq!(of_literals(&text, 0), Some(joint.len()), "{}", String::from_utf8_lossy(joint));
        }
        for other in [&b"\"\""[..], b"\", \"", b"\" + '", b"\" : \"", b"x", b"\"", b"", b"\" + x", b"\"+++++++\""] {
            assert_eq!(of_literals(other, 0), None, "{}", String::from_utf8_lossy(other));
        }
    }

    #[test]
    fn lines_end_in_many_ways() {
        for end in [&b"\n"[..], b"\r\n", b"\n    ", b" \n\t", b"\\n", b"\\r\\n", b"\\\\n", b"\\\n  ", b"\n> ", b"\n# "]
        {
            let text = [end, b"x"].concat();
            assert_eq!(of_lines(&text, 0), Some(end.len()), "{}", String::from_utf8_lossy(end));
        }
        for other in [&b" "[..], b"\\x41", b"x", b"", b"\\", b"> "] {
            assert_eq!(of_lines(other, 0), None, "{}", String::from_utf8_lossy(other));
        }
    }
}
