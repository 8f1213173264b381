//! A member's changes and the offerings of the change set in; what must still hold of the member on the site, out.

use std::collections::{BTreeMap, BTreeSet};

use crate::{
    changeset::{ChangeSetKind, Header, MemberChanges},
    model::{Action, Attribute, Change, OfferingTags, Preconditions, Side, TagName},
};

/// What decides which tags must be Rehome's own to be taken.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AccessTags {
    /// For each revoke tag, the tags that give the access that it takes.
    by_revoke: BTreeMap<TagName, BTreeSet<TagName>>,
    /// An undo takes nothing back that is not Rehome's any more, revoke tags among it.
    undo: bool,
}

impl AccessTags {
    /// Of the offerings of a change set, as they are and as they will be.
    pub fn new(header: &Header) -> Self {
        let mut by_revoke: BTreeMap<TagName, BTreeSet<TagName>> = BTreeMap::new();
        let mut add = |revoke: Option<&TagName>, tags: &OfferingTags| {
            if let Some(revoke) = revoke {
                by_revoke
                    .entry(revoke.clone())
                    .or_default()
                    .extend(tags.access().cloned());
            }
        };
        for target in &header.targets.offerings {
            let revoke = target.tags.revoke.as_ref();
            add(revoke, &target.tags);
            let mut changed = header.setup.offerings.iter().filter(|one| one.key == target.key);
            if let Some(before) = changed.find_map(|one| one.before.as_ref()) {
                add(revoke, &before.tags);
            }
        }
        Self {
            by_revoke,
            undo: header.kind != ChangeSetKind::Plan,
        }
    }

    /// What must hold of a member when these changes of the site are written.
    pub(crate) fn preconditions(&self, member: &MemberChanges, changes: &[Change]) -> Preconditions {
        let links = |change: &Change| change.attribute == Attribute::ContactLink;
        let user_of = member
            .contact_id
            .clone()
            .filter(|_| member.user && !changes.iter().any(links));
        let mut ours: BTreeSet<TagName> = BTreeSet::new();
        for change in changes.iter().filter(|change| change.side == Side::Site) {
            match (&change.attribute, change.action) {
                (Attribute::Tag(tag), Action::AddTag) => {
                    ours.extend(self.by_revoke.get(tag).into_iter().flatten().cloned());
                }
                (Attribute::Tag(tag), Action::RemoveTag)
                    if self.undo || !self.by_revoke.contains_key(tag) =>
                {
                    ours.insert(tag.clone());
                }
                _ => {}
            }
        }
        Preconditions {
            user_of,
            ours: ours.into_iter().collect(),
        }
    }
}
