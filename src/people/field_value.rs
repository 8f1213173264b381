//! The text of a cell and the type of its field in, the text to write out.

use std::{borrow::Cow, ops::RangeInclusive};

use jiff::civil::Date;

use super::{
    country::{CountryProblem, read_country},
    date::{DateProblem, read_date},
    name,
    number::{NumberProblem, read_number},
    phone::{PhoneProblem, read_phone},
    trim,
    yes_no::{NeitherYesNorNo, read_yes_no},
};
use crate::model::{DateOrTime, FieldType};

/// Why a cell does not read as the type of its field.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(transparent)]
pub enum FieldProblem {
    /// Not a date.
    Date(#[from] DateProblem),
    /// Not a number.
    Number(#[from] NumberProblem),
    /// Not a phone number.
    Phone(#[from] PhoneProblem),
    /// Not a country.
    Country(#[from] CountryProblem),
    /// Neither yes nor no.
    YesNo(#[from] NeitherYesNorNo),
}

impl FieldProblem {
    /// True if the text as it is written is still worth having in the field, next to the report:
    /// phone numbers and countries. A system would take a wrong date, number or answer for another.
    pub fn keeps_text(self) -> bool {
        matches!(self, Self::Phone(_) | Self::Country(_))
    }
}

/// The text to write for a cell; empty if the cell contains no value. Days are written as
/// `2026-08-01`, moments as `2026-08-01T07:00:00Z`, numbers with a point, phone numbers as E.164,
/// countries by two letters, answers as `yes` and `no`.
pub fn read_field<'a>(
    cell: &'a str,
    of: &FieldType,
    plausible: &RangeInclusive<Date>,
) -> Result<Cow<'a, str>, FieldProblem> {
    let written = match of {
        FieldType::Text => return Ok(name::clean(cell)),
        FieldType::Date(rule) => read_date(cell, rule, plausible)?.map(date_text),
        FieldType::Number(rule) => read_number(cell, *rule)?.map(|number| number.to_string()),
        FieldType::Phone { country } => read_phone(cell, *country)?,
        FieldType::Country => {
            return Ok(
                read_country(cell)?.map_or(Cow::Borrowed(""), |country| Cow::Borrowed(country.as_str()))
            );
        }
        FieldType::YesNo => {
            return Ok(Cow::Borrowed(match read_yes_no(cell)? {
                None => "",
                Some(true) => "yes",
                Some(false) => "no",
            }));
        }
    };
    Ok(match written {
        None => Cow::Borrowed(""),
        Some(text) if text == trim(cell) => Cow::Borrowed(trim(cell)),
        Some(text) => Cow::Owned(text),
    })
}

fn date_text(stamp: DateOrTime) -> String {
    stamp
        .moment()
        .map_or_else(|| stamp.day().to_string(), |moment| moment.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{CountryCode, DateFormat, DateRule, Decimal, NumberRule};

    fn read(of: &FieldType, cell: &str) -> Result<String, FieldProblem> {
        let plausible = jiff::civil::date(1900, 1, 1)..=jiff::civil::date(2100, 1, 1);
        read_field(cell, of, &plausible).map(Cow::into_owned)
    }

    fn all_types() -> Vec<FieldType> {
        vec![
            FieldType::Text,
            FieldType::Date(DateRule::default()),
            FieldType::Number(NumberRule::default()),
            FieldType::Phone { country: None },
            FieldType::Country,
            FieldType::YesNo,
        ]
    }

    #[test]
    fn each_type_is_written_in_one_way() {
        let birthday = FieldType::Date(DateRule {
            formats: vec![DateFormat::parse("%d/%m/%Y").expect("a format")],
            ..DateRule::default()
        });
        let price = FieldType::Number(NumberRule {
            decimal: Some(Decimal::Comma),
        });
        let phone = FieldType::Phone {
            country: CountryCode::parse("GB").ok(),
        };
        for (of, cell, expected) in [
            (&FieldType::Text, " Blue \u{a0} house ", "Blue house"),
            (&birthday, "28/01/1980", "1980-01-28"),
            (
                &FieldType::Date(DateRule::default()),
                "2025-11-08 04:11:00 -0700",
                "2025-11-08T11:11:00Z",
            ),
            (&price, "1.089,50 EUR", "1089.5"),
            (&phone, "020 7946 0958", "+442079460958"),
            (&FieldType::Country, "Germany", "DE"),
            (&FieldType::YesNo, "TRUE", "yes"),
            (&FieldType::YesNo, "off", "no"),
        ] {
            assert_eq!(read(of, cell).as_deref(), Ok(expected), "{cell}");
        }
    }

    #[test]
    fn a_blank_cell_is_an_empty_text_in_every_type() {
        for of in all_types() {
            for cell in ["", " \u{a0}", "N/A", "null"] {
                assert_eq!(read(&of, cell).as_deref(), Ok(""), "{of:?} {cell:?}");
            }
        }
    }

    #[test]
    fn a_text_reads_back_from_what_was_written() {
        for (of, cell) in [
            (FieldType::Date(DateRule::default()), "Nov 28, 2025"),
            (FieldType::Phone { country: None }, "+44 20 7946 0958"),
            (FieldType::Country, "Viet Nam"),
            (FieldType::YesNo, "x"),
        ] {
            let written = read(&of, cell).expect(cell);
            assert_eq!(read(&of, &written), Ok(written.clone()), "{cell}");
        }
    }

    #[test]
    fn phones_and_countries_are_kept_as_written_where_they_do_not_read() {
        for of in all_types() {
            let Err(problem) = read(&of, "somewhere") else {
                assert_eq!(of, FieldType::Text);
                continue;
            };
            let kept = matches!(of, FieldType::Phone { .. } | FieldType::Country);
            assert_eq!(problem.keeps_text(), kept, "{of:?}");
        }
    }
}
