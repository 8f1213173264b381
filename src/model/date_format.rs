//! How a column writes its dates, as a plan says it: formats, the order of day and month, a time zone,
//! words for "no date".

use std::fmt;

use jiff::{Timestamp, fmt::strtime::BrokenDownTime, tz::TimeZone};

use super::Zone;

/// A day of two digits, a month and an hour that are found again only where the format keeps them:
/// 2033-11-28 21:45:36 UTC.
const SAMPLE: i64 = 2_016_827_136;
/// The signs that may follow `%`, with what each says of a date.
const SIGNS: [(&str, Says); 29] = [
    ("Y", Says::Year),
    ("y", Says::Year),
    ("m", Says::Month),
    ("b", Says::Month),
    ("B", Says::Month),
    ("h", Says::Month),
    ("d", Says::Day),
    ("e", Says::Day),
    ("j", Says::MonthAndDay),
    ("F", Says::Date),
    ("D", Says::Date),
    ("H", Says::Hour),
    ("k", Says::Hour),
    ("I", Says::Hour),
    ("l", Says::Hour),
    ("T", Says::Hour),
    ("R", Says::Hour),
    ("M", Says::Else),
    ("S", Says::Else),
    ("f", Says::Else),
    (".f", Says::Else),
    ("p", Says::Else),
    ("P", Says::Else),
    ("z", Says::Else),
    (":z", Says::Else),
    ("a", Says::Else),
    ("A", Says::Else),
    ("n", Says::Else),
    ("%", Says::Else),
];

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Says {
    Year,
    Month,
    Day,
    MonthAndDay,
    Date,
    Hour,
    Else,
}

/// A format that holds a whole date, as a plan writes it: `%d/%m/%Y`, `%Y-%m-%d %H:%M:%S UTC`, or one
/// of the words `unix`, `unix-ms` and `excel`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DateFormat {
    text: String,
    kind: DateFormatKind,
}

/// What a [`DateFormat`] reads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DateFormatKind {
    /// Signs of `strptime` and letters that stand for themselves.
    Pattern {
        /// The format has a time of day.
        timed: bool,
        /// The format ends with the letters `UTC`, `GMT` or `Z`: its time is of UTC.
        utc: bool,
    },
    /// Seconds since the start of 1970 in UTC.
    Unix,
    /// Milliseconds since the start of 1970 in UTC.
    UnixMillis,
    /// The number by which a spreadsheet keeps a day (1900 system), with the time as its fraction.
    Excel,
}

impl DateFormat {
    /// Checks a format. The error is a sentence that says what is wrong with it.
    pub fn parse(text: &str) -> Result<Self, String> {
        let kind = match text {
            "unix" => DateFormatKind::Unix,
            "unix-ms" => DateFormatKind::UnixMillis,
            "excel" => DateFormatKind::Excel,
            _ => pattern(text)?,
        };
        Ok(Self {
            text: text.to_owned(),
            kind,
        })
    }

    /// The format as the plan writes it.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// What it reads.
    pub fn kind(&self) -> DateFormatKind {
        self.kind
    }
}

impl fmt::Display for DateFormat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

fn pattern(text: &str) -> Result<DateFormatKind, String> {
    if !text.contains('%') {
        return Err(format!(
            "`{text}` has no placeholder such as %d; write a format such as %d/%m/%Y, or `unix`, `unix-ms` or `excel`"
        ));
    }
    let said = signs(text)?;
    let any = |wanted: &[Says]| said.iter().any(|says| wanted.contains(says));
    for (part, sign, saying) in [
        ("year", "%Y", &[Says::Year, Says::Date][..]),
        ("month", "%m", &[Says::Month, Says::MonthAndDay, Says::Date]),
        ("day", "%d", &[Says::Day, Says::MonthAndDay, Says::Date]),
    ] {
        if !any(saying) {
            return Err(format!("`{text}` has no {part} ({sign})"));
        }
    }
    let timed = any(&[Says::Hour]);
    if !reads_back(text, timed) {
        return Err(format!(
            "`{text}` does not read back the date that it writes; put a separator between its parts, and \
             %p with %I"
        ));
    }
    Ok(DateFormatKind::Pattern {
        timed,
        utc: timed && ["UTC", "GMT", "Z"].iter().any(|zone| text.ends_with(zone)),
    })
}

/// What each sign of the format says.
fn signs(text: &str) -> Result<Vec<Says>, String> {
    let mut said = Vec::new();
    let mut rest = text;
    while let Some((_, after)) = rest.split_once('%') {
        let found = SIGNS
            .iter()
            .find_map(|(sign, says)| after.strip_prefix(sign).map(|after| (after, *says)));
        let Some((after, says)) = found else {
            return Err(unknown_sign(text, after));
        };
        said.push(says);
        rest = after;
    }
    Ok(said)
}

fn unknown_sign(text: &str, after: &str) -> String {
    match after.chars().next() {
        None => format!("`{text}` ends with a lone %"),
        Some('Z') => format!(
            "`{text}`: %Z, the name of a zone, cannot be read; write the name itself, such as UTC, or %z for \
             an offset"
        ),
        Some(sign) => format!(
            "`{text}`: %{sign} is not a known placeholder; known are %Y %m %d %b %B %H %I %M %S %p %z and some more"
        ),
    }
}

fn reads_back(text: &str, timed: bool) -> bool {
    let Ok(sample) = Timestamp::from_second(SAMPLE) else {
        return false;
    };
    let sample = sample.to_zoned_datetime(TimeZone::UTC);
    let read = BrokenDownTime::from(&sample)
        .to_string(text)
        .and_then(|written| BrokenDownTime::parse(text, written));
    read.is_ok_and(|read| {
        read.to_date().is_ok_and(|date| date == sample.date())
            && (!timed || read.to_time().is_ok_and(|time| time.hour() == sample.hour()))
    })
}

/// The order of day and month in dates such as `03/04/2025`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DayMonthOrder {
    /// `03/04/2025` is the third of April.
    DayFirst,
    /// `03/04/2025` is the fourth of March.
    MonthFirst,
}

/// How the cells of a column are read as dates.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct DateRule {
    /// The formats, tried in this order. Without any, what reads only one way is read.
    pub formats: Vec<DateFormat>,
    /// The order of day and month where no formats are given; `None` if it is not known.
    pub order: Option<DayMonthOrder>,
    /// The zone of times that name none, and of the days.
    pub zone: Zone,
    /// Values that mean "no date", trimmed and in lower case.
    pub never: Vec<String>,
    /// Where a year of two digits lies, where that is known.
    pub years: Option<YearsLie>,
}

/// Where the years of two digits of a column lie.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum YearsLie {
    /// Before the day of the plan, as birthdays do.
    Past,
    /// On either side of it: 68 is 2068, and 69 is 1969.
    Near,
}

impl DateRule {
    /// True where a format reads years of two digits.
    pub fn has_short_years(&self) -> bool {
        let short = |format: &DateFormat| ["%y", "%D", "%g"].iter().any(|sign| format.text.contains(sign));
        self.formats.iter().any(short)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn formats_of_known_exports_are_taken() {
        for text in [
            "%d/%m/%Y",
            "%b %d, %Y",
            "%B %e, %Y",
            "%Y-%m-%d %H:%M:%S %z",
            "%Y-%m-%d %H:%M:%S UTC",
            "%Y-%m-%dT%H:%M:%S%.fZ",
            "%Y-%m-%dT%H:%M:%S%:z",
            "%d.%m.%y",
            "%m/%d/%Y %I:%M %p",
            "%Y%m%d",
            "%F %T",
            "%Y-%j",
            "unix",
            "unix-ms",
            "excel",
        ] {
            assert!(DateFormat::parse(text).is_ok(), "{:?}", DateFormat::parse(text));
        }
    }

    #[test]
    fn a_wrong_format_is_refused_with_what_is_wrong() {
        for (text, wrong) in [
            ("%d/%m", "no year"),
            ("%Y", "no month"),
            ("%Y-%m", "no day"),
            ("%d/%m/%Y %Z", "such as UTC"),
            ("%Q", "%Q is not a known placeholder"),
            ("%é", "%é is not a known placeholder"),
            ("%d/%m/%Y %", "a lone %"),
            ("dd/mm/yyyy", "no placeholder such as %d"),
            ("", "no placeholder such as %d"),
            ("%Y-%m-%d %I:%M", "%p with %I"),
        ] {
            let error = DateFormat::parse(text).expect_err(text);
            assert!(error.contains(wrong), "{text}: {error}");
        }
    }

    #[test]
    fn a_format_knows_whether_it_holds_a_time_and_whose() {
        let kind = |text| DateFormat::parse(text).expect(text).kind();
        assert_eq!(
            kind("%Y-%m-%d"),
            DateFormatKind::Pattern {
                timed: false,
                utc: false
            }
        );
        assert_eq!(
            kind("%F %T UTC"),
            DateFormatKind::Pattern {
                timed: true,
                utc: true
            }
        );
        assert_eq!(
            kind("%F %R"),
            DateFormatKind::Pattern {
                timed: true,
                utc: false
            }
        );
    }
}
