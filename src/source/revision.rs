//! What people name in a repository: one commit, or some.

mod logs;
mod message;
mod own;
mod plain;
mod regex;

use std::panic::{AssertUnwindSafe, catch_unwind};

use gix::ObjectId;
use gix::bstr::ByteSlice;
use gix::objs::Kind;
use gix::revision::plumbing::Spec;

use crate::fault::quoted;

use super::commit_diff::read_commit;
use super::git::{GitError, Repository};
use super::object_reader::ObjectReader;
use super::push::Selection;

use plain::Plain;

/// What to do where a range names nothing, in a whole clone and in a shallow one.
const NAME_RANGE: [&str; 2] = [
    "name commits that this clone has, as in `main..HEAD`",
    "name commits that this clone has, as in `main..HEAD`; it is shallow and may lack them: `git fetch --unshallow`",
];

/// The same where one commit is to be named.
const NAME_ONE: [&str; 2] = [
    "name a commit that this clone has, as in `origin/main`",
    "name a commit that this clone has, as in `origin/main`; it is shallow and may lack it: `git fetch --unshallow`",
];

/// What to do where no commit is named, though one has to be.
pub(super) fn name_one(repository: &Repository) -> &'static str {
    remedy(repository, NAME_ONE)
}

fn remedy(repository: &Repository, [of_whole, of_shallow]: [&'static str; 2]) -> &'static str {
    let is_shallow = repository.shallow().is_ok_and(|ends| !ends.is_empty());
    if is_shallow { of_shallow } else { of_whole }
}

/// The one object that a revision names.
///
/// # Errors
/// It names none, or several.
pub(super) fn one(repository: &Repository, spec: &str) -> Result<ObjectId, GitError> {
    let named = quoted(spec);
    let unknown = |fault: String| GitError::new(format!("{named} cannot be used: {fault}"), name_one(repository));
    let mut selection = Selection::default();
    add(repository, spec, &mut selection, &unknown)?;
    match (&selection.include[..], &selection.exclude[..]) {
        ([id], []) => Ok(*id),
        _ => Err(GitError::new(format!("{named} is a range, where one commit is to be named"), NAME_ONE[0])),
    }
}

/// Adds what one word of a range names.
///
/// # Errors
/// It names nothing.
pub(super) fn select(repository: &Repository, spec: &str, selection: &mut Selection) -> Result<(), GitError> {
    let named = quoted(spec);
    let unknown = |fault: String| {
        GitError::new(format!("the range {named} cannot be used: {fault}"), remedy(repository, NAME_RANGE))
    };
    add(repository, spec, selection, &unknown)
}

/// How many bytes one word of a range, or a revision, may have: its steps are followed one inside the other.
const MAX_WORD: usize = 4096;

fn add(
    repository: &Repository,
    spec: &str,
    selection: &mut Selection,
    unknown: &dyn Fn(String) -> GitError,
) -> Result<(), GitError> {
    if spec.len() > MAX_WORD {
        let fault = format!("what is named has {} bytes, and {MAX_WORD} at most are read", spec.len());
        return Err(GitError::new(fault, "write many steps as a number, as in `HEAD~1000`"));
    }
    // gix fails on a broken list of where the history is cut off, and on tags that do not say what they are of.
    repository.shallow().map_err(|fault| GitError::new(fault, "see `git fsck`"))?;
    let work = || add_by(repository, spec, selection, unknown);
    catch_unwind(AssertUnwindSafe(work))
        .unwrap_or_else(|_| Err(unknown("an object that it leads to is broken".to_owned())))
}

fn add_by(
    repository: &Repository,
    spec: &str,
    selection: &mut Selection,
    unknown: &dyn Fn(String) -> GitError,
) -> Result<(), GitError> {
    let local = repository.local();
    let tables = repository.tables()?;
    let plain = Plain { repository, local: &local, tables: tables.as_ref() };
    if add_parents(&plain, spec, selection) {
        return Ok(());
    }
    let parse = |spec: &str| parse(&plain, spec);
    let is_empty = || matches!(repository.head(), Ok(None));
    let parsed = parse(spec).map_err(|said| unknown(reason(spec, said, &|part| parse(part).is_ok(), &is_empty)))?;
    // An end may be named by a tag.
    let objects = repository.objects();
    let commit = |id: ObjectId| match peel(&objects, id, &mut Vec::new()).map_err(unknown)? {
        Peeled::Commit(commit) => Ok(commit),
        Peeled::Other(id) => Err(unknown(format!("object {id} is no commit"))),
    };
    match parsed {
        Spec::Include(id) => selection.include.push(id),
        Spec::Exclude(id) => selection.exclude.push(id),
        Spec::Range { from, to } => {
            selection.include.push(to);
            selection.exclude.push(from);
        }
        Spec::Merge { theirs, ours } => {
            selection.include.extend([theirs, ours]);
            // Without a commit-graph: it may be broken, and git goes on without it then.
            let mut graph = match repository.singles() {
                Some(_) => gix::revision::plumbing::Graph::new(repository.objects(), None),
                None => local.revision_graph(None),
            };
            let bases = local.merge_bases_many_with_graph(commit(theirs)?, &[commit(ours)?], &mut graph);
            let bases = bases.map_err(|error| unknown(error.to_string()))?;
            selection.exclude.extend(bases.into_iter().map(gix::Id::detach));
        }
        // These were looked for above, and lead nowhere.
        Spec::IncludeOnlyParents(_) | Spec::ExcludeParents(_) => {
            return Err(unknown("it names nothing here".to_owned()));
        }
    }
    Ok(())
}

/// Adds what a word names that ends in a step from a commit to its parents: `^@`, which is all of these, `^!`, the commit without them, or
/// `^-2`, without the second one. `^` before it takes out what would be added, and the other way round.
///
/// Gives whether the word is one like that.
fn add_parents(plain: &Plain<'_>, word: &str, selection: &mut Selection) -> bool {
    let text = word.strip_prefix('^').unwrap_or(word);
    let (base, number) = text.split_at(text.trim_end_matches(|sign: char| sign.is_ascii_digit()).len());
    let [all, own, without] = ["^@", "^!", "^-"].map(|step| base.strip_suffix(step));
    let Some(base) = without.or(all.or(own).filter(|_| number.is_empty())) else { return false };
    let Ok(commit) = plain.commit(base) else { return false };
    let Ok((_, parents)) = read_commit(&plain.repository.objects(), &commit) else { return false };
    let is_cut = plain.repository.shallow().is_ok_and(|shallow| shallow.contains(&commit));
    let mut parents = if is_cut { Vec::new() } else { parents };
    if without.is_some() {
        let number = if number.is_empty() { Ok(1) } else { number.parse::<usize>() };
        let Some(parent) = number.ok().and_then(|number| parents.get(number.checked_sub(1)?)) else { return false };
        parents = vec![*parent];
    }
    let Selection { include, exclude, .. } = selection;
    let (include, exclude) = if text.len() < word.len() { (exclude, include) } else { (include, exclude) };
    include.extend(all.is_none().then_some(commit));
    if all.is_some() { include } else { exclude }.extend(parents);
    true
}

/// Why nobody knows what is meant.
enum Unknown {
    /// In words of ours.
    Known(String),
    /// In those of gix.
    ByGix(String),
}

/// What a word of a range names, in the first of the ways in which it may be meant that lead to something.
fn parse(plain: &Plain<'_>, spec: &str) -> Result<Spec, Unknown> {
    let mut fault = None;
    for form in plain.forms(spec) {
        let by_gix = |form: String| {
            let parsed = plain.local.rev_parse(form.as_bytes().as_bstr()).map(gix::revision::Spec::detach);
            parsed.map_err(|error| Unknown::ByGix(error.to_string()))
        };
        let by_us = |objects, form: String| plain.parsed(objects, &form).map_err(Unknown::Known);
        let parsed = form.map_err(Unknown::Known).and_then(|form| match plain.repository.singles() {
            Some(objects) => by_us(objects, form),
            None => by_gix(form),
        });
        match parsed {
            Ok(parsed) => return Ok(parsed),
            Err(unknown) => fault = fault.or(Some(unknown)),
        }
    }
    Err(fault.unwrap_or_else(|| Unknown::ByGix(String::new())))
}

/// Why a range means nothing. What gix says of it speaks of its own insides, and does not always name the end that it is about.
fn reason(spec: &str, said: Unknown, leads: &dyn Fn(&str) -> bool, is_empty: &dyn Fn() -> bool) -> String {
    let said = match said {
        Unknown::Known(said) => return said,
        Unknown::ByGix(said) => said,
    };
    if let Some((_, several)) = said.split_once("Candidates are:") {
        let several: Vec<_> = several.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
        return format!("it is short for several objects: {}", several.join(", "));
    }
    let ends = ends(spec).map_or_else(|| vec![spec], |(from, _, to)| vec![from, to]);
    let is_lost = |end: &&str| !leads(if end.is_empty() && ends.len() > 1 { "HEAD" } else { end });
    match ends.iter().copied().find(is_lost) {
        Some("" | "@" | "HEAD") if is_empty() => "there is no commit yet".to_owned(),
        Some(end) if end != spec => format!("{} names nothing here", quoted(end)),
        Some(_) => "it names nothing here".to_owned(),
        None => "a range is not written like that".to_owned(),
    }
}

/// The words of a range: blanks divide them, but in braces, as in `main@{2 days ago}`.
pub(super) fn words(specs: &str) -> Vec<&str> {
    let (mut words, mut rest) = (Vec::new(), specs.trim_start());
    while !rest.is_empty() {
        let mut depth = 0_usize;
        let is_end = |(at, sign): (usize, char)| {
            match sign {
                '{' if rest[at..].contains('}') => depth += 1,
                '}' => depth = depth.saturating_sub(1),
                _ => {}
            }
            (sign.is_whitespace() && depth == 0).then_some(at)
        };
        let (word, behind) = rest.split_at(rest.char_indices().find_map(is_end).unwrap_or(rest.len()));
        words.push(word);
        rest = behind.trim_start();
    }
    words
}

/// The two ends of a range, with the dots between them; none if it has only one. In braces, dots divide nothing.
fn ends(spec: &str) -> Option<(&str, &'static str, &str)> {
    let mut depth = 0_usize;
    let at = spec.bytes().enumerate().find_map(|(at, byte)| {
        match byte {
            b'{' => depth += 1,
            b'}' => depth = depth.saturating_sub(1),
            _ => {}
        }
        (depth == 0 && spec.as_bytes()[at..].starts_with(b"..")).then_some(at)
    })?;
    let (from, rest) = spec.split_at(at);
    let dots = if rest.starts_with("...") { "..." } else { ".." };
    Some((from, dots, &rest[dots.len()..]))
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
