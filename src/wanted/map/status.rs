//! Cells of a status column in; what each says of access, each distinct one worked out once, with counts, out.

use foldhash::fast::FixedState;
use hashbrown::HashMap;

use crate::{
    model::RecordRef,
    plan::{Source, StatusSays, Statuses},
};

/// More distinct values of a column than these are counted together.
const MAX_VALUES: usize = 1_000;

/// A value of a status column.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StatusValue {
    /// As first written, trimmed.
    pub value: String,
    /// How many records contain it.
    pub count: u64,
    /// What it says.
    pub says: StatusSays,
    /// The first of these records.
    pub first: RecordRef,
}

/// The status column of one source: the one that the plan reads or, where it reads none, the one that the profile
/// knows.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct StatusColumn {
    /// Its values, in the order in which they were seen.
    pub values: Vec<StatusValue>,
    /// Records with other values.
    pub more: u64,
}

/// Reads the cells of one status column.
#[derive(Debug)]
pub(crate) struct StatusCells<'p> {
    statuses: &'p Statuses,
    slot: usize,
    column: StatusColumn,
    index: HashMap<Box<str>, usize, FixedState>,
    /// The value of the last record: neighbours are often alike.
    last: usize,
}

impl<'p> StatusCells<'p> {
    /// `None` where neither plan nor profile has a status to look at.
    pub(crate) fn from_source(source: &'p Source) -> Option<Self> {
        let (statuses, slot) = match &source.gives.statuses {
            Some(statuses) => (statuses, source.in_use.status?),
            None => (source.profile.statuses.as_ref()?, source.in_use.status_unread?),
        };
        Some(Self {
            statuses,
            slot,
            column: StatusColumn::default(),
            index: HashMap::with_hasher(FixedState::default()),
            last: 0,
        })
    }

    /// The column, by slot.
    pub(crate) fn slot(&self) -> usize {
        self.slot
    }

    /// What the cell of a record says.
    #[inline]
    pub(crate) fn take(&mut self, cell: &str, record: RecordRef) -> StatusSays {
        let cell = cell.trim();
        if let Some(value) = self.column.values.get_mut(self.last)
            && value.value == cell
        {
            value.count += 1;
            return value.says;
        }
        self.look_up(cell, record)
    }

    fn look_up(&mut self, cell: &str, record: RecordRef) -> StatusSays {
        if let Some(at) = self.index.get(cell)
            && let Some(value) = self.column.values.get_mut(*at)
        {
            self.last = *at;
            value.count += 1;
            return value.says;
        }
        let says = self.statuses.says(cell);
        if self.column.values.len() < MAX_VALUES {
            self.last = self.column.values.len();
            self.index.insert(cell.into(), self.last);
            self.column.values.push(StatusValue {
                value: cell.to_owned(),
                count: 1,
                says,
                first: record,
            });
        } else {
            self.column.more += 1;
        }
        says
    }

    pub(crate) fn finish(self) -> StatusColumn {
        self.column
    }
}
