//! The tags of a member: what is wanted against what is held. Members with the same entitlement and
//! the same tags get the same answer, so each pair is worked out once.

use std::collections::BTreeSet;

use foldhash::fast::FixedState;
use hashbrown::HashMap;

use super::{Kind, What};
use crate::{
    model::{Action, Observed, Reason, Side, TagName},
    plan::Plan,
    wanted::{EntitlementId, Resolved, TagTable, Wanted},
};

/// What happens to the tags of a member, and to their access.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct TagChanges {
    /// Changes, sorted.
    pub(super) kinds: Vec<Kind>,
    /// Offerings with effective access now.
    pub(super) has: BTreeSet<u16>,
    /// Offerings gained.
    pub(super) gains: Vec<u16>,
    /// Offerings lost.
    pub(super) loses: Vec<u16>,
    /// Offerings of which an access tag and the revoke tag are held at once now.
    pub(super) both: Vec<u16>,
}

/// The tags of a plan as one system numbers them.
#[derive(Debug)]
struct Numbers {
    /// By number there, the number in the plan's table.
    plan_of: Vec<Option<u16>>,
}

impl Numbers {
    fn of(observed: &Observed, tags: &TagTable) -> Self {
        Self {
            plan_of: observed
                .tags
                .iter()
                .map(|name: &TagName| tags.find(name))
                .collect(),
        }
    }

    fn held(&self, observed: &Observed, set: u32) -> Vec<(u16, bool)> {
        let set = observed.sets().get(set as usize).map_or(&[][..], |set| set);
        set.iter()
            .filter_map(|held| Some(((*self.plan_of.get(usize::from(held.tag))?)?, held.ours)))
            .collect()
    }
}

/// Works out tag changes and remembers them.
#[derive(Debug)]
pub(super) struct TagDiffer<'a> {
    plan: &'a Plan,
    wanted: &'a Wanted,
    site: &'a Observed,
    contacts: Option<&'a Observed>,
    site_numbers: Numbers,
    contact_numbers: Option<Numbers>,
    index: HashMap<(EntitlementId, u32, Option<u32>, bool), u32, FixedState>,
    known: Vec<TagChanges>,
}

impl<'a> TagDiffer<'a> {
    pub(super) fn new(
        plan: &'a Plan,
        wanted: &'a Wanted,
        site: &'a Observed,
        contacts: Option<&'a Observed>,
    ) -> Self {
        Self {
            plan,
            wanted,
            site,
            contacts,
            site_numbers: Numbers::of(site, &wanted.tags),
            contact_numbers: contacts.map(|contacts| Numbers::of(contacts, &wanted.tags)),
            index: HashMap::with_hasher(FixedState::default()),
            known: Vec::new(),
        }
    }

    /// The changes of a member with this entitlement who holds these sets of tags. `site_set` and
    /// `contact_set` are 0 where nobody is there; `blocked` gives the access as it is and no changes.
    pub(super) fn find(
        &mut self,
        entitlement: EntitlementId,
        site_set: u32,
        contact_set: Option<u32>,
        blocked: bool,
    ) -> usize {
        let key = (entitlement, site_set, contact_set, blocked);
        if let Some(at) = self.index.get(&key) {
            return *at as usize;
        }
        let changes = self.work_out(self.wanted.resolved(entitlement), site_set, contact_set, blocked);
        self.known.push(changes);
        self.index
            .insert(key, u32::try_from(self.known.len() - 1).unwrap_or(u32::MAX));
        self.known.len() - 1
    }

    /// What [`Self::find`] found.
    pub(super) fn get(&self, at: usize) -> &TagChanges {
        &self.known[at]
    }

    fn work_out(
        &self,
        resolved: &Resolved,
        site_set: u32,
        contact_set: Option<u32>,
        blocked: bool,
    ) -> TagChanges {
        let on_site = self.site_numbers.held(self.site, site_set);
        let site_tags: BTreeSet<u16> = on_site.iter().map(|(tag, _)| *tag).collect();
        let ours: BTreeSet<u16> = on_site
            .iter()
            .filter(|(_, ours)| *ours)
            .map(|(tag, _)| *tag)
            .collect();
        let contact_tags: Option<BTreeSet<u16>> = match (self.contacts, &self.contact_numbers, contact_set) {
            (Some(contacts), Some(numbers), Some(set)) => Some(
                numbers
                    .held(contacts, set)
                    .into_iter()
                    .map(|(tag, _)| tag)
                    .collect(),
            ),
            (Some(_), _, None) => Some(BTreeSet::new()),
            _ => None,
        };
        let mut changes = TagChanges::default();
        let tags = &self.wanted.tags;
        for offering in self.offerings() {
            if tags.has_access(offering, |tag| site_tags.contains(&tag)) {
                changes.has.insert(offering);
            }
            let held = |tag: Option<u16>| tag.is_some_and(|tag| site_tags.contains(&tag));
            if held(tags.revoke(offering)) && (held(tags.base(offering)) || held(tags.instant(offering))) {
                changes.both.push(offering);
            }
        }
        if blocked {
            return changes;
        }
        let mut add: Vec<(u16, Reason)> = Vec::new();
        let mut remove: Vec<(u16, Reason)> = Vec::new();
        if resolved.wanted() {
            add.extend(resolved.hold.iter().map(|wanted| (wanted.tag, wanted.reason)));
            remove.extend(resolved.lift.iter().map(|tag| (*tag, Reason::GrantLiftsRevoke)));
        }
        for offering in &resolved.revoke {
            self.revoke(*offering, &ours, &mut changes, &mut add, &mut remove);
        }
        let mut after = site_tags.clone();
        after.extend(add.iter().map(|(tag, _)| *tag));
        for (tag, _) in &remove {
            after.remove(tag);
        }
        for (tag, reason) in add {
            Self::both_sides(
                &mut changes,
                (Action::AddTag, tag, reason),
                contact_tags.as_ref(),
                |held| !held.contains(&tag),
                &site_tags,
            );
        }
        for (tag, reason) in remove {
            Self::both_sides(
                &mut changes,
                (Action::RemoveTag, tag, reason),
                contact_tags.as_ref(),
                |held| held.contains(&tag),
                &site_tags,
            );
        }
        changes.kinds.sort_unstable();
        for offering in self.offerings() {
            let now = tags.has_access(offering, |tag| after.contains(&tag));
            match (changes.has.contains(&offering), now) {
                (false, true) => changes.gains.push(offering),
                (true, false) => changes.loses.push(offering),
                _ => {}
            }
        }
        changes
    }

    /// Revokes what Rehome granted and nobody touched since; says so where it may not.
    fn revoke(
        &self,
        offering: u16,
        ours: &BTreeSet<u16>,
        changes: &mut TagChanges,
        add: &mut Vec<(u16, Reason)>,
        remove: &mut Vec<(u16, Reason)>,
    ) {
        let tags = &self.wanted.tags;
        let Some(revoke) = tags.revoke(offering) else {
            return;
        };
        if !changes.has.contains(&offering) {
            return;
        }
        let access: Vec<u16> = [tags.base(offering), tags.instant(offering)]
            .into_iter()
            .flatten()
            .collect();
        if access.iter().any(|tag| ours.contains(tag)) {
            add.push((revoke, Reason::Revoked));
            if self.plan.policy.remove_tags {
                let ours = access.into_iter().filter(|tag| ours.contains(tag));
                remove.extend(ours.map(|tag| (tag, Reason::RevokedAndRemoved)));
            }
        } else {
            changes.kinds.push(Kind {
                side: Side::Site,
                action: Action::Nothing,
                what: What::Tag(revoke),
                reason: Reason::NotOurs,
            });
        }
    }

    /// Puts a change of a tag on the sides that need it: the contact system and the site's copy.
    fn both_sides(
        changes: &mut TagChanges,
        (action, tag, reason): (Action, u16, Reason),
        contact_tags: Option<&BTreeSet<u16>>,
        needed: impl Fn(&BTreeSet<u16>) -> bool,
        site_tags: &BTreeSet<u16>,
    ) {
        let what = What::Tag(tag);
        if contact_tags.is_some_and(&needed) {
            changes.kinds.push(Kind {
                side: Side::Contacts,
                action,
                what,
                reason,
            });
        }
        if needed(site_tags) {
            let reason = if contact_tags.is_some() {
                Reason::CopyOfContact
            } else {
                reason
            };
            changes.kinds.push(Kind {
                side: Side::Site,
                action,
                what,
                reason,
            });
        }
    }

    fn offerings(&self) -> impl Iterator<Item = u16> + use<> {
        (0u16..).take(self.plan.targets.offerings.len())
    }
}
