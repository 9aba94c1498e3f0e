//! The metadata at a Parquet file's end, as far as it says how much there is (parquet.thrift, `FileMetaData`).

use std::io::{self, BufRead};

use super::thrift::{BINARY, Field, I64, LIST, STRUCT, Thrift};

/// What the metadata says.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Footer {
    /// How many bytes all pages in this file have, with their headers.
    pub(super) pages: u64,
    /// Whether something in it is encrypted.
    pub(super) is_encrypted: bool,
    /// How many bytes the metadata has.
    pub(super) length: u64,
}

/// Reads the metadata.
pub(super) fn read(source: impl BufRead) -> io::Result<Footer> {
    let (mut thrift, mut footer, mut last) = (Thrift::new(source), Footer::default(), 0);
    while let Some(field) = thrift.field(&mut last)? {
        match field {
            Field { number: 4, kind: LIST } => each(&mut thrift, |thrift| row_group(thrift, &mut footer))?,
            other => {
                footer.is_encrypted |= other.number == 8;
                thrift.skip(other.kind)?;
            }
        }
    }
    footer.length = thrift.taken;
    Ok(footer)
}

/// Reads each struct of a list.
fn each<S: BufRead>(thrift: &mut Thrift<S>, mut read: impl FnMut(&mut Thrift<S>) -> io::Result<()>) -> io::Result<()> {
    let (kind, count) = thrift.list()?;
    if kind != STRUCT && count > 0 {
        return Err(io::ErrorKind::InvalidData.into());
    }
    (0..count).try_for_each(|_| read(thrift))
}

fn row_group<S: BufRead>(thrift: &mut Thrift<S>, footer: &mut Footer) -> io::Result<()> {
    let mut last = 0;
    while let Some(field) = thrift.field(&mut last)? {
        match field {
            Field { number: 1, kind: LIST } => each(thrift, |thrift| chunk(thrift, footer))?,
            other => thrift.skip(other.kind)?,
        }
    }
    Ok(())
}

/// A chunk of a column, which may lie in another file.
fn chunk<S: BufRead>(thrift: &mut Thrift<S>, footer: &mut Footer) -> io::Result<()> {
    let (mut last, mut size, mut is_elsewhere) = (0, 0, false);
    while let Some(field) = thrift.field(&mut last)? {
        match field {
            Field { number: 3, kind: STRUCT } => size = chunk_size(thrift)?,
            other => {
                is_elsewhere |= other == Field { number: 1, kind: BINARY };
                footer.is_encrypted |= matches!(other.number, 8 | 9);
                thrift.skip(other.kind)?;
            }
        }
    }
    if !is_elsewhere {
        footer.pages = footer.pages.saturating_add(size);
    }
    Ok(())
}

fn chunk_size<S: BufRead>(thrift: &mut Thrift<S>) -> io::Result<u64> {
    let (mut last, mut size) = (0, 0);
    while let Some(field) = thrift.field(&mut last)? {
        match field {
            Field { number: 7, kind: I64 } => size = thrift.number()?,
            other => thrift.skip(other.kind)?,
        }
    }
    u64::try_from(size).map_err(|_| io::ErrorKind::InvalidData.into())
}
