//! What an effect of the plan comes to for one row: whether it applies, how much a grant opens, and until when.
//!
//! This is the only interpretation of an effect. The fold adds a meaning to what the row gives, and `explain`
//! prints it: neither looks at conditions, releases and ends itself.

use jiff::civil::Date;

use super::entry_end::EntryEnd;
use crate::{model::Period, wanted::Opened};

/// What an effect comes to for one row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum EffectMeaning {
    /// All conditions hold: the row gets the tags of the effect, and what it grants.
    Applies(Option<GrantMeaning>),
    /// A condition does not hold, and the effect says nothing for that case. The row only mentions the offering.
    NotMet(Option<u16>),
    /// A condition does not hold, and the offering is revoked then.
    Revokes(u16),
}

/// A grant whose conditions hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct GrantMeaning {
    pub(crate) offering: u16,
    /// How much is open on the day of the plan; `None` before the first day of a gradual release.
    pub(crate) opened: Option<Opened>,
    /// The gradual release, where the grant is one.
    pub(crate) drip: Option<DripMeaning>,
    /// The end that the effect has, in place of the end of the source.
    pub(crate) end: Option<EntryEnd>,
    /// The last day by that end; `None` where the row does not say it.
    pub(crate) last_day: Option<Date>,
    /// True where that day is over, in the zone of its column.
    pub(crate) has_ended: bool,
}

/// A last day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct DayEnd {
    pub(crate) last_day: Date,
    /// True where that day is over, in the zone of its column.
    pub(crate) is_past: bool,
}

/// What a source says of the end of what its row grants.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct SourceEnd {
    /// By `ends`; a grant with an end of its own has that instead.
    pub(crate) ends: Option<DayEnd>,
    /// By the status of the row, which counts for all that it grants.
    pub(crate) status: StatusEnd,
}

/// What the status of a row says of the end of what the row grants.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) enum StatusEnd {
    /// Nothing.
    #[default]
    Open,
    /// Its last day.
    Day(DayEnd),
    /// It has ended, on a day that the row does not say.
    Over,
}

/// When a grant of a row ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum RowEnd {
    Never,
    Day(DayEnd),
    /// It has ended, on a day that the row does not say.
    Over,
}

impl SourceEnd {
    /// When a grant without an end of its own ends.
    pub(crate) fn of_row(self) -> RowEnd {
        self.of_grant(self.ends)
    }

    /// When a grant with this end ends: a status ends it no later than that.
    pub(crate) fn of_grant(self, end: Option<DayEnd>) -> RowEnd {
        match (self.status, end) {
            (StatusEnd::Over, _) => RowEnd::Over,
            (StatusEnd::Day(by_status), Some(end)) if end.last_day < by_status.last_day => RowEnd::Day(end),
            (StatusEnd::Day(by_status), _) => RowEnd::Day(by_status),
            (StatusEnd::Open, Some(end)) => RowEnd::Day(end),
            (StatusEnd::Open, None) => RowEnd::Never,
        }
    }
}

/// A gradual release of one row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct DripMeaning {
    /// The column with the first day.
    pub(crate) slot: usize,
    /// The time between two modules.
    pub(crate) every: Period,
    /// The first day; `None` where the row does not say it.
    pub(crate) first: Option<Date>,
    /// The day of the plan, in the zone of that column.
    pub(crate) today: Date,
}

/// What a grant is on the day of the plan.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum GrantState {
    /// So much is open, until the last day, where there is one.
    Open {
        /// How much.
        opened: Opened,
        /// The last day.
        until: Option<Date>,
    },
    /// A gradual release has not begun.
    NotYet {
        /// The last day, where there is one.
        until: Option<Date>,
    },
    /// It ended on this day, which is before the day of the plan; `None` where the status of the record says that it
    /// has ended.
    Ended(Option<Date>),
}

impl GrantMeaning {
    /// What the grant is where the source says this of its row. What ends before it begins has ended.
    pub(crate) fn state(&self, source_end: SourceEnd) -> GrantState {
        let own = self.last_day.map(|last_day| DayEnd {
            last_day,
            is_past: self.has_ended,
        });
        let end = match self.end {
            Some(_) => source_end.of_grant(own),
            None => source_end.of_row(),
        };
        let until = match end {
            RowEnd::Over => return GrantState::Ended(None),
            RowEnd::Day(end) if end.is_past => return GrantState::Ended(Some(end.last_day)),
            RowEnd::Day(end) => Some(end.last_day),
            RowEnd::Never => None,
        };
        match self.opened {
            Some(opened) => GrantState::Open { opened, until },
            None => GrantState::NotYet { until },
        }
    }
}
