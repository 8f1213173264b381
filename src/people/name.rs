//! The text of a name cell in, clean names out; what looks damaged is kept and reported.

use std::borrow::Cow;

use unicode_normalization::{UnicodeNormalization, is_nfc};

use super::{is_blank, is_invisible, misread::is_misread, trim};
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

/// [`clean`], and without the backslashes that some exports write before quotes and backslashes: no name has them.
pub fn clean_name(text: &str) -> Cow<'_, str> {
    let trimmed = trim(text);
    if is_plain_name(trimmed) && !is_blank(trimmed) {
        return Cow::Borrowed(trimmed);
    }
    let cleaned = clean(trimmed);
    if !cleaned.contains('\\') {
        return cleaned;
    }
    let mut name = cleaned.into_owned();
    // A text that was escaped twice loses both.
    while let Some(at) = escape_in(&name) {
        name.remove(at);
    }
    Cow::Owned(name)
}

/// [`is_clean_ascii`], and without backslashes.
fn is_plain_name(text: &str) -> bool {
    let mut before = 0;
    text.bytes().all(|byte| {
        let holds = (b' '..=b'~').contains(&byte) && byte != b'\\' && !(byte == b' ' && before == b' ');
        before = byte;
        holds
    })
}

/// Where a backslash stands before a quote or another backslash.
fn escape_in(name: &str) -> Option<usize> {
    name.match_indices('\\')
        .map(|(at, _)| at)
        .find(|at| matches!(name.as_bytes().get(at + 1), Some(b'\'' | b'"' | b'\\')))
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
    let full = clean_name(full);
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

/// What looks damaged in a name or another text: a wrong encoding, an HTML entity, an e-mail address, a link, several
/// people.
pub fn oddities(text: &str) -> impl Iterator<Item = FindingCode> + use<> {
    let plain = text
        .bytes()
        .all(|byte| byte.is_ascii_alphabetic() || matches!(byte, b'-' | b'\''));
    let found = |code, is: fn(&str) -> bool| (!plain && is(text)).then_some(code);
    [
        found(FindingCode::Mojibake, is_misread),
        found(FindingCode::HtmlEntity, has_entity),
        found(FindingCode::NameIsEmail, is_email),
        found(FindingCode::NameHasLink, has_link),
        found(FindingCode::NameOfSeveral, is_of_several),
    ]
    .into_iter()
    .flatten()
}

/// Domains in which links that are sent to strangers stand.
const LINKED: [&str; 40] = [
    "com", "net", "org", "info", "biz", "io", "co", "me", "app", "dev", "xyz", "top", "online", "site",
    "shop", "store", "club", "link", "click", "live", "pro", "win", "vip", "ru", "cn", "tk", "ml", "ga",
    "cf", "gq", "ly", "gl", "to", "cc", "ws", "su", "icu", "example", "test", "invalid",
];

/// A web address, or the name of a site.
fn has_link(text: &str) -> bool {
    let lower = text.to_lowercase();
    lower.contains("://")
        || lower.contains("www.")
        || text.split([' ', '/', '(', ')', ',', '"']).any(|word| {
            word.trim_end_matches(['.', '!', '?'])
                .rsplit_once('.')
                .is_some_and(|(host, domain)| {
                    host.len() > 1
                        && !word.contains('@')
                        && host
                            .chars()
                            .all(|c| c.is_alphanumeric() || matches!(c, '-' | '.'))
                        && LINKED.contains(&domain.to_lowercase().as_str())
                })
        })
}

/// True of a name, first and last, that completes one of which half or all is missing: what is known of it agrees.
pub fn completes(known: (&str, &str), name: (&str, &str)) -> bool {
    let agrees = |known: &str, other: &str| known == other || known.to_lowercase() == other.to_lowercase();
    match known {
        ("", "") => true,
        (first, "") => agrees(first, name.0),
        ("", last) => agrees(last, name.1),
        _ => false,
    }
}

/// Names of several people: joined by a sign or by "and".
fn is_of_several(text: &str) -> bool {
    let joined = [
        " & ", " and ", " AND ", " And ", " und ", " et ", " + ", " / ", ";",
    ]
    .iter()
    .filter_map(|sign| text.split_once(sign))
    .chain(text.split_once('/'));
    let mut both = joined.map(|(one, other)| [one, other].map(|name| name.trim_start_matches(' ')));
    let is_name = |name: &&str| name.chars().take_while(|c| c.is_alphabetic()).count() > 1;
    both.any(|both| both.iter().all(is_name)) && !has_entity(text) && !has_link(text)
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

    proptest! {
        /// The law: a name that is put together from two records is the name of each of them, as far as they say it.
        #[test]
        fn halves_of_two_names_are_never_mixed(
            one in ("(|Ana|Bo)", "(|Lima|Lind)"), other in ("(|Ana|Bo)", "(|Lima|Lind)"),
        ) {
            prop_assert!(is_of_one((&one.0, &one.1), (&other.0, &other.1), completes));
        }
    }

    /// Whether the name that is put together from two is one of them.
    fn is_of_one(
        known: (&str, &str),
        more: (&str, &str),
        completes: fn((&str, &str), (&str, &str)) -> bool,
    ) -> bool {
        let half = |there, more| if str::is_empty(there) { more } else { there };
        let taken = if completes(known, more) {
            (half(known.0, more.0), half(known.1, more.1))
        } else {
            known
        };
        taken == known || taken == more
    }

    #[test]
    fn the_law_of_halves_notices_that_any_half_is_taken() {
        assert!(!is_of_one(("Ana", ""), ("Bo", "Lind"), |_, _| true));
        assert!(is_of_one(("Ana", ""), ("Bo", "Lind"), completes));
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
    fn links_and_several_people_are_reported() {
        let all = |text: &str| oddities(text).collect::<Vec<_>>();
        for text in [
            "https://win.example/prize click",
            "Free prize visit win.example",
            "WWW.Win.Example",
            "bit.ly/abc",
            "Ana (win.com)",
            "http://x",
        ] {
            assert_eq!(all(text), [FindingCode::NameHasLink], "{text}");
        }
        for text in [
            "Ana & Bo",
            "Ana and Bo Lima",
            "Ana und Bo",
            "Ana/Bo",
            "Ana; Bo",
            "Ana + Bo",
        ] {
            assert_eq!(all(text), [FindingCode::NameOfSeveral], "{text}");
        }
    }

    #[test]
    fn escapes_never_end_up_in_a_name() {
        for (text, name) in [
            ("O\\'Brien", "O'Brien"),
            ("O\\\\\\'Brien", "O'Brien"),
            ("\\\"Molly\\\"", "\"Molly\""),
            ("\u{2013}", ""),
            ("\\N", ""),
            ("Ana\\Lima", "Ana\\Lima"),
        ] {
            assert_eq!(clean_name(text), name, "{text}");
        }
    }

    #[test]
    fn text_in_order_is_not_reported() {
        for text in [
            "Jos\u{e9}",
            "\u{c5}sa",
            "CAF\u{c9}\u{2019}S",
            "St.John",
            "J.R. Lima",
            "Ana.Lima",
            "Ortega y Gasset",
            "c/o",
            "Sand",
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
