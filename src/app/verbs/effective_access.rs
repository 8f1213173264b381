//! A member of a change set and the site as it is now in; why the member does not have the access that was given, out.

use std::{collections::HashMap, ops::Range};

use crate::{
    changeset::MemberChanges,
    model::{Action, Attribute, Observed, OfferingKey, OfferingTarget, Side, TagName, Targets},
};

/// The offerings of a change set, by the tags that give access to them.
pub(crate) struct Access<'a> {
    owners: HashMap<&'a TagName, Vec<&'a OfferingTarget>>,
}

impl<'a> Access<'a> {
    pub(crate) fn new(targets: &'a Targets) -> Self {
        let mut owners: HashMap<&TagName, Vec<&OfferingTarget>> = HashMap::new();
        for offering in &targets.offerings {
            for tag in offering.tags.access() {
                owners.entry(tag).or_default().push(offering);
            }
        }
        Self { owners }
    }

    /// Why a member does not have what the change set gave: access is a user's, and the site's own offerings decide.
    pub(crate) fn missing(
        &self,
        member: &MemberChanges,
        site: &Observed,
        rows: &Range<usize>,
    ) -> Option<String> {
        let gets_user = member
            .changes
            .iter()
            .any(|change| change.action == Action::Create && change.attribute == Attribute::User);
        if !member.user && !gets_user {
            return None;
        }
        let users = rows
            .clone()
            .filter_map(|row| site.get(row))
            .filter(|row| row.user);
        let mut users = users.peekable();
        if users.peek().is_none() {
            return Some("the user no longer exists, and access is a user's".to_owned());
        }
        if users.all(|user| user.contact.is_empty()) {
            return Some("the user is no longer linked to a contact, so its tags give no access".to_owned());
        }
        let added = |name: &TagName| {
            let mut added = member
                .changes
                .iter()
                .filter(|change| change.action == Action::AddTag && change.side == Side::Site);
            added.any(|change| change.attribute.tag() == Some(name))
        };
        let given = member
            .changes
            .iter()
            .filter(|change| change.action == Action::AddTag && change.side == Side::Site);
        let given = given
            .filter_map(|change| self.owners.get(change.attribute.tag()?))
            .flatten();
        let mut expected = given.filter(|offering| !offering.tags.revoke.as_ref().is_some_and(added));
        expected.find_map(|offering| {
            let mut has = site.offerings_of(rows.clone());
            let denied = !has.any(|there| there.key == offering.key);
            denied.then(|| {
                match offering
                    .tags
                    .revoke
                    .as_ref()
                    .filter(|tag| has_tag(site, rows, tag))
                {
                    Some(revoke) => {
                        format!("no access to {}: the user has the tag \"{revoke}\"", offering.key)
                    }
                    None => format!(
                        "no access to {} by the offering as it is on the site",
                        offering.key
                    ),
                }
            })
        })
    }
}

fn has_tag(site: &Observed, rows: &Range<usize>, name: &TagName) -> bool {
    site.state(rows.clone()).tags.contains(name)
}

/// The offerings to which the site gives the person of these rows access: those of the plan in its order, then others.
pub(crate) fn offerings_of(targets: &Targets, site: &Observed, rows: Range<usize>) -> Vec<OfferingKey> {
    let place = |key: &OfferingKey| targets.offerings.iter().position(|target| target.key == *key);
    let has = site.offerings_of(rows).map(|offering| offering.key.clone());
    let mut has: Vec<OfferingKey> = has.collect();
    has.sort_by_key(|key| place(key).unwrap_or(usize::MAX));
    has
}
