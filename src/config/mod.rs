//! `gridleaks.toml`: what a project says of its scans. It may leave files out, allow findings, and add rules and a baseline; of
//! verification it may say nothing, for it can be anybody's.

pub mod files;
mod tables;

use std::path::{Path, PathBuf};

use serde::Deserialize;
use toml::Spanned;

use crate::fault::{Fault, line_at, nearest};
use crate::source::files::globs;
use crate::source::recorded::Recorded;
use crate::suppress::Allows;
use crate::text_file;

use tables::RawAllow;

/// The config's name, at the top of a project.
pub const NAME: &str = "gridleaks.toml";

/// The name that a baseline has there, unless the config gives it another one.
pub const BASELINE: &str = "gridleaks.baseline";

/// The bytes that a config may have.
const MAX_CONFIG: u64 = 1 << 20;

/// The option that leaves a config out, as remedies name it.
const NO_CONFIG: &str = "--no-config";

/// How many globs `exclude` may have, and how many bytes each of them.
const MOST_GLOBS: usize = 1000;
const LONGEST_GLOB: usize = 4096;

/// What the config says, checked.
#[derive(Debug, Default)]
pub struct Config {
    /// The file.
    pub file: PathBuf,
    /// Globs of what is left out, from the top of the project.
    pub exclude: Vec<String>,
    /// The baseline, if it names one.
    pub baseline: Option<PathBuf>,
    /// Rule files.
    pub rules: Vec<PathBuf>,
    /// What is allowed.
    pub allows: Allows,
}

/// Who named a config.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NamedBy {
    /// The command line.
    Person,
    /// Nobody: it was found in what is scanned.
    Nobody,
}

/// The file as it is written.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Raw {
    #[serde(default)]
    exclude: Vec<Spanned<String>>,
    baseline: Option<Spanned<String>>,
    #[serde(default)]
    rules: Vec<Spanned<String>>,
    #[serde(default)]
    allow: Vec<Spanned<RawAllow>>,
}

/// The text of a config, to say where in it something is wrong.
struct Source<'a> {
    file: &'a str,
    text: &'a str,
}

impl Source<'_> {
    fn line_at(&self, offset: usize) -> usize {
        line_at(self.text.as_bytes(), offset)
    }

    fn fault(&self, offset: usize, message: impl Into<String>, remedy: impl Into<String>) -> Fault {
        Fault::new(self.file, Some(self.line_at(offset)), message, remedy)
    }
}

impl Config {
    /// Reads a config.
    ///
    /// # Errors
    /// It cannot be read, or the first thing that is wrong with it.
    pub fn read(path: &Path, named_by: NamedBy) -> Result<Self, Fault> {
        let file = path.display().to_string();
        if named_by == NamedBy::Nobody && path.is_symlink() {
            let remedy =
                format!("put the file itself there, name one by `--config PATH`, or leave it out by `{NO_CONFIG}`");
            return Err(Fault::new(&file, None, "it is a symbolic link, which is not followed", remedy));
        }
        let remedy = match named_by {
            NamedBy::Person => "name a config file".to_owned(),
            NamedBy::Nobody => format!("mend it, or leave it out by `{NO_CONFIG}`"),
        };
        let text = text_file::read(path, MAX_CONFIG, &remedy)?;
        let folder = path.parent().unwrap_or(Path::new(""));
        Self::parse(path, &text, &|named| match named_by {
            NamedBy::Person => Ok(folder.join(named)),
            NamedBy::Nobody => files::below(folder, named),
        })
    }

    /// The config that a commit records at the top, if it does. The files that it names are from the top, too, and are the commit's.
    ///
    /// # Errors
    /// The same.
    pub fn recorded(recorded: &Recorded) -> Result<Option<Self>, Fault> {
        let remedy = format!("name another commit, or leave it out by `{NO_CONFIG}`");
        let text = files::read_recorded(recorded, NAME, MAX_CONFIG, &remedy)?;
        let file = files::recorded_name(recorded, NAME);
        text.map(|text| Self::parse(Path::new(&file), &text, &files::below_in_words)).transpose()
    }

    /// Checks a config's text. `path_of` says which file is meant by a path in it, or why it may not be read.
    fn parse(path: &Path, text: &str, path_of: &dyn Fn(&str) -> Result<PathBuf, String>) -> Result<Self, Fault> {
        let file = path.display().to_string();
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        let source = Source { file: &file, text };
        let raw: Raw = toml::from_str(text).map_err(|error| toml_fault(&source, &error))?;
        let path_of = |named: &Spanned<String>| {
            path_of(named.as_ref()).map_err(|message| {
                source.fault(named.span().start, message, "name a file below it, or name the config by `--config PATH`")
            })
        };
        if let Some(glob) = raw.exclude.get(MOST_GLOBS) {
            let message = format!("`exclude` has more than {MOST_GLOBS} globs");
            return Err(source.fault(glob.span().start, message, "leave whole folders out"));
        }
        let exclude: Vec<String> =
            raw.exclude.iter().map(|glob| checked_glob(&source, glob)).collect::<Result<_, _>>()?;
        if let (Err(error), Some(first)) = (globs(exclude.iter().map(String::as_str)), raw.exclude.first()) {
            let message = format!("of `exclude`, {error}");
            return Err(source.fault(
                first.span().start,
                message,
                "leave whole folders out, or write fewer or shorter ones",
            ));
        }
        Ok(Config {
            exclude,
            baseline: raw.baseline.as_ref().map(path_of).transpose()?,
            rules: raw.rules.iter().map(path_of).collect::<Result<_, _>>()?,
            allows: tables::compile(&source, &raw.allow)?,
            file: path.to_owned(),
        })
    }
}

/// A glob that is one, and is not empty.
fn checked_glob(source: &Source<'_>, glob: &Spanned<String>) -> Result<String, Fault> {
    let fault = |message: String| source.fault(glob.span().start, message, "write it as in a .gitignore file");
    if glob.as_ref().len() > LONGEST_GLOB {
        let message = format!("a glob is over {LONGEST_GLOB} bytes");
        return Err(source.fault(glob.span().start, message, "no path is as long as that"));
    }
    match globs([glob.as_ref().as_str()]) {
        Ok(matcher) if !matcher.is_empty() => Ok(glob.as_ref().clone()),
        Ok(_) => Err(fault(format!("the glob `{}` matches nothing", glob.as_ref()))),
        Err(error) => Err(fault(format!("the glob `{}` is none: {error}", glob.as_ref()))),
    }
}

/// A fault that the TOML parser found, with the key that was probably meant.
fn toml_fault(source: &Source<'_>, error: &toml::de::Error) -> Fault {
    let offset = error.span().map_or(0, |span| span.start);
    let line = source.text.lines().nth(source.line_at(offset) - 1).unwrap_or_default();
    if ["<<<<<<<", "=======", ">>>>>>>"].iter().any(|mark| line.starts_with(mark)) {
        return source.fault(offset, "a merge conflict is not resolved", "keep what is right, and delete the marks");
    }
    let message = error.message().lines().collect::<Vec<_>>().join(", ");
    let remedy = remedy_for(&message);
    source.fault(offset, message, remedy)
}

fn remedy_for(message: &str) -> String {
    if !message.starts_with("unknown field") {
        return "docs/adopting.md shows what a config looks like".to_owned();
    }
    let mut names = message.split('`').skip(1).step_by(2);
    let unknown = names.next().unwrap_or_default().to_lowercase();
    if ["verif", "url", "fail"].iter().any(|part| unknown.contains(part)) {
        return "a config says nothing about verification: that is for the command line alone".to_owned();
    }
    let known: Vec<&str> = names.collect();
    match nearest(&unknown, known.iter().copied()) {
        Some(meant) => format!("did you mean `{meant}`?"),
        None => format!("the keys are {}", known.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ")),
    }
}
