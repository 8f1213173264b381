//! A condition of the plan and what a cell contains in; whether the cell meets it out.

use jiff::{ToSpan, civil::Date};

use crate::{
    model::Number,
    people::is_blank,
    plan::{Condition, DayBound, Test, Words},
};

/// What a cell contains, as its condition reads it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum CellContent<'a> {
    /// Text.
    Text(&'a str),
    /// A day, or none.
    Day(Option<Date>),
    /// A number, or none.
    Number(Option<Number>),
}

/// Whether what a cell contains meets a condition. `today` is the day that it is in the zone of the column.
pub(crate) fn meets(condition: &Condition, content: CellContent<'_>, today: Date) -> bool {
    match (&condition.test, content) {
        (Test::AnyOf(words), CellContent::Text(cell)) => has_one(condition, words, cell),
        (Test::NoneOf(words), CellContent::Text(cell)) => !has_one(condition, words, cell),
        (Test::Blank(blank), CellContent::Text(cell)) => is_blank(cell) == *blank,
        (Test::Day { before, after }, CellContent::Day(Some(day))) => {
            before.is_none_or(|bound| day < day_of(bound, today))
                && after.is_none_or(|bound| day > day_of(bound, today))
        }
        (Test::Number { at_least, at_most }, CellContent::Number(Some(number))) => {
            at_least.is_none_or(|bound| number >= bound) && at_most.is_none_or(|bound| number <= bound)
        }
        _ => false,
    }
}

fn has_one(condition: &Condition, words: &Words, cell: &str) -> bool {
    match &condition.list {
        Some(list) => list.holds_one(cell),
        None => words.matches(cell),
    }
}

/// The day that a bound names.
pub(crate) fn day_of(bound: DayBound, as_of: Date) -> Date {
    match bound {
        DayBound::Day(day) => day,
        DayBound::AsOf(days) => as_of.saturating_add(days.days()),
    }
}
