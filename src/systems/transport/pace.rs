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
///
/// ```
/// use rehome::model::{RateLimits, RateSpan};
/// use rehome::systems::transport::Pacer;
///
/// let mut pacer = Pacer::new(&RateLimits::none().and(60, RateSpan::Minute), 500);
/// let waits: Vec<u64> = (0..8).map(|_| pacer.next(1_000_000, None)).collect();
/// assert_eq!(waits[0], 0);
/// assert_eq!(waits[7] - waits[6], 2_000, "half of 60 a minute is one in two seconds");
/// ```
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
    /// Nothing that counts in it goes out before.
    #[serde(default)]
    held_until_us: u64,
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
        // A request that waits for the limit of its class does not block others in the limits of all.
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
                    (window.day, window.used) = (day, 0);
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
        let held = window.held_until_us.min(now.saturating_add(LONGEST_US));
        let counted = if let RateSpan::Day { resets_at } = limit.per {
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
        };
        counted.max(held)
    }

    /// Learns from a response.
    pub fn learn(&mut self, now_ms: u64, report: &RateReport) {
        let now = now_ms.saturating_mul(1_000);
        let hold = |until: u64, at: u64| until.max(now.saturating_add(at));
        if let (Some(wait), false) = (report.wait, report.throttle == Some(Throttle::SamePerson)) {
            let wait = u64::try_from(wait.as_micros()).unwrap_or(u64::MAX);
            match report.class {
                None => self.hold_until_us = hold(self.hold_until_us, wait),
                of_class => {
                    for (limit, window) in self.limits.all().iter().zip(&mut self.windows) {
                        if limit.class.as_deref() == of_class {
                            window.held_until_us = hold(window.held_until_us, wait);
                        }
                    }
                }
            }
        }
        match report.throttle {
            Some(Throttle::Rate) => {
                self.left_permille = (self.left_permille * AFTER_THROTTLE / WHOLE).max(LEAST);
            }
            None => self.left_permille = (self.left_permille + RECOVERY).min(WHOLE),
            Some(Throttle::Quota | Throttle::SamePerson) => {}
        }
        for (index, limit) in self.limits.all().iter().enumerate() {
            let told = report.left.iter();
            let told = told.filter(|told| told.class == limit.class.as_deref() && told.per == limit.per);
            let Some(left) = told.map(|told| told.requests).min() else {
                continue;
            };
            let interval = self.interval_us(limit);
            match (limit.per, self.windows.get_mut(index)) {
                (RateSpan::Day { resets_at }, Some(window)) => {
                    let day = day_of(now, resets_at);
                    let used = limit.requests.saturating_sub(left);
                    if window.day <= day {
                        let known = if window.day == day { window.used } else { 0 };
                        (window.day, window.used) = (day, known.max(used));
                    }
                }
                (_, Some(window)) if left == 0 => window.held_until_us = hold(window.held_until_us, interval),
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
mod tests;
