//! A member's changes and the offerings of the change set in; what must still hold of the member on the site, out.

use std::collections::{BTreeMap, BTreeSet};

use crate::{
    changeset::{ChangeSetKind, Header, MemberChanges},
    model::{
        Action, Attribute, Change, ExpectedOffering, MemberWrite, Membership, OfferingTags, Preconditions,
        Side, SiteTarget, TagName,
    },
};

/// What decides which tags must be Rehome's own to be taken.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AccessTags {
    /// For each revoke tag, the tags that give the access that it takes.
    by_revoke: BTreeMap<TagName, BTreeSet<TagName>>,
    /// An undo takes nothing back that is not Rehome's any more, revoke tags among it.
    undo: bool,
    /// The offerings of the change set, as they must be while their tags are given or taken.
    offerings: Vec<ExpectedOffering>,
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
        let undo = header.kind != ChangeSetKind::Plan;
        Self {
            by_revoke,
            undo,
            offerings: expected(header, undo),
        }
    }

    /// The offerings whose tags members get or lose by these writes.
    pub(crate) fn expected(&self, writes: &[MemberWrite]) -> Vec<ExpectedOffering> {
        let changes = writes.iter().flat_map(|write| &write.changes);
        let tags: BTreeSet<&TagName> = changes.filter_map(|change| change.attribute.tag()).collect();
        let concerned = |offering: &&ExpectedOffering| offering.all_tags().any(|tag| tags.contains(tag));
        self.offerings.iter().filter(concerned).cloned().collect()
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

/// The offerings of a change set, as they may be on the site while it runs. AccessAlly's own offerings are found by
/// name and never written.
fn expected(header: &Header, undo: bool) -> Vec<ExpectedOffering> {
    let found_by_name = matches!(
        header.targets.site,
        SiteTarget::WordPress {
            membership: Membership::AccessAlly,
            ..
        }
    );
    let targets = header.targets.offerings.iter().filter(|_| !found_by_name);
    let expected = targets.map(|target| {
        let mut changed = header.setup.offerings.iter().filter(|one| one.key == target.key);
        let before = changed.find_map(|one| one.before.as_ref());
        let forms = [Some(target), before].into_iter().flatten();
        ExpectedOffering {
            key: target.key.clone(),
            tags: forms.map(|form| form.tags.clone()).collect(),
            may_be_missing: undo,
        }
    });
    expected.collect()
}
