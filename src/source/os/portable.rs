//! Folders and files by the standard library alone, for systems other than Unix. Tests run it on every system.

use std::fs::{self, File, FileType};
use std::io;
use std::path::{Path, PathBuf};

use super::Kind;

/// A folder, known by its path.
#[derive(Debug)]
pub(crate) struct Folder {
    path: PathBuf,
}

impl Folder {
    /// Opens the folder at `path`.
    pub(crate) fn open(path: &Path) -> io::Result<Self> {
        if !fs::metadata(path)?.is_dir() {
            return Err(io::ErrorKind::NotADirectory.into());
        }
        Ok(Folder { path: path.to_owned() })
    }

    /// Opens a folder in it, unless it is a link or no folder.
    pub(crate) fn open_folder(&self, name: &[u8]) -> io::Result<Self> {
        let path = self.path.join(path_from_bytes(name));
        match kind_of(fs::symlink_metadata(&path)?.file_type()) {
            Kind::Folder => Ok(Folder { path }),
            Kind::File | Kind::Link | Kind::Special => Err(io::ErrorKind::NotADirectory.into()),
        }
    }

    /// Calls `entry` with each name and kind, in the file system's order.
    ///
    /// # Errors
    /// What the system says; entries may have been given before.
    pub(crate) fn list(&self, entry: &mut dyn FnMut(&[u8], Kind)) -> io::Result<()> {
        for item in fs::read_dir(&self.path)? {
            let item = item?;
            match item.file_type() {
                Ok(kind) => entry(&name_bytes(Path::new(&item.file_name())), kind_of(kind)),
                // It vanished, which is its right, and nothing to the others.
                Err(error) if error.kind() == io::ErrorKind::NotFound => {}
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    /// Opens a file in it to be read, unless it is a link or no file.
    pub(crate) fn open_file(&self, name: &[u8]) -> io::Result<File> {
        let path = self.path.join(path_from_bytes(name));
        match kind_of(fs::symlink_metadata(&path)?.file_type()) {
            Kind::File => File::open(path),
            Kind::Folder | Kind::Link | Kind::Special => Err(io::Error::other("it is no longer a regular file")),
        }
    }

    /// Where the symbolic link `name` points to.
    pub(crate) fn read_link(&self, name: &[u8]) -> io::Result<Vec<u8>> {
        Ok(name_bytes(&fs::read_link(self.path.join(path_from_bytes(name)))?))
    }

    /// Whether it has an entry of that name.
    pub(crate) fn contains(&self, name: &[u8]) -> bool {
        fs::symlink_metadata(self.path.join(path_from_bytes(name))).is_ok()
    }
}

fn kind_of(kind: FileType) -> Kind {
    if kind.is_file() {
        Kind::File
    } else if kind.is_dir() {
        Kind::Folder
    } else if kind.is_symlink() {
        Kind::Link
    } else {
        Kind::Special
    }
}

/// The text of a path, with `/` between its parts.
pub(crate) fn name_bytes(path: &Path) -> Vec<u8> {
    let text = path.to_string_lossy();
    if cfg!(windows) { text.replace('\\', "/").into_bytes() } else { text.into_owned().into_bytes() }
}

/// The path of this text.
pub(crate) fn path_from_bytes(bytes: &[u8]) -> PathBuf {
    PathBuf::from(String::from_utf8_lossy(bytes).into_owned())
}
