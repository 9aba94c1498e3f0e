//! The rules that a command goes by: built in, named on the command line, or by a config.

use std::path::PathBuf;

use crate::rule::RuleSet;

use super::Failure;
use super::messages::Messages;
use super::options::RuleFiles;

/// The built-in rules and those that were named.
///
/// # Errors
/// A bad rule file, or one whose words hold a key: they stand in every report.
pub(super) fn in_force(rules: &RuleFiles, messages: &Messages) -> Result<RuleSet, Failure> {
    without_keys(RuleSet::with_files(&rules.files)?, messages)
}

/// The same, with the rules in files that a config names, each with its text.
///
/// # Errors
/// The same, or a rule of the config says how to verify.
pub(super) fn with_config(
    rules: &RuleFiles,
    of_config: &[(String, String)],
    messages: &Messages,
) -> Result<RuleSet, Failure> {
    without_keys(RuleSet::with_config(&rules.files, of_config)?, messages)
}

/// Only the rules in these files.
///
/// # Errors
/// The same as of [`in_force`].
pub(super) fn only(paths: &[PathBuf], rules: &RuleFiles, messages: &Messages) -> Result<RuleSet, Failure> {
    let all: Vec<_> = paths.iter().chain(&rules.files).cloned().collect();
    without_keys(RuleSet::only_files(&all)?, messages)
}

/// Refuses rules of others whose words hold a key.
fn without_keys(rules: RuleSet, messages: &Messages) -> Result<RuleSet, Failure> {
    for rule in rules.rules().iter().filter(|rule| !rule.is_built_in()) {
        let words = [&rule.id, &rule.description, &rule.help, &rule.impact, &rule.remedy];
        if words.iter().any(|words| messages.mask(words.as_bytes()) != words.as_bytes()) {
            let (file, id) = (&rule.origin, &rule.id);
            let fault =
                format!("{file}: rule `{id}`: its words hold a key\n  help: they stand in every report; take it out");
            return Err(fault.into());
        }
    }
    Ok(rules)
}
