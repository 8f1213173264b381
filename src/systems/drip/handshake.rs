//! Drip's address in; the account that the plan means, or why it is not clear which, out.

use std::sync::Arc;

use super::{
    Drip,
    account::{account, ask_accounts, read_accounts, unlike},
    chosen::Chosen,
    read::AccountText,
};
use crate::systems::{Exchange, ExchangeStep, Last, Session, SystemError};

/// Asks Drip which accounts the token can access.
#[derive(Debug)]
pub struct Handshake {
    place: String,
    chosen: Chosen,
}

impl Handshake {
    /// Will ask the one at `place` (its URL).
    pub(super) fn new(place: &str, chosen: Chosen) -> Self {
        Self {
            place: place.to_owned(),
            chosen,
        }
    }

    fn account(&self, accounts: &[AccountText]) -> Result<String, String> {
        let list = || {
            let ids = accounts.iter().map(|account| account.id.0.as_str());
            ids.collect::<Vec<_>>().join(", ")
        };
        match (&self.chosen.account, accounts) {
            (Some(id), _) if accounts.iter().any(|account| account.id.0 == *id) => Ok(id.clone()),
            (Some(id), _) => Err(format!(
                "the token cannot access the account {id}, but these: {}",
                list()
            )),
            (None, [only]) => Ok(only.id.0.clone()),
            (None, []) => Err("the token can access no account".to_owned()),
            (None, _) => Err(format!(
                "the token can access several accounts: {}. Add `account = \"ID\"` to [contacts]",
                list()
            )),
        }
    }
}

impl Exchange<Session, SystemError> for Handshake {
    fn next(&mut self, last: Last<'_>) -> ExchangeStep<Session, SystemError> {
        let response = match last {
            None => return ExchangeStep::Send(ask_accounts()),
            Some(Err(fault)) => return ExchangeStep::Failed(SystemError::from_fault(&self.place, fault)),
            Some(Ok(response)) => response,
        };
        let accounts = match read_accounts(&self.place, response) {
            Ok(accounts) => accounts,
            Err(error) => return ExchangeStep::Again(error),
        };
        match self.account(&accounts) {
            Ok(id) => ExchangeStep::Done(Session {
                account: account(&self.place, &id),
                protocol: Arc::new(Drip::new(&self.place, &id, &self.chosen)),
            }),
            Err(why) => ExchangeStep::Failed(unlike(&self.place, why)),
        }
    }
}
