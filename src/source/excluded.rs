//! What globs leave out of what git records: those of `--exclude` and of a config.

use ignore::Match;
use ignore::gitignore::Gitignore;

use super::os::path_from_bytes;

/// Whether a path from the top of a repository, or a folder above it, is left out. A tree may hold names that no file can have:
/// a name that begins with a slash counts without it, and one that is nothing else is not left out.
pub(crate) fn excludes(exclude: &Gitignore, path: &[u8]) -> bool {
    glob_at(exclude, path).is_some()
}

/// The glob that such a path matches, as it was written.
pub(crate) fn glob_at<'g>(globs: &'g Gitignore, path: &[u8]) -> Option<&'g str> {
    let begin = path.iter().take_while(|&&byte| byte == b'/').count();
    let path = path_from_bytes(&path[begin..]);
    if globs.is_empty() || path.as_os_str().is_empty() || path.has_root() {
        return None;
    }
    match globs.matched_path_or_any_parents(path, false) {
        Match::Ignore(glob) => Some(glob.original()),
        Match::None | Match::Whitelist(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_and_folders_above_them_are_left_out_whatever_their_names() {
        let mut globs = ignore::gitignore::GitignoreBuilder::new("");
        globs.add_line(None, "vendor/").unwrap().add_line(None, "*.min.js").unwrap();
        let globs = globs.build().unwrap();
        for (path, expected) in [
            ("vendor/a", true),
            ("/vendor/a", true),
            ("src/a.min.js", true),
            ("src/a.js", false),
            ("/", false),
            ("", false),
            ("//", false),
            ("../vendor", false),
        ] {
            assert_eq!(excludes(&globs, path.as_bytes()), expected, "{path}");
        }
        assert!(!excludes(&Gitignore::empty(), b"vendor/a"));
    }
}
