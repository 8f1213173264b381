//! What has to be made before any member: offerings, tags and emails that are not there as wanted.

use std::collections::BTreeSet;

use super::Observations;
use crate::{
    model::{EmailKey, Observed, OfferingKey, TagName, TagRules, Targets},
    wanted::TagTable,
};

/// Offerings and emails to make on the site, tags to make on each side.
#[derive(Debug, Clone, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Setup {
    /// Offerings to make or change on the site.
    pub offerings: Vec<OfferingKey>,
    /// Tags to make on the site.
    pub site_tags: Vec<TagName>,
    /// Tags to make in the contact system; empty with managed contacts.
    pub contact_tags: Vec<TagName>,
    /// Emails to make on the site.
    pub emails: Vec<EmailKey>,
}

impl Setup {
    /// How many things are made.
    pub fn len(&self) -> usize {
        self.offerings.len() + self.site_tags.len() + self.contact_tags.len() + self.emails.len()
    }

    /// True when everything is there.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

/// What is not there as the plan wants it. An offering's own tags come with the offering, and are
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
        offerings: targets
            .offerings
            .iter()
            .filter(|offering| site.offerings.get(&offering.key) != Some(*offering))
            .map(|offering| offering.key.clone())
            .collect(),
        site_tags: missing(site, seen.site_tag_rules),
        contact_tags: seen
            .contacts
            .map(|contacts| missing(contacts, seen.contact_tag_rules))
            .unwrap_or_default(),
        emails: targets
            .emails
            .iter()
            .filter(|email| !site.emails.contains(email.key.as_str()))
            .map(|email| email.key.clone())
            .collect(),
    }
}
