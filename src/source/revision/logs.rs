//! What the log of a reference says: what that was some changes or some time ago, and what was checked out before. Git keeps one for each
//! branch and for HEAD, in a file or in a reftable.

use std::fs;
use std::path::Path;
use std::time::SystemTime;

use gix::ObjectId;
use gix::bstr::ByteSlice;

use crate::amounts::plural;
use crate::fault::quoted;
use crate::source::os::path_from_bytes;
use crate::source::reftable::{self, Entry};
use crate::source::regular_file::regular;

use super::plain::Plain;

/// The bytes that the file of a log may have.
const MAX_LOG: u64 = 256 << 20;

/// What is a number of seconds to git, and no number of changes.
const FIRST_SECOND: u64 = 100_000_000;

impl Plain<'_> {
    /// What the log of `name` says of a number of changes, or of a time.
    ///
    /// # Errors
    /// There is no such log, or it does not go back as far.
    pub(super) fn logged(&self, name: &str, selector: &str) -> Result<ObjectId, String> {
        let none = || format!("there is no log of {}", quoted(if name.is_empty() { "HEAD" } else { name }));
        let (reference, log) = self.log_of(name)?.ok_or_else(none)?;
        let is_number = !selector.is_empty() && selector.bytes().all(|byte| byte.is_ascii_digit());
        let number = selector.parse::<u64>().ok().filter(|_| is_number);
        // What is there now is what the log says last, unless it ended before.
        let now = || self.value(&reference).or_else(|| log.first().map(|entry| entry.new));
        let oldest = |entry: &Entry| Some(entry.old).filter(|old| !old.is_null());
        let found = match number {
            Some(0) => now(),
            Some(number) if number < FIRST_SECOND => match usize::try_from(number) {
                Ok(number) if number == log.len() => log.last().and_then(oldest),
                Ok(number) => log.get(number).map(|entry| entry.new),
                Err(_) => None,
            },
            _ => {
                let seconds =
                    number.map_or_else(|| seconds(selector), |number| i64::try_from(number).map_err(|_| none()))?;
                let is_then = |entry: &Entry| i64::try_from(entry.seconds).is_ok_and(|at| at <= seconds);
                match log.iter().position(is_then) {
                    Some(0) if log[0].seconds.try_into() != Ok(seconds) => now(),
                    Some(place) => log.get(place).map(|entry| entry.new),
                    // Of a time before it begins, it says what was first.
                    None => log.last().map(|entry| oldest(entry).unwrap_or(entry.new)),
                }
            }
        };
        found.ok_or_else(|| {
            format!("the log of {} has no more than {}", quoted(&reference), plural(log.len() as u64, "change"))
        })
    }

    /// The name of what was checked out before, so many times ago.
    ///
    /// # Errors
    /// The log of HEAD does not say it.
    pub(super) fn prior(&self, number: &str) -> Result<String, String> {
        let unknown = || format!("the log of HEAD does not say what was checked out {number} times ago");
        let number: usize = number.parse().ok().filter(|&number| number > 0).ok_or_else(unknown)?;
        let log = self.log("HEAD")?.unwrap_or_default();
        let from = |entry: &Entry| {
            let text = entry.message.strip_prefix(b"checkout: moving from ")?;
            Some(text[..text.find(" to ")?].to_str_lossy().into_owned())
        };
        log.iter().filter_map(from).nth(number - 1).ok_or_else(unknown)
    }

    /// The log that is meant by a name, and the full name of its reference. Of nothing, the branch is meant that is checked out.
    fn log_of(&self, name: &str) -> Result<Option<(String, Vec<Entry>)>, String> {
        if name.is_empty() {
            let branch = self.symbolic("HEAD").unwrap_or_else(|| "HEAD".to_owned());
            return Ok(self.log(&branch)?.map(|log| (branch, log)));
        }
        for full in self.full_names(&self.led_to(name)?) {
            // A reference that is another one may have a log of its own.
            for name in [Some(full.clone()), self.symbolic(&full)].into_iter().flatten() {
                if let Some(log) = self.log(&name)? {
                    return Ok(Some((name, log)));
                }
            }
        }
        Ok(None)
    }

    /// The log of the reference of this full name, the latest entry first; none if there is none.
    fn log(&self, name: &str) -> Result<Option<Vec<Entry>>, String> {
        let is_own = !name.starts_with("refs/") || crate::source::refs::is_private(name);
        let folder = if is_own { self.local.git_dir() } else { self.local.common_dir() };
        let (folder, name) = self.of_worktree(name).unwrap_or_else(|| (folder.to_owned(), name));
        if self.tables.is_some() {
            let log = reftable::log(&folder.join("reftable"), self.local.object_hash(), name.as_bytes());
            return log.map_err(|fault| format!("logs cannot be read: {fault}"));
        }
        from_file(&folder.join("logs").join(path_from_bytes(name.as_bytes())))
            .map_err(|fault| format!("the log of {} cannot be read: {fault}", quoted(name)))
    }
}

/// Reads the file of a log.
fn from_file(path: &Path) -> Result<Option<Vec<Entry>>, String> {
    regular(path, MAX_LOG)?;
    let Ok(text) = fs::read(path) else { return Ok(None) };
    // Git, too, passes lines that are broken.
    Ok(Some(text.lines().rev().filter_map(entry).collect()))
}

/// A line of a log: what was before, what is since then, who changed it, when, in which time zone, and behind a tab, why.
fn entry(line: &[u8]) -> Option<Entry> {
    let (told, message) = line.split_once_str("\t").unwrap_or((line, b""));
    let mut words = told.splitn(3, |&byte| byte == b' ');
    let mut object = || ObjectId::from_hex(words.next()?).ok();
    let (old, new) = (object()?, object()?);
    let seconds = told.rsplit(|&byte| byte == b' ').nth(1)?.to_str().ok()?.parse().ok()?;
    Some(Entry { old, new, seconds, message: message.to_vec() })
}

/// A time in seconds since 1970.
fn seconds(text: &str) -> Result<i64, String> {
    let now = SystemTime::now().try_into().ok();
    let time =
        gix::date::parse(text, now).map_err(|_| format!("{} is no number and no time that is known", quoted(text)))?;
    // A day without a time is one at this time of day, here.
    let is_day = text.len() == 10 && text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'-');
    let local = gix::date::Time::now_local_or_utc();
    let offset = i64::from(local.offset);
    Ok(if is_day { time.seconds + (local.seconds + offset).rem_euclid(86_400) - offset } else { time.seconds })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_file_of_a_log_has_a_size() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("main");
        let line = format!("{} {} t <t@example.com> 1700000000 +0000\tcommit: x\n", "0".repeat(40), "1".repeat(40));
        fs::write(&path, line).unwrap();
        let file = fs::OpenOptions::new().write(true).open(&path).unwrap();
        // What is behind the line takes no room, and is a broken one.
        for (size, is_read) in [(256 << 20, true), ((256 << 20) + 1, false)] {
            file.set_len(size).unwrap();
            let read = from_file(&path);
            assert_eq!(read.as_ref().ok().and_then(Option::as_ref).map(Vec::len), is_read.then_some(1), "{size}");
            assert!(is_read || read.unwrap_err().contains("too large"));
        }
        assert_eq!(from_file(&folder.path().join("none")), Ok(None));
    }
}
