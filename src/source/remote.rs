//! What tells what is there where a push goes: a remote may have another address for pushes than the one that it is fetched from, or
//! several, and a push to an address may go to where some remote is fetched from, or to the repository itself.

use std::path::{Path, PathBuf};

use gix::bstr::{BStr, ByteSlice};
use gix::remote::Direction;

use super::git::Repository;
use super::os::path_from_bytes;
use super::push::Known;

/// What tells what is at `address`, as git hands it to its hook, for a push to `remote`, which is an address, too, where no remote was named.
pub(super) fn known(repository: &Repository, remote: &[u8], address: Option<&[u8]>) -> Known {
    let named = remote.to_vec();
    let Some(address) = address else { return Known::FetchedFrom(vec![named]) };
    if is_own(repository, address) {
        return Known::Own;
    }
    if repository.local().find_remote(remote.as_bstr()).is_ok() {
        let is_elsewhere = is_elsewhere(repository, remote, address);
        return Known::FetchedFrom(if is_elsewhere { Vec::new() } else { vec![named] });
    }
    let there = remotes(repository).into_iter().filter(|remote| is_fetched(repository, remote, address) == Some(true));
    Known::FetchedFrom(there.chain([named]).collect())
}

/// The names of all remotes.
pub(super) fn remotes(repository: &Repository) -> Vec<Vec<u8>> {
    repository.local().remote_names().iter().map(|name| name.to_vec()).collect()
}

/// Whether what is at `address` is the repository itself, as for `git push . main:other`.
fn is_own(repository: &Repository, address: &[u8]) -> bool {
    let local = repository.local();
    let (host, path) = place(top(&local), address.as_bstr());
    let common = local.common_dir().canonicalize().unwrap_or_default();
    let around = common.parent().filter(|_| common.ends_with(".git"));
    let own = [local.workdir(), Some(local.git_dir()), Some(&*common), around];
    host.is_none() && own.into_iter().flatten().any(|own| own.canonicalize().is_ok_and(|own| own == path))
}

/// Paths count from where git runs its hooks.
fn top(local: &gix::Repository) -> &Path {
    local.workdir().unwrap_or(local.git_dir())
}

/// Whether what is at `address`, as git hands it to its hook, is another repository than the one that `remote` is fetched from. Then
/// what was fetched says nothing of what is there.
///
/// Another way to the same is none: by `https` or `ssh`, with the name of a user or a port, with `.git` at the end or without.
pub(super) fn is_elsewhere(repository: &Repository, remote: &[u8], address: &[u8]) -> bool {
    is_fetched(repository, remote, address) == Some(false)
}

/// Whether `remote` is fetched from what is at `address`; none if nothing is said of where it is fetched from.
fn is_fetched(repository: &Repository, remote: &[u8], address: &[u8]) -> Option<bool> {
    let local = repository.local();
    let remote = local.find_remote(remote.as_bstr()).ok()?;
    let fetched = remote.url(Direction::Fetch)?.to_bstring();
    let place = |address: &BStr| place(top(&local), address);
    Some(fetched == address.as_bstr() || place(fetched.as_bstr()) == place(address.as_bstr()))
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
