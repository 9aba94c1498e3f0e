//! What may be spent on one container and all that is in it: limits that nothing in it can talk round.

use std::cell::{Cell, RefCell};
use std::io;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use super::trouble::{limit, told};

/// How much may come out of one container, containers in it included.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// How many containers may lie in each other, the outermost included.
    pub depth: u32,
    /// How many bytes may come out in all, those of each layer counted.
    pub bytes: u64,
    /// How many bytes may come out for each that the container has; looked at from [`Limits::ratio_from`] bytes on.
    pub ratio: u64,
    /// Up to so many bytes, the ratio may be anything: a file of zeros is small when it is compressed.
    pub ratio_from: u64,
    /// How many members there may be.
    pub members: u64,
    /// How long it may take.
    pub time: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Limits {
            depth: 8,
            bytes: 8 << 30,
            ratio: 200,
            ratio_from: 256 << 20,
            members: 2_000_000,
            time: Duration::from_secs(300),
        }
    }
}

/// How many bytes one decoder may look back on.
const MOST_WINDOW: u64 = 64 << 20;

/// The same of all decoders of one container together, as many as are in each other: each as far as it is filled.
const MOST_WINDOWS: u64 = 96 << 20;

/// How much of a window that grows there is at first.
#[cfg(any(feature = "xz", test))]
const FIRST: u64 = 64 << 10;

/// From this size on, a window is large: only one container at a time has such.
const LARGE_WINDOW: u64 = 9 << 20;

/// Whoever has large windows holds this, so that threads do not add theirs up.
static LARGE: Mutex<()> = Mutex::new(());

/// What was spent on one outermost container.
#[derive(Debug)]
pub struct Budget {
    limits: Limits,
    begun: Instant,
    read: Cell<u64>,
    spent: Cell<u64>,
    members: Cell<u64>,
    is_over: Cell<bool>,
    window: Cell<u64>,
    large: RefCell<Option<MutexGuard<'static, ()>>>,
}

impl Budget {
    /// A budget of which nothing is spent; its time begins now.
    pub fn new(limits: Limits) -> Self {
        Budget {
            limits,
            begun: Instant::now(),
            read: Cell::new(0),
            spent: Cell::new(0),
            members: Cell::new(0),
            is_over: Cell::new(false),
            window: Cell::new(0),
            large: RefCell::new(None),
        }
    }

    /// How many containers may lie in each other.
    pub fn depth(&self) -> u32 {
        self.limits.depth
    }

    /// Notes that so many more bytes of the outermost container were read.
    pub fn read(&self, bytes: u64) {
        self.read.set(self.read.get() + bytes);
    }

    /// How many bytes came out so far.
    pub fn spent(&self) -> u64 {
        self.spent.get()
    }

    /// Whether a limit was met: nothing more comes out.
    pub fn is_over(&self) -> bool {
        self.is_over.get()
    }

    /// Notes that so many more bytes came out.
    ///
    /// # Errors
    /// That is too much. The first time the error says of what, later only that it was told.
    pub fn spend(&self, bytes: u64) -> io::Result<()> {
        let spent = self.spent.get() + bytes;
        self.spent.set(spent);
        let Limits { bytes: most, ratio, ratio_from, .. } = self.limits;
        if spent > most {
            return Err(self.over(format!("more than {most} bytes come out of the container")));
        }
        if spent > ratio_from && spent / ratio > self.read.get() {
            return Err(self.over(format!("the container grows to more than {ratio} times its size")));
        }
        self.time()
    }

    /// Notes that there is one more member.
    ///
    /// # Errors
    /// The same.
    pub fn member(&self) -> io::Result<()> {
        self.members.set(self.members.get() + 1);
        if self.members.get() > self.limits.members {
            return Err(self.over(format!("the container has more than {} members", self.limits.members)));
        }
        self.time()
    }

    fn time(&self) -> io::Result<()> {
        if self.is_over.get() {
            return Err(told());
        }
        if self.begun.elapsed() > self.limits.time {
            let seconds = self.limits.time.as_secs();
            return Err(self.over(format!("the container takes longer than {seconds} seconds")));
        }
        Ok(())
    }

    fn over(&self, message: String) -> io::Error {
        if self.is_over.replace(true) { told() } else { limit(message) }
    }

    /// Makes room for a decoder that looks back on so many bytes, until the room is dropped.
    ///
    /// # Errors
    /// That is more than one container may have.
    pub(super) fn window(&self, bytes: u64) -> io::Result<Room<'_>> {
        if bytes > MOST_WINDOW {
            let most = MOST_WINDOW >> 20;
            return Err(limit(format!(
                "it can only be unpacked with a window of {bytes} bytes; {most} MiB are the most"
            )));
        }
        let mut room = Room { budget: self, window: bytes, bytes: 0, filled: 0 };
        room.grow(bytes)?;
        Ok(room)
    }

    /// Makes room for a decoder that says it looks back on so many bytes, and takes memory only for what came out: twice as much each
    /// time that is full.
    ///
    /// # Errors
    /// There is none left.
    #[cfg(any(feature = "xz", test))]
    pub(super) fn growing_window(&self, bytes: u64) -> io::Result<Room<'_>> {
        let mut room = Room { budget: self, window: bytes, bytes: 0, filled: 0 };
        room.grow(bytes.min(FIRST))?;
        Ok(room)
    }

    fn take(&self, bytes: u64) -> io::Result<()> {
        let all = self.window.get().saturating_add(bytes);
        if all > MOST_WINDOWS {
            let most = MOST_WINDOWS >> 20;
            return Err(limit(format!(
                "it and the containers around it can only be unpacked with windows of more than {most} MiB"
            )));
        }
        if all >= LARGE_WINDOW && self.large.borrow().is_none() {
            *self.large.borrow_mut() = Some(LARGE.lock().unwrap_or_else(PoisonError::into_inner));
        }
        self.window.set(all);
        Ok(())
    }
}

/// Room for a window.
pub(super) struct Room<'b> {
    budget: &'b Budget,
    /// How far the decoder looks back.
    window: u64,
    /// How much room there is for that, and how much of it is filled.
    bytes: u64,
    filled: u64,
}

impl Room<'_> {
    /// How many bytes may come out before there has to be more room; makes it if there is none.
    ///
    /// # Errors
    /// There is no more.
    pub(super) fn left(&mut self) -> io::Result<u64> {
        if self.bytes < self.window && self.filled == self.bytes {
            let next = self.bytes.saturating_mul(2).min(self.window);
            if next > MOST_WINDOW {
                let most = MOST_WINDOW >> 20;
                return Err(limit(format!("it can only be unpacked with a window of more than {most} MiB")));
            }
            self.grow(next)?;
        }
        Ok(if self.bytes == self.window { u64::MAX } else { self.bytes - self.filled })
    }

    /// Notes that so many bytes came out.
    pub(super) fn fill(&mut self, bytes: u64) {
        self.filled = self.filled.saturating_add(bytes);
    }

    fn grow(&mut self, bytes: u64) -> io::Result<()> {
        self.budget.take(bytes - self.bytes)?;
        self.bytes = bytes;
        Ok(())
    }
}

impl Drop for Room<'_> {
    fn drop(&mut self) {
        self.budget.window.set(self.budget.window.get() - self.bytes);
    }
}

#[cfg(test)]
mod tests {
    use super::super::trouble::{Trouble, trouble};
    use super::*;

    fn message(result: io::Result<()>) -> Option<String> {
        trouble(&result.unwrap_err()).map(|Trouble { message, .. }| message)
    }

    #[test]
    fn each_limit_is_told_once() {
        let limits = Limits { bytes: 1000, ratio: 10, ratio_from: 100, members: 2, ..Limits::default() };
        let budget = Budget::new(limits);
        budget.read(20);
        assert!(budget.spend(100).is_ok() && budget.spend(100).is_ok());
        assert_eq!(message(budget.spend(11)).unwrap(), "the container grows to more than 10 times its size");
        assert!(budget.is_over() && message(budget.spend(1)).is_none() && message(budget.member()).is_none());

        let budget = Budget::new(limits);
        budget.read(1 << 20);
        assert_eq!(message(budget.spend(1001)).unwrap(), "more than 1000 bytes come out of the container");
        let budget = Budget::new(limits);
        assert!(budget.member().is_ok() && budget.member().is_ok());
        assert_eq!(message(budget.member()).unwrap(), "the container has more than 2 members");
        let budget = Budget::new(Limits { time: Duration::ZERO, ..limits });
        assert_eq!(message(budget.member()).unwrap(), "the container takes longer than 0 seconds");
    }

    #[test]
    fn windows_of_one_container_are_bounded_together() {
        let budget = Budget::new(Limits::default());
        let room = budget.window(40 << 20).ok().unwrap();
        assert!(budget.window(57 << 20).is_err());
        drop(room);
        assert!(budget.window(64 << 20).is_ok());
        assert!(budget.window((64 << 20) + 1).is_err() && budget.window(u64::MAX).is_err());
    }

    /// Fills a room, as far as it can be; gives how many bytes that are.
    fn fill(room: &mut Room<'_>, most: u64) -> u64 {
        let mut filled = 0;
        while filled < most
            && let Ok(left) = room.left()
        {
            let bytes = left.min(most - filled);
            room.fill(bytes);
            filled += bytes;
        }
        filled
    }

    #[test]
    fn windows_that_grow_count_as_far_as_they_are_filled() {
        let budget = Budget::new(Limits::default());
        let mut rooms: Vec<Room<'_>> = (0..5).map(|_| budget.growing_window(1 << 30).ok().unwrap()).collect();
        assert_eq!(fill(&mut rooms[0], u64::MAX), 64 << 20, "one alone is bounded");
        assert_eq!(fill(&mut rooms[1], u64::MAX), 16 << 20);
        assert_eq!(fill(&mut rooms[2], 3 << 20), 3 << 20);
        assert_eq!(budget.window.get(), (64 << 20) + (16 << 20) + (4 << 20) + 2 * FIRST);
        rooms.truncate(1);
        let small = budget.growing_window(1000).ok().unwrap();
        assert_eq!(budget.window.get(), (64 << 20) + 1000);
        drop((rooms, small));
        assert_eq!(budget.window.get(), 0);
        // What is no larger than it says is never full.
        assert_eq!(fill(&mut budget.growing_window(8 << 20).ok().unwrap(), 1 << 40), 1 << 40);
    }
}
