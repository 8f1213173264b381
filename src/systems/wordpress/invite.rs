//! Invitations in, request text out; response text in, outcomes out. No sockets, no clock.

use serde::Deserialize;
use serde_json::json;

use super::{
    WHO,
    greeting::stale,
    protocol::{Companion, broken},
};
use crate::{
    model::{
        EmailKey, EmailTarget, Fault, HttpRequest, HttpResponse, Invitation, InviteAnswer, InviteItem,
        InviteOutcome, Mark, MarkState, MarksPage, SitePages,
    },
    systems::{
        Mailer,
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

impl Mailer for Companion {
    fn pages(&self) -> &SitePages {
        &self.pages
    }

    fn most(&self) -> usize {
        self.recipients.max(1)
    }

    fn ensure(&self, email: &EmailTarget) -> Option<HttpRequest> {
        Some(self.write("emails", json!(email)))
    }

    fn marks(&self, email: &EmailKey, after: u64) -> HttpRequest {
        let query = format!("email={}&after={after}&limit={PAGE}", email.as_str());
        self.route.get("invitations", &query)
    }

    fn read_marks(&self, after: u64, response: &HttpResponse) -> Result<MarksPage, String> {
        let text: MarksText = parse(WHO, &response.body).map_err(|unread| match unread {
            Unread::NotWhole(why) | Unread::Unknown(why) => why,
        })?;
        if text.echo != self.route.echo {
            return Err(stale());
        }
        let mut last = after;
        for mark in &text.invitations {
            if mark.id <= last {
                return Err(format!("mark {} comes after {last}: a page came twice", mark.id));
            }
            last = mark.id;
        }
        if text.next.is_some_and(|next| next != last || next == after) {
            return Err("a page does not end where it says that the next one begins".to_owned());
        }
        let marks = text.invitations.into_iter().map(|mark| Mark {
            email: mark.email,
            state: mark.state,
            attempt: mark.attempt,
            why: mark.why,
            elsewhere: mark.elsewhere,
        });
        Ok(MarksPage {
            marks: marks.collect(),
            next: text.next,
        })
    }

    fn invite(&self, invitation: &Invitation) -> HttpRequest {
        let mut body = json!({
            "email": invitation.email.as_str(),
            "test": invitation.test,
            "recipients": invitation.recipients,
        });
        if let Some(per_hour) = invitation.per_hour {
            body["per_hour"] = per_hour.into();
        }
        self.write("invite", body)
    }

    fn read_invite(&self, invitation: &Invitation, response: &HttpResponse) -> Result<InviteAnswer, Fault> {
        let text: InviteText = parse(WHO, &response.body).map_err(Unread::fault)?;
        let sent = &invitation.recipients;
        if text.items.len() > sent.len() || text.done != (text.items.len() == sent.len()) {
            return Err(broken(&format!(
                "{} mails were asked for, it answers for {}",
                sent.len(),
                text.items.len()
            )));
        }
        if text.items.is_empty() && text.wait.is_none() {
            return Err(broken("it answers for nobody"));
        }
        let items = sent.iter().zip(text.items).map(|(recipient, item)| {
            if item.email != recipient.email {
                return Err(broken(&format!(
                    "it answers for another person than {}",
                    recipient.email
                )));
            }
            Ok(InviteItem {
                outcome: item.outcome,
                why: item.why,
                before: item.attempt.is_some(),
            })
        });
        Ok(InviteAnswer {
            items: items.collect::<Result<_, _>>()?,
            wait: text.wait,
        })
    }
}
