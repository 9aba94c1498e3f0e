//! Where things are: the roots of a scan and the paths below them, with secrets in names redacted from the start.

use std::fmt;
use std::sync::Arc;

/// Something that was named to be scanned.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Root {
    /// As it was named, without a leading `./` and a trailing `/`; empty for the current folder. Secrets are redacted.
    pub named: Vec<u8>,
    /// Its own name as it is in the file system; empty for the current folder.
    pub name: PlainName,
    /// Whether `named` hides a secret.
    pub is_redacted: bool,
    /// Where it lies in its repository, with `/` between parts; none outside a repository. Secrets are redacted.
    pub in_repository: Option<Vec<u8>>,
}

/// A name as it is in the file system; it may hold a secret, so `Debug` does not show it.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct PlainName(pub Vec<u8>);

impl fmt::Debug for PlainName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PlainName({} bytes)", self.0.len())
    }
}

/// A path in a scan, with `/` between its parts. The bytes are those of the file system, but for secrets in them, which
/// are redacted unless the scan was asked to show secrets.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct ScanPath {
    below: Vec<u8>,
    root: Arc<Root>,
    /// The path as it is, where secrets in it are redacted: two names may look the same then.
    plain: Option<PlainName>,
}

impl ScanPath {
    /// The path `below` of `root`, or the root itself if that is empty; `plain` is the path as it is.
    pub fn new(root: Arc<Root>, below: Vec<u8>, plain: Vec<u8>) -> Self {
        let plain = (plain != below).then_some(PlainName(plain));
        ScanPath { below, root, plain }
    }

    /// How many bytes it takes.
    pub fn size(&self) -> usize {
        self.below.len() + self.plain.as_ref().map_or(0, |plain| plain.0.len())
    }

    /// Whether both are one path, however the roots were named.
    pub fn is_same(&self, other: &Self) -> bool {
        let plain = |path: &Self| (path.plain.clone(), path.root.name.clone());
        let redacted = |path: &Self| path.root.is_redacted || path.plain.is_some();
        self.from_here() == other.from_here() && (!redacted(self) && !redacted(other) || plain(self) == plain(other))
    }

    /// The path below the root as it is, secrets included.
    pub fn plain(&self) -> &[u8] {
        self.plain.as_ref().map_or(&self.below, |plain| &plain.0)
    }

    /// Relative to the root; what was named itself is given as it was named.
    pub fn relative(&self) -> &[u8] {
        match (self.below.is_empty(), self.root.named.is_empty()) {
            (false, _) => &self.below,
            (true, false) => &self.root.named,
            (true, true) => b".",
        }
    }

    /// As a person in the current folder would name it.
    pub fn from_here(&self) -> Vec<u8> {
        if self.below.is_empty() { self.relative().to_vec() } else { join(&self.root.named, &self.below) }
    }

    /// Relative to the top of the repository, which is what code hosts know it by. Outside a repository, relative to the
    /// current folder if it lies below, else to the root.
    pub fn in_repository(&self) -> Vec<u8> {
        let named = &self.root.named;
        let is_below_here = !named.starts_with(b"/") && named.split(|&byte| byte == b'/').all(|part| part != b"..");
        match &self.root.in_repository {
            Some(prefix) if !(prefix.is_empty() && self.below.is_empty()) => join(prefix, &self.below),
            None if is_below_here => self.from_here(),
            _ => self.relative().strip_prefix(b"/").unwrap_or(self.relative()).to_vec(),
        }
    }
}

/// `folder/name`, where either may be empty.
pub fn join(folder: &[u8], name: &[u8]) -> Vec<u8> {
    match (folder, name) {
        ([], _) => name.to_vec(),
        (_, []) => folder.to_vec(),
        ([.., b'/'], _) => [folder, name].concat(),
        _ => [folder, b"/", name].concat(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(named: &str, in_repository: Option<&str>, below: &str) -> [String; 3] {
        let root = Root {
            named: named.into(),
            name: PlainName(Vec::new()),
            is_redacted: false,
            in_repository: in_repository.map(|prefix| prefix.as_bytes().to_vec()),
        };
        let path = ScanPath::new(Arc::new(root), below.into(), below.into());
        [path.relative().to_vec(), path.from_here(), path.in_repository()].map(|text| String::from_utf8(text).unwrap())
    }

    #[test]
    fn each_reader_gets_the_path_that_means_something_there() {
        assert_eq!(texts("", Some(""), "a/b"), ["a/b", "a/b", "a/b"]);
        assert_eq!(texts("src", Some("src"), "b"), ["b", "src/b", "src/b"]);
        assert_eq!(texts("../x", Some("x"), "b"), ["b", "../x/b", "x/b"]);
        assert_eq!(texts("/tmp/x", None, "b"), ["b", "/tmp/x/b", "b"]);
        assert_eq!(texts("x", None, "b"), ["b", "x/b", "x/b"]);
        assert_eq!(texts("../x", None, "b"), ["b", "../x/b", "b"]);
        assert_eq!(texts("/", None, "b"), ["b", "/b", "b"]);
        assert_eq!(texts("a.txt", Some("sub/a.txt"), ""), ["a.txt", "a.txt", "sub/a.txt"]);
        assert_eq!(texts("", Some(""), ""), [".", ".", "."]);
        assert_eq!(texts("/tmp/a.txt", None, ""), ["/tmp/a.txt", "/tmp/a.txt", "tmp/a.txt"]);
    }
}
