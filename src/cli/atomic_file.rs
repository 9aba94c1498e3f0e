//! Files that take the place of others whole or not at all, and leave nothing behind wherever the process ends.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

use tempfile::{Builder, NamedTempFile};

use crate::source::os::folder_of;

/// What the name begins with that a file has before it takes its place.
const PREFIX: &str = ".gridleaks-report-";

/// A file that has no place yet.
///
/// On Linux it has no name either while it is written, where the file system can do that: the system takes it back even from a process
/// that is killed. Elsewhere it has one of its own, which goes with the value.
pub(super) enum Temporary {
    #[cfg(target_os = "linux")]
    Nameless(File),
    Named(NamedTempFile),
}

impl Temporary {
    /// A new file in the folder of `target`. It has the permissions of the file that it replaces; a new one with plain secrets in
    /// it is for its owner alone.
    ///
    /// # Errors
    /// The folder takes no new file.
    pub(super) fn beside(target: &Path, holds_secrets: bool) -> io::Result<Self> {
        let mode = if holds_secrets { 0o600 } else { 0o666 };
        let temporary = match nameless(folder_of(target), mode) {
            Some(temporary) => temporary,
            None => Temporary::Named(named(target, mode)?),
        };
        if let Ok(old) = fs::metadata(target) {
            temporary.as_file().set_permissions(old.permissions())?;
        }
        Ok(temporary)
    }

    /// The file, to be written.
    pub(super) fn as_file(&self) -> &File {
        match self {
            #[cfg(target_os = "linux")]
            Temporary::Nameless(file) => file,
            Temporary::Named(file) => file.as_file(),
        }
    }

    /// Gives it the place of `target`.
    ///
    /// # Errors
    /// What the system says; `target` is then as it was.
    pub(super) fn replace(self, target: &Path) -> io::Result<()> {
        // Quotas and disks over a network may say only now that there is no room.
        match self.as_file().sync_all() {
            Err(error) if !matches!(error.kind(), io::ErrorKind::InvalidInput | io::ErrorKind::Unsupported) => {
                return Err(error);
            }
            _ => {}
        }
        match self {
            #[cfg(target_os = "linux")]
            Temporary::Nameless(file) => linked(&file, target)?.persist(target).map(drop)?,
            Temporary::Named(file) => file.persist(target).map(drop)?,
        }
        Ok(())
    }
}

/// A file without a name; none where there is no such thing.
#[cfg(target_os = "linux")]
fn nameless(folder: &Path, mode: u32) -> Option<Temporary> {
    use rustix::fs::{Mode, OFlags, open};
    // Without it, no name can be given later.
    if !Path::new("/proc/self/fd").is_dir() {
        return None;
    }
    let flags = OFlags::TMPFILE | OFlags::RDWR | OFlags::CLOEXEC;
    open(folder, flags, Mode::from_raw_mode(mode)).ok().map(|file| Temporary::Nameless(File::from(file)))
}

#[cfg(not(target_os = "linux"))]
fn nameless(_folder: &Path, _mode: u32) -> Option<Temporary> {
    None
}

/// Gives a file without a name one of its own, from where it can be moved: a link cannot be made over another file.
#[cfg(target_os = "linux")]
fn linked(file: &File, target: &Path) -> io::Result<tempfile::TempPath> {
    use rustix::fs::{AtFlags, CWD, linkat};
    use std::os::fd::AsRawFd;
    let handle = PathBuf::from(format!("/proc/self/fd/{}", file.as_raw_fd()));
    let link = |path: &Path| Ok(linkat(CWD, &handle, CWD, path, AtFlags::SYMLINK_FOLLOW)?);
    let made = Builder::new().prefix(PREFIX).make_in(folder_of(target), link);
    made.map(NamedTempFile::into_temp_path).map_err(without_path)
}

fn named(target: &Path, mode: u32) -> io::Result<NamedTempFile> {
    let mut builder = Builder::new();
    builder.prefix(PREFIX);
    #[cfg(unix)]
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(mode));
    #[cfg(not(unix))]
    let _ = mode;
    builder.tempfile_in(folder_of(target)).map_err(without_path)
}

/// The same error without the name of the temporary file, which means nothing to anybody.
fn without_path(error: io::Error) -> io::Error {
    match (error.raw_os_error(), error.kind()) {
        (Some(code), _) => io::Error::from_raw_os_error(code),
        // The folder is there, as with /proc: what is not is a way to make a file.
        (None, io::ErrorKind::NotFound) => {
            io::Error::other("no file can be made in its folder\n  help: name a file elsewhere")
        }
        (None, kind) => kind.into(),
    }
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use std::io::Write;
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    #[test]
    fn a_file_with_and_one_without_a_name_do_the_same() {
        for is_nameless in [true, false] {
            let folder = tempfile::tempdir().unwrap();
            let target = folder.path().join("report");
            for (text, mode) in [("first", None), ("second", Some(0o640))] {
                if let Some(mode) = mode {
                    fs::set_permissions(&target, fs::Permissions::from_mode(mode)).unwrap();
                }
                let temporary = if is_nameless {
                    Temporary::beside(&target, true).unwrap()
                } else {
                    let file = Temporary::Named(named(&target, 0o600).unwrap());
                    if let Ok(old) = fs::metadata(&target) {
                        file.as_file().set_permissions(old.permissions()).unwrap();
                    }
                    file
                };
                temporary.as_file().write_all(text.as_bytes()).unwrap();
                temporary.replace(&target).unwrap();
                assert_eq!(fs::read_to_string(&target).unwrap(), text);
                let now = fs::metadata(&target).unwrap().permissions().mode() & 0o777;
                assert_eq!(now, mode.unwrap_or(0o600), "{is_nameless}");
                assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1, "nothing is left beside it");
            }
            drop(Temporary::beside(&target, false).unwrap());
            assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
        }
    }
}
