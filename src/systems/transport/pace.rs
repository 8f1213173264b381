//! How fast a server may be asked: a share of its published rate, corrected by what it says.

use std::time::Duration;

use serde::{Deserialize, Serialize};

/// Requests that may go out at once after a pause.
const BURST: u64 = 4;
/// A 429 leaves this much of the rate, in thousandths.
const AFTER_429: u32 = 700;
/// The least that is left of the rate, in thousandths.
const LEAST: u32 = 50;
/// What each answer that is not a 429 gives back, in thousandths of the rate.
const RECOVERY: u32 = 4;
const WHOLE: u32 = 1_000;
/// Places given out ahead, at most, and the longest pause. More than that is a clock that was set
/// back or a damaged state, not something a server asked for.
const AHEAD: u64 = 64;
const LONGEST_US: u64 = 24 * 3_600 * 1_000_000;

/// The pace of one account, as a value: it knows no clock, and is kept over restarts. Times are
/// milliseconds since 1970; inside, microseconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pacer {
    per_minute: Option<u32>,
    share_permille: u16,
    left_permille: u32,
    even_us: u64,
    hold_until_us: u64,
}

impl Pacer {
    /// A pace of `share_permille` thousandths of `per_minute` requests; `None` is no limit.
    pub fn new(per_minute: Option<u32>, share_permille: u16) -> Self {
        Self {
            per_minute: per_minute.filter(|rate| *rate > 0),
            share_permille: share_permille.clamp(1, 1_000),
            left_permille: WHOLE,
            even_us: 0,
            hold_until_us: 0,
        }
    }

    /// Takes over what was learned before a restart, when rate and share are still the same.
    #[must_use]
    pub fn or_kept(self, kept: Self) -> Self {
        let same = (self.per_minute, self.share_permille) == (kept.per_minute, kept.share_permille);
        if !same {
            return self;
        }
        Self {
            left_permille: kept.left_permille.clamp(LEAST, WHOLE),
            ..kept
        }
    }

    /// Takes the next place; gives how many milliseconds to wait before sending.
    pub fn next(&mut self, now_ms: u64) -> u64 {
        let now = now_ms.saturating_mul(1_000);
        let interval = self.interval_us();
        self.even_us = self
            .even_us
            .min(now.saturating_add(interval.saturating_mul(AHEAD)));
        self.hold_until_us = self.hold_until_us.min(now.saturating_add(LONGEST_US));
        let allowed = self
            .even_us
            .saturating_sub(interval.saturating_mul(BURST - 1))
            .max(self.hold_until_us);
        let at = allowed.max(now);
        self.even_us = self.even_us.max(at).saturating_add(interval);
        (at - now).div_ceil(1_000)
    }

    /// Learns from an answer: what is left in the server's window, how long it asks to wait, and
    /// the status.
    pub fn learn(&mut self, now_ms: u64, remaining: Option<u32>, retry_after: Option<Duration>, status: u16) {
        let now = now_ms.saturating_mul(1_000);
        if let Some(wait) = retry_after {
            let wait = u64::try_from(wait.as_micros()).unwrap_or(u64::MAX);
            self.hold_until_us = self.hold_until_us.max(now.saturating_add(wait));
        }
        if status == 429 {
            self.left_permille = (self.left_permille * AFTER_429 / WHOLE).max(LEAST);
        } else {
            self.left_permille = (self.left_permille + RECOVERY).min(WHOLE);
        }
        if remaining == Some(0) {
            let pause = now.saturating_add(self.interval_us());
            self.hold_until_us = self.hold_until_us.max(pause);
        }
    }

    /// Requests a minute at the pace of this moment.
    pub fn per_minute(&self) -> Option<f64> {
        self.per_minute.map(|rate| {
            f64::from(rate) * f64::from(self.share_permille) * f64::from(self.left_permille) / 1_000_000.0
        })
    }

    fn interval_us(&self) -> u64 {
        let Some(rate) = self.per_minute else { return 0 };
        let share = u64::from(rate) * u64::from(self.share_permille) * u64::from(self.left_permille);
        (60_000_000 * 1_000_000) / share.max(1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Sends as fast as the pacer lets, for so long; gives how many went out.
    fn sent(pacer: &mut Pacer, from_ms: u64, for_ms: u64) -> u64 {
        let (mut now, mut sent) = (from_ms, 0);
        loop {
            now += pacer.next(now);
            if now >= from_ms + for_ms {
                return sent;
            }
            sent += 1;
            pacer.learn(now, None, None, 200);
        }
    }

    #[test]
    fn the_chosen_share_of_the_rate_is_kept_within_five_percent() {
        for (rate, share) in [(600, 600), (600, 1_000), (240, 500), (10_000, 333), (7, 1_000)] {
            let mut pacer = Pacer::new(Some(rate), share);
            let minutes = 30;
            let wanted = u64::from(rate) * u64::from(share) * minutes / 1_000;
            let sent = sent(&mut pacer, 1_700_000_000_000, minutes * 60_000);
            assert!(
                sent * 100 <= wanted * 105 && sent * 100 >= wanted * 95,
                "{sent} of {wanted}"
            );
        }
    }

    #[test]
    fn a_429_lowers_the_pace_and_it_recovers_slowly() {
        let mut pacer = Pacer::new(Some(600), 1_000);
        pacer.learn(0, None, Some(Duration::from_secs(7)), 429);
        assert_eq!(pacer.next(0), 7_000);
        assert_eq!(pacer.per_minute(), Some(420.0));
        for _ in 0..50 {
            pacer.learn(8_000, None, None, 200);
        }
        assert_eq!(pacer.per_minute(), Some(540.0));
        for _ in 0..1_000 {
            pacer.learn(8_000, None, None, 429);
        }
        assert_eq!(pacer.per_minute(), Some(30.0));
    }

    #[test]
    fn no_limit_is_no_wait_and_an_empty_window_is_waited_out() {
        let mut pacer = Pacer::new(None, 1_000);
        assert!((0..100).all(|_| pacer.next(5) == 0));
        let mut pacer = Pacer::new(Some(60), 1_000);
        pacer.learn(0, Some(0), None, 200);
        assert_eq!(pacer.next(0), 1_000);
    }

    #[test]
    fn a_clock_set_back_does_not_stop_the_pace() {
        let mut pacer = Pacer::new(Some(600), 1_000);
        pacer.next(2_000_000_000_000);
        assert!(pacer.next(1_000_000_000_000) <= 64 * 100);
    }

    #[test]
    fn what_was_learned_is_kept_over_a_restart_only_for_the_same_rate() {
        let mut pacer = Pacer::new(Some(600), 500);
        pacer.learn(0, None, None, 429);
        let kept: Pacer = serde_json::from_str(&serde_json::to_string(&pacer).unwrap()).unwrap();
        assert_eq!(Pacer::new(Some(600), 500).or_kept(kept), pacer);
        assert_eq!(Pacer::new(Some(600), 900).or_kept(kept).per_minute(), Some(540.0));
    }
}
