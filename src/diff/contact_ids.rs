//! A contact ID in; whether a contact has it, or a user, out. Few members make anybody ask, so the lists
//! are made when somebody does.

use foldhash::fast::FixedState;
use hashbrown::HashSet;

use crate::model::{Observed, ObservedMember};

type Ids<'a> = HashSet<&'a str, FixedState>;

/// The contact IDs of a site and of the contact system beside it.
#[derive(Debug, Default)]
pub(super) struct ContactIds<'a> {
    of_contacts: Option<Ids<'a>>,
    of_users: Option<Ids<'a>>,
}

impl<'a> ContactIds<'a> {
    /// Whether a contact has an ID, under any address.
    pub(super) fn of_contact(&mut self, contacts: &'a Observed, id: &str) -> bool {
        let ids = self.of_contacts.get_or_insert_with(|| ids(contacts, |_| true));
        ids.contains(id)
    }

    /// Whether a user on the site has an ID.
    pub(super) fn of_user(&mut self, site: &'a Observed, id: &str) -> bool {
        let ids = self.of_users.get_or_insert_with(|| ids(site, |row| row.user));
        ids.contains(id)
    }
}

fn ids(observed: &Observed, is_one: impl Fn(&ObservedMember<'_>) -> bool) -> Ids<'_> {
    let rows = (0..observed.len()).filter_map(|row| observed.get(row));
    rows.filter(is_one).map(|row| row.contact).collect()
}
