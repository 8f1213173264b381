//! Members who are created or changed in; what became of each, by as few requests as Kit takes, out.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use super::{
    fault::full,
    field_book::FieldBook,
    read::{CreatedField, CreatedPage, ErrorsText, FilledPage, SubscriberPage, SubscriberText, said},
    request::{BULK, FIELDS_AT_ONCE, broken, no_contact, page, refused, written},
    subscriber::state,
    write_steps::{WriteStep, after, creates, fields, opts_in, opts_out},
};
use crate::{
    model::{
        Answer, Attribute, Change, ContactId, Fault, HttpResponse, ItemOutcome, MemberState, MemberWrite,
    },
    systems::{Exchange, ExchangeStep, Last},
};

/// Creates and changes contacts: the fields that are missing, then the contacts, then what a creation cannot carry.
/// Every step may be sent again, since each says how things should be.
pub(super) struct WriteContacts<'a> {
    writes: &'a [MemberWrite],
    book: &'a FieldBook,
    bulk: bool,
    room: Option<u64>,
    steps: VecDeque<WriteStep>,
    /// The step that was sent last.
    sent: Option<WriteStep>,
    ids: Vec<Option<ContactId>>,
    outcomes: Vec<Option<ItemOutcome>>,
}

impl<'a> WriteContacts<'a> {
    pub(super) fn new(writes: &'a [MemberWrite], book: &'a FieldBook, bulk: bool, room: Option<u64>) -> Self {
        let mut one = Self {
            writes,
            book,
            bulk,
            room,
            steps: VecDeque::new(),
            sent: None,
            ids: writes.iter().map(|write| write.contact_id.clone()).collect(),
            outcomes: vec![None; writes.len()],
        };
        one.plan();
        one
    }

    /// The steps, as far as they are known before anything was answered.
    fn plan(&mut self) {
        let (mut new, mut missing) = (Vec::new(), BTreeSet::new());
        for (member, write) in self.writes.iter().enumerate() {
            let fields = match fields(write, self.book) {
                Ok(fields) => fields,
                Err(why) => {
                    self.outcomes[member] = Some(refused(why));
                    continue;
                }
            };
            let keys = fields.iter().map(|(key, _)| key);
            missing.extend(keys.filter(|key| self.book.id(key).is_none()).cloned());
            if write.contact_id.is_some() {
                self.steps.push_back(WriteStep::Read(member));
            } else if !creates(write) {
                self.outcomes[member] = Some(no_contact());
            } else if self.bulk {
                new.push(member);
            } else {
                let at_once = fields.into_iter().take(FIELDS_AT_ONCE).collect();
                self.steps.push_back(WriteStep::Create(member, at_once));
            }
        }
        for new in new.chunks(BULK) {
            self.steps.push_back(WriteStep::CreateMany(new.to_vec()));
        }
        for key in missing {
            self.steps.push_front(WriteStep::Field(key));
        }
    }

    fn go_on(&mut self) -> ExchangeStep<Answer> {
        let Some(step) = self.steps.pop_front() else {
            self.sent = None;
            return self.end(None);
        };
        let makes = matches!(step, WriteStep::Create(..) | WriteStep::CreateMany(_));
        let request = step.request(self.writes, &self.ids);
        self.sent = Some(step);
        match request {
            _ if makes && self.room == Some(0) => self.end(Some(full("its limit is reached"))),
            Some(request) => ExchangeStep::Send(request),
            None => self.end(Some(broken("a contact has no ID"))),
        }
    }

    /// Ends. Whoever is in a step that was not answered, or not sent, has no outcome.
    fn end(&self, rest: Option<Fault>) -> ExchangeStep<Answer> {
        let open = |member: usize| {
            let mut steps = self.sent.iter().chain(&self.steps);
            steps.any(|step| step.is_about(member))
        };
        let done = self
            .writes
            .iter()
            .enumerate()
            .filter(|(member, _)| !open(*member));
        let items = done.map(|(member, write)| {
            let confirmed = || ItemOutcome::Confirmed {
                contact_id: self.ids.get(member).cloned().flatten(),
            };
            let outcome = self.outcomes.get(member).cloned().flatten();
            (write.seq, outcome.unwrap_or_else(confirmed))
        });
        let items: Vec<_> = items.collect();
        match rest {
            Some(fault) if items.is_empty() => ExchangeStep::Failed(fault),
            rest => ExchangeStep::Done(Answer {
                items,
                rest,
                ..Answer::default()
            }),
        }
    }

    /// Nothing more is done for a member.
    fn give_up(&mut self, member: usize, outcome: ItemOutcome) {
        self.outcomes[member] = Some(outcome);
        self.steps
            .retain_mut(|step| !step.is_about(member) || step.without(member));
    }

    fn answered(&mut self, response: &HttpResponse) -> Result<(), Fault> {
        let Some(step) = self.sent.clone() else {
            return Err(broken("nothing was asked"));
        };
        match &step {
            WriteStep::Field(key) => self.field(key, response)?,
            WriteStep::CreateMany(members) => self.created_many(members, response)?,
            WriteStep::Create(member, sent) => self.created(*member, sent.len(), response)?,
            WriteStep::Read(member) => self.read(*member, response)?,
            WriteStep::Change(member, ..) => self.changed(*member, response)?,
            WriteStep::Unsubscribe(member) => {
                if !response.is_success() {
                    self.give_up(*member, refused(ErrorsText::why_of(response)));
                }
            }
            WriteStep::Fill(values) => self.filled(values, response)?,
        }
        self.sent = None;
        Ok(())
    }

    fn field(&mut self, key: &str, response: &HttpResponse) -> Result<(), Fault> {
        let why = if response.is_success() {
            let page: CreatedField = written(response)?;
            self.book.learn(std::slice::from_ref(&page.custom_field));
            if page.custom_field.key == key {
                return Ok(());
            }
            format!("Kit gives the new field the key \"{}\"", page.custom_field.key)
        } else {
            ErrorsText::why_of(response)
        };
        // Whoever needs the field is rejected, and everybody else goes on.
        for member in 0..self.writes.len() {
            let fields = fields(&self.writes[member], self.book).unwrap_or_default();
            if fields.iter().any(|(own, _)| own == key) {
                let why = format!("there is no field \"{key}\", and it cannot be created: {why}");
                self.give_up(member, refused(why));
            }
        }
        Ok(())
    }

    fn created_many(&mut self, members: &[usize], response: &HttpResponse) -> Result<(), Fault> {
        if !response.is_success() {
            let why = ErrorsText::why_of(response);
            for member in members {
                self.give_up(*member, refused(why.clone()));
            }
            return Ok(());
        }
        let page: CreatedPage = written(response)?;
        let address = |member: &usize| (self.writes[*member].email.as_str().to_owned(), *member);
        let mut left: BTreeMap<String, usize> = members.iter().map(address).collect();
        for failure in page.failures {
            let address = failure.subscriber.email_address.unwrap_or_default();
            let member = left.remove(&address.trim().to_ascii_lowercase());
            let member = member.ok_or_else(|| broken("a failure is about a person who was not sent"))?;
            self.give_up(member, refused(said(&failure.errors)));
        }
        let mut values = Vec::new();
        let mut opted_out = Vec::new();
        for row in page.subscribers {
            let member = left.remove(&row.address());
            let member = member.ok_or_else(|| broken("a row is about a person who was not sent"))?;
            let write = &self.writes[member];
            if opts_out(write) && !row.opted_out() {
                opted_out.push(WriteStep::Unsubscribe(member));
            }
            self.ids[member] = Some(ContactId::new(row.id.0));
            for (key, value) in fields(write, self.book).unwrap_or_default() {
                let id = self.book.id(&key).ok_or_else(|| broken("a field has no ID"))?;
                values.push((member, id, value));
            }
        }
        if !left.is_empty() {
            return Err(Fault::Ambiguous {
                why: "Kit does not say what became of some people".to_owned(),
            });
        }
        for values in values.chunks(BULK).rev() {
            self.steps.push_front(WriteStep::Fill(values.to_vec()));
        }
        for step in opted_out {
            self.steps.push_front(step);
        }
        Ok(())
    }

    fn created(&mut self, member: usize, sent: usize, response: &HttpResponse) -> Result<(), Fault> {
        if !response.is_success() {
            self.give_up(member, refused(ErrorsText::why_of(response)));
            return Ok(());
        }
        let page: SubscriberPage = written(response)?;
        let row = page.subscriber;
        let write = &self.writes[member];
        if row.address() != write.email.as_str() {
            return Err(broken("another person was created than the one that was sent"));
        }
        self.accepted(member, response);
        // An upsert leaves the state of somebody who was there already.
        let opts_out = opts_out(write) && !row.opted_out();
        self.ids[member] = Some(ContactId::new(&row.id.0));
        let rest = fields(write, self.book).unwrap_or_default().split_off(sent);
        for rest in rest.chunks(FIELDS_AT_ONCE).rev() {
            self.change(member, &row, rest);
        }
        if opts_out {
            self.steps.push_front(WriteStep::Unsubscribe(member));
        }
        Ok(())
    }

    fn read(&mut self, member: usize, response: &HttpResponse) -> Result<(), Fault> {
        let write = &self.writes[member];
        if response.status == 404 {
            let id = self.ids[member].as_ref().map_or("", ContactId::as_str);
            let why = format!("there is no contact {id}");
            self.give_up(member, refused(why));
            return Ok(());
        }
        let page: SubscriberPage = page(response)?;
        let row = page.subscriber;
        if Some(row.id.0.as_str()) != self.ids[member].as_ref().map(ContactId::as_str) {
            return Err(broken("another contact was read than the one that was asked for"));
        }
        if opts_in(write) {
            let why = "Kit subscribes only people who ask for it; Rehome subscribes no member";
            self.give_up(member, refused(why));
            return Ok(());
        }
        let there = state(&[&row], &[], self.book);
        if let Some(moved) = write.changes.iter().find(|change| there.moved(change)) {
            self.give_up(
                member,
                ItemOutcome::Moved {
                    what: differs(moved, &there),
                },
            );
            return Ok(());
        }
        let open = |attribute: &Attribute| {
            let mut changes = write.changes.iter();
            changes.any(|change| change.attribute == *attribute && !there.has(change))
        };
        let changed = fields(write, self.book).unwrap_or_default().into_iter();
        let changed: Vec<_> = changed.filter(|(key, value)| row.field(key) != *value).collect();
        for changed in changed.chunks(FIELDS_AT_ONCE).rev() {
            self.change(member, &row, changed);
        }
        if changed.is_empty() && (open(&Attribute::FirstName) || open(&Attribute::Address)) {
            self.change(member, &row, &[]);
        }
        if open(&Attribute::OptedOut) {
            self.steps.push_front(WriteStep::Unsubscribe(member));
        }
        Ok(())
    }

    /// Changes a contact next. Kit wants the address in every change: the spelling that it stores, or the new one.
    fn change(&mut self, member: usize, row: &SubscriberText, fields: &[(String, String)]) {
        let write = &self.writes[member];
        let address = after(write, &Attribute::Address).unwrap_or(row.stored_address());
        let first = row.first_name.as_deref().unwrap_or_default();
        let first = after(write, &Attribute::FirstName).unwrap_or(first);
        let step = WriteStep::Change(member, address.to_owned(), first.to_owned(), fields.to_vec());
        self.steps.push_front(step);
    }

    fn changed(&mut self, member: usize, response: &HttpResponse) -> Result<(), Fault> {
        if !response.is_success() {
            self.give_up(member, refused(ErrorsText::why_of(response)));
            return Ok(());
        }
        let page: SubscriberPage = written(response)?;
        if Some(page.subscriber.id.0.as_str()) != self.ids[member].as_ref().map(ContactId::as_str) {
            return Err(broken("another contact was changed than the one that was sent"));
        }
        self.accepted(member, response);
        Ok(())
    }

    /// A response that only accepts is true once it was read back.
    fn accepted(&mut self, member: usize, response: &HttpResponse) {
        if response.status == 202 {
            self.outcomes[member] = Some(ItemOutcome::Accepted {
                contact_id: self.ids[member].clone(),
            });
        }
    }

    fn filled(&mut self, values: &[(usize, u64, String)], response: &HttpResponse) -> Result<(), Fault> {
        if response.status == 202 {
            for (member, ..) in values {
                self.outcomes[*member].get_or_insert(ItemOutcome::Accepted {
                    contact_id: self.ids[*member].clone(),
                });
            }
            return Ok(());
        }
        if !response.is_success() {
            return Err(broken(&ErrorsText::why_of(response)));
        }
        let page: FilledPage = written(response)?;
        for failure in page.failures {
            let id = failure.custom_field_value.subscriber_id.0;
            let mut own = values.iter().map(|(member, ..)| *member);
            let member = own.find(|member| {
                self.ids[*member]
                    .as_ref()
                    .is_some_and(|known| known.as_str() == id)
            });
            let member = member.ok_or_else(|| broken("a failure is about a person who was not sent"))?;
            let why = format!(
                "the contact {id} is there, but a field was not written ({})",
                said(&failure.errors)
            );
            self.give_up(member, refused(why));
        }
        Ok(())
    }
}

/// What is not as the change set says, for people.
fn differs(change: &Change, there: &MemberState) -> String {
    let now = there.value(&change.attribute).unwrap_or("absent");
    format!("{} is \"{now}\" by now", change.attribute)
}

impl Exchange<Answer> for WriteContacts<'_> {
    fn next(&mut self, last: Last<'_>) -> ExchangeStep<Answer> {
        let came = match last {
            None => Ok(()),
            Some(Ok(response)) => self.answered(response),
            Some(Err(fault)) => Err(fault.clone()),
        };
        match came {
            Ok(()) => self.go_on(),
            Err(fault) => self.end(Some(fault)),
        }
    }
}
