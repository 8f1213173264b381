//! Operations in, exchanges out; and what Kit can do. No sockets, no clock.

use std::sync::Arc;

use super::{
    add_pairs::AddPairs,
    add_tag::AddTag,
    chosen::Chosen,
    create_tag::{CreateTag, FindTag},
    cursor::Cursor,
    field_book::FieldBook,
    probe::Probe,
    read::FieldText,
    remove_tag::RemoveTag,
    request::{BULK, SEARCHED, broken},
    tag_pages::tag_rules,
    write_contacts::WriteContacts,
};
use crate::{
    model::{
        Action, AfterLost, Answer, Attribute, Batch, Batching, Capabilities, Looked, MemberWrite, Observed,
        Operation, Payload, RateLimits, Request, RequestClasses, TagName,
    },
    systems::{Exchange, Protocol, Refused, SystemError},
};

/// Characters of the value of a field. Kit does not say how many it takes; this many fit into any column.
const FIELD_CHARS: u32 = 255;

/// Kit, as text.
#[derive(Debug)]
pub struct Kit {
    place: String,
    bulk: bool,
    limits: RateLimits,
    visibility_ms: u64,
    /// People for whom there was room at the beginning, where the account says so.
    room: Option<u64>,
    book: Arc<FieldBook>,
}

impl Kit {
    /// The one at `place`, with the custom fields that it has.
    pub(super) fn new(place: &str, chosen: &Chosen, room: Option<u64>, fields: &[FieldText]) -> Self {
        let book = FieldBook::new(chosen.fields.clone());
        book.learn(fields);
        Self {
            place: place.to_owned(),
            bulk: chosen.bulk,
            limits: chosen.limits(),
            visibility_ms: chosen.visible_after_s.saturating_mul(1_000),
            room,
            book: Arc::new(book),
        }
    }
}

impl Protocol for Kit {
    fn capabilities(&self) -> Capabilities {
        Capabilities {
            batching: Batching {
                contacts: if self.bulk { BULK } else { 1 },
                members: 1,
                add_tags: if self.bulk { Batch::Pairs(BULK) } else { Batch::One },
                // The bulk request that removes tags has a body in no contract; one that is ignored would look as if
                // all of them were removed.
                remove_tags: Batch::One,
                probe: SEARCHED,
                tags_with_contact: false,
            },
            limits: self.limits.clone(),
            classes: RequestClasses::default(),
            in_flight: 4,
            visibility_ms: self.visibility_ms,
            // A contact is created by an upsert, and read by its ID before it is changed.
            compares: true,
            confirms: true,
            creates_opted_out: true,
            max_field_chars: Some(FIELD_CHARS),
            tag_rules: tag_rules(),
            after_lost_write: AfterLost::Repeat,
            // Whether a tag that is added again starts automations is not known.
            after_lost_tags: AfterLost::WaitThenLook,
            // Kit answers a second creation with the tag that exists.
            after_lost_setup: AfterLost::Repeat,
            cannot_write: None,
        }
    }

    fn carry_out<'a>(&'a self, request: &'a Request) -> Box<dyn Exchange<Answer> + 'a> {
        match &request.payload {
            Payload::Tag(name) => Box::new(CreateTag::new(name)),
            Payload::Members(writes) if request.operation == Operation::ContactTags => {
                let removes = |write: &MemberWrite| {
                    let mut changes = write.changes.iter();
                    changes.any(|change| change.action == Action::RemoveTag)
                };
                if self.bulk && !writes.iter().any(removes) {
                    return Box::new(AddPairs::new(writes, &request.tags));
                }
                match one_tag(writes) {
                    Some((Action::AddTag, write, tag)) => Box::new(AddTag::new(write, tag, &request.tags)),
                    Some((_, write, tag)) => Box::new(RemoveTag::new(write, tag, &request.tags)),
                    None => Box::new(Refused(broken("a request is about one tag of one contact"))),
                }
            }
            Payload::Members(writes) => {
                Box::new(WriteContacts::new(writes, &self.book, self.bulk, self.room))
            }
            Payload::Offering(_) | Payload::Email(_) => {
                Box::new(Refused(broken("a contact system stores no offerings and emails")))
            }
        }
    }

    fn probe<'a>(&'a self, request: &'a Request) -> Box<dyn Exchange<Looked> + 'a> {
        match &request.payload {
            Payload::Tag(name) => Box::new(FindTag::new(name)),
            _ => Box::new(Probe::new(request, &self.book)),
        }
    }

    fn observe(&self) -> Box<dyn Exchange<Observed, SystemError>> {
        Box::new(Cursor::new(&self.place, Arc::clone(&self.book)))
    }
}

/// The only tag and member that a request is about, and what is done.
fn one_tag(writes: &[MemberWrite]) -> Option<(Action, &MemberWrite, &TagName)> {
    let [write] = writes else { return None };
    let [change] = &write.changes[..] else { return None };
    let Attribute::Tag(tag) = &change.attribute else {
        return None;
    };
    Some((change.action, write, tag))
}
