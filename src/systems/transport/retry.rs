//! How often and how long something is tried again: one policy for all that is sent.

use std::time::Duration;

/// Throttled attempts for each failed one that is allowed: a server that asks to wait is alive.
const THROTTLED: u32 = 4;

/// When to try again, as a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RetryPolicy {
    /// Attempts at one request, the first included.
    pub attempts: u32,
    /// How often an exchange begins again where something in between answers, the first time included.
    pub restarts: u32,
    /// The first pause; each one after is twice as long.
    pub first: Duration,
    /// The longest such pause.
    pub longest: Duration,
    /// The longest wait that a server may ask for.
    pub longest_wait: Duration,
    /// Seeds the jitter.
    pub seed: u64,
}

impl Default for RetryPolicy {
    fn default() -> Self {
        Self {
            attempts: 8,
            restarts: 4,
            first: Duration::from_millis(200),
            longest: Duration::from_secs(30),
            longest_wait: Duration::from_mins(15),
            seed: 0,
        }
    }
}

impl RetryPolicy {
    /// One attempt: the sender decides what a fault means.
    pub fn once() -> Self {
        Self {
            attempts: 1,
            restarts: 1,
            ..Self::default()
        }
    }

    /// The usual policy, with another jitter in each process.
    pub fn random() -> Self {
        Self {
            seed: fastrand::u64(..),
            ..Self::default()
        }
    }

    /// How often a server may ask to wait before it is given up.
    pub fn throttled(&self) -> u32 {
        self.attempts.saturating_sub(1).saturating_mul(THROTTLED)
    }

    /// The pause after an attempt (1 is the first): exponential, between half and the whole of it, never nothing.
    pub fn pause(&self, attempt: u32, random: &mut fastrand::Rng) -> Duration {
        let doubled = self.first.saturating_mul(1 << attempt.saturating_sub(1).min(20));
        let whole = u64::try_from(doubled.min(self.longest).as_millis()).unwrap_or(u64::MAX);
        let whole = whole.max(1);
        Duration::from_millis((whole / 2 + random.u64(0..=whole / 2)).max(1))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_double_up_to_the_longest_and_are_never_nothing() {
        let policy = RetryPolicy {
            first: Duration::from_millis(100),
            longest: Duration::from_secs(1),
            ..RetryPolicy::default()
        };
        let mut random = fastrand::Rng::with_seed(1);
        for (attempt, whole) in [(1, 100), (2, 200), (4, 800), (5, 1_000), (40, 1_000)] {
            for _ in 0..50 {
                let pause = policy.pause(attempt, &mut random).as_millis();
                assert!((whole / 2..=whole).contains(&pause), "{attempt}: {pause}");
            }
        }
        let none = RetryPolicy {
            first: Duration::ZERO,
            ..policy
        };
        assert!(none.pause(1, &mut random) > Duration::ZERO);
        assert_eq!(RetryPolicy::once().throttled(), 0);
    }
}
