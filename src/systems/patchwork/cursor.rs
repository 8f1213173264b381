//! Pages in, the whole contact system out: proven complete, or an error.

use std::collections::BTreeMap;

use super::{
    account::{account, ask_account, read_account},
    read::{ContactsPage, Id, next_token, page},
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

/// Contacts of a page.
const PAGE: usize = 50;

/// Reads the account, the tags, the contacts, and the account again.
pub(super) struct Cursor {
    place: String,
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
    Tags(TagPages),
    Contacts,
    AccountAgain,
}

impl Cursor {
    pub(super) fn new(place: &str) -> Self {
        Self {
            place: place.to_owned(),
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

    fn answered(&mut self, response: &HttpResponse) -> Result<Step, SystemError> {
        match std::mem::replace(&mut self.stage, Stage::Account) {
            Stage::Account => {
                let text = read_account(&self.place, response)?;
                self.into = Some(ObservedBuilder::new(account(&self.place, &text.id), 0));
                self.id = text.id;
                self.stage = Stage::Tags(TagPages::default());
                Ok(Step::Send(TagPages::ask()))
            }
            Stage::Tags(mut pages) => {
                if let Some(more) = pages.take(response).map_err(|fault| self.fault(&fault))? {
                    self.stage = Stage::Tags(pages);
                    return Ok(Step::Send(more));
                }
                let mut tags = BTreeMap::new();
                if let Some(into) = &mut self.into {
                    for tag in pages.tags() {
                        let observed = ObservedTag {
                            name: TagName::new(&tag.name),
                            id: Some(tag.tag_id()),
                            category: tag.category.map(|category| category.name),
                        };
                        let index = into.observed_tag(observed);
                        tags.insert(tag.id, index.map_err(|error| too_much(&self.place, error))?);
                    }
                }
                self.tags = tags;
                self.stage = Stage::Contacts;
                Ok(Step::Send(contacts(None)))
            }
            Stage::Contacts => self.contacts(response),
            Stage::AccountAgain => {
                let again = read_account(&self.place, response)?;
                if again.id != self.id {
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
        let page: ContactsPage = page(response).map_err(|fault| self.fault(&fault))?;
        let next = next_token(page.next_page_token);
        if next.is_some() && page.contacts.is_empty() {
            return Err(self.incomplete("a page of contacts is empty, but reports more pages"));
        }
        let total = page
            .total
            .number()
            .ok_or_else(|| self.incomplete("the total is not a number"))?;
        self.total = Some(total);
        for contact in &page.contacts {
            let id = contact.id.number().filter(|id| *id > self.after);
            self.after = id.ok_or_else(|| self.incomplete("a page was repeated or is out of order"))?;
            self.done += 1;
            let email = contact.address();
            // Contacts without an address are nobody whom a plan could mean.
            if email.is_empty() {
                continue;
            }
            let too_much = |error| too_much(&self.place, error);
            let Some(into) = &mut self.into else { continue };
            let mut held = Vec::with_capacity(contact.tags.len());
            for tag in &contact.tags {
                let index = match self.tags.get(&tag.id) {
                    Some(index) => *index,
                    // Created since the tags were read.
                    None => into
                        .observed_tag(ObservedTag {
                            name: TagName::new(&tag.name),
                            id: Some(tag.tag_id()),
                            category: None,
                        })
                        .map_err(too_much)?,
                };
                held.push(HeldTag {
                    tag: index,
                    ours: false,
                });
            }
            let mut fields = Vec::with_capacity(contact.fields.len());
            for field in &contact.fields {
                let value = field.value.as_deref().unwrap_or_default();
                fields.push((into.field(&field.key).map_err(too_much)?, value));
            }
            let member = ObservedMember {
                email: &email,
                user: false,
                login: "",
                first: contact.first_name.as_deref().unwrap_or_default(),
                last: contact.last_name.as_deref().unwrap_or_default(),
                contact: &contact.id.0,
                privileged: false,
                opted_out: contact.opted_out(),
                set: 0,
            };
            into.push(member, &held, &fields).map_err(too_much)?;
        }
        if let Some(token) = next {
            self.stage = Stage::Contacts;
            return Ok(Step::Send(contacts(Some(&token))));
        }
        if total != self.done {
            return Err(self.incomplete(format!(
                "it counts {total} contacts but lists {}; someone is writing, try again",
                self.done
            )));
        }
        self.stage = Stage::AccountAgain;
        Ok(Step::Send(ask_account()))
    }
}

fn too_much(place: &str, error: TooMuch) -> SystemError {
    SystemError::Incomplete {
        place: place.to_owned(),
        why: error.to_string(),
    }
}

fn contacts(token: Option<&str>) -> HttpRequest {
    let token = token.map(|token| format!("&page_token={token}"));
    HttpRequest::get(format!("/pw/contacts?limit={PAGE}{}", token.unwrap_or_default()))
}

impl Exchange<Observed, SystemError> for Cursor {
    fn next(&mut self, last: Last<'_>) -> Step {
        match last {
            None => {
                *self = Self::new(&self.place);
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
