//! Sets up verification as the command line and the environment say: both commands that ask issuers begin here.

use std::env;
use std::ffi::OsStr;

use crate::rule::{Endpoint, RuleSet};
use crate::verify::{DEFAULT_THREADS, DEFAULT_TIMEOUT, Options, Verifier};

use super::Failure;
use super::options::RequestArgs;

/// The variable that says where to ask, if the command line does not.
const URL_VARIABLE: &str = "GRIDLEAKS_VERIFY_URL";

/// Makes ready to ask; sends nothing yet.
///
/// # Errors
/// A URL that no secret may be sent to, and what [`Verifier::new`] says.
pub(super) fn prepare(args: &RequestArgs, threads: Option<u16>, rules: &RuleSet) -> Result<Verifier, Failure> {
    let options = Options {
        url: url(args)?,
        threads: threads.map_or(DEFAULT_THREADS, usize::from),
        timeout: args.verify_timeout.unwrap_or(DEFAULT_TIMEOUT),
        ..Options::default()
    };
    Ok(Verifier::new(rules, options, &|name| env::var_os(name))?)
}

/// Where to ask instead of where the built-in rules say.
fn url(args: &RequestArgs) -> Result<Option<Endpoint>, Failure> {
    match (&args.verify_url, env::var_os(URL_VARIABLE)) {
        (Some(url), _) => parse(url, "--verify-url").map(Some),
        (None, Some(url)) if !url.is_empty() => parse(&url, URL_VARIABLE).map(Some),
        (None, _) => Ok(None),
    }
}

fn parse(url: &OsStr, name: &str) -> Result<Endpoint, Failure> {
    // The URL is not shown: it may hold a password.
    let parsed = Endpoint::parse(&url.to_string_lossy());
    parsed.map_err(|error| format!("the URL in {name} {}\n  help: {}", error.fault, error.remedy).into())
}
