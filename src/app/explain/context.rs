//! What was computed of a plan, and one of its members, in; their records and names, as a story shows them, out.

use crate::{
    app::{Computed, PlanFile},
    model::RecordRef,
    wanted::{EntitlementId, Origin, Resolved, RowTrace},
};

/// One member, with all that is known of them.
pub(super) struct MemberContext<'a> {
    pub(super) file: &'a PlanFile,
    pub(super) computed: &'a Computed,
    pub(super) email: &'a str,
    /// The address under which the member exists, where it is another one.
    pub(super) old: Option<&'a str>,
    /// The member's place in the order of email; `None` where no record names them.
    pub(super) index: Option<usize>,
    /// The member's records, in source order, and what each alone gives.
    pub(super) records: Vec<(RecordRef, EntitlementId)>,
    /// The same records, read again.
    pub(super) traces: Vec<RowTrace<'a>>,
    /// Where names and fields come from.
    pub(super) origins: Vec<Origin>,
}

impl MemberContext<'_> {
    /// The key of an offering: of the plan, or one that only the site has.
    pub(super) fn key(&self, offering: u16) -> String {
        let difference = &self.computed.difference;
        let mut lines = difference.offerings.iter().chain(&difference.other_offerings);
        lines
            .nth(usize::from(offering))
            .map_or_else(String::new, |line| line.offering.to_string())
    }

    pub(super) fn keys<'i>(&self, offerings: impl IntoIterator<Item = &'i u16>) -> Vec<String> {
        offerings
            .into_iter()
            .map(|offering| self.key(*offering))
            .collect()
    }

    pub(super) fn place(&self, record: RecordRef) -> String {
        self.computed.gathered.place(record)
    }

    /// The records of which something holds.
    pub(super) fn places(&self, holds: impl Fn(&Resolved) -> bool) -> Vec<String> {
        let wanted = &self.computed.gathered.wanted;
        self.records
            .iter()
            .filter(|(_, gives)| holds(wanted.resolved(*gives)))
            .map(|(record, _)| self.place(*record))
            .collect()
    }
}
