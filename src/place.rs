//! Where things are: the roots of a scan and the paths below them, with secrets in names redacted from the start.

use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;

use gix::bstr::ByteSlice;

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

impl Root {
    /// What is not known yet; see [`ScanPath::moved_to`].
    pub fn unknown() -> Self {
        Root { named: Vec::new(), name: PlainName(Vec::new()), is_redacted: false, in_repository: None }
    }

    /// Standard input, for what lies in it.
    pub fn stdin() -> Self {
        Root { named: b"-".to_vec(), name: PlainName(b"-".to_vec()), is_redacted: false, in_repository: None }
    }
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
    /// Where in the file, if that is a container: the names of members, from the outside in.
    inside: Option<Inside>,
}

/// What stands between a container and what lies in it.
const IN: &[u8] = b"!/";

/// Where something lies in a container: the names of members, with [`IN`] between them.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Inside {
    /// As it is shown.
    shown: Vec<u8>,
    /// As it is.
    plain: PlainName,
}

impl ScanPath {
    /// The path `below` of `root`, or the root itself if that is empty; `plain` is the path as it is.
    pub fn new(root: Arc<Root>, below: Vec<u8>, plain: Vec<u8>) -> Self {
        let plain = (plain != below).then_some(PlainName(plain));
        ScanPath { below, root, plain, inside: None }
    }

    /// The path of a member of what this is the path of. A member without a name is called as what it lies in, without the ending
    /// that says how that is compressed.
    pub fn member(&self, shown: &[u8], plain: &[u8]) -> Self {
        let unnamed = |name: &[u8]| if plain.is_empty() { without_ending(name).to_vec() } else { Vec::new() };
        let (shown, plain) = match &self.inside {
            _ if !plain.is_empty() => (shown.to_vec(), plain.to_vec()),
            Some(inside) => (unnamed(last_part(&inside.shown)), unnamed(last_part(&inside.plain.0))),
            // The plain name of a root is not known to be without a secret.
            None if self.below.is_empty() => {
                let shown = unnamed(last_part(&self.root.named));
                (shown, unnamed(&self.root.name.0))
            }
            None => (unnamed(last_part(&self.below)), unnamed(last_part(self.plain()))),
        };
        let below =
            |outer: Option<&[u8]>, name: Vec<u8>| outer.map_or(name.clone(), |outer| [outer, IN, &name].concat());
        let inside = Inside {
            shown: below(self.inside.as_ref().map(|inside| &*inside.shown), shown),
            plain: PlainName(below(self.inside.as_ref().map(|inside| &*inside.plain.0), plain)),
        };
        ScanPath { inside: Some(inside), ..self.clone() }
    }

    /// The path of the same members in another container.
    pub fn moved_to(&self, container: &Self) -> Self {
        let Some(inside) = &self.inside else { return container.clone() };
        let names = inside.shown.split_str(IN).zip(inside.plain.0.split_str(IN));
        names.fold(container.clone(), |path, (shown, plain)| path.member(shown, plain))
    }

    /// Where in the file it is, as it is, if the file is a container.
    pub fn inside(&self) -> Option<&[u8]> {
        self.inside.as_ref().map(|inside| &*inside.plain.0)
    }

    /// The path of the file, where this is the path of a member.
    pub fn container(&self) -> Self {
        ScanPath { inside: None, ..self.clone() }
    }

    /// How many bytes it takes.
    pub fn size(&self) -> usize {
        let inside = self.inside.as_ref().map_or(0, |inside| inside.shown.len() + inside.plain.0.len());
        self.below.len() + self.plain.as_ref().map_or(0, |plain| plain.0.len()) + inside
    }

    /// Whether both are one path, however the roots were named.
    pub fn is_same(&self, other: &Self) -> bool {
        let inside = |path: &Self| path.inside.as_ref().map(|inside| inside.plain.clone());
        let plain = |path: &Self| (path.plain.clone(), path.root.name.clone());
        if inside(self) != inside(other) {
            return false;
        }
        let redacted = |path: &Self| path.root.is_redacted || path.plain.is_some();
        self.from_here() == other.from_here() && (!redacted(self) && !redacted(other) || plain(self) == plain(other))
    }

    /// The path of the file below the root as it is, secrets included.
    pub fn plain(&self) -> &[u8] {
        self.plain.as_ref().map_or(&self.below, |plain| &plain.0)
    }

    /// Relative to the root; what was named itself is given as it was named.
    pub fn relative(&self) -> Cow<'_, [u8]> {
        self.with_inside(Cow::Borrowed(self.file()))
    }

    /// The path of a file, and behind it that of what lies in it.
    fn with_inside<'p>(&self, file: Cow<'p, [u8]>) -> Cow<'p, [u8]> {
        match &self.inside {
            Some(inside) => Cow::Owned([&*file, IN, &inside.shown].concat()),
            None => file,
        }
    }

    fn file(&self) -> &[u8] {
        match (self.below.is_empty(), self.root.named.is_empty()) {
            (false, _) => &self.below,
            (true, false) => &self.root.named,
            (true, true) => b".",
        }
    }

    /// As a person in the current folder would name it.
    pub fn from_here(&self) -> Vec<u8> {
        let below = || join(&self.root.named, &self.below);
        let file = if self.below.is_empty() { self.file().to_vec() } else { below() };
        self.with_inside(Cow::Owned(file)).into_owned()
    }

    /// Relative to the top of the repository, which is what code hosts know it by. Outside a repository, relative to the
    /// current folder if it lies below, else to the root.
    pub fn in_repository(&self) -> Vec<u8> {
        let named = &self.root.named;
        let is_below_here = !named.starts_with(b"/") && named.split(|&byte| byte == b'/').all(|part| part != b"..");
        let file = match &self.root.in_repository {
            Some(prefix) if !(prefix.is_empty() && self.below.is_empty()) => join(prefix, &self.below),
            None if is_below_here => return self.from_here(),
            _ => self.file().strip_prefix(b"/").unwrap_or(self.file()).to_vec(),
        };
        self.with_inside(Cow::Owned(file)).into_owned()
    }
}

/// The last part of a path: the name alone.
pub(crate) fn last_part(path: &[u8]) -> &[u8] {
    path.rsplit(|&byte| byte == b'/').next().unwrap_or(path)
}

/// What a file was called before it was compressed; of a name that does not say, all.
fn without_ending(name: &[u8]) -> &[u8] {
    const ENDINGS: [&str; 13] =
        [".gz", ".bz2", ".xz", ".zst", ".zlib", ".z", ".Z", ".zz", ".svgz", ".lz4", ".lzma", ".lz", ".sz"];
    let stem = |ending: &&str| name.strip_suffix(ending.as_bytes()).filter(|stem| !stem.is_empty());
    ENDINGS.iter().find_map(stem).unwrap_or(name)
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
        [path.relative().into_owned(), path.from_here(), path.in_repository()]
            .map(|text| String::from_utf8(text).unwrap())
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

    #[test]
    fn members_follow_their_container() {
        let root = |named: &str| {
            Arc::new(Root {
                named: named.into(),
                name: PlainName(named.into()),
                is_redacted: false,
                in_repository: None,
            })
        };
        let text = |path: &ScanPath| String::from_utf8(path.relative().into_owned()).unwrap();
        let zip = ScanPath::new(root("d"), b"a/x.zip".to_vec(), b"a/x.zip".to_vec());
        let inner = zip.member(b"b/y.txt.gz", b"b/y.txt.gz").member(b"", b"");
        assert_eq!(text(&inner), "a/x.zip!/b/y.txt.gz!/y.txt");
        assert_eq!(inner.from_here(), b"d/a/x.zip!/b/y.txt.gz!/y.txt");
        assert_eq!((inner.plain(), inner.container() == zip), (&b"a/x.zip"[..], true));
        let named = ScanPath::new(root("v.yaml.gz"), Vec::new(), Vec::new());
        assert_eq!(text(&named.member(b"", b"")), "v.yaml.gz!/v.yaml");
        let unknown = ScanPath::new(root(""), Vec::new(), Vec::new());
        let moved = unknown.member(b"", b"").member(b"k", b"k").moved_to(&named);
        assert_eq!(text(&moved), "v.yaml.gz!/v.yaml!/k");
    }
}
