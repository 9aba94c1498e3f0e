//! Follows names and steps without gix, for repositories whose folders of objects it does not find: references, names of objects, whole or
//! short, and `~2`, `^2`, `^{commit}`.

use gix::ObjectId;
use gix::revision::plumbing::Spec;

use crate::fault::quoted;
use crate::source::commit_diff::read_commit;
use crate::source::objects::Singles;
use crate::source::reftable::Target;

use super::plain::{Plain, last_step};
use super::{Peeled, ends, peel};

/// How many digits the short name of an object has at least, as for git.
const SHORTEST: usize = 4;

impl Plain<'_> {
    /// What one word of a range names.
    ///
    /// # Errors
    /// In words, why it names nothing.
    pub(super) fn parsed(&self, objects: &Singles, word: &str) -> Result<Spec, String> {
        let id = |text: &str| self.own(objects, text);
        match (ends(word), word.strip_prefix('^')) {
            (Some((from, "..", to)), _) => Ok(Spec::Range { from: id(from)?, to: id(to)? }),
            (Some((theirs, _, ours)), _) => Ok(Spec::Merge { theirs: id(theirs)?, ours: id(ours)? }),
            (None, Some(excluded)) => id(excluded).map(Spec::Exclude),
            (None, None) => id(word).map(Spec::Include),
        }
    }

    /// The object that an expression leads to.
    ///
    /// # Errors
    /// In words, why it leads to none.
    pub(super) fn own(&self, objects: &Singles, text: &str) -> Result<ObjectId, String> {
        let nothing = || format!("{} names nothing here", quoted(text));
        let Some(at) = last_step(text) else {
            return self.own_name(objects, text)?.ok_or_else(nothing);
        };
        let (base, step) = text.split_at(at);
        let id = self.own(objects, base)?;
        let reader = self.repository.objects();
        let (sign, number) = step.split_at(1);
        if !["", "{}", "{commit}"].contains(&number) && !number.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(nothing());
        }
        let mut commit = match peel(&reader, id, &mut Vec::new())? {
            Peeled::Commit(commit) => commit,
            Peeled::Other(id) if number == "{}" => return Ok(id),
            Peeled::Other(id) => return Err(format!("object {id} is no commit")),
        };
        let number = match number {
            "{}" | "{commit}" => return Ok(commit),
            "" => 1,
            number => number.parse().map_err(|_| nothing())?,
        };
        let parent = |commit: &ObjectId, number: usize| {
            let (_, parents) = read_commit(&reader, commit)?;
            parents.get(number - 1).copied().ok_or_else(nothing)
        };
        match (sign, number) {
            ("^", 0) => {}
            ("^", number) => commit = parent(&commit, number)?,
            (_, number) => {
                for _ in 0..number {
                    commit = parent(&commit, 1)?;
                }
            }
        }
        Ok(commit)
    }

    /// The object that a name stands for, which has no steps; none if there is no such thing.
    fn own_name(&self, objects: &Singles, name: &str) -> Result<Option<ObjectId>, String> {
        if let Ok(id) = ObjectId::from_hex(name.as_bytes()) {
            return Ok(Some(id));
        }
        if let Some(id) = self.full_names(name).iter().find_map(|full| self.own_value(full)) {
            return Ok(Some(id));
        }
        if name.len() < SHORTEST || !name.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return Ok(None);
        }
        match &objects.beginning_with(&name.to_ascii_lowercase())[..] {
            [] => Ok(None),
            [id] => Ok(Some(*id)),
            several => {
                let several: Vec<_> = several.iter().map(ToString::to_string).collect();
                Err(format!("it is short for several objects: {}", several.join(", ")))
            }
        }
    }

    /// What the reference of this full name stands for.
    pub(super) fn own_value(&self, name: &str) -> Option<ObjectId> {
        let last = self.symbolic(name);
        match self.found(last.as_deref().unwrap_or(name))? {
            Target::Object(id) => Some(id),
            Target::Symbolic(_) => None,
        }
    }
}
