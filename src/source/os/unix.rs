//! Unix: everything relative to an open folder, which spares the kernel the walk along the path for each file.

use std::fs::File;
use std::io;
use std::os::fd::OwnedFd;
use std::path::{Path, PathBuf};

use rustix::fs::{AtFlags, CWD, FileType, Mode, OFlags, openat, readlinkat, statat};

use super::Kind;

/// How folders are opened.
const FOLDER: OFlags = OFlags::RDONLY.union(OFlags::DIRECTORY).union(OFlags::CLOEXEC).union(OFlags::NOCTTY);

/// An open folder.
#[derive(Debug)]
pub(crate) struct Folder {
    descriptor: OwnedFd,
}

impl Folder {
    /// Opens the folder at `path`; should that be a link, where it leads to.
    pub(crate) fn open(path: &Path) -> io::Result<Self> {
        Ok(Folder { descriptor: openat(CWD, path, FOLDER, Mode::empty())? })
    }

    /// Opens a folder in it; a link is not followed.
    pub(crate) fn open_folder(&self, name: &[u8]) -> io::Result<Self> {
        Ok(Folder { descriptor: openat(&self.descriptor, name, FOLDER | OFlags::NOFOLLOW, Mode::empty())? })
    }

    /// Calls `entry` with each name and kind, in the file system's order, without `.` and `..`.
    ///
    /// # Errors
    /// What the system says; entries may have been given before.
    pub(crate) fn list(&self, entry: &mut dyn FnMut(&[u8], Kind)) -> io::Result<()> {
        let mut each = |name: &[u8], kind: FileType| {
            if name != b"." && name != b".." {
                entry(name, self.kind_of(name, kind));
            }
        };
        #[cfg(target_os = "linux")]
        {
            let mut buffer = Vec::with_capacity(32 << 10);
            let mut entries = rustix::fs::RawDir::new(&self.descriptor, buffer.spare_capacity_mut());
            while let Some(entry) = entries.next() {
                let entry = entry?;
                each(entry.file_name().to_bytes(), entry.file_type());
            }
        }
        #[cfg(not(target_os = "linux"))]
        for entry in rustix::fs::Dir::read_from(&self.descriptor)? {
            let entry = entry?;
            each(entry.file_name().to_bytes(), entry.file_type());
        }
        Ok(())
    }

    /// Opens a file in it to be read: no link, and without waiting should it turn out to be a FIFO.
    pub(crate) fn open_file(&self, name: &[u8]) -> io::Result<File> {
        let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::NOCTTY | OFlags::CLOEXEC;
        Ok(File::from(openat(&self.descriptor, name, flags, Mode::empty())?))
    }

    /// Where the symbolic link `name` points to.
    pub(crate) fn read_link(&self, name: &[u8]) -> io::Result<Vec<u8>> {
        Ok(readlinkat(&self.descriptor, name, Vec::new())?.into_bytes())
    }

    /// Whether it has an entry of that name.
    pub(crate) fn contains(&self, name: &[u8]) -> bool {
        statat(&self.descriptor, name, AtFlags::SYMLINK_NOFOLLOW).is_ok()
    }

    fn kind_of(&self, name: &[u8], kind: FileType) -> Kind {
        match kind {
            FileType::RegularFile => Kind::File,
            FileType::Directory => Kind::Folder,
            FileType::Symlink => Kind::Link,
            // Some file systems leave the kind out of the listing.
            FileType::Unknown => match statat(&self.descriptor, name, AtFlags::SYMLINK_NOFOLLOW) {
                Ok(found) => match FileType::from_raw_mode(found.st_mode) {
                    FileType::RegularFile => Kind::File,
                    FileType::Directory => Kind::Folder,
                    FileType::Symlink => Kind::Link,
                    _ => Kind::Special,
                },
                // Opening it will say what is wrong with it.
                Err(_) => Kind::File,
            },
            _ => Kind::Special,
        }
    }
}

/// The bytes of a path.
pub(crate) fn name_bytes(path: &Path) -> Vec<u8> {
    std::os::unix::ffi::OsStrExt::as_bytes(path.as_os_str()).to_vec()
}

/// The path of these bytes.
pub(crate) fn path_from_bytes(bytes: &[u8]) -> PathBuf {
    PathBuf::from(<std::ffi::OsStr as std::os::unix::ffi::OsStrExt>::from_bytes(bytes))
}
