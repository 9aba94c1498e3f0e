//! The `[[allow]]` tables of a config.

use std::collections::HashMap;

use ignore::gitignore::Gitignore;
use serde::Deserialize;
use toml::Spanned;

use crate::fault::Fault;
use crate::secret::Fingerprint;
use crate::source::files::{glob_text, globs};
use crate::suppress::{Allow, Allows};

use super::{Source, checked_glob};

/// How many tables a config may have; beyond that, a baseline serves better.
const MOST_TABLES: usize = 1000;

/// One table as it is written.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawAllow {
    fingerprint: Option<Spanned<String>>,
    path: Option<Spanned<String>>,
    reason: Option<Spanned<String>>,
}

/// Checks the tables.
///
/// # Errors
/// The first thing that is wrong.
pub(super) fn compile(source: &Source<'_>, tables: &[Spanned<RawAllow>]) -> Result<Allows, Fault> {
    if let Some(table) = tables.get(MOST_TABLES) {
        let message = format!("there are more than {MOST_TABLES} `[[allow]]` tables");
        return Err(source.fault(
            table.span().start,
            message,
            "what is so much belongs in a baseline, or in `exclude`",
        ));
    }
    let mut allows = Allows::default();
    let mut paths: Vec<String> = Vec::new();
    let mut met: HashMap<(Option<Fingerprint>, Option<String>), usize> = HashMap::new();
    for table in tables {
        let (at, raw) = (table.span().start, table.as_ref());
        let reason = match raw.reason.as_ref().map(|reason| reason.as_ref().trim()) {
            Some(reason) if !reason.is_empty() => reason.to_owned(),
            _ => return Err(source.fault(at, "an `[[allow]]` table gives no reason", "say why: reason = \"…\"")),
        };
        let fingerprint = raw.fingerprint.as_ref().map(|text| fingerprint(source, text)).transpose()?;
        let path = raw.path.as_ref().map(|path| checked_glob(source, path)).transpose()?.map(|glob| glob_text(&glob));
        if let Some(first) = met.insert((fingerprint, path.clone()), source.line_at(at)) {
            let message = format!("this `[[allow]]` table allows the same as that in line {first}");
            return Err(source.fault(at, message, "delete one of the two"));
        }
        let entry = allows.list.len();
        let line = source.line_at(at);
        allows.list.push(Allow { fingerprint, path: path.clone(), reason, line });
        match (fingerprint, path) {
            (None, None) => {
                let remedy = "name a `fingerprint` or a `path`";
                return Err(source.fault(at, "an `[[allow]]` table says nothing of what it allows", remedy));
            }
            (None, Some(path)) => {
                paths.push(path.clone());
                allows.by_glob.insert(path, entry);
            }
            (Some(key), path) => {
                let paths = path.as_deref().map(|path| matcher(source, at, &[path])).transpose()?;
                allows.keys.entry(key).or_default().push((paths, entry));
            }
        }
    }
    let paths: Vec<&str> = paths.iter().map(String::as_str).collect();
    allows.paths = matcher(source, 0, &paths)?;
    Ok(allows)
}

fn fingerprint(source: &Source<'_>, text: &Spanned<String>) -> Result<Fingerprint, Fault> {
    Fingerprint::parse(text.as_ref()).ok_or_else(|| {
        let remedy = "it is `sha256:` and 64 hex digits, as in the report of `gridleaks scan --format json`";
        source.fault(text.span().start, "this is no fingerprint", remedy)
    })
}

fn matcher(source: &Source<'_>, at: usize, paths: &[&str]) -> Result<Gitignore, Fault> {
    globs(paths.iter().copied()).map_err(|error| {
        source.fault(at, error, "allow whole folders, or write fewer or shorter globs as in a .gitignore file")
    })
}
