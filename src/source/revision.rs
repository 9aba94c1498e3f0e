//! What people name in a repository: one commit, or some.

use std::panic::{AssertUnwindSafe, catch_unwind};

use gix::ObjectId;
use gix::bstr::ByteSlice;
use gix::objs::Kind;
use gix::revision::plumbing::Spec;

use super::git::{GitError, Repository, resolve};
use super::object_reader::ObjectReader;
use super::push::Selection;
use super::refs::shallow;
use super::reftable::References;

/// The one object that a revision names.
///
/// # Errors
/// It names none, or several.
pub(super) fn one(repository: &Repository, spec: &str) -> Result<ObjectId, GitError> {
    let mut selection = Selection::default();
    select(repository, spec, &mut selection)?;
    match (&selection.include[..], &selection.exclude[..]) {
        ([id], []) => Ok(*id),
        _ => Err(GitError::new(format!("`{spec}` is a range, where one commit is to be named"), "name its two ends")),
    }
}

/// Adds what one word of a range names.
pub(super) fn select(repository: &Repository, spec: &str, selection: &mut Selection) -> Result<(), GitError> {
    let unknown = |fault: String| {
        GitError::new(
            format!("the range `{spec}` means nothing here: {fault}"),
            "name commits that this clone has, as in `main..HEAD`; a shallow clone may lack them: `git fetch --unshallow`",
        )
    };
    // gix fails on a broken list of where the history is cut off, and on tags that do not say what they are of.
    shallow(&repository.common_dir()).map_err(|fault| GitError::new(fault, "see `git fsck`"))?;
    let work = || select_by(repository, spec, selection, &unknown);
    catch_unwind(AssertUnwindSafe(work))
        .unwrap_or_else(|_| Err(unknown("an object that it leads to is broken".to_owned())))
}

fn select_by(
    repository: &Repository,
    spec: &str,
    selection: &mut Selection,
    unknown: &dyn Fn(String) -> GitError,
) -> Result<(), GitError> {
    let local = repository.local();
    let plain = match repository.tables()? {
        Some(references) => by_ids(&references, spec),
        None => spec.to_owned(),
    };
    let parsed = local.rev_parse(plain.as_bytes().as_bstr()).map_err(|error| unknown(error.to_string()))?;
    let parents = |id: ObjectId| {
        let found = local.find_commit(id).map_err(|error| unknown(error.to_string()));
        found.map(|commit| commit.parent_ids().map(gix::Id::detach).collect::<Vec<_>>())
    };
    match parsed.detach() {
        Spec::Include(id) => selection.include.push(id),
        Spec::Exclude(id) => selection.exclude.push(id),
        Spec::Range { from, to } => {
            selection.include.push(to);
            selection.exclude.push(from);
        }
        Spec::Merge { theirs, ours } => {
            selection.include.extend([theirs, ours]);
            let bases = local.merge_bases_many(theirs, &[ours]).map_err(|error| unknown(error.to_string()))?;
            selection.exclude.extend(bases.into_iter().map(gix::Id::detach));
        }
        Spec::IncludeOnlyParents(id) => selection.include.extend(parents(id)?),
        Spec::ExcludeParents(id) => {
            selection.include.push(id);
            selection.exclude.extend(parents(id)?);
        }
    }
    Ok(())
}

/// A range with the names of references replaced by what they stand for, which gix does not know where they are kept as reftable.
fn by_ids(references: &References, spec: &str) -> String {
    let is_part_of_name = |c: char| !"^~:{}".contains(c);
    let end = |part: &str| {
        let begin = part.len() - part.trim_start_matches('^').len();
        let length = part[begin..].find(|c: char| !is_part_of_name(c)).unwrap_or(part.len() - begin);
        let name = &part[begin..begin + length];
        let full = ["", "refs/", "refs/tags/", "refs/heads/", "refs/remotes/"].map(|folder| format!("{folder}{name}"));
        let name = if name.is_empty() || name == "@" { Some("HEAD".to_owned()) } else { None }.into_iter().chain(full);
        let id = name.filter_map(|name| resolve(references, name.as_bytes())).next();
        let rest = &part[begin + length..];
        id.map_or_else(|| part.to_owned(), |id| format!("{}{id}{rest}", &part[..begin]))
    };
    match spec.split_once("...").map(|ends| (ends, "...")).or_else(|| spec.split_once("..").map(|ends| (ends, ".."))) {
        Some(((from, to), dots)) => format!("{}{dots}{}", end(from), end(to)),
        None => end(spec),
    }
}

/// More than any chain of tags has.
const MOST_TAGS: usize = 64;

/// What an object leads to.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Peeled {
    /// A commit, which it is itself or tags lead to.
    Commit(ObjectId),
    /// Another object that is there.
    Other(ObjectId),
}

/// The commit that an object is or that tags lead to, or what else they lead to; these are added to `tags`.
///
/// # Errors
/// An object cannot be read, or there are too many tags of tags.
pub(super) fn peel(objects: &ObjectReader, mut id: ObjectId, tags: &mut Vec<ObjectId>) -> Result<Peeled, String> {
    let mut buffer = Vec::new();
    for _ in 0..=MOST_TAGS {
        let (kind, data) = objects.find(&id, &mut buffer)?;
        match kind {
            Kind::Commit => return Ok(Peeled::Commit(id)),
            Kind::Tree | Kind::Blob => return Ok(Peeled::Other(id)),
            Kind::Tag => tags.push(id),
        }
        let line = data.lines().next().unwrap_or_default();
        let target = line.strip_prefix(b"object ").and_then(|name| ObjectId::from_hex(name).ok());
        id = target.ok_or_else(|| format!("tag {id} is broken: it does not say what it is of"))?;
    }
    Err(format!("object {id} is what a tag of a tag of too many others leads to"))
}
