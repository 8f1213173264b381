//! Pages in, all subscribers and tags out: proven complete, or an error.

use std::collections::{BTreeMap, BTreeSet};

use jiff::{Timestamp, ToSpan};

use super::{
    WHO,
    account::{account, ask_accounts, read_accounts},
    field_names::FieldNames,
    read::{MetaText, SubscriberText, SubscribersPage, TagsPage},
    request::{MOST, ask_page, page},
};
use crate::{
    model::{
        Fault, HeldTag, HttpRequest, HttpResponse, Observed, ObservedBuilder, ObservedMember, ObservedTag,
        TagName, TooMuch,
    },
    systems::{
        Exchange, ExchangeStep, Last, SystemError,
        json::{Unread, parse},
    },
};

type Step = ExchangeStep<Observed, SystemError>;

/// Reads the accounts, the tags, how many subscribers there are, all of them who were there at that time, and the
/// accounts again.
pub(super) struct Cursor {
    place: String,
    id: String,
    names: FieldNames,
    stage: Stage,
    into: Option<ObservedBuilder>,
    tags: BTreeMap<String, u16>,
    seen: BTreeSet<String>,
    /// How many there were before the result set was frozen.
    before: u64,
    total: Option<u64>,
    /// The result set has only who subscribed before this moment.
    frozen: Option<String>,
    page: u64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stage {
    Accounts,
    Tags,
    Count,
    Pages,
    AccountsAgain,
}

impl Cursor {
    pub(super) fn new(place: &str, id: &str, names: &FieldNames) -> Self {
        Self {
            place: place.to_owned(),
            id: id.to_owned(),
            names: names.clone(),
            stage: Stage::Accounts,
            into: Some(ObservedBuilder::new(account(place, id), 0)),
            tags: BTreeMap::new(),
            seen: BTreeSet::new(),
            before: 0,
            total: None,
            frozen: None,
            page: 1,
        }
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

    fn page(&self, response: &HttpResponse) -> Result<(MetaText, Vec<SubscriberText>), SystemError> {
        let fault = |fault: Fault| self.incomplete(fault.to_string());
        let page: SubscribersPage = page(response).map_err(fault)?;
        let meta = page
            .meta
            .ok_or_else(|| self.incomplete("a page of subscribers has no meta"))?;
        Ok((meta, page.subscribers))
    }

    fn total(&self, meta: &MetaText) -> Result<u64, SystemError> {
        let total = meta.total_count.number();
        total.ok_or_else(|| self.incomplete("the total is not a number"))
    }

    fn ask(&self) -> HttpRequest {
        ask_page(&self.id, MOST, self.page, self.frozen.as_deref())
    }

    fn check_account(&self, response: &HttpResponse) -> Result<(), SystemError> {
        let accounts = read_accounts(&self.place, response)?;
        let same = accounts.iter().any(|account| account.id.0 == self.id);
        same.then_some(()).ok_or_else(|| {
            self.incomplete(format!(
                "the token no longer has access to the account {}",
                self.id
            ))
        })
    }

    fn answered(&mut self, response: &HttpResponse) -> Result<Step, SystemError> {
        match self.stage {
            Stage::Accounts => {
                self.check_account(response)?;
                self.stage = Stage::Tags;
                Ok(Step::Send(HttpRequest::get(format!("/v2/{}/tags", self.id))))
            }
            Stage::Tags => {
                let tags: TagsPage = parse(WHO, &response.body).map_err(|unread| match unread {
                    Unread::NotWhole(why) | Unread::Unknown(why) => self.incomplete(why),
                })?;
                for tag in tags.tags.iter().filter(|tag| !tag.is_empty()) {
                    self.tag(tag)?;
                }
                self.stage = Stage::Count;
                Ok(Step::Send(ask_page(&self.id, 1, 1, None)))
            }
            Stage::Count => {
                let (meta, _) = self.page(response)?;
                self.before = self.total(&meta)?;
                self.frozen = after_second(response);
                self.stage = Stage::Pages;
                Ok(Step::Send(self.ask()))
            }
            Stage::Pages => self.subscribers(response),
            Stage::AccountsAgain => {
                self.check_account(response)?;
                match self.into.take() {
                    Some(into) => Ok(Step::Done(into.finish())),
                    None => Err(self.incomplete("reading has already finished")),
                }
            }
        }
    }

    /// The index of a tag, made on first sight.
    fn tag(&mut self, name: &str) -> Result<u16, SystemError> {
        if let Some(index) = self.tags.get(name) {
            return Ok(*index);
        }
        let Some(into) = &mut self.into else {
            return Err(self.incomplete("reading has already finished"));
        };
        let index = into.observed_tag(ObservedTag::from_name(TagName::new(name)));
        let index = index.map_err(|error| self.too_much(error))?;
        self.tags.insert(name.to_owned(), index);
        Ok(index)
    }

    fn subscribers(&mut self, response: &HttpResponse) -> Result<Step, SystemError> {
        let (meta, subscribers) = self.page(response)?;
        let total = self.total(&meta)?;
        if self.total.is_some_and(|before| before != total) || total < self.before {
            return Err(self.incomplete(format!(
                "it counted {} subscribers and now {total}; someone is writing, try again",
                self.total.unwrap_or(self.before)
            )));
        }
        self.total = Some(total);
        let is_empty = subscribers.is_empty();
        for subscriber in &subscribers {
            // Pages have no stable order: each counts once.
            if self.seen.insert(subscriber.id.0.clone()) {
                self.push(subscriber)?;
            }
        }
        let pages = meta.total_pages.number();
        let pages = pages.ok_or_else(|| self.incomplete("the number of pages is not a number"))?;
        if self.page < pages && !is_empty {
            self.page += 1;
            return Ok(Step::Send(self.ask()));
        }
        if (self.seen.len() as u64) != total {
            return Err(self.incomplete(format!(
                "it counts {total} subscribers but lists {}; someone is writing, try again",
                self.seen.len()
            )));
        }
        self.stage = Stage::AccountsAgain;
        Ok(Step::Send(ask_accounts()))
    }

    fn push(&mut self, one: &SubscriberText) -> Result<(), SystemError> {
        let email = one.address();
        // Subscribers without an address are nobody whom a plan could mean.
        if email.is_empty() {
            return Ok(());
        }
        let mut held = Vec::new();
        for tag in one.tags.iter().flatten().filter(|tag| !tag.is_empty()) {
            held.push(HeldTag {
                tag: self.tag(tag)?,
                ours: false,
            });
        }
        let values = one.fields(&self.names);
        let Some(into) = &mut self.into else {
            return Err(self.incomplete("reading has already finished"));
        };
        let indexes: Result<Vec<u16>, TooMuch> = values.keys().map(|name| into.field(name)).collect();
        let pushed = indexes.and_then(|indexes| {
            let fields: Vec<(u16, &str)> = indexes
                .into_iter()
                .zip(values.values().map(String::as_str))
                .collect();
            let member = ObservedMember {
                email: &email,
                user: false,
                login: "",
                first: one.first_name.as_deref().unwrap_or_default(),
                last: one.last_name.as_deref().unwrap_or_default(),
                contact: &one.id.0,
                privileged: false,
                opted_out: one.opted_out(),
                set: 0,
            };
            into.push(member, &held, &fields)
        });
        pushed.map_err(|error| self.too_much(error))
    }
}

/// The second after the one in which a response was sent, as its `Date` says; `None` if it does not.
fn after_second(response: &HttpResponse) -> Option<String> {
    let date = jiff::fmt::rfc2822::parse(response.headers.get("date")?.trim()).ok()?;
    let next: Timestamp = date.timestamp().checked_add(1.second()).ok()?;
    Some(next.to_string())
}

impl Exchange<Observed, SystemError> for Cursor {
    fn next(&mut self, last: Last<'_>) -> Step {
        match last {
            None => {
                *self = Self::new(&self.place, &self.id, &self.names);
                Step::Send(ask_accounts())
            }
            Some(Ok(response)) => self.answered(response).into(),
            Some(Err(fault)) => Step::Failed(SystemError::from_fault(&self.place, fault)),
        }
    }

    fn progress(&self) -> Option<(u64, Option<u64>)> {
        Some((self.seen.len() as u64, self.total))
    }
}
