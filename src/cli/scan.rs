//! `gridleaks scan`.

use std::io;
use std::path::Path;
use std::sync::Arc;

use crate::detect::Detector;
use crate::finding::{Finding, Outcome};
use crate::report::{self, Format, Style, visible};
use crate::scan::{Counters, Options, scan};
use crate::source::Named;
use crate::source::files::{Options as FileOptions, globs};

use super::args::ScanArgs;
use super::messages::{Messages, stdout_has_color};
use super::{Failure, Status, output, progress};

/// How wide a text report is where there is no terminal to ask.
const WIDTH: usize = 120;

/// Scans, reports, and says how it ended.
///
/// # Errors
/// A bad rule file, a path that cannot be scanned, a report that cannot be written.
pub(super) fn run(args: &ScanArgs, messages: &Messages) -> Result<Status, Failure> {
    messages.set_color(args.color);
    let rules = super::rules::in_force(&args.rules, messages)?;
    let reports = output::prepare(&args.reports)?;
    let detector = Arc::new(Detector::new(&rules));
    messages.mask_with(Arc::clone(&detector));
    let options = options(args)?;
    if args.verbose {
        messages.note(&format!("{} rules in force", rules.rules().len()));
    }
    let counters = Counters::default();
    let outcome = progress::while_doing(&counters, !args.quiet, || {
        scan(&options, &detector, &counters, &mut io::stdin().lock())
    })?;
    tell(&outcome, args, messages);
    let style = style(args);
    // Files first: a reader of standard output that goes away takes nothing from them.
    for report in &reports {
        report.write(&outcome, &style)?;
    }
    output::to_stdout(|out| report::write(args.format, &outcome, &style, out))?;
    Ok(status(&outcome))
}

fn options(args: &ScanArgs) -> Result<Options, Failure> {
    let named = |path: &std::path::PathBuf| {
        if path == Path::new("-") { Named::Stdin } else { Named::Path(path.clone()) }
    };
    let exclude = globs(args.exclude.iter().map(String::as_str))?;
    Ok(Options {
        named: args.paths.iter().map(named).collect(),
        files: FileOptions { no_ignore: args.no_ignore, exclude },
        threads: args.threads.map(usize::from),
        show_secrets: args.show_secrets,
    })
}

fn style(args: &ScanArgs) -> Style {
    Style {
        color: stdout_has_color(args.color),
        width: terminal_size::terminal_size().map_or(WIDTH, |(width, _)| usize::from(width.0).clamp(40, 200)),
        show_secrets: args.show_secrets,
        quiet: args.quiet,
    }
}

/// Says on standard error what the report on standard output does not.
fn tell(outcome: &Outcome, args: &ScanArgs, messages: &Messages) {
    if !args.quiet {
        for (path, note) in &outcome.notes {
            messages.warning(&format!("{}: {note}", visible(&path.from_here())));
        }
        if outcome.stats.files == 0 && outcome.is_complete() {
            messages.warning("no file was read: there is none, or all are left out by git's ignore rules (`--no-ignore` reads those too) or by `--exclude`");
        }
    }
    if outcome.is_complete() {
        return;
    }
    if args.format != Format::Text {
        for problem in &outcome.problems {
            let path = problem.path.as_ref().map(|path| format!("{}: ", visible(&path.from_here())));
            messages.warning(&format!("{}{}", path.unwrap_or_default(), problem.message));
        }
    }
    let count = outcome.problems.len();
    let problems = if count == 1 { "1 problem".to_owned() } else { format!("{count} problems") };
    messages.error(&format!("the scan is incomplete: {problems}"));
}

fn status(outcome: &Outcome) -> Status {
    if outcome.findings.iter().any(Finding::counts) {
        Status::Found
    } else if outcome.is_complete() {
        Status::Clean
    } else {
        Status::Failed
    }
}
