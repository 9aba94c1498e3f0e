//! Every `--help`, as people see it.

use crate::support::Folder;

#[test]
fn help() {
    let folder = Folder::new();
    for (name, arguments) in [
        ("gridleaks", &["--help"][..]),
        ("scan", &["scan", "--help"]),
        ("scan_short", &["scan", "-h"]),
        ("staged", &["staged", "--help"]),
        ("history", &["history", "--help"]),
        ("pre_push", &["pre-push", "--help"]),
        ("pre_receive", &["pre-receive", "--help"]),
        ("baseline", &["baseline", "--help"]),
        ("install", &["install", "--help"]),
        ("verify", &["verify", "--help"]),
        ("rules", &["rules", "--help"]),
        ("rules_list", &["rules", "list", "--help"]),
        ("rules_show", &["rules", "show", "--help"]),
        ("rules_check", &["rules", "check", "--help"]),
        ("completions", &["completions", "--help"]),
        ("man", &["man", "--help"]),
    ] {
        insta::assert_snapshot!(name, folder.run(arguments).stable());
    }
    assert_eq!(folder.run(["--version"]).stdout, format!("gridleaks {}\n", env!("CARGO_PKG_VERSION")));
}
