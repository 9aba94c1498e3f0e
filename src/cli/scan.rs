//! `gridleaks scan` and `gridleaks staged`: scan, verify, report.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use ignore::gitignore::Gitignore;

use crate::detect::Detector;
use crate::finding::{Finding, Outcome, SourceKind, VerificationStatus};
use crate::report::{self, Format, Style, visible};
use crate::rule::RuleSet;
use crate::scan::{
    Commits, Counters, HistoryOptions, Options, ScanError, confirm, scan, scan_history, scan_range, scan_staged,
};
use crate::source::Named;
use crate::source::files::{Options as FileOptions, globs};
use crate::source::os::name_bytes;
use crate::verify::{Counters as VerifyCounters, Verifier};

use super::args::{FailOn, HistoryArgs, PrePushArgs, PreReceiveArgs, ScanArgs, SharedArgs, StagedArgs};
use super::messages::{Messages, stdout_has_color};
use super::{Failure, Status, output, progress, verification};

/// How wide a text report is where there is no terminal to ask.
const WIDTH: usize = 120;

/// Runs `gridleaks scan`.
///
/// # Errors
/// A bad rule file, a path that cannot be scanned, a report that cannot be written.
pub(super) fn files(args: &ScanArgs, messages: &Messages) -> Result<Status, Failure> {
    let named = |path: &PathBuf| {
        if path == Path::new("-") { Named::Stdin } else { Named::Path(path.clone()) }
    };
    let options = Options {
        named: args.paths.iter().map(named).collect(),
        files: FileOptions {
            no_ignore: args.no_ignore,
            exclude: exclude(&args.shared)?,
            follow_named: !args.pre_commit,
        },
        ..options(&args.shared)
    };
    run(&args.shared, messages, |detector, counters| scan(&options, detector, counters, &mut io::stdin().lock()))
}

/// Runs `gridleaks staged`.
///
/// # Errors
/// The same, or there is no repository to be read.
pub(super) fn staged(args: &StagedArgs, messages: &Messages) -> Result<Status, Failure> {
    let options = git_options(&args.shared)?;
    run(&args.shared, messages, |detector, counters| scan_staged(Path::new("."), &options, detector, counters))
}

/// Runs `gridleaks history`.
///
/// # Errors
/// The same, or there is no repository to be read.
pub(super) fn history(args: &HistoryArgs, messages: &Messages) -> Result<Status, Failure> {
    let options = git_options(&args.shared)?;
    let folder = args.repository.as_deref().unwrap_or(Path::new("."));
    let history = HistoryOptions { allow_shallow: args.allow_shallow };
    if let Some(range) = &args.range {
        return range_of(folder, &Commits::Named(range), &options, &history, &args.shared, messages);
    }
    run(&args.shared, messages, |detector, counters| scan_history(folder, &options, &history, detector, counters))
}

/// Runs `gridleaks pre-push`.
///
/// # Errors
/// The same, or standard input is not what git writes.
pub(super) fn pre_push(args: &PrePushArgs, messages: &Messages) -> Result<Status, Failure> {
    if args.pre_commit {
        let told = super::pre_commit::announced()?;
        return pushed(&Commits::Announced(&told), &args.shared, messages);
    }
    let remote = args.remote.as_deref().map(|remote| name_bytes(Path::new(remote)));
    let commits = Commits::Sent(remote.as_deref());
    pushed(&commits, &args.shared, messages)
}

/// Runs `gridleaks pre-receive`.
///
/// # Errors
/// The same, or standard input is not what git writes.
pub(super) fn pre_receive(args: &PreReceiveArgs, messages: &Messages) -> Result<Status, Failure> {
    pushed(&Commits::Received, &args.shared, messages)
}

fn pushed(commits: &Commits<'_>, shared: &SharedArgs, messages: &Messages) -> Result<Status, Failure> {
    // What is older than a clone's history is not pushed from it.
    let history = HistoryOptions { allow_shallow: true };
    range_of(Path::new("."), commits, &git_options(shared)?, &history, shared, messages)
}

/// Scans what some commits bring.
fn range_of(
    folder: &Path,
    commits: &Commits<'_>,
    options: &Options,
    history: &HistoryOptions,
    shared: &SharedArgs,
    messages: &Messages,
) -> Result<Status, Failure> {
    run(shared, messages, |detector, counters| {
        scan_range(folder, commits, options, history, (detector, counters), &mut io::stdin().lock())
    })
}

fn git_options(shared: &SharedArgs) -> Result<Options, Failure> {
    let files = FileOptions { exclude: exclude(shared)?, ..FileOptions::default() };
    Ok(Options { files, ..options(shared) })
}

/// Scans as `work` does, verifies, reports, and says how it ended.
fn run(
    args: &SharedArgs,
    messages: &Messages,
    work: impl FnOnce(&Detector, &Counters) -> Result<Outcome, ScanError>,
) -> Result<Status, Failure> {
    messages.set_color(args.color);
    let rules = super::rules::in_force(&args.rules, messages)?;
    let reports = output::prepare(&args.reports)?;
    let detector = Arc::new(Detector::new(&rules));
    messages.mask_with(Arc::clone(&detector));
    let verifier = verifier(args, &rules, messages)?;
    if args.verbose {
        messages.note(&format!("{} rules in force", rules.rules().len()));
    }
    let counters = Counters::default();
    let line = || format!("{} files, {}", counters.files(), report::size(counters.bytes()));
    let mut outcome = progress::while_doing(line, !args.quiet, || work(&detector, &counters))?;
    if let Some(mut verifier) = verifier {
        let counters = VerifyCounters::default();
        let line = || format!("verifying: {} of {} keys", counters.asked(), counters.all());
        let ask = || confirm(&mut outcome, &detector, &mut verifier, &counters);
        progress::while_doing(line, !args.quiet, ask);
    }
    tell(&outcome, args, messages);
    let style = style(args);
    // Files first: a reader of standard output that goes away takes nothing from them.
    for report in &reports {
        report.write(&outcome, &style)?;
    }
    output::to_stdout(|out| report::write(args.format, &outcome, &style, out))?;
    Ok(status(&outcome, args.verify.fail_on))
}

/// What asks issuers, if that is wanted.
fn verifier(args: &SharedArgs, rules: &RuleSet, messages: &Messages) -> Result<Option<Verifier>, Failure> {
    let args = &args.verify;
    if args.verify {
        return Ok(Some(verification::prepare(&args.request, args.verify_threads, rules)?));
    }
    let request = &args.request;
    if request.verify_url.is_some() || request.verify_timeout.is_some() || args.verify_threads.is_some() {
        messages.warning("nothing is verified without `--verify`: the options that say how do nothing");
    }
    if args.fail_on == FailOn::Active {
        messages.warning("`--fail-on active` lets nothing through without `--verify`: no key is known to be inactive");
    }
    Ok(None)
}

fn options(args: &SharedArgs) -> Options {
    Options { threads: args.threads.map(usize::from), show_secrets: args.show_secrets, ..Options::default() }
}

fn exclude(args: &SharedArgs) -> Result<Gitignore, Failure> {
    Ok(globs(args.exclude.iter().map(String::as_str))?)
}

fn style(args: &SharedArgs) -> Style {
    Style {
        color: stdout_has_color(args.color),
        width: terminal_size::terminal_size().map_or(WIDTH, |(width, _)| usize::from(width.0).clamp(40, 200)),
        show_secrets: args.show_secrets,
        quiet: args.quiet,
    }
}

/// Says on standard error what the report on standard output does not.
fn tell(outcome: &Outcome, args: &SharedArgs, messages: &Messages) {
    if !args.quiet {
        for (path, note) in &outcome.notes {
            messages.warning(&format!("{}: {note}", visible(&path.from_here())));
        }
        if outcome.source == SourceKind::Files && outcome.stats.files == 0 && outcome.is_complete() {
            messages.warning("no file was read: there is none, or all are left out by git's ignore rules (`--no-ignore` reads those too) or by `--exclude`");
        }
    }
    if !args.quiet && args.format != Format::Text {
        tell_unknown(outcome, messages);
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

/// Says that issuers did not answer, which a report for programs does not make plain.
fn tell_unknown(outcome: &Outcome, messages: &Messages) {
    let verifications = outcome.findings.iter().filter_map(|finding| finding.verification.as_deref());
    let unknown: Vec<_> = verifications.filter(|found| found.status == VerificationStatus::Unknown).collect();
    if let Some(detail) = unknown.first().and_then(|found| found.detail.as_deref()) {
        let count = unknown.len();
        let findings =
            if count == 1 { "1 finding still works".to_owned() } else { format!("{count} findings still work") };
        messages.warning(&format!("whether {findings} is unknown; of the first: {detail}"));
    }
}

fn status(outcome: &Outcome, fail_on: FailOn) -> Status {
    let fails = |finding: &Finding| match fail_on {
        FailOn::Any => finding.counts(),
        FailOn::Active => finding.counts() && finding.status() != Some(VerificationStatus::Inactive),
    };
    if outcome.findings.iter().any(fails) {
        Status::Found
    } else if outcome.is_complete() {
        Status::Clean
    } else {
        Status::Failed
    }
}
