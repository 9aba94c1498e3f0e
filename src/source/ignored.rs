//! What git's ignore rules say about a path: `.gitignore` files from the folder up to the top of the repository, then
//! `.git/info/exclude`, then the user's own file.
//!
//! Patterns are matched by gitoxide's port of git's own matcher: a pattern that means something else to us than to git
//! would leave out a file that git records.

use std::io::{self, Read};
use std::path::Path;
use std::sync::{Arc, LazyLock};

use gix::bstr::ByteSlice;
use gix_glob::Pattern;
use gix_glob::pattern::Case;
use gix_glob::wildmatch::Mode;

use super::os::Folder;
use crate::fault::in_words;

/// The bytes of a `.gitignore` that are read at most; of a longer one nothing is used, so that more is read, not less.
const MAX_IGNORE_FILE: u64 = 1 << 20;

/// The user's own ignore file, as git's configuration names it.
static GLOBAL: LazyLock<Arc<Rules>> = LazyLock::new(|| {
    let file = ignore::gitignore::gitconfig_excludes_path().filter(|path| path.is_file());
    let patterns = file.and_then(|path| parse(std::fs::File::open(path).ok()?).ok()).unwrap_or_default();
    Arc::new(Rules { outer: None, strip: 0, patterns })
});

/// The ignore rules that hold in a folder.
#[derive(Debug)]
pub(super) struct Rules {
    outer: Option<Arc<Rules>>,
    /// How much of a path, relative to the top of the repository, leads to the folder of these rules.
    strip: usize,
    /// In the order of the file: the last that matches decides.
    patterns: Vec<Pattern>,
}

impl Rules {
    /// The rules that hold at the top of a repository before its own `.gitignore`: `exclude` is its `info/exclude`, a
    /// regular file or nothing.
    pub(super) fn of_repository(exclude: &Path) -> Arc<Self> {
        let patterns = std::fs::File::open(exclude).and_then(parse).unwrap_or_default();
        if patterns.is_empty() {
            return Arc::clone(&GLOBAL);
        }
        Arc::new(Rules { outer: Some(Arc::clone(&GLOBAL)), strip: 0, patterns })
    }

    /// The rules that hold in `folder`, whose path relative to the top of the repository is `path`: those from above,
    /// and its own `.gitignore`. With them comes why the `.gitignore` is left out of account, if it is.
    pub(super) fn of_folder(outer: &Arc<Self>, folder: &Folder, path: &[u8]) -> (Arc<Self>, Option<String>) {
        // Git does not follow a link here either.
        match folder.open_file(b".gitignore").and_then(parse) {
            Ok(patterns) if patterns.is_empty() => (Arc::clone(outer), None),
            Ok(patterns) => {
                let strip = if path.is_empty() { 0 } else { path.len() + 1 };
                (Arc::new(Rules { outer: Some(Arc::clone(outer)), strip, patterns }), None)
            }
            Err(error) => {
                let note = || {
                    let is_link = folder.read_link(b".gitignore").is_ok();
                    let why = if is_link { "git follows no link there".to_owned() } else { in_words(&error) };
                    format!("its .gitignore is not used: {why}")
                };
                (Arc::clone(outer), (error.kind() != io::ErrorKind::NotFound).then(note))
            }
        }
    }

    /// Whether `path`, relative to the top of the repository, is ignored. That a folder above it is ignored is for the
    /// caller to know.
    pub(super) fn ignores(&self, path: &[u8], is_folder: bool) -> bool {
        let mut rules = Some(self);
        while let Some(current) = rules {
            let path = path[current.strip..].as_bstr();
            let base_name = path.rfind_byte(b'/').map(|at| at + 1);
            let decides = |pattern: &&Pattern| {
                let mode = Mode::NO_MATCH_SLASH_LITERAL;
                pattern.matches_repo_relative_path(path, base_name, Some(is_folder), Case::Sensitive, mode)
            };
            if let Some(pattern) = current.patterns.iter().rev().find(decides) {
                return !pattern.is_negative();
            }
            rules = current.outer.as_deref();
        }
        false
    }
}

impl Drop for Rules {
    /// Lets go of the rules above one by one: in a tree made deep enough, letting go of them as they are nested would
    /// overflow the stack.
    fn drop(&mut self) {
        let mut next = self.outer.take();
        while let Some(rules) = next {
            next = Arc::into_inner(rules).and_then(|mut rules| rules.outer.take());
        }
    }
}

/// The patterns in an ignore file.
fn parse(file: impl Read) -> io::Result<Vec<Pattern>> {
    let mut bytes = Vec::new();
    file.take(MAX_IGNORE_FILE + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > MAX_IGNORE_FILE {
        return Err(io::Error::other(format!("it is over {MAX_IGNORE_FILE} bytes")));
    }
    // Git takes a carriage return off the last line, too.
    bytes.push(b'\n');
    Ok(gix_ignore::parse(&bytes, false).map(|(pattern, ..)| pattern).collect())
}
