//! A condition of the plan and what a cell contains in; whether the cell meets it out.

use jiff::civil::Date;

use crate::{
    model::Number,
    plan::{Condition, DayBound, Pattern, Test},
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

/// Whether what a cell contains meets a condition.
pub(crate) fn meets(condition: &Condition, content: CellContent<'_>, as_of: Date) -> bool {
    match (&condition.test, content) {
        (Test::AnyOf(values), CellContent::Text(cell)) => has_one(condition, values, cell),
        (Test::NoneOf(values), CellContent::Text(cell)) => !has_one(condition, values, cell),
        (Test::Day { before, after }, CellContent::Day(Some(day))) => {
            before.is_none_or(|bound| day < day_of(bound, as_of))
                && after.is_none_or(|bound| day > day_of(bound, as_of))
        }
        (Test::Number { at_least, at_most }, CellContent::Number(Some(number))) => {
            at_least.is_none_or(|bound| number >= bound) && at_most.is_none_or(|bound| number <= bound)
        }
        _ => false,
    }
}

fn has_one(condition: &Condition, values: &[String], cell: &str) -> bool {
    match &condition.list {
        Some(list) => list.holds_one(cell),
        None => values.contains(&Pattern::fold(cell)),
    }
}

/// The day that a bound names.
pub(crate) fn day_of(bound: DayBound, as_of: Date) -> Date {
    match bound {
        DayBound::Day(day) => day,
        DayBound::AsOf => as_of,
    }
}
