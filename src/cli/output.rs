//! Where reports go: standard output, and files that are written whole or not at all.

use std::collections::HashSet;
use std::ffi::OsStr;
use std::fs::{self, OpenOptions};
use std::io::{self, BufWriter, Write};
use std::path::{Component, Path, PathBuf};

use crate::fault::in_words;
use crate::finding::Outcome;
use crate::report::{self, Style};
use crate::source::os::folder_of;
use crate::source::project::{has_git, of_path};

use super::Failure;
use super::atomic_file::Temporary;
use super::options::ReportArg;

/// A file that a report goes to, known to be writable before the scan begins.
pub(super) struct ReportFile<'a> {
    arg: &'a ReportArg,
    /// The file to replace: what a symbolic link leads to, not the link.
    target: PathBuf,
    /// A device or FIFO, which is written to and not replaced.
    in_place: bool,
}

/// Makes sure that every report can be written, so that a long scan does not end in vain.
///
/// # Errors
/// The first that cannot, and two that go to the same file.
pub(super) fn prepare(args: &[ReportArg]) -> Result<Vec<ReportFile<'_>>, Failure> {
    let mut targets = HashSet::new();
    let mut files = Vec::new();
    for arg in args {
        let file = ReportFile::prepare(arg).map_err(|error| unwritable(&arg.path, &error))?;
        if !targets.insert(file.target.clone()) {
            return Err(format!("two reports go to {}; give each a file of its own", arg.path.display()).into());
        }
        files.push(file);
    }
    Ok(files)
}

fn unwritable(path: &Path, error: &io::Error) -> Failure {
    format!("cannot write the report {}: {}", path.display(), in_words(error)).into()
}

/// Makes sure that no link of a project leads what is written out of it, or into what is git's: a repository may hold a link of the name
/// that a report usually has. A project is a repository, or the current folder; what lies elsewhere is the machine's own affair.
fn stay_inside(path: &Path) -> io::Result<()> {
    let here = fs::canonicalize(".")?;
    let mut place = here.clone();
    for part in path.components() {
        let Component::Normal(name) = part else {
            match part {
                Component::ParentDir => drop(place.pop()),
                _ => place.push(part),
            }
            continue;
        };
        let next = place.join(name);
        // One that leads nowhere is refused elsewhere.
        let led = if next.is_symlink() { fs::canonicalize(&next).ok() } else { None };
        let top = led.as_ref().and_then(|_| of_path(&place));
        let top = top.filter(|top| *top == here || has_git(top));
        if let (Some(led), Some(top)) = (&led, top) {
            let below = led.strip_prefix(&top).ok();
            let is_inside = below.is_some_and(|below| below.components().all(|part| part.as_os_str() != ".git"));
            if !is_inside {
                let link = next.strip_prefix(&here).unwrap_or(&next).display();
                return Err(io::Error::other(format!(
                    "the link {link} leads out of the project\n  help: name the file itself"
                )));
            }
        }
        place = led.unwrap_or(next);
    }
    Ok(())
}

impl<'a> ReportFile<'a> {
    fn prepare(arg: &'a ReportArg) -> io::Result<Self> {
        stay_inside(&arg.path)?;
        let (target, in_place) = match fs::metadata(&arg.path) {
            Ok(found) if found.is_dir() => return Err(io::Error::other("it is a folder\n  help: name a file in it")),
            Ok(found) if !found.is_file() || is_open_stream(&arg.path) => (arg.path.clone(), true),
            Ok(_) => (fs::canonicalize(&arg.path)?, false),
            Err(_) if arg.path.is_symlink() => {
                return Err(io::Error::other("it is a link that leads nowhere\n  help: name the file itself"));
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                let name = file_name(&arg.path)?;
                (folder(&arg.path)?.join(name), false)
            }
            Err(error) => return Err(error),
        };
        if !in_place {
            if target.exists() {
                // A file that may not be written to is not replaced either.
                OpenOptions::new().append(true).open(&target)?;
            }
            Temporary::beside(&target, false)?;
        }
        Ok(ReportFile { arg, target, in_place })
    }

    /// Writes the report.
    ///
    /// # Errors
    /// What the system says; the file is then as it was.
    pub(super) fn write(&self, outcome: &Outcome, style: &Style) -> Result<(), Failure> {
        self.try_write(outcome, style).map_err(|error| unwritable(&self.arg.path, &error))
    }

    fn try_write(&self, outcome: &Outcome, style: &Style) -> io::Result<()> {
        // What goes to a file is plain, and whole.
        let style = Style { color: false, quiet: false, ..*style };
        if self.in_place {
            let mut out = BufWriter::new(OpenOptions::new().append(true).open(&self.target)?);
            report::write(self.arg.format, outcome, &style, &mut out)?;
            return out.flush();
        }
        let temporary = Temporary::beside(&self.target, style.show_secrets)?;
        let mut out = BufWriter::new(temporary.as_file());
        report::write(self.arg.format, outcome, &style, &mut out)?;
        out.flush()?;
        drop(out);
        temporary.replace(&self.target)
    }
}

/// Makes sure that a file can be written, so that a long scan does not end in vain.
///
/// # Errors
/// Why it cannot.
pub(super) fn check(path: &Path) -> Result<(), Failure> {
    let check = || -> io::Result<()> {
        stay_inside(path)?;
        if path.is_dir() {
            return Err(io::Error::other("it is a folder\n  help: name a file in it"));
        }
        file_name(path)?;
        if path.exists() {
            // A device or a FIFO is nothing to be replaced.
            if !path.is_file() || is_open_stream(path) {
                return Err(io::Error::other(
                    "it is no regular file\n  help: name one, which is then replaced as a whole",
                ));
            }
            OpenOptions::new().append(true).open(path)?;
        } else if path.is_symlink() {
            return Err(io::Error::other("it is a link that leads nowhere\n  help: name the file itself"));
        }
        folder(path)?;
        Temporary::beside(path, false).map(drop)
    };
    check().map_err(|error| format!("cannot write {}: {}", path.display(), in_words(&error)).into())
}

/// The folder of a file that is to be made, resolved.
fn folder(path: &Path) -> io::Result<PathBuf> {
    fs::canonicalize(folder_of(path)).map_err(|error| match error.kind() {
        io::ErrorKind::NotFound => io::Error::other("its folder is not there\n  help: make that first"),
        _ => error,
    })
}

/// The name of a file that is to be made. A path that ends in `/` or `/.` is a folder's, which [`Path::file_name`] passes over.
fn file_name(path: &Path) -> io::Result<&OsStr> {
    let text = path.to_string_lossy();
    let last = text.rsplit(std::path::is_separator).next().unwrap_or_default();
    let name = path.file_name().filter(|_| !matches!(last, "" | "."));
    name.ok_or_else(|| io::Error::other("it names no file\n  help: name a file in that folder"))
}

/// Writes a file, whole or not at all.
///
/// # Errors
/// What the system says; the file is then as it was.
pub(super) fn replace(path: &Path, bytes: &[u8]) -> Result<(), Failure> {
    let write = || -> io::Result<()> {
        let target = if path.exists() { fs::canonicalize(path)? } else { path.to_owned() };
        let temporary = Temporary::beside(&target, false)?;
        temporary.as_file().write_all(bytes)?;
        temporary.replace(&target)
    };
    write().map_err(|error| format!("cannot write {}: {}", path.display(), in_words(&error)).into())
}

/// Whether a path stands for a stream that is open already, as `/dev/stdout`: that may be a file, but not one to replace. What else lies
/// in `/dev`, as in `/dev/shm`, is like any other file.
fn is_open_stream(path: &Path) -> bool {
    ["/dev/stdin", "/dev/stdout", "/dev/stderr", "/dev/fd", "/proc"].iter().any(|stream| path.starts_with(stream))
}

/// Writes a report, or anything else, to standard output. That its reader has gone away is no error.
///
/// # Errors
/// Anything else that keeps it from being written.
pub(super) fn to_stdout(write: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> Result<(), Failure> {
    let mut out = BufWriter::with_capacity(64 << 10, io::stdout().lock());
    let written = write(&mut out).and_then(|()| out.flush());
    // What could not be written is not to be tried again when the buffer goes.
    let _ = out.into_parts();
    match written {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        Err(error) => Err(format!("cannot write to standard output: {}", in_words(&error)).into()),
        Ok(()) => Ok(()),
    }
}
