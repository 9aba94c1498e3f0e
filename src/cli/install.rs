//! `gridleaks install`: puts git hooks in place, and says what was put where.

use std::io::Write;
use std::path::Path;

use crate::report::{begins_line, visible};
use crate::source::hooks::{Hook, Hooks, Placed};

use super::args::InstallArgs;
use super::messages::Messages;
use super::output::to_stdout;
use super::{Failure, Status};

/// Puts each hook in place that can be.
///
/// # Errors
/// There is no repository, or standard output cannot be written.
pub(super) fn run(args: &InstallArgs, messages: &Messages) -> Result<Status, Failure> {
    let hooks = Hooks::find(Path::new("."))?;
    let mut wanted = vec![Hook::PreCommit];
    if args.pre_push {
        wanted.push(Hook::PrePush);
    }
    if args.pre_push && hooks.is_bare() {
        messages.note("the repository is bare: nobody commits in it, so that it gets no pre-commit hook");
        wanted.retain(|hook| *hook != Hook::PreCommit);
    }
    let mut text = Vec::new();
    let mut failures = Vec::new();
    for hook in wanted {
        match hooks.put(hook) {
            Ok(placed) => writeln!(text, "{}: {}", begins_line(visible(&hooks.path(hook))), said(hook, placed))?,
            Err(failure) => failures.push(failure),
        }
    }
    to_stdout(|out| out.write_all(&messages.mask(&text)))?;
    if !text.is_empty() && hooks.is_shared() {
        messages.warning(
            "this folder lies outside of the repository: its hooks run in every repository whose `core.hooksPath` names it",
        );
    }
    for failure in &failures {
        messages.error(&failure.to_string());
    }
    Ok(if failures.is_empty() { Status::Clean } else { Status::Failed })
}

fn said(hook: Hook, placed: Placed) -> String {
    let command = hook.command();
    match placed {
        Placed::Written => format!("written; it runs `{command}`"),
        Placed::Renewed => format!("written anew; it runs `{command}`"),
        Placed::AlreadyThere => format!("already in place; it runs `{command}`"),
    }
}
