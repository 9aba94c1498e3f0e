//! Whether what git's environment says of `safe.directory` has a repository of somebody else read: `git -c` and `GIT_CONFIG_COUNT`, which git
//! takes for as good as a person's own configuration. What files say gix knows.

use std::env;
use std::ffi::OsString;
use std::path::{Path, PathBuf};

use super::os::{name_bytes, path_from_bytes};

/// The setting's name, which git takes in any case.
const KEY: &[u8] = b"safe.directory";

/// Whether the environment says that whoever asks trusts the repository with this top, or of this own folder if it has no work tree.
pub(super) fn by_environment(top: &Path) -> bool {
    let get = |name: &str| env::var_os(name);
    let Ok(top) = top.canonicalize() else { return false };
    let mut is_safe = false;
    for value in values(&get) {
        is_safe = match value.as_deref() {
            // Whatever was said before does not hold.
            None | Some(b"") => false,
            Some(value) => is_safe || names(value, &top),
        };
    }
    is_safe
}

/// Whether a value means a folder.
fn names(value: &[u8], top: &Path) -> bool {
    let is_top = |path: PathBuf| path.canonicalize().is_ok_and(|path| path == top);
    if value == b"*" {
        return true;
    }
    if value == b"." {
        return is_top(PathBuf::from("."));
    }
    let path = match (value.strip_prefix(b"~/"), env::var_os("HOME")) {
        (Some(below), Some(home)) => Path::new(&home).join(path_from_bytes(below)),
        _ => path_from_bytes(value),
    };
    match name_bytes(&path).strip_suffix(b"/*") {
        _ if !path.is_absolute() => false,
        Some(above) => path_from_bytes(above).canonicalize().is_ok_and(|above| top != above && top.starts_with(above)),
        None => is_top(path),
    }
}

/// More settings than this are not looked through: each is a variable.
const MOST_SETTINGS: usize = 10_000;

/// All values, in the order in which git reads them; none for one without any, as in `git -c safe.directory`.
fn values(get: &dyn Fn(&str) -> Option<OsString>) -> Vec<Option<Vec<u8>>> {
    let bytes = |name: &str| get(name).map(|value| name_bytes(Path::new(&value)));
    let mut values = Vec::new();
    let count = bytes("GIT_CONFIG_COUNT").and_then(|count| String::from_utf8(count).ok()?.trim().parse().ok());
    for number in 0..count.unwrap_or(0).min(MOST_SETTINGS) {
        let key = bytes(&format!("GIT_CONFIG_KEY_{number}")).unwrap_or_default();
        values.extend(key.eq_ignore_ascii_case(KEY).then(|| bytes(&format!("GIT_CONFIG_VALUE_{number}"))));
    }
    let parameters = bytes("GIT_CONFIG_PARAMETERS").unwrap_or_default();
    for (key, value) in settings(&parameters) {
        values.extend(key.eq_ignore_ascii_case(KEY).then_some(value));
    }
    values
}

/// What `git -c` hands on: `'key'='value'`, of older versions `'key=value'`, with blanks between them.
fn settings(mut text: &[u8]) -> Vec<(Vec<u8>, Option<Vec<u8>>)> {
    let mut found = Vec::new();
    loop {
        text = text.trim_ascii_start();
        let Some(key) = quoted(&mut text) else { return found };
        match text.strip_prefix(b"=") {
            Some(rest) => {
                text = rest;
                found.push((key, quoted(&mut text)));
            }
            None => match key.iter().position(|&byte| byte == b'=') {
                Some(at) => found.push((key[..at].to_vec(), Some(key[at + 1..].to_vec()))),
                None => found.push((key, None)),
            },
        }
    }
}

/// Takes a word off the beginning of `text` that is quoted for a shell, as git does it: in `'`, and outside of these one sign behind a `\`.
fn quoted(text: &mut &[u8]) -> Option<Vec<u8>> {
    let mut word = Vec::new();
    let mut rest = text.strip_prefix(b"'")?;
    loop {
        let end = rest.iter().position(|&byte| byte == b'\'')?;
        word.extend(&rest[..end]);
        rest = &rest[end + 1..];
        match rest {
            [b'\\', escaped @ (b'\'' | b'!'), b'\'', ..] => {
                word.push(*escaped);
                rest = &rest[3..];
            }
            _ => break,
        }
    }
    *text = rest;
    Some(word)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_git_hands_on_is_taken_apart() {
        let get = |name: &str| {
            let value = match name {
                "GIT_CONFIG_COUNT" => "3",
                "GIT_CONFIG_KEY_0" => "Safe.Directory",
                "GIT_CONFIG_VALUE_0" => "/a",
                "GIT_CONFIG_KEY_1" => "user.name",
                "GIT_CONFIG_VALUE_1" => "/b",
                "GIT_CONFIG_KEY_2" => "safe.directory",
                "GIT_CONFIG_PARAMETERS" => {
                    r"'user.name'='x' 'safe.directory'='/it'\''s'\!'' 'safe.directory=/c=d' 'safe.directory' 'safe.directory'='' 'cut"
                }
                _ => return None,
            };
            Some(OsString::from(value))
        };
        let found: Vec<_> =
            values(&get).into_iter().map(|value| value.map(|v| String::from_utf8(v).unwrap())).collect();
        let expected = [Some("/a"), None, Some("/it's!"), Some("/c=d"), None, Some("")];
        assert_eq!(found, expected.map(|value| value.map(str::to_owned)));
    }

    #[test]
    fn of_many_settings_the_first_are_asked() {
        for (count, expected) in [(9_999, 9_999), (10_000, 10_000), (10_001, 10_000), (u64::MAX, 10_000)] {
            let get = |name: &str| {
                let number = name.rsplit_once('_').unwrap().1;
                Some(OsString::from(match number {
                    "COUNT" => count.to_string(),
                    "PARAMETERS" => return None,
                    _ if name.contains("KEY") => "safe.directory".to_owned(),
                    _ => format!("/{number}"),
                }))
            };
            let found = values(&get);
            let last = format!("/{}", expected - 1).into_bytes();
            assert_eq!((found.len(), found.last()), (expected, Some(&Some(last))), "{count}");
        }
    }

    #[test]
    fn what_a_value_means() {
        let folder = tempfile::tempdir().unwrap();
        let top = folder.path().join("a/b");
        std::fs::create_dir_all(&top).unwrap();
        let top = top.canonicalize().unwrap();
        let shown = top.display().to_string();
        for (value, expected) in [
            ("*".to_owned(), true),
            (shown.clone(), true),
            (format!("{shown}/"), true),
            (format!("{shown}/../../*"), true),
            (format!("{shown}/*"), false),
            (format!("{shown}/.."), false),
            ("..".to_owned(), false),
            (".".to_owned(), false),
        ] {
            assert_eq!(names(value.as_bytes(), &top), expected, "{value}");
        }
    }
}
