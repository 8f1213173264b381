//! The text of a name cell in, clean names out; what looks damaged is kept and reported.

use std::borrow::Cow;

use unicode_normalization::{UnicodeNormalization, is_nfc};

use super::{is_blank, is_invisible, trim};
use crate::model::FindingCode;

/// The name without spaces around it, with single spaces inside, in NFC; a word for a missing value
/// gives the empty text. Also right for any other text field.
pub fn clean(text: &str) -> Cow<'_, str> {
    let text = trim(text);
    if is_blank(text) {
        return Cow::Borrowed("");
    }
    if is_clean_ascii(text) || (is_nfc(text) && !text.contains(is_collapsed) && !text.contains("  ")) {
        return Cow::Borrowed(text);
    }
    let mut collapsed = String::with_capacity(text.len());
    for c in text.nfc().filter(|c| !is_dropped(*c)) {
        match is_invisible(c) && !is_joiner(c) {
            true if collapsed.is_empty() || collapsed.ends_with(' ') => {}
            true => collapsed.push(' '),
            false => collapsed.push(c),
        }
    }
    collapsed.truncate(trim(&collapsed).len());
    Cow::Owned(collapsed)
}

fn is_clean_ascii(text: &str) -> bool {
    let mut before = 0;
    text.bytes().all(|byte| {
        let holds = (b' '..=b'~').contains(&byte) && !(byte == b' ' && before == b' ');
        before = byte;
        holds
    })
}

/// Blanks other than the plain one, and what is dropped.
fn is_collapsed(c: char) -> bool {
    c != ' ' && is_invisible(c) && !is_joiner(c)
}

/// Invisible characters that appear within words and separate nothing.
fn is_dropped(c: char) -> bool {
    matches!(c, '\u{200b}' | '\u{2060}' | '\u{feff}' | '\u{ad}' | '\0')
}

/// Joiners and marks of direction belong to the writing of some languages and to emoji.
fn is_joiner(c: char) -> bool {
    matches!(c, '\u{200c}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// First and last name of a full name: its first word and the rest. "Last, First" is turned round; a
/// name that starts with a particle in lowercase is a last name; a single name is a first name.
pub fn split(full: &str) -> (String, String) {
    let full = clean(full);
    if let Some((last, first)) = full.split_once(',') {
        let (last, first) = (trim(last), trim(first));
        if !last.is_empty() && !first.is_empty() && !first.contains(',') && !is_suffix(first) {
            return (first.to_owned(), last.to_owned());
        }
    }
    match full.split_once(' ') {
        Some((first, _)) if is_particle(first) => (String::new(), full.into_owned()),
        Some((first, last)) => (first.to_owned(), last.to_owned()),
        None => (full.into_owned(), String::new()),
    }
}

fn is_particle(word: &str) -> bool {
    matches!(
        word,
        "van"
            | "von"
            | "vom"
            | "der"
            | "den"
            | "de"
            | "del"
            | "della"
            | "di"
            | "da"
            | "dos"
            | "das"
            | "do"
            | "du"
            | "la"
            | "le"
            | "ten"
            | "ter"
            | "zu"
            | "zum"
            | "zur"
            | "bin"
            | "ibn"
            | "al"
            | "el"
    )
}

/// What follows a comma without being a first name.
fn is_suffix(text: &str) -> bool {
    matches!(
        text.trim_end_matches('.').to_ascii_lowercase().as_str(),
        "jr" | "sr"
            | "ii"
            | "iii"
            | "iv"
            | "phd"
            | "ph.d"
            | "md"
            | "m.d"
            | "mba"
            | "esq"
            | "cpa"
            | "rn"
            | "dds"
    )
}

/// What looks damaged in a name or another text: a wrong encoding, an HTML entity, an e-mail address.
pub fn oddities(text: &str) -> impl Iterator<Item = FindingCode> + use<> {
    let plain = text
        .bytes()
        .all(|byte| byte.is_ascii() && !matches!(byte, b'&' | b'@'));
    let found = |code, is: fn(&str) -> bool| (!plain && is(text)).then_some(code);
    [
        found(FindingCode::Mojibake, is_mojibake),
        found(FindingCode::HtmlEntity, has_entity),
        found(FindingCode::NameIsEmail, is_email),
    ]
    .into_iter()
    .flatten()
}

/// UTF-8 that was read as Windows-1252: a lead byte's letter, then the sign of a continuation byte.
/// Typographic quotes after a letter are too common to count, except in the sequence of a quote itself.
fn is_mojibake(text: &str) -> bool {
    if text.is_ascii() {
        return false;
    }
    let mut before = '\0';
    text.chars().any(|c| {
        let damaged = match before {
            '\u{c3}' | '\u{c2}' | '\u{c5}' | '\u{c4}' | '\u{d0}' | '\u{d1}' => is_continuation(c),
            '\u{e2}' => c == '\u{20ac}',
            '\u{f0}' => c == '\u{178}',
            _ => false,
        };
        before = c;
        damaged || c == '\u{fffd}'
    })
}

/// What Windows-1252 shows for the bytes 0x80 to 0xBF, but for typographic quotes.
fn is_continuation(c: char) -> bool {
    matches!(c, '\u{80}'..='\u{bf}')
        || matches!(
            c,
            '\u{20ac}'
                | '\u{201a}'
                | '\u{192}'
                | '\u{201e}'
                | '\u{2026}'
                | '\u{2020}'
                | '\u{2021}'
                | '\u{2c6}'
                | '\u{2030}'
                | '\u{160}'
                | '\u{2039}'
                | '\u{152}'
                | '\u{17d}'
                | '\u{2022}'
                | '\u{2013}'
                | '\u{2014}'
                | '\u{2dc}'
                | '\u{2122}'
                | '\u{161}'
                | '\u{203a}'
                | '\u{153}'
                | '\u{17e}'
                | '\u{178}'
        )
}

fn has_entity(text: &str) -> bool {
    text.split('&').skip(1).any(|rest| {
        rest.split_once(';').is_some_and(|(name, _)| {
            let name = name.strip_prefix('#').unwrap_or(name);
            (2..=8).contains(&name.len()) && name.bytes().all(|byte| byte.is_ascii_alphanumeric())
        })
    })
}

fn is_email(text: &str) -> bool {
    let text = trim(text);
    text.split_once('@').is_some_and(|(local, domain)| {
        !local.is_empty() && domain.contains('.') && !text.contains(char::is_whitespace)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn halves(full: &str) -> (String, String) {
        split(full)
    }

    #[test]
    fn a_name_is_trimmed_collapsed_and_composed() {
        assert_eq!(clean("  Ana \u{a0} Lima\u{feff}"), "Ana Lima");
        assert_eq!(clean("Jose\u{301}"), "Jos\u{e9}");
        assert_eq!(clean("An\u{200b}a"), "Ana");
        assert_eq!(clean("Ana\tLima\r\nSouza"), "Ana Lima Souza");
        assert!(matches!(clean("Ana Lima"), Cow::Borrowed(_)));
        assert!(matches!(clean("Jos\u{e9} \u{674e}"), Cow::Borrowed(_)));
    }

    #[test]
    fn a_word_for_a_missing_value_is_no_name() {
        for text in ["N/A", "null", "-", "--", " None "] {
            assert_eq!(clean(text), "");
        }
    }

    #[test]
    fn emoji_and_right_to_left_names_are_kept() {
        let family = "Ana \u{1f469}\u{200d}\u{1f467}";
        assert_eq!(clean(family), family);
        assert_eq!(clean("\u{5d3}\u{5d5}\u{5d3}"), "\u{5d3}\u{5d5}\u{5d3}");
    }

    #[test]
    fn a_full_name_splits_into_its_first_word_and_the_rest() {
        for (full, first, last) in [
            ("Ana Lima", "Ana", "Lima"),
            ("Ana Maria Lima", "Ana", "Maria Lima"),
            ("Lima, Ana", "Ana", "Lima"),
            ("van der Berg, Jan", "Jan", "van der Berg"),
            ("Jan van der Berg", "Jan", "van der Berg"),
            ("van der Berg", "", "van der Berg"),
            ("Van Nguyen", "Van", "Nguyen"),
            ("Cher", "Cher", ""),
            ("Ana Lima, PhD", "Ana", "Lima, PhD"),
            ("Miles O\u{2019}Brien", "Miles", "O\u{2019}Brien"),
            ("", "", ""),
            ("N/A", "", ""),
            ("Lima,", "Lima,", ""),
        ] {
            assert_eq!(halves(full), (first.to_owned(), last.to_owned()), "{full:?}");
        }
    }

    #[test]
    fn damaged_text_is_reported() {
        let all = |text: &str| oddities(text).collect::<Vec<_>>();
        assert_eq!(all("Jos\u{c3}\u{a9}"), [FindingCode::Mojibake]);
        assert_eq!(all("O\u{e2}\u{20ac}\u{2122}Brien"), [FindingCode::Mojibake]);
        assert_eq!(all("Tom &amp; Ana"), [FindingCode::HtmlEntity]);
        assert_eq!(all("Miles O&#039;Brien"), [FindingCode::HtmlEntity]);
        assert_eq!(all("ana@example.com"), [FindingCode::NameIsEmail]);
    }

    #[test]
    fn text_in_order_is_not_reported() {
        for text in [
            "Jos\u{e9}",
            "\u{c5}sa",
            "CAF\u{c9}\u{2019}S",
            "Tom & Ana; Bo",
            "\u{674e}",
            "ana @ home",
            "J\u{e3}o",
            "\u{c3}\u{2019}",
        ] {
            assert_eq!(oddities(text).count(), 0, "{text:?}");
        }
    }

    proptest! {
        #[test]
        fn cleaning_twice_is_once(text in any::<String>()) {
            let once = clean(&text).into_owned();
            prop_assert_eq!(clean(&once), once.as_str());
        }

        #[test]
        fn splitting_never_fails_and_oddities_never_do(text in any::<String>()) {
            let _ = split(&text);
            let _ = oddities(&text).count();
        }
    }
}
