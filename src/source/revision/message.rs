//! Finds a commit by what it says, as git does for `:/text` and `^{/text}`: the youngest one first, by its committer's clock.

use std::cmp::Reverse;
use std::collections::{BinaryHeap, HashSet};

use gix::ObjectId;
use gix::bstr::ByteSlice;
use regex::bytes::Regex;

use crate::source::commit_diff::read_commit;
use crate::source::object_reader::ObjectReader;

use super::regex::compile;

/// How many parents the commits may have that are gone through, all together.
const MOST_PARENTS: usize = 8_000_000;

/// What a message is to be like.
struct Wanted {
    regex: Regex,
    /// Whether it is to be unlike that.
    is_negative: bool,
}

impl Wanted {
    fn new(text: &str) -> Result<Self, String> {
        let (text, is_negative) = match text.strip_prefix('!') {
            None => (text, false),
            Some(rest) if rest.starts_with('!') => (rest, false),
            Some(rest) => (rest.strip_prefix('-').ok_or("behind `!`, there is to be `-` or another one")?, true),
        };
        Ok(Wanted { regex: compile(text)?, is_negative })
    }

    fn is_met(&self, commit: &[u8]) -> bool {
        let text = commit.split(|&byte| byte == 0).next().unwrap_or_default();
        let message = text.find(b"\n\n").map(|at| &text[at + 2..]);
        message.is_some_and(|message| self.regex.is_match(message)) != self.is_negative
    }
}

/// A commit that waits: the youngest goes first, and of several of one time the one that was come to before the others.
type Waiting = (i64, Reverse<usize>, ObjectId, bool, Vec<ObjectId>);

/// The first commit with such a message that `tips` lead to; these are commits.
///
/// # Errors
/// The text is no regex, or there are too many parents of commits.
pub(super) fn youngest(
    objects: &ObjectReader,
    shallow: &HashSet<ObjectId>,
    tips: &[ObjectId],
    text: &str,
) -> Result<Option<ObjectId>, String> {
    youngest_within(objects, shallow, tips, &Wanted::new(text)?, MOST_PARENTS)
}

/// The same with so many tips and parents at most.
fn youngest_within(
    objects: &ObjectReader,
    shallow: &HashSet<ObjectId>,
    tips: &[ObjectId],
    wanted: &Wanted,
    mut left: usize,
) -> Result<Option<ObjectId>, String> {
    let mut seen = HashSet::new();
    let mut queue: BinaryHeap<Waiting> = BinaryHeap::new();
    let mut come_to = tips.to_vec();
    loop {
        for id in come_to {
            left = left.checked_sub(1).ok_or("there are more parents of commits than can be gone through")?;
            // What is missing or broken leads nowhere.
            if seen.insert(id)
                && let Ok((time, mut parents, is_met)) = look(objects, &id, wanted)
            {
                parents.truncate(if shallow.contains(&id) { 0 } else { parents.len() });
                queue.push((time, Reverse(seen.len()), id, is_met, parents));
            }
        }
        match queue.pop() {
            Some((_, _, id, true, _)) => return Ok(Some(id)),
            Some((_, _, _, false, parents)) => come_to = parents,
            None => return Ok(None),
        }
    }
}

/// A commit's time and parents, and whether its message is as it is wanted.
fn look(objects: &ObjectReader, id: &gix::oid, wanted: &Wanted) -> Result<(i64, Vec<ObjectId>, bool), String> {
    let (_, parents) = read_commit(objects, id)?;
    let mut buffer = Vec::new();
    let data = objects.read(id, &mut buffer)?;
    let commit = gix::objs::CommitRef::from_bytes(data, objects.hash).ok();
    let time = commit.and_then(|commit| Some(commit.committer().ok()?.time().ok()?.seconds)).unwrap_or(0);
    Ok((time, parents, wanted.is_met(data)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::git::Repository;
    use crate::source::test_repository::{git, repository};

    #[test]
    fn so_many_parents_are_gone_through() {
        let folder = repository();
        let objects = Repository::open(folder.path()).unwrap().objects();
        let id = |text: &str| ObjectId::from_hex(git(folder.path(), &["rev-parse", text]).as_bytes()).unwrap();
        let find = |left: usize, text: &str| {
            youngest_within(&objects, &HashSet::new(), &[id("main")], &Wanted::new(text).unwrap(), left)
        };
        assert_eq!((find(1, "two"), find(2, "one")), (Ok(Some(id("main"))), Ok(Some(id("main^")))));
        assert!(find(1, "one").unwrap_err().contains("more parents of commits"));
        assert_eq!((find(2, "three"), find(MOST_PARENTS, "three"), MOST_PARENTS), (Ok(None), Ok(None), 8_000_000));
    }
}
