//! What git's ignore rules say about a path: `.gitignore` files from the folder up to the top of the repository, then
//! `.git/info/exclude`, then the user's own file.

use std::io::Read;
use std::path::Path;
use std::sync::{Arc, LazyLock};

use ignore::Match;
use ignore::gitignore::{Gitignore, GitignoreBuilder};

use super::os::{Folder, path_from_bytes};

/// The bytes of a `.gitignore` that are read at most; of a longer one nothing is used, so that more is read, not less.
const MAX_IGNORE_FILE: u64 = 1 << 20;

/// The user's own ignore file, as git's configuration names it.
static GLOBAL: LazyLock<Gitignore> = LazyLock::new(|| Gitignore::global().0);

/// The ignore rules that hold in a folder.
#[derive(Debug)]
pub(super) struct Rules {
    outer: Option<Arc<Rules>>,
    /// How much of a path, relative to the top of the repository, leads to the folder of these rules.
    strip: usize,
    matcher: Gitignore,
}

impl Rules {
    /// The rules that hold at the top of a repository before its own `.gitignore`: `exclude` is its `info/exclude`.
    pub(super) fn of_repository(exclude: &Path) -> Arc<Self> {
        let global = Arc::new(Rules { outer: None, strip: 0, matcher: GLOBAL.clone() });
        match std::fs::File::open(exclude).ok().and_then(|file| parse(file).ok()).flatten() {
            Some(matcher) => Arc::new(Rules { outer: Some(global), strip: 0, matcher }),
            None => global,
        }
    }

    /// The rules that hold in `folder`, whose path relative to the top of the repository is `path`: those from above,
    /// and its own `.gitignore`.
    ///
    /// # Errors
    /// Why its `.gitignore` is left out of account.
    pub(super) fn of_folder(outer: &Arc<Self>, folder: &Folder, path: &[u8]) -> (Arc<Self>, Option<String>) {
        let unchanged = |note| (Arc::clone(outer), note);
        let file = match folder.open_file(b".gitignore") {
            Ok(file) => file,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return unchanged(None),
            // Git does not follow a link here either.
            Err(error) => return unchanged(Some(format!("its .gitignore is not used: {error}"))),
        };
        match parse(file) {
            Ok(Some(matcher)) => {
                let strip = if path.is_empty() { 0 } else { path.len() + 1 };
                (Arc::new(Rules { outer: Some(Arc::clone(outer)), strip, matcher }), None)
            }
            Ok(None) => unchanged(Some(format!("its .gitignore is not used: it is over {MAX_IGNORE_FILE} bytes"))),
            Err(error) => unchanged(Some(format!("its .gitignore is not used: {error}"))),
        }
    }

    /// Whether `path`, relative to the top of the repository, is ignored. That a folder above it is ignored is for the
    /// caller to know.
    pub(super) fn ignores(&self, path: &[u8], is_folder: bool) -> bool {
        let mut rules = Some(self);
        while let Some(current) = rules {
            if !current.matcher.is_empty() {
                match current.matcher.matched(path_from_bytes(&path[current.strip..]), is_folder) {
                    Match::Ignore(_) => return true,
                    Match::Whitelist(_) => return false,
                    Match::None => {}
                }
            }
            rules = current.outer.as_deref();
        }
        false
    }
}

/// The rules in an ignore file; none if it is too long. A line that is no pattern ignores nothing.
fn parse(file: impl Read) -> std::io::Result<Option<Gitignore>> {
    let mut bytes = Vec::new();
    file.take(MAX_IGNORE_FILE + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > MAX_IGNORE_FILE {
        return Ok(None);
    }
    let text = String::from_utf8_lossy(bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&bytes));
    Ok(Some(patterns(text.lines())))
}

/// A matcher for patterns in the syntax of `.gitignore`; those that are none are left out.
pub(super) fn patterns<'a>(lines: impl Iterator<Item = &'a str>) -> Gitignore {
    let mut builder = GitignoreBuilder::new("");
    for line in lines {
        // A bad pattern matches nothing in git, too.
        let _ = builder.add_line(None, line);
    }
    builder.build().unwrap_or_else(|_| Gitignore::empty())
}
