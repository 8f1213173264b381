//! What an entitlement means on the site: access, tags to hold, tags to lift, offerings to revoke.

use std::collections::{BTreeMap, BTreeSet};

use super::Entitlement;
use crate::{
    model::{Reason, TagName, Targets},
    plan::{MembersRule, Plan, WhoGetsContact, WhoGetsUser},
};

/// All tags the plan knows, by one index: those of offerings first, then `[tags]`.
#[derive(Debug, Clone, Default)]
pub struct TagTable {
    names: Vec<TagName>,
    by_name: BTreeMap<TagName, u16>,
    base: Vec<Option<u16>>,
    instant: Vec<Option<u16>>,
    revoke: Vec<Option<u16>>,
    plain: Vec<u16>,
}

impl TagTable {
    /// The table of a plan's targets.
    pub fn of(targets: &Targets) -> Self {
        let mut table = Self::default();
        for offering in &targets.offerings {
            let tags = &offering.tags;
            let base = tags.base.as_ref().map(|name| table.add(name));
            let instant = tags.instant.as_ref().map(|name| table.add(name));
            let revoke = tags.revoke.as_ref().map(|name| table.add(name));
            table.base.push(base);
            table.instant.push(instant);
            table.revoke.push(revoke);
        }
        for (_, name) in &targets.tags {
            let index = table.add(name);
            table.plain.push(index);
        }
        table
    }

    fn add(&mut self, name: &TagName) -> u16 {
        if let Some(index) = self.by_name.get(name) {
            return *index;
        }
        let index = u16::try_from(self.names.len()).unwrap_or(u16::MAX);
        self.names.push(name.clone());
        self.by_name.insert(name.clone(), index);
        index
    }

    /// The names, by index.
    pub fn names(&self) -> &[TagName] {
        &self.names
    }

    /// The index of a name.
    pub fn find(&self, name: &TagName) -> Option<u16> {
        self.by_name.get(name).copied()
    }

    /// Base tag of an offering.
    pub fn base(&self, offering: u16) -> Option<u16> {
        self.base.get(usize::from(offering)).copied().flatten()
    }

    /// Instant tag of an offering.
    pub fn instant(&self, offering: u16) -> Option<u16> {
        self.instant.get(usize::from(offering)).copied().flatten()
    }

    /// Revoke tag of an offering.
    pub fn revoke(&self, offering: u16) -> Option<u16> {
        self.revoke.get(usize::from(offering)).copied().flatten()
    }

    /// Effective access to an offering of somebody for whom `holds` says which tags they hold.
    pub fn has_access(&self, offering: u16, holds: impl Fn(u16) -> bool) -> bool {
        let held = |tag: Option<u16>| tag.is_some_and(&holds);
        (held(self.base(offering)) || held(self.instant(offering))) && !held(self.revoke(offering))
    }
}

/// A tag that shall be held, and why.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct WantedTag {
    /// Index into the [`TagTable`].
    pub tag: u16,
    /// Granted, granted by a bundle, or mapped.
    pub reason: Reason,
}

/// What an entitlement means.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Resolved {
    /// Offerings with effective access wanted, bundles opened, sorted.
    pub access: Vec<u16>,
    /// Tags to hold, sorted by tag.
    pub hold: Vec<WantedTag>,
    /// Revoke tags of granted offerings, which go.
    pub lift: Vec<u16>,
    /// Offerings to revoke: asked for, bundles opened, and not granted by anything. Sorted.
    pub revoke: Vec<u16>,
    /// Offerings that one record grants and another revokes.
    pub disputed: Vec<u16>,
    /// Wanted as a user.
    pub user: bool,
    /// Wanted as a contact.
    pub contact: bool,
}

impl Resolved {
    /// What `entitlement` means under `plan`.
    pub fn of(entitlement: &Entitlement, plan: &Plan, tags: &TagTable) -> Self {
        let reach = |offerings: &BTreeSet<u16>| -> BTreeSet<u16> {
            offerings
                .iter()
                .flat_map(|offering| plan.reaches.get(usize::from(*offering)).into_iter().flatten())
                .copied()
                .collect()
        };
        let granted = reach(&entitlement.grants);
        let revoke: Vec<u16> = reach(&entitlement.revokes)
            .difference(&granted)
            .copied()
            .collect();
        let mut hold: BTreeMap<u16, Reason> = BTreeMap::new();
        for offering in &granted {
            let reason = if entitlement.grants.contains(offering) {
                Reason::Granted
            } else {
                Reason::GrantedByBundle
            };
            if let Some(tag) = tags.base(*offering).or(tags.instant(*offering)) {
                hold.insert(tag, reason);
            }
        }
        for tag in &entitlement.tags {
            if let Some(tag) = tags.plain.get(usize::from(*tag)) {
                hold.entry(*tag).or_insert(Reason::Mapped);
            }
        }
        let granted_something = !granted.is_empty();
        let mapped_something = granted_something || !entitlement.tags.is_empty();
        let only_revoked = !mapped_something && !entitlement.revokes.is_empty();
        let MembersRule { users, contacts } = plan.members;
        let user = match users {
            WhoGetsUser::Granted => granted_something,
            WhoGetsUser::All => !only_revoked,
            WhoGetsUser::None => false,
        };
        let contact = match contacts {
            WhoGetsContact::Granted => granted_something,
            WhoGetsContact::Mapped => mapped_something,
            WhoGetsContact::All => !only_revoked,
        };
        Self {
            lift: granted
                .iter()
                .filter_map(|offering| tags.revoke(*offering))
                .collect(),
            disputed: reach(&entitlement.revokes)
                .intersection(&granted)
                .copied()
                .collect(),
            access: granted.into_iter().collect(),
            hold: hold
                .into_iter()
                .map(|(tag, reason)| WantedTag { tag, reason })
                .collect(),
            revoke,
            user,
            // A user without a contact has no contact ID, and without one no access.
            contact: contact || user,
        }
    }

    /// True of a member who becomes a user or a contact.
    pub fn wanted(&self) -> bool {
        self.user || self.contact
    }
}
