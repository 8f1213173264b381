//! Pages in, the whole account out: proven complete, or an error.

use std::{collections::BTreeMap, sync::Arc};

use super::{
    account::{ask_account, read_account},
    books::Books,
    duplicates::Duplicates,
    fields::FieldBook,
    read::{CategoriesPage, ContactsPage, HoldersPage, Id, ModelPage},
    request::{BULK, PAGE, ask_fields, contacts, encoded, list, newest_contact, next_token, page},
    rows::Rows,
    tag_pages::TagPages,
};
use crate::{
    model::{Fault, HttpRequest, HttpResponse, Observed},
    systems::{Exchange, ExchangeStep, Last, SystemError},
};

type Step = ExchangeStep<Observed, SystemError>;

/// Reads the account, its fields, the categories, the tags, the ID of the newest contact, all contacts in the order of
/// their IDs, and the account again. Keap counts no contacts: that the reading reached the one that was the newest when
/// it began, in strictly ascending order and to a last page, is the proof that it is complete.
pub(super) struct Cursor {
    place: String,
    books: Arc<Books>,
    duplicates: Option<Duplicates>,
    stage: Stage,
    id: String,
    rows: Option<Rows>,
    categories: BTreeMap<Id, String>,
    newest: u64,
    after: u64,
    done: u64,
}

enum Stage {
    Account,
    Fields,
    Categories,
    Tags(TagPages),
    Newest,
    Contacts,
    /// Tags of which it is still to be shown that nobody holds them.
    Held(Vec<String>),
    AccountAgain,
}

impl Cursor {
    pub(super) fn new(place: &str, books: Arc<Books>, duplicates: Option<Duplicates>) -> Self {
        Self {
            place: place.to_owned(),
            books,
            duplicates,
            stage: Stage::Account,
            id: String::new(),
            rows: None,
            categories: BTreeMap::new(),
            newest: 0,
            after: 0,
            done: 0,
        }
    }

    fn incomplete(&self, why: impl Into<String>) -> SystemError {
        SystemError::Incomplete {
            place: self.place.clone(),
            why: why.into(),
        }
    }

    fn read<T: serde::de::DeserializeOwned>(&self, response: &HttpResponse) -> Result<T, SystemError> {
        page(response).map_err(|fault: Fault| self.incomplete(fault.to_string()))
    }

    fn rows(&mut self) -> Result<&mut Rows, SystemError> {
        let place = &self.place;
        self.rows.as_mut().ok_or_else(|| SystemError::Incomplete {
            place: place.clone(),
            why: "reading has already finished".to_owned(),
        })
    }

    fn fields(&self) -> &FieldBook {
        &self.books.fields
    }

    /// Goes on with a stage by its first request.
    fn begin(&mut self, stage: Stage, request: HttpRequest) -> Step {
        self.stage = stage;
        Step::Send(request)
    }

    fn answered(&mut self, response: &HttpResponse) -> Result<Step, SystemError> {
        match std::mem::replace(&mut self.stage, Stage::Account) {
            Stage::Account => {
                let account = read_account(&self.place, response)?;
                self.id.clone_from(&account.id);
                self.rows = Some(Rows::new(account, self.duplicates));
                Ok(self.begin(Stage::Fields, ask_fields()))
            }
            Stage::Fields => {
                let model: ModelPage = self.read(response)?;
                self.fields().learn(&model.custom_fields.unwrap_or_default());
                Ok(self.begin(Stage::Categories, categories(None)))
            }
            Stage::Categories => self.categories(response),
            Stage::Tags(pages) => self.tags(pages, response),
            Stage::Newest => {
                let newest: ContactsPage = self.read(response)?;
                let id = newest.contacts.first().map_or(Some(0), |one| one.id.number());
                self.newest = id.ok_or_else(|| self.incomplete("the ID of a contact is not a number"))?;
                Ok(self.begin(Stage::Contacts, contacts(None)))
            }
            Stage::Contacts => self.contacts(response),
            Stage::Held(rest) => {
                let holders: HoldersPage = self.read(response)?;
                if !holders.contacts.is_empty() {
                    return Err(self.incomplete("it lists contacts without the tags that they have"));
                }
                Ok(self.held(rest))
            }
            Stage::AccountAgain => {
                let again = read_account(&self.place, response)?;
                if again.id != self.id {
                    return Err(self.incomplete("another account responds than at the start"));
                }
                let rows = self.rows.take();
                let rows = rows.ok_or_else(|| self.incomplete("reading has already finished"))?;
                let observed = rows.finish(self.fields());
                Ok(Step::Done(
                    observed.map_err(|error| self.incomplete(error.why()))?,
                ))
            }
        }
    }

    fn categories(&mut self, response: &HttpResponse) -> Result<Step, SystemError> {
        let page: CategoriesPage = self.read(response)?;
        let next = next_token(page.next_page_token);
        let before = self.categories.len();
        let named = page.tag_categories.into_iter();
        self.categories.extend(named.map(|one| (one.id, one.name)));
        Ok(match next {
            // A page that brings nothing new is the last, whatever it says.
            Some(token) if self.categories.len() > before => {
                self.begin(Stage::Categories, categories(Some(&token)))
            }
            _ => self.begin(Stage::Tags(TagPages::default()), TagPages::ask()),
        })
    }

    fn tags(&mut self, mut pages: TagPages, response: &HttpResponse) -> Result<Step, SystemError> {
        let more = pages.take(response);
        if let Some(more) = more.map_err(|fault| self.incomplete(fault.to_string()))? {
            return Ok(self.begin(Stage::Tags(pages), more));
        }
        self.books.tags.learn(pages.tags());
        let categories = std::mem::take(&mut self.categories);
        let taken = self.rows()?.tags(pages.tags(), &categories);
        taken.map_err(|error| self.incomplete(error.to_string()))?;
        Ok(self.begin(Stage::Newest, newest_contact()))
    }

    fn contacts(&mut self, response: &HttpResponse) -> Result<Step, SystemError> {
        let page: ContactsPage = self.read(response)?;
        let last = page.contacts.is_empty();
        let next = next_token(page.next_page_token);
        for contact in page.contacts {
            let id = contact.id.number().filter(|id| *id > self.after);
            self.after = id.ok_or_else(|| self.incomplete("a page was repeated or is out of order"))?;
            self.done += 1;
            let books = Arc::clone(&self.books);
            let taken = self.rows()?.contact(contact, &books.fields);
            taken.map_err(|error| self.incomplete(error.why()))?;
        }
        if let (Some(token), false) = (next, last) {
            return Ok(self.begin(Stage::Contacts, contacts(Some(&token))));
        }
        if self.after < self.newest {
            return Err(self.incomplete(format!(
                "its pages end at the contact {}, but it has the contact {}; someone is writing, try again",
                self.after, self.newest
            )));
        }
        let rows = self.rows()?;
        let unsaid = if rows.says_tags() {
            Vec::new()
        } else {
            rows.tag_ids()
        };
        Ok(if self.done == 0 {
            self.held(Vec::new())
        } else {
            self.held(unsaid)
        })
    }

    /// Where no contact says which tags it has, it is shown that there is no contact with a tag.
    fn held(&mut self, mut tags: Vec<String>) -> Step {
        if tags.is_empty() {
            return self.begin(Stage::AccountAgain, ask_account());
        }
        let rest = tags.split_off(tags.len().min(BULK));
        let filter = encoded(&format!("tag_ids=={}", tags.join(",")));
        let asks = list("/tags/-/contacts", &format!("filter={filter}"), 1, None);
        self.begin(Stage::Held(rest), asks)
    }
}

fn categories(token: Option<&str>) -> HttpRequest {
    list("/tags/categories", "", PAGE, token)
}

impl Exchange<Observed, SystemError> for Cursor {
    fn next(&mut self, last: Last<'_>) -> Step {
        match last {
            None => {
                *self = Self::new(&self.place, Arc::clone(&self.books), self.duplicates);
                Step::Send(ask_account())
            }
            Some(Ok(response)) => self.answered(response).into(),
            Some(Err(fault)) => Step::Failed(SystemError::from_fault(&self.place, fault)),
        }
    }

    fn progress(&self) -> Option<(u64, Option<u64>)> {
        Some((self.done, None))
    }
}
