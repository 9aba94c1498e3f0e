//! What can be written on the command line.

use std::ffi::OsString;
use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};

use super::options::{ColorChoice, ConfigArgs, RequestArgs, RuleFiles, SharedArgs, glob};

const EXIT_STATUS: &str = "\
Exit status:
  0  the scan was complete and found nothing
  1  at least one finding, of those that --fail-on names
  2  wrong usage, an error, or nothing found but not everything could be read";

const VERIFY_STATUS: &str = "\
Exit status:
  0  the key is inactive
  1  the key is active
  2  nobody knows, or it is no key; also wrong usage or an error";

const BASELINE_STATUS: &str = "\
Exit status:
  0  the baseline is written
  2  it is not: something could not be read, wrong usage, or an error";

const INSTALL_STATUS: &str = "\
Exit status:
  0  the hooks are in place
  2  one is not: somebody else's hook is there, wrong usage, or an error";

/// Finds leaked Retailgrid API keys (rg_live_…), wherever in a repository they hide.
#[derive(Debug, Parser)]
#[command(name = "gridleaks", version, after_help = EXIT_STATUS, arg_required_else_help = true, max_term_width = 100)]
pub(super) struct Cli {
    #[command(subcommand)]
    pub(super) command: Command,
}

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Scan files and folders
    ///
    /// In a git repository, every tracked file is read, whatever ignores it, and every untracked file that is not ignored.
    /// Elsewhere, everything is. Hidden files count, binary files count, and no file is too large. `.git` is not read, and
    /// symbolic links are not followed: where they point to is searched as text.
    Scan(ScanArgs),
    /// Scan what the next commit would record: git's index, not the work tree
    ///
    /// Only what differs from HEAD is read, from git's own objects: what the commit would bring, and nothing that is there
    /// already. Made for hooks: it goes by what git hands to them, as GIT_INDEX_FILE and GIT_DIR.
    Staged(StagedArgs),
    /// Scan everything that a git repository ever held, reachable or not
    ///
    /// Every object is read: what files hold, what commits and tags say, the names of files and references, and what was thrown away
    /// but is not gone yet. For each key and path, the report tells who brought it in, when, in which commit, and whether it is
    /// still there.
    History(HistoryArgs),
    /// Scan what a push would send; run by git as a pre-push hook
    ///
    /// Git tells the hook on standard input what is pushed where. Every commit that the remote does not have yet is looked at for
    /// itself: a key that one commit adds and the next removes is sent all the same.
    PrePush(PrePushArgs),
    /// Scan what a push has sent, and refuse it; run by git as a pre-receive hook on a server
    ///
    /// Git tells the hook on standard input what was pushed, and keeps it in quarantine until the hook is done.
    PreReceive(PreReceiveArgs),
    /// Write what is found today to a baseline, so that it does not count from now on
    ///
    /// The files of the project are scanned: all of its repository, or the current folder outside of one. Findings that a
    /// comment or the config allows are left out. Entries that are there already keep their dates, and those whose key is gone
    /// go. Keys stand in the baseline by their SHA-256.
    Baseline(BaselineArgs),
    /// Put git hooks in place that stop commits, and pushes if wanted, that would bring a key
    ///
    /// They go where git looks for hooks: where `core.hooksPath` says, or to the repository's own folder. A hook that is
    /// there already and is somebody else's is left as it is.
    Install(InstallArgs),
    /// Ask Retailgrid whether one key, read from standard input, still works
    ///
    /// The key is never given as an argument, which others on this machine could read. On a terminal it is asked for and not
    /// shown.
    Verify(VerifyKeyArgs),
    /// Show the rules in force, or check rule files
    Rules(RulesArgs),
    /// Write a shell's completions for gridleaks to standard output
    Completions(CompletionsArgs),
    /// Write a manual page to standard output, as roff
    ///
    /// Without COMMAND, that of gridleaks itself, which is shown by `gridleaks man | man -l -`.
    Man(ManArgs),
}

/// The arguments of `completions`.
#[derive(Debug, Args)]
pub(super) struct CompletionsArgs {
    /// The shell
    #[arg(value_enum)]
    pub(super) shell: clap_complete::Shell,
}

/// The arguments of `man`.
#[derive(Debug, Args)]
pub(super) struct ManArgs {
    /// The command that the page is about, such as `scan` or `rules list`
    #[arg(value_name = "COMMAND")]
    pub(super) command: Vec<String>,
}

/// The arguments of `scan`.
#[derive(Debug, Args)]
#[command(after_help = EXIT_STATUS)]
pub(super) struct ScanArgs {
    /// Files and folders to scan; `-` is standard input [default: .]
    #[arg(value_name = "PATH")]
    pub(super) paths: Vec<PathBuf>,

    /// Read also untracked files that git's ignore rules leave out
    #[arg(long)]
    pub(super) no_ignore: bool,

    /// Run as a hook of pre-commit or prek, which name the files: one whose name could be an option is an error, and links are
    /// not followed
    #[arg(long)]
    pub(super) pre_commit: bool,

    #[command(flatten)]
    pub(super) shared: SharedArgs,
}

/// The arguments of `staged`.
#[derive(Debug, Args)]
#[command(after_help = EXIT_STATUS)]
pub(super) struct StagedArgs {
    #[command(flatten)]
    pub(super) shared: SharedArgs,
}

/// The arguments of `history`.
#[derive(Debug, Args)]
#[command(after_help = EXIT_STATUS)]
pub(super) struct HistoryArgs {
    /// A folder in the repository, or a repository without a work tree [default: .]
    #[arg(value_name = "REPO")]
    pub(super) repository: Option<PathBuf>,

    /// Scan only what these commits bring, merges included: a range as `git rev-list` takes it, such as `main..HEAD`
    #[arg(long, value_name = "RANGE", value_parser = clap::builder::NonEmptyStringValueParser::new())]
    pub(super) range: Option<String>,

    /// Accept that a shallow clone has only a part of the history
    #[arg(long)]
    pub(super) allow_shallow: bool,

    #[command(flatten)]
    pub(super) shared: SharedArgs,
}

/// The arguments of `pre-push`.
#[derive(Debug, Args)]
#[command(after_help = EXIT_STATUS)]
pub(super) struct PrePushArgs {
    /// The remote that is pushed to, as git hands it to the hook; what was fetched from it counts as known there
    #[arg(value_name = "REMOTE", conflicts_with = "pre_commit")]
    pub(super) remote: Option<OsString>,

    /// Where it is, as git hands it to the hook
    #[arg(value_name = "URL")]
    pub(super) url: Option<OsString>,

    /// Run as a hook of pre-commit or prek, which tell of the push in variables, and only its first reference: all that the
    /// remote does not have is scanned, of all branches and tags
    #[arg(long)]
    pub(super) pre_commit: bool,

    #[command(flatten)]
    pub(super) shared: SharedArgs,
}

/// The arguments of `pre-receive`.
#[derive(Debug, Args)]
#[command(after_help = EXIT_STATUS)]
pub(super) struct PreReceiveArgs {
    #[command(flatten)]
    pub(super) shared: SharedArgs,
}

/// The arguments of `baseline`.
#[derive(Debug, Args)]
#[command(after_help = BASELINE_STATUS)]
pub(super) struct BaselineArgs {
    /// Where to write it [default: what the config says, or gridleaks.baseline at the top of the project]
    #[arg(short, long, value_name = "PATH")]
    pub(super) output: Option<PathBuf>,

    /// Take in what the repository's history holds as well
    #[arg(long)]
    pub(super) history: bool,

    #[command(flatten)]
    pub(super) rules: RuleFiles,

    #[command(flatten)]
    pub(super) config: ConfigArgs,

    /// Leave out what matches this glob, in the syntax of .gitignore and relative to the top of the project; may be repeated
    #[arg(long, value_name = "GLOB", value_parser = glob)]
    pub(super) exclude: Vec<String>,

    /// How many threads to use [default: one for each processor]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1024))]
    pub(super) threads: Option<u16>,

    /// When to use colour
    #[arg(long, value_name = "WHEN", value_enum, default_value_t = ColorChoice::Auto)]
    pub(super) color: ColorChoice,

    /// Say only what goes wrong
    #[arg(short, long)]
    pub(super) quiet: bool,
}

/// The arguments of `install`.
#[derive(Debug, Args)]
#[command(after_help = INSTALL_STATUS)]
pub(super) struct InstallArgs {
    /// Put a pre-push hook in place as well, which scans what a push would send
    #[arg(long)]
    pub(super) pre_push: bool,
}

/// The arguments of `verify`.
#[derive(Debug, Args)]
#[command(after_help = VERIFY_STATUS)]
pub(super) struct VerifyKeyArgs {
    #[command(flatten)]
    pub(super) rules: RuleFiles,

    #[command(flatten)]
    pub(super) request: RequestArgs,

    /// When to use colour
    #[arg(long, value_name = "WHEN", value_enum, default_value_t = ColorChoice::Auto)]
    pub(super) color: ColorChoice,

    /// Taken only to be refused with a reason
    #[arg(hide = true, value_name = "KEY")]
    pub(super) arguments: Vec<OsString>,
}

#[derive(Debug, Args)]
pub(super) struct RulesArgs {
    #[command(subcommand)]
    pub(super) command: RulesCommand,
}

#[derive(Debug, Subcommand)]
pub(super) enum RulesCommand {
    /// List the rules in force
    List {
        #[command(flatten)]
        rules: RuleFiles,
        #[command(flatten)]
        config: ConfigArgs,
    },
    /// Show all of one rule: what it looks for, why it matters, what to do
    Show {
        /// The rule's id, as `rules list` gives it
        id: String,
        #[command(flatten)]
        rules: RuleFiles,
        #[command(flatten)]
        config: ConfigArgs,
    },
    /// Prove rules against their own examples and counterexamples
    ///
    /// Exit status: 0 if all hold, 1 if one does not, 2 if a rule file cannot be used.
    Check {
        /// Rule files, or folders of them, to check instead of the rules in force
        #[arg(value_name = "PATH", conflicts_with = "config")]
        paths: Vec<PathBuf>,
        #[command(flatten)]
        rules: RuleFiles,
        #[command(flatten)]
        config: ConfigArgs,
    },
}
