//! The trimmed text of a cell without a declared format in, the date that it can only mean out.

use jiff::{
    civil::{Date, Time},
    tz::Offset,
};

use super::written::{DateProblem, Written, billionths};
use crate::{model::DayMonthOrder, people::is_invisible};

const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];

/// Reads a date that reads one way, with the time of day if there is one. `order` settles which of two
/// numbers is the day.
pub(super) fn read(text: &str, order: Option<DayMonthOrder>) -> Result<Written, DateProblem> {
    let mut cursor = Cursor(text);
    let days = cursor.days().ok_or(DateProblem::Unreadable)?;
    let time = cursor.time().ok_or(DateProblem::Unreadable)?;
    let day = days.in_order(order)?;
    Ok(match time {
        None => Written::Day(day),
        Some((time, offset)) => Written::Time(day, time, offset),
    })
}

/// The days that a text can mean.
enum Days {
    One(Date),
    ByOrder {
        day_first: Option<Date>,
        month_first: Option<Date>,
    },
}

impl Days {
    fn in_order(self, order: Option<DayMonthOrder>) -> Result<Date, DateProblem> {
        let (day_first, month_first) = match self {
            Self::One(day) => return Ok(day),
            Self::ByOrder {
                day_first,
                month_first,
            } => (day_first, month_first),
        };
        let chosen = match order {
            Some(DayMonthOrder::DayFirst) => day_first,
            Some(DayMonthOrder::MonthFirst) => month_first,
            None => day_first.filter(|_| day_first == month_first),
        };
        match (chosen, day_first, month_first) {
            (Some(day), ..) => Ok(day),
            (None, None, None) => Err(DateProblem::Unreadable),
            _ => Err(DateProblem::DayMonth {
                day_first: day_first.is_some(),
                month_first: month_first.is_some(),
            }),
        }
    }
}

/// The rest of a text that is read from its start.
struct Cursor<'a>(&'a str);

impl Cursor<'_> {
    fn days(&mut self) -> Option<Days> {
        if self.0.starts_with(|c: char| c.is_ascii_alphabetic()) {
            let month = self.month_name()?;
            self.gap();
            let day = self.day_or_month()?;
            self.gap();
            return Some(Days::One(date(self.year()?, month, day)?));
        }
        let (first, length) = self.number()?;
        if length == 4 {
            let separator = self.separator()?;
            let month = self.day_or_month()?;
            self.eat(separator).then_some(())?;
            return Some(Days::One(date(first, month, self.day_or_month()?)?));
        }
        if length > 2 {
            return None;
        }
        let before = self.0;
        if let Some(separator) = self.separator()
            && let Some(second) = self.day_or_month()
        {
            self.eat(separator).then_some(())?;
            let year = self.year()?;
            return Some(Days::ByOrder {
                day_first: date(year, second, first),
                month_first: date(year, first, second),
            });
        }
        self.0 = before;
        self.gap();
        let month = self.month_name()?;
        self.gap();
        Some(Days::One(date(self.year()?, month, first)?))
    }

    /// The time of day and its offset; the inner `None` if the text ends. Nothing may follow.
    #[expect(clippy::option_option, reason = "read, and read as nothing, are two things")]
    fn time(&mut self) -> Option<Option<(Time, Option<Offset>)>> {
        if self.0.is_empty() {
            return Some(None);
        }
        if !self.eat('T') && !self.eat('t') {
            self.eat(',');
            self.blanks().then_some(())?;
        }
        let (hour, length) = self.number()?;
        (length <= 2 && self.eat(':')).then_some(())?;
        let minute = self.two_digits()?;
        let second = if self.eat(':') { self.two_digits()? } else { 0 };
        let nanos = if self.eat('.') { self.fraction()? } else { 0 };
        self.blanks();
        let hour = self.half_of_day(hour)?;
        self.blanks();
        let offset = self.offset()?;
        let part = |value: i32| i8::try_from(value).ok();
        let time = Time::new(
            part(hour)?,
            part(minute)?,
            part(second)?,
            i32::try_from(nanos).ok()?,
        );
        self.0
            .is_empty()
            .then_some(())
            .and(time.ok())
            .map(|time| Some((time, offset)))
    }

    /// The hour of 24 with `AM` or `PM` taken into account.
    fn half_of_day(&mut self, hour: i32) -> Option<i32> {
        let afternoon = if self.word("AM") {
            0
        } else if self.word("PM") {
            12
        } else {
            return Some(hour);
        };
        (1..=12).contains(&hour).then_some(hour % 12 + afternoon)
    }

    #[expect(clippy::option_option, reason = "read, and read as nothing, are two things")]
    fn offset(&mut self) -> Option<Option<Offset>> {
        if self.word("UTC") || self.word("GMT") || self.word("Z") {
            return Some(Some(Offset::UTC));
        }
        let sign = if self.eat('+') {
            1
        } else if self.eat('-') {
            -1
        } else {
            return Some(None);
        };
        let hours = self.two_digits()?;
        let minutes = if self.eat(':') || !self.0.is_empty() {
            self.two_digits()?
        } else {
            0
        };
        let holds = hours <= 14 && minutes < 60;
        holds
            .then(|| Offset::from_seconds(sign * (hours * 60 + minutes) * 60).ok())
            .flatten()
            .map(Some)
    }

    fn eat(&mut self, wanted: char) -> bool {
        self.0.strip_prefix(wanted).is_some_and(|rest| {
            self.0 = rest;
            true
        })
    }

    fn separator(&mut self) -> Option<char> {
        ['-', '/', '.'].into_iter().find(|separator| self.eat(*separator))
    }

    /// Blanks, with at most one comma, dot, dash or slash.
    fn gap(&mut self) {
        self.blanks();
        let _ = self.eat(',') || self.separator().is_some();
        self.blanks();
    }

    /// True if there was a blank.
    fn blanks(&mut self) -> bool {
        let rest = self.0.trim_start_matches(is_invisible);
        let any = rest.len() < self.0.len();
        self.0 = rest;
        any
    }

    /// Takes the word in any case.
    fn word(&mut self, word: &str) -> bool {
        let found = self
            .0
            .get(..word.len())
            .is_some_and(|start| start.eq_ignore_ascii_case(word));
        if found {
            self.0 = &self.0[word.len()..];
        }
        found
    }

    /// A number of up to nine digits, with how many it has.
    fn number(&mut self) -> Option<(i32, usize)> {
        let length = self.0.bytes().take_while(u8::is_ascii_digit).count();
        let (digits, rest) = self.0.split_at_checked(length)?;
        let value = (1..=9).contains(&length).then(|| digits.parse().ok()).flatten()?;
        self.0 = rest;
        Some((value, length))
    }

    /// A number of one or two digits.
    fn day_or_month(&mut self) -> Option<i32> {
        self.number()
            .filter(|(_, length)| *length <= 2)
            .map(|(value, _)| value)
    }

    fn year(&mut self) -> Option<i32> {
        self.number()
            .filter(|(_, length)| *length == 4)
            .map(|(year, _)| year)
    }

    fn two_digits(&mut self) -> Option<i32> {
        let (digits, rest) = self.0.split_at_checked(2)?;
        let all = digits.bytes().all(|byte| byte.is_ascii_digit());
        self.0 = rest;
        all.then(|| digits.parse().ok()).flatten()
    }

    fn fraction(&mut self) -> Option<i64> {
        let length = self.0.bytes().take_while(u8::is_ascii_digit).count();
        let (digits, rest) = self.0.split_at_checked(length)?;
        self.0 = rest;
        (length > 0).then(|| billionths(digits.as_bytes()))
    }

    /// An English name of a month, whole or by its first three letters.
    fn month_name(&mut self) -> Option<i32> {
        let length = self.0.bytes().take_while(u8::is_ascii_alphabetic).count();
        let (name, rest) = self.0.split_at_checked(length)?;
        let is_named = |month: &&str| {
            name.eq_ignore_ascii_case(month)
                || (length == 3 && name.eq_ignore_ascii_case(&month[..3]))
                || (*month == "September" && name.eq_ignore_ascii_case("Sept"))
        };
        let number = (1..)
            .zip(MONTHS.iter())
            .find_map(|(number, month)| is_named(month).then_some(number))?;
        self.0 = rest;
        Some(number)
    }
}

fn date(year: i32, month: i32, day: i32) -> Option<Date> {
    Date::new(
        i16::try_from(year).ok()?,
        i8::try_from(month).ok()?,
        i8::try_from(day).ok()?,
    )
    .ok()
    .filter(|date| date.year() >= 100)
}
