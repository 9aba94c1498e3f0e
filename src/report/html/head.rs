//! The top of the page: the verdict, its numbers, and what to do first.

use std::io::{self, Write};

use crate::amounts::plural;
use crate::finding::{Outcome, SourceKind, VerificationStatus};
use crate::report::markup::{escape, shown};
use crate::report::visible::visible;
use crate::report::{remedies, story, text};

use super::MAX_TEXT;
use super::keys::{Key, Standing, Urgency};

/// What the scan comes to.
pub(super) struct Verdict {
    /// In a few words, without what may be hostile.
    pub(super) title: String,
    /// The class of its colours.
    tone: &'static str,
    text: String,
    numbers: Vec<Number>,
}

/// A number with what it counts.
struct Number {
    value: String,
    text: String,
    tone: &'static str,
}

impl Verdict {
    pub(super) fn new(outcome: &Outcome, keys: &[Key<'_>]) -> Self {
        let counted = keys.iter().filter(|key| key.urgency != Urgency::Uncounted).count() as u64;
        let with = |status| keys.iter().filter(|key| key.first().status() == status).count() as u64;
        let active = with(Some(VerificationStatus::Active));
        let inactive = with(Some(VerificationStatus::Inactive));
        let unasked = with(None);
        let all = keys.len() as u64;
        let leaked = plural(all, "leaked key");
        let them = if all == 1 { "it" } else { "them" };
        let (title, tone, text) = match (all, outcome.is_complete()) {
            (0, true) if !outcome.findings.is_empty() => (
                "No keys that count".to_owned(),
                "good",
                "Everything was read. What was found does not count; see below.".to_owned(),
            ),
            (0, true) => ("No keys found".to_owned(), "good", "Everything was read.".to_owned()),
            (0, false) => (
                "Not everything was read".to_owned(),
                "warn",
                "No keys were found in what could be read. That says nothing of the rest.".to_owned(),
            ),
            _ if inactive == all => (
                format!("{leaked}, {}", if all == 1 { "inactive" } else { "all inactive" }),
                "warn",
                format!("There is nothing to rotate. Take {them} out, so that nobody takes {them} for what works."),
            ),
            _ if active > 0 => (format!("{leaked}, {}", count_of(active, all)), "bad", in_use(active, all)),
            _ => (leaked, "bad", unknown(all - inactive, all, unasked == all)),
        };
        let numbers = numbers(outcome, keys, counted, active);
        Verdict { title, tone, text, numbers }
    }
}

/// What is said where nothing is known of some keys, and no key is known to work.
fn unknown(unknown: u64, all: u64, is_unasked: bool) -> String {
    let they_work = match (unknown, all) {
        (1, 1) => "it works".to_owned(),
        (1, _) => "one of them works".to_owned(),
        _ if unknown == all => "they work".to_owned(),
        _ => format!("{unknown} of them work"),
    };
    let why = if is_unasked {
        format!("Nobody has asked yet whether {they_work} (<code>--verify</code> does).")
    } else {
        format!("Whether {they_work} could not be found out.")
    };
    let them = if unknown == 1 { "it" } else { "them" };
    format!("{why} Until you know, take {them} for active, and rotate {them}.")
}

/// How many of all keys are active, behind the number of all.
fn count_of(active: u64, all: u64) -> String {
    match (active, all) {
        (1, 1) => "active".to_owned(),
        _ if active == all => "all active".to_owned(),
        _ => format!("{active} active"),
    }
}

fn in_use(active: u64, all: u64) -> String {
    let (these, them) = match (active, all) {
        (1, 1) => ("It works", "it"),
        (1, _) => ("One of them works", "it"),
        (active, all) if active == all => ("All of them work", "them"),
        _ => ("Some of them work", "them"),
    };
    format!("{these}: whoever has read {them} can use {them} now. Rotate {them} at once.")
}

fn numbers(outcome: &Outcome, keys: &[Key<'_>], counted: u64, active: u64) -> Vec<Number> {
    let is_asked = keys.iter().any(|key| key.first().status().is_some());
    let here = keys.iter().filter(|key| key.standing == Standing::Here).count() as u64;
    let tone = |count: u64, tone| if count == 0 { "quiet" } else { tone };
    let number = |value: u64, text: &str, tone| Number { value: value.to_string(), text: text.to_owned(), tone };
    let mut numbers =
        vec![number(counted, if counted == 1 { "leaked key" } else { "leaked keys" }, tone(counted, "bad"))];
    if is_asked {
        numbers.push(number(active, "active", tone(active, "bad")));
    } else if counted > 0 {
        numbers.push(Number { value: "?".to_owned(), text: "active: not asked".to_owned(), tone: "warn" });
    }
    match outcome.source {
        SourceKind::History => numbers.push(number(here, "still in HEAD", tone(here, "bad"))),
        SourceKind::Push => numbers.push(number(here, "still there in the end", tone(here, "bad"))),
        SourceKind::Files | SourceKind::Stdin | SourceKind::Staged => {
            let places = outcome.findings.iter().filter(|finding| finding.counts()).count() as u64;
            numbers.push(number(places, if places == 1 { "place" } else { "places" }, tone(places, "bad")));
        }
    }
    let uncounted = outcome.findings.iter().filter(|finding| !finding.counts()).count() as u64;
    if uncounted > 0 {
        numbers.push(number(uncounted, "not counted", "quiet"));
    }
    let unread = outcome.problems.len() as u64;
    numbers.push(number(unread, "not read", tone(unread, "warn")));
    numbers
}

/// Where that was found, for a title; nothing if it has no one name.
pub(super) fn place(outcome: &Outcome) -> String {
    let name = match (&outcome.name, outcome.roots.as_slice()) {
        _ if outcome.source == SourceKind::Stdin => None,
        (Some(name), _) => Some(name),
        (None, [only]) => Some(only),
        (None, _) => None,
    };
    name.map(|name| format!(" in {}", shown(name.as_bytes(), MAX_TEXT))).unwrap_or_default()
}

/// Writes what was scanned, above all else.
pub(super) fn write_source(outcome: &Outcome, out: &mut dyn Write) -> io::Result<()> {
    let source = match outcome.source {
        SourceKind::Files => "Files in",
        SourceKind::Stdin => "Standard input",
        SourceKind::Staged => "What the next commit would record in",
        SourceKind::History => "The git history of",
        SourceKind::Push => "A push from",
    };
    let roots: Vec<_> = match &outcome.name {
        _ if outcome.source == SourceKind::Stdin => Vec::new(),
        Some(name) => vec![format!("<code>{}</code>", shown(name.as_bytes(), MAX_TEXT))],
        None => outcome.roots.iter().map(|root| format!("<code>{}</code>", shown(root.as_bytes(), MAX_TEXT))).collect(),
    };
    let roots = roots.iter().map(|root| format!(" {root}")).collect::<Vec<_>>().join(",");
    writeln!(out, "<header>\n<p class=\"name\">gridleaks</p>\n<p>{source}{roots}</p>\n</header>")
}

/// Writes the verdict and what to do first.
pub(super) fn write(verdict: &Verdict, outcome: &Outcome, out: &mut dyn Write) -> io::Result<()> {
    let Verdict { title, tone, text, numbers } = verdict;
    writeln!(out, "<section class=\"verdict {tone}\" aria-labelledby=\"verdict\">\n<h1 id=\"verdict\">{title}</h1>")?;
    writeln!(out, "<p class=\"lead\">{text}</p>\n<ul class=\"numbers\" role=\"list\">")?;
    for Number { value, text, tone } in numbers {
        writeln!(out, "<li class=\"{tone}\"><b>{value}</b> {text}</li>")?;
    }
    writeln!(out, "</ul>")?;
    if !outcome.is_complete() {
        let count = plural(outcome.problems.len() as u64, "problem");
        writeln!(
            out,
            "<p class=\"incomplete\"><strong>The scan is incomplete.</strong> There may be more keys in what was not read: \
             <a href=\"#problems\">{count}</a>.</p>"
        )?;
    }
    writeln!(out, "</section>")?;
    write_steps(outcome, out)
}

/// Writes what is to be done, once for all keys that ask for the same.
fn write_steps(outcome: &Outcome, out: &mut dyn Write) -> io::Result<()> {
    let remedies = remedies(outcome);
    if remedies.is_empty() {
        return Ok(());
    }
    writeln!(out, "<section class=\"steps\" aria-labelledby=\"steps\">\n<h2 id=\"steps\">What to do first</h2>")?;
    for (rule, remedy) in &remedies {
        let what = shown(rule.description.as_bytes(), MAX_TEXT);
        let impact = shown(rule.impact.as_bytes(), 10 * MAX_TEXT);
        let impact = if impact.is_empty() { impact } else { format!(": {impact}.") };
        writeln!(out, "<p class=\"impact\"><strong>{what}</strong>{impact}</p>")?;
        let steps = remedy.lines().map(|step| format!("<li>{}</li>\n", shown(step.as_bytes(), 10 * MAX_TEXT)));
        writeln!(out, "<ol>\n{}</ol>", steps.collect::<String>())?;
    }
    if let Some(second) = story::second(outcome) {
        writeln!(out, "<p>{}</p>", code(&escape(second, usize::MAX)))?;
    }
    writeln!(out, "</section>")
}

/// A text as a sentence.
pub(super) fn sentence(text: &str) -> String {
    let text = visible(text.as_bytes());
    let mut chars = text.chars();
    let first: String = chars.next().into_iter().flat_map(char::to_uppercase).collect();
    let text = first + chars.as_str();
    let end = if text.ends_with(['.', '!', '?']) { "" } else { "." };
    escape(&text, 10 * MAX_TEXT) + end
}

/// A text as HTML has it, with what stands in backquotes as code.
pub(super) fn code(escaped: &str) -> String {
    let parts = escaped.split('`').enumerate();
    parts.map(|(at, part)| if at % 2 == 1 { format!("<code>{part}</code>") } else { part.to_owned() }).collect()
}

/// What was found in how much, as other reports end.
pub(super) fn summary(outcome: &Outcome) -> String {
    sentence(&text::plain_summary(outcome))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_key_and_many_are_spoken_of_as_such() {
        for (text, expected) in [
            (in_use(1, 1), "It works: whoever has read it can use it now. Rotate it at once."),
            (in_use(1, 3), "One of them works: whoever has read it can use it now. Rotate it at once."),
            (in_use(2, 3), "Some of them work: whoever has read them can use them now. Rotate them at once."),
            (in_use(3, 3), "All of them work: whoever has read them can use them now. Rotate them at once."),
            (
                unknown(1, 1, true),
                "Nobody has asked yet whether it works (<code>--verify</code> does). Until you know, take it for active, and rotate it.",
            ),
            (
                unknown(1, 2, false),
                "Whether one of them works could not be found out. Until you know, take it for active, and rotate it.",
            ),
            (
                unknown(2, 3, false),
                "Whether 2 of them work could not be found out. Until you know, take them for active, and rotate them.",
            ),
            (count_of(1, 1), "active"),
            (count_of(2, 2), "all active"),
            (count_of(1, 2), "1 active"),
        ] {
            assert_eq!(text, expected);
        }
    }

    #[test]
    fn texts_become_sentences_and_code() {
        assert_eq!(sentence("it is <so>\u{202e}"), "It is &lt;so&gt;\\u{202e}.");
        assert_eq!((sentence("Done!"), sentence("")), ("Done!".to_owned(), ".".to_owned()));
        assert_eq!(code("run `git gc` or `this"), "run <code>git gc</code> or <code>this</code>");
    }
}
