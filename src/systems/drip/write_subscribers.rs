//! Members who are created or changed, tags included, in; what became of each, out.

use serde_json::{Map, Value, json};

use super::{
    WHO,
    field_names::{FieldNames, FieldPlace},
    read::{ErrorPage, SubscribersPage},
    request::{BATCHES, broken},
};
use crate::{
    model::{
        Action, Answer, Attribute, ContactId, Fault, HttpRequest, HttpResponse, ItemOutcome, MemberWrite,
        Safety, Seq,
    },
    systems::{Exchange, ExchangeStep, Last, json::Unread, json::parse},
};

/// Creates and changes subscribers in one request: one alone at once, several as a batch, which says nothing of any
/// of them and is read back.
pub(super) struct WriteSubscribers<'a> {
    account: &'a str,
    names: &'a FieldNames,
    writes: &'a [MemberWrite],
    /// Outcomes that need no request.
    known: Vec<(Seq, ItemOutcome)>,
    /// Members in the request.
    asked: Vec<Seq>,
}

impl<'a> WriteSubscribers<'a> {
    pub(super) fn new(account: &'a str, names: &'a FieldNames, writes: &'a [MemberWrite]) -> Self {
        Self {
            account,
            names,
            writes,
            known: Vec::new(),
            asked: Vec::new(),
        }
    }

    fn ask(&mut self) -> ExchangeStep<Answer> {
        let mut subscribers = Vec::with_capacity(self.writes.len());
        for write in self.writes {
            if let Some(why) = refusal(write) {
                self.known.push((write.seq, ItemOutcome::Refused { why }));
            } else {
                subscribers.push(self.subscriber(write));
                self.asked.push(write.seq);
            }
        }
        if subscribers.is_empty() {
            return self.end(&|| ItemOutcome::Accepted { contact_id: None });
        }
        let account = self.account;
        ExchangeStep::Send(if subscribers.len() == 1 {
            let body = json!({ "subscribers": subscribers });
            let path = format!("/v2/{account}/subscribers");
            HttpRequest::post(path, body.to_string(), Safety::Once)
        } else {
            let body = json!({ "batches": [{ "subscribers": subscribers }] });
            let path = format!("/v2/{account}/subscribers/batches");
            HttpRequest::post(path, body.to_string(), Safety::Once).class(BATCHES)
        })
    }

    /// Ends with what is known already, and the same outcome for all members of the request.
    fn end(&mut self, outcome: &dyn Fn() -> ItemOutcome) -> ExchangeStep<Answer> {
        let asked = self.asked.iter().map(|seq| (*seq, outcome()));
        let mut items: Vec<(Seq, ItemOutcome)> = asked.chain(self.known.drain(..)).collect();
        let place = |seq: Seq| self.writes.iter().position(|write| write.seq == seq);
        items.sort_by_key(|(seq, _)| place(*seq));
        ExchangeStep::Done(Answer {
            items,
            ..Answer::default()
        })
    }

    fn answered(&mut self, response: &HttpResponse) -> Result<ExchangeStep<Answer>, Fault> {
        let is_batch = self.asked.len() > 1;
        if let Some(error) = ErrorPage::from_response(response) {
            if is_batch {
                return Err(broken(&error.why()));
            }
            return Ok(self.end(&|| ItemOutcome::Refused { why: error.why() }));
        }
        if is_batch {
            // Whom Drip drops, and why, it says to nobody.
            return Ok(self.end(&|| ItemOutcome::Accepted { contact_id: None }));
        }
        let page: SubscribersPage = parse(WHO, &response.body).map_err(Unread::fault)?;
        let [one] = &page.subscribers[..] else {
            return Err(broken(
                "a write of one subscriber is answered with another number of them",
            ));
        };
        let id = ContactId::new(&one.id.0);
        Ok(self.end(&|| ItemOutcome::Confirmed {
            contact_id: Some(id.clone()),
        }))
    }

    fn subscriber(&self, write: &MemberWrite) -> Value {
        let (mut body, mut custom, mut tags) = (Map::new(), Map::new(), Vec::new());
        let mut put = |key: &str, value: &str| body.insert(key.to_owned(), value.into());
        match &write.contact_id {
            Some(id) => put("id", id.as_str()),
            None => put("email", write.email.as_str()),
        };
        for change in &write.changes {
            let after = change.after.as_deref().unwrap_or_default();
            match &change.attribute {
                Attribute::FirstName => _ = put("first_name", after),
                Attribute::LastName => _ = put("last_name", after),
                Attribute::Address => _ = put("new_email", after),
                // No other status is ever sent: it would subscribe, or may.
                Attribute::OptedOut => _ = put("status", "unsubscribed"),
                Attribute::Field(field) => match self.names.place(field.as_str()) {
                    FieldPlace::Standard(own) => _ = put(own, after),
                    FieldPlace::Custom(own) => _ = custom.insert(own.to_owned(), after.into()),
                },
                Attribute::Tag(tag) if change.action == Action::AddTag => tags.push(tag.as_str()),
                _ => {}
            }
        }
        if !custom.is_empty() {
            body.insert("custom_fields".to_owned(), custom.into());
        }
        if !tags.is_empty() {
            body.insert("tags".to_owned(), tags.into());
        }
        body.into()
    }
}

/// Why a member is not written; `None` if it is.
fn refusal(write: &MemberWrite) -> Option<String> {
    let subscribes = write
        .changes
        .iter()
        .any(|change| change.attribute == Attribute::OptedOut && change.after.as_deref() != Some("yes"));
    if subscribes {
        return Some("Rehome never subscribes anyone again; change the status in Drip".to_owned());
    }
    let creates = write.changes.iter().any(|change| change.action == Action::Create);
    let is_new = write
        .changes
        .iter()
        .any(|change| change.attribute == Attribute::Contact);
    (write.contact_id.is_none() && !(creates && is_new))
        .then(|| "there is no contact with this address".to_owned())
}

impl Exchange<Answer> for WriteSubscribers<'_> {
    fn next(&mut self, last: Last<'_>) -> ExchangeStep<Answer> {
        match last {
            None => self.ask(),
            Some(Ok(response)) => self.answered(response).unwrap_or_else(ExchangeStep::Failed),
            Some(Err(fault)) => ExchangeStep::Failed(fault.clone()),
        }
    }
}
