//! Regexes as git takes them, which are POSIX's extended ones with what GNU adds, written as this program's own library takes them.

use regex::bytes::{Regex, RegexBuilder};

/// The regex that is meant by `text`. As for git, a text is one line: `.` stands for a break, too, and `^` and `$` for its ends.
///
/// # Errors
/// It is none, or one with a reference back to what was matched.
pub(super) fn compile(text: &str) -> Result<Regex, String> {
    let mut writer = Writer::default();
    let mut rest = text;
    while let Some(sign) = rest.chars().next() {
        let behind = &rest[sign.len_utf8()..];
        rest = match sign {
            '\\' => writer.escape(behind)?,
            '[' => writer.bracket(behind)?,
            '{' => writer.interval(behind)?,
            _ => writer.sign(sign).map(|()| behind)?,
        };
    }
    let regex = RegexBuilder::new(&writer.written).dot_matches_new_line(true).build();
    regex.map_err(|_| "it is no regex".to_owned())
}

/// Writes a regex piece by piece.
#[derive(Default)]
struct Writer {
    written: String,
    /// Where what a repetition would be of begins; none where one cannot stand.
    atom: Option<usize>,
    /// Whether there is a repetition of it already.
    is_repeated: bool,
    /// Where the groups begin that are open.
    groups: Vec<usize>,
}

impl Writer {
    fn literal(&mut self, text: &str) {
        self.atom = Some(self.written.len());
        self.is_repeated = false;
        self.written.push_str(text);
    }

    /// Writes what nothing can be a repetition of.
    fn between(&mut self, text: &str) {
        self.atom = None;
        self.written.push_str(text);
    }

    fn sign(&mut self, sign: char) -> Result<(), String> {
        match sign {
            '*' | '+' | '?' => return self.repeat(&sign.to_string()),
            '^' | '|' => self.between(&sign.to_string()),
            '.' | '$' => self.literal(&sign.to_string()),
            '(' => {
                self.groups.push(self.written.len());
                self.between("(?:");
            }
            ')' => match self.groups.pop() {
                Some(begin) => {
                    self.written.push(')');
                    (self.atom, self.is_repeated) = (Some(begin), false);
                }
                None => self.literal(r"\)"),
            },
            _ => self.literal(&regex::escape(&sign.to_string())),
        }
        Ok(())
    }

    /// Several repetitions in a row mean one of the other here, and something else to the library.
    fn repeat(&mut self, how: &str) -> Result<(), String> {
        let begin = self.atom.ok_or("a repetition is of nothing")?;
        if self.is_repeated {
            self.written.insert_str(begin, "(?:");
            self.written.push(')');
        }
        self.written.push_str(how);
        self.is_repeated = true;
        Ok(())
    }

    /// What a backslash stands before.
    fn escape<'t>(&mut self, rest: &'t str) -> Result<&'t str, String> {
        let sign = rest.chars().next().ok_or("it ends in a backslash")?;
        match sign {
            '1'..='9' => return Err("it refers back to what was matched".to_owned()),
            'w' | 'W' | 's' | 'S' => self.literal(&format!(r"\{sign}")),
            'b' | 'B' => self.between(&format!(r"\{sign}")),
            '<' => self.between(r"\b{start}"),
            '>' => self.between(r"\b{end}"),
            '`' => self.between(r"\A"),
            '\'' => self.between(r"\z"),
            _ => self.literal(&regex::escape(&sign.to_string())),
        }
        Ok(&rest[sign.len_utf8()..])
    }

    /// How often something is there: `{2}`, `{2,}`, `{,3}` or `{2,3}`.
    fn interval<'t>(&mut self, rest: &'t str) -> Result<&'t str, String> {
        let (inside, rest) = rest.split_once('}').ok_or("a brace is open")?;
        let (least, most) = inside.split_once(',').unwrap_or((inside, inside));
        let is_number = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
        if !is_number(least) || !is_number(most) || inside.is_empty() {
            return Err("there is no number in braces".to_owned());
        }
        let least = if least.is_empty() { "0" } else { least };
        self.repeat(&if inside.contains(',') { format!("{{{least},{most}}}") } else { format!("{{{least}}}") })?;
        Ok(rest)
    }

    /// A list of characters; in it, a backslash is one of them.
    fn bracket<'t>(&mut self, rest: &'t str) -> Result<&'t str, String> {
        let open = || "a bracket is open".to_owned();
        let inside = rest.strip_prefix('^');
        let mut list = if inside.is_some() { "[^" } else { "[" }.to_owned();
        let mut rest = inside.unwrap_or(rest);
        let mut is_first = true;
        loop {
            let sign = rest.chars().next().ok_or_else(open)?;
            let behind = &rest[sign.len_utf8()..];
            if sign == ']' && !is_first {
                list.push(']');
                self.literal(&list);
                return Ok(behind);
            }
            is_first = false;
            let named = |(begin, end)| Some((begin, rest.strip_prefix(begin)?.split_once(end)?));
            rest = match [("[:", ":]"), ("[.", ".]"), ("[=", "=]")].into_iter().find_map(named) {
                Some(("[:", (name, behind))) => {
                    list.push_str(&format!("[:{name}:]"));
                    behind
                }
                Some((_, (name, behind))) => {
                    name.chars().for_each(|sign| list.push_str(&escaped(sign)));
                    behind
                }
                // Between two others, it stands for all from the one to the other.
                None if sign == '-' && list.len() > 1 && !list.ends_with('^') && !behind.starts_with(']') => {
                    list.push('-');
                    behind
                }
                None => {
                    list.push_str(&escaped(sign));
                    behind
                }
            };
        }
    }
}

/// A character of a list, as the library takes it.
fn escaped(sign: char) -> String {
    if sign.is_ascii_punctuation() { format!(r"\{sign}") } else { sign.to_string() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn regexes_mean_what_they_mean_to_git() {
        for (regex, text, expected) in [
            ("^a1", "a1\n", Some(true)),
            ("a1$", "a1\n", Some(false)),
            ("a.b", "a\nb", Some(true)),
            ("a+?b", "cb", Some(true)),
            ("^a{2}{2}$", "aaaa", Some(true)),
            ("^a{,2}$", "a", Some(true)),
            ("^(ab|c)*$", "abcab", Some(true)),
            (r"\d", "d", Some(true)),
            (r"\d", "1", Some(false)),
            (r"\<fix\>", "a fix.", Some(true)),
            (r"\<fix\>", "suffix", Some(false)),
            (r"[\]x]", r"\x]", Some(true)),
            (r"^[]a-c^-]+$", "]b^-", Some(true)),
            (r"^[^]]$", "]", Some(false)),
            (r"^[-+]$", "-", Some(true)),
            ("^[[:digit:][:upper:]]+$", "A1", Some(true)),
            ("^[&&~~a]+$", "&~a", Some(true)),
            ("a)", "a)", Some(true)),
            ("a}", "a}", Some(true)),
            ("(?i)x", "X", None),
            ("*a", "*a", None),
            ("a|*b", "b", None),
            (r"(a)\1", "aa", None),
            ("a{x}", "a", None),
            ("a{", "a{", None),
            ("[a", "a", None),
            ("(a", "a", None),
            (r"a\", "a", None),
        ] {
            let found = compile(regex).ok().map(|regex| regex.is_match(text.as_bytes()));
            assert_eq!(found, expected, "{regex} {text}");
        }
    }
}
