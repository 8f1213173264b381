//! The values and patterns that a list of the plan names in; which of them a cell meets, out.

use super::{
    alike::{alike, is_plain},
    pattern::Pattern,
};
use crate::people::is_blank;

/// One value or pattern of a list.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Word {
    text: String,
    pattern: Pattern,
    alike: String,
}

/// A list of values and patterns with one `*`. The blank value `""` is met by a blank cell, and by no other; a pattern
/// by no blank cell, so that `*` means "not blank".
///
/// ```
/// use rehome::plan::Words;
///
/// let words = Words::new(["active", "trial*", ""]);
/// assert_eq!(words.find("Trialing"), Some(1));
/// assert_eq!(words.find(" N/A "), Some(2));
/// assert_eq!(words.find("canceled"), None);
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Words {
    words: Vec<Word>,
}

impl Words {
    /// Of these texts; a text with two stars is taken as it is.
    pub fn new<T: AsRef<str>>(texts: impl IntoIterator<Item = T>) -> Self {
        let word = |text: T| {
            let text = text.as_ref();
            Word {
                pattern: Pattern::parse(text).unwrap_or_else(|| Pattern::Exact(Pattern::fold(text))),
                alike: alike(text),
                text: text.to_owned(),
            }
        };
        Self {
            words: texts.into_iter().map(word).collect(),
        }
    }

    /// How many.
    pub fn len(&self) -> usize {
        self.words.len()
    }

    /// True of a list without any.
    pub fn is_empty(&self) -> bool {
        self.words.is_empty()
    }

    /// The texts, as the plan has them.
    pub fn texts(&self) -> impl Iterator<Item = &str> {
        self.words.iter().map(|word| word.text.as_str())
    }

    /// The patterns, in the order of the texts.
    pub fn patterns(&self) -> impl Iterator<Item = &Pattern> {
        self.words.iter().map(|word| &word.pattern)
    }

    /// The place of the first that a cell meets: the value itself, else a pattern.
    pub fn find(&self, cell: &str) -> Option<usize> {
        let folded = Pattern::fold(cell);
        let is_exact = |word: &Word| matches!(&word.pattern, Pattern::Exact(text) if *text == folded);
        if let Some(at) = self.words.iter().position(is_exact) {
            return Some(at);
        }
        if is_blank(cell) {
            return self.words.iter().position(|word| word.text.trim().is_empty());
        }
        let is_met = |word: &Word| word.pattern.has_star() && word.pattern.matches(&folded);
        self.words.iter().position(is_met).or_else(|| {
            let seen = (!is_plain(&folded)).then(|| alike(cell))?;
            let is_alike = |word: &Word| !word.pattern.has_star() && word.alike == seen;
            self.words.iter().position(is_alike)
        })
    }

    /// True of a cell that meets one of them.
    pub fn matches(&self, cell: &str) -> bool {
        self.find(cell).is_some()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_star_means_not_blank_and_the_blank_value_means_blank() {
        let any = Words::new(["*"]);
        assert!(any.matches("2026-05-01"));
        for blank in ["", " ", "N/A", "(null)", "\u{2013}"] {
            assert!(!any.matches(blank), "{blank:?}");
            assert!(Words::new([""]).matches(blank), "{blank:?}");
        }
        assert!(!Words::new([""]).matches("x"));
        assert!(Words::new(["none"]).matches("None"));
        assert!(Words::new([r"\*"]).matches("*"));
        assert!(!Words::new([r"\*"]).matches("x"));
    }

    proptest! {
        /// The plain second reading: compare in lowercase, without blanks around.
        #[test]
        fn a_value_is_met_by_itself_in_any_case_and_by_nothing_else(
            word in "[a-c]{1,3}", cell in "[a-cA-C]{0,3}", blanks in " {0,2}"
        ) {
            let met = Words::new([&word]).matches(&format!("{blanks}{cell}{blanks}"));
            prop_assert_eq!(met, cell.to_lowercase() == word);
            let starts = Words::new([format!("{word}*")]).matches(&cell);
            prop_assert_eq!(starts, cell.to_lowercase().starts_with(&word));
        }
    }
}
