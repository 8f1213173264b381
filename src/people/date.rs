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

use self::written::billionths;
use super::{is_blank, trim};
use crate::model::{DateFormat, DateFormatKind, DateOrTime, DateRule};

pub use written::DateProblem;
pub(crate) use written::Written;

mod plain;
mod written;

const SECONDS_A_DAY: i64 = 86_400;
/// The last day that a spreadsheet can hold: 9999-12-31.
const LAST_SERIAL: i64 = 2_958_465;

/// Reads a cell. `None` if the cell is blank, zero, or holds one of the rule's words for "no date".
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

fn read_format(text: &str, format: &DateFormat) -> Option<Written> {
    match format.kind() {
        DateFormatKind::Pattern { timed, utc } => read_pattern(text, format.as_str(), timed, utc),
        DateFormatKind::Unix => read_unix(text),
        DateFormatKind::UnixMillis => read_unix_millis(text),
        DateFormatKind::Excel => read_excel(text),
    }
}

fn read_pattern(text: &str, pattern: &str, timed: bool, utc: bool) -> Option<Written> {
    if let Some(written) = read_common(text, pattern) {
        return Some(written);
    }
    let read = BrokenDownTime::parse(pattern, text)
        .or_else(|error| match english_months(text) {
            Some(text) => BrokenDownTime::parse(pattern, text),
            None => Err(error),
        })
        .ok()?;
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

/// The text with the usual English short names of months that `strptime` does not know: `Sept`, `Sep.`, `June`.
fn english_months(text: &str) -> Option<String> {
    const SHORT: [&str; 12] = [
        "jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec",
    ];
    const LONGER: [(&str, &str); 3] = [("sept", "Sep"), ("june", "Jun"), ("july", "Jul")];
    let start = text.find(|c: char| c.is_ascii_alphabetic())?;
    let word: &str = text.get(start..)?;
    let end = word
        .find(|c: char| !c.is_ascii_alphabetic())
        .unwrap_or(word.len());
    let (name, rest) = word.split_at_checked(end)?;
    let lower = name.to_ascii_lowercase();
    let longer = LONGER
        .iter()
        .find(|(long, _)| *long == lower)
        .map(|(_, short)| *short);
    let dotted = rest.starts_with('.') && SHORT.contains(&lower.as_str());
    let name = match longer {
        Some(short) => short,
        None if dotted => name,
        None => return None,
    };
    let rest = rest
        .strip_prefix('.')
        .filter(|_| longer.is_some() || dotted)
        .unwrap_or(rest);
    Some(format!("{}{name}{rest}", text.get(..start)?))
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

fn read_unix_millis(text: &str) -> Option<Written> {
    let digits = text.strip_prefix('-').unwrap_or(text);
    let all = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
    let millis: i64 = text.parse().ok().filter(|_| all)?;
    Some(Written::Moment(Timestamp::from_millisecond(millis).ok()?))
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

#[cfg(test)]
mod tests;
