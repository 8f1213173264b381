//! Nothing in; all contacts, tags and fields of a Kit account, proven complete, or an error, out.

use std::{collections::BTreeMap, sync::Arc};

use super::{
    account::{account, ask_account, read_account},
    field_book::{FieldBook, FieldPages, LAST_NAME},
    read::{Id, SubscriberText, SubscribersPage, TagText},
    request::{list, next_cursor, page},
    tag_pages::TagPages,
};
use crate::{
    model::{
        Fault, HeldTag, HttpRequest, HttpResponse, Observed, ObservedBuilder, ObservedMember, ObservedTag,
        TagName, TooMuch,
    },
    systems::{Exchange, ExchangeStep, Last, SystemError},
};

type Step = ExchangeStep<Observed, SystemError>;

/// Reads the account, its fields, its tags, all contacts in the order of their IDs, whatever their state, and the account
/// again. That the IDs ascend to a page that says that it is the last, and are as many as Kit counted at the beginning, is
/// the proof that it is complete.
pub(super) struct Cursor {
    place: String,
    book: Arc<FieldBook>,
    stage: Stage,
    id: String,
    into: Option<ObservedBuilder>,
    tags: BTreeMap<Id, u16>,
    after: u64,
    done: u64,
    total: Option<u64>,
}

enum Stage {
    Account,
    Fields(FieldPages),
    Tags(TagPages),
    Contacts,
    AccountAgain,
}

impl Cursor {
    pub(super) fn new(place: &str, book: Arc<FieldBook>) -> Self {
        Self {
            place: place.to_owned(),
            book,
            stage: Stage::Account,
            id: String::new(),
            into: None,
            tags: BTreeMap::new(),
            after: 0,
            done: 0,
            total: None,
        }
    }

    fn incomplete(&self, why: impl Into<String>) -> SystemError {
        SystemError::Incomplete {
            place: self.place.clone(),
            why: why.into(),
        }
    }

    fn fault(&self, fault: &Fault) -> SystemError {
        self.incomplete(fault.to_string())
    }

    fn begin(&mut self, stage: Stage, request: HttpRequest) -> Step {
        self.stage = stage;
        Step::Send(request)
    }

    fn answered(&mut self, response: &HttpResponse) -> Result<Step, SystemError> {
        match std::mem::replace(&mut self.stage, Stage::Account) {
            Stage::Account => {
                let text = read_account(&self.place, response)?;
                self.into = Some(ObservedBuilder::new(account(&self.place, &text), 0));
                self.id = text.id.0;
                Ok(self.begin(Stage::Fields(FieldPages::default()), FieldPages::ask()))
            }
            Stage::Fields(mut pages) => {
                if let Some(more) = pages.take(response).map_err(|fault| self.fault(&fault))? {
                    return Ok(self.begin(Stage::Fields(pages), more));
                }
                self.book.learn(pages.fields());
                let tags = TagPages::default();
                let asks = tags.ask();
                Ok(self.begin(Stage::Tags(tags), asks))
            }
            Stage::Tags(mut pages) => {
                if let Some(more) = pages.take(response).map_err(|fault| self.fault(&fault))? {
                    return Ok(self.begin(Stage::Tags(pages), more));
                }
                let mut tags = BTreeMap::new();
                if let Some(into) = &mut self.into {
                    for tag in pages.tags() {
                        let index = tag_index(into, &tag).map_err(|error| too_much(&self.place, error))?;
                        tags.insert(tag.id, index);
                    }
                }
                self.tags = tags;
                Ok(self.begin(Stage::Contacts, contacts(None)))
            }
            Stage::Contacts => self.contacts(response),
            Stage::AccountAgain => {
                let again = read_account(&self.place, response)?;
                if again.id.0 != self.id {
                    return Err(self.incomplete("another account responds than at the start"));
                }
                match self.into.take() {
                    Some(into) => Ok(Step::Done(into.finish())),
                    None => Err(self.incomplete("reading has already finished")),
                }
            }
        }
    }

    fn contacts(&mut self, response: &HttpResponse) -> Result<Step, SystemError> {
        let read: SubscribersPage = page(response).map_err(|fault| self.fault(&fault))?;
        if self.done == 0 && self.total.is_none() {
            let total = read.pagination.total_count;
            self.total = Some(total.ok_or_else(|| self.incomplete("it does not count its contacts"))?);
        }
        let next = next_cursor(&read.pagination).map_err(|fault| self.fault(&fault))?;
        if next.is_some() && read.subscribers.is_empty() {
            return Err(self.incomplete("a page of contacts is empty, but reports more pages"));
        }
        for contact in &read.subscribers {
            let id = contact.id.number();
            if id <= self.after {
                return Err(self.incomplete("a page was repeated or is out of order"));
            }
            self.after = id;
            self.done += 1;
            self.push(contact)?;
        }
        if let Some(cursor) = next {
            return Ok(self.begin(Stage::Contacts, contacts(Some(cursor))));
        }
        let total = self.total.unwrap_or_default();
        if self.done < total {
            return Err(self.incomplete(format!(
                "it counts {total} contacts but lists {}; someone is writing, try again",
                self.done
            )));
        }
        Ok(self.begin(Stage::AccountAgain, ask_account()))
    }

    fn push(&mut self, contact: &SubscriberText) -> Result<(), SystemError> {
        let email = contact.address();
        let place = self.place.clone();
        let too_much = |error| too_much(&place, error);
        let Some(own) = &contact.tags else {
            return Err(self.incomplete("it lists contacts without their tags"));
        };
        let Some(into) = &mut self.into else {
            return Ok(());
        };
        // Contacts without an address are nobody whom a plan could mean.
        if email.is_empty() {
            return Ok(());
        }
        let mut held = Vec::with_capacity(own.len());
        for tag in own {
            let index = match self.tags.get(&tag.id) {
                Some(index) => *index,
                // Created since the tags were read.
                None => tag_index(into, tag).map_err(too_much)?,
            };
            held.push(HeldTag {
                tag: index,
                ours: false,
            });
        }
        let named = contact.named_fields(&self.book);
        let mut fields = Vec::with_capacity(named.len());
        for (name, value) in &named {
            fields.push((into.field(name).map_err(too_much)?, value.as_str()));
        }
        let last = contact.field(LAST_NAME);
        let member = ObservedMember {
            email: &email,
            user: false,
            login: "",
            first: contact.first_name.as_deref().unwrap_or_default(),
            last: &last,
            contact: &contact.id.0,
            privileged: false,
            opted_out: contact.opted_out(),
            set: 0,
        };
        into.push(member, &held, &fields).map_err(too_much)
    }
}

fn tag_index(into: &mut ObservedBuilder, tag: &TagText) -> Result<u16, TooMuch> {
    into.observed_tag(ObservedTag {
        name: TagName::new(&tag.name),
        id: Some(tag.tag_id()),
        category: None,
    })
}

fn too_much(place: &str, error: TooMuch) -> SystemError {
    SystemError::Incomplete {
        place: place.to_owned(),
        why: error.to_string(),
    }
}

/// A page of all contacts. Only the first one asks for their number, which takes Kit long.
fn contacts(after: Option<&str>) -> HttpRequest {
    let all = "status=all&include=tags&sort_field=id&sort_order=asc";
    match after {
        None => list("/subscribers", &format!("{all}&include_total_count=true"), None),
        after => list("/subscribers", all, after),
    }
}

impl Exchange<Observed, SystemError> for Cursor {
    fn next(&mut self, last: Last<'_>) -> Step {
        match last {
            None => {
                *self = Self::new(&self.place, Arc::clone(&self.book));
                Step::Send(ask_account())
            }
            Some(Ok(response)) => self.answered(response).into(),
            Some(Err(fault)) => Step::Failed(SystemError::from_fault(&self.place, fault)),
        }
    }

    fn progress(&self) -> Option<(u64, Option<u64>)> {
        Some((self.done, self.total))
    }
}
