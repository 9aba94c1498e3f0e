//! What a project's config allows: a key by its fingerprint, whatever lies at a path, or a key at a path.

use std::collections::HashMap;

use ignore::gitignore::Gitignore;

use crate::secret::Fingerprint;

/// What is allowed, and why. All paths without a key are one matcher, so that it costs the same to ask about a few as about many.
#[derive(Debug)]
pub struct Allows {
    /// Everything that is allowed, in the order of the file.
    pub list: Vec<Allow>,
    /// The keys among it: which entries of the list are about each, with the matcher of the places where it is allowed; none stands
    /// for everywhere.
    pub keys: HashMap<Fingerprint, Vec<(Option<Gitignore>, usize)>>,
    /// Places where any key is allowed.
    pub paths: Gitignore,
    /// Which entry of the list a glob in `paths` is.
    pub by_glob: HashMap<String, usize>,
}

/// One thing that is allowed.
#[derive(Debug)]
pub struct Allow {
    /// The key; none stands for any.
    pub fingerprint: Option<Fingerprint>,
    /// The glob of the places; none stands for everywhere.
    pub path: Option<String>,
    /// Why.
    pub reason: String,
    /// The line in the config.
    pub line: usize,
}

impl Default for Allows {
    fn default() -> Self {
        Allows { list: Vec::new(), keys: HashMap::new(), paths: Gitignore::empty(), by_glob: HashMap::new() }
    }
}

impl Allows {
    /// By which entries of the list a key is allowed, the one that gives the reason first. `glob_at` gives the glob of a matcher that
    /// the key's path matches.
    pub fn matching(&self, fingerprint: Fingerprint, glob_at: impl Fn(&Gitignore) -> Option<String>) -> Vec<usize> {
        let places = self.keys.get(&fingerprint).map_or(&[][..], Vec::as_slice);
        let is_here = |paths: &Option<Gitignore>| paths.as_ref().is_none_or(|paths| glob_at(paths).is_some());
        let by_key = places.iter().filter(|(paths, _)| is_here(paths)).map(|(_, at)| *at);
        let by_path = glob_at(&self.paths).and_then(|glob| self.by_glob.get(&glob).copied());
        by_key.chain(by_path).collect()
    }

    /// Whether nothing is allowed.
    pub fn is_empty(&self) -> bool {
        self.list.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use ignore::gitignore::GitignoreBuilder;

    use super::*;
    use crate::secret::Secret;

    fn globs(globs: &[&str]) -> Gitignore {
        let mut builder = GitignoreBuilder::new("");
        for glob in globs {
            builder.add_line(None, glob).unwrap();
        }
        builder.build().unwrap()
    }

    fn fingerprint(key: u8) -> Fingerprint {
        Secret::new(&[key; 9], 1).fingerprint()
    }

    #[test]
    fn a_key_is_allowed_by_its_own_entries_and_then_by_its_place() {
        let allow = || Allow { fingerprint: None, path: None, reason: "made up".to_owned(), line: 1 };
        let keys = [(1, vec![(Some(globs(&["a"])), 2), (None, 3)]), (2, vec![(Some(globs(&["b"])), 4)])];
        let allows = Allows {
            list: (0..5).map(|_| allow()).collect(),
            keys: keys.into_iter().map(|(key, places)| (fingerprint(key), places)).collect(),
            paths: globs(&["c", "d"]),
            by_glob: [("c".to_owned(), 0), ("d".to_owned(), 1)].into(),
        };
        assert!(!allows.is_empty() && Allows::default().is_empty());
        for (key, path, expected) in [
            (1, "a", &[2, 3][..]),
            (1, "b", &[3]),
            (1, "d", &[3, 1]),
            (2, "b", &[4]),
            (2, "a", &[]),
            (2, "c", &[0]),
            (3, "a", &[]),
            (3, "d", &[1]),
        ] {
            let glob_at = |paths: &Gitignore| match paths.matched(path, false) {
                ignore::Match::Ignore(glob) => Some(glob.original().to_owned()),
                _ => None,
            };
            assert_eq!(allows.matching(fingerprint(key), glob_at), expected, "{key} {path}");
            assert!(Allows::default().matching(fingerprint(key), glob_at).is_empty(), "{key} {path}");
        }
    }
}
