//! The text of a date cell and a rule in, a [`DateOrTime`] or the reason why there is none out.
//!
//! Nothing is guessed: without a rule only text that reads one way is read.

use std::ops::RangeInclusive;

use jiff::{
    Timestamp,
    civil::{Date, Time},
    fmt::strtime::BrokenDownTime,
    tz::Offset,
};

use crate::model::{DateFormat, DateFormatKind, DateOrTime, DateRule};

use super::{is_blank, trim};

mod plain;

const SECONDS_A_DAY: i64 = 86_400;
/// The last day that a spreadsheet can hold: 9999-12-31.
const LAST_SERIAL: i64 = 2_958_465;

/// Why a cell gives no date.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum DateProblem {
    /// The text is no date that the rule reads. Years of two digits are here too.
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
    #[error("{0} cannot be right")]
    Implausible(Date),
}

fn which_first(day_first: bool, month_first: bool) -> &'static str {
    match (day_first, month_first) {
        (true, false) => "reads only with the day first",
        (false, true) => "reads only with the month first",
        _ => "reads with the day first and with the month first",
    }
}

/// Reads a cell. `None` where the cell is blank, zero, or holds one of the rule's words for "no date".
/// A time that a change of clocks skips counts as the one after the change, one that comes twice as
/// the first. Allocates nothing for dates such as `2026-08-01 09:00:00`.
pub fn read_date(
    cell: &str,
    rule: &DateRule,
    plausible: &RangeInclusive<Date>,
) -> Result<Option<DateOrTime>, DateProblem> {
    let text = trim(cell);
    if is_no_date(text, rule) {
        return Ok(None);
    }
    let written = if rule.formats.is_empty() {
        plain::read(text, rule.order)?
    } else {
        rule.formats
            .iter()
            .find_map(|format| read_format(text, format))
            .ok_or(DateProblem::Unreadable)?
    };
    let stamp = written.stamp(rule).ok_or(DateProblem::Unreadable)?;
    if plausible.contains(&stamp.day()) {
        Ok(Some(stamp))
    } else {
        Err(DateProblem::Implausible(stamp.day()))
    }
}

fn is_no_date(text: &str, rule: &DateRule) -> bool {
    is_blank(text)
        || matches!(text, "0" | "0000-00-00" | "0000-00-00 00:00:00")
        || rule
            .never
            .iter()
            .any(|word| text.chars().flat_map(char::to_lowercase).eq(word.chars()))
}

/// What a cell says.
enum Written {
    Day(Date),
    /// A time of day, with its offset where the cell names one.
    Time(Date, Time, Option<Offset>),
    Moment(Timestamp),
}

impl Written {
    fn stamp(self, rule: &DateRule) -> Option<DateOrTime> {
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

fn read_format(text: &str, format: &DateFormat) -> Option<Written> {
    match format.kind() {
        DateFormatKind::Pattern { timed, utc } => read_pattern(text, format.as_str(), timed, utc),
        DateFormatKind::Unix => read_unix(text),
        DateFormatKind::Excel => read_excel(text),
    }
}

fn read_pattern(text: &str, pattern: &str, timed: bool, utc: bool) -> Option<Written> {
    if let Some(written) = read_common(text, pattern) {
        return Some(written);
    }
    let read = BrokenDownTime::parse(pattern, text).ok()?;
    let date = read.to_date().ok()?;
    if date.year() < 100 {
        return None;
    }
    if !timed {
        return Some(Written::Day(date));
    }
    let offset = if utc { Some(Offset::UTC) } else { read.offset() };
    Some(Written::Time(date, read.to_time().ok()?, offset))
}

/// The format of most exports, read without the machine for all formats: that one takes four times as long.
/// What does not look exactly like it goes the other way.
fn read_common(text: &str, pattern: &str) -> Option<Written> {
    let exact = match pattern {
        "%Y-%m-%d" => text.len() == 10,
        "%Y-%m-%d %H:%M:%S" => text.len() == 19,
        "%Y-%m-%d %H:%M:%S UTC" => text.len() == 23 && text.ends_with(" UTC"),
        _ => false,
    };
    let digits = |range: std::ops::Range<usize>| {
        let bytes = text.as_bytes().get(range);
        bytes.is_some_and(|bytes| bytes.iter().all(u8::is_ascii_digit))
    };
    let signs = |at: usize, sign: u8| text.as_bytes().get(at) == Some(&sign);
    let looks = exact && digits(0..4) && signs(4, b'-') && digits(5..7) && signs(7, b'-') && digits(8..10);
    looks.then(|| plain::read(text, None).ok()).flatten()
}

fn read_unix(text: &str) -> Option<Written> {
    let (sign, digits) = text.strip_prefix('-').map_or((1, text), |digits| (-1, digits));
    let (whole, nanos) = whole_and_billionths(digits)?;
    let moment = Timestamp::new(sign * whole, i32::try_from(sign * nanos).ok()?).ok()?;
    Some(Written::Moment(moment))
}

/// Day 1 is 1900-01-01, and day 60 is 1900-02-29, which never was.
fn read_excel(text: &str) -> Option<Written> {
    let (serial, billionths) = whole_and_billionths(text)?;
    let zero = match serial {
        1..=59 => Date::new(1899, 12, 31),
        61..=LAST_SERIAL => Date::new(1899, 12, 30),
        _ => return None,
    };
    let day = zero
        .ok()?
        .checked_add(jiff::Span::new().try_days(serial).ok()?)
        .ok()?;
    if billionths == 0 {
        return Some(Written::Day(day));
    }
    let seconds = (billionths * SECONDS_A_DAY + 500_000_000) / 1_000_000_000;
    let seconds = seconds.min(SECONDS_A_DAY - 1);
    let part = |value: i64| i8::try_from(value).ok();
    let time = Time::new(
        part(seconds / 3600)?,
        part(seconds / 60 % 60)?,
        part(seconds % 60)?,
        0,
    );
    Some(Written::Time(day, time.ok()?, None))
}

/// `45992.5` as 45992 and 500,000,000.
fn whole_and_billionths(text: &str) -> Option<(i64, i64)> {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, "0"));
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    if !digits(whole) || !digits(fraction) {
        return None;
    }
    Some((whole.parse().ok()?, billionths(fraction.as_bytes())))
}

/// The first nine digits of a fraction.
fn billionths(digits: &[u8]) -> i64 {
    (0..9).fold(0, |value, place| {
        let digit = digits.get(place).map_or(0, |byte| i64::from(byte - b'0'));
        value * 10 + digit
    })
}

#[cfg(test)]
mod tests;
