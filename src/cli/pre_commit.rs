//! What is special about a run as a hook of pre-commit or prek: files are named among the options, and a push is told of in variables.

use std::env;
use std::ffi::OsString;
use std::path::Path;

use crate::fault::quoted;
use crate::source::os::name_bytes;
use crate::source::push::Announced;

use super::Failure;

/// The option that says so.
const OPTION: &str = "--pre-commit";

/// The variables in which a push is told of.
const REMOTE: &str = "PRE_COMMIT_REMOTE_NAME";
const ADDRESS: &str = "PRE_COMMIT_REMOTE_URL";
const FROM: &str = "PRE_COMMIT_FROM_REF";
const TO: &str = "PRE_COMMIT_TO_REF";
const NAME: &str = "PRE_COMMIT_REMOTE_BRANCH";

/// Makes sure that no file is taken for an option: the names of committed files stand bare among the arguments, and one that is
/// called `--help` would end the hook with success. This comes before the arguments are looked at in any other way.
///
/// # Errors
/// The first argument that could be both, in a run that has the option.
pub(super) fn check(arguments: impl Iterator<Item = OsString>) -> Result<(), Failure> {
    let arguments: Vec<_> = arguments.skip(1).collect();
    if arguments.iter().all(|argument| argument != OPTION) {
        return Ok(());
    }
    let is_both = |argument: &&OsString| {
        // A lone `-` would be standard input, and `--` would be passed over.
        argument.as_encoded_bytes().starts_with(b"-") && Path::new(argument).symlink_metadata().is_ok()
    };
    match arguments.iter().find(is_both) {
        Some(argument) => {
            let name = quoted(&argument.to_string_lossy());
            Err(format!("{name} is the name of a file, and could be an option as well; nothing was scanned\n  help: give the file another name, as with `git mv -- OLD NEW`").into())
        }
        None => Ok(()),
    }
}

/// What pre-commit or prek tell of the push.
///
/// # Errors
/// A revision that is no text.
pub(super) fn announced() -> Result<Announced, Failure> {
    let given = |name: &str| env::var_os(name).filter(|value| !value.is_empty());
    let revision = |name: &str| match given(name).map(OsString::into_string) {
        None => Ok(None),
        Some(Ok(revision)) => Ok(Some(revision)),
        Some(Err(_)) => Err(format!("the variable {name} names no commit: it is no UTF-8")),
    };
    let bytes = |name: &str| given(name).map(|value| name_bytes(Path::new(&value)));
    let (remote, address, name) = (bytes(REMOTE), bytes(ADDRESS), bytes(NAME));
    Ok(Announced { remote, address, from: revision(FROM)?, to: revision(TO)?, name })
}
