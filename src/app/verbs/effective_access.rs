//! The offerings of a plan and the tags that somebody holds in; what they can see, out.

use std::collections::HashMap;

use crate::{
    changeset::MemberChanges,
    model::{Action, Attribute, MemberState, OfferingKey, OfferingTarget, Side, TagName, Targets},
    wanted::TagTable,
};

/// What members can see, by the tags that the site holds.
pub(crate) struct Access<'a> {
    targets: &'a Targets,
    tags: TagTable,
    /// Offerings to which a tag gives access.
    owners: HashMap<&'a TagName, Vec<&'a OfferingTarget>>,
}

impl<'a> Access<'a> {
    pub(crate) fn of(targets: &'a Targets) -> Self {
        let mut owners: HashMap<&TagName, Vec<&OfferingTarget>> = HashMap::new();
        for offering in &targets.offerings {
            for tag in [&offering.tags.base, &offering.tags.instant]
                .into_iter()
                .flatten()
            {
                owners.entry(tag).or_default().push(offering);
            }
        }
        Self {
            targets,
            tags: TagTable::of(targets, []),
            owners,
        }
    }

    fn has(&self, offering: u16, held: &MemberState) -> bool {
        self.tags.has_access(offering, |tag| {
            let name = self.tags.names().get(usize::from(tag));
            name.is_some_and(|name| held.tags.contains(name))
        })
    }

    /// Offerings to which somebody has access.
    pub(crate) fn offerings(&self, held: &MemberState) -> Vec<OfferingKey> {
        (0u16..)
            .zip(&self.targets.offerings)
            .filter(|(index, _)| self.has(*index, held))
            .map(|(_, offering)| offering.key.clone())
            .collect()
    }

    /// An offering whose access tag was given, and to which there is no access all the same.
    pub(crate) fn denied(&self, member: &MemberChanges, held: &MemberState) -> Option<String> {
        let given = |name: &TagName| {
            let mut added = member
                .changes
                .iter()
                .filter(|change| change.action == Action::AddTag);
            added.any(|change| matches!(&change.attribute, Attribute::Tag(tag) if tag == name))
        };
        let added = member
            .changes
            .iter()
            .filter(|change| change.action == Action::AddTag);
        let owners = added.filter_map(|change| match &change.attribute {
            Attribute::Tag(tag) if change.side == Side::Site => self.owners.get(tag),
            _ => None,
        });
        owners.flatten().find_map(|offering| {
            let revoke = offering.tags.revoke.as_ref()?;
            let denies = held.tags.contains(revoke) && !given(revoke);
            denies.then(|| format!("no access to {}: the user has the tag \"{revoke}\"", offering.key))
        })
    }
}
