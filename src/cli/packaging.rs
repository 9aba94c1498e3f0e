//! `gridleaks completions` and `gridleaks man`: what packagers put beside the program, made from the definitions of its arguments.

use clap::{Command, CommandFactory};

use super::args::{Cli, CompletionsArgs, ManArgs};
use super::output::to_stdout;
use super::{Failure, Status};

const NAME: &str = "gridleaks";

/// Writes a shell's completions.
///
/// # Errors
/// Standard output cannot be written.
pub(super) fn completions(args: &CompletionsArgs) -> Result<Status, Failure> {
    let mut text = Vec::new();
    clap_complete::generate(args.shell, &mut Cli::command(), NAME, &mut text);
    to_stdout(|out| out.write_all(&text))?;
    Ok(Status::Clean)
}

/// Writes a manual page.
///
/// # Errors
/// There is no such command, or standard output cannot be written.
pub(super) fn man(args: &ManArgs) -> Result<Status, Failure> {
    let mut root = Cli::command();
    root.build();
    let mut command = &root;
    for word in &args.command {
        command = command.find_subcommand(word).ok_or_else(|| unknown(word, command))?;
    }
    let mut text = Vec::new();
    clap_mangen::Man::new(command.clone()).manual("gridleaks").render(&mut text)?;
    to_stdout(|out| out.write_all(&text))?;
    Ok(Status::Clean)
}

fn unknown(word: &str, command: &Command) -> String {
    let names: Vec<_> = command.get_subcommands().map(Command::get_name).collect();
    match names.is_empty() {
        true => format!("`{}` has no commands of its own, so no `{word}`", command.get_name()),
        false => format!("there is no command `{word}`; there are {}", names.join(", ")),
    }
}
