//! A value from outside in; the text to put between double quotes in a plan, out.

/// The value as it stands between double quotes in TOML, so that a remedy can be copied into a plan as it is. What
/// shows nothing, or nothing but a blank, is written by its number.
///
/// ```
/// assert_eq!(rehome::text::quoted("O'Brien's \"5\u{a0}km\""), "O'Brien's \\\"5\\u00A0km\\\"");
/// ```
pub fn quoted(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '"' => shown.push_str("\\\""),
            '\\' => shown.push_str("\\\\"),
            '\n' => shown.push_str("\\n"),
            '\r' => shown.push_str("\\r"),
            '\t' => shown.push_str("\\t"),
            c if is_hidden(c) && u32::from(c) <= 0xffff => {
                shown.push_str(&format!("\\u{:04X}", u32::from(c)));
            }
            c if is_hidden(c) => shown.push_str(&format!("\\U{:08X}", u32::from(c))),
            c => shown.push(c),
        }
    }
    shown
}

/// The value as people read it: as it is, but what shows nothing stands there by its name.
pub fn revealed(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            c if !is_hidden(c) => shown.push(c),
            c => match name(c) {
                Some(name) => shown.push_str(&format!("<{name}>")),
                None => shown.push_str(&format!("<U+{:04X}>", u32::from(c))),
            },
        }
    }
    shown
}

/// True of a character that shows nothing, or a blank that is not the plain one.
pub fn is_hidden(c: char) -> bool {
    c.is_control()
        || (c.is_whitespace() && c != ' ')
        || matches!(c, '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}')
}

fn name(c: char) -> Option<&'static str> {
    Some(match c {
        '\u{a0}' => "no-break space",
        '\u{202f}' => "narrow no-break space",
        '\u{200b}' => "zero-width space",
        '\u{200c}' => "zero-width non-joiner",
        '\u{200d}' => "zero-width joiner",
        '\u{2060}' => "word joiner",
        '\u{feff}' => "byte order mark",
        '\u{ad}' => "soft hyphen",
        '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' => "direction mark",
        '\t' => "tab",
        '\n' | '\r' => "line break",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn what_shows_nothing_is_shown_by_name() {
        assert_eq!(
            revealed("First\u{a0}Name\u{200b}"),
            "First<no-break space>Name<zero-width space>"
        );
        assert_eq!(revealed("O'Brien \u{2028}"), "O'Brien <U+2028>");
    }

    proptest! {
        #[test]
        fn a_quoted_value_reads_back_from_toml(text in any::<String>()) {
            let line = format!("key = \"{}\"", quoted(&text));
            let read: toml::Table = toml::from_str(&line).expect("TOML");
            prop_assert_eq!(read["key"].as_str(), Some(text.as_str()));
        }
    }
}
