//! Rows with an end or a drip release in; what ends and what opens after the day of the plan, out.

use jiff::civil::Date;

use crate::{
    model::{Period, RecordRef},
    wanted::EntitlementId,
};

/// A record whose grants have an end that is not past.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct AccessEnd {
    pub(crate) person: u32,
    pub(crate) day: Date,
    pub(crate) record: RecordRef,
    pub(crate) gives: EntitlementId,
}

/// A record that releases an offering gradually.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Schedule {
    pub(crate) person: u32,
    /// As granted: what it includes follows the same days.
    pub(crate) offering: u16,
    pub(crate) from: Date,
    pub(crate) every: Period,
    pub(crate) ends: Option<Date>,
    pub(crate) record: RecordRef,
}

impl Schedule {
    /// The day on which a module opens, unless the record has ended by then.
    pub(crate) fn opens(&self, module: u16) -> Option<Date> {
        let day = self.every.after(self.from, u32::from(module.saturating_sub(1)))?;
        self.ends.is_none_or(|ends| day <= ends).then_some(day)
    }
}

/// Access that ends: no record grants the offering beyond the day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Expiring {
    /// Place of the member by email address.
    pub member: usize,
    /// The offering.
    pub offering: u16,
    /// The last day with access.
    pub last_day: Date,
    /// The record that grants it longest.
    pub record: RecordRef,
}

/// A module that is still to come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Upcoming {
    /// Place of the member by email address.
    pub member: usize,
    /// The offering that the module is of.
    pub offering: u16,
    /// Its number, from 1.
    pub module: u16,
    /// The day on which it opens.
    pub day: Date,
    /// The record that opens it first.
    pub record: RecordRef,
}
