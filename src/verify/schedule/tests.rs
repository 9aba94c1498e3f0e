//! Schedules under a clock of their own: how many are asked, how often, and how long it takes.

use super::*;
use crate::finding::VerificationStatus;

const SECOND: Duration = Duration::from_secs(1);

fn active() -> Reply {
    let verification = Verification::unknown(Some(200), String::new());
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
    let ran =
        run(
            1,
            1,
            300 * SECOND,
            SECOND / 50,
            |request, _| {
                if request == 1 { Reply::Busy(429, Some(30 * SECOND)) } else { active() }
            },
        );
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

#[test]
fn what_a_server_asks_for_about_one_secret_holds_for_that_one() {
    // The longest that anybody waits, and no less; meanwhile the others are asked.
    for wait in [30 * SECOND, MAX_WAIT] {
        let mut met = 0;
        let ran = run(4, 100, 300 * SECOND, SECOND / 50, |_, job| {
            met += usize::from(job == 7);
            if job == 7 && met == 1 { Reply::Busy(429, Some(wait)) } else { active() }
        });
        assert_eq!((statuses(&ran), ran.requests), ((100, 0), 101));
        assert!(ran.took >= wait && ran.took < wait * 5 / 4, "{:?}", ran.took);
    }
    // One that is to wait for longer than that is given up alone.
    let reply = |_, job| if job == 7 { Reply::Busy(503, Some(61 * SECOND)) } else { active() };
    let ran = run(4, 100, 300 * SECOND, SECOND / 50, reply);
    assert_eq!((statuses(&ran), ran.requests), ((99, 1), 100));
}

#[test]
fn one_secret_is_asked_about_so_often_and_no_more() {
    let mut met = 0;
    let ran = run(4, 4000, 1000 * SECOND, SECOND / 2, |_, job| {
        met += u32::from(job == 7);
        if job == 7 { busy() } else { active() }
    });
    assert_eq!((statuses(&ran), met), ((3999, 1), MAX_TRIES));
}

/// A schedule of three secrets, and when it began.
fn three(threads: usize) -> (Schedule, Instant) {
    let begin = Instant::now();
    let limits = Limits { threads, jobs: 3, timeout: 10 * SECOND, deadline: begin + 300 * SECOND };
    (Schedule::new("host".into(), limits, Random::new(1)), begin)
}

#[test]
fn nobody_else_waits_until_as_many_were_turned_away_as_may_be_under_way() {
    for asked in 1..=3 {
        let (mut schedule, now) = three(3);
        (0..asked).for_each(|job| assert_eq!(schedule.next(now), Next::Ask(job)));
        for job in 0..asked {
            schedule.take(job, busy(), now);
            assert_eq!(schedule.hold.is_some(), job == 2, "{asked} asked, {job}");
        }
    }
}

#[test]
fn a_request_that_does_not_come_to_an_end_ends_all() {
    let (mut schedule, begin) = three(1);
    assert_eq!(schedule.next(begin), Next::Ask(0));
    schedule.take(0, active(), begin);
    assert_eq!(schedule.next(begin), Next::Ask(1));
    let overdue = begin + 10 * SECOND + GRACE;
    assert!(!schedule.is_stuck(begin) && !schedule.is_stuck(overdue - SECOND / 100));
    assert!(!schedule.is_done() && schedule.settled() == 1);
    assert!(schedule.is_stuck(overdue));
    assert!(schedule.is_done() && schedule.settled() == 3);
    assert_eq!(schedule.next(overdue), Next::Done);
    // What comes back after all changes nothing.
    schedule.take(1, active(), overdue);
    assert!(!schedule.is_stuck(overdue + SECOND) && schedule.settled() == 3);
    let status: Vec<_> = schedule.finish().into_iter().map(|found| found.status).collect();
    assert_eq!(status, [VerificationStatus::Active, VerificationStatus::Unknown, VerificationStatus::Unknown]);
}
