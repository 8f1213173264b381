//! Operations in, exchanges out; and what Drip can do. No sockets, no clock.

use super::{
    chosen::Chosen,
    cursor::Cursor,
    field_names::FieldNames,
    probe::Probe,
    remove_tag::remove_tag,
    request::{BATCHES, MOST, broken},
    write_subscribers::WriteSubscribers,
};
use crate::{
    model::{
        Action, AfterLost, Answer, Batch, Batching, Capabilities, HttpRequest, HttpResponse, Looked,
        Observed, Operation, Payload, RateLimits, RateSpan, Request, RequestClasses, TagRules,
    },
    systems::{Exchange, OneRequest, Protocol, Refused, SystemError},
};

/// Requests an hour, as Drip publishes them (read 2026-11-22).
pub(super) const REQUESTS_AN_HOUR: u32 = 3_600;
/// Batch requests an hour, as Drip publishes them (read 2026-11-22).
pub(super) const BATCHES_AN_HOUR: u32 = 50;

/// Drip, as text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Drip {
    place: String,
    account: String,
    names: FieldNames,
    visible_after_ms: u64,
    limits: RateLimits,
}

impl Drip {
    /// The account with this ID at `place`, as a plan wants to use it.
    pub(super) fn new(place: &str, account: &str, chosen: &Chosen) -> Self {
        Self {
            place: place.to_owned(),
            account: account.to_owned(),
            names: chosen.fields.clone(),
            visible_after_ms: chosen.visible_after_s.saturating_mul(1_000),
            limits: RateLimits::none().and(chosen.per_hour, RateSpan::Hour).and_of(
                BATCHES,
                chosen.batches_per_hour,
                RateSpan::Hour,
            ),
        }
    }

    fn tag_rules() -> TagRules {
        TagRules {
            // Drip does not say whether two spellings are two tags. One tag is the stricter reading: nobody gets a
            // second one by accident.
            fold_case: true,
            creates: false,
            ..TagRules::default()
        }
    }
}

impl Protocol for Drip {
    fn capabilities(&self) -> Capabilities {
        Capabilities {
            batching: Batching {
                contacts: MOST,
                members: MOST,
                add_tags: Batch::Members(MOST),
                remove_tags: Batch::One,
                probe: MOST,
                tags_with_contact: true,
            },
            limits: self.limits.clone(),
            classes: RequestClasses {
                contacts: Some(BATCHES.to_owned()),
                add_tags: Some(BATCHES.to_owned()),
                ..RequestClasses::default()
            },
            // It refuses a second request for a person whose first is still being carried out.
            in_flight: 1,
            visibility_ms: self.visible_after_ms,
            compares: false,
            confirms: false,
            creates_opted_out: true,
            max_field_chars: None,
            tag_rules: Self::tag_rules(),
            // A batch may still be under way, and a tag must not be applied twice.
            after_lost_write: AfterLost::WaitThenLook,
            after_lost_tags: AfterLost::WaitThenLook,
            after_lost_setup: AfterLost::WaitThenLook,
            cannot_write: None,
        }
    }

    fn carry_out<'a>(&'a self, request: &'a Request) -> Box<dyn Exchange<Answer> + 'a> {
        match &request.payload {
            Payload::Members(writes) => {
                let mut changes = writes.iter().flat_map(|write| &write.changes);
                let removes = request.operation == Operation::ContactTags
                    && changes.any(|change| change.action == Action::RemoveTag);
                if removes {
                    return remove_tag(&self.account, writes);
                }
                Box::new(WriteSubscribers::new(&self.account, &self.names, writes))
            }
            Payload::Tag(_) => Box::new(Refused(broken("Drip creates a tag with its first subscriber"))),
            Payload::Offering(_) | Payload::Email(_) => {
                Box::new(Refused(broken("a contact system stores no offerings and emails")))
            }
        }
    }

    fn probe<'a>(&'a self, request: &'a Request) -> Box<dyn Exchange<Looked> + 'a> {
        match &request.payload {
            // Nobody creates tags here, so nobody needs to know.
            Payload::Tag(_) => {
                let tags = HttpRequest::get(format!("/v2/{}/tags", self.account));
                Box::new(OneRequest::new(tags, |_: &HttpResponse| Ok(Looked::new())))
            }
            _ => Box::new(Probe::new(&self.account, &self.names, request)),
        }
    }

    fn observe(&self) -> Box<dyn Exchange<Observed, SystemError>> {
        Box::new(Cursor::new(&self.place, &self.account, &self.names))
    }
}
