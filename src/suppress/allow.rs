//! What a project's config allows: a key by its fingerprint, whatever lies at a path, or a key at a path.

use std::collections::HashMap;

use ignore::gitignore::Gitignore;

use crate::secret::Fingerprint;

/// What is allowed, and why. All paths without a key are one matcher, so that it costs the same to ask about a few as about many.
#[derive(Debug)]
pub struct Allows {
    /// Keys, each with the places where it is allowed; none stands for everywhere.
    pub keys: HashMap<Fingerprint, Vec<(Option<Gitignore>, String)>>,
    /// Places where any key is allowed.
    pub paths: Gitignore,
    /// Why, by the glob in `paths`.
    pub reasons: HashMap<String, String>,
}

impl Default for Allows {
    fn default() -> Self {
        Allows { keys: HashMap::new(), paths: Gitignore::empty(), reasons: HashMap::new() }
    }
}

impl Allows {
    /// Why a key is allowed, if it is. `glob_at` gives the glob of a matcher that the key's path matches.
    pub fn reason(&self, fingerprint: Fingerprint, glob_at: impl Fn(&Gitignore) -> Option<String>) -> Option<&str> {
        let places = self.keys.get(&fingerprint).map_or(&[][..], Vec::as_slice);
        let by_key = places.iter().find(|(paths, _)| paths.as_ref().is_none_or(|paths| glob_at(paths).is_some()));
        let by_path = || self.reasons.get(&glob_at(&self.paths)?);
        by_key.map(|(_, reason)| reason).or_else(by_path).map(String::as_str)
    }

    /// Whether nothing is allowed.
    pub fn is_empty(&self) -> bool {
        self.keys.is_empty() && self.reasons.is_empty()
    }
}
