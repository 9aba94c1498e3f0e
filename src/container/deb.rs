//! Debian packages: an `ar` archive of a control file and, compressed, two tar archives (deb(5)). Other `ar` archives are libraries of
//! object files, of which the members say no more than the bytes.

use std::io;

use super::input::{Exact, Input};
use super::trouble::{broken, cut_off};
use super::{Member, Visitor};

/// What an archive begins with.
const MAGIC: &[u8] = b"!<arch>\n";

/// The name of a package's first member.
const FIRST: &[u8] = b"debian-binary";

/// How many bytes a header has: name, date, owner, group, mode, size, and two that end it.
const HEADER: usize = 60;

/// Whether a content begins as a package does.
pub(super) fn is_deb(head: &[u8]) -> bool {
    head.strip_prefix(MAGIC).is_some_and(|rest| rest.starts_with(FIRST))
}

/// Reads a package.
pub(super) fn read(input: &mut Input<'_>, visitor: &mut dyn Visitor) -> io::Result<()> {
    input.skip(MAGIC.len() as u64)?;
    // Nothing but the last member's name says that it is the last.
    let mut has_data = false;
    loop {
        let header = input.take_up_to(HEADER)?;
        let Some(header) = header.first_chunk::<HEADER>() else {
            return if header.is_empty() && has_data { Ok(()) } else { Err(cut_off()) };
        };
        let size = std::str::from_utf8(header[48..58].trim_ascii()).ok().and_then(|digits| digits.parse::<u64>().ok());
        let size = size.filter(|_| header.ends_with(b"`\n"));
        let size = size.ok_or_else(|| broken("a header in it is broken: members may be lost"))?;
        let name = header[..16].trim_ascii_end();
        let name = name.strip_suffix(b"/").unwrap_or(name);
        has_data |= name.starts_with(b"data.tar");
        let mut content = Exact::new(input, size);
        let goes_on = visitor.member(&Member { name, link: None, is_alone: false }, &mut content);
        // Whoever stopped early has told why. The byte that fills up an odd size may be missing behind the last.
        let left = content.left();
        if !goes_on || !input.skip(left)? {
            return Ok(());
        }
        input.skip(size % 2)?;
    }
}
