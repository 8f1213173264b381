//! A country by its code of two letters.

use std::fmt;

use iso3166::Country;

/// A country of ISO 3166, by its code of two letters: `US`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CountryCode(Country);

impl CountryCode {
    /// Takes a code of two capital letters. The error is a sentence that says what is wrong with it.
    pub fn parse(text: &str) -> Result<Self, String> {
        Country::from_alpha2(text)
            .map(Self)
            .ok_or_else(|| format!("`{text}` is not a country code of two capital letters, such as US or DE"))
    }

    /// The code.
    pub fn as_str(self) -> &'static str {
        self.0.data().alpha2
    }
}

impl From<Country> for CountryCode {
    fn from(country: Country) -> Self {
        Self(country)
    }
}

impl fmt::Display for CountryCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_is_two_capital_letters_of_a_country() {
        assert_eq!(CountryCode::parse("GB").map(CountryCode::as_str), Ok("GB"));
        for text in ["UK", "gb", "GBR", "", "Germany", "é"] {
            let error = CountryCode::parse(text).expect_err(text);
            assert!(error.contains("two capital letters"), "{error}");
        }
    }
}
