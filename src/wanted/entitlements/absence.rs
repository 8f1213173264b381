//! The plan and its counted records in; what happens to members missing from an offering, out.

use std::collections::BTreeSet;

use crate::{
    plan::{Gone, Plan, absences},
    wanted::{Accounting, Entitlement, Resolved},
};

/// What happens to a member who is missing from an offering: every source that can grant it is complete,
/// and none names this member with it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WhenGone {
    /// Listed, and left alone.
    Listed,
    /// What Rehome granted is revoked.
    Revoked,
    /// Blocked: a record of such a source was rejected, and it may be this member's.
    Unsure,
}

/// For each offering what becomes of anyone who is gone from it; `None` if absence says nothing.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Absence {
    of: Vec<Option<WhenGone>>,
    any: bool,
}

impl Absence {
    /// What the plan says, and what the records allow.
    pub(crate) fn of(plan: &Plan, accounting: &Accounting) -> Self {
        let mut unsure = BTreeSet::new();
        for (source, count) in plan.sources.iter().zip(&accounting.sources) {
            if source.gone.is_some() && count.rejected_total() > 0 {
                unsure.extend(source.can_grant(&plan.reaches));
            }
        }
        let wishes = (0u16..).zip(absences(&plan.sources, &plan.reaches));
        let of: Vec<Option<WhenGone>> = wishes
            .map(|(offering, wish)| match wish? {
                Gone::Report => Some(WhenGone::Listed),
                Gone::Revoke if unsure.contains(&offering) => Some(WhenGone::Unsure),
                Gone::Revoke => Some(WhenGone::Revoked),
            })
            .collect();
        Self {
            any: of.iter().any(Option::is_some),
            of,
        }
    }

    /// What happens to a member who is missing from an offering.
    pub(crate) fn when_gone(&self, offering: u16) -> Option<WhenGone> {
        self.of.get(usize::from(offering)).copied().flatten()
    }

    /// The offerings from which a member with this entitlement is gone, sorted. Whatever any record says
    /// of an offering, a grant or not, its member is not gone from it.
    pub(crate) fn gone_from(&self, entitlement: &Entitlement, resolved: &Resolved, plan: &Plan) -> Vec<u16> {
        if !self.any {
            return Vec::new();
        }
        let said = [&entitlement.revokes, &entitlement.ended, &entitlement.mentioned];
        let named: BTreeSet<u16> = said
            .into_iter()
            .flatten()
            .filter_map(|offering| plan.reaches.get(usize::from(*offering)))
            .flatten()
            .chain(&resolved.access)
            .copied()
            .collect();
        (0u16..)
            .zip(&self.of)
            .filter(|(offering, when)| when.is_some() && !named.contains(offering))
            .map(|(offering, _)| offering)
            .collect()
    }
}
