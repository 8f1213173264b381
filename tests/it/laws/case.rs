//! A random world in; everything that the laws look at, computed once, out.

use std::collections::BTreeMap;

use jiff::civil::Date;
use rehome::{diff::Difference, model::TagName, plan::Plan, wanted::Wanted};

use super::{
    meaning::Meaning,
    systems::{Members, Systems},
    world::{AS_OF, Source, World, address},
};

/// A bug that a test plants, in what the program is given or in what it says: each law must notice its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Bug {
    /// The last record of a source is not read.
    LoseARecord,
    /// Every condition is true.
    IgnoreConditions,
    /// Of several records of a member in a source the first counts.
    FirstRecordCounts,
    /// A complete source is one like any other, and the other way round.
    EverySourceIsComplete,
    /// The site revokes what a member is granted.
    RevokeTheGranted,
    /// The site does not say who is privileged.
    TouchThePrivileged,
    /// The site says of every tag that this migration gave it.
    TakeTagsOfOthers,
    /// The site does not keep first names.
    ForgetFirstNames,
    /// A member with changes is not in the list.
    HideAMember,
    /// A part of the members ends one too early.
    LoseTheLastOfAPart,
    /// A later day is an earlier one.
    ClockRunsBack,
    /// What a source says about ends is not read.
    IgnoreEnds,
    /// What a status says of access is not read.
    IgnoreStatuses,
    /// Access ends a day before the day that is listed.
    ListEndsADayLate,
    /// What changes by itself is said a day late.
    ChangesADayLate,
    /// The site does not rename anybody.
    ForgetRenames,
}

/// A world with all that is computed from it.
pub(super) struct Case<'w> {
    pub(super) world: &'w World,
    pub(super) bug: Option<Bug>,
    pub(super) plan: Plan,
    pub(super) wanted: Wanted,
    /// By address: what the records mean by the words of the plan language.
    pub(super) meanings: BTreeMap<String, Meaning>,
    pub(super) before: Systems,
    pub(super) difference: Difference,
    pub(super) members: Members,
    /// The systems after the changes of all members.
    pub(super) after: Systems,
}

impl<'w> Case<'w> {
    pub(super) fn new(world: &'w World, bug: Option<Bug>) -> Self {
        let program = with_bug(world, bug);
        let plan = program.plan();
        let wanted = program.gather(&plan, AS_OF);
        let meanings = world.meanings(AS_OF).into_iter();
        let before = Systems::from_world(world);
        let (difference, mut members) = before.differ(world, &plan, &wanted, bug);
        let mut after = before.clone();
        after.apply(&members, bug);
        if bug == Some(Bug::HideAMember)
            && let Some(hidden) = members.keys().find(|email| members[*email].has_work()).cloned()
        {
            members.remove(&hidden);
        }
        let mut case = Self {
            world,
            bug,
            plan,
            wanted,
            meanings: meanings.map(|(who, one)| (address(who), one)).collect(),
            before,
            difference,
            members,
            after,
        };
        if bug == Some(Bug::RevokeTheGranted) {
            case.revoke_the_granted();
        }
        case
    }

    /// The members on a day, of this world or of another one in its place.
    pub(super) fn gather(&self, world: &World, on: Date) -> (Plan, Wanted) {
        let program = with_bug(world, self.bug);
        let on = match self.bug {
            Some(Bug::ClockRunsBack) => AS_OF - (on - AS_OF),
            _ => on,
        };
        let plan = program.plan();
        let wanted = program.gather(&plan, on);
        (plan, wanted)
    }

    fn revoke_the_granted(&mut self) {
        for (email, meaning) in &self.meanings {
            for offering in meaning.access.keys() {
                let revoke = self.world.tags_of(*offering).3;
                if let (Some(person), Some(tag)) = (self.after.site.get_mut(email), revoke) {
                    person.state.tags.insert(TagName::new(tag));
                }
            }
        }
    }
}

/// What the program is given of a world.
fn with_bug(world: &World, bug: Option<Bug>) -> World {
    let mut world = world.clone();
    match bug {
        Some(Bug::LoseARecord) => {
            if let Some(source) = world.sources.iter_mut().find(|source| !source.rows.is_empty()) {
                source.rows.pop();
            }
        }
        Some(Bug::IgnoreConditions) => {
            for line in world.sources.iter_mut().flat_map(Source::lines_mut) {
                line.when.clear();
                line.otherwise_revoke = false;
            }
        }
        Some(Bug::FirstRecordCounts) => {
            for source in &mut world.sources {
                let mut known = std::collections::BTreeSet::new();
                source
                    .rows
                    .retain(|row| row.who.is_none_or(|who| known.insert(who)));
            }
        }
        Some(Bug::EverySourceIsComplete) => {
            for source in &mut world.sources {
                let grants = source.lines().any(|line| line.grant.is_some());
                source.complete = grants.then_some("report");
            }
        }
        Some(Bug::IgnoreEnds) => {
            for source in &mut world.sources {
                source.ends = None;
            }
        }
        Some(Bug::IgnoreStatuses) => {
            for source in &mut world.sources {
                source.statuses = false;
            }
        }
        _ => {}
    }
    world
}
