//! Why a repository cannot be read, in words that name the remedy.

use std::fmt;
use std::path::Path;

use super::os::shown;

/// Why a repository cannot be read.
#[derive(Debug)]
pub struct GitError {
    /// What is wrong.
    message: String,
    /// What to do about it.
    remedy: &'static str,
}

/// The bytes of what is said to be wrong: it may repeat a whole line of a broken file.
const MAX_MESSAGE: usize = 8192;

impl GitError {
    /// What is wrong, and what to do about it.
    pub(crate) fn new(message: impl Into<String>, remedy: &'static str) -> Self {
        let mut message = message.into();
        if message.len() > MAX_MESSAGE {
            message.truncate(message.floor_char_boundary(MAX_MESSAGE));
            message.push('…');
        }
        GitError { message, remedy }
    }

    /// What is wrong and what to do about it in one line, as part of a longer message.
    pub(super) fn in_one_line(&self) -> String {
        if self.remedy.is_empty() { self.message.clone() } else { format!("{} ({})", self.message, self.remedy) }
    }
}

impl fmt::Display for GitError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.message)?;
        if self.remedy.is_empty() { Ok(()) } else { write!(f, "\n  help: {}", self.remedy) }
    }
}

impl std::error::Error for GitError {}

/// What is wrong with a repository in which somebody is, or with what leads to it.
pub(super) fn fault(path: &Path, fault: String) -> GitError {
    GitError::new(format!("{}: {fault}", shown(path)), "mend it, or go where a repository is")
}

/// Whether a repository was not opened for whose it is.
pub(super) fn is_of_somebody_else(error: &gix::Error) -> bool {
    error.to_string().contains("not owned by the current user")
}

/// Why no repository was found from a folder upwards or, if git's environment names one, at `git`; from what gix says.
pub(super) fn discover_error(folder: &Path, git: Option<&Path>, error: &gix::Error) -> GitError {
    let text = error.to_string();
    if let Some(git) = git.filter(|_| text.contains("does not appear to be a git repository")) {
        let message = format!("GIT_DIR names {}, which is no git repository", shown(git));
        return GitError::new(message, "unset it, or have it name a repository");
    }
    let place = shown(folder);
    if !folder.exists() {
        return GitError::new(format!("{place}: no such file or folder"), "name a folder that is in a repository");
    }
    if !folder.is_dir() {
        return GitError::new(format!("{place}: it is no folder"), "name a folder that is in a repository");
    }
    if text.starts_with("Could not find a git repository") {
        let remedy = "go to a folder that is in one, or make one by `git init`";
        return GitError::new(format!("{place}: it is in no git repository"), remedy);
    }
    open_error(folder, error)
}

/// Why the repository of a folder was not opened, from what gix says.
pub(super) fn open_error(folder: &Path, error: &gix::Error) -> GitError {
    let (text, folder) = (error.to_string(), shown(folder));
    if is_of_somebody_else(error) {
        let remedy = "if you trust it, `git config --global --add safe.directory PATH`";
        return GitError::new(format!("{folder}: the repository belongs to somebody else"), remedy);
    }
    if text.starts_with("Repository configuration") {
        let cause = error.probable_cause();
        let remedy = "`git status` says what is wrong with it";
        return GitError::new(format!("{folder}: the repository's configuration cannot be used: {cause}"), remedy);
    }
    GitError::new(format!("{folder}: no git repository: {text}"), "name a folder that is in one")
}
