//! What git tells its hooks about a push on their standard input, or what others tell in its place, and which objects that makes new
//! to the other side.

use std::collections::HashSet;

use gix::ObjectId;

use super::git::GitError;
use super::refs::Refs;

/// Which commits are meant: those that lead to `include`, without those that lead to `exclude`.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct Selection {
    /// What is sent.
    pub include: Vec<ObjectId>,
    /// What the other side has.
    pub exclude: Vec<ObjectId>,
    /// The names of references that are made or changed, and what they are to name, as far as that was told.
    pub names: Vec<(Vec<u8>, Option<ObjectId>)>,
}

/// Which references tell what is there where a push goes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Known {
    /// All of this repository, which is pushed to itself.
    Own,
    /// Those that were fetched from these remotes; of none, nothing is known.
    FetchedFrom(Vec<Vec<u8>>),
}

/// One reference that is pushed.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Update {
    name: Vec<u8>,
    old: ObjectId,
    new: ObjectId,
}

/// What `pre-push` is told of a push: what is new is what no reference leads to that is `known` to be where the push goes. What it gives
/// takes the references and the names of all remotes.
///
/// # Errors
/// A line is not as git writes it.
pub fn pre_push(input: &[u8], known: Known) -> Result<impl FnOnce(&Refs, &[Vec<u8>]) -> Selection + use<>, GitError> {
    // What is pushed may be named by an expression with spaces in it.
    let updates = lines(input, "LOCAL-REF LOCAL-ID REMOTE-REF REMOTE-ID", |words| match words {
        [_, .., new, name, old] => Some(Update { name: name.to_vec(), old: id(old)?, new: id(new)? }),
        _ => None,
    })?;
    Ok(move |refs: &Refs, remotes: &[Vec<u8>]| {
        let of = |remote: &Vec<u8>| fetched(refs, remote, remotes).into_iter().filter_map(|(_, id)| id);
        match &known {
            Known::Own => selection(&updates, refs.all()),
            Known::FetchedFrom(names) => selection(&updates, names.iter().flat_map(of)),
        }
    })
}

/// The references that were fetched from `remote`: what they are called there below `refs/heads`, and what they name.
fn fetched<'r>(refs: &'r Refs, remote: &[u8], remotes: &[Vec<u8>]) -> Vec<(&'r [u8], Option<ObjectId>)> {
    let folder = |remote: &[u8]| [b"refs/remotes/", remote, b"/"].concat();
    let own = folder(remote);
    // A remote `up/other` keeps what it has below the folder of a remote `up`.
    let others: Vec<_> = remotes.iter().map(|other| folder(other)).filter(|other| other.len() > own.len()).collect();
    let is_others = |name: &[u8]| others.iter().any(|other| name.starts_with(other));
    let below = |(name, id): &'r (Vec<u8>, Option<ObjectId>)| {
        name.strip_prefix(&own[..]).filter(|_| !is_others(name)).map(|name| (name, *id))
    };
    refs.list.iter().filter_map(below).collect()
}

/// What pre-commit and prek tell a pre-push hook in place of git's lines: the remote, and of all that is pushed only the first
/// reference.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct Announced {
    /// The remote that is pushed to; none if nothing is pushed, but the hook is run by hand.
    pub remote: Option<Vec<u8>>,
    /// The address that is pushed to.
    pub address: Option<Vec<u8>>,
    /// What the remote has of the first reference, as a revision.
    pub from: Option<String>,
    /// What the first reference becomes, as a revision.
    pub to: Option<String>,
    /// What the first reference is called on the remote.
    pub name: Option<Vec<u8>>,
}

impl Announced {
    /// What may be pushed. Nobody says what the other references are, so that it is what all branches, all tags and HEAD lead to,
    /// without what was fetched from the remote. By hand, a range is that range alone. `from` and `to` are what the
    /// announced revisions name. Where the push `is_elsewhere`, not to what the remote is fetched from, all is new.
    pub(super) fn select(
        &self,
        from: Option<ObjectId>,
        to: Option<ObjectId>,
        is_elsewhere: bool,
        refs: &Refs,
        remotes: &[Vec<u8>],
    ) -> Selection {
        let mut selection = Selection::default();
        // Whoever works out `from` takes what a remote `up/other` has for something that a remote `up` has.
        let is_nested = |own: &Vec<u8>| {
            let folder = [own, &b"/"[..]].concat();
            remotes.iter().any(|other| other.starts_with(&folder))
        };
        // And whoever does takes what was fetched from there for what is where it is pushed to.
        selection.exclude.extend(from.filter(|_| !is_elsewhere && !self.remote.as_ref().is_some_and(is_nested)));
        selection.include.extend(to);
        selection.names.extend(self.name.clone().map(|name| (name, to)));
        if self.remote.is_none() && from.is_some() && to.is_some() {
            return selection;
        }
        let fetched_from = self.remote.iter().filter(|_| !is_elsewhere);
        let fetched: Vec<_> = fetched_from.flat_map(|remote| fetched(refs, remote, remotes)).collect();
        selection.exclude.extend(fetched.iter().filter_map(|(_, id)| *id));
        let known: HashSet<&[u8]> = fetched.iter().map(|(name, _)| *name).collect();
        selection.include.extend(refs.head);
        for (name, id) in &refs.list {
            let branch = name.strip_prefix(b"refs/heads/");
            if branch.is_some() || name.starts_with(b"refs/tags/") {
                selection.include.extend(*id);
                let is_known = branch.is_some_and(|branch| known.contains(branch));
                selection.names.extend((!is_known).then(|| (name.clone(), *id)));
            }
        }
        selection
    }
}

/// What `pre-receive` is told: what is new is what no reference of this repository leads to yet. What references were before is what the
/// one who pushes says, who may name there what is sent, and is not looked at.
///
/// # Errors
/// A line is not as git writes it.
pub fn pre_receive(input: &[u8]) -> Result<impl FnOnce(&Refs, &[Vec<u8>]) -> Selection + use<>, GitError> {
    let updates = lines(input, "OLD-ID NEW-ID REF", |words| match words {
        [old, new, name] => {
            let new = id(new)?;
            Some(Update { name: name.to_vec(), old: ObjectId::null(id(old)?.kind()), new })
        }
        _ => None,
    })?;
    Ok(move |refs: &Refs, _: &[Vec<u8>]| selection(&updates, refs.all()))
}

fn selection(updates: &[Update], known: impl Iterator<Item = ObjectId>) -> Selection {
    let mut selection = Selection { exclude: known.collect(), ..Selection::default() };
    for update in updates {
        selection.exclude.extend(Some(update.old).filter(|id| !id.is_null()));
        // Where the new object is none, the reference is taken away: nothing is sent.
        if !update.new.is_null() {
            selection.include.push(update.new);
            selection.names.push((update.name.clone(), Some(update.new)));
        }
    }
    selection
}

fn id(hex: &[u8]) -> Option<ObjectId> {
    ObjectId::from_hex(hex).ok()
}

fn lines<T>(input: &[u8], form: &str, read: impl Fn(&[&[u8]]) -> Option<T>) -> Result<Vec<T>, GitError> {
    let lines = input.split(|&byte| byte == b'\n').enumerate().filter(|(_, line)| !line.is_empty());
    let read_line = |(number, line): (usize, &[u8])| {
        let words: Vec<&[u8]> = line.split(|&byte| byte == b' ').collect();
        let message = || format!("line {} of standard input is not `{form}`, as git hands it to this hook", number + 1);
        read(&words).ok_or_else(|| GitError::new(message(), "let git run it: `gridleaks install` puts it in place"))
    };
    lines.map(read_line).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn updates_are_read_and_anything_else_refused() {
        let (a, b, none) = ("a".repeat(40), "b".repeat(40), "0".repeat(40));
        let fetched = Some((b"refs/remotes/up/main".to_vec(), ObjectId::from_hex(b.as_bytes()).ok()));
        let mut refs = Refs::default();
        refs.list.extend(fetched);
        // Of a remote `nest`, and of another one `nest/ed`.
        for name in ["nest/main", "nest/ed/main"] {
            refs.list.push((format!("refs/remotes/{name}").into_bytes(), ObjectId::from_hex(b.as_bytes()).ok()));
        }
        let remotes = ["up", "nest", "nest/ed"].map(|name| name.as_bytes().to_vec());
        for (input, remote, expected) in [
            (format!("refs/heads/m {a} refs/heads/m {none}\n"), "up", Some((1, 1, 1))),
            (format!("refs/heads/m {a} refs/heads/m {b}\n"), "other", Some((1, 1, 1))),
            (format!("(delete) {none} refs/heads/m {b}\n"), "up", Some((0, 2, 0))),
            (format!("x {a} y {b}\nz {b} w {a}"), "up", Some((2, 3, 2))),
            (format!("HEAD^{{/a b c}} {a} refs/heads/m {none}\n"), "up", Some((1, 1, 1))),
            (format!("refs/heads/m {a} refs/heads/m {none}\n"), "other", Some((1, 0, 1))),
            (format!("refs/heads/m {a} refs/heads/m {none}\n"), "up/main", Some((1, 0, 1))),
            (format!("refs/heads/m {a} refs/heads/m {none}\n"), "nest", Some((1, 1, 1))),
            (String::new(), "up", Some((0, 1, 0))),
            (format!("{a} {b} refs/heads/m\n"), "up", None),
            (format!("x {a} y nothing\n"), "up", None),
        ] {
            let known = Known::FetchedFrom(vec![remote.as_bytes().to_vec()]);
            let found = pre_push(input.as_bytes(), known).ok().map(|select| select(&refs, &remotes));
            let counts = found.map(|found| (found.include.len(), found.exclude.len(), found.names.len()));
            assert_eq!(counts, expected, "{input}");
        }
        let found = pre_receive(format!("{none} {a} refs/heads/m\n").as_bytes()).unwrap()(&refs, &remotes);
        assert_eq!((found.include.len(), found.exclude.len()), (1, 3));
        assert!(pre_receive(b"x y\n").is_err());
    }

    #[test]
    fn of_what_is_announced_all_counts_that_the_remote_does_not_have() {
        let id = |hex: &str| ObjectId::from_hex(hex.repeat(40).as_bytes()).unwrap();
        let named = |name: &str, hex: &str| (name.as_bytes().to_vec(), Some(id(hex)));
        let mut refs = Refs::default();
        refs.head = Some(id("7"));
        refs.list = vec![
            named("refs/heads/a", "1"),
            named("refs/heads/b", "2"),
            named("refs/notes/commits", "3"),
            named("refs/remotes/up/a", "4"),
            named("refs/remotes/other/b", "5"),
            named("refs/tags/v1", "6"),
        ];
        let remotes = ["up", "other", "deep", "deep/er"].map(|name| name.as_bytes().to_vec());
        for (remote, from, to, include, exclude, names) in [
            (Some("up"), None, None, "7126", "4", &["refs/heads/b", "refs/tags/v1"][..]),
            (Some("up"), Some("8"), Some("9"), "97126", "84", &["refs/heads/b", "refs/tags/v1"]),
            (Some("elsewhere"), None, Some("9"), "97126", "", &["refs/heads/a", "refs/heads/b", "refs/tags/v1"]),
            (Some("deep"), Some("8"), Some("9"), "97126", "", &["refs/heads/a", "refs/heads/b", "refs/tags/v1"]),
            (None, Some("8"), Some("9"), "9", "8", &[]),
            (None, None, None, "7126", "", &["refs/heads/a", "refs/heads/b", "refs/tags/v1"]),
        ] {
            let told = Announced { remote: remote.map(|name| name.as_bytes().to_vec()), ..Announced::default() };
            let found = told.select(from.map(id), to.map(id), false, &refs, &remotes);
            let ids = |list: &[ObjectId]| list.iter().map(|id| id.to_string()[..1].to_owned()).collect::<String>();
            let found_names: Vec<_> = found.names.iter().map(|(name, _)| std::str::from_utf8(name).unwrap()).collect();
            assert_eq!((&*ids(&found.include), &*ids(&found.exclude), &found_names[..]), (include, exclude, names));
            // Elsewhere, nothing that was fetched says what is there.
            let elsewhere = told.select(from.map(id), to.map(id), true, &refs, &remotes);
            assert_eq!((&*ids(&elsewhere.include), &*ids(&elsewhere.exclude)), (include, ""));
        }
    }
}
