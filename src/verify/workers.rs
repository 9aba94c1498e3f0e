//! Asks one server about many secrets on a few threads, as a [`Schedule`] says.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use crate::finding::Verification;
use crate::rule::{Endpoint, Verify};
use crate::secret::Secret;

use super::answer::{Reply, meaning};
use super::retry;
use super::schedule::{Limits, Next, Schedule};
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
        let spawn = |work| std::thread::Builder::new().spawn_scoped(scope, work).is_ok();
        let _ = std::thread::Builder::new().spawn_scoped(scope, || shared.watch(transport));
        let _ = (1..limits.threads.min(jobs.len())).take_while(|_| spawn(work)).count();
        work();
    });
    shared.schedule.into_inner().unwrap_or_else(PoisonError::into_inner).finish()
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, Schedule> {
        self.schedule.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Ends all requests by force if one does not come to an end; returns when all secrets are settled.
    fn watch(&self, transport: &dyn Transport) {
        let mut schedule = self.lock();
        while !schedule.is_done() {
            if schedule.is_stuck(Instant::now()) {
                drop(schedule);
                self.changed.notify_all();
                return transport.abort();
            }
            schedule = self.changed.wait_timeout(schedule, WATCH).unwrap_or_else(PoisonError::into_inner).0;
        }
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

/// How often it is looked whether a request has been under way for too long.
const WATCH: Duration = Duration::from_millis(250);

/// One request, and what came of it.
fn ask(endpoint: &Endpoint, job: &Job<'_>, transport: &dyn Transport) -> Reply {
    let secret = job.secret.reveal();
    if secret.iter().any(u8::is_ascii_control) {
        let detail = "not asked: it holds a line end or another character that no header can hold";
        return Reply::Settled(Verification::unknown(None, detail.to_owned()));
    }
    let fill = |(name, value): &(String, String)| (name.clone(), Verify::fill(value, secret));
    let request = Request { method: job.how.method, headers: job.how.headers.iter().map(fill).collect() };
    let Ok(sent) = catch_unwind(AssertUnwindSafe(|| transport.send(&request))) else {
        return Reply::Settled(Verification::unknown(None, "gridleaks failed to ask; please report this".to_owned()));
    };
    sent.map_or_else(Reply::Dead, |answer| meaning(job.how, endpoint, secret, &answer))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::finding::VerificationStatus::{Inactive, Unknown};
    use crate::rule::RuleSet;
    use crate::verify::transport::{Answer, Body, NoAnswer};
    use std::sync::atomic::AtomicBool;

    /// How long a request may take where that is not what is looked at: no machine is so slow.
    const PATIENT: Duration = Duration::from_secs(600);

    /// A server that fails in ways that none on a network can.
    #[derive(Default)]
    struct Strange {
        is_aborted: AtomicBool,
        sent: AtomicUsize,
    }

    impl Transport for Strange {
        fn send(&self, request: &Request) -> Result<Answer, NoAnswer> {
            self.sent.fetch_add(1, Ordering::SeqCst);
            let (_, secret) = &request.headers[0];
            match secret.last() {
                Some(b'p') => panic!("{}", String::from_utf8_lossy(secret)),
                Some(b's') => {
                    // Not for ever, so that a test of which nobody ends the requests fails.
                    for _ in 0..12_000 {
                        if self.is_aborted.load(Ordering::SeqCst) {
                            break;
                        }
                        std::thread::sleep(Duration::from_millis(5));
                    }
                    Err(NoAnswer { http_status: None, reason: "it was ended".to_owned(), was_closed: false })
                }
                _ => Ok(Answer { status: 401, retry_after: None, date: None, body: Body::Whole(Vec::new()) }),
            }
        }

        fn abort(&self) {
            self.is_aborted.store(true, Ordering::SeqCst);
        }
    }

    fn ask_about(tails: &[&str], threads: usize, timeout: Duration, transport: &Strange) -> Vec<Verification> {
        let rules = RuleSet::built_in().unwrap();
        let how = rules.rules()[0].verify.as_ref().unwrap();
        let secrets: Vec<_> = tails.iter().map(|tail| Secret::new(format!("secret {tail}").as_bytes(), 0)).collect();
        let jobs: Vec<_> = secrets.iter().map(|secret| Job { how, secret }).collect();
        let limits = Limits { threads, jobs: jobs.len(), timeout, deadline: Instant::now() + PATIENT };
        let asked = AtomicUsize::new(7);
        let found = ask_all(&how.endpoint, &jobs, transport, limits, &asked);
        assert_eq!(asked.into_inner(), 7 + tails.len());
        found
    }

    #[test]
    fn a_failure_of_our_own_is_unknown_and_the_others_are_asked() {
        let transport = Strange::default();
        let found = ask_about(&["a", "p", "b"], 2, PATIENT, &transport);
        assert_eq!(found.iter().map(|found| found.status).collect::<Vec<_>>(), [Inactive, Unknown, Inactive]);
        assert_eq!(found[1].detail.as_deref(), Some("gridleaks failed to ask; please report this"));
    }

    #[test]
    fn what_no_header_can_hold_is_not_sent_and_says_nothing_about_the_server() {
        let transport = Strange::default();
        let mut tails = vec!["a\nb"; 40];
        tails.push("a");
        let found = ask_about(&tails, 1, PATIENT, &transport);
        assert_eq!((found[40].status, transport.sent.load(Ordering::SeqCst)), (Inactive, 1));
        assert!(found[0].detail.as_ref().is_some_and(|detail| detail.contains("no header can hold")));
    }

    #[test]
    fn requests_that_do_not_come_to_an_end_are_ended() {
        let transport = Strange::default();
        let found = ask_about(&["s", "s", "a", "b", "s"], 2, Duration::from_millis(100), &transport);
        assert!(transport.is_aborted.load(Ordering::SeqCst));
        // The second thread may begin too late to ask.
        assert!((1..=2).contains(&transport.sent.load(Ordering::SeqCst)));
        assert!(found.iter().all(|found| found.status == Unknown));
        let said = found[4].detail.as_deref().unwrap_or_default();
        assert!(said.ends_with("a request did not come to an end"), "{said}");
    }
}
