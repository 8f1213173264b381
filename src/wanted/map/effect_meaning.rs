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

/// The end that a source gives what its row grants.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct SourceEnd {
    pub(crate) last_day: Date,
    /// True where that day is over, in the zone of its column.
    pub(crate) is_past: bool,
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
    /// It ended on this day, which is before the day of the plan.
    Ended(Date),
}

impl GrantMeaning {
    /// What the grant is where the source gives its row this end: it counts for grants without an end of their own.
    /// What ends before it begins has ended.
    pub(crate) fn state(&self, source_end: Option<SourceEnd>) -> GrantState {
        let (until, has_ended) = match self.end {
            Some(_) => (self.last_day, self.has_ended),
            None => (
                source_end.map(|end| end.last_day),
                source_end.is_some_and(|end| end.is_past),
            ),
        };
        match (until, self.opened) {
            (Some(day), _) if has_ended => GrantState::Ended(day),
            (_, Some(opened)) => GrantState::Open { opened, until },
            (_, None) => GrantState::NotYet { until },
        }
    }
}
