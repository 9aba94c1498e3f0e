//! What reports say about a secret's verification, in words.

use std::io::{self, Write};

use anstyle::AnsiColor;

use crate::finding::{Finding, Verification, VerificationStatus};
use crate::rule::Rule;
use crate::secret::Secret;

use super::paint;
use super::visible::visible;

/// What is known, in one line, as "it belongs to user … as key id …".
pub(super) fn known(verification: &Verification) -> String {
    let owner = match (&verification.user_id, &verification.api_key_id) {
        (Some(user), Some(key)) => Some(format!("it belongs to user {user} as key id {key}")),
        (Some(user), None) => Some(format!("it belongs to user {user}")),
        (None, Some(key)) => Some(format!("it is key id {key}")),
        (None, None) => None,
    };
    let state = match verification.status {
        VerificationStatus::Active => owner.or_else(|| Some("it works".to_owned())),
        VerificationStatus::Inactive => Some("it was rotated or revoked and no longer works".to_owned()),
        VerificationStatus::Unknown => None,
    };
    let parts: Vec<_> = state.into_iter().chain(verification.detail.clone()).collect();
    visible(parts.join("; ").as_bytes())
}

/// The same of a key that was found somewhere: in a history, one that no longer works is still to be seen.
pub(super) fn known_of_found(finding: &Finding, verification: &Verification) -> String {
    let is_shown = verification.status == VerificationStatus::Inactive && finding.git.is_some();
    known(verification) + if is_shown { "; the history still shows it" } else { "" }
}

/// A status in the words of a heading.
pub(super) fn title(status: VerificationStatus) -> &'static str {
    match status {
        VerificationStatus::Active => "active",
        VerificationStatus::Inactive => "inactive",
        VerificationStatus::Unknown => "could not be verified",
    }
}

/// What to do, in one line.
pub(super) fn advice(status: VerificationStatus) -> &'static str {
    match status {
        VerificationStatus::Active => "rotate it at once",
        VerificationStatus::Inactive => {
            "there is nothing to rotate; take it out, so that nobody takes it for one that works"
        }
        VerificationStatus::Unknown => "take it for active until you know, and rotate it",
    }
}

/// The colour of a status; only what is known to be inactive looks safe.
pub(super) fn color(status: VerificationStatus) -> AnsiColor {
    match status {
        VerificationStatus::Active => AnsiColor::Red,
        VerificationStatus::Unknown => AnsiColor::Yellow,
        VerificationStatus::Inactive => AnsiColor::Green,
    }
}

/// Writes all there is to say about one secret, for `gridleaks verify`.
///
/// # Errors
/// What `out` says.
pub fn write_verdict(
    rule: &Rule,
    secret: &Secret,
    verification: &Verification,
    colored: bool,
    out: &mut dyn Write,
) -> io::Result<()> {
    let status = verification.status;
    let name = paint(title(status), color(status), colored);
    let description = visible(rule.description.as_bytes());
    writeln!(out, "{}: {description}, {name}", visible(secret.redacted().as_bytes()))?;
    writeln!(out, "  {}", known(verification))?;
    if status == VerificationStatus::Inactive {
        return Ok(());
    }
    writeln!(out, "  {}", advice(status))?;
    if !rule.remedy.trim().is_empty() {
        writeln!(out)?;
        super::write_remedy(rule.remedy.trim(), colored, out)?;
    }
    Ok(())
}
