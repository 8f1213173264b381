//! One member in; what all records together ask for, and which of them do, out.

use super::context::MemberContext;
use crate::{
    app::lists::logins::login,
    report::{Coded, DisputeStory, WantedSection, WantedStory},
    wanted::EntitlementId,
};

impl MemberContext<'_> {
    /// What all records together ask for; nothing of a member whom no record names.
    pub(super) fn wanted(&self) -> WantedSection {
        let wanted = &self.computed.gathered.wanted;
        let Some((index, member)) = self.index.and_then(|index| Some((index, wanted.get(index)?))) else {
            return WantedSection::default();
        };
        let resolved = member.resolved;
        let mut story = WantedSection {
            user: resolved.user,
            contact: resolved.contact,
            login: login(self.file, self.computed, index),
            left_out: member.left_out().map(|reason| Coded {
                code: reason.code(),
                sentence: reason.sentence(),
            }),
            ..WantedSection::default()
        };
        let direct = wanted.entitlements().get(member.entitlement);
        for offering in &resolved.access {
            let how = if direct.grants.contains_key(offering) {
                "directly".to_owned()
            } else {
                let reaches = |bundle: &&u16| {
                    let reached = self.file.plan.reaches.get(usize::from(**bundle));
                    reached.is_some_and(|reached| reached.contains(offering))
                };
                let bundles = self.keys(direct.grants.keys().filter(reaches));
                format!("by the bundle {}", bundles.join(", "))
            };
            story.access.push(WantedStory {
                what: self.key(*offering),
                how,
                places: self.places(|one| one.access.contains(offering)),
            });
        }
        for tag in &direct.tags {
            let has = |gives: EntitlementId| wanted.entitlements().get(gives).tags.contains(tag);
            let places = self.records.iter().filter(|(_, gives)| has(*gives));
            story.tags.push(WantedStory {
                what: wanted
                    .tags
                    .given(*tag)
                    .map(ToString::to_string)
                    .unwrap_or_default(),
                how: String::new(),
                places: places.map(|(record, _)| self.place(*record)).collect(),
            });
        }
        for offering in &resolved.revoke {
            story.revokes.push(WantedStory {
                what: self.key(*offering),
                how: String::new(),
                places: self.places(|one| one.revoke.contains(offering)),
            });
        }
        for offering in &resolved.disputed {
            story.disputes.push(DisputeStory {
                offering: self.key(*offering),
                granted_by: self.places(|one| one.access.contains(offering)),
                revoked_by: self.places(|one| one.revoke.contains(offering)),
            });
        }
        story
    }
}
