//! The plan's `[same]`, the sources' keys and what exists in; who has another address now, out. Worked
//! out before the walk, and only for plans with `[same]` or keys.

use std::{hash::BuildHasher, ops::Range};

use foldhash::fast::FixedState;
use hashbrown::{HashMap, HashSet, HashTable};
use serde::{Deserialize, Serialize};

use super::{Accepted, ChangeKind, Observations, What, members::member::Lines};
use crate::{
    model::{Action, Observed, Reason, Side},
    plan::{Plan, Source},
    wanted::Wanted,
};

/// Members with another address, counted for those who sign.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Renames {
    /// Renamed now.
    pub accepted: u64,
    /// Wait for `[same]` or an acceptance.
    pub held: u64,
    /// Cannot be renamed; needs manual attention.
    pub conflicts: u64,
    /// Old addresses of `[same]` that neither a record nor a member has.
    pub unused: Vec<String>,
}

/// A member who exists under another address than the sources say.
#[derive(Debug, Clone)]
pub(super) struct AddressClaim<'a> {
    /// The address under which the person is known; blank if it is the member's own.
    pub(super) old: &'a str,
    /// The rows of that address on the site.
    pub(super) site: Range<usize>,
    /// And in the contact system.
    pub(super) contacts: Range<usize>,
    /// What happens.
    pub(super) standing: Standing,
}

/// What happens to a member who exists under another address.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Standing {
    /// The address is changed.
    Accepted,
    /// All waits.
    Held,
    /// All changes are blocked; needs manual attention.
    Conflict(Reason),
}

impl AddressClaim<'_> {
    /// The line that says why everything waits, where it does.
    pub(super) fn obstacle(&self) -> Option<ChangeKind> {
        let (action, reason) = match self.standing {
            Standing::Accepted => return None,
            Standing::Held => (Action::Hold, Reason::Renamed),
            Standing::Conflict(reason) => (Action::Conflict, reason),
        };
        Some(address(Side::Site, action, reason))
    }
}

impl<'a> AddressClaim<'a> {
    /// Puts the rows of the old address in place of the member's own, where they are compared.
    pub(super) fn take_rows(&self, site: &mut Range<usize>, contacts: &mut Range<usize>) {
        if matches!(self.standing, Standing::Conflict(_)) {
            return;
        }
        for (rows, old) in [(site, &self.site), (contacts, &self.contacts)] {
            if !old.is_empty() {
                rows.clone_from(old);
            }
        }
    }

    /// The lines that give the member its new address.
    pub(super) fn rename(&self, new: &'a str, lines: &mut Lines<'a>) {
        for (side, rows) in [(Side::Site, &self.site), (Side::Contacts, &self.contacts)] {
            if !rows.is_empty() {
                lines.push(address(side, Action::Rename, Reason::Renamed), self.old, new);
            }
        }
    }
}

fn address(side: Side, action: Action, reason: Reason) -> ChangeKind {
    ChangeKind {
        side,
        action,
        what: What::Address,
        reason,
    }
}

/// All members who exist under another address than the sources say.
#[derive(Debug, Default)]
pub(super) struct AddressClaims<'a> {
    members: HashMap<usize, AddressClaim<'a>, FixedState>,
    /// Rows of the site that belong to a member with another address; true if they are compared with
    /// that member.
    rows: HashMap<usize, bool, FixedState>,
    /// Members, by number of the source, whose key the site knows by another address of the same source.
    elsewhere: HashSet<(usize, usize), FixedState>,
    pub(super) counts: Renames,
}

impl<'a> AddressClaims<'a> {
    pub(super) fn of(plan: &'a Plan, wanted: &'a Wanted, seen: Observations<'a>, accepted: Accepted) -> Self {
        let accepted = plan.policy.accept_renames || accepted.renames;
        let mut claims = Self::default();
        if plan.same.is_empty() && plan.keyed_sources().next().is_none() {
            return claims;
        }
        let mut finder = Finder {
            wanted,
            seen,
            found: Vec::new(),
            conflicts: HashMap::default(),
        };
        finder.by_same(plan, &mut claims.counts.unused);
        for (number, source) in plan.keyed_sources().enumerate() {
            let key = plan.sources.get(source).map(Source::site_key);
            if let Some(there) = key.and_then(|key| seen.site.key_number(key)) {
                finder.by_key(number, there, accepted, &mut claims.elsewhere);
            }
        }
        finder.settle(&mut claims);
        claims
    }

    /// The claim of a member.
    pub(super) fn get(&self, member: usize) -> Option<&AddressClaim<'a>> {
        self.members.get(&member)
    }

    /// Members who exist under another address and get no new user: they have one under that
    /// address, whose row this is, or are in conflict.
    pub(super) fn without_new_user(&self, site: &Observed) -> HashMap<usize, Option<usize>, FixedState> {
        let user = |rows: Range<usize>| {
            rows.into_iter()
                .find(|row| site.get(*row).is_some_and(|row| row.user))
        };
        let members = self
            .members
            .iter()
            .map(|(member, claim)| (*member, claim, user(claim.site.clone())));
        members
            .filter_map(|(member, claim, user)| match claim.standing {
                Standing::Conflict(_) => Some((member, None)),
                Standing::Accepted | Standing::Held => user.map(|row| (member, Some(row))),
            })
            .collect()
    }

    /// Whether a row of the site belongs to a member with another address, and is compared with it.
    pub(super) fn row(&self, row: usize) -> Option<bool> {
        self.rows.get(&row).copied()
    }

    /// True if the site knows the member's key of a source by another address that the source has too.
    pub(super) fn is_elsewhere(&self, member: usize, number: usize) -> bool {
        self.elsewhere.contains(&(member, number))
    }
}

/// A member and the address under which something says the person is known.
struct Found<'a> {
    member: usize,
    old: &'a str,
    accepted: bool,
}

struct Finder<'a> {
    wanted: &'a Wanted,
    seen: Observations<'a>,
    found: Vec<Found<'a>>,
    conflicts: HashMap<usize, (Reason, &'a str), FixedState>,
}

impl<'a> Finder<'a> {
    fn by_same(&mut self, plan: &'a Plan, unused: &mut Vec<String>) {
        for ((old, new), (_, moved)) in plan.same.iter().zip(self.wanted.moved()) {
            let old = old.as_str();
            if self.is_there(old) {
                if let Some(member) = self.wanted.find(new.as_str()) {
                    self.found.push(Found {
                        member,
                        old,
                        accepted: true,
                    });
                }
            } else if *moved == 0 {
                unused.push(old.to_owned());
            }
        }
    }

    fn is_there(&self, email: &str) -> bool {
        let Observations { site, contacts, .. } = self.seen;
        !site.find(email).is_empty() || contacts.is_some_and(|all| !all.find(email).is_empty())
    }

    /// Members whose key the site knows by another address. `there` is the source's number on the site.
    fn by_key(
        &mut self,
        number: usize,
        there: usize,
        accepted: bool,
        elsewhere: &mut HashSet<(usize, usize), FixedState>,
    ) {
        let (wanted, site) = (self.wanted, self.seen.site);
        let mut at = 0;
        let strangers = (0..wanted.len()).filter(|member| {
            let key = wanted.key(*member, number);
            if key.is_empty() {
                return false;
            }
            let email = wanted.get(*member).map_or("", |member| member.email);
            !site
                .find_from(email, &mut at)
                .any(|row| site.key(row, there) == key)
        });
        let strangers: Vec<usize> = strangers.collect();
        if strangers.is_empty() {
            return;
        }
        let holders = Holders::of(site, there);
        for member in strangers {
            let Some(row) = holders.find(wanted.key(member, number)) else {
                continue;
            };
            let old = site.email(row).unwrap_or_default();
            match wanted.find(old) {
                _ if holders.several.contains(wanted.key(member, number)) => {
                    self.conflict(member, Reason::BothAddresses, old);
                }
                Some(other) if wanted.shares_key(number, member, other) => {
                    elsewhere.insert((member, number));
                }
                Some(other) => {
                    let swapped = !wanted.key(other, number).is_empty();
                    let reason = if swapped {
                        Reason::Swapped
                    } else {
                        Reason::BothAddresses
                    };
                    self.conflict(member, reason, old);
                    self.conflict(other, reason, "");
                }
                None => self.found.push(Found {
                    member,
                    old,
                    accepted,
                }),
            }
        }
    }

    /// Of two conflicts the one that says more counts, and an old address that is known.
    fn conflict(&mut self, member: usize, reason: Reason, old: &'a str) {
        let known = self.conflicts.entry(member).or_insert((reason, old));
        if reason == Reason::Swapped {
            known.0 = reason;
        }
        if known.1.is_empty() {
            known.1 = old;
        }
    }

    fn settle(mut self, claims: &mut AddressClaims<'a>) {
        // Accepted ones first: what `[same]` says counts before what a key says of the same two addresses.
        self.found
            .sort_by_key(|found| (found.member, found.old, !found.accepted));
        self.found.dedup_by_key(|found| (found.member, found.old));
        let mut takers: HashMap<&str, usize, FixedState> = HashMap::default();
        for found in &self.found {
            *takers.entry(found.old).or_default() += 1;
        }
        let found = std::mem::take(&mut self.found);
        for (at, one) in found.iter().enumerate() {
            let beside = [at.checked_sub(1), Some(at + 1)];
            let several = beside
                .into_iter()
                .flatten()
                .filter_map(|at| found.get(at))
                .any(|other| other.member == one.member);
            let email = self.wanted.get(one.member).map_or("", |member| member.email);
            let both =
                |observed: &Observed| !observed.find(email).is_empty() && !observed.find(one.old).is_empty();
            let Observations { site, contacts, .. } = self.seen;
            if several || takers.get(one.old) != Some(&1) || both(site) || contacts.is_some_and(both) {
                self.conflict(one.member, Reason::BothAddresses, one.old);
            }
        }
        for one in found {
            if self.conflicts.contains_key(&one.member) {
                for row in self.seen.site.find(one.old) {
                    claims.rows.entry(row).or_insert(false);
                }
                continue;
            }
            let standing = if one.accepted {
                Standing::Accepted
            } else {
                Standing::Held
            };
            self.claim(one.member, one.old, standing, claims);
        }
        for (member, (reason, old)) in std::mem::take(&mut self.conflicts) {
            self.claim(member, old, Standing::Conflict(reason), claims);
        }
    }

    fn claim(&self, member: usize, old: &'a str, standing: Standing, claims: &mut AddressClaims<'a>) {
        let Observations { site, contacts, .. } = self.seen;
        let conflict = matches!(standing, Standing::Conflict(_));
        let rows = if old.is_empty() { 0..0 } else { site.find(old) };
        for row in rows.clone() {
            *claims.rows.entry(row).or_insert(false) |= !conflict;
        }
        let counts = &mut claims.counts;
        *(match standing {
            Standing::Accepted => &mut counts.accepted,
            Standing::Held => &mut counts.held,
            Standing::Conflict(_) => &mut counts.conflicts,
        }) += 1;
        let claim = AddressClaim {
            old,
            site: rows,
            contacts: contacts.map_or(0..0, |all| all.find(old)),
            standing,
        };
        claims.members.insert(member, claim);
    }
}

/// The keys of one source that a site knows, found by key.
struct Holders<'a> {
    site: &'a Observed,
    there: usize,
    index: HashTable<u32>,
    hasher: FixedState,
    /// Keys that appear on rows of several addresses.
    several: HashSet<&'a str, FixedState>,
}

impl<'a> Holders<'a> {
    fn of(site: &'a Observed, there: usize) -> Self {
        let mut holders = Self {
            site,
            there,
            index: HashTable::with_capacity(site.len()),
            hasher: FixedState::default(),
            several: HashSet::default(),
        };
        for (row, at) in (0u32..).zip(0..site.len()) {
            let key = site.key(at, there);
            if key.is_empty() {
                continue;
            }
            if let Some(other) = holders.find(key) {
                if site.email(other) != site.email(at) {
                    holders.several.insert(key);
                }
                continue;
            }
            let Self { index, hasher, .. } = &mut holders;
            let rehash = |row: &u32| hasher.hash_one(site.key(*row as usize, there));
            index.insert_unique(hasher.hash_one(key), row, rehash);
        }
        holders
    }

    fn find(&self, key: &str) -> Option<usize> {
        let same = |row: &u32| self.site.key(*row as usize, self.there) == key;
        let row = self.index.find(self.hasher.hash_one(key), same)?;
        Some(*row as usize)
    }
}
