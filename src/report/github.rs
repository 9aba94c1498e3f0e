//! GitHub's workflow commands: an annotation for each finding and each problem.

use std::io::{self, Write};

use crate::finding::{Finding, Outcome, VerificationStatus};
use crate::rule::Level;

use super::visible::visible;
use super::{Style, set_aside, story, verdict};

/// How many findings that do not count are shown in their places; GitHub shows fewer of one kind.
const MOST_REVIEWED: usize = 50;

/// Writes a command for each finding that counts and for each problem, and for what was set aside: a reviewer sees it then beside the
/// comment that did so.
pub(super) fn write(outcome: &Outcome, style: &Style, out: &mut dyn Write) -> io::Result<()> {
    for finding in outcome.findings.iter().filter(|finding| finding.counts()) {
        write_finding(finding, style, out)?;
    }
    for problem in &outcome.problems {
        let path = problem.path.as_ref();
        let file = path.map(|path| format!("file={},", property(&visible(&path.container().in_repository()))));
        let named = path.map(|path| format!("{}: ", visible(&path.from_here())));
        let text = named.unwrap_or_default() + &visible(problem.message.as_bytes());
        let file = file.unwrap_or_default();
        writeln!(out, "::error {file}title=gridleaks could not read everything::{}", message(&text))?;
    }
    if let Some(changed) = set_aside::changed(outcome) {
        for file in &outcome.changed_settings {
            let file = property(&visible(file.as_bytes()));
            writeln!(out, "::warning file={file},title=gridleaks is told what does not count::{}", message(&changed))?;
        }
    }
    for finding in set_aside::to_be_reviewed(outcome).take(MOST_REVIEWED) {
        write!(out, "::notice ")?;
        write_place(finding, out)?;
        let key = visible(finding.secret.redacted().as_bytes());
        let text =
            format!("{}: {key}\nnot counted: {}", visible(finding.message().as_bytes()), set_aside::why(finding));
        writeln!(out, "title={} (not counted)::{}", property(&finding.rule.id), message(&text))?;
    }
    match set_aside::line(outcome) {
        Some(line) => writeln!(out, "::notice title=gridleaks::{}", message(&line)),
        None => Ok(()),
    }
}

fn write_finding(finding: &Finding, style: &Style, out: &mut dyn Write) -> io::Result<()> {
    let command = match finding.level() {
        Level::Error => "error",
        Level::Warning => "warning",
        Level::Note => "notice",
    };
    write!(out, "::{command} ")?;
    write_place(finding, out)?;
    let inside = finding.path.as_ref().filter(|path| path.inside().is_some());
    let redacted = finding.secret.redacted();
    let secret = if style.show_secrets { finding.secret.reveal() } else { redacted.as_bytes() };
    let mut text = format!("{}: {}", visible(finding.message().as_bytes()), visible(secret));
    if let Some(path) = inside {
        let line = finding.span.map(|span| format!(":{}:{}", span.line, span.column)).unwrap_or_default();
        text.push_str(&format!("\nin {}{line}", visible(&path.from_here())));
    }
    if let Some(story) = story::line(finding) {
        text.push_str(&format!("\n{story}"));
    }
    let mut title = finding.rule.id.clone();
    if let Some(verification) = finding.verification.as_deref() {
        let status = verification.status;
        title.push_str(&format!(" ({})", status.name()));
        text.push_str(&format!(
            "\n{}: {}\n{}",
            status.name(),
            verdict::known_of_found(finding, verification),
            verdict::advice(status)
        ));
    }
    let is_harmless = finding.status() == Some(VerificationStatus::Inactive);
    let parts = [&finding.rule.impact, &finding.rule.remedy].into_iter().filter(|_| !is_harmless);
    for line in parts.flat_map(|part| part.lines()) {
        text.push('\n');
        text.push_str(&visible(line.as_bytes()));
    }
    writeln!(out, "title={}::{}", property(&title), message(&text))
}

/// Writes where a finding is, as properties of a command.
fn write_place(finding: &Finding, out: &mut dyn Write) -> io::Result<()> {
    // GitHub knows a container, but nothing of what is in it.
    let inside = finding.path.as_ref().filter(|path| path.inside().is_some());
    if let Some(path) = &finding.path {
        write!(out, "file={},", property(&visible(&path.container().in_repository())))?;
    }
    if let Some(span) = finding.span.filter(|_| inside.is_none()) {
        write!(out, "line={},endLine={},col={},", span.line, span.end_line, span.column)?;
        // GitHub takes an end column only with a stretch of one line.
        if span.line == span.end_line {
            write!(out, "endColumn={},", span.end_column)?;
        }
    }
    Ok(())
}

/// Escapes a command's message.
fn message(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

/// Escapes a command's property.
fn property(text: &str) -> String {
    message(text).replace(':', "%3A").replace(',', "%2C")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::finding::{Problem, ProblemKind, SourceKind, Stats};

    #[test]
    fn what_is_wrong_is_told_without_what_a_terminal_obeys() {
        // A message may quote what a repository or an archive calls something.
        let problem =
            Problem { path: None, kind: ProblemKind::Unreadable, message: "a\x1b[2J\u{202e}\0\nb".to_owned() };
        let outcome = Outcome {
            source: SourceKind::Files,
            roots: Vec::new(),
            name: None,
            stats: Stats::default(),
            changed_settings: Vec::new(),
            findings: Vec::new(),
            problems: vec![problem],
            notes: Vec::new(),
            rules: Vec::new(),
        };
        let mut out = Vec::new();
        write(&outcome, &Style { color: false, width: 80, show_secrets: false, quiet: false }, &mut out).unwrap();
        let text = String::from_utf8(out).unwrap();
        assert_eq!(text, "::error title=gridleaks could not read everything::a\\x1b[2J\\u{202e}\\x00\\nb\n");
    }

    #[test]
    fn nothing_ends_a_property_or_a_line_early() {
        assert_eq!(message("50%\r\n::error::x"), "50%25%0D%0A::error::x");
        assert_eq!(property("a,b:c%\n"), "a%2Cb%3Ac%25%0A");
    }
}
