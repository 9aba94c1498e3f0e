//! Small repositories for tests, made by git itself, without anybody's configuration.

use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};

/// Runs git in `folder` with `input`; gives what it prints.
pub(super) fn git_with(folder: &Path, arguments: &[&str], input: impl AsRef<[u8]>) -> String {
    let mut command = Command::new("git");
    for (name, _) in std::env::vars_os().filter(|(name, _)| name.to_string_lossy().starts_with("GIT_")) {
        command.env_remove(name);
    }
    command.env("GIT_CONFIG_NOSYSTEM", "1").env("GIT_CONFIG_GLOBAL", "/dev/null").current_dir(folder);
    command.args(["-c", "user.name=t", "-c", "user.email=t@example.com"]).args(arguments);
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(input.as_ref()).unwrap();
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success(), "git {arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}

pub(super) fn git(folder: &Path, arguments: &[&str]) -> String {
    git_with(folder, arguments, b"")
}

/// A repository with a file `f`, and two commits on `main`.
pub(super) fn repository() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    git(folder.path(), &["init", "-q", "-b", "main"]);
    for text in ["one", "two"] {
        std::fs::write(folder.path().join("f"), text).unwrap();
        git(folder.path(), &["add", "f"]);
        git(folder.path(), &["commit", "-q", "-m", text]);
    }
    folder
}
