//! Says which entries of a project's baseline, and what of that which its config allows, match nothing any more: what is left standing
//! would hide a key that comes back.

use std::path::PathBuf;

use crate::finding::{Outcome, SourceKind};
use crate::report::visible;
use crate::scan::Stale;
use crate::suppress::{Allow, Entry, Extent};

use super::messages::Messages;
use super::project::Project;

/// How many of them are named.
const MOST_NAMED: usize = 5;

/// Says what matches nothing, of that which a complete scan of `paths` would have met.
pub(super) fn tell(project: &Project, stale: &Stale<'_>, paths: &[PathBuf], outcome: &Outcome, messages: &Messages) {
    if outcome.is_complete() {
        entries(project, &stale.entries, paths, outcome, messages);
        allows(project, &stale.allows, paths, outcome, messages);
    }
}

fn entries(project: &Project, stale: &[&Entry], paths: &[PathBuf], outcome: &Outcome, messages: &Messages) {
    let Some(baseline) = project.exceptions.baseline.as_ref() else { return };
    let is_due = |entry: &&&Entry| match (outcome.source, baseline.extent) {
        (SourceKind::Files, Extent::Files) => entry.path.as_deref().is_some_and(|path| project.covers(paths, path)),
        (SourceKind::History, Extent::History) => true,
        _ => false,
    };
    let due: Vec<_> = stale.iter().filter(is_due).collect();
    if due.is_empty() {
        return;
    }
    let named = due.iter().map(|entry| {
        let path = visible(entry.path.as_deref().unwrap_or("no path").as_bytes());
        format!("{path} ({}…)", entry.fingerprint.to_string().chars().take(19).collect::<String>())
    });
    let again = if baseline.extent == Extent::History { "gridleaks baseline --history" } else { "gridleaks baseline" };
    messages.warning(&format!(
        "{}: {} nothing any more: {}\n  help: `{again}` takes out what is gone",
        visible(baseline.file.as_bytes()),
        if due.len() == 1 { "1 entry matches".to_owned() } else { format!("{} entries match", due.len()) },
        few(named),
    ));
}

/// What is allowed holds for every source. So the files say only of places that nothing is allowed there any more: a key that is allowed
/// everywhere may be one that the history alone has. All of the history says it of every one.
fn allows(project: &Project, stale: &[&Allow], paths: &[PathBuf], outcome: &Outcome, messages: &Messages) {
    let is_due = |allow: &&&Allow| match outcome.source {
        SourceKind::Files => allow.path.is_some() && project.covers(paths, ""),
        SourceKind::History => true,
        _ => false,
    };
    let due: Vec<_> = stale.iter().filter(is_due).collect();
    if due.is_empty() {
        return;
    }
    let file = visible(project.config_file().display().to_string().as_bytes());
    messages.warning(&format!(
        "{file}: {} {}: the `[[allow]]` {} nothing any more\n  help: take out what is gone",
        if due.len() == 1 { "line" } else { "lines" },
        few(due.iter().map(|allow| allow.line.to_string())),
        if due.len() == 1 { "table allows" } else { "tables allow" },
    ));
}

fn few(named: impl ExactSizeIterator<Item = String>) -> String {
    let more = named.len().saturating_sub(MOST_NAMED);
    let named = named.take(MOST_NAMED).collect::<Vec<_>>().join(", ");
    if more > 0 { format!("{named} and {more} more") } else { named }
}
