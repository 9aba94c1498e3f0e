//! What holds for the project that is scanned: its config and its baseline, found at its top or named on the command line.

use std::cell::Cell;
use std::path::{Path, PathBuf};

use ignore::gitignore::Gitignore;

use crate::config::{self, Config, NamedBy, files};
use crate::detect::Detector;
use crate::fault::{Fault, quoted};
use crate::report::visible;
use crate::rule::{MAX_RULE_FILE, RuleSet};
use crate::scan::{Comments, Idle, Wanted, is_in_file, is_staged};
use crate::source::excluded::excludes;
use crate::source::files::{Within, globs};
use crate::source::os::name_bytes;
use crate::source::project::{from_here, of_path, of_repository, resolve};
use crate::source::recorded::Recorded;
use crate::suppress::{Baseline, Entry, Exceptions, MAX_BASELINE};
use crate::text_file;

use super::Failure;
use super::messages::Messages;
use super::options::{ConfigArgs, RuleFiles};

/// What to do about a baseline that is not there, or cannot be read, where the usual one or the config's is meant.
pub(super) const WRITES_BASELINE: &str = "`gridleaks baseline` writes it";

/// What to do about a baseline that a commit's config names and the commit does not have.
const IN_COMMIT: &str = "name a commit that has it by `--config-from`, or another baseline by `--baseline`";

/// What is said of a file that a config names and that its commit does not have.
const NOT_THERE: &str = "cannot read it: the commit has no such file";

/// What is scanned, to find its project by.
#[derive(Debug, Clone, Copy)]
pub(super) enum Place<'p> {
    /// Files and folders; none stand for the current folder.
    Paths(&'p [PathBuf]),
    /// A repository that this folder is in.
    Repository(&'p Path),
    /// What somebody has pushed: nothing that it brings says what counts.
    Pushed,
}

/// What the command line says of a project.
#[derive(Debug, Clone, Copy)]
pub(super) struct Said<'a> {
    /// Of its config.
    pub(super) config: &'a ConfigArgs,
    /// Of its baseline.
    pub(super) baseline: Option<&'a Path>,
    /// Of the commit that config, baseline and rules are taken from.
    pub(super) from: Option<&'a str>,
    /// Whether it is told what a config that was found leaves out: not where nothing is scanned. It is told even with `--quiet`, since
    /// somebody else may have written that config.
    pub(super) is_told: bool,
}

/// A project, with what holds for it.
#[derive(Debug)]
pub(super) struct Project {
    /// Its top, resolved; none if there is none, or the paths lie in several.
    pub(super) top: Option<PathBuf>,
    /// Where its baseline is, or would be.
    pub(super) baseline: Option<PathBuf>,
    /// What does not count.
    pub(super) exceptions: Exceptions,
    config: Config,
    /// What the config leaves out.
    exclude: Gitignore,
    by_comments: bool,
    /// The commit that the config, the baseline and the rules of the config come from, unless they come from files.
    recorded: Option<Recorded>,
}

impl Project {
    /// Finds out what holds. A config that was found, and not named, is told of if it leaves files out.
    ///
    /// # Errors
    /// A config or a baseline cannot be used, or the paths lie in several projects of which one has a config.
    pub(super) fn of(place: Place<'_>, said: Said<'_>, messages: &Messages) -> Result<Self, Failure> {
        let mut project = Self::without_baseline(place, said, messages)?;
        let is_named = said.baseline.is_some();
        if let Some(recorded) = project.recorded.as_ref().filter(|_| !is_named) {
            project.exceptions.baseline = project.recorded_baseline(recorded)?;
            return Ok(project);
        }
        if let Some(path) = project.baseline.clone().filter(|path| is_named || project.has_baseline(path)) {
            // The usual one is found, whoever named the config.
            let by_person = is_named || said.config.config.is_some() && project.config.baseline.is_some();
            let named = format!("`gridleaks baseline -o {}` writes it", path.display());
            let remedy = match (is_named, path.exists()) {
                (true, false) => &named,
                (false, false) => WRITES_BASELINE,
                (true, true) => "name a file that `gridleaks baseline` wrote",
                (false, true) => "name one that `gridleaks baseline` wrote by `--baseline PATH`, or take it away",
            };
            project.exceptions.baseline = Some(read_baseline(&path, !by_person, remedy)?);
        }
        Ok(project)
    }

    /// The same, but for the baseline, which may not be there yet.
    ///
    /// # Errors
    /// The same, but for what is wrong with a baseline.
    pub(super) fn without_baseline(place: Place<'_>, said: Said<'_>, messages: &Messages) -> Result<Self, Failure> {
        let ConfigArgs { config: given, no_config } = said.config;
        let tops = tops(place);
        let is_one = tops.len() == 1;
        let has_own = |top: &&PathBuf| [config::NAME, config::BASELINE].iter().any(|name| is_there(&top.join(name)));
        if !is_one
            && !no_config
            && given.is_none()
            && let Some(top) = tops.iter().flatten().find(|top| said.from.is_some() || has_own(top))
        {
            let top = from_here(top);
            let shown = if top.as_os_str().is_empty() { Path::new(".") } else { &top };
            let has = if said.from.is_some() { "is one of them" } else { "has a config or a baseline" };
            return Err(format!(
                "the paths lie in several projects, and {} {has}\n  help: scan one at a time, or say `--config PATH` or `--no-config`",
                shown.display()
            )
            .into());
        }
        let top = tops.into_iter().next().flatten().filter(|_| is_one);
        let folder = match place {
            Place::Repository(folder) => folder,
            Place::Paths(_) => top.as_deref().unwrap_or(Path::new(".")),
            Place::Pushed => Path::new("."),
        };
        let recorded = said.from.map(|revision| Recorded::open(folder, revision)).transpose()?;
        let found = top.as_ref().filter(|_| !no_config && recorded.is_none()).map(|top| from_here(top));
        let config = match (given, &found) {
            (Some(path), _) => Config::read(path, NamedBy::Person)?,
            (None, _) if recorded.is_some() => {
                recorded.as_ref().map(Config::recorded).transpose()?.flatten().unwrap_or_default()
            }
            (None, Some(top)) if is_there(&top.join(config::NAME)) => {
                Config::read(&top.join(config::NAME), NamedBy::Nobody)?
            }
            _ => Config::default(),
        };
        if given.is_none() && !config.exclude.is_empty() && said.is_told {
            messages.note(&format!("{} leaves out {}", config.file.display(), named(&config.exclude, messages)));
        }
        let usual = found.map(|top| top.join(config::BASELINE));
        Ok(Project {
            baseline: said.baseline.map(Path::to_owned).or_else(|| config.baseline.clone()).or(usual),
            exclude: globs(config.exclude.iter().map(String::as_str))?,
            exceptions: Exceptions::default(),
            by_comments: !no_config,
            config,
            top,
            recorded,
        }
        .with_allows())
    }

    fn with_allows(mut self) -> Self {
        self.exceptions.allows = std::mem::take(&mut self.config.allows);
        self
    }

    /// Whether a baseline that nobody named on the command line is to be read: one that the config names has to be there.
    fn has_baseline(&self, path: &Path) -> bool {
        self.config.baseline.is_some() || is_there(path)
    }

    /// The rules in force: the built-in ones, those of the command line, and those of the config.
    ///
    /// # Errors
    /// A bad rule file.
    pub(super) fn rules(&self, named: &RuleFiles, messages: &Messages) -> Result<RuleSet, Failure> {
        let remedy = "the config's `rules` name it as a rule file: put it there, or take it out of them";
        let text = |path: &PathBuf| match &self.recorded {
            Some(recorded) => {
                let (path, file) = recorded_path(recorded, path);
                let text = files::read_recorded(recorded, &path, MAX_RULE_FILE, remedy)?;
                Ok((file.clone(), text.ok_or_else(|| Fault::new(&file, None, NOT_THERE, remedy))?))
            }
            None => Ok((path.display().to_string(), text_file::read(path, MAX_RULE_FILE, remedy)?)),
        };
        let texts = self.config.rules.iter().map(text).collect::<Result<Vec<_>, Fault>>()?;
        super::rule_sets::with_config(named, &texts, messages)
    }

    /// The baseline that the commit records; one that its config names has to be there.
    fn recorded_baseline(&self, recorded: &Recorded) -> Result<Option<Baseline>, Fault> {
        let named = self.config.baseline.as_deref();
        let (path, file) = recorded_path(recorded, named.unwrap_or(Path::new(config::BASELINE)));
        match files::read_recorded(recorded, &path, MAX_BASELINE, IN_COMMIT)? {
            Some(text) => Baseline::parse(&file, &text).map(Some),
            None if named.is_some() => Err(Fault::new(&file, None, NOT_THERE, IN_COMMIT)),
            None => Ok(None),
        }
    }

    /// The files of the repository that say what counts in this scan, whether they are there or not, from its top.
    pub(super) fn settings(&self) -> Vec<Vec<u8>> {
        let named = self.baseline.iter().chain(&self.config.rules).map(PathBuf::as_path);
        if self.recorded.is_some() {
            let usual = [Path::new(config::NAME), Path::new(config::BASELINE)];
            return usual.into_iter().chain(named).map(name_bytes).collect();
        }
        let Some(top) = &self.top else { return Vec::new() };
        let usual = top.join(config::NAME);
        let config = match self.config.file.as_os_str().is_empty() {
            false => Some(&*self.config.file),
            true => self.by_comments.then_some(&*usual),
        };
        let full = config.into_iter().chain(named).filter_map(resolve);
        full.filter_map(|full| full.strip_prefix(top).ok().map(name_bytes)).collect()
    }

    /// What is made of comments, which are told where they allow nothing as far as `idle` says.
    pub(super) fn comments(&self, idle: Idle) -> Comments {
        Comments { count: self.by_comments, idle }
    }

    /// The config's file; an empty path if there is none.
    pub(super) fn config_file(&self) -> &Path {
        &self.config.file
    }

    /// What is left out of files.
    pub(super) fn within(&self) -> Option<Within> {
        Some(Within { top: self.top.clone()?, exclude: self.exclude.clone() })
    }

    /// The globs of what is left out from the top on.
    pub(super) fn exclude(&self) -> impl Iterator<Item = &str> {
        self.config.exclude.iter().map(String::as_str)
    }

    /// Whether a file that a scan of `paths` does not read holds what an entry of the baseline stands for.
    pub(super) fn holds(&self, entry: &Entry, paths: &[PathBuf], left: &Left, detector: &Detector) -> bool {
        let (Some(top), Some(path)) = (&self.top, container_of(entry)) else { return false };
        if self.covers(paths, path) {
            return false;
        }
        left.is_spent() || files::below(top, path).is_ok_and(|file| is_in_file(&file, wanted(entry), detector))
    }

    /// Whether a scan of `paths` reads what lies at `path` in the project.
    pub(super) fn covers(&self, paths: &[PathBuf], path: &str) -> bool {
        let Some(top) = &self.top else { return false };
        let here = [PathBuf::from(".")];
        let paths = if paths.is_empty() { &here[..] } else { paths };
        let is_in = |root: &PathBuf| {
            let Some(place) = resolve(root) else { return false };
            let Ok(place) = place.strip_prefix(top).map(name_bytes) else { return false };
            let rest = path.as_bytes().strip_prefix(&*place);
            rest.is_some_and(|rest| {
                place.is_empty() || rest.is_empty() || rest.starts_with(b"/") || rest.starts_with(b"!/")
            })
        };
        paths.iter().any(is_in) && !excludes(&self.exclude, path.as_bytes())
    }
}

/// A few of some globs, to be shown.
fn named(globs: &[String], messages: &Messages) -> String {
    const MOST_NAMED: usize = 5;
    const LONGEST: usize = 80;
    // A key in it is masked whole, so nothing is cut before.
    let shown = |glob: &String| {
        let masked = visible(&messages.mask(glob.as_bytes()));
        match masked.char_indices().nth(LONGEST) {
            Some((end, _)) => quoted(&format!("{}…", &masked[..end])),
            None => quoted(&masked),
        }
    };
    let named = globs.iter().take(MOST_NAMED).map(shown).collect::<Vec<_>>().join(", ");
    let more = globs.len().saturating_sub(MOST_NAMED);
    if more > 0 { format!("{named} and {more} more") } else { named }
}

/// Reads a baseline; one that was found, and not named, is not followed elsewhere. What to do if it cannot be read is in `remedy`.
///
/// # Errors
/// It cannot be read, or what is wrong with it.
pub(super) fn read_baseline(path: &Path, is_found: bool, remedy: &str) -> Result<Baseline, Failure> {
    if is_found && path.is_symlink() {
        return Err(format!(
            "{}: it is a symbolic link, which is not followed\n  help: name it by `--baseline PATH`",
            path.display()
        )
        .into());
    }
    let text = text_file::read(path, MAX_BASELINE, remedy)?;
    Ok(Baseline::parse(&path.display().to_string(), &text)?)
}

/// The tops of the projects in which what is scanned lies; a path that lies in none counts as one of its own.
fn tops(place: Place<'_>) -> Vec<Option<PathBuf>> {
    let mut tops: Vec<_> = match place {
        Place::Paths([]) => vec![of_path(Path::new("."))],
        // Standard input belongs to where it is read.
        Place::Paths(paths) => {
            paths.iter().map(|path| of_path(if path == Path::new("-") { Path::new(".") } else { path })).collect()
        }
        Place::Repository(folder) => vec![of_repository(folder)],
        Place::Pushed => vec![None],
    };
    tops.sort();
    tops.dedup();
    tops
}

/// Whether what the next commit would record in the repository that `folder` is in holds, in its place, what an entry of the baseline
/// stands for.
pub(super) fn is_entry_staged(folder: &Path, entry: &Entry, left: &Left, detector: &Detector) -> bool {
    let holds = |path: &str| left.is_spent() || is_staged(folder, path.as_bytes(), wanted(entry), detector);
    container_of(entry).is_some_and(holds)
}

/// At how many places of a baseline's entries a scan looks that it does not read itself. A baseline could name ten thousand for one key;
/// what is not looked at is taken to hold it still.
const MOST_LOOKED_AT: u32 = 200;

/// How many of these are left.
pub(super) struct Left(Cell<u32>);

impl Left {
    pub(super) fn new() -> Self {
        Left(Cell::new(MOST_LOOKED_AT))
    }

    fn is_spent(&self) -> bool {
        let left = self.0.get();
        self.0.set(left.saturating_sub(1));
        left == 0
    }
}

/// The file that an entry lies in: the outermost container, if it is a member's.
fn container_of(entry: &Entry) -> Option<&str> {
    entry.path.as_deref().map(|path| path.split("!/").next().unwrap_or(path))
}

fn wanted(entry: &Entry) -> Wanted<'_> {
    Wanted { rule: &entry.rule, fingerprint: entry.fingerprint }
}

/// A path that a commit's config names, as git has it, and what to call the file.
fn recorded_path(recorded: &Recorded, path: &Path) -> (String, String) {
    let path = String::from_utf8_lossy(&name_bytes(path)).into_owned();
    let file = files::recorded_name(recorded, &path);
    (path, file)
}

fn is_there(path: &Path) -> bool {
    path.symlink_metadata().is_ok()
}
