//! How many emails an hour in; how many go together and when the next may, out.

const HOUR_MS: u64 = 3_600_000;

/// Spreads emails over the hour: two hundred at once and then none for an hour is what filters of spam look for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Pace {
    /// Milliseconds per email.
    gap: u64,
    /// Emails that go together.
    together: usize,
}

impl Pace {
    /// At most `per_hour`, and at most `most` in a request. Those of a minute go together.
    pub(super) fn of(per_hour: Option<u32>, most: usize) -> Self {
        match per_hour {
            None => Self {
                gap: 0,
                together: most.max(1),
            },
            Some(per_hour) => Self {
                gap: HOUR_MS.div_ceil(u64::from(per_hour.max(1))),
                together: usize::try_from(per_hour / 60)
                    .unwrap_or(most)
                    .clamp(1, most.max(1)),
            },
        }
    }

    /// How many go together.
    pub(super) fn together(self) -> usize {
        self.together
    }

    /// How long to wait after so many, in milliseconds.
    pub(super) fn after(self, mails: u64) -> u64 {
        self.gap.saturating_mul(mails)
    }

    /// About how long so many take, in milliseconds.
    pub(super) fn about(self, mails: u64) -> u64 {
        self.after(mails.saturating_sub(self.together as u64))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_hour_never_holds_more_than_it_may() {
        for per_hour in [1, 2, 59, 60, 61, 200, 3_600, 7_201, 1_000_000] {
            let pace = Pace::of(Some(per_hour), 100);
            assert!((1..=100).contains(&pace.together()), "{per_hour}");
            let gone = |hours: u64| {
                let (mut at, mut sent) = (0, 0);
                while at < hours * HOUR_MS {
                    sent += pace.together() as u64;
                    at += pace.after(pace.together() as u64);
                }
                sent
            };
            let most = u64::from(per_hour) + pace.together() as u64;
            assert!(gone(1) <= most, "{per_hour}: {} in an hour", gone(1));
            assert!(
                gone(10) >= 9 * u64::from(per_hour),
                "{per_hour}: {} in ten",
                gone(10)
            );
        }
    }

    #[test]
    fn without_a_limit_nothing_waits() {
        let pace = Pace::of(None, 100);
        assert_eq!((pace.together(), pace.after(100), pace.about(5_000)), (100, 0, 0));
        assert_eq!(Pace::of(Some(200), 100).about(200) / 60_000, 59);
    }
}
