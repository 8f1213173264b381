//! What is there in; the rows of one person on the site and in the contact system, out.

use std::{cmp::Ordering, ops::Range};

use crate::{
    diff::Observations,
    model::{Observed, ObservedMember},
};

/// The rows of one person on all sides.
#[derive(Debug, Clone, Copy)]
pub(crate) struct PersonRows<'a> {
    /// On the site.
    pub(crate) site: Option<ObservedMember<'a>>,
    /// The contact in the contact system; with managed contacts, the contact of the address where its
    /// user is not linked to it.
    pub(crate) contact: Option<ObservedMember<'a>>,
    /// With managed contacts: such a contact is there.
    pub(crate) own_contact: bool,
    /// The place of the row with the person's fields, in the system that keeps them.
    pub(crate) fields_at: Option<usize>,
    /// The place of the row with the sources' keys, on the site.
    pub(crate) keys_at: Option<usize>,
    /// More rows than one person has.
    pub(crate) several: bool,
}

impl<'a> PersonRows<'a> {
    pub(crate) fn of(seen: Observations<'a>, site_rows: &Range<usize>, contact_rows: &Range<usize>) -> Self {
        let (site_row, own_row) = places(seen.site, site_rows);
        let keys_at = own_row.or(site_row);
        let (contact, fields_at) = match seen.contacts {
            Some(contacts) => {
                let place = contact_rows.clone().next();
                (place.and_then(|row| contacts.get(row)), place)
            }
            None => (own_row.and_then(|row| seen.site.get(row)), keys_at),
        };
        Self {
            site: site_row.and_then(|row| seen.site.get(row)),
            contact,
            own_contact: own_row.is_some(),
            fields_at,
            keys_at,
            several: contact_rows.len() > 1 || site_rows.len() > 1 + usize::from(own_row.is_some()),
        }
    }

    /// The contact ID that the user carries; blank where there is none.
    pub(crate) fn id_on_user(&self) -> &'a str {
        self.site.filter(|site| site.user).map_or("", |site| site.contact)
    }

    /// Whether there is a user to whom the tags of [`Self::site_set`] give access.
    pub(crate) fn user_has_tags(&self) -> bool {
        let unlinked = self.own_contact && self.id_on_user().is_empty();
        self.site.is_some_and(|site| site.user) && !unlinked
    }

    /// The set of tags held on the site; 0 where nobody is there.
    pub(crate) fn site_set(&self) -> u32 {
        // With managed contacts it is the contact that holds tags, linked to its user or not yet.
        let unlinked = self
            .contact
            .filter(|_| self.own_contact && self.id_on_user().is_empty());
        unlinked.or(self.site).map_or(0, |row| row.set)
    }
}

/// The rows of an address, from `at` on; rows before it are handed to `passed`.
pub(crate) fn rows_of(
    observed: &Observed,
    email: &str,
    at: &mut usize,
    mut passed: impl FnMut(usize),
) -> Range<usize> {
    let mut order = observed.email(*at).map(|there| there.cmp(email));
    while order == Some(Ordering::Less) {
        passed(*at);
        *at += 1;
        order = observed.email(*at).map(|there| there.cmp(email));
    }
    let start = *at;
    while order == Some(Ordering::Equal) {
        *at += 1;
        order = observed.email(*at).map(|there| there.cmp(email));
    }
    start..*at
}

/// The row of an address on the site, and the row of a contact of the same address to which the user
/// is not linked.
fn places(site: &Observed, rows: &Range<usize>) -> (Option<usize>, Option<usize>) {
    let user = |row: usize| site.get(row).is_some_and(|row| row.user);
    match (rows.len(), rows.start, rows.start + 1) {
        (0, ..) => (None, None),
        (2, one, other) if user(one) && !user(other) => (Some(one), Some(other)),
        (2, one, other) if user(other) && !user(one) => (Some(other), Some(one)),
        (_, one, _) => (Some(one), None),
    }
}
