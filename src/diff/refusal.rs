//! Why a difference is refused.

use serde::{Deserialize, Serialize};

use super::Acceptance;
use crate::{model::OfferingKey, plan::UpdateLimit};

/// From how many members found on the site a limit in percent is counted.
pub(crate) const PERCENT_FROM: u64 = 10;

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
    /// Members opted out and are not contacts yet, the contact system cannot create unsubscribed contacts, and
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
                "{changed} of {found} members on the site would be updated; {} updates allows {allowed}",
                whose(*accepted)
            ),
            Self::LostAccess {
                lose,
                allowed,
                accepted,
            } => write!(
                f,
                "{lose} {} lose access to an offering; {} lost_access allows {allowed}",
                if *lose == 1 {
                    "member would"
                } else {
                    "members would"
                },
                whose(*accepted)
            ),
            Self::OptedOut { people } => write!(
                f,
                "{people} {}, and this contact system creates every contact as subscribed",
                if *people == 1 {
                    "member has opted out and is not a contact yet"
                } else {
                    "members have opted out and are not contacts yet"
                }
            ),
            Self::Members { wanted, min, max } => {
                write!(
                    f,
                    "the plan wants {wanted} members; [expect] members is {}",
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
                "{wanted} members would have \"{offering}\"; [expect.offerings] is {}",
                range(*min, *max)
            ),
        }
    }
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
                "To leave them out and list them, set opted_out = \"skip\" in [contacts].".to_owned()
            }
            Self::Members { wanted, .. } => by_expectation("[expect] members", *wanted),
            Self::Offering { offering, wanted, .. } => {
                by_expectation(&format!("[expect.offerings] {offering}"), *wanted)
            }
        }
    }
}

/// Where the limit is set.
fn whose(accepted: bool) -> &'static str {
    if accepted { "--accept" } else { "[policy.limits]" }
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
        "To accept this for one run: --accept {accept}. To allow it in the plan: [policy.limits] {}",
        accept.in_plan()
    )
}

fn by_expectation(key: &str, wanted: u64) -> String {
    format!(
        "An expectation cannot be accepted. Fix what misses it (rehome audit PLAN shows who is counted). If this is the \
         right number, set it in the plan: {key} = {wanted}"
    )
}

fn range(min: u64, max: u64) -> String {
    if min == max {
        min.to_string()
    } else {
        format!("{min} to {max}")
    }
}
