//! Decides which secret is asked about when: again after a wait where the server was busy, and not at all any more where it is
//! gone. Knows no clock, no thread and no network: whoever uses it says what time it is and what came back.

use std::collections::{BTreeSet, VecDeque};
use std::time::{Duration, Instant};

use crate::finding::Verification;
use crate::random::Random;

use crate::verify::answer::Reply;
use crate::verify::retry::{MAX_WAIT, backoff, jitter};
use crate::verify::transport::NoAnswer;

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
            self.settle(job, Verification::unknown(None, detail.clone()));
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
        all.map(|settled| settled.unwrap_or_else(|| Verification::unknown(None, "not asked".to_owned()))).collect()
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
        self.settle(job, Verification::unknown(Some(status), fault));
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
        self.settle(job, Verification::unknown(none.http_status, detail));
    }

    /// Leaves all that waits unknown.
    fn give_up(&mut self, detail: &str) {
        let later = std::mem::take(&mut self.later).into_iter().map(|(_, job)| job);
        let waiting: Vec<usize> = self.fresh.drain(..).chain(later).collect();
        for job in waiting {
            self.settle(job, Verification::unknown(None, detail.to_owned()));
        }
    }
}

#[cfg(test)]
mod tests;
