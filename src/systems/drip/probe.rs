//! The members of a request in; as they are now, out: one by its ID, several from the list, which has the newest first.

use std::collections::{BTreeMap, BTreeSet};

use super::{
    field_names::FieldNames,
    read::SubscriberText,
    request::{MOST, ask_one, ask_page, broken, page},
};
use crate::{
    model::{Fault, HttpResponse, Looked, MemberState, MemberWrite, Request},
    systems::{
        Exchange, ExchangeStep, Last,
        probe::{addresses, either, members},
    },
};

/// The list is read again so often where it changed while it was read.
const READINGS: u32 = 5;

/// Reads members. No path may contain an address, so whoever has no ID yet is looked for in the list.
pub(super) struct Probe<'a> {
    account: &'a str,
    names: &'a FieldNames,
    writes: &'a [MemberWrite],
    by_id: bool,
    page: u64,
    reading: u32,
    total: Option<u64>,
    /// By ID, as far as the request is about them.
    found: BTreeMap<String, SubscriberText>,
    seen: BTreeSet<String>,
}

impl<'a> Probe<'a> {
    pub(super) fn new(account: &'a str, names: &'a FieldNames, request: &'a Request) -> Self {
        let writes = members(request);
        let by_id = match writes {
            [one] => one.contact_id.is_some() && one.old_address().is_none(),
            _ => false,
        };
        Self {
            account,
            names,
            writes,
            by_id,
            page: 1,
            reading: 1,
            total: None,
            found: BTreeMap::new(),
            seen: BTreeSet::new(),
        }
    }

    fn ask(&self) -> ExchangeStep<Looked> {
        match self.writes.first().and_then(|write| write.contact_id.as_ref()) {
            Some(id) if self.by_id => ExchangeStep::Send(ask_one(self.account, id.as_str())),
            _ if self.writes.is_empty() => self.end(),
            _ => ExchangeStep::Send(ask_page(self.account, MOST, self.page, None)),
        }
    }

    fn end(&self) -> ExchangeStep<Looked> {
        let looked = self.writes.iter().map(|write| (write.seq, self.state(write)));
        ExchangeStep::Done(looked.collect())
    }

    fn take(&mut self, subscribers: Vec<SubscriberText>) {
        let (ids, emails): (BTreeSet<&str>, BTreeSet<&str>) = (
            self.writes
                .iter()
                .filter_map(|write| Some(write.contact_id.as_ref()?.as_str()))
                .collect(),
            self.writes.iter().flat_map(addresses).collect(),
        );
        for one in subscribers {
            self.seen.insert(one.id.0.clone());
            if ids.contains(one.id.0.as_str()) || emails.contains(one.address().as_str()) {
                self.found.insert(one.id.0.clone(), one);
            }
        }
    }

    fn answered(&mut self, response: &HttpResponse) -> Result<ExchangeStep<Looked>, Fault> {
        if self.by_id {
            if response.status != 404 {
                self.take(page(response)?.subscribers);
            }
            return Ok(self.end());
        }
        let page = page(response)?;
        let meta = page
            .meta
            .ok_or_else(|| broken("a page of subscribers has no meta"))?;
        let count = |number: Option<u64>| number.ok_or_else(|| broken("a count is not a number"));
        let (pages, total) = (
            count(meta.total_pages.number())?,
            count(meta.total_count.number())?,
        );
        let is_empty = page.subscribers.is_empty();
        let changed = self.total.is_some_and(|before| before != total);
        self.total = Some(total);
        self.take(page.subscribers);
        if self.has_all() {
            return Ok(self.end());
        }
        let is_last = self.page >= pages || is_empty;
        if changed || (is_last && (self.seen.len() as u64) < total) {
            if self.reading >= READINGS {
                let why = "the list of subscribers keeps changing while it is read".to_owned();
                return Err(Fault::Transient { why });
            }
            self.reading += 1;
            (self.page, self.total) = (1, None);
            self.seen.clear();
            return Ok(self.ask());
        }
        if is_last {
            return Ok(self.end());
        }
        self.page += 1;
        Ok(self.ask())
    }

    /// True if nobody is missing, so that no further page can say anything else.
    fn has_all(&self) -> bool {
        let has = |write: &MemberWrite| match (&write.contact_id, write.old_address()) {
            (Some(id), None) => self.found.contains_key(id.as_str()),
            (None, None) => self.under(write.email.as_str()).next().is_some(),
            // The other address may be somebody else's.
            (_, Some(_)) => false,
        };
        self.writes.iter().all(has)
    }

    fn under<'s>(&'s self, address: &'s str) -> impl Iterator<Item = &'s SubscriberText> {
        self.found.values().filter(move |one| one.address() == address)
    }

    fn state(&self, write: &MemberWrite) -> MemberState {
        let made = |one: Option<&SubscriberText>| one.map(|one| one.state(self.names)).unwrap_or_default();
        let email = write.email.as_str();
        match (&write.contact_id, addresses(write).nth(1)) {
            (Some(id), None) => made(self.found.get(id.as_str())),
            (Some(id), Some(_)) => {
                let own = self.found.get(id.as_str());
                let other = self.under(email).find(|other| other.id.0 != id.as_str());
                match own {
                    Some(own) if own.address() == email => made(Some(own)),
                    own => either(made(own), made(other)),
                }
            }
            (None, Some(old)) => either(made(self.under(old).next()), made(self.under(email).next())),
            (None, None) => made(self.under(email).next()),
        }
    }
}

impl Exchange<Looked> for Probe<'_> {
    fn next(&mut self, last: Last<'_>) -> ExchangeStep<Looked> {
        match last {
            None => self.ask(),
            Some(Ok(response)) => self.answered(response).unwrap_or_else(ExchangeStep::Failed),
            Some(Err(fault)) => ExchangeStep::Failed(fault.clone()),
        }
    }
}
