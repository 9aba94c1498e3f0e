//! Puts findings together by their keys, and keys in the order in which they are to be dealt with.

use std::collections::HashMap;

use crate::finding::{Finding, Outcome, SourceKind, VerificationStatus};
use crate::report::is_active_all_the_same;
use crate::secret::Secret;

/// How soon a key is to be dealt with, the most urgent first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Urgency {
    /// It works.
    Active,
    /// It works, though somebody said that it does not count.
    Uncounted,
    /// It may work, and stands where people work today.
    Here,
    /// It may work, and whoever clones the repository has it.
    Reachable,
    /// It may work, and nothing reaches it, but git keeps it.
    Left,
    /// It does not work any more.
    Inactive,
}

impl Urgency {
    pub(super) const ALL: [Urgency; 6] =
        [Urgency::Active, Urgency::Uncounted, Urgency::Here, Urgency::Reachable, Urgency::Left, Urgency::Inactive];
}

/// Where the best place of a key is, as seen by whoever looks for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Standing {
    /// In HEAD, in what is pushed, in the files: in what was scanned as it is now.
    Here,
    /// In the history of it only, or in what other references reach.
    Reachable,
    /// In what nothing reaches.
    Left,
}

/// One key and all its places.
pub(super) struct Key<'a> {
    /// Its findings, in the order of the report; at least one.
    pub(super) findings: Vec<&'a Finding>,
    pub(super) urgency: Urgency,
    pub(super) standing: Standing,
}

impl<'a> Key<'a> {
    fn new(first: &'a Finding) -> Self {
        Key { findings: vec![first], urgency: Urgency::Left, standing: Standing::Left }
    }

    /// The finding that speaks for all.
    pub(super) fn first(&self) -> &'a Finding {
        self.findings[0]
    }

    fn settle(mut self, source: SourceKind) -> Self {
        let standings = self.findings.iter().map(|finding| standing(finding, source));
        self.standing = standings.min().unwrap_or(Standing::Here);
        self.urgency = match (self.first().status(), self.standing) {
            (Some(VerificationStatus::Active), _) if !self.first().counts() => Urgency::Uncounted,
            (Some(VerificationStatus::Active), _) => Urgency::Active,
            (Some(VerificationStatus::Inactive), _) => Urgency::Inactive,
            (_, Standing::Here) => Urgency::Here,
            (_, Standing::Reachable) => Urgency::Reachable,
            (_, Standing::Left) => Urgency::Left,
        };
        self
    }
}

/// Where a finding stands.
pub(super) fn standing(finding: &Finding, source: SourceKind) -> Standing {
    match (finding.git.as_deref(), source) {
        (Some(git), _) if git.in_head => Standing::Here,
        (Some(git), _) if git.reachable => Standing::Reachable,
        (Some(_), _) => Standing::Left,
        // Of a few finds in a history nothing more can be told.
        (None, SourceKind::History | SourceKind::Push) => Standing::Reachable,
        (None, SourceKind::Files | SourceKind::Stdin | SourceKind::Staged) => Standing::Here,
    }
}

/// The keys that are to be dealt with: those that count anywhere, and those that work all the same. A key that counts has only
/// the places in which it does.
pub(super) fn keys(outcome: &Outcome) -> Vec<Key<'_>> {
    let mut keys: Vec<Key<'_>> = Vec::new();
    let mut known: HashMap<&Secret, usize> = HashMap::new();
    for is_wanted in [Finding::counts as fn(&Finding) -> bool, is_active_all_the_same] {
        let firsts = keys.len();
        for finding in outcome.findings.iter().filter(|finding| is_wanted(finding)) {
            match known.get(&finding.secret) {
                // That it does not count here says nothing of the places where it does.
                Some(&place) if place < firsts => {}
                Some(&place) => keys[place].findings.push(finding),
                None => {
                    known.insert(&finding.secret, keys.len());
                    keys.push(Key::new(finding));
                }
            }
        }
    }
    let mut keys: Vec<_> = keys.into_iter().map(|key| key.settle(outcome.source)).collect();
    keys.sort_by_key(|key| key.urgency);
    keys
}
