//! Parquet files: pages, each compressed by itself, one behind the other, and metadata at the end (parquet.thrift).
//!
//! How they are compressed stands in the metadata, which comes last; but each page shows it. Whether all pages were met shows in the end, where
//! the metadata says how many bytes they have.

mod arrays;
mod delta;
mod failures;
mod fixed;
mod footer;
mod header;
mod levels;
mod numbers;
mod page;
mod thrift;
mod values;

use std::io;

use super::budget::Budget;
use super::input::Input;
use super::trouble::{broken, cut_off, limit};
use super::{Member, Visitor, trouble};
use failures::Failures;
use header::{Next, Page};
use thrift::Thrift;

/// What a file begins and ends with, and what one has there whose metadata is encrypted.
const MAGIC: &[u8] = b"PAR1";
const ENCRYPTED: &[u8] = b"PARE";

/// How many bytes are there at once.
pub(super) const BUFFER: usize = 256 << 10;

/// The longest header of a page, with the least and the greatest value in it.
const LONGEST_HEADER: usize = 128 << 10;

/// How much of it is looked at first: most are shorter.
const HEADER: usize = 512;

/// Whether a content is a file of Parquet: what follows the letters is no text.
pub(super) fn is_parquet(head: &[u8]) -> bool {
    let is_binary = |byte: &u8| byte.is_ascii_control() && !byte.is_ascii_whitespace();
    (head.starts_with(MAGIC) || head.starts_with(ENCRYPTED)) && head[4..].iter().take(8).any(is_binary)
}

/// Reads a file's pages.
pub(super) fn read(input: &mut Input<'_>, budget: &Budget, visitor: &mut dyn Visitor) -> io::Result<()> {
    let mut failures = Failures::default();
    let outcome = read_pages(input, budget, visitor, &mut failures);
    failures.tell(visitor);
    outcome
}

fn read_pages(
    input: &mut Input<'_>,
    budget: &Budget,
    visitor: &mut dyn Visitor,
    failures: &mut Failures,
) -> io::Result<()> {
    if input.take_up_to(MAGIC.len())? == ENCRYPTED {
        return Err(encrypted());
    }
    let mut pages = 0;
    loop {
        // Much that hands nothing over may follow each other.
        budget.spend(0)?;
        let next = match header::next(input.peek(HEADER)?) {
            Next::Open => header::next(input.peek(LONGEST_HEADER)?),
            next => next,
        };
        match next {
            Next::Page(page) => {
                if !hand_over(&page, input, budget, visitor, failures)? {
                    return Ok(());
                }
                pages += page.header + page.packed;
            }
            Next::Filter(size) => {
                skip_struct(input)?;
                if !input.skip(size)? {
                    return Err(cut_off());
                }
            }
            Next::Other => skip_struct(input)?,
            Next::Footer => return end(pages, input),
            Next::Open if input.peek(LONGEST_HEADER)?.len() < LONGEST_HEADER => return Err(cut_off()),
            Next::Open => {
                let most = LONGEST_HEADER >> 10;
                return Err(limit(format!("the header of a page in it has more than {most} KiB")));
            }
            Next::None => return Err(no_page(input.position())),
        }
    }
}

/// Hands over a page; says whether to go on.
fn hand_over(
    page: &Page,
    input: &mut Input<'_>,
    budget: &Budget,
    visitor: &mut dyn Visitor,
    failures: &mut Failures,
) -> io::Result<bool> {
    let name = format!("page@{}", input.position());
    let member = Member { name: name.as_bytes(), link: None, is_alone: false };
    input.skip(page.header + page.levels)?;
    let (size, packed) = (page.unpacked - page.levels, page.packed - page.levels);
    let end = input.position() + packed;
    let outcome = match page::content(page.is_compressed, size, packed, input, budget) {
        Ok(None) => Ok(true),
        Ok(Some(mut content)) => values::hand_over(&member, &mut *content, (size, &page.values), budget, visitor),
        Err(error) => Err(error),
    };
    let goes_on = match outcome {
        Ok(goes_on) => goes_on,
        Err(error) => {
            failures.note(&name, trouble(&error).ok_or(error)?, visitor);
            true
        }
    };
    if goes_on && !input.skip(end.saturating_sub(input.position()))? {
        return Err(cut_off());
    }
    Ok(goes_on)
}

/// Reads the metadata, which says whether `pages`, the bytes of those that were met, are all, and what ends the file.
fn end(pages: u64, input: &mut Input<'_>) -> io::Result<()> {
    let position = input.position();
    let footer = footer::read(&mut *input).map_err(|error| other(error, position))?;
    if footer.is_encrypted {
        return Err(encrypted());
    }
    if footer.pages > pages {
        return Err(broken("it has more pages than follow its beginning: some were not read"));
    }
    let end = input.take_up_to(8)?;
    if end.len() < 8 {
        return Err(cut_off());
    }
    if end[..4] != (footer.length as u32).to_le_bytes() || &end[4..] != MAGIC || !input.peek(1)?.is_empty() {
        return Err(broken("it does not end as it should: some of it may be lost"));
    }
    Ok(())
}

fn skip_struct(input: &mut Input<'_>) -> io::Result<()> {
    let position = input.position();
    Thrift::new(&mut *input).skip_struct().map_err(|error| other(error, position))
}

/// An error of a struct that begins at `position`.
fn other(error: io::Error, position: u64) -> io::Error {
    match error.kind() {
        io::ErrorKind::UnexpectedEof => cut_off(),
        io::ErrorKind::InvalidData => no_page(position),
        _ => error,
    }
}

fn no_page(position: u64) -> io::Error {
    broken(&format!("what stands at byte {position} is no page: what follows may be lost"))
}

fn encrypted() -> io::Error {
    broken("it is encrypted")
}
