//! The end of the page: what could not be read, what does not count, and how it was scanned.

use std::io::{self, Write};

use crate::amounts::plural;
use crate::finding::{Finding, Outcome};
use crate::report::markup::{escape, shown};
use crate::report::moment::rfc_3339;
use crate::report::set_aside;

use super::card::{path, uncounted};
use super::head::code;
use super::{MAX_TEXT, MOST_LINES, head, write_more};

/// Writes what could not be read.
pub(super) fn write_problems(outcome: &Outcome, out: &mut dyn Write) -> io::Result<()> {
    if outcome.is_complete() {
        return Ok(());
    }
    let count = plural(outcome.problems.len() as u64, "problem");
    writeln!(out, "<section class=\"problems\" aria-labelledby=\"problems\">\n<h2 id=\"problems\">Not read</h2>")?;
    writeln!(out, "<p class=\"about\">{count}. There may be keys in what was not read.</p>\n<ul>")?;
    for problem in outcome.problems.iter().take(MOST_LINES) {
        let path = problem.path.as_ref().map(|path| shown(&path.in_repository(), MAX_TEXT));
        let path = path.map(|path| format!("<code class=\"path\">{path}</code>: ")).unwrap_or_default();
        let message = code(&shown(problem.message.as_bytes(), 10 * MAX_TEXT));
        writeln!(out, "<li><b>{}</b> {path}{message}</li>", problem.kind.name())?;
    }
    writeln!(out, "</ul>")?;
    write_more(outcome.problems.len().saturating_sub(MOST_LINES), "problems", out)?;
    writeln!(out, "</section>")
}

/// Writes what was set aside: found and does not count, left out by globs, or to be reviewed since the scanned commits have a say in that.
pub(super) fn write_aside(outcome: &Outcome, out: &mut dyn Write) -> io::Result<()> {
    let suppressed = set_aside::suppressed(outcome);
    let excluded = set_aside::excluded(outcome).map(|things| format!("Left out by globs: {things}."));
    let changed = set_aside::changed(outcome).map(|changed| format!("Note that {changed}."));
    let lines: Vec<_> = suppressed.iter().map(|counts| format!("{counts}.")).chain(excluded).chain(changed).collect();
    if lines.is_empty() {
        return Ok(());
    }
    writeln!(
        out,
        "<section class=\"uncounted\" aria-labelledby=\"uncounted\">\n<h2 id=\"uncounted\">Not counted</h2>"
    )?;
    for line in lines {
        writeln!(out, "<p class=\"about\">{}</p>", escape(&line, 10 * MAX_TEXT))?;
    }
    if suppressed.is_some() {
        write_uncounted(outcome, out)?;
    }
    writeln!(out, "</section>")
}

/// Writes the findings that do not count.
fn write_uncounted(outcome: &Outcome, out: &mut dyn Write) -> io::Result<()> {
    let findings: Vec<&Finding> = outcome.findings.iter().filter(|finding| !finding.counts()).collect();
    writeln!(out, "<details>\n<summary>What does not count, and why</summary>\n<ul>")?;
    for finding in findings.iter().take(MOST_LINES) {
        let Some(suppressed) = finding.suppressed.as_deref() else { continue };
        let line = finding.span.map(|span| format!(":{}:{}", span.line, span.column)).unwrap_or_default();
        let redacted = shown(finding.secret.redacted().as_bytes(), MAX_TEXT);
        writeln!(
            out,
            "<li><code class=\"path\">{}{line}</code> <code>{redacted}</code> <span class=\"about\">{}</span></li>",
            path(finding),
            uncounted(suppressed),
        )?;
    }
    writeln!(out, "</ul>")?;
    write_more(findings.len().saturating_sub(MOST_LINES), "findings", out)?;
    writeln!(out, "</details>")
}

/// Writes when and how it was scanned.
pub(super) fn write_foot(outcome: &Outcome, out: &mut dyn Write) -> io::Result<()> {
    let moment = rfc_3339(outcome.stats.began);
    let day = moment.get(..16).unwrap_or(&moment).replace('T', " ");
    writeln!(
        out,
        "<footer>\n<p>{}</p>\n<p>Scanned by gridleaks {} at <time datetime=\"{moment}\">{day}</time> UTC. No key stands in this \
         page unless it was asked for; a fingerprint is the SHA-256 of a key.</p>\n</footer>",
        head::summary(outcome),
        env!("CARGO_PKG_VERSION"),
    )
}
