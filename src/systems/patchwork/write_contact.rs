//! Members who are created or changed in; what became of each, one contact a request, out.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::{
    WHO,
    read::{ContactText, ErrorText, ReadPage, WrittenContact, page},
    request::{broken, look_up, send},
};
use crate::{
    model::{
        Action, Answer, Attribute, ContactId, Fault, HttpMethod, HttpRequest, HttpResponse, ItemOutcome,
        MemberWrite, Safety, Seq,
    },
    systems::{Exchange, ExchangeStep, Last, json::Unread, json::parse},
};

/// Creates or changes contacts, one after the other. The list of fields in a change replaces all that is stored, so
/// the contact is read first, and what is stored goes into the list.
pub(super) struct WriteContact<'a> {
    writes: &'a [MemberWrite],
    items: Vec<(Seq, ItemOutcome)>,
    reading: bool,
}

impl<'a> WriteContact<'a> {
    pub(super) fn new(writes: &'a [MemberWrite]) -> Self {
        Self {
            writes,
            items: Vec::with_capacity(writes.len()),
            reading: false,
        }
    }

    /// Goes on with the next member.
    fn ask(&mut self) -> ExchangeStep<Answer> {
        while let Some(write) = self.writes.get(self.items.len()) {
            let creates = write.changes.iter().any(|change| change.action == Action::Create);
            match &write.contact_id {
                Some(id) if !fields(write).is_empty() => {
                    self.reading = true;
                    let asks = look_up("/pw/contacts/read", &json!({ "ids": [id.as_str()] }));
                    return ExchangeStep::Send(asks);
                }
                Some(id) => return ExchangeStep::Send(change(id, write, None)),
                None if creates => return ExchangeStep::Send(create(write)),
                None => {
                    let why = "there is no contact with this address".to_owned();
                    self.items.push((write.seq, ItemOutcome::Refused { why }));
                }
            }
        }
        self.end(None)
    }

    fn end(&mut self, rest: Option<Fault>) -> ExchangeStep<Answer> {
        match rest {
            Some(fault) if self.items.is_empty() => ExchangeStep::Failed(fault),
            rest => ExchangeStep::Done(Answer {
                items: std::mem::take(&mut self.items),
                rest,
                ..Answer::default()
            }),
        }
    }

    fn answered(&mut self, response: &HttpResponse) -> Result<ExchangeStep<Answer>, Fault> {
        let Some(write) = self.writes.get(self.items.len()) else {
            return Err(broken("no member asked for this"));
        };
        if let (true, Some(id)) = (std::mem::take(&mut self.reading), &write.contact_id) {
            let found: ReadPage = page(response)?;
            let stored = found.contacts.iter().find(|contact| contact.id.0 == id.as_str());
            let Some(stored) = stored else {
                let why = format!("there is no contact {id}");
                self.items.push((write.seq, ItemOutcome::Refused { why }));
                return Ok(self.ask());
            };
            return Ok(ExchangeStep::Send(change(id, write, Some(stored))));
        }
        let outcome = if let Some(error) = ErrorText::from_response(response) {
            ItemOutcome::Refused { why: error.why() }
        } else {
            let page: WrittenContact = parse(WHO, &response.body).map_err(Unread::fault)?;
            ItemOutcome::Confirmed {
                contact_id: Some(ContactId::new(page.contact.id.0)),
            }
        };
        self.items.push((write.seq, outcome));
        Ok(self.ask())
    }
}

impl Exchange<Answer> for WriteContact<'_> {
    fn next(&mut self, last: Last<'_>) -> ExchangeStep<Answer> {
        let step = match last {
            None => return self.ask(),
            Some(Ok(response)) => self.answered(response),
            // Before the change was sent nothing can have been done.
            Some(Err(Fault::Ambiguous { why })) if self.reading => Err(Fault::Transient { why: why.clone() }),
            Some(Err(fault)) => Err(fault.clone()),
        };
        step.unwrap_or_else(|fault| self.end(Some(fault)))
    }
}

fn create(write: &MemberWrite) -> HttpRequest {
    let mut body = scalars(write);
    body.insert("email".to_owned(), write.email.as_str().into());
    // Whoever is created without a status is subscribed.
    let status = body.entry("status").or_insert_with(|| "neutral".into());
    if status == "subscribed" {
        *status = "neutral".into();
    }
    body.insert("fields".to_owned(), list(&fields(write)));
    send(
        HttpMethod::Post,
        "/pw/contacts".to_owned(),
        &body.into(),
        Safety::Once,
    )
}

/// `stored` is there where fields change.
fn change(id: &ContactId, write: &MemberWrite, stored: Option<&ContactText>) -> HttpRequest {
    let mut body = scalars(write);
    if let Some(stored) = stored {
        let kept = stored.fields.iter();
        let kept = kept.filter_map(|field| Some((field.key.as_str(), field.value.as_deref()?)));
        let mut all: BTreeMap<&str, &str> = kept.collect();
        all.extend(fields(write));
        body.insert("fields".to_owned(), list(&all));
    }
    let path = format!("/pw/contacts/{id}");
    send(HttpMethod::Patch, path, &body.into(), Safety::Once)
}

/// What is not a list.
fn scalars(write: &MemberWrite) -> Map<String, Value> {
    let mut body = Map::new();
    for change in &write.changes {
        let after = change.after.as_deref().unwrap_or_default();
        let (key, value) = match &change.attribute {
            Attribute::FirstName => ("first_name", after),
            Attribute::LastName => ("last_name", after),
            Attribute::Address => ("email", after),
            Attribute::OptedOut if after == "yes" => ("status", "unsubscribed"),
            // Nobody is subscribed by Rehome.
            Attribute::OptedOut => ("status", "neutral"),
            _ => continue,
        };
        body.insert(key.to_owned(), value.into());
    }
    body
}

/// The fields that change.
fn fields(write: &MemberWrite) -> BTreeMap<&str, &str> {
    let fields = write.changes.iter().filter_map(|change| match &change.attribute {
        Attribute::Field(name) => Some((name.as_str(), change.after.as_deref().unwrap_or_default())),
        _ => None,
    });
    fields.collect()
}

/// The fields that have a value, as the wire has them.
fn list(fields: &BTreeMap<&str, &str>) -> Value {
    let valued = fields.iter().filter(|(_, value)| !value.is_empty());
    valued
        .map(|(key, value)| json!({ "key": key, "value": value }))
        .collect()
}
