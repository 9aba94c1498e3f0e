//! gridleaks on its own repository.

#[test]
fn this_repository_is_clean() {
    let folder = crate::support::Folder::new();
    let run = folder.run(["scan", env!("CARGO_MANIFEST_DIR")]);
    assert_eq!(run.status, 0, "{}{}", run.stdout, run.stderr);
}
