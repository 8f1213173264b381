//! Invitations in, request text out; response text in, outcomes out. No sockets, no clock.

use serde::Deserialize;
use serde_json::json;

use super::{
    WHO,
    answer::stale,
    protocol::{Companion, broken},
};
use crate::{
    model::{
        EmailKey, EmailTarget, Fault, HttpRequest, HttpResponse, Invitation, InviteAnswer, InviteItem,
        InviteOutcome, Mark, MarkState, SitePages,
    },
    systems::{
        Exchange, ExchangeStep, Last, Mailer, OneRequest, SystemError,
        json::{Unread, parse},
    },
};

/// Marks of a page.
const PAGE: usize = 5_000;

/// `GET invitations`.
#[derive(Debug, Deserialize)]
struct MarksText {
    #[serde(default)]
    echo: String,
    invitations: Vec<MarkText>,
    next: Option<u64>,
}

#[derive(Debug, Deserialize)]
struct MarkText {
    id: u64,
    email: String,
    state: MarkState,
    attempt: u32,
    #[serde(default)]
    why: String,
    #[serde(default)]
    elsewhere: bool,
}

/// `POST invite`.
#[derive(Debug, Deserialize)]
struct InviteText {
    items: Vec<InviteItemText>,
    done: bool,
    #[serde(default)]
    wait: Option<u64>,
}

#[derive(Debug, Deserialize)]
struct InviteItemText {
    email: String,
    outcome: InviteOutcome,
    #[serde(default)]
    why: String,
    /// Only where a mark was there before.
    #[serde(default)]
    attempt: Option<u32>,
}

/// Reads the marks of an email page by page.
struct MarksCursor<'a> {
    site: &'a Companion,
    email: &'a EmailKey,
    after: u64,
    marks: Vec<Mark>,
}

impl MarksCursor<'_> {
    fn ask(&self) -> HttpRequest {
        let query = format!("email={}&after={}&limit={PAGE}", self.email.as_str(), self.after);
        self.site.route.get("invitations", &query)
    }

    /// Whether another page follows; the error is a sentence.
    fn page(&mut self, response: &HttpResponse) -> Result<bool, String> {
        let text: MarksText = parse(WHO, &response.body).map_err(|unread| match unread {
            Unread::NotWhole(why) | Unread::Unknown(why) => why,
        })?;
        if text.echo != self.site.route.echo {
            return Err(stale());
        }
        let mut last = self.after;
        for mark in text.invitations {
            if mark.id <= last {
                return Err(format!(
                    "mark {} comes after {last}: a page was repeated",
                    mark.id
                ));
            }
            last = mark.id;
            self.marks.push(Mark {
                email: mark.email,
                state: mark.state,
                attempt: mark.attempt,
                why: mark.why,
                elsewhere: mark.elsewhere,
            });
        }
        match text.next {
            None => Ok(false),
            Some(next) if next == last && next != self.after => {
                self.after = next;
                Ok(true)
            }
            Some(_) => Err("a page does not end where it says the next one starts".to_owned()),
        }
    }
}

impl Exchange<Vec<Mark>, SystemError> for MarksCursor<'_> {
    fn next(&mut self, last: Last<'_>) -> ExchangeStep<Vec<Mark>, SystemError> {
        let place = &self.site.account.place;
        let page = match last {
            None => Ok(true),
            Some(Err(fault)) => return ExchangeStep::Failed(SystemError::from_fault(place, fault)),
            Some(Ok(response)) => self.page(response),
        };
        match page {
            Ok(true) => ExchangeStep::Send(self.ask()),
            Ok(false) => ExchangeStep::Done(std::mem::take(&mut self.marks)),
            Err(why) => ExchangeStep::Failed(SystemError::Incomplete {
                place: self.site.account.place.clone(),
                why,
            }),
        }
    }
}

/// Sends an email to people. A lost answer does no harm: the site's marks answer the repetition.
struct Inviting<'a> {
    site: &'a Companion,
    invitation: &'a Invitation,
    /// An earlier attempt may have arrived.
    lost: bool,
}

impl Inviting<'_> {
    fn ask(&self) -> HttpRequest {
        let invitation = self.invitation;
        let mut body = json!({
            "email": invitation.email.as_str(),
            "test": invitation.test,
            "recipients": invitation.recipients,
        });
        if let Some(per_hour) = invitation.per_hour {
            body["per_hour"] = per_hour.into();
        }
        self.site.write("invite", body)
    }

    fn read(&self, response: &HttpResponse) -> Result<InviteAnswer, Fault> {
        let text: InviteText = parse(WHO, &response.body).map_err(Unread::fault)?;
        let sent = &self.invitation.recipients;
        if text.items.len() > sent.len() || text.done != (text.items.len() == sent.len()) {
            return Err(broken(&format!(
                "{} emails were requested, but the response is for {}",
                sent.len(),
                text.items.len()
            )));
        }
        if text.items.is_empty() && text.wait.is_none() {
            return Err(broken("the response is for no one"));
        }
        let items = sent.iter().zip(text.items).map(|(recipient, item)| {
            if item.email != recipient.email {
                return Err(broken(&format!(
                    "the response is for another person than {}",
                    recipient.email
                )));
            }
            // What the lost request sent counts as sent now.
            let ours = self.lost && item.outcome == InviteOutcome::Already;
            Ok(InviteItem {
                outcome: if ours { InviteOutcome::Sent } else { item.outcome },
                why: item.why,
                before: item.attempt.is_some() && !ours,
            })
        });
        Ok(InviteAnswer {
            items: items.collect::<Result<_, _>>()?,
            wait: text.wait,
        })
    }
}

impl Exchange<InviteAnswer> for Inviting<'_> {
    fn next(&mut self, last: Last<'_>) -> ExchangeStep<InviteAnswer> {
        match last {
            None => ExchangeStep::Send(self.ask()),
            Some(Err(fault)) => ExchangeStep::Failed(fault.clone()),
            Some(Ok(response)) => match self.read(response) {
                Ok(answer) => ExchangeStep::Done(answer),
                Err(fault @ Fault::Ambiguous { .. }) => {
                    self.lost = true;
                    ExchangeStep::Again(fault)
                }
                Err(fault) => ExchangeStep::Failed(fault),
            },
        }
    }

    fn repeated(&mut self, fault: &Fault) {
        self.lost |= matches!(fault, Fault::Ambiguous { .. });
    }
}

impl Mailer for Companion {
    fn pages(&self) -> &SitePages {
        &self.pages
    }

    fn most(&self) -> usize {
        self.recipients.max(1)
    }

    fn ensure<'a>(&'a self, email: &'a EmailTarget) -> Option<Box<dyn Exchange<()> + 'a>> {
        let asks = self.write("emails", json!(email));
        Some(Box::new(OneRequest::new(asks, |_: &HttpResponse| Ok(()))))
    }

    fn marks<'a>(&'a self, email: &'a EmailKey) -> Box<dyn Exchange<Vec<Mark>, SystemError> + 'a> {
        Box::new(MarksCursor {
            site: self,
            email,
            after: 0,
            marks: Vec::new(),
        })
    }

    fn invite<'a>(&'a self, invitation: &'a Invitation) -> Box<dyn Exchange<InviteAnswer> + 'a> {
        Box::new(Inviting {
            site: self,
            invitation,
            lost: false,
        })
    }
}
