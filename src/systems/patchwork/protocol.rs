//! Operations in, exchanges out; and what the patchwork CRM can do. No sockets, no clock.

use super::{
    add_tag::AddTag,
    create_tag::{CreateTag, FindTag},
    cursor::Cursor,
    probe::Probe,
    read::AccountText,
    remove_tag::RemoveTag,
    request::{BULK, CLASS, SEARCHED, broken},
    write_contact::WriteContact,
};
use crate::{
    model::{
        Action, AfterLost, Answer, Attribute, Batch, Batching, Capabilities, LengthUnit, Looked, MemberWrite,
        Observed, Operation, Payload, RateLimits, RateSpan, Request, RequestClasses, TagRules,
    },
    systems::{Exchange, Protocol, Refused, SystemError},
};

/// Characters of the value of a field.
const FIELD_CHARS: u32 = 255;

/// The patchwork CRM, as text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Patchwork {
    place: String,
    lag_ms: u64,
    limits: RateLimits,
}

impl Patchwork {
    /// The one at `place` that said this of itself.
    pub(super) fn new(place: &str, account: &AccountText) -> Self {
        let limits = &account.limits;
        let resets_at = limits.day_begins.min(23);
        Self {
            place: place.to_owned(),
            lag_ms: account.lag_ms,
            limits: RateLimits::none()
                .and(limits.second, RateSpan::Second)
                .and(limits.minute, RateSpan::Minute)
                .and(limits.day, RateSpan::Day { resets_at })
                .and_of(CLASS, limits.bulk_minute, RateSpan::Minute),
        }
    }

    fn tag_rules() -> TagRules {
        TagRules {
            fold_case: true,
            max_length: 200,
            unit: LengthUnit::Characters,
            ..TagRules::default()
        }
    }
}

impl Protocol for Patchwork {
    fn capabilities(&self) -> Capabilities {
        Capabilities {
            batching: Batching {
                contacts: 1,
                members: 1,
                add_tags: Batch::OneTag(BULK),
                remove_tags: Batch::One,
                probe: SEARCHED,
                tags_with_contact: false,
            },
            limits: self.limits.clone(),
            classes: RequestClasses {
                add_tags: Some(CLASS.to_owned()),
                ..RequestClasses::default()
            },
            in_flight: 4,
            visibility_ms: self.lag_ms,
            compares: false,
            confirms: true,
            creates_opted_out: true,
            max_field_chars: Some(FIELD_CHARS),
            tag_rules: Self::tag_rules(),
            // A search may not find yet what was created, and a job may still run.
            after_lost_write: AfterLost::WaitThenLook,
            after_lost_tags: AfterLost::WaitThenLook,
            // It would create a second tag of the same name; and what is slow may still be under way.
            after_lost_setup: AfterLost::WaitThenLook,
            cannot_write: None,
        }
    }

    fn carry_out<'a>(&'a self, request: &'a Request) -> Box<dyn Exchange<Answer> + 'a> {
        let rules = Self::tag_rules();
        match &request.payload {
            Payload::Tag(name) => Box::new(CreateTag::new(name, rules)),
            Payload::Members(writes) if request.operation == Operation::ContactTags => {
                match one_tag(writes) {
                    Some((Action::AddTag, tag)) => Box::new(AddTag::new(writes, tag, &request.tags, rules)),
                    Some((_, tag)) => Box::new(RemoveTag::new(writes, tag, &request.tags, rules)),
                    None => Box::new(Refused(broken("a request is about one tag"))),
                }
            }
            Payload::Members(writes) => Box::new(WriteContact::new(writes)),
            Payload::Offering(_) | Payload::Email(_) => {
                Box::new(Refused(broken("a contact system stores no offerings and emails")))
            }
        }
    }

    fn probe<'a>(&'a self, request: &'a Request) -> Box<dyn Exchange<Looked> + 'a> {
        match &request.payload {
            Payload::Tag(name) => Box::new(FindTag::new(name, Self::tag_rules())),
            _ => Box::new(Probe::new(request, Self::tag_rules())),
        }
    }

    fn observe(&self) -> Box<dyn Exchange<Observed, SystemError>> {
        Box::new(Cursor::new(&self.place))
    }
}

/// The only tag that a request is about, and what is done with it.
fn one_tag(writes: &[MemberWrite]) -> Option<(Action, &crate::model::TagName)> {
    let mut changes = writes.iter().flat_map(|write| &write.changes);
    let first = changes.next()?;
    let Attribute::Tag(tag) = &first.attribute else {
        return None;
    };
    let same = |change: &crate::model::Change| {
        (change.action, &change.attribute) == (first.action, &first.attribute)
    };
    changes.all(same).then_some((first.action, tag))
}
