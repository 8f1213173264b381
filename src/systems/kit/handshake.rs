//! Kit's address and what the plan says of it in; whose account it is, with its limits and fields, out.

use std::sync::Arc;

use super::{
    Kit,
    account::{account, ask_account, read_account},
    chosen::Chosen,
    field_book::FieldPages,
    read::{AccountText, SubscribersPage},
    request::page,
};
use crate::{
    model::{HttpRequest, HttpResponse},
    systems::{Exchange, ExchangeStep, Last, Session, SystemError},
};

/// Asks Kit whose key this is, whether the account has room for more people, and which fields it has.
#[derive(Debug)]
pub struct Handshake {
    place: String,
    chosen: Chosen,
    stage: Stage,
    account: Option<AccountText>,
    /// People for whom there is still room, where the account says so.
    room: Option<u64>,
}

#[derive(Debug)]
enum Stage {
    Account,
    Count,
    Fields(FieldPages),
}

impl Handshake {
    /// Will ask the one at `place` (its URL).
    pub(super) fn new(place: &str, chosen: Chosen) -> Self {
        Self {
            place: place.to_owned(),
            chosen,
            stage: Stage::Account,
            account: None,
            room: None,
        }
    }

    fn begin(&mut self, stage: Stage, request: HttpRequest) -> ExchangeStep<Session, SystemError> {
        self.stage = stage;
        ExchangeStep::Send(request)
    }

    fn answered(
        &mut self,
        response: &HttpResponse,
    ) -> Result<ExchangeStep<Session, SystemError>, SystemError> {
        let fault = |place: &str, fault| SystemError::from_fault(place, &fault);
        let limit = self.account.as_ref().and_then(AccountText::subscriber_limit);
        match std::mem::replace(&mut self.stage, Stage::Account) {
            Stage::Account => {
                let text = read_account(&self.place, response)?;
                let counts = text.subscriber_limit().is_some();
                self.account = Some(text);
                Ok(if counts {
                    self.begin(Stage::Count, count_active())
                } else {
                    self.begin(Stage::Fields(FieldPages::default()), FieldPages::ask())
                })
            }
            Stage::Count => {
                let read: SubscribersPage = page(response).map_err(|why| fault(&self.place, why))?;
                let counted = read.pagination.total_count;
                self.room = limit
                    .zip(counted)
                    .map(|(limit, count)| limit.saturating_sub(count));
                Ok(self.begin(Stage::Fields(FieldPages::default()), FieldPages::ask()))
            }
            Stage::Fields(mut pages) => {
                let more = pages.take(response).map_err(|why| fault(&self.place, why))?;
                if let Some(more) = more {
                    return Ok(self.begin(Stage::Fields(pages), more));
                }
                let Some(text) = self.account.take() else {
                    return Ok(self.begin(Stage::Account, ask_account()));
                };
                let kit = Kit::new(&self.place, &self.chosen, self.room, pages.fields());
                Ok(ExchangeStep::Done(Session {
                    account: account(&self.place, &text),
                    protocol: Arc::new(kit),
                }))
            }
        }
    }
}

/// Counts those for whom the account pays.
fn count_active() -> HttpRequest {
    HttpRequest::get("/v4/subscribers?status=active&per_page=1&include_total_count=true")
}

impl Exchange<Session, SystemError> for Handshake {
    fn next(&mut self, last: Last<'_>) -> ExchangeStep<Session, SystemError> {
        match last {
            None => {
                self.account = None;
                self.begin(Stage::Account, ask_account())
            }
            Some(Err(fault)) => ExchangeStep::Failed(SystemError::from_fault(&self.place, fault)),
            Some(Ok(response)) => match self.answered(response) {
                Ok(step) => step,
                Err(error) => ExchangeStep::Again(error),
            },
        }
    }
}
