//! A terminal that a test sits at: what the program shows on it, and what is typed.

use std::fs::{File, OpenOptions};
use std::io::{Read, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::process::{Command, ExitStatus};
use std::time::Duration;

use rustix::fs::OFlags;
use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use rustix::termios::{LocalModes, tcgetattr};

/// The program's side, which must not become what the tests themselves are run from: with the person, they would go.
fn open(name: &str) -> File {
    let flags = OFlags::NOCTTY.bits().cast_signed();
    OpenOptions::new().read(true).write(true).custom_flags(flags).open(name).unwrap()
}

/// A terminal.
pub struct Terminal {
    person: File,
    /// The program's side, kept open so that what was shown last is not lost.
    program: File,
    name: String,
}

impl Terminal {
    pub fn new() -> Self {
        let person = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).unwrap();
        grantpt(&person).unwrap();
        unlockpt(&person).unwrap();
        let name = ptsname(&person, Vec::new()).unwrap().into_string().unwrap();
        let program = open(&name);
        Terminal { person: File::from(person), program, name }
    }

    /// The program's side, for one of its streams.
    pub fn stream(&self) -> File {
        open(&self.name)
    }

    /// The person's side after the program has shown `text` and gone: reading it gives the text, and then fails.
    pub fn hung_up(mut self, text: &str) -> File {
        self.program.write_all(text.as_bytes()).unwrap();
        self.person
    }

    /// Whether the terminal shows what is typed.
    pub fn echoes(&self) -> bool {
        tcgetattr(&self.program).unwrap().local_modes.contains(LocalModes::ECHO)
    }

    /// Runs a program to its end; what `typed` holds is typed once the terminal no longer shows it. Gives its status, and all
    /// that was shown.
    pub fn run(self, command: &mut Command, typed: Option<&str>) -> (ExitStatus, String) {
        self.run_watched(command, typed, |_| ())
    }

    /// The same; `watch` is told all that was shown so far whenever that is more.
    pub fn run_watched(
        mut self,
        command: &mut Command,
        typed: Option<&str>,
        mut watch: impl FnMut(&str) + Send + 'static,
    ) -> (ExitStatus, String) {
        let mut child = command.spawn().unwrap();
        if let Some(typed) = typed {
            while self.echoes() {
                assert!(child.try_wait().unwrap().is_none(), "the program ended without asking");
                std::thread::sleep(Duration::from_millis(5));
            }
            self.person.write_all(typed.as_bytes()).unwrap();
        }
        let mut reader = self.person.try_clone().unwrap();
        // All that was shown has been read when what is written last comes.
        const END: &[u8] = b"<end of the test>";
        let shown = std::thread::spawn(move || {
            let mut shown = Vec::new();
            let mut piece = [0; 4096];
            while !shown.ends_with(END) {
                let read = reader.read(&mut piece).unwrap();
                shown.extend_from_slice(&piece[..read]);
                watch(&String::from_utf8_lossy(&shown));
            }
            shown.truncate(shown.len() - END.len());
            String::from_utf8(shown).unwrap()
        });
        let status = child.wait().unwrap();
        assert!(self.echoes(), "the terminal is left as it was");
        self.program.write_all(END).unwrap();
        (status, shown.join().unwrap())
    }
}
