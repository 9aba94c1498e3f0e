//! Writes what a person names in such a way that gix understands it: with the upstreams of branches that follow others of the same
//! repository, and, where references are kept as reftable, with what they stand for.

use gix::ObjectId;
use gix::bstr::ByteSlice;
use gix::refs::FullName;
use gix::remote::Direction;

use crate::source::git::resolve;
use crate::source::reftable::{References, Target};

/// Reads names in a repository.
pub(super) struct Plain<'p> {
    pub(super) local: &'p gix::Repository,
    /// All references, where gix does not know them.
    pub(super) tables: Option<&'p References>,
}

/// Where git looks for a reference of which the beginning is left out.
const FOLDERS: [&str; 5] = ["", "refs/", "refs/tags/", "refs/heads/", "refs/remotes/"];

impl Plain<'_> {
    /// A range, or a revision. What is not understood stays as it is.
    pub(super) fn range(&self, spec: &str) -> String {
        match super::ends(spec) {
            Some((from, dots, to)) => format!("{}{dots}{}", self.end(from, true), self.end(to, true)),
            None => self.end(spec, false),
        }
    }

    /// One end of a range; nothing stands for HEAD there.
    fn end(&self, part: &str, is_of_range: bool) -> String {
        let text = part.trim_start_matches('^');
        let (mark, length) = (&part[..part.len() - text.len()], self.name_length(text));
        let (name, rest) = text.split_at(length);
        let plain = if let Some(wanted) = text.strip_prefix(":/") {
            self.by_message(wanted).map(|id| id.to_string())
        } else if let Some((selector, rest)) = rest.strip_prefix("@{").and_then(|rest| rest.split_once('}')) {
            // Another selector may follow.
            let selected = self.sibling(name, selector);
            selected.map(|name| self.end(&(name + rest), is_of_range))
        } else if name.is_empty() && !(is_of_range && rest.is_empty()) {
            None
        } else {
            self.reference(name).map(|id| id + rest)
        };
        plain.map_or_else(|| part.to_owned(), |plain| format!("{mark}{plain}"))
    }

    /// How long the name is that a revision begins with.
    fn name_length(&self, text: &str) -> usize {
        let selector = text.find("@{").unwrap_or(text.len());
        text.find(['^', '~', ':', '{', '}']).unwrap_or(text.len()).min(selector)
    }

    /// The full name of a reference that a person names.
    fn full_name(&self, name: &str) -> Option<String> {
        let references = self.tables?;
        let head = ["", "@"].contains(&name).then(|| "HEAD".to_owned());
        let mut full = head.into_iter().chain(FOLDERS.map(|folder| format!("{folder}{name}")));
        full.find(|name| resolve(references, name.as_bytes()).is_some())
    }

    /// What a reference stands for, by a name that a person gives it; none where gix knows that.
    fn reference(&self, name: &str) -> Option<String> {
        resolve(self.tables?, self.full_name(name)?.as_bytes()).map(|id| id.to_string())
    }

    /// The full name of the branch that a branch follows, or is pushed to.
    fn sibling(&self, name: &str, selector: &str) -> Option<String> {
        let direction = match selector.to_ascii_lowercase().as_str() {
            "u" | "upstream" => Direction::Fetch,
            "push" => Direction::Push,
            _ => return None,
        };
        let branch = self.branch(name)?;
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
        let is_head = ["", "@", "HEAD"].contains(&name);
        let full = match self.tables {
            _ if !is_head => format!("refs/heads/{}", name.strip_prefix("refs/heads/").unwrap_or(name)),
            None => return self.local.head_name().ok()?,
            Some(references) => {
                let head = references.iter().find(|(name, _)| name == b"HEAD")?;
                let Target::Symbolic(branch) = &head.1 else { return None };
                branch.to_str().ok()?.to_owned()
            }
        };
        FullName::try_from(full).ok()
    }

    /// The youngest commit that a reference leads to and whose message is like that; none where gix can find it.
    fn by_message(&self, wanted: &str) -> Option<ObjectId> {
        let mut tips: Vec<ObjectId> = self.tables?.iter().filter_map(|(name, _)| resolve(self.tables?, name)).collect();
        tips.sort_unstable();
        tips.dedup();
        let found = |tip: ObjectId| {
            // That begins with a tag, too.
            let spec = format!("{tip}^{{/{wanted}}}");
            let id = self.local.rev_parse_single(spec.as_str()).ok()?.detach();
            Some((self.local.find_commit(id).ok()?.time().ok()?.seconds, id))
        };
        tips.into_iter().filter_map(found).max().map(|(_, id)| id)
    }
}
