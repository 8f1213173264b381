//! The members of a request in; as they are now, out: found by address where their ID is not known, and read by ID.

use std::collections::{BTreeMap, BTreeSet};

use super::{
    books::Books,
    contact::Reader,
    duplicates::Duplicates,
    read::{ContactText, ContactsPage},
    request::{BULK, broken, contact, filtered, page},
    tag_pages::{TagPages, tag_rules},
    write_contact::member_address,
};
use crate::{
    model::{ContactId, Fault, HttpResponse, Looked, MemberState, MemberWrite, Request, TagRef},
    systems::{
        Exchange, ExchangeStep, Last,
        probe::{addresses, either, members},
    },
};

/// More than this cannot be late: the filter was not applied.
const LATE: usize = 20;

/// Reads members.
pub(super) struct Probe<'a> {
    writes: &'a [MemberWrite],
    tags: &'a [TagRef],
    books: &'a Books,
    duplicates: Option<Duplicates>,
    stage: Stage,
    /// Addresses that are still searched for.
    to_find: Vec<String>,
    /// IDs that are still read.
    to_read: Vec<String>,
    /// IDs that a list did not show: what is read by itself does not lag.
    missing: Vec<String>,
    read: BTreeMap<String, ContactText>,
    pages: TagPages,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Stage {
    Searching(String),
    Listing(Vec<String>),
    Reading(String),
    Tags,
}

impl<'a> Probe<'a> {
    pub(super) fn new(request: &'a Request, books: &'a Books, duplicates: Option<Duplicates>) -> Self {
        let writes = members(request);
        let searched = writes.iter().flat_map(|write| {
            // Who has an ID is searched for only where somebody else may have the new address.
            let all = write.contact_id.is_none() || write.old_address().is_some();
            addresses(write).filter(move |_| all)
        });
        let to_find: BTreeSet<String> = searched.map(str::to_owned).collect();
        let to_read = writes.iter().filter_map(|write| write.contact_id.as_ref());
        let to_read: BTreeSet<String> = to_read.map(ToString::to_string).collect();
        Self {
            writes,
            tags: &request.tags,
            books,
            duplicates,
            stage: Stage::Tags,
            to_find: to_find.into_iter().collect(),
            to_read: to_read.into_iter().collect(),
            missing: Vec::new(),
            read: BTreeMap::new(),
            pages: TagPages::default(),
        }
    }

    fn ask(&mut self) -> ExchangeStep<Looked> {
        if let Some(address) = self.to_find.pop() {
            let asks = filtered(&format!("email=={address}"), None);
            self.stage = Stage::Searching(address);
            return ExchangeStep::Send(asks);
        }
        self.to_read.retain(|id| !self.read.contains_key(id));
        if !self.to_read.is_empty() {
            let ids = self.to_read.split_off(self.to_read.len().saturating_sub(BULK));
            let asks = filtered(&format!("contact_ids=={}", ids.join(",")), None);
            self.stage = Stage::Listing(ids);
            return ExchangeStep::Send(asks);
        }
        if let Some(id) = self.missing.pop() {
            let asks = contact(&id);
            self.stage = Stage::Reading(id);
            return ExchangeStep::Send(asks);
        }
        let mut held = self.read.values().flat_map(ContactText::tags);
        if self.stage != Stage::Tags && held.any(|id| !self.books.tags.knows(id, self.tags)) {
            self.stage = Stage::Tags;
            return ExchangeStep::Send(TagPages::ask());
        }
        let looked = self.writes.iter().map(|write| (write.seq, self.state(write)));
        ExchangeStep::Done(looked.collect())
    }

    fn answered(&mut self, response: &HttpResponse) -> Result<ExchangeStep<Looked>, Fault> {
        match self.stage.clone() {
            Stage::Searching(address) => {
                let found: ContactsPage = page(response)?;
                let (own, late): (Vec<_>, Vec<_>) = found
                    .contacts
                    .into_iter()
                    .partition(|one| one.has_address(&address));
                if late.len() > LATE {
                    return Err(broken("a filter by address finds other contacts"));
                }
                self.read
                    .extend(own.into_iter().map(|one| (one.id.0.clone(), one)));
            }
            Stage::Listing(ids) => {
                let found: ContactsPage = page(response)?;
                if found.contacts.iter().any(|one| !ids.contains(&one.id.0)) {
                    return Err(broken("a filter by ID finds other contacts"));
                }
                self.read
                    .extend(found.contacts.into_iter().map(|one| (one.id.0.clone(), one)));
                let missing = ids.into_iter().filter(|id| !self.read.contains_key(id));
                self.missing = missing.collect();
            }
            Stage::Reading(_) if response.status == 404 => {}
            Stage::Reading(id) => {
                let one: ContactText = page(response)?;
                self.read.insert(id, one);
            }
            Stage::Tags => {
                if let Some(more) = self.pages.take(response)? {
                    return Ok(ExchangeStep::Send(more));
                }
                self.books.tags.learn(self.pages.tags());
            }
        }
        Ok(self.ask())
    }

    /// The contacts of an address: several, if the plan does not say which counts.
    fn under(&self, address: &str) -> Vec<&ContactText> {
        let mut all: Vec<&ContactText> = self.read.values().collect();
        all.retain(|contact| contact.has_address(address));
        all.sort_by_key(|contact| contact.id.number());
        match self.duplicates {
            None => all,
            Some(rule) => all
                .into_iter()
                .max_by_key(|contact| rule.rank(contact))
                .into_iter()
                .collect(),
        }
    }

    fn state(&self, write: &MemberWrite) -> MemberState {
        let rules = tag_rules();
        let reader = Reader {
            asked: self.tags,
            rules: &rules,
            tags: &self.books.tags,
            fields: &self.books.fields,
        };
        let email = write.email.as_str();
        let under = |address: &str| reader.state(&self.under(address), address);
        let known = |id: &ContactId| self.read.get(id.as_str());
        let own = |own: Option<&ContactText>| {
            own.map(|own| reader.state(&[own], &member_address(own, write)))
                .unwrap_or_default()
        };
        match (&write.contact_id, addresses(write).nth(1)) {
            (Some(id), None) => own(known(id)),
            (Some(id), Some(_)) => match known(id) {
                Some(contact) if contact.has_address(email) => own(Some(contact)),
                contact => {
                    let mut others = self.under(email);
                    others.retain(|other| other.id.0 != id.as_str());
                    either(own(contact), reader.state(&others, email))
                }
            },
            (None, Some(old)) => either(under(old), under(email)),
            (None, None) => under(email),
        }
    }
}

impl Exchange<Looked> for Probe<'_> {
    fn next(&mut self, last: Last<'_>) -> ExchangeStep<Looked> {
        match last {
            None => {
                self.stage = Stage::Searching(String::new());
                self.ask()
            }
            Some(Ok(response)) => self.answered(response).into(),
            Some(Err(fault)) => ExchangeStep::Failed(fault.clone()),
        }
    }
}
