//! What an entitlement means on the site: access, tags to hold, tags to lift, offerings to revoke.

use std::collections::{BTreeMap, BTreeSet};

use crate::{
    model::{Reason, TagName, Targets},
    plan::{MembersRule, Pattern, Plan, WhoGetsContact, WhoGetsUser},
    wanted::{Entitlement, Opened},
};

/// All tags the plan knows, by one index: those of offerings first, then `[tags]`, then those carried over.
#[derive(Debug, Clone, Default)]
pub struct TagTable {
    names: Vec<TagName>,
    by_name: BTreeMap<TagName, u16>,
    base: Vec<Option<u16>>,
    instant: Vec<Option<u16>>,
    revoke: Vec<Option<u16>>,
    modules: Vec<Vec<u16>>,
    plain: Vec<u16>,
}

impl TagTable {
    /// The table of a plan's targets and of the tags that its sources bring.
    pub fn of<'a>(targets: &'a Targets, carried: impl IntoIterator<Item = &'a TagName>) -> Self {
        let mut table = Self::default();
        for offering in &targets.offerings {
            let tags = &offering.tags;
            let base = tags.base.as_ref().map(|name| table.add(name));
            let instant = tags.instant.as_ref().map(|name| table.add(name));
            let revoke = tags.revoke.as_ref().map(|name| table.add(name));
            let modules = tags.modules.iter().map(|name| table.add(name)).collect();
            table.modules.push(modules);
            table.base.push(base);
            table.instant.push(instant);
            table.revoke.push(revoke);
        }
        for name in targets.tags.iter().map(|(_, name)| name).chain(carried) {
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

    /// Gives tags carried over the spelling that a system has already: names that differ only in capitals,
    /// spaces or the way an accent is written are one tag. `first` is the number of the first of them among
    /// the tags that an entitlement gives.
    pub fn adopt_spellings<'n>(&mut self, first: usize, there: impl IntoIterator<Item = &'n TagName>) {
        let carried = self.plain.get(first..).unwrap_or_default().iter();
        let mut unknown: BTreeMap<String, u16> = carried
            .filter_map(|index| {
                Some((
                    Pattern::fold(self.names.get(usize::from(*index))?.as_str()),
                    *index,
                ))
            })
            .collect();
        let there: BTreeSet<&TagName> = there.into_iter().collect();
        unknown.retain(|_, index| {
            self.names
                .get(usize::from(*index))
                .is_some_and(|name| !there.contains(name))
        });
        for name in there {
            let Some(index) = unknown.remove(&Pattern::fold(name.as_str())) else {
                continue;
            };
            if let Some(own) = self.names.get_mut(usize::from(index)) {
                self.by_name.remove(own);
                *own = name.clone();
                self.by_name.insert(name.clone(), index);
            }
        }
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

    /// The name of a tag that an entitlement gives: one of `[tags]`, or one carried over.
    pub fn given(&self, tag: u16) -> Option<&TagName> {
        let index = self.plain.get(usize::from(tag))?;
        self.names.get(usize::from(*index))
    }

    /// Tags of the modules of an offering, in their order.
    pub fn modules(&self, offering: u16) -> &[u16] {
        self.modules.get(usize::from(offering)).map_or(&[], Vec::as_slice)
    }

    /// The tags that give access to an offering: base, instant, those of its modules.
    pub fn access(&self, offering: u16) -> impl Iterator<Item = u16> {
        let modules = self.modules(offering).iter().copied();
        [self.base(offering), self.instant(offering)]
            .into_iter()
            .flatten()
            .chain(modules)
    }

    /// Effective access to an offering; `holds` says which tags the member has.
    pub fn has_access(&self, offering: u16, holds: impl Fn(u16) -> bool) -> bool {
        self.access(offering).any(&holds) && !self.revoke(offering).is_some_and(&holds)
    }

    /// The tags that a grant writes. Everything is the instant tag alone, where there is one.
    pub fn granted(&self, offering: u16, opened: Opened) -> Vec<u16> {
        let (base, instant) = (self.base(offering), self.instant(offering));
        let modules = self.modules(offering);
        let open = match opened {
            Opened::All if instant.is_some() => return instant.into_iter().collect(),
            Opened::All => modules.len(),
            Opened::Modules(count) => modules.len().min(usize::from(count)),
            Opened::Whole => 0,
        };
        let some: Vec<u16> = base
            .into_iter()
            .chain(modules.iter().copied().take(open))
            .collect();
        if some.is_empty() {
            instant.into_iter().collect()
        } else {
            some
        }
    }
}

/// A tag that the member should have, and why.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct WantedTag {
    /// Index into the [`TagTable`].
    pub tag: u16,
    /// Granted, granted by a bundle, or mapped.
    pub reason: Reason,
}

/// What an entitlement means.
#[expect(clippy::struct_excessive_bools, reason = "each is an answer of its own")]
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
    /// Offerings from which the member is gone: no record says anything of them, and the sources that can
    /// grant them name everyone. Sorted.
    pub absent: Vec<u16>,
    /// Some record granted something that has ended.
    pub ended: bool,
    /// Some record grants something that begins on a later day.
    pub later: bool,
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
        let mut opened: BTreeMap<u16, Opened> = BTreeMap::new();
        for (bundle, grant) in &entitlement.grants {
            for offering in plan.reaches.get(usize::from(*bundle)).into_iter().flatten() {
                let known = opened.entry(*offering).or_insert(grant.opened);
                *known = grant.opened.max(*known);
            }
        }
        let granted: BTreeSet<u16> = opened.keys().copied().collect();
        let revoke: Vec<u16> = reach(&entitlement.revokes)
            .union(&reach(&entitlement.ended))
            .filter(|offering| !granted.contains(offering))
            .copied()
            .collect();
        let mut hold: BTreeMap<u16, Reason> = BTreeMap::new();
        for (offering, opened) in &opened {
            let reason = if entitlement.grants.contains_key(offering) {
                Reason::Granted
            } else {
                Reason::GrantedByBundle
            };
            for tag in tags.granted(*offering, *opened) {
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
        let revoked_something = !(entitlement.revokes.is_empty() && entitlement.ended.is_empty());
        let only_revoked = revoked_something && !mapped_something;
        let MembersRule { users, contacts, .. } = plan.members;
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
            absent: Vec::new(),
            ended: !entitlement.ended.is_empty(),
            later: entitlement.later,
            revoke,
            user,
            // A user without a contact has no contact ID, and without one no access.
            contact: contact || user,
        }
    }

    /// True for a member who becomes a user or a contact.
    pub fn wanted(&self) -> bool {
        self.user || self.contact
    }
}
