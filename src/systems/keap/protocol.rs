//! Operations in, exchanges out; and what Keap can do. No sockets, no clock.

use std::sync::Arc;

use super::{
    books::Books,
    change_tag::ChangeTag,
    chosen::Chosen,
    create_tag::{CreateTag, FindTag},
    cursor::Cursor,
    duplicates::Duplicates,
    fields::FieldBook,
    probe::Probe,
    read::ModelFieldText,
    request::{BULK, broken},
    tag_pages::{TagBook, tag_rules},
    write_contact::WriteContact,
};
use crate::{
    model::{
        Action, AfterLost, Answer, Attribute, Batch, Batching, Capabilities, Change, Looked, MemberWrite,
        Observed, Operation, Payload, RateLimits, Request, RequestClasses, TagName,
    },
    systems::{Exchange, Protocol, Refused, SystemError},
};

/// Characters of the value of a custom field.
const FIELD_CHARS: u32 = 65_535;

/// Keap, as text.
#[derive(Debug)]
pub struct Keap {
    place: String,
    limits: RateLimits,
    visibility_ms: u64,
    duplicates: Option<Duplicates>,
    books: Arc<Books>,
}

impl Keap {
    /// The one at `place`, with the custom fields that it has.
    pub(super) fn new(place: &str, chosen: &Chosen, fields: &[ModelFieldText]) -> Self {
        let book = FieldBook::new(chosen.fields.clone());
        book.learn(fields);
        Self {
            place: place.to_owned(),
            limits: chosen.limits(),
            visibility_ms: chosen.visible_after_s.saturating_mul(1_000),
            duplicates: chosen.duplicates,
            books: Arc::new(Books {
                fields: book,
                tags: TagBook::default(),
            }),
        }
    }
}

impl Protocol for Keap {
    fn capabilities(&self) -> Capabilities {
        Capabilities {
            batching: Batching {
                contacts: 1,
                members: 1,
                add_tags: Batch::OneTag(BULK),
                remove_tags: Batch::OneTag(BULK),
                probe: BULK,
                tags_with_contact: false,
            },
            limits: self.limits.clone(),
            classes: RequestClasses::default(),
            in_flight: 4,
            visibility_ms: self.visibility_ms,
            // A contact is created by an upsert, and read before it is changed or tagged.
            compares: true,
            confirms: true,
            creates_opted_out: true,
            max_field_chars: Some(FIELD_CHARS),
            tag_rules: tag_rules(),
            // Keap knows no key that makes a request idempotent, and does not say how long a write stays invisible.
            after_lost_write: AfterLost::WaitThenLook,
            after_lost_tags: AfterLost::WaitThenLook,
            after_lost_setup: AfterLost::WaitThenLook,
            cannot_write: None,
        }
    }

    fn carry_out<'a>(&'a self, request: &'a Request) -> Box<dyn Exchange<Answer> + 'a> {
        match &request.payload {
            Payload::Tag(name) => Box::new(CreateTag::new(name, &self.books)),
            Payload::Members(writes) if request.operation == Operation::ContactTags => {
                match one_tag(writes) {
                    Some((action, tag)) => {
                        Box::new(ChangeTag::new(action, writes, tag, &request.tags, &self.books))
                    }
                    None => Box::new(Refused(broken("a request is about one tag"))),
                }
            }
            Payload::Members(writes) => Box::new(WriteContact::new(writes, &self.books)),
            Payload::Offering(_) | Payload::Email(_) => {
                Box::new(Refused(broken("a contact system stores no offerings and emails")))
            }
        }
    }

    fn probe<'a>(&'a self, request: &'a Request) -> Box<dyn Exchange<Looked> + 'a> {
        match &request.payload {
            Payload::Tag(name) => Box::new(FindTag::new(name)),
            _ => Box::new(Probe::new(request, &self.books, self.duplicates)),
        }
    }

    fn observe(&self) -> Box<dyn Exchange<Observed, SystemError>> {
        Box::new(Cursor::new(&self.place, Arc::clone(&self.books), self.duplicates))
    }
}

/// The only tag that a request is about, and what is done with it.
fn one_tag(writes: &[MemberWrite]) -> Option<(Action, &TagName)> {
    let mut changes = writes.iter().flat_map(|write| &write.changes);
    let first = changes.next()?;
    let Attribute::Tag(tag) = &first.attribute else {
        return None;
    };
    let same = |change: &Change| (change.action, &change.attribute) == (first.action, &first.attribute);
    changes.all(same).then_some((first.action, tag))
}
