//! Keap's address and what the plan says of it in; whose account it is, with its fields, out.

use std::{collections::BTreeMap, sync::Arc};

use super::{
    Keap,
    account::{ask_account, read_account},
    cursor::ask_fields,
    duplicates::Duplicates,
    fault::DAY,
    read::ModelPage,
    request::page,
};
use crate::{
    model::{Account, HttpResponse, RateLimits, RateSpan},
    systems::{Exchange, ExchangeStep, Last, Session, SystemError},
};

/// What kind of key asks: each has limits of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Key {
    /// A personal access token or a service account key.
    Token,
    /// The access token of an app.
    OAuth,
}

/// What a plan says.
#[derive(Debug, Clone)]
pub(super) struct Chosen {
    pub(super) key: Key,
    pub(super) per_second: Option<u32>,
    pub(super) per_minute: Option<u32>,
    pub(super) per_day: Option<u32>,
    pub(super) visible_after_s: u64,
    pub(super) duplicates: Option<Duplicates>,
    /// Labels by the plan's names.
    pub(super) fields: BTreeMap<String, String>,
}

impl Chosen {
    /// The plan's limits, or else those that Keap publishes.
    pub(super) fn limits(&self) -> RateLimits {
        let (second, minute, day) = match self.key {
            Key::Token => (10, 240, 30_000),
            Key::OAuth => (25, 1_500, 150_000),
        };
        RateLimits::none()
            .and(self.per_second.unwrap_or(second), RateSpan::Second)
            .and(self.per_minute.unwrap_or(minute), RateSpan::Minute)
            .and(self.per_day.unwrap_or(day), DAY)
    }
}

/// Asks Keap whose key this is, and which fields the account has.
#[derive(Debug)]
pub struct Handshake {
    place: String,
    chosen: Chosen,
    account: Option<Account>,
}

impl Handshake {
    /// Will ask the one at `place` (its URL).
    pub(super) fn new(place: &str, chosen: Chosen) -> Self {
        Self {
            place: place.to_owned(),
            chosen,
            account: None,
        }
    }

    fn session(&self, account: Account, response: &HttpResponse) -> Result<Session, SystemError> {
        let model: ModelPage =
            page(response).map_err(|fault| SystemError::from_fault(&self.place, &fault))?;
        let keap = Keap::new(
            &self.place,
            &self.chosen,
            &model.custom_fields.unwrap_or_default(),
        );
        Ok(Session {
            account,
            protocol: Arc::new(keap),
        })
    }
}

impl Exchange<Session, SystemError> for Handshake {
    fn next(&mut self, last: Last<'_>) -> ExchangeStep<Session, SystemError> {
        let response = match last {
            None => {
                self.account = None;
                return ExchangeStep::Send(ask_account());
            }
            Some(Err(fault)) => return ExchangeStep::Failed(SystemError::from_fault(&self.place, fault)),
            Some(Ok(response)) => response,
        };
        if let Some(account) = self.account.take() {
            let session = self.session(account, response);
            return session.map_or_else(ExchangeStep::Again, ExchangeStep::Done);
        }
        match read_account(&self.place, response) {
            Ok(account) => {
                self.account = Some(account);
                ExchangeStep::Send(ask_fields())
            }
            Err(error) => ExchangeStep::Again(error),
        }
    }
}
