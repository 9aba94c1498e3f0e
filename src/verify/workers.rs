//! Asks one server about many secrets on a few threads, as a [`Schedule`] says.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use crate::finding::Verification;
use crate::rule::{Endpoint, Verify};
use crate::secret::Secret;

use super::answer::{Meaning, meaning, unknown};
use super::retry;
use super::schedule::{Limits, Next, Reply, Schedule};
use super::transport::{Request, Transport};

/// A secret to ask about, and how.
#[derive(Debug, Clone, Copy)]
pub(super) struct Job<'a> {
    pub(super) how: &'a Verify,
    pub(super) secret: &'a Secret,
}

/// What the threads share.
struct Shared {
    schedule: Mutex<Schedule>,
    changed: Condvar,
}

/// Asks about all `jobs`; `asked` counts those that are settled. The answers are in the order of the jobs.
pub(super) fn ask_all(
    endpoint: &Endpoint,
    jobs: &[Job<'_>],
    transport: &dyn Transport,
    limits: Limits,
    asked: &AtomicUsize,
) -> Vec<Verification> {
    let before = asked.load(Ordering::Relaxed);
    let schedule = Schedule::new(endpoint.to_string(), limits, retry::unpredictable());
    let shared = Shared { schedule: Mutex::new(schedule), changed: Condvar::new() };
    let work = || {
        while let Some(job) = shared.next_job() {
            let reply = ask(endpoint, &jobs[job], transport);
            let mut schedule = shared.lock();
            schedule.take(job, reply, Instant::now());
            asked.store(before + schedule.settled(), Ordering::Relaxed);
            drop(schedule);
            shared.changed.notify_all();
        }
    };
    std::thread::scope(|scope| {
        // This thread is one of them. One that the system does not give is done without.
        for _ in 1..limits.threads {
            let _ = std::thread::Builder::new().spawn_scoped(scope, work);
        }
        work();
    });
    shared.schedule.into_inner().unwrap_or_else(PoisonError::into_inner).finish()
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, Schedule> {
        self.schedule.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The next secret to ask about, as soon as there is one; none when all are settled.
    fn next_job(&self) -> Option<usize> {
        let mut schedule = self.lock();
        loop {
            let now = Instant::now();
            schedule = match schedule.next(now) {
                Next::Ask(job) => return Some(job),
                Next::Done => {
                    drop(schedule);
                    self.changed.notify_all();
                    return None;
                }
                Next::Wait => self.changed.wait(schedule).unwrap_or_else(PoisonError::into_inner),
                Next::WaitUntil(at) => {
                    let waited = self.changed.wait_timeout(schedule, at.saturating_duration_since(now));
                    waited.unwrap_or_else(PoisonError::into_inner).0
                }
            };
        }
    }
}

/// One request, and what came of it.
fn ask(endpoint: &Endpoint, job: &Job<'_>, transport: &dyn Transport) -> Reply {
    let secret = job.secret.reveal();
    let fill = |(name, value): &(String, String)| (name.clone(), Verify::fill(value, secret));
    let request = Request { method: job.how.method, headers: job.how.headers.iter().map(fill).collect() };
    let Ok(sent) = catch_unwind(AssertUnwindSafe(|| transport.send(&request))) else {
        return Reply::Settled(unknown(None, "gridleaks failed to ask; please report this".to_owned()));
    };
    match sent {
        Ok(answer) => match meaning(job.how, endpoint, &answer) {
            Meaning::Settled(verification) => Reply::Settled(verification),
            Meaning::Busy(status, wait) => Reply::Busy(status, wait),
        },
        Err(failure) => Reply::Dead { detail: failure.reason, was_closed: failure.was_closed },
    }
}
