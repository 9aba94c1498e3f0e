//! What reports say about where a finding of a history came from and what became of it, in words.

use crate::finding::{Change, Finding, GitOrigin, Outcome, Part, Past, SourceKind};

use super::visible::visible;

/// What to do about history, after the keys themselves: rewriting it does not make a key safe that others may have read.
const SECOND: &str = "Rewriting history comes second: a key that was pushed has been read, whatever is done to the \
commits. Once it is rotated, `git filter-repo --replace-text` takes it out; every clone and fork has to follow, and the host has to drop \
what it keeps.";

/// The same where a push was stopped: nobody has fetched the commits yet, and they have to change before it goes through.
const UNPUSHED: &str = "The push goes through once none of its commits has the key: one on top that takes it away does not help. \
`git commit --amend` changes the last commit, `git rebase -i COMMIT~` those from COMMIT on.";

/// What to do about the commits that keys were found in, if in any.
pub(super) fn second(outcome: &Outcome) -> Option<&'static str> {
    let is_told = outcome.findings.iter().any(|finding| finding.counts() && finding.git.is_some());
    is_told.then_some(if outcome.source == SourceKind::Push { UNPUSHED } else { SECOND })
}

/// Where a finding is that has no path.
pub(super) fn place(finding: &Finding) -> String {
    match (finding.git.as_deref(), finding.part) {
        (None, _) => "<stdin>".to_owned(),
        (Some(git), Part::CommitMessage) => format!("commit {}", short(&git.object)),
        (Some(git), Part::TagMessage) => format!("tag {}", short(&git.object)),
        (Some(git), Part::RefName) if git.object.is_empty() => "reference".to_owned(),
        (Some(git), Part::RefName) => format!("reference to {}", short(&git.object)),
        (Some(git), _) => format!("object {}", short(&git.object)),
    }
}

/// The story of a finding, as lines with a heading each; none if it is not of a history.
pub(super) fn lines(finding: &Finding) -> Vec<(&'static str, String)> {
    let Some(git) = finding.git.as_deref().filter(|_| finding.part != Part::RefName) else { return Vec::new() };
    let back = git.returns.last().map(|back| ("came back", came_back(git.returns.len(), &back.returned)));
    let lines = [Some(("introduced", introduced(git, finding.part))), back, Some(("today", today(git, finding.part)))];
    lines.into_iter().flatten().collect()
}

/// The same in one line.
pub(super) fn line(finding: &Finding) -> Option<String> {
    let lines = lines(finding);
    let texts: Vec<_> = lines.iter().map(|(name, text)| format!("{name}: {text}")).collect();
    (!texts.is_empty()).then(|| texts.join("; "))
}

fn introduced(git: &GitOrigin, part: Part) -> String {
    let by = by(git.author.as_deref(), git.date.as_deref());
    let mut text = match (&git.commit, part) {
        (Some(commit), _) => format!("in commit {}{by}", short(commit)),
        (None, Part::TagMessage) => format!("in tag {}{by}", short(&git.object)),
        (None, _) => format!("by no commit that is left; object {}", short(&git.object)),
    };
    if let Some(versions) = versions(git, part) {
        text.push_str(&format!("; {versions}"));
    }
    text
}

/// How many objects hold it in this place, if there are several.
pub(super) fn versions(git: &GitOrigin, part: Part) -> Option<String> {
    let holders = match part {
        Part::CommitMessage => "commits",
        Part::TagMessage => "tags",
        _ => "versions of the file",
    };
    (git.versions > 1).then(|| format!("{} {holders} hold it", git.versions))
}

/// How it came back after it had been taken away.
fn came_back(times: usize, last: &Change) -> String {
    let by = by(last.author.as_deref(), last.date.as_deref());
    let times = if times > 1 { format!("; {times} times in all") } else { String::new() };
    format!("in commit {}{by}{times}", short(&last.commit))
}

/// What became of it.
pub(super) fn today(git: &GitOrigin, part: Part) -> String {
    match (&git.removed, part) {
        _ if git.past == Past::Push => in_push(git, part).to_owned(),
        _ if git.in_head && part == Part::CommitMessage => "in HEAD's history".to_owned(),
        _ if git.in_head => "still in HEAD".to_owned(),
        (Some(removed), _) => {
            let by = by(removed.author.as_deref(), removed.date.as_deref());
            format!("removed from HEAD in commit {}{by}; the history still has it", short(&removed.commit))
        }
        (None, Part::TagMessage) if git.reachable => "a reference reaches it".to_owned(),
        (None, _) if git.past == Past::Head => "gone from HEAD; the history still has it".to_owned(),
        (None, _) if git.reachable => "not in HEAD, but other references reach it".to_owned(),
        (None, _) => "no reference reaches it, but git still has it, and so may every host it was pushed to".to_owned(),
    }
}

/// What became of what a push brings.
fn in_push(git: &GitOrigin, part: Part) -> &'static str {
    match part {
        Part::CommitMessage | Part::TagMessage => "in what is pushed",
        _ if git.in_head => "still in what is pushed",
        _ => "gone from what is pushed; its commits still have it",
    }
}

fn by(author: Option<&str>, date: Option<&str>) -> String {
    let author = author.map(|author| format!(" by {}", visible(author.as_bytes()))).unwrap_or_default();
    let date = date.and_then(|date| date.get(..10)).map(|day| format!(" on {day}")).unwrap_or_default();
    author + &date
}

/// As much of a name as git shows.
pub(super) fn short(id: &str) -> &str {
    id.get(..12).unwrap_or(id)
}
