//! The secrets that were met in a container's members, so that they are not told again of the container.

use std::collections::HashSet;
use std::sync::Arc;

use crate::finding::Finding;
use crate::secret::Secret;

/// How many secrets of members are kept, so that they are not told again of the container.
const MOST_KEPT: usize = 100_000;

/// A secret and the rule that found it.
pub(super) type Met = (Arc<str>, Secret);

/// What was met in a finding.
pub(super) fn known(finding: &Finding) -> Met {
    (finding.rule.id.as_str().into(), finding.secret.clone())
}

/// What was met, as far as there is room.
pub(super) struct AllMet {
    kept: HashSet<Met>,
    most: usize,
}

impl Default for AllMet {
    fn default() -> Self {
        AllMet { kept: HashSet::new(), most: MOST_KEPT }
    }
}

impl AllMet {
    /// Notes what was met; says whether it was not noted before.
    pub(super) fn insert(&mut self, met: Met) -> bool {
        if self.kept.len() < self.most { self.kept.insert(met) } else { !self.kept.contains(&met) }
    }

    /// Notes all that another one has.
    pub(super) fn extend(&mut self, other: AllMet) {
        // Each of a container's members may hold as much as there is room for.
        for met in other.kept {
            self.insert(met);
        }
    }

    pub(super) fn contains(&self, met: &Met) -> bool {
        self.kept.contains(met)
    }

    pub(super) fn is_empty(&self) -> bool {
        self.kept.is_empty()
    }

    /// The secrets, in no order.
    pub(super) fn secrets(&self) -> impl Iterator<Item = &Secret> {
        self.kept.iter().map(|(_, secret)| secret)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn met(number: usize) -> Met {
        ("rule".into(), Secret::new(format!("secret {number}").as_bytes(), 0))
    }

    #[test]
    fn no_more_is_kept_than_there_is_room_for() {
        assert_eq!(AllMet::default().most, 100_000);
        let mut all = AllMet { most: 5, ..AllMet::default() };
        // Those in it stay known, and those beyond are new each time.
        for (number, is_new) in [(0, true), (0, false), (1, true), (2, true), (3, true), (4, true), (4, false)] {
            assert_eq!(all.insert(met(number)), is_new, "{number}");
        }
        for (number, is_new) in [(5, true), (5, true), (4, false)] {
            assert_eq!((all.insert(met(number)), all.kept.len()), (is_new, 5), "{number}");
        }
        assert!(all.contains(&met(4)) && !all.contains(&met(5)));
        // The same of what comes from a container in another one.
        let mut outer = AllMet { most: 5, ..AllMet::default() };
        outer.insert(met(9));
        outer.extend(all);
        assert_eq!(outer.secrets().count(), 5);
        assert!(outer.contains(&met(9)));
    }
}
