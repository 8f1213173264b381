//! A date of a cell.

use jiff::{Timestamp, civil::Date};

use super::Zone;

/// A date of a cell: a day, or a moment within it. Stamps order by moment; a day without a time of
/// day counts as its start.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct DateOrTime {
    instant: Timestamp,
    timed: bool,
    day: Date,
}

impl DateOrTime {
    /// A day of a zone. `None` for a day beyond the calendar's ends.
    pub fn of_day(day: Date, zone: &Zone) -> Option<Self> {
        let instant = zone.time_zone().to_timestamp(day.at(0, 0, 0, 0)).ok()?;
        Some(Self {
            instant,
            timed: false,
            day,
        })
    }

    /// A moment, and the day that it is of in a zone.
    pub fn of_moment(moment: Timestamp, zone: &Zone) -> Self {
        Self {
            instant: moment,
            timed: true,
            day: zone.time_zone().to_datetime(moment).date(),
        }
    }

    /// The day in the rule's zone.
    pub fn day(&self) -> Date {
        self.day
    }

    /// The moment, where the cell contains a time of day.
    pub fn moment(&self) -> Option<Timestamp> {
        self.timed.then_some(self.instant)
    }

    /// The moment, or the start of the day in the rule's zone: what stamps are compared by.
    pub fn instant(&self) -> Timestamp {
        self.instant
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stamps_of_different_zones_order_by_moment() {
        let paris = Zone::parse("Europe/Paris").expect("a zone");
        let day = jiff::civil::date(2026, 8, 1);
        let start = DateOrTime::of_day(day, &paris).expect("a day");
        assert_eq!(start.moment(), None);
        assert_eq!(start.instant().to_string(), "2026-07-31T22:00:00Z");
        let later = DateOrTime::of_moment("2026-07-31T22:30:00Z".parse().expect("a moment"), &paris);
        assert_eq!(later.day(), day);
        assert!(start < later);
        assert!(DateOrTime::of_day(day, &Zone::default()).expect("a day") > later);
    }
}
