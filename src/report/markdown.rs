//! A short table in Markdown, for a job's summary or a comment: where keys were found, and what to do.
//!
//! The table is HTML, which Markdown takes as it is up to the next blank line, and all that may be hostile stands escaped in a
//! `<code>` there: nothing in a file's name becomes a link, a picture or a mention.

use std::io::{self, Write};

use crate::finding::{Finding, Outcome, Problem};

use super::markup::{escape, shown};
use super::visible::visible;
use super::{remedies, set_aside, story, text, verdict};

/// How many findings and how many problems are listed: the table is to be read at a glance, and GitHub takes 1 MiB in all.
const MOST_FINDINGS: usize = 50;
const MOST_PROBLEMS: usize = 20;

/// The characters of a cell; what is longer is cut.
const MAX_CELL: usize = 300;

/// Writes the tables of the findings that count, of those that a reviewer should look at all the same, and of the problems.
pub(super) fn write(outcome: &Outcome, out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "### gridleaks\n\n{}\n", text::plain_summary(outcome))?;
    let findings: Vec<_> = outcome.findings.iter().filter(|finding| finding.counts()).collect();
    if !findings.is_empty() {
        let rows = findings.iter().map(|finding| row(finding));
        write_table(&["Where", "What", "Key", "Status"], rows, MOST_FINDINGS, out)?;
        write_remedies(outcome, out)?;
    }
    if let Some(changed) = set_aside::changed(outcome) {
        writeln!(out, "<p>Warning: <code>{}</code></p>\n", escape(&changed, 10 * MAX_CELL))?;
    }
    let reviewed: Vec<_> = set_aside::to_be_reviewed(outcome).collect();
    if !reviewed.is_empty() {
        let rows = reviewed.iter().map(|finding| [place(finding), finding.secret.redacted(), set_aside::why(finding)]);
        write_table(&["Not counted", "Key", "Why"], rows, MOST_PROBLEMS, out)?;
    }
    if !outcome.problems.is_empty() {
        let rows = outcome.problems.iter().map(problem_row);
        write_table(&["Not read", "Why"], rows, MOST_PROBLEMS, out)?;
    }
    Ok(())
}

fn row(finding: &Finding) -> [String; 4] {
    let status = finding.verification.as_deref().map_or("not asked", |found| verdict::title(found.status));
    [place(finding), visible(finding.message().as_bytes()), finding.secret.redacted(), status.to_owned()]
}

/// Where a finding is, and which commit brought it.
fn place(finding: &Finding) -> String {
    let place = match &finding.path {
        Some(path) => visible(&path.in_repository()),
        None => story::place(finding),
    };
    let place = finding.span.map_or(place.clone(), |span| format!("{place}:{}:{}", span.line, span.column));
    let commit = finding.git.as_deref().and_then(|git| git.commit.as_deref());
    commit.map_or(place.clone(), |commit| format!("{place} in {}", story::short(commit)))
}

fn problem_row(problem: &Problem) -> [String; 2] {
    let path = problem.path.as_ref().map(|path| visible(&path.in_repository()));
    [path.unwrap_or_default(), visible(problem.message.as_bytes())]
}

/// Writes a table, and how many rows more there are than it takes.
fn write_table<const N: usize>(
    heads: &[&str; N],
    rows: impl ExactSizeIterator<Item = [String; N]>,
    most: usize,
    out: &mut dyn Write,
) -> io::Result<()> {
    let left_out = rows.len().saturating_sub(most);
    writeln!(out, "<table>\n<tr>{}</tr>", heads.map(|head| format!("<th>{head}</th>")).concat())?;
    for row in rows.take(most) {
        let cells = row.map(|cell| format!("<td><code>{}</code></td>", escape(&cell, MAX_CELL)));
        writeln!(out, "<tr>{}</tr>", cells.concat())?;
    }
    writeln!(out, "</table>\n")?;
    if left_out > 0 {
        writeln!(out, "{left_out} more are not listed here.\n")?;
    }
    Ok(())
}

/// Writes what is to be done, once for all findings that ask for the same.
fn write_remedies(outcome: &Outcome, out: &mut dyn Write) -> io::Result<()> {
    for (_, remedy) in remedies(outcome) {
        let steps = remedy.lines().map(|step| format!("<li>{}</li>\n", shown(step.as_bytes(), MAX_CELL)));
        writeln!(out, "<ol>\n{}</ol>\n", steps.collect::<String>())?;
    }
    Ok(())
}
