//! `gridleaks baseline`: writes what is found today to a baseline.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::amounts::{plural, size};
use crate::config;
use crate::detect::Detector;
use crate::finding::Outcome;
use crate::report::{begins_line, visible};
use crate::scan::{Counters, HistoryOptions, Idle, Options, ScanError, known, scan, scan_history, suppress};
use crate::source::Named;
use crate::source::files::{Options as FileOptions, globs};
use crate::source::person::today;
use crate::source::project::{from_here, is_bare};
use crate::suppress::{Baseline, Entry, Extent, Known};

use super::args::BaselineArgs;
use super::messages::Messages;
use super::project::{Place, Project, Said, WRITES_BASELINE, read_baseline};
use super::{Failure, Status, notices, output, progress};

/// Scans the project and writes its baseline.
///
/// # Errors
/// The project cannot be scanned whole, or the baseline not be read or written.
pub(super) fn run(args: &BaselineArgs, messages: &Messages) -> Result<Status, Failure> {
    messages.set_color(args.color);
    let said = Said { config: &args.config, baseline: None, from: None, is_told: true };
    let is_bare = is_bare(Path::new("."));
    if is_bare && (!args.history || args.output.is_none()) {
        let remedy =
            "`gridleaks baseline --history -o PATH` writes one of its history, for `gridleaks history --baseline PATH`";
        return Err(
            format!("the repository is bare: it has no files, and no place for a baseline\n  help: {remedy}").into()
        );
    }
    let project = Project::without_baseline(Place::Paths(&[]), said, messages)?;
    let rules = project.rules(&args.rules, messages)?;
    let detector = Arc::new(Detector::new(&rules));
    messages.mask_with(Arc::clone(&detector));
    let top = project.top.as_deref().map(from_here).filter(|top| !top.as_os_str().is_empty());
    let top = top.unwrap_or_else(|| PathBuf::from("."));
    let path = path_of(args, &project, &top);
    output::check(&path)?;
    let is_there = path.symlink_metadata().is_ok();
    let old = is_there.then(|| read_baseline(&path, args.output.is_none(), WRITES_BASELINE)).transpose()?;
    if !args.history && old.as_ref().is_some_and(|old| old.extent == Extent::History) {
        let file = path.display();
        let remedy = "say `--history` as well, or write one of the files alone to another place by `-o PATH`";
        return Err(format!("{file}: it has what the history holds, too, and would lose that\n  help: {remedy}").into());
    }
    let mut found = BTreeSet::new();
    for source in sources(args, is_bare) {
        let Some(outcome) = scanned(source, &top, args, &project, &detector, messages)? else {
            return Ok(Status::Failed);
        };
        found.extend(
            outcome.findings.iter().filter(|finding| finding.counts()).map(|finding| known(finding, &detector)),
        );
    }
    let extent = if args.history { Extent::History } else { Extent::Files };
    let file = path.display().to_string();
    let new = Baseline::of(found, extent, old.as_ref(), &today(), &file);
    output::replace(&path, new.text().as_bytes())?;
    if !args.quiet {
        output::to_stdout(|out| {
            let text = format!("{}: {}\n", begins_line(visible(file.as_bytes())), changes(&new, old.as_ref()));
            out.write_all(&messages.mask(text.as_bytes()))
        })?;
    }
    Ok(Status::Clean)
}

/// Where the baseline goes.
fn path_of(args: &BaselineArgs, project: &Project, top: &Path) -> PathBuf {
    let usual = || if top == Path::new(".") { PathBuf::from(config::BASELINE) } else { top.join(config::BASELINE) };
    args.output.clone().or_else(|| project.baseline.clone()).unwrap_or_else(usual)
}

/// What is scanned for a baseline.
#[derive(Clone, Copy)]
enum Source {
    Files,
    History,
}

/// What is scanned: first the history, which there may be none of, before the files take their time.
fn sources(args: &BaselineArgs, is_bare: bool) -> impl Iterator<Item = Source> {
    [args.history.then_some(Source::History), (!is_bare).then_some(Source::Files)].into_iter().flatten()
}

/// A complete scan; none if it is not, which is said.
fn scanned(
    source: Source,
    top: &Path,
    args: &BaselineArgs,
    project: &Project,
    detector: &Detector,
    messages: &Messages,
) -> Result<Option<Outcome>, Failure> {
    let counters = Counters::default();
    let line = || format!("{} files, {}", counters.files(), size(counters.bytes()));
    let own = args.exclude.iter().map(String::as_str);
    let (of_files, of_git) = (globs(own.clone())?, globs(own.chain(project.exclude()))?);
    let threads = args.threads.map(usize::from);
    let comments = project.comments(Idle::Never);
    let work = || -> Result<Outcome, ScanError> {
        match source {
            Source::Files => {
                let files = FileOptions { exclude: of_files, within: project.within(), ..FileOptions::default() };
                let named = vec![Named::Path(top.to_owned())];
                let options = Options { named, files, threads, comments, ..Options::default() };
                scan(&options, detector, &counters, &mut std::io::empty())
            }
            Source::History => {
                let files = FileOptions { exclude: of_git, ..FileOptions::default() };
                let options = Options { files, threads, comments, ..Options::default() };
                scan_history(top, &options, &HistoryOptions::default(), detector, &counters)
            }
        }
    };
    let mut outcome = progress::while_doing(line, !args.quiet, work)?;
    suppress(&mut outcome, &project.exceptions, detector, &|_| false);
    if outcome.is_complete() {
        return Ok(Some(outcome));
    }
    notices::problems(&outcome, messages);
    messages.error(
        "no baseline is written, since not everything could be read\n  help: mend that, or leave it out by `--exclude` or the config",
    );
    Ok(None)
}

/// What the new baseline holds, and what is new in it and gone, in words.
fn changes(new: &Baseline, old: Option<&Baseline>) -> String {
    let all = |baseline: &Baseline| -> BTreeSet<Known> { baseline.entries.iter().map(Entry::known).collect() };
    let (new, old) = (all(new), old.map(all));
    let findings = plural(new.len() as u64, "finding");
    let Some(old) = old else { return findings };
    format!("{findings}; {} new, {} gone", new.difference(&old).count(), old.difference(&new).count())
}
