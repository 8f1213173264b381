//! Operations in, request text out; response text in, outcomes out. No sockets, no clock.

use serde_json::{Map, Value, json};

use super::{
    WHO,
    cursor::ContactsCursor,
    read::{BatchItem, BatchText, ContactText, LookupText, TagText, state},
    wire::{account, post, read_account},
};
use crate::{
    model::{
        Account, AfterLost, Answer, Attribute, Batching, Capabilities, ContactId, Fault, HttpResponse,
        ItemOutcome, Looked, MemberWrite, Observed, Operation, Payload, RateLimits, RateSpan, Request,
        RequestClasses, Safety, TagRules,
    },
    systems::{
        Exchange, OneRequest, Protocol, SystemError,
        json::{Unread, parse},
        probe::{addresses, either, members},
    },
};

/// Characters that the contract lets the value of a field have.
const FIELD_CHARS: u32 = 255;
/// Items that the contract lets a batch carry.
const BATCH: usize = 100;
/// Requests a minute where the server was not asked.
const PER_MINUTE: u32 = 600;

/// The practice CRM, as text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Simulated {
    place: String,
    batch: usize,
    per_minute: u32,
    visibility_ms: u64,
    creates_opted_out: bool,
    field_chars: Option<u32>,
}

impl Simulated {
    /// The practice CRM at `place` (a URL without credentials), with the contract's own limits.
    pub fn new(place: &str, visibility_ms: u64) -> Self {
        Self {
            place: place.to_owned(),
            batch: BATCH,
            per_minute: PER_MINUTE,
            visibility_ms,
            creates_opted_out: true,
            field_chars: Some(FIELD_CHARS),
        }
    }

    /// The system with the limits that the server published when it was asked who it is, and
    /// who it says it is.
    pub fn greeted(place: &str, response: &HttpResponse) -> Result<(Self, Account), SystemError> {
        let text = read_account(place, response)?;
        let system = Self {
            place: place.to_owned(),
            batch: text.limits.batch.clamp(1, BATCH),
            per_minute: text.limits.requests_per_minute,
            visibility_ms: text.limits.visibility_ms,
            creates_opted_out: text.limits.creates_opted_out,
            field_chars: text.limits.field_chars,
        };
        Ok((system, account(place, text.id)))
    }

    fn taken(&self, contact_id: Option<ContactId>) -> ItemOutcome {
        if self.visibility_ms == 0 {
            ItemOutcome::Confirmed { contact_id }
        } else {
            ItemOutcome::Accepted { contact_id }
        }
    }

    fn outcome(&self, item: BatchItem) -> Result<ItemOutcome, Fault> {
        match (item.status.as_str(), item.id) {
            ("created" | "updated" | "unchanged", Some(id)) if !id.is_empty() => {
                Ok(self.taken(Some(ContactId::new(id))))
            }
            ("refused", _) => Ok(ItemOutcome::Refused {
                why: item.message.unwrap_or_else(|| "no reason given".to_owned()),
            }),
            (status, _) => Err(broken(&format!("an item has the status {status:?} or no id"))),
        }
    }

    fn read_items(&self, writes: &[MemberWrite], response: &HttpResponse) -> Result<Answer, Fault> {
        let text: BatchText = parse(WHO, &response.body).map_err(Unread::fault)?;
        let mut outcomes: Vec<Option<ItemOutcome>> = vec![None; writes.len()];
        for item in text.items {
            let index = item.index;
            match outcomes.get_mut(index) {
                None => {
                    return Err(broken(&format!(
                        "the response includes item {index}, which was not sent"
                    )));
                }
                Some(Some(_)) => return Err(broken(&format!("the response includes item {index} twice"))),
                Some(slot) => *slot = Some(self.outcome(item)?),
            }
        }
        let items = writes.iter().zip(outcomes).map(|(write, outcome)| {
            let missing = || broken(&format!("the response does not include {}", write.email));
            Ok((write.seq, outcome.ok_or_else(missing)?))
        });
        Ok(Answer {
            items: items.collect::<Result<_, _>>()?,
            ..Answer::default()
        })
    }

    /// What an answer to an operation means.
    fn read(&self, request: &Request, response: &HttpResponse) -> Result<Answer, Fault> {
        match &request.payload {
            Payload::Members(writes) => self.read_items(writes, response),
            Payload::Tag(name) => {
                let tag: TagText = parse(WHO, &response.body).map_err(Unread::fault)?;
                if tag.name != name.as_str() || tag.id.is_empty() {
                    return Err(broken(&format!("the response has another tag than \"{name}\"")));
                }
                Ok(Answer {
                    items: vec![(0, self.taken(None))],
                    ..Answer::default()
                })
            }
            Payload::Offering(_) | Payload::Email(_) => {
                Err(broken("a contact system does not store offerings and emails"))
            }
        }
    }
}

impl Protocol for Simulated {
    fn capabilities(&self) -> Capabilities {
        let strong = self.visibility_ms == 0;
        Capabilities {
            batching: Batching::new(self.batch),
            limits: RateLimits::none().and(self.per_minute, RateSpan::Minute),
            classes: RequestClasses::default(),
            in_flight: 4,
            visibility_ms: self.visibility_ms,
            compares: false,
            confirms: strong,
            creates_opted_out: self.creates_opted_out,
            max_field_chars: self.field_chars,
            tag_rules: TagRules::default(),
            after_lost_write: if strong {
                AfterLost::LookThenRepeat
            } else {
                AfterLost::WaitThenLook
            },
            after_lost_tags: AfterLost::Repeat,
            after_lost_setup: AfterLost::Repeat,
            cannot_write: None,
        }
    }

    fn carry_out<'a>(&'a self, request: &'a Request) -> Box<dyn Exchange<Answer> + 'a> {
        let (path, body, safety) = match &request.payload {
            Payload::Tag(name) => ("/v1/tags", json!({ "name": name.as_str() }), Safety::Repeatable),
            Payload::Members(writes) if request.operation == Operation::ContactTags => (
                "/v1/contacts/tags/batch",
                json!({ "items": writes.iter().map(tags_item).collect::<Vec<_>>() }),
                Safety::Repeatable,
            ),
            // A contact that is asked for twice is made twice.
            Payload::Members(writes) => (
                "/v1/contacts/batch",
                json!({ "items": writes.iter().map(contact_item).collect::<Vec<_>>() }),
                Safety::Once,
            ),
            // Offerings and emails live on the site; the server refuses the path.
            Payload::Offering(_) => ("/v1/offerings", json!({}), Safety::Once),
            Payload::Email(_) => ("/v1/emails", json!({}), Safety::Once),
        };
        let read = move |response: &HttpResponse| self.read(request, response);
        Box::new(OneRequest::new(post(path, &body, safety), read))
    }

    fn probe<'a>(&'a self, request: &'a Request) -> Box<dyn Exchange<Looked> + 'a> {
        let emails: Vec<&str> = members(request).iter().flat_map(addresses).collect();
        let asks = post("/v1/contacts/lookup", &json!({ "emails": emails }), Safety::Read);
        Box::new(OneRequest::new(asks, |response: &HttpResponse| {
            read_probe(members(request), response)
        }))
    }

    fn observe(&self) -> Box<dyn Exchange<Observed, SystemError>> {
        Box::new(ContactsCursor::new(self.place.clone()))
    }
}

/// What an answer to a look means.
fn read_probe(writes: &[MemberWrite], response: &HttpResponse) -> Result<Looked, Fault> {
    let text: LookupText = parse(WHO, &response.body).map_err(Unread::fault)?;
    let asked = writes.iter().flat_map(addresses).count();
    if text.found.len() != asked {
        return Err(broken(&format!(
            "{asked} addresses were requested, but the response is for {}",
            text.found.len()
        )));
    }
    let mut found = text.found.into_iter();
    let mut contacts_of = |email: &str| -> Result<Vec<ContactText>, Fault> {
        let found = found.next().filter(|found| found.email == email);
        let same = |contact: &ContactText| contact.email.trim().eq_ignore_ascii_case(email);
        found
            .map(|found| found.contacts)
            .filter(|contacts| contacts.iter().all(same))
            .ok_or_else(|| {
                broken(&format!(
                    "{email} was requested, but the response is for another address"
                ))
            })
    };
    let mut looked = Vec::with_capacity(writes.len());
    for write in writes {
        let new = contacts_of(write.email.as_str())?;
        let old = match addresses(write).nth(1) {
            Some(old) => contacts_of(old)?,
            None => Vec::new(),
        };
        looked.push((write.seq, either(state(old), state(new))));
    }
    Ok(looked)
}

/// Only what changes is sent. A contact without an ID is made; the server refuses an update without.
fn contact_item(write: &MemberWrite) -> Value {
    let mut item = Map::new();
    let mut fields = Map::new();
    let mut makes = false;
    for change in &write.changes {
        let after = change.after.as_deref().unwrap_or_default();
        match &change.attribute {
            Attribute::Contact => makes = true,
            Attribute::FirstName => drop(item.insert("first_name".to_owned(), after.into())),
            Attribute::LastName => drop(item.insert("last_name".to_owned(), after.into())),
            Attribute::OptedOut => drop(item.insert("opted_out".to_owned(), (after == "yes").into())),
            Attribute::Field(name) => drop(fields.insert(name.to_string(), after.into())),
            Attribute::Address => drop(item.insert("email".to_owned(), after.into())),
            Attribute::User
            | Attribute::Registered
            | Attribute::ContactLink
            | Attribute::SourceKey(_)
            | Attribute::Tag(_) => {}
        }
    }
    if !fields.is_empty() {
        item.insert("fields".to_owned(), fields.into());
    }
    if let Some(id) = &write.contact_id {
        item.insert("id".to_owned(), id.as_str().into());
    } else if makes {
        item.insert("email".to_owned(), write.email.as_str().into());
    }
    Value::Object(item)
}

fn tags_item(write: &MemberWrite) -> Value {
    let named = |held: bool| -> Vec<&str> {
        let tag = |change: &'_ crate::model::Change| change.after.is_some() == held;
        write
            .changes
            .iter()
            .filter(|change| tag(change))
            .filter_map(|change| match &change.attribute {
                Attribute::Tag(name) => Some(name.as_str()),
                _ => None,
            })
            .collect()
    };
    json!({
        "id": write.contact_id.as_ref().map(ContactId::as_str),
        "add": named(true),
        "remove": named(false),
    })
}

fn broken(why: &str) -> Fault {
    Fault::Broken {
        why: format!("the practice CRM's response does not match its contract: {why}"),
    }
}
