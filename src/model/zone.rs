//! A time zone, as a plan names it.

use jiff::tz::{Offset, TimeZone, TimeZoneDatabase};

/// A time zone: an IANA name such as `Europe/Paris`, `UTC`, or an offset such as `+02:00`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Zone {
    text: String,
    zone: TimeZone,
}

impl Zone {
    /// Checks a zone. Names come from the list of zones within the program, so that a plan means the
    /// same on each machine. The error is a sentence that says what is wrong.
    pub fn parse(text: &str) -> Result<Self, String> {
        let zone = if text == "UTC" || text == "Z" {
            Some(TimeZone::UTC)
        } else if text.starts_with(['+', '-']) {
            offset(text).map(TimeZone::fixed)
        } else {
            TimeZoneDatabase::bundled().get(text).ok()
        };
        zone.map_or_else(
            || {
                Err(format!(
                    "`{text}` is not a time zone; write an IANA name such as Europe/Paris, UTC, or an offset such \
                     as +02:00"
                ))
            },
            |zone| {
                Ok(Self {
                    text: text.to_owned(),
                    zone,
                })
            },
        )
    }

    /// The zone as the plan writes it.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The zone's rules.
    pub fn time_zone(&self) -> &TimeZone {
        &self.zone
    }
}

impl Default for Zone {
    fn default() -> Self {
        Self {
            text: "UTC".to_owned(),
            zone: TimeZone::UTC,
        }
    }
}

/// `+02:00`, `+0200` or `+02`.
fn offset(text: &str) -> Option<Offset> {
    let sign = if text.starts_with('-') { -1 } else { 1 };
    let digits = text.get(1..)?;
    let (hours, minutes) = match digits.len() {
        2 => (digits, "00"),
        4 => digits.split_at_checked(2)?,
        5 => digits.split_once(':')?,
        _ => return None,
    };
    let two_digits = |text: &str| -> Option<i32> {
        let all = text.len() == 2 && text.bytes().all(|byte| byte.is_ascii_digit());
        all.then(|| text.parse().ok()).flatten()
    };
    let (hours, minutes) = (two_digits(hours)?, two_digits(minutes)?);
    let holds = minutes < 60 && hours * 60 + minutes <= 14 * 60;
    holds
        .then(|| Offset::from_seconds(sign * (hours * 60 + minutes) * 60).ok())
        .flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn zones_are_names_utc_or_offsets() {
        for text in [
            "UTC",
            "Europe/Paris",
            "America/New_York",
            "+02:00",
            "-0730",
            "+14",
        ] {
            assert_eq!(Zone::parse(text).expect(text).as_str(), text);
        }
        for text in [
            "",
            "Paris",
            "Europe/Pari",
            "+",
            "+2",
            "+25:00",
            "+14:30",
            "+02:60",
            "+0a:00",
            "+é:00",
            "-é0",
        ] {
            let error = Zone::parse(text).expect_err(text);
            assert!(error.contains("is not a time zone"), "{error}");
        }
    }
}
