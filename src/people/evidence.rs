//! The cells of a date column in, what they show about the order of day and month out.

use std::ops::RangeInclusive;

use jiff::civil::Date;

use super::date::{DateProblem, read_date};
use crate::model::{DateRule, DayMonthOrder};

/// Cells of one sort: how many there are, and the first of them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Sort {
    /// How many cells.
    pub count: u64,
    /// The first cell and its line. `None` if there is none.
    pub first: Option<(String, u64)>,
}

impl Sort {
    fn add(&mut self, cell: &str, line: u64) {
        self.count += 1;
        self.first.get_or_insert_with(|| (cell.to_owned(), line));
    }
}

/// What the cells of one column show about the order of day and month.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct DateEvidence {
    /// Cells that are a date only where the day comes first.
    pub day_first: Sort,
    /// Cells that are a date only where the month comes first.
    pub month_first: Sort,
    /// Cells that are two different dates, by the order.
    pub either: Sort,
    /// Cells that read one way, such as `2025-11-08`.
    pub certain: Sort,
    /// Cells that are no date at all.
    pub unreadable: Sort,
}

/// What a whole column proves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DateOrder {
    /// At least one cell only valid with the day first, and none only with the month first.
    DayFirst,
    /// At least one cell only valid with the month first, and none only with the day first.
    MonthFirst,
    /// Some cells read only one way, some only the other.
    Contradictory,
    /// All cells in question read both ways.
    CannotTell,
    /// No cell depends on the order.
    NotNeeded,
}

impl DateOrder {
    /// The order to read the column in, where it is proved.
    pub fn proved(self) -> Option<DayMonthOrder> {
        match self {
            Self::DayFirst => Some(DayMonthOrder::DayFirst),
            Self::MonthFirst => Some(DayMonthOrder::MonthFirst),
            Self::Contradictory | Self::CannotTell | Self::NotNeeded => None,
        }
    }
}

impl DateEvidence {
    /// Takes a cell into account. `line` is where it is; a cell without a date shows nothing.
    pub fn add(&mut self, cell: &str, line: u64) {
        let sort = match read_date(cell, &DateRule::default(), &ANY) {
            Ok(None) => return,
            Ok(Some(_)) | Err(DateProblem::Implausible(_)) => &mut self.certain,
            Err(DateProblem::Unreadable) => &mut self.unreadable,
            Err(DateProblem::DayMonth {
                day_first,
                month_first,
            }) => match (day_first, month_first) {
                (true, false) => &mut self.day_first,
                (false, true) => &mut self.month_first,
                _ => &mut self.either,
            },
        };
        sort.add(cell, line);
    }

    /// What the cells prove together.
    pub fn verdict(&self) -> DateOrder {
        match (
            self.day_first.count > 0,
            self.month_first.count > 0,
            self.either.count > 0,
        ) {
            (true, true, _) => DateOrder::Contradictory,
            (true, false, _) => DateOrder::DayFirst,
            (false, true, _) => DateOrder::MonthFirst,
            (false, false, true) => DateOrder::CannotTell,
            (false, false, false) => DateOrder::NotNeeded,
        }
    }
}

/// The order does not depend on which years make sense.
const ANY: RangeInclusive<Date> = Date::MIN..=Date::MAX;

#[cfg(test)]
mod tests {
    use super::*;

    fn evidence(cells: &[&str]) -> DateEvidence {
        let mut evidence = DateEvidence::default();
        for (line, cell) in (2..).zip(cells) {
            evidence.add(cell, line);
        }
        evidence
    }

    #[test]
    fn one_day_above_twelve_proves_the_order_of_the_column() {
        let proved = |cells: &[&str]| evidence(cells).verdict();
        assert_eq!(proved(&["03/04/2025", "28/01/2018"]), DateOrder::DayFirst);
        assert_eq!(proved(&["03/04/2025", "01/28/2018"]), DateOrder::MonthFirst);
        assert_eq!(proved(&["28/01/2018", "01/28/2018"]), DateOrder::Contradictory);
        assert_eq!(proved(&["03/04/2025", "05.06.2025"]), DateOrder::CannotTell);
        assert_eq!(
            proved(&["2025-11-08", "", "03/03/2025", "soon"]),
            DateOrder::NotNeeded
        );
        assert_eq!(DateOrder::DayFirst.proved(), Some(DayMonthOrder::DayFirst));
        assert_eq!(DateOrder::Contradictory.proved(), None);
    }

    #[test]
    fn each_sort_of_cell_is_counted_with_its_first_example_and_line() {
        let evidence = evidence(&[
            "03/04/2025",
            "28/01/2018",
            "29/01/2018",
            "2025-11-08",
            "N/A",
            "soon",
            "05/06/2025",
        ]);
        let sort = |count, cell: &str, line| Sort {
            count,
            first: Some((cell.to_owned(), line)),
        };
        assert_eq!(evidence.either, sort(2, "03/04/2025", 2));
        assert_eq!(evidence.day_first, sort(2, "28/01/2018", 3));
        assert_eq!(evidence.month_first, Sort::default());
        assert_eq!(evidence.certain, sort(1, "2025-11-08", 5));
        assert_eq!(evidence.unreadable, sort(1, "soon", 7));
    }
}
