//! The options that several commands share.

use std::ffi::OsString;
use std::path::PathBuf;
use std::str::FromStr;
use std::time::Duration;

use clap::{ArgAction, Args, ValueEnum};

use crate::report::Format;

/// Which config holds.
#[derive(Debug, Clone, Default, Args)]
pub(super) struct ConfigArgs {
    /// Use this config, not the gridleaks.toml at the top of the project
    #[arg(long, value_name = "PATH", conflicts_with = "no_config")]
    pub(super) config: Option<PathBuf>,

    /// Let nothing that is scanned say what counts: no gridleaks.toml, no gridleaks.baseline, and no comments that allow keys
    #[arg(long)]
    pub(super) no_config: bool,
}

/// What all commands that scan understand.
#[derive(Debug, Args)]
pub(super) struct SharedArgs {
    /// How to write the report to standard output: text, json, jsonl, sarif, github, gitlab, markdown or html
    #[arg(long, value_name = "FORMAT", default_value = "text", value_parser = Format::from_str)]
    pub(super) format: Format,

    /// Write a report to a file as well, as in `--report sarif=out.sarif`; may be repeated
    #[arg(long = "report", value_name = "FORMAT=PATH", value_parser = ReportArg::from_str)]
    pub(super) reports: Vec<ReportArg>,

    #[command(flatten)]
    pub(super) rules: RuleFiles,

    #[command(flatten)]
    pub(super) verify: VerifyArgs,

    #[command(flatten)]
    pub(super) config: ConfigArgs,

    /// Take config, baseline and rules as this commit records them, not from the files there: those of a pull request's base, say
    #[arg(long, value_name = "COMMIT", conflicts_with_all = ["config", "no_config"])]
    pub(super) config_from: Option<String>,

    /// Do not count what is in this baseline, not that of the config or the gridleaks.baseline at the top of the project
    #[arg(long, value_name = "PATH")]
    pub(super) baseline: Option<PathBuf>,

    /// Leave out what matches this glob, in the syntax of .gitignore and relative to each PATH, or to the top of
    /// the repository; may be repeated
    #[arg(long, value_name = "GLOB", value_parser = glob)]
    pub(super) exclude: Vec<String>,

    /// How many threads to use [default: one for each processor]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1024))]
    pub(super) threads: Option<u16>,

    /// When to use colour
    #[arg(long, value_name = "WHEN", value_enum, default_value_t = ColorChoice::Auto)]
    pub(super) color: ColorChoice,

    /// Show secrets plain in the reports; they are redacted otherwise
    #[arg(long)]
    pub(super) show_secrets: bool,

    /// Say only what was found and what could not be read
    #[arg(short, long)]
    pub(super) quiet: bool,

    /// Say more about what is done, on standard error
    #[arg(short, long, action = ArgAction::SetTrue, conflicts_with = "quiet")]
    pub(super) verbose: bool,
}

/// Whether and how issuers are asked about the keys that were found.
#[derive(Debug, Args)]
pub(super) struct VerifyArgs {
    /// Ask Retailgrid whether each key that is found still works; nothing is ever sent without this
    #[arg(long)]
    pub(super) verify: bool,

    /// How many keys to ask about at once [default: 10]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=64))]
    pub(super) verify_threads: Option<u16>,

    #[command(flatten)]
    pub(super) request: RequestArgs,

    /// Which findings make the exit status 1: all, or all but keys that are known to be inactive
    #[arg(long, value_name = "WHICH", value_enum, default_value_t = FailOn::Any)]
    pub(super) fail_on: FailOn,
}

/// How one request is made.
#[derive(Debug, Args)]
pub(super) struct RequestArgs {
    /// Ask here about Retailgrid keys, not at Retailgrid: HTTPS, or this machine [env: GRIDLEAKS_VERIFY_URL]
    #[arg(long, value_name = "URL")]
    pub(super) verify_url: Option<OsString>,

    /// How many seconds a request may take [default: 10]
    #[arg(long, value_name = "SECONDS", value_parser = seconds)]
    pub(super) verify_timeout: Option<Duration>,
}

/// Which findings make the exit status 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum FailOn {
    /// All
    Any,
    /// All but keys that their issuer called inactive
    Active,
}

/// Rules besides the built-in ones.
#[derive(Debug, Args)]
pub(super) struct RuleFiles {
    /// Use the rules in this file, or in the *.toml files of this folder, as well; may be repeated
    #[arg(long = "rules", value_name = "PATH")]
    pub(super) files: Vec<PathBuf>,
}

/// When to use colour.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum ColorChoice {
    /// On a terminal, unless NO_COLOR is set
    Auto,
    /// Always
    Always,
    /// Never
    Never,
}

/// A format and the file that the report in it goes to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct ReportArg {
    pub(super) format: Format,
    pub(super) path: PathBuf,
}

impl FromStr for ReportArg {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let Some((format, path)) = text.split_once('=') else {
            return Err("write it as FORMAT=PATH, as in `sarif=out.sarif`".to_owned());
        };
        match path {
            "" => Err("the path is empty; write it as FORMAT=PATH, as in `sarif=out.sarif`".to_owned()),
            "-" => Err("a report goes to a file; for standard output, use --format".to_owned()),
            path => Ok(ReportArg { format: format.parse()?, path: path.into() }),
        }
    }
}

/// A glob that is one, and is not empty.
pub(super) fn glob(text: &str) -> Result<String, String> {
    let matcher = crate::source::files::globs([text])?;
    if matcher.is_empty() { Err("it matches nothing".to_owned()) } else { Ok(text.to_owned()) }
}

/// A number of seconds in which a request can be made.
pub(super) fn seconds(text: &str) -> Result<Duration, String> {
    let range = 0.1..=120.0;
    match text.strip_suffix('s').unwrap_or(text).parse::<f64>() {
        Ok(seconds) if range.contains(&seconds) => Ok(Duration::from_secs_f64(seconds)),
        _ => Err("it is a number of seconds from 0.1 to 120".to_owned()),
    }
}
