//! What git tells its hooks on standard input: what is taken has as many commits as lines, and what is refused names a line of it.

use gridleaks::source::push::{Known, pre_push, pre_receive};
use gridleaks::source::refs::Refs;

use crate::Target;

pub(super) const TARGET: Target = Target {
    name: "hooks",
    run,
    seeds,
    words: &[
        b"refs/heads/",
        b"refs/tags/",
        b"(delete) ",
        b" 0000000000000000000000000000000000000000",
        b"\n",
        b"HEAD^{/a b} ",
    ],
    longest: 2048,
    inputs: 10000,
};

fn run(data: &[u8]) {
    let mut refs = Refs::default();
    let remote = data.split(|byte| b" \n".contains(byte)).next().unwrap_or_default();
    let names = data.split(|&byte| byte == b' ').filter(|name| name.starts_with(b"refs/"));
    refs.list = names.map(|name| (name.to_vec(), Some(gix::ObjectId::null(gix::hash::Kind::Sha1)))).collect();
    let remotes: Vec<Vec<u8>> = data.split(|&byte| byte == b'/').map(<[u8]>::to_vec).collect();
    let lines = data.split(|&byte| byte == b'\n').filter(|line| !line.is_empty()).count();
    let refused = |error: &dyn std::fmt::Display| {
        let text = error.to_string();
        assert!(text.starts_with("line ") && !text.chars().any(|c| c.is_control() && c != '\n'), "{text:?}");
    };
    match pre_push(data, Known::FetchedFrom(vec![remote.to_vec()])) {
        Ok(select) => {
            let found = select(&refs, &remotes);
            assert!(found.include.len() <= lines && found.names.len() == found.include.len());
            assert!(
                found
                    .include
                    .iter()
                    .chain(&found.exclude)
                    .all(|id| !id.is_null() || refs.list.iter().any(|(_, known)| known.as_ref() == Some(id)))
            );
        }
        Err(error) => refused(&error),
    }
    match pre_receive(data) {
        Ok(select) => {
            let found = select(&refs, &remotes);
            assert!(found.include.len() <= lines && found.names.len() == found.include.len());
        }
        Err(error) => refused(&error),
    }
}

fn seeds() -> Vec<Vec<u8>> {
    let (a, b, none) = ("a".repeat(40), "b".repeat(64), "0".repeat(40));
    [
        format!("refs/heads/main {a} refs/heads/main {none}\n"),
        format!("(delete) {none} refs/heads/x {a}\nrefs/tags/v1 {b} refs/tags/v1 {b}\n"),
        format!("HEAD^{{/a b}} {a} refs/heads/main {none}\n"),
        format!("{none} {a} refs/heads/main\n{a} {none} refs/heads/gone\n"),
    ]
    .map(String::into_bytes)
    .to_vec()
}
