//! The difference as a whole: what a person signs, and the changes grouped by shape.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{Costs, MemberDiff, Names, OfferingLine, Refusal, Renames, ShapeId, Shapes, What, setup::Setup};
use crate::{
    model::{Action, LoginCounts, Reason},
    plan::Plan,
    wanted::{CarriedCount, Wanted},
};

/// How many samples a shape keeps.
pub const SAMPLES: usize = 3;

/// Members counted, each once a line.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct MemberCounts {
    /// On the site already, of those that the sources list or that are missing from a complete source.
    #[serde(rename = "already_on_site")]
    pub found: u64,
    /// To create.
    #[serde(rename = "create")]
    pub created: u64,
    /// On the site already, with something to apply.
    #[serde(rename = "update")]
    pub changed: u64,
    /// On the site already; the only change is that the site stores the source's key.
    #[serde(default)]
    pub remembered: u64,
    /// On the site already or wanted, with something that is only listed: kept, blocked or in conflict.
    pub listed: u64,
    /// Up to date.
    #[serde(rename = "up_to_date")]
    pub unchanged: u64,
    /// On the site and not in any source: left alone.
    #[serde(rename = "not_in_any_source")]
    pub unknown: u64,
    /// Gain access to something.
    pub gain: u64,
    /// Lose access to something.
    pub lose: u64,
    /// Gain or lose access although nothing of theirs is applied: an offering gets other tags.
    #[serde(default)]
    pub moved_by_offerings: u64,
    /// Have an access tag and its revoke tag at the same time today.
    #[serde(rename = "access_and_revoke_tag")]
    pub both: u64,
    /// With something to apply: created, updated and remembered.
    pub work: u64,
}

/// One member who shows what a shape looks like.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sample {
    /// The member.
    pub email: String,
    /// Before and after, for each kind of the shape.
    pub values: Vec<(Option<String>, Option<String>)>,
}

/// A shape, how many members have it, and some of them: always the same ones for the same data.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ShapeCount {
    /// The shape.
    pub shape: ShapeId,
    /// Members.
    pub count: u64,
    /// Some of them, by email address.
    pub samples: Vec<Sample>,
}

/// What the plan says of the days after the one on which it is computed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ahead {
    /// Members whose access to something ends.
    pub expiring: u64,
    /// Members who are still to get modules.
    pub released: u64,
    /// Modules still to come, of all members.
    pub modules: u64,
}

impl Ahead {
    pub(super) fn of(wanted: &Wanted, plan: &Plan) -> Self {
        let mut ahead = Self::default();
        let mut last = None;
        for expiring in wanted.expiring(plan) {
            ahead.expiring += u64::from(last.replace(expiring.member) != Some(expiring.member));
        }
        let mut last = None;
        for upcoming in wanted.upcoming(plan) {
            ahead.released += u64::from(last.replace(upcoming.member) != Some(upcoming.member));
            ahead.modules += 1;
        }
        ahead
    }
}

/// How many members who wait are named for each action.
pub const NAMED: usize = 20;

/// A member who needs manual attention.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Waiting {
    /// The member.
    pub email: String,
    /// Conflict or hold.
    pub action: Action,
    /// Why.
    pub reason: Reason,
    /// The address under which the member exists, if it is another one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub old: Option<String>,
}

/// Members counted in several ways.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct MemberTotals {
    /// Members counted, each once a line.
    pub counts: MemberCounts,
    /// New users by how they log in.
    #[serde(default)]
    pub logins: LoginCounts,
    /// Wanted members with a name that the site keeps in another form.
    #[serde(default)]
    pub names_altered: u64,
    /// Members by action; one who is created and tagged counts under both.
    pub actions: BTreeMap<Action, u64>,
}

/// The changes of all members, those that are made alike together.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct ChangeGroups {
    /// Names of the fields and tags that shapes speak of.
    pub names: Names,
    /// The shapes that occur.
    pub shapes: Shapes,
    /// How often each occurs, by number.
    pub by_shape: Vec<ShapeCount>,
}

/// Some members by address: up to [`SAMPLES`] of each kind, and those who wait.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct NamedMembers {
    /// Some who gain access.
    pub gainers: Vec<String>,
    /// Some who lose access.
    pub losers: Vec<String>,
    /// Some who have an access tag and its revoke tag at once.
    pub holders_of_both: Vec<String>,
    /// The first [`NAMED`] in conflict and the first [`NAMED`] who are blocked, each in order of email.
    #[serde(default)]
    pub waiting: Vec<Waiting>,
}

/// The difference as a whole, as change sets keep it.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Difference {
    /// Members counted.
    pub totals: MemberTotals,
    /// A line an offering, in the plan's order.
    pub offerings: Vec<OfferingLine>,
    /// A line for each offering that only the site has. A run does not change it, but can give somebody one of its tags.
    #[serde(default)]
    pub other_offerings: Vec<OfferingLine>,
    /// The changes.
    pub changes: ChangeGroups,
    /// Some of the members.
    pub named: NamedMembers,
    /// What ends and opens later.
    #[serde(default)]
    pub ahead: Ahead,
    /// Who has another address now.
    #[serde(default)]
    pub renames: Renames,
    /// The plan's test member, where there is work and none of it is theirs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub idle_canary: Option<IdleCanary>,
    /// What is created or changed besides members.
    pub setup: Setup,
    /// Tags that the sources bring, and the number of members for each.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub carried: Vec<CarriedCount>,
    /// Why apply refuses.
    pub refusals: Vec<Refusal>,
    /// What apply takes of the systems.
    #[serde(default)]
    pub cost: Costs,
}

/// A test member without changes, so that another member goes first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct IdleCanary {
    /// The address.
    pub email: String,
    /// Whether a source or the site knows the address.
    pub known: bool,
}

impl Difference {
    /// True if there is nothing to apply.
    pub fn is_empty(&self) -> bool {
        self.totals.counts.work == 0 && self.setup.is_empty()
    }

    /// New users who keep the day on which they registered at the old platform.
    pub fn registered(&self) -> u64 {
        let keeps = |one: &&ShapeCount| {
            let mut kinds = self.changes.shapes.get(one.shape).iter();
            kinds.any(|kind| kind.what == What::Registered)
        };
        self.changes
            .by_shape
            .iter()
            .filter(keeps)
            .map(|one| one.count)
            .sum()
    }
}

/// Keeps the samples with the smallest hash, so that the same data give the same samples.
#[derive(Debug, Clone)]
pub(super) struct Sampler<T> {
    kept: Vec<(u64, T)>,
}

impl<T> Default for Sampler<T> {
    fn default() -> Self {
        Self { kept: Vec::new() }
    }
}

impl<T> Sampler<T> {
    pub(super) fn offer(&mut self, rank: u64, make: impl FnOnce() -> T) {
        if self.kept.len() == SAMPLES {
            if self.kept.last().is_some_and(|(worst, _)| rank >= *worst) {
                return;
            }
            self.kept.pop();
        }
        let at = self.kept.partition_point(|(other, _)| *other <= rank);
        self.kept.insert(at, (rank, make()));
    }

    pub(super) fn take(self) -> Vec<T> {
        self.kept.into_iter().map(|(_, sample)| sample).collect()
    }
}

/// Samples are those with the smallest rank. FNV-1a: it must not change with a library's version.
pub fn sample_rank(email: &str) -> u64 {
    email.bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    })
}

impl Sample {
    pub(super) fn of(member: &MemberDiff<'_>) -> Self {
        Self {
            email: member.email.to_owned(),
            values: member
                .values
                .iter()
                .map(|value| (value.before.map(str::to_owned), value.after.map(str::to_owned)))
                .collect(),
        }
    }
}
