//! Opens the containers that lie in encoded text.
//!
//! Text may look like a container's and be none, or be cut: documentation is full of it. So one that is broken is no problem, unlike a
//! file that is; what could be read of it is searched, and what is beyond a limit is told.

use std::ops::Range;

use crate::container::{self, Budget, Compression, Format};
use crate::encoding::Encoding;
use crate::finding::{Finding, Problem, ProblemKind};
use crate::scan::embedded::{Embedded, Place, Take};

use super::met::{Met, known};
use super::{At, Inside, MOST_WAITING, Sink, beginning, keep, own_path};

/// Whether bytes that were decoded begin like a container.
pub fn begins_container(bytes: &[u8]) -> bool {
    container::sniff_near(bytes).is_some()
}

/// Takes what is found in a content that is no container.
pub(super) struct Taken<'t, 's, 'k> {
    pub(super) inside: &'t Inside<'s>,
    pub(super) at: &'t At<'t>,
    pub(super) own: Vec<Finding>,
    /// What was found in containers in encoded text, each with where that stands: what is stored in one shows in the text, too.
    pub(super) met: Vec<(Range<u64>, Met)>,
    /// What may be spent on all containers in the content's encoded text together, once there is one.
    pub(super) budget: Option<Budget>,
    pub(super) sink: &'t Sink<'k>,
}

impl Taken<'_, '_, '_> {
    /// What is found in the content's own bytes alone.
    pub(super) fn own(mut self) -> Vec<Finding> {
        let met = &self.met;
        let is_of = |own: &Finding, (_, secret): &Met| {
            beginning(&own.secret).is_some_and(|begin| secret.reveal().starts_with(begin))
        };
        let is_met = |own: &Finding, met: &Met| *met == known(own) || is_of(own, met);
        self.own.retain(|own| !met.iter().any(|(span, met)| span.contains(&own.offset) && is_met(own, met)));
        self.own
    }
}

impl Take for Taken<'_, '_, '_> {
    fn findings(&mut self, findings: Vec<Finding>) {
        keep(&mut self.own, findings, self.sink);
    }

    fn embedded(&mut self, embedded: Embedded) {
        let Some((front, format)) = container::sniff_near(&embedded.bytes) else { return };
        let (depth, budget) = match self.at.within {
            Some(within) => within,
            None => (0, &*self.budget.get_or_insert_with(|| Budget::new(self.inside.scanner.limits))),
        };
        let mut problem = |problem: Problem| {
            if problem.kind == ProblemKind::Limit {
                self.sink.problem(problem);
            }
        };
        let span = embedded.place.offset..embedded.place.end;
        let mut add = |mut findings: Vec<Finding>| {
            for finding in &mut findings {
                if self.met.len() < MOST_WAITING {
                    self.met.push((span.clone(), known(finding)));
                }
                finding.encoding.splice(..0, embedded.encoding.iter().copied());
            }
            self.sink.add(findings);
        };
        let sink = Sink::new(&mut add, &mut problem);
        if embedded.is_cut {
            let message = "a container in encoded text is too large to be decoded: only its beginning was".to_owned();
            sink.trouble(own_path(self.at), container::Trouble { kind: ProblemKind::Limit, message });
        }
        let (target, outer) = (self.at.target, self.at.outer);
        let at = At { target, outer, within: Some((depth, budget)), place: Some(&embedded.place) };
        if self.inside.is_open(&at, &embedded.bytes[front..], &sink) {
            self.inside.open(&at, format, &mut &embedded.bytes[front..], &sink);
        }
    }
}

/// Puts findings in what a compressed text holds at the text's place, and names the compression. What lies in an archive in it stays in its
/// member.
pub(super) fn put(findings: &mut [Finding], at: &At<'_>, place: &Place, format: Format) {
    let own = (at.target.path)();
    for finding in findings {
        if finding.path == own {
            place.take(finding);
        }
        finding.encoding.splice(..0, compression(format));
    }
}

fn compression(format: Format) -> Option<Encoding> {
    match format {
        Format::Stream(Compression::Gzip) => Some(Encoding::Gzip),
        Format::Stream(Compression::Zlib) => Some(Encoding::Zlib),
        Format::Stream(Compression::Deflate) => Some(Encoding::Deflate),
        Format::Stream(Compression::Bzip2) => Some(Encoding::Bzip2),
        Format::Stream(Compression::Xz) => Some(Encoding::Xz),
        Format::Stream(Compression::Zstd) => Some(Encoding::Zstd),
        Format::Stream(Compression::Lz4) => Some(Encoding::Lz4),
        Format::Stream(Compression::Lzma) => Some(Encoding::Lzma),
        Format::Stream(Compression::Lzip) => Some(Encoding::Lzip),
        Format::Stream(Compression::Snappy) => Some(Encoding::Snappy),
        Format::Zip
        | Format::ZipBehind
        | Format::Carrier
        | Format::Cpio
        | Format::Tar
        | Format::Pdf
        | Format::Png
        | Format::Avro
        | Format::Parquet
        | Format::Arrow
        | Format::Redis
        | Format::LevelDb
        | Format::Orc
        | Format::Deb
        | Format::Git
        | Format::SevenZip
        | Format::Unread(_) => None,
    }
}
