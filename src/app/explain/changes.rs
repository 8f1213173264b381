//! A change of one member in; the change in words, and the records behind it, out.

use super::context::MemberContext;
use crate::{
    model::{Action, Attribute, Change, TagName},
    report::{ChangeStory, change_phrase},
    wanted::{ConsentSays, Resolved},
};

impl MemberContext<'_> {
    pub(super) fn change(&self, change: Change) -> ChangeStory {
        let places = match &change.attribute {
            Attribute::FirstName | Attribute::LastName | Attribute::Field(_) => {
                let mut origins = self.origins.iter();
                let origin = origins.find(|origin| origin.what == change.attribute);
                origin
                    .map(|origin| self.place(origin.record))
                    .into_iter()
                    .collect()
            }
            Attribute::OptedOut => {
                let said = [ConsentSays::OptedOut, ConsentSays::Unclear, ConsentSays::Blank].map(|says| {
                    let all = self.traces.iter();
                    let said = all.filter(|trace| matches!(&trace.consent, Some((_, said)) if *said == says));
                    said.map(|trace| self.place(trace.record)).collect::<Vec<_>>()
                });
                let [out, unclear, blank] = said;
                let clear = [out, unclear].concat();
                // A blank cell opts out only where nothing else does.
                if clear.is_empty() { blank } else { clear }
            }
            Attribute::Registered => {
                let wanted = &self.computed.gathered.wanted;
                let said = self.index.and_then(|index| wanted.registered(index));
                said.map(|(_, record)| self.place(record)).into_iter().collect()
            }
            Attribute::Tag(name) => self.tag_places(name, change.action),
            Attribute::Address
            | Attribute::Contact
            | Attribute::User
            | Attribute::ContactLink
            | Attribute::SourceKey(_) => self.person_places(),
        };
        ChangeStory {
            text: change_phrase(&change),
            carried_out: change.action.is_work(),
            change,
            records: places,
        }
    }

    /// The records that ask for a tag, or for the revoke or grant that moves it.
    fn tag_places(&self, name: &TagName, action: Action) -> Vec<String> {
        let tags = &self.computed.gathered.wanted.tags;
        let Some(tag) = tags.find(name) else {
            return Vec::new();
        };
        self.places(|one| {
            let granted = one.hold.iter().any(|wanted| wanted.tag == tag);
            let mut revoked = one.revoke.iter();
            if action == Action::RemoveTag {
                let gives = |offering: &u16| tags.access(*offering).any(|access| access == tag);
                one.lift.contains(&tag) || revoked.any(gives)
            } else {
                granted || revoked.any(|offering| tags.revoke(*offering) == Some(tag))
            }
        })
    }

    /// The records that make someone a member; those that revoke; or all.
    fn person_places(&self) -> Vec<String> {
        let giving = self.places(Resolved::wanted);
        let revoking = self.places(|one| !one.revoke.is_empty());
        [giving, revoking]
            .into_iter()
            .find(|places| !places.is_empty())
            .unwrap_or_else(|| self.places(|_| true))
    }
}
