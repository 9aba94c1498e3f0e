//! gridleaks on its own repository.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "what fails here is a failed test")]

mod support;

#[test]
fn this_repository_is_clean() {
    let folder = support::Folder::new();
    let run = folder.run(["scan", env!("CARGO_MANIFEST_DIR")]);
    assert_eq!(run.status, 0, "{}{}", run.stdout, run.stderr);
}
