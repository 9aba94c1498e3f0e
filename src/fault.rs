//! What is wrong with a file that people write for gridleaks, said so that its author can mend it: file, line, fault and remedy.

use std::fmt;

/// A file that cannot be used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// The file, as it was named.
    pub file: String,
    /// The line in it, from 1, where known.
    pub line: Option<usize>,
    /// What is wrong.
    pub message: String,
    /// What to do about it.
    pub remedy: String,
}

impl Fault {
    /// Says what is wrong, and what to do about it.
    pub fn new(file: &str, line: Option<usize>, message: impl Into<String>, remedy: impl Into<String>) -> Self {
        Fault { file: file.to_owned(), line, message: message.into(), remedy: remedy.into() }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.file)?;
        if let Some(line) = self.line {
            write!(f, ":{line}")?;
        }
        write!(f, ": {}\n  help: {}", self.message, self.remedy)
    }
}

impl std::error::Error for Fault {}
