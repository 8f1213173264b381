//! What changes by itself after the day of a plan in; until when each member's changes are what the plan wants, out.

use std::{iter::Peekable, vec::IntoIter};

use jiff::civil::Date;

use crate::{plan::Plan, wanted::Wanted};

/// Says it member by member, by email address, as the difference does.
pub(super) struct ValidUntil<'a> {
    plan: &'a Plan,
    wanted: &'a Wanted,
    days: Peekable<IntoIter<(usize, Date)>>,
}

impl<'a> ValidUntil<'a> {
    /// Of a plan and its members.
    pub(super) fn new(plan: &'a Plan, wanted: &'a Wanted) -> Self {
        Self {
            plan,
            wanted,
            days: wanted.changes_by_itself(plan).into_iter().peekable(),
        }
    }

    /// For the next member: the moment (Unix milliseconds) from which on the plan wants something else.
    pub(super) fn of(&mut self, email: &str) -> Option<i64> {
        let address = |at: usize| self.wanted.get(at).map_or("", |wanted| wanted.email);
        while self.days.next_if(|(at, _)| address(*at) < email).is_some() {}
        let (_, day) = self.days.next_if(|(at, _)| address(*at) == email)?;
        self.plan.begins(day)
    }
}
