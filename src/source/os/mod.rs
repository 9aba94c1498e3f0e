//! Folders and files as the operating system gives them: one face, an implementation for Unix and one for the rest.
//!
//! Nothing here follows a symbolic link or waits for a FIFO. Names are bytes; on Windows they are UTF-8.

#[cfg(any(not(unix), test))]
mod portable;
#[cfg(unix)]
mod unix;

use std::path::Path;

#[cfg(not(unix))]
pub(crate) use portable::{Folder, name_bytes, path_from_bytes};
#[cfg(unix)]
pub(crate) use unix::{Folder, name_bytes, path_from_bytes};

/// A path in words, for a message.
pub(crate) fn shown(path: &Path) -> String {
    String::from_utf8_lossy(&name_bytes(path)).into_owned()
}

/// The folder that a file is in, as the path names it; `.` for a name alone.
pub(crate) fn folder_of(path: &Path) -> &Path {
    path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

/// What a folder's entry is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// A regular file.
    File,
    /// A folder.
    Folder,
    /// A symbolic link.
    Link,
    /// A device, socket or FIFO.
    Special,
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;
    use std::io::Read;

    use super::*;

    macro_rules! both {
        ($name:ident, $implementation:ident) => {
            #[test]
            fn $name() {
                let temporary = tempfile::tempdir().unwrap();
                let top = temporary.path();
                std::fs::create_dir(top.join("folder")).unwrap();
                std::fs::write(top.join("file"), "text").unwrap();
                let mut wanted = BTreeMap::from([(b"folder".to_vec(), Kind::Folder), (b"file".to_vec(), Kind::File)]);
                #[cfg(unix)]
                {
                    std::os::unix::fs::symlink("where/to", top.join("link")).unwrap();
                    wanted.insert(b"link".to_vec(), Kind::Link);
                }
                for number in 0..3000 {
                    let name = format!("{number:0>200}");
                    std::fs::write(top.join(&name), "").unwrap();
                    wanted.insert(name.into_bytes(), Kind::File);
                }
                let folder = $implementation::Folder::open(top).unwrap();
                let mut found = BTreeMap::new();
                folder.list(&mut |name, kind| assert!(found.insert(name.to_vec(), kind).is_none())).unwrap();
                assert_eq!(found, wanted);
                let mut text = String::new();
                folder.open_file(b"file").unwrap().read_to_string(&mut text).unwrap();
                assert_eq!(text, "text");
                assert!(folder.open_file(b"none").is_err());
                assert!(folder.contains(b"file") && !folder.contains(b"none"));
                #[cfg(unix)]
                {
                    assert_eq!(folder.read_link(b"link").unwrap(), b"where/to");
                    assert!(folder.open_file(b"link").is_err(), "a link is not followed");
                }
                assert!($implementation::Folder::open(&top.join("file")).is_err());
                assert!(folder.open_folder(b"folder").unwrap().open_file(b"x").is_err());
                assert!(folder.open_folder(b"file").is_err());
                #[cfg(unix)]
                {
                    std::os::unix::fs::symlink("folder", top.join("to-folder")).unwrap();
                    assert!(folder.open_folder(b"to-folder").is_err(), "a link is not followed");
                }
            }
        };
    }

    #[cfg(unix)]
    both!(unix_lists_and_opens, unix);
    both!(portable_lists_and_opens, portable);
}
