//! One member, and what the site and the contact system have, in; how the member stands today out.

use super::context::MemberContext;
use crate::{
    app::verbs::effective_access::offerings_of,
    model::{MemberState, Observed, OfferingKey, TagName},
    report::NowStory,
};

impl MemberContext<'_> {
    /// How the member stands on the site and in the contact system.
    pub(super) fn now(&self) -> NowStory {
        let seen = &self.computed.seen;
        let state = |observed: &Observed| {
            let own = observed.find(self.email);
            let rows = match self.old {
                Some(old) if own.is_empty() => observed.find(old),
                _ => own,
            };
            (!rows.is_empty()).then(|| observed.state(rows))
        };
        let mut now = NowStory {
            site: state(&seen.site),
            contacts: seen.contacts.as_ref().and_then(state),
            has_contact_system: seen.contacts.is_some(),
            ..NowStory::default()
        };
        let Some(site) = &now.site else { return now };
        let rows = match self.old {
            Some(old) if seen.site.find(self.email).is_empty() => seen.site.find(old),
            _ => seen.site.find(self.email),
        };
        let access = offerings_of(&self.computed.header.targets, &seen.site, rows);
        let access = access.iter().map(OfferingKey::to_string).collect();
        let both = seen.site.offerings.values().filter(|offering| {
            let has = |tag: &TagName| site.tags.contains(tag);
            offering.tags.revoke.as_ref().is_some_and(has) && offering.tags.access().any(has)
        });
        let both = both.map(|offering| offering.key.to_string()).collect();
        now.shares_contact_with = self.shares(site);
        (now.has, now.both) = (access, both);
        now
    }

    fn shares(&self, site: &MemberState) -> Vec<String> {
        let seen = &self.computed.seen.site;
        let shared = |id: &str| seen.shared_contacts.contains_key(id);
        if !site.contact_ids.iter().any(|id| shared(id.as_str())) {
            return Vec::new();
        }
        (0..seen.len())
            .filter_map(|row| seen.get(row))
            .filter(|row| row.email != self.email)
            .filter(|row| site.contact_ids.iter().any(|id| id.as_str() == row.contact))
            .map(|row| row.email.to_owned())
            .collect()
    }
}
