//! The report for a person: each finding with its place and line, then once what to do, then a summary.

use std::io::{self, Write};

use annotate_snippets::renderer::DecorStyle;
use annotate_snippets::{AnnotationKind, Group, Level as Mark, Origin, Renderer, Snippet as Source};
use anstyle::{AnsiColor, Style as Paint};

use crate::finding::{Finding, Outcome, Snippet};
use crate::rule::Level;

use super::Style;
use super::visible::visible;

/// Writes the report.
pub(super) fn write(outcome: &Outcome, style: &Style, out: &mut dyn Write) -> io::Result<()> {
    let renderer = if style.color { Renderer::styled() } else { Renderer::plain() };
    let renderer = renderer.decor_style(DecorStyle::Ascii).term_width(style.width);
    for finding in outcome.findings.iter().filter(|finding| finding.counts()) {
        write_finding(finding, &renderer, style, out)?;
    }
    for problem in &outcome.problems {
        let path = problem.path.as_ref().map(|path| format!("{}: ", visible(&path.from_here()))).unwrap_or_default();
        let label = paint("could not read", AnsiColor::Yellow, style);
        writeln!(out, "{label}: {path}{}", visible(problem.message.as_bytes()))?;
    }
    if style.quiet {
        return Ok(());
    }
    if !outcome.problems.is_empty() {
        writeln!(out)?;
    }
    write_advice(outcome, style, out)?;
    writeln!(out, "{}", summary(outcome, style))
}

fn write_finding(finding: &Finding, renderer: &Renderer, style: &Style, out: &mut dyn Write) -> io::Result<()> {
    let path = finding.path.as_ref().map_or_else(|| "<stdin>".to_owned(), |path| visible(&path.from_here()));
    let mark = match finding.rule.level {
        Level::Error => Mark::ERROR,
        Level::Warning => Mark::WARNING,
        Level::Note => Mark::NOTE,
    };
    let message = visible(finding.message().as_bytes());
    let impact = visible(finding.rule.impact.as_bytes());
    let group = Group::with_title(mark.primary_title(&message).id(&*finding.rule.id));
    let (Some(span), Some(snippet)) = (finding.span, finding.snippet.as_deref()) else {
        let place = format!("{} at byte {}", visible(finding.secret.redacted().as_bytes()), finding.offset);
        let mut group = group.element(Origin::path(path)).element(Mark::NOTE.message(place));
        if !impact.is_empty() {
            group = group.element(Mark::NOTE.message(&*impact));
        }
        return writeln!(out, "{}\n", renderer.render(&[group]));
    };
    let (line, key) = source_line(snippet);
    let annotation = AnnotationKind::Primary.span(key).label(&impact);
    let source = Source::source(line).line_start(span.line as usize).annotation(annotation);
    let rendered = renderer.render(&[group.element(source)]);
    // The renderer would count columns in the line as it is shown, cut and redacted; the place is that in the file.
    let (title, rest) = rendered.split_once('\n').unwrap_or((&rendered, ""));
    let gutter = " ".repeat(span.line.to_string().len());
    let arrow = paint("-->", AnsiColor::BrightBlue, style);
    writeln!(out, "{title}\n{gutter}{arrow} {path}:{}:{}\n{rest}\n", span.line, span.column)
}

/// The line to show, with everything in it visible, and where in it the secret stands.
fn source_line(snippet: &Snippet) -> (String, std::ops::Range<usize>) {
    let mut line = String::new();
    if snippet.cut_left {
        line.push('…');
    }
    line.push_str(&show(&snippet.text[..snippet.key.start]));
    let start = line.len();
    line.push_str(&show(&snippet.text[snippet.key.clone()]));
    let end = line.len();
    line.push_str(&show(&snippet.text[snippet.key.end..]));
    if snippet.cut_right {
        line.push('…');
    }
    (line, start..end)
}

/// A part of a line: everything visible, but for tabs, which the renderer turns into blanks.
fn show(text: &str) -> String {
    text.split('\t').map(|part| visible(part.as_bytes())).collect::<Vec<_>>().join("\t")
}

/// What to do now, once for all findings that ask for the same.
fn write_advice(outcome: &Outcome, style: &Style, out: &mut dyn Write) -> io::Result<()> {
    let mut given: Vec<&str> = Vec::new();
    for finding in outcome.findings.iter().filter(|finding| finding.counts()) {
        let remedy = finding.rule.remedy.trim();
        if !remedy.is_empty() && !given.contains(&remedy) {
            given.push(remedy);
        }
    }
    for remedy in given {
        writeln!(out, "{}:", paint("What to do now", AnsiColor::Cyan, style))?;
        for (number, line) in remedy.lines().enumerate() {
            writeln!(out, "  {}. {}", number + 1, visible(line.as_bytes()))?;
        }
        writeln!(out)?;
    }
    Ok(())
}

/// One line: what was found in how much, in what time, and what could not be read.
fn summary(outcome: &Outcome, style: &Style) -> String {
    let count = |level: Level| {
        outcome.findings.iter().filter(|finding| finding.counts() && finding.rule.level == level).count()
    };
    let counts = [(count(Level::Error), "error"), (count(Level::Warning), "warning"), (count(Level::Note), "note")];
    let found: Vec<_> =
        counts.iter().filter(|(count, _)| *count > 0).map(|(count, name)| plural(*count as u64, name)).collect();
    let found = match (found.is_empty(), outcome.is_complete()) {
        (false, _) => paint(&found.join(", "), AnsiColor::Red, style),
        (true, true) => paint("no keys found", AnsiColor::Green, style),
        (true, false) => paint("no keys found in what could be read", AnsiColor::Yellow, style),
    };
    let stats = &outcome.stats;
    let files = plural(stats.files, "file");
    let mut line = format!("{found} in {files} ({}, {:.3} s)", size(stats.bytes), stats.seconds);
    if !outcome.is_complete() {
        let unread = plural(outcome.problems.len() as u64, "problem");
        line.push_str(&format!("; {}", paint(&format!("incomplete: {unread}"), AnsiColor::Yellow, style)));
    }
    line
}

fn plural(count: u64, name: &str) -> String {
    let digits = count.to_string();
    let grouped: Vec<_> = digits.as_bytes().rchunks(3).rev().map(String::from_utf8_lossy).collect();
    format!("{} {name}{}", grouped.join(","), if count == 1 { "" } else { "s" })
}

/// A number of bytes for a person: `812 B`, `12.3 MB`.
pub fn size(bytes: u64) -> String {
    const UNITS: [&str; 5] = ["kB", "MB", "GB", "TB", "PB"];
    if bytes < 1000 {
        return format!("{bytes} B");
    }
    let mut amount = bytes as f64 / 1000.0;
    let mut unit = 0;
    while amount >= 999.95 && unit + 1 < UNITS.len() {
        amount /= 1000.0;
        unit += 1;
    }
    format!("{amount:.1} {}", UNITS[unit])
}

fn paint(text: &str, color: AnsiColor, style: &Style) -> String {
    if !style.color {
        return text.to_owned();
    }
    let paint = Paint::new().bold().fg_color(Some(color.into()));
    format!("{paint}{text}{paint:#}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_and_counts_read_well() {
        for (bytes, expected) in [
            (0, "0 B"),
            (999, "999 B"),
            (1000, "1.0 kB"),
            (999_949, "999.9 kB"),
            (999_950, "1.0 MB"),
            (1_300_000_000, "1.3 GB"),
        ] {
            assert_eq!(size(bytes), expected);
        }
        assert_eq!(plural(1, "file"), "1 file");
        assert_eq!(plural(78_579, "file"), "78,579 files");
        assert_eq!(plural(1_000_000, "file"), "1,000,000 files");
    }
}
