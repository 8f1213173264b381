//! Raw text in; normalised email addresses, names, logins, dates, numbers and other values out.
//!
//! The same text always gives the same value, without clock, locale or network: two exports of one person must
//! meet at one address, and a second plan of the same files must be empty. A doubtful value is never guessed into
//! a good one: it is a problem with a finding code, because a wrong address gives one person's courses to
//! another.

pub mod country;
pub mod date;
pub mod email;
pub mod evidence;
pub mod field_value;
pub mod login;
pub mod misread;
pub mod name;
pub mod number;
pub mod phone;
pub mod script;
pub mod suspicion;
pub mod yes_no;

/// True for a character that shows nothing and may appear around or between words: white space, a
/// no-break space, zero-width characters, marks of direction, a BOM.
pub fn is_invisible(c: char) -> bool {
    c.is_whitespace()
        || c.is_control()
        || matches!(c, '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}')
}

/// The text without what is invisible around it.
pub fn trim(text: &str) -> &str {
    match text.as_bytes() {
        [first, .., last] if first.is_ascii_graphic() && last.is_ascii_graphic() => text,
        _ => text.trim_matches(is_invisible),
    }
}

/// True of a cell that says nothing: empty, only invisible characters, or a word that exports, databases and
/// spreadsheets write for a missing value (`N/A`, `null`, `\N`, `(null)`, `#N/A`, `nan`, `–`). `Na`, `Nan` and `Null`
/// are names of people.
pub fn is_blank(text: &str) -> bool {
    let text = trim(text);
    match text.as_bytes() {
        [] => true,
        // Most cells are longer, or begin with another letter.
        [
            b'-' | b'N' | b'n' | b'u' | b'\\' | b'(' | b'[' | b'<' | b'{' | b'#' | b'.' | 0xe2,
            ..,
        ] if text.len() <= 11 => is_null_marker(text),
        _ => false,
    }
}

/// True of a word for a missing value.
fn is_null_marker(text: &str) -> bool {
    matches!(
        text,
        "-" | "--"
            | "N/A"
            | "n/a"
            | "NA"
            | "N.A."
            | "n.a."
            | "null"
            | "NULL"
            | "None"
            | "none"
            | "NONE"
            | "nil"
            | "nan"
            | "NaN"
            | "-nan"
            | "NaT"
            | "undefined"
            | "\\N"
            | "(null)"
            | "(NULL)"
            | "(Null)"
            | "(none)"
            | "(None)"
            | "(blank)"
            | "(empty)"
            | "[NULL]"
            | "[null]"
            | "<null>"
            | "<NULL>"
            | "<NA>"
            | "{null}"
            | "#N/A"
            | "#n/a"
            | "#NA"
            | "#NULL!"
            | "#REF!"
            | "#VALUE!"
            | "#NAME?"
            | "#DIV/0!"
            | "#NUM!"
            | "\u{2010}"
            | "\u{2011}"
            | "\u{2012}"
            | "\u{2013}"
            | "\u{2014}"
            | "\u{2015}"
            | "\u{2212}"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_for_a_missing_value_are_blank() {
        for text in [
            "",
            "  ",
            "N/A",
            "NA",
            "null",
            "None",
            "-",
            " -- ",
            "\u{a0}",
            "\u{feff}\u{200b}",
            "\\N",
            "(null)",
            "[NULL]",
            "#N/A",
            "nan",
            "\u{2013}",
            " \u{2014} ",
            "undefined",
        ] {
            assert!(is_blank(text), "{text:?}");
        }
    }

    #[test]
    fn names_that_look_like_missing_values_are_not_blank() {
        for text in [
            "Na",
            "Nan",
            "Nat",
            "Null",
            "Nil",
            "Ana",
            "---",
            "0",
            "\\",
            "(Ana)",
            "#1",
            "\u{2013}x",
            "\u{201c}",
        ] {
            assert!(!is_blank(text), "{text:?}");
        }
    }
}
