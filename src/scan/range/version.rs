//! Searches one version of a file with all that is in it.

use std::sync::Arc;

use gix::ObjectId;

use crate::finding::{Finding, Part, Problem};
use crate::place::ScanPath;
use crate::scan::content::{Buffer, Target};
use crate::scan::inside::{self, Content, Inside, Sink};
use crate::source::commit_diff::EntryKind;
use crate::source::history::Contents;

use super::Work;

/// A version of a file or a link: its path, its blob, and which of the two it is.
pub(super) type Version<'v> = (&'v [u8], ObjectId, EntryKind);

/// Takes what is found in a version, and what is wrong with it.
pub(super) struct Takes<'t> {
    pub(super) findings: &'t mut dyn FnMut(Vec<Finding>),
    pub(super) problem: &'t mut dyn FnMut(Problem),
}

impl Work<'_> {
    /// Searches a version.
    ///
    /// # Errors
    /// It cannot be read, in words.
    pub(super) fn search_version(
        &self,
        (path, id, kind): Version<'_>,
        contents: &Contents,
        buffer: &mut Vec<u8>,
        takes: Takes<'_>,
    ) -> Result<(), String> {
        let mut content = contents.read(&id, buffer)?;
        let path = (!path.is_empty()).then_some(path);
        let shown = || path.and_then(|path| self.path(path));
        let plain_path = || path.map(<[u8]>::to_vec);
        if kind == EntryKind::Link {
            let target = Target { path: &shown, part: Part::LinkTarget, plain_path: &plain_path };
            let search = self.scanner.search_by(true);
            search.run(&target, &mut content, &mut Buffer::default(), takes.findings);
            return Ok(());
        }
        // Most contents hold nothing, and are not copied to find that out.
        if inside::format_of(content).is_some() || self.scanner.detector.may_hold(content) {
            let target = Target { path: &shown, part: Part::Content, plain_path: &plain_path };
            // What members are below, should it be a container.
            let outer = || {
                let path = path.map_or_else(|| id.to_string().into_bytes(), <[u8]>::to_vec);
                ScanPath::new(Arc::clone(&self.root), self.scanner.shown(&path), path)
            };
            let sink = Sink::new(takes.findings, takes.problem);
            Inside::new(self.scanner).run(&target, &outer, Content::Memory(content), &sink);
        }
        Ok(())
    }
}
