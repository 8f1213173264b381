//! What effects of the plan mean for a row in; what the row is given out.

use super::{
    effect_meaning::{EffectMeaning, GrantMeaning},
    entry_end::EntryEnd,
};
use crate::{
    model::Period,
    plan::{RuleEffect, TagGift},
    wanted::{Entitlement, EntitlementId, Entitlements, Grant, Opened},
};

/// A gradual release that a row started.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct ReleaseStart {
    pub(crate) offering: u16,
    /// The column with the first day.
    pub(crate) slot: usize,
    /// The time between two modules.
    pub(crate) every: Period,
    /// The end of its own that the grant has.
    pub(crate) ends: Option<EntryEnd>,
}

/// A grant with an end of its own that a row started.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct GrantEnd {
    pub(crate) end: EntryEnd,
    /// What ends.
    pub(crate) gives: EntitlementId,
    /// The last day is before the day on which the plan is computed.
    pub(crate) past: bool,
}

/// What a row is given.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Given {
    /// What ends as the source says.
    pub(crate) entitlement: Entitlement,
    /// What entries with an end of their own give.
    own: Entitlement,
    dripping: Vec<ReleaseStart>,
    ending: Vec<(EntryEnd, u16, bool)>,
}

/// What a row is given, with numbers for what it contains.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Gives {
    /// What ends as the source says.
    pub(crate) entitlement: EntitlementId,
    /// What entries with an end of their own give.
    pub(crate) own: EntitlementId,
    pub(crate) dripping: Vec<ReleaseStart>,
    pub(crate) ending: Vec<GrantEnd>,
}

impl Gives {
    /// Nothing; the memory is kept.
    pub(crate) fn clear(&mut self) {
        self.entitlement = EntitlementId::default();
        self.own = EntitlementId::default();
        self.dripping.clear();
        self.ending.clear();
    }
}

impl Given {
    /// Adds what an effect means, but for tags carried over.
    pub(crate) fn add(&mut self, effect: &RuleEffect, meaning: &EffectMeaning) {
        match meaning {
            EffectMeaning::Applies(grant) => {
                if let Some(grant) = grant {
                    self.grant(grant);
                }
                let tags = effect.tags.iter().filter_map(|gift| match gift {
                    TagGift::Tag(tag) => Some(*tag),
                    TagGift::Carried(_) => None,
                });
                self.entitlement.tags.extend(tags);
            }
            EffectMeaning::Revokes(offering) => {
                self.entitlement.revokes.insert(*offering);
            }
            EffectMeaning::NotMet(offering) => self.entitlement.mentioned.extend(*offering),
        }
    }

    fn grant(&mut self, grant: &GrantMeaning) {
        let past = grant.has_ended;
        let entitlement = if grant.end.is_some() {
            &mut self.own
        } else {
            &mut self.entitlement
        };
        if let Some(drip) = grant.drip.filter(|_| !past) {
            self.dripping.push(ReleaseStart {
                offering: grant.offering,
                slot: drip.slot,
                every: drip.every,
                ends: grant.end,
            });
        }
        if grant.opened.is_none() && !past {
            entitlement.mentioned.insert(grant.offering);
            entitlement.later = true;
            return;
        }
        if let Some(end) = grant.end {
            self.ending.push((end, grant.offering, past));
        }
        match grant.opened {
            Some(opened) if !past => {
                let lasting = grant.last_day.is_none();
                entitlement.grant(grant.offering, Grant { opened, lasting });
            }
            // What ends before it begins has ended.
            _ => {
                entitlement.ended.insert(grant.offering);
            }
        }
    }

    /// The same, each thing stored on first sight.
    pub(crate) fn intern(self, entitlements: &mut Entitlements) -> Gives {
        let ending = self.ending.into_iter().map(|(end, offering, past)| {
            let mut ends = Entitlement::default();
            ends.grant(offering, ENDS);
            GrantEnd {
                end,
                gives: entitlements.intern(ends),
                past,
            }
        });
        let ending = ending.collect();
        Gives {
            entitlement: entitlements.intern(self.entitlement),
            own: entitlements.intern(self.own),
            dripping: self.dripping,
            ending,
        }
    }
}

/// A grant of which only counts that it ends.
const ENDS: Grant = Grant {
    opened: Opened::Whole,
    lasting: false,
};
