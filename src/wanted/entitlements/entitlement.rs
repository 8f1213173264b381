//! What records say a member gets: sets of offerings and tags that fold together in any order.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use foldhash::fast::FixedState;
use hashbrown::HashMap as FastMap;

/// How much of an offering is opened. Of two, the wider counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Opened {
    /// The grant says nothing of modules: it reaches none.
    Whole,
    /// So many modules, from 1.
    Modules(u16),
    /// Everything, now and later.
    All,
}

/// One offering granted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Grant {
    /// How much of it.
    pub opened: Opened,
    /// Some record grants it without an end.
    pub lasting: bool,
}

/// What one or more records say a member gets, by index into the plan's offerings and tags.
/// Folding is a union: it does not matter in which order records come, or how often.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Entitlement {
    /// Offerings granted directly.
    pub grants: BTreeMap<u16, Grant>,
    /// Offerings that some record asks to revoke; a grant from any record beats them.
    pub revokes: BTreeSet<u16>,
    /// Offerings that some record granted until a day that is past, or until its charge was taken
    /// back: revoked like those of `revokes`.
    pub ended: BTreeSet<u16>,
    /// Offerings of which some record says nothing now, since its `when` does not hold: anyone who has such
    /// a record is not gone from the source.
    pub mentioned: BTreeSet<u16>,
    /// Some record grants something that begins on a later day.
    pub later: bool,
    /// Tags: those of `[tags]`, then those carried over.
    pub tags: BTreeSet<u16>,
}

impl Entitlement {
    /// Both together.
    #[must_use]
    pub fn fold(&self, other: &Self) -> Self {
        let union = |a: &BTreeSet<u16>, b: &BTreeSet<u16>| a.union(b).copied().collect();
        let mut grants = self.grants.clone();
        for (offering, grant) in &other.grants {
            add_grant(&mut grants, *offering, *grant);
        }
        Self {
            grants,
            revokes: union(&self.revokes, &other.revokes),
            ended: union(&self.ended, &other.ended),
            mentioned: union(&self.mentioned, &other.mentioned),
            later: self.later || other.later,
            tags: union(&self.tags, &other.tags),
        }
    }

    /// Adds a grant.
    pub fn grant(&mut self, offering: u16, grant: Grant) {
        add_grant(&mut self.grants, offering, grant);
    }

    /// True if nothing is granted, tagged or revoked.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

fn add_grant(grants: &mut BTreeMap<u16, Grant>, offering: u16, grant: Grant) {
    let known = grants.entry(offering).or_insert(grant);
    known.opened = known.opened.max(grant.opened);
    known.lasting |= grant.lasting;
}

/// The index of an entitlement among the [`Entitlements`]; 0 is the empty one.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct EntitlementId(pub(crate) u32);

impl EntitlementId {
    /// As an index.
    pub fn index(self) -> usize {
        self.0 as usize
    }
}

/// The distinct entitlements, each stored once. Real data have few: folding a million records is a
/// million look-ups of two numbers.
#[derive(Debug)]
pub struct Entitlements {
    list: Vec<Entitlement>,
    index: HashMap<Entitlement, EntitlementId>,
    folded: FastMap<(u32, u32), EntitlementId, FixedState>,
    with_end: FastMap<(u32, End), EntitlementId, FixedState>,
}

/// Where the end of what a record grants lies.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum End {
    /// Before the day on which the plan is computed.
    Past,
    /// On that day or later.
    Ahead,
}

impl Default for Entitlements {
    fn default() -> Self {
        Self {
            list: vec![Entitlement::default()],
            index: HashMap::from([(Entitlement::default(), EntitlementId(0))]),
            folded: FastMap::with_hasher(FixedState::default()),
            with_end: FastMap::with_hasher(FixedState::default()),
        }
    }
}

impl Entitlements {
    /// The id of an entitlement, stored on first sight.
    pub fn intern(&mut self, entitlement: Entitlement) -> EntitlementId {
        if entitlement.is_empty() {
            return EntitlementId::default();
        }
        if let Some(id) = self.index.get(&entitlement) {
            return *id;
        }
        let id = EntitlementId(u32::try_from(self.list.len()).unwrap_or(u32::MAX));
        self.list.push(entitlement.clone());
        self.index.insert(entitlement, id);
        id
    }

    /// The entitlement of an id.
    pub fn get(&self, id: EntitlementId) -> &Entitlement {
        &self.list[id.index()]
    }

    /// Both together.
    pub fn fold(&mut self, a: EntitlementId, b: EntitlementId) -> EntitlementId {
        if a == b || b.0 == 0 {
            return a;
        }
        if a.0 == 0 {
            return b;
        }
        let key = (a.0.min(b.0), a.0.max(b.0));
        if let Some(id) = self.folded.get(&key) {
            return *id;
        }
        let id = self.intern(self.get(a).fold(self.get(b)));
        self.folded.insert(key, id);
        id
    }

    /// What an entitlement is when the charge that gave it was undone: what it granted or revoked has
    /// ended, and its tags are not given.
    pub fn taken_back(&mut self, id: EntitlementId) -> EntitlementId {
        let given = self.get(id);
        let granted = given.grants.keys().chain(&given.revokes);
        let ended = granted.chain(&given.ended).copied().collect();
        let mentioned = given.mentioned.clone();
        self.intern(Entitlement {
            ended,
            mentioned,
            ..Entitlement::default()
        })
    }

    /// What an entitlement is when all that it grants has an end. Tags stay.
    pub fn with_end(&mut self, id: EntitlementId, end: End) -> EntitlementId {
        if let Some(known) = self.with_end.get(&(id.0, end)) {
            return *known;
        }
        let mut entitlement = self.get(id).clone();
        match end {
            End::Past => {
                let granted = std::mem::take(&mut entitlement.grants);
                entitlement.ended.extend(granted.into_keys());
                entitlement.later = false;
            }
            End::Ahead => entitlement
                .grants
                .values_mut()
                .for_each(|grant| grant.lasting = false),
        }
        let ended = self.intern(entitlement);
        self.with_end.insert((id.0, end), ended);
        ended
    }

    /// An entitlement to which an offering is added that some record granted until a day that is past.
    pub fn with_ended(&mut self, id: EntitlementId, offering: u16) -> EntitlementId {
        let known = self.get(id);
        if known.ended.contains(&offering) {
            return id;
        }
        let mut entitlement = known.clone();
        entitlement.ended.insert(offering);
        self.intern(entitlement)
    }

    /// All distinct entitlements, by id.
    pub fn list(&self) -> &[Entitlement] {
        &self.list
    }
}
