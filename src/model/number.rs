//! An exact decimal number: the value of a cell, or of a bound in the plan.

use std::fmt;

/// Digits that are kept before the decimal sign.
const WHOLE_DIGITS: usize = 18;
const ONE: i128 = 1_000_000_000_000_000_000;

/// An exact decimal number of up to 18 digits on each side of the decimal sign.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Number(i128);

impl Number {
    /// Digits that are kept after the decimal sign.
    pub const PLACES: usize = 18;

    /// Zero.
    pub const ZERO: Self = Self(0);

    /// Without its sign.
    #[must_use]
    pub fn abs(self) -> Self {
        Self(self.0.abs())
    }

    /// This less another one.
    #[must_use]
    pub fn less(self, other: Self) -> Self {
        Self(self.0 - other.0)
    }

    /// A whole number.
    pub fn whole(value: i64) -> Self {
        Self(i128::from(value) * ONE)
    }

    /// So many units of the last place that is kept.
    pub fn of_units(units: i128) -> Self {
        Self(units)
    }

    /// A number of digits with at most one point: `80`, `-1089.5`. `None` for any other text, and for
    /// more digits than are kept.
    pub fn parse(text: &str) -> Option<Self> {
        let (negative, digits) = match text.strip_prefix('-') {
            Some(digits) => (true, digits),
            None => (false, text.strip_prefix('+').unwrap_or(text)),
        };
        let (whole, fraction) = digits.split_once('.').unwrap_or((digits, "0"));
        let is_digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
        if !is_digits(whole) || !is_digits(fraction) {
            return None;
        }
        let (whole, fraction) = (whole.trim_start_matches('0'), fraction.trim_end_matches('0'));
        if whole.len() > WHOLE_DIGITS || fraction.len() > Self::PLACES {
            return None;
        }
        let padding = std::iter::repeat_n(b'0', Self::PLACES - fraction.len());
        let units = whole
            .bytes()
            .chain(fraction.bytes())
            .chain(padding)
            .fold(0, |value, digit| value * 10 + i128::from(digit - b'0'));
        Some(Self(if negative { -units } else { units }))
    }
}

/// With a point, without thousands separators and without zeros at the end: `-1089.5`.
impl fmt::Display for Number {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0 < 0 {
            f.write_str("-")?;
        }
        let (whole, fraction) = (self.0.abs() / ONE, self.0.abs() % ONE);
        write!(f, "{whole}")?;
        if fraction == 0 {
            return Ok(());
        }
        let digits = format!("{fraction:0places$}", places = Self::PLACES);
        write!(f, ".{}", digits.trim_end_matches('0'))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_reads_back_as_it_shows() {
        for text in ["0", "80", "-1089.5", "0.000000000000000001", "999999999999999999"] {
            assert_eq!(Number::parse(text).expect(text).to_string(), text);
        }
        assert_eq!(Number::parse("+080.50"), Number::parse("80.5"));
        assert!(Number::parse("79.999") < Number::parse("80"));
    }

    #[test]
    fn what_is_no_plain_number_is_none() {
        for text in [
            "",
            "-",
            "1e3",
            "nan",
            "inf",
            "1.",
            ".5",
            "1_000",
            "1234567890123456789",
        ] {
            assert_eq!(Number::parse(text), None, "{text}");
        }
    }
}
