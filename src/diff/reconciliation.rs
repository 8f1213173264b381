//! One row per offering, for sign-off: who has it in the export, who should have it, who has it,
//! and why these numbers differ, part by part.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::{
    model::{OfferingKey, Reason, coded},
    wanted::{LeftOut, WantedMember},
};

coded! {
    /// Why a member whom a record grants an offering shall not have it on the site.
    pub enum NotWanted {
        first {
            /// They become neither user nor contact.
            LeftOut(LeftOut)
        }
        /// They become a contact only, and access is a user's.
        ContactOnly = "contact-only", "they become a contact only, and only users have access";
    }
}

impl NotWanted {
    /// Of a member whom a record grants something.
    pub(crate) fn from_member(member: &WantedMember<'_>) -> Self {
        member.left_out().map_or(Self::ContactOnly, Self::LeftOut)
    }
}

coded! {
    /// Why somebody keeps access to an offering that no record grants them.
    pub enum KeptAccess {
        /// No source names them.
        InNoSource = "in-no-source", "not in any source";
        /// Sources name them, and none says anything of this offering.
        NotMentioned = "not-mentioned", "listed in a source, without this offering";
        /// A record grants it, but they shall not have it on the site.
        NotWanted = "not-wanted", "a record grants it, but the plan does not give it to them on the site";
        /// The run that is undone did not give it, or somebody changed it since.
        NotTakenBack = "not-taken-back", "Rehome did not grant it, or it was changed since";
        last {
            /// A record revokes it, and this keeps it from being taken.
            Because(Reason)
        }
    }
}

/// People of one offering. Three sums hold: `source = wanted + not wanted`,
/// `wanted = already + gain + blocked`, and `today = already + lose + others`; after apply
/// `today - lose + gain + other_gain` have access. What makes two of these
/// numbers differ is told by reason.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OfferingLine {
    /// The offering.
    pub offering: OfferingKey,
    /// Members whom a record grants it, directly or by a bundle.
    pub in_export: u64,
    /// Those of them who are wanted on the site.
    pub wanted: u64,
    /// Wanted, and have access already.
    pub already_have: u64,
    /// Wanted, and gain access now.
    pub gain: u64,
    /// Wanted, but blocked until someone decides or fixes something.
    pub blocked: u64,
    /// People with access on the site today.
    pub today: u64,
    /// Those of them who lose it now.
    pub lose: u64,
    /// Those of them who keep it though no record grants it: not in any source, or not Rehome's to take.
    pub other_holders: u64,
    /// People whom no record grants it and who gain it: it gets a tag that they have, or they get a tag that gives access
    /// to it.
    #[serde(default)]
    pub other_gain: u64,
    /// At the source and not wanted, by reason.
    #[serde(default)]
    pub not_wanted_by_reason: BTreeMap<NotWanted, u64>,
    /// Held back, by reason.
    #[serde(default)]
    pub blocked_by_reason: BTreeMap<Reason, u64>,
    /// Others, by reason.
    #[serde(default)]
    pub other_holders_by_reason: BTreeMap<KeptAccess, u64>,
}

impl OfferingLine {
    /// A line of zeros.
    pub fn new(offering: OfferingKey) -> Self {
        Self {
            offering,
            in_export: 0,
            wanted: 0,
            already_have: 0,
            gain: 0,
            blocked: 0,
            today: 0,
            lose: 0,
            other_holders: 0,
            other_gain: 0,
            not_wanted_by_reason: BTreeMap::new(),
            blocked_by_reason: BTreeMap::new(),
            other_holders_by_reason: BTreeMap::new(),
        }
    }

    /// Adds the people of another line of the same offering.
    pub(crate) fn add(&mut self, other: &Self) {
        self.in_export += other.in_export;
        self.wanted += other.wanted;
        self.already_have += other.already_have;
        self.gain += other.gain;
        self.blocked += other.blocked;
        self.today += other.today;
        self.lose += other.lose;
        self.other_holders += other.other_holders;
        self.other_gain += other.other_gain;
        add_all(&mut self.not_wanted_by_reason, &other.not_wanted_by_reason);
        add_all(&mut self.blocked_by_reason, &other.blocked_by_reason);
        add_all(&mut self.other_holders_by_reason, &other.other_holders_by_reason);
    }

    /// True if the columns add up.
    pub fn adds_up(&self) -> bool {
        self.in_export >= self.wanted
            && self.wanted == self.already_have + self.gain + self.blocked
            && self.today == self.already_have + self.lose + self.other_holders
    }

    /// True if each number that makes two columns differ is the sum of its reasons.
    pub fn is_explained(&self) -> bool {
        self.not_wanted() == sum(&self.not_wanted_by_reason)
            && self.blocked == sum(&self.blocked_by_reason)
            && self.other_holders == sum(&self.other_holders_by_reason)
    }

    /// At the source, and not wanted on the site.
    pub fn not_wanted(&self) -> u64 {
        self.in_export.saturating_sub(self.wanted)
    }

    /// People with access after apply.
    pub fn after(&self) -> u64 {
        (self.today + self.gain + self.other_gain).saturating_sub(self.lose)
    }

    /// Counts a member whom a record grants it and who must not have it on the site.
    pub(crate) fn add_not_wanted(&mut self, reason: NotWanted) {
        self.in_export += 1;
        *self.not_wanted_by_reason.entry(reason).or_default() += 1;
    }

    /// Counts a member who is granted a bundle without tags of its own: the member has it with all
    /// that it includes. Of anybody else nothing tells that they have the bundle.
    pub(crate) fn add_bundle(&mut self, has_all: bool, obstacle: Option<Reason>) {
        match obstacle {
            _ if has_all => {
                self.already_have += 1;
                self.today += 1;
            }
            None => self.gain += 1,
            Some(_) => self.add_blocked(obstacle),
        }
    }

    /// Counts a member who cannot have it yet.
    pub(crate) fn add_blocked(&mut self, reason: Option<Reason>) {
        self.blocked += 1;
        if let Some(reason) = reason {
            *self.blocked_by_reason.entry(reason).or_default() += 1;
        }
    }

    /// Counts a member who keeps it although no record grants it.
    pub(crate) fn add_other(&mut self, reason: KeptAccess) {
        self.other_holders += 1;
        *self.other_holders_by_reason.entry(reason).or_default() += 1;
    }
}

/// Adds numbers reason by reason.
fn add_all<K: Ord + Copy>(parts: &mut BTreeMap<K, u64>, others: &BTreeMap<K, u64>) {
    for (reason, count) in others {
        *parts.entry(*reason).or_default() += count;
    }
}

fn sum<K>(parts: &BTreeMap<K, u64>) -> u64 {
    parts.values().sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reasons_are_written_and_read_back_as_their_codes() {
        let mut line = OfferingLine::new(OfferingKey::new("club"));
        line.add_not_wanted(NotWanted::ContactOnly);
        line.add_not_wanted(NotWanted::LeftOut(LeftOut::NothingGranted));
        line.add_blocked(Some(Reason::Privileged));
        line.add_other(KeptAccess::InNoSource);
        line.add_other(KeptAccess::Because(Reason::NotOurs));
        let json = serde_json::to_value(&line).expect("texts and numbers");
        assert_eq!(json["not_wanted_by_reason"]["contact-only"], 1);
        assert_eq!(json["other_holders_by_reason"]["not-ours"], 1);
        let back: OfferingLine = serde_json::from_value(json).expect("what was written");
        assert_eq!(back, line);
    }

    #[test]
    fn a_bundle_without_tags_of_its_own_is_had_by_whoever_has_all_of_it() {
        let mut line = OfferingLine::new(OfferingKey::new("everything"));
        for (has_all, obstacle) in [(true, None), (false, None), (false, Some(Reason::Privileged))] {
            line.in_export += 1;
            line.wanted += 1;
            line.add_bundle(has_all, obstacle);
        }
        assert_eq!(
            (line.already_have, line.gain, line.blocked, line.today),
            (1, 1, 1, 1)
        );
        assert!(line.adds_up() && line.is_explained());
        assert_eq!(line.after(), 2);
    }

    #[test]
    fn a_number_that_no_reason_stands_behind_is_not_explained() {
        let mut line = OfferingLine::new(OfferingKey::new("club"));
        assert!(line.is_explained());
        line.add_blocked(None);
        assert!(!line.is_explained());
    }
}
