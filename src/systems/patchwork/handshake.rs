//! The patchwork CRM's address in; who it is and what its limits are, out.

use std::sync::Arc;

use super::{
    Patchwork,
    account::{account, ask_account, read_account},
    read::AccountText,
};
use crate::systems::{Exchange, ExchangeStep, Last, Session, SystemError};

/// What a plan says in place of what the patchwork CRM says of itself.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Chosen {
    /// How long lists lag at least.
    pub(super) visible_after_s: u64,
    pub(super) per_minute: Option<u32>,
    pub(super) per_day: Option<u32>,
}

impl Chosen {
    fn change(self, text: &mut AccountText) {
        text.lag_ms = text.lag_ms.max(self.visible_after_s.saturating_mul(1_000));
        text.limits.minute = self.per_minute.unwrap_or(text.limits.minute);
        text.limits.day = self.per_day.unwrap_or(text.limits.day);
    }
}

/// Asks the patchwork CRM who it is.
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
                self.chosen.change(&mut text);
                ExchangeStep::Done(Session {
                    account: account(&self.place, &text.id),
                    protocol: Arc::new(Patchwork::new(&self.place, &text)),
                })
            }
            Err(error) => ExchangeStep::Again(error),
        }
    }
}
