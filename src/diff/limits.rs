//! What apply refuses: too many changes, lost access, numbers that are not as expected.

use super::{
    Acceptance, Accepted, Difference, MemberCounts, OfferingLine,
    refusal::{PERCENT_FROM, Refusal},
};
use crate::plan::{Limits, Plan, UpdateLimit};

/// How many members found on the site may be changed. A percentage of few people says little, so that all of them may be;
/// not where `moved`, a member's access changes although no record says so.
fn allowed(limit: UpdateLimit, found: u64, moved: bool) -> u64 {
    match limit {
        UpdateLimit::Count(count) => count,
        UpdateLimit::Percent(_) if found < PERCENT_FROM && !moved => found,
        UpdateLimit::Percent(percent) => found.saturating_mul(u64::from(percent)) / 100,
    }
}

/// What the limits refuse; those that a person accepted stand in place of the plan's.
pub(super) fn beyond(limits: Limits, accepted: &Accepted, counts: &MemberCounts) -> Vec<Refusal> {
    let mut refusals = Vec::new();
    let limits = accepted.limits(limits);
    let moved = counts.moved_by_offerings;
    let allowed = allowed(limits.updates, counts.found, moved > 0);
    let changed = counts.changed + moved;
    if changed > allowed {
        refusals.push(Refusal::Updates {
            changed,
            found: counts.found,
            allowed,
            accepted: accepted.updates.is_some(),
        });
    }
    refusals.extend(lost_access(counts.lose, limits, *accepted));
    refusals
}

/// Whether more members lose access than the limit allows.
pub(super) fn lost_access(lose: u64, limits: Limits, accepted: Accepted) -> Vec<Refusal> {
    if lose <= limits.lost_access {
        return Vec::new();
    }
    vec![Refusal::LostAccess {
        lose,
        allowed: limits.lost_access,
        accepted: accepted.lost_access.is_some(),
    }]
}

/// All reasons to refuse.
pub(super) fn refusals(
    plan: &Plan,
    accepted: &Accepted,
    counts: &MemberCounts,
    wanted: u64,
    lines: &[OfferingLine],
    undecided: u64,
) -> Vec<Refusal> {
    let mut refusals = beyond(plan.policy.limits, accepted, counts);
    if undecided > 0 {
        refusals.push(Refusal::OptedOut { people: undecided });
    }
    if let Some(range) = plan.expect.members.as_ref().filter(|range| !range.holds(wanted)) {
        refusals.push(Refusal::Members {
            wanted,
            min: range.min,
            max: range.max,
        });
    }
    for (offering, range) in &plan.expect.offerings {
        if let Some(line) = lines
            .get(usize::from(*offering))
            .filter(|line| !range.holds(line.wanted))
        {
            let offering = line.offering.clone();
            refusals.push(Refusal::Offering {
                offering,
                wanted: line.wanted,
                min: range.min,
                max: range.max,
            });
        }
    }
    refusals
}

impl Difference {
    /// True if apply refuses.
    pub fn refused(&self) -> bool {
        !self.refusals.is_empty()
    }

    /// Judges it by the limits that are accepted now; where nothing is, it is as it was judged.
    pub fn judge_anew(&mut self, accepted: &Accepted) {
        let (updates, lost) = (accepted.updates.is_some(), accepted.lost_access.is_some());
        let judged = |refusal: &Refusal| match refusal {
            Refusal::Updates { .. } => updates,
            Refusal::LostAccess { .. } => lost,
            Refusal::OptedOut { .. } | Refusal::Members { .. } | Refusal::Offering { .. } => false,
        };
        // A limit that is not accepted now refuses nothing here: the plan's own was judged already.
        let now = beyond(NO_LIMITS, accepted, &self.totals.counts);
        self.refusals.retain(|refusal| !judged(refusal));
        self.refusals.splice(0..0, now);
    }

    /// The least that has to be accepted, besides what is accepted already, for nothing to refuse it;
    /// `None` if nothing refuses, or an expectation does.
    pub fn acceptable(&self, already: Accepted) -> Option<Accepted> {
        let needed: Option<Vec<Acceptance>> = self.refusals.iter().map(Refusal::acceptance).collect();
        let needed = Accepted::of(needed.filter(|needed| !needed.is_empty())?).ok()?;
        Some(already.and(needed))
    }
}

/// Refuses nothing.
const NO_LIMITS: Limits = Limits {
    updates: UpdateLimit::Count(u64::MAX),
    lost_access: u64::MAX,
};

#[cfg(test)]
mod tests {
    use super::*;

    fn updates(changed: u64, found: u64) -> Refusal {
        Refusal::Updates {
            changed,
            found,
            allowed: 0,
            accepted: false,
        }
    }

    #[test]
    fn the_least_that_suffices_is_said_and_one_less_does_not() {
        for (changed, found) in [(50, 1_612), (49, 1_612), (1, 10), (10, 10), (3, 11), (1, 100_000)] {
            let Some(Acceptance::Updates(UpdateLimit::Percent(percent))) =
                updates(changed, found).acceptance()
            else {
                panic!("a percentage of {found}");
            };
            assert!(allowed(UpdateLimit::Percent(percent), found, false) >= changed);
            assert!(allowed(UpdateLimit::Percent(percent - 1), found, false) < changed);
        }
        let few = updates(3, 5).acceptance();
        assert_eq!(few, Some(Acceptance::Updates(UpdateLimit::Count(3))));
    }
}
