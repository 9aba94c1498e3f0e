//! What goes wrong inside containers, as errors that readers hand on to each other and that are told once.

use std::cell::Cell;
use std::fmt;
use std::io;
use std::rc::Rc;

use crate::finding::ProblemKind;

/// What is wrong with a container or a member.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Trouble {
    /// Whether it is broken, or too much.
    pub kind: ProblemKind,
    /// What is wrong.
    pub message: String,
}

impl fmt::Display for Trouble {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Trouble {}

/// Stands for an error that was told where it arose.
#[derive(Debug)]
struct Told;

impl fmt::Display for Told {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("what it lies in cannot be read")
    }
}

impl std::error::Error for Told {}

/// An error that was told already: whoever gets it only stops.
pub fn told() -> io::Error {
    io::Error::other(Told)
}

/// What an error says, in words; none if it was told already.
pub fn trouble(error: &io::Error) -> Option<Trouble> {
    let inner = error.get_ref();
    if inner.is_some_and(|inner| inner.is::<Told>()) {
        return None;
    }
    let known = inner.and_then(|inner| inner.downcast_ref::<Trouble>()).cloned();
    Some(known.unwrap_or_else(|| Trouble { kind: ProblemKind::Unreadable, message: in_words(error).to_owned() }))
}

/// Something is not as its format wants it.
pub(super) fn broken(message: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, Trouble { kind: ProblemKind::Unreadable, message: message.to_owned() })
}

/// The content ends before it should.
pub(super) fn cut_off() -> io::Error {
    broken("it is cut off")
}

/// Something is beyond a limit.
pub(super) fn limit(message: String) -> io::Error {
    io::Error::other(Trouble { kind: ProblemKind::Limit, message })
}

/// A decoder's error in words; decoders say the same in very different ones.
fn in_words(error: &io::Error) -> &'static str {
    match error.kind() {
        io::ErrorKind::UnexpectedEof => "it is cut off",
        io::ErrorKind::OutOfMemory => "it takes more memory than it may",
        _ => "its compressed bytes are broken",
    }
}

/// Whether the bytes that a decoder reads could not be read themselves; shared by all that read them.
#[derive(Debug, Clone, Default)]
pub(super) struct Alarm(Rc<Cell<bool>>);

impl Alarm {
    pub(super) fn ring(&self) {
        self.0.set(true);
    }

    /// A decoder's error, as it is to be handed on: not every decoder keeps the error that it was given.
    pub(super) fn sort(&self, error: io::Error) -> io::Error {
        let is_ours = error.get_ref().is_some_and(|inner| inner.is::<Trouble>() || inner.is::<Told>());
        match is_ours {
            true => error,
            false if self.0.get() => told(),
            false => broken(in_words(&error)),
        }
    }
}
