//! The cell of a field and its type in, the text to carry out, and what is to be said of it.

use std::borrow::Cow;

use jiff::{ToSpan, civil::Date};

use crate::{
    model::{FieldType, FindingCode},
    people::{
        field_value::{FieldProblem, read_field},
        name,
    },
};

/// Nobody alive was born before.
const FIRST_DAY: Date = jiff::civil::date(1900, 1, 1);
/// A day further away than this is a slip or a word for "never".
const YEARS_AHEAD: i32 = 30;

/// The text of a field's cell, and the finding where the cell is not of the field's type. A phone number
/// and a country are carried as written then, anything else is not carried.
pub(crate) fn field_value<'c>(
    cell: &'c str,
    kind: &FieldType,
    as_of: Date,
) -> (Cow<'c, str>, Option<FindingCode>) {
    if matches!(kind, FieldType::Text) {
        return (name::clean(cell), None);
    }
    let plausible = FIRST_DAY..=as_of.saturating_add(YEARS_AHEAD.years());
    match read_field(cell, kind, &plausible) {
        Ok(value) => (value, None),
        Err(FieldProblem::Phone(_)) => (name::clean(cell), Some(FindingCode::PhoneUnclear)),
        Err(FieldProblem::Country(_)) => (name::clean(cell), Some(FindingCode::CountryUnclear)),
        Err(_) => (Cow::Borrowed(""), Some(FindingCode::FieldNotOfType)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{CountryCode, DateRule, NumberRule};

    #[test]
    fn a_cell_that_is_not_of_its_type_is_said_and_only_phones_and_countries_are_carried() {
        let date = FieldType::Date(DateRule::default());
        let phone = FieldType::Phone {
            country: CountryCode::parse("ES").ok(),
        };
        for (kind, cell, expected) in [
            (&FieldType::Text, " a  b ", ("a b", None)),
            (&date, "1980-01-28", ("1980-01-28", None)),
            (&date, "1899-12-30", ("", Some(FindingCode::FieldNotOfType))),
            (&date, "2099-12-31", ("", Some(FindingCode::FieldNotOfType))),
            (&date, "03/04/1980", ("", Some(FindingCode::FieldNotOfType))),
            (
                &FieldType::Number(NumberRule::default()),
                "many",
                ("", Some(FindingCode::FieldNotOfType)),
            ),
            (&phone, "912 345 678", ("+34912345678", None)),
            (&phone, "ask Ana", ("ask Ana", Some(FindingCode::PhoneUnclear))),
            (&FieldType::Country, "spain", ("ES", None)),
            (
                &FieldType::Country,
                "Atlantis",
                ("Atlantis", Some(FindingCode::CountryUnclear)),
            ),
            (
                &FieldType::YesNo,
                "maybe",
                ("", Some(FindingCode::FieldNotOfType)),
            ),
            (&FieldType::YesNo, "", ("", None)),
        ] {
            let (value, finding) = field_value(cell, kind, jiff::civil::date(2026, 12, 1));
            assert_eq!((value.as_ref(), finding), expected, "{cell}");
        }
    }
}
