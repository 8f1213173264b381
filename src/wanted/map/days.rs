//! Cells that are days or numbers in, days and numbers out; what is neither is counted, column by column,
//! with an example.

use std::{collections::BTreeMap, ops::RangeInclusive};

use jiff::{Timestamp, ToSpan, civil::Date};

use crate::{
    model::{DateOrTime, DateRule, Number, NumberRule, RecordRef, Row},
    people::{
        date::{DateProblem, read_date},
        number::{NumberProblem, read_number},
    },
    plan::{Plan, PlanDay},
};

/// No course was sold online before.
const FIRST_YEAR: Date = jiff::civil::date(1990, 1, 1);
/// An end further away than this is a word for "never", which the plan has to say.
const YEARS_AHEAD: i32 = 30;

/// Why a cell of a date column gives no day, or one that is compared with a number gives none.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum CellProblem {
    /// It is not a date.
    NotADate,
    /// Day and month are numbers, and nothing says which comes first.
    DayMonth,
    /// It is an implausible date.
    Implausible,
    /// It is a registration date after the day of the plan.
    NotYet,
    /// It is not a number.
    NotANumber,
    /// A thousands separator or a decimal sign, and nothing says which.
    UnclearNumber,
}

/// The cells of one column with the same problem.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CellTrouble {
    /// Index of the source.
    pub source: u16,
    /// The column, by slot.
    pub slot: usize,
    /// What is wrong.
    pub problem: CellProblem,
    /// How many cells.
    pub count: u64,
    /// The last that was counted: a row is read more than once.
    last: Option<RecordRef>,
    /// Where the first is.
    pub first: RecordRef,
    /// The distinct texts, with how many cells hold each and where the first stands; the first two hundred.
    pub values: Vec<(String, u64, RecordRef)>,
}

impl CellTrouble {
    /// What the first holds.
    pub fn example(&self) -> &str {
        self.values.first().map_or("", |(text, ..)| text)
    }
}

/// More distinct texts than these are counted together.
const MAX_VALUES: usize = 200;

/// What a cell of a date column gave.
type Read = Result<Option<DateOrTime>, CellProblem>;

/// Reads the date columns of all sources.
#[derive(Debug)]
pub(crate) struct Days {
    columns: DateColumns,
    /// By slot, what was read last: several rules ask for the same cell of a row.
    last: Vec<Option<(RecordRef, Read)>>,
    troubles: BTreeMap<(u16, usize, CellProblem), CellTrouble>,
}

impl Days {
    /// With what plan and profiles declare.
    pub(crate) fn new(plan: &Plan, as_of: &PlanDay) -> Self {
        let rules = plan.sources.iter().map(|source| {
            let slots = &source.in_use;
            let rule = |slot: usize| {
                let name = slots.columns.get(slot)?.names.first()?;
                slots
                    .dates
                    .contains(&slot)
                    .then(|| source.formats.dates.for_column(name).clone())
            };
            (0..slots.columns.len()).map(rule).collect()
        });
        let rules: Vec<Vec<Option<DateRule>>> = rules.collect();
        let today = rules.iter().zip(&plan.sources).map(|(rules, source)| {
            let default = &source.formats.dates.default.zone;
            let zone = |rule: &Option<DateRule>| match rule {
                Some(rule) => as_of.in_zone(&rule.zone),
                None => as_of.in_zone(default),
            };
            rules.iter().map(zone).collect()
        });
        Self::from_columns(DateColumns {
            as_of: as_of.day(),
            today: today.collect(),
            plausible: FIRST_YEAR..=as_of.day().saturating_add(YEARS_AHEAD.years()),
            rules,
            numbers: plan.sources.iter().map(|source| source.formats.numbers).collect(),
        })
    }

    /// To read some rows again as they were read before.
    pub(crate) fn from_columns(columns: DateColumns) -> Self {
        Self {
            columns,
            last: Vec::new(),
            troubles: BTreeMap::new(),
        }
    }

    /// The day on which the plan is computed.
    pub(crate) fn as_of(&self) -> Date {
        self.columns.as_of
    }

    /// The day that it is in the zone of a column.
    pub(crate) fn today(&self, source: u16, slot: usize) -> Date {
        let slots = self.columns.today.get(usize::from(source));
        let day = slots.and_then(|slots| slots.get(slot));
        day.map_or(self.columns.as_of, |day| *day)
    }

    /// Another rule for a column, found out from its cells.
    pub(crate) fn set_rule(&mut self, source: usize, slot: usize, rule: DateRule) {
        if let Some(place) = self
            .columns
            .rules
            .get_mut(source)
            .and_then(|rules| rules.get_mut(slot))
        {
            *place = Some(rule);
        }
    }

    /// The day in a cell. `None` if it is blank, or no day: that is counted.
    pub(crate) fn day(&mut self, row: &Row<'_>, slot: usize) -> Option<Date> {
        let stamp = self.stamp(row, slot).ok().flatten();
        stamp.map(|stamp| stamp.day())
    }

    /// The day in a cell that says when somebody registered. `None` where it is blank, no day, or still to
    /// come: that is counted. The next day is not: where the clocks are ahead, it has begun.
    pub(crate) fn registered(&mut self, row: &Row<'_>, slot: usize) -> Option<Date> {
        let day = self.day(row, slot)?;
        if day > self.today(row.record.source, slot).saturating_add(1.day()) {
            self.trouble(row, slot, CellProblem::NotYet);
            return None;
        }
        Some(day)
    }

    /// The moment at which a day begins, in the zone of a column.
    pub(crate) fn start(&self, source: usize, slot: usize, day: Date) -> Option<Timestamp> {
        let rule = self.columns.rule(source, slot)?;
        DateOrTime::of_day(day, &rule.zone).map(|stamp| stamp.instant())
    }

    /// The day or moment in a cell. `None` if it is blank; an error where it is not a day: that is counted.
    pub(crate) fn stamp(&mut self, row: &Row<'_>, slot: usize) -> Read {
        if let Some(Some((record, read))) = self.last.get(slot)
            && *record == row.record
        {
            return *read;
        }
        let read = self.read(row, slot);
        if self.last.len() <= slot {
            self.last.resize(slot + 1, None);
        }
        self.last[slot] = Some((row.record, read));
        read
    }

    fn read(&mut self, row: &Row<'_>, slot: usize) -> Read {
        let source = row.record.source;
        let Some(rule) = self.columns.rule(usize::from(source), slot) else {
            return Ok(None);
        };
        let cell = row.cell(slot);
        let problem = match read_date(cell, rule, &self.columns.plausible) {
            Ok(stamp) => return Ok(stamp),
            Err(DateProblem::Unreadable) => CellProblem::NotADate,
            Err(DateProblem::DayMonth { .. }) => CellProblem::DayMonth,
            Err(DateProblem::Implausible(_)) => CellProblem::Implausible,
        };
        self.trouble(row, slot, problem);
        Err(problem)
    }

    /// The number in a cell. `None` if it is blank, or no number: that is counted.
    pub(crate) fn number(&mut self, row: &Row<'_>, slot: usize) -> Option<Number> {
        let rule = *self.columns.numbers.get(usize::from(row.record.source))?;
        let problem = match read_number(row.cell(slot), rule) {
            Ok(number) => return number,
            Err(NumberProblem::Ambiguous) => CellProblem::UnclearNumber,
            Err(_) => CellProblem::NotANumber,
        };
        self.trouble(row, slot, problem);
        None
    }

    fn trouble(&mut self, row: &Row<'_>, slot: usize, problem: CellProblem) {
        let source = row.record.source;
        let trouble = self
            .troubles
            .entry((source, slot, problem))
            .or_insert_with(|| CellTrouble {
                source,
                slot,
                problem,
                count: 0,
                last: None,
                first: row.record,
                values: Vec::new(),
            });
        if trouble.last == Some(row.record) {
            return;
        }
        trouble.last = Some(row.record);
        trouble.count += 1;
        let text = row.cell(slot).trim();
        if let Some((_, count, _)) = trouble.values.iter_mut().find(|(known, ..)| known == text) {
            *count += 1;
        } else if trouble.values.len() < MAX_VALUES {
            trouble.values.push((text.to_owned(), 1, row.record));
        }
    }

    /// What is wrong, in the order of sources and columns, and how the columns were read.
    pub(crate) fn finish(self) -> (Vec<CellTrouble>, DateColumns) {
        (self.troubles.into_values().collect(), self.columns)
    }
}

/// How dates and numbers are read: whoever reads some rows again reads them in the same way.
#[derive(Debug, Clone)]
pub(crate) struct DateColumns {
    as_of: Date,
    /// By source and slot, the day that it is in the zone of the column.
    today: Vec<Vec<Date>>,
    plausible: RangeInclusive<Date>,
    /// By source and slot; `None` where the slot is not a date column.
    rules: Vec<Vec<Option<DateRule>>>,
    /// By source.
    numbers: Vec<NumberRule>,
}

impl DateColumns {
    fn rule(&self, source: usize, slot: usize) -> Option<&DateRule> {
        self.rules.get(source)?.get(slot)?.as_ref()
    }
}
