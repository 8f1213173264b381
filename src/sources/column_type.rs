//! The cells of a column in; one word of a small fixed set for what they are out.

use std::ops::RangeInclusive;

use jiff::civil::Date;

use crate::{
    model::{DateRule, NumberRule},
    people::{
        self,
        date::{DateProblem, read_date},
        number::read_number,
        yes_no::read_yes_no,
    },
};

/// What the cells of a column are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum ColumnType {
    /// No cell contains anything.
    Blank,
    /// Email addresses.
    Email,
    /// Yes or no, in one of the usual ways of writing it.
    YesNo,
    /// Whole or decimal numbers, with or without a currency.
    Number,
    /// Days.
    Date,
    /// Days with a time.
    Time,
    /// Telephone numbers.
    Phone,
    /// Web addresses.
    Url,
    /// Anything else, and columns of mixed cells.
    Text,
}

/// How many types there are.
const TYPES: usize = 9;

/// Of the filled cells of a column, at least this share must be of its type, in percent.
const SHARE: u64 = 90;

/// Any day is a date here: whether it is plausible is asked elsewhere.
const ANY_DAY: RangeInclusive<Date> = Date::MIN..=Date::MAX;

impl ColumnType {
    const ALL: [Self; TYPES] = [
        Self::Blank,
        Self::Email,
        Self::YesNo,
        Self::Number,
        Self::Date,
        Self::Time,
        Self::Phone,
        Self::Url,
        Self::Text,
    ];

    /// The word for it: the only words that are shown for types.
    pub fn word(self) -> &'static str {
        match self {
            Self::Blank => "blank",
            Self::Email => "email address",
            Self::YesNo => "yes or no",
            Self::Number => "number",
            Self::Date => "date",
            Self::Time => "date and time",
            Self::Phone => "phone number",
            Self::Url => "web address",
            Self::Text => "text",
        }
    }

    /// The type of one cell.
    pub(super) fn of_cell(cell: &str) -> Self {
        let cell = people::trim(cell);
        if people::is_blank(cell) {
            return Self::Blank;
        }
        if cell.contains('@') && people::email::parse(cell).is_ok() {
            return Self::Email;
        }
        let digits = cell.bytes().filter(u8::is_ascii_digit).count();
        if digits == 0 {
            return if is_url(cell) {
                Self::Url
            } else if read_yes_no(cell).is_ok() {
                Self::YesNo
            } else {
                Self::Text
            };
        }
        if is_url(cell) {
            Self::Url
        } else if cell.len() == 1 && matches!(cell, "0" | "1") {
            Self::YesNo
        } else if digits >= 7 && is_phone(cell) {
            Self::Phone
        } else if is_number(cell) {
            Self::Number
        } else if is_date(cell) {
            if cell.contains(':') {
                Self::Time
            } else {
                Self::Date
            }
        } else {
            Self::Text
        }
    }
}

/// Counts the types of the cells of one column.
#[derive(Debug, Clone, Default)]
pub(super) struct TypeCount {
    counts: [u64; TYPES],
}

impl TypeCount {
    /// Takes a cell into account.
    pub(super) fn add(&mut self, cell: &str) {
        if let Some(count) = self.counts.get_mut(ColumnType::of_cell(cell) as usize) {
            *count += 1;
        }
    }

    /// Cells that contain something.
    pub(super) fn filled(&self) -> u64 {
        self.counts.iter().skip(1).sum()
    }

    /// The type of the column. `0` and `1` among numbers are numbers, and a day without a time is a moment among
    /// moments.
    pub(super) fn verdict(&self) -> ColumnType {
        let filled = self.filled();
        if filled == 0 {
            return ColumnType::Blank;
        }
        let count = |kind: ColumnType| self.counts.get(kind as usize).copied().unwrap_or(0);
        let enough = |number: u64| u128::from(number) * 100 >= u128::from(filled) * u128::from(SHARE);
        let alone = ColumnType::ALL
            .into_iter()
            .skip(1)
            .find(|kind| enough(count(*kind)));
        if let Some(kind) = alone {
            return kind;
        }
        if enough(count(ColumnType::Number) + count(ColumnType::YesNo)) && count(ColumnType::Number) > 0 {
            ColumnType::Number
        } else if enough(count(ColumnType::Date) + count(ColumnType::Time)) {
            ColumnType::Time
        } else if enough(count(ColumnType::Phone) + count(ColumnType::Number)) {
            ColumnType::Phone
        } else {
            ColumnType::Text
        }
    }
}

fn is_url(cell: &str) -> bool {
    let starts = |with: &str| {
        cell.get(..with.len())
            .is_some_and(|start| start.eq_ignore_ascii_case(with))
    };
    (starts("http://") || starts("https://") || starts("www.")) && !cell.contains(' ')
}

/// Digits with the signs that telephone numbers have; a plain row of digits is a number.
fn is_phone(cell: &str) -> bool {
    let bare = cell.trim_start_matches('\'');
    let signs = bare
        .bytes()
        .filter(|byte| matches!(byte, b'(' | b')' | b' '))
        .count();
    (bare.starts_with('+') || signs > 0)
        && bare.bytes().all(|byte| {
            byte.is_ascii_digit() || matches!(byte, b'+' | b'(' | b')' | b' ' | b'-' | b'/' | b'.')
        })
}

fn is_number(cell: &str) -> bool {
    let percent = cell.trim_end_matches('%');
    read_number(percent, NumberRule::default()).is_ok_and(|number| number.is_some())
}

fn is_date(cell: &str) -> bool {
    match read_date(cell, &DateRule::default(), &ANY_DAY) {
        Ok(day) => day.is_some(),
        Err(DateProblem::Unreadable) => false,
        Err(_) => true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cell_has_the_type_that_a_person_would_give_it() {
        for (cell, kind) in [
            ("", ColumnType::Blank),
            ("  ", ColumnType::Blank),
            ("ana@example.com", ColumnType::Email),
            ("yes", ColumnType::YesNo),
            ("1", ColumnType::YesNo),
            ("42", ColumnType::Number),
            ("1,249.00", ColumnType::Number),
            ("2025-01-05", ColumnType::Date),
            ("03/04/2025", ColumnType::Date),
            ("2025-01-05 10:00:00", ColumnType::Time),
            ("+34 600 55 01 00", ColumnType::Phone),
            ("https://school.example/a", ColumnType::Url),
            ("Photography 101", ColumnType::Text),
        ] {
            assert_eq!(ColumnType::of_cell(cell), kind, "{cell}");
        }
    }

    #[test]
    fn a_column_has_the_type_of_nearly_all_of_its_cells() {
        let verdict = |cells: &[&str]| {
            let mut count = TypeCount::default();
            for cell in cells {
                count.add(cell);
            }
            count.verdict()
        };
        assert_eq!(verdict(&["", ""]), ColumnType::Blank);
        assert_eq!(verdict(&["0", "1", "7"]), ColumnType::Number);
        assert_eq!(verdict(&["0", "1", "1"]), ColumnType::YesNo);
        assert_eq!(verdict(&["2025-01-05", "2025-01-05 10:00"]), ColumnType::Time);
        assert_eq!(verdict(&["ana@example.com", "Photography 101"]), ColumnType::Text);
    }
}
