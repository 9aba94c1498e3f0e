//! One place that holds a secret: its path, its line, and a mark under the secret.

use std::io::{self, Write};

use annotate_snippets::renderer::DecorStyle;
use annotate_snippets::{AnnotationKind, Group, Level as Mark, Origin, Renderer, Snippet as Source};
use anstyle::AnsiColor;

use crate::finding::{Finding, Snippet, VerificationStatus};
use crate::report::visible::visible;
use crate::report::{Style, paint, story};
use crate::rule::Level;

/// Writes places in one style.
pub(super) struct Places {
    renderer: Renderer,
    colored: bool,
}

impl Places {
    pub(super) fn new(style: &Style) -> Self {
        let renderer = if style.color { Renderer::styled() } else { Renderer::plain() };
        Places { renderer: renderer.decor_style(DecorStyle::Ascii).term_width(style.width), colored: style.color }
    }

    /// Writes a finding's place, below a title or without one.
    pub(super) fn write(&self, finding: &Finding, title: Option<&str>, out: &mut dyn Write) -> io::Result<()> {
        let mark = match finding.level() {
            Level::Error => Mark::ERROR,
            Level::Warning => Mark::WARNING,
            Level::Note => Mark::NOTE,
        };
        let path = finding.path.as_ref().map_or_else(|| story::place(finding), |path| visible(&path.from_here()));
        // Told once, and not of a key that does nothing any more.
        let has_impact = title.is_some() && finding.status() != Some(VerificationStatus::Inactive);
        let impact = has_impact.then(|| visible(finding.rule.impact.as_bytes())).filter(|text| !text.is_empty());
        let group = Group::with_title(mark.primary_title(title.unwrap_or_default()).id(&*finding.rule.id));
        let (rendered, place) = match (finding.span, finding.snippet.as_deref()) {
            (Some(span), Some(snippet)) => {
                let (line, key) = source_line(snippet);
                let annotation = AnnotationKind::Primary.span(key).label(impact.as_deref());
                let source = Source::source(line).line_start(span.line as usize).annotation(annotation);
                // The renderer would count columns in the line as it is shown, cut and redacted; the place is that in the file.
                let gutter = " ".repeat(span.line.to_string().len());
                let arrow = paint("-->", AnsiColor::BrightBlue, self.colored);
                let place = format!("{gutter}{arrow} {path}:{}:{}\n", span.line, span.column);
                (self.renderer.render(&[group.element(source)]), Some(place))
            }
            _ => {
                let place = format!("{} at byte {}", visible(finding.secret.redacted().as_bytes()), finding.offset);
                let mut group = group.element(Origin::path(path)).element(Mark::NOTE.message(place));
                if let Some(impact) = impact.as_deref() {
                    group = group.element(Mark::NOTE.message(impact));
                }
                (self.renderer.render(&[group]), None)
            }
        };
        let (first, rest) = rendered.split_once('\n').unwrap_or((&rendered, ""));
        if title.is_some() {
            writeln!(out, "{first}")?;
        }
        writeln!(out, "{}{rest}", place.unwrap_or_default())?;
        for (name, text) in story::lines(finding) {
            writeln!(out, "  = {}: {text}", paint(name, AnsiColor::Cyan, self.colored))?;
        }
        Ok(())
    }
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
