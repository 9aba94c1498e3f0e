//! Decides which secret is asked about when: again after a wait where the server was busy, and not at all any more where it is
//! gone. Knows no clock, no thread and no network: whoever uses it says what time it is and what came back.

use std::collections::{BTreeSet, VecDeque};
use std::time::{Duration, Instant};

use crate::finding::Verification;
use crate::random::Random;

use super::answer::{NoAnswer, Reply, unknown};
use super::retry::{MAX_WAIT, backoff, jitter};

/// How often one secret is asked about while the server answers others.
const MAX_TRIES: u32 = 60;

/// How often in a row each of the requests under way may meet a busy server before it is left alone.
const BUSY_ROUNDS: u32 = 16;

/// How many requests more than go at once may fail in a row before the server is taken for unreachable.
const DEAD_IN_A_ROW: u32 = 3;

/// How much to ask, and for how long.
#[derive(Debug, Clone, Copy)]
pub(super) struct Limits {
    /// How many requests may be under way at once.
    pub(super) threads: usize,
    /// How many secrets there are.
    pub(super) jobs: usize,
    /// How long one request may take.
    pub(super) timeout: Duration,
    /// When no request may begin any more.
    pub(super) deadline: Instant,
}

/// How much longer than it may take a request is waited for before all are ended by force: what sends them ends them in time
/// itself, but for a proxy that answers a byte at a time.
const GRACE: Duration = Duration::from_secs(1);

/// What to do next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Next {
    /// Ask about this secret now.
    Ask(usize),
    /// There is nothing to do until then, unless something comes back before.
    WaitUntil(Instant),
    /// There is nothing to do until something comes back.
    Wait,
    /// All is done.
    Done,
}

/// The state of asking one server about many secrets.
#[derive(Debug)]
pub(super) struct Schedule {
    /// The server's name, for what is said about it.
    host: String,
    limits: Limits,
    /// Not asked about yet.
    fresh: VecDeque<usize>,
    /// To be asked about again, and when.
    later: BTreeSet<(Instant, usize)>,
    /// What is being asked about, and since when.
    under_way: Vec<(usize, Instant)>,
    tries: Vec<u32>,
    was_closed: Vec<bool>,
    settled: Vec<Option<Verification>>,
    settled_count: usize,
    /// Nobody is asked before this: the server was busy for all who asked.
    hold: Option<Instant>,
    busy_in_a_row: u32,
    dead_in_a_row: u32,
    random: Random,
}

impl Schedule {
    pub(super) fn new(host: String, mut limits: Limits, random: Random) -> Self {
        limits.threads = limits.threads.clamp(1, limits.jobs.max(1));
        Schedule {
            host,
            limits,
            fresh: (0..limits.jobs).collect(),
            later: BTreeSet::new(),
            under_way: Vec::new(),
            tries: vec![0; limits.jobs],
            was_closed: vec![false; limits.jobs],
            settled: vec![None; limits.jobs],
            settled_count: 0,
            hold: None,
            busy_in_a_row: 0,
            dead_in_a_row: 0,
            random,
        }
    }

    /// What to do now.
    pub(super) fn next(&mut self, now: Instant) -> Next {
        if now >= self.limits.deadline {
            self.give_up("not asked: the time for all requests together was over");
        }
        if self.fresh.is_empty() && self.later.is_empty() {
            return if self.under_way.is_empty() { Next::Done } else { Next::Wait };
        }
        if let Some(hold) = self.hold.filter(|hold| *hold > now) {
            return Next::WaitUntil(hold.min(self.limits.deadline));
        }
        let due = self.later.first().copied();
        let job = match due {
            Some((at, job)) if at <= now => {
                self.later.pop_first();
                job
            }
            _ => match (self.fresh.pop_front(), due) {
                (Some(job), _) => job,
                (None, Some((at, _))) => return Next::WaitUntil(at.min(self.limits.deadline)),
                (None, None) => return Next::Wait,
            },
        };
        self.under_way.push((job, now));
        Next::Ask(job)
    }

    /// Takes in what came of asking about `job`.
    pub(super) fn take(&mut self, job: usize, reply: Reply, now: Instant) {
        self.under_way.retain(|(asked, _)| *asked != job);
        match reply {
            Reply::Settled(verification) => {
                (self.busy_in_a_row, self.dead_in_a_row) = (0, 0);
                self.settle(job, verification);
            }
            Reply::Busy(status, wait) => self.busy(job, status, wait, now),
            Reply::Dead(none) if none.was_closed && !self.was_closed[job] => {
                self.was_closed[job] = true;
                self.later.insert((now, job));
            }
            Reply::Dead(none) => self.dead(job, &none),
        }
    }

    /// Whether a request takes so long that all have to be ended by force; then none is waited for, and nobody is asked any more.
    pub(super) fn is_stuck(&mut self, now: Instant) -> bool {
        let is_overdue = |(_, since): &(usize, Instant)| now >= *since + self.limits.timeout + GRACE;
        if !self.under_way.iter().any(is_overdue) {
            return false;
        }
        let detail = format!("{} gave no usable answer: a request did not come to an end", self.host);
        for (job, _) in std::mem::take(&mut self.under_way) {
            self.settle(job, unknown(None, detail.clone()));
        }
        self.give_up(&detail);
        true
    }

    /// Whether there is nothing left to do.
    pub(super) fn is_done(&self) -> bool {
        self.settled_count == self.limits.jobs
    }

    /// How many are settled, those given up on included.
    pub(super) fn settled(&self) -> usize {
        self.settled_count
    }

    /// All that was settled; to be asked for when all is done.
    pub(super) fn finish(self) -> Vec<Verification> {
        let all = self.settled.into_iter();
        all.map(|settled| settled.unwrap_or_else(|| unknown(None, "not asked".to_owned()))).collect()
    }

    /// Settles a matter; what was given up on stays so.
    fn settle(&mut self, job: usize, verification: Verification) {
        if self.settled[job].is_none() {
            self.settled[job] = Some(verification);
            self.settled_count += 1;
        }
    }

    fn busy(&mut self, job: usize, status: u16, asked: Option<Duration>, now: Instant) {
        self.dead_in_a_row = 0;
        self.busy_in_a_row += 1;
        self.tries[job] += 1;
        let open = self.fresh.len() + self.later.len() + self.under_way.len() + 1;
        let at_once = u32::try_from(self.limits.threads.min(open)).unwrap_or(u32::MAX);
        let for_all = self.busy_in_a_row >= at_once;
        let rounds_are_over = self.busy_in_a_row >= at_once.saturating_mul(BUSY_ROUNDS);
        let asked = asked.unwrap_or_default();
        let is_too_long = asked > MAX_WAIT;
        // A server that asks for less than we would wait anyway, or for nothing, is spared all the same.
        let bounded = asked.min(MAX_WAIT);
        let wait = backoff(self.tries[job], &mut self.random).max(bounded + jitter(bounded / 8, &mut self.random));
        let pause = backoff(self.busy_in_a_row / at_once, &mut self.random).max(bounded);
        let host = &self.host;
        let fault = if is_too_long {
            Some(format!("{host} answered {status} and asks to wait for {} s", asked.as_secs()))
        } else if rounds_are_over || self.tries[job] >= MAX_TRIES {
            Some(format!("{host} answered {status} again and again"))
        } else if now + wait >= self.limits.deadline {
            Some(format!("{host} answered {status}, and there is no time left to ask again"))
        } else {
            None
        };
        let Some(fault) = fault else {
            self.later.insert((now + wait, job));
            self.hold = if for_all { self.hold.max(Some(now + pause)) } else { self.hold };
            return;
        };
        if for_all && (is_too_long || rounds_are_over || now + pause >= self.limits.deadline) {
            self.give_up(&format!("not asked: {fault}"));
        }
        self.settle(job, unknown(Some(status), fault));
    }

    fn dead(&mut self, job: usize, none: &NoAnswer) {
        self.dead_in_a_row += 1;
        let most = u32::try_from(self.limits.threads).unwrap_or(u32::MAX).saturating_add(DEAD_IN_A_ROW);
        let NoAnswer { reason, .. } = none;
        let host = &self.host;
        let detail = format!("{host} gave no usable answer: {reason}");
        if self.dead_in_a_row >= most {
            // The same for all, asked or not: how many were asked depends on the number of threads, and reports must not.
            self.give_up(&detail);
        }
        self.settle(job, unknown(none.http_status, detail));
    }

    /// Leaves all that waits unknown.
    fn give_up(&mut self, detail: &str) {
        let later = std::mem::take(&mut self.later).into_iter().map(|(_, job)| job);
        let waiting: Vec<usize> = self.fresh.drain(..).chain(later).collect();
        for job in waiting {
            self.settle(job, unknown(None, detail.to_owned()));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::finding::VerificationStatus;

    const SECOND: Duration = Duration::from_secs(1);

    fn active() -> Reply {
        let verification = unknown(Some(200), String::new());
        Reply::Settled(Verification { status: VerificationStatus::Active, detail: None, ..verification })
    }

    fn no_answer(http_status: Option<u16>, was_closed: bool) -> Reply {
        Reply::Dead(NoAnswer { http_status, reason: "the connection was refused".into(), was_closed })
    }

    fn busy() -> Reply {
        Reply::Busy(429, None)
    }

    fn dead() -> Reply {
        no_answer(None, false)
    }

    /// What a server did with many requests, under a clock of its own.
    struct Ran {
        settled: Vec<Verification>,
        requests: usize,
        most_at_once: usize,
        took: Duration,
    }

    /// Runs a schedule against a server that takes `takes` for a request and answers the `n`th with `reply(n, job)`.
    fn run(
        threads: usize,
        jobs: usize,
        bound: Duration,
        takes: Duration,
        mut reply: impl FnMut(usize, usize) -> Reply,
    ) -> Ran {
        let begin = Instant::now();
        let mut schedule = Schedule::new(
            "host".into(),
            Limits { threads, jobs, timeout: 10 * SECOND, deadline: begin + bound },
            Random::new(1),
        );
        let (mut now, mut requests, mut most_at_once) = (begin, 0, 0);
        let mut under_way: BTreeSet<(Instant, usize)> = BTreeSet::new();
        loop {
            let mut until = None;
            while under_way.len() < threads {
                match schedule.next(now) {
                    Next::Ask(job) => assert!(under_way.insert((now + takes, job))),
                    Next::WaitUntil(at) => {
                        assert!(at > now);
                        until = Some(at);
                        break;
                    }
                    Next::Wait => break,
                    Next::Done => {
                        let took = now - begin;
                        return Ran { settled: schedule.finish(), requests, most_at_once, took };
                    }
                }
            }
            most_at_once = most_at_once.max(under_way.len());
            match under_way.first().copied() {
                Some((at, job)) if until.is_none_or(|until| at <= until) => {
                    under_way.pop_first();
                    now = at;
                    requests += 1;
                    schedule.take(job, reply(requests, job), now);
                }
                _ => now = until.expect("something to wait for"),
            }
        }
    }

    fn statuses(ran: &Ran) -> (usize, usize) {
        let active = ran.settled.iter().filter(|found| found.status == VerificationStatus::Active).count();
        (active, ran.settled.len() - active)
    }

    #[test]
    fn everything_is_asked_once_and_only_so_many_at_once() {
        let ran = run(8, 1000, 300 * SECOND, SECOND / 50, |_, _| active());
        assert_eq!((statuses(&ran), ran.requests, ran.most_at_once), ((1000, 0), 1000, 8));
        assert!(ran.took < 3 * SECOND, "{:?}", ran.took);
        let ran = run(8, 0, SECOND, SECOND, |_, _| active());
        assert_eq!((ran.settled.len(), ran.requests), (0, 0));
    }

    #[test]
    fn a_server_that_is_busy_at_random_answers_all_in_the_end() {
        for (percent, seed) in [(10, 1), (50, 2), (50, 3), (80, 4)] {
            let mut random = Random::new(seed);
            let reply = |_, _| if random.below(100) < percent { busy() } else { active() };
            let ran = run(8, 1000, 300 * SECOND, SECOND / 50, reply);
            assert_eq!(statuses(&ran), (1000, 0), "{percent} %");
            assert!(ran.took < 150 * SECOND, "{percent} %: {:?}", ran.took);
        }
    }

    #[test]
    fn a_server_that_stays_busy_is_left_alone() {
        for (jobs, most) in [(1, 16), (3, 50), (1000, 135)] {
            let ran = run(8, jobs, 300 * SECOND, SECOND / 50, |_, _| busy());
            assert_eq!(statuses(&ran), (0, jobs));
            assert!(ran.requests <= most && ran.requests >= 12, "{jobs}: {} requests", ran.requests);
            assert!(ran.took > 8 * SECOND && ran.took < 50 * SECOND, "{jobs}: {:?}", ran.took);
            assert!(ran.settled.iter().all(|found| found.detail.as_ref().is_some_and(|said| said.contains("429"))));
        }
    }

    #[test]
    fn one_secret_that_the_server_fails_on_does_not_stop_the_others() {
        let ran = run(4, 100, 300 * SECOND, SECOND, |_, job| if job == 7 { Reply::Busy(500, None) } else { active() });
        assert_eq!(statuses(&ran), (99, 1));
        assert!(ran.requests <= 99 + MAX_TRIES as usize);
    }

    #[test]
    fn the_wait_that_a_server_asks_for_is_kept() {
        let ran = run(1, 1, 300 * SECOND, SECOND / 50, |request, _| {
            if request == 1 { Reply::Busy(429, Some(30 * SECOND)) } else { active() }
        });
        assert_eq!((statuses(&ran), ran.requests), ((1, 0), 2));
        assert!(ran.took >= 30 * SECOND && ran.took < 35 * SECOND, "{:?}", ran.took);
        // Longer than anybody waits: of many, only those under way are asked.
        let ran = run(8, 100, 300 * SECOND, SECOND / 50, |_, _| Reply::Busy(503, Some(61 * SECOND)));
        assert!(statuses(&ran) == (0, 100) && ran.requests <= 15, "{} requests", ran.requests);
        assert!(
            ran.took < SECOND
                && ran.settled.iter().all(|found| found.detail.as_ref().is_some_and(|said| said.contains("61 s")))
        );
        let ran = run(1, 1, 300 * SECOND, SECOND / 50, |_, _| Reply::Busy(503, Some(Duration::MAX)));
        assert!(statuses(&ran) == (0, 1) && ran.took < SECOND);
        // Longer than there is time: nobody waits for nothing.
        for jobs in [1, 100] {
            let ran = run(8, jobs, 20 * SECOND, SECOND / 50, |_, _| Reply::Busy(503, Some(30 * SECOND)));
            assert!(statuses(&ran) == (0, jobs) && ran.took < SECOND && ran.requests <= 15, "{:?}", ran.took);
            let said = ran.settled[0].detail.as_deref().unwrap_or_default();
            assert!(said.contains("no time left to ask again"), "{said}");
        }
        // Shorter than we would wait anyway: a server that is busy for a second is not given up before.
        let ran = run(8, 200, 300 * SECOND, SECOND / 50, |request, _| {
            if request < 60 { Reply::Busy(429, Some(Duration::ZERO)) } else { active() }
        });
        assert_eq!(statuses(&ran), (200, 0));
        assert!(ran.took > SECOND, "{:?}", ran.took);
    }

    #[test]
    fn a_server_that_is_gone_is_given_up_soon() {
        let ran = run(8, 1000, 300 * SECOND, 10 * SECOND, |_, _| dead());
        assert_eq!(statuses(&ran), (0, 1000));
        assert!(ran.took <= 30 * SECOND && ran.requests <= 19, "{:?}, {} requests", ran.took, ran.requests);
        let ran = run(1, 3, 300 * SECOND, 10 * SECOND, |_, _| dead());
        assert_eq!((statuses(&ran), ran.requests), ((0, 3), 3));
        // Nor does one help that begins answers and does not end them.
        let ran = run(8, 1000, 300 * SECOND, 10 * SECOND, |_, _| no_answer(Some(200), false));
        assert!(statuses(&ran) == (0, 1000) && ran.took <= 30 * SECOND);
        assert_eq!((ran.settled[0].http_status, ran.settled[999].http_status), (Some(200), None));
        // One that fails now and then is not gone.
        let ran = run(8, 1000, 300 * SECOND, SECOND / 50, |request, _| if request % 3 > 0 { dead() } else { active() });
        assert_eq!((statuses(&ran), ran.requests), ((333, 667), 1000));
    }

    #[test]
    fn a_connection_closed_under_a_request_is_opened_once_more() {
        let closed = || no_answer(None, true);
        let ran = run(1, 1, 300 * SECOND, SECOND, |request, _| if request == 1 { closed() } else { active() });
        assert_eq!((statuses(&ran), ran.requests), ((1, 0), 2));
        let ran = run(1, 1, 300 * SECOND, SECOND, |_, _| closed());
        assert_eq!((statuses(&ran), ran.requests), ((0, 1), 2));
    }

    #[test]
    fn all_ends_at_the_deadline() {
        let ran = run(2, 1000, 10 * SECOND, SECOND, |_, _| active());
        assert_eq!((statuses(&ran), ran.took), ((20, 980), 10 * SECOND));
        let said = ran.settled[999].detail.as_deref().unwrap_or_default();
        assert!(said.contains("the time for all requests together was over"), "{said}");
    }
}
