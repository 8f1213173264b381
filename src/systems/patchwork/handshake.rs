//! The patchwork CRM's address in; who it is and what its limits are, out.

use std::sync::Arc;

use super::{
    Patchwork,
    account::{account, ask_account, read_account},
};
use crate::systems::{Exchange, ExchangeStep, Last, Session, SystemError};

/// Asks the patchwork CRM who it is.
#[derive(Debug)]
pub struct Handshake {
    place: String,
    visible_after_ms: u64,
}

impl Handshake {
    /// Will ask the one at `place` (its URL), whose lists lag at least so long.
    pub fn new(place: &str, visible_after_ms: u64) -> Self {
        Self {
            place: place.to_owned(),
            visible_after_ms,
        }
    }
}

impl Exchange<Session, SystemError> for Handshake {
    fn next(&mut self, last: Last<'_>) -> ExchangeStep<Session, SystemError> {
        let response = match last {
            None => return ExchangeStep::Send(ask_account()),
            Some(Err(fault)) => return ExchangeStep::Failed(SystemError::from_fault(&self.place, fault)),
            Some(Ok(response)) => response,
        };
        match read_account(&self.place, response) {
            Ok(mut text) => {
                text.lag_ms = text.lag_ms.max(self.visible_after_ms);
                ExchangeStep::Done(Session {
                    account: account(&self.place, &text.id),
                    protocol: Arc::new(Patchwork::new(&self.place, &text)),
                })
            }
            Err(error) => ExchangeStep::Again(error),
        }
    }
}
