//! Keap's address and what the plan says of it in; whose account it is, with its fields, out.

use std::sync::Arc;

use super::{
    Keap,
    account::{ask_account, read_account},
    chosen::Chosen,
    read::ModelPage,
    request::{ask_fields, page},
};
use crate::{
    model::{Account, HttpResponse},
    systems::{Exchange, ExchangeStep, Last, Session, SystemError},
};

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
