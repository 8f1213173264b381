//! Which faults the practice CRM has; and requests as they come in, whether each may out.

use crate::systems::vendor_server::Mishap;

/// What goes wrong with its requests.
pub(super) const MISHAPS: &[Mishap] = &[
    Mishap::CutBefore,
    Mishap::CutAfter,
    Mishap::ErrorAfter,
    Mishap::ProxyAfter,
    Mishap::Unavailable,
    Mishap::Throttled,
    Mishap::Slow,
];

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
}
