//! How long to wait before asking again.

use std::hash::{BuildHasher, RandomState};
use std::time::{Duration, SystemTime};

use crate::random::Random;

/// The longest wait that a server may ask for.
pub(super) const MAX_WAIT: Duration = Duration::from_secs(60);

/// The first wait; each further one is twice as long, up to the longest.
const FIRST: Duration = Duration::from_millis(200);
const LONGEST: Duration = Duration::from_secs(3);

/// Where each thread of each run draws its own numbers from.
pub(super) fn unpredictable() -> Random {
    Random::new(RandomState::new().hash_one(SystemTime::now()))
}

/// How long to wait before the `tries`th try after the first: from half of an exponentially growing time to all of it, so
/// that clients that were turned away together do not come back together.
pub(super) fn backoff(tries: u32, random: &mut Random) -> Duration {
    let wait = FIRST.saturating_mul(1 << tries.saturating_sub(1).min(10)).min(LONGEST);
    wait / 2 + jitter(wait / 2, random)
}

/// From nothing to `most`.
pub(super) fn jitter(most: Duration, random: &mut Random) -> Duration {
    const STEPS: usize = 1024;
    most * u32::try_from(random.below(STEPS)).unwrap_or(0) / STEPS as u32
}

/// What `Retry-After` asks for, in either of its forms: seconds, or a date. A date counts from the answer's own `date`, since the
/// clocks of server and client may differ, and from `now` if it has none.
pub(super) fn retry_after(value: &str, date: Option<&str>, now: SystemTime) -> Option<Duration> {
    let value = value.trim();
    if !value.is_empty() && value.bytes().all(|byte| byte.is_ascii_digit()) {
        return Some(Duration::from_secs(value.parse().unwrap_or(u64::MAX)));
    }
    let at = httpdate::parse_http_date(value).ok()?;
    let from = date.and_then(|date| httpdate::parse_http_date(date.trim()).ok()).unwrap_or(now);
    Some(at.duration_since(from).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_grow_and_differ() {
        let mut random = Random::new(1);
        for (tries, least, most) in [(1, 100, 200), (2, 200, 400), (3, 400, 800), (5, 1500, 3000), (99, 1500, 3000)] {
            let waits: Vec<_> = (0..100).map(|_| backoff(tries, &mut random).as_millis()).collect();
            assert!(waits.iter().all(|wait| (least..=most).contains(wait)), "{tries}: {waits:?}");
            assert!(waits.iter().max() > waits.iter().min());
        }
        assert_ne!(unpredictable().below(1 << 30), unpredictable().below(1 << 30));
    }

    #[test]
    fn both_forms_of_retry_after_are_understood() {
        const NOON: &str = "Mon, 23 Nov 2026 12:00:00 GMT";
        let now = httpdate::parse_http_date("Mon, 23 Nov 2026 11:00:00 GMT").unwrap();
        for (value, date, expected) in [
            ("0", None, Some(0)),
            (" 7 ", None, Some(7)),
            ("99999999999999999999999", None, Some(u64::MAX)),
            ("Mon, 23 Nov 2026 12:00:05 GMT", Some(NOON), Some(5)),
            ("Monday, 23-Nov-26 12:00:05 GMT", Some(NOON), Some(5)),
            ("Mon Nov 23 12:00:05 2026", Some(NOON), Some(5)),
            ("Mon, 23 Nov 2026 11:00:09 GMT", None, Some(9)),
            ("Mon, 23 Nov 2026 11:00:09 GMT", Some("yesterday"), Some(9)),
            ("Sun, 22 Nov 2026 12:00:00 GMT", Some(NOON), Some(0)),
            ("-1", None, None),
            ("1.5", None, None),
            ("soon", None, None),
            ("", None, None),
        ] {
            assert_eq!(retry_after(value, date, now), expected.map(Duration::from_secs), "{value}");
        }
    }
}
