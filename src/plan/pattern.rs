//! A value or a pattern with one `*`, as it appears on the left of `=` in a map.

use unicode_normalization::{UnicodeNormalization, char::is_combining_mark};

/// A value, or a pattern with one `*`. Compares after trim, NFC and case folding.
///
/// ```
/// use rehome::plan::Pattern;
///
/// let pattern = Pattern::parse("Photography *").unwrap();
/// assert!(pattern.matches(&Pattern::fold(" PHOTOGRAPHY 101 ")));
/// assert_eq!(pattern.rest("Photography 101"), "101");
/// assert_eq!(Pattern::parse("* and *"), None);
/// ```
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Pattern {
    /// The whole value.
    Exact(String),
    /// What is before the star and after it.
    Star {
        /// Before.
        before: String,
        /// After.
        after: String,
    },
}

impl Pattern {
    /// Reads a pattern. `\*` is a star. `None` when there are two stars.
    pub fn parse(text: &str) -> Option<Self> {
        let mut parts = vec![String::new()];
        let mut chars = text.trim_matches(is_margin).chars().peekable();
        while let Some(c) = chars.next() {
            match (c, chars.peek()) {
                ('\\', Some('*')) => {
                    chars.next();
                    parts.last_mut()?.push('*');
                }
                ('*', _) => parts.push(String::new()),
                (c, _) => parts.last_mut()?.push(c),
            }
        }
        let mut parts = parts.into_iter();
        match (parts.next(), parts.next(), parts.next()) {
            (Some(exact), None, None) => Some(Self::Exact(Self::fold(&exact))),
            (Some(before), Some(after), None) => Some(Self::Star {
                before: fold_part(&before),
                after: fold_part(&after),
            }),
            _ => None,
        }
    }

    /// A value in the form in which values are compared.
    pub fn fold(value: &str) -> String {
        fold_part(Self::trim(value))
    }

    /// A value without the spaces around it, which comparing ignores.
    pub fn trim(value: &str) -> &str {
        value.trim_matches(is_margin)
    }

    /// A value as a line of a map writes it: a star that is part of it is escaped.
    pub fn escape(value: &str) -> String {
        Self::trim(value).replace('*', r"\*")
    }

    /// What the star stands for in a value that matches, as the value is written; nothing without a star.
    /// A letter of which one half belongs to the star counts to the star.
    pub fn rest<'v>(&self, value: &'v str) -> &'v str {
        let Self::Star { before, after } = self else {
            return "";
        };
        let value = Self::trim(value);
        let mut ends = Vec::new();
        let mut folded = 0;
        for (at, len) in letters(value) {
            folded += fold_part(value.get(at..at + len).unwrap_or_default()).len();
            ends.push((at + len, folded));
        }
        let last = folded.saturating_sub(after.len());
        let fits = ends.iter().take_while(|(_, folded)| *folded <= before.len());
        let from = fits.last().map_or(0, |(at, _)| *at);
        let to = if last == 0 {
            0
        } else {
            let reaches = ends.iter().find(|(_, folded)| *folded >= last);
            reaches.map_or(value.len(), |(at, _)| *at)
        };
        value.get(from..to).unwrap_or_default()
    }

    /// True for a value that was folded by [`Self::fold`].
    pub fn matches(&self, folded: &str) -> bool {
        match self {
            Self::Exact(exact) => exact == folded,
            Self::Star { before, after } => {
                folded.len() >= before.len() + after.len()
                    && folded.starts_with(before.as_str())
                    && folded.ends_with(after.as_str())
            }
        }
    }

    /// Length of the literal part: of two patterns that match, the longer counts.
    pub fn literal_len(&self) -> usize {
        match self {
            Self::Exact(exact) => exact.len(),
            Self::Star { before, after } => before.len() + after.len(),
        }
    }

    /// True for a pattern with a star.
    pub fn has_star(&self) -> bool {
        matches!(self, Self::Star { .. })
    }
}

/// White space, and what shows nothing: zero-width characters and a byte order mark.
fn is_margin(c: char) -> bool {
    c.is_whitespace() || matches!(c, '\u{200b}'..='\u{200d}' | '\u{2060}' | '\u{feff}')
}

/// Letter by letter, so that a part of a text folds to a part of the folded text.
fn fold_part(text: &str) -> String {
    if text.is_ascii() {
        text.to_ascii_lowercase()
    } else {
        // A sigma is one letter, at the end of a word too.
        let small = |c: char| if c == 'ς' { 'σ' } else { c };
        text.nfc().flat_map(char::to_lowercase).map(small).nfc().collect()
    }
}

/// Start and length of every letter with the marks that belong to it: what comes before one never
/// changes how it folds.
fn letters(text: &str) -> Vec<(usize, usize)> {
    let mut letters: Vec<(usize, usize)> = Vec::new();
    for (at, c) in text.char_indices() {
        let joins = is_combining_mark(c) || matches!(c, '\u{1160}'..='\u{11ff}');
        match letters.last_mut() {
            Some((_, len)) if joins => *len += c.len_utf8(),
            _ => letters.push((at, c.len_utf8())),
        }
    }
    letters
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_star_matches_anything_between_its_literal_parts() {
        let pattern = Pattern::parse("Lead-*-2025").expect("one star");
        assert!(pattern.matches(&Pattern::fold(" LEAD-summer-2025 ")));
        assert!(!pattern.matches(&Pattern::fold("lead-2025")));
    }

    #[test]
    fn an_escaped_star_is_a_star() {
        assert_eq!(
            Pattern::parse(r"5\* club"),
            Some(Pattern::Exact("5* club".to_owned()))
        );
    }

    #[test]
    fn two_stars_are_no_pattern() {
        assert_eq!(Pattern::parse("a*b*c"), None);
    }

    #[test]
    fn composed_and_decomposed_letters_are_the_same() {
        let pattern = Pattern::parse("Caf\u{e9}").expect("exact");
        assert!(pattern.matches(&Pattern::fold("CAFE\u{301}")));
    }

    fn rest(pattern: &str, value: &str) -> String {
        let pattern = Pattern::parse(pattern).expect("a pattern");
        assert!(pattern.matches(&Pattern::fold(value)), "{pattern:?} {value}");
        pattern.rest(value).to_owned()
    }

    #[test]
    fn the_rest_is_what_the_star_stands_for_as_it_is_written() {
        assert_eq!(rest("Course -> *", " COURSE -> Oils & Ink "), "Oils & Ink");
        assert_eq!(rest("* (2024)", "Ölmalerei (2024)"), "Ölmalerei");
        assert_eq!(rest("a*z", "az"), "");
        assert_eq!(rest("*", " \u{feff}Alles "), "Alles");
        assert_eq!(rest("stra\u{df}e *", "STRA\u{1e9e}E Nord"), "Nord");
        assert_eq!(rest("Caf\u{e9} *", "CAFE\u{301} Zo\u{308}e"), "Zo\u{308}e");
        assert_eq!(rest("\u{130}stanbul *", "i\u{307}stanbul Ev"), "Ev");
        assert_eq!(rest("ΛΟΓΟΣ*", "λογοςΑ"), "Α");
    }

    #[test]
    fn a_letter_cut_in_two_belongs_to_the_star() {
        assert_eq!(rest("i*", "\u{130}zmir"), "\u{130}zmir");
        assert_eq!(rest("*\u{307}", "x\u{130}"), "x\u{130}");
    }

    proptest! {
        #[test]
        fn the_parts_of_a_value_fold_to_the_parts_of_the_folded_value(
            before in "[bİΣ][aIİßẞΣςçé\u{301} -]{0,6}[a-]",
            rest in "[aIİßẞΣςç]?[aIİßẞΣςçé\u{301} \u{307}가\u{1100}\u{1161}]{0,8}",
            after in "[-x][aIİßẞΣςçé\u{301}]{0,6}[z]",
        ) {
            let value = format!("{before}{rest}{after}");
            let pattern = Pattern::Star { before: fold_part(&before), after: fold_part(&after) };
            let starts = |at: usize| letters(&value).iter().any(|(start, _)| *start == at);
            prop_assume!(starts(before.len()) && starts(value.len() - after.len()));
            prop_assert!(pattern.matches(&Pattern::fold(&value)));
            prop_assert_eq!(pattern.rest(&value), rest);
        }

        #[test]
        fn any_value_has_a_rest_within_it(pattern in ".{0,6}\\*.{0,6}", value in ".{0,12}") {
            if let Some(pattern) = Pattern::parse(&pattern) {
                prop_assert!(value.contains(pattern.rest(&value)));
            }
        }

        #[test]
        fn an_escaped_value_matches_itself_alone(value in r"[a*\\ é]{1,8}") {
            prop_assert_eq!(Pattern::parse(&Pattern::escape(&value)), Some(Pattern::Exact(Pattern::fold(&value))));
        }
    }
}
