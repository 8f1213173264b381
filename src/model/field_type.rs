//! What the values of a field of a contact are.

use super::{CountryCode, DateRule, NumberRule};

/// What the values of a field are, and so how they are written.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum FieldType {
    /// Any text.
    #[default]
    Text,
    /// A day or a moment.
    Date(DateRule),
    /// A number.
    Number(NumberRule),
    /// A phone number.
    Phone {
        /// The country of numbers that name none; `None` if there is no such country.
        country: Option<CountryCode>,
    },
    /// A country.
    Country,
    /// Yes or no.
    YesNo,
}
