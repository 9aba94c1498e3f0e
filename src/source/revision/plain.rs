//! Writes what a person names in such a way that gix understands it: with what logs and messages say, with the upstreams of branches that
//! follow others of the same repository, and, where references are kept as reftable, with what they stand for.

use std::path::PathBuf;

use gix::ObjectId;
use gix::bstr::ByteSlice;
use gix::refs::FullName;
use gix::remote::Direction;

use crate::fault::quoted;
use crate::source::git::{LONGEST, Repository, resolve};
use crate::source::reftable::{self, References, Target};

use super::message::youngest;
use super::{Peeled, peel};

/// Reads names in a repository.
pub(super) struct Plain<'p> {
    pub(super) repository: &'p Repository,
    pub(super) local: &'p gix::Repository,
    /// All references, where gix does not know them.
    pub(super) tables: Option<&'p References>,
}

/// What git has stand before and behind a name to find the reference that is meant, in this order.
const AROUND: [(&str, &str); 6] = [
    ("", ""),
    ("refs/", ""),
    ("refs/tags/", ""),
    ("refs/heads/", ""),
    ("refs/remotes/", ""),
    ("refs/remotes/", "/HEAD"),
];

impl Plain<'_> {
    /// A range, or a revision, in the ways in which it may be meant: what stands in braces may look like a range's dots. What is not
    /// understood stays as it is.
    ///
    /// # Errors
    /// Nothing like that is there.
    pub(super) fn forms(&self, spec: &str) -> Vec<Result<String, String>> {
        let is_quoting = spec.contains('{') || spec.contains(":/");
        let range = super::ends(spec).map(|(from, dots, to)| {
            Ok(format!("{}{dots}{}", self.end(from, true)?, self.end(to, true)?)) //
        });
        let whole = (range.is_none() || is_quoting).then(|| self.end(spec, false));
        range.into_iter().chain(whole).collect()
    }

    /// One end of a range; nothing stands for HEAD there.
    fn end(&self, part: &str, is_of_range: bool) -> Result<String, String> {
        let text = part.trim_start_matches('^');
        let plain = match text {
            "" if is_of_range => self.reference("HEAD"),
            "" => None,
            _ => self.rewritten(text)?,
        };
        Ok(plain.map_or_else(|| part.to_owned(), |plain| format!("{}{plain}", &part[..part.len() - text.len()])))
    }

    /// What stands for an expression; none if that may stay as it is.
    fn rewritten(&self, text: &str) -> Result<Option<String>, String> {
        if let Some(wanted) = text.strip_prefix(":/").filter(|wanted| !wanted.is_empty()) {
            return self.by_message(&self.tips()?, wanted).map(|id| Some(id.to_string()));
        }
        let (base, step) = text.split_at(path_mark(text).or_else(|| last_step(text)).unwrap_or(text.len()));
        if base.is_empty() {
            return Ok(None);
        }
        if let Some(wanted) = step.strip_prefix("^{/").and_then(|step| step.strip_suffix('}')) {
            return self.by_message(&[self.commit(base)?], wanted).map(|id| Some(id.to_string()));
        }
        let plain = if step.is_empty() { self.name(base) } else { self.rewritten(base) };
        Ok(plain?.map(|base| base + step))
    }

    /// What stands for a name with its selectors; none if that may stay as it is.
    fn name(&self, text: &str) -> Result<Option<String>, String> {
        match selector(text) {
            Some((name, direction)) if is_sibling(direction) => {
                Ok(self.sibling(name, direction)?.map(|name| self.reference(&name).unwrap_or(name)))
            }
            Some(("", number)) if number.starts_with('-') => {
                let name = self.prior(&number[1..])?;
                Ok(Some(self.reference(&name).unwrap_or(name)))
            }
            Some((name, selector)) => self.logged(name, selector).map(|id| Some(id.to_string())),
            None => Ok(self.reference(text)),
        }
    }

    /// The name that a name with selectors leads to.
    pub(super) fn led_to(&self, text: &str) -> Result<String, String> {
        let nothing = || format!("{} names nothing here", quoted(text));
        match selector(text) {
            Some((name, direction)) if is_sibling(direction) => self.sibling(name, direction)?.ok_or_else(nothing),
            Some(("", number)) if number.starts_with('-') => self.prior(&number[1..]),
            Some(_) => Err(nothing()),
            None if text == "@" => Ok("HEAD".to_owned()),
            None => Ok(text.to_owned()),
        }
    }

    /// The full names that a name may be short for, of references that are there.
    pub(super) fn full_names(&self, name: &str) -> Vec<String> {
        let full = AROUND.map(|(before, behind)| format!("{before}{name}{behind}"));
        full.into_iter().filter(|name| self.found(name).is_some()).collect()
    }

    /// The reference of this full name.
    pub(super) fn found(&self, name: &str) -> Option<Target> {
        if let Some(references) = self.tables {
            if let Some((folder, own)) = self.of_worktree(name) {
                let theirs = reftable::read(&folder.join("reftable"), self.local.object_hash()).ok()?;
                return theirs.into_iter().find(|(known, _)| known == own.as_bytes()).map(|(_, target)| target);
            }
            return references.iter().find(|(known, _)| known == name.as_bytes()).map(|(_, target)| target.clone());
        }
        if let Some(branch) = self.repository.head_branch().filter(|_| name == "HEAD") {
            return Some(Target::Symbolic(branch.into_bytes()));
        }
        // What is no full name may be found as a short one.
        let found = self.local.try_find_reference(name).ok()?.filter(|found| found.name().as_bstr() == name)?;
        let target = found.target();
        let symbolic = target.try_name().map(|name| Target::Symbolic(name.as_bstr().to_vec()));
        symbolic.or_else(|| Some(Target::Object(target.try_id()?.to_owned())))
    }

    /// The full name that the symbolic reference of this full name leads to in the end; none for another reference.
    pub(super) fn symbolic(&self, name: &str) -> Option<String> {
        let mut last = None;
        for _ in 0..LONGEST {
            match self.found(last.as_deref().unwrap_or(name)) {
                Some(Target::Symbolic(target)) => last = Some(target.to_str().ok()?.to_owned()),
                _ => break,
            }
        }
        last
    }

    /// What the reference of this full name stands for.
    pub(super) fn value(&self, name: &str) -> Option<ObjectId> {
        match self.tables {
            Some(references) => match self.found(name)? {
                Target::Object(id) => Some(id),
                Target::Symbolic(target) => resolve(references, &target),
            },
            None if name == "HEAD" => self.repository.head().ok().flatten(),
            None if self.repository.singles().is_some() => self.own_value(name),
            None => self.local.rev_parse_single(name).ok().map(gix::Id::detach),
        }
    }

    /// What HEAD or another reference stands for, by a name that a person gives it; none where gix knows that.
    fn reference(&self, name: &str) -> Option<String> {
        let name = if name == "@" { "HEAD" } else { name };
        if self.tables.is_none() {
            return self.value(name).filter(|_| name == "HEAD").map(|id| id.to_string());
        }
        let mut full = AROUND.iter().map(|(before, behind)| format!("{before}{name}{behind}"));
        full.find_map(|name| self.value(&name)).map(|id| id.to_string())
    }

    /// The folder that a work tree has for itself, and the name there of a reference that is called after it: `main-worktree/HEAD`, or
    /// `worktrees/other/HEAD`.
    pub(super) fn of_worktree<'n>(&self, name: &'n str) -> Option<(PathBuf, &'n str)> {
        let common = self.local.common_dir();
        if let Some(own) = name.strip_prefix("main-worktree/") {
            return Some((common.to_owned(), own));
        }
        let (worktree, own) = name.strip_prefix("worktrees/")?.split_once('/')?;
        (!worktree.starts_with('.')).then(|| (common.join("worktrees").join(worktree), own))
    }

    /// The full name of the branch that a branch follows, or is pushed to.
    fn sibling(&self, name: &str, direction: &str) -> Result<Option<String>, String> {
        let direction = if direction.eq_ignore_ascii_case("push") { Direction::Push } else { Direction::Fetch };
        let Some(branch) = self.branch(&self.led_to(name)?) else { return Ok(None) };
        Ok(self.followed(&branch, direction))
    }

    fn followed(&self, branch: &FullName, direction: Direction) -> Option<String> {
        let short = branch.shorten().to_owned();
        let config = self.local.config_snapshot();
        let value = |key: &str| config.plumbing().string_by("branch", Some(short.as_bstr()), key);
        // The branches of the repository itself are where they are.
        if value("remote").is_some_and(|remote| remote.as_slice() == b".") {
            return Some(value("merge")?.to_str().ok()?.to_owned());
        }
        let tracking = self.local.branch_remote_tracking_ref_name(branch.as_ref(), direction)?.ok()?;
        Some(tracking.as_bstr().to_str().ok()?.to_owned())
    }

    /// The branch that a person names, or that HEAD names.
    fn branch(&self, name: &str) -> Option<FullName> {
        let full = match name {
            "" | "HEAD" => self.symbolic("HEAD")?,
            _ => format!("refs/heads/{}", name.strip_prefix("refs/heads/").unwrap_or(name)),
        };
        FullName::try_from(full).ok()
    }

    /// The commit that an expression leads to.
    pub(super) fn commit(&self, text: &str) -> Result<ObjectId, String> {
        let plain = self.rewritten(text)?.unwrap_or_else(|| text.to_owned());
        let by_gix = || {
            let id = self.local.rev_parse_single(plain.as_str());
            id.map(gix::Id::detach).map_err(|_| format!("{} names nothing here", quoted(text)))
        };
        let id = self.repository.singles().map_or_else(by_gix, |objects| self.own(objects, &plain))?;
        match peel(&self.repository.objects(), id, &mut Vec::new())? {
            Peeled::Commit(commit) => Ok(commit),
            Peeled::Other(id) => Err(format!("object {id} is no commit")),
        }
    }

    /// The youngest commit that `tips` lead to and whose message is like that.
    fn by_message(&self, tips: &[ObjectId], wanted: &str) -> Result<ObjectId, String> {
        let shallow = self.repository.shallow()?.into_iter().collect();
        let found = youngest(&self.repository.objects(), &shallow, tips, wanted);
        let found = found.map_err(|fault| format!("{}: {fault}", quoted(wanted)))?;
        found.ok_or_else(|| format!("no commit says {}", quoted(wanted)))
    }

    /// The commits that references and HEAD lead to, in git's order: of several commits of one time, the first one is taken.
    fn tips(&self) -> Result<Vec<ObjectId>, String> {
        let mut named: Vec<ObjectId> = match self.tables {
            Some(references) => {
                let names = references.iter().map(|(name, _)| name).filter(|name| name.starts_with(b"refs/"));
                names.filter_map(|name| resolve(references, name)).collect()
            }
            None => {
                let platform = self.local.references().map_err(|error| error.to_string())?;
                let all = platform.all().map_err(|error| error.to_string())?;
                all.filter_map(|found| Some(found.ok()?.follow_to_object().ok()?.detach())).collect()
            }
        };
        named.extend(self.value("HEAD"));
        let objects = self.repository.objects();
        let commit = |id: ObjectId| match peel(&objects, id, &mut Vec::new()) {
            Ok(Peeled::Commit(commit)) => Some(commit),
            _ => None,
        };
        Ok(named.into_iter().rev().filter_map(commit).collect())
    }
}

/// A name and the selector behind it: `main` and `2` of `main@{2}`.
fn selector(text: &str) -> Option<(&str, &str)> {
    let (name, selector) = text.strip_suffix('}')?.rsplit_once("@{")?;
    (!selector.is_empty()).then_some((name, selector))
}

fn is_sibling(selector: &str) -> bool {
    ["u", "upstream", "push"].iter().any(|direction| selector.eq_ignore_ascii_case(direction))
}

/// Where the path in a tree begins, with its mark: `:path`. In braces, there is none.
fn path_mark(text: &str) -> Option<usize> {
    let mut depth = 0_usize;
    for (at, byte) in text.bytes().enumerate() {
        match byte {
            b'{' => depth += 1,
            b'}' => depth = depth.saturating_sub(1),
            b':' if depth == 0 => return Some(at),
            _ => {}
        }
    }
    None
}

/// Where the last step from one object to another begins: `~2`, `^`, `^{tree}` or `^{/text}`.
pub(super) fn last_step(text: &str) -> Option<usize> {
    if text.ends_with('}') {
        return text.rfind("^{");
    }
    let base = text.trim_end_matches(|sign: char| sign.is_ascii_digit());
    base.ends_with(['~', '^']).then(|| base.len() - 1)
}
