//! What is found in a range of commits, until it is made one finding for each key and place.

use gix::ObjectId;

use crate::finding::Finding;
use crate::scan::MAX_FINDINGS;
use crate::source::commit_diff::EntryKind;

use super::version::Version;

/// The place of a commit in the range; the last of all for what no commit of it has.
pub(super) type Rank = u32;

/// What was found in one version of one file, or in one commit.
pub(super) struct Found {
    pub(super) rank: Rank,
    pub(super) object: ObjectId,
    /// Whether it is a file's or a link's content; none for all else.
    pub(super) kind: Option<EntryKind>,
    pub(super) finding: Finding,
    /// Whether a commit of the range brought it: else it was there before.
    pub(super) is_brought: bool,
}

impl Found {
    /// The version of a file that it was found in, if it is in one that has a path.
    pub(super) fn version(&self) -> Option<Version<'_>> {
        Some((self.finding.path.as_ref()?.plain(), self.object, self.kind?))
    }
}

/// All that was found, as far as it is kept.
#[derive(Default)]
pub(super) struct AllFound {
    pub(super) list: Vec<Found>,
    pub(super) is_cut: bool,
}

impl AllFound {
    /// Puts it in an order that threads do not change: what was there before comes last.
    pub(super) fn sort(&mut self) {
        fn order(found: &Found) -> (bool, Rank, ObjectId, Option<&[u8]>, u64, &str) {
            let finding = &found.finding;
            let path = finding.path.as_ref().map(|path| path.plain());
            (!found.is_brought, found.rank, found.object, path, finding.offset, &finding.rule.id)
        }
        self.list.sort_by(|a, b| order(a).cmp(&order(b)));
    }

    /// Keeps what comes first, whatever the order in which threads found it.
    pub(super) fn cut(&mut self) {
        self.sort();
        self.list.truncate(MAX_FINDINGS);
        self.is_cut = true;
    }
}
