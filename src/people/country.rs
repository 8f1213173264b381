//! The text of a country cell in, its code of two letters out.

use std::{collections::HashMap, sync::LazyLock};

use iso3166::{Country, LIST};
use unicode_normalization::{UnicodeNormalization, char::is_combining_mark};

use crate::model::CountryCode;

use super::{is_blank, trim};

/// Names in use besides the one that the list of countries gives, each with its code. Case, accents,
/// signs, `the` and `and` do not count. Parts of the United Kingdom are of no country but it.
const OTHER_NAMES: &[(&str, &str)] = &[
    ("America", "US"),
    ("Bahamas Islands", "BS"),
    ("Bolivia, Plurinational State of", "BO"),
    ("Bolivia (Plurinational State of)", "BO"),
    ("Bonaire, Sint Eustatius and Saba", "BQ"),
    ("Bosnia and Herzegovina", "BA"),
    ("Britain", "GB"),
    ("Brunei Darussalam", "BN"),
    ("Burma", "MM"),
    ("Cabo Verde", "CV"),
    ("Cocos Islands", "CC"),
    ("Congo, Democratic Republic of the", "CD"),
    ("Congo, The Democratic Republic of the", "CD"),
    ("Czech Republic", "CZ"),
    ("Democratic Republic of the Congo", "CD"),
    ("DR Congo", "CD"),
    ("DRC", "CD"),
    ("East Timor", "TL"),
    ("England", "GB"),
    ("Eire", "IE"),
    ("Falkland Islands (Malvinas)", "FK"),
    ("Great Britain", "GB"),
    ("Heard Island and McDonald Islands", "HM"),
    ("Holland", "NL"),
    ("Holy See", "VA"),
    ("Holy See (Vatican City State)", "VA"),
    ("Hong Kong SAR", "HK"),
    ("Hong Kong SAR China", "HK"),
    ("Iran, Islamic Republic of", "IR"),
    ("Iran (Islamic Republic of)", "IR"),
    ("Ivory Coast", "CI"),
    ("Korea, Democratic People's Republic of", "KP"),
    ("Korea, Republic of", "KR"),
    ("Korea (Republic of)", "KR"),
    ("Korea, South", "KR"),
    ("Lao People's Democratic Republic", "LA"),
    ("Macao", "MO"),
    ("Macau SAR China", "MO"),
    ("Macedonia", "MK"),
    ("Macedonia, the former Yugoslav Republic of", "MK"),
    ("Micronesia, Federated States of", "FM"),
    ("Micronesia (Federated States of)", "FM"),
    ("Moldova, Republic of", "MD"),
    ("Myanmar (Burma)", "MM"),
    ("Netherlands, Kingdom of the", "NL"),
    ("Northern Ireland", "GB"),
    ("Palestine, State of", "PS"),
    ("Palestinian Territories", "PS"),
    ("Palestinian Territory, Occupied", "PS"),
    ("People's Republic of China", "CN"),
    ("Pitcairn", "PN"),
    ("Republic of Ireland", "IE"),
    ("Republic of Korea", "KR"),
    ("Republic of the Congo", "CG"),
    ("Russian Federation", "RU"),
    ("Saint Helena, Ascension and Tristan da Cunha", "SH"),
    ("Saint Martin (French part)", "MF"),
    ("Scotland", "GB"),
    ("Sint Maarten (Dutch part)", "SX"),
    ("Slovak Republic", "SK"),
    ("Swaziland", "SZ"),
    ("Syrian Arab Republic", "SY"),
    ("Taiwan, Province of China", "TW"),
    ("Tanzania, United Republic of", "TZ"),
    ("Türkiye", "TR"),
    ("U.S.A.", "US"),
    ("UAE", "AE"),
    ("United Kingdom", "GB"),
    ("United Kingdom of Great Britain and Northern Ireland", "GB"),
    ("United States", "US"),
    ("United States Minor Outlying Islands", "UM"),
    ("United States of America", "US"),
    ("US Virgin Islands", "VI"),
    ("Vatican", "VA"),
    ("Venezuela, Bolivarian Republic of", "VE"),
    ("Venezuela (Bolivarian Republic of)", "VE"),
    ("Viet Nam", "VN"),
    ("Virgin Islands, British", "VG"),
    ("Virgin Islands (British)", "VG"),
    ("Virgin Islands, U.S.", "VI"),
    ("Virgin Islands (U.S.)", "VI"),
    ("Wales", "GB"),
];

/// Names that stand for more than one country.
const OF_SEVERAL: [&str; 3] = ["congo", "korea", "virginislands"];

static BY_NAME: LazyLock<HashMap<String, Country>> = LazyLock::new(|| {
    let listed = LIST.iter().map(|country| (country.data().name, **country));
    let others = OTHER_NAMES
        .iter()
        .filter_map(|(name, code)| Some((*name, Country::from_alpha2(code)?)));
    listed
        .chain(others)
        .map(|(name, country)| (fold(name), country))
        .collect()
});

/// Why a cell gives no country. The text is worth keeping as it is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum CountryProblem {
    /// No known country.
    #[error("not a known country")]
    Unknown,
    /// A name of more than one, or `NA`, which is Namibia and "not available".
    #[error("could be more than one country")]
    Ambiguous,
}

/// Reads a cell: an English name or a code of two or three letters. `None` if it is blank.
pub fn read_country(cell: &str) -> Result<Option<CountryCode>, CountryProblem> {
    let text = trim(cell);
    if text.eq_ignore_ascii_case("NA") {
        return Err(CountryProblem::Ambiguous);
    }
    if is_blank(text) {
        return Ok(None);
    }
    if let Some(country) = of_code(text) {
        return Ok(Some(country.into()));
    }
    let folded = fold(text);
    if OF_SEVERAL.contains(&folded.as_str()) {
        return Err(CountryProblem::Ambiguous);
    }
    let found = BY_NAME.get(&folded).copied();
    found
        .map(|country| Some(country.into()))
        .ok_or(CountryProblem::Unknown)
}

/// `no` is more often an answer than Norway: of two letters it needs its capitals.
fn of_code(text: &str) -> Option<Country> {
    match text.len() {
        2 if text.eq_ignore_ascii_case("no") => Country::from_alpha2(text),
        2 => Country::from_alpha2_ignore_case(text),
        3 => Country::from_alpha3_ignore_case(text),
        _ => None,
    }
}

/// The words of a name without case, accents, signs, `the` and `and`, put together.
fn fold(name: &str) -> String {
    let plain: String = name
        .nfd()
        .filter(|c| !is_combining_mark(*c))
        .flat_map(char::to_lowercase)
        .filter(|c| !matches!(c, '\'' | '\u{2019}'))
        .collect();
    plain
        .split(|c: char| !c.is_alphanumeric())
        .filter(|word| !matches!(*word, "the" | "and"))
        .map(|word| if word == "saint" { "st" } else { word })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn read(cell: &str) -> String {
        match read_country(cell) {
            Ok(None) => "no country".to_owned(),
            Ok(Some(country)) => country.to_string(),
            Err(problem) => format!("{problem:?}"),
        }
    }

    #[test]
    fn names_and_codes_give_the_code_of_two_letters() {
        for (cell, expected) in [
            ("Germany", "DE"),
            ("DE", "DE"),
            ("de", "DE"),
            ("DEU", "DE"),
            ("USA", "US"),
            ("U.S.A.", "US"),
            ("us", "US"),
            ("United States", "US"),
            ("UNITED STATES OF AMERICA", "US"),
            ("The United States", "US"),
            ("UK", "GB"),
            ("U.K.", "GB"),
            ("England", "GB"),
            ("Great Britain", "GB"),
            ("Ireland", "IE"),
            ("Northern Ireland", "GB"),
            ("Holland", "NL"),
            ("The Netherlands", "NL"),
            ("Czech Republic", "CZ"),
            ("Viet Nam", "VN"),
            ("Turkey", "TR"),
            ("Turkiye", "TR"),
            ("Cote d'Ivoire", "CI"),
            ("Côte d’Ivoire", "CI"),
            ("Trinidad and Tobago", "TT"),
            ("Saint Lucia", "LC"),
            ("St. Lucia", "LC"),
            ("Korea, Republic of", "KR"),
            ("Réunion", "RE"),
            ("Reunion", "RE"),
            ("US Virgin Islands", "VI"),
            ("Georgia", "GE"),
            ("NO", "NO"),
            ("\u{a0}Norway ", "NO"),
        ] {
            assert_eq!(read(cell), expected, "{cell}");
        }
    }

    #[test]
    fn what_is_no_one_country_is_not_guessed() {
        for cell in ["Congo", "Korea", "Virgin Islands", "NA", "na"] {
            assert_eq!(read(cell), "Ambiguous", "{cell}");
        }
        for cell in [
            "Atlantis",
            "California",
            "Europe",
            "no",
            "1",
            "?",
            "Kosovo",
            "日本",
        ] {
            assert_eq!(read(cell), "Unknown", "{cell}");
        }
        for cell in ["", "N/A", "-", "null"] {
            assert_eq!(read(cell), "no country", "{cell}");
        }
    }

    #[test]
    fn every_other_name_stands_for_a_country_and_none_has_two() {
        let mut seen: HashMap<String, &str> = HashMap::new();
        for (name, code) in OTHER_NAMES {
            assert!(CountryCode::parse(code).is_ok(), "{name}: {code}");
            assert!(!OF_SEVERAL.contains(&fold(name).as_str()), "{name}");
            let before = seen.insert(fold(name), code);
            assert!(before.is_none_or(|before| before == *code), "{name}");
        }
        for country in LIST.map(Country::data) {
            assert_eq!(read(country.name), country.alpha2);
            let other = seen.get(&fold(country.name));
            assert!(
                other.is_none_or(|other| *other == country.alpha2),
                "{}",
                country.name
            );
        }
    }

    proptest! {
        #[test]
        fn no_text_makes_the_reader_fail(cell in ".*") {
            let _ = read_country(&cell);
        }
    }
}
