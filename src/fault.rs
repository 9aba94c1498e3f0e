//! What is wrong with a file that people write for gridleaks, said so that its author can mend it: file, line, fault and remedy.

use std::fmt;
use std::io;

/// What is said of something that gridleaks itself failed on.
pub const FAILED: &str = "gridleaks failed on it; please report this";

/// An error of the system in a few words, without its number, and without the name of a temporary file, which means nothing to anybody.
pub fn in_words(error: &io::Error) -> String {
    let of_system = error.raw_os_error().map(io::Error::from_raw_os_error);
    let text = of_system.as_ref().unwrap_or(error).to_string();
    let text = text.split(" (os error").next().unwrap_or(&text);
    text.chars().enumerate().map(|(at, c)| if at == 0 { c.to_ascii_lowercase() } else { c }).collect()
}

/// The line, from 1, that the byte at `offset` of a text stands on; the last one for what lies behind its end.
pub fn line_at(text: &[u8], offset: usize) -> usize {
    1 + text.iter().take(offset).filter(|&&byte| byte == b'\n').count()
}

/// A name in backquotes. One that holds a backquote itself does not end them.
pub fn quoted(name: &str) -> String {
    format!("`{}`", name.replace('`', "\\x60"))
}

/// The name that was probably meant by an unknown one; none if no known one is like it.
pub fn nearest<'n>(unknown: &str, known: impl IntoIterator<Item = &'n str>) -> Option<&'n str> {
    /// From where on two names are alike, by Jaro and Winkler's measure of 0 to 1.
    const ALIKE: f64 = 0.7;
    let unknown = unknown.to_lowercase();
    let likeness = |known: &'n str| (strsim::jaro_winkler(&unknown, &known.to_lowercase()), known);
    let nearest = known.into_iter().map(likeness).max_by(|a, b| a.0.total_cmp(&b.0));
    nearest.filter(|(likeness, _)| *likeness > ALIKE).map(|(_, known)| known)
}

/// A file that cannot be used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// The file, as it was named.
    pub file: String,
    /// The line in it, from 1, where known.
    pub line: Option<usize>,
    /// The id of the rule in it, where it is about one.
    pub rule: Option<String>,
    /// What is wrong.
    pub message: String,
    /// What to do about it; empty if nothing can be done.
    pub remedy: String,
}

impl Fault {
    /// Says what is wrong, and what to do about it.
    pub fn new(file: &str, line: Option<usize>, message: impl Into<String>, remedy: impl Into<String>) -> Self {
        Fault { file: file.to_owned(), line, rule: None, message: message.into(), remedy: remedy.into() }
    }

    /// The same, of one rule.
    pub fn of_rule(self, rule: Option<String>) -> Self {
        Fault { rule, ..self }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.file)?;
        if let Some(line) = self.line {
            write!(f, ":{line}")?;
        }
        f.write_str(": ")?;
        if let Some(rule) = &self.rule {
            write!(f, "rule `{rule}`: ")?;
        }
        f.write_str(&self.message)?;
        if self.remedy.is_empty() { Ok(()) } else { write!(f, "\n  help: {}", self.remedy) }
    }
}

impl std::error::Error for Fault {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn errors_of_the_system_have_no_numbers() {
        let missing = io::Error::from_raw_os_error(2);
        assert!(missing.to_string().contains("(os error 2)"), "{missing}");
        assert!(!in_words(&missing).contains("os error") && in_words(&missing).starts_with(char::is_lowercase));
        assert_eq!(in_words(&io::Error::other("It is a folder")), "it is a folder");
    }

    #[test]
    fn a_slip_is_told_from_another_word() {
        let known = ["exclude", "secretGroup"];
        assert_eq!(nearest("exclud", known), Some("exclude"));
        assert_eq!(nearest("SecretGroups", known), Some("secretGroup"));
        assert_eq!((nearest("foo", known), nearest("foo", [])), (None, None));
    }

    #[test]
    fn a_backquote_ends_no_quotation() {
        assert_eq!(quoted("a`b"), "`a\\x60b`");
    }
}
