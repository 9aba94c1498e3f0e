//! One key on the page: what is known of it, its story, and its places.

use std::io::{self, Write};

use crate::amounts::plural;
use crate::finding::{Finding, GitOrigin, Part, Past, Snippet, SourceKind, Suppression, VerificationStatus};
use crate::report::markup::{escape, shown};
use crate::report::{Style, set_aside, story, verdict};

use super::head::sentence;
use super::keys::{Key, Standing, Urgency, standing};
use super::timeline::{Event, Kind, events};
use super::{MAX_TEXT, MOST_PLACES, write_more};

/// How many places of one event are named, and how many events are told.
const MOST_NAMED: usize = 5;
const MOST_EVENTS: usize = 40;

/// With more places than this, the list of them is folded up.
const MOST_OPEN: usize = 3;

/// Writes a key.
pub(super) fn write(key: &Key<'_>, source: SourceKind, style: &Style, out: &mut dyn Write) -> io::Result<()> {
    let first = key.first();
    let fingerprint = first.secret.fingerprint().to_string();
    // As much of it as tells keys apart; no two keys of one page have the same beginning but by an unheard-of chance.
    let id = format!("key-{}", fingerprint.get(7..23).unwrap_or_default());
    let (tone, status) = status(key);
    writeln!(out, "<article class=\"key {tone}\" aria-labelledby=\"{id}\">")?;
    let redacted = shown(first.secret.redacted().as_bytes(), MAX_TEXT);
    let description = shown(first.rule.description.as_bytes(), MAX_TEXT);
    writeln!(out, "<h3 id=\"{id}\"><code>{redacted}</code> <span class=\"what\">{description}</span></h3>")?;
    write!(out, "<ul class=\"badges\" role=\"list\"><li class=\"{tone}\">{status}</li>")?;
    if let Some((tone, text)) = where_now(key, source) {
        // That it is still to be seen is no danger then.
        let tone = if key.urgency == Urgency::Inactive { "quiet" } else { tone };
        write!(out, "<li class=\"{tone}\">{text}</li>")?;
    }
    writeln!(out, "<li>{}</li></ul>", plural(key.findings.len() as u64, "place"))?;
    write_facts(key, style, out)?;
    write_story(key, source, out)?;
    write_places(key, source, out)?;
    writeln!(out, "<p class=\"fingerprint\">Fingerprint <code>{fingerprint}</code></p>\n</article>")
}

/// What its issuer said, with the class of its colours.
fn status(key: &Key<'_>) -> (&'static str, &'static str) {
    let Some(status) = key.first().status() else { return ("warn", "not asked whether it works") };
    let tone = match status {
        VerificationStatus::Active => "bad",
        VerificationStatus::Inactive => "good",
        VerificationStatus::Unknown => "warn",
    };
    (tone, verdict::title(status))
}

/// Where it stands today, in a few words.
fn where_now(key: &Key<'_>, source: SourceKind) -> Option<(&'static str, &'static str)> {
    let is_told = key.findings.iter().any(|finding| finding.git.is_some());
    let is_only_said = key.findings.iter().all(|finding| finding.part == Part::CommitMessage);
    match (key.standing, source) {
        _ if !is_told => None,
        (Standing::Here, SourceKind::Push) => Some(("bad", "still in what is pushed")),
        (Standing::Here, _) if is_only_said => Some(("bad", "in HEAD's history")),
        (Standing::Here, _) => Some(("bad", "still in HEAD")),
        (Standing::Reachable, SourceKind::Push) => Some(("warn", "gone from what is pushed, but on its way")),
        (Standing::Reachable, _) => Some(("warn", "not in HEAD, but reachable")),
        (Standing::Left, _) => Some(("quiet", "reached by nothing")),
    }
}

/// What is known of the key, and what to do with it.
fn write_facts(key: &Key<'_>, style: &Style, out: &mut dyn Write) -> io::Result<()> {
    let first = key.first();
    if style.show_secrets {
        writeln!(out, "<p>The key: <code>{}</code></p>", shown(first.secret.reveal(), MAX_TEXT))?;
    }
    if let Some(found) = first.verification.as_deref() {
        let known = sentence(&verdict::known_of_found(first, found));
        // What to do with inactive ones stands above them all.
        let advice = Some(sentence(verdict::advice(found.status))).filter(|_| key.urgency != Urgency::Inactive);
        let advice = advice.map(|advice| format!(" <strong>{advice}</strong>")).unwrap_or_default();
        writeln!(out, "<p>{known}{advice}</p>")?;
    }
    Ok(())
}

/// Writes what happened to it, and where that has led to.
fn write_story(key: &Key<'_>, source: SourceKind, out: &mut dyn Write) -> io::Result<()> {
    let events = events(&key.findings);
    if events.is_empty() {
        return Ok(());
    }
    writeln!(out, "<h4>Story</h4>\n<ol class=\"story\" role=\"list\">")?;
    // Of a long one the end is worth more than the middle.
    let end = events.len() - events.len().saturating_sub(1).min(MOST_EVENTS - 1);
    for (at, event) in events.iter().enumerate().filter(|(at, _)| *at == 0 || *at >= end) {
        if at == end && end > 1 {
            writeln!(
                out,
                "<li class=\"gap\"><p class=\"when\"></p><p>{}</p></li>",
                plural(end as u64 - 1, "more commit")
            )?;
        }
        write_event(event, out)?;
    }
    write_today(key, source, out)?;
    writeln!(out, "</ol>")
}

fn write_event(event: &Event<'_>, out: &mut dyn Write) -> io::Result<()> {
    let (tone, what) = match event.kind {
        Kind::Introduced => ("came", "Introduced"),
        Kind::Moved => ("came", "Moved"),
        Kind::Again => ("came", "Brought again"),
        Kind::Spread => ("came", "Spread"),
        Kind::Back => ("came", "Brought back"),
        Kind::Removed => ("went", "Removed"),
        Kind::Untold => ("untold", "Left over"),
    };
    let id = shown(story::short(event.id).as_bytes(), MAX_TEXT);
    let is_told = event.kind != Kind::Untold;
    let when = event.date.filter(|_| is_told).map(|date| {
        let day = escape(date.get(..10).unwrap_or(date), MAX_TEXT);
        format!("<time datetime=\"{}\">{day}</time>", escape(date, MAX_TEXT))
    });
    let who = event.author.filter(|_| is_told);
    let who = who.map(|who| format!(" by <bdi>{}</bdi>", shown(who.as_bytes(), MAX_TEXT))).unwrap_or_default();
    let is_tag = event.to.iter().any(|finding| finding.part == Part::TagMessage);
    let how = match event.kind {
        Kind::Untold => format!("by no commit that is left; object <code>{id}</code>"),
        _ if is_tag => format!("in tag <code>{id}</code>"),
        _ => format!("in commit <code>{id}</code>"),
    };
    write_moment(tone, &when.unwrap_or_else(|| "undated".to_owned()), out)?;
    writeln!(out, "<p><strong>{what}</strong>{who} {how}</p>")?;
    write_named(if event.to.is_empty() { "from HEAD, out of" } else { "from" }, &event.from, out)?;
    write_named(if event.from.is_empty() { "in" } else { "to" }, &event.to, out)?;
    writeln!(out, "</div></li>")
}

/// Begins an entry in a story, which is to be ended.
fn write_moment(tone: &str, when: &str, out: &mut dyn Write) -> io::Result<()> {
    write!(out, "<li class=\"{tone}\"><p class=\"when\">{when}</p><div>")
}

/// Writes where something came to or was taken from.
fn write_named(name: &str, findings: &[&Finding], out: &mut dyn Write) -> io::Result<()> {
    if findings.is_empty() {
        return Ok(());
    }
    let mut paths: Vec<String> = findings.iter().map(|finding| path(finding)).collect();
    // A container may hold it in several places of one member.
    paths.dedup();
    let more = paths.len().saturating_sub(MOST_NAMED);
    let named: Vec<_> = paths.iter().take(MOST_NAMED).map(|path| format!("<code>{path}</code>")).collect();
    let more = if more > 0 { format!(" and {more} more") } else { String::new() };
    writeln!(out, "<p class=\"where\">{name} {}{more}</p>", named.join(", "))
}

/// Writes what is left of it today.
fn write_today(key: &Key<'_>, source: SourceKind, out: &mut dyn Write) -> io::Result<()> {
    let is_gone = |git: &GitOrigin| git.removed.is_some() || git.past == Past::Head;
    let is_gone = key.findings.iter().any(|finding| finding.git.as_deref().is_some_and(is_gone));
    let (tone, text) = match (key.standing, source) {
        (Standing::Here, SourceKind::Push) => ("here", "Still in what is pushed"),
        (Standing::Here, _) => ("here", "Still in HEAD"),
        (Standing::Reachable, SourceKind::Push) => ("past", "Gone from what is pushed; its commits still have it"),
        (Standing::Reachable, _) if is_gone => ("past", "Gone from HEAD; the history still has it"),
        (Standing::Reachable, _) => ("past", "Not in HEAD, but other references reach it"),
        (Standing::Left, _) => {
            ("past", "No reference reaches it, but git still has it, and so may every host it was pushed to")
        }
    };
    let text = match key.findings.as_slice() {
        [only] if key.standing == Standing::Here && only.part == Part::CommitMessage => "In HEAD's history",
        [only] if key.standing == Standing::Reachable && only.part == Part::TagMessage => "A reference reaches it",
        _ => text,
    };
    write_moment(tone, "Today", out)?;
    writeln!(out, "<p><strong>{text}</strong></p>")?;
    if key.standing == Standing::Here && key.findings.len() > 1 {
        let here: Vec<&Finding> =
            key.findings.iter().copied().filter(|finding| standing(finding, source) == Standing::Here).collect();
        write_named("in", &here, out)?;
    }
    writeln!(out, "</div></li>")
}

/// Writes every place, with the line that it stands on.
fn write_places(key: &Key<'_>, source: SourceKind, out: &mut dyn Write) -> io::Result<()> {
    let findings = &key.findings;
    if let [only] = findings.as_slice() {
        writeln!(out, "<h4>Place</h4>\n<ul class=\"places\" role=\"list\">")?;
        write_place(only, None, out)?;
        return writeln!(out, "</ul>");
    }
    let open = if findings.len() <= MOST_OPEN { " open" } else { "" };
    writeln!(out, "<details{open}>\n<summary>{} places</summary>", findings.len())?;
    writeln!(out, "<ul class=\"places\" role=\"list\">")?;
    for finding in findings.iter().take(MOST_PLACES) {
        write_place(finding, Some(source), out)?;
    }
    writeln!(out, "</ul>")?;
    write_more(findings.len().saturating_sub(MOST_PLACES), "places", out)?;
    writeln!(out, "</details>")
}

/// Writes a place; with `source`, also what became of it there.
fn write_place(finding: &Finding, source: Option<SourceKind>, out: &mut dyn Write) -> io::Result<()> {
    let line = finding.span.map(|span| format!(":{}:{}", span.line, span.column)).unwrap_or_default();
    writeln!(out, "<li>\n<p><code class=\"path\">{}{line}</code></p>", path(finding))?;
    if let Some(snippet) = finding.snippet.as_deref() {
        writeln!(out, "<pre><code>{}</code></pre>", snippet_line(snippet))?;
    }
    let mut about = vec![shown(finding.message().as_bytes(), MAX_TEXT)];
    about.extend(finding.span.is_none().then(|| format!("at byte {}", finding.offset)));
    if let Some(git) = finding.git.as_deref() {
        // That of the commits of a push is told above, in other words.
        let is_told = source.is_some_and(|source| source != SourceKind::Push) && finding.part != Part::RefName;
        // Who took it away is told above.
        let today = |git: &GitOrigin| match git.removed {
            Some(_) => "gone from HEAD".to_owned(),
            None => escape(&story::today(git, finding.part), MAX_TEXT),
        };
        about.extend(is_told.then(|| today(git)));
        about.extend(story::versions(git, finding.part));
    }
    about.extend(finding.suppressed.as_deref().map(uncounted));
    writeln!(out, "<p class=\"about\">{}</p>\n</li>", about.join("; "))
}

/// What makes a finding not count, and why.
pub(super) fn uncounted(suppressed: &Suppression) -> String {
    let reason = suppressed.reason.as_ref().map(|reason| format!(": {}", shown(reason.as_bytes(), MAX_TEXT)));
    format!("not counted {}{}", set_aside::in_words(suppressed.by), reason.unwrap_or_default())
}

/// A path, or what stands in its stead.
pub(super) fn path(finding: &Finding) -> String {
    match &finding.path {
        Some(path) => shown(&path.in_repository(), MAX_TEXT),
        None => escape(&story::place(finding), MAX_TEXT),
    }
}

/// A line, with the key in it marked.
fn snippet_line(snippet: &Snippet) -> String {
    // Tabs are harmless here, and easier to read as what they are.
    let show =
        |text: &str| text.split('\t').map(|part| shown(part.as_bytes(), usize::MAX)).collect::<Vec<_>>().join("\t");
    let end = |is_cut: bool| if is_cut { "…" } else { "" };
    format!(
        "{}{}<mark>{}</mark>{}{}",
        end(snippet.cut_left),
        show(&snippet.text[..snippet.key.start]),
        show(&snippet.text[snippet.key.clone()]),
        show(&snippet.text[snippet.key.end..]),
        end(snippet.cut_right),
    )
}
