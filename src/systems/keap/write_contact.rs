//! Members who are created or changed in; what became of each, out: one contact after the other.

use serde_json::{Value, json};

use super::{
    WHO,
    books::Books,
    change_tag::no_contact,
    contact::Reader,
    create_field::{CreateField, NextOfField},
    merge::{body, missing_field},
    read::{ContactText, ContactsPage, ErrorText, Id},
    request::{contact, encoded, filtered, page, send},
    tag_pages::tag_rules,
};
use crate::{
    model::{
        Action, Answer, Attribute, ContactId, Fault, HttpMethod, HttpResponse, ItemOutcome, MemberWrite,
        Safety, Seq,
    },
    systems::{
        Exchange, ExchangeStep, Last,
        json::{Unread, parse},
    },
};

/// Creates or changes contacts. One that exists is read first: what it has is compared, and merged into what is sent.
pub(super) struct WriteContact<'a> {
    writes: &'a [MemberWrite],
    books: &'a Books,
    items: Vec<(Seq, ItemOutcome)>,
    fields: CreateField<'a>,
    stage: Stage,
}

/// What is asked about the present member.
#[derive(Debug)]
enum Stage {
    /// Nothing yet.
    Begin,
    /// What its contact is now.
    Reading,
    /// Who has the address that it is to get.
    Searching(Box<ContactText>),
    /// The fields that are missing, before the contact is written.
    Fields(Option<Box<ContactText>>),
    /// To write it. The address by which its owner is opted out then, where that has to be done.
    Writing(Option<String>),
    /// To opt its owner out.
    OptingOut(String),
}

type Stepped = Result<ExchangeStep<Answer>, Fault>;

impl<'a> WriteContact<'a> {
    pub(super) fn new(writes: &'a [MemberWrite], books: &'a Books) -> Self {
        Self {
            writes,
            books,
            items: Vec::with_capacity(writes.len()),
            fields: CreateField::new(&books.fields),
            stage: Stage::Begin,
        }
    }

    fn write(&self) -> Option<&'a MemberWrite> {
        self.writes.get(self.items.len())
    }

    /// Goes on with the next member.
    fn begin(&mut self) -> Stepped {
        self.stage = Stage::Begin;
        let Some(write) = self.write() else {
            return Ok(self.end(None));
        };
        if write.changes.iter().any(subscribes) {
            return self.over(ItemOutcome::Refused {
                why: "Rehome never opts a member in".to_owned(),
            });
        }
        match &write.contact_id {
            Some(id) => {
                self.stage = Stage::Reading;
                Ok(ExchangeStep::Send(contact(id.as_str())))
            }
            None if write.changes.iter().any(|change| change.action == Action::Create) => {
                self.with_fields(None)
            }
            None => self.over(no_contact()),
        }
    }

    /// The present member is done with.
    fn over(&mut self, outcome: ItemOutcome) -> Stepped {
        if let Some(write) = self.write() {
            self.items.push((write.seq, outcome));
        }
        self.begin()
    }

    fn refused(&mut self, why: String) -> Stepped {
        self.over(ItemOutcome::Refused { why })
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

    /// Creates the fields that are missing, and then writes the member.
    fn with_fields(&mut self, stored: Option<Box<ContactText>>) -> Stepped {
        let Some(write) = self.write() else {
            return self.begin();
        };
        if missing_field(write, &self.books.fields).is_none() {
            return self.send(write, stored.as_deref());
        }
        self.stage = Stage::Fields(stored);
        let next = self.fields.ask();
        self.field(next)
    }

    fn field(&mut self, next: NextOfField) -> Stepped {
        match next {
            NextOfField::Send(request) => Ok(ExchangeStep::Send(request)),
            NextOfField::Wait(time) => Ok(ExchangeStep::Wait(time)),
            NextOfField::Refused(why) => self.refused(why),
            NextOfField::Over => match std::mem::replace(&mut self.stage, Stage::Begin) {
                Stage::Fields(stored) => self.with_fields(stored),
                _ => self.begin(),
            },
        }
    }

    fn send(&mut self, write: &MemberWrite, stored: Option<&ContactText>) -> Stepped {
        let body = match body(write, stored, &self.books.fields) {
            Ok(body) => body,
            Err(why) => return self.refused(why),
        };
        let address = write.email.as_str();
        let opts_out = write.changes.iter().any(opts_out);
        let Some(stored) = stored else {
            self.stage = Stage::Writing(opts_out.then(|| address.to_owned()));
            // Whoever has this address by now is changed, and not created a second time.
            let path = "/contacts?duplicate_option=Email";
            let asks = send(HttpMethod::Post, path, &body.into(), Safety::Once);
            return Ok(ExchangeStep::Send(asks));
        };
        let renamed = body.contains_key("email_addresses");
        // Consent belongs to the address: whoever refuses email at the old one refuses it at the new one.
        let refused = renamed && write.old_address().is_some_and(|old| stored.opted_out(old));
        let spelled = stored.stored(address).filter(|_| !renamed).unwrap_or(address);
        let spelled = (opts_out || refused).then(|| spelled.to_owned());
        if body.is_empty() {
            return self.written(stored.id.0.clone(), spelled);
        }
        self.stage = Stage::Writing(spelled);
        let path = format!("/contacts/{}", encoded(&stored.id.0));
        let asks = send(HttpMethod::Patch, &path, &body.into(), Safety::Repeatable);
        Ok(ExchangeStep::Send(asks))
    }

    /// The contact is as it should be; its owner may still have to be opted out, at this address.
    fn written(&mut self, id: String, spelled: Option<String>) -> Stepped {
        let Some(spelled) = spelled else {
            return self.done(id);
        };
        self.stage = Stage::OptingOut(id);
        let path = format!("/emailAddresses/{}/status", encoded(&spelled));
        let body = json!({ "opted_in": false, "reason": "Opted out before the move" });
        Ok(ExchangeStep::Send(send(
            HttpMethod::Patch,
            &path,
            &body,
            Safety::Repeatable,
        )))
    }

    fn done(&mut self, id: String) -> Stepped {
        self.over(ItemOutcome::Confirmed {
            contact_id: Some(ContactId::new(id)),
        })
    }

    fn answered(&mut self, response: &HttpResponse) -> Stepped {
        let Some(write) = self.write() else {
            return self.begin();
        };
        match std::mem::replace(&mut self.stage, Stage::Begin) {
            Stage::Begin => self.begin(),
            Stage::Reading if response.status == 404 => {
                let id = write.contact_id.as_ref().map_or("", ContactId::as_str);
                self.refused(format!("there is no contact {id}: it was deleted or merged"))
            }
            Stage::Reading => self.read(write, page(response)?),
            Stage::Searching(stored) => {
                let found: ContactsPage = page(response)?;
                let address = write.email.as_str();
                let other = |one: &&ContactText| one.id != stored.id && one.has_address(address);
                match found.contacts.iter().find(other) {
                    Some(other) => {
                        let what = format!("the contact {} has the new address", other.id.0);
                        self.over(ItemOutcome::Moved { what })
                    }
                    None => self.with_fields(Some(stored)),
                }
            }
            Stage::Fields(stored) => {
                let books = self.books;
                let next = self
                    .fields
                    .take(response, || missing_field(write, &books.fields))?;
                self.stage = Stage::Fields(stored);
                self.field(next)
            }
            Stage::Writing(_) if !response.is_success() => self.refused(ErrorText::why_of(response)),
            Stage::Writing(address) => {
                let written: Written = parse(WHO, &response.body).map_err(Unread::fault)?;
                self.written(written.id.0, address)
            }
            Stage::OptingOut(id) if !response.is_success() => {
                let why = ErrorText::why_of(response);
                self.refused(format!(
                    "the contact {id} is there, but cannot be opted out: {why}"
                ))
            }
            Stage::OptingOut(id) => {
                let _: Value = parse(WHO, &response.body).map_err(Unread::fault)?;
                self.done(id)
            }
        }
    }

    /// Compares the contact as it is with what the member should become.
    fn read(&mut self, write: &MemberWrite, stored: ContactText) -> Stepped {
        let reader = Reader {
            asked: &[],
            rules: &tag_rules(),
            tags: &self.books.tags,
            fields: &self.books.fields,
        };
        let address = member_address(&stored, write);
        let now = reader.state(&[&stored], &address);
        if let Some(change) = write.changes.iter().find(|change| now.moved(change)) {
            let there = now.value(&change.attribute).unwrap_or("blank");
            let what = format!("the contact's {} is \"{there}\" now", name(&change.attribute));
            return self.over(ItemOutcome::Moved { what });
        }
        if write.changes.iter().all(|change| now.has(change)) {
            return self.done(stored.id.0);
        }
        let stored = Box::new(stored);
        if write.old_address().is_some() && address != write.email.as_str() {
            let filter = format!("email=={}", write.email.as_str());
            self.stage = Stage::Searching(stored);
            return Ok(ExchangeStep::Send(filtered(&filter, None)));
        }
        self.with_fields(Some(stored))
    }

    /// What a fault means after part of the work: a contact that is written is in doubt until it is read, and one that
    /// is not is as it was.
    fn met(&self, fault: &Fault) -> Fault {
        let why = fault.to_string();
        match (&self.stage, fault) {
            (_, Fault::Unauthorised { .. } | Fault::Broken { .. }) => fault.clone(),
            (Stage::OptingOut(_), _) => Fault::Ambiguous { why },
            (Stage::Fields(_), Fault::Ambiguous { .. }) => Fault::Transient { why },
            _ => fault.clone(),
        }
    }
}

/// The address under which a contact is the member: the member's own, its old one, or else the contact's first.
pub(super) fn member_address(contact: &ContactText, write: &MemberWrite) -> String {
    let own = Some(write.email.as_str()).filter(|own| contact.has_address(own));
    let old = write.old_address().filter(|old| contact.has_address(old));
    let first = || contact.addresses().into_iter().next().unwrap_or_default();
    own.or(old).map_or_else(first, str::to_owned)
}

fn opts_out(change: &crate::model::Change) -> bool {
    change.attribute == Attribute::OptedOut && change.after.as_deref() == Some("yes")
}

fn subscribes(change: &crate::model::Change) -> bool {
    change.attribute == Attribute::OptedOut && change.after.as_deref() != Some("yes")
}

/// An attribute, for people.
fn name(attribute: &Attribute) -> String {
    match attribute {
        Attribute::Address => "address".to_owned(),
        Attribute::FirstName => "first name".to_owned(),
        Attribute::LastName => "last name".to_owned(),
        Attribute::OptedOut => "opt-out".to_owned(),
        Attribute::Field(field) => format!("field \"{field}\""),
        _ => "state".to_owned(),
    }
}

/// A contact that was created or changed.
#[derive(Debug, serde::Deserialize)]
struct Written {
    id: Id,
}

impl Exchange<Answer> for WriteContact<'_> {
    fn next(&mut self, last: Last<'_>) -> ExchangeStep<Answer> {
        let step = match last {
            None => match &self.stage {
                // After a pause for another request that creates fields.
                Stage::Fields(_) => {
                    let next = self.fields.ask();
                    self.field(next)
                }
                _ => self.begin(),
            },
            Some(Ok(response)) => self.answered(response),
            Some(Err(fault)) => Err(self.met(fault)),
        };
        step.unwrap_or_else(|fault| self.end(Some(fault)))
    }
}
