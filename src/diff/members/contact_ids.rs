//! A contact ID in; whether a contact has it, or a user, out. Few members make anybody ask, so the lists
//! are made when someone does.

use std::{hash::BuildHasher, sync::OnceLock};

use foldhash::fast::FixedState;
use hashbrown::HashTable;

use crate::model::{Observed, ObservedMember};

/// The contact IDs of a site and of the contact system beside it.
#[derive(Debug, Default)]
pub(crate) struct ContactIds {
    of_contacts: Ids,
    of_users: Ids,
}

impl ContactIds {
    /// Whether a contact has an ID, under any address.
    pub(crate) fn of_contact(&self, contacts: &Observed, id: &str) -> bool {
        self.of_contacts.hold(id, contacts, |_| true)
    }

    /// Whether a user on the site has an ID.
    pub(crate) fn of_user(&self, site: &Observed, id: &str) -> bool {
        self.of_users.hold(id, site, |row| row.user)
    }
}

/// Rows of a system, found by contact ID.
#[derive(Debug, Default)]
struct Ids {
    rows: OnceLock<HashTable<u32>>,
    hasher: FixedState,
}

impl Ids {
    fn hold(&self, id: &str, all: &Observed, is_one: impl Fn(&ObservedMember<'_>) -> bool) -> bool {
        let rows = self.rows.get_or_init(|| self.rows(all, is_one));
        let same = |row: &u32| contact(all, *row) == id;
        rows.find(self.hasher.hash_one(id), same).is_some()
    }

    fn rows(&self, all: &Observed, is_one: impl Fn(&ObservedMember<'_>) -> bool) -> HashTable<u32> {
        let mut rows = HashTable::new();
        for row in (0u32..).take(all.len()) {
            let Some(id) = all.get(row as usize).filter(&is_one).map(|row| row.contact) else {
                continue;
            };
            let hash = |row: &u32| self.hasher.hash_one(contact(all, *row));
            let same = |row: &u32| contact(all, *row) == id;
            rows.entry(self.hasher.hash_one(id), same, hash).or_insert(row);
        }
        rows
    }
}

fn contact(all: &Observed, row: u32) -> &str {
    all.get(row as usize).map_or("", |row| row.contact)
}
