//! A length of time as a plan writes it, in days, weeks, months or years, in; days of the calendar, out.

use std::{fmt, str::FromStr};

use jiff::{Span, ToSpan, civil::Date};

/// More than ten years are a slip.
const MAX_DAYS: u32 = 3_650;
/// As long, in months.
const MAX_MONTHS: u32 = 120;

/// A length of time in whole days or whole months of the calendar, at least one.
///
/// ```
/// use jiff::civil::date;
/// use rehome::model::Period;
///
/// let period: Period = "1 month".parse()?;
/// assert_eq!(period.after(date(2026, 1, 31), 1), Some(date(2026, 2, 28)));
/// assert_eq!(period.after(date(2026, 1, 31), 2), Some(date(2026, 3, 31)));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Period {
    /// So many days; a week is seven.
    Days(u32),
    /// So many months; a year is twelve.
    Months(u32),
}

/// The text is not a [`Period`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a number of days, weeks, months or years, at most ten years")]
pub struct NoPeriod;

impl Period {
    /// The day so many periods after another. Of a month in which the day is missing it is the last one: a
    /// month after 31 January is the end of February, and two months after it 31 March. `None` beyond the
    /// year 9999.
    pub fn after(self, day: Date, times: u32) -> Option<Date> {
        let span = |count: u32, of: fn(i64) -> Span| Some(of(i64::from(count.checked_mul(times)?)));
        let span = match self {
            Self::Days(days) => span(days, ToSpan::days),
            Self::Months(months) => span(months, ToSpan::months),
        }?;
        day.checked_add(span).ok()
    }

    /// How many whole periods have passed since a day. `None` before it.
    pub fn passed(self, since: Date, on: Date) -> Option<u32> {
        let days = u32::try_from((on - since).get_days()).ok()?;
        Some(match self {
            Self::Days(every) => days / every.max(1),
            Self::Months(every) => {
                let months_of = |day: Date| i32::from(day.year()) * 12 + i32::from(day.month());
                let months = u32::try_from(months_of(on) - months_of(since)).unwrap_or_default();
                let whole = months / every.max(1);
                let too_far = self.after(since, whole).is_none_or(|day| day > on);
                whole - u32::from(too_far)
            }
        })
    }
}

impl FromStr for Period {
    type Err = NoPeriod;

    /// Reads `7 days`, `1 week`, `3 months`, `1 year`, in any capitals.
    fn from_str(text: &str) -> Result<Self, NoPeriod> {
        let text = text.trim().to_ascii_lowercase();
        let (count, unit) = text.split_once(' ').ok_or(NoPeriod)?;
        let count: u32 = count.parse().map_err(|_| NoPeriod)?;
        let times = |many: u32| count.checked_mul(many).ok_or(NoPeriod);
        let period = match unit.trim() {
            "day" | "days" => Self::Days(count),
            "week" | "weeks" => Self::Days(times(7)?),
            "month" | "months" => Self::Months(count),
            "year" | "years" => Self::Months(times(12)?),
            _ => return Err(NoPeriod),
        };
        let fits = match period {
            Self::Days(days) => (1..=MAX_DAYS).contains(&days),
            Self::Months(months) => (1..=MAX_MONTHS).contains(&months),
        };
        fits.then_some(period).ok_or(NoPeriod)
    }
}

impl fmt::Display for Period {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (count, unit) = match self {
            Self::Days(days) => (days, "day"),
            Self::Months(months) => (months, "month"),
        };
        let plural = if *count == 1 { "" } else { "s" };
        write!(f, "{count} {unit}{plural}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;
    use proptest::prelude::*;

    #[test]
    fn a_period_is_written_as_people_say_it() {
        for (text, period, shown) in [
            ("7 days", Period::Days(7), "7 days"),
            ("1 day", Period::Days(1), "1 day"),
            (" 2 weeks ", Period::Days(14), "14 days"),
            ("1 month", Period::Months(1), "1 month"),
            ("1 Year", Period::Months(12), "12 months"),
            ("3650 days", Period::Days(3650), "3650 days"),
        ] {
            assert_eq!(text.parse(), Ok(period), "{text}");
            assert_eq!(period.to_string(), shown);
        }
        for text in [
            "",
            "7",
            "days",
            "0 days",
            "-1 days",
            "7days",
            "1.5 years",
            "3651 days",
            "11 years",
            "4294967295 weeks",
            "a month",
            "2 quarters",
        ] {
            assert_eq!(text.parse::<Period>(), Err(NoPeriod), "{text}");
        }
    }

    #[test]
    fn a_month_without_the_day_ends_on_its_last_one() {
        let month = Period::Months(1);
        let from = date(2026, 1, 31);
        assert_eq!(month.after(from, 1), Some(date(2026, 2, 28)));
        assert_eq!(month.after(from, 2), Some(date(2026, 3, 31)));
        assert_eq!(month.passed(from, date(2026, 2, 27)), Some(0));
        assert_eq!(month.passed(from, date(2026, 2, 28)), Some(1));
        assert_eq!(month.passed(from, date(2026, 3, 30)), Some(1));
        assert_eq!(month.passed(from, date(2026, 3, 31)), Some(2));
        assert_eq!(month.passed(from, date(2026, 1, 30)), None);
        let year = Period::Months(12);
        assert_eq!(year.after(date(2024, 2, 29), 1), Some(date(2025, 2, 28)));
        assert_eq!(year.after(date(9999, 6, 1), 1), None);
    }

    proptest! {
        #[test]
        fn so_many_periods_have_passed_as_lie_between(
            year in 1990_i16..2100, month in 1_i8..=12, day in 1_i8..=28, last in any::<bool>(),
            count in 1_u32..40, months in any::<bool>(), days in 0_i64..5_000,
        ) {
            let since = date(year, month, day);
            let since = if last { since.last_of_month() } else { since };
            let period = if months { Period::Months(count) } else { Period::Days(count) };
            let on = since.checked_add(days.days()).expect("a day");
            let passed = period.passed(since, on).expect("not before");
            prop_assert!(period.after(since, passed).is_some_and(|day| day <= on));
            prop_assert!(period.after(since, passed + 1).is_some_and(|day| day > on));
        }
    }
}
