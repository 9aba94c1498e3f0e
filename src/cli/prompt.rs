//! Asks for a secret on the terminal that standard input is, without showing what is typed.
//!
//! On Unix this is ours: the crate that does it elsewhere leaves the terminal as it is, without echo, when Ctrl-C ends the
//! process.

use std::io::{self, Write};

use zeroize::Zeroizing;

/// Asks, and gives what was typed before the line's end.
///
/// # Errors
/// What the terminal says, and an input that ended before the line did. Ctrl-C ends the process.
pub(super) fn secret(question: &str) -> io::Result<Zeroizing<Vec<u8>>> {
    let typed = read(question);
    // Nothing was shown of the line's end either.
    let _ = writeln!(io::stderr());
    typed
}

#[cfg(not(unix))]
fn read(question: &str) -> io::Result<Zeroizing<Vec<u8>>> {
    let config = rpassword::ConfigBuilder::new().output_discard().build();
    write!(io::stderr(), "{question}")?;
    rpassword::read_password_with_config(config).map(|typed| Zeroizing::new(typed.into_bytes()))
}

#[cfg(unix)]
fn read(question: &str) -> io::Result<Zeroizing<Vec<u8>>> {
    use std::io::Read;

    let hidden = unix::Hidden::new()?;
    // Only now: what is typed after the question is sure not to show.
    write!(io::stderr(), "{question}")?;
    let typed = line(io::stdin().lock().bytes());
    drop(hidden);
    match typed? {
        Typed::Line(line) => Ok(line),
        Typed::Interrupted => {
            unix::interrupt();
            Err(io::ErrorKind::Interrupted.into())
        }
    }
}

#[cfg(unix)]
mod unix {
    use std::io;

    use rustix::process::{Signal, getpid, kill_process};
    use rustix::termios::{LocalModes, OptionalActions, SpecialCodeIndex, Termios, tcgetattr, tcsetattr};

    /// The terminal in a state in which it shows nothing and hands over each byte, until this is dropped.
    pub(super) struct Hidden {
        before: Termios,
    }

    impl Hidden {
        pub(super) fn new() -> io::Result<Self> {
            let before = tcgetattr(io::stdin())?;
            let mut now = before.clone();
            now.local_modes -= LocalModes::ECHO | LocalModes::ECHONL | LocalModes::ICANON | LocalModes::ISIG;
            now.special_codes[SpecialCodeIndex::VMIN] = 1;
            now.special_codes[SpecialCodeIndex::VTIME] = 0;
            // What was typed too early may be part of the secret, but has been shown already: it stays.
            tcsetattr(io::stdin(), OptionalActions::Now, &now)?;
            Ok(Hidden { before })
        }
    }

    impl Drop for Hidden {
        fn drop(&mut self) {
            let _ = tcsetattr(io::stdin(), OptionalActions::Now, &self.before);
        }
    }

    /// Does what Ctrl-C does where the terminal itself sees it.
    pub(super) fn interrupt() {
        let _ = kill_process(getpid(), Signal::INT);
    }
}

/// What a person typed.
#[cfg(unix)]
#[derive(Debug, PartialEq, Eq)]
enum Typed {
    Line(Zeroizing<Vec<u8>>),
    Interrupted,
}

/// Reads a line as a terminal does that edits it: backspace, Ctrl-U and Ctrl-W take back, arrows and other keys do nothing.
#[cfg(unix)]
fn line(mut bytes: impl Iterator<Item = io::Result<u8>>) -> io::Result<Typed> {
    /// More than a key has; beyond it, what grows leaves copies behind in memory.
    const USUAL: usize = 4096;
    const CTRL_C: u8 = 0x03;
    const CTRL_D: u8 = 0x04;
    const CTRL_U: u8 = 0x15;
    const CTRL_W: u8 = 0x17;
    const ESCAPE: u8 = 0x1b;
    let mut line = Zeroizing::new(Vec::with_capacity(USUAL));
    while let Some(byte) = bytes.next().transpose()? {
        match byte {
            b'\r' | b'\n' => return Ok(Typed::Line(line)),
            CTRL_C => return Ok(Typed::Interrupted),
            CTRL_D if line.is_empty() => break,
            0x08 | 0x7f => _ = line.pop(),
            CTRL_U | CTRL_W => line.clear(),
            ESCAPE => skip_sequence(&mut bytes)?,
            byte if byte.is_ascii_control() => {}
            byte => line.push(byte),
        }
    }
    if line.is_empty() { Err(io::ErrorKind::UnexpectedEof.into()) } else { Ok(Typed::Line(line)) }
}

/// Skips what a key sends behind an escape: a character, or a control sequence.
#[cfg(unix)]
fn skip_sequence(bytes: &mut impl Iterator<Item = io::Result<u8>>) -> io::Result<()> {
    if matches!(bytes.next().transpose()?, Some(b'[' | b'O')) {
        while bytes.next().transpose()?.is_some_and(|byte| !(0x40..=0x7e).contains(&byte)) {}
    }
    Ok(())
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    #[test]
    fn lines_are_edited_as_on_a_terminal() {
        let typed = |keys: &str| line(keys.bytes().map(Ok)).map_err(|error| error.kind());
        for (keys, expected) in [
            ("abc\r", "abc"),
            ("abc\nnext", "abc"),
            ("abc", "abc"),
            ("\r", ""),
            ("ax\u{7f}b\u{8}bc\r", "abc"),
            ("\u{7f}a\r", "a"),
            ("wrong\u{15}abc\r", "abc"),
            ("wrong\u{17}abc\r", "abc"),
            ("a\u{1b}[Ab\u{1b}OBc\u{1b}[200~d\u{1b}x\r", "abcd"),
            ("a\tb\u{4}c\0\r", "abc"),
            ("é\r", "é"),
        ] {
            assert_eq!(typed(keys), Ok(Typed::Line(expected.as_bytes().to_vec().into())), "{keys:?}");
        }
        assert_eq!(typed("abc\u{3}def\r"), Ok(Typed::Interrupted));
        for keys in ["", "\u{4}abc\r", "\u{1b}[", "a\u{7f}"] {
            assert_eq!(typed(keys), Err(io::ErrorKind::UnexpectedEof), "{keys:?}");
        }
    }
}
