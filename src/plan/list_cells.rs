//! A cell with several values and the values of a condition in; whether the cell has one of them, out.

use std::borrow::Cow;

use super::{Pattern, Words};
use crate::people::is_blank;

/// The values of a list without a syntax of its own: `"VIP","New"`, `["VIP", "New"]`, `{VIP,New}` and `('VIP')` hold
/// `VIP` and `New`. A cell of which not all values are in quotes keeps its quotes.
///
/// ```
/// use rehome::plan::list_text;
///
/// assert_eq!(list_text(r#"["VIP", "New"]"#, ","), "VIP,New");
/// assert_eq!(list_text("VIP, 5\" board", ","), "VIP, 5\" board");
/// ```
pub fn list_text<'c>(cell: &'c str, separator: &str) -> Cow<'c, str> {
    let trimmed = cell.trim();
    let inner = [('[', ']'), ('{', '}')]
        .iter()
        .find_map(|(open, close)| trimmed.strip_prefix(*open)?.strip_suffix(*close))
        .filter(|inner| !inner.contains(['[', ']', '{', '}']));
    if inner.is_none() && !trimmed.starts_with(['"', '\'']) {
        return Cow::Borrowed(cell);
    }
    let bare = inner.unwrap_or(trimmed);
    let unquoted = |value: &str| -> Option<String> {
        let value = value.trim();
        let quote = value.chars().next().filter(|c| matches!(c, '"' | '\''))?;
        let inner = value.strip_prefix(quote)?.strip_suffix(quote)?;
        (!inner.contains(quote)).then(|| inner.to_owned())
    };
    let values: Option<Vec<String>> = bare.split(separator).map(unquoted).collect();
    match (values, inner) {
        (Some(values), _) => Cow::Owned(values.join(separator)),
        (None, Some(inner))
            if !inner.contains('"') && (inner.contains(separator) || trimmed.starts_with('{')) =>
        {
            Cow::Borrowed(inner)
        }
        _ => Cow::Borrowed(cell),
    }
}

/// How a condition reads the cells of a column of lists.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListCells {
    /// What separates two values, folded.
    separator: String,
    /// Titles that hold the separator, cut at it; those of most parts first.
    titles: Vec<Vec<String>>,
    /// The values asked for, cut at the separator.
    asked: Vec<Vec<String>>,
    /// Those asked for that are patterns, with their places.
    patterns: Vec<(usize, Pattern)>,
}

impl ListCells {
    /// `titles` are folded values. They need not hold the separator: those without do not count.
    pub fn new<'t>(separator: &str, titles: impl Iterator<Item = &'t str>, words: &Words) -> Self {
        let separator = separator.to_lowercase();
        let cut = |title: &str| -> Vec<String> { parts(title, &separator).map(str::to_owned).collect() };
        let patterns: Vec<(usize, Pattern)> = words
            .patterns()
            .cloned()
            .enumerate()
            .filter(|(_, pattern)| pattern.has_star())
            .collect();
        let asked: Vec<Vec<String>> = words.texts().map(|value| cut(&Pattern::fold(value))).collect();
        let mut titles: Vec<Vec<String>> = titles.map(cut).chain(asked.iter().cloned()).collect();
        titles.retain(|title| title.len() > 1);
        titles.sort_by_key(|title| std::cmp::Reverse(title.len()));
        Self {
            separator,
            titles,
            asked,
            patterns,
        }
    }

    /// Whether one of the values of a cell is asked for. The parts of a longer title are not values.
    pub fn holds_one(&self, cell: &str) -> bool {
        self.find(cell, |_| true)
    }

    /// The places of those requested values that a cell contains.
    pub fn held(&self, cell: &str) -> Vec<usize> {
        let mut held = Vec::new();
        self.find(cell, |at| {
            held.push(at);
            false
        });
        held
    }

    /// Whether one of the requested values that a cell contains is `enough`.
    fn find(&self, cell: &str, mut enough: impl FnMut(usize) -> bool) -> bool {
        let folded = Pattern::fold(&list_text(cell, &self.separator));
        let parts: Vec<&str> = parts(&folded, &self.separator).collect();
        let mut rest = parts.as_slice();
        while let Some(first) = rest.first() {
            let title = self.titles.iter().find(|title| {
                rest.get(..title.len())
                    .is_some_and(|start| start.iter().eq(title.iter()))
            });
            let value = rest.get(..title.map_or(1, Vec::len)).unwrap_or_default();
            let nothing = is_blank(first);
            let exact = || self.asked.iter().position(|asked| value.iter().eq(asked.iter()));
            let place = || match value {
                [one] if !nothing => exact().or_else(|| self.by_pattern(one)),
                [_] if parts.len() == 1 => exact().or_else(|| {
                    self.asked
                        .iter()
                        .position(|asked| asked.iter().all(String::is_empty))
                }),
                [_] => exact().filter(|_| !first.is_empty()),
                _ => exact(),
            };
            if place().is_some_and(&mut enough) {
                return true;
            }
            rest = rest.get(value.len()..).unwrap_or_default();
        }
        false
    }
}

impl ListCells {
    /// The place of the first pattern that a value meets.
    fn by_pattern(&self, value: &str) -> Option<usize> {
        let met = self.patterns.iter().find(|(_, pattern)| pattern.matches(value));
        met.map(|(place, _)| *place)
    }
}

fn parts<'t>(text: &'t str, separator: &str) -> impl Iterator<Item = &'t str> {
    text.split(separator).map(str::trim)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn holds(cell: &str, titles: &[&str], asked: &[&str]) -> bool {
        ListCells::new(",", titles.iter().copied(), &Words::new(asked)).holds_one(cell)
    }

    #[test]
    fn one_of_the_values_of_a_cell_is_enough() {
        assert!(holds("vip, Paid ,new", &[], &["paid"]));
        assert!(holds("paid", &[], &["other", "paid"]));
        assert!(!holds("unpaid, paid later", &[], &["paid"]));
        assert!(!holds("", &[], &["paid"]));
    }

    #[test]
    fn a_value_that_holds_the_separator_is_found_and_its_parts_are_no_values() {
        assert!(holds("VIP,Lightroom, Fast", &[], &["lightroom, fast"]));
        assert!(holds("Fast, VIP", &["lightroom, fast"], &["fast"]));
        assert!(!holds("VIP, Lightroom, Fast", &["lightroom, fast"], &["fast"]));
        assert!(holds("Lightroom, Fast, Fast", &["lightroom, fast"], &["fast"]));
    }

    #[test]
    fn each_value_that_is_held_is_told_by_its_place() {
        let cells = ListCells::new(",", std::iter::empty(), &Words::new(["old", "gone", "late"]));
        assert_eq!(cells.held("Late, vip, OLD"), [2, 0]);
        assert_eq!(cells.held("vip"), [0; 0]);
    }

    #[test]
    fn a_blank_is_asked_for_by_a_blank_and_is_no_value_between_others() {
        assert!(holds(" ", &[], &[""]));
        assert!(!holds("vip, ,", &[], &[""]));
    }
}
