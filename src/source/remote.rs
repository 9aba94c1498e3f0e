//! Whether a push goes to where its remote is fetched from: a remote may have another address for pushes, or several.

use std::path::{Path, PathBuf};

use gix::bstr::{BStr, ByteSlice};
use gix::remote::Direction;

use super::git::Repository;
use super::os::path_from_bytes;

/// Whether what is at `address`, as git hands it to its hook, is another repository than the one that `remote` is fetched from. Then
/// what was fetched says nothing of what is there.
///
/// Another way to the same is none: by `https` or `ssh`, with the name of a user or a port, with `.git` at the end or without.
pub(super) fn is_elsewhere(repository: &Repository, remote: &[u8], address: &[u8]) -> bool {
    let local = repository.local();
    let Ok(remote) = local.find_remote(remote.as_bstr()) else { return false };
    let Some(fetched) = remote.url(Direction::Fetch).map(|url| url.to_bstring()) else { return false };
    // Paths count from where git runs its hooks.
    let top = local.workdir().unwrap_or(local.git_dir());
    fetched != address.as_bstr() && place(top, fetched.as_bstr()) != place(top, address.as_bstr())
}

/// Where a repository is: on which host, and its path there. Of an address that is none, all is the path.
fn place(top: &Path, address: &BStr) -> (Option<String>, PathBuf) {
    let Ok(url) = gix::url::parse(address) else { return (None, path_from_bytes(address)) };
    let path = url.path.trim_end_with(|sign| sign == '/');
    let path = path.strip_suffix(b".git").unwrap_or(path).trim_end_with(|sign| sign == '/');
    match url.host() {
        Some(host) => (Some(host.to_ascii_lowercase()), path_from_bytes(path.trim_start_with(|sign| sign == '/'))),
        None => {
            let whole = top.join(path_from_bytes(&url.path));
            (None, whole.canonicalize().unwrap_or_else(|_| top.join(path_from_bytes(path))))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn another_way_to_the_same_is_the_same() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir_all(folder.path().join("top/a.git")).unwrap();
        let top = folder.path().join("top");
        let absolute = top.join("a.git");
        let absolute = absolute.to_str().unwrap();
        let same = |a: &str, b: &str| place(&top, a.into()) == place(&top, b.into());
        for (a, b) in [
            ("https://example.com/a/b.git", "git@example.com:a/b.git"),
            ("https://example.com/a/b", "ssh://git@Example.com:22/a/b.git/"),
            ("https://me@example.com/a/b", "https://example.com/a/b"),
            ("/none/a.git", "file:///none/a.git"),
            ("../a", "../a/"),
            ("a.git", absolute),
            ("../top/a.git", absolute),
        ] {
            assert!(same(a, b), "{a} {b}");
        }
        for (a, b) in [
            ("https://example.com/a/b", "https://example.com/a/c"),
            ("https://example.com/a/b", "https://example.org/a/b"),
            ("../a", "../b"),
            ("/a/b", "https://example.com/a/b"),
        ] {
            assert!(!same(a, b), "{a} {b}");
        }
    }
}
