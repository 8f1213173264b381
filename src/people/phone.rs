//! The text of a phone cell and a country in, a number in the form of E.164 or the reason why not out.
//!
//! A number is never guessed: the country comes from the number's own `+` or from the plan.

use phonenumber::{Mode, PhoneNumber, country::Id};

use crate::model::CountryCode;

use super::{is_blank, is_invisible, number::is_scientific, trim};

/// Why a cell gives no phone number. The text is worth keeping as it is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PhoneProblem {
    /// The number has no `+`, and nothing says of which country it is.
    #[error("a phone number without + and without a country")]
    NoCountry,
    /// No number of its country.
    #[error("not a phone number of its country")]
    Invalid,
    /// A number with an extension, which E.164 cannot hold.
    #[error("a phone number with an extension")]
    Extension,
    /// Words or a second number next to the number.
    #[error("more than one phone number, or extra words")]
    NotAlone,
    /// `2.31E+13` or `4155552671.0`: a spreadsheet took the number for an amount.
    #[error("a phone number that a spreadsheet turned into a number")]
    Spreadsheet,
}

/// Reads a cell; `None` if it is blank. `country` is that of numbers without `+`. The `'` that
/// spreadsheets put before a `+` is taken off.
pub fn read_phone(cell: &str, country: Option<CountryCode>) -> Result<Option<String>, PhoneProblem> {
    let text = trim(cell);
    if is_blank(text) {
        return Ok(None);
    }
    let text = trim(text.strip_prefix('\'').unwrap_or(text));
    let text = match text.split_at_checked(4) {
        Some((scheme, rest)) if scheme.eq_ignore_ascii_case("tel:") => trim(rest),
        _ => text,
    };
    if is_scientific(text) || is_amount(text) {
        return Err(PhoneProblem::Spreadsheet);
    }
    let plain = plain(text)?;
    let home = if plain.starts_with('+') || plain.starts_with("(+") {
        None
    } else {
        let country = country.ok_or(PhoneProblem::NoCountry)?;
        let id: Id = country.as_str().parse().map_err(|_| PhoneProblem::Invalid)?;
        Some(id)
    };
    phonenumber::parse(home, &plain)
        .ok()
        .filter(PhoneNumber::is_valid)
        .map(|number| Some(number.format().mode(Mode::E164).to_string()))
        .ok_or(PhoneProblem::Invalid)
}

fn is_amount(text: &str) -> bool {
    text.strip_suffix(".0")
        .is_some_and(|whole| !whole.is_empty() && whole.bytes().all(|byte| byte.is_ascii_digit()))
}

/// The number with plain spaces and dashes, where the text is a number and nothing else.
fn plain(text: &str) -> Result<String, PhoneProblem> {
    let plain: String = text
        .chars()
        .map(|c| match c {
            '\u{2010}'..='\u{2015}' | '\u{2212}' => '-',
            c if is_invisible(c) => ' ',
            c => c,
        })
        .collect();
    if let Some(stray) = plain
        .chars()
        .find(|c| !matches!(c, '0'..='9' | '+' | '(' | ')' | '-' | '.' | '/' | ' '))
    {
        return Err(problem_of_stray(&plain, stray));
    }
    let two_numbers = plain
        .split_once('/')
        .is_some_and(|(first, second)| is_number_by_itself(first) && is_number_by_itself(second));
    if two_numbers || plain.matches('+').count() > 1 {
        return Err(PhoneProblem::NotAlone);
    }
    Ok(plain)
}

fn problem_of_stray(text: &str, stray: char) -> PhoneProblem {
    let (before, after) = text.split_once(stray).unwrap_or((text, ""));
    let extension = matches!(stray.to_ascii_lowercase(), 'x' | 'e' | '#') && digits(before) > 0 && {
        let word = after.trim_start_matches(|c: char| c.is_ascii_alphabetic() || c == '.' || c == ' ');
        (1..=7).contains(&word.len()) && digits(word) == word.len()
    };
    match () {
        () if extension => PhoneProblem::Extension,
        () if digits(text) == 0 => PhoneProblem::Invalid,
        () => PhoneProblem::NotAlone,
    }
}

fn digits(text: &str) -> usize {
    text.bytes().filter(u8::is_ascii_digit).count()
}

/// Long enough to be dialled on its own.
fn is_number_by_itself(text: &str) -> bool {
    digits(text) > 4
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn read(country: &str, cell: &str) -> String {
        let country = CountryCode::parse(country).ok();
        match read_phone(cell, country) {
            Ok(None) => "no number".to_owned(),
            Ok(Some(number)) => number,
            Err(problem) => format!("{problem:?}"),
        }
    }

    #[test]
    fn a_number_with_plus_needs_no_country() {
        for cell in [
            "+1 520-878-2491",
            "'+1 520 878 2491",
            "+1 (520) 878\u{2011}2491",
            "\u{a0}+1.520.878.2491",
            "(+1) 520 878 2491",
            "tel:+1-520-878-2491",
        ] {
            assert_eq!(read("", cell), "+15208782491", "{cell}");
            assert_eq!(read("FR", cell), "+15208782491", "{cell}");
        }
        assert_eq!(read("", "+44 (0)20 7946 0958"), "+442079460958");
    }

    #[test]
    fn a_number_of_a_declared_country_becomes_international() {
        for (country, cell, expected) in [
            ("US", "(415) 555-2671", "+14155552671"),
            ("US", "1-415-555-2671", "+14155552671"),
            ("GB", "020 7946 0958", "+442079460958"),
            ("FR", "06 12 34 56 78", "+33612345678"),
            ("DE", "030/901820", "+4930901820"),
            ("DE", "0049 30 901820", "+4930901820"),
            ("IT", "06 698 12345", "+390669812345"),
            ("AU", "0412 345 678", "+61412345678"),
            ("BR", "(11) 91234-5678", "+5511912345678"),
            ("US", "'4155552671", "+14155552671"),
        ] {
            assert_eq!(read(country, cell), expected, "{cell}");
        }
    }

    #[test]
    fn a_first_zero_lost_in_a_spreadsheet_comes_back_only_where_the_number_is_still_certain() {
        assert_eq!(read("FR", "612345678"), "+33612345678");
        assert_eq!(read("IT", "669812345"), "Invalid");
    }

    #[test]
    fn without_plus_and_country_nothing_is_guessed() {
        for cell in ["(415) 555-2671", "0049 30 901820", "14155552671"] {
            assert_eq!(read("", cell), "NoCountry", "{cell}");
        }
    }

    #[test]
    fn what_is_not_just_one_number_is_kept_and_said_why() {
        for (cell, expected) in [
            ("415.555.2671 x123", "Extension"),
            ("415-555-2671 ext. 12", "Extension"),
            ("415-555-2671#9", "Extension"),
            ("415-555-2671 / 415-555-2672", "NotAlone"),
            ("415-555-2671, 415-555-2672", "NotAlone"),
            ("+1 415 555 2671 +1 415 555 2672", "NotAlone"),
            ("call 415-555-2671 evenings", "NotAlone"),
            ("1-800-FLOWERS", "NotAlone"),
            ("٤١٥٥٥٥٢٦٧١", "Invalid"),
            ("2.31E+13", "Spreadsheet"),
            ("4155552671.0", "Spreadsheet"),
            ("555-2671", "Invalid"),
            ("911", "Invalid"),
            ("0", "Invalid"),
            ("+999 123456789", "Invalid"),
            ("######", "Invalid"),
            ("ask", "Invalid"),
            ("N/A", "no number"),
            ("", "no number"),
        ] {
            assert_eq!(read("US", cell), expected, "{cell}");
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(512))]

        #[test]
        fn no_text_makes_the_reader_fail(cell in ".*|[-+0-9()./ x#;=ext'\u{a0}]{0,24}") {
            for country in ["", "US", "CH", "IT"] {
                let read = read_phone(&cell, CountryCode::parse(country).ok());
                if let Ok(Some(number)) = read {
                    prop_assert_eq!(read_phone(&number, None), Ok(Some(number.clone())));
                }
            }
        }
    }
}
