//! Puts git hooks in place that run gridleaks: where git looks for them, and never over somebody else's.

use std::fs::{self, File};
use std::io::{self, Read, Write};
use std::path::{Component, Path, PathBuf};

use super::git::{GitError, discover};
use super::hook::MARKER;
use super::hook_script::{Use, is_shell, used};
use super::os::{folder_of, name_bytes, shown};
use crate::fault::in_words;

pub use super::hook::Hook;

/// The bytes of a hook that is looked into; a longer one is somebody else's.
const MAX_HOOK: u64 = 1 << 20;

/// What to do about what no line can be added to.
const TAKE_AWAY: &str = "take it away, if nothing needs it";

/// What is said of a hook in which gridleaks stands, but not so that it surely stops what it should.
const MENTIONED: &str =
    "there is a hook that speaks of gridleaks, but it may not run it, or not stop by its status; it is left as it is";

/// How often a hook is looked at anew because it has come or gone meanwhile.
const TRIES: usize = 5;

/// What was done for a hook.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Placed {
    /// There was none.
    Written,
    /// There was one of gridleaks's, but not this one.
    Renewed,
    /// There is one that runs gridleaks.
    AlreadyThere,
}

/// Where git looks for a repository's hooks.
#[derive(Debug)]
pub struct Hooks {
    folder: PathBuf,
    is_bare: bool,
    /// The repository's work tree and its own folder, which hooks of other repositories do not lie in.
    own: Vec<PathBuf>,
}

impl Hooks {
    /// Finds out where the hooks of the repository belong that `folder` is in, or that git's environment names.
    ///
    /// # Errors
    /// There is no repository, or what it says of hooks makes no sense.
    pub fn find(folder: &Path) -> Result<Self, GitError> {
        let repository = discover(folder)?.to_thread_local();
        let work_tree = repository.workdir();
        let config = repository.config_snapshot();
        let unset = "`git config --show-origin core.hooksPath` says where it is set";
        let broken =
            |fault: &str| GitError::new(format!("git's setting core.hooksPath cannot be used: {fault}"), unset);
        match config.string("core.hooksPath") {
            Some(value) if value.is_empty() => return Err(broken("it is empty")),
            // Git was told so when it was built, and nobody else knows.
            Some(value) if value.starts_with(b"%(prefix)") => return Err(broken("`%(prefix)` is known to git alone")),
            _ => {}
        }
        let configured = config.trusted_path("core.hooksPath").map_err(|error| broken(&error.to_string()))?;
        let folder = match &configured {
            // Relative to where git runs hooks.
            Some(path) => work_tree.unwrap_or(repository.git_dir()).join(path),
            None => repository.common_dir().join("hooks"),
        };
        if folder.symlink_metadata().is_ok() && !folder.is_dir() {
            let fault = format!("{} is no folder", shown(&folder));
            return Err(match configured {
                Some(_) => broken(&fault),
                None => GitError::new(format!("{fault}, and git looks for hooks there"), "take it away"),
            });
        }
        let own = work_tree.into_iter().chain([repository.common_dir()]);
        let own = own.filter_map(|path| path.canonicalize().ok()).collect();
        Ok(Hooks { folder: plain(&folder), is_bare: work_tree.is_none(), own })
    }

    /// Whether nobody can commit in the repository, for want of a work tree.
    pub fn is_bare(&self) -> bool {
        self.is_bare
    }

    /// Whether other repositories may have the same hooks; known once there is a hook.
    pub fn is_shared(&self) -> bool {
        let folder = self.folder.canonicalize();
        folder.is_ok_and(|folder| !self.own.iter().any(|own| folder.starts_with(own)))
    }

    /// Where a hook belongs, as bytes to be shown.
    pub fn path(&self, hook: Hook) -> Vec<u8> {
        name_bytes(&self.folder.join(hook.name()))
    }

    /// Puts a hook in place.
    ///
    /// # Errors
    /// Somebody else's is there, which is left as it is, or it cannot be written.
    pub fn put(&self, hook: Hook) -> Result<Placed, GitError> {
        self.put_by(hook, &write)
    }

    fn put_by(&self, hook: Hook, write: Writer<'_>) -> Result<Placed, GitError> {
        if self.is_bare && hook == Hook::PreCommit {
            let remedy = "go to one of its work trees; for pushes out of it, `gridleaks install --pre-push`";
            return Err(GitError::new(
                "the repository is bare: nobody commits in it, and no pre-commit hook runs",
                remedy,
            ));
        }
        let path = self.folder.join(hook.name());
        let failed = |error: io::Error| {
            let message = format!("{}: the hook cannot be written: {}", shown(&path), in_words(&error));
            GitError::new(message, "git looks for hooks there; `git config core.hooksPath` names another folder")
        };
        fs::create_dir_all(&self.folder).map_err(failed)?;
        for _ in 0..TRIES {
            let (present, placed) = match Present::at(&path, hook).map_err(failed)? {
                Present::Nothing => (false, Placed::Written),
                Present::Ours => (true, Placed::Renewed),
                Present::Runs => return Ok(Placed::AlreadyThere),
                Present::Foreign(Foreign::Script { .. }) if self.husky_runs(hook) => return Ok(Placed::AlreadyThere),
                Present::Foreign(what) => return Err(self.foreign(hook, what)),
            };
            match write(&path, &hook.script(), present) {
                Ok(()) => return Ok(placed),
                // Somebody has put one there meanwhile.
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
                Err(error) => return Err(failed(error)),
            }
        }
        Err(failed(io::Error::other("it comes and goes")))
    }

    /// Whether the hooks in this folder are those of husky, which writes them anew, and runs the scripts above it.
    fn is_husky(&self) -> bool {
        self.folder.ends_with(".husky/_")
    }

    fn husky_runs(&self, hook: Hook) -> bool {
        let script = self.folder.with_file_name(hook.name());
        self.is_husky() && script.is_file() && read(&script).is_ok_and(|text| used(&text, hook, true) == Use::Stops)
    }

    fn foreign(&self, hook: Hook, what: Foreign) -> GitError {
        let is_husky = self.is_husky();
        let place = shown(&self.folder.join(hook.name()));
        let (fault, remedy) = match what {
            Foreign::Script { mentions, is_shell } => {
                let fault = if mentions {
                    MENTIONED
                } else {
                    "there is a hook already that is not gridleaks's; it is left as it is"
                };
                (fault, if is_shell { hook.line(is_husky) } else { hook.any_language() })
            }
            Foreign::Idle => {
                ("it calls gridleaks, but git does not run it: it is not executable", "`chmod +x` makes it so")
            }
            Foreign::Link { is_shell } => {
                let remedy = if is_shell { hook.line(false) } else { hook.any_language() };
                ("a link is there, to what is not gridleaks's; it is left as it is", remedy)
            }
            Foreign::DeadLink => ("a link is there, to what is no file; it is left as it is", TAKE_AWAY),
            Foreign::Special => ("what is there is no file; it is left as it is", TAKE_AWAY),
        };
        GitError::new(format!("{place}: {fault}"), remedy)
    }
}

/// What is at a hook's place.
enum Present {
    Nothing,
    /// What was written here, but is not what is to be there.
    Ours,
    /// A hook that runs gridleaks, ours or not.
    Runs,
    Foreign(Foreign),
}

/// What is not to be touched.
enum Foreign {
    /// A script or program, which may speak of gridleaks.
    Script { mentions: bool, is_shell: bool },
    /// One that calls gridleaks and that git passes over.
    Idle,
    /// A link to a script or program that does not surely run gridleaks.
    Link { is_shell: bool },
    /// A link to nothing, or to what is no file.
    DeadLink,
    /// A folder, FIFO or device.
    Special,
}

impl Present {
    fn at(path: &Path, hook: Hook) -> io::Result<Self> {
        let found = match fs::symlink_metadata(path) {
            Ok(found) => found,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Present::Nothing),
            Err(error) => return Err(error),
        };
        let is_link = found.is_symlink();
        // What a link leads to is looked at, but never written.
        let led = if is_link { fs::metadata(path).ok() } else { Some(found) };
        let Some(found) = led.filter(fs::Metadata::is_file) else {
            return Ok(Present::Foreign(if is_link { Foreign::DeadLink } else { Foreign::Special }));
        };
        let text = read(path)?;
        let runs = is_executable(&found);
        if !is_link && text.lines().any(|line| line == MARKER) {
            return Ok(if text == hook.script() && runs { Present::Runs } else { Present::Ours });
        }
        let is_shell = is_shell(&text);
        Ok(match (used(&text, hook, false), runs, is_link) {
            (Use::Stops, true, _) => Present::Runs,
            (Use::Stops, false, _) => Present::Foreign(Foreign::Idle),
            (_, _, true) => Present::Foreign(Foreign::Link { is_shell }),
            (used, _, false) => Present::Foreign(Foreign::Script { mentions: used == Use::Mentions, is_shell }),
        })
    }
}

/// A script's text; of one that is too long, nothing.
fn read(path: &Path) -> io::Result<String> {
    let mut text = Vec::new();
    let length = File::open(path)?.take(MAX_HOOK + 1).read_to_end(&mut text)?;
    Ok(if length as u64 > MAX_HOOK { String::new() } else { String::from_utf8_lossy(&text).into_owned() })
}

/// Whether git runs a hook like this.
#[cfg(unix)]
fn is_executable(found: &fs::Metadata) -> bool {
    std::os::unix::fs::PermissionsExt::mode(&found.permissions()) & 0o111 != 0
}

/// Whether git runs a hook like this: here, it runs all.
#[cfg(not(unix))]
fn is_executable(_: &fs::Metadata) -> bool {
    true
}

/// Writes a hook's script to its path; whether one of ours is there.
type Writer<'w> = &'w dyn Fn(&Path, &str, bool) -> io::Result<()>;

/// Writes a hook whole or not at all; over another one only if that `present` one is known to be ours.
fn write(path: &Path, script: &str, present: bool) -> io::Result<()> {
    let mut temporary = tempfile::Builder::new().prefix(".gridleaks-hook-").tempfile_in(folder_of(path))?;
    temporary.write_all(script.as_bytes())?;
    #[cfg(unix)]
    fs::set_permissions(temporary.path(), std::os::unix::fs::PermissionsExt::from_mode(0o755))?;
    let named = if present { temporary.persist(path) } else { temporary.persist_noclobber(path) };
    named.map(drop).map_err(|error| error.error)
}

/// A path without steps that lead nowhere, or back where they come from: from a linked worktree, the way to what all share does.
fn plain(path: &Path) -> PathBuf {
    let parts: PathBuf = path.components().filter(|part| !matches!(part, Component::CurDir)).collect();
    let mut rest = parts.components().skip_while(|part| matches!(part, Component::ParentDir));
    let (Some(above), Some(name)) = (parts.parent(), parts.file_name()) else { return parts };
    if !rest.any(|part| matches!(part, Component::ParentDir)) {
        return parts;
    }
    // Where a link is on the way, only the system knows what is above it.
    above.canonicalize().map_or(parts.clone(), |above| above.join(name))
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use super::*;

    #[test]
    fn what_comes_and_goes_is_tried_so_many_times() {
        let folder = tempfile::tempdir().unwrap();
        let hooks = Hooks { folder: folder.path().to_owned(), is_bare: false, own: Vec::new() };
        for (failing, placed) in [(0, true), (4, true), (5, false), (9, false)] {
            let path = folder.path().join("pre-commit");
            let tries = Cell::new(0);
            // Each time, somebody else's is there just then, and gone at the next look.
            let write = |path: &Path, script: &str, present: bool| {
                tries.set(tries.get() + 1);
                assert!(!present);
                if tries.get() <= failing {
                    Err(io::ErrorKind::AlreadyExists.into())
                } else {
                    write(path, script, present)
                }
            };
            let done = hooks.put_by(Hook::PreCommit, &write);
            assert_eq!((done.is_ok(), path.is_file(), tries.get()), (placed, placed, 5.min(failing + 1)), "{failing}");
            if let Err(error) = done {
                assert!(error.to_string().contains("it comes and goes"), "{error}");
            }
            let _ = fs::remove_file(path);
        }
    }
}
