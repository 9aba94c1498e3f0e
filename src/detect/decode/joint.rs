//! What stands between two parts of one text: the end of a line, or source code that puts string literals together.

use std::ops::Range;

/// How long a joint may be: the end of a line, indentation, quotes and an operator.
const LONGEST: usize = 160;

/// Operators that put two strings together.
const OPERATORS: [&[u8]; 15] = [
    b".concat(",
    b".plus(",
    b").append(",
    b"||",
    b"..",
    b"<>",
    b"++",
    b"<<",
    b"+",
    b".",
    b"&",
    b"~",
    b"^",
    b"*",
    b"\\",
];

/// Letters that may stand before a string literal, as in Python's `f"…"`; at most two do, as in `rb"…"` and `u8"…"`.
const LITERAL_MARKS: &[u8] = b"fFrRbBuU8LN@$";

/// How the names of functions end that put their arguments together.
const CALLS: [&[u8]; 5] = [b"concat", b"paste0", b"strcat", b"\"\".join", b"''.join"];

/// How far before the first argument the name of a function, or a format, is looked for.
const LONGEST_CALL: usize = 40;

/// What a format says for a text: of C and its like, Python, Rust, .NET and Swift.
const HOLES: [&[u8]; 7] = [b"%s", b"%v", b"%@", b"{}", b"{0}", b"{1}", b"{2}"];

/// How much may stand between the name of a function and its first argument: brackets, a mark, the ends of lines.
const LONGEST_OPENING: usize = 8;

/// Where the joint of two string literals that begins at `at` with a closing quote ends, behind the opening one:
/// `" + "`, `" "` over lines, `".concat("`, and in a shell nothing at all.
pub(in crate::detect) fn of_literals(bytes: &[u8], at: usize) -> Option<usize> {
    bytes.get(at).filter(|byte| is_quote(**byte))?;
    let end = bytes.len().min(at + LONGEST);
    let mut place = gap(bytes, at + 1..end);
    let mut operators = 0;
    while let Some(operator) = OPERATORS.iter().find(|operator| bytes[place..end].starts_with(operator)) {
        place = gap(bytes, place + operator.len()..end);
        operators += 1;
        if operators > 2 {
            return None;
        }
    }
    opening(bytes, place..end)
}

/// Where the joint of two statements that begins at `at` with a closing quote ends, of which the second adds a literal to a variable:
/// a line's end or a semicolon, and `key += "` or `key = key + "`.
pub(in crate::detect) fn of_statements(bytes: &[u8], at: usize) -> Option<usize> {
    /// What adds to a variable.
    const ADDS: [&[u8]; 4] = [b"+=", b".=", b"&=", b"<<"];
    bytes.get(at).filter(|byte| is_quote(**byte))?;
    let end = bytes.len().min(at + LONGEST);
    let statement = at + 1 + usize::from(bytes.get(at + 1) == Some(&b';'));
    let begin = gap(bytes, statement..end);
    let is_new = statement > at + 1 || bytes[at..begin].contains(&b'\n');
    let rest = bytes[..end].get(begin..).filter(|_| is_new)?;
    let name = rest.iter().take_while(|byte| byte.is_ascii_alphanumeric() || b"_$.@:>-".contains(byte)).count();
    // They belong to `.=` and `:=`.
    let name = name - usize::from(rest[..name].ends_with(b".") || rest[..name].ends_with(b":"));
    let (name, behind) = (rest.get(..name).filter(|name| !name.is_empty())?, gap(bytes, begin + name..end));
    match ADDS.iter().find(|sign| bytes[behind..end].starts_with(sign)) {
        Some(adds) => opening(bytes, gap(bytes, behind + adds.len()..end)..end),
        None => of_assignment(bytes, name, behind..end),
    }
}

/// Where a literal's text begins that a variable gets behind what it has, if that is what `range` begins with: `= key + "` of `key`, or
/// `= f"{key}`, in which the text goes on.
fn of_assignment(bytes: &[u8], name: &[u8], range: Range<usize>) -> Option<usize> {
    /// How a literal names a variable in it: that of Python, of shells and JavaScript, of Ruby, of PHP.
    const NAMES: [&[u8]; 4] = [b"{", b"${", b"#{", b"{$"];
    let bytes = &bytes[..range.end];
    let sign = bytes.get(range.start..)?;
    let sign = usize::from(sign.starts_with(b":")) + 1;
    bytes.get(range.start + sign - 1).filter(|byte| **byte == b'=')?;
    let value = gap(bytes, range.start + sign..range.end);
    if let Some(behind) = bytes.get(value..)?.strip_prefix(name) {
        let place = gap(bytes, range.end - behind.len()..range.end);
        let operator = OPERATORS.iter().find(|operator| bytes[place..].starts_with(operator))?;
        return opening(bytes, gap(bytes, place + operator.len()..range.end)..range.end);
    }
    let text = &bytes[opening(bytes, value..range.end)?..];
    let plain = name.strip_prefix(b"$").unwrap_or(name);
    let behind = |open: &&[u8]| text.strip_prefix(*open)?.strip_prefix(plain)?.strip_prefix(b"}");
    NAMES.iter().find_map(behind).map(|text| range.end - text.len())
}

/// How long what ends one string of a PDF's text and begins the next is, between which a small number moves the letters: `) -20 (`.
pub(in crate::detect) fn of_kerning(text: &[u8]) -> Option<usize> {
    /// In thousandths of a letter's height: from here on, it is a blank.
    const LEAST_BLANK: f64 = 200.0;
    const NEAR: usize = 16;
    let near = &text[..text.len().min(NEAR)];
    let open = memchr::memchr(b'(', near)?;
    let number = near[..open].strip_prefix(b")")?.trim_ascii();
    let number = number.first().filter(|byte| **byte != b'+').and_then(|_| std::str::from_utf8(number).ok())?;
    number.parse::<f64>().ok().filter(|number| number.abs() < LEAST_BLANK).map(|_| open + 1)
}

/// Where the joint of two arguments that begins at `at` with a closing quote ends: `", "`.
pub(in crate::detect) fn of_arguments(bytes: &[u8], at: usize) -> Option<usize> {
    bytes.get(at).filter(|byte| is_quote(**byte))?;
    let end = bytes.len().min(at + LONGEST);
    let comma = gap(bytes, at + 1..end);
    bytes[..end].get(comma).filter(|byte| **byte == b',')?;
    opening(bytes, gap(bytes, comma + 1..end)..end)
}

/// Whether `before` ends in a function that puts its arguments together, or in a format of nothing but texts, and the quote of the first
/// argument: `concat!("`, `"%s%s" % ("`.
pub(in crate::detect) fn opens_call(before: &[u8]) -> bool {
    let near = &before[before.len().saturating_sub(LONGEST_CALL)..];
    let Some(quote) = near.iter().rposition(|byte| is_quote(*byte)) else { return false };
    let is_opening = |byte: &u8| byte.is_ascii_whitespace() || b"(![".contains(byte);
    let opening = near[..quote].iter().rev().take_while(|byte| is_opening(byte)).count();
    let name = &near[..quote - opening];
    let ends_in = |call: &&[u8]| name.len() >= call.len() && name[name.len() - call.len()..].eq_ignore_ascii_case(call);
    near[quote + 1..].iter().all(u8::is_ascii_alphanumeric)
        && opening <= LONGEST_OPENING
        && (opening > 0 && CALLS.iter().any(ends_in) || is_format(name))
}

/// Whether `before` ends in a format that says nothing but where texts go, and in what leads to these.
fn is_format(before: &[u8]) -> bool {
    let Some(format) = [&b","[..], b"%", b".format"].iter().find_map(|sign| before.strip_suffix(*sign)) else {
        return false;
    };
    let Some((quote, mut holes)) = format.trim_ascii_end().split_last().filter(|(quote, _)| is_quote(**quote)) else {
        return false;
    };
    let mut count = 0;
    while let Some(rest) = HOLES.iter().find_map(|hole| holes.strip_suffix(*hole)) {
        (holes, count) = (rest, count + 1);
    }
    count > 1 && holes.ends_with(&[*quote])
}

/// Whether a token at `start` that ends at `end` is an argument of such a function, and the next argument goes on with it.
pub(in crate::detect) fn goes_on_in_call(bytes: &[u8], start: usize, end: usize) -> bool {
    let next = of_arguments(bytes, end).and_then(|end| bytes.get(end));
    next.is_some_and(|byte| byte.is_ascii_alphanumeric() || b"_-".contains(byte)) && opens_call(&bytes[..start])
}

fn is_quote(byte: u8) -> bool {
    b"\"'`".contains(&byte)
}

/// Where the opening quote of a string literal that `range` begins with ends.
fn opening(bytes: &[u8], range: Range<usize>) -> Option<usize> {
    let literal = &bytes[range.start.min(range.end)..range.end];
    let marks = literal.iter().take(2).take_while(|byte| LITERAL_MARKS.contains(byte)).count();
    literal.get(marks).filter(|byte| is_quote(**byte)).map(|_| range.start + marks + 1)
}

/// Where what means nothing between two parts of an expression ends, which `range` begins with: blanks, comments, and the marks by
/// which Visual Basic and PowerShell go on in the next line.
fn gap(bytes: &[u8], range: Range<usize>) -> usize {
    let bytes = &bytes[..range.end];
    let mut place = blanks(bytes, range);
    loop {
        let rest = bytes.get(place..).unwrap_or(&[]);
        let end = match rest {
            [b'/', b'*', ..] => memchr::memmem::find(rest, b"*/").map(|end| end + 2),
            [b'/', b'/', ..] | [b'-', b'-', ..] | [b'#', ..] => memchr::memchr(b'\n', rest),
            [b'_' | b'`', ..] => {
                let feed = 1 + rest[1..].iter().take_while(|byte| b" \t\r".contains(byte)).count();
                rest.get(feed).filter(|byte| **byte == b'\n').map(|_| feed)
            }
            _ => None,
        };
        match end {
            Some(end) => place = blanks(bytes, place + end..bytes.len()),
            None => return place,
        }
    }
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

/// Where the line before may end, if digits begin at `start` that may be those of a line, or the last letter of `\n` and those.
pub(in crate::detect) fn before_line(bytes: &[u8], start: usize) -> Option<usize> {
    let mut place = start + usize::from(bytes[..start].ends_with(b"\\"));
    for _ in 0..LONGEST {
        place -= match bytes[..place.min(bytes.len())] {
            [.., b'\\', b'n' | b'r' | b't'] => 2,
            [.., b' ' | b'\t' | b'\r' | b'\n' | b'\\'] => 1,
            _ => break,
        };
    }
    (place < start).then_some(place)
}

/// Where the blanks that `range` begins with end.
fn blanks(bytes: &[u8], range: Range<usize>) -> usize {
    let within = &bytes[range.start.min(range.end)..range.end];
    range.start.min(range.end) + within.iter().take_while(|byte| byte.is_ascii_whitespace()).count()
}

#[cfg(test)]
mod tests;
