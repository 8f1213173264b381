//! A cell with several values and the values of a condition in; whether the cell has one of them, out.

use super::Pattern;

/// How a condition reads the cells of a column of lists.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListCells {
    /// What separates two values, folded.
    separator: String,
    /// Titles that hold the separator, cut at it; those of most parts first.
    titles: Vec<Vec<String>>,
    /// The values asked for, cut at the separator.
    asked: Vec<Vec<String>>,
}

impl ListCells {
    /// `titles` and `asked` are folded values. Titles need not hold the separator: those without do not count.
    pub fn new<'t>(separator: &str, titles: impl Iterator<Item = &'t str>, asked: &[String]) -> Self {
        let separator = separator.to_lowercase();
        let cut = |title: &str| -> Vec<String> { parts(title, &separator).map(str::to_owned).collect() };
        let asked: Vec<Vec<String>> = asked.iter().map(|value| cut(value)).collect();
        let mut titles: Vec<Vec<String>> = titles.map(cut).chain(asked.iter().cloned()).collect();
        titles.retain(|title| title.len() > 1);
        titles.sort_by_key(|title| std::cmp::Reverse(title.len()));
        Self {
            separator,
            titles,
            asked,
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
        let folded = Pattern::fold(cell);
        let parts: Vec<&str> = parts(&folded, &self.separator).collect();
        let mut rest = parts.as_slice();
        while let Some(first) = rest.first() {
            let title = self.titles.iter().find(|title| {
                rest.get(..title.len())
                    .is_some_and(|start| start.iter().eq(title.iter()))
            });
            let value = rest.get(..title.map_or(1, Vec::len)).unwrap_or_default();
            let is_blank = first.is_empty() && parts.len() > 1;
            let place = || self.asked.iter().position(|asked| value.iter().eq(asked.iter()));
            if !is_blank && place().is_some_and(&mut enough) {
                return true;
            }
            rest = rest.get(value.len()..).unwrap_or_default();
        }
        false
    }
}

fn parts<'t>(text: &'t str, separator: &str) -> impl Iterator<Item = &'t str> {
    text.split(separator).map(str::trim)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn holds(cell: &str, titles: &[&str], asked: &[&str]) -> bool {
        let asked: Vec<String> = asked.iter().map(|value| Pattern::fold(value)).collect();
        ListCells::new(",", titles.iter().copied(), &asked).holds_one(cell)
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
        let asked = ["old", "gone", "late"].map(str::to_owned);
        let cells = ListCells::new(",", std::iter::empty(), &asked);
        assert_eq!(cells.held("Late, vip, OLD"), [2, 0]);
        assert_eq!(cells.held("vip"), [0; 0]);
    }

    #[test]
    fn a_blank_is_asked_for_by_a_blank_and_is_no_value_between_others() {
        assert!(holds(" ", &[], &[""]));
        assert!(!holds("vip, ,", &[], &[""]));
    }
}
