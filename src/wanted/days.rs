//! Cells of date columns in, days out; what is no day is counted, column by column, with an example.

use std::{collections::BTreeMap, ops::RangeInclusive};

use jiff::{ToSpan, civil::Date};

use crate::{
    model::{DateRule, RecordRef, Row, Stamp},
    people::date::{DateProblem, read_date},
    plan::{Plan, Slots},
};

/// No course was sold online before.
const FIRST_YEAR: Date = jiff::civil::date(1990, 1, 1);
/// An end further away than this is a word for "never", which the plan has to say.
const YEARS_AHEAD: i32 = 30;

/// Why a cell of a date column gives no day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum DayProblem {
    /// It is no date.
    NotADate,
    /// Day and month are numbers, and nothing says which comes first.
    DayMonth,
    /// It is a date that nobody can mean.
    Implausible,
}

/// The cells of one column with the same problem.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CellTrouble {
    /// Index of the source.
    pub source: u16,
    /// The column, by slot.
    pub slot: usize,
    /// What is wrong.
    pub problem: DayProblem,
    /// How many cells.
    pub count: u64,
    /// Where the first stands.
    pub first: RecordRef,
    /// What the first holds.
    pub example: String,
}

/// Reads the date columns of all sources.
#[derive(Debug)]
pub(super) struct Days {
    as_of: Date,
    plausible: RangeInclusive<Date>,
    /// By source and slot; `None` where the slot is no date column.
    rules: Vec<Vec<Option<DateRule>>>,
    troubles: BTreeMap<(u16, usize, DayProblem), CellTrouble>,
}

impl Days {
    /// With what plan and profiles declare. `slots` are those of the plan's sources.
    pub(super) fn new<'s>(plan: &Plan, slots: impl Iterator<Item = &'s Slots>, as_of: Date) -> Self {
        let rules = plan.sources.iter().zip(slots).map(|(source, slots)| {
            let rule = |slot: usize| {
                let name = slots.columns.get(slot)?.names.first()?;
                slots
                    .dates
                    .contains(&slot)
                    .then(|| source.dates.for_column(name).clone())
            };
            (0..slots.columns.len()).map(rule).collect()
        });
        Self {
            as_of,
            plausible: FIRST_YEAR..=as_of.saturating_add(YEARS_AHEAD.years()),
            rules: rules.collect(),
            troubles: BTreeMap::new(),
        }
    }

    /// The day on which the plan is computed.
    pub(super) fn as_of(&self) -> Date {
        self.as_of
    }

    /// Another rule for a column, found out from its cells.
    pub(super) fn set_rule(&mut self, source: usize, slot: usize, rule: DateRule) {
        if let Some(place) = self.rules.get_mut(source).and_then(|rules| rules.get_mut(slot)) {
            *place = Some(rule);
        }
    }

    /// The day in a cell. `None` where it is blank, or no day: that is counted.
    pub(super) fn day(&mut self, row: &Row<'_>, slot: usize) -> Option<Date> {
        let stamp = self.stamp(row, slot).ok().flatten();
        stamp.map(|stamp| stamp.day())
    }

    /// The day or moment in a cell. `None` where it is blank; an error where it is no day: that is counted.
    pub(super) fn stamp(&mut self, row: &Row<'_>, slot: usize) -> Result<Option<Stamp>, DayProblem> {
        let source = row.record.source;
        let rule = self
            .rules
            .get(usize::from(source))
            .and_then(|rules| rules.get(slot)?.as_ref());
        let Some(rule) = rule else { return Ok(None) };
        let cell = row.cell(slot);
        let problem = match read_date(cell, rule, &self.plausible) {
            Ok(stamp) => return Ok(stamp),
            Err(DateProblem::Unreadable) => DayProblem::NotADate,
            Err(DateProblem::DayMonth { .. }) => DayProblem::DayMonth,
            Err(DateProblem::Implausible(_)) => DayProblem::Implausible,
        };
        let trouble = self
            .troubles
            .entry((source, slot, problem))
            .or_insert_with(|| CellTrouble {
                source,
                slot,
                problem,
                count: 0,
                first: row.record,
                example: cell.trim().to_owned(),
            });
        trouble.count += 1;
        Err(problem)
    }

    /// What is wrong, in the order of sources and columns, and how the columns were read.
    pub(super) fn finish(self) -> (Vec<CellTrouble>, DateColumns) {
        let columns = DateColumns {
            plausible: self.plausible,
            rules: self.rules,
        };
        (self.troubles.into_values().collect(), columns)
    }
}

/// How the date columns were read, for whoever reads some rows again.
#[derive(Debug, Clone)]
pub struct DateColumns {
    plausible: RangeInclusive<Date>,
    rules: Vec<Vec<Option<DateRule>>>,
}

impl DateColumns {
    /// The day in a cell of a slot of a source; `None` where it holds none.
    pub fn day(&self, source: usize, slot: usize, cell: &str) -> Option<Date> {
        let rule = self.rules.get(source)?.get(slot)?.as_ref()?;
        let stamp = read_date(cell, rule, &self.plausible).ok().flatten();
        stamp.map(|stamp| stamp.day())
    }
}
