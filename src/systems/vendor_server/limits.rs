//! Requests as they come in; whether each may, and what is left of every limit, out.

/// The milliseconds of a second.
pub(super) const SECOND_MS: u64 = 1_000;
/// The milliseconds of a minute.
pub(super) const MINUTE_MS: u64 = 60 * SECOND_MS;
/// The milliseconds of an hour.
pub(super) const HOUR_MS: u64 = 60 * MINUTE_MS;
/// The milliseconds of a day.
pub(super) const DAY_MS: u64 = 24 * HOUR_MS;

/// A limit: so many requests in each stretch of time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Window {
    /// What the vendor calls it.
    pub name: &'static str,
    /// How many requests; 0 is no limit.
    pub limit: u32,
    /// How long a stretch is.
    long_ms: u64,
    /// When one begins, counted from midnight UTC.
    begins_ms: u64,
    /// Counts only requests of this class.
    class: Option<&'static str>,
}

impl Window {
    /// So many requests in a second.
    pub const fn second(name: &'static str, limit: u32) -> Self {
        Self::new(name, limit, SECOND_MS)
    }

    /// So many requests in a minute.
    pub const fn minute(name: &'static str, limit: u32) -> Self {
        Self::new(name, limit, MINUTE_MS)
    }

    /// So many requests in an hour.
    pub const fn hour(name: &'static str, limit: u32) -> Self {
        Self::new(name, limit, HOUR_MS)
    }

    /// So many requests in a day that begins at an hour of UTC.
    pub const fn day(name: &'static str, limit: u32, hour: u8) -> Self {
        Self {
            begins_ms: hour as u64 * HOUR_MS,
            ..Self::new(name, limit, DAY_MS)
        }
    }

    const fn new(name: &'static str, limit: u32, long_ms: u64) -> Self {
        Self {
            name,
            limit,
            long_ms,
            begins_ms: 0,
            class: None,
        }
    }

    /// The same, for requests of one class.
    #[must_use]
    pub const fn of_class(self, class: &'static str) -> Self {
        Self {
            class: Some(class),
            ..self
        }
    }

    fn counts(&self, class: Option<&str>) -> bool {
        self.limit > 0 && (self.class.is_none() || self.class == class)
    }
}

/// A limit that a request would exceed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Exceeded {
    /// The limit.
    pub window: Window,
    /// How long until it begins anew, in milliseconds.
    pub wait_ms: u64,
}

/// What is left of a limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct WindowLeft {
    /// The limit.
    pub window: Window,
    /// Requests used.
    pub used: u32,
    /// Requests left.
    pub left: u32,
    /// How long until it begins anew, in milliseconds.
    pub wait_ms: u64,
}

/// What was used of each limit.
#[derive(Debug)]
pub(super) struct Windows(Vec<Counted>);

#[derive(Debug)]
struct Counted {
    window: Window,
    begun_ms: u64,
    used: u32,
}

impl Windows {
    pub(super) fn new(windows: Vec<Window>) -> Self {
        let unused = |window| Counted {
            window,
            begun_ms: 0,
            used: 0,
        };
        Self(windows.into_iter().map(unused).collect())
    }

    /// Takes one of each that counts this class; gives what is left of all, or the first limit that is used up.
    pub(super) fn take(&mut self, now_ms: u64, class: Option<&str>) -> Result<Vec<WindowLeft>, Exceeded> {
        for used in &mut self.0 {
            used.turn(now_ms);
        }
        let counts = |used: &&Counted| used.window.counts(class);
        if let Some(full) = self
            .0
            .iter()
            .filter(counts)
            .find(|used| used.used >= used.window.limit)
        {
            return Err(Exceeded {
                window: full.window,
                wait_ms: full.wait_ms(now_ms),
            });
        }
        for used in &mut self.0 {
            used.used += u32::from(used.window.counts(class));
        }
        let limited = self.0.iter().filter(|used| used.window.limit > 0);
        let left = limited.map(|used| WindowLeft {
            window: used.window,
            used: used.used,
            left: used.window.limit - used.used,
            wait_ms: used.wait_ms(now_ms),
        });
        Ok(left.collect())
    }
}

impl Counted {
    fn turn(&mut self, now_ms: u64) {
        let Window {
            long_ms, begins_ms, ..
        } = self.window;
        let begun_ms = now_ms - (now_ms + long_ms - begins_ms) % long_ms;
        if begun_ms != self.begun_ms {
            (self.begun_ms, self.used) = (begun_ms, 0);
        }
    }

    fn wait_ms(&self, now_ms: u64) -> u64 {
        self.begun_ms + self.window.long_ms - now_ms
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_window_counts_by_itself() {
        let mut windows = Windows::new(vec![
            Window::second("second", 2),
            Window::minute("minute", 3),
            Window::day("day", 4, 7),
            Window::minute("bulk", 1).of_class("bulk"),
            Window::hour("hour", 0),
        ]);
        let day = 1_700_000_000_000 / DAY_MS * DAY_MS;
        let bulk = Some("bulk");
        let left = windows.take(day, bulk).unwrap();
        let left: Vec<_> = left.iter().map(|left| (left.window.name, left.left)).collect();
        assert_eq!(left, [("second", 1), ("minute", 2), ("day", 3), ("bulk", 0)]);
        let wait = |refused: Result<Vec<WindowLeft>, Exceeded>| {
            let exceeded = refused.unwrap_err();
            (exceeded.window.name, exceeded.wait_ms)
        };
        assert_eq!(wait(windows.take(day + 1, bulk)), ("bulk", 59_999));
        assert!(windows.take(day + 2, None).is_ok());
        assert_eq!(wait(windows.take(day + 10, None)), ("second", 990));
        assert!(windows.take(day + 1_000, None).is_ok());
        assert_eq!(wait(windows.take(day + 2_000, None)), ("minute", 58_000));
        assert!(windows.take(day + 60_000, bulk).is_ok());
        let seven = 7 * HOUR_MS - 120_000;
        assert_eq!(wait(windows.take(day + 120_000, None)), ("day", seven));
        assert!(windows.take(day + 7 * HOUR_MS, None).is_ok());
    }
}
