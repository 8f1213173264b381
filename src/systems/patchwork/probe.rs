//! The members of a request in; as they are now, out: after the jobs about them are over, found by address where their
//! ID is not known, and read by ID.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::json;

use super::{
    job::{Jobs, Next},
    read::{ContactText, FoundPage, ReadPage, page, state},
    request::{READ, SEARCHED, broken, look_up},
};
use crate::{
    model::{
        Attribute, ContactId, Fault, HttpRequest, HttpResponse, Looked, MemberState, MemberWrite, Request,
        TagRef, TagRules,
    },
    systems::{
        Exchange, ExchangeStep, Last,
        probe::{addresses, either, members},
    },
};

/// Reads members. Searches lag, so whoever has an ID is read by it.
pub(super) struct Probe<'a> {
    writes: &'a [MemberWrite],
    tags: &'a [TagRef],
    rules: TagRules,
    stage: Stage,
    jobs: Jobs,
    /// Addresses that are still searched for.
    to_find: Vec<String>,
    /// IDs that are still read.
    to_read: Vec<String>,
    /// IDs by address.
    found: BTreeMap<String, BTreeSet<String>>,
    /// Contacts by ID.
    read: BTreeMap<String, ContactText>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stage {
    Jobs,
    Searching,
    Reading,
}

impl<'a> Probe<'a> {
    pub(super) fn new(request: &'a Request, rules: TagRules) -> Self {
        let writes = members(request);
        let searched = writes.iter().flat_map(|write| {
            // Who has an ID is searched for only where somebody else may stand under the new address.
            let all = write.contact_id.is_none() || write.old_address().is_some();
            addresses(write).filter(move |_| all)
        });
        let to_find: BTreeSet<String> = searched.map(str::to_owned).collect();
        let to_read = writes.iter().filter_map(|write| write.contact_id.as_ref());
        Self {
            writes,
            tags: &request.tags,
            rules,
            stage: Stage::Jobs,
            jobs: Jobs::new(&request.jobs),
            to_find: to_find.into_iter().collect(),
            to_read: to_read.map(ToString::to_string).collect(),
            found: BTreeMap::new(),
            read: BTreeMap::new(),
        }
    }

    fn go_on(&mut self, next: Next) -> ExchangeStep<Looked> {
        match next {
            Next::Ask(request) => ExchangeStep::Send(request),
            Next::Wait(time) => ExchangeStep::Wait(time),
            Next::Over => self.search(),
        }
    }

    fn search(&mut self) -> ExchangeStep<Looked> {
        self.stage = Stage::Searching;
        let emails = take(&mut self.to_find, SEARCHED);
        if emails.is_empty() {
            return self.read();
        }
        ExchangeStep::Send(look_up("/pw/contacts/search", &json!({ "emails": emails })))
    }

    fn read(&mut self) -> ExchangeStep<Looked> {
        self.stage = Stage::Reading;
        let ids = take(&mut self.to_read, READ);
        if ids.is_empty() {
            let looked = self.writes.iter().map(|write| (write.seq, self.state(write)));
            return ExchangeStep::Done(looked.collect());
        }
        ExchangeStep::Send(ask(&ids))
    }

    fn answered(&mut self, response: &HttpResponse) -> Result<ExchangeStep<Looked>, Fault> {
        match self.stage {
            Stage::Jobs => {
                let next = self.jobs.take(response)?;
                Ok(self.go_on(next))
            }
            Stage::Searching => {
                let found: FoundPage = page(response)?;
                for one in found.contacts {
                    let email = one.email.trim().to_ascii_lowercase();
                    self.to_read.push(one.id.0.clone());
                    self.found.entry(email).or_default().insert(one.id.0);
                }
                Ok(self.search())
            }
            Stage::Reading => {
                let contacts: ReadPage = page(response)?;
                for contact in contacts.contacts {
                    if self.read.insert(contact.id.0.clone(), contact).is_some() {
                        return Err(broken("a contact is there twice"));
                    }
                }
                Ok(self.read())
            }
        }
    }

    fn state(&self, write: &MemberWrite) -> MemberState {
        let under = |address: &str| -> Vec<&ContactText> {
            let ids = self.found.get(address).into_iter().flatten();
            let contacts = ids.filter_map(|id| self.read.get(id));
            // A search may be late: who has another address by now does not stand under this one.
            contacts.filter(|contact| contact.address() == address).collect()
        };
        let known = |id: &ContactId| self.read.get(id.as_str());
        let made = |contacts: &[&ContactText]| state(contacts, self.tags, &self.rules);
        let mut all = match (&write.contact_id, addresses(write).nth(1)) {
            (Some(id), None) => made(known(id).as_slice()),
            (Some(id), Some(_)) => {
                let others = under(write.email.as_str()).into_iter();
                let others: Vec<&ContactText> = others.filter(|other| other.id.0 != id.as_str()).collect();
                match known(id) {
                    Some(own) if own.address() == write.email.as_str() => made(&[own]),
                    own => either(made(own.as_slice()), made(&others)),
                }
            }
            (None, Some(old)) => either(made(&under(old)), made(&under(write.email.as_str()))),
            (None, None) => made(&under(write.email.as_str())),
        };
        all.rejected = self.rejected(write);
        all
    }

    /// Why a job did not add a tag that the request asks for.
    fn rejected(&self, write: &MemberWrite) -> Option<String> {
        let contact = write.contact_id.as_ref()?;
        let asked = write.changes.iter().filter_map(|change| match &change.attribute {
            Attribute::Tag(name) => self.tags.iter().find(|tag| tag.name == *name),
            _ => None,
        });
        let mut ids = asked.filter_map(|tag| tag.id.as_ref());
        ids.find_map(|id| self.jobs.rejected(id, contact)).cloned()
    }
}

fn ask(ids: &[String]) -> HttpRequest {
    look_up("/pw/contacts/read", &json!({ "ids": ids }))
}

/// The last few, each once.
fn take(all: &mut Vec<String>, most: usize) -> Vec<String> {
    all.sort_unstable();
    all.dedup();
    all.split_off(all.len().saturating_sub(most))
}

impl Exchange<Looked> for Probe<'_> {
    fn next(&mut self, last: Last<'_>) -> ExchangeStep<Looked> {
        match last {
            None => {
                let next = self.jobs.ask();
                self.go_on(next)
            }
            Some(Ok(response)) => self.answered(response).into(),
            Some(Err(fault)) => ExchangeStep::Failed(fault.clone()),
        }
    }
}
