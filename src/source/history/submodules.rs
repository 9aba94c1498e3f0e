//! Finds the repositories of submodules, which git keeps inside that of the project: those of its own work tree and of linked ones.

use std::collections::HashSet;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use crate::fault::in_words;
use crate::place::join;
use crate::source::os::shown;

/// How deep names of submodules are nested at most.
const DEEPEST: usize = 16;

/// What was found.
#[derive(Default)]
pub(super) struct Submodules {
    /// The repositories, each with the name of its submodule.
    pub(super) found: Vec<(PathBuf, Vec<u8>)>,
    /// What could not be looked through.
    pub(super) faults: Vec<String>,
    /// The folders that were gone through: links may lead to one again.
    met: HashSet<PathBuf>,
}

impl Submodules {
    /// The repositories of submodules in a repository's own folder.
    pub(super) fn find(common: &Path) -> Self {
        let mut submodules = Submodules::default();
        let mut tops = vec![common.join("modules")];
        // What is no folder there is no work tree, such as what a desktop keeps in each.
        let trees = submodules.list(&common.join("worktrees")).into_iter().filter(|tree| tree.is_dir());
        tops.extend(trees.map(|tree| tree.join("modules")));
        for top in tops {
            submodules.below(top);
        }
        submodules.found.sort();
        submodules.faults.sort();
        submodules
    }

    /// Looks through a folder of submodules. One in a folder has its repository in one, too, and may have submodules itself.
    fn below(&mut self, top: PathBuf) {
        let mut left = vec![(top, Vec::new(), 0)];
        while let Some((folder, name, depth)) = left.pop() {
            if depth > DEEPEST {
                self.faults.push(format!("{}: submodules are nested too deep", shown(&folder)));
                continue;
            }
            for path in self.list(&folder) {
                let is_new = self.met.insert(path.canonicalize().unwrap_or_else(|_| path.clone()));
                if !is_new || !path.is_dir() {
                    continue;
                }
                let own =
                    join(&name, path.file_name().map(|name| shown(Path::new(name))).unwrap_or_default().as_bytes());
                if is_repository(&path) {
                    left.push((path.join("modules"), own.clone(), depth + 1));
                    self.found.push((path, own));
                } else if path.is_symlink() {
                    // It may lead to the top of the file system.
                    self.faults
                        .push(format!("{}: this link leads to no repository, and is not followed", shown(&path)));
                } else {
                    left.push((path, own, depth + 1));
                }
            }
        }
    }

    /// What is in a folder; nothing if it is not there.
    fn list(&mut self, folder: &Path) -> Vec<PathBuf> {
        let listed = fs::read_dir(folder).and_then(|entries| entries.map(|entry| Ok(entry?.path())).collect());
        listed.unwrap_or_else(|error: io::Error| {
            if error.kind() != io::ErrorKind::NotFound {
                self.faults.push(format!("{}: cannot be listed: {}", shown(folder), in_words(&error)));
            }
            Vec::new()
        })
    }
}

/// Whether a folder is a repository, be it a broken one, and not only part of a submodule's name.
fn is_repository(folder: &Path) -> bool {
    ["HEAD", "config"].iter().any(|name| fs::symlink_metadata(folder.join(name)).is_ok_and(|found| !found.is_dir()))
}
