//! What git tells its hooks about a push on their standard input, and which objects that makes new to the other side.

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
    /// The names of references that are made or changed.
    pub names: Vec<Vec<u8>>,
}

/// One reference that is pushed.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Update {
    name: Vec<u8>,
    old: ObjectId,
    new: ObjectId,
}

/// What `pre-push` is told of a push to `remote`: what is new is what no reference that was fetched from there leads to. What it
/// gives takes the references and the names of all remotes.
///
/// # Errors
/// A line is not as git writes it.
pub fn pre_push<'r>(
    input: &[u8],
    remote: Option<&'r [u8]>,
) -> Result<impl FnOnce(&Refs, &[Vec<u8>]) -> Selection + use<'r>, GitError> {
    // What is pushed may be named by an expression with spaces in it.
    let updates = lines(input, "LOCAL-REF LOCAL-ID REMOTE-REF REMOTE-ID", |words| match words {
        [_, .., new, name, old] => Some(Update { name: name.to_vec(), old: id(old)?, new: id(new)? }),
        _ => None,
    })?;
    let prefix = remote.map(|remote| [b"refs/remotes/", remote, b"/"].concat());
    Ok(move |refs: &Refs, remotes: &[Vec<u8>]| {
        // A remote `up/other` keeps what it has below the folder of a remote `up`.
        let is_others = |name: &[u8], own: &[u8]| {
            let below = |other: &&Vec<u8>| {
                let folder = [b"refs/remotes/", &other[..], b"/"].concat();
                folder.len() > own.len() && name.starts_with(&folder)
            };
            remotes.iter().any(|other| below(&other))
        };
        let is_fetched =
            |name: &[u8]| prefix.as_ref().is_some_and(|prefix| name.starts_with(prefix) && !is_others(name, prefix));
        selection(&updates, refs.list.iter().filter(|(name, _)| is_fetched(name)).filter_map(|(_, id)| *id))
    })
}

/// What `pre-receive` is told: what is new is what no reference of this repository leads to yet.
///
/// # Errors
/// A line is not as git writes it.
pub fn pre_receive(input: &[u8]) -> Result<impl FnOnce(&Refs, &[Vec<u8>]) -> Selection + use<>, GitError> {
    let updates = lines(input, "OLD-ID NEW-ID REF", |words| match words {
        [old, new, name] => Some(Update { name: name.to_vec(), old: id(old)?, new: id(new)? }),
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
            selection.names.push(update.name.clone());
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
            let found = pre_push(input.as_bytes(), Some(remote.as_bytes())).ok().map(|select| select(&refs, &remotes));
            let counts = found.map(|found| (found.include.len(), found.exclude.len(), found.names.len()));
            assert_eq!(counts, expected, "{input}");
        }
        let found = pre_receive(format!("{none} {a} refs/heads/m\n").as_bytes()).unwrap()(&refs, &remotes);
        assert_eq!((found.include.len(), found.exclude.len()), (1, 3));
        assert!(pre_receive(b"x y\n").is_err());
    }
}
