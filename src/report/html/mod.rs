//! A page for a browser: what was found and how bad it is, what to do first, and each key with its story. It is one file that
//! fetches nothing, runs nothing and sends nothing: its own rule for the browser forbids all but its style, which is known by its hash.

mod card;
mod foot;
mod head;
mod keys;
mod timeline;

use std::io::{self, Write};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest, Sha256};

use crate::amounts::plural;
use crate::finding::{Outcome, SourceKind};

use super::Style;

use keys::{Key, Urgency};

const STYLE: &str = include_str!("page.css");

/// How many keys, places of a key and lines of other lists are shown: a page that is longer is read by nobody, and what is left out
/// is said.
const MOST_KEYS: usize = 500;
const MOST_PLACES: usize = 50;
const MOST_LINES: usize = 200;

/// The characters of a name or a line; what is longer is cut.
const MAX_TEXT: usize = 400;

/// Writes the page.
pub(super) fn write(outcome: &Outcome, style: &Style, out: &mut dyn Write) -> io::Result<()> {
    let keys = keys::keys(outcome);
    let verdict = head::Verdict::new(outcome, &keys);
    write!(
        out,
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'sha256-{}'; \
         base-uri 'none'; form-action 'none'\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <meta name=\"color-scheme\" content=\"light dark\">\n<meta name=\"referrer\" content=\"no-referrer\">\n\
         <meta name=\"robots\" content=\"noindex\">\n<title>{}{} – gridleaks</title>\n<style>{STYLE}</style>\n</head>\n\
         <body>\n<a class=\"skip\" href=\"#main\">Skip to the result</a>\n",
        STANDARD.encode(Sha256::digest(STYLE)),
        verdict.title,
        head::place(outcome),
    )?;
    head::write_source(outcome, out)?;
    writeln!(out, "<main id=\"main\">")?;
    head::write(&verdict, outcome, out)?;
    write_keys(&keys, outcome, style, out)?;
    foot::write_problems(outcome, out)?;
    foot::write_aside(outcome, out)?;
    writeln!(out, "</main>")?;
    foot::write_foot(outcome, out)?;
    writeln!(out, "</body>\n</html>")
}

/// Writes the keys, those together that are as urgent as each other.
fn write_keys(keys: &[Key<'_>], outcome: &Outcome, style: &Style, out: &mut dyn Write) -> io::Result<()> {
    let shown = &keys[..keys.len().min(MOST_KEYS)];
    for urgency in Urgency::ALL {
        let group: Vec<_> = shown.iter().filter(|key| key.urgency == urgency).collect();
        if group.is_empty() {
            continue;
        }
        let (title, text) = heading(urgency, outcome.source);
        let id = format!("group-{}", urgency as u8);
        let count = keys.iter().filter(|key| key.urgency == urgency).count() as u64;
        writeln!(out, "<section class=\"group\" aria-labelledby=\"{id}\">\n<h2 id=\"{id}\">{title}</h2>")?;
        writeln!(out, "<p class=\"about\">{}. {text}</p>", plural(count, "key"))?;
        for key in group {
            card::write(key, outcome.source, style, out)?;
        }
        writeln!(out, "</section>")?;
    }
    write_more(keys.len() - shown.len(), "keys", out)
}

/// Says that a list goes on elsewhere.
fn write_more(count: usize, name: &str, out: &mut dyn Write) -> io::Result<()> {
    if count == 0 {
        return Ok(());
    }
    writeln!(out, "<p class=\"more\">{count} more {name} are not listed here; the JSON report has all of them.</p>")
}

/// What stands above the keys that are as urgent as each other, be it one or many.
fn heading(urgency: Urgency, source: SourceKind) -> (&'static str, &'static str) {
    const TO_BE_SEEN: &str = "To be seen by whoever looks at the newest version.";
    match (urgency, source) {
        (Urgency::Active, _) => ("Active", "Known to work: the issuer says so. Start here."),
        (Urgency::Uncounted, _) => (
            "Active, though not counted",
            "Known to work, whatever a comment, the config or the baseline says: to be rotated as well.",
        ),
        (Urgency::Here, SourceKind::History) => ("Still in HEAD", TO_BE_SEEN),
        (Urgency::Here, SourceKind::Push) => ("In what is pushed", TO_BE_SEEN),
        (Urgency::Here, SourceKind::Staged) => ("In the next commit", "Not committed yet: to be taken out before."),
        (Urgency::Here, SourceKind::Files | SourceKind::Stdin) => {
            ("In the files", "To be read by whoever has the files.")
        }
        (Urgency::Reachable, SourceKind::Push) => {
            ("On the way to what is pushed", "Gone from the newest version, but not from the commits that are pushed.")
        }
        (Urgency::Reachable, _) => (
            "In the history",
            "Not in the newest version, but in older commits, or on other branches, in tags or stashes.",
        ),
        (Urgency::Left, _) => (
            "In what git has not yet thrown away",
            "No reference leads there, but git still keeps it, and so may every host that it was pushed to.",
        ),
        (Urgency::Inactive, _) => (
            "Inactive",
            "Nothing to rotate any more. Still to be taken out, so that nobody takes it for a key that works.",
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_style_fetches_nothing_and_does_not_end_early() {
        for word in ["url(", "@import", "<", "http"] {
            assert!(!STYLE.contains(word), "{word}");
        }
    }
}
