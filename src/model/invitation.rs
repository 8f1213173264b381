//! Invitations as data: who is written to, what a site remembers of it, and what came of it.

use serde::{Deserialize, Serialize};

use super::EmailKey;

/// What a site remembers of one person and email.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum MarkState {
    /// Handed to the site's mailer, and no more is known.
    Sending,
    /// It went out.
    Sent,
    /// The mailer refused it.
    Failed,
}

/// A mark of the site, set before an email is sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mark {
    /// The address at the time.
    pub email: String,
    /// What is known.
    pub state: MarkState,
    /// Which attempt it is, from 1.
    pub attempt: u32,
    /// The mailer's words; may be blank.
    pub why: String,
    /// Made by the site of which this one is a copy.
    pub elsewhere: bool,
}

/// An email to one person.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Recipient {
    /// The address.
    pub email: String,
    /// One line.
    pub subject: String,
    /// HTML.
    pub html: String,
    /// Plain text.
    pub text: String,
    /// The attempt that a person wants repeated.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub again: Option<u32>,
}

/// One request to send an email to people.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Invitation {
    /// The email.
    pub email: EmailKey,
    /// At most so many an hour.
    pub per_hour: Option<u32>,
    /// A test email, which does not count.
    pub test: bool,
    /// To whom.
    pub recipients: Vec<Recipient>,
}

/// What came of one recipient.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum InviteOutcome {
    /// The email went out.
    Sent,
    /// One went out before.
    Already,
    /// It may have gone out or not; never repeated by itself.
    Doubt,
    /// The site does not write to this person.
    Refused,
    /// The site's mailer refused it.
    Failed,
}

/// One item of an answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InviteItem {
    /// What came of it.
    pub outcome: InviteOutcome,
    /// Why; may be blank.
    pub why: String,
    /// It was so before this request.
    pub before: bool,
}

/// The answer to an [`Invitation`]: of the first recipients, in their order.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct InviteAnswer {
    /// One a recipient.
    pub items: Vec<InviteItem>,
    /// Seconds until more may go out, where the hour is used up.
    pub wait: Option<u64>,
}

/// What an email says about a site.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SitePages {
    /// Its name.
    pub name: String,
    /// Its address.
    pub url: String,
    /// Where people choose a password.
    pub lost_password: String,
    /// Its own word for what it is: production, staging, development, local.
    pub environment: String,
}
