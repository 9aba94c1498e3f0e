//! The story of one key: which commits brought it where, moved it, took it away and brought it back, in the order of time.

use std::collections::BTreeMap;

use crate::finding::{Change, Finding, GitOrigin, Part};

/// What happened to a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// Nothing is known of it before.
    Introduced,
    /// The same commit took it away elsewhere.
    Moved,
    /// It was brought to another place by somebody else than the time before.
    Again,
    /// It was brought to another place by the same person as the time before.
    Spread,
    /// It came back to where it had been taken away.
    Back,
    /// It was taken away.
    Removed,
    /// Nobody knows how it came: no commit that is left has it.
    Untold,
}

/// What one commit did to a key.
#[derive(Debug)]
pub(super) struct Event<'a> {
    pub(super) kind: Kind,
    /// The commit; the tag or the object if no commit brought it.
    pub(super) id: &'a str,
    pub(super) author: Option<&'a str>,
    /// In RFC 3339.
    pub(super) date: Option<&'a str>,
    /// The places that it came to.
    pub(super) to: Vec<&'a Finding>,
    /// The places that it was taken from.
    pub(super) from: Vec<&'a Finding>,
    /// Whether it had been in all of `to` before.
    is_back: bool,
    /// Seconds since 1970, but not before what it follows on; and how much it follows on, should the time be the same.
    order: (i64, usize),
}

/// A step in the story of one place.
struct Step<'a> {
    id: &'a str,
    author: Option<&'a str>,
    date: Option<&'a str>,
    what: What,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum What {
    Came,
    CameBack,
    Went,
}

/// How often the order of events is set right. Once is enough, unless clocks were wrong.
const MOST_ROUNDS: usize = 8;

/// The story of a key that stands in these places; empty if none of them is of a history.
pub(super) fn events<'a>(findings: &[&'a Finding]) -> Vec<Event<'a>> {
    let told = findings.iter().filter(|finding| finding.part != Part::RefName);
    let chains: Vec<(&'a Finding, Vec<Step<'a>>)> =
        told.filter_map(|&finding| Some((finding, steps(finding.git.as_deref()?)))).collect();
    let mut events: BTreeMap<&'a str, Event<'a>> = BTreeMap::new();
    for (finding, step) in chains.iter().flat_map(|(finding, steps)| steps.iter().map(move |step| (*finding, step))) {
        let event = events.entry(step.id).or_insert_with(|| Event::new(step));
        match step.what {
            What::Came | What::CameBack => event.to.push(finding),
            What::Went => event.from.push(finding),
        }
        event.is_back &= step.what != What::Came;
    }
    for _ in 0..MOST_ROUNDS {
        if !set_right(&mut events, &chains) {
            break;
        }
    }
    let mut events: Vec<_> = events.into_values().collect();
    // By their names where nothing else tells them apart; they are in that order.
    events.sort_by_key(|event| event.order);
    name(&mut events);
    events
}

fn steps(git: &GitOrigin) -> Vec<Step<'_>> {
    let id = git.commit.as_deref().unwrap_or(&git.object);
    let mut steps = vec![Step { id, author: git.author.as_deref(), date: git.date.as_deref(), what: What::Came }];
    for back in &git.returns {
        for (change, what) in [(&back.removed, What::Went), (&back.returned, What::CameBack)] {
            steps.push(Step::new(change, what));
        }
    }
    // Of two branches that were merged, the one may have brought it back after the other had taken it away for good.
    let removed = git.removed.iter().filter(|removed| git.returns.iter().all(|back| back.removed != **removed));
    steps.extend(removed.map(|removed| Step::new(removed, What::Went)));
    steps
}

impl<'a> Step<'a> {
    fn new(change: &'a Change, what: What) -> Self {
        Step { id: &change.commit, author: change.author.as_deref(), date: change.date.as_deref(), what }
    }
}

impl<'a> Event<'a> {
    fn new(step: &Step<'a>) -> Self {
        let parsed = step.date.and_then(|date| gix::date::parse(date, None).ok());
        Event {
            kind: Kind::Introduced,
            id: step.id,
            author: step.author,
            date: step.date,
            to: Vec::new(),
            from: Vec::new(),
            is_back: true,
            // What has no time comes last, unless it is known what follows on it.
            order: (parsed.map_or(i64::MAX, |time| time.seconds), 0),
        }
    }
}

/// Moves what happened behind what it follows on; says whether something was to be moved.
fn set_right(events: &mut BTreeMap<&str, Event<'_>>, chains: &[(&Finding, Vec<Step<'_>>)]) -> bool {
    let mut is_moved = false;
    for (_, steps) in chains {
        let mut before = (i64::MIN, 0);
        for step in steps {
            let Some(event) = events.get_mut(step.id) else { continue };
            if event.order < before {
                event.order = before;
                is_moved = true;
            }
            before = (event.order.0, event.order.1 + 1);
        }
    }
    is_moved
}

/// Says what each event is, in the light of those before.
fn name(events: &mut [Event<'_>]) {
    let mut last: Option<Option<&str>> = None;
    for event in events {
        let has_commit = event.to.iter().any(|finding| finding.git.as_deref().is_some_and(|git| git.commit.is_some()));
        let is_tag = event.to.iter().any(|finding| finding.part == Part::TagMessage);
        event.kind = match (event.to.is_empty(), event.from.is_empty(), last) {
            (true, ..) => Kind::Removed,
            _ if !has_commit && !is_tag => Kind::Untold,
            (_, false, Some(_)) => Kind::Moved,
            (_, _, None) => Kind::Introduced,
            _ if event.is_back => Kind::Back,
            (_, _, Some(author)) if author != event.author => Kind::Again,
            _ => Kind::Spread,
        };
        if !matches!(event.kind, Kind::Removed | Kind::Untold) {
            last = Some(event.author);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::finding::{Past, Return};
    use crate::place::{Root, ScanPath};
    use crate::rule::RuleSet;
    use crate::secret::Secret;

    /// A commit by its day, its name and its author, as `3 c3 Ada`; `- x -` has neither a time nor an author.
    fn change(text: &str) -> Change {
        let parts: Vec<_> = text.split(' ').collect();
        let [day, commit, author] = parts[..] else { panic!("{text}") };
        let some = |text: &str| (text != "-").then(|| text.to_owned());
        let date = some(day).map(|day| format!("2026-01-{:02}T00:00:00+00:00", day.parse::<u32>().unwrap()));
        Change { commit: commit.to_owned(), author: some(author), date }
    }

    /// A place and its commits in the order in which they brought and took away the key, the last one being the end if there is an even
    /// number of them.
    fn finding(part: Part, path: &str, commits: &[&str]) -> Finding {
        let first = change(commits[0]);
        let rest: Vec<Change> = commits[1..].iter().map(|text| change(text)).collect();
        let returns = rest.chunks_exact(2).map(|pair| Return { removed: pair[0].clone(), returned: pair[1].clone() });
        let has_commit = part != Part::TagMessage && first.author.is_some();
        let root = Arc::new(Root::unknown());
        Finding {
            rule: Arc::clone(&RuleSet::built_in().unwrap().rules()[0]),
            secret: Secret::new(b"secret", 1),
            path: Some(Arc::new(ScanPath::new(root, path.as_bytes().to_vec(), path.as_bytes().to_vec()))),
            part,
            span: None,
            offset: 0,
            snippet: None,
            encoding: Vec::new(),
            git: Some(Box::new(GitOrigin {
                commit: has_commit.then(|| first.commit.clone()),
                object: first.commit,
                author: first.author,
                date: first.date,
                reachable: true,
                in_head: rest.len().is_multiple_of(2),
                versions: 1,
                removed: rest.chunks_exact(2).remainder().first().cloned(),
                past: Past::Head,
                returns: returns.collect(),
            })),
            verification: None,
            suppressed: None,
        }
    }

    fn told(findings: &[Finding]) -> Vec<String> {
        let paths = |findings: &[&Finding]| {
            let path = |finding: &&Finding| String::from_utf8(finding.path.as_ref().unwrap().plain().to_vec()).unwrap();
            findings.iter().map(path).collect::<Vec<_>>().join(",")
        };
        let told =
            |event: &Event<'_>| format!("{} {:?} {}>{}", event.id, event.kind, paths(&event.from), paths(&event.to));
        events(&findings.iter().collect::<Vec<_>>()).iter().map(told).collect()
    }

    #[test]
    fn each_commit_is_told_once_for_what_it_did() {
        let content = |path, commits: &[&str]| finding(Part::Content, path, commits);
        for (findings, expected) in [
            (vec![], vec![]),
            (vec![content("a", &["1 c1 Ada"])], vec!["c1 Introduced >a"]),
            (vec![content("a", &["1 c1 Ada"]), content("b", &["1 c1 Ada"])], vec!["c1 Introduced >a,b"]),
            (
                vec![content("b", &["2 c2 Bob", "3 c3 Ada"]), content("a", &["1 c1 Ada", "2 c2 Bob"])],
                vec!["c1 Introduced >a", "c2 Moved a>b", "c3 Removed b>"],
            ),
            (
                vec![content("a", &["1 c1 Ada"]), content("b", &["2 c2 Ada"]), content("c", &["3 c3 Bob"])],
                vec!["c1 Introduced >a", "c2 Spread >b", "c3 Again >c"],
            ),
            (
                vec![content("a", &["1 c1 Ada", "2 c2 Bob", "3 c3 Ada", "4 c4 Bob"])],
                vec!["c1 Introduced >a", "c2 Removed a>", "c3 Back >a", "c4 Removed a>"],
            ),
            // A clock that was wrong, and one that says nothing.
            (vec![content("a", &["9 c1 Ada", "2 c0 Bob"])], vec!["c1 Introduced >a", "c0 Removed a>"]),
            (vec![content("a", &["- c1 Ada", "- c0 Bob"])], vec!["c1 Introduced >a", "c0 Removed a>"]),
            (
                vec![finding(Part::TagMessage, "-", &["2 t1 Bob"]), content("a", &["1 c1 Ada"])],
                vec!["c1 Introduced >a", "t1 Again >-"],
            ),
            (
                vec![content("lost", &["- o1 -"]), content("a", &["1 c1 Ada"])],
                vec!["c1 Introduced >a", "o1 Untold >lost"],
            ),
            (vec![finding(Part::RefName, "-", &["1 c1 Ada"])], vec![]),
        ] {
            assert_eq!(told(&findings), expected);
        }
    }

    /// Each place sets right no more than what follows on it, if those that come first in time stand last.
    #[test]
    fn the_order_is_set_right_so_many_times() {
        for (count, is_right) in [(8, true), (9, false)] {
            // A clock that was wrong, and many places that one after the other was moved to.
            let day = |number: usize| if number == 0 { 20 } else { number };
            let text = |number: usize| format!("{} c{number} Ada", day(number));
            let moved = |number: usize| finding(Part::Content, "a", &[&text(number), &text(number + 1)]);
            let findings: Vec<Finding> = (0..count).rev().map(moved).collect();
            let told: Vec<String> = told(&findings).iter().map(|event| event[..2].to_owned()).collect();
            let mut expected: Vec<String> = (0..=count).map(|number| format!("c{number}")).collect();
            if !is_right {
                expected.rotate_right(1);
            }
            assert_eq!(told, expected, "{count}");
        }
    }

    #[test]
    fn a_branch_that_brought_it_back_makes_no_circle() {
        let mut finding = finding(Part::Content, "a", &["1 c1 Ada", "2 c2 Bob", "3 c3 Ada"]);
        if let Some(git) = &mut finding.git {
            git.removed = Some(change("2 c2 Bob"));
        }
        assert_eq!(told(&[finding]), ["c1 Introduced >a", "c2 Removed a>", "c3 Back >a"]);
    }
}
