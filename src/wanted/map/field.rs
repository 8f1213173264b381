//! The cell of a field and its type in; the text to write, and the finding about it, out.

use std::borrow::Cow;

use jiff::{ToSpan, civil::Date};

use crate::{
    model::{DateRule, FieldType, FindingCode, YearsLie},
    people::{
        date::read_date,
        field_value::{FieldProblem, read_field},
        name,
    },
};

/// No living person was born before.
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
    if let FieldType::Date(rule) = kind
        && let Some(read) = short_year(cell, rule, as_of)
    {
        return read;
    }
    let plausible = FIRST_DAY..=as_of.saturating_add(YEARS_AHEAD.years());
    match read_field(cell, kind, &plausible) {
        Ok(value) => (value, None),
        Err(FieldProblem::Phone(_)) => (name::clean(cell), Some(FindingCode::PhoneUnclear)),
        Err(FieldProblem::Country(_)) => (name::clean(cell), Some(FindingCode::CountryUnclear)),
        Err(_) => (Cow::Borrowed(""), Some(FindingCode::FieldNotOfType)),
    }
}

/// A date with a year of two digits that would be after the day of the plan: of a column whose years are past it is a
/// century earlier, and of one of which that is not known it is not carried.
fn short_year<'c>(
    cell: &'c str,
    rule: &DateRule,
    as_of: Date,
) -> Option<(Cow<'c, str>, Option<FindingCode>)> {
    if !rule.has_short_years() || rule.years == Some(YearsLie::Near) {
        return None;
    }
    let day = read_date(cell, rule, &(Date::MIN..=Date::MAX))
        .ok()
        .flatten()?
        .day();
    if day <= as_of || cell.contains(&day.year().to_string()) {
        return None;
    }
    Some(match rule.years {
        Some(_) => (Cow::Owned(day.saturating_sub(100.years()).to_string()), None),
        None => (Cow::Borrowed(""), Some(FindingCode::YearUnclear)),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{CountryCode, DateFormat, NumberRule};
    use proptest::prelude::*;

    proptest! {
        /// The law: a birthday is never in the future, whatever the digits of its year, and a date of which nobody
        /// knows the century is not carried.
        #[test]
        fn a_year_of_two_digits_lies_where_the_column_says(day in 1..=28_i8, month in 1..=12_i8, year in 0..=99_i16) {
            let rule = |years| FieldType::Date(DateRule {
                formats: vec![DateFormat::parse("%d.%m.%y").expect("a format")],
                years,
                ..DateRule::default()
            });
            let as_of = jiff::civil::date(2026, 12, 1);
            let cell = format!("{day:02}.{month:02}.{year:02}");
            let past = rule(Some(YearsLie::Past));
            let (value, finding) = field_value(&cell, &past, as_of);
            let read: Date = value.parse().expect("a date");
            prop_assert!(read <= as_of && finding.is_none() && read.year() % 100 == year, "{cell}: {value}");
            let (value, finding) = field_value(&cell, &rule(None), as_of);
            let unclear = finding == Some(FindingCode::YearUnclear);
            prop_assert!(value.is_empty() == unclear);
            prop_assert!(unclear || value.parse::<Date>().expect("a date") <= as_of);
        }
    }

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
