//! What apply refuses: too many changes, lost access, numbers that are not as expected.

use serde::{Deserialize, Serialize};

use super::{Acceptance, Accepted, Difference, MemberCounts, OfferingLine};
use crate::{
    model::OfferingKey,
    plan::{Limits, Plan, UpdateLimit},
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
        /// The limit is one that a person accepted, not the plan's own.
        #[serde(default)]
        accepted: bool,
    },
    /// More members lose access than `[policy.limits] lost_access` allows.
    LostAccess {
        /// Members who lose access to something.
        lose: u64,
        /// The most that may.
        allowed: u64,
        /// The limit is one that a person accepted, not the plan's own.
        #[serde(default)]
        accepted: bool,
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
                accepted,
            } => write!(
                f,
                "{changed} of {found} members found on the site would be changed; {} updates allows {allowed}",
                whose(*accepted)
            ),
            Self::LostAccess {
                lose,
                allowed,
                accepted,
            } => write!(
                f,
                "{lose} {} lose access to something; {} lost_access allows {allowed}",
                if *lose == 1 {
                    "member would"
                } else {
                    "members would"
                },
                whose(*accepted)
            ),
            Self::OptedOut { people } => write!(
                f,
                "{people} people opted out and are no contacts yet, and this contact system creates everybody subscribed"
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

/// Where a limit stands.
fn whose(accepted: bool) -> &'static str {
    if accepted { "--accept" } else { "[policy.limits]" }
}

impl Refusal {
    /// The least that has to be accepted for this not to refuse; `None` for an expectation, which is
    /// changed in the plan.
    pub fn acceptance(&self) -> Option<Acceptance> {
        match self {
            Self::Updates { changed, found, .. } => Some(enough(*changed, *found)),
            Self::LostAccess { lose, .. } => Some(Acceptance::LostAccess(*lose)),
            Self::OptedOut { .. } | Self::Members { .. } | Self::Offering { .. } => None,
        }
    }

    /// What a person can do about it, as a sentence.
    pub fn remedy(&self) -> String {
        match self {
            Self::Updates { changed, found, .. } => by_limit(enough(*changed, *found)),
            Self::LostAccess { lose, .. } => by_limit(Acceptance::LostAccess(*lose)),
            Self::OptedOut { .. } => {
                "write opted_out = \"skip\" in [contacts], and they are left out and listed".to_owned()
            }
            Self::Members { wanted, .. } => by_expectation("[expect] members", *wanted),
            Self::Offering { offering, wanted, .. } => {
                by_expectation(&format!("[expect.offerings] {offering}"), *wanted)
            }
        }
    }
}

/// The smallest limit that allows so many of those found to be changed.
fn enough(changed: u64, found: u64) -> Acceptance {
    if found < PERCENT_FROM {
        return Acceptance::Updates(UpdateLimit::Count(changed));
    }
    let percent = changed.saturating_mul(100).div_ceil(found).min(100);
    Acceptance::Updates(UpdateLimit::Percent(u8::try_from(percent).unwrap_or(100)))
}

fn by_limit(accept: Acceptance) -> String {
    format!(
        "to accept it for one run: --accept {accept}; to allow it in the plan: [policy.limits] {}",
        accept.in_plan()
    )
}

fn by_expectation(key: &str, wanted: u64) -> String {
    format!(
        "an expectation is not accepted away: mend what misses it (rehome audit PLAN shows who is counted), or, \
         where this is the right number, write {key} = {wanted}"
    )
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

/// What the limits refuse; those that a person accepted stand in place of the plan's.
fn beyond(limits: Limits, accepted: &Accepted, counts: &MemberCounts) -> Vec<Refusal> {
    let mut refusals = Vec::new();
    let limits = accepted.limits(limits);
    let allowed = allowed(limits.updates, counts.found);
    if counts.changed > allowed {
        refusals.push(Refusal::Updates {
            changed: counts.changed,
            found: counts.found,
            allowed,
            accepted: accepted.updates.is_some(),
        });
    }
    if counts.lose > limits.lost_access {
        refusals.push(Refusal::LostAccess {
            lose: counts.lose,
            allowed: limits.lost_access,
            accepted: accepted.lost_access.is_some(),
        });
    }
    refusals
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
    /// True when apply refuses.
    pub fn refused(&self) -> bool {
        !self.refusals.is_empty()
    }

    /// Judges it by the limits that are accepted now; where nothing is, it stands as it was judged.
    pub fn judge_anew(&mut self, accepted: &Accepted) {
        let (updates, lost) = (accepted.updates.is_some(), accepted.lost_access.is_some());
        let judged = |refusal: &Refusal| match refusal {
            Refusal::Updates { .. } => updates,
            Refusal::LostAccess { .. } => lost,
            Refusal::OptedOut { .. } | Refusal::Members { .. } | Refusal::Offering { .. } => false,
        };
        // A limit that is not accepted now refuses nothing here: the plan's own was judged already.
        let now = beyond(NO_LIMITS, accepted, &self.counts);
        self.refusals.retain(|refusal| !judged(refusal));
        self.refusals.splice(0..0, now);
    }

    /// The least that has to be accepted, beside what is accepted already, for nothing to refuse it;
    /// `None` where nothing refuses, or an expectation does.
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
            assert!(allowed(UpdateLimit::Percent(percent), found) >= changed);
            assert!(allowed(UpdateLimit::Percent(percent - 1), found) < changed);
        }
        let few = updates(3, 5).acceptance();
        assert_eq!(few, Some(Acceptance::Updates(UpdateLimit::Count(3))));
    }
}
