//! A date as a cell has it, and why a text is not one.

use jiff::{
    Timestamp,
    civil::{Date, Time},
    tz::Offset,
};

use crate::model::{DateOrTime, DateRule};

/// Why a cell gives no date.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum DateProblem {
    /// The text is not a date that the rule reads. Years of two digits are here too.
    #[error("not a date that can be read")]
    Unreadable,
    /// Day and month as numbers, and nothing says which comes first.
    #[error("{}", which_first(*day_first, *month_first))]
    DayMonth {
        /// The text is a date where the day comes first.
        day_first: bool,
        /// The text is a date where the month comes first.
        month_first: bool,
    },
    /// The date reads, but lies outside the years that make sense.
    #[error("{0} is implausible")]
    Implausible(Date),
}

/// What a cell says.
pub(crate) enum Written {
    Day(Date),
    /// A time of day, with its offset where the cell names one.
    Time(Date, Time, Option<Offset>),
    Moment(Timestamp),
}

impl Written {
    pub(super) fn stamp(self, rule: &DateRule) -> Option<DateOrTime> {
        match self {
            Self::Day(day) => DateOrTime::of_day(day, &rule.zone),
            Self::Time(day, time, offset) => {
                let at = day.to_datetime(time);
                let moment = match offset {
                    Some(offset) => offset.to_timestamp(at),
                    None => rule.zone.time_zone().to_timestamp(at),
                };
                moment
                    .ok()
                    .map(|moment| DateOrTime::of_moment(moment, &rule.zone))
            }
            Self::Moment(moment) => Some(DateOrTime::of_moment(moment, &rule.zone)),
        }
    }
}

/// The first nine digits of a fraction.
pub(crate) fn billionths(digits: &[u8]) -> i64 {
    (0..9).fold(0, |value, place| {
        let digit = digits.get(place).map_or(0, |byte| i64::from(byte - b'0'));
        value * 10 + digit
    })
}

pub(crate) fn which_first(day_first: bool, month_first: bool) -> &'static str {
    match (day_first, month_first) {
        (true, false) => "only valid with the day first",
        (false, true) => "only valid with the month first",
        _ => "valid with the day first and with the month first",
    }
}
