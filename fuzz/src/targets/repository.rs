//! A small repository on disk, made of plain files without git, for targets that change one of them.

use std::fs;
use std::path::{Path, PathBuf};

use sha1::{Digest, Sha1};

/// A bare or ordinary repository in a temporary folder, which goes with it.
pub(super) struct Repository {
    folder: tempfile::TempDir,
}

impl Repository {
    /// An empty one; `config` is added to its configuration.
    pub(super) fn new(config: &str) -> Self {
        let folder = tempfile::tempdir().expect("there is room for a folder");
        let new = Repository { folder };
        for name in ["objects/pack", "objects/info", "refs/heads", "refs/tags"] {
            fs::create_dir_all(new.git().join(name)).expect("there is room for a folder");
        }
        let format = if config.contains("extensions") { 1 } else { 0 };
        new.write(
            "config",
            format!("[core]\n\trepositoryformatversion = {format}\n\tbare = false\n{config}").as_bytes(),
        );
        new.write("HEAD", b"ref: refs/heads/main\n");
        new
    }

    /// Its work tree.
    pub(super) fn path(&self) -> &Path {
        self.folder.path()
    }

    fn git(&self) -> PathBuf {
        self.folder.path().join(".git")
    }

    /// Writes a file below `.git`.
    pub(super) fn write(&self, name: &str, bytes: &[u8]) {
        let path = self.git().join(name);
        fs::create_dir_all(path.parent().expect("it has one")).expect("there is room for a folder");
        fs::write(path, bytes).expect("there is room for a file");
    }
}

/// The SHA-1 of some parts behind each other.
pub(super) fn sha1(parts: &[&[u8]]) -> [u8; 20] {
    let mut sum = Sha1::new();
    parts.iter().for_each(|part| sum.update(part));
    sum.finalize().into()
}

/// The name of an object.
pub(super) fn name_of(kind: &str, content: &[u8]) -> [u8; 20] {
    sha1(&[format!("{kind} {}\0", content.len()).as_bytes(), content])
}
