//! The text of a number cell and a rule in, an exact decimal number or the reason why not out.

use crate::model::{Decimal, NumberRule};

pub use crate::model::Number;

use super::{is_blank, is_invisible, trim};

/// Digits that are kept before the decimal sign.
const WHOLE_DIGITS: usize = 18;
/// Signs of currencies, longest first where one starts with another.
const SIGNS: [&str; 27] = [
    "US$", "AU$", "CA$", "NZ$", "HK$", "A$", "C$", "S$", "R$", "$", "€", "£", "¥", "₹", "₩", "₽", "₺", "₪",
    "₫", "₴", "₦", "₱", "฿", "kr", "zł", "Kč", "Fr.",
];
/// Codes of ISO 4217 for the currencies that sellers of courses take.
const CODES: [&str; 54] = [
    "AED", "ARS", "AUD", "BGN", "BRL", "CAD", "CHF", "CLP", "CNY", "COP", "CZK", "DKK", "EGP", "EUR", "GBP",
    "HKD", "HRK", "HUF", "IDR", "ILS", "INR", "ISK", "JPY", "KES", "KRW", "KWD", "MAD", "MXN", "MYR", "NGN",
    "NOK", "NZD", "PEN", "PHP", "PKR", "PLN", "QAR", "RON", "RSD", "RUB", "SAR", "SEK", "SGD", "THB", "TRY",
    "TWD", "UAH", "USD", "UYU", "VND", "XAF", "XCD", "XOF", "ZAR",
];

/// Why a cell gives no number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NumberProblem {
    /// The text is not a number that the rule reads.
    #[error("not a number")]
    Unreadable,
    /// `1,089` or `1.089`: a thousand or a fraction, and nothing says which.
    #[error("could be a thousands separator or a decimal sign")]
    Ambiguous,
    /// `2.31E+13`: a spreadsheet has cut digits off.
    #[error("rounded by a spreadsheet")]
    Scientific,
    /// More digits than [`Number`] can store.
    #[error("more than 18 digits before or after the decimal sign")]
    TooLong,
}

/// Reads a cell; `None` if it is blank. A currency on either side and a `%` at the end are taken
/// off: `95%` is 95.
pub fn read_number(cell: &str, rule: NumberRule) -> Result<Option<Number>, NumberProblem> {
    let text = trim(cell);
    if is_blank(text) {
        return Ok(None);
    }
    let (in_brackets, text) = text
        .strip_prefix('(')
        .and_then(|text| text.strip_suffix(')'))
        .map_or((false, text), |text| (true, trim(text)));
    let (minus, text) = without_sign(text);
    let (unit_before, text) = without_currency_before(text);
    let (minus_after, text) = if minus == Minus::Unsaid && unit_before {
        without_sign(text)
    } else {
        (Minus::Unsaid, text)
    };
    let text = without_unit_after(text, unit_before);
    let negative = match (in_brackets, minus, minus_after) {
        (true, Minus::Unsaid, Minus::Unsaid) => true,
        (true, ..) => return Err(NumberProblem::Unreadable),
        (false, minus, after) => minus == Minus::Negative || after == Minus::Negative,
    };
    if is_scientific(text) {
        return Err(NumberProblem::Scientific);
    }
    let (whole, fraction) = parts(text, rule.decimal)?;
    let amount = amount(whole, fraction)?;
    Ok(Some(Number::of_units(if negative { -amount } else { amount })))
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Minus {
    Unsaid,
    Positive,
    Negative,
}

fn without_sign(text: &str) -> (Minus, &str) {
    for (sign, minus) in [
        ('-', Minus::Negative),
        ('\u{2212}', Minus::Negative),
        ('+', Minus::Positive),
    ] {
        if let Some(rest) = text.strip_prefix(sign) {
            return (minus, rest.trim_start_matches(is_invisible));
        }
    }
    (Minus::Unsaid, text)
}

fn without_currency_before(text: &str) -> (bool, &str) {
    let found = SIGNS
        .iter()
        .chain(&CODES)
        .find_map(|currency| text.strip_prefix(currency));
    found.map_or((false, text), |rest| {
        (true, rest.trim_start_matches(is_invisible))
    })
}

/// Takes off a currency, or a `%` where there was no currency.
fn without_unit_after(text: &str, currency_before: bool) -> &str {
    let percent = text.strip_suffix('%').filter(|_| !currency_before);
    percent
        .or_else(|| {
            SIGNS
                .iter()
                .chain(&CODES)
                .find_map(|currency| text.strip_suffix(currency))
        })
        .map_or(text, |rest| rest.trim_end_matches(is_invisible))
}

fn is_digits(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

pub(super) fn is_scientific(text: &str) -> bool {
    text.split_once(['E', 'e']).is_some_and(|(number, power)| {
        let digits_only = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
        let (whole, fraction) = number.split_once(['.', ',']).unwrap_or((number, ""));
        is_digits(whole)
            && digits_only(fraction)
            && is_digits(power.strip_prefix(['+', '-']).unwrap_or(power))
    })
}

/// What is before the decimal separator, and the digits after it.
fn parts(text: &str, decimal: Option<Decimal>) -> Result<(&str, &str), NumberProblem> {
    let decimal = match decimal {
        Some(decimal) => decimal,
        None => decimal_of(text)?,
    };
    let (decimal, thousands) = match decimal {
        Decimal::Point => ('.', ','),
        Decimal::Comma => (',', '.'),
    };
    let (whole, fraction) = match text.split_once(decimal) {
        Some((whole, fraction)) if is_digits(fraction) => (whole, fraction),
        Some(_) => return Err(NumberProblem::Unreadable),
        None => (text, ""),
    };
    let only_fraction = whole.is_empty() && !fraction.is_empty();
    if only_fraction || is_whole(whole, thousands) {
        Ok((whole, fraction))
    } else {
        Err(NumberProblem::Unreadable)
    }
}

/// The decimal sign that the text itself proves; either where it needs none.
fn decimal_of(text: &str) -> Result<Decimal, NumberProblem> {
    let (commas, points) = (text.matches(',').count(), text.matches('.').count());
    match (commas, points) {
        (1, 0) => not_ambiguous(text, ',', Decimal::Comma),
        (0, 1) => not_ambiguous(text, '.', Decimal::Point),
        (_, 0) => Ok(Decimal::Point),
        (0, _) => Ok(Decimal::Comma),
        _ if text.rfind(',') < text.rfind('.') => Ok(Decimal::Point),
        _ => Ok(Decimal::Comma),
    }
}

/// One separator is a decimal sign, unless it may as well part the thousands.
fn not_ambiguous(text: &str, separator: char, decimal: Decimal) -> Result<Decimal, NumberProblem> {
    let (whole, fraction) = text.split_once(separator).unwrap_or((text, ""));
    let may_part_thousands = fraction.len() == 3
        && is_digits(fraction)
        && is_digits(whole)
        && whole.len() <= 3
        && !whole.starts_with('0');
    if may_part_thousands {
        Err(NumberProblem::Ambiguous)
    } else {
        Ok(decimal)
    }
}

/// True for digits without separators, or in groups of three with one kind of separator.
fn is_whole(text: &str, thousands: char) -> bool {
    let Some(separator) = text.chars().find(|c| !c.is_ascii_digit()) else {
        return is_digits(text);
    };
    let known = separator == thousands
        || matches!(
            separator,
            ' ' | '\u{a0}' | '\u{202f}' | '\u{2009}' | '\'' | '\u{2019}'
        );
    let (first, rest) = text.split_once(separator).unwrap_or_default();
    known
        && is_digits(first)
        && first.len() <= 3
        && !first.starts_with('0')
        && rest
            .split(separator)
            .all(|group| group.len() == 3 && is_digits(group))
}

/// The number in units of its last place.
fn amount(whole: &str, fraction: &str) -> Result<i128, NumberProblem> {
    let digits = whole.bytes().filter(u8::is_ascii_digit);
    let whole = digits.skip_while(|digit| *digit == b'0');
    let fraction = fraction.trim_end_matches('0');
    if whole.clone().count() > WHOLE_DIGITS || fraction.len() > Number::PLACES {
        return Err(NumberProblem::TooLong);
    }
    let padding = std::iter::repeat_n(b'0', Number::PLACES - fraction.len());
    Ok(whole
        .chain(fraction.bytes())
        .chain(padding)
        .fold(0, |value, digit| value * 10 + i128::from(digit - b'0')))
}

/// True of a number that a spreadsheet has written in another way, or rounded: `2.19E+11`, `123.0`, or more than
/// fifteen digits of which only the first fifteen are left. Cheap for everything that is no number.
pub fn is_rounded(text: &str) -> bool {
    let bytes = text.as_bytes();
    if !bytes.first().is_some_and(u8::is_ascii_digit) {
        return false;
    }
    let digits = bytes.iter().take_while(|byte| byte.is_ascii_digit()).count();
    match bytes.get(digits..) {
        Some([]) => {
            digits > 15
                && bytes
                    .get(15..)
                    .is_some_and(|rest| rest.iter().all(|byte| *byte == b'0'))
        }
        Some([b'.' | b',', zeros @ ..]) if !zeros.is_empty() && zeros.iter().all(|byte| *byte == b'0') => {
            // `1,000` is a thousand.
            zeros.len() != 3 || bytes.get(digits) == Some(&b'.')
        }
        Some(rest) => {
            let fraction = match rest {
                [b'.' | b',', more @ ..] => {
                    let digits = more.iter().take_while(|byte| byte.is_ascii_digit()).count();
                    more.get(digits..).unwrap_or_default()
                }
                rest => rest,
            };
            matches!(fraction, [b'E' | b'e', b'+', exponent @ ..] if !exponent.is_empty() && exponent.iter().all(u8::is_ascii_digit))
        }
        None => false,
    }
}

#[cfg(test)]
mod rounded_tests {
    use super::is_rounded;

    #[test]
    fn numbers_as_a_spreadsheet_writes_them_are_noticed_and_other_keys_are_not() {
        for text in [
            "2.19E+11",
            "2,19E+11",
            "3E+05",
            "123.0",
            "219.00",
            "1234567890123450000",
        ] {
            assert!(is_rounded(text), "{text}");
        }
        for text in [
            "219",
            "2190000000",
            "123456789012345",
            "100000000000000",
            "1.5",
            "12e4f",
            "3E5",
            "1,000",
            "10.0.0.1",
            "cus_123.0",
            "",
            "1234567890123456789",
            "0",
        ] {
            assert!(!is_rounded(text), "{text}");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn read_with(decimal: Option<Decimal>, cell: &str) -> String {
        match read_number(cell, NumberRule { decimal }) {
            Ok(None) => "no number".to_owned(),
            Ok(Some(number)) => number.to_string(),
            Err(problem) => format!("{problem:?}"),
        }
    }

    fn read(cell: &str) -> String {
        read_with(None, cell)
    }

    #[test]
    fn money_reads_with_its_currency_on_either_side() {
        for (cell, expected) in [
            ("$1,089.00", "1089"),
            ("1.089,00 EUR", "1089"),
            ("22,00", "22"),
            ("€ 22,50", "22.5"),
            ("1 089,00 €", "1089"),
            ("1\u{202f}089,00\u{a0}€", "1089"),
            ("CHF 1'089.50", "1089.5"),
            ("US$12.50", "12.5"),
            ("$1,089.00 USD", "1089"),
            ("199 kr", "199"),
            ("-$12.50", "-12.5"),
            ("$-12.50", "-12.5"),
            ("(12.50)", "-12.5"),
            ("($1,234.50)", "-1234.5"),
            ("-12.50", "-12.5"),
            ("\u{2212}12.50", "-12.5"),
            ("+7", "7"),
        ] {
            assert_eq!(read(cell), expected, "{cell}");
        }
    }

    #[test]
    fn progress_reads_with_and_without_its_sign() {
        for (cell, expected) in [
            ("95%", "95"),
            ("95 %", "95"),
            ("95", "95"),
            ("0.95", "0.95"),
            ("33.333333%", "33.333333"),
            ("0", "0"),
            (".5", "0.5"),
            ("007", "7"),
        ] {
            assert_eq!(read(cell), expected, "{cell}");
        }
    }

    #[test]
    fn one_separator_before_three_digits_is_not_guessed() {
        for cell in ["1,089", "1.089", "12,345", "$1,089", "-999.000"] {
            assert_eq!(read(cell), "Ambiguous", "{cell}");
        }
        for (cell, expected) in [
            ("1,089.00", "1089"),
            ("1.089,00", "1089"),
            ("1,089,000", "1089000"),
            ("1.089.000", "1089000"),
            ("1 089", "1089"),
            ("0.125", "0.125"),
            ("0,125", "0.125"),
            ("1234.567", "1234.567"),
            ("1 234.567", "1234.567"),
        ] {
            assert_eq!(read(cell), expected, "{cell}");
        }
    }

    #[test]
    fn a_declared_decimal_sign_settles_it() {
        let point = |cell| read_with(Some(Decimal::Point), cell);
        let comma = |cell| read_with(Some(Decimal::Comma), cell);
        assert_eq!(point("1,089"), "1089");
        assert_eq!(point("1.089"), "1.089");
        assert_eq!(comma("1,089"), "1.089");
        assert_eq!(comma("1.089"), "1089");
        assert_eq!(comma("1.089,00 EUR"), "1089");
        for cell in ["22,00", "1.089,00", "1,08", "1.0.8"] {
            assert_eq!(point(cell), "Unreadable", "{cell}");
        }
        for cell in ["22.00", "1,089.00"] {
            assert_eq!(comma(cell), "Unreadable", "{cell}");
        }
    }

    #[test]
    fn what_is_no_number_is_unreadable() {
        for cell in [
            "free",
            "$",
            "%",
            "-",
            "()",
            "(-5)",
            "--5",
            "1,2,3",
            "12 34",
            "1,0890.00",
            "5.",
            ",",
            ".",
            "1..2",
            "$5%",
            "12abc",
            "١٢",
            "１２",
            "1-2",
            "0,123,456",
            "12\u{200b}3",
            "1,234 567.00",
        ] {
            let read = read(cell);
            assert!(
                read == "Unreadable" || (cell == "-" && read == "no number"),
                "{cell}: {read}"
            );
        }
    }

    #[test]
    fn damage_by_a_spreadsheet_is_named() {
        for cell in ["2.31E+13", "2,31E+13", "1e5"] {
            assert_eq!(read(cell), "Scientific", "{cell}");
        }
    }

    #[test]
    fn blank_cells_are_no_number() {
        for cell in ["", "  ", "N/A", "null", "-"] {
            assert_eq!(read(cell), "no number", "{cell:?}");
        }
    }

    #[test]
    fn more_digits_than_can_be_kept_are_a_problem_and_zeros_are_none() {
        assert_eq!(read("123456789012345678"), "123456789012345678");
        assert_eq!(read("1234567890123456789"), "TooLong");
        assert_eq!(read("0.1234567890123456789"), "TooLong");
        assert_eq!(read("0000000000000000000001.50000000000000000000000"), "1.5");
    }

    #[test]
    fn numbers_order_by_value() {
        let number = |cell| read_number(cell, NumberRule::default()).expect("readable");
        assert!(number("-2") < number("-1.5"));
        assert!(number("9.5") < number("10"));
        assert_eq!(number("10.0"), Some(Number::whole(10)));
    }

    proptest! {
        #[test]
        fn no_text_makes_the_reader_fail(cell in ".*") {
            for decimal in [None, Some(Decimal::Point), Some(Decimal::Comma)] {
                let _ = read_number(&cell, NumberRule { decimal });
            }
        }

        #[test]
        fn nothing_like_a_number_makes_the_reader_fail(cell in "[-+(]?[$€]?[0-9.,' \u{a0}]{0,24}[E%)]?") {
            for decimal in [None, Some(Decimal::Point), Some(Decimal::Comma)] {
                let _ = read_number(&cell, NumberRule { decimal });
            }
        }

        #[test]
        fn a_number_reads_back_as_it_shows(units in -(10i128.pow(36) - 1)..10i128.pow(36)) {
            let number = Number::of_units(units);
            let rule = NumberRule { decimal: Some(Decimal::Point) };
            prop_assert_eq!(read_number(&number.to_string(), rule), Ok(Some(number)));
        }
    }
}
