//! What apply refuses: too many changes, lost access, numbers that are not as expected.

use serde::{Deserialize, Serialize};

use super::{Difference, MemberCounts, OfferingLine};
use crate::{
    model::OfferingKey,
    plan::{Plan, UpdateLimit},
};

/// From how many members found on the site a limit in percent is counted.
const PERCENT_FROM: u64 = 10;

/// Why the difference is not applied.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "refusal")]
pub enum Refusal {
    /// More members found on the site are changed than `[policy.limits] updates` allows.
    Updates {
        /// Members changed.
        changed: u64,
        /// Members found.
        found: u64,
        /// The most that may be changed.
        allowed: u64,
    },
    /// More members lose access than `[policy.limits] lost_access` allows.
    LostAccess {
        /// Members who lose access to something.
        lose: u64,
        /// The most that may.
        allowed: u64,
    },
    /// People opted out and are no contacts yet, the contact system cannot create anybody unsubscribed, and
    /// the plan does not say `[contacts] opted_out = "skip"`.
    OptedOut {
        /// How many.
        people: u64,
    },
    /// `[expect] members` is missed.
    Members {
        /// Members wanted.
        wanted: u64,
        /// At least.
        min: u64,
        /// At most.
        max: u64,
    },
    /// `[expect.offerings]` is missed.
    Offering {
        /// Which.
        offering: OfferingKey,
        /// People with effective access wanted.
        wanted: u64,
        /// At least.
        min: u64,
        /// At most.
        max: u64,
    },
}

impl std::fmt::Display for Refusal {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Updates {
                changed,
                found,
                allowed,
            } => write!(
                f,
                "{changed} of {found} members found on the site would be changed; [policy.limits] updates allows {allowed}"
            ),
            Self::LostAccess { lose, allowed } => write!(
                f,
                "{lose} members would lose access to something; [policy.limits] lost_access allows {allowed}"
            ),
            Self::OptedOut { people } => write!(
                f,
                "{people} people opted out and are no contacts yet, and this contact system creates everybody subscribed; write opted_out = \"skip\" in [contacts], and they are left out and listed"
            ),
            Self::Members { wanted, min, max } => {
                write!(
                    f,
                    "{wanted} members are wanted; [expect] members says {}",
                    range(*min, *max)
                )
            }
            Self::Offering {
                offering,
                wanted,
                min,
                max,
            } => write!(
                f,
                "{wanted} people shall have \"{offering}\"; [expect.offerings] says {}",
                range(*min, *max)
            ),
        }
    }
}

fn range(min: u64, max: u64) -> String {
    if min == max {
        min.to_string()
    } else {
        format!("{min} to {max}")
    }
}

/// How many members found on the site may be changed.
fn allowed(limit: UpdateLimit, found: u64) -> u64 {
    match limit {
        UpdateLimit::Count(count) => count,
        UpdateLimit::Percent(_) if found < PERCENT_FROM => found,
        UpdateLimit::Percent(percent) => found.saturating_mul(u64::from(percent)) / 100,
    }
}

/// All reasons to refuse.
pub(super) fn refusals(
    plan: &Plan,
    counts: &MemberCounts,
    wanted: u64,
    lines: &[OfferingLine],
    undecided: u64,
) -> Vec<Refusal> {
    let mut refusals = Vec::new();
    if undecided > 0 {
        refusals.push(Refusal::OptedOut { people: undecided });
    }
    let limits = plan.policy.limits;
    let allowed = allowed(limits.updates, counts.found);
    if counts.changed > allowed {
        refusals.push(Refusal::Updates {
            changed: counts.changed,
            found: counts.found,
            allowed,
        });
    }
    if counts.lose > limits.lost_access {
        refusals.push(Refusal::LostAccess {
            lose: counts.lose,
            allowed: limits.lost_access,
        });
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
    /// True when apply refuses.
    pub fn refused(&self) -> bool {
        !self.refusals.is_empty()
    }
}
