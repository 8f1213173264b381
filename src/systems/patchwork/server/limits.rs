//! Requests as they come in; whether each may, and what is left of every limit, out.

use super::{options::Limits, socket::Reply};

const SECOND_MS: u64 = 1_000;
const MINUTE_MS: u64 = 60 * SECOND_MS;
const HOUR_MS: u64 = 60 * MINUTE_MS;
const DAY_MS: u64 = 24 * HOUR_MS;

/// What was used of each limit.
#[derive(Debug)]
pub(super) struct Windows {
    limits: Limits,
    all: [Window; 3],
    bulk: Window,
}

/// What was used in one stretch of time.
#[derive(Debug, Clone, Copy, Default)]
struct Window {
    begins_ms: u64,
    used: u32,
}

/// What is left of each limit, as the headers say it.
pub(super) type Left = Vec<(&'static str, String)>;

impl Windows {
    pub(super) fn new(limits: Limits) -> Self {
        Self {
            limits,
            all: [Window::default(); 3],
            bulk: Window::default(),
        }
    }

    /// Takes one of each; gives what is left, or the refusal.
    pub(super) fn take(&mut self, now_ms: u64, bulk: bool) -> Result<Left, Reply> {
        let Limits {
            second,
            minute,
            day,
            day_begins,
            bulk_minute,
        } = self.limits;
        let begins = u64::from(day_begins) * HOUR_MS;
        let spans = [
            (second, SECOND_MS, 0),
            (minute, MINUTE_MS, 0),
            (day, DAY_MS, begins),
        ];
        for (window, (_, long_ms, from_ms)) in self.all.iter_mut().zip(spans) {
            window.turn(now_ms, long_ms, from_ms);
        }
        self.bulk.turn(now_ms, MINUTE_MS, 0);
        for (at, (window, (limit, long_ms, _))) in self.all.iter().zip(spans).enumerate() {
            if limit > 0 && window.used >= limit {
                let code = if at == 2 { "QUOTA" } else { "RATE" };
                return Err(too_fast(code, None, window.begins_ms + long_ms - now_ms));
            }
        }
        if bulk && bulk_minute > 0 && self.bulk.used >= bulk_minute {
            let wait = self.bulk.begins_ms + MINUTE_MS - now_ms;
            return Err(too_fast("RATE", Some("bulk"), wait));
        }
        for window in &mut self.all {
            window.used += 1;
        }
        self.bulk.used += u32::from(bulk);
        let names = [
            "X-Patchwork-Second-Left",
            "X-Patchwork-Minute-Left",
            "X-Patchwork-Day-Left",
        ];
        let mut left = Left::new();
        for ((name, window), (limit, _, _)) in names.into_iter().zip(self.all).zip(spans) {
            if limit > 0 {
                left.push((name, (limit - window.used).to_string()));
            }
        }
        if day > 0 {
            left.push(("X-Patchwork-Day-Begins", day_begins.to_string()));
        }
        if bulk_minute > 0 {
            left.push((
                "X-Patchwork-Bulk-Left",
                (bulk_minute - self.bulk.used).to_string(),
            ));
        }
        Ok(left)
    }
}

impl Window {
    fn turn(&mut self, now_ms: u64, long_ms: u64, from_ms: u64) {
        let begins_ms = now_ms - (now_ms + long_ms - from_ms) % long_ms;
        if begins_ms != self.begins_ms {
            *self = Self { begins_ms, used: 0 };
        }
    }
}

/// A refusal that says how long to wait.
pub(super) fn too_fast(code: &str, class: Option<&str>, wait_ms: u64) -> Reply {
    let reply = Reply::error_of(429, code, class, "too many requests");
    reply.header("X-Patchwork-Retry-Ms", wait_ms.to_string())
}

/// A response with what is left.
pub(super) fn told(reply: Reply, left: &Left) -> Reply {
    left.iter()
        .fold(reply, |reply, (name, value)| reply.header(name, value.clone()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_window_counts_by_itself() {
        let limits = Limits {
            second: 2,
            minute: 3,
            day: 4,
            day_begins: 7,
            bulk_minute: 1,
        };
        let mut windows = Windows::new(limits);
        let day = 1_700_000_000_000 / DAY_MS * DAY_MS;
        assert!(windows.take(day, true).is_ok());
        let wait = |refused: Result<Left, Reply>| refused.unwrap_err().header_value("X-Patchwork-Retry-Ms");
        assert_eq!(
            wait(windows.take(day + 1, true)),
            Some("59999".to_owned()),
            "the class"
        );
        assert!(windows.take(day + 2, false).is_ok());
        assert_eq!(
            wait(windows.take(day + 10, false)),
            Some("990".to_owned()),
            "the second"
        );
        assert!(windows.take(day + 1_000, false).is_ok());
        assert_eq!(
            wait(windows.take(day + 2_000, false)),
            Some("58000".to_owned()),
            "the minute"
        );
        assert!(windows.take(day + 60_000, true).is_ok());
        let seven = (7 * HOUR_MS - 120_000).to_string();
        assert_eq!(wait(windows.take(day + 120_000, false)), Some(seven), "the day");
        assert!(windows.take(day + 7 * HOUR_MS, false).is_ok());
    }
}
