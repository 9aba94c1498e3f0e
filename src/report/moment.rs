//! When a scan began and ended, as reports write it.

/// Seconds since 1970 in RFC 3339, in UTC; the beginning of 1970 for a time that it does not know.
pub(super) fn rfc_3339(seconds: u64) -> String {
    const LENGTH: usize = "2000-01-01T00:00:00+00:00".len();
    let time = gix::date::Time::new(seconds.try_into().unwrap_or(0), 0);
    let text = time.format(gix::date::time::format::ISO8601_STRICT).ok();
    // Years of more than four digits are none that the standard knows.
    text.filter(|text| text.len() == LENGTH).unwrap_or_else(|| "1970-01-01T00:00:00+00:00".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_as_the_standard_has_them() {
        for (seconds, expected) in [
            (0, "1970-01-01T00:00:00+00:00"),
            (1_700_000_000, "2023-11-14T22:13:20+00:00"),
            (253_370_764_800, "9999-01-01T00:00:00+00:00"),
            (253_402_300_800, "1970-01-01T00:00:00+00:00"),
            (u64::MAX, "1970-01-01T00:00:00+00:00"),
        ] {
            assert_eq!(rfc_3339(seconds), expected);
        }
    }
}
