//! Text as a file or a plan has it in; the text that is left of it for the eye, out.

use unicode_normalization::UnicodeNormalization;

/// The form in which two texts are equal that nobody can tell apart on a screen: any blanks are one, what shows
/// nothing is dropped, and characters that look like another one are that one (`’` is `'`, `–` is `-`, a Cyrillic `а`
/// is `a`), in lowercase. For finding what a plan names, never for what is stored.
///
/// ```
/// use rehome::plan::alike;
///
/// assert_eq!(alike("First\u{a0}Name\u{200b}"), alike("first  name"));
/// assert_eq!(alike("Ana’s C\u{43e}urse – 2"), "ana's course - 2");
/// ```
pub fn alike(text: &str) -> String {
    let mut seen = String::with_capacity(text.len());
    let mut gap = false;
    for c in text.nfkc() {
        if c.is_whitespace() {
            gap = true;
        } else if !shows_nothing(c) {
            if gap && !seen.is_empty() {
                seen.push(' ');
            }
            gap = false;
            seen.extend(c.to_lowercase().map(twin));
        }
    }
    seen
}

/// True of a text that is its own [`alike`] but for capitals, without looking at every letter twice.
pub(crate) fn is_plain(text: &str) -> bool {
    let mut before = b' ';
    let plain = text.bytes().all(|byte| {
        let fits = (b' '..=b'~').contains(&byte) && byte != b'`' && !(byte == b' ' && before == b' ');
        before = byte;
        fits
    });
    plain && (before != b' ' || text.is_empty())
}

fn shows_nothing(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}')
}

/// The plain character that a lowercase one looks like.
fn twin(c: char) -> char {
    match c {
        '\u{2018}' | '\u{2019}' | '\u{201a}' | '\u{201b}' | '\u{2bc}' | '\u{2032}' | '\u{b4}' | '`' => '\'',
        '\u{201c}'..='\u{201f}' | '\u{2033}' | '\u{ab}' | '\u{bb}' => '"',
        '\u{2010}'..='\u{2015}' | '\u{2212}' => '-',
        '\u{2022}' | '\u{2219}' | '\u{22c5}' => '\u{b7}',
        'а' | 'α' => 'a',
        'в' | 'β' => 'b',
        'с' => 'c',
        'е' | 'ε' => 'e',
        'н' | 'η' => 'h',
        'і' | 'ι' => 'i',
        'ј' => 'j',
        'к' | 'κ' => 'k',
        'м' | 'μ' => 'm',
        'ν' => 'n',
        'о' | 'ο' => 'o',
        'р' | 'ρ' => 'p',
        'ѕ' => 's',
        'т' | 'τ' => 't',
        'у' | 'υ' => 'y',
        'х' | 'χ' => 'x',
        'ζ' => 'z',
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn what_nobody_can_tell_apart_is_alike_and_other_letters_are_not() {
        for text in [
            "course 101",
            "Course\u{a0}101",
            " COURSE \t 101\u{200b}",
            "C\u{43e}urse 1\u{ad}01",
            "\u{ff23}ourse 101",
            "Course\n101",
        ] {
            assert_eq!(alike(text), "course 101", "{text:?}");
        }
        assert_ne!(alike("Course 101"), alike("Course 1O1"));
        assert_ne!(alike("Café"), alike("Cafe"));
    }

    proptest! {
        #[test]
        fn a_plain_text_is_its_own_but_for_capitals(text in "[ -~\u{a0}é]{0,12}") {
            if is_plain(&text) {
                prop_assert_eq!(alike(&text), text.to_ascii_lowercase());
            }
            prop_assert_eq!(alike(&alike(&text)), alike(&text));
        }
    }
}
