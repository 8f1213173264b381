//! The members of a request in; as they are now, out: found by address where their ID is not known, and read by ID.

use std::collections::{BTreeMap, BTreeSet};

use super::{
    field_book::FieldBook,
    read::{SubscriberPage, SubscriberText, SubscribersPage},
    request::{SEARCHED, broken, encoded, list, page, subscriber},
    subscriber::state,
    tag_pages::TagPages,
};
use crate::{
    model::{ContactId, Fault, HttpResponse, Looked, MemberState, MemberWrite, Request, TagRef},
    systems::{
        Exchange, ExchangeStep, Last,
        probe::{addresses, either, members},
    },
};

/// Reads members. Lists lag, so everybody whose ID is known, or found, is read by it.
pub(super) struct Probe<'a> {
    writes: &'a [MemberWrite],
    tags: &'a [TagRef],
    book: &'a FieldBook,
    stage: Stage,
    /// Addresses that are still searched for.
    to_find: Vec<String>,
    /// IDs that are still read.
    to_read: BTreeSet<String>,
    /// IDs by address.
    found: BTreeMap<String, BTreeSet<String>>,
    /// Contacts by ID.
    read: BTreeMap<String, SubscriberText>,
}

enum Stage {
    Searching(Vec<String>),
    Reading(String),
    Tags(Box<(SubscriberText, TagPages)>),
}

impl<'a> Probe<'a> {
    pub(super) fn new(request: &'a Request, book: &'a FieldBook) -> Self {
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
            book,
            stage: Stage::Searching(Vec::new()),
            to_find: to_find.into_iter().collect(),
            to_read: to_read.map(ToString::to_string).collect(),
            found: BTreeMap::new(),
            read: BTreeMap::new(),
        }
    }

    fn go_on(&mut self) -> ExchangeStep<Looked> {
        let most = self.to_find.len().saturating_sub(SEARCHED);
        let asked = self.to_find.split_off(most);
        if !asked.is_empty() {
            let addresses: Vec<String> = asked.iter().map(|address| encoded(address)).collect();
            let query = format!("email_address={}&status=all", addresses.join(","));
            self.stage = Stage::Searching(asked);
            return ExchangeStep::Send(list("/subscribers", &query, None));
        }
        if let Some(id) = self.to_read.pop_first() {
            let asks = subscriber(&id);
            self.stage = Stage::Reading(id);
            return ExchangeStep::Send(asks);
        }
        let looked = self.writes.iter().map(|write| (write.seq, self.state(write)));
        ExchangeStep::Done(looked.collect())
    }

    fn answered(&mut self, response: &HttpResponse) -> Result<ExchangeStep<Looked>, Fault> {
        match std::mem::replace(&mut self.stage, Stage::Searching(Vec::new())) {
            Stage::Searching(asked) => {
                let read: SubscribersPage = page(response)?;
                if read.pagination.has_next_page {
                    return Err(broken("a search by address finds more people than addresses"));
                }
                for one in read.subscribers {
                    let address = one.address();
                    if !asked.contains(&address) {
                        return Err(broken("a search by address finds other people"));
                    }
                    self.to_read.insert(one.id.0.clone());
                    self.found.entry(address).or_default().insert(one.id.0);
                }
                Ok(self.go_on())
            }
            Stage::Reading(_) | Stage::Tags(_) if response.status == 404 => Ok(self.go_on()),
            Stage::Reading(id) => {
                let read: SubscriberPage = page(response)?;
                if read.subscriber.id.0 != id {
                    return Err(broken("another contact was read than the one that was asked for"));
                }
                let pages = TagPages::of_contact(&id);
                let asks = pages.ask();
                self.stage = Stage::Tags(Box::new((read.subscriber, pages)));
                Ok(ExchangeStep::Send(asks))
            }
            Stage::Tags(tags) => {
                let (mut contact, mut pages) = *tags;
                if let Some(more) = pages.take(response)? {
                    self.stage = Stage::Tags(Box::new((contact, pages)));
                    return Ok(ExchangeStep::Send(more));
                }
                contact.tags = Some(pages.tags());
                self.read.insert(contact.id.0.clone(), contact);
                Ok(self.go_on())
            }
        }
    }

    fn state(&self, write: &MemberWrite) -> MemberState {
        let under = |address: &str| -> Vec<&SubscriberText> {
            let ids = self.found.get(address).into_iter().flatten();
            let contacts = ids.filter_map(|id| self.read.get(id));
            // A list may be late: who has another address by now does not stand under this one.
            contacts.filter(|contact| contact.address() == address).collect()
        };
        let known = |id: &ContactId| self.read.get(id.as_str());
        let made = |contacts: &[&SubscriberText]| state(contacts, self.tags, self.book);
        match (&write.contact_id, addresses(write).nth(1)) {
            (Some(id), None) => made(known(id).as_slice()),
            (Some(id), Some(_)) => {
                let others = under(write.email.as_str()).into_iter();
                let others: Vec<_> = others.filter(|other| other.id.0 != id.as_str()).collect();
                match known(id) {
                    Some(own) if own.address() == write.email.as_str() => made(&[own]),
                    own => either(made(own.as_slice()), made(&others)),
                }
            }
            (None, Some(old)) => either(made(&under(old)), made(&under(write.email.as_str()))),
            (None, None) => made(&under(write.email.as_str())),
        }
    }
}

impl Exchange<Looked> for Probe<'_> {
    fn next(&mut self, last: Last<'_>) -> ExchangeStep<Looked> {
        match last {
            None => self.go_on(),
            Some(Ok(response)) => self.answered(response).into(),
            Some(Err(fault)) => ExchangeStep::Failed(fault.clone()),
        }
    }
}
