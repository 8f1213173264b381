//! The login that was asked for in; the nearest one that a site takes, out.

use unicode_normalization::{UnicodeNormalization, char::is_combining_mark};

use crate::model::LoginRules;

/// The login as a site takes it. Accents go (`jörg` is `jorg`), a run of other signs within a word becomes one `-`, so
/// that `ann+vip@example.com` stays readable and differs from `annvip@example.com`. What is too long is
/// cut to the part before its @, then at the end. `None` if no letter or digit is left.
pub fn cleaned(login: &str, rules: LoginRules) -> Option<String> {
    if rules.takes(login) {
        return Some(login.to_owned());
    }
    let mut text = String::with_capacity(login.len());
    // A character was left out since the last one that was kept.
    let mut gap = false;
    for c in login.nfkd().filter(|c| !is_combining_mark(*c)) {
        let plain = u8::try_from(c).is_ok_and(|sign| rules.takes_sign(sign));
        let mut bytes = [0; 4];
        let kept = plain_letters(c).or_else(|| plain.then(|| &*c.encode_utf8(&mut bytes)));
        match kept {
            _ if c.is_whitespace() => {
                if !text.is_empty() && !text.ends_with(' ') {
                    text.push(' ');
                }
                gap = false;
            }
            Some(kept) => {
                if gap && !text.is_empty() && !text.ends_with(' ') {
                    text.push('-');
                }
                text.push_str(kept);
                gap = false;
            }
            None => gap = true,
        }
    }
    let text = shortened(text.trim_end(), rules.max_chars());
    has_letters(text).then(|| text.to_owned())
}

/// A login with a number at its end, for the second who asks for it; cut so that both fit.
pub fn numbered(login: &str, number: u32, rules: LoginRules) -> String {
    let end = format!("-{number}");
    let room = rules.max_chars().saturating_sub(end.len());
    format!("{}{end}", cut(login, room))
}

fn shortened(text: &str, max: usize) -> &str {
    if text.len() <= max {
        return text;
    }
    let local = text.split('@').next().filter(|local| has_letters(local));
    cut(local.unwrap_or(text), max)
}

/// The text is ASCII by now.
fn cut(text: &str, max: usize) -> &str {
    text.get(..max.min(text.len())).unwrap_or(text).trim_end()
}

fn has_letters(text: &str) -> bool {
    text.bytes().any(|byte| byte.is_ascii_alphanumeric())
}

/// Latin letters that do not come apart into a letter and an accent.
fn plain_letters(c: char) -> Option<&'static str> {
    Some(match c {
        'ß' => "ss",
        'ẞ' => "SS",
        'æ' => "ae",
        'Æ' => "AE",
        'œ' => "oe",
        'Œ' => "OE",
        'ø' => "o",
        'Ø' => "O",
        'đ' | 'ð' => "d",
        'Đ' | 'Ð' => "D",
        'ł' => "l",
        'Ł' => "L",
        'þ' => "th",
        'Þ' => "Th",
        'ı' => "i",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const RULES: LoginRules = LoginRules::WordPress;

    fn clean(login: &str) -> Option<String> {
        cleaned(login, RULES)
    }

    #[test]
    fn what_a_site_does_not_take_becomes_a_dash() {
        for (asked, given) in [
            ("ann", "ann"),
            ("Ann B.", "Ann B."),
            ("ann+vip@example.com", "ann-vip@example.com"),
            ("o'brien@example.com", "o-brien@example.com"),
            ("a +!% b", "a b"),
            ("a+! b", "a b"),
            ("-a+!b+", "-a-b"),
            ("jörg", "jorg"),
            ("Łukasz Groß", "Lukasz Gross"),
            ("😀ann😀😀", "ann"),
            ("ann  b ", "ann b"),
            ("ａｎｎ", "ann"),
        ] {
            assert_eq!(clean(asked).as_deref(), Some(given), "{asked}");
        }
    }

    #[test]
    fn a_login_of_signs_alone_is_none() {
        for asked in ["", " ", "😀😀", "+++", "---", "._@", "安娜"] {
            assert_eq!(clean(asked), None, "{asked}");
        }
    }

    #[test]
    fn what_is_too_long_is_what_stands_before_the_at_and_then_cut() {
        let domain = format!("{}.example", "d".repeat(60));
        assert_eq!(clean(&format!("ann@{domain}")).as_deref(), Some("ann"));
        assert_eq!(clean(&"x".repeat(70)), Some("x".repeat(60)));
        assert_eq!(clean(&format!("{} y", "x".repeat(59))), Some("x".repeat(59)));
    }

    #[test]
    fn a_number_is_added_and_still_fits() {
        assert_eq!(numbered("ann", 2, RULES), "ann-2");
        assert_eq!(
            numbered(&"x".repeat(60), 10, RULES),
            format!("{}-10", "x".repeat(57))
        );
    }

    proptest! {
        #[test]
        fn what_comes_out_is_taken_as_it_is(login in "\\PC{0,80}", number in 2u32..100_000) {
            if let Some(given) = clean(&login) {
                prop_assert!(RULES.takes(&given), "{given:?}");
                prop_assert_eq!(clean(&given), Some(given.clone()));
                prop_assert!(RULES.takes(&numbered(&given, number, RULES)));
            }
        }
    }
}
