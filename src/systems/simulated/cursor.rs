//! Pages in, the whole contact system out: proven complete, or an error.

use std::collections::BTreeMap;

use super::{
    super::{
        Exchange, ExchangeStep, Last, SystemError,
        json::{Unread, parse},
    },
    WHO,
    read::{AccountText, ContactsPage, TagsPage},
    wire::{account, ask_account, read_account},
};
use crate::model::{HeldTag, HttpRequest, HttpResponse, Observed, ObservedBuilder, ObservedMember, TooMuch};

type Step = ExchangeStep<Observed, SystemError>;

/// Rows of a page.
const PAGE: usize = 200;
/// How often a page that is no JSON (a proxy's error page) is asked for again.
const TRIES: u32 = 6;

/// Reads account, tags, contacts and the account again.
pub(super) struct ContactsCursor {
    place: String,
    stage: Stage,
    asked: Option<HttpRequest>,
    failed: u32,
    done: u64,
    total: Option<u64>,
}

enum Stage {
    Account,
    Tags(Box<Reading>),
    Contacts(Box<Reading>),
    AccountAgain(Box<Reading>),
    Ended,
}

struct Reading {
    account: AccountText,
    into: ObservedBuilder,
    tags: BTreeMap<String, u16>,
    after: u64,
    contacts: u64,
}

impl ContactsCursor {
    pub(super) fn new(place: String) -> Self {
        Self {
            place,
            stage: Stage::Account,
            asked: None,
            failed: 0,
            done: 0,
            total: None,
        }
    }

    fn send(&mut self, stage: Stage, path: String) -> Step {
        let request = HttpRequest::get(path);
        self.stage = stage;
        self.asked = Some(request.clone());
        Step::Send(request)
    }

    fn incomplete(&self, why: impl Into<String>) -> SystemError {
        SystemError::Incomplete {
            place: self.place.clone(),
            why: why.into(),
        }
    }

    fn too_much(&self, error: TooMuch) -> SystemError {
        self.incomplete(error.to_string())
    }

    /// `None` if the answer is no JSON and the page is to be asked for again.
    fn page<T: serde::de::DeserializeOwned>(
        &mut self,
        response: &HttpResponse,
    ) -> Result<Option<T>, SystemError> {
        match parse(WHO, &response.body) {
            Ok(page) => {
                self.failed = 0;
                Ok(Some(page))
            }
            Err(Unread::NotWhole(_)) if self.failed < TRIES => {
                self.failed += 1;
                Ok(None)
            }
            Err(Unread::NotWhole(why) | Unread::Unknown(why)) => Err(self.incomplete(why)),
        }
    }

    fn id(&self, text: &str, after: u64) -> Result<u64, SystemError> {
        let id = text
            .parse()
            .map_err(|_| self.incomplete(format!("{text:?} is not an id")))?;
        if id <= after {
            return Err(self.incomplete(format!(
                "id {id} comes after {after}: a page was repeated or out of order"
            )));
        }
        Ok(id)
    }

    fn tags(&mut self, mut reading: Box<Reading>, page: &TagsPage) -> Result<Step, SystemError> {
        if page.more && page.tags.is_empty() {
            return Err(self.incomplete("a page of tags is empty, but reports more pages"));
        }
        for tag in &page.tags {
            reading.after = self.id(&tag.id, reading.after)?;
            let index = reading
                .into
                .tag(&tag.name)
                .map_err(|error| self.too_much(error))?;
            reading.tags.insert(tag.name.clone(), index);
        }
        if page.more {
            let path = tags_path(reading.after);
            return Ok(self.send(Stage::Tags(reading), path));
        }
        let read = reading.tags.len() as u64;
        if page.total != read {
            return Err(self.incomplete(format!("it counts {} tags but lists {read}", page.total)));
        }
        reading.after = 0;
        Ok(self.send(Stage::Contacts(reading), contacts_path(0)))
    }

    fn contacts(&mut self, mut reading: Box<Reading>, page: &ContactsPage) -> Result<Step, SystemError> {
        if page.more && page.contacts.is_empty() {
            return Err(self.incomplete("a page of contacts is empty, but reports more pages"));
        }
        for contact in &page.contacts {
            reading.after = self.id(&contact.id, reading.after)?;
            reading.contacts += 1;
            let mut held = Vec::with_capacity(contact.tags.len());
            for name in &contact.tags {
                let tag = match reading.tags.get(name) {
                    Some(tag) => *tag,
                    // Made since the tags were read.
                    None => reading.into.tag(name).map_err(|error| self.too_much(error))?,
                };
                held.push(HeldTag { tag, ours: false });
            }
            let mut fields = Vec::with_capacity(contact.fields.len());
            for (name, value) in &contact.fields {
                let field = reading.into.field(name).map_err(|error| self.too_much(error))?;
                fields.push((field, value.as_str()));
            }
            let email = contact.email.trim().to_ascii_lowercase();
            let member = ObservedMember {
                email: &email,
                user: false,
                login: "",
                first: &contact.first_name,
                last: &contact.last_name,
                contact: &contact.id,
                privileged: false,
                opted_out: contact.opted_out,
                set: 0,
            };
            reading
                .into
                .push(member, &held, &fields)
                .map_err(|error| self.too_much(error))?;
        }
        self.done = reading.contacts;
        self.total = Some(page.total);
        if page.more {
            let path = contacts_path(reading.after);
            return Ok(self.send(Stage::Contacts(reading), path));
        }
        if page.total != reading.contacts {
            return Err(self.incomplete(format!(
                "it counts {} contacts but lists {}",
                page.total, reading.contacts
            )));
        }
        Ok(self.send(Stage::AccountAgain(reading), "/v1/account".to_owned()))
    }

    fn end(&mut self, reading: Reading, again: &AccountText) -> Result<Step, SystemError> {
        if again.id != reading.account.id {
            return Err(self.incomplete("another account responds than at the start"));
        }
        if again.totals.contacts != reading.contacts {
            return Err(self.incomplete(format!(
                "{} contacts were read, but there are {} now; someone is writing, try again",
                reading.contacts, again.totals.contacts
            )));
        }
        self.stage = Stage::Ended;
        Ok(Step::Done(reading.into.finish()))
    }

    fn answered(&mut self, response: &HttpResponse) -> Result<Step, SystemError> {
        // A response that is no JSON leaves the stage as it was and asks again.
        macro_rules! page_or_again {
            ($stage:expr) => {
                match self.page(response)? {
                    Some(page) => page,
                    None => {
                        self.stage = $stage;
                        let again = self.asked.clone().unwrap_or_else(ask_account);
                        return Ok(Step::Send(again));
                    }
                }
            };
        }
        match std::mem::replace(&mut self.stage, Stage::Ended) {
            Stage::Account => {
                let _: serde::de::IgnoredAny = page_or_again!(Stage::Account);
                let text = read_account(&self.place, response)?;
                self.total = Some(text.totals.contacts);
                let room = usize::try_from(text.totals.contacts.min(1 << 20)).unwrap_or_default();
                let reading = Reading {
                    into: ObservedBuilder::new(account(&self.place, text.id.clone()), room),
                    account: text,
                    tags: BTreeMap::new(),
                    after: 0,
                    contacts: 0,
                };
                Ok(self.send(Stage::Tags(Box::new(reading)), tags_path(0)))
            }
            Stage::Tags(reading) => {
                let page = page_or_again!(Stage::Tags(reading));
                self.tags(reading, &page)
            }
            Stage::Contacts(reading) => {
                let page = page_or_again!(Stage::Contacts(reading));
                self.contacts(reading, &page)
            }
            Stage::AccountAgain(reading) => {
                let again: AccountText = page_or_again!(Stage::AccountAgain(reading));
                self.end(*reading, &again)
            }
            Stage::Ended => Err(self.incomplete("reading has already finished")),
        }
    }
}

impl Exchange<Observed, SystemError> for ContactsCursor {
    fn next(&mut self, last: Last<'_>) -> Step {
        match last {
            None => self.send(Stage::Account, "/v1/account".to_owned()),
            Some(Ok(response)) => self.answered(response).into(),
            Some(Err(fault)) => Step::Failed(SystemError::from_fault(&self.place, fault)),
        }
    }

    fn progress(&self) -> Option<(u64, Option<u64>)> {
        Some((self.done, self.total))
    }
}

fn tags_path(after: u64) -> String {
    format!("/v1/tags?after={after}&limit={PAGE}")
}

fn contacts_path(after: u64) -> String {
    format!("/v1/contacts?after={after}&limit={PAGE}")
}
