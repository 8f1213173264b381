//! What has to be in place before any member: offerings, tags and emails that do not exist as wanted.

use std::collections::BTreeSet;

use super::Observations;
use crate::{
    model::{EmailKey, EmailTarget, Observed, OfferingKey, OfferingTarget, TagName, TagRules, Targets},
    wanted::TagTable,
};

/// An offering to create, or to change.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct OfferingSetup {
    /// Which.
    pub key: OfferingKey,
    /// As it is on the site today; `None` where it does not exist.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub before: Option<OfferingTarget>,
}

impl OfferingSetup {
    /// Whether whoever has access today may be without it as soon as the offering is `after`. Then members get their new
    /// tags first.
    pub fn closes(&self, after: &OfferingTarget) -> bool {
        let before = self.before.as_ref();
        before.is_some_and(|before| before.tags.lose_to(&after.tags))
    }
}

/// An email to create, or to change.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct EmailSetup {
    /// Which.
    pub key: EmailKey,
    /// As it is on the site today; `None` where it does not exist.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub before: Option<EmailTarget>,
}

/// Offerings and emails to create or change on the site, tags to create on each side.
#[derive(Debug, Clone, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Setup {
    /// Offerings to create or change on the site.
    pub offerings: Vec<OfferingSetup>,
    /// Tags to create on the site.
    pub site_tags: Vec<TagName>,
    /// Tags to create in the contact system; empty with managed contacts.
    pub contact_tags: Vec<TagName>,
    /// Emails to create or change on the site.
    pub emails: Vec<EmailSetup>,
}

impl Setup {
    /// How many things are created or changed.
    pub fn len(&self) -> usize {
        self.offerings.len() + self.site_tags.len() + self.contact_tags.len() + self.emails.len()
    }

    /// True when everything exists as wanted.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// How many things exist, and change.
    pub fn changed(&self) -> usize {
        let offerings = self.offerings.iter().filter(|one| one.before.is_some());
        let emails = self.emails.iter().filter(|one| one.before.is_some());
        offerings.count() + emails.count()
    }
}

/// What does not exist as the plan wants it. An offering's own tags come with the offering, and are
/// listed beside it, so that a tag with the name of a foreign one is never a surprise.
pub fn setup(targets: &Targets, tags: &TagTable, seen: Observations<'_>) -> Setup {
    let site = seen.site;
    let missing = |observed: &Observed, rules: &TagRules| -> Vec<TagName> {
        if !rules.creates {
            return Vec::new();
        }
        let there: BTreeSet<_> = observed.tags.iter().map(|tag| rules.fold(&tag.name)).collect();
        tags.names()
            .iter()
            .filter(|name| !there.contains(&rules.fold(name)))
            .cloned()
            .collect()
    };
    Setup {
        offerings: offerings_to_set_up(targets, site),
        site_tags: missing(site, seen.site_tag_rules),
        contact_tags: seen
            .contacts
            .map(|contacts| missing(contacts, seen.contact_tag_rules))
            .unwrap_or_default(),
        emails: emails_to_set_up(targets, site),
    }
}

/// The offerings that a site does not have as they are wanted.
pub(super) fn offerings_to_set_up(targets: &Targets, site: &Observed) -> Vec<OfferingSetup> {
    let wanted = targets.offerings.iter();
    wanted
        .map(|target| (target, site.offerings.get(&target.key)))
        .filter(|(target, there)| *there != Some(*target))
        .map(|(target, there)| OfferingSetup {
            key: target.key.clone(),
            before: there.cloned(),
        })
        .collect()
}

/// The emails that a site does not have as they are wanted.
pub(super) fn emails_to_set_up(targets: &Targets, site: &Observed) -> Vec<EmailSetup> {
    let wanted = targets.emails.iter();
    wanted
        .map(|target| (target, site.emails.get(&target.key)))
        .filter(|(target, there)| *there != Some(*target))
        .map(|(target, there)| EmailSetup {
            key: target.key.clone(),
            before: there.cloned(),
        })
        .collect()
}
