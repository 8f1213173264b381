//! A plan and the moment in; whose day counts as today, out.

use jiff::{Timestamp, civil::Date};

use super::Plan;
use crate::model::Zone;

/// The day on which a plan is computed. Where neither plan nor zone fixes it for all, each source has a day of its own:
/// what ends today ends when that day ends where the source is, never where the machine is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PlanDay {
    day: Date,
    /// Now, where each zone has a day of its own.
    now: Option<Timestamp>,
}

impl PlanDay {
    /// The day of the plan as a whole.
    pub fn day(&self) -> Date {
        self.day
    }

    /// The day that it is in a zone.
    pub fn in_zone(&self, zone: &Zone) -> Date {
        self.now
            .map_or(self.day, |now| zone.time_zone().to_datetime(now).date())
    }
}

impl Plan {
    /// The moment at which a day begins, in Unix milliseconds: in the plan's zone, else in that of its sources where they
    /// have one, else in UTC. `None` where the plan stays on one day, so that no day ever begins.
    pub fn begins(&self, day: Date) -> Option<i64> {
        if self.as_of.is_some() {
            return None;
        }
        let zone = self.zone.clone().unwrap_or_else(|| self.one_zone());
        let begins = zone.time_zone().to_ambiguous_timestamp(day.at(0, 0, 0, 0));
        Some(begins.compatible().ok()?.as_millisecond())
    }

    /// The zone of the sources, where they have one; else UTC.
    fn one_zone(&self) -> Zone {
        let mut zones = self
            .sources
            .iter()
            .map(|source| &source.formats.dates.default.zone);
        let first = zones.next().cloned().unwrap_or_default();
        let one = zones.all(|zone| *zone == first);
        if one { first } else { Zone::default() }
    }
}

/// The same day everywhere.
impl From<Date> for PlanDay {
    fn from(day: Date) -> Self {
        Self { day, now: None }
    }
}

impl Plan {
    /// Whose day counts at a moment, in Unix milliseconds: `as_of`, else the day in the plan's zone, else that of each
    /// source. The plan as a whole then has the day of its sources where they have one zone, else that of UTC.
    pub fn day(&self, now_ms: i64) -> PlanDay {
        if let Some(day) = self.as_of {
            return day.into();
        }
        let now = Timestamp::from_millisecond(now_ms).unwrap_or_default();
        let day_in = |zone: &Zone| zone.time_zone().to_datetime(now).date();
        if let Some(zone) = &self.zone {
            return day_in(zone).into();
        }
        PlanDay {
            day: day_in(&self.one_zone()),
            now: Some(now),
        }
    }
}
