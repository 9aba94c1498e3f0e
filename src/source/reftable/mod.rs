//! Reads the references of a repository that keeps them as reftable: a stack of tables, of which the newest has the last
//! word. Names and what they stand for are read, and the log of one reference if it is asked for; indexes and the lists
//! of objects are not.
//!
//! The layout is that of git's documentation, `technical/reftable`. A repository may be made to do harm: every length is
//! checked, and what is held in memory is bounded by what is on disk.

mod log;
mod table;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::Path;

use gix::ObjectId;

use crate::fault::in_words;

use super::regular_file::regular;

use table::Table;

pub(super) use log::{Entry, log};

/// The bytes that the list of tables may have, and how many tables it may name; git keeps the stack down to a dozen or so.
const MAX_LIST: u64 = 1 << 20;
const MAX_TABLES: usize = 4096;

/// The bytes that a table may have: git, too, keeps places in 32 bits.
const MAX_TABLE: u64 = u32::MAX as u64;

/// How often the list is read anew because a table has gone.
const TRIES: usize = 10;

/// What a reference stands for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Target {
    /// An object; of an annotated tag, the tag itself.
    Object(ObjectId),
    /// Another reference, by its full name.
    Symbolic(Vec<u8>),
}

/// The references in the order of their full names, `HEAD` among them.
pub(super) type References = Vec<(Vec<u8>, Target)>;

/// Reads all references in `folder`, which holds `tables.list`: `reftable` in a repository, or in the part of it that
/// belongs to a linked worktree, which has that worktree's `HEAD`.
///
/// # Errors
/// What is wrong with the list or a table.
pub(super) fn read(folder: &Path, hash: gix::hash::Kind) -> Result<References, String> {
    with_stack(folder, &|names| stack(folder, names, hash))
}

/// Does something with the tables in `folder`, and does it anew if they change meanwhile.
fn with_stack<T>(folder: &Path, work: &dyn Fn(&[String]) -> Result<T, Fault>) -> Result<T, String> {
    let mut before = None;
    for _ in 0..TRIES {
        let list = list(folder)?;
        match work(&list) {
            Ok(done) => return Ok(done),
            Err(Fault::Broken(fault)) => return Err(fault),
            // Git may have merged tables meanwhile; then, it has written another list before it took them away.
            Err(Fault::Gone(name)) if before.as_ref() == Some(&list) => {
                return Err(format!("reftable/{name} is missing, but reftable/tables.list names it"));
            }
            Err(Fault::Gone(_)) => before = Some(list),
        }
    }
    Err("reftable/tables.list changes faster than it can be read".to_owned())
}

/// Why a table cannot be read.
enum Fault {
    /// It is not there, by its name.
    Gone(String),
    /// Anything else.
    Broken(String),
}

/// The names of the tables, the oldest first.
fn list(folder: &Path) -> Result<Vec<String>, String> {
    let path = folder.join("tables.list");
    let text = regular(&path, MAX_LIST).and_then(|()| fs::read(&path).map_err(|error| in_words(&error)));
    let text = text.map_err(|fault| format!("reftable/tables.list cannot be read: {fault}"))?;
    let text = String::from_utf8_lossy(&text);
    let names: Vec<_> = text.lines().filter(|line| !line.is_empty()).map(str::to_owned).collect();
    // A name that leads elsewhere would have something else read; git writes none.
    let is_plain = |name: &str| !name.starts_with('.') && !name.contains(['/', '\\', ':', '\0']);
    if !names.iter().all(|name| is_plain(name)) {
        return Err("reftable/tables.list holds what is no name of a table".to_owned());
    }
    if names.len() > MAX_TABLES {
        return Err(format!("reftable/tables.list names more than {MAX_TABLES} tables"));
    }
    Ok(names)
}

/// Reads tables one over the other.
fn stack(folder: &Path, names: &[String], hash: gix::hash::Kind) -> Result<References, Fault> {
    let mut budget = Budget::default();
    // What is deleted has to be kept until the end: it may hide what an older table has.
    let mut all: BTreeMap<Vec<u8>, Option<Target>> = BTreeMap::new();
    for name in names {
        over(folder, name, hash, |table| {
            table.read(&mut budget, &mut |name, target| {
                // Most are in one table only, and a name that is known already is not to be copied again.
                match all.get_mut(name) {
                    Some(known) => *known = target,
                    None => drop(all.insert(name.to_vec(), target)),
                }
            })
        })?;
    }
    Ok(all.into_iter().filter_map(|(name, target)| Some((name, target?))).collect())
}

/// Does something with one table.
fn over(
    folder: &Path,
    name: &str,
    hash: gix::hash::Kind,
    work: impl FnOnce(Table) -> Result<(), String>,
) -> Result<(), Fault> {
    let path = folder.join(name);
    let broken = |fault: &dyn std::fmt::Display| Fault::Broken(format!("reftable/{name} cannot be read: {fault}"));
    regular(&path, MAX_TABLE).map_err(|fault| broken(&fault))?;
    let file = fs::File::open(&path).map_err(|error| match error.kind() {
        io::ErrorKind::NotFound => Fault::Gone(name.to_owned()),
        _ => broken(&error),
    })?;
    let table = Table::open(file, hash).map_err(|fault| broken(&fault))?;
    work(table).map_err(|fault| broken(&fault))
}

/// How many bytes names may have, all together: they are stored as what differs from the one before, so that a small file
/// could fill the memory.
#[derive(Debug)]
pub(super) struct Budget {
    left: u64,
}

impl Default for Budget {
    fn default() -> Self {
        // Enough for a million references, whatever they are like.
        Budget { left: 64 << 20 }
    }
}

impl Budget {
    /// Allows more for so many bytes of a table: an object's name alone takes 20 of them.
    fn read(&mut self, bytes: usize) {
        self.left = self.left.saturating_add(32 * bytes as u64);
    }

    /// Takes a name's bytes.
    fn take(&mut self, bytes: usize) -> Result<(), &'static str> {
        self.left = self.left.checked_sub(bytes as u64).ok_or("its names take up too much")?;
        Ok(())
    }
}
