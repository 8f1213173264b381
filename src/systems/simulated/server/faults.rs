//! What goes wrong, by seed; and the limit of requests.

/// One thing that goes wrong with one request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Mishap {
    /// The connection is cut and nothing is done.
    CutBefore,
    /// It is done, and the connection is cut before the answer.
    CutAfter,
    /// It is done, and the answer is 500.
    ErrorAfter,
    /// It is done, and the answer is a page in HTML with status 200.
    HtmlAfter,
    /// 503, and nothing is done.
    Busy,
    /// 429 with Retry-After, and nothing is done.
    Throttled,
    /// It takes long.
    Slow,
}

const ALL: [Mishap; 7] = [
    Mishap::CutBefore,
    Mishap::CutAfter,
    Mishap::ErrorAfter,
    Mishap::HtmlAfter,
    Mishap::Busy,
    Mishap::Throttled,
    Mishap::Slow,
];

/// Decides request by request, in the order in which they come.
#[derive(Debug)]
pub(super) struct Chaos {
    share: f64,
    random: fastrand::Rng,
}

impl Chaos {
    pub(super) fn new(share: f64, seed: u64) -> Self {
        Self {
            share,
            random: fastrand::Rng::with_seed(seed),
        }
    }

    pub(super) fn next(&mut self) -> Option<Mishap> {
        let (met, which) = (self.random.f64(), self.random.usize(..ALL.len()));
        (met < self.share).then(|| ALL.get(which).copied()).flatten()
    }
}

/// A bucket that has a tenth of a minute's requests and fills evenly.
#[derive(Debug)]
pub(super) struct Bucket {
    per_minute: u64,
    /// Sixty-thousandths of a request, so that a millisecond adds `per_minute` of them.
    level: u64,
    at_ms: u64,
}

const ONE: u64 = 60_000;

impl Bucket {
    pub(super) fn new(per_minute: u32, now_ms: u64) -> Self {
        let per_minute = u64::from(per_minute);
        Self {
            per_minute,
            level: Self::size(per_minute),
            at_ms: now_ms,
        }
    }

    fn size(per_minute: u64) -> u64 {
        (per_minute / 10).max(1) * ONE
    }

    /// Takes one; gives what is left, or the seconds to wait.
    pub(super) fn take(&mut self, now_ms: u64) -> Result<u32, u64> {
        if self.per_minute == 0 {
            return Ok(u32::MAX);
        }
        let gained = now_ms.saturating_sub(self.at_ms).saturating_mul(self.per_minute);
        self.at_ms = self.at_ms.max(now_ms);
        self.level = self.level.saturating_add(gained).min(Self::size(self.per_minute));
        if self.level < ONE {
            let wait_ms = (ONE - self.level).div_ceil(self.per_minute);
            return Err(wait_ms.div_ceil(1_000).max(1));
        }
        self.level -= ONE;
        Ok(u32::try_from(self.level / ONE).unwrap_or(u32::MAX))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_bucket_gives_its_rate_and_says_how_long_to_wait() {
        let mut bucket = Bucket::new(60, 0);
        assert_eq!(
            (0..6).filter_map(|_| bucket.take(0).ok()).collect::<Vec<_>>(),
            [5, 4, 3, 2, 1, 0]
        );
        assert_eq!(bucket.take(0), Err(1));
        assert_eq!(bucket.take(1_000), Ok(0));
        assert_eq!(Bucket::new(0, 0).take(0), Ok(u32::MAX));
    }

    #[test]
    fn the_same_seed_gives_the_same_mishaps_at_the_chosen_share() {
        let run = |seed| {
            let mut chaos = Chaos::new(0.2, seed);
            (0..5_000).map(|_| chaos.next()).collect::<Vec<_>>()
        };
        assert_eq!(run(3), run(3));
        assert_ne!(run(3), run(4));
        let met = run(3).iter().flatten().count();
        assert!((900..1_100).contains(&met), "{met}");
        assert!(ALL.iter().all(|one| run(3).contains(&Some(*one))));
    }
}
