//! Two moments in; how long ago the first one was, in words, out.

use super::counted;

const HOUR_MS: u64 = 3_600_000;

/// How long ago something was, of moments in Unix milliseconds. A clock that was set back makes nothing older.
///
/// ```
/// assert_eq!(rehome::text::age(0, 22 * 24 * 3_600_000), "22 days ago");
/// ```
pub fn age(then_ms: i64, now_ms: i64) -> String {
    let hours = u64::try_from(now_ms.saturating_sub(then_ms)).unwrap_or_default() / HOUR_MS;
    match hours {
        0 => "less than an hour ago".to_owned(),
        1..48 => format!("{} ago", counted(hours, "hour")),
        _ => format!("{} ago", counted(hours / 24, "day")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_age_is_in_hours_and_from_two_days_on_in_days() {
        let ago = |hours: i64| age(0, hours * 3_600_000);
        assert_eq!(ago(0), "less than an hour ago");
        assert_eq!(ago(1), "1 hour ago");
        assert_eq!(ago(47), "47 hours ago");
        assert_eq!(ago(48), "2 days ago");
        assert_eq!(ago(-5), "less than an hour ago", "the clock was set back");
    }
}
