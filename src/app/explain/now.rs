//! One member, and what the site and the contact system have, in; how the member stands today out.

use super::context::MemberContext;
use crate::{
    model::{MemberState, Observed},
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
        let tags = &self.computed.gathered.wanted.tags;
        let name = |tag: u16| tags.names().get(usize::from(tag));
        let holds = |tag: u16| name(tag).is_some_and(|name| site.tags.contains(name));
        let all: Vec<u16> = (0u16..).take(self.file.plan.targets.offerings.len()).collect();
        let has = |offering: &&u16| tags.has_access(**offering, holds);
        let access = self.keys(all.iter().filter(has));
        let both = |offering: &&u16| {
            tags.revoke(**offering).is_some_and(holds) && tags.access(**offering).any(holds)
        };
        let both = self.keys(all.iter().filter(both));
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
