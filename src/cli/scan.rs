//! The commands that scan (`scan`, `staged`, `history`, `pre-push`, `pre-receive`): what each of them scans, and the one way that all
//! go then: set aside, verify, report, exit status.

use std::ffi::OsString;
use std::io::{self, IsTerminal};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use ignore::gitignore::Gitignore;

use crate::amounts::size;
use crate::detect::Detector;
use crate::finding::{Finding, Outcome, VerificationStatus};
use crate::report::{self, Style};
use crate::rule::RuleSet;
use crate::scan::{
    Commits, Counters, HistoryOptions, Idle, Options, ScanError, begins_container, confirm, note_name, scan,
    scan_history, scan_range, scan_staged, suppress,
};
use crate::source::Named;
use crate::source::files::{Options as FileOptions, globs};
use crate::source::os::name_bytes;
use crate::suppress::Entry;
use crate::verify::{Counters as VerifyCounters, Verifier};

use super::args::{HistoryArgs, PrePushArgs, PreReceiveArgs, ScanArgs, StagedArgs};
use super::messages::{Messages, stdout_has_color};
use super::options::{FailOn, SharedArgs};
use super::project::{Left, Place, Project, Said, is_entry_staged};
use super::{Failure, Status, notices, output, progress, stale, verification};

/// How wide a text report is where there is no terminal to ask.
const WIDTH: usize = 120;

/// Runs `gridleaks scan`.
///
/// # Errors
/// A bad rule file or config, a path that cannot be scanned, a report that cannot be written.
pub(super) fn files(args: &ScanArgs, messages: &Messages) -> Result<Status, Failure> {
    let named = |path: &PathBuf| {
        if path == Path::new("-") { Named::Stdin } else { Named::Path(path.clone()) }
    };
    let shared = &args.shared;
    let project = project(Place::Paths(&args.paths), shared, messages)?;
    let files = FileOptions {
        no_ignore: args.no_ignore,
        exclude: exclude(shared)?,
        within: project.within(),
        follow_named: !args.pre_commit,
    };
    let idle = if shared.verbose { Idle::InAll } else { Idle::InSmall };
    let options = Options { named: args.paths.iter().map(named).collect(), files, ..options(shared, &project, idle) };
    let work = |detector: &Detector, counters: &Counters| scan(&options, detector, counters, &mut io::stdin().lock());
    let left = Left::new();
    let is_held = |entry: &Entry, detector: &Detector| project.holds(entry, &args.paths, &left, detector);
    let looked = Looked { paths: &args.paths, is_held: &is_held, is_range: false, counted: FILES };
    run(shared, &project, &looked, messages, work)
}

/// Runs `gridleaks staged`.
///
/// # Errors
/// The same, or there is no repository to be read.
pub(super) fn staged(args: &StagedArgs, messages: &Messages) -> Result<Status, Failure> {
    let folder = Path::new(".");
    let project = project(Place::Repository(folder), &args.shared, messages)?;
    let options = git_options(&args.shared, &project, Idle::InAll)?;
    let work = |detector: &Detector, counters: &Counters| scan_staged(folder, &options, detector, counters);
    let left = Left::new();
    let is_held = |entry: &Entry, detector: &Detector| is_entry_staged(folder, entry, &left, detector);
    let looked = Looked { paths: &[], is_held: &is_held, is_range: false, counted: FILES };
    run(&args.shared, &project, &looked, messages, work)
}

/// Runs `gridleaks history`.
///
/// # Errors
/// The same, or there is no repository to be read.
pub(super) fn history(args: &HistoryArgs, messages: &Messages) -> Result<Status, Failure> {
    let folder = args.repository.as_deref().unwrap_or(Path::new("."));
    let project = project(Place::Repository(folder), &args.shared, messages)?;
    let history = HistoryOptions { allow_shallow: args.allow_shallow };
    if let Some(range) = &args.range {
        return range_of(folder, &Commits::Named(range), &project, &history, &args.shared, messages);
    }
    let options = git_options(&args.shared, &project, Idle::Never)?;
    let work = |detector: &Detector, counters: &Counters| scan_history(folder, &options, &history, detector, counters);
    let looked = Looked { paths: &[], is_held: &|_, _| false, is_range: false, counted: OBJECTS };
    run(&args.shared, &project, &looked, messages, work)
}

/// Runs `gridleaks pre-push`.
///
/// # Errors
/// The same, or standard input is not what git writes.
pub(super) fn pre_push(args: &PrePushArgs, messages: &Messages) -> Result<Status, Failure> {
    if args.pre_commit {
        let told = super::pre_commit::announced()?;
        return pushed(&Commits::Announced(&told), Place::Repository(Path::new(".")), &args.shared, messages);
    }
    let bytes = |word: &Option<OsString>| word.as_deref().map(|word| name_bytes(Path::new(word)));
    let (remote, address) = (bytes(&args.remote), bytes(&args.url));
    by_git(
        "pre-push",
        "`gridleaks install --pre-push` has git run it; `gridleaks history --range main..HEAD` scans what commits bring",
    )?;
    let commits = Commits::Sent(remote.as_deref(), address.as_deref());
    pushed(&commits, Place::Repository(Path::new(".")), &args.shared, messages)
}

/// Runs `gridleaks pre-receive`.
///
/// # Errors
/// The same, or standard input is not what git writes.
pub(super) fn pre_receive(args: &PreReceiveArgs, messages: &Messages) -> Result<Status, Failure> {
    by_git(
        "pre-receive",
        "have git run it, as `hooks/pre-receive` of a repository that is pushed to; `gridleaks history` scans all that one holds",
    )?;
    pushed(&Commits::Received, Place::Pushed, &args.shared, messages)
}

/// Makes sure that a hook is not waited for at a terminal: nobody writes there what git would, and a wait without a word looks like a
/// scan that does not end.
///
/// # Errors
/// Standard input is a terminal.
fn by_git(command: &str, remedy: &str) -> Result<(), Failure> {
    if !io::stdin().is_terminal() {
        return Ok(());
    }
    let message = "reads on standard input what git tells its hook, and standard input is a terminal";
    Err(format!("`gridleaks {command}` {message}\n  help: {remedy}").into())
}

fn pushed(
    commits: &Commits<'_>,
    place: Place<'_>,
    shared: &SharedArgs,
    messages: &Messages,
) -> Result<Status, Failure> {
    // What is older than a clone's history is not pushed from it.
    let history = HistoryOptions { allow_shallow: true };
    let project = project(place, shared, messages)?;
    range_of(Path::new("."), commits, &project, &history, shared, messages)
}

/// Scans what some commits bring.
fn range_of(
    folder: &Path,
    commits: &Commits<'_>,
    project: &Project,
    history: &HistoryOptions,
    shared: &SharedArgs,
    messages: &Messages,
) -> Result<Status, Failure> {
    let options = git_options(shared, project, Idle::Never)?;
    let looked = Looked { paths: &[], is_held: &|_, _| false, is_range: true, counted: OBJECTS };
    run(shared, project, &looked, messages, |detector, counters| {
        scan_range(folder, commits, &options, history, (detector, counters), &mut io::stdin().lock())
    })
}

fn project(place: Place<'_>, shared: &SharedArgs, messages: &Messages) -> Result<Project, Failure> {
    messages.set_color(shared.color);
    let from = shared.config_from.as_deref();
    let said = Said { config: &shared.config, baseline: shared.baseline.as_deref(), from, is_told: true };
    Project::of(place, said, messages)
}

fn git_options(shared: &SharedArgs, project: &Project, idle: Idle) -> Result<Options, Failure> {
    let exclude = globs(shared.exclude.iter().map(String::as_str).chain(project.exclude()))?;
    let files = FileOptions { exclude, ..FileOptions::default() };
    Ok(Options { files, settings: project.settings(), ..options(shared, project, idle) })
}

/// What of a project is looked at.
struct Looked<'l> {
    /// The paths that were named.
    paths: &'l [PathBuf],
    /// Whether a place that is not looked at still holds what an entry of the baseline stands for.
    is_held: &'l dyn Fn(&Entry, &Detector) -> bool,
    /// Whether only some commits are.
    is_range: bool,
    /// What is counted on the way.
    counted: &'static str,
}

/// What is counted of files, and of the objects of commits.
const FILES: &str = "files";
const OBJECTS: &str = "objects";

/// Scans as `work` does, sets aside what does not count, verifies, reports, and says how it ended.
fn run(
    args: &SharedArgs,
    project: &Project,
    looked: &Looked<'_>,
    messages: &Messages,
    work: impl FnOnce(&Detector, &Counters) -> Result<Outcome, ScanError>,
) -> Result<Status, Failure> {
    let rules = project.rules(&args.rules, messages)?;
    let reports = output::prepare(&args.reports)?;
    let detector = Arc::new(Detector::new(&rules).with_packed(begins_container));
    messages.mask_with(Arc::clone(&detector));
    let verifier = verifier(args, &rules, messages)?;
    if args.verbose {
        messages.note(&format!("{} rules in force", rules.rules().len()));
    }
    let counters = Counters::default();
    let counted = looked.counted;
    let line = || format!("{} {counted}, {}", counters.files(), size(counters.bytes()));
    let mut outcome = progress::while_doing(line, !args.quiet, || work(&detector, &counters))?;
    note_name(&mut outcome, &detector);
    let stale = suppress(&mut outcome, &project.exceptions, &detector, &|entry| (looked.is_held)(entry, &detector));
    if let Some(mut verifier) = verifier {
        let counters = VerifyCounters::default();
        let line = || format!("verifying: {} of {} keys", counters.asked(), counters.all());
        let ask = || confirm(&mut outcome, &detector, &mut verifier, &counters);
        progress::while_doing(line, !args.quiet, ask);
    }
    notices::all(&outcome, args, messages);
    // A glob of the command line may have left out what an entry is about.
    if !args.quiet && args.exclude.is_empty() && !looked.is_range {
        stale::tell(project, &stale, looked.paths, &outcome, messages);
    }
    let style = style(args);
    // Files first: a reader of standard output that goes away takes nothing from them. One that cannot be written takes nothing from
    // the others.
    let mut failed = None;
    for failure in reports.iter().filter_map(|report| report.write(&outcome, &style).err()) {
        if let Some(before) = failed.replace(failure) {
            messages.error(&before.to_string());
        }
    }
    output::to_stdout(|out| report::write(args.format, &outcome, &style, out))?;
    failed.map_or_else(|| Ok(status(&outcome, args.verify.fail_on)), Err)
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

fn options(args: &SharedArgs, project: &Project, idle: Idle) -> Options {
    let idle = if args.quiet { Idle::Never } else { idle };
    let (threads, comments) = (args.threads.map(usize::from), project.comments(idle));
    Options { threads, show_secrets: args.show_secrets, comments, ..Options::default() }
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
