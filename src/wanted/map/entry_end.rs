//! The end that an effect of the plan has, and a row, in; the last day of what it grants out.

use jiff::civil::Date;

use super::days::Days;
use crate::{
    model::{Period, Row},
    plan::{ColumnsInUse, Ends},
};

/// The end that an entry of the plan gives what it grants.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct EntryEnd {
    /// The column with a day.
    slot: usize,
    /// How long after it the last day is.
    after: Option<Period>,
}

/// Where the last day of a grant lies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum LastDay {
    /// There is none.
    Never,
    /// On the day on which the plan is computed, or later.
    Ahead,
    /// Before it.
    Past,
}

impl EntryEnd {
    /// `None` where the plan does not use the column.
    pub(crate) fn new(ends: &Ends, columns: &ColumnsInUse) -> Option<Self> {
        Some(Self {
            slot: columns.slot(&ends.column)?,
            after: ends.after,
        })
    }

    /// The last day that a row says.
    pub(crate) fn last_day(self, row: &Row<'_>, days: &mut Days) -> Option<Date> {
        let day = days.day(row, self.slot)?;
        Some(Ends::counted(day, self.after))
    }

    /// True where that day is over, in the zone of its column.
    pub(crate) fn is_past(self, day: Date, row: &Row<'_>, days: &Days) -> bool {
        day < days.today(row.record.source, self.slot)
    }

    /// Where that day lies.
    pub(crate) fn lies(self, row: &Row<'_>, days: &mut Days) -> LastDay {
        match self.last_day(row, days) {
            None => LastDay::Never,
            Some(day) if self.is_past(day, row, days) => LastDay::Past,
            Some(_) => LastDay::Ahead,
        }
    }
}
