//! Which commits brought what was found: those of which no parent has the same key at the same path, whatever else changes there. What
//! the range itself does not bring to such a place is read for that, and only where something was found.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use rayon::prelude::*;

use crate::secret::Secret;
use crate::source::commit_diff::Brought;
use crate::source::parents;

use super::Work;
use super::found::{Found, Rank};
use super::version::{Takes, Version};

/// A secret and the id of the rule that finds it.
type Met<'m> = (&'m str, &'m Secret);

/// For each version the commits that have it and whose parents do not, with what these have in its place, the first ones first.
type Before<'v> = BTreeMap<Version<'v>, Vec<(Rank, Vec<parents::Version>)>>;

/// How many versions that no commit of the range brings are searched, and how many bytes these have, to tell whether a key was there before;
/// in how many versions it is looked for. Beyond that, what is found counts as brought.
const MOST_OLDER: usize = 10_000;
const MOST_OLDER_BYTES: u64 = 1 << 30;
const MOST_ASKED: u64 = 100_000_000;

/// How much work is done to tell what was there before.
pub(super) struct Bounds {
    /// Versions that are searched for that.
    pub(super) older: usize,
    /// Their bytes.
    pub(super) older_bytes: u64,
    /// Versions in which it is looked.
    pub(super) asked: u64,
    /// What is looked up in parents.
    pub(super) parents: parents::Bounds,
}

impl Default for Bounds {
    fn default() -> Self {
        let parents = parents::Bounds::default();
        Bounds { older: MOST_OLDER, older_bytes: MOST_OLDER_BYTES, asked: MOST_ASKED, parents }
    }
}

impl Work<'_> {
    /// Lays all that was found in files to the commit that brought it first; what none did was there before.
    pub(super) fn lay_to_commits(&self, list: &mut [Found], brought: &[(Option<u32>, Brought)]) {
        let ranks = self.bringers(list, brought);
        for (found, rank) in list.iter_mut().zip(ranks) {
            found.is_brought = rank.is_some();
            found.rank = rank.unwrap_or(found.rank);
        }
    }

    fn bringers(&self, list: &[Found], brought: &[(Option<u32>, Brought)]) -> Vec<Option<Rank>> {
        let before = self.before(commits(list, brought));
        let mut numbers: HashMap<Met<'_>, u32> = HashMap::new();
        let mut known: HashMap<Version<'_>, Vec<u32>> = HashMap::new();
        for found in list {
            let count = numbers.len() as u32;
            let number = *numbers.entry(met(found)).or_insert(count);
            if let Some(version) = found.version() {
                known.entry(version).or_default().push(number);
            }
        }
        let older = self.older(&before, &numbers);
        known.extend(older);
        known.values_mut().for_each(|numbers| numbers.sort_unstable());
        let mut left = self.bounds.before.asked;
        let bringer = |found: &Found| {
            let Some((version, before)) = found.version().and_then(|version| before.get_key_value(&version)) else {
                return Some(found.rank);
            };
            let number = numbers[&met(found)];
            let mut has = |(id, kind): &parents::Version| {
                let asked = left > 0;
                left = left.saturating_sub(1);
                let numbers = known.get(&(version.0, *id, *kind)).filter(|_| asked);
                numbers.is_some_and(|numbers| numbers.binary_search(&number).is_ok())
            };
            before.iter().find(|(_, versions)| !versions.iter().any(&mut has)).map(|(rank, _)| *rank)
        };
        list.iter().map(bringer).collect()
    }

    /// Looks up what parents have in the place of each version.
    fn before<'v>(&self, commits: BTreeMap<Version<'v>, Vec<Rank>>) -> Before<'v> {
        let mut before: Before<'v> = BTreeMap::new();
        let mut by_commit: BTreeMap<Rank, Vec<Version<'v>>> = BTreeMap::new();
        for (version, ranks) in commits {
            ranks.into_iter().for_each(|rank| by_commit.entry(rank).or_default().push(version));
            before.insert(version, Vec::new());
        }
        let mut parents = self.range.parents(self.bounds.before.parents);
        let mut met = BTreeSet::new();
        for (rank, versions) in by_commit {
            let paths: Vec<&[u8]> = versions.iter().map(|version| version.0).collect();
            let commit = self.range.commits.get(rank as usize);
            let found = commit.map_or_else(|| vec![Vec::new(); paths.len()], |commit| parents.at(commit, &paths));
            for (version, found) in versions.into_iter().zip(found) {
                // Of several that come after the same, the first brings what any of them does.
                if met.insert((version, found.clone())) {
                    before.entry(version).or_default().push((rank, found));
                }
            }
        }
        before
    }

    /// Searches the versions that are before others and that the range does not bring; gives the numbers of what is in each.
    fn older<'v>(&self, before: &Before<'v>, numbers: &HashMap<Met<'_>, u32>) -> Vec<(Version<'v>, Vec<u32>)> {
        let of = |(version, before): (&Version<'v>, &Vec<(Rank, Vec<parents::Version>)>)| {
            let path = version.0;
            let versions = before.iter().flat_map(|(_, versions)| versions);
            versions.map(|(id, kind)| (path, *id, *kind)).collect::<Vec<_>>()
        };
        let mut versions: Vec<Version<'v>> =
            before.iter().flat_map(of).filter(|version| !before.contains_key(version)).collect();
        versions.sort_unstable();
        versions.dedup();
        versions.truncate(self.bounds.before.older);
        let (contents, mut left) = (self.range.contents(), self.bounds.before.older_bytes);
        versions.retain(|(_, id, _)| {
            let rest = contents.size(id).and_then(|size| left.checked_sub(size));
            left = rest.unwrap_or(left);
            rest.is_some()
        });
        let search = |(contents, buffer): &mut (_, Vec<u8>), version: Version<'v>| {
            let mut held = BTreeSet::new();
            let number = |met: Met<'_>| numbers.get(&met).copied();
            self.scanner.guard(self.path(version.0), &format_args!("object {}", version.1), || {
                let mut findings = |found: Vec<crate::finding::Finding>| {
                    held.extend(found.iter().filter_map(|found| number((&found.rule.id, &found.secret))));
                };
                let takes = Takes { findings: &mut findings, problem: &mut |_| {} };
                // What cannot be read was there before for nobody who can be believed.
                let _ = self.search_version(version, contents, buffer, takes);
            });
            (version, held.into_iter().collect())
        };
        let room = || (self.range.contents(), Vec::new());
        versions.into_par_iter().map_init(room, search).collect()
    }
}

fn met(found: &Found) -> Met<'_> {
    (&found.finding.rule.id, &found.finding.secret)
}

/// The commits that bring each version in which something was found; what no commit has comes last.
fn commits<'l>(list: &'l [Found], brought: &'l [(Option<u32>, Brought)]) -> BTreeMap<Version<'l>, Vec<Rank>> {
    let mut commits: BTreeMap<Version<'l>, Vec<Rank>> =
        list.iter().filter_map(Found::version).map(|version| (version, Vec::new())).collect();
    if commits.is_empty() {
        return commits;
    }
    for (rank, brought) in brought.iter().filter(|(_, brought)| brought.is_file() && !brought.is_moved) {
        if let Some(ranks) = commits.get_mut(&(&brought.path[..], brought.id, brought.kind)) {
            ranks.push(rank.unwrap_or(Rank::MAX));
        }
    }
    commits
}
