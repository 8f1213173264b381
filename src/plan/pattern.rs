//! A value or a pattern with one `*`, as it stands left of `=` in a map.

use unicode_normalization::UnicodeNormalization;

/// A value, or a pattern with one `*`. Compares after trim, NFC and case folding.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Pattern {
    /// The whole value.
    Exact(String),
    /// What stands before the star and after it.
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
        fold_part(value.trim_matches(is_margin))
    }

    /// True of a value that was folded by [`Self::fold`].
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

    /// True of a pattern with a star.
    pub fn has_star(&self) -> bool {
        matches!(self, Self::Star { .. })
    }
}

/// White space, and what shows nothing: zero-width characters and a byte order mark.
fn is_margin(c: char) -> bool {
    c.is_whitespace() || matches!(c, '\u{200b}'..='\u{200d}' | '\u{2060}' | '\u{feff}')
}

fn fold_part(text: &str) -> String {
    if text.is_ascii() {
        text.to_ascii_lowercase()
    } else {
        text.nfc().collect::<String>().to_lowercase().nfc().collect()
    }
}

#[cfg(test)]
mod tests {
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
}
