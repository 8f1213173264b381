//! How fast a server may be asked: a share of its published limits, corrected by what it says.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::{
    model::{RateLimit, RateLimits, RateSpan},
    systems::{RateReport, Throttle},
};

/// Requests that may go out at once after a pause.
const BURST: u64 = 4;
/// A refusal for the rate leaves this much of it, in thousandths.
const AFTER_THROTTLE: u32 = 700;
/// The least that is left of the rate, in thousandths.
const LEAST: u32 = 50;
/// What each answer that is no refusal gives back, in thousandths of the rate.
const RECOVERY: u32 = 4;
const WHOLE: u32 = 1_000;
/// Places given out ahead, at most, and the longest pause. More than that is a clock that was set
/// back or a damaged state, not something a server asked for.
const AHEAD: u64 = 64;
const LONGEST_US: u64 = 24 * 3_600 * SECOND_US;
const SECOND_US: u64 = 1_000_000;
const HOUR_US: u64 = 3_600 * SECOND_US;

/// The pace of one account, as a value: it knows no clock, and is kept over restarts. Times are
/// milliseconds since 1970; inside, microseconds.
///
/// Limits of seconds, minutes and hours are kept by spreading requests evenly, so that they hold in any such time,
/// however the server counts. The quota of a day is counted: it may be used up fast, and then the day is over.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pacer {
    limits: RateLimits,
    share_permille: u16,
    left_permille: u32,
    hold_until_us: u64,
    /// One for each limit.
    windows: Vec<Window>,
}

/// What was used of a limit.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
struct Window {
    /// When the next request would go out, were all of them spread evenly.
    even_us: u64,
    /// Of a quota: the day that is counted, and what was used of it.
    day: u64,
    used: u32,
}

impl Pacer {
    /// A pace of `share_permille` thousandths of the limits.
    pub fn new(limits: &RateLimits, share_permille: u16) -> Self {
        Self {
            limits: limits.clone(),
            share_permille: share_permille.clamp(1, 1_000),
            left_permille: WHOLE,
            hold_until_us: 0,
            windows: vec![Window::default(); limits.all().len()],
        }
    }

    /// No limit but what the server says.
    pub fn unlimited() -> Self {
        Self::new(&RateLimits::none(), 1_000)
    }

    /// Takes over what was learned before a restart, when limits and share are still the same.
    #[must_use]
    pub fn or_kept(self, kept: Self) -> Self {
        let same = (&self.limits, self.share_permille, self.windows.len())
            == (&kept.limits, kept.share_permille, kept.windows.len());
        if !same {
            return self;
        }
        Self {
            left_permille: kept.left_permille.clamp(LEAST, WHOLE),
            ..kept
        }
    }

    /// Takes the next place of a class of requests; gives how many milliseconds to wait before sending.
    pub fn next(&mut self, now_ms: u64, class: Option<&str>) -> u64 {
        let now = now_ms.saturating_mul(1_000);
        let at = self.earliest(now, class);
        // A request that waits for the limit of its class holds up nobody else in those of all.
        let at_of_all = self.earliest(now, None);
        for (index, limit) in self.limits.all().iter().enumerate() {
            let interval = self.interval_us(limit);
            let Some(window) = self.windows.get_mut(index).filter(|_| counts(limit, class)) else {
                continue;
            };
            let at = if limit.class.is_some() { at } else { at_of_all };
            if let RateSpan::Day { resets_at } = limit.per {
                let day = day_of(at, resets_at);
                if window.day != day {
                    *window = Window {
                        day,
                        ..Window::default()
                    };
                }
                window.used = window.used.saturating_add(1);
            } else {
                let most = now.saturating_add(interval.saturating_mul(AHEAD));
                window.even_us = window.even_us.min(most).max(at).saturating_add(interval);
            }
        }
        (at - now).div_ceil(1_000)
    }

    /// As [`Self::next`] where that is at most `longest_ms` away; otherwise takes no place and gives how long it
    /// would be.
    pub fn turn(&mut self, now_ms: u64, class: Option<&str>, longest_ms: u64) -> Result<u64, u64> {
        let now = now_ms.saturating_mul(1_000);
        let wait = (self.earliest(now, class) - now).div_ceil(1_000);
        if wait > longest_ms {
            return Err(wait);
        }
        Ok(self.next(now_ms, class))
    }

    /// When the next request of a class may go out, not before now.
    fn earliest(&self, now: u64, class: Option<&str>) -> u64 {
        let held = self.hold_until_us.min(now.saturating_add(LONGEST_US));
        let all = self.limits.all().iter().zip(&self.windows);
        let counted = all.filter(|(limit, _)| counts(limit, class));
        counted.fold(held.max(now), |at, (limit, window)| {
            at.max(self.allowed(limit, *window, now))
        })
    }

    /// When one limit lets the next request go.
    fn allowed(&self, limit: &RateLimit, window: Window, now: u64) -> u64 {
        if let RateSpan::Day { resets_at } = limit.per {
            let today = day_of(now, resets_at);
            // A later day is counted only where places of it were given out already.
            let day = if window.day == today + 1 {
                window.day
            } else {
                today
            };
            let used = if window.day == day { window.used } else { 0 };
            if u64::from(used) >= self.quota(limit) {
                begin_of(day + 1, resets_at)
            } else if day == today {
                0
            } else {
                begin_of(day, resets_at)
            }
        } else {
            let interval = self.interval_us(limit);
            let even = window
                .even_us
                .min(now.saturating_add(interval.saturating_mul(AHEAD)));
            even.saturating_sub(interval.saturating_mul(burst(limit.per) - 1))
        }
    }

    /// Learns from a response to a request of a class.
    pub fn learn(&mut self, now_ms: u64, class: Option<&str>, report: &RateReport) {
        let now = now_ms.saturating_mul(1_000);
        let hold = |until: u64, at: u64| until.max(now.saturating_add(at));
        if let (Some(wait), false) = (report.wait, report.throttle == Some(Throttle::SamePerson)) {
            let wait = u64::try_from(wait.as_micros()).unwrap_or(u64::MAX);
            self.hold_until_us = hold(self.hold_until_us, wait);
        }
        match report.throttle {
            Some(Throttle::Rate) => {
                self.left_permille = (self.left_permille * AFTER_THROTTLE / WHOLE).max(LEAST);
            }
            None => self.left_permille = (self.left_permille + RECOVERY).min(WHOLE),
            Some(Throttle::Quota | Throttle::SamePerson) => {}
        }
        for (index, limit) in self.limits.all().iter().enumerate() {
            let told = report.left.iter().find(|(span, _)| *span == limit.per);
            let (Some((_, left)), true) = (told, counts(limit, class)) else {
                continue;
            };
            let interval = self.interval_us(limit);
            match (limit.per, self.windows.get_mut(index)) {
                (RateSpan::Day { resets_at }, Some(window)) => {
                    let day = day_of(now, resets_at);
                    let used = limit.requests.saturating_sub(*left);
                    if window.day <= day {
                        let known = if window.day == day { window.used } else { 0 };
                        *window = Window {
                            day,
                            used: known.max(used),
                            ..Window::default()
                        };
                    }
                }
                _ if *left == 0 => self.hold_until_us = hold(self.hold_until_us, interval),
                _ => {}
            }
        }
    }

    /// Requests a minute at the pace of this moment, by the strictest limit that is no quota.
    pub fn per_minute(&self) -> Option<f64> {
        let all = self.limits.all().iter();
        let even = all.filter(|limit| limit.class.is_none() && !matches!(limit.per, RateSpan::Day { .. }));
        even.map(|limit| {
            let span = Duration::from_secs(limit.per.seconds()).as_secs_f64();
            let share = f64::from(self.share_permille) * f64::from(self.left_permille) / 1_000_000.0;
            f64::from(limit.requests) * share * 60.0 / span
        })
        .min_by(f64::total_cmp)
    }

    fn interval_us(&self, limit: &RateLimit) -> u64 {
        let share =
            u64::from(limit.requests) * u64::from(self.share_permille) * u64::from(self.left_permille);
        limit.per.seconds() * SECOND_US * 1_000_000 / share.max(1)
    }

    /// Requests of a day that the share leaves: at least one, or nothing would ever be sent.
    fn quota(&self, limit: &RateLimit) -> u64 {
        (u64::from(limit.requests) * u64::from(self.share_permille) / u64::from(WHOLE)).max(1)
    }
}

/// Requests that may go out at once after a pause: in a second too few fit for any to come early.
fn burst(per: RateSpan) -> u64 {
    match per {
        RateSpan::Second => 1,
        _ => BURST,
    }
}

/// Whether a request of this class counts in a limit.
fn counts(limit: &RateLimit, class: Option<&str>) -> bool {
    limit.class.is_none() || limit.class.as_deref() == class
}

/// The day of a quota, counted from 1970.
fn day_of(at_us: u64, resets_at: u8) -> u64 {
    (at_us + LONGEST_US - u64::from(resets_at % 24) * HOUR_US) / LONGEST_US
}

fn begin_of(day: u64, resets_at: u8) -> u64 {
    (day * LONGEST_US + u64::from(resets_at % 24) * HOUR_US).saturating_sub(LONGEST_US)
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: u64 = 1_700_000_000_000;

    fn per_minute(rate: u32, share: u16) -> Pacer {
        Pacer::new(&RateLimits::none().and(rate, RateSpan::Minute), share)
    }

    /// Sends as fast as the pacer lets, for so long; gives when each went out.
    fn times(pacer: &mut Pacer, from_ms: u64, for_ms: u64, class: Option<&str>) -> Vec<u64> {
        let (mut now, mut sent) = (from_ms, Vec::new());
        loop {
            now += pacer.next(now, class);
            if now >= from_ms + for_ms {
                return sent;
            }
            sent.push(now);
            pacer.learn(now, class, &RateReport::default());
        }
    }

    fn sent(pacer: &mut Pacer, from_ms: u64, for_ms: u64) -> u64 {
        times(pacer, from_ms, for_ms, None).len() as u64
    }

    fn refused() -> RateReport {
        RateReport {
            throttle: Some(Throttle::Rate),
            ..RateReport::default()
        }
    }

    #[test]
    fn the_chosen_share_of_the_rate_is_kept_within_five_percent() {
        for (rate, share) in [(600, 600), (600, 1_000), (240, 500), (10_000, 333), (7, 1_000)] {
            let minutes = 30;
            let wanted = u64::from(rate) * u64::from(share) * minutes / 1_000;
            let sent = sent(&mut per_minute(rate, share), NOW, minutes * 60_000);
            assert!(
                sent * 100 <= wanted * 105 && sent * 100 >= wanted * 95,
                "{sent} of {wanted}"
            );
        }
    }

    #[test]
    fn several_limits_hold_at_the_same_time_and_the_strictest_decides() {
        let limits = RateLimits::none()
            .and(10, RateSpan::Second)
            .and(240, RateSpan::Minute)
            .and(3_600, RateSpan::Hour)
            .and(2_000, RateSpan::Day { resets_at: 0 });
        let mut pacer = Pacer::new(&limits, 1_000);
        let begin = begin_of(day_of(NOW * 1_000, 0), 0) / 1_000;
        let sent = times(&mut pacer, begin, 2 * 86_400_000, None);
        for (span_ms, most) in [(1_000, 10), (60_000, 240), (3_600_000, 3_600)] {
            for (index, first) in sent.iter().enumerate().step_by(7) {
                let within = sent[index..]
                    .iter()
                    .take_while(|at| **at < first + span_ms)
                    .count() as u64;
                assert!(within <= most + BURST, "{within} in {span_ms} ms");
            }
        }
        let first_day = sent.iter().filter(|at| **at < begin + 86_400_000).count();
        assert_eq!((first_day, sent.len()), (2_000, 4_000), "a day's quota each day");
        // An hour allows one a second: the quota lasts for less than an hour of the day.
        assert!(sent[1_999] < begin + 3_600_000, "{}", sent[1_999] - begin);
    }

    #[test]
    fn a_class_has_its_own_limit_and_counts_in_those_of_all() {
        let limits = RateLimits::none()
            .and(600, RateSpan::Minute)
            .and_of("imports", 20, RateSpan::Minute);
        let minutes = |class| times(&mut Pacer::new(&limits, 1_000), NOW, 600_000, class).len();
        assert!((190..=210).contains(&minutes(Some("imports"))));
        assert!((5_900..=6_100).contains(&minutes(Some("reads"))));
        assert!((5_900..=6_100).contains(&minutes(None)));
        let mut pacer = Pacer::new(&limits, 1_000);
        for _ in 0..8 {
            pacer.next(NOW, Some("imports"));
        }
        assert!(pacer.next(NOW, Some("imports")) >= 3_000);
        assert!(
            pacer.next(NOW, None) < 3_000,
            "others need not wait for the imports' own limit"
        );
    }

    #[test]
    fn a_used_up_quota_waits_for_the_hour_of_its_reset_and_takes_no_place_meanwhile() {
        let limits = RateLimits::none().and(3, RateSpan::Day { resets_at: 5 });
        let day = day_of(NOW * 1_000, 5);
        let five = begin_of(day + 1, 5) / 1_000;
        assert_eq!(five / 3_600_000 % 24, 5);
        let mut pacer = Pacer::new(&limits, 1_000);
        assert!((0..3).all(|_| pacer.turn(NOW, None, 60_000) == Ok(0)));
        let kept: Pacer = serde_json::from_str(&serde_json::to_string(&pacer).unwrap()).unwrap();
        let mut pacer = Pacer::new(&limits, 1_000).or_kept(kept);
        for _ in 0..9 {
            assert_eq!(pacer.turn(NOW, None, 60_000), Err(five - NOW));
        }
        assert!((0..3).all(|_| pacer.turn(five, None, 0) == Ok(0)));
        assert_eq!(pacer.turn(five, None, 0), Err(86_400_000));
        assert_eq!(Pacer::new(&limits, 500).quota(&limits.all()[0]), 1);
    }

    #[test]
    fn what_the_server_says_is_left_of_a_quota_counts_where_it_is_less() {
        let per = RateSpan::Day { resets_at: 0 };
        let mut pacer = Pacer::new(&RateLimits::none().and(100, per), 1_000);
        let left = |left| RateReport {
            left: vec![(per, left)],
            ..RateReport::default()
        };
        pacer.learn(NOW, None, &left(1));
        pacer.learn(NOW, None, &left(90));
        assert_eq!(pacer.turn(NOW, None, 0), Ok(0));
        assert!(pacer.turn(NOW, None, 0).is_err());
    }

    #[test]
    fn a_refusal_for_the_rate_lowers_the_pace_and_it_recovers_slowly() {
        let mut pacer = per_minute(600, 1_000);
        let wait = Some(Duration::from_secs(7));
        pacer.learn(0, None, &RateReport { wait, ..refused() });
        assert_eq!(pacer.next(0, None), 7_000);
        assert_eq!(pacer.per_minute(), Some(420.0));
        for _ in 0..50 {
            pacer.learn(8_000, None, &RateReport::default());
        }
        assert_eq!(pacer.per_minute(), Some(540.0));
        for _ in 0..1_000 {
            pacer.learn(8_000, None, &refused());
        }
        assert_eq!(pacer.per_minute(), Some(30.0));
    }

    #[test]
    fn a_refusal_for_a_quota_or_the_same_person_leaves_the_pace_as_it_is() {
        for (throttle, waits) in [(Throttle::Quota, 9_000), (Throttle::SamePerson, 0)] {
            let mut pacer = per_minute(600, 1_000);
            let report = RateReport {
                wait: Some(Duration::from_secs(9)),
                throttle: Some(throttle),
                ..RateReport::default()
            };
            pacer.learn(0, None, &report);
            assert_eq!((pacer.per_minute(), pacer.next(0, None)), (Some(600.0), waits));
        }
    }

    #[test]
    fn no_limit_is_no_wait_and_an_empty_window_is_waited_out() {
        let mut pacer = Pacer::unlimited();
        assert!((0..100).all(|_| pacer.next(5, None) == 0));
        let mut pacer = per_minute(60, 1_000);
        let report = RateReport {
            left: vec![(RateSpan::Minute, 0)],
            ..RateReport::default()
        };
        pacer.learn(0, None, &report);
        assert_eq!(pacer.next(0, None), 1_000);
    }

    #[test]
    fn a_clock_set_back_does_not_stop_the_pace() {
        let limits = RateLimits::none()
            .and(600, RateSpan::Minute)
            .and(9, RateSpan::Day { resets_at: 0 });
        let mut pacer = Pacer::new(&limits, 1_000);
        pacer.next(2_000_000_000_000, None);
        assert!(pacer.next(1_000_000_000_000, None) <= 64 * 100);
    }

    #[test]
    fn what_was_learned_is_kept_over_a_restart_only_for_the_same_limits() {
        let mut pacer = per_minute(600, 500);
        pacer.learn(0, None, &refused());
        let kept: Pacer = serde_json::from_str(&serde_json::to_string(&pacer).unwrap()).unwrap();
        assert_eq!(per_minute(600, 500).or_kept(kept.clone()), pacer);
        assert_eq!(per_minute(600, 900).or_kept(kept).per_minute(), Some(540.0));
    }
}
