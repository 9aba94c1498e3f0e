//! The command line: turns arguments into each module's options, runs the command, and gives the exit status.
//!
//! The only place that knows clap, the terminal and the process.

mod args;
mod atomic_file;
mod baseline;
mod install;
mod messages;
mod notices;
mod options;
mod output;
mod packaging;
mod pre_commit;
mod progress;
mod project;
mod prompt;
mod rule_sets;
mod rules;
mod scan;
mod stale;
mod verification;
mod verify;

use std::io::{self, Write};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::process::ExitCode;

use clap::Parser;
use clap::error::ErrorKind;

use crate::fault::in_words;

use args::{Cli, Command};
use messages::Messages;

/// How a run ends, as the exit status says it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Status {
    /// The scan was complete and found nothing.
    Clean = 0,
    /// At least one finding that counts.
    Found = 1,
    /// Wrong usage, an error, or a scan that found nothing but could not read everything.
    Failed = 2,
}

impl From<Status> for ExitCode {
    fn from(status: Status) -> Self {
        ExitCode::from(status as u8)
    }
}

/// Why a command could not do its work, to be said on standard error.
type Failure = Box<dyn std::error::Error>;

/// Runs the program on the process's own arguments and streams.
pub fn main() -> ExitCode {
    hide_panic_messages();
    let messages = Messages::new();
    if let Err(failure) = pre_commit::check(std::env::args_os()) {
        messages.error(&failure.to_string());
        return Status::Failed.into();
    }
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => return usage(&error, &messages).into(),
    };
    let run = || match &cli.command {
        Command::Scan(args) => scan::files(args, &messages),
        Command::Staged(args) => scan::staged(args, &messages),
        Command::History(args) => scan::history(args, &messages),
        Command::PrePush(args) => scan::pre_push(args, &messages),
        Command::PreReceive(args) => scan::pre_receive(args, &messages),
        Command::Baseline(args) => baseline::run(args, &messages),
        Command::Install(args) => install::run(args, &messages),
        Command::Verify(args) => verify::run(args, &messages),
        Command::Rules(args) => rules::run(args, &messages),
        Command::Completions(args) => packaging::completions(args),
        Command::Man(args) => packaging::man(args),
    };
    // The hook has said where it happened; that it must not look like a finding or a clean scan is left.
    let Ok(outcome) = catch_unwind(AssertUnwindSafe(run)) else { return Status::Failed.into() };
    match outcome {
        Ok(status) => status.into(),
        Err(failure) => {
            messages.error(&failure.to_string());
            Status::Failed.into()
        }
    }
}

/// Help and version go to standard output and are a success; anything else is wrong usage.
fn usage(error: &clap::Error, messages: &Messages) -> Status {
    match error.kind() {
        ErrorKind::DisplayHelp | ErrorKind::DisplayVersion => {
            let text = error.render();
            let color = messages::stdout_has_color(options::ColorChoice::Auto);
            let text = if color { text.ansi().to_string() } else { text.to_string() };
            match io::stdout().write_all(text.as_bytes()) {
                Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
                    messages.error(&format!("cannot write to standard output: {}", in_words(&error)));
                    Status::Failed
                }
                _ => Status::Clean,
            }
        }
        _ => {
            messages.usage(error);
            Status::Failed
        }
    }
}

/// A panic's message may quote what was being read, so only its place is told.
fn hide_panic_messages() {
    std::panic::set_hook(Box::new(|panic| {
        let place = panic.location().map(ToString::to_string).unwrap_or_default();
        let _ = writeln!(io::stderr(), "gridleaks: internal error at {place}; please report this");
    }));
}

#[cfg(test)]
mod tests {
    use std::process::Command;

    /// The variable by which the test below knows itself again in a process of its own: the hook holds for a whole process.
    const CHILD: &str = "GRIDLEAKS_TEST_PANIC";

    #[test]
    fn a_panic_tells_its_place_and_nothing_else() {
        if let Ok(text) = std::env::var(CHILD) {
            super::hide_panic_messages();
            let panics = || -> () { panic!("it was {text}") };
            assert!(std::panic::catch_unwind(panics).is_err());
            assert!(std::thread::spawn(move || panic!("{text}")).join().is_err());
            return;
        }
        let mut child = Command::new(std::env::current_exe().unwrap());
        child.args(["--exact", "cli::tests::a_panic_tells_its_place_and_nothing_else", "--nocapture"]);
        let output = child.env(CHILD, "the very key").env("RUST_BACKTRACE", "full").output().unwrap();
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{said}");
        assert_eq!(said.matches("gridleaks: internal error at src/cli/mod.rs:").count(), 2, "{said}");
        assert!(!said.contains("the very key") && !String::from_utf8_lossy(&output.stdout).contains("the very key"));
    }
}
