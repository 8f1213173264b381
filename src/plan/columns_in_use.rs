//! The columns that are read from the files of a source, each once, in; the slot of each out.

use super::{ColumnUse, Pattern, TextSpan};
use crate::model::EventFlag;

/// One column that is read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ColumnInUse {
    /// Its possible names, best first.
    pub names: Vec<String>,
    /// Where the plan names it; `None` if only the profile does.
    pub span: Option<TextSpan>,
    /// Whether a file without it is an error.
    pub required: bool,
}

/// The columns of an event.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct EventColumnsInUse {
    /// The event's own number.
    pub id: Option<usize>,
    /// The order's number.
    pub order: Option<usize>,
    /// The day or moment.
    pub date: usize,
    /// The amount.
    pub amount: usize,
    /// The currency.
    pub currency: Option<usize>,
    /// What happened.
    pub kind: Option<usize>,
    /// How it ended.
    pub status: Option<usize>,
}

/// The columns that say who a member is, by number.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct MemberSlots {
    /// The email address.
    pub email: Option<usize>,
    /// The first name.
    pub first_name: Option<usize>,
    /// The last name.
    pub last_name: Option<usize>,
    /// The whole name.
    pub full_name: Option<usize>,
    /// The source's own key of a person.
    pub key: Option<usize>,
    /// Consent.
    pub consent: Option<usize>,
    /// The day on which a person registered.
    pub registered: Option<usize>,
    /// How a new user logs in.
    pub login: Option<usize>,
}

/// The columns that the plan uses of a source, by number: the cells of a [`crate::model::Row`].
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ColumnsInUse {
    /// Who a member is.
    pub person: MemberSlots,
    /// The columns of an event, where rows are events.
    pub event: Option<EventColumnsInUse>,
    /// The columns that say one thing each of an event.
    pub event_flags: Vec<(EventFlag, usize)>,
    /// For each of `BillingColumns::KEYS`, its column, where payments go on at the old platform.
    pub billing: Vec<Option<usize>>,
    /// One for each of `SourceGives::maps`.
    pub maps: Vec<usize>,
    /// The last day of what a row grants.
    pub ends: Option<usize>,
    /// The status of a row.
    pub status: Option<usize>,
    /// The status that the profile knows, where the plan does not look at it.
    pub status_unread: Option<usize>,
    /// The last day of access that some statuses have.
    pub status_until: Option<usize>,
    /// For each of `SourceGives::maps`, the columns on which the effect of its rules depends beside the value:
    /// those of their conditions, releases and ends, each once.
    pub map_conditions: Vec<Vec<usize>>,
    /// The columns on which the effect of `SourceGives::each_row` depends, each once.
    pub each_row_conditions: Vec<usize>,
    /// One for each of `Source::fields`.
    pub fields: Vec<usize>,
    /// Those that are read as dates, sorted.
    pub dates: Vec<usize>,
    /// The columns, by slot.
    pub columns: Vec<ColumnInUse>,
}

impl ColumnsInUse {
    /// The slot of a column that the plan names.
    pub fn slot(&self, column: &ColumnUse) -> Option<usize> {
        let wanted = Pattern::fold(&column.name);
        self.columns
            .iter()
            .position(|slot| matches!(slot.names.as_slice(), [name] if Pattern::fold(name) == wanted))
    }

    /// The slot of a column by any name under which it may appear in a file.
    pub fn named(&self, column: &str) -> Option<usize> {
        let wanted = Pattern::fold(column);
        let is = |name: &String| Pattern::fold(name) == wanted;
        self.columns.iter().position(|slot| slot.names.iter().any(is))
    }
}
